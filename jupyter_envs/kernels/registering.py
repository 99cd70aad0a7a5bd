"""Real kernel specs on disk, for tools that ask no server: written, replaced and taken back, and never anybody else's.

They lie in the person's own folder of kernel specs. Ours is what carries our mark; a link never is.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from jupyter_envs import files, naming, pyvenv, registered, stale_specs
from jupyter_envs.errors import BadRequest, Refused
from jupyter_envs.kernels import spec_folder, specs, standalone
from jupyter_envs.kernels.spec_folder import Registered
from jupyter_envs.managers.base import Scene
from jupyter_envs.overlay.lending import Lending
from jupyter_envs.stale_specs import FILE, Fault

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator
    from pathlib import Path

    from jupyter_envs.environment import Environment
    from jupyter_envs.host import Host
    from jupyter_envs.settings import Settings

_NAME = re.compile(r"[A-Za-z0-9._-]+")
_OTHER_NAME = "Choose another name."
_TAKEN = {
    registered.NATIVE: "the kernel of Jupyter's own Python",
    specs.PROJECT_KERNEL: "the kernel that picks the environment of the notebook's folder",
}


@dataclass(frozen=True, slots=True)
class Registry:
    """The kernel specs that this package wrote for one person. All of it may wait for a disk."""

    host: Host
    settings: Settings

    @property
    def folder(self) -> Path:
        """The person's own folder of kernel specs, whatever other folders come before it on Jupyter's data path."""
        plain = {name: text for name, text in self.host.variables.items() if name != "JUPYTER_PATH"}
        own = replace(self.host, variables={**plain, "JUPYTER_PREFER_ENV_PATH": "0"})
        return next(own.jupyter_data_folders()) / "kernels"

    def all(self) -> Iterator[Registered]:
        """Ours, by name. Raises `Refused` where their disk does not answer."""
        self._check_disk()
        for name in files.names(os.fspath(self.folder)):
            found = spec_folder.read(self.folder / name)
            if found is not None:
                yield found

    def of(self, prefix: Path) -> Registered | None:
        """That of one environment; None where it is not registered."""
        return next((one for one in self.all() if one.mark.prefix == prefix), None)

    def stale(self) -> list[Registered]:
        """Ours that cannot start any more; not those of which nobody can tell, as on a disk that does not answer."""
        scene = Scene(self.host, mounts=self.host.mounts())
        if scene.is_away(self.folder):
            return []
        gone = {spec.folder.name for spec in stale_specs.find(scene) if spec.fault is Fault.GONE}
        return [one for one in self.all() if one.name in gone]

    def register(self, environment: Environment, name: str | None = None, ids: Container[str] = ()) -> Registered:
        """Writes the kernel spec of an environment, or writes it anew, under the name that it has, or its id.

        `ids` are those of all environments, whose kernels go by them. Raises `BadRequest` for what is no name, and
        `Refused` where a spec is there that is not ours, where it would not start, and where it cannot be written.
        """
        return self._write(environment, self.of(environment.prefix), name, ids)

    def register_offered(
        self, environments: Iterable[Environment], ids: Container[str]
    ) -> Iterator[tuple[Environment, Registered | Refused | None]]:
        """Registers each but those that have a kernel spec on disk which somebody else wrote; what came of it.

        None for one that borrows its ipykernel: its kernel would end with this package, which nobody decided. Where
        somebody did, by registering that one, it is written anew.
        """
        ours = {one.mark.prefix: one for one in self.all()}
        for environment in environments:
            known = ours.get(environment.prefix)
            if environment.kernel_name != environment.id and known is None:
                continue
            if standalone.does_borrow(environment) and not (known and known.borrows):
                yield environment, None
                continue
            try:
                yield environment, self._write(environment, known, None, ids)
            except Refused as error:
                yield environment, error

    def still_needed(self, environment: Environment) -> str | None:
        """The command that an environment needs before its kernel can start; None where it can. Reads its files."""
        prefix, home, python = map(os.fspath, (environment.prefix, self.host.real_home, environment.python))
        reading = pyvenv.read(prefix, home) or pyvenv.read_interpreter(prefix, home, python)
        lending = Lending(Scene(self.host, mounts=self.host.mounts()), self.settings.borrow_ipykernel)
        if reading is None or not standalone.does_borrow(environment) or lending.is_at_hand(reading):
            return None
        return lending.how_to_build(reading)

    def named(self, name: str) -> Registered | None:
        """Ours of that name, None where there is none; raises `Refused` where something is there that is not ours."""
        self._check_disk()
        return spec_folder.at(self.folder / name) if _is_name(name) else None

    def _write(
        self, environment: Environment, known: Registered | None, name: str | None, ids: Container[str]
    ) -> Registered:
        chosen = _checked(name) if name is not None else known.name if known else environment.id
        _check_own(environment, known, name, chosen)
        self._check_free(environment, chosen, ids)
        folder = self.folder / chosen
        spec = standalone.spec_of(environment, self.settings, folder)
        spec_folder.write(folder, spec, environment.manager, standalone.programs_of(environment))
        return Registered(folder, standalone.mark_for(environment), standalone.does_borrow(environment))

    def _check_disk(self) -> None:
        if Scene(self.host, mounts=self.host.mounts()).is_away(self.folder):
            raise Refused(f"The disk of {_shown(self.folder)} does not answer.", "Try again when it does.")

    def _check_free(self, environment: Environment, name: str, ids: Container[str]) -> None:
        if name in _TAKEN:
            raise Refused(f"'{name}' is {_TAKEN[name]}.", _OTHER_NAME)
        if name != environment.id and name in ids:
            raise Refused(f"'{name}' is the kernel of another environment.", _OTHER_NAME)
        found = spec_folder.at(self.folder / name)
        if found is not None and found.mark.prefix != environment.prefix:
            message = f"'{name}' is the registered kernel of {_shown(found.mark.prefix)}."
            raise Refused(message, f"{_OTHER_NAME[:-1]}, or take that back: jupyter envs unregister {name}")
        for data in self.host.jupyter_data_folders():
            for other in files.names(os.fspath(data / "kernels")):
                path = data / "kernels" / other
                if other.lower() == name and path != self.folder / name and os.path.lexists(path / FILE):
                    raise Refused(f"There is a kernel '{name}' already, in {_shown(path)}.", _OTHER_NAME)


def _checked(name: str) -> str:
    """The name in lower case, as Jupyter knows it whatever it is written like."""
    if not _is_name(name):
        message = f"'{naming.shown(name)}' is no name for a kernel."
        raise BadRequest(message, "Use letters, digits, dots, hyphens and underscores.")
    return name.lower()


def _is_name(name: str) -> bool:
    return _NAME.fullmatch(name) is not None and bool(name.strip("."))


def _check_own(environment: Environment, known: Registered | None, given: str | None, name: str) -> None:
    """No environment gets a second kernel on disk, unless that is asked for by a name beside somebody else's."""
    other = environment.kernel_name
    if known is not None and known.name != name:
        message = f"{environment.display_name} is registered as '{known.name}' already."
        raise Refused(message, f"Take that back first: jupyter envs unregister {known.name}")
    if known is None and given is None and other not in {None, environment.id, registered.NATIVE}:
        message = f"{environment.display_name} has a kernel spec on disk already, '{other}'."
        raise Refused(message, "Other tools start that one; to write another, name it with --name.")


def _shown(path: Path) -> str:
    return naming.shown_path(os.fspath(path))
