"""Which Python each tool reaches from a cell: a table of real tools in real kernels of real environments.

The server's own environment stands first on its PATH in every row, with tools of its own, as it does for people; that
is what each tool would reach if a kernel did not see to it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

from jupyter_envs.catalogue import Catalogue
from jupyter_envs.finder import Finder
from jupyter_envs.host import Host
from jupyter_envs.kernels.registering import Registry
from jupyter_envs.settings import Settings
from tests.folders import write
from tests.kernels.cells import PYTHON, make, run
from tests.kernels.test_boot_pip import PROGRAMS, wheel_in
from tests.kernels.test_provisioner import add, kernel, manager_of
from tests.real.outside import UV, MissingError, interpreters, uv_run, variables
from tests.real.workshop import relocate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="the launcher needs exec"),
    pytest.mark.timeout(900),
]

ASK = "import sys; print(sys.prefix)"
PROBES = {
    "sys.prefix": "told = sys.prefix",
    "sys.executable": "told = subprocess.run([sys.executable, '-c', ASK], capture_output=True, text=True).stdout",
    "run python": "told = subprocess.run(['python', '-c', ASK], capture_output=True, text=True).stdout",
    "!python -c": "told = !python -c '{ASK}'",
    "!python3 -c": "told = !python3 -c '{ASK}'",
    "which python": "told = !which python",
    "which pip": "told = !which pip",
    "!pip show": "told = !pip show mark",
    "!pip3 show": "told = !pip3 show mark",
    "%pip show": "%pip show mark",
    "!uv pip show": "told = !uv pip show mark",
    "bash": "%%bash\npython -c 'import sys; print(sys.prefix)'",
    "spawn": "told = multiprocessing.get_context('spawn').Pool(1).apply(eval, (PREFIX,))",
    "forkserver": "told = multiprocessing.get_context('forkserver').Pool(1).apply(eval, (PREFIX,))",
}
PREPARE = f"""import json, multiprocessing, subprocess, sys, warnings
warnings.simplefilter('ignore')
ASK, PREFIX = {ASK!r}, "__import__('sys').prefix"
"""
TELL = "\nprint(json.dumps(told if isinstance(told, str) else list(told)))"
LABEL_WIDTH = 42
REGISTERED = (
    "venv with pip",
    "uv, without pip",
    "uv, borrowed ipykernel",
    "conda without pip",
    "server in another VIRTUAL_ENV",
)
"""Of these the kernel that `register` writes is asked, too, started as tools without this package start it."""


@dataclass(frozen=True)
class Kind:
    """One environment, and what its server's variables have beside those of all."""

    label: str
    prefix: Path
    more: Mapping[str, str] = field(default_factory=dict)
    pip: Path = PROGRAMS / "pip"
    """What `pip` is where there is none."""

    @property
    def has_pip(self) -> bool:
        return (self.prefix / "bin" / "pip").exists()


@dataclass(frozen=True)
class Place:
    """A person's home, and a package that every environment there gets, so that tools can say where it is."""

    home: Path
    mark: Path

    def filled(self, prefix: Path, *requirements: str) -> Path:
        """An environment with that package and others; its real path."""
        uv_run("pip", "install", "--quiet", "--python", prefix / "bin" / "python", self.mark, *requirements)
        return prefix.resolve()


def a_venv(place: Place) -> Iterator[Kind]:
    prefix = place.home / "venv"
    subprocess.run([PYTHON, "-m", "venv", "--without-pip", prefix], check=True)
    yield Kind("venv with pip", place.filled(prefix, "ipykernel", "pip"))


def one_of_uv(place: Place) -> Iterator[Kind]:
    yield Kind("uv, without pip", place.filled(make(place.home / "uv" / ".venv"), "ipykernel"))


def those_that_borrow(place: Place) -> Iterator[Kind]:
    yield Kind("uv, borrowed ipykernel", place.filled(make(place.home / "borrowed" / ".venv")))
    yield Kind("borrowed, with pip", place.filled(make(place.home / "borrowed with pip" / ".venv"), "pip"))
    yield Kind("borrowed, old traitlets", place.filled(make(place.home / "old" / ".venv"), "traitlets==4.3.3"))


def one_of_virtualenvwrapper(place: Place) -> Iterator[Kind]:
    prefix = place.home / ".virtualenvs" / "science"
    subprocess.run([sys.executable, "-m", "virtualenv", "--quiet", "--no-download", "-p", PYTHON, prefix], check=True)
    more = {"WORKON_HOME": str(prefix.parent), "VIRTUALENVWRAPPER_SCRIPT": "/usr/bin/virtualenvwrapper.sh"}
    yield Kind("virtualenv in WORKON_HOME", place.filled(prefix, "ipykernel"), more)


def one_of_pyenv(place: Place) -> Iterator[Kind]:
    root = place.home / ".pyenv"
    base = relocate(interpreters().alone().prefix, root / "versions" / "3")
    prefix = base / "envs" / "notes"
    subprocess.run([base / "bin" / "python", "-m", "venv", "--without-pip", prefix], check=True)
    shims = root / "shims" / "python"
    write(shims, f'#!/bin/sh\nexec {base}/bin/python "$@"\n').chmod(0o755)
    more = {"PYENV_ROOT": str(root), "PYENV_VERSION": "3", "PATH": str(shims.parent)}
    yield Kind("pyenv-virtualenv", place.filled(prefix, "ipykernel"), more)


def those_of_conda(place: Place) -> Iterator[Kind]:
    alone = interpreters().alone()
    for name in ("with pip", "without pip"):
        prefix = relocate(alone.prefix, place.home / "miniforge3" / "envs" / name)
        write(prefix / "conda-meta" / "history", "==> 2026-01-02 03:04:05 <==\n")
        write(prefix / "conda-meta" / f"python-{alone.version}-h0_0_cpython.json", "{}\n")
        write(prefix / "etc" / "conda" / "activate.d" / "a.sh", 'export ACTIVATED="$CONDA_PREFIX"\n')
        for left in (*prefix.glob("bin/pip*"), *prefix.glob("bin/uv*")):
            left.unlink()
        uv_run("pip", "uninstall", "--quiet", "--python", prefix / "bin" / "python", "pip")
        more = {"CONDA_PREFIX": "/opt/conda", "CONDA_DEFAULT_ENV": "base", "CONDA_SHLVL": "1"}
        yield Kind(f"conda {name}", place.filled(prefix, "ipykernel", *(["pip"] if name == "with pip" else [])), more)


def in_a_shell_with_another(place: Place) -> Iterator[Kind]:
    other = place.filled(make(place.home / "other"), "pip")
    more = {"VIRTUAL_ENV": str(other), "PATH": str(other / "bin"), "POETRY_ACTIVE": "1", "PIPENV_ACTIVE": "1"}
    more |= {
        "PYTHONHOME": str(other),
        "PYTHONPATH": str(other / "lib"),
        "UV_PYTHON": str(other),
        "UV_SYSTEM_PYTHON": "1",
    }
    yield Kind("server in another VIRTUAL_ENV", place.filled(make(place.home / "shop" / ".venv"), "ipykernel"), more)


MAKERS: tuple[Callable[[Place], Iterator[Kind]], ...] = (
    a_venv,
    one_of_uv,
    those_that_borrow,
    one_of_virtualenvwrapper,
    one_of_pyenv,
    those_of_conda,
    in_a_shell_with_another,
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    folder = tmp_path_factory.mktemp("probes").resolve()
    (folder / "home").mkdir()
    return Place(folder / "home", wheel_in(folder))


@pytest.fixture(scope="module")
def catalogue(place: Place) -> Iterator[Catalogue]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "JUPYTER_DATA_DIR", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
            patch.setenv(name, str(place.home / "jupyter" / name))
        patch.setenv("HOME", str(place.home))
        yield Catalogue(Finder(Host.current(), Settings()))


def probed(manager: KernelManager, kind: Kind, home: Path) -> dict[str, str]:
    """What each probe reached in a kernel of that environment."""
    path = [kind.more.get("PATH", ""), os.path.dirname(sys.executable), os.path.dirname(UV), os.defpath]  # noqa: PTH120
    moved = {name: text for name, text in os.environ.items() if name.startswith(("JUPYTER_", "IPYTHON", "XDG_"))}
    told = {**variables(home), **moved, **kind.more, "PATH": os.pathsep.join(filter(None, path))}
    with kernel(manager, cwd=str(home), env=told) as client:
        run(client, PREPARE)
        return {name: reached(kind, name, said(client, code)) for name, code in PROBES.items()}


def registered(catalogue: Catalogue, kind: Kind) -> tuple[Kind, KernelManager]:
    """The same environment by the kernel that `register` writes, which jupyter_client alone starts."""
    environment = catalogue.finder.inspect(kind.prefix)
    assert environment is not None
    done = Registry(catalogue.host, Settings()).register(environment)
    pip = kind.pip if done.borrows else done.folder / "bin" / "pip"
    specs = KernelSpecManager(kernel_dirs=[str(done.folder.parent)])
    manager = KernelManager(kernel_name=done.name, kernel_spec_manager=specs)
    return replace(kind, label=f"{kind.label}, registered", pip=pip), manager


def said(client: object, code: str) -> str:
    """What one probe said, whether it kept that or printed it."""
    if code.startswith("%"):
        return run(client, code)
    answer = json.loads(run(client, code + TELL).splitlines()[-1])
    return answer if isinstance(answer, str) else "\n".join(answer)


def reached(kind: Kind, probe: str, answer: str) -> str:
    """The prefix that an answer speaks of: itself, that of a program, or of where a package is; empty for any other.

    Our own pip is right where there is none, and tells by where that package is which Python it acts on. That of a
    registered kernel says only that this Python has no pip.
    """
    lines = answer.strip().splitlines()
    if lines[:1] == [f"{kind.prefix}/bin/python: No module named pip"] and kind.pip != PROGRAMS / "pip":
        return str(kind.prefix)
    if probe.endswith("show"):
        lines = [line.removeprefix("Location: ") for line in lines if line.startswith("Location: ")]
    text = lines[0] if lines else ""
    if text == str(kind.pip) and not kind.has_pip:
        return str(kind.prefix)
    return text.partition("/lib/python" if probe.endswith("show") else "/bin/")[0]


@pytest.fixture(scope="module")
def rows(place: Place, catalogue: Catalogue, request: pytest.FixtureRequest) -> dict[str, tuple[Kind, dict[str, str]]]:
    """Every kind of environment with what its probes reached; printed as a table."""
    found: dict[str, tuple[Kind, dict[str, str]]] = {}
    lines = ["", f"{'from a cell, each tool reaches':{LABEL_WIDTH}}" + "  ".join(PROBES)]
    for maker in MAKERS:
        try:
            for kind in maker(place):
                manager = manager_of(catalogue, add(catalogue, kind.prefix))
                found[kind.label] = kind, probed(manager, kind, place.home)
                if kind.label in REGISTERED:
                    alike, manager = registered(catalogue, kind)
                    found[alike.label] = alike, probed(manager, alike, place.home)
        except MissingError as missing:
            lines.append(f"{maker.__name__.replace('_', ' ')}: {missing}")
    lines += [_line(place, *row) for row in found.values()]
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        print("\n".join(lines))
    return found


def _line(place: Place, kind: Kind, answers: dict[str, str]) -> str:
    """`right` in the columns that reached this prefix, and elsewhere what was reached."""
    cells = [
        ("right" if text == str(kind.prefix) else text.replace(str(place.home), "~") or "nothing").ljust(len(name))
        for name, text in answers.items()
    ]
    prefix = str(kind.prefix).replace(str(place.home), "~")
    return f"{kind.label:{LABEL_WIDTH}}" + "  ".join(cells) + f"  ({prefix})"


def test_every_tool_reaches_the_environment_of_its_kernel(rows: dict[str, tuple[Kind, dict[str, str]]]) -> None:
    wrong = [
        f"{label}: {probe} reached {text!r}"
        for label, (kind, answers) in rows.items()
        for probe, text in answers.items()
        if text != str(kind.prefix)
    ]
    assert not wrong, "\n".join(wrong)


def test_a_kernel_that_is_started_plainly_reaches_others(place: Place, catalogue: Catalogue) -> None:
    """The control: these probes do find what is wrong."""
    kind = Kind("plain", place.filled(make(place.home / "plain" / ".venv"), "ipykernel"))
    words = [str(kind.prefix / "bin" / "python"), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    write(place.home / "specs" / "plain" / "kernel.json", json.dumps({"argv": words, "display_name": "plain"}))
    specs = KernelSpecManager(kernel_dirs=[str(place.home / "specs")])
    answers = probed(KernelManager(kernel_name="plain", kernel_spec_manager=specs), kind, place.home)
    assert answers["sys.prefix"] == str(kind.prefix)
    others = {"run python", "!python -c", "which python", "!pip show", "%pip show", "!uv pip show"}
    assert not {name for name in others if answers[name] == str(kind.prefix)}


def test_there_is_a_row_for_every_kind_that_this_machine_can_make(
    rows: dict[str, tuple[Kind, dict[str, str]]],
) -> None:
    assert len(rows) >= 7
    assert sum(label.endswith(", registered") for label in rows) >= 3
    assert all(answers.keys() == PROBES.keys() for _, answers in rows.values())
