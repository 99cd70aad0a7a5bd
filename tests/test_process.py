"""Programs are started alone, told line by line, and ended with all that they started."""

from __future__ import annotations

import os
import signal
import stat
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jupyter_envs import process
from jupyter_envs.errors import ToolFailed

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.skipif(os.name == "nt", reason="programs are not started on Windows")

PATH = {"PATH": os.environ.get("PATH", os.defpath)}


def python(code: str, *, seconds: float = 20, **more: object) -> process.Outcome:
    """Run a few lines in an interpreter of their own."""
    return process.run([sys.executable, "-I", "-c", code], Path("/"), PATH, seconds=seconds, **more)  # type: ignore[arg-type]


def wait_until(condition: Callable[[], bool], seconds: float = 10) -> bool:
    """Whether something came true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return condition()


def is_alive(pid: int) -> bool:
    """Whether a process runs (one that nobody reaped does not)."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_both_outputs_come_line_by_line_in_their_order() -> None:
    told: list[str] = []
    outcome = python(
        "import sys\nfor n in range(3): print('out', n, flush=True); print('err', n, file=sys.stderr, flush=True)",
        on_line=told.append,
    )
    assert outcome.done
    assert told == ["out 0", "err 0", "out 1", "err 1", "out 2", "err 2"]
    assert outcome.lines == tuple(told)


def test_lines_come_while_the_program_still_runs() -> None:
    cancel = threading.Event()
    outcome = python(
        "import time; print('hello', flush=True); time.sleep(60)", on_line=lambda _: cancel.set(), cancel=cancel
    )
    assert outcome.ending is process.Ending.CANCELLED
    assert outcome.lines == ("hello",)


def test_a_last_line_without_an_end_is_told() -> None:
    assert python("print('a'); print('b', end='')").lines == ("a", "b")


def test_the_exit_status_is_told() -> None:
    outcome = python("raise SystemExit(3)")
    assert (outcome.ending, outcome.status, outcome.done) == (process.Ending.EXITED, 3, False)


def test_a_signal_is_told_as_a_negative_status() -> None:
    assert python("import os; os.kill(os.getpid(), 9)").status == -signal.SIGKILL


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain", "plain"),
        ("10%\r50%\r100%", "100%"),
        ("ends with a return\r", "ends with a return"),
        ("\x1b[1;31mred\x1b[0m and \x1b]8;;https://example.org\x07link\x1b]8;;\x07", "red and link"),
        ("bell\x07, null\0, back\b", "bell, null, back"),
        ("right\u202eto\u2066left\u2028", "righttoleft"),
        ("a\tb", "a\tb"),
        ("https://user:p@ss@host/simple", "https://***@host/simple"),
        ("in 'https://user:p@ss/w0rd@host/a' and x@y", "in 'https://***@host/a' and x@y"),
        ("https://user:it's@host", "https://***@host"),
        ("git+https://host/project@v1", "git+https://host/project@v1"),
        ("https://host/s?a=1&token=S3CRET&b=2", "https://host/s?a=1&token=***&b=2"),
        ("https://host/s?X-Amz-Signature=abc", "https://host/s?X-Amz-Signature=***"),
        ("Looking in https://user:secret@example.org/simple", "Looking in https://***@example.org/simple"),
        ("x" * 5000, "x" * 1999 + "…"),
    ],
)
def test_a_line_is_shown_as_a_terminal_would(raw: str, shown: str) -> None:
    assert process.clean(raw) == shown


def test_bytes_that_are_no_text_do_no_harm() -> None:
    assert python("import sys; sys.stdout.buffer.write(b'\\xff\\xfe caf\\xc3\\xa9\\n')").lines == ("\ufffd\ufffd café",)


def test_no_more_than_256_kib_of_output_is_kept_but_all_of_it_is_told() -> None:
    told: list[str] = []
    outcome = python("for n in range(20000): print(f'{n:06}' + 'x' * 94)", on_line=told.append)
    assert len(told) == 20000
    assert sum(len(line) + 1 for line in outcome.lines) <= process.OUTPUT_AT_MOST
    assert outcome.lines[-1].startswith("019999")


def test_a_line_without_an_end_costs_no_memory() -> None:
    lines = process.Lines(lambda _: None)
    for _ in range(1000):
        lines.feed(b"x" * 10_000)
        assert len(lines._rest) <= 64 * 1024
    lines.finish()
    assert [len(line) for line in lines.kept] == [process.LINE_AT_MOST]


def test_nothing_can_be_asked_of_anybody() -> None:
    assert python("import sys; print(repr(sys.stdin.read()))").lines == ("''",)


def test_a_program_has_a_session_of_its_own() -> None:
    outcome = python("import os; print(os.getsid(0) == os.getpid())")
    assert outcome.lines == ("True",)


def test_descriptors_are_inherited_only_when_asked(tmp_path: Path) -> None:
    with (tmp_path / "held").open("w") as held:
        os.set_inheritable(held.fileno(), True)  # noqa: FBT003 -- it has no name for it
        code = f"import os\ntry: os.fstat({held.fileno()})\nexcept OSError: print('closed')\nelse: print('open')"
        assert python(code).lines == ("closed",)
        assert python(code, inherit=(held.fileno(),)).lines == ("open",)


FAMILY = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
child = subprocess.Popen([sys.executable, "-I", "-c", deaf])
print(os.getpid(), child.pid, flush=True)
time.sleep(600)
"""


def test_cancelling_ends_the_whole_family_even_if_it_ignores_being_asked() -> None:
    told: list[str] = []
    cancel = threading.Event()

    def on_line(line: str) -> None:
        told.append(line)
        cancel.set()

    started = time.monotonic()
    outcome = python(FAMILY, on_line=on_line, cancel=cancel)
    assert outcome.ending is process.Ending.CANCELLED
    assert time.monotonic() - started < 2 * process.GRACE_SECONDS + 5
    assert wait_until(lambda: not any(is_alive(int(pid)) for pid in told[0].split()))


def test_what_was_cancelled_before_it_began_ends_at_once() -> None:
    cancel = threading.Event()
    cancel.set()
    started = time.monotonic()
    assert python("import time; time.sleep(60)", cancel=cancel).ending is process.Ending.CANCELLED
    assert time.monotonic() - started < process.GRACE_SECONDS + 5


def test_the_time_limit_ends_a_program() -> None:
    outcome = python("import time; print('still here', flush=True); time.sleep(60)", seconds=0.5)
    assert outcome.ending is process.Ending.TIMED_OUT
    assert not outcome.done


@pytest.mark.parametrize("how", ["cancel", "limit"])
def test_a_program_that_closed_its_output_can_be_ended(how: str) -> None:
    cancel = threading.Event()
    code = "import os, time; print('x', flush=True); os.close(1); os.close(2); time.sleep(60)"
    if how == "cancel":
        threading.Timer(0.5, cancel.set).start()
    outcome = python(code, cancel=cancel, seconds=1 if how == "limit" else 20)
    assert outcome.ending is (process.Ending.CANCELLED if how == "cancel" else process.Ending.TIMED_OUT)


def test_a_child_that_was_left_behind_ends_with_the_program() -> None:
    code = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-I", "-c", "import time; time.sleep(600)"])
print(child.pid, flush=True)
"""
    outcome = python(code)
    assert outcome.done
    assert wait_until(lambda: not is_alive(int(outcome.lines[0])))


def test_a_child_that_left_the_family_does_not_hold_up_the_end() -> None:
    code = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-I", "-c", "import time; time.sleep(600)"], start_new_session=True)
print(child.pid, flush=True)
"""
    started = time.monotonic()
    outcome = python(code)
    os.kill(int(outcome.lines[0]), signal.SIGKILL)
    assert outcome.done
    assert time.monotonic() - started < process.GRACE_SECONDS + 5


def test_what_cannot_be_started_says_so(tmp_path: Path) -> None:
    with pytest.raises(ToolFailed, match=r"could not be started: .*No such file"):
        process.run([str(tmp_path / "absent")], tmp_path, PATH)


def test_a_tool_never_sees_what_belongs_to_the_server() -> None:
    server = {
        "JUPYTERHUB_API_TOKEN": "secret", "JUPYTER_TOKEN": "secret", "JPY_API_TOKEN": "secret", "JPY_PARENT_PID": "1",
        "AWS_SECRET_ACCESS_KEY": "secret", "PYTHONPATH": "/server", "VIRTUAL_ENV": "/server", "LD_PRELOAD": "/server",
        "PATHS": "no", "HOMEPAGE": "no", "GITHUB_TOKEN": "secret",
    }  # fmt: skip
    tools_own = {
        "PATH": "/usr/bin:/bin", "HOME": "/home/user", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8",
        "XDG_CACHE_HOME": "/cache", "https_proxy": "http://proxy", "HTTPS_PROXY": "http://proxy",
        "SSL_CERT_FILE": "/cert", "PIP_INDEX_URL": "https://index", "UV_CACHE_DIR": "/uv", "POETRY_HOME": "/poetry",
        "WORKON_HOME": "/envs", "PYENV_ROOT": "/pyenv", "CONDA_ENVS_PATH": "/conda",
    }  # fmt: skip
    seen = process.run(
        [sys.executable, "-I", "-c", "import os\nfor item in sorted(os.environ.items()): print('='.join(item))"],
        Path("/"),
        process.tool_variables({**server, **tools_own}),
    )
    told = dict(line.partition("=")[::2] for line in seen.lines)
    assert tools_own.items() <= told.items()
    assert not server.keys() & told.keys()
    assert "secret" not in "".join(seen.lines)


def test_uv_is_the_one_that_came_with_us(tmp_path: Path) -> None:
    own = process.tools({"PATH": str(tmp_path)}).get("uv")
    if own is None:
        pytest.skip("uv is not installed beside this Python")
    assert process.run([str(own), "--version"], tmp_path, PATH).lines[0].startswith("uv ")


def test_uv_is_looked_for_on_the_path_that_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setattr("sysconfig.get_path", lambda *_: str(tmp_path / "none"))
    assert "uv" not in process.tools({})
    program = tmp_path / "bin" / "uv"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    assert process.tools({"PATH": str(program.parent)})["uv"] == program


@pytest.mark.parametrize("path", ["", ".", "bin:", "/nonexistent::/nonexistent", "./bin", "bin"])
def test_uv_in_the_working_folder_is_not_the_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "none" / "python"))
    monkeypatch.setattr("sysconfig.get_path", lambda *_: str(tmp_path / "none"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bin").mkdir()
    for program in (tmp_path / "uv", tmp_path / "bin" / "uv"):
        program.write_text("#!/bin/sh\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    assert "uv" not in process.tools({"PATH": path})
