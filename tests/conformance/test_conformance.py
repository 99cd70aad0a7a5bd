"""jupyter_kernel_test against the kernels of every Python there is: a borrowed one must do what one inside does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from tests.conformance import FULL
from tests.conformance.furnishing import OLDEST_BORROWED, House, minors
from tests.real.outside import MissingError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Prefix = Callable[[], Path]

AT_A_TIME = 2
SECONDS, ATTEMPT_SECONDS = 280, 90
GREETS_FROM = (3, 10)
"""The first Python that the ipykernel which begins with a welcome supports."""
OWN, BORROWED, PROJECT, PROJECT_BORROWED = "own", "borrowed", "project-env", "project-env, borrowed"
ANCIENT = {"2.7", "3.6"}
"""Environments of these are made by a virtualenv that needs a Python of its own."""
EVERY, BORROWING = minors(), minors(OLDEST_BORROWED)
BY_PROJECT = EVERY if os.environ.get(FULL) else [EVERY[0], EVERY[-1]]
"""Which Python it is makes no difference to how `project-env` chooses; the full target tries all the same."""
ROWS = [(minor, OWN) for minor in EVERY] + [(minor, PROJECT) for minor in BY_PROJECT]
ROWS += [(minor, kind) for minor in BORROWING for kind in (BORROWED,)]
ROWS += [(minor, PROJECT_BORROWED) for minor in BORROWING[-1:]]


@dataclass(frozen=True, slots=True)
class Told:
    """What became of the tests against one kernel, and where that ran; or why there is nothing to tell."""

    prefix: str = ""
    outcomes: dict[str, str] = field(default_factory=dict)
    missing: str = ""

    def __str__(self) -> str:
        counts = Counter(outcome.split(":")[0] for outcome in self.outcomes.values())
        return self.missing[:60] or ", ".join(f"{counts[one]} {one}" for one in sorted(counts))


@pytest.fixture(scope="session")
def told(house: House, request: pytest.FixtureRequest) -> Iterator[Callable[[str, str], Told]]:
    """The results of one kind of kernel on one Python; all of the selected tests are under way from the start."""
    work: dict[tuple[str, str], Future[Told]] = {}
    with ThreadPoolExecutor(AT_A_TIME) as pool:

        def begin(minor: str, kind: str) -> Future[Told]:
            if (minor, kind) not in work:
                work[minor, kind] = pool.submit(try_kernel, house, minor, kind)
            return work[minor, kind]

        for item in request.session.items:
            given = getattr(getattr(item, "callspec", None), "params", {})
            if given.keys() == {"minor", "kind"}:
                begin(**given)
        yield lambda minor, kind: begin(minor, kind).result(SECONDS)
        for future in work.values():
            future.cancel()


def try_kernel(house: House, minor: str, kind: str) -> Told:
    """Run the tests in a process of their own, with the variables of the home's person."""
    try:
        prefix = house.own(minor) if kind in {OWN, PROJECT} else house.lend(minor)
    except MissingError as missing:
        return Told(missing=str(missing))
    inside = kind in {OWN, BORROWED}
    name, folder = (house.name_of(prefix), house.home) if inside else ("project-env", prefix.parent)
    options = ["--welcome"] if tuple(map(int, minor.split("."))) >= GREETS_FROM and inside else []
    words = [sys.executable, "-m", "tests.conformance.trying", name, str(folder), *options]
    try:
        done = _run(house, words)
    except subprocess.TimeoutExpired:  # some of jupyter_kernel_test's questions are asked once, and waited for for ever
        done = _run(house, words)
    assert done.returncode == 0, done.stderr[-4000:]
    answer = json.loads(done.stdout.splitlines()[-1])
    return Told(answer["prefix"], answer["outcomes"])


def _run(house: House, words: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words, env=house.variables, cwd=house.home, capture_output=True, text=True, timeout=ATTEMPT_SECONDS, check=False
    )


@pytest.mark.parametrize(("minor", "kind"), sorted(ROWS))
def test_a_kernel_does_all_that_a_kernel_must_do(
    house: House, told: Callable[[str, str], Told], minor: str, kind: str
) -> None:
    result = told(minor, kind)
    if result.missing:
        pytest.skip(result.missing)
    assert set(result.outcomes.values()) == {"passed"}, result.outcomes
    assert len(result.outcomes) >= 14
    expected = house.own(minor) if kind in {OWN, PROJECT} else house.bare(minor)
    assert result.prefix == str(expected)


@pytest.mark.parametrize("minor", BORROWING)
def test_a_borrowed_kernel_does_what_one_inside_does(told: Callable[[str, str], Told], minor: str) -> None:
    borrowed, own = told(minor, BORROWED), told(minor, OWN)
    assert not borrowed.missing
    assert not own.missing
    assert borrowed.outcomes == own.outcomes != {}


def test_the_table_has_a_result_in_each_row(
    told: Callable[[str, str], Told], capsys: pytest.CaptureFixture[str]
) -> None:
    kinds = (OWN, BORROWED, PROJECT)
    cells = {row: str(told(*row)) if row in ROWS else "-" for row in ((m, k) for m in EVERY for k in kinds)}
    with capsys.disabled():
        print(f"\n{'':8}" + "".join(f"{kind:24}" for kind in kinds))
        for minor in EVERY:
            print(f"{minor:8}" + "".join(f"{cells[minor, kind]:24}" for kind in kinds).rstrip())
    assert all(told(*row).outcomes for row in ROWS if row[0] not in ANCIENT)
