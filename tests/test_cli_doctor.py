"""The command doctor: its report, its JSON, its exit status, and what it asks before it mends."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from jupyter_envs import pins
from jupyter_envs.cli import report
from jupyter_envs.host import Host
from tests.commands import Session, answer_all, run
from tests.folders import make_base, make_environment, make_kernel_environment, write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="needs the terminals of Unix"),
    pytest.mark.usefixtures("person"),
]


@pytest.fixture
def shop(home: Path, python: Path) -> Path:
    return make_kernel_environment(home / "shop" / ".venv", python)


@pytest.fixture
def troubles(home: Path, python: Path, shop: Path) -> Path:
    """A broken environment, one that everybody can write, an orphan, a dead kernel spec and damaged pins; the spec."""
    gone = make_base(home.parent / "opt" / "python-3.11", "3.11.4")
    make_kernel_environment(home / "old" / ".venv", gone)
    shutil.rmtree(gone.parent.parent)
    opened = make_kernel_environment(home / "open" / ".venv", python)
    (opened / "bin").chmod(0o777)
    central = home / ".cache" / "pypoetry" / "virtualenvs"
    lost = make_kernel_environment(central / "lost-Xb3_k2Qd-py3.12", python)
    (lost / "lib" / "big").write_bytes(b"x" * 3_000_000)
    write(pins.file_of(Host.current()), "{")
    return write(home / ".local" / "share" / "jupyter" / "kernels" / "dead" / "kernel.json", '{"argv": ["/gone/x"]}')


def test_where_all_is_well_the_status_is_0(
    home: Path, python: Path, shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_environment(home / "bare" / ".venv", python)
    assert run("doctor") == 0
    out, err = capsys.readouterr()
    assert out.endswith("\nNothing is wrong.\n")
    assert "Disk: " in out
    assert err == ""


def test_with_no_environment_at_all_nothing_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("doctor") == 0
    assert capsys.readouterr().out == "Nothing is wrong.\n"


def test_the_report_is_grouped_and_fits_the_terminal(troubles: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("doctor") == 1
    out, err = capsys.readouterr()
    titles = [line for line in out.splitlines() if line and not line.startswith(" ")]
    assert titles[:5] == [
        "Broken (1)",
        "Not trusted (1)",
        "Without a project (1)",
        "Kernel specs (1)",
        "Places, settings and files (1)",
    ]
    assert titles[-1] == "5 things to mend. Of these, 5 can be mended by: jupyter envs doctor --fix"
    assert all(len(line) <= 80 or "/" in line for line in out.splitlines())
    assert "No project for it was found" in out
    assert "It takes 3 MB." in " ".join(out.split())
    assert re.search(r"^ +3 MB +3 MB  lost \(Poetry, Python 3.12\)$", out, re.MULTILINE)
    assert "  Without those that are broken or have no project: 3 MB less." in out
    assert err == ""


def test_what_is_good_to_know_is_apart_and_nothing_wrong(
    home: Path, shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.parent.rename(home / "store")
    assert run("doctor") == 0
    out = capsys.readouterr().out
    assert out.startswith("Good to know (1)\n")
    assert out.endswith("\nNothing is wrong.\n")


def test_many_environments_show_the_largest(home: Path, python: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(12):
        make_environment(home / f"project{number}" / ".venv", python)
    assert run("doctor") == 0
    out = capsys.readouterr().out
    assert "in 12 environments\n" in out
    assert "  and 2 smaller ones\n" in out


def test_the_json_is_the_contract(home: Path, troubles: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("doctor", "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert set(told) == {"version", "ok", "findings", "sizes"}
    assert (told["version"], told["ok"]) == (1, False)
    codes = [finding["code"] for finding in told["findings"]]
    assert sorted(codes) == ["damaged-pins", "foreign", "interpreter-missing", "project-gone", "stale-kernel-spec"]
    sizes = told["sizes"]
    assert set(sizes) == {"total", "complete", "environments", "borrowed"}
    assert sizes["complete"] is True
    assert len(sizes["environments"]) == 4
    assert set(sizes["environments"][0]) == {"id", "prefix", "size", "freed"}
    assert sizes["environments"][0]["id"].startswith("lost")
    assert sizes["total"] >= 3_000_000


def test_borrowed_ipykernels_are_told_with_their_room(
    home: Path, shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    machines = home.parent / "machine" / "usr" / "local"
    for place, version, size in ((home / ".local", "7.4.0", 3_000_000), (machines, "7.3.0", 2)):
        folder = place / "share" / "jupyter-envs" / "ipykernel" / "cpython-3.12-linux.1"
        told = {"ipykernel": version, "source": "index", "python": "3.12", "made": "2026-01-02T03:04:05+00:00"}
        write(folder / "overlay.json", json.dumps(told))
        (folder / "site").mkdir()
        (folder / "site" / "big").write_bytes(b"x" * size)
    assert run("doctor") == 0
    lines = capsys.readouterr().out.splitlines()
    start = lines.index("Borrowed ipykernels: 3 MB in 2")
    assert lines[start + 1].split() == ["SIZE", "FREED", "IPYKERNEL"]
    assert lines[start + 2] == "   3 MB   3 MB  7.4.0 for Python 3.12 in ~/.local/share/jupyter-envs/ipykernel"
    assert "  7.3.0 for Python 3.12 in /" in lines[start + 3]
    assert lines[start + 4] == "  To remove them: jupyter envs borrow remove"
    assert run("doctor", "--json") == 0
    told = json.loads(capsys.readouterr().out)["sizes"]["borrowed"]
    assert [(one["ipykernel"], one["system"], one["size"] > 3_000_000) for one in told] == [
        ("7.4.0", False, True),
        ("7.3.0", True, False),
    ]
    assert all({"folder", "python", "freed"} <= set(one) for one in told)


def test_a_settings_file_that_makes_no_sense_is_wrong(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(home / ".jupyter" / "jupyter_envs_config.json", '{"JupyterEnvs": {"max_dept": 3}}')
    assert run("doctor") == 1
    assert "There is no setting 'max_dept'." in capsys.readouterr().out


@pytest.mark.parametrize("words", [["--fix"], ["--fix", "--json"]])
def test_fixing_needs_somebody_to_ask(
    words: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, troubles: Path
) -> None:
    with open(os.devnull) as nobody:  # noqa: PTH123 -- no Path
        monkeypatch.setattr(sys, "stdin", nobody)
        with pytest.raises(SystemExit) as caught:
            run("doctor", *words)
    assert caught.value.code == 2
    assert "--fix asks before each change" in capsys.readouterr().err
    assert troubles.exists()


@pytest.fixture
def session() -> Iterator[Session]:
    started = Session("doctor", "--fix")
    yield started
    started.close()


def test_each_is_asked_for_and_done_on_a_yes(home: Path, troubles: Path, session: Session) -> None:
    status, said = answer_all(session, ("Run chmod o-w", "y\n"), ("kernels/dead aside?", "yes\n"), ("pins.json", "\n"))
    assert status == 1
    assert "Only you and your group can write to" in said
    assert "To bring it back: mv " in said
    assert "2 things mended. See what is left with: jupyter envs doctor" in said
    assert not troubles.exists()
    assert not (home / "open" / ".venv" / "bin").stat().st_mode & 0o002
    assert pins.file_of(Host.current()).read_text() == "{"


def test_one_without_a_project_is_removed_on_a_yes(home: Path, troubles: Path, session: Session) -> None:
    lost = home / ".cache" / "pypoetry" / "virtualenvs" / "lost-Xb3_k2Qd-py3.12"
    status, said = answer_all(session, ("Remove it?", "y\n"))
    assert status == 1
    assert f"{lost} (Poetry, Python 3.12.1) will be deleted: it takes 3 MB" in said
    assert "lost (Poetry, Python 3.12) is removed.\r\n" in said
    assert not lost.exists()
    assert (home / "old" / ".venv").exists()


@pytest.mark.parametrize("way", ["ctrl-c", "ctrl-d"])
def test_it_stops_where_the_person_does_and_says_what_was_done(troubles: Path, session: Session, way: str) -> None:
    session.wait_for("[y/N] ")
    session.answer("y\n")
    session.wait_for("[y/N] ")
    if way == "ctrl-c":
        session.interrupt()
    else:
        session.answer("\x04")
    status, said = session.end()
    assert status == 1
    assert "Stopped." in said
    assert "1 thing mended." in said
    assert "Traceback" not in said
    assert troubles.exists()


def test_where_all_is_mended_the_status_is_0(home: Path, shop: Path) -> None:
    write(pins.file_of(Host.current()), "{")
    session = Session("doctor", "--fix")
    try:
        session.wait_for("[y/N] ")
        session.answer("y\n")
        status, said = session.end()
    finally:
        session.close()
    assert status == 0
    assert "1 thing mended." in said


def test_what_changed_while_it_asked_is_left_alone(troubles: Path, session: Session) -> None:
    while "kernels/dead aside?" not in session.wait_for("[y/N] "):
        session.answer("n\n")
    troubles.write_text('{"argv": ["julia"]}')
    session.answer("y\n")
    assert "is not as it was any more" in session.wait_for("[y/N] ")
    session.answer("n\n")
    assert "Nothing was changed." in session.end()[1]
    assert troubles.exists()


def test_where_nothing_can_be_mended_nothing_is_asked(home: Path, shop: Path) -> None:
    session = Session("doctor", "--fix")
    try:
        status, said = session.end()
    finally:
        session.close()
    assert status == 0
    assert "Nothing here can be mended by this program." in said


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (999_499, "999 kB"),
        (999_500, "1 MB"),
        (123_456_789, "123 MB"),
        (999_500_000, "1.0 GB"),
        (1_234_567_890, "1.2 GB"),
        (5_000_000_000_000, "5.0 TB"),
    ],
)
def test_sizes_are_said_as_people_do(size: int, text: str) -> None:
    assert report.human(size) == text
