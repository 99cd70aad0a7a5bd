"""Starts the kernel of one environment: looks again, sets the variables, and becomes that environment's interpreter.

    python -I -S launch.py [--keep-pythonpath] <percent-encoded prefix> -f <connection file>
    python -I launch.py [--keep-pythonpath] --kernel=<name> <percent-encoded prefix> -f <connection file>
    python -I launch.py --project [--root=<percent-encoded folder> ...] -f <connection file>

The second form starts another kernel that the environment holds (R, xeus, ...), as its `kernel.json` says.
A project is not looked for above a root; a server gives its own, so that its panel and its kernels agree.

It runs before every kernel, so its normal path imports `os`, `sys` and a few small modules of this package; whatever
is not in order (a broken, foreign or bare environment, one without a remembered plan, a project to choose for) is
handed to the whole package, which decides or explains. The interpreter is `<prefix>/bin/python`, unresolved, or the
launch fails: there is no other Python.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from jupyter_envs.overlay.plan import Plan
    from jupyter_envs.pyvenv import Reading
    from jupyter_envs.trust import Trust

FLAG_PROJECT = "--project"
FLAG_KEEP = "--keep-pythonpath"
FLAG_ROOT = "--root="
FLAG_KERNEL = "--kernel="

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_OWN = os.path.join(_PACKAGE, "boot", "kernel.py")
_BORROWED = os.path.join(_PACKAGE, "boot", "borrowed.py")
_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-")
_HEX = frozenset("0123456789abcdefABCDEF")


def encode(path: str) -> str:
    """A path as one plain word, so that no `$`, brace or space in it means anything to whoever passes it on."""
    return "".join(chr(byte) if byte in _PLAIN else f"%{byte:02X}" for byte in os.fsencode(path))


def decode(word: str) -> str:
    """The path that `encode` made a word of; a `%` that `encode` did not write stays one."""
    first, *rest = word.split("%")
    return os.fsdecode(os.fsencode(first) + b"".join(_decoded(part) for part in rest))


def _decoded(part: str) -> bytes:
    if len(part) < 2 or not _HEX.issuperset(part[:2]):  # noqa: PLR2004  # a byte is two hex digits
        return b"%" + os.fsencode(part)
    return bytes.fromhex(part[:2]) + os.fsencode(part[2:])


def main() -> NoReturn:
    """Becomes the kernel, or says in one line on standard error why not and exits with 1."""
    if os.path.dirname(_PACKAGE) not in sys.path:
        sys.path.append(os.path.dirname(_PACKAGE))
    words = sys.argv[1:]
    keep = FLAG_KEEP in words
    roots = [decode(word.removeprefix(FLAG_ROOT)) for word in words if word.startswith(FLAG_ROOT)]
    kernels = [word.removeprefix(FLAG_KERNEL) for word in words if word.startswith(FLAG_KERNEL)]
    words = [word for word in words if word != FLAG_KEEP and not word.startswith((FLAG_ROOT, FLAG_KERNEL))]
    if words and words[0] != FLAG_PROJECT and not kernels:
        _try(decode(words[0]), words[1:], keep=keep)
    if sys.flags.no_site:  # the whole package needs what lies in site-packages
        os.execv(sys.executable, [sys.executable, "-I", os.path.abspath(__file__), *sys.argv[1:]])
    if kernels:
        _become_own(kernels[0], words, keep=keep)
    _explain(words, roots, keep=keep)


def _try(prefix: str, words: list[str], *, keep: bool) -> None:
    """Becomes the kernel when nothing stands in its way; comes back where the whole package must look."""
    from jupyter_envs import pyvenv, trust
    from jupyter_envs.overlay import plan, store

    home = os.path.expanduser("~")
    reading, judge = pyvenv.read(prefix, home), trust.Trust(os.getuid())
    if reading is None or reading.fault or judge.judge(reading):
        return
    planned = plan.load(store.cache_folder(os.environ, home), reading)
    boot = _boot(planned, judge) if planned else None
    if boot:
        _become(reading, [*boot, *words], judge, keep=keep)


def _boot(plan: Plan, judge: Trust) -> list[str] | None:
    """The file that starts ipykernel, and what it is told; None where the borrowed one is not there, or not safe.

    That one is held from here on: the descriptor stays open in what this process becomes.
    """
    if plan.overlay is None:
        return [_OWN]
    from jupyter_envs.overlay import store

    site = os.path.join(plan.overlay, store.SITE)
    held = store.hold(plan.overlay) if judge.judge_path(site) is None else None
    if held is None:
        return None
    return [_BORROWED, site, f"{','.join(plan.modules)};{','.join(plan.distributions)};{held}"]


def _explain(words: list[str], roots: list[str], *, keep: bool) -> NoReturn:
    """The environment by all the rules and settings that there are, or the end, with the reason."""
    from jupyter_envs.errors import EnvsError
    from jupyter_envs.kernels import checks

    try:
        check = checks.Check.current(roots, say=_say)
        start = (
            check.of_project(os.environ, os.getcwd())
            if words[:1] == [FLAG_PROJECT]
            else check.at(decode("".join(words[:1])))
        )
    except EnvsError as error:
        _refuse(str(error))
    except OSError as error:
        _refuse(f"The notebook's folder cannot be read ({error.strerror}). Mend that, or choose another kernel.")
    boot = _boot(start.plan, check.finder.trust())
    if boot is None:
        _refuse(f"The borrowed ipykernel in {start.plan.overlay} is gone, or somebody else can change it. Try again.")
    keep = keep or check.finder.settings.keep_pythonpath
    _become(start.reading, [*boot, *words[1:]], check.finder.trust(), keep=keep)


def _become_own(name: str, words: list[str], *, keep: bool) -> NoReturn:
    """Another kernel that the environment holds, or the end, with the reason."""
    from jupyter_envs.errors import EnvsError
    from jupyter_envs.kernels import activation, checks

    try:
        check = checks.Check.current()
        facts = check.own_kernel(decode("".join(words[:1])), name)
    except EnvsError as error:
        _refuse(str(error))
    spec, keep = facts.kernels[0], keep or check.finder.settings.keep_pythonpath
    judge, prefix = check.finder.trust(), facts.reading.prefix
    variables = activation.of_kernel(os.environ, prefix, judge, keep_pythonpath=keep, environment=not facts.bare)
    command = [*spec.words("".join(words[2:3])), *words[3:]]
    try:
        os.execve(command[0], command, spec.variables(variables))
    except OSError as error:
        _refuse(f"{command[0]} cannot run ({error.strerror}). Mend {spec.file}, or choose another kernel.")


def _become(reading: Reading, words: list[str], judge: Trust, *, keep: bool) -> NoReturn:
    from jupyter_envs.kernels import activation

    is_environment = bool(reading.config)
    variables = activation.of_kernel(
        os.environ, reading.prefix, judge, keep_pythonpath=keep, environment=is_environment
    )
    try:
        os.execve(reading.python, [reading.python, *words], variables)
    except OSError as error:
        _refuse(
            f"{reading.python} cannot run ({error.strerror}). Make the environment again, or choose another kernel."
        )


def _refuse(message: str) -> NoReturn:
    _say(message)
    sys.exit(1)


def _say(message: str) -> None:
    from jupyter_envs import naming

    sys.stderr.write(f"jupyter-envs: {naming.shown_path(message)}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main()
