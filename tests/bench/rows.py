"""One line of the table that the benchmarks print."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """What a work costs beside its control, both in `unit`; `within` says whether the bound holds."""

    work: str
    bound: str
    control: float
    ours: float
    unit: str
    within: bool

    @property
    def ratio(self) -> float:
        """How many times the control ours is."""
        return self.ours / self.control

    def __str__(self) -> str:
        verdict = "yes" if self.within else "NO"
        numbers = f"{self.ratio:.2f} | {self.control:.1f} {self.unit} | {self.ours:.1f} {self.unit}"
        return f"| {self.work} | {self.bound} | {numbers} | {verdict} |"


def table(rows: list[Row]) -> str:
    """The rows below their heads."""
    head = "| work | bound | measured | control | ours | within |\n| --- | --- | --- | --- | --- | --- |"
    return "\n".join([head, *map(str, rows)])
