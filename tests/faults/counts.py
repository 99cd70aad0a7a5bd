"""One line of the table that the faults print, and what went wrong, in words."""

from __future__ import annotations

from dataclasses import dataclass, field

HEAD = (
    "| work | rounds | met by it | half-made listed | second try failed | lost | left behind |\n"
    "| --- | --- | --- | --- | --- | --- | --- |"
)
AT_MOST = 12
"""How many failures are told in words."""


@dataclass(slots=True)
class Count:
    """What was counted in all rounds of one work."""

    work: str
    rounds: int = 0
    hits: int = 0
    """In how many rounds the fault met work that was under way."""
    immune: str = ""
    """Why the fault cannot meet this work, where it cannot."""
    listed: int = 0
    failed: int = 0
    lost: int = 0
    left: int = 0
    told: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """How the rounds went, for those who want to know whether anything was tried at all."""

    @property
    def holds(self) -> bool:
        """Whether nothing went wrong, and the fault really met the work at least once, unless it cannot."""
        was_tried = self.rounds > 0 if self.immune else self.hits > 0
        return was_tried and not (self.listed or self.failed or self.lost or self.left)

    def tell(self, kind: str, words: str) -> None:
        """Count something that went wrong: `listed`, `failed`, `lost` or `left`."""
        setattr(self, kind, getattr(self, kind) + 1)
        self.told.append(f"{self.work}, round {self.rounds}, {kind}: {words}")

    def words(self) -> str:
        """What went wrong, the first of it."""
        if not self.told and not self.holds:
            return f"{self.work}: the fault met no work in {self.rounds} rounds, so nothing was shown"
        return "\n".join(self.told[:AT_MOST])

    def __str__(self) -> str:
        met = self.immune or self.hits
        numbers = f"{self.rounds} | {met} | {self.listed} | {self.failed} | {self.lost} | {self.left}"
        return f"| {self.work} | {numbers} |"


def summary(counts: list[Count]) -> str:
    """How the rounds went, and what went wrong."""
    lines = []
    for count in counts:
        tally = {note: count.notes.count(note) for note in dict.fromkeys(count.notes)}
        if tally:
            lines.append(f"{count.work}: " + ", ".join(f"{number} {note}" for note, number in tally.items()))
    return "\n".join([*lines, *filter(None, (count.words() for count in counts))])
