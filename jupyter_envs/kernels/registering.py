"""Real kernel specs on disk, for tools that ask no server: written, replaced and taken back, and never anybody else's.

They lie in the person's own folder of kernel specs. Ours is what carries our mark; a link never is.
"""

from __future__ import annotations

import json
import os
import re
import stat
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs import files, naming, registered, stale_specs
from jupyter_envs.errors import BadRequest, Refused
from jupyter_envs.kernels import specs, standalone
from jupyter_envs.managers.base import Scene
from jupyter_envs.stale_specs import FILE, Fault

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from jupyter_envs.environment import Environment
    from jupyter_envs.host import Host
    from jupyter_envs.registered import Mark
    from jupyter_envs.settings import Settings

_NAME = re.compile(r"[A-Za-z0-9._-]+")
_LOGO = re.compile(r"logo-[A-Za-z0-9-]+\.(?:png|svg)")
_OTHER_NAME = "Choose another name."
_TAKEN = {
    registered.NATIVE: "the kernel of Jupyter's own Python",
    specs.PROJECT_KERNEL: "the kernel that picks the environment of the notebook's folder",
}


@dataclass(frozen=True, slots=True)
class Registered:
    """One kernel spec of ours on disk."""

    folder: Path
    mark: Mark
    borrows: bool
    """Whether it starts through this package, because its ipykernel is borrowed, and so does not outlive it."""

    @property
    def name(self) -> str:
        """How Jupyter calls it."""
        return self.folder.name

    def as_json(self) -> dict[str, object]:
        """The kernel spec as `register --json` and the REST API tell it."""
        return {
            "name": self.name,
            "id": self.mark.id,
            "prefix": os.fspath(self.mark.prefix),
            "file": os.fspath(self.folder / FILE),
            "outlives": not self.borrows,
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
        """Ours, by name."""
        for name in files.names(os.fspath(self.folder)):
            found = _ours(self.folder / name)
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
        self._check_disk()
        known = self.of(environment.prefix)
        chosen = _checked(name) if name is not None else known.name if known else environment.id
        _check_own(environment, known, name, chosen)
        self._check_free(environment, chosen, ids)
        spec = standalone.spec_of(environment, self.settings)
        with _told(self.folder / chosen):
            _write(self.folder / chosen, json.dumps(spec, indent=1).encode("ascii"), environment.manager)
        return Registered(self.folder / chosen, standalone.mark_for(environment), standalone.does_borrow(environment))

    def take_back(self, kernel: Registered) -> list[Path]:
        """Removes a kernel spec of ours, and answers what else lies in its folder, which is kept.

        Raises `Refused` where it is not ours any more, or cannot be removed.
        """
        if _ours(kernel.folder) != kernel:
            raise Refused(f"{_shown(kernel.folder)} is not as it was any more.", "Nothing was changed: look again.")
        with _told(kernel.folder):
            for name in [*filter(_LOGO.fullmatch, files.names(os.fspath(kernel.folder))), FILE]:
                if stat.S_ISREG(os.lstat(kernel.folder / name).st_mode):
                    (kernel.folder / name).unlink()
            left = [kernel.folder / name for name in files.names(os.fspath(kernel.folder))]
            if not left:
                kernel.folder.rmdir()
        return left

    def named(self, name: str) -> Registered | None:
        """Ours of that name, None where there is none; raises `Refused` where something is there that is not ours."""
        folder = self.folder / name
        if not _is_name(name) or not os.path.lexists(folder):
            return None
        found = _ours(folder)
        is_plain = stat.S_ISDIR(os.lstat(folder).st_mode)
        if found is None and (os.path.lexists(folder / FILE) or not is_plain):
            raise _whose(folder)
        return found

    def _check_disk(self) -> None:
        if Scene(self.host, mounts=self.host.mounts()).is_away(self.folder):
            raise Refused(f"The disk of {_shown(self.folder)} does not answer.", "Try again when it does.")

    def _check_free(self, environment: Environment, name: str, ids: Container[str]) -> None:
        if name in _TAKEN:
            raise Refused(f"'{name}' is {_TAKEN[name]}.", _OTHER_NAME)
        if name != environment.id and name in ids:
            raise Refused(f"'{name}' is the kernel of another environment.", _OTHER_NAME)
        self.named(name)
        for data in self.host.jupyter_data_folders():
            for other in files.names(os.fspath(data / "kernels")):
                path = data / "kernels" / other
                if other.lower() == name and path != self.folder / name and os.path.lexists(path / FILE):
                    raise Refused(f"There is a kernel '{name}' already, in {_shown(path)}.", _OTHER_NAME)


def without_others(environments: Iterable[Environment], registry: Registry) -> list[Environment]:
    """Those that have no kernel spec on disk which somebody else wrote."""
    ours = {one.mark.prefix for one in registry.all()}
    return [one for one in environments if one.kernel_name == one.id or one.prefix in ours]


def _checked(name: str) -> str:
    """The name in lower case, as Jupyter knows it whatever it is written like."""
    if not _is_name(name):
        message = f"'{naming.shown(name)}' is no name for a kernel."
        raise BadRequest(message, "Use letters, digits, dots, hyphens and underscores.")
    return name.lower()


def _is_name(name: str) -> bool:
    return _NAME.fullmatch(name) is not None and bool(name.strip("."))


def _ours(folder: Path) -> Registered | None:
    """The kernel spec in a folder when it is ours; a folder or a file that is a link is not."""
    try:
        if not stat.S_ISDIR(os.lstat(folder).st_mode) or not stat.S_ISREG(os.lstat(folder / FILE).st_mode):
            return None
        content = json.loads(files.read_text(os.fspath(folder / FILE), files.LARGE) or "")
    except (OSError, ValueError, RecursionError):
        return None
    mark = registered.mark_of(content)
    return Registered(folder, mark, content.get("argv", [])[:1] != [os.fspath(mark.python)]) if mark else None


def _check_own(environment: Environment, known: Registered | None, given: str | None, name: str) -> None:
    """No environment gets a second kernel on disk, unless that is asked for by a name beside somebody else's."""
    other = environment.kernel_name
    if known is not None and known.name != name:
        message = f"{environment.display_name} is registered as '{known.name}' already."
        raise Refused(message, f"Take that back first: jupyter envs unregister {known.name}")
    if known is None and given is None and other not in {None, environment.id, registered.NATIVE}:
        message = f"{environment.display_name} has a kernel spec on disk already, '{other}'."
        raise Refused(message, "Other tools start that one; to write another, name it with --name.")


def _whose(folder: Path) -> Refused:
    path = _shown(folder)
    if folder.is_symlink() or (folder / FILE).is_symlink():
        return Refused(f"{path} is a link, or holds one.", f"Nothing is written through a link. {_OTHER_NAME}")
    if not os.path.lexists(folder / FILE):
        return Refused(f"{path} is no folder.", f"Move it away. {_OTHER_NAME}")
    message = f"The kernel spec in {path} was not written by jupyter-envs, or cannot be understood any more."
    return Refused(message, f"It is left as it is. Remove it yourself: jupyter kernelspec remove {folder.name}")


def _write(folder: Path, content: bytes, manager: str) -> None:
    """The logos first: what holds no `kernel.json` is no kernel to anybody. Logos of a person's own are kept."""
    was_ours = os.path.lexists(folder / FILE)
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = not os.path.lexists(folder)
    folder.mkdir(exist_ok=True)
    try:
        for logo in sorted(Path(specs.logos(manager)).glob("logo-*")):
            if was_ours or not os.path.lexists(folder / logo.name):
                _put(folder / logo.name, logo.read_bytes())
        _put(folder / FILE, content)
    except OSError:
        if fresh:
            _clear(folder)
        raise


def _put(path: Path, content: bytes) -> None:
    """Replaces a file as a whole, unless it is as it should be."""
    with suppress(OSError):
        if stat.S_ISREG(os.lstat(path).st_mode) and path.read_bytes() == content:
            return
    fresh = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        with fresh.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    finally:
        with suppress(OSError):
            fresh.unlink()


def _clear(folder: Path) -> None:
    with suppress(OSError):
        for name in files.names(os.fspath(folder)):
            (folder / name).unlink()
        folder.rmdir()


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    """What the system refuses, as a sentence."""
    try:
        yield
    except OSError as error:
        message = f"The kernel spec in {_shown(folder)} could not be changed: {error.strerror or error}."
        raise Refused(message, "Mend that, or name another folder in JUPYTER_DATA_DIR.") from error


def _shown(path: Path) -> str:
    return naming.shown_path(os.fspath(path))
