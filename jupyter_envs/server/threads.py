"""Blocking work beside the event loop, on threads that never hold up the server's end.

The loop's own executor would: Python waits for its threads at exit, and one that hangs on a dead disk never ends.
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from jupyter_envs.errors import EnvsError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

THREADS_AT_MOST = 8
SECONDS_AT_MOST = 10.0


class TooSlow(EnvsError):
    """A disk did not answer in time."""

    reason = "too-slow"


class Threads:
    """At most eight pieces of blocking work at a time; one that hangs keeps its place, so that no more pile up."""

    def __init__(self, at_most: int = THREADS_AT_MOST) -> None:
        self._free = asyncio.Semaphore(at_most)

    async def run(self, work: Callable[[], T], seconds: float = SECONDS_AT_MOST) -> T:
        """What `work` gives or raises; raises `TooSlow` after `seconds`, while the thread goes on by itself."""
        try:
            async with asyncio.timeout(seconds):
                await self._free.acquire()
                return await self._start(work)
        except TimeoutError as error:
            raise TooSlow("The disk does not answer.", "Try again later.") from error

    def _start(self, work: Callable[[], T]) -> asyncio.Future[T]:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def tell(result: T | None, error: Exception | None) -> None:
            self._free.release()
            if future.done():  # nobody waits any more
                return
            if error is None:
                future.set_result(result)  # type: ignore[arg-type]  # without an error there is a result
            else:
                future.set_exception(error)

        def body() -> None:
            result, error = None, None
            try:
                result = work()
            except Exception as raised:  # noqa: BLE001 -- it is raised where it is awaited
                error = raised
            call_in(loop, lambda: tell(result, error))

        start(body, "jupyter-envs files")
        return future


def start(body: Callable[[], None], name: str) -> threading.Thread:
    """A running thread that ends with the process."""
    thread = threading.Thread(target=body, name=name, daemon=True)
    thread.start()
    return thread


def call_in(loop: asyncio.AbstractEventLoop, function: Callable[[], object]) -> None:
    """Call a function in the event loop, from any thread; not at all when the loop has ended."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(function)
