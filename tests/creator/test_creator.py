"""Environments are made whole or not at all, by the real tools, whatever is killed and when."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jupyter_envs import process
from jupyter_envs.creator import Cancelled, Creator, Occupied, Wish, disk
from jupyter_envs.creator.shell import TRASH, Shell, _lock, _mark, _remove
from jupyter_envs.environment import Interpreter
from jupyter_envs.errors import BadRequest, EnvsError, NotFound, Refused, ToolFailed
from jupyter_envs.finder import Finder
from jupyter_envs.host import Host
from jupyter_envs.pyvenv import MARKER
from jupyter_envs.settings import Settings
from tests.folders import make_base, make_environment, make_poetry_project, poetry_hash

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jupyter_envs.environment import Environment

pytestmark = pytest.mark.skipif(os.name == "nt", reason="environments are not made on Windows")

REAL = Host.current()


class Told:
    """Who is told how the making goes on."""

    def __init__(self, stop_at: str | None = None) -> None:
        self.cancel = threading.Event()
        self.phases: list[str] = []
        self.lines: list[str] = []
        self._stop_at = stop_at

    def phase(self, text: str) -> None:
        self.phases.append(text)
        if text == self._stop_at:
            self.cancel.set()

    def fraction(self, done: float | None) -> None:
        """Nobody looks at it here."""

    def line(self, text: str) -> None:
        self.lines.append(text)


@pytest.fixture
def host(tmp_path: Path) -> Host:
    """A person with a home of their own, and with the machine's interpreters, tools and caches."""
    home = tmp_path / "home"
    home.mkdir()
    return Host(home=home, variables={**variables(), "HOME": str(home)}, uid=REAL.uid)


def variables() -> dict[str, str]:
    """The machine's own, with what the home would say spelt out."""
    places = {
        "PYENV_ROOT": str(REAL.expand(REAL.variable("PYENV_ROOT") or "~/.pyenv")),
        "UV_CACHE_DIR": str(REAL.expand(REAL.variable("UV_CACHE_DIR") or "~/.cache/uv")),
    }
    return {**REAL.variables, **places}


@pytest.fixture
def project(host: Host) -> Path:
    """A project with a name that a careless program would stumble over."""
    folder = host.home / "my $project's"
    folder.mkdir()
    (folder / "requirements.txt").write_text("")
    return folder.resolve()


def finder_of(host: Host, settings: Settings | None = None) -> Finder:
    return Finder(host, settings or Settings())


def creator_of(host: Host, settings: Settings | None = None, tools: dict[str, Path] | None = None) -> Creator:
    return Creator(finder_of(host, settings), [host.home], tools)


@pytest.fixture
def creator(host: Host) -> Creator:
    return creator_of(host)


def listed(host: Host) -> list[Path]:
    """The prefixes that finding lists below the home."""
    found = finder_of(host, Settings(managers=("venv",))).scan().environments
    return [environment.prefix for environment in found]


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_an_environment_is_made_and_works(host: Host, project: Path, creator: Creator) -> None:
    told = Told()
    environment = creator.make(creator.prepare(Wish(project)), told)
    assert environment.prefix == project / ".venv"
    assert environment.projects == (project,)
    assert not (project / ".venv" / MARKER).exists()
    assert names_in(project) == [".venv", "requirements.txt"]
    code = "import sys; print(sys.prefix)"
    real = subprocess.run([environment.python, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert real.stdout.strip() == str(environment.prefix)
    assert listed(host) == [project / ".venv"]
    assert told.phases[0] == "Making the environment"
    assert told.lines[0].startswith("$ ")


def test_an_environment_with_ipykernel_is_a_kernel(project: Path, creator: Creator) -> None:
    environment = creator.make(creator.prepare(Wish(project, name="env", ipykernel=True)), Told())
    assert environment.state == "ready"
    assert environment.ipykernel is not None
    code = "import ipykernel; print(ipykernel.__version__)"
    real = subprocess.run([environment.python, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert real.stdout.strip() == environment.ipykernel


def test_without_uv_the_interpreter_makes_it_by_itself(host: Host, project: Path) -> None:
    creator = creator_of(host, tools={})
    making = creator.prepare(Wish(project, packages=("six>=1.16",)))
    environment = creator.make(making, Told())
    assert not any("uv" in Path(command.words[0]).name for command in making.plan.commands)
    subprocess.run([environment.python, "-I", "-c", "import six"], check=True)


def test_the_newest_interpreter_of_a_version_is_taken(host: Host, project: Path, creator: Creator) -> None:
    newest = finder_of(host).interpreters()[0]
    minor = ".".join(newest.version.split(".")[:2])
    for wanted in (None, minor, newest.version, str(newest.path)):
        making = creator.prepare(Wish(project, python=wanted))
        assert str(newest.path) in making.plan.commands[0].words


@pytest.mark.parametrize("wanted", ["9.9", "3.999", "", "/usr/bin/env", "python3", "3.1.2.3.4", "--help", "3.*"])
def test_an_interpreter_that_is_not_there_is_refused_before_anything_is_made(
    project: Path, creator: Creator, wanted: str
) -> None:
    with pytest.raises(NotFound, match="Choose one of these: "):
        creator.prepare(Wish(project, python=wanted))
    assert names_in(project) == ["requirements.txt"]


def test_a_version_is_not_taken_for_a_longer_one(host: Host, project: Path) -> None:
    from jupyter_envs.creator.wish import chosen_interpreter

    known = [
        Interpreter(Path("/p/3.12"), "3.12.1", "cpython", "pyenv"),
        Interpreter(Path("/p/3.1"), "3.1.5", "cpython", "pyenv"),
    ]
    assert chosen_interpreter("3.1", known).version == "3.1.5"
    with pytest.raises(NotFound, match=r"There is no Python here\. Choose one of these: none\."):
        chosen_interpreter(None, [])


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "a/b",
        "../x",
        "/abs",
        "-rf",
        "..x",
        ".-x",
        "a b",
        "a\n",
        "é",
        "x" * 65,
        "." + "x" * 65,
        "a\0",
        "$HOME",
        "~",
        ".git",
        ".ssh",
        ".ipynb_checkpoints",
        ".environment",
        ".a",
    ],
)
def test_a_name_that_could_be_something_else_is_refused(project: Path, creator: Creator, name: str) -> None:
    with pytest.raises(BadRequest, match="cannot be the name"):
        creator.prepare(Wish(project, name=name))


@pytest.mark.parametrize(
    "name", [".venv", ".env-3.12", ".virtualenv2", "venv", "a", "A1._-", "x" * 64, ".venv-" + "x" * 59]
)
def test_ordinary_names_are_fine(project: Path, creator: Creator, name: str) -> None:
    assert creator.prepare(Wish(project, name=name)).plan.prefix == project / name


@pytest.mark.parametrize(
    "package",
    [
        "", " ", "-r requirements.txt", "--index-url=https://example.org", "-e .", ".", "./local", "/abs/path", "..",
        "x @ https://example.org/x.whl", "x @ file:///etc/passwd", "https://example.org/x.whl", "git+https://example/x",
        "local.zip", "thing-1.0-py3-none-any.whl", "thing.tar.gz", "requirements.txt", "a b", "a;b", "x" * 600,
        "a\n-r b",
    ],
)  # fmt: skip
def test_whatever_is_not_the_name_of_a_package_is_refused(project: Path, creator: Creator, package: str) -> None:
    with pytest.raises(BadRequest, match=r"is not a|is the name of a file"):
        creator.prepare(Wish(project, packages=("six", package)))


def test_packages_are_passed_on_in_their_standard_spelling(project: Path, creator: Creator) -> None:
    wish = Wish(
        project,
        packages=(" six ", "pandas [excel] >=2,<3", "six", 'x; python_version<"3"', "IPyKernel>=6"),
        ipykernel=True,
    )
    words = creator.prepare(wish).plan.commands[-1].words
    assert words[words.index("--") + 1 :] == ("six", "pandas[excel]<3,>=2", 'x; python_version < "3"', "IPyKernel>=6")


def test_too_many_packages_are_refused(project: Path, creator: Creator) -> None:
    with pytest.raises(BadRequest, match="at most 200"):
        creator.prepare(Wish(project, packages=tuple(f"p{n}" for n in range(201))))


def test_a_manager_that_makes_none_says_so(project: Path, creator: Creator) -> None:
    with pytest.raises(BadRequest, match=r"Choose one of these: venv\."):
        creator.prepare(Wish(project, manager="magic"))
    with pytest.raises(BadRequest, match="Choose venv"):
        creator.prepare(Wish(project, manager="poetry"))


def test_making_can_be_switched_off(host: Host, project: Path) -> None:
    with pytest.raises(Refused, match="switched off"):
        creator_of(host, Settings(allow_create=False)).prepare(Wish(project))


def test_windows_says_no(host: Host, project: Path) -> None:
    with pytest.raises(Refused, match="not made on Windows"):
        creator_of(replace(host, platform="win32")).prepare(Wish(project))


def test_a_folder_outside_of_the_roots_is_refused(tmp_path: Path, host: Host, creator: Creator) -> None:
    outside = tmp_path / "home-of-another"
    outside.mkdir()
    (host.home / "link").symlink_to(outside)
    for folder in (outside, host.home / "link", host.home / ".." / "home-of-another", Path("/")):
        with pytest.raises(Refused, match="outside of your folders"):
            creator.prepare(Wish(folder))


def test_a_link_inside_of_the_roots_is_followed(host: Host, project: Path, creator: Creator) -> None:
    (host.home / "link").symlink_to(project)
    assert creator.prepare(Wish(host.home / "link")).plan.prefix == project / ".venv"


@pytest.mark.parametrize("name", ["absent", "file", "nul\0", "loop"])
def test_a_folder_that_is_none_is_refused(host: Host, creator: Creator, name: str) -> None:
    (host.home / "file").write_text("")
    (host.home / "loop").symlink_to("loop")
    with pytest.raises(NotFound):
        creator.prepare(Wish(host.home / name))


def make_file(path: Path) -> None:
    path.write_text("keep me")


def make_full_folder(path: Path) -> None:
    path.mkdir()
    make_file(path / "mine")


def make_link(path: Path) -> None:
    (path.parent / "elsewhere").mkdir()
    path.symlink_to("elsewhere")


def make_dangling_link(path: Path) -> None:
    path.symlink_to("nowhere")


@pytest.mark.parametrize("make", [make_file, make_full_folder, make_link, make_dangling_link])
def test_what_is_already_there_stays_as_it_is(project: Path, creator: Creator, make: Callable[[Path], None]) -> None:
    making = creator.prepare(Wish(project))
    make(project / ".venv")
    before = sorted(project.rglob("*"))
    with pytest.raises(Occupied, match="already exists"):
        creator.prepare(Wish(project))
    with pytest.raises(Occupied, match="already exists"):
        creator.make(making, Told())
    assert sorted(project.rglob("*")) == before


def make_served_by_poetry(host: Host, project: Path) -> Path:
    """Poetry's own environment for a project, in Poetry's folder."""
    make_poetry_project(project)
    prefix = host.home.resolve() / ".cache" / "pypoetry" / "virtualenvs" / f"shop-{poetry_hash(project)}-py3.12"
    return make_environment(prefix, make_base(host.home.parent / "base"))


@pytest.mark.parametrize("filtered", [(), ("venv",)])
def test_what_another_tools_environment_serves_is_left_to_that_tool(
    host: Host, project: Path, filtered: tuple[str, ...]
) -> None:
    host = replace(
        host, variables={"PATH": host.variables["PATH"], **{n: v for n, v in variables().items() if "UV" in n}}
    )
    prefix = make_served_by_poetry(host, project)
    creator = creator_of(host, Settings(managers=filtered))
    with pytest.raises(Occupied, match="is a Poetry project") as refusal:
        creator.prepare(Wish(project))
    assert f"its environment is {prefix}." in refusal.value.message
    assert refusal.value.fix == "Use Poetry, or choose another folder name."
    assert creator.prepare(Wish(project, name="try-out")).plan.prefix == project / "try-out"
    (project / "inner").mkdir()
    assert creator.prepare(Wish(project / "inner")).plan.prefix == project / "inner" / ".venv"


def test_another_environment_of_the_project_is_no_obstacle(project: Path, creator: Creator, host: Host) -> None:
    make_environment(project / "env", make_base(host.home.parent / "base"))
    assert creator.prepare(Wish(project)).plan.prefix == project / ".venv"


def test_the_project_does_not_choose_where_packages_come_from(project: Path, creator: Creator) -> None:
    (project / "uv.toml").write_text("no-index = true\n")
    environment = creator.make(creator.prepare(Wish(project, packages=("six",))), Told())
    subprocess.run([environment.python, "-I", "-c", "import six"], check=True)


def test_an_empty_folder_is_as_good_as_none(project: Path, creator: Creator) -> None:
    (project / ".venv").mkdir()
    assert creator.make(creator.prepare(Wish(project)), Told()).state != "broken"


@pytest.mark.parametrize("how", ["cancelled", "failed", "not marked"])
def test_a_persons_own_empty_folder_stays_when_nothing_comes_of_it(
    project: Path, creator: Creator, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    own = project / ".venv"
    own.mkdir(mode=0o700)
    before = own.stat()
    making = creator.prepare(Wish(project, ipykernel=True))
    if how == "failed":
        making = replace(making, plan=replace(making.plan, commands=making.plan.commands[:1]))
    if how == "not marked":
        monkeypatch.setattr(os, "fsync", fail_for_want_of_room)
    with pytest.raises(EnvsError):
        creator.make(making, Told(stop_at="Installing packages"))
    assert names_in(own) == []
    assert os.path.samestat(own.stat(), before)
    assert names_in(project) == [".venv", "requirements.txt"]


def fail_for_want_of_room(_descriptor: int) -> None:
    raise OSError(28, "No space left on device")


def test_a_failing_tool_says_why_and_leaves_nothing(host: Host, project: Path, creator: Creator) -> None:
    wish = Wish(project, packages=("this-package-does-not-exist-anywhere-at-all",))
    with pytest.raises(ToolFailed) as failure:
        creator.make(creator.prepare(wish), Told())
    assert failure.value.message.startswith("Installing packages failed: uv ended with status 1.\n")
    assert "this-package-does-not-exist-anywhere-at-all" in failure.value.message.partition("\n")[2]
    assert names_in(project) == ["requirements.txt"]
    assert listed(host) == []


@pytest.mark.parametrize("phase", ["Making the environment", "Installing packages"])
def test_cancelling_leaves_nothing(host: Host, project: Path, creator: Creator, phase: str) -> None:
    with pytest.raises(Cancelled):
        creator.make(creator.prepare(Wish(project, ipykernel=True)), Told(stop_at=phase))
    assert names_in(project) == ["requirements.txt"]
    assert listed(host) == []


def test_a_tool_that_makes_nothing_is_found_out(host: Host, project: Path) -> None:
    true = next(path for path in (Path("/usr/bin/true"), Path("/bin/true")) if path.exists())
    creator = creator_of(host, tools={"uv": true})
    with pytest.raises(ToolFailed, match="has no working Python"):
        creator.make(creator.prepare(Wish(project)), Told())
    assert names_in(project) == ["requirements.txt"]


def test_an_ipykernel_that_is_missing_in_the_end_is_found_out(host: Host, project: Path, creator: Creator) -> None:
    making = creator.prepare(Wish(project, ipykernel=True))
    only_first = replace(making, plan=replace(making.plan, commands=making.plan.commands[:1]))
    with pytest.raises(ToolFailed, match="has no ipykernel"):
        creator.make(only_first, Told())
    assert names_in(project) == ["requirements.txt"]


def test_a_project_that_vanishes_is_told_in_words(project: Path, creator: Creator) -> None:
    making = creator.prepare(Wish(project))
    (project / "requirements.txt").unlink()
    project.rmdir()
    with pytest.raises(Refused, match="could not be made: No such file or directory"):
        creator.make(making, Told())


def test_a_folder_that_may_not_be_written_is_told_in_words(host: Host, project: Path, creator: Creator) -> None:
    if host.uid == 0:
        pytest.skip("root may write everywhere")
    making = creator.prepare(Wish(project))
    project.chmod(0o555)
    try:
        with pytest.raises(Refused, match=r"Permission denied.*Choose a folder that you may write"):
            creator.make(making, Told())
    finally:
        project.chmod(0o755)


def test_tools_see_no_secret_of_the_server(host: Host, project: Path, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    program = tmp_path / "uv"
    program.write_text(f"#!/bin/sh\nenv > '{seen}'\nexit 1\n")
    program.chmod(0o755)
    secrets = {"JUPYTERHUB_API_TOKEN": "hub-secret", "JPY_API_TOKEN": "hub-secret", "JUPYTER_TOKEN": "hub-secret"}
    host = replace(host, variables={**host.variables, **secrets})
    creator = creator_of(host, tools={"uv": program})
    with pytest.raises(ToolFailed):
        creator.make(creator.prepare(Wish(project)), Told())
    assert f"HOME={host.home}" in seen.read_text().splitlines()
    assert "hub-secret" not in seen.read_text()
    assert "JPY_" not in seen.read_text()


def test_nothing_is_listed_while_it_is_being_made(host: Host, project: Path, creator: Creator) -> None:
    during: list[list[Path]] = []

    class Looking(Told):
        def line(self, text: str) -> None:
            during.append(listed(host))

    creator.make(creator.prepare(Wish(project, packages=("six",))), Looking())
    assert len(during) > 2
    assert not any(during)


def test_two_at_once_do_not_share_a_folder(project: Path, creator: Creator) -> None:
    making = creator.prepare(Wish(project))
    outcomes: list[str] = []

    def make() -> None:
        try:
            creator.make(making, Told())
        except Occupied:
            outcomes.append("occupied")
        else:
            outcomes.append("made")

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["made"] + ["occupied"] * 7
    assert names_in(project) == [".venv", "requirements.txt"]


MAKER = """
import sys
from pathlib import Path
from tests.test_creator import Told, creator_of, variables
from jupyter_envs.creator import Wish
from jupyter_envs.host import Host
home, project = map(Path, sys.argv[1:])
host = Host(home=home, variables={**variables(), "HOME": str(home)}, uid=Host.current().uid)
creator = creator_of(host)
making = creator.prepare(Wish(project, packages=("six",), ipykernel=True))
print("ready", flush=True)
sys.stdin.readline()
creator.make(making, Told())
"""


@pytest.fixture
def maker(host: Host, project: Path) -> Iterator[subprocess.Popen[str]]:
    """A process of its own that is about to make an environment."""
    words = [sys.executable, "-c", MAKER, str(host.home), str(project)]
    root = Path(__file__).resolve().parent.parent
    process = subprocess.Popen(words, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stdout.readline() == "ready\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()
    process.stdin.close()


@pytest.mark.parametrize("milliseconds", [0, 1, 5, 20, 60, 120, 200, 300, 450, 700])
def test_after_a_kill_nothing_half_made_is_listed_and_a_second_try_succeeds(
    host: Host, project: Path, creator: Creator, maker: subprocess.Popen[str], milliseconds: int
) -> None:
    assert maker.stdin is not None
    maker.stdin.write("\n")
    maker.stdin.flush()
    time.sleep(milliseconds / 1000)
    maker.send_signal(signal.SIGKILL)
    maker.wait()
    whole = (
        []
        if (project / ".venv" / MARKER).exists() or not (project / ".venv" / "pyvenv.cfg").exists()
        else [project / ".venv"]
    )
    assert listed(host) == whole
    if not whole:
        environment = second_try(creator, project)
        assert environment.state == "ready"
        assert names_in(project) == [".venv", "requirements.txt"]
        assert listed(host) == [project / ".venv"]


def second_try(creator: Creator, project: Path) -> Environment:
    """The tool that a killed server had started still holds the lock, until it is done."""
    for _ in range(600):
        try:
            return creator.make(creator.prepare(Wish(project, ipykernel=True)), Told())
        except Occupied:
            time.sleep(0.1)
    raise AssertionError("The lock was never free.")


def left_behind(prefix: Path) -> None:
    """What a kill leaves: a marker with the folder's number, its lock free, and half of an environment."""
    prefix.mkdir()
    (prefix / MARKER).write_bytes(b"%x" % prefix.stat().st_ino)
    (prefix / "pyvenv.cfg").write_text("home = /usr/bin\n")
    (prefix / "link").symlink_to(prefix.parent)


def test_of_many_that_sweep_the_same_place_at_once_at_most_one_gets_it(project: Path) -> None:
    prefix = project / ".venv"
    barrier = threading.Barrier(6)
    for _ in range(50):
        left_behind(prefix)
        got: list[Shell] = []
        others: list[BaseException] = []

        def take(got: list[Shell] = got, others: list[BaseException] = others) -> None:
            barrier.wait()
            try:
                got.append(Shell(prefix))
            except OSError as error:
                others.append(error)
            except Occupied as error:
                others.append(error)

        threads = [threading.Thread(target=take) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [type(other) for other in others] == [Occupied] * (6 - len(got))
        assert len(got) <= 1
        for shell in got:
            shell.discard()
            shell.close()
        shutil.rmtree(prefix, ignore_errors=True)


def test_what_was_left_behind_is_swept_and_nothing_beside_it(project: Path, creator: Creator) -> None:
    left_behind(project / ".venv")
    creator.make(creator.prepare(Wish(project)), Told())
    assert names_in(project) == [".venv", "requirements.txt"]
    assert not (project / ".venv" / "link").exists()


def test_a_marker_without_a_number_is_swept_when_it_is_alone(project: Path) -> None:
    (project / ".venv").mkdir()
    (project / ".venv" / MARKER).touch()
    Shell(project / ".venv").close()


def copy_of_marker(prefix: Path) -> None:
    prefix.mkdir()
    (prefix / MARKER).write_bytes(b"1")
    make_file(prefix / "mine")


def empty_marker_beside_files(prefix: Path) -> None:
    prefix.mkdir()
    (prefix / MARKER).touch()
    make_file(prefix / "mine")


def marker_that_is_a_link(prefix: Path) -> None:
    prefix.mkdir()
    (prefix.parent / "number").write_bytes(b"%x" % prefix.stat().st_ino)
    (prefix / MARKER).symlink_to("../number")
    make_file(prefix / "mine")


def marker_that_is_a_pipe(prefix: Path) -> None:
    prefix.mkdir()
    os.mkfifo(prefix / MARKER)
    make_file(prefix / "mine")


@pytest.mark.parametrize(
    "make", [copy_of_marker, empty_marker_beside_files, marker_that_is_a_link, marker_that_is_a_pipe]
)
def test_a_marker_that_was_not_made_for_this_folder_gives_nobody_the_right_to_delete(
    project: Path, creator: Creator, make: Callable[[Path], None]
) -> None:
    make(project / ".venv")
    with pytest.raises(Occupied, match="already exists"):
        creator.make(creator.prepare(Wish(project)), Told())
    assert (project / ".venv" / "mine").read_text() == "keep me"


def test_a_place_that_is_locked_is_being_made(project: Path, creator: Creator) -> None:
    shell = Shell(project / ".venv")
    try:
        with pytest.raises(Occupied, match="being made right now"):
            creator.make(creator.prepare(Wish(project)), Told())
    finally:
        shell.discard()
        shell.close()
    assert names_in(project) == ["requirements.txt"]


def test_a_folder_that_was_moved_away_meanwhile_is_not_finished_and_its_replacement_not_deleted(project: Path) -> None:
    shell = Shell(project / ".venv")
    (project / ".venv").rename(project / "moved")
    make_full_folder(project / ".venv")
    with pytest.raises(Occupied, match="was moved"):
        shell.finish()
    shell.discard()
    shell.close()
    assert (project / ".venv" / "mine").read_text() == "keep me"
    assert (project / "moved" / MARKER).exists()


def test_half_deleted_folders_are_swept_but_not_their_copies(project: Path) -> None:
    half = project / "half"
    half.mkdir()
    make_file(half / "rest")
    half = half.rename(project / f"{TRASH}{half.stat().st_ino:x}")
    copied = project / f"{TRASH}1"
    make_full_folder(copied)
    (project / f"{TRASH}2").symlink_to(copied)
    Shell(project / ".venv").close()
    assert not half.exists()
    assert (copied / "mine").read_text() == "keep me"


def test_whoever_marks_an_empty_folder_first_has_it(project: Path) -> None:
    first = Shell(project / ".venv")
    folder = os.open(project / ".venv", os.O_RDONLY)
    try:
        with pytest.raises(Occupied, match="being made right now"):
            _mark(folder, project / ".venv")
    finally:
        os.close(folder)
        first.discard()
        first.close()
    assert names_in(project) == ["requirements.txt"]


def test_a_marker_that_was_swept_before_it_was_locked_belongs_to_nobody(project: Path) -> None:
    marker = os.open(project / MARKER, os.O_RDWR | os.O_CREAT)
    (project / MARKER).unlink()
    try:
        with pytest.raises(Occupied, match="being made right now"):
            _lock(marker, project)
    finally:
        os.close(marker)


def test_a_folder_that_took_the_place_of_ours_is_not_deleted(project: Path) -> None:
    make_full_folder(project / "theirs")
    (project / "ours").mkdir()
    parent, ours = os.open(project, os.O_RDONLY), os.open(project / "ours", os.O_RDONLY)
    try:
        _remove(parent, "theirs", ours)
    finally:
        os.close(parent)
        os.close(ours)
    assert names_in(project) == ["ours", "requirements.txt", "theirs"]


def test_a_file_system_of_many_machines_is_not_flushed() -> None:
    proc = os.open("/proc", os.O_RDONLY) if sys.platform == "linux" else os.open("/", os.O_RDONLY)
    try:
        assert disk._kind(proc) not in disk._LOCAL or sys.platform != "linux"
        disk.sync(proc)
    finally:
        os.close(proc)


def test_a_shell_that_cannot_be_marked_leaves_no_folder(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_room)
    with pytest.raises(OSError, match="No space"):
        Shell(project / ".venv")
    assert names_in(project) == ["requirements.txt"]


def test_the_time_limit_is_told_in_words(
    host: Host, project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "uv"
    program.write_text("#!/bin/sh\necho still working\nexec sleep 60\n")
    program.chmod(0o755)
    real = process.run
    monkeypatch.setattr(process, "run", lambda *words, **more: real(*words, **{**more, "seconds": 0.5}))
    creator = creator_of(host, tools={"uv": program})
    with pytest.raises(ToolFailed, match=r"was not done after 15 minutes\.\nstill working"):
        creator.make(creator.prepare(Wish(project)), Told())
    assert names_in(project) == ["requirements.txt"]


def test_every_refusal_says_what_to_do(project: Path, creator: Creator) -> None:
    wishes = [
        Wish(project, name="/"),
        Wish(project / "absent"),
        Wish(Path("/")),
        Wish(project, python="9"),
        Wish(project, packages=("-e",)),
    ]
    for wish in wishes:
        with pytest.raises(EnvsError) as refusal:
            creator.prepare(wish)
        assert refusal.value.message.endswith(".")
        assert refusal.value.fix.endswith(".")
