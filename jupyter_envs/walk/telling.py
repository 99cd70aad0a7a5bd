"""How the child tells: one JSON object to a line, in ASCII, many folders to an object."""

from __future__ import annotations

import os

_OUTPUT = 1
BATCH = 500


_PLAIN = bytes(range(0x20, 0x7F)).translate(None, b'"\\')
_codec = ["utf-8", "surrogateescape"]


def speak(encoding: str, errors: str) -> None:
    """Paths become text as they do for whoever asked, whatever this process sees for a language."""
    _codec[:] = [encoding, errors]


def line(path: bytes, telling: list[bytes], links: list[bytes], *, is_environment: bool) -> bytes:
    """One folder as a JSON array."""
    if is_environment:
        return b"[%s,[],[],1]" % quoted(path)
    return b"[%s,%s,%s,0]" % (quoted(path), listed(telling), listed(links))


def quoted(text: bytes) -> bytes:
    """A path as a JSON text; bytes that are no characters stay what they are to Python, lone surrogates."""
    if not text.translate(None, _PLAIN):
        return b'"%s"' % text
    from _json import encode_basestring_ascii  # part of json, which takes longer to load than many a walk

    return encode_basestring_ascii(text.decode(*_codec)).encode()


def listed(texts: list[bytes]) -> bytes:
    """Paths or names as a JSON array."""
    return b"[%s]" % b",".join([quoted(text) for text in texts]) if texts else b"[]"


def tell(**parts: bytes) -> None:
    """Writes one object, of parts that are JSON already; ends this process when nobody reads any more."""
    written = b"{%s}\n" % b",".join([b'"%s":%s' % (name.encode(), part) for name, part in parts.items()])
    rest = memoryview(written)
    try:
        while rest:
            rest = rest[os.write(_OUTPUT, rest) :]
    except OSError:
        os._exit(1)


def tell_folders(lines: list[bytes]) -> None:
    """Writes what is told of folders, so much at a time that the reader has something to do meanwhile."""
    for start in range(0, len(lines), BATCH):
        tell(met=b"[%s]" % b",".join(lines[start : start + BATCH]))
