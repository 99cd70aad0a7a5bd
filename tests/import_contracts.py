"""A contract for import-linter: which of our modules may import what from outside the package.

Its table stands in pyproject.toml, one line for each package: `tornado <- jupyter_envs.server`. Packages that are
installed and stand in no line are refused everywhere. Of the standard library only what has a line is governed.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importlinter import Contract, ContractCheck, fields, output

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grimp import ImportGraph


@dataclass(frozen=True, slots=True)
class Breach:
    """One import that the table does not allow."""

    importer: str
    imported: str
    lines: tuple[int, ...]


class ExternalsContract(Contract):
    """Each package from outside is imported only by the modules that the table names for it, or from below them."""

    # import-linter puts the parsed lines in the field's place
    importers: list[str] = fields.ListField(subfield=fields.StringField())  # type: ignore[assignment]

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: FBT001 -- import-linter's signature
        """Kept when no module of ours imports what it may not."""
        breaches = list(self._breaches(graph))
        return ContractCheck(kept=not breaches, metadata={"breaches": breaches})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """One line for each forbidden import, with its place."""
        for breach in check.metadata["breaches"]:
            lines = ", ".join(f"l.{line}" for line in breach.lines)
            output.print_error(f"{breach.importer} may not import {breach.imported} ({lines})")

    def _breaches(self, graph: ImportGraph) -> Iterator[Breach]:
        table = dict(_row(line) for line in self.importers)
        for importer in sorted(graph.modules):
            if graph.is_module_squashed(importer):
                continue
            for imported in sorted(graph.find_modules_directly_imported_by(importer)):
                if graph.is_module_squashed(imported) and not _allowed(table, importer, imported):
                    details = graph.get_import_details(importer=importer, imported=imported)
                    yield Breach(importer, imported, tuple(detail["line_number"] for detail in details))


def _row(line: str) -> tuple[str, tuple[str, ...]]:
    package, _, importers = line.partition("<-")
    return package.strip(), tuple(each.strip() for each in importers.split(","))


def _allowed(table: dict[str, tuple[str, ...]], importer: str, imported: str) -> bool:
    if imported not in table:
        return imported in sys.stdlib_module_names
    return any(f"{importer}.".startswith(f"{each}.") for each in table[imported])
