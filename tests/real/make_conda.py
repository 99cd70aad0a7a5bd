"""Environments in the documented layouts of conda, pixi and Rye, around real interpreters: the tools are not here."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.real.workshop import Made, Workshop, install, relocate, uv_venv

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.real.workshop import Answer


def conda(workshop: Workshop, prefix: Path) -> Path:
    """A whole Python with what conda notes of it."""
    base = workshop.pythons.alone()
    prefix.parent.mkdir(parents=True, exist_ok=True)
    relocate(base.prefix, prefix)
    (prefix / "conda-meta").mkdir()
    (prefix / "conda-meta" / "history").write_text("==> 2026-01-02 03:04:05 <==\n", encoding="utf-8")
    (prefix / "conda-meta" / f"python-{base.version}-h0_0_cpython.json").write_text("{}\n", encoding="utf-8")
    return prefix


def a_conda_installation(workshop: Workshop) -> Iterator[Made]:
    """Its base, a named environment, and one in a project that conda noted."""
    root = conda(workshop, workshop.home / "miniforge3")
    (root / "condabin").mkdir()
    (root / "condabin" / "conda").touch(mode=0o755)
    named = conda(workshop, root / "envs" / "été")
    install(named, "ipykernel")
    project = workshop.project("code", "with conda")
    inside = conda(workshop, project / ".conda")
    workshop.folder(".conda")
    (workshop.home / ".conda" / "environments.txt").write_text(f"{inside}\n/gone\n", encoding="utf-8")
    yield Made(label="conda, base", prefix=root, manager="conda")
    yield Made(label="conda, named", prefix=named, manager="conda")
    yield Made(label="conda, in a project", prefix=inside, project=project, manager="conda", answer=_documented(inside))


def a_pixi_project(workshop: Workshop) -> Iterator[Made]:
    """Its default environment, and another one."""
    project = workshop.folder("code", "with pixi")
    (project / "pixi.toml").write_text('[workspace]\nname = "with-pixi"\n', encoding="utf-8")
    default = project / ".pixi" / "envs" / "default"
    for name in ("default", "test"):
        prefix = conda(workshop, project / ".pixi" / "envs" / name)
        note = {"manifest_path": str(project / "pixi.toml"), "environment_name": name}
        (prefix / "conda-meta" / "pixi").write_text(json.dumps(note), encoding="utf-8")
        yield Made(
            label=f"pixi, {name}", prefix=prefix, project=project, manager="pixi", answer=_documented(default)
        )  # fmt: skip


def a_rye_project(workshop: Workshop) -> Iterator[Made]:
    """A `.venv` with Rye's file in it."""
    project = workshop.project("code", "with rye")
    prefix = uv_venv(project / ".venv", workshop.pythons.default.executable)
    (prefix / "rye-venv.json").write_text('{"python": "cpython@3.12"}\n', encoding="utf-8")
    yield Made(label="rye", prefix=prefix, project=project, manager="rye", answer=_documented(prefix))


def _documented(prefix: Path) -> Answer:
    """What the tool's documents say that it uses, whatever folder of the project it is asked in."""
    return lambda workshop, project: prefix


IN_THE_MAIN_HOME = (a_conda_installation, a_pixi_project, a_rye_project)
