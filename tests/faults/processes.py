"""All processes of a stage, found by the home that they have: also those that left their family."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path


def of_home(home: Path) -> list[int]:
    """The numbers of all processes whose variable HOME is that one, but this one's."""
    wanted = b"HOME=" + os.fsencode(home)
    return [number for number in _numbers() if number != os.getpid() and wanted in _variables(number)]


def kill_all(home: Path) -> None:
    """Kill them, and those that they were just starting."""
    while numbers := of_home(home):
        for number in numbers:
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        time.sleep(0.002)


def wait_for_all(home: Path, seconds: float = 60) -> list[int]:
    """Those that have not ended by themselves after so many seconds."""
    end = time.monotonic() + seconds
    while (numbers := of_home(home)) and time.monotonic() < end:
        time.sleep(0.01)
    return numbers


def _numbers() -> list[int]:
    return [int(one.name) for one in Path("/proc").iterdir() if one.name.isdigit()]


def _variables(number: int) -> list[bytes]:
    try:  # of one that has ended and waits to be reaped, there are none
        return Path(f"/proc/{number}/environ").read_bytes().split(b"\0")
    except OSError:
        return []
