"""What another kernel spec manager offers of environments that we know, too: none is to be offered twice.

nb_venv_kernels names an environment's interpreter in `argv`, nb_conda_kernels its folder in `metadata`; both, and what
lies on Jupyter's data path, tell the folder that a kernel spec of an environment was read from.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_envs.own_kernels import FOLDER
from jupyter_envs.registered import NATIVE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jupyter_envs.environment import Environment, OwnKernel
    from jupyter_envs.mounts import Mounts

_IPYKERNEL = frozenset({"ipykernel", "ipykernel_launcher"})
_METADATA = ("conda_env_path", "venv_env_path")


@dataclass(frozen=True, slots=True)
class Offer:
    """The names of another manager's kernels, the prefix and folder of those that start an ipykernel, and all folders.

    Paths are as that manager writes them, so that two offers can be compared without asking a disk.
    """

    names: frozenset[str] = frozenset()
    started: frozenset[tuple[str, str]] = frozenset()
    folders: frozenset[str] = frozenset()

    @classmethod
    def of(cls, models: Mapping[str, Any]) -> Offer:
        """What these models of kernel specs say."""
        folders = {name: str(model.get("resource_dir") or "") for name, model in models.items()}
        prefixes = {name: _prefix(model.get("spec")) for name, model in models.items()}
        started = ((prefix, folders[name]) for name, prefix in prefixes.items() if prefix)
        return cls(frozenset(models), frozenset(started), frozenset(folders.values()))

    def real(self, mounts: Mounts) -> Offer:
        """The same with the paths that lead into environments without their links; may wait for a disk."""
        led = {path: mounts.leads(path) or path for path in self.folders if FOLDER in path}
        started = ((mounts.leads(prefix) or prefix, led.get(folder, folder)) for prefix, folder in self.started)
        return Offer(self.names, frozenset(started), frozenset(led.values()))

    def has(self, environment: Environment) -> bool:
        """Whether an environment's own ipykernel is offered, in an offer without links.

        Where a spec on disk is known to be its kernel, the other manager may have left that one out.
        """
        on_disk = environment.kernel_name != environment.id and environment.kernel_name in {NATIVE, *self.names}
        return on_disk or self._starts(environment)

    def has_other(self, environment: Environment, kernel: OwnKernel) -> bool:
        """Whether another kernel that an environment holds is offered, as in `has`."""
        return _folder_of(environment, kernel) in self.folders

    def _starts(self, environment: Environment) -> bool:
        others = {_folder_of(environment, kernel) for kernel in environment.kernels}
        prefix = str(environment.prefix)
        return any(started == prefix and folder not in others for started, folder in self.started)


def _prefix(spec: Any) -> str | None:  # noqa: ANN401  # whatever another manager says
    """The folder of the environment whose ipykernel a kernel spec starts; None for any other."""
    if not isinstance(spec, dict):
        return None
    words = [word for word in spec.get("argv") or () if isinstance(word, str)]
    if not _IPYKERNEL.intersection(words):
        return None
    metadata, python = spec.get("metadata") or {}, Path(words[0])
    told = next((metadata[key] for key in _METADATA if isinstance(metadata.get(key), str)), None)
    return told or (str(python.parent.parent) if python.is_absolute() and python.name.startswith("python") else None)


def _folder_of(environment: Environment, kernel: OwnKernel) -> str:
    return str(environment.prefix / FOLDER / kernel.name)
