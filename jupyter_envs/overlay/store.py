"""Where borrowed ipykernels lie: one folder for each kind of interpreter, never changed once it is there.

    <place>/<tag>.<generation>/overlay.json     what is in it
    <place>/<tag>.<generation>/site/            what is appended to sys.path

A newer one of the same tag is another folder with the next number, so no running kernel loses a file. The launcher
runs this before every kernel, so it keeps to `os`.
"""

from __future__ import annotations

import os
import sys

from jupyter_envs import files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from jupyter_envs.pyvenv import Reading

OLDEST, NEWEST = (3, 8), (3, 14)
"""The minor versions of Python that an ipykernel can be borrowed for."""
FOLDER = os.path.join("jupyter-envs", "ipykernel")
SITE = "site"
DESCRIPTION = "overlay.json"
UNWRITTEN = "unwritten"
"""The file that an overlay has until it is on the disk: which start of the machine it was made in."""
_BUILD = "_sysconfigdata_"


def tag(reading: Reading) -> str | None:
    """What an overlay for this interpreter is called (`cpython-3.12-linux_x86_64-linux-gnu`); None where none can be.

    The last part is how the interpreter's own library names its build, which tells one C library from another.
    """
    if os.name == "nt" or reading.windows or reading.implementation != "cpython" or not reading.minor:
        return None
    numbers = tuple(int(part) for part in reading.minor.split("."))
    if not OLDEST <= numbers <= NEWEST:
        return None
    return f"cpython-{reading.minor}{reading.threads}-{_build(reading)}"


def places(variables: Mapping[str, str], home: str, system: str = "/") -> list[str]:
    """The folders that overlays may lie in: the machine's, made by an administrator, then the person's own."""
    return [os.path.join(system, "usr", "local", "share", FOLDER), os.path.join(data_folder(variables, home), FOLDER)]


def data_folder(variables: Mapping[str, str], home: str) -> str:
    """Where a person's programs keep data."""
    given = variables.get("XDG_DATA_HOME", "")
    if os.path.isabs(given):
        return given
    own = ("Library", "Application Support") if sys.platform == "darwin" else (".local", "share")
    return os.path.join(home, *own)


def cache_folder(variables: Mapping[str, str], home: str) -> str:
    """Where a person's programs keep what they can make again."""
    given = variables.get("XDG_CACHE_HOME", "")
    if os.path.isabs(given):
        return given
    return os.path.join(home, *(("Library", "Caches") if sys.platform == "darwin" else (".cache",)))


def newest(wanted: str, looked_in: list[str]) -> str | None:
    """The sound overlay of that tag with the highest generation, in the first place that has one; else None."""
    for place in looked_in:
        found = [number for name in files.names(place) if (number := generation(name, wanted)) is not None]
        for number in sorted(found, reverse=True):
            folder = os.path.join(place, f"{wanted}.{number}")
            if not _is_lost(folder):
                return folder
    return None


def boot() -> str | None:
    """What tells this start of the machine from others; None where the system does not."""
    return files.read_text("/proc/sys/kernel/random/boot_id")


def generation(name: str, wanted: str) -> int | None:
    """The number of an overlay's folder of that tag; None for any other name."""
    start, _, number = name.rpartition(".")
    return int(number) if start == wanted and number.isascii() and number.isdecimal() else None


def hold(overlay: str) -> int | None:
    """A descriptor that keeps an overlay from being removed while it is open; None where the overlay is going or gone.

    It holds a shared lock on the description and stays open in what this process becomes by `exec`. Who removes an
    overlay takes the exclusive lock first, and leaves it alone where there is none to be had.
    """
    import fcntl

    path = os.path.join(overlay, DESCRIPTION)
    if _is_lost(overlay):
        return None
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        held = not isinstance(error, BlockingIOError)  # a disk without locks gives nobody the exclusive one either
    else:
        held = os.path.lexists(path)
    if not held:
        os.close(descriptor)
        return None
    os.set_inheritable(descriptor, True)  # noqa: FBT003  # it takes no keywords
    return descriptor


def _is_lost(overlay: str) -> bool:
    """Whether the machine stopped before an overlay was on the disk, so that its files may be empty."""
    made = files.read_text(os.path.join(overlay, UNWRITTEN))
    return made is not None and made != boot()


def _build(reading: Reading) -> str:
    """The interpreter's build: of several names in its library the first, and the machine's where that has none."""
    library = os.path.join(reading.base or "", "lib", f"python{reading.minor}{reading.threads}")
    starts = [name for name in files.names(library) if name.startswith(_BUILD) and name.endswith(".py")]
    named = next((name[len(_BUILD) : -len(".py")].partition("_")[2] for name in starts), "")
    machine = os.uname().machine
    return named if machine in named else f"{named or sys.platform}-{machine}"
