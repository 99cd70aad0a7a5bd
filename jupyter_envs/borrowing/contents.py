"""What is in an overlay: looked at after it was made, and described for those who use it."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from jupyter_envs import files
from jupyter_envs.errors import ToolFailed
from jupyter_envs.overlay import distributions, solving, store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jupyter_envs.pyvenv import Reading

VERSION = 1
SERVER, INDEX = "server", "index"
"""Where the packages of an overlay came from."""
_NEEDED = ("ipykernel_launcher.py", os.path.join("ipykernel", "kernelapp.py"), os.path.join("zmq", "__init__.py"))


@dataclass(frozen=True, slots=True)
class Description:
    """What an `overlay.json` says, as far as people are told."""

    ipykernel: str
    source: str
    python: str
    made: str


def describe(folder: str, reading: Reading, source: str) -> None:
    """Writes down what was put into a new overlay. Raises ToolFailed where ipykernel could not run."""
    site = os.path.join(folder, store.SITE)
    if fault := _fault(site, reading):
        raise ToolFailed(f"What was installed is not whole: {fault}", "Try again.")
    found = distributions.installed([site])
    told = {
        "version": VERSION,
        "ipykernel": found["ipykernel"].version,
        "source": source,
        "python": reading.minor,
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "distributions": [found[name].as_json() for name in sorted(found)],
    }
    with open(os.path.join(folder, store.DESCRIPTION), "w", encoding="utf-8") as file:
        json.dump(told, file, indent=1)


def description(folder: str) -> Description | None:
    """What an overlay says of itself; None where that is gone or damaged."""
    text = files.read_text(os.path.join(folder, store.DESCRIPTION), files.LARGE)
    try:
        told = json.loads(text or "")
        words = [str(told[name]) for name in ("ipykernel", "source", "python", "made")]
    except (KeyError, RecursionError, TypeError, ValueError):
        return None
    return Description(*words)


def is_overlay(folder: str) -> bool:
    """Whether a folder is an overlay, if a damaged one or one that only somebody else may look into."""
    if os.path.islink(folder):
        return False
    try:
        return not {store.DESCRIPTION, store.SITE}.isdisjoint(os.listdir(folder))
    except PermissionError:
        return True
    except OSError:
        return False


def versions(folder: str) -> dict[str, str | None]:
    """The version of each distribution in an overlay, by its normalised name."""
    return {name: each.version for name, each in distributions.of_overlay(folder).items()}


def open_to_all(folder: str) -> None:
    """Lets everybody read what an administrator made, whatever the umask was."""
    for path in _tree(folder):
        if not os.path.islink(path):
            os.chmod(path, 0o755 if os.path.isdir(path) else 0o644)


def size(folder: str) -> int:
    """How many bytes the files of an overlay have."""
    total = 0
    for path in _tree(folder):
        try:
            total += os.lstat(path).st_size if not os.path.isdir(path) else 0
        except OSError:  # it is being removed
            continue
    return total


def _tree(folder: str) -> Iterator[str]:
    yield folder
    for parent, folders, names in os.walk(folder):
        yield from (os.path.join(parent, name) for name in (*folders, *names))


def _fault(site: str, reading: Reading) -> str | None:
    """Why ipykernel could not run from a folder alone, one sentence; None where its files and metadata are there."""
    missing = next((name for name in _NEEDED if not os.path.isfile(os.path.join(site, name))), None)
    if missing:
        return f"{missing} is missing."
    found = distributions.Installed([site])
    if solving.IPYKERNEL not in found:
        return "The metadata of ipykernel are missing."
    return solving.conflict(reading, [site])
