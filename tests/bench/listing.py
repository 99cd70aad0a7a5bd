"""`jupyter-envs list` of known environments beside `python -c pass`: processor time, and memory at its peak."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.rows import Row
from tests.bench.trees import make_tree

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TIMES = 15
CPU_TIMES = 8.0
MIB_MORE = 40.0
_LIST = "from jupyter_envs.cli import main; assert main(['list', '--json', '--no-wait']) == 0"
_PEAK = "; import sys; sys.stderr.write(open('/proc/self/status').read())"


def measure(folder: Path, environments: int = 1000, folders: int = 40_000) -> list[Row]:
    """Processor time and memory of a listing that holds, the least of many; each takes turns with its control."""
    home = make_tree(folder, environments, folders).home
    variables = {"HOME": os.fspath(home), "PATH": os.defpath}
    _check(_output(["list", "--json"], variables), environments)
    _check(_output(["list", "--json", "--no-wait"], variables), environments)
    nothing = [_spent("pass", variables)]
    listing = [_spent(_LIST, variables)]
    for _ in range(TIMES - 1):
        nothing.append(_spent("pass", variables))
        listing.append(_spent(_LIST, variables))
    cpu, ours_cpu = min(nothing), min(listing)
    mib, ours_mib = (_peak(code, variables) for code in ("pass", _LIST))
    known = f"{environments:,} known environments"
    return [
        Row(f"list --json --no-wait, {known} (CPU)", "8 times", cpu, ours_cpu, "ms", ours_cpu <= CPU_TIMES * cpu),
        Row(f"list, {known} (peak memory)", "40 MiB more", mib, ours_mib, "MiB", ours_mib <= mib + MIB_MORE),
    ]


def _output(words: Sequence[str], variables: Mapping[str, str]) -> str:
    command = [sys.executable, "-m", "jupyter_envs", *words]
    return subprocess.run(command, env=variables, capture_output=True, text=True, check=True, cwd="/").stdout


def _check(answer: str, environments: int) -> None:
    """The listing is whole, so that not something quicker is measured."""
    told = json.loads(answer)
    assert told["complete"]
    assert len([one for one in told["environments"] if not one["bare"]]) == environments


def _spent(code: str, variables: Mapping[str, str]) -> float:
    """Processor time in ms of one Python that runs this code."""
    with Path(os.devnull).open("wb") as nowhere:
        child = subprocess.Popen([sys.executable, "-c", code], env=variables, stdout=nowhere, cwd="/")
        _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0
    return (usage.ru_utime + usage.ru_stime) * 1e3


def _peak(code: str, variables: Mapping[str, str]) -> float:
    """The most memory in MiB that such a Python ever had; what `wait4` tells counts the parent's at the start, too."""
    command = [sys.executable, "-c", code + _PEAK]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=True, cwd="/")
    lines = dict(line.split(":", 1) for line in done.stderr.splitlines())
    return int(lines["VmHWM"].split()[0]) / 1024
