"""Where conda, mamba and micromamba keep environments: their roots, folders of named ones, and what conda has noted."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs.errors import Problem, ProblemCode
from jupyter_envs.managers import condarc

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jupyter_envs.managers.base import Scene

_NAMES = ("miniconda3", "miniconda", "miniforge3", "mambaforge", "anaconda3", "anaconda", "micromamba")
_OF_MACHINE = (
    *(f"opt/{name}" for name in ("conda", *_NAMES)),
    *(f"usr/local/{name}" for name in ("conda", *_NAMES)),
    *(f"opt/homebrew/Caskroom/{name}/base" for name in ("miniconda", "miniforge", "mambaforge")),
)
_CONFIG_NAMES = (".condarc", "condarc", ".mambarc")


def roots(scene: Scene) -> list[Path]:
    """The prefixes of installations: those that variables name, and the usual ones that are there."""
    return scene.once("conda.roots", lambda: list(dict.fromkeys(_roots(scene))))


def folders(scene: Scene) -> list[Path]:
    """The folders of named environments: `envs` of each root and of the person, and what variables and files name."""
    return scene.once("conda.folders", lambda: list(dict.fromkeys(_folders(scene))))


def folders_of_variables(scene: Scene) -> Iterator[tuple[str, Path]]:
    """The folders that variables name, with the variable, whether or not they are there."""
    for name in ("CONDA_ENVS_DIRS", "CONDA_ENVS_PATH"):
        for text in (scene.exported(name) or "").split(os.pathsep):
            if text.strip():
                yield name, scene.host.expand(text)
    given = scene.exported("MAMBA_ROOT_PREFIX")
    if given:
        yield "MAMBA_ROOT_PREFIX", scene.host.expand(given)


def noted(scene: Scene) -> Iterator[Path]:
    """The prefixes in `~/.conda/environments.txt`, where conda writes down each that it makes; many are gone."""
    for line in (scene.text(scene.host.home / ".conda" / "environments.txt") or "").split("\n"):
        text = line.strip("\r").strip()
        if text and "\0" not in text and os.path.isabs(text):
            yield Path(text)


def problems(scene: Scene) -> Iterator[Problem]:
    """A Problem for each settings file whose `envs_dirs` cannot be understood."""
    for path in _settings_files(scene):
        if condarc.folders(scene.text(path) or "") is None:
            yield Problem(
                ProblemCode.BAD_SETTINGS,
                f"{path} could not be understood: its envs_dirs is no plain list of folders.",
                "Write one folder a line ('- /path'); until then it counts as absent.",
            )


def _roots(scene: Scene) -> Iterator[Path]:
    home, host = scene.host.home, scene.host
    running = scene.exported("CONDA_EXE")
    if running:
        yield host.expand(running).parent.parent
    for name in ("MAMBA_ROOT_PREFIX", "CONDA_ROOT", "CONDA_PREFIX"):
        given = scene.exported(name)
        if given:
            yield host.expand(given)
    usual = [*(home / name for name in _NAMES), home / ".local" / "share" / "mamba"]
    usual += [home / "opt" / name for name in _NAMES] + [host.system / name for name in _OF_MACHINE]
    yield from (folder for folder in usual if scene.is_folder(folder))


def _folders(scene: Scene) -> Iterator[Path]:
    yield from (folder for name, folder in folders_of_variables(scene) if name != "MAMBA_ROOT_PREFIX")
    for path in _settings_files(scene):
        for text in condarc.folders(scene.text(path) or "") or ():
            yield scene.host.expand(text)
    yield from (root / "envs" for root in roots(scene))
    yield scene.host.home / ".conda" / "envs"


def _settings_files(scene: Scene) -> list[Path]:
    return scene.once("conda.settings", lambda: list(dict.fromkeys(_all_settings_files(scene))))


def _all_settings_files(scene: Scene) -> Iterator[Path]:
    """The condarc files that are there: the machine's, those of roots, and the person's."""
    given, home = scene.exported("CONDARC"), scene.host.home
    places = [scene.host.system / "etc" / "conda", scene.host.system / "var" / "lib" / "conda", *roots(scene)]
    places += [folder / "conda" for folder in (*scene.host.config_folders(), home / ".config")]
    places += [home / ".conda"]
    files = [folder / name for folder in places for name in _CONFIG_NAMES]
    files += [folder / "condarc.d" / name for folder in places for name in scene.names(folder / "condarc.d")]
    files += [home / name for name in (".condarc", ".mambarc")] + ([scene.host.expand(given)] if given else [])
    for path in files:
        if scene.is_file(path) and (path.parent.name != "condarc.d" or path.suffix in {".yml", ".yaml"}):
            yield path
