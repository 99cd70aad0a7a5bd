"""Asking at a terminal: only what is typed after a question answers it."""

from __future__ import annotations

import os
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.cli import asking

if TYPE_CHECKING:
    from collections.abc import Iterator

pty = pytest.importorskip("pty", reason="Windows has no terminals of this kind")


@pytest.fixture
def keyboard(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The end of a terminal at which somebody types; the other one is our input."""
    keys, ours = pty.openpty()
    with os.fdopen(ours) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        yield keys
    os.close(keys)


def typed_later(keyboard: int, text: bytes) -> threading.Thread:
    def type_it() -> None:
        time.sleep(0.3)
        os.write(keyboard, text)

    (typing := threading.Thread(target=type_it)).start()
    return typing


def test_what_was_typed_ahead_answers_no_question(keyboard: int) -> None:
    os.write(keyboard, b"y\ny\ny\n")
    time.sleep(0.1)
    typing = typed_later(keyboard, b"n\n")
    assert not asking.agreed("Remove it?")
    typing.join()


def test_what_is_typed_with_an_answer_answers_no_later_question(keyboard: int) -> None:
    typing = typed_later(keyboard, b"y\ny\ny\n")
    assert asking.agreed("Mend it?")
    typing.join()
    typing = typed_later(keyboard, b"n\n")
    assert not asking.agreed("Remove it?")
    typing.join()
