"""Kernel specs for other tools: the environment's own interpreter with its variables, and nothing of this package.

What the launcher does for the kernels of a server is done here by the spec alone. Only a kernel that borrows its
ipykernel goes through the launcher all the same.
"""

from __future__ import annotations

import os
import re
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from jupyter_envs import naming
from jupyter_envs.errors import Problem, ProblemCode, Refused
from jupyter_envs.kernels import specs
from jupyter_envs.kernels.activation import CONDAS_ACTIVE, CONDAS_TRACES, LEAD_ELSEWHERE, activated
from jupyter_envs.managers.base import quoted
from jupyter_envs.registered import KEY, Mark
from jupyter_envs.state import State

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.environment import Environment
    from jupyter_envs.kernels.specs import Spec
    from jupyter_envs.settings import Settings

_REPLACED = re.compile(r"\{[A-Za-z0-9_]+\}")
"""What jupyter_client takes for the name of something to put in, in the words of a kernel spec."""
PROGRAMS = "bin"
"""The folder of `programs_of`, beside the `kernel.json`."""
PROGRAM_HEAD = (
    b"#!/bin/sh\n# Written by jupyter-envs: its environment has no pip, and the next one on PATH is another's.\n"
)
_OF_IPYKERNEL = frozenset({ProblemCode.NO_IPYKERNEL, ProblemCode.INCONSISTENT_IPYKERNEL, ProblemCode.BASE_CHANGED})
_TAKES_EMPTY_FOR_UNSET = (3, 7)
"""From which Python on an empty PYTHONHOME is none; before, it is a wrong one."""
_START = (
    "import sys; sys.path[:] = [folder for folder in sys.path if folder]; import os; "
    "[os.environ.pop(name) for name in list(os.environ) if name in %r or name.startswith(%r)]; "
    "from ipykernel import kernelapp; kernelapp.launch_new_instance()"
)
"""The whole program of such a kernel, on Python 2.7 and 3.6 up.

Without '' on sys.path nothing of the notebook's folder is imported before a cell is; IPython puts it back for them.
A kernel spec cannot unset variables, so the kernel does, for what it starts.
"""


def spec_of(environment: Environment, settings: Settings, folder: Path) -> Spec:
    """The content of the `kernel.json` in a folder, with our mark; raises `Refused` where it would not start."""
    borrows = does_borrow(environment)
    if not borrows:
        _check(environment)
    spec = specs.spec_of(environment, replace(settings, provision=False))  # other tools may not have ours
    metadata = spec["metadata"] if isinstance(spec["metadata"], dict) else {}
    command = {} if borrows else _command(environment, folder, keep_pythonpath=settings.keep_pythonpath)
    return {**spec, **command, "metadata": {**metadata, KEY: mark_for(environment).as_json()}}


def mark_for(environment: Environment) -> Mark:
    """By which its spec is known as ours."""
    return Mark(environment.id, environment.manager, environment.prefix)


def does_borrow(environment: Environment) -> bool:
    """Whether its kernel runs on an ipykernel that is not its own, so that its spec ends with this package."""
    can = environment.kernel or environment.borrowed is not None
    return environment.state is State.NEEDS_IPYKERNEL and can


def programs_of(environment: Environment) -> dict[str, bytes]:
    """What stands in `bin` beside the `kernel.json` of an environment without a pip, by name; none for another.

    Otherwise `!pip` would reach the next one on PATH, and change another Python. These say `No module named pip`.
    """
    if os.name == "nt" or does_borrow(environment) or os.path.lexists(environment.prefix / "bin" / "pip"):
        return {}
    python = os.fsencode(shlex.quote(os.fspath(environment.python)))
    text = PROGRAM_HEAD + b"exec " + python + b' -m pip "$@"\n'
    return {"pip": text, "pip3": text}


def _check(environment: Environment) -> None:
    if environment.state is not State.READY:
        problem = _reason(environment)
        raise Refused(f"{environment.display_name} cannot be registered. {problem.message}", problem.fix)
    found = _REPLACED.search(os.fspath(environment.python))
    if found:
        python = naming.shown_path(os.fspath(environment.python))
        message = f"{environment.display_name} cannot be registered. Jupyter would replace {found[0]} in {python}."
        raise Refused(message, "Rename that folder, or start its kernel in JupyterLab, where it works as it is.")


def _reason(environment: Environment) -> Problem:
    """Why there is no kernel of it; that an interpreter has no ipykernel is nothing wrong until it is to be one."""
    how = (
        "Make an environment of it: {} -m venv .venv" if environment.bare else "Install it: {} -m pip install ipykernel"
    )
    fix = how.format(quoted(environment.python))
    bare = Problem(ProblemCode.NO_IPYKERNEL, "It has no ipykernel.", fix)
    needs = environment.state is State.NEEDS_IPYKERNEL
    told = (problem for problem in environment.problems if not needs or problem.code in _OF_IPYKERNEL)
    return next(told, bare)


def _command(environment: Environment, folder: Path, *, keep_pythonpath: bool) -> Spec:
    """jupyter_client replaces `${PATH}` in a spec's variables by the value that it has then, and `$$` by `$`."""
    prefix = os.fspath(environment.prefix)
    behind = os.fspath(folder.absolute() / PROGRAMS) if programs_of(environment) else ""
    told = activated({"PATH": behind}, prefix, keep_pythonpath=keep_pythonpath, environment=not environment.bare)
    variables = {name: text.replace("$", "$$") for name, text in told.items()}
    variables["PATH"] += os.pathsep + "${PATH}"
    pythonpath = () if keep_pythonpath else ("PYTHONPATH",)
    gone = tuple(name for name in (*LEAD_ELSEWHERE, *CONDAS_ACTIVE, *pythonpath) if name not in told)
    options, empty = [], {name: "" for name in gone if name.startswith("PYTHON")}
    if _numbers(environment.version) < _TAKES_EMPTY_FOR_UNSET:
        options, empty = ([] if keep_pythonpath else ["-E"]), {}
    start = _START % (gone, CONDAS_TRACES)
    words = [os.fspath(environment.python), *options, "-c", start, "-f", "{connection_file}"]
    return {"argv": words, "env": {**variables, **empty}}


def _numbers(version: str | None) -> tuple[int, ...]:
    parts = (version or "").split(".")[:2]
    return tuple(int(part) for part in parts) if all(part.isdecimal() for part in parts) else ()
