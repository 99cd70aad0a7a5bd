"""Kernel specs of environments: what Jupyter is told so that it starts the one launcher with the right prefix."""

from __future__ import annotations

import functools
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from jupyter_envs.kernels.activation import activated
from jupyter_envs.kernels.launch import FLAG_KEEP, FLAG_KERNEL, FLAG_PROJECT, FLAG_ROOT, encode
from jupyter_envs.registered import mark_of
from jupyter_envs.state import State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jupyter_envs.environment import Environment, OwnKernel
    from jupyter_envs.settings import Settings

PROJECT_KERNEL = "project-env"
PROJECT_DISPLAY_NAME = "Project environment"
PROVISIONER = "jupyter-envs"

_HERE = Path(__file__).parent
_LAUNCHER = os.fspath(_HERE / "launch.py")
_BOOT = os.fspath(_HERE.parent / "boot" / "kernel.py")
_ENCRYPTS_FROM = (7, 3)
_DEBUGS_FROM = (6, 0)

Spec: TypeAlias = dict[str, object]


@functools.cache
def logos(manager: str) -> str:
    """The folder of a manager's logos; they come from this package, never out of an environment."""
    folder = _HERE / "logos" / manager
    return os.fspath(folder if folder.is_dir() else _HERE / "logos" / "venv")


@functools.cache
def logo_files(manager: str) -> dict[str, str]:
    """The files of a manager's logos, each by its name without the ending, as jupyter_server tells them."""
    return {path.stem: path.name for path in sorted(Path(logos(manager)).glob("logo-*"))}


def spec_of(environment: Environment, settings: Settings) -> Spec:
    """The kernel spec of one environment, as in a `kernel.json`."""
    metadata: dict[str, object] = {"jupyter_envs": {"id": environment.id, "manager": environment.manager}}
    borrows = environment.state is State.NEEDS_IPYKERNEL
    version = _numbers(environment.borrowed if borrows else environment.ipykernel)
    if version >= _DEBUGS_FROM:
        metadata["debugger"] = True
    if version >= _ENCRYPTS_FROM:
        metadata["supported_encryption"] = ["curve"]
    checked = {"prefix": encode(os.fspath(environment.prefix))}
    return _spec(environment.display_name, metadata, _command(environment, settings), settings, checked)


def own_name(environment: Environment, kernel: OwnKernel) -> str:
    """The name in Jupyter of another kernel that an environment holds."""
    return f"{environment.id}.{kernel.name}"


def own_spec_of(environment: Environment, kernel: OwnKernel, settings: Settings) -> Spec:
    """The kernel spec of another kernel that an environment holds; the launcher reads what it runs."""
    metadata: dict[str, object] = {"jupyter_envs": {"id": environment.id, "manager": environment.manager}}
    if kernel.debugger is not None:
        metadata["debugger"] = kernel.debugger
    if kernel.encryption:
        metadata["supported_encryption"] = list(kernel.encryption)
    prefix = encode(os.fspath(environment.prefix))
    flags = [FLAG_KEEP] if settings.keep_pythonpath else []
    argv = [sys.executable, "-I", _LAUNCHER, *flags, FLAG_KERNEL + kernel.name, prefix]
    checked = {"prefix": prefix, "kernel": kernel.name}
    spec = _spec(kernel.display_name, metadata, {"argv": argv}, settings, checked)
    return {**spec, "language": kernel.language, "interrupt_mode": kernel.interrupt_mode}


def project_spec(settings: Settings) -> Spec:
    """The spec of `project-env`, which picks the environment of the notebook's folder at launch, below these roots.

    It cannot know which ipykernel that will have, so it never claims encryption.
    """
    metadata: dict[str, object] = {"jupyter_envs": {"project": True}, "debugger": True}
    roots = [encode(root) for root in settings.roots]
    words = [sys.executable, "-I", _LAUNCHER, FLAG_PROJECT, *(FLAG_ROOT + root for root in roots)]
    return _spec(PROJECT_DISPLAY_NAME, metadata, {"argv": words}, settings, {"prefix": "", "roots": roots})


def is_project_spec(metadata: object) -> bool:
    """Whether the metadata of a kernel spec are those of `project-env`, as served or as installed with this package."""
    ours = metadata.get("jupyter_envs") if isinstance(metadata, dict) else None
    return isinstance(ours, dict) and ours.get("project") is True


def is_ours(name: str, metadata: object) -> bool:
    """Whether the metadata of a kernel spec on disk say that it is that of `project-env`, or registered by its id."""
    if name == PROJECT_KERNEL:
        return is_project_spec(metadata)
    mark = mark_of({"metadata": metadata})
    return mark is not None and mark.id == name


def _command(environment: Environment, settings: Settings, *, windows: bool = os.name == "nt") -> Spec:
    """The words that start the kernel; on Windows, which has no `exec`, the environment's own interpreter.

    jupyter_client replaces `${PATH}` in a spec's variables by the value that it has then, and `$$` by `$`.
    """
    if windows:
        prefix = os.fspath(environment.prefix).replace("$", "$$")
        variables = activated({"PATH": "${PATH}"}, prefix, keep_pythonpath=settings.keep_pythonpath)
        return {"argv": [os.fspath(environment.python), _BOOT], "env": variables}
    flags = [FLAG_KEEP] if settings.keep_pythonpath else []
    return {"argv": [sys.executable, "-I", "-S", _LAUNCHER, *flags, encode(os.fspath(environment.prefix))]}


def _spec(
    display_name: str, metadata: dict[str, object], command: Spec, settings: Settings, checked: Mapping[str, object]
) -> Spec:
    """`checked` is what the provisioner is told to look at."""
    if settings.provision:
        metadata = {**metadata, "kernel_provisioner": {"provisioner_name": PROVISIONER, "config": checked}}
    argv = command["argv"]
    words = [*argv, "-f", "{connection_file}"] if isinstance(argv, list) else []
    return {
        "argv": words,
        "env": command.get("env", {}),
        "display_name": display_name,
        "language": "python",
        "interrupt_mode": "signal",
        "metadata": metadata,
    }


def _numbers(version: str | None) -> tuple[int, ...]:
    parts = (version or "").split(".")[:2]
    return tuple(int(part) for part in parts) if all(part.isdecimal() for part in parts) else ()
