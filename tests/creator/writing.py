"""What each command of a plan really writes, beside what the plan says that it may write."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from jupyter_envs.creator.running import Runner
from tests.creator.scene import Told

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.creator.making import Making


def writings(making: Making) -> list[tuple[str, set[Path], set[Path]]]:
    """Of each command of a making, run by the real tool: its verb, what it may write, and what it wrote.

    Of all that lies in the project's own folder, and of the files with tables. The environment is not left there.
    """
    plan, project = making.plan, making.request.project
    assert project is not None
    runner, tables = Runner(making.means.host, Told()), [table.path for table in plan.tables]
    making.prefix.mkdir(parents=True, exist_ok=True)
    for command in plan.shell:
        runner.run(command)
    found = []
    for command in plan.commands:
        before = _contents(project, tables)
        runner.run(command)
        after = _contents(project, tables)
        wrote = {path for path in {*before, *after} if before.get(path) != after.get(path)}
        words = [word for word in command.words[1:] if not word.startswith("-")]
        found.append((words[0], set(command.writes or ()), wrote))
    shutil.rmtree(making.prefix)
    return found


def _contents(project: Path, tables: list[Path]) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in (*project.iterdir(), *tables) if path.is_file()}
