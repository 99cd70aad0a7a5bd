"""How virtualenvwrapper makes and removes environments: its real shell functions, so that a person's hooks run.

Everything is told to the shell as positional words and variables, never as text of a script. `mkvirtualenv -a` and `-p`
would split their words at spaces, and read a project's path as Python: so we write the project file, and virtualenv
reads the interpreter from its variable. virtualenv fills a folder that is there, and deletes nothing in it.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from jupyter_envs.errors import BadRequest
from jupyter_envs.managers import installing
from jupyter_envs.managers.base import Command, CreateRequest, Plan, RemovalPlan

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from jupyter_envs.managers.base import Scene

PROGRAM: Final = "virtualenvwrapper.sh"
HOOKS: Final = ("preactivate", "postactivate", "predeactivate", "postdeactivate", "get_env_details")
"""What a person may have written for one environment, in its `bin`."""
_WITHOUT_HOOKS = f"{installing.MAKING} ({PROGRAM} is not found, so your hooks are not run)"
_MAKE = 'source "$1" && shift && mkvirtualenv "$@"'
_RUN_HOOK = 'source "$1" && virtualenvwrapper_run_hook "$2" "$3"'
_NAME = re.compile(r"\w[\w .+@-]*")
_PLAIN_PATH = re.compile(r"[\w/.+@-]+")
_SETTINGS = ("PROJECT_HOME", *(f"VIRTUALENVWRAPPER_{name}" for name in ("HOOK_DIR", "VIRTUALENV_ARGS", "WORKON_CD")))


def plan_create(request: CreateRequest, workon_home: Path, scene: Scene, tools: Mapping[str, Path]) -> Plan:
    """An empty environment, its project file, and then what `mkvirtualenv` does with it."""
    prefix = workon_home / _name(request)
    if request.prefix not in {None, prefix}:
        raise BadRequest(f"virtualenvwrapper keeps none at {request.prefix}.", f"Leave the place to it: {prefix}.")
    files = ((project_filename(scene), _first_line(request.project)),) if request.project else ()
    how = (request, prefix, tools, scene)
    packages = (*installing.declared(*how), *installing.packages(*how))
    script = _script(workon_home, tools)
    if script is None:
        shell = installing.shell(request, prefix, tools, scene, seed=True)
        return Plan(prefix, packages, tuple(replace(command, phase=_WITHOUT_HOOKS) for command in shell), files)
    commands = (_make(request, prefix, script, scene), *packages)
    return Plan(prefix, commands, installing.shell(request, prefix, tools, scene), files)


def plan_remove(prefix: Path, scene: Scene, tools: Mapping[str, Path]) -> RemovalPlan:
    """The hooks for removing, where virtualenvwrapper is; a new one at its place gets its own hooks and its project."""
    carried = (project_filename(scene), *(f"bin/{name}" for name in HOOKS))
    script = _script(prefix.parent, tools)
    if script is None:
        return RemovalPlan(carried=carried)
    before, after = (_hook(name, prefix, script, scene) for name in ("pre_rmvirtualenv", "post_rmvirtualenv"))
    return RemovalPlan((before,), (after,), carried=carried)


def project_filename(scene: Scene) -> str:
    """The name of the file in an environment that names its project."""
    given = scene.exported("VIRTUALENVWRAPPER_PROJECT_FILENAME") or ""
    return given if given.strip(".") and os.path.basename(given) == given else ".project"


def _make(request: CreateRequest, prefix: Path, script: Path, scene: Scene) -> Command:
    options = ("--system-site-packages",) if request.system_site_packages else ()
    words = ("bash", "-c", _MAKE, "mkvirtualenv", os.fspath(script), *options, prefix.name)
    python = (("VIRTUALENV_PYTHON", os.fspath(request.python.path)), ("VIRTUALENV_NO_PERIODIC_UPDATE", "1"))
    variables = (*_variables(prefix.parent, script, scene), *python)
    return Command(words, request.project or prefix.parent, "Running mkvirtualenv", variables, weight=2)


def _hook(name: str, prefix: Path, script: Path, scene: Scene) -> Command:
    words = ("bash", "-c", _RUN_HOOK, "rmvirtualenv", os.fspath(script), name, prefix.name)
    return Command(words, prefix.parent, f"Running the hook {name}", _variables(prefix.parent, script, scene))


def _variables(workon_home: Path, script: Path, scene: Scene) -> tuple[tuple[str, str], ...]:
    """What virtualenvwrapper would know in the person's own shell."""
    found = {"WORKON_HOME": os.fspath(workon_home), **{name: scene.exported(name) for name in _SETTINGS}}
    found["VIRTUALENVWRAPPER_PROJECT_FILENAME"] = project_filename(scene)
    found["VIRTUALENVWRAPPER_PYTHON"] = scene.exported("VIRTUALENVWRAPPER_PYTHON") or _python(script, scene)
    found["VIRTUALENVWRAPPER_VIRTUALENV"] = scene.exported("VIRTUALENVWRAPPER_VIRTUALENV") or _virtualenv(script, scene)
    return tuple((name, value) for name, value in found.items() if value)


def _python(script: Path, scene: Scene) -> str | None:
    """The interpreter that can import virtualenvwrapper: the one beside the script, or else the system's."""
    beside = [script.parent / "python3", script.parent / "python", scene.host.system / "usr" / "bin" / "python3"]
    return next((os.fspath(path) for path in beside if scene.is_file(path)), None)


def _virtualenv(script: Path, scene: Scene) -> str | None:
    """The virtualenv beside the script; the script looks for it as a word, so an odd path is left to `PATH`."""
    beside = script.parent / "virtualenv"
    return os.fspath(beside) if scene.is_file(beside) and _PLAIN_PATH.fullmatch(os.fspath(beside)) else None


def _script(workon_home: Path, tools: Mapping[str, Path]) -> Path | None:
    """virtualenvwrapper's own file; None where there is none, or it would take the folder for another one."""
    return None if re.search(r"[$~\n]", os.fspath(workon_home)) else tools.get(PROGRAM)


def _name(request: CreateRequest) -> str:
    """The name that was asked for, that of the place, or the project folder's without what a shell reads as its own."""
    name = request.name or (request.prefix.name if request.prefix is not None else None)
    if name is None and request.project is not None:
        name = re.sub(r"[^\w.+@-]+", "-", request.project.name).strip("-.+@") or "environment"
    if name is None or not _NAME.fullmatch(name):
        raise BadRequest(
            f"{name or ''!r} cannot be the name of an environment of virtualenvwrapper.",
            "Use letters, digits, spaces and the signs . _ + @ -, and begin with a letter or a digit.",
        )
    return name


def _first_line(project: Path) -> str:
    """What the project file says; it has room for one line."""
    if "\n" in os.fspath(project) or "\r" in os.fspath(project):
        raise BadRequest(
            "virtualenvwrapper cannot keep a project whose path has a line break.",
            "Rename the folder, or choose another tool.",
        )
    return f"{project}\n"
