"""Which running programs use an environment: found by process, so also one that was started in a terminal.

Only this person's own processes are looked at, and on this machine. On Linux `/proc` tells, elsewhere `ps`.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs import files, naming, process
from jupyter_envs.errors import Occupied, Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jupyter_envs.host import Host

PROC = "/proc"
WORDS_AT_MOST = 160
_PS_SECONDS = 10.0
_PS = ("/bin/ps", "-axww", "-o", "pid=,uid=,command=")
_STARTS_KERNELS = ("ipykernel", "ipykernel_launcher")
_BOOT = (os.path.join("jupyter_envs", "boot", "kernel.py"), os.path.join("jupyter_envs", "boot", "borrowed.py"))


@dataclass(frozen=True, slots=True)
class Process:
    """A running program: its number, its words, and whether it is a kernel."""

    pid: int
    words: str
    kernel: bool


def refuse_while_used(prefix: Path, host: Host) -> None:
    """Raises `Occupied` where programs run on the environment at a real path; it names the first three."""
    found = list(users(prefix, host))
    if not found:
        return
    kernels = [one for one in found if one.kernel]
    if kernels:
        numbers = ", ".join(str(one.pid) for one in kernels[:3])
        what = (
            f"Its kernel (process {numbers}) runs." if len(kernels) == 1 else f"Its kernels (processes {numbers}) run."
        )
        raise Occupied(
            what, "Shut it down, then try again." if len(kernels) == 1 else "Shut them down, then try again."
        )
    told = "; ".join(f"process {one.pid}: {one.words}" for one in found[:3])
    raise Occupied(f"Programs run on {naming.shown_path(os.fspath(prefix))} ({told}).", "End them, then try again.")


def users(prefix: Path, host: Host) -> Iterator[Process]:
    """The person's own processes that run on the environment at a real path.

    Raises `Refused` where that cannot be found out, and `ToolFailed` where there is no `ps`.
    """
    if host.platform == "linux":
        yield from _of_proc(os.fspath(prefix), host.uid)
    elif host.platform != "win32":
        yield from _listed(prefix, host)


def _listed(prefix: Path, host: Host) -> list[Process]:
    """Those that `ps` tells, looked at line by line, because only the last of its output is kept."""
    found: list[Process] = []

    def heard(line: str) -> None:
        found.extend(of_ps([line], os.fspath(prefix), host.uid))

    variables = process.tool_variables(host.variables)
    outcome = process.run(_PS, Path("/"), variables, on_line=heard, seconds=_PS_SECONDS)
    if not outcome.done:
        shown, how = naming.shown_path(os.fspath(prefix)), f"'{' '.join(_PS)}' ended with status {outcome.status}"
        raise Refused(f"Whether programs run on {shown} could not be found out: {how}.", "Try again when it does.")
    return found


def of_ps(lines: Iterable[str], prefix: str, uid: int | None) -> Iterator[Process]:
    """Those of a listing by `ps` (number, owner, command) that run on an environment; its lines have been cleaned."""
    inside = process.clean(os.path.join(prefix, ""))
    for line in lines:
        pid, owner, command = (*line.split(None, 2), "", "", "")[:3]
        if pid.isdecimal() and owner == str(uid) and command.startswith(inside):
            words = command.removeprefix(inside).split()
            yield Process(int(pid), _shown(command.split()), _is_kernel(words))


def _of_proc(prefix: str, uid: int | None) -> Iterator[Process]:
    for pid in files.names(PROC):
        if not pid.isdecimal() or int(pid) == os.getpid():
            continue
        folder = os.path.join(PROC, pid)
        try:
            if os.stat(folder).st_uid != uid:
                continue
            words = _texts(os.path.join(folder, "cmdline"))
            if words and (_is_mapped(prefix, folder) or _runs_on(prefix, folder, words)):
                yield Process(int(pid), _shown(words), _is_kernel(words))
        except OSError:  # it ended, or may not be looked at
            continue


def _runs_on(prefix: str, folder: str, words: list[str]) -> bool:
    """Whether a process was started as a program of an environment: by its path, from `PATH`, or as its kernel."""
    program = words[0]
    if os.path.isabs(program):
        return _is_inside(program, prefix) or (_is_kernel(words) and _activated(folder).get("VIRTUAL_ENV") == prefix)
    if os.sep in program:
        return _is_inside(os.path.join(os.readlink(os.path.join(folder, "cwd")), program), prefix)
    variables = _activated(folder)
    found = shutil.which(program, path=variables.get("PATH", ""))
    return bool(found and _is_inside(found, prefix)) or (_is_kernel(words) and variables.get("VIRTUAL_ENV") == prefix)


def _is_mapped(prefix: str, folder: str) -> bool:
    """Whether the file that a process runs, whatever its words say, lies in an environment."""
    try:
        return os.readlink(os.path.join(folder, "exe")).startswith(os.path.join(prefix, ""))
    except OSError:
        return False


def _is_inside(program: str, prefix: str) -> bool:
    """Whether a program lies anywhere in an environment. What the program itself links to does not count."""
    folder = os.path.dirname(program)
    inside = os.path.join(prefix, "")
    return any(
        os.path.join(each, "").startswith(inside) for each in (os.path.normpath(folder), os.path.realpath(folder))
    )


def _activated(folder: str) -> dict[str, str]:
    pairs = (text.partition("=") for text in _texts(os.path.join(folder, "environ")))
    return {name: value for name, _, value in pairs if name in {"VIRTUAL_ENV", "PATH"}}


def _texts(path: str) -> list[str]:
    text = files.read_text(path, files.LARGE) or ""
    return text.removesuffix("\0").split("\0") if text else []


def _is_kernel(words: list[str]) -> bool:
    if any(os.path.basename(word) in _STARTS_KERNELS or word.endswith(_BOOT) for word in words):
        return True
    return any(first == "-f" and second.endswith(".json") for first, second in pairwise(words))


def _shown(words: list[str]) -> str:
    text = naming.shown_path(" ".join(words))
    return text if len(text) <= WORDS_AT_MOST else text[: WORDS_AT_MOST - 1] + "…"
