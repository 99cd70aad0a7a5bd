"""What tells one index from another: all that decides where to look and what to tell."""

from __future__ import annotations

import sys
import zlib

from jupyter_envs import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.host import Host
    from jupyter_envs.settings import Settings

_NAMES = ("HOME", "CONDARC")
_BEGINNINGS = (
    "XDG_", "POETRY_", "PIPENV_", "VIRTUALENVWRAPPER_", "PYENV_", "UV_", "HATCH_", "PDM_", "CONDA_", "MAMBA_", "PIXI_",
    "RATTLER_", "RYE_", "JUPYTER_",
)  # fmt: skip
_ENDS = ("_HOME", "_ROOT", "_DIR")
"""How variables of other packages' managers are called."""
_SAY_NOTHING_OF_PLACES = (
    "TOKEN", "PASSWORD", "USERNAME", "SECRET", "CREDENTIAL", "HTTP_BASIC", "INDEX", "REPOSITORIES", "API", "PROMPT",
    "SHLVL", "ACTIVE", "VERSION", "CONDA_DEFAULT_ENV", "CONDA_PREFIX_", "JUPYTER_RUNTIME", "JUPYTERHUB_",
    "XDG_SESSION", "XDG_RUNTIME", "XDG_SEAT", "XDG_VTNR",
)  # fmt: skip


def key(host: Host, settings: Settings, roots: list[Path], version: int) -> str:
    """Sixteen hex digits over all that decides where to look and what to tell, secrets left out."""
    variables = {name: value for name, value in host.variables.items() if _moves_a_folder(name)}
    places = (str(host.home), str(host.prefix), host.platform, sorted(map(str, roots)), sys.getfilesystemencoding())
    chosen = repr(settings).replace(repr(settings.roots), "", 1)
    text = repr((version, __version__, places, sorted(variables.items()), chosen))
    data = text.encode("utf-8", "surrogateescape")
    return f"{zlib.crc32(data):08x}{zlib.adler32(data):08x}"  # hashlib takes longer to load than all of this


def _moves_a_folder(name: str) -> bool:
    """Whether a variable may say where a tool keeps things, and is neither a secret nor of one session alone."""
    if name not in _NAMES and not name.startswith(_BEGINNINGS) and not name.endswith(_ENDS):
        return False
    return not any(word in name for word in _SAY_NOTHING_OF_PLACES)
