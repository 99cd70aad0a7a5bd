"""The suites with our manager beside the same suites with the stock one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.upstream.suites import STOCK, Outcomes, Runner, Suite

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Compared:
    """What became of a suite with each manager; `worse` names, for each of ours, what only the stock one passes."""

    suite: Suite
    outcomes: dict[str, Outcomes]
    worse: dict[str, list[str]] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        """Whether something was run each time, and nothing is worse with ours."""
        return all(self.outcomes.values()) and not any(self.worse.values())

    def lines(self) -> Iterator[str]:
        """The counts, and what is worse."""
        for manager, outcomes in self.outcomes.items():
            counts = Counter(outcomes.values())
            told = ", ".join(f"{counts[outcome]} {outcome}" for outcome in ("passed", "skipped", "failed"))
            yield f"{self.suite.distribution:15} {manager:10} {told if outcomes else 'nothing could be run'}"
            yield from (f"    WORSE: {test}" for test in self.worse.get(manager, ()))


def compare(suite: Suite, sources: Path, *, short: bool = False, workers: int = 0) -> Compared:
    """Run a suite with each manager; what fails with ours alone runs once more by itself, lest it was chance."""
    runner = Runner(suite, sources, workers)
    tests = suite.short if short else suite.paths
    stock = runner.run(STOCK, tests)
    compared = Compared(suite, {STOCK: stock})
    for manager in suite.managers:
        outcomes = runner.run(manager, tests)
        suspects = [test for test, outcome in stock.items() if outcome == "passed" and outcomes.get(test) != outcome]
        if suspects and outcomes:
            outcomes |= Runner(suite, sources).run(manager, suspects)
        compared.outcomes[manager] = outcomes
        compared.worse[manager] = [test for test in suspects if outcomes and outcomes.get(test) != "passed"]
    return compared
