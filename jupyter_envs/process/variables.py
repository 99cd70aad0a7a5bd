"""What programs see of the variables, and where the tools are that make environments."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_ALLOWED = frozenset({
    "PATH", "HOME", "USER", "LOGNAME", "LANG", "TMPDIR",
    "HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "ALL_PROXY", "NO_PROXY",
    "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
    "WORKON_HOME", "PROJECT_HOME", "PYENV_ROOT",
    # Windows starts little without these
    "SYSTEMROOT", "WINDIR", "COMSPEC", "PATHEXT", "TEMP", "TMP", "USERPROFILE", "APPDATA", "LOCALAPPDATA",
})  # fmt: skip
_ALLOWED_BEGINNINGS = (
    "LC_", "XDG_", "PIP_", "UV_", "POETRY_", "PDM_", "HATCH_", "PIPENV_", "VIRTUALENVWRAPPER_", "CONDA_", "MAMBA_",
)  # fmt: skip
_DENIED = frozenset({
    "PIP_PYTHON", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_USER", "PIP_DRY_RUN",
    "UV_PROJECT", "UV_WORKING_DIR", "UV_WORKING_DIRECTORY", "UV_PROJECT_ENVIRONMENT", "UV_ENV_FILE", "UV_PYTHON",
    "UV_SYSTEM_PYTHON", "UV_BREAK_SYSTEM_PACKAGES", "UV_VENV_CLEAR", "UV_NO_PROJECT", "UV_NO_SYNC", "UV_ISOLATED",
    "PDM_PROJECT", "PDM_LOCKFILE", "PDM_IN_VENV", "PDM_PYTHON_VERSION", "PDM_PROJECT_ROOT", "PDM_RUN_CWD",
    "HATCH_PROJECT", "HATCH_ENV", "HATCH_ENV_ACTIVE", "HATCH_PYTHON",
    "PIPENV_ACTIVE", "PIPENV_USE_SYSTEM", "PIPENV_SYSTEM", "PIPENV_VIRTUALENV", "PIPENV_PIPFILE", "PIPENV_PYTHON",
    "POETRY_ACTIVE",
})  # fmt: skip
"""Those of the tools' own that send them to another project or environment; a command that needs one sets it itself."""
_IN_SMALL_LETTERS_TOO = frozenset({"http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy"})
TOOLS = ("uv", "poetry", "pipenv", "hatch", "pdm", "virtualenvwrapper.sh", "virtualenv", "pyenv", "conda")
"""The programs that managers make environments with."""
_DEBIANS_WRAPPER = "/usr/share/virtualenvwrapper"


def tool_variables(variables: Mapping[str, str]) -> dict[str, str]:
    """Of the server's variables, those that a tool may see: where things are, proxies, certificates, its own settings.

    A hub's token, and whatever else belongs to the server, is not among them; nor is what would send a tool to another
    project or environment than the one that it is run for.
    """
    return {name: value for name, value in variables.items() if _is_allowed(name)}


def tools(variables: Mapping[str, str], extra: Iterable[str] = ()) -> dict[str, Path]:
    """The programs that make environments, by name, each from the first place that has it.

    `extra` are folders and programs to look at before all others. Then come those beside this Python (uv comes with
    us), `PATH`, and where people have tools that a server which no login shell started does not see on it: for that
    `variables` should have `HOME` and `PYENV_ROOT`. Relative places are not meant: the working directory may be
    anybody's. pyenv's shims come last, because each runs whatever Python the working directory asks for.
    """
    given = [place for place in extra if os.path.isabs(place) and "\0" not in place]
    named = {os.path.basename(place): place for place in reversed(given) if os.path.isfile(place)}
    places = sorted(filter(os.path.isabs, [*given, *_places(variables)]), key=_is_of_shims)
    path = os.pathsep.join(dict.fromkeys(places))
    found = {name: shutil.which(named.get(name, name), _mode(name), path) for name in TOOLS}
    return {name: Path(program).absolute() for name, program in found.items() if program}


def _places(variables: Mapping[str, str]) -> Iterator[str]:
    yield from (sysconfig.get_path("scripts"), os.path.dirname(sys.executable), _user_scripts())
    yield from variables.get("PATH", "").split(os.pathsep)
    home = variables.get("HOME", "")
    yield os.path.join(home, ".local", "bin")
    yield os.path.join(variables.get("PYENV_ROOT") or os.path.join(home, ".pyenv"), "bin")
    yield _DEBIANS_WRAPPER


def _mode(name: str) -> int:
    """What must be allowed: a shell reads virtualenvwrapper's functions, and need not be able to run their file."""
    return os.F_OK | (os.R_OK if name.endswith(".sh") else os.X_OK)


def _is_of_shims(place: str) -> bool:
    return os.path.basename(place.rstrip(os.sep)) == "shims"


def _user_scripts() -> str:
    """Where `pip install --user` puts programs."""
    return sysconfig.get_path("scripts", sysconfig.get_preferred_scheme("user"))


def _is_allowed(name: str) -> bool:
    if name in _DENIED:
        return False
    return name in _ALLOWED or name in _IN_SMALL_LETTERS_TOO or name.startswith(_ALLOWED_BEGINNINGS)
