"""Long texts that a server keeps, in a tenth of the memory."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_LEVEL = 1


def packed(parts: Iterable[str]) -> bytes:
    """ASCII texts with commas between them, to be kept; never in memory as a whole."""
    packing = zlib.compressobj(_LEVEL)
    told = b""
    kept = []
    for part in parts:
        kept += [packing.compress(told), packing.compress(part.encode("ascii"))]
        told = b", "
    return b"".join([*kept, packing.flush()])


def unpacked(kept: bytes) -> bytes:
    """The whole text."""
    return zlib.decompress(kept) if kept else b""
