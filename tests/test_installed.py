"""A test is never left out because of what the test command itself installs."""

from __future__ import annotations

import pytest

from tests import installed, run


def test_the_command_tells_its_steps_that_all_is_installed() -> None:
    assert run.variables("pytest")["TESTS_RUN"] == "1"


@pytest.mark.parametrize(("is_command", "end"), [(True, pytest.fail.Exception), (False, pytest.skip.Exception)])
def test_what_it_installs_is_missed_aloud_under_it_and_skipped_elsewhere(
    monkeypatch: pytest.MonkeyPatch, *, is_command: bool, end: type[BaseException]
) -> None:
    monkeypatch.setattr(installed, "IS_TEST_COMMAND", is_command)
    with pytest.raises(end, match="schemathesis"):
        installed.absent("schemathesis")
