"""How much is done is known where a tool's lines tell, never goes back, and never says more than there is."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from jupyter_envs.creator.progress import Inside, Progress
from jupyter_envs.managers.plans import Command

POETRY = [
    "Installing dependencies from lock file",
    "",
    "Package operations: 3 installs, 0 updates, 1 removal",
    "",
    "  - Removing idna (3.20)",
    "  - Installing six (1.17.0)",
    "  - Installing attrs (26.1.0)",
    "  - Installing wheel (0.45.0)",
    "",
    "Installing the current project: shop (0.1)",
]
PDM = [
    "Synchronizing working set with resolved packages: 2 to add, 0 to update, 0 to remove",
    "",
    "  ✔ Install six 1.17.0 successful",
    "  ✔ Install attrs 26.1.0 successful",
    "",
    "All complete!",
]
PIP = ["Collecting six", "Installing collected packages: six", "Successfully installed six-1.17.0"]
UV = ["Using Python 3.11.7 environment at: v3", "Resolved 2 packages in 98ms", "Prepared 2 packages in 1s"]


def shares(lines: list[str]) -> list[float | None]:
    inside, told = Inside(), []
    for line in lines:
        inside.line(line)
        told.append(inside.share)
    return told


def test_poetry_tells_each_package_as_it_begins() -> None:
    assert shares(POETRY) == [None, None, None, None, 0.2, 0.4, 0.6, 0.8, 0.8, 0.8]


def test_pdm_tells_each_package_as_it_ends() -> None:
    assert shares(PDM) == [None, None, 1 / 3, 2 / 3, 2 / 3, 2 / 3]


def test_pip_and_uv_tell_their_stages() -> None:
    assert shares(PIP) == [None, 0.7, 1.0]
    assert shares([*UV, "Installed 2 packages in 2ms"]) == [None, 0.2, 0.7, 1.0]


def test_of_a_command_that_tells_nothing_nothing_is_known() -> None:
    assert shares(["Creating virtualenv", "  - Installing what nobody announced (1.0)"]) == [None, None]


def command(weight: int) -> Command:
    return Command(("tool",), Path("/"), "Working", weight=weight)


def test_commands_count_by_their_weights() -> None:
    first, second = command(1), command(3)
    progress = Progress([first, second])
    told = [progress.fraction]
    progress.begin(first)
    progress.line("nothing to go by")
    told.append(progress.fraction)
    progress.end()
    told.append(progress.fraction)
    progress.begin(second)
    for line in UV:
        progress.line(line)
    told.append(progress.fraction)
    progress.end()
    assert [*told, progress.fraction] == [None, None, 0.25, 0.25 + 0.75 * 0.7, 1.0]


def test_what_was_not_announced_is_never_more_than_all() -> None:
    progress = Progress([])
    progress.begin(command(1))
    progress.end()
    assert progress.fraction is None
    progress = Progress([command(1)])
    for _ in range(3):
        progress.begin(command(1))
        progress.end()
    assert progress.fraction == 1.0


@given(st.lists(st.sampled_from([*POETRY, *PDM, *PIP, *UV]) | st.text(max_size=20)))
def test_it_never_goes_back(lines: list[str]) -> None:
    progress, before = Progress([command(2), command(1)]), 0.0
    progress.begin(command(2))
    for line in lines:
        progress.line(line)
        assert before <= (progress.fraction or before) <= 1.0
        before = progress.fraction or before
