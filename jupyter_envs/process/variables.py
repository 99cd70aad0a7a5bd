"""What programs see of the variables, and where the tools are that make environments."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

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
_IN_SMALL_LETTERS_TOO = frozenset({"http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy"})


def tool_variables(variables: Mapping[str, str]) -> dict[str, str]:
    """Of the server's variables, those that a tool may see: where things are, proxies, certificates, its own settings.

    A hub's token, and whatever else belongs to the server, is not among them.
    """
    return {name: value for name, value in variables.items() if _is_allowed(name)}


def tools(variables: Mapping[str, str]) -> dict[str, Path]:
    """The programs that make environments, by name: `uv` from the package that comes with us, or else from `PATH`.

    What lies in the folder that happens to be the working directory is not meant.
    """
    beside = [sysconfig.get_path("scripts"), str(Path(sys.executable).parent), _user_scripts()]
    places = filter(os.path.isabs, [*beside, *variables.get("PATH", "").split(os.pathsep)])
    found = shutil.which("uv", path=os.pathsep.join(places))
    return {"uv": Path(found).absolute()} if found else {}


def _user_scripts() -> str:
    """Where `pip install --user` puts programs."""
    return sysconfig.get_path("scripts", sysconfig.get_preferred_scheme("user"))


def _is_allowed(name: str) -> bool:
    return name in _ALLOWED or name in _IN_SMALL_LETTERS_TOO or name.startswith(_ALLOWED_BEGINNINGS)
