"""Names that decide where a walk goes. In bytes, as the child has them."""

from __future__ import annotations

PRUNED = frozenset(
    {
        b"node_modules",
        b"bower_components",
        b"__pycache__",
        b"__pypackages__",
        b"site-packages",
        b"dist-packages",
        b"lost+found",
    }
)
"""Folders that are large and hold no projects of anybody's own."""

PROTECTED_ON_MACOS = frozenset(
    {
        "Library",
        "Desktop",
        "Documents",
        "Downloads",
        "Movies",
        "Music",
        "Pictures",
        "Public",
    }
)
"""Folders of a home that macOS asks the person about when a program enters them."""

_STEMS = (b"venv", b"env", b"virtualenv")
_AFTER_STEM = b"-_.0123456789"


def is_environment_name(name: bytes) -> bool:
    """What `naming.is_environment_name` says, without regular expressions: loading them takes as long as a rescan."""
    name = name.lower().removeprefix(b".")
    for stem in _STEMS:
        if name.startswith(stem):
            rest = name[len(stem) :]
            return not rest or rest[0] in _AFTER_STEM
    return False
