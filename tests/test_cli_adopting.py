"""The command adopt: what it shows, what it asks, and what it changes."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from jupyter_envs import naming
from jupyter_envs.adopting import Adopter
from jupyter_envs.cli import adopting
from tests.commands import Session, answer, run, start
from tests.folders import make_kernel_environment, write
from tests.test_adopting import notebook

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="needs the terminals of Unix"),
    pytest.mark.usefixtures("person"),
]


@pytest.fixture
def shop(home: Path, python: Path) -> Path:
    """A project with two notebooks to change, one that is fine and one of another language."""
    prefix = make_kernel_environment(home / "shop" / ".venv", python)
    notebook(home / "shop" / "a.ipynb", "theirs-1a2b3c4d")
    notebook(home / "shop" / "b.ipynb", naming.environment_id(prefix, home))
    notebook(home / "shop" / "fine.ipynb", "python3")
    notebook(home / "shop" / "r.ipynb", "ir", "R")
    return home / "shop"


def names_in(folder: Path) -> list[Any]:
    return [json.loads(path.read_text())["metadata"]["kernelspec"]["name"] for path in sorted(folder.glob("*.ipynb"))]


@pytest.fixture
def session(shop: Path) -> Iterator[Session]:
    started = Session("adopt", str(shop))
    yield started
    started.close()


def test_without_a_terminal_it_shows_and_changes_nothing(shop: Path) -> None:
    before = names_in(shop)
    done = start("adopt", "shop")
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "NOW              THEN         NOTEBOOK",
        "theirs-1a2b3c4d  project-env  shop/a.ipynb",
        "    ! No kernel here has that name. It would run on shop (venv, Python 3.12).",
        f"{before[1]}    project-env  shop/b.ipynb",
        "    ! Only this machine has its kernel. It runs on shop (venv, Python 3.12) now, and would then.",
        "ir               -            shop/r.ipynb",
        "    ! No kernel here has that name. Its language is R, not Python.",
        "",
        "4 notebooks: 2 to change, 1 to leave, 1 with a kernel that is fine.",
    ]
    assert done.stderr.splitlines()[-1] == "Nothing was changed. Add --yes to change them."
    assert names_in(shop) == before


def test_with_yes_it_changes_them(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("adopt", "--yes", shop) == 0
    assert names_in(shop) == ["project-env", "project-env", "python3", "ir"]
    assert capsys.readouterr().err.endswith("2 notebooks changed.\n")
    assert run("adopt", "--yes", shop) == 0
    out, err = capsys.readouterr()
    assert out.endswith("\n4 notebooks: 1 to leave, 3 with a kernel that is fine.\n")
    assert "changed" not in err


@pytest.mark.parametrize(("said", "changes"), [("y\n", True), ("yes\n", True), ("\n", False), ("\x04", False)])
def test_on_a_terminal_it_asks(shop: Path, session: Session, said: str, changes: bool) -> None:  # noqa: FBT001
    assert "theirs-1a2b3c4d" in session.wait_for("Change 2 notebooks? [y/N] ")
    session.answer(said)
    status, last = session.end()
    assert status == 0
    assert ("2 notebooks changed." if changes else "Nothing was changed.") in last
    assert (names_in(shop)[:2] == ["project-env"] * 2) is changes


def test_ctrl_c_at_the_question_changes_nothing(shop: Path, session: Session) -> None:
    before = names_in(shop)
    session.wait_for("[y/N] ")
    session.interrupt()
    status, last = session.end()
    assert status == 1
    assert "Nothing was changed." in last
    assert names_in(shop) == before


def test_ctrl_c_between_two_says_how_many_were_changed(
    shop: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Adopter.carry_out

    def interrupted(self: Adopter, one: Any) -> None:  # noqa: ANN401 -- an Adoption
        if one.path.name == "b.ipynb":
            raise KeyboardInterrupt
        first(self, one)

    monkeypatch.setattr(Adopter, "carry_out", interrupted)
    assert run("adopt", "--yes", shop) == 1
    assert capsys.readouterr().err.endswith("Stopped.\n1 notebook changed.\n")


def test_what_was_changed_while_it_asked_is_left(shop: Path, session: Session) -> None:
    session.wait_for("[y/N] ")
    text = (shop / "a.ipynb").read_text() + "\n"
    (shop / "a.ipynb").write_text(text)
    session.answer("y\n")
    status, last = session.end()
    assert status == 1
    assert f"jupyter-envs: {shop}/a.ipynb: It was changed meanwhile. Look again." in last.replace("\r\n", "\n")
    assert "1 notebook changed." in last
    assert (shop / "a.ipynb").read_text() == text
    assert names_in(shop)[1] == "project-env"


def test_what_is_no_notebook_is_one_line_and_the_status_is_1(
    home: Path, shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(home / "bad.ipynb", "{")
    assert run("adopt", "--yes", "bad.ipynb", "nowhere.ipynb", "shop/a.ipynb") == 1
    out, err = capsys.readouterr()
    assert err.splitlines() == [
        "jupyter-envs: bad.ipynb: It is no notebook: its JSON is damaged at line 1, column 2.",
        "jupyter-envs: nowhere.ipynb: It could not be read: No such file or directory.",
        "1 notebook changed.",
    ]
    assert out.endswith("\n3 notebooks: 1 to change, 2 not understood.\n")
    assert names_in(shop)[0] == "project-env"


def test_a_folder_without_notebooks_says_so(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("adopt", home) == 0
    assert capsys.readouterr().out == "0 notebooks.\n"


def test_the_json_is_the_contract(home: Path, shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prefix = shop / ".venv"
    identity = naming.environment_id(prefix, home)
    told = answer(capsys, "adopt", "shop")
    assert set(told) == {"version", "notebooks"}
    assert told["version"] == 1
    assert told["notebooks"][1] == {
        "path": "shop/b.ipynb",
        "action": "change",
        "changed": False,
        "now": identity,
        "then": "project-env",
        "reason": "Only this machine has its kernel. It runs on shop (venv, Python 3.12) now, and would then.",
        "runs_on": identity,
        "would_run_on": identity,
    }
    assert [one["action"] for one in told["notebooks"]] == ["change", "change", "keep", "leave"]
    assert names_in(shop)[1] == identity
    told = answer(capsys, "adopt", "shop", "--yes")
    assert [one["changed"] for one in told["notebooks"]] == [True, True, False, False]
    assert names_in(shop)[1] == "project-env"


def test_the_json_says_what_could_not_be_changed(
    shop: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Adopter.plan

    def changed(self: Adopter, named: Any) -> Any:  # noqa: ANN401 -- as the method itself
        yield from first(self, named)
        (shop / "a.ipynb").write_text("{}")

    monkeypatch.setattr(Adopter, "plan", changed)
    assert run("adopt", "--json", "--yes", shop) == 1
    told = json.loads(capsys.readouterr().out)["notebooks"]
    assert [(one["changed"], one["reason"]) for one in told[:1]] == [
        (False, "It is no notebook: it does not say its format.")
    ]
    assert told[1]["changed"]


def test_one_that_should_be_changed_and_cannot_be_is_a_failure(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shop / "a.ipynb").chmod(0o444)
    assert run("adopt", shop) == 0
    assert f"    ! It may not be written. Allow it:\n        chmod u+w {shop}/a.ipynb\n" in capsys.readouterr().out
    assert run("adopt", "--yes", shop) == 1
    capsys.readouterr()
    assert names_in(shop)[:2] == ["theirs-1a2b3c4d", "project-env"]
    assert run("adopt", "--json", "--yes", shop) == 1
    told = json.loads(capsys.readouterr().out)["notebooks"][0]
    assert (told["action"], told["changed"]) == ("leave", False)
    assert told["reason"] == f"It may not be written. Allow it: chmod u+w {shop}/a.ipynb"


def test_names_that_would_write_on_the_terminal_are_cleaned(
    home: Path, shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    notebook(shop / "a.ipynb", "py\x1b[31m\n" + "x" * 200)
    notebook(shop / "\x1b[2J.ipynb", "python dead")
    assert run("adopt", shop) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "py[31mxxx" in out


def test_it_needs_a_notebook(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        run("adopt")
    assert caught.value.code == 2


def test_the_kernel_is_the_one_that_is_served() -> None:
    from jupyter_envs.kernels import specs
    from jupyter_envs.settings import Settings

    assert adopting.PORTABLE.display_name == specs.project_spec(Settings())["display_name"]
