"""One line of the table that the benchmarks print."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """What a work costs beside its control, both in `unit`; `within` says whether the bound holds.

    What is only told, without a bound of its own, has None.
    """

    work: str
    bound: str
    control: float
    ours: float
    unit: str
    within: bool | None

    @property
    def ratio(self) -> float:
        """How many times the control ours is."""
        return self.ours / self.control

    def __str__(self) -> str:
        verdict = {True: "yes", False: "NO", None: "-"}[self.within]
        numbers = f"{self.ratio:.2f} | {self.control:.1f} {self.unit} | {self.ours:.1f} {self.unit}"
        return f"| {self.work} | {self.bound} | {numbers} | {verdict} |"


def table(rows: list[Row]) -> str:
    """The rows below their heads."""
    head = "| work | bound | measured | control | ours | within |\n| --- | --- | --- | --- | --- | --- |"
    return "\n".join([head, *map(str, rows)])
