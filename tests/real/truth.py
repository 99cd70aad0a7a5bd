"""What is true of each environment: measured by running it, and by asking the tools."""

from __future__ import annotations

import json
import os
import stat
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from tests.real import make_poetry, make_virtualenvwrapper
from tests.real.outside import interpreters, variables
from tests.real.workshop import Home, Made, Tree, Workshop

# Runs on Python 2.7 too. An ipykernel that importlib.metadata or pkg_resources does not know has no version.
PROBE = r"""
import json, platform, sys
try:
    from importlib.util import find_spec
except ImportError:
    from pkgutil import find_loader as find_spec
def version():
    try:
        from importlib.metadata import version, PackageNotFoundError
        try:
            return version("ipykernel")
        except PackageNotFoundError:
            return None
    except ImportError:
        pass
    try:
        import pkg_resources
        return pkg_resources.get_distribution("ipykernel").version
    except Exception:
        pass
    try:
        from ipykernel._version import __version__
        return __version__
    except ImportError:
        return None
launcher = find_spec("ipykernel_launcher") is not None
sys.stdout.write(json.dumps({
    "prefix": sys.prefix, "version": platform.python_version(),
    "implementation": platform.python_implementation().lower(), "ipykernel": version() if launcher else None,
}))
"""
START_TIMEOUT = 60.0


@dataclass(frozen=True, slots=True)
class Truth:
    """One environment, cell by cell, with the texts that the table shows; cells that nobody can know are absent."""

    label: str
    prefix: Path
    cells: dict[str, object]


def measure(tree: Tree, home: Home) -> list[Truth]:
    """The truth of a home, in the order in which it was made."""
    workshop = Workshop(home.folder, home.moved, tree.tools, interpreters())
    tools = _Answers(workshop, home)
    with ThreadPoolExecutor() as pool:
        ran = pool.map(lambda made: started(made.prefix, home.folder), home.made)
        return list(pool.map(lambda made, measured: _row(made, measured, tools), home.made, ran))


def started(prefix: Path, home: Path) -> dict[str, object] | None:
    """What an environment's own interpreter says of itself; None when it cannot start."""
    env = variables(home, PYTHONDONTWRITEBYTECODE="1")
    argv = [os.fspath(prefix / "bin" / "python"), "-c", PROBE]
    try:
        done = subprocess.run(argv, env=env, cwd="/", capture_output=True, timeout=START_TIMEOUT, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


class _Answers:
    """What the tools themselves say of one home."""

    def __init__(self, workshop: Workshop, home: Home) -> None:
        self.workshop = workshop
        of_poetry = [made for made in home.made if made.manager == "poetry"]
        there = {made.project for made in home.made if made.project is not None and made.project.is_dir()}
        self.poetry_folder = make_poetry.central_folder(workshop)
        self.by_hash = {text: path for path, text in make_poetry.hashes(workshop, sorted(there)).items()}
        asked = sorted({made.project for made in of_poetry if made.project is not None} & there)
        with ThreadPoolExecutor() as pool:
            self.listed = list(chain.from_iterable(pool.map(lambda each: _poetry_lists(workshop, each), asked)))
        self.wrapped = _virtualenvwrapper_lists(workshop)
        self.asked: dict[tuple[object, Path], Path | None] = {}

    def manager(self, made: Made) -> str:
        """The tool that names the environment when it is asked, or else the one that it was made for."""
        if made.prefix.parent == self.poetry_folder or made.prefix in [prefix for prefix, _, _ in self.listed]:
            return "poetry"
        if made.manager == "pipenv":  # lsvirtualenv lists its environments, too, where they share a folder
            return made.manager
        return "virtualenvwrapper" if made.prefix in self.wrapped else made.manager

    def project(self, made: Made) -> Path | None:
        """The folder that the tool says, or else the one that it was made in."""
        for prefix, project, _ in self.listed:
            if prefix == made.prefix:
                return project
        if made.prefix.parent == self.poetry_folder:
            return self.by_hash.get(made.prefix.name.rsplit("-", 1)[0][-8:], made.project)
        return self.wrapped.get(made.prefix) or made.project

    def active(self, made: Made) -> bool | None:
        """Whether its tool says that its project gets it (Poetry: marks it as activated); None where no tool can."""
        if made.answer is not None and made.project is not None:
            key = (made.answer, made.project)
            if key not in self.asked:
                self.asked[key] = made.answer(self.workshop, made.project)
            return self.asked[key] == made.prefix
        if self.manager(made) != "poetry" or made.lost:
            return None
        return any(activated for prefix, _, activated in self.listed if prefix == made.prefix)


def _poetry_lists(workshop: Workshop, project: Path) -> list[tuple[Path, Path, bool]]:
    """Prefix, project and whether it is activated, for all that `poetry env list` knows."""
    text = workshop.poetry(project, "env", "list", "--full-path")
    marked = [line.partition(" (Activated)") for line in text.splitlines() if line]
    return [(Path(path), project, bool(mark)) for path, mark, _ in marked]


def _virtualenvwrapper_lists(workshop: Workshop) -> dict[Path, Path | None]:
    """The environments that `lsvirtualenv` lists, each with the folder that its `.project` names."""
    folder = make_virtualenvwrapper.workon_home(workshop)
    names = workshop.wrapper("echo ==; lsvirtualenv -b").split("==\n", 1)[1].split()
    return {folder / name: _project(folder / name) for name in names}


def _project(prefix: Path) -> Path | None:
    """What `cat .project` says: virtualenvwrapper asks no more than that."""
    try:
        return Path((prefix / ".project").read_text(encoding="utf-8").strip())
    except FileNotFoundError:
        return None


def _row(made: Made, ran: dict[str, object] | None, tools: _Answers) -> Truth:
    project = tools.project(made)
    cells: dict[str, object] = {
        "manager": tools.manager(made),
        "project": None if project is None else str(project),
        "state": _state(made, ran),
        "orphan": made.lost if project is None else not project.is_dir(),
        "active": tools.active(made),
        **(ran or {}),
    }
    if "prefix" in cells:
        cells["prefix"] = os.path.realpath(str(cells["prefix"]))
    if cells["active"] is None:
        del cells["active"]
    return Truth(made.label, made.prefix, {name: cell for name, cell in cells.items() if name not in made.unchecked})


def _state(made: Made, ran: dict[str, object] | None) -> str:
    if ran is None:
        return "broken"
    if _anybody_can_write(made.prefix):
        return "foreign"
    return "ready" if ran["ipykernel"] else "needs-ipykernel"


def _anybody_can_write(prefix: Path) -> bool:
    """Whether a folder on the way can be changed by everybody (in a sticky one, only what is one's own)."""
    modes = [each.stat().st_mode for each in (prefix, *prefix.parents)]
    return any(mode & stat.S_IWOTH and not mode & stat.S_ISVTX for mode in modes)
