"""Everything about one environment, on lines of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from jupyter_envs import terminal
from jupyter_envs.environment import OwnKernel
from jupyter_envs.overlay.solving import Shadow
from jupyter_envs.projects import Resolution
from jupyter_envs.state import State
from tests.terminal import BARE, make, with_columns

if TYPE_CHECKING:
    from jupyter_envs.host import Host


@pytest.fixture
def narrow(host: Host) -> Host:
    return with_columns(host, 80)


def test_an_orphan_says_that_its_project_is_gone(narrow: Host) -> None:
    orphan = make(narrow, projects=(), lost_project=narrow.home / "lost", orphan=True)
    assert "~/lost (gone)" in next(line for line in terminal.table([orphan], narrow) if line.startswith("shop"))
    assert "Project:       ~/lost (gone)" in terminal.details(orphan, narrow)


def test_details_tell_everything_on_lines_of_their_own(narrow: Host) -> None:
    lines = list(terminal.details(make(narrow, aliases=(narrow.home / "alias",), owner="user", active=True), narrow))
    assert lines == [
        "Name:          shop (virtualenvwrapper, Python 3.12)",
        "Kernel:        shop-1a2b3c4d (offered)",
        "State:         ready",
        "Python:        3.12.1 (cpython)",
        "ipykernel:     none",
        f"Prefix:        {narrow.home}/shop/.venv",
        f"Interpreter:   {narrow.home}/shop/.venv/bin/python",
        "Project:       ~/code/shop",
        "In use there:  yes",
        "Owner:         user",
        "Found by:      test",
        "Also known as: ~/alias",
    ]


def test_details_name_other_kernels_and_what_a_person_said(narrow: Host) -> None:
    one = make(narrow, pinned=True, kernels=(OwnKernel("ir", "R (shop)", "R"),))
    lines = list(terminal.details(one, narrow))
    assert "Kernel:        shop-1a2b3c4d (pinned, offered)" in lines
    assert "Other kernels: shop-1a2b3c4d.ir" in lines
    hidden = make(narrow, hidden=True, kernel=False)
    assert "Kernel:        shop-1a2b3c4d (hidden, not offered)" in terminal.details(hidden, narrow)


@pytest.mark.parametrize(
    ("changes", "state", "ipykernel"),
    [
        ({"borrowed": "7.4.0"}, "borrowed", "7.4.0 (borrowed)"),
        ({"borrowed": "7.4.0", "ipykernel": "4.10.1"}, "borrowed", "7.4.0 (borrowed; its own: 4.10.1)"),
        ({"ipykernel": "4.10.1"}, "unsound", "4.10.1"),
        ({"problems": (BARE,)}, "no ipykernel", "none"),
        ({"bare": True}, "no ipykernel", "none"),
        ({}, "borrows", "none"),
    ],
)
def test_one_that_needs_an_ipykernel_says_how_it_comes_to_one(
    narrow: Host, changes: dict[str, Any], state: str, ipykernel: str
) -> None:
    one = make(narrow, state=State.NEEDS_IPYKERNEL, **changes)
    assert f"  {state}  " in list(terminal.table([one], narrow))[1]
    lines = list(terminal.details(one, narrow))
    assert f"State:         {state}" in lines
    assert f"ipykernel:     {ipykernel}" in lines


def test_details_tell_what_a_borrowed_ipykernel_shadows(narrow: Host) -> None:
    shadows = (Shadow("pyzmq", None, "27.0"), Shadow("traitlets", "4.3.3\x1b", "5.16.1"))
    lines = list(terminal.details(make(narrow, borrowed="7.4.0"), narrow, shadows))
    told = "pyzmq of an unknown version (its kernel has 27.0), traitlets 4.3.3 (its kernel has 5.16.1)"
    assert f"Shadowed:      {told}" in lines


def test_the_same_version_borrowed_is_explained(narrow: Host) -> None:
    one = make(narrow, state=State.NEEDS_IPYKERNEL, ipykernel="7.4.0", borrowed="7.4.0")
    lines = list(terminal.details(one, narrow, [Shadow("ipykernel", "7.4.0", "7.4.0")]))
    assert "ipykernel:     7.4.0 (borrowed; its own: 7.4.0)" in lines
    assert "Shadowed:      ipykernel 7.4.0 (its kernel has a borrowed 7.4.0: its own lacks something)" in lines


def test_details_of_what_is_unknown_say_so(narrow: Host) -> None:
    unknown = make(narrow, version=None, implementation=None, projects=(), kernel_name=None, problems=(BARE,))
    lines = list(terminal.details(unknown, narrow))
    assert "Kernel:        never" in lines
    assert "Python:        unknown (unknown)" in lines
    assert "Project:       none known" in lines
    assert "Owner:         unknown" in lines
    assert lines[-2:] == ["! It has no ipykernel, so no notebook can run on it. Install it:", "    pip"]
    not_offered = make(narrow, kernel=False)
    assert "Kernel:        shop-1a2b3c4d (not offered)" in terminal.details(not_offered, narrow)


def test_a_resolution_says_which_and_why(narrow: Host) -> None:
    one = make(narrow, problems=(BARE,))
    found = Resolution(narrow.home, narrow.home / "code", one, "It lies there.")
    assert list(terminal.resolution(found, narrow)) == [
        "shop (virtualenvwrapper, Python 3.12)",
        f"  {narrow.home}/shop/.venv",
        "  because of ~/code: It lies there.",
        "    ! It has no ipykernel, so no notebook can run on it. Install it:",
        "        pip",
    ]
    assert list(terminal.resolution(Resolution(narrow.home, None, None, "No."), narrow)) == []
