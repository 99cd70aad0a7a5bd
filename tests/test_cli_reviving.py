"""What doctor --fix offers for a broken environment that a real uv made."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.cli import reviving
from jupyter_envs.cli.looking import finder_of
from jupyter_envs.doctor import Finding
from jupyter_envs.errors import ProblemCode, Refused
from jupyter_envs.host import Host
from tests.commands import MACHINES, Session, answer_all, run
from tests.folders import write

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="needs the terminals of Unix"),
    pytest.mark.usefixtures("person"),
]


@pytest.fixture
def science(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment that a real uv made, whose interpreter is gone."""
    for name, value in MACHINES.items():
        monkeypatch.setenv(name, value)
    (home / ".virtualenvs").mkdir()
    assert run("create", "--manager", "virtualenvwrapper", "--name", "science", "--with", "six") == 0
    (home / ".virtualenvs" / "science" / "bin" / "python").unlink()
    (home / ".virtualenvs" / "science" / "bin" / "python").symlink_to("/nonexistent/python")
    return home / ".virtualenvs" / "science"


def test_a_broken_one_is_made_again_on_a_yes(science: Path) -> None:
    session = Session("doctor", "--fix", **MACHINES)
    try:
        status, said = answer_all(session, ("Make it again?", "y\n"))
    finally:
        session.close()
    assert f"{science} will be made again by virtualenvwrapper, on Python 3." in said
    assert " is ready: ~/.virtualenvs/science\r\n" in said
    assert "1 thing mended." in said
    assert status == 0
    subprocess.run([science / "bin" / "python", "-c", "import six"], check=True)


def test_one_that_cannot_be_made_again_now_is_told_and_not_asked_about(home: Path, science: Path) -> None:
    (science / "pyproject.toml").write_text("")
    session = Session("doctor", "--fix", **MACHINES)
    try:
        _, said = answer_all(session)
    finally:
        session.close()
    assert "also holds what no tool put there: pyproject.toml. Move that elsewhere first.\r\n" in said
    assert "Make it again?" not in said
    assert "Nothing was changed." in said


def test_one_whose_project_is_found_when_looked_for_again_is_not_removed(science: Path, home: Path) -> None:
    finder = finder_of(Host.current())
    found = finder.inspect(science)
    assert found is not None
    lost = replace(found, orphan=True, lost_project=home / "gone")  # as a walk remembers that came before its project
    finding = Finding(ProblemCode.PROJECT_GONE, "science", "Its project is gone.", "", prefix=science)
    (offered,) = reviving.offered([finding], replace(finder.scan(), environments=(lost,)), finder)
    assert offered.mend is not None
    with pytest.raises(Refused, match="may have a project after all"):
        offered.mend.act()
    assert science.exists()


@pytest.mark.parametrize("setting", ["allow_create", "allow_remove"])
def test_what_the_settings_forbid_is_not_offered(
    home: Path, science: Path, setting: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write(home / ".jupyter" / "jupyter_envs_config.json", json.dumps({"JupyterEnvs": {setting: False}}))
    assert run("doctor", "--json") == 1
    told = capsys.readouterr().out
    (finding,) = json.loads(told[told.index("{") :])["findings"]
    assert (finding["code"], finding["mendable"]) == ("interpreter-missing", False)
