"""The program that walks. Its order comes on standard input; what it meets goes to standard output, as JSON lines.

    python -I -S child.py

It ends when it is done, when its time is over, and when its input ends: whoever asked wants no more, or has died.
What it knows by then is told. `{"met": [[path, telling, links, is_environment], ...]}` tells folders,
`{"at": path, "folders": n, "environments": n}` how far it has come, and `{"done": ..., ...}` comes last. Nobody waits
for what it does then: it remembers.
"""

from __future__ import annotations

import _thread
import gc
import marshal
import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from jupyter_envs.walk.walking import Walking

_NICE = 10
_OUT_OF_MEMORY = 3
_REMEMBER_SECONDS = 60


def main() -> int:
    """Walks once; the exit status."""
    sys.path.append(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
    gc.disable()  # nothing here goes in circles, and looking for what does takes longer the more folders there are
    order = marshal.loads(_read_order())  # noqa: S302 -- our own parent wrote it
    _bound(order["memory"])
    try:
        from jupyter_envs.walk.walking import Walking

        walking = Walking(order)
        _thread.start_new_thread(_await_end, (walking,))
        walking.run()
    except MemoryError:
        os.write(1, b'{"done":0,"folders":0,"error":"memory"}\n')
        return _OUT_OF_MEMORY
    _thread.start_new_thread(_end_in, (_REMEMBER_SECONDS,))
    walking.remember()
    return 0


def _read_order() -> bytes:
    """The order, which is as long as its first line says, so that the input can stay open."""
    head = b""
    while not head.endswith(b"\n"):
        head += os.read(0, 1) or b"0\n"
    wanted, parts = int(head), b""
    while len(parts) < wanted:
        part = os.read(0, wanted - len(parts))
        if not part:
            os._exit(1)
        parts += part
    return parts


def _await_end(walking: Walking) -> None:
    while os.read(0, 1):
        pass
    walking.cancelled = True
    walking.crew.wake()


def _end_in(seconds: float) -> None:
    """Nobody ends it any more once it has told all."""
    time.sleep(seconds)
    os._exit(1)


def _bound(memory: int) -> None:
    """Steps behind everybody else, and takes no more memory than this."""
    if hasattr(os, "nice"):
        os.nice(_NICE)
    try:
        import resource  # absent on Windows
    except ImportError:
        return
    for kind in (resource.RLIMIT_DATA, resource.RLIMIT_CORE):
        limit = 0 if kind == resource.RLIMIT_CORE else memory
        hard = resource.getrlimit(kind)[1]
        limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(kind, (limit, hard))


if __name__ == "__main__":
    os._exit(main())  # not even a thread that hangs in a dead mount holds it up
