"""Real kernels, with an ipykernel of their own or a borrowed one, where paths, folders and variables are hostile."""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
from typing import TYPE_CHECKING, Any

import pytest

from jupyter_envs.errors import LaunchRefused, NotFound
from tests.folders import write
from tests.kernels.cells import PYTHON, answer, make, run
from tests.kernels.test_provisioner import SECONDS, add, catalogue, kernel, manager_of
from tests.real.outside import MissingError, interpreters, uv_run

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_client.manager import KernelManager

    from jupyter_envs.catalogue import Catalogue

__all__ = ["catalogue"]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the launcher needs exec")
NAMES = ["my $HOME", "{connection_file}", "a  b", "q'uo\"te`", "line\nbreak", "\u202egnp", "gr\u00f6\u00dfe", "%41$$;#"]
TRAPS = ("ipykernel_launcher", "launch", "enum", "traitlets", "ipykernel", "zmq", "json", "borrowed", "kernel")
WHERE = "[sys.prefix, sys.executable, shutil.which('python'), os.environ.get('VIRTUAL_ENV')]"
REACHED = (
    "subprocess.run(['python', '-c', 'import sys; print(sys.prefix)'], capture_output=True, text=True).stdout.strip()"
)
OTHERS = {
    "PYTHONHOME": "/nonexistent",
    "PYTHONPATH": "/nonexistent",
    "VIRTUAL_ENV": "/opt/other",
    "CONDA_PREFIX": "/opt/other",
    "CONDA_DEFAULT_ENV": "other",
    "CONDA_SHLVL": "2",
    "POETRY_ACTIVE": "1",
    "PIPENV_ACTIVE": "1",
    "UV_PYTHON": "/opt/other/bin/python",
}


@pytest.fixture(scope="module", params=["own", "borrowed"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def made(kind: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment of the running Python's minor version, with an ipykernel of its own or without one."""
    return make(tmp_path_factory.mktemp(kind) / "shop" / ".venv", *(["ipykernel"] if kind == "own" else []))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder, so that an ipykernel to borrow is made once."""
    return tmp_path_factory.mktemp("data").resolve()


@pytest.fixture(autouse=True)
def at_home(catalogue: Catalogue, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is borrowed lies in a folder of the tests' own."""
    monkeypatch.setenv("XDG_DATA_HOME", str(data))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)


def started(catalogue: Catalogue, prefix: Path) -> KernelManager:
    return manager_of(catalogue, add(catalogue, prefix))


def restart(manager: KernelManager, client: Any) -> None:  # noqa: ANN401  # jupyter_client's own
    manager.restart_kernel(now=True)
    client.wait_for_ready(timeout=SECONDS)


def version_of(client: Any) -> list[str]:  # noqa: ANN401  # as above
    """The minor version, where ipykernel comes from, and its version."""
    told: list[str] = answer(
        client, "['%d.%d' % sys.version_info[:2], ipykernel.__file__, ipykernel.__version__]", "sys", "ipykernel"
    )
    return told


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_prefix_may_hold_anything(catalogue: Catalogue, made: Path, home: Path, name: str) -> None:
    prefix = home / name / ".venv"
    prefix.parent.mkdir()
    made.rename(prefix)
    try:
        with kernel(started(catalogue, prefix), cwd=str(prefix.parent)) as client:
            python = str(prefix / "bin" / "python")
            assert answer(client, WHERE, "sys", "shutil", "os") == [str(prefix), python, python, str(prefix)]
            assert answer(client, REACHED, "subprocess") == str(prefix)
            assert str(prefix) in run(client, "!python -c 'import sys; print(sys.prefix)'").replace("\r\n", "\n")
    finally:
        prefix.rename(made)


def test_nothing_of_the_notebooks_folder_or_of_pythonpath_is_imported_before_a_cell(
    catalogue: Catalogue, made: Path, home: Path
) -> None:
    folder, mark = home / "notebooks", home / "imported"
    for name in TRAPS:
        write(folder / f"{name}.py", f"open({str(mark)!r}, 'a').write({name!r})\n")
    variables = {**os.environ, "PYTHONPATH": str(folder)}
    manager = started(catalogue, made)
    with kernel(manager, cwd=str(folder), env=variables) as client:
        for again in (False, True):
            if again:
                restart(manager, client)
            client.execute("1", reply=True, timeout=SECONDS)
            assert not mark.exists(), mark.read_text()
        run(client, "import launch")
        assert mark.read_text() == "launch"


def test_the_servers_own_variables_lead_nowhere_else(catalogue: Catalogue, made: Path, home: Path) -> None:
    variables = {**os.environ, **OTHERS, "JPY_PARENT_PID": str(os.getpid()), "PIP_REQUIRE_VIRTUALENV": "1"}
    with kernel(started(catalogue, made), cwd=str(home), env=variables) as client:
        assert answer(client, WHERE, "sys", "shutil", "os")[3] == str(made)
        assert answer(client, REACHED, "subprocess") == str(made)
        left = answer(client, "dict(os.environ)", "os")
    assert left.keys() & OTHERS.keys() == {"VIRTUAL_ENV"}
    assert left["PIP_REQUIRE_VIRTUALENV"] == "1"
    assert left["JPY_PARENT_PID"] == str(os.getpid())


def test_one_that_is_deleted_between_two_starts_is_refused(catalogue: Catalogue, made: Path, home: Path) -> None:
    prefix = home / "shop" / ".venv"
    shutil.copytree(made, prefix, symlinks=True)
    manager = started(catalogue, prefix)
    with kernel(manager, cwd=str(home)):
        shutil.rmtree(prefix)
        with pytest.raises(NotFound, match="There is no environment at"):
            manager.restart_kernel(now=True)


def test_one_that_is_rebuilt_on_another_python_starts_as_it_is_now(catalogue: Catalogue, home: Path) -> None:
    try:
        other = next(each for each in interpreters().two() if each.executable.resolve() != PYTHON)
    except (MissingError, StopIteration):
        pytest.skip("needs two Pythons from 3.9 on")
    here = "{}.{}".format(*sys.version_info)
    prefix = make(home / "shop" / ".venv", "ipykernel", python=other.executable)
    manager = started(catalogue, prefix)
    with kernel(manager, cwd=str(home)) as client:
        assert version_of(client)[0] == "{}.{}".format(*other.minor)
        make(prefix, "ipykernel")
        restart(manager, client)
        minor, file, _ = version_of(client)
        assert (minor, file.startswith(str(prefix))) == (here, True)
        make(prefix)  # without an ipykernel
        restart(manager, client)
        minor, file, _ = version_of(client)
        assert (minor, file.startswith(str(prefix))) == (here, False)
        make(prefix, python=other.executable)  # for which none is there to borrow, and nobody allowed to fetch one
        with pytest.raises(LaunchRefused, match="borrow build --python") as caught:
            manager.restart_kernel(now=True)
        assert "cannot start" in str(caught.value)


def test_one_that_is_upgraded_between_two_starts_runs_what_it_has_now(catalogue: Catalogue, home: Path) -> None:
    prefix = make(home / "shop" / ".venv")
    python = prefix / "bin" / "python"
    manager = started(catalogue, prefix)
    with kernel(manager, cwd=str(home)) as client:
        assert not version_of(client)[1].startswith(str(prefix))
        for requirement in ("ipykernel<7", "ipykernel>=7"):
            uv_run("pip", "install", "--quiet", "--python", python, requirement)
            restart(manager, client)
            _, file, version = version_of(client)
            assert file.startswith(str(prefix))
            assert (version < "7") == (requirement == "ipykernel<7")
        uv_run("pip", "uninstall", "--quiet", "--python", python, "ipykernel")
        restart(manager, client)
        assert not version_of(client)[1].startswith(str(prefix))


@pytest.fixture
def old(home: Path) -> Path:
    """An environment whose traitlets no ipykernel of today works with, and a package of its person's."""
    prefix = make(home / "shop" / ".venv", "traitlets==4.3.3", "six==1.16.0")
    next(prefix.glob("lib/*/site-packages")).joinpath("mine.py").write_text("import traitlets\nVERSION = 1\n")
    return prefix


def test_what_is_borrowed_stands_behind_but_for_what_it_cannot_work_with(
    catalogue: Catalogue, old: Path, home: Path
) -> None:
    with kernel(started(catalogue, old), cwd=str(home)) as client:
        imported, told = answer(
            client, "[traitlets.__version__, m.version('Traitlets')]", "traitlets", "importlib.metadata as m"
        )
        assert imported == told
        assert not imported.startswith("4.")
        assert answer(client, "[mine.__file__, six.__version__]", "mine", "six") == [
            str(next(old.glob("lib/*/site-packages/mine.py"))),
            "1.16.0",
        ]
        look = "import sys, traitlets; print(traitlets.__version__, sys.path)"
        asked = f"subprocess.run(['python', '-c', {look!r}], capture_output=True, text=True).stdout"
        outside = answer(client, asked, "subprocess")
        assert outside.startswith("4.3.3")
        assert "jupyter-envs" not in outside
        places = "[p for p in sys.path if p]"
        assert "jupyter-envs" in answer(client, places, "sys")[-1]
        assert not any("boot" in place for place in answer(client, places, "sys"))


POOLS = """
import concurrent.futures, multiprocessing
for way in ("spawn", "forkserver", "fork"):
    context = multiprocessing.get_context(way)
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:
        assert list(pool.map(abs, [-1, 2])) == [1, 2], way
    with context.Pool(2) as pool:
        assert pool.map(abs, [-1, 2]) == [1, 2], way
print("all ways")
"""


def test_pools_of_processes_work_from_cells(catalogue: Catalogue, old: Path, made: Path, home: Path) -> None:
    for prefix in (made, old):
        with kernel(started(catalogue, prefix), cwd=str(home)) as client:
            assert run(client, "import warnings; warnings.simplefilter('ignore')\n" + POOLS).endswith("all ways\n")


def test_the_debugger_attaches(catalogue: Catalogue, made: Path, home: Path) -> None:
    with kernel(started(catalogue, made), cwd=str(home)) as client:
        for number, command in enumerate(("initialize", "attach")):
            arguments = {"clientID": "tests", "adapterID": "", "pathFormat": "path", "justMyCode": False}
            request = {"type": "request", "seq": number + 1, "command": command, "arguments": arguments}
            message = client.session.msg("debug_request", request)
            client.control_channel.send(message)
            reply = client.get_control_msg(timeout=SECONDS)
            assert reply["content"]["success"], reply["content"]


def in_use(description: Path) -> bool:
    with description.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def test_what_is_borrowed_is_held_while_the_kernel_runs_and_by_nothing_that_cells_start(
    catalogue: Catalogue, data: Path, home: Path
) -> None:
    prefix = make(home / "shop" / ".venv")
    with kernel(started(catalogue, prefix), cwd=str(home)) as client:
        (description,) = data.glob("jupyter-envs/ipykernel/*/overlay.json")
        assert in_use(description)
        if sys.platform == "linux":
            assert "overlay.json" in run(
                client,
                "import os; print([os.path.realpath(f'/proc/self/fd/{n}') for n in os.listdir('/proc/self/fd')])",
            )
            assert "overlay.json" not in run(client, "!ls -l /proc/self/fd")
            assert "overlay.json" not in run(
                client, "import subprocess; print(subprocess.getoutput('ls -l /proc/self/fd'))"
            )
        run(client, "import subprocess; left = subprocess.Popen(['sleep', '5'], close_fds=False); print(left.pid)")
    assert not in_use(description)
