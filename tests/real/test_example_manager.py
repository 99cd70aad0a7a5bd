"""The example of docs/how-to/add-a-manager.md, built and installed by the real uv, and asked end to end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.folders import ROOT
from tests.real.listing import jupyter_envs
from tests.real.outside import interpreters, pyenv_root, uv_run
from tests.real.workshop import install, uv_venv

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.timeout(300)


def test_an_installed_manager_lists_chooses_makes_and_removes_its_environments(tmp_path: Path) -> None:
    site, home = tmp_path.resolve() / "site", tmp_path.resolve() / "home"
    project = home / "code" / "shop"
    project.mkdir(parents=True)
    uv_run("pip", "install", "--quiet", "--no-deps", "--target", site, ROOT / "tests" / "example_manager")
    prefix = uv_venv(home / ".cellar" / "red wine", interpreters().default.executable)
    install(prefix, "ipykernel")
    (prefix / "cellar-project").write_text(f"{project}\n", encoding="utf-8")
    moved = {"PYTHONPATH": str(site)}
    listed = {one["prefix"]: one for one in jupyter_envs(home, "list", "--json", moved=moved).environments()}
    row = listed[str(prefix)]
    assert (row["manager"], row["project"], row["state"], row["kernel"]) == ("cellar", str(project), "ready", True)
    answer = jupyter_envs(home, "which", project, "--json", moved=moved).json()
    assert answer["environment"]["prefix"] == str(prefix)
    made = jupyter_envs(
        home, "create", project, "--manager", "cellar", "--name", "white",
        "--python", interpreters().default.version, "--json", moved={**moved, "PYENV_ROOT": str(pyenv_root())},
    ).json()["environment"]  # fmt: skip
    assert (made["prefix"], made["manager"], made["project"]) == (
        str(home / ".cellar" / "white"),
        "cellar",
        str(project),
    )
    assert jupyter_envs(home, "remove", made["prefix"], "--yes", moved=moved).status == 0
    assert sorted(path.name for path in (home / ".cellar").iterdir()) == ["red wine"]
    without = {one["prefix"] for one in jupyter_envs(home, "list", "--json").environments()}
    assert str(prefix) not in without
