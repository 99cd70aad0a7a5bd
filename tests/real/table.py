"""The table of what was compared: one line for each environment, and what differs beneath it."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from tests.real.truth import Truth

COLUMNS = {"manager": 17, "version": 7, "ipykernel": 9, "state": 15, "orphan": 6, "active": 6, "project": 40}
LABEL_WIDTH = 34


def differences(truth: Truth, listed: dict[str, Any] | None) -> list[str]:
    """A sentence for each cell that is not as measured."""
    if listed is None:
        return ["is not listed"]
    return [
        f"{name}: true is {cell!r}, listed is {listed.get(name)!r}"
        for name, cell in truth.cells.items()
        if listed.get(name) != cell
    ]


def lines(home: Path, truths: list[Truth], listed: dict[str, dict[str, Any]]) -> list[str]:
    """The table of one home."""
    head = f"{'':{LABEL_WIDTH}}" + "".join(f"{name:{width + 1}}" for name, width in COLUMNS.items())
    table = [f"{home.name}: {len(truths)} environments", head]
    for truth in truths:
        cells = [_cell(home, truth.cells.get(name, ...))[:width].ljust(width) for name, width in COLUMNS.items()]
        table.append(f"{truth.label[: LABEL_WIDTH - 1]:{LABEL_WIDTH}}" + " ".join(cells).rstrip())
        table += [f"    DIFFERS: {each}" for each in differences(truth, listed.get(str(truth.prefix)))]
    return table


def _cell(home: Path, value: object) -> str:
    """A value as the table shows it: `-` for none, blank for what is not compared."""
    if value is ...:
        return ""
    texts = {None: "-", True: "yes", False: "no"}
    text = texts[value] if value is None or isinstance(value, bool) else str(value).replace(str(home), "~")
    return "".join("?" if unicodedata.category(each).startswith("C") else each for each in text)
