"""Whole programs run notebooks and lines on kernels of ours, and end up in the right environment."""

from __future__ import annotations

import shutil
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.conformance.furnishing import OLDEST_BORROWED, House, minors
from tests.conformance.programs import PROGRAMS, Ran, Trial
from tests.real.outside import MissingError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MINOR = minors(OLDEST_BORROWED)[-1] if minors(OLDEST_BORROWED) else "3.12"
OWN, BORROWED, REGISTERED, BROKEN = "project-env", "project-env, borrowed", "registered", "broken"
KINDS = (OWN, BORROWED, REGISTERED, BROKEN)
NAMES = [program.__name__ for program in PROGRAMS]


@pytest.fixture(scope="session")
def trials(house: House) -> Callable[[str], tuple[Trial, Path]]:
    """A kernel of one kind with a folder to use it in, and the prefix that it must run in."""

    make = {OWN: house.own, BORROWED: house.lend, REGISTERED: house.own}

    def trial(kind: str) -> tuple[Trial, Path]:
        prefix = broken(house) if kind == BROKEN else make[kind](MINOR)
        if kind == REGISTERED:
            house.command("register", str(prefix))
            return Trial(house.name_of(prefix), elsewhere(house), house.variables), prefix
        return Trial("project-env", prefix.parent, house.variables), prefix

    return trial


def broken(house: House) -> Path:
    """An environment whose interpreter is gone."""
    prefix = house.home / "broken" / ".venv"
    if not prefix.exists():
        shutil.copytree(house.own(MINOR), prefix, symlinks=True)
        python = prefix / "bin" / "python"
        python.unlink()
        python.symlink_to(house.home / "gone" / "python3")
        config = prefix / "pyvenv.cfg"
        lines = [line for line in config.read_text().splitlines() if not line.startswith("home")]
        config.write_text("\n".join([f"home = {house.home / 'gone'}", *lines]))
    return prefix


def elsewhere(house: House) -> Path:
    """A folder without a project."""
    folder = house.home / "elsewhere" / "notebooks"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def ran(trials: Callable[[str], tuple[Trial, Path]]) -> Iterator[Callable[[str, str], tuple[Ran, Path]]]:
    """What became of a program with a kind of kernel; two programs run at a time."""
    prepared = {kind: _prepared(trials, kind) for kind in KINDS}
    with ThreadPoolExecutor(2) as pool:
        work: dict[tuple[str, str], Future[Ran]] = {
            (kind, program.__name__): pool.submit(program, ready[0])
            for kind, ready in prepared.items()
            for program in PROGRAMS
            if not isinstance(ready, str)
        }

        def ask(kind: str, program: str) -> tuple[Ran, Path]:
            ready = prepared[kind]
            if isinstance(ready, str):
                pytest.skip(ready)
            return work[kind, program].result(), ready[1]

        yield ask


def _prepared(trials: Callable[[str], tuple[Trial, Path]], kind: str) -> tuple[Trial, Path] | str:
    try:
        return trials(kind)
    except MissingError as missing:
        return str(missing)


@pytest.mark.parametrize("program", NAMES)
@pytest.mark.parametrize("kind", [OWN, BORROWED, REGISTERED])
def test_a_program_runs_in_the_environment(
    ran: Callable[[str, str], tuple[Ran, Path]], kind: str, program: str
) -> None:
    result, prefix = ran(kind, program)
    assert result.prefix == str(prefix), result
    assert result.status == 0, result


@pytest.mark.parametrize("program", NAMES)
def test_a_program_says_in_one_line_why_a_broken_environment_does_not_run(
    ran: Callable[[str, str], tuple[Ran, Path]], program: str
) -> None:
    result, prefix = ran(BROKEN, program)
    lines = [line for line in result.said.splitlines() if "jupyter-envs: " in line]
    assert result.prefix is None
    assert lines, result.said
    assert len(set(lines)) == 1
    assert f"{prefix.parent.name} (venv" in lines[0]
    assert "cannot start. Its interpreter" in lines[0]
    assert "jupyter_envs/" not in result.said.partition("jupyter-envs: ")[0]


def test_the_portable_kernel_is_listed_and_so_is_a_registered_one(house: House) -> None:
    prefix = house.own(MINOR)
    house.command("register", str(prefix))
    words = [sys.executable, "-m", "jupyter", "kernelspec", "list"]
    done = subprocess.run(words, env=house.variables, capture_output=True, text=True, check=True, cwd=house.home)
    names = {line.split()[0] for line in done.stdout.splitlines()[1:]}
    assert {"project-env", "python3", house.name_of(prefix)} <= names
