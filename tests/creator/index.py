"""A package index on this machine, for tools that take packages from a web server only."""

from __future__ import annotations

import ensurepip
import functools
import shutil
import threading
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

from tests.faults.wheels import make_wheel

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGES = {
    "ipykernel": ("7.4.0", {"ipykernel_launcher.py": "", "ipykernel/__init__.py": ""}),
    "tiny": ("1.2", {"tiny.py": "VALUE = 1\n"}),
}


class _Quiet(SimpleHTTPRequestHandler):
    """Serves a folder; the list of a folder's files is as good as an index's page."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- its caller names it
        """Nobody reads it."""


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """The address of an index of two small packages, for as long as this lasts."""
    for name, (version, files) in PACKAGES.items():
        (folder / name).mkdir()
        make_wheel(folder / name, name, version, files)
    with serving(folder) as address:
        yield address


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The address of an index whose packages lie in a folder each."""
    for wheel in Path(ensurepip.__file__).parent.glob("_bundled/pip-*.whl"):  # new environments get one, too
        (folder / "pip").mkdir()
        shutil.copy(wheel, folder / "pip")
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
