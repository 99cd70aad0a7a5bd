"""Reading one environment or interpreter from its files, without running it.

What is read here, and in which order of trust, follows section "Reading an environment" of docs/reference/rules.md.
The launcher runs this before every kernel, so it keeps to `os` and plain text; `Reading` is not a dataclass
for the same reason (importing `dataclasses` and `pathlib` takes longer than reading an environment).
"""

from __future__ import annotations

import os

from jupyter_envs import files, unconfigured
from jupyter_envs.unconfigured import versioned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

MARKER = ".jupyter-envs-creating"
"""A file inside an environment that is being made: whatever has it does not exist yet."""

INTERPRETER_MISSING = "interpreter-missing"
BASE_MISSING = "base-missing"
BASE_CHANGED = "base-changed"
OTHER_PLATFORM = "other-platform"
UNREADABLE = "unreadable"


class Reading:
    """What the files of one environment say: where its Python really leads, and which folders that one imports from.

    `fault` is None, or why Python cannot start, with the path that it is about in `detail`. `minor` is the real
    major and minor version (`3.12`), not what the configuration remembers. `home` is the person's home folder.
    """

    __slots__ = (
        "base",
        "config",
        "detail",
        "fault",
        "home",
        "implementation",
        "minor",
        "prefix",
        "python",
        "target",
        "threads",
        "windows",
    )

    def __init__(self, prefix: str, config: dict[str, str], home: str, python: str | None = None) -> None:
        self.prefix = prefix
        self.config = config
        self.home = home
        self.windows = _is_windows(prefix)
        self.python = python or _python(prefix, windows=self.windows)
        self.target: str | None = None
        self.base: str | None = None
        self.implementation: str | None = None
        self.minor: str | None = None
        self.threads = ""
        self.fault: str | None = None
        self.detail: str | None = None
        _follow(self)
        if self.fault is None:
            _judge(self)
        _identify(self)

    @property
    def remembered(self) -> str | None:
        """Major and minor version of the Python that the environment was made with, by its configuration."""
        text = self.config.get("version_info") or self.config.get("version")
        minor = ".".join((text or "").split(".")[:2])
        return minor if versioned("python" + minor) else None

    @property
    def is_conda(self) -> bool:
        """Whether conda (or mamba, or pixi) made it: a whole Python of its own, without a base elsewhere."""
        return unconfigured.CONDA in self.config

    @property
    def shares_system(self) -> bool:
        """Whether packages of the base Python and of the user's own site are imported, too."""
        return self.config.get("include-system-site-packages", "true").lower() != "false"

    @property
    def own_library(self) -> str:
        """The folder that holds the environment's site-packages, whether or not it exists."""
        return _library(self.prefix, self)

    def sites(self) -> list[str]:
        """Every existing site-packages folder that this interpreter imports from, in its order.

        The person's own come before those of an interpreter, and behind those of an environment (as site.py does).
        """
        folders = [os.path.join(self.own_library, "site-packages"), os.path.join(self.prefix, "site-packages")]
        if self.shares_system and self.minor:
            person = os.path.join(_library(os.path.join(self.home, ".local"), self), "site-packages")
            folders.insert(0 if self.is_conda or not self.config else len(folders), person)
            folders.extend(_base_sites(self))
        return [folder for folder in dict.fromkeys(folders) if os.path.isdir(folder)]


def read(prefix: str, home: str) -> Reading | None:
    """The environment at `prefix`, or None where there is none, or none yet.

    An environment is a folder whose `pyvenv.cfg` names a `home`, one that virtualenv before 20 made, or one of
    conda's with a Python in it.
    """
    if os.path.lexists(os.path.join(prefix, MARKER)):
        return None
    config = parse_config(files.read_text(os.path.join(prefix, "pyvenv.cfg")) or "")
    if not config.get("home"):
        config = unconfigured.configuration(prefix)
    return Reading(prefix, config, home) if config else None


def read_interpreter(prefix: str, home: str, python: str | None = None) -> Reading | None:
    """The base Python installed at `prefix`, started as `python` (`bin/python`); None where there is none.

    An environment whose `pyvenv.cfg` is damaged or that is still being made is none: its `bin/python` would run as
    the Python that it leads to, with the packages of that one.
    """
    if any(os.path.lexists(os.path.join(prefix, name)) for name in (MARKER, "pyvenv.cfg")):
        return None
    if not os.path.lexists(python or os.path.join(prefix, "bin", "python")) and not _is_windows(prefix):
        return None
    reading = Reading(prefix, {}, home, python)
    leads_out = reading.base is not None and reading.base != os.path.realpath(prefix)
    return None if leads_out else reading


def is_environment(prefix: str) -> bool:
    """Whether there is an environment at `prefix`: the cheap test, for walks."""
    if os.path.lexists(os.path.join(prefix, MARKER)):
        return False
    text = files.read_text(os.path.join(prefix, "pyvenv.cfg"))
    return bool(text and parse_config(text).get("home")) or bool(unconfigured.configuration(prefix))


def parse_config(text: str) -> dict[str, str]:
    """The keys and values of a `pyvenv.cfg`: split at the first `=`, stripped, keys in lower case (as site.py does).

    Only what ends a line for Python does so here: `str.splitlines` knows more ends, which a folder's name may hold.
    """
    config = {}
    for line in text.replace("\r\n", "\n").split("\n"):
        key, equals, value = line.partition("=")
        if equals:
            config[key.strip().lower()] = value.strip()
    return config


def library_names(reading: Reading) -> list[str]:
    """The folders below a prefix that may hold this Python's standard library; none where its version is unknown."""
    if reading.minor is None:
        return []
    name = os.path.basename(_library("", reading))
    own = [os.path.join("lib", name), os.path.join("lib64", name)]
    return [*own, os.path.join("lib-python", reading.minor[0])] if reading.implementation == "pypy" else own


def _python(prefix: str, *, windows: bool) -> str:
    """The interpreter of an environment; conda on Windows has it right in the prefix."""
    if not windows:
        return os.path.join(prefix, "bin", "python")
    scripts = os.path.join(prefix, "Scripts", "python.exe")
    return scripts if os.path.isfile(scripts) else os.path.join(prefix, "python.exe")


def _is_windows(prefix: str) -> bool:
    places = (("Scripts", "python.exe"), ("python.exe",))
    return not os.path.isdir(os.path.join(prefix, "bin")) and any(
        os.path.isfile(os.path.join(prefix, *place)) for place in places
    )


def _follow(reading: Reading) -> None:
    """Where `bin/python` leads, one link at a time; a dangling one is a fault that names what is gone."""
    try:
        for path, _ in files.components(reading.python):
            reading.target = path
    except PermissionError as error:
        reading.fault, reading.detail, reading.target = UNREADABLE, str(error.filename), None
    except OSError:
        reading.fault, reading.detail, reading.target = INTERPRETER_MISSING, os.path.realpath(reading.python), None


def _judge(reading: Reading) -> None:
    """Faults of an interpreter that is there: a copy whose base is gone, another platform, no permission to run."""
    target, home = str(reading.target), reading.config.get("home")
    if reading.windows and os.name != "nt":
        reading.fault, reading.detail = OTHER_PLATFORM, reading.python
    elif not os.path.isfile(target) or not os.access(target, os.X_OK):
        reading.fault, reading.detail = INTERPRETER_MISSING, target
    elif home and target.startswith(reading.prefix + os.sep):
        _judge_copy(reading, home)


def _judge_copy(reading: Reading, home: str) -> None:
    if not os.path.isdir(home):
        reading.fault, reading.detail = BASE_MISSING, home
        return
    if os.name == "nt":
        return
    found = _libraries_beside(home)
    if not found:
        reading.fault, reading.detail = BASE_MISSING, home
        return
    known = {path: version[1] for path in found if (version := versioned(os.path.basename(path)))}
    if known and reading.remembered and reading.remembered not in known.values():
        reading.fault, reading.detail = BASE_CHANGED, list(known)[-1]


def _libraries_beside(home: str) -> list[str]:
    """The standard libraries of the Pythons in `home`: beside it, or beside the real files that links in it lead to."""
    links = [os.path.join(home, name) for name in files.names(home) if name.startswith(("python", "pypy", "graalpy"))]
    homes = dict.fromkeys([home, *(os.path.dirname(os.path.realpath(path)) for path in links)])
    for base in dict.fromkeys(folder for place in homes for folder in (os.path.dirname(place), place)):
        places = [os.path.join("lib-python", name) for name in files.names(os.path.join(base, "lib-python"))]
        for folder in ("lib", "lib64"):
            names = files.names(os.path.join(base, folder))
            places.extend(os.path.join(folder, name) for name in names if versioned(name))
        found = [os.path.join(base, place) for place in (*places, "Lib")]
        found = [path for path in found if os.path.isfile(os.path.join(path, "os.py"))]
        if found:
            return found
    return []


def _identify(reading: Reading) -> None:
    """Which Python it is: by the name of the file that `bin/python` leads to, then by the library beside that file."""
    target, home = reading.target, reading.config.get("home")
    copied = bool(home and target and target.startswith(reading.prefix + os.sep))
    if copied:
        reading.base = home if reading.windows else os.path.dirname(str(home))
    elif target:
        whole = reading.is_conda and reading.windows
        reading.base = reading.prefix if whole else os.path.dirname(os.path.dirname(target))
    found = versioned(os.path.basename(target)) if target else None
    if found is None and reading.base and not copied:
        found = _only_library(reading.base)
    if found is None and copied and reading.remembered:
        found = (_implementation(reading), reading.remembered, "")
    if found is None:
        found = _own_version(reading)
    if found:
        reading.implementation, reading.minor, reading.threads = found
    if copied and not reading.threads and os.path.isdir(os.path.join(reading.prefix, "lib", f"python{reading.minor}t")):
        reading.threads = "t"


def _own_version(reading: Reading) -> tuple[str, str, str] | None:
    """The version that only the environment itself remembers, where its interpreter is gone or says nothing."""
    found = [versioned(name) for name in files.names(os.path.join(reading.prefix, "lib"))]
    known = [version for version in found if version]
    if len(known) == 1:
        return known[0]
    return (_implementation(reading), reading.remembered, "") if reading.remembered else None


def _implementation(reading: Reading) -> str:
    """What the configuration says (virtualenv's and uv's do), or else the interpreter's name."""
    name = os.path.basename(reading.target or "")
    by_name = next((kind for kind in ("pypy", "graalpy") if name.startswith(kind)), "cpython")
    return reading.config.get("implementation", by_name).lower()


def _only_library(base: str) -> tuple[str, str, str] | None:
    library = os.path.join(base, "lib")
    found = [versioned(name) for name in files.names(library) if os.path.isfile(os.path.join(library, name, "os.py"))]
    known = [version for version in found if version]
    return known[0] if len(known) == 1 else None


def _library(prefix: str, reading: Reading) -> str:
    if reading.windows:
        return os.path.join(prefix, "Lib")
    start = {"cpython": "python", None: "python"}.get(reading.implementation, str(reading.implementation))
    return os.path.join(prefix, "lib", f"{start}{reading.minor}{reading.threads}")


def _base_sites(reading: Reading) -> Iterator[str]:
    """The base Python's own packages, and where Debian keeps those of its own Python."""
    if reading.base is None:
        return
    yield os.path.join(_library(reading.base, reading), "site-packages")
    yield os.path.join(reading.base, "site-packages")
    if reading.base == "/usr":
        yield f"/usr/local/lib/python{reading.minor}/dist-packages"
        yield "/usr/lib/python3/dist-packages"
