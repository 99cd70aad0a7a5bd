"""Blocking work never holds up the event loop, nor the server's end."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.server.threads import THREADS_AT_MOST, Threads, TooSlow, call_in

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """What a hanging disk waits for; opened at the end."""
    gate = threading.Event()
    yield gate
    gate.set()


async def test_results_and_errors_come_back() -> None:
    threads = Threads()
    assert await threads.run(lambda: 6 * 7) == 42
    with pytest.raises(ZeroDivisionError):
        await threads.run(lambda: 1 // len(""))


async def test_work_is_done_on_threads_that_do_not_hold_up_the_end() -> None:
    thread = await Threads().run(threading.current_thread)
    assert thread is not threading.current_thread()
    assert thread.daemon


async def test_a_disk_that_hangs_is_an_answer_and_no_more_threads_pile_up(gate: threading.Event) -> None:
    threads = Threads()
    before = threading.active_count()
    waiting = [threads.run(lambda: gate.wait(30), seconds=0.2) for _ in range(3 * THREADS_AT_MOST)]
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(answer, TooSlow) for answer in answers)
    assert threading.active_count() - before <= THREADS_AT_MOST
    gate.set()
    assert await threads.run(lambda: "again") == "again"


def test_a_loop_that_has_ended_is_left_alone(gate: threading.Event) -> None:
    kept: list[asyncio.AbstractEventLoop] = []

    async def begin() -> None:
        kept.append(asyncio.get_running_loop())
        with pytest.raises(TooSlow):
            await Threads().run(lambda: gate.wait(30), seconds=0.05)

    asyncio.new_event_loop().run_until_complete(begin())
    kept[0].close()
    call_in(kept[0], lambda: pytest.fail("The loop is closed."))
    gate.set()
