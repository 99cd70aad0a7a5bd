"""The launcher: as a function, and as the program that it is."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_envs import own_kernels
from jupyter_envs.kernels import activation, launch
from jupyter_envs.overlay import plan, store
from jupyter_envs.overlay.plan import Plan
from tests.folders import (
    ROOT,
    add_ipykernel,
    link,
    make_base,
    make_conda,
    make_environment,
    make_kernel_environment,
    make_poetry_project,
    poetry_hash,
    read,
    site_of,
    write,
    write_program,
)
from tests.overlay.test_store import is_free

if TYPE_CHECKING:
    from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

LAUNCHER = ROOT / "jupyter_envs" / "kernels" / "launch.py"
BOOT = ROOT / "jupyter_envs" / "boot" / "kernel.py"
Start: TypeAlias = "Callable[..., subprocess.CompletedProcess[str]]"
AS_ROOT = pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="only root can give files to others")
pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no exec: there the spec names the interpreter")

TELLING = """#!/bin/sh
# Stands for an environment's interpreter and tells how it was started.
"{python}" -I -c 'import json, os, sys; print(json.dumps([sys.argv[1:], dict(os.environ), os.getcwd()]))' "$0" "$@"
"""


def make_telling(prefix: Path) -> Path:
    """An environment with ipykernel whose interpreter tells its words and variables instead of running."""
    base = make_base(prefix.parent / ("base of " + prefix.name), "3.12.1")
    write_program(base, TELLING.format(python=sys.executable))
    return make_kernel_environment(prefix, base)


@pytest.fixture(params=["script", "module"])
def start(request: pytest.FixtureRequest) -> Start:
    """Runs the launcher: as the served kernel specs start it, and as the installed one does."""
    form = ["-I", "-S", str(LAUNCHER)] if request.param == "script" else ["-I", "-m", "jupyter_envs.kernels.launch"]
    measured = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE")}

    def run(
        *words: str | Path, home: Path, cwd: Path | None = None, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *form, *words],
            env={"HOME": str(home), "PATH": "/usr/bin:/bin", **measured, **variables},
            cwd=cwd or home,
            capture_output=True,
            text=True,
            errors="surrogateescape",
            check=False,
        )

    return run


def told(done: subprocess.CompletedProcess[str]) -> tuple[list[str], dict[str, str], str]:
    """Words, variables and working folder of the interpreter that the launcher became."""
    assert done.returncode == 0, done.stderr
    words, variables, cwd = json.loads(done.stdout)
    return words, variables, cwd


def refusal(done: subprocess.CompletedProcess[str]) -> str:
    """The one line that says why nothing was started."""
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("jupyter-envs: ")
    assert done.stderr.count("\n") == 1
    return done.stderr


@given(st.binary(min_size=1).filter(lambda data: b"\0" not in data))
def test_any_path_survives_encoding(data: bytes) -> None:
    path = os.fsdecode(data)
    word = launch.encode(path)
    assert launch.decode(word) == path
    assert set(word) <= set(map(chr, launch._PLAIN)) | {"%"}


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")))
def test_any_word_can_be_decoded(word: str) -> None:
    assert isinstance(launch.decode(word), str)


@pytest.mark.parametrize("word", ["100%", "%", "%%", "%zz", "%4", "/home/a b/größe", "% 1", "%0x"])
def test_a_percent_sign_that_nobody_encoded_stays(word: str) -> None:
    assert launch.decode(word) == word


def test_the_environment_comes_first_on_the_path() -> None:
    variables = activation.activated({"PATH": "/usr/bin:/bin", "LANG": "C"}, "/e/.venv", keep_pythonpath=False)
    assert variables == {
        "PATH": "/e/.venv/bin:/usr/bin:/bin",
        "LANG": "C",
        "VIRTUAL_ENV": "/e/.venv",
        "VIRTUAL_ENV_PROMPT": ".venv",
    }


def test_what_leads_elsewhere_is_taken_away_and_the_rest_is_kept() -> None:
    gone = {
        "PYTHONHOME": "/x",
        "PYTHONPATH": "/x",
        "__PYVENV_LAUNCHER__": "/x",
        "POETRY_ACTIVE": "1",
        "PIPENV_ACTIVE": "1",
        "CONDA_PREFIX": "/x",
        "CONDA_DEFAULT_ENV": "x",
        "VIRTUAL_ENV": "/x",
    }
    kept = {"JPY_PARENT_PID": "1", "PYTHONNOUSERSITE": "1", "PIP_REQUIRE_VIRTUALENV": "1", "PYTHONUTF8": "1"}
    variables = activation.activated({**gone, **kept}, "/e", keep_pythonpath=False)
    assert variables.items() >= kept.items()
    assert set(gone) & set(variables) == {"VIRTUAL_ENV"}
    assert variables["VIRTUAL_ENV"] == "/e"


def test_pythonpath_can_be_kept() -> None:
    variables = activation.activated({"PYTHONPATH": "/x"}, "/e", keep_pythonpath=True)
    assert variables["PYTHONPATH"] == "/x"


def test_a_base_interpreter_has_no_virtual_env() -> None:
    variables = activation.activated(
        {"VIRTUAL_ENV": "/x", "PATH": "/bin"}, "/p", keep_pythonpath=False, environment=False
    )
    assert variables == {"PATH": "/p/bin:/bin"}


def test_an_environment_of_conda_is_active_in_condas_way(home: Path) -> None:
    prefix, root = make_conda(home / "miniconda3" / "envs" / "science"), make_conda(home / "miniconda3")
    far = make_conda(home / "shop" / "env")
    write_program(root / "condabin" / "conda")
    for place, name in ((prefix, "science"), (root, "base"), (far, str(far))):
        variables = activation.activated({"PATH": "/bin", "CONDA_SHLVL": "3"}, str(place), keep_pythonpath=False)
        assert variables == {
            "PATH": f"{place}/bin:/bin",
            "CONDA_PREFIX": str(place),
            "CONDA_DEFAULT_ENV": name,
            "CONDA_SHLVL": "1",
            "CONDA_PROMPT_MODIFIER": f"({name}) ",
        }


def test_a_virtual_environment_in_a_folder_of_condas_is_a_virtual_environment(home: Path, python: Path) -> None:
    prefix = make_environment(make_conda(home / "env") / "inside", python)
    write(prefix / "conda-meta" / "history")
    variables = activation.activated({"PATH": "/bin"}, str(prefix), keep_pythonpath=False)
    assert variables["VIRTUAL_ENV"] == str(prefix)
    assert "CONDA_PREFIX" not in variables


def test_the_launcher_becomes_a_python_of_condas(home: Path, start: Start) -> None:
    prefix = make_conda(home / "mini conda" / "envs" / "science")
    write_program(prefix / "bin" / "python3.12", TELLING.format(python=sys.executable))
    add_ipykernel(site_of(prefix))
    words, variables, _ = told(start(launch.encode(str(prefix)), home=home, VIRTUAL_ENV="/x", CONDA_PREFIX="/y"))
    assert words[:2] == [f"{prefix}/bin/python", str(BOOT)]
    assert (variables["CONDA_PREFIX"], variables["CONDA_DEFAULT_ENV"]) == (str(prefix), "science")
    assert variables["PATH"].startswith(f"{prefix}/bin:")
    assert "VIRTUAL_ENV" not in variables


def test_another_kernel_of_a_conda_environment_starts_after_its_scripts(home: Path) -> None:
    prefix = make_conda(home / "miniconda3" / "envs" / "science")
    write_program(prefix / "bin" / "R", TELLING.format(python=sys.executable))
    write(prefix / "etc" / "conda" / "activate.d" / "r.sh", 'export R_HOME="$CONDA_PREFIX/lib/R"\n')
    spec = {"argv": ["R", "{connection_file}"], "display_name": "R", "language": "R", "env": {"R_LIBS": "${R_HOME}/my"}}
    write(prefix / own_kernels.FOLDER / "ir" / "kernel.json", json.dumps(spec))
    words = [sys.executable, "-I", str(LAUNCHER), f"{launch.FLAG_KERNEL}ir", launch.encode(str(prefix)), "-f", "k.json"]
    variables = {"HOME": str(home), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(words, cwd=home, env=variables, capture_output=True, text=True, check=False)
    started, variables, _ = told(done)
    assert started == [f"{prefix}/bin/R", "k.json"]
    assert variables["R_LIBS"] == f"{prefix}/lib/R/my"
    assert variables["CONDA_SHLVL"] == "1"


@pytest.mark.parametrize("path", [{}, {"PATH": ""}])
def test_without_a_path_there_is_still_one(path: dict[str, str]) -> None:
    assert activation.activated(path, "/e", keep_pythonpath=False)["PATH"].startswith("/e/bin")


@pytest.mark.parametrize(
    "name", [".venv", "a b", "$HOME", "{connection_file}", "q'uo\"te", "größe", "100%", "line\nbreak"]
)
def test_the_launcher_becomes_the_environments_interpreter(home: Path, name: str, start: Start) -> None:
    prefix = make_telling(home / "shop" / name)
    done = start(launch.encode(str(prefix)), "-f", "/run/k 1.json", home=home, JPY_PARENT_PID="7", PYTHONPATH="/evil")
    words, variables, cwd = told(done)
    assert words == [f"{prefix}/bin/python", str(BOOT), "-f", "/run/k 1.json"]
    assert variables["VIRTUAL_ENV"] == str(prefix)
    assert variables["PATH"] == f"{prefix}/bin:{BOOT.parent}/bin:/usr/bin:/bin"
    assert variables["JPY_PARENT_PID"] == "7"
    assert "PYTHONPATH" not in variables
    assert cwd == str(home)


def test_a_prefix_that_is_not_utf8_is_started(home: Path, start: Start) -> None:
    prefix = make_telling(home / os.fsdecode(b"sh\xffp") / ".venv")
    words, _, _ = told(start(launch.encode(str(prefix)), home=home))
    assert os.fsencode(words[0]) == b"%s/bin/python" % os.fsencode(prefix)


def test_pythonpath_is_kept_on_demand(home: Path, start: Start) -> None:
    prefix = make_telling(home / "shop" / ".venv")
    done = start(launch.FLAG_KEEP, launch.encode(str(prefix)), "-f", "x", home=home, PYTHONPATH="/mine")
    words, variables, _ = told(done)
    assert words[1:] == [str(BOOT), "-f", "x"]
    assert variables["PYTHONPATH"] == "/mine"


def test_the_normal_path_loads_nothing_slow(home: Path) -> None:
    """Each of these would cost every kernel several milliseconds."""
    prefix = make_telling(home / "shop" / ".venv")
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-I", "-S", LAUNCHER, launch.encode(str(prefix))],
        env={"HOME": str(home), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    own = done.stderr.split("jupyter_envs.trust")[0]
    loaded = {line.rpartition("|")[2].strip() for line in own.splitlines() if line.startswith("import time:")}
    assert "jupyter_envs.pyvenv" in loaded
    slow = {"pathlib", "dataclasses", "re", "typing", "enum", "hashlib", "json", "inspect", "platformdirs", "traitlets"}
    assert not loaded & slow


def test_nothing_in_the_notebooks_folder_is_imported(home: Path, start: Start) -> None:
    prefix = make_telling(home / "shop" / ".venv")
    mark = home / "imported"
    for name in ("ipykernel_launcher", "enum", "traitlets", "jupyter_envs", "os", "sitecustomize", "errno", "stat"):
        write(home / "shop" / f"{name}.py", f"open({str(mark)!r}, 'w')\n")
    told(start(launch.encode(str(prefix)), home=home, cwd=home / "shop", PYTHONPATH=str(home / "shop")))
    refusal(start(launch.encode("/gone"), home=home, cwd=home / "shop", PYTHONPATH=str(home / "shop")))
    assert not mark.exists()


def test_a_broken_environment_is_explained(home: Path, start: Start) -> None:
    prefix = make_telling(home / "shop" / ".venv")
    shutil.rmtree(home / "shop" / "base of .venv")
    line = refusal(start(launch.encode(str(prefix)), "-f", "x", home=home))
    assert "shop (venv, Python 3.12) cannot start." in line
    assert "python3.12 is gone" in line
    assert "Make it again: python3 -m venv --clear" in line


def test_an_environment_without_ipykernel_is_explained(home: Path, start: Start) -> None:
    prefix = make_telling(home / "shop" / ".venv")
    (site_of(prefix) / "ipykernel_launcher.py").unlink()
    line = refusal(start(launch.encode(str(prefix)), home=home))
    assert "It has no ipykernel" in line
    assert "-m uv pip install --python" in line


@AS_ROOT
def test_a_foreign_environment_is_never_run(home: Path, start: Start) -> None:
    prefix = make_telling(home / "shop" / ".venv")
    os.chown(prefix / "bin", 4_000_000_001, -1)
    assert "can be changed by 4000000001" in refusal(start(launch.encode(str(prefix)), home=home))


@AS_ROOT
def test_an_environment_of_a_trusted_owner_is_run(home: Path, start: Start) -> None:
    prefix = make_telling(home / "shop" / ".venv")
    os.chown(prefix / "bin", 4_000_000_001, -1)
    write(
        home / ".jupyter" / "jupyter_envs_config.json",
        '{"JupyterEnvs": {"trusted_owners": ["4000000001"], "keep_pythonpath": true}}',
    )
    words, variables, _ = told(start(launch.encode(str(prefix)), "-f", "x", home=home, PYTHONPATH="/mine"))
    assert words == [f"{prefix}/bin/python", str(BOOT), "-f", "x"]
    assert variables["PYTHONPATH"] == "/mine"


def test_what_everybody_may_write_is_never_run(home: Path, start: Start) -> None:
    prefix = make_telling(home / "shop" / ".venv")
    (home / "shop").chmod(0o777)
    assert "can be changed by everybody" in refusal(start(launch.encode(str(prefix)), home=home))


@pytest.mark.parametrize("word", ["/gone", "", "relative", "/%00", "/a%0Ab%1B", "/%FF", "%"])
def test_a_prefix_without_an_environment_is_one_line(home: Path, word: str, start: Start) -> None:
    assert "Choose another kernel" in refusal(start(word, "-f", "x", home=home))


def test_without_words_it_is_one_line(home: Path, start: Start) -> None:
    refusal(start(home=home))


def test_an_interpreter_that_the_system_cannot_run_is_one_line(home: Path, start: Start) -> None:
    base = make_base(home / "base", "3.12.1")
    write_program(base, "\0not a program")
    prefix = make_kernel_environment(home / "shop" / ".venv", base)
    line = refusal(start(launch.encode(str(prefix)), home=home))
    assert f"{prefix}/bin/python cannot run" in line


def test_an_environment_that_is_being_made_does_not_exist_yet(home: Path, start: Start) -> None:
    prefix = make_telling(home / "shop" / ".venv")
    write(prefix / ".jupyter-envs-creating")
    refusal(start(launch.encode(str(prefix)), home=home))


def test_a_base_interpreter_is_started_without_virtual_env(home: Path, start: Start) -> None:
    base = make_base(home / ".pyenv" / "versions" / "3.12.1", "3.12.1")
    write_program(base, TELLING.format(python=sys.executable))
    prefix = base.parent.parent
    assert "no ipykernel" in refusal(start(launch.encode(str(prefix)), home=home))
    write(site_of(prefix) / "ipykernel_launcher.py")
    words, variables, _ = told(start(launch.encode(str(prefix)), home=home, VIRTUAL_ENV="/x"))
    assert words[0] == f"{prefix}/bin/python"
    assert "VIRTUAL_ENV" not in variables
    assert variables["PATH"].startswith(f"{prefix}/bin:")


def test_the_project_kernel_follows_the_working_folder(home: Path, start: Start) -> None:
    prefix = make_telling(home / "shop" / ".venv")
    (home / "shop" / "deep").mkdir()
    done = start(launch.FLAG_PROJECT, "-f", "x", home=home, cwd=home / "shop" / "deep")
    words, variables, cwd = told(done)
    assert words == [f"{prefix}/bin/python", str(BOOT), "-f", "x"]
    assert variables["VIRTUAL_ENV"] == str(prefix)
    assert cwd == str(home / "shop" / "deep")


def test_the_project_kernel_looks_no_higher_than_the_servers_roots(home: Path, start: Start) -> None:
    prefix = make_telling(home / "shop" / ".venv")
    notebooks = home / "shop" / "my $notebooks"
    notebooks.mkdir()
    roots = [launch.FLAG_ROOT + launch.encode(str(root)) for root in (home / "else", notebooks)]
    assert "has no project environment" in refusal(start(launch.FLAG_PROJECT, *roots, home=home, cwd=notebooks))
    words, variables, _ = told(start(launch.FLAG_PROJECT, roots[0], "-f", "x", home=home, cwd=notebooks))
    assert variables["VIRTUAL_ENV"] == str(prefix)
    assert words == [f"{prefix}/bin/python", str(BOOT), "-f", "x"]


def test_the_notebook_of_another_kernel_does_not_count(home: Path, start: Start) -> None:
    here = make_telling(home / "here" / ".venv")
    make_telling(home / "there" / ".venv")
    notebook = write(home / "there" / "a.ipynb")
    done = start(launch.FLAG_PROJECT, home=home, cwd=home / "here", JPY_SESSION_NAME=str(notebook))
    assert told(done)[1]["VIRTUAL_ENV"] == str(here)
    assert told(done)[1]["JPY_SESSION_NAME"] == str(notebook)


@pytest.mark.parametrize("session", ["", "there/a.ipynb", "/gone/a.ipynb", "an id"])
def test_a_session_that_names_no_notebook_does_not_count(home: Path, session: str, start: Start) -> None:
    here = make_telling(home / "here" / ".venv")
    make_telling(home / "there" / ".venv")
    write(home / "there" / "a.ipynb")
    done = start(launch.FLAG_PROJECT, home=home, cwd=home / "here", JPY_SESSION_NAME=session)
    assert told(done)[1]["VIRTUAL_ENV"] == str(here)


def test_the_project_kernel_takes_what_the_projects_tool_uses(home: Path, start: Start) -> None:
    shop = make_poetry_project(home / "shop")
    made = make_telling(home / "shop-base" / ".venv")
    central = home / ".cache/pypoetry/virtualenvs" / f"shop-{poetry_hash(shop)}-py3.12"
    make_kernel_environment(central, (made / "bin" / "python").resolve())
    assert told(start(launch.FLAG_PROJECT, home=home, cwd=shop))[1]["VIRTUAL_ENV"] == str(central)


def test_a_project_without_an_environment_is_explained(home: Path, start: Start) -> None:
    (home / "shop").mkdir()
    line = refusal(start(launch.FLAG_PROJECT, home=home, cwd=home / "shop"))
    assert f"{home / 'shop'} has no project environment" in line


def test_a_broken_project_environment_is_explained_and_not_passed_over(home: Path, start: Start) -> None:
    make_telling(home / ".venv")
    prefix = make_telling(home / "shop" / ".venv")
    (prefix / "bin" / "python").unlink()
    assert "is gone" in refusal(start(launch.FLAG_PROJECT, home=home, cwd=home / "shop"))


def test_a_working_folder_that_is_gone_is_one_line(home: Path) -> None:
    code = (
        "import os, sys; os.mkdir('gone'); os.chdir('gone'); os.rmdir('../gone'); os.execv(sys.argv[1], sys.argv[1:])"
    )
    for form in ([str(LAUNCHER)], ["-m", "jupyter_envs.kernels.launch"]):
        words = [sys.executable, "-c", code, sys.executable, "-I", *form, launch.FLAG_PROJECT]
        done = subprocess.run(words, cwd=home, env={"HOME": str(home)}, capture_output=True, text=True, check=False)
        assert "notebook's folder cannot be read" in refusal(done)


def test_the_installed_spec_starts_the_module(home: Path) -> None:
    spec = json.loads((ROOT / "jupyter_envs/kernels/project-env/kernel.json").read_text())
    prefix = make_telling(home / "shop" / ".venv")
    words = [sys.executable if word == "python" else word for word in spec["argv"]]
    done = subprocess.run(
        words, cwd=home / "shop", env={"HOME": str(home), "PATH": "/bin"}, capture_output=True, text=True, check=False
    )
    assert told(done)[1]["VIRTUAL_ENV"] == str(prefix)


def test_an_environment_rebuilt_on_another_python_is_started_as_it_is_now(home: Path, start: Start) -> None:
    prefix = make_telling(home / "shop" / ".venv")
    word = launch.encode(str(prefix))
    told(start(word, home=home))
    shutil.rmtree(prefix)
    other = make_base(home / "other", "3.13.0")
    write_program(other, TELLING.format(python=sys.executable))
    make_kernel_environment(prefix, other)
    assert told(start(word, home=home))[0][0] == f"{prefix}/bin/python"


def test_a_link_to_an_environment_starts_that_environment_by_its_unresolved_interpreter(
    home: Path, start: Start
) -> None:
    prefix = make_telling(home / "shop" / ".venv")
    link(home / "alias", prefix)
    words, variables, _ = told(start(launch.encode(str(home / "alias")), home=home))
    assert words[0] == f"{prefix}/bin/python"
    assert variables["VIRTUAL_ENV"] == str(prefix)


@pytest.fixture
def lent(home: Path) -> tuple[Path, Path]:
    """An environment without ipykernel whose interpreter tells how it was started, and the overlay that it has."""
    base = make_base(home.parent / "base", "3.9.1")
    write_program(base, TELLING.format(python=sys.executable))
    prefix = make_environment(home / "shop" / ".venv", base)
    reading = read(prefix, home)
    overlay = home / ".local" / "share" / store.FOLDER / f"{store.tag(reading)}.1"
    about = {"version": 1, "ipykernel": "6.31.0", "source": "index", "python": "3.9", "made": "", "distributions": []}
    write(overlay / store.DESCRIPTION, json.dumps(about))
    (overlay / store.SITE).mkdir()
    planned = Plan(str(overlay), ("traitlets", "zmq"), ("pyzmq", "traitlets"))
    plan.save(str(home / ".cache"), reading, planned, plan.signature(reading))
    return prefix, overlay


def test_a_borrowed_ipykernel_is_started_as_it_was_planned(home: Path, lent: tuple[Path, Path], start: Start) -> None:
    prefix, overlay = lent
    words, variables, _ = told(start(launch.encode(str(prefix)), "-f", "x", home=home))
    assert words[:3] == [f"{prefix}/bin/python", str(BOOT.with_name("borrowed.py")), str(overlay / store.SITE)]
    modules, distributions, descriptor = words[3].split(";")
    assert (modules, distributions) == ("traitlets,zmq", "pyzmq,traitlets")
    assert descriptor.isdecimal()
    assert words[4:] == ["-f", "x"]
    assert variables["VIRTUAL_ENV"] == str(prefix)


def test_a_borrowed_ipykernel_is_held_by_what_the_launcher_becomes(home: Path, lent: tuple[Path, Path]) -> None:
    prefix, overlay = lent
    base = (prefix / "bin" / "python").resolve()
    write_program(base, "#!/bin/sh\necho started\nread line\n")
    words = [sys.executable, "-I", "-S", str(LAUNCHER), launch.encode(str(prefix))]
    variables = {"HOME": str(home), "PATH": "/bin"}
    with subprocess.Popen(words, env=variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == b"started\n"
        assert not is_free(overlay)
        running.communicate(b"\n")
    assert is_free(overlay)


def test_a_borrowed_ipykernel_that_is_gone_or_going_is_not_started(
    home: Path, lent: tuple[Path, Path], start: Start
) -> None:
    prefix, overlay = lent
    with (overlay / store.DESCRIPTION).open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert "is gone" in refusal(start(launch.encode(str(prefix)), home=home))
    shutil.rmtree(overlay)
    assert f"borrow build --python {prefix}" in refusal(start(launch.encode(str(prefix)), home=home))


def test_a_borrowed_ipykernel_that_somebody_else_can_change_is_not_started(
    home: Path, lent: tuple[Path, Path], start: Start
) -> None:
    prefix, overlay = lent
    (overlay / store.SITE).chmod(0o777)
    refusal(start(launch.encode(str(prefix)), home=home))


@pytest.mark.parametrize("config", [None, "", "version = 3.12.1\n"])
def test_a_damaged_environment_is_never_run_as_the_python_that_it_leads_to(
    home: Path, config: str | None, start: Start
) -> None:
    prefix = make_telling(home / "shop" / ".venv")
    (prefix / "pyvenv.cfg").unlink()
    if config is not None:
        write(prefix / "pyvenv.cfg", config)
    refusal(start(launch.encode(str(prefix)), home=home))


def test_who_waits_for_a_download_is_told_why(start: Start, home: Path) -> None:
    prefix = make_environment(home / "shop" / ".venv", make_base(home.parent / "opt" / "python", "3.12.1"))
    write(home / ".jupyter" / "jupyter_envs_config.json", '{"JupyterEnvs": {"borrow_ipykernel": "always"}}')
    done = start(launch.encode(str(prefix)), "-f", "c.json", home=home, UV_OFFLINE="1")
    first, second = done.stderr.splitlines()
    assert first == "jupyter-envs: Preparing an ipykernel for Python 3.12, once; it is downloaded."
    assert "could not be prepared" in second
    assert (done.returncode, done.stdout) == (1, "")
