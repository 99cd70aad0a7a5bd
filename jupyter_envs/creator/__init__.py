"""Making, changing and removing environments, so that none is ever listed half-made, whatever was killed and when.

First everything is decided (`prepare...`: quick, changes nothing), then done (`Work.do`: takes as long as the tools).
Both read files or run programs, so a server calls them from a thread.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from jupyter_envs import process
from jupyter_envs.creator.means import Means
from jupyter_envs.creator.places import Places
from jupyter_envs.creator.running import LAST_LINES
from jupyter_envs.creator.wish import Wish
from jupyter_envs.creator.work import Report, Work
from jupyter_envs.errors import Cancelled, Occupied

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from jupyter_envs.creator.proposing import Proposal
    from jupyter_envs.environment import Environment
    from jupyter_envs.finder import Finder

__all__ = ["LAST_LINES", "Cancelled", "Creator", "Occupied", "Report", "Wish", "Work"]


class Creator:
    """Decides on work for the person whose environments a finder finds, and hands it out to be done.

    `roots` are the folders that requests may name and environments may lie in, beside what the settings add; None is
    anywhere. `tools` are the programs to do it with; None means those that are here, looked for at each time.
    """

    def __init__(
        self, finder: Finder, roots: Sequence[Path] | None = None, tools: Mapping[str, Path] | None = None
    ) -> None:
        self._finder = finder
        self._roots = roots
        self._tools = tools

    def prepare(self, wish: Wish) -> Work:
        """Making an environment. Raises `BadRequest`, `NotFound`, `Refused` or `Occupied`, as the others do."""
        from jupyter_envs.creator import deciding  # each is loaded when it is asked for

        return deciding.decide(self._means(), wish)

    def prepare_removal(self, environment: Environment) -> Work:
        """Removing one."""
        from jupyter_envs.creator import removing

        return removing.decide(self._means(), environment)

    def prepare_recreation(self, environment: Environment, python: str | None = None) -> Work:
        """Making one again, with its tool, project and packages; `python` None is the same version."""
        from jupyter_envs.creator import recreating

        return recreating.decide(self._means(), environment, python)

    def prepare_ipykernel(self, environment: Environment) -> Work:
        """Giving one an ipykernel of its own."""
        from jupyter_envs.creator import adding

        return adding.decide(self._means(), environment)

    def prepare_python(self, version: str, program: str | None = None) -> Work:
        """Installing an interpreter, with pyenv or uv; `program` None is the one that is here."""
        from jupyter_envs.creator import pythons

        return pythons.decide(self._means(), version, program)

    def propose(self, folder: Path) -> Proposal:
        """What would suit a project, by its own files."""
        from jupyter_envs.creator import proposing

        means = self._means()
        return proposing.propose(means, means.places.project(folder))

    def recover(self) -> tuple[str, ...]:
        """Puts right what killed work left of an environment and in projects; what must be told of that."""
        from jupyter_envs.creator import recovering

        return recovering.recover(self._finder.host)

    def _means(self) -> Means:
        return Means(self._finder, self.tools(), Places.of(self._finder, self._roots))

    def tools(self) -> Mapping[str, Path]:
        """The programs that there are; those that a person's shell would find, too, which a server may not see."""
        if self._tools is not None:
            return self._tools
        host, given = self._finder.host, self._finder.settings.tool_paths
        pyenv = host.exported("PYENV_ROOT")
        known = {"HOME": os.fspath(host.home), **({"PYENV_ROOT": os.fspath(host.expand(pyenv))} if pyenv else {})}
        return process.tools({**host.variables, **known}, [os.fspath(host.expand(place)) for place in given])
