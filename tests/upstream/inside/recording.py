"""A plug-in of pytest's that writes what became of each test into a file, as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

OPTION = "--outcomes"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(OPTION, metavar="FILE", required=True, type=Path, help="where the outcomes are written")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # one that only works for another, which is told everything
        config.pluginmanager.register(Recorder(config.getoption(OPTION)))


class Recorder:
    """The outcome of each test by its node id: passed, skipped or failed, be it before, in or after the test."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._outcomes: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        before = self._outcomes.get(report.nodeid, "passed")
        self._outcomes[report.nodeid] = report.outcome if before == "passed" else before

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._outcomes[report.nodeid] = "failed"

    def pytest_sessionfinish(self) -> None:
        self._path.write_text(json.dumps(self._outcomes), "utf-8")
