"""Where borrowing is switched off, and who can switch it on again."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from jupyter_envs import files, naming
from jupyter_envs.errors import Refused
from jupyter_envs.settings import ALWAYS, ASK, NEVER

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.host import Host

_SECTION, _SETTING = "JupyterEnvs", "borrow_ipykernel"
_FILE = "jupyter_envs_config.json"


def refusal(host: Host) -> Refused:
    """What to tell somebody who asks for a borrowed ipykernel where the settings say `never`."""
    path = _file(host)
    if path is None:
        what, fix = "this server's configuration", f"Set {_SECTION}.{_SETTING} to '{ASK}' or '{ALWAYS}' there."
    elif os.access(path, os.W_OK):
        what, fix = naming.shown_path(os.fspath(path)), f"Set it to '{ASK}' or '{ALWAYS}' there."
    else:
        what, fix = naming.shown_path(os.fspath(path)), "Ask who looks after this machine to change that."
    return Refused(f"The setting '{_SETTING}' is '{NEVER}' in {what}, so nothing is borrowed.", fix)


def _file(host: Host) -> Path | None:
    """The settings file that says so, the strongest one; None where it was said elsewhere."""
    paths = [folder / _FILE for folder in host.jupyter_config_folders()]
    said = host.settings()[0].borrow_ipykernel == NEVER
    return next((path for path in paths if said and _says_never(path)), None)


def _says_never(path: Path) -> bool:
    try:
        told = json.loads(files.read_text(os.fspath(path), files.LARGE) or "")[_SECTION][_SETTING]
    except (KeyError, RecursionError, TypeError, ValueError):
        return False
    return bool(told == NEVER)
