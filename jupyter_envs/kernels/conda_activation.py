"""What an environment of conda's asks for when it is activated: variables that its files state, and scripts to source.

    etc/conda/env_vars.d/*      variables that packages state, each file one JSON object
    conda-meta/state            variables that its owner stated with `conda env config vars set`, in "env_vars"
    etc/conda/activate.d/*.sh   scripts, sourced in the order of their names

as conda's own `conda/activate.py` takes them up. The scripts run in a shell of their own, which tells the variables
that they leave; a script that fails, ends the shell or never ends keeps no kernel from starting.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time
from typing import TYPE_CHECKING

from jupyter_envs import files

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jupyter_envs.trust import Trust

STATE = os.path.join("conda-meta", "state")
PACKAGES = os.path.join("etc", "conda", "env_vars.d")
SCRIPTS = os.path.join("etc", "conda", "activate.d")
SECONDS_AT_MOST = 10.0

_UNSET = "***unset***"
_RESERVED = frozenset({"PATH"})
_SHELLS_OWN = frozenset({"_", "OLDPWD", "PWD", "SHLVL"})
_TOLD_ON = 3
_LARGEST = 4 * 1024 * 1024
_TICK_SECONDS = 0.02
# The paths of the scripts are words, never program text. A function, because `set --` in a script is then its own.
_SOURCE = """
trap 'exec /usr/bin/env -0 >&3' EXIT
each() { . "$1" </dev/null; }
while [ "$#" -gt 0 ]; do each "$1"; shift; set +eu; done
exec /usr/bin/env -0 >&3
"""


def completed(variables: Mapping[str, str], prefix: str, trust: Trust) -> dict[str, str]:
    """Those variables with all that the environment at this prefix asks for and nobody else could have written."""
    stated = {**variables, **dict(_stated(prefix, trust))}
    scripts = [path for path in _below(prefix, SCRIPTS, trust) if path.endswith(".sh")]
    return _sourced(stated, scripts) if scripts else stated


def _below(prefix: str, folder: str, trust: Trust) -> Iterator[str]:
    """The trusted files of a folder in the environment, by name."""
    place = os.path.join(prefix, folder)
    for path in (os.path.join(place, name) for name in files.names(place)):
        if os.path.isfile(path) and trust.judge_path(path) is None:
            yield path


def _stated(prefix: str, trust: Trust) -> Iterator[tuple[str, str]]:
    for path in _below(prefix, PACKAGES, trust):
        yield from _texts(_json(path))
    state = os.path.join(prefix, STATE)
    content = _json(state) if trust.judge_path(state) is None else None
    yield from _texts(content.get("env_vars") if isinstance(content, dict) else None)


def _json(path: str) -> object:
    try:
        return json.loads(files.read_text(path) or "null")
    except (ValueError, RecursionError):
        return None


def _texts(table: object) -> Iterator[tuple[str, str]]:
    """The entries of a table that can be variables; conda leaves a variable alone that was unset there again."""
    for name, value in table.items() if isinstance(table, dict) else ():
        text = str(value)
        whole = isinstance(value, (str, int, float)) and text != _UNSET and name not in _RESERVED
        if whole and name and "=" not in name and "\0" not in name + text and _can_be_told(name + text):
            yield name, text


def _can_be_told(text: str) -> bool:
    try:
        os.fsencode(text)
    except UnicodeEncodeError:
        return False
    return True


def _sourced(variables: dict[str, str], scripts: list[str]) -> dict[str, str]:
    """The variables after those scripts; those before them where there is no shell or it does not tell."""
    shell = _shell(variables)
    reader, writer = os.pipe()
    try:
        words = [*shell, "-c", _SOURCE, "activate", *scripts]
        actions = [(os.POSIX_SPAWN_DUP2, 2, 1), (os.POSIX_SPAWN_DUP2, writer, _TOLD_ON)]
        process = os.posix_spawn(shell[0], words, variables, file_actions=actions, setpgroup=0)
    except (OSError, IndexError, ValueError):
        os.close(writer)
        os.close(reader)
        return variables
    os.close(writer)
    told = _read(reader, process)
    os.close(reader)
    return _merged(variables, told) if told.endswith(b"\0") else _complain(variables, scripts)


def _shell(variables: Mapping[str, str]) -> list[str]:
    """bash, for which such scripts are written, or else sh; without the person's own files for shells."""
    folders = ["/bin", "/usr/bin", *variables["PATH"].split(os.pathsep)]
    for name, options in (("bash", ["-p"]), ("sh", [])):
        for path in (os.path.join(folder, name) for folder in folders if os.path.isabs(folder)):
            if os.path.isfile(path) and os.access(path, os.X_OK):
                return [path, *options]
    return []


def _read(reader: int, process: int) -> bytes:
    """What the shell tells until it ends; what a script left running may keep the pipe open for ever."""
    data, deadline = b"", time.monotonic() + SECONDS_AT_MOST
    while time.monotonic() < deadline:
        ended = os.waitpid(process, os.WNOHANG)[0] != 0
        while len(data) < _LARGEST and select.select([reader], [], [], 0 if ended else _TICK_SECONDS)[0]:
            more = os.read(reader, files.SMALL)
            data += more
            if not more:
                time.sleep(_TICK_SECONDS / 20)
                break
        if ended:
            return data
    os.killpg(process, signal.SIGKILL)
    os.waitpid(process, 0)
    return b""


def _merged(variables: Mapping[str, str], told: bytes) -> dict[str, str]:
    """A shell drops variables whose names are no names in it, and has some of its own: those stay as they were."""
    entries = [entry.partition("=") for entry in os.fsdecode(told).split("\0")]
    after = {name: text for name, equals, text in entries if equals and name not in _SHELLS_OWN}
    kept = {
        name: text
        for name, text in variables.items()
        if name in after or name in _SHELLS_OWN or not (name.isascii() and name.isidentifier())
    }
    return {**kept, **after}


def _complain(variables: dict[str, str], scripts: list[str]) -> dict[str, str]:
    from jupyter_envs import naming

    folder = naming.shown_path(os.path.dirname(scripts[0]))
    sys.stderr.write(f"jupyter-envs: The scripts in {folder} did not come to an end, so their variables are not set.\n")
    return variables
