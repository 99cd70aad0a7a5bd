"""The variables of an activated environment, as its own `activate` would leave them, for the kernel and what it starts.

What is set and unset, and why: section "Variables" of docs/explanation/kernels.md. The launcher runs this before every
kernel, so it keeps to `os`; what conda's environments ask for beyond that is loaded for those that ask.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from jupyter_envs.trust import Trust

LEAD_ELSEWHERE = (
    "PYTHONHOME",
    "PYTHONEXECUTABLE",
    "__PYVENV_LAUNCHER__",
    "POETRY_ACTIVE",
    "PIPENV_ACTIVE",
    "HATCH_ENV_ACTIVE",
    "PYENV_VIRTUAL_ENV",
    "PYENV_ACTIVATE_SHELL",
    "PIXI_IN_SHELL",
    "PIXI_ENVIRONMENT_NAME",
    "PIP_PYTHON",
    "UV_PYTHON",
    "UV_SYSTEM_PYTHON",
    "VIRTUAL_ENV",
    "VIRTUAL_ENV_PROMPT",
)
"""What tells an interpreter or a tool of another Python than the kernel's, `PYTHONPATH` apart."""
UV = "JUPYTER_ENVS_UV"
"""Where `boot/pip.py` finds the server's uv, for a Python that came without pip."""

CONDAS_ACTIVE = ("CONDA_PREFIX", "CONDA_DEFAULT_ENV", "CONDA_SHLVL", "CONDA_PROMPT_MODIFIER")
CONDAS_TRACES = (
    "CONDA_PREFIX_",
    "CONDA_STACKED_",
    "CONDA_BACKUP_",
    "CONDA_BUILD",
    "CONDA_TOOLCHAIN_",
    "__CONDA_SHLVL_",
)
_PROGRAMS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "boot", "bin")


def activated(
    variables: Mapping[str, str], prefix: str, *, keep_pythonpath: bool, environment: bool = True
) -> dict[str, str]:
    """The variables of a kernel: those given, without what leads elsewhere, and with this environment first on PATH.

    `environment` False is a base interpreter: it gets no `VIRTUAL_ENV`. One of conda's, known by its `conda-meta`, gets
    conda's variables instead, by which conda and what it installed know that it is active.
    """
    gone = {*LEAD_ELSEWHERE, *CONDAS_ACTIVE, *(() if keep_pythonpath else ("PYTHONPATH",)), UV}
    kept = {name: text for name, text in variables.items() if name not in gone and not name.startswith(CONDAS_TRACES)}
    scripts = os.path.join(prefix, "Scripts" if os.name == "nt" else "bin")
    kept["PATH"] = _joined(scripts, variables.get("PATH", os.defpath))
    if environment and _is_condas(prefix):
        kept.update(zip(CONDAS_ACTIVE, _active_in_conda(prefix), strict=True))
    elif environment:
        kept["VIRTUAL_ENV"] = prefix
        kept["VIRTUAL_ENV_PROMPT"] = os.path.basename(prefix)
    return kept


def of_kernel(
    variables: Mapping[str, str], prefix: str, trust: Trust, *, keep_pythonpath: bool, environment: bool = True
) -> dict[str, str]:
    """The variables that a kernel on this machine starts with: `activated`, and what only a launch can know.

    A `pip` for an environment that has none stands behind its own programs, and a conda environment's variables and
    scripts are taken up, but for those that somebody else could change.
    """
    variables = {**variables, "PATH": _without_our_programs(variables.get("PATH", os.defpath))}
    told = activated(variables, prefix, keep_pythonpath=keep_pythonpath, environment=environment)
    if not environment:
        return told
    if not os.path.lexists(os.path.join(prefix, "bin", "pip")):
        told["PATH"] = _joined(os.path.join(prefix, "bin"), _PROGRAMS, variables["PATH"])
        uv = os.path.join(os.path.dirname(sys.executable), "uv")
        told.update({UV: uv} if os.path.isfile(uv) else {})
    if "CONDA_PREFIX" not in told:
        return told
    from jupyter_envs.kernels import conda_activation

    return conda_activation.completed(told, prefix, trust)


def _joined(*parts: str) -> str:
    return os.pathsep.join(part for part in parts if part)


def _without_our_programs(path: str) -> str:
    """A server that was started from a kernel's cell has them on its PATH already."""
    return os.pathsep.join(part for part in path.split(os.pathsep) if part != _PROGRAMS)


def _is_condas(prefix: str) -> bool:
    config = os.path.join(prefix, "pyvenv.cfg")
    return os.path.isfile(os.path.join(prefix, "conda-meta", "history")) and not os.path.isfile(config)


def _active_in_conda(prefix: str) -> tuple[str, str, str, str]:
    """The values of `CONDAS_ACTIVE`, as one activation in a fresh shell leaves them."""
    name = _name_in_conda(prefix)
    return prefix, name, "1", f"({name}) "


def _name_in_conda(prefix: str) -> str:
    """What conda calls an active environment: its name when it lies in a folder of named ones, or else its path."""
    if os.path.exists(os.path.join(prefix, "condabin")):
        return "base"
    return os.path.basename(prefix) if os.path.basename(os.path.dirname(prefix)) == "envs" else prefix
