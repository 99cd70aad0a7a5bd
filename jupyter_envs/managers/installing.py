"""Commands that several managers share: an empty environment, and packages in one, through uv or through pip.

Where uv stands in for pip it is told to look where pip would. What pip would merely warn about must not fail it: where
pip looks in several places and uv gives up, the environment's own pip does it instead.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs import pip_settings
from jupyter_envs.environment import Interpreter
from jupyter_envs.errors import BadRequest, Refused
from jupyter_envs.managers import declared as declarations
from jupyter_envs.managers.plans import Command, CreateRequest, Plan

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jupyter_envs.managers.scene import Scene

MAKING = "Making the environment"
INSTALLING = "Installing packages"
DECLARED = "Installing what the project declares"
IPYKERNEL = "ipykernel"
_HERE = (
    ("PIP_USER", "0"),
    *((f"PIP_{name}", "") for name in ("PYTHON", "TARGET", "PREFIX", "ROOT")),
    ("PIP_NO_INPUT", "1"),
)
"""Whatever a person's own settings say: into the environment, and without a question that nobody could answer."""
_PIP = ("-I", "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off")


def shell(
    request: CreateRequest, prefix: Path, tools: Mapping[str, Path], scene: Scene, *, seed: bool = False
) -> tuple[Command, ...]:
    """An empty environment at `prefix`, whose folder is there and may hold a marker; with pip when `seed`.

    Raises `Refused` for a Python that knows no environments.
    """
    python, where = os.fspath(request.python.path), os.fspath(prefix)
    if request.python.version.startswith("2."):
        raise Refused(f"Python {request.python.version} knows no environments.", "Choose Python 3.")
    options: tuple[str, ...] = ("--system-site-packages",) if request.system_site_packages else ()
    options += (f"--prompt={request.prompt}",) if request.prompt else ()
    by_itself = (python, "-I", "-m", "venv", *options, *(() if seed else ("--without-pip",)), where)
    plain = Command(by_itself, Path(prefix.anchor), MAKING)
    found = pip_settings.indexes(scene.host, prefix)
    if "uv" not in tools or (seed and found.no_index):  # uv would fetch its pip from an index all the same
        return (plain,)
    own = (*(("--seed",) if seed else ()), "--allow-existing", "--no-project", "--python", python)
    by_uv = (*uv_words(tools), "venv", *options, *own, where)
    return (Command(by_uv, plain.cwd, MAKING, tuple(found.variables.items()), plain if seed else None),)


def takes_pip(request: CreateRequest, prefix: Path, tools: Mapping[str, Path], scene: Scene) -> bool:
    """Whether pip can come with the packages that are installed anyway, which is faster than by itself.

    Not where the environment's own pip may have to install them, nor before Python 3.12, where more came with pip.
    """
    if "uv" not in tools or not (request.packages or request.ipykernel):
        return False
    found = pip_settings.indexes(scene.host, prefix)
    minor = [int(part) for part in request.python.version.split(".")[:2] if part.isdecimal()]
    return not found.several and not found.no_index and minor >= [3, 12]


def packages(
    request: CreateRequest, prefix: Path, tools: Mapping[str, Path], scene: Scene, *more: str, pip: bool = True
) -> tuple[Command, ...]:
    """What puts the packages and the requirements of a request into the environment at `prefix`.

    `more` are further options for the installer, such as `-e .`. Without `pip` the environment has none of its own.
    """
    needs = (*request.packages, *((IPYKERNEL,) if request.ipykernel else ()))
    options = (*(("-r", os.fspath(request.requirements)) if request.requirements else ()), *more)
    # a project's `[tool.uv]` may choose where packages come from only for what the project itself names
    parts = (options, _folder(request)), (("--", *needs) if needs else (), Path(prefix.anchor))
    by_pip = [_by_pip(prefix, words, cwd) for words, cwd in parts if words]
    if "uv" not in tools:
        return tuple(by_pip)
    found = pip_settings.indexes(scene.host, prefix)
    otherwise = pip and found.several
    return tuple(_by_uv(each, request.project, tools, found, otherwise=otherwise) for each in by_pip)


def _by_pip(prefix: Path, words: tuple[str, ...], cwd: Path) -> Command:
    inside = os.fspath(prefix / "bin" / "python")
    return Command((inside, *_PIP, *words), cwd, INSTALLING, _HERE, weight=3, writes=())


def _by_uv(
    by_pip: Command, project: Path | None, tools: Mapping[str, Path], found: pip_settings.Indexes, *, otherwise: bool
) -> Command:
    """uv in place of pip; it reads the settings of a project only where that is the one."""
    inside, words, root = by_pip.words[0], by_pip.words[1 + len(_PIP) :], by_pip.cwd.anchor
    where = () if by_pip.cwd in {project, Path(root)} else ("--project", root)
    options = ("pip", "install", "--python", inside, *(("--no-index",) if found.no_index else ()))
    told = (*uv_words(tools), *where, *options, *words)
    return replace(
        by_pip, words=told, variables=tuple(found.variables.items()), otherwise=by_pip if otherwise else None
    )


def declared(request: CreateRequest, prefix: Path, tools: Mapping[str, Path], scene: Scene) -> tuple[Command, ...]:
    """What installs what the project declares, if that was asked for; raises `BadRequest` where it declares nothing."""
    if not request.install:
        return ()
    found = None if request.project is None else declarations.of(request.project, scene)
    if found is None:
        raise BadRequest("The project declares nothing to install.", "Name packages or a file of requirements.")
    own = replace(request, packages=found.packages, requirements=None, ipykernel=False)
    return tuple(replace(each, phase=DECLARED) for each in packages(own, prefix, tools, scene, *found.options))


def ipykernel(prefix: Path, tools: Mapping[str, Path], scene: Scene) -> Plan:
    """What puts an ipykernel into an environment whose tool keeps no list of packages; `Refused` where nothing can."""
    libraries = [prefix / "lib" / name / "site-packages" for name in scene.names(prefix / "lib")]
    pip = any(scene.is_file(library / "pip" / "__main__.py") for library in libraries)
    if not pip and "uv" not in tools:
        raise Refused("The environment has no pip, and uv is not installed.", "Install uv: pip install uv")
    python = Interpreter(prefix / "bin" / "python", "", "", "")
    commands = packages(CreateRequest(python, ipykernel=True), prefix, tools, scene, pip=pip)
    torn = sorted(name for library in libraries for name in _half_installed(library, scene))
    return Plan(prefix, _again(commands, torn) if torn else commands)


def _half_installed(library: Path, scene: Scene) -> Iterator[str]:
    """Names with versions of what an installer that was killed, or had no room, left: it would take them for whole.

    Installers write `INSTALLER` last (the specification of recorded projects makes it theirs to write).
    """
    for name in scene.names(library):
        if name.endswith(".dist-info") and not scene.is_file(library / name / "INSTALLER"):
            distribution, _, version = name.removesuffix(".dist-info").partition("-")
            yield f"{distribution}=={version}"


def _again(commands: tuple[Command, ...], torn: list[str]) -> tuple[Command, ...]:
    """Commands that install these again, where they are needed; pip cannot be told so and installs them all."""
    command = commands[0]
    if command.words[1:2] == ("-I",):
        words = (*command.words[:1], *_PIP, "--ignore-installed", "--no-deps", "--", *torn)
        return (replace(command, words=words), *commands)
    at = command.words.index("install") + 1
    names = [f"--reinstall-package={each.partition('==')[0]}" for each in torn]
    return (replace(command, words=(*command.words[:at], *names, *command.words[at:])), *commands[1:])


def uv_words(tools: Mapping[str, Path]) -> tuple[str, ...]:
    """How each command of uv's begins: it downloads no Python behind anybody's back, and draws no bars."""
    return (os.fspath(tools["uv"]), "--no-python-downloads", "--no-progress")


def _folder(request: CreateRequest) -> Path:
    """Where relative paths begin: in the project, or in the folder of a requirements file that lies outside of it."""
    project, file = request.project, request.requirements
    if project is not None and (file is None or file.is_relative_to(project)):
        return project
    return file.parent if file is not None else Path("/")
