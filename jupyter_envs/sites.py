"""What lies in the site-packages of an interpreter: its ipykernel, and the files that Python runs or follows at start.

The launcher runs this before every kernel, so it keeps to `os` and plain text.
"""

from __future__ import annotations

import os

from jupyter_envs import files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from jupyter_envs.pyvenv import Reading


def ipykernel(reading: Reading) -> str | None:
    """The version of the ipykernel that this interpreter would run, or None where it has none.

    Only `ipykernel_launcher.py` counts; a folder or metadata that an uninstallation left behind does not.
    """
    for site in reading.sites():
        for folder in (site, *linked_folders(site)):
            if os.path.isfile(os.path.join(folder, "ipykernel_launcher.py")):
                return _metadata_version(site) or _source_version(folder)
    return None


def has_pip(reading: Reading) -> bool:
    """Whether this interpreter can run `-m pip`."""
    return any(os.path.isfile(os.path.join(site, "pip", "__main__.py")) for site in reading.sites())


def path_files(site: str) -> list[str]:
    """The files of a site-packages folder that Python runs or follows at start: `.pth` and the customize modules."""
    wanted = {"sitecustomize.py", "usercustomize.py", "sitecustomize", "usercustomize"}
    return [
        os.path.join(site, name) for name in files.names(site) if name in wanted or name.endswith((".pth", ".egg-link"))
    ]


def linked_folders(site: str) -> Iterator[str]:
    """Folders that plain lines of `.pth` and `.egg-link` files add; an `import` line is never run."""
    for name in files.names(site):
        if not name.endswith((".pth", ".egg-link")):
            continue
        for line in (files.read_text(os.path.join(site, name)) or "").splitlines():
            text = line.strip()
            if text and not text.startswith(("#", "import ", "import\t")):
                yield os.path.normpath(os.path.join(site, text))


def _metadata_version(site: str) -> str | None:
    versions = []
    for name in files.names(site):
        stem, dot, kind = name.rpartition(".")
        if name.startswith("ipykernel-") and dot and kind in {"dist-info", "egg-info"}:
            versions.append(stem.split("-")[1])
    return max(versions, key=_numbers) if versions else None


def _source_version(folder: str) -> str:
    """The version that ipykernel's own source states, for one that was put there without metadata."""
    for line in (files.read_text(os.path.join(folder, "ipykernel", "_version.py")) or "").splitlines():
        if line.startswith("__version__ ="):
            return line.partition("=")[2].strip().strip("\"'")
    metadata = files.read_text(os.path.join(folder, "ipykernel.egg-info", "PKG-INFO")) or ""
    for line in metadata.partition("\n\n")[0].splitlines():
        if line.startswith("Version:"):
            return line.partition(":")[2].strip()
    return "unknown"


def _numbers(version: str) -> list[int]:
    return [int(part) if part.isdecimal() else -1 for part in version.split(".")]
