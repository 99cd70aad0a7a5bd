"""All of the outside that is not an environment: variables, folders, settings files, the platform, the user.

Nothing else reads `os.environ` (the launcher apart), so a test makes a host of its own and needs no mock.
"""

from __future__ import annotations

import functools
import json
import os
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

from jupyter_envs import files
from jupyter_envs.errors import NotFound, Problem, ProblemCode
from jupyter_envs.mounts import Mounts
from jupyter_envs.settings import Settings, check

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_VARIABLE = re.compile(r"\$(?:(?P<plain>\w+)|\{(?P<braced>\w+)\})")
_SETTINGS_FILE = "jupyter_envs_config"
_MEND_THERE = "Mend or remove it there."
_NO = frozenset({"no", "n", "false", "off", "0", "0.0"})


@dataclass(frozen=True, slots=True)
class Host:
    """One machine as one person sees it.

    `uid` is None where files have no owners (Windows). `prefix` is where this Python's own `etc/jupyter` lies, and
    `system` the folder that tools for the whole machine lie below (`opt/conda`, `etc/pixi`): a test has its own.
    """

    home: Path
    variables: Mapping[str, str] = field(default_factory=dict)
    platform: str = sys.platform
    uid: int | None = None
    prefix: Path = Path(sys.prefix)
    system: Path = Path("/")

    @classmethod
    def current(cls) -> Host:
        """The machine and the person that this process runs for; raises NotFound where nothing names a home."""
        try:
            home = Path.home()
        except RuntimeError as error:
            raise NotFound("Your home folder is not known.", "Set the variable HOME.") from error
        uid = os.getuid() if hasattr(os, "getuid") else None
        return cls(home=home, variables=dict(os.environ), uid=uid)

    @property
    def real_home(self) -> Path:
        """The home without links, which is how the real paths of what lies in it begin."""
        return Path(os.path.realpath(self.home))

    def variable(self, name: str) -> str | None:
        """An environment variable; None where it is unset or empty."""
        return self.variables.get(name) or None

    def exported(self, name: str) -> str | None:
        """A variable, or what the person's shell start files export under that name.

        A server that a desktop or a hub started lacks the variables of the person's shell. It reads the files each
        time; what asks for several names keeps `exports`.
        """
        return self.variable(name) or self.exports().get(name)

    def shell_files(self) -> list[Path]:
        """The person's shell start files, whether or not they are there."""
        from jupyter_envs import shellfiles  # not needed for a listing that is remembered

        return [self.home / name for name in shellfiles.RC_FILES]

    def exports(self) -> dict[str, str]:
        """What the person's shell start files export, with `~` and `$VARIABLES` replaced as the shell would.

        The files are read as text and never run, so only a plain `export NAME=value` (or fish's `set -gx NAME value`)
        counts; the last one wins. What the shell would have to compute counts as absent.
        """
        from jupyter_envs import shellfiles  # as above

        return shellfiles.exports(self.home, {"HOME": str(self.home), **self.variables})

    def expand(self, text: str) -> Path:
        """A path as people write it: `~` and `$VARIABLES` replaced; a relative one is relative to the home."""
        known = {"HOME": str(self.home), **self.variables}
        text = text.replace("\0", "").strip()
        text = _VARIABLE.sub(lambda match: known.get(match["plain"] or match["braced"], match[0]), text)
        if text == "~" or text.startswith("~/"):
            text = str(self.home) + text[1:]
        return self.home / text

    def cache_folders(self) -> Iterator[Path]:
        """Where tools put caches: what `XDG_CACHE_HOME` says, then the platform's own place."""
        return self._folders("XDG_CACHE_HOME", ".cache", "Library/Caches", "LOCALAPPDATA")

    def config_folders(self) -> Iterator[Path]:
        """Where tools keep settings: what `XDG_CONFIG_HOME` says, then the platform's own place."""
        return self._folders("XDG_CONFIG_HOME", ".config", "Library/Application Support", "APPDATA")

    def data_folders(self) -> Iterator[Path]:
        """Where tools put data: what `XDG_DATA_HOME` says, then the platform's own place."""
        return self._folders("XDG_DATA_HOME", ".local/share", "Library/Application Support", "LOCALAPPDATA")

    def toml(self, path: Path) -> dict[str, object] | Problem | None:
        """A TOML file as a table, None where there is none, a Problem where it cannot be understood."""
        text = files.read_text(os.fspath(path), files.LARGE)
        if text is None:
            return None
        import tomllib  # slow to load, and not needed for a listing that is remembered

        try:
            return tomllib.loads(text)
        except (ValueError, RecursionError) as error:  # ValueError, too, for an integer of thousands of digits
            return _bad_settings(path, error)

    def settings(self) -> tuple[Settings, list[Problem]]:
        """The settings in files on Jupyter's config path, and a Problem for each thing that makes no sense there."""
        values: dict[str, object] = {}
        problems: list[Problem] = []
        for folder in reversed(list(self.jupyter_config_folders())):
            path = folder / f"{_SETTINGS_FILE}.json"
            found = _settings_of(path)
            if isinstance(found, Problem):
                problems.append(found)
                continue
            good, complaints = check(found)
            values.update(good)
            problems += [Problem(ProblemCode.BAD_SETTINGS, f"{path}: {one}", _MEND_THERE) for one in complaints]
        return Settings(**values), problems  # type: ignore[arg-type]  # check() let only fitting values through

    def own_cache_folder(self) -> Path:
        """Where what was found is remembered; not made by asking."""
        folder = next(self.cache_folders()) / "jupyter-envs"
        return folder / "Cache" if self.platform == "win32" else folder

    def own_state_folder(self) -> Path:
        """Where what a person decided is kept; not made by asking."""
        return next(self._folders("XDG_STATE_HOME", ".local/state", "Library/Application Support", "LOCALAPPDATA")) / (
            "jupyter-envs"
        )

    def folders(self, given: Iterable[str]) -> list[Path]:
        """The real paths of folders that a person named, each once.

        One that is there under exactly its path is that one, whatever signs its name holds; others are expanded.
        """
        mounts = self.mounts()
        return list(dict.fromkeys(self._real(text, mounts) for text in given))

    def _real(self, text: str, mounts: Mounts) -> Path:
        """The real path of a folder by its exact or its expanded name; as it is written where nothing answers."""
        for path in (text, os.fspath(self.expand(text))):
            if os.path.isabs(path):  # noqa: PTH117 -- text goes on as text
                real = mounts.leads(path)
                if real is None:
                    return Path(path)
                if os.path.isdir(real):  # noqa: PTH112 -- Path.is_dir() can raise
                    return Path(real)
        return Path(os.path.realpath(self.expand(text)))

    def jupyter_config_folders(self) -> Iterator[Path]:
        """Jupyter's config path, the strongest first (as jupyter_core orders it)."""
        own, system = [self.home / ".jupyter"], self._unix("/usr/local/etc/jupyter", "/etc/jupyter")
        if self._says("JUPYTER_PLATFORM_DIRS"):
            own, system = self._platforms_own("config")
        if given := self.variable("JUPYTER_CONFIG_DIR"):
            own = [self.expand(given)]
        yield from self._in_order("JUPYTER_CONFIG_PATH", own, self.prefix / "etc" / "jupyter", system)

    def jupyter_data_folders(self) -> Iterator[Path]:
        """Jupyter's data path, where kernel specs on disk lie, the strongest first (as jupyter_core orders it)."""
        own = [self.home / "Library" / "Jupyter"] if self.platform == "darwin" else []
        own += [folder / "jupyter" for folder in self.data_folders()]
        system = self._unix("/usr/local/share/jupyter", "/usr/share/jupyter")
        if self._says("JUPYTER_PLATFORM_DIRS"):
            own, system = self._platforms_own("data")
        if given := self.variable("JUPYTER_DATA_DIR"):
            own = [self.expand(given)]
        yield from self._in_order("JUPYTER_PATH", own, self.prefix / "share" / "jupyter", system)

    def mounts(self) -> Mounts:
        """What is mounted where, read now; nothing where the platform does not list it in a file."""
        return Mounts.read() if self.platform == "linux" else Mounts({})

    def user_number(self, name: str) -> int | None:
        """The number of a user by name, or of one that is written as a number; None where there is no such user."""
        return int(name) if name.isdecimal() else _number_of(name)

    def user_name(self, number: int) -> str:
        """The name of a user, or the number as text where nobody has it."""
        return _name_of(number)

    def _says(self, name: str) -> bool | None:
        """A yes-or-no variable as jupyter_core reads it, for which an empty one says yes; None where it is unset."""
        given = self.variables.get(name)
        return None if given is None else given.lower() not in _NO

    def _unix(self, *folders: str) -> list[Path]:
        return [Path(folder) for folder in folders] if self.platform != "win32" else []

    def _platforms_own(self, kind: str) -> tuple[list[Path], list[Path]]:
        """The person's and the machine's folders of Jupyter where `JUPYTER_PLATFORM_DIRS` asks for platformdirs'.

        platformdirs answers for the platform and the variables of this process, whatever this host is.
        """
        import platformdirs  # rarely needed

        capital = sys.platform == "win32" or (sys.platform == "darwin" and not sys.prefix.startswith("/opt/homebrew"))
        dirs = platformdirs.PlatformDirs("Jupyter" if capital else "jupyter", appauthor=False, multipath=True)
        own, system = dirs.user_data_dir, dirs.site_data_dir
        if kind == "config":
            own, system = dirs.user_config_dir, dirs.site_config_dir
        safe = self.platform != "win32" or self._says("JUPYTER_USE_PROGRAMDATA")  # others may write into it
        return [Path(own)], [Path(folder) for folder in system.split(os.pathsep)] if safe else []

    def _in_order(self, variable: str, own: list[Path], installed: Path, system: list[Path]) -> Iterator[Path]:
        """What a variable names, the person's folders and that of this Python, and the machine's; each once."""
        extra = [Path(part) for part in (self.variable(variable) or "").split(os.pathsep) if part]
        mine = [] if installed in system else [installed]
        middle = [*mine, *own] if self._prefers_own_prefix() else [*own, *mine]
        yield from dict.fromkeys([*extra, *middle, *system])

    def _prefers_own_prefix(self) -> bool:
        """Whether Jupyter's folders in this Python's own environment come before the person's (as in jupyter_core)."""
        given = self._says("JUPYTER_PREFER_ENV_PATH")
        if given is not None:
            return given
        conda = self.variable("CONDA_PREFIX")
        in_conda = bool(conda and str(self.prefix).startswith(conda))
        in_virtualenv = os.path.isfile(self.prefix / "pyvenv.cfg")  # noqa: PTH113 -- Path.is_file() can raise
        if not in_virtualenv and (not in_conda or self.variable("CONDA_DEFAULT_ENV") == "base"):
            return False
        return self.uid is None or self.prefix.stat().st_uid == self.uid

    def _folders(self, variable: str, linux: str, mac: str, windows: str) -> Iterator[Path]:
        places = []
        given = self.variable(variable)
        if given and Path(given).is_absolute():
            places.append(Path(given))
        if self.platform == "win32":
            places.append(self.expand(self.variable(windows) or "~"))
        elif self.platform == "darwin":
            places.append(self.home / mac)
        if not places:
            places.append(self.home / linux)
        return iter(dict.fromkeys(places))


def _settings_of(path: Path) -> dict[str, object] | Problem:
    """The part of a Jupyter configuration file that is ours; both the nested and the flat form are read."""
    text = files.read_text(os.fspath(path), files.LARGE)
    if text is None:
        return {}
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        return _bad_settings(path, error)
    if not isinstance(content, dict):
        return _bad_settings(path, "It must hold an object.")
    ours = content.get("JupyterEnvs", {})
    return ours if isinstance(ours, dict) else _bad_settings(path, "'JupyterEnvs' must be an object.")


def _bad_settings(path: Path, why: object) -> Problem:
    text = " ".join(str(why).split())
    return Problem(
        ProblemCode.BAD_SETTINGS,
        f"{path} could not be understood: {text.rstrip('.')}.",
        "Mend or remove it; until then it counts as absent.",
    )


@functools.cache
def _number_of(name: str) -> int | None:
    try:
        import pwd  # absent on Windows
    except ImportError:
        return None
    try:
        return pwd.getpwnam(name).pw_uid
    except KeyError:
        return None


@functools.cache
def _name_of(number: int) -> str:
    try:
        import pwd  # absent on Windows
    except ImportError:
        return str(number)
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
