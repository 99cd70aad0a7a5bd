"""A command is run to its end, told line by line, and fails in words with nothing left running."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jupyter_envs import process
from jupyter_envs.creator.running import LAST_LINES, Runner
from jupyter_envs.errors import Cancelled, ToolFailed
from jupyter_envs.managers.plans import Command
from tests.creator.scene import Told
from tests.folders import write

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.host import Host

pytestmark = pytest.mark.skipif(os.name == "nt", reason="programs are not started on Windows")


def script(folder: Path, text: str, name: str = "tool") -> Command:
    """A command whose program does what the text says."""
    program = folder / name
    program.write_text(f"#!/bin/sh\n{text}\n")
    program.chmod(0o755)
    return Command((os.fspath(program),), folder, f"Running {name}")


def test_a_command_is_told_with_its_phase_its_words_and_its_lines(host: Host, tmp_path: Path) -> None:
    told, command = Told(), script(tmp_path, 'echo "$1"; pwd')
    command = replace(command, words=(*command.words, "two words"))
    Runner(host, told).run(command)
    assert told.phases == ["Running tool"]
    assert told.lines == [f"$ {command.words[0]} 'two words'", "two words", os.fspath(tmp_path)]


def test_no_word_breaks_a_line_or_tells_a_password(host: Host, tmp_path: Path) -> None:
    told, command = Told(), script(tmp_path, "exit 0")
    Runner(host, told).run(replace(command, words=(*command.words, "a\nb", "https://me:secret@index/simple")))
    assert len(told.lines) == 1
    assert "secret" not in told.lines[0]


def test_no_line_tells_a_password_of_the_settings_or_variables(host: Host, tmp_path: Path) -> None:
    conf = write(tmp_path / "pip.conf", "[global]\nindex-url = https://me:from%40pip@index/simple\n")
    passwords = {"UV_INDEX_SHOP_PASSWORD": "from-name", "PIP_EXTRA_INDEX_URL": "https://a:from-url@x https://tok-en@y"}
    given = {**host.variables, **passwords, "PIP_CONFIG_FILE": str(conf)}
    command = script(tmp_path, "echo me from@pip from%40pip from-name from-url tok-en own-one; exit 3")
    told = Told()
    with pytest.raises(ToolFailed) as failure:
        Runner(replace(host, variables=given), told).run(replace(command, variables=(("X", "http://u:own-one@z"),)))
    assert told.lines[-1] == "me *** *** *** *** *** ***"
    assert "from" not in failure.value.message


def test_a_command_sees_its_own_variables_and_what_tools_may_see(host: Host, tmp_path: Path) -> None:
    told, command = Told(), script(tmp_path, "env")
    host = replace(host, variables={**host.variables, "UV_HTTP_TIMEOUT": "5", "JPY_API_TOKEN": "secret", "LANG": "C"})
    Runner(host, told).run(replace(command, variables=(("LANG", "C.UTF-8"), ("OWN", "yes"))))
    assert {"LANG=C.UTF-8", "OWN=yes", f"HOME={host.home}", "UV_HTTP_TIMEOUT=5"} < set(told.lines)
    assert "UV_PYTHON_DOWNLOADS=manual" in told.lines
    assert not any("secret" in line for line in told.lines)


@pytest.mark.parametrize(
    ("given", "seen"), [("automatic", "manual"), ("manual", "manual"), ("never", "never"), ("Never ", "never")]
)
def test_nobodys_variable_lets_uv_download_a_python(host: Host, tmp_path: Path, given: str, seen: str) -> None:
    told, command = Told(), script(tmp_path, "env")
    Runner(replace(host, variables={**host.variables, "UV_PYTHON_DOWNLOADS": given}), told).run(command)
    assert f"UV_PYTHON_DOWNLOADS={seen}" in told.lines


def test_a_failure_ends_with_the_tools_own_last_lines(host: Host, tmp_path: Path) -> None:
    command = script(tmp_path, "seq 1 100; echo; echo 'error: it broke' >&2; exit 3")
    with pytest.raises(ToolFailed) as failure:
        Runner(host, Told()).run(command)
    first, *last = failure.value.message.split("\n")
    assert first == "Running tool failed: tool ended with status 3."
    assert last == [*map(str, range(102 - LAST_LINES, 101)), "error: it broke"]
    assert failure.value.fix == "Mend what the last lines say, then try again."


@pytest.mark.parametrize(
    ("line", "fix"),
    [
        ("error: failed to write: No space left on device (os error 28)", "Make room on the disk"),
        ("OSError: [Errno 122] Disk quota exceeded", "Make room on the disk"),
        ("error: error sending request for url (https://index/simple/six/)", "Mend the network"),
        ("Failed to establish a new connection: Temporary failure in name resolution", "Mend the network"),
        ("All attempts to connect to index.example failed.", "Mend the network"),
    ],
)
def test_the_fix_suits_the_failure(host: Host, tmp_path: Path, line: str, fix: str) -> None:
    with pytest.raises(ToolFailed) as failure:
        Runner(host, Told()).run(script(tmp_path, f"echo '{line}'; exit 1"))
    assert failure.value.fix.startswith(fix)


def test_a_tool_that_hangs_is_ended_with_all_that_it_started(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "SECONDS_AT_MOST", 0.5)
    command = script(tmp_path, f"echo waiting; (sleep 2; touch '{tmp_path}/late') & exec sleep 60")
    with pytest.raises(ToolFailed, match=r"tool was not done after 0 minutes\.\nwaiting"):
        Runner(host, Told()).run(replace(command, otherwise=script(tmp_path, "touch otherwise", "other")))
    time.sleep(2.2)
    assert not (tmp_path / "late").exists()
    assert not (tmp_path / "otherwise").exists()


def test_cancelling_ends_it_and_nothing_is_tried_otherwise(host: Host, tmp_path: Path) -> None:
    told, command = Told(stop_at="Running tool"), script(tmp_path, "exec sleep 60")
    with pytest.raises(Cancelled, match="nothing is left"):
        Runner(host, told).run(replace(command, otherwise=script(tmp_path, "touch otherwise", "other")))
    assert not (tmp_path / "otherwise").exists()


def test_what_fails_is_done_otherwise(host: Host, tmp_path: Path) -> None:
    told, command = Told(), script(tmp_path, "echo no; exit 1")
    otherwise = script(tmp_path, "echo yes", "other")
    Runner(host, told, [command]).run(replace(command, otherwise=otherwise))
    assert told.phases == ["Running tool", "Running other"]
    assert told.lines[1:] == [
        "no",
        "Running tool failed: tool ended with status 1.",
        f"$ {otherwise.words[0]}",
        "yes",
    ]
    assert told.fractions[-1] == 1.0


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", ""),
        ("echo looking; echo 'it broke'", " it broke"),
        (
            "echo looking; echo '  \xd7 No solution found:'; echo '  ╰─▶ tiny is nowhere'",
            " \xd7 No solution found: ╰─▶ tiny is nowhere",
        ),
        ("echo 'error: it broke'; echo '  Caused by: ${X}'", " error: it broke Caused by: ${X}"),
        (f"echo {'long' * 100}", f" {'long' * 74}lon…"),
    ],
)
def test_what_fails_both_ways_fails_with_the_last_and_tells_of_the_first(
    host: Host, tmp_path: Path, text: str, reason: str
) -> None:
    command = script(tmp_path, f"{text}\nexit 1")
    with pytest.raises(ToolFailed) as failure:
        Runner(host, Told()).run(replace(command, otherwise=script(tmp_path, "echo why; exit 2", "other")))
    assert failure.value.message.split("\n") == [
        "Running other failed: other ended with status 2.",
        f"Before that, tool ended with status 1.{reason}",
        "why",
    ]


@pytest.mark.parametrize(
    "line", ["error: Failed to install: x-1.0-py3-none-any.whl", "No space left on device (os error 28)"]
)
def test_what_was_left_half_written_is_not_done_otherwise(host: Host, tmp_path: Path, line: str) -> None:
    first, other = script(tmp_path, f"echo '{line}'; exit 2"), script(tmp_path, "exit 0", "other")
    told = Told()
    with pytest.raises(ToolFailed, match="tool ended with status 2"):
        Runner(host, told).run(replace(first, otherwise=other))
    assert told.phases == ["Running tool"]


def test_what_cannot_be_started_is_done_otherwise_or_fails_in_words(host: Host, tmp_path: Path) -> None:
    gone = Command((os.fspath(tmp_path / "gone"),), tmp_path, "Running it")
    Runner(host, Told()).run(replace(gone, otherwise=script(tmp_path, "exit 0")))
    with pytest.raises(ToolFailed, match="could not be started"):
        Runner(host, Told()).run(gone)


def test_how_much_is_done_is_told_when_it_changes(host: Host, tmp_path: Path) -> None:
    lines = ("Package operations: 1 install, 0 updates, 0 removals", "  - Installing six (1.17.0)", "Done")
    first = script(tmp_path, "exit 0", "first")
    second = replace(script(tmp_path, "".join(f"echo '{line}'\n" for line in lines)), weight=3)
    told = Told()
    runner = Runner(host, told, [first, second])
    runner.run(first)
    runner.run(second)
    assert told.fractions == [0.25, 0.625, 1.0]


def test_a_tool_that_outlives_us_has_what_it_inherited(host: Host, tmp_path: Path) -> None:
    read, write = os.pipe()
    try:
        command = Command((sys.executable, "-c", f"import os; os.write({write}, b'locked')"), tmp_path, "Running it")
        Runner(host, Told(), inherit=(write,)).run(command)
        assert os.read(read, 10) == b"locked"
    finally:
        os.close(read)
        os.close(write)
