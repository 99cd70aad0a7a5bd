"""Starts the kernel of one environment: looks again, sets the variables, and becomes that environment's interpreter.

    python -I -S launch.py [--keep-pythonpath] <percent-encoded prefix> -f <connection file>
    python -I launch.py [--keep-pythonpath] --kernel=<name> <percent-encoded prefix> -f <connection file>
    python -I launch.py --project [--root=<percent-encoded folder> ...] -f <connection file>

The second form starts another kernel that the environment holds (R, xeus, ...), as its `kernel.json` says.
A project is not looked for above a root; a server gives its own, so that its panel and its kernels agree.

It runs before every kernel, so its normal path imports `os`, `sys` and four small modules of this package; whatever
is not in order (a broken, foreign or bare environment, a project to choose for) is handed to the whole package, which
explains it. The interpreter is `<prefix>/bin/python`, unresolved, or the launch fails: there is no other Python.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import NoReturn

    from jupyter_envs.pyvenv import Reading

FLAG_PROJECT = "--project"
FLAG_KEEP = "--keep-pythonpath"
FLAG_ROOT = "--root="
FLAG_KERNEL = "--kernel="

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_BOOT = os.path.join(_PACKAGE, "boot", "kernel.py")
_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-")
_HEX = frozenset("0123456789abcdefABCDEF")
LEAD_ELSEWHERE = (
    "PYTHONHOME",
    "__PYVENV_LAUNCHER__",
    "POETRY_ACTIVE",
    "PIPENV_ACTIVE",
    "VIRTUAL_ENV",
    "VIRTUAL_ENV_PROMPT",
)


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


def activated(
    variables: Mapping[str, str], prefix: str, *, keep_pythonpath: bool, environment: bool = True
) -> dict[str, str]:
    """The variables of a kernel: those given, without what leads elsewhere, and with this environment first on PATH.

    `environment` False is a base interpreter: it gets no `VIRTUAL_ENV`. One of conda's, known by its `conda-meta`, gets
    conda's variables instead, by which conda and what it installed know that it is active.
    """
    gone = {*LEAD_ELSEWHERE, *(() if keep_pythonpath else ("PYTHONPATH",))}
    kept = {name: value for name, value in variables.items() if name not in gone and not name.startswith("CONDA_")}
    scripts = os.path.join(prefix, "Scripts" if os.name == "nt" else "bin")
    kept["PATH"] = os.pathsep.join(part for part in (scripts, variables.get("PATH", os.defpath)) if part)
    if environment and _is_condas(prefix):
        kept["CONDA_PREFIX"] = prefix
        kept["CONDA_DEFAULT_ENV"] = _name_in_conda(prefix)
    elif environment:
        kept["VIRTUAL_ENV"] = prefix
        kept["VIRTUAL_ENV_PROMPT"] = os.path.basename(prefix)
    return kept


def _is_condas(prefix: str) -> bool:
    config = os.path.join(prefix, "pyvenv.cfg")
    return os.path.isfile(os.path.join(prefix, "conda-meta", "history")) and not os.path.isfile(config)


def _name_in_conda(prefix: str) -> str:
    """What conda calls an active environment: its name when it lies in a folder of named ones, or else its path."""
    if os.path.exists(os.path.join(prefix, "condabin")):
        return "base"
    return os.path.basename(prefix) if os.path.basename(os.path.dirname(prefix)) == "envs" else prefix


def main() -> NoReturn:
    """Becomes the kernel, or says in one line on standard error why not and exits with 1."""
    if os.path.dirname(_PACKAGE) not in sys.path:
        sys.path.append(os.path.dirname(_PACKAGE))
    words = sys.argv[1:]
    keep = FLAG_KEEP in words
    roots = [decode(word.removeprefix(FLAG_ROOT)) for word in words if word.startswith(FLAG_ROOT)]
    kernels = [word.removeprefix(FLAG_KERNEL) for word in words if word.startswith(FLAG_KERNEL)]
    words = [word for word in words if word != FLAG_KEEP and not word.startswith((FLAG_ROOT, FLAG_KERNEL))]
    reading = _in_order(decode(words[0])) if words and words[0] != FLAG_PROJECT and not kernels else None
    if reading is None:
        if sys.flags.no_site:  # the whole package needs what lies in site-packages
            os.execv(sys.executable, [sys.executable, "-I", os.path.abspath(__file__), *sys.argv[1:]])
        if kernels:
            _become_own(kernels[0], words, keep=keep)
        reading, keep = _explained(words, roots, keep=keep)
    _become(reading, words[1:], keep=keep)


def _in_order(prefix: str) -> Reading | None:
    """The environment when nothing stands in its way; None where the whole package must look."""
    from jupyter_envs import pyvenv, sites, trust

    reading = pyvenv.read(prefix, os.path.expanduser("~"))
    if reading is None or reading.fault or sites.ipykernel(reading) is None:
        return None
    return None if trust.Trust(os.getuid()).judge(reading) else reading


def _explained(words: list[str], roots: list[str], *, keep: bool) -> tuple[Reading, bool]:
    """The environment by all the rules and settings that there are, or the end, with the reason."""
    from jupyter_envs import pyvenv
    from jupyter_envs.errors import EnvsError
    from jupyter_envs.kernels import checks

    try:
        check = checks.Check.current(roots)
        environment = (
            check.of_project(os.environ, os.getcwd())
            if words[:1] == [FLAG_PROJECT]
            else check.at(decode("".join(words[:1])))
        )
    except EnvsError as error:
        _refuse(str(error))
    except OSError as error:
        _refuse(f"The notebook's folder cannot be read ({error.strerror}). Mend that, or choose another kernel.")
    prefix, home = os.fspath(environment.prefix), os.path.expanduser("~")
    reading = pyvenv.read(prefix, home) or pyvenv.read_interpreter(prefix, home)
    if reading is None:
        _refuse(f"{prefix} vanished while its kernel was starting. Choose another kernel.")
    return reading, keep or check.finder.settings.keep_pythonpath


def _become_own(name: str, words: list[str], *, keep: bool) -> NoReturn:
    """Another kernel that the environment holds, or the end, with the reason."""
    from jupyter_envs.errors import EnvsError
    from jupyter_envs.kernels import checks

    try:
        check = checks.Check.current()
        facts = check.own_kernel(decode("".join(words[:1])), name)
    except EnvsError as error:
        _refuse(str(error))
    spec, keep = facts.kernels[0], keep or check.finder.settings.keep_pythonpath
    activation = activated(os.environ, facts.reading.prefix, keep_pythonpath=keep, environment=not facts.bare)
    command = [*spec.words("".join(words[2:3])), *words[3:]]
    try:
        os.execve(command[0], command, spec.variables(activation))
    except OSError as error:
        _refuse(f"{command[0]} cannot run ({error.strerror}). Mend {spec.file}, or choose another kernel.")


def _become(reading: Reading, words: list[str], *, keep: bool) -> NoReturn:
    bare = not reading.config
    variables = activated(os.environ, reading.prefix, keep_pythonpath=keep, environment=not bare)
    try:
        os.execve(reading.python, [reading.python, _BOOT, *words], variables)
    except OSError as error:
        _refuse(
            f"{reading.python} cannot run ({error.strerror}). Make the environment again, or choose another kernel."
        )


def _refuse(message: str) -> NoReturn:
    from jupyter_envs import naming

    sys.stderr.write(f"jupyter-envs: {naming.shown_path(message)}\n")
    sys.exit(1)


if __name__ == "__main__":
    main()
