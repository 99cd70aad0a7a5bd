"""What tells one index from another: all that decides where to look and what to tell."""

from __future__ import annotations

import sys
import zlib

from jupyter_envs import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from jupyter_envs.host import Host
    from jupyter_envs.settings import Settings

_ASKED = frozenset({
    "CONDARC", "CONDA_DEFAULT_ENV", "CONDA_ENVS_DIRS", "CONDA_ENVS_PATH", "CONDA_EXE", "CONDA_PREFIX", "CONDA_ROOT",
    "HATCH_CONFIG", "HATCH_DATA_DIR",
    "HATCH_ENV", "HATCH_ENV_TYPE_VIRTUAL_PATH", "JUPYTER_CONFIG_DIR", "JUPYTER_CONFIG_PATH", "JUPYTER_DATA_DIR",
    "JUPYTER_PATH", "JUPYTER_PLATFORM_DIRS", "JUPYTER_PREFER_ENV_PATH", "JUPYTER_USE_PROGRAMDATA",
    "MAMBA_ROOT_PREFIX", "PDM_CONFIG_FILE", "PIPENV_CUSTOM_VENV_NAME", "PIPENV_NO_VENV_IN_PROJECT", "PIPENV_PIPFILE",
    "PIPENV_PYTHON", "PIPENV_VENV_IN_PROJECT", "PIXI_CACHE_DIR", "PIXI_CONFIG_FILE", "POETRY_CACHE_DIR",
    "POETRY_CONFIG_DIR", "PYENV_ROOT", "RATTLER_CACHE_DIR", "UV_CACHE_DIR", "UV_PROJECT_ENVIRONMENT",
    "UV_PYTHON_INSTALL_DIR", "VIRTUALENVWRAPPER_PROJECT_FILENAME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME",
    "XDG_STATE_HOME", "APPDATA", "LOCALAPPDATA",
})  # fmt: skip
"""The variables that the managers and the host ask for; a test holds that none is missing."""
_EVERY_PROGRAMS = frozenset({"PATH", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "USER", "LOGNAME", "SYSTEMROOT"})
_BEGINNING = "POETRY_VIRTUALENVS_"
_END = "_HOME"
"""How a variable of another package's manager should be called (docs/how-to/add-a-manager.md)."""


def key(host: Host, settings: Settings, roots: list[Path], version: int) -> str:
    """Sixteen hex digits over all that decides where to look and what to tell, secrets left out."""
    variables = {name: value for name, value in host.variables.items() if moves_a_folder(name)}
    places = (str(host.home), str(host.prefix), host.platform, sorted(map(str, roots)), sys.getfilesystemencoding())
    chosen = repr(settings).replace(repr(settings.roots), "", 1)
    text = repr((version, __version__, places, sorted(variables.items()), chosen))
    data = text.encode("utf-8", "surrogateescape")
    return f"{zlib.crc32(data):08x}{zlib.adler32(data):08x}"  # hashlib takes longer to load than all of this


def needed(variables: Mapping[str, str]) -> dict[str, str]:
    """Of the variables, those that looking asks for, with what every program needs: no token and no password."""
    return {name: value for name, value in variables.items() if name in _EVERY_PROGRAMS or moves_a_folder(name)}


def moves_a_folder(name: str) -> bool:
    """Whether a variable says where a tool keeps things. None of these is a secret, or of one session alone."""
    return name in _ASKED or name.startswith(_BEGINNING) or name == "HOME" or name.endswith(_END)
