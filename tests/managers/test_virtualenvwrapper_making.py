"""virtualenvwrapper: what its shell functions are told, and what is done without them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.environment import Interpreter
from jupyter_envs.errors import BadRequest
from jupyter_envs.managers.base import Candidate, Claim, CreateRequest, Owned, Plan, Scene
from jupyter_envs.managers.virtualenvwrapper import Virtualenvwrapper
from tests.folders import make_environment, read, write, write_program

if TYPE_CHECKING:
    from jupyter_envs.host import Host

SCRIPT = "virtualenvwrapper.sh"
UV = Path("/opt/bin/uv")


@pytest.fixture
def host(host: Host) -> Host:
    """A person whose WORKON_HOME their shell names."""
    write(host.home / ".bashrc", 'export WORKON_HOME="$HOME/My Envs"\n')
    return host


@pytest.fixture
def script(home: Path) -> Path:
    """virtualenvwrapper's script beside its interpreter and virtualenv."""
    for name in ("python3", "virtualenv"):
        write_program(home.parent / "tool" / "bin" / name)
    return write(home.parent / "tool" / "bin" / SCRIPT)


def plan_for(host: Host, script: Path | None, project: Path | None, **more: object) -> Plan:
    python = Interpreter(Path("/opt/my python/bin/python3.12"), "3.12.1", "cpython", "pyenv")
    request = replace(CreateRequest(python, project), **more)  # type: ignore[arg-type]  # each test gives what it means
    tools = {"uv": UV, **({SCRIPT: script} if script else {})}
    return Virtualenvwrapper().plan_create(request, Scene(host), tools)


def test_everything_is_told_to_mkvirtualenv_as_words_and_variables(host: Host, script: Path) -> None:
    project = host.home / "my $(shop)"
    plan = plan_for(host, script, project, system_site_packages=True)
    (command,) = plan.commands
    assert plan.prefix == host.home / "My Envs" / "my-shop"
    assert plan.files == ((".project", f"{project}\n"),)
    code = 'source "$1" && shift && mkvirtualenv "$@"'
    options = ("--system-site-packages", "my-shop")
    assert command.words == ("bash", "-c", code, "mkvirtualenv", str(script), *options)
    seen = dict(command.variables)
    assert seen["WORKON_HOME"] == str(host.home / "My Envs")
    assert seen["VIRTUALENV_PYTHON"] == "/opt/my python/bin/python3.12"
    assert seen["VIRTUALENVWRAPPER_PYTHON"] == str(script.parent / "python3")
    assert seen["VIRTUALENVWRAPPER_VIRTUALENV"] == str(script.parent / "virtualenv")


def test_what_the_shell_of_a_person_says_comes_first(host: Host, script: Path) -> None:
    own = {
        "VIRTUALENVWRAPPER_PYTHON": "/usr/bin/python3",
        "VIRTUALENVWRAPPER_VIRTUALENV": "/usr/bin/virtualenv",
        "VIRTUALENVWRAPPER_HOOK_DIR": "/srv/hooks",
        "VIRTUALENVWRAPPER_PROJECT_FILENAME": ".where",
    }
    write(host.home / ".profile", "".join(f"export {name}={value}\n" for name, value in own.items()))
    plan = plan_for(host, script, host.home / "shop")
    assert own.items() <= dict(plan.commands[0].variables).items()
    assert plan.files[0][0] == ".where"


@pytest.mark.parametrize("name", ["../x", "/etc/x", "..", "a/b"])
def test_a_project_file_lies_in_its_environment(host: Host, script: Path, name: str) -> None:
    moved = replace(host, variables={"VIRTUALENVWRAPPER_PROJECT_FILENAME": name})
    assert plan_for(moved, script, host.home / "shop").files[0][0] == ".project"


def test_a_virtualenv_at_an_odd_path_is_left_to_the_path_of_programs(host: Host) -> None:
    folder = host.home.parent / "my tool" / "bin"
    write_program(folder / "virtualenv")
    seen = dict(plan_for(host, write(folder / SCRIPT), host.home / "shop").commands[0].variables)
    assert "VIRTUALENVWRAPPER_VIRTUALENV" not in seen
    assert "VIRTUALENVWRAPPER_PYTHON" not in seen
    python = write_program(host.system / "usr" / "bin" / "python3")
    seen = dict(plan_for(host, folder / SCRIPT, host.home / "shop").commands[0].variables)
    assert seen["VIRTUALENVWRAPPER_PYTHON"] == str(python)


def test_without_the_script_our_own_shell_gets_pip_and_says_that_no_hooks_run(host: Host) -> None:
    plan = plan_for(host, None, host.home / "shop", packages=("six",))
    assert "so your hooks are not run" in plan.shell[0].phase
    assert "--seed" in plan.shell[0].words
    assert plan.files == ((".project", f"{host.home / 'shop'}\n"),)
    assert all(command.words[0] != "bash" for command in plan.commands)


@pytest.mark.parametrize("name", ["a$b", "~c", "line\nbreak"])
def test_a_folder_that_its_script_would_take_for_another_is_not_told_to_it(host: Host, script: Path, name: str) -> None:
    moved = replace(host, variables={"WORKON_HOME": str(host.home / name)})
    assert plan_for(moved, script, host.home / "shop").commands == ()


def test_somebody_who_has_neither_the_script_nor_a_folder_makes_none(host: Host, script: Path) -> None:
    (host.home / ".bashrc").unlink()
    with pytest.raises(BadRequest, match="not installed"):
        plan_for(host, None, host.home / "shop")
    assert plan_for(host, script, host.home / "shop").prefix == host.home / ".virtualenvs" / "shop"
    (host.home / ".virtualenvs").mkdir()
    assert plan_for(host, None, host.home / "shop").prefix == host.home / ".virtualenvs" / "shop"


def test_it_needs_no_project_but_then_a_name(host: Host, script: Path) -> None:
    plan = plan_for(host, script, None, name="science 2")
    assert plan.prefix == host.home / "My Envs" / "science 2"
    assert plan.files == ()
    assert plan.commands[0].cwd == host.home / "My Envs"
    with pytest.raises(BadRequest, match="cannot be the name"):
        plan_for(host, script, None)
    assert plan_for(host, script, None, prefix=plan.prefix).prefix == plan.prefix
    with pytest.raises(BadRequest, match="keeps none at"):
        plan_for(host, script, None, prefix=Path("/somewhere/science"))


def test_a_project_gives_its_name_as_far_as_a_shell_takes_it(host: Host, script: Path) -> None:
    names = {"Été 2": "Été-2", "--x": "x", "$(rm)": "rm", "...": "environment", "a\\b`c`": "a-b-c"}
    for project, name in names.items():
        assert plan_for(host, script, host.home / project).prefix.name == name


def test_a_line_break_in_a_path_has_no_room_in_the_project_file(host: Host, script: Path) -> None:
    with pytest.raises(BadRequest, match="line break"):
        plan_for(host, script, host.home / "two\nlines")


def test_what_the_project_declares_is_installed_in_it(host: Host, script: Path) -> None:
    project = write(host.home / "shop" / "setup.py").parent
    plan = plan_for(host, script, project, install=True)
    assert plan.commands[1].words[-2:] == ("-e", ".")
    assert plan.commands[1].cwd == project
    with pytest.raises(BadRequest, match="declares nothing to install"):
        plan_for(host, script, host.home, install=True)


def test_hooks_run_around_a_removal_and_a_persons_own_are_carried(host: Host, script: Path, python: Path) -> None:
    prefix = make_environment(host.home / "My Envs" / "science", python)
    owned = Owned(Candidate(read(prefix, host.home), prefix, "test"), Virtualenvwrapper(), Claim())
    plan = Virtualenvwrapper().plan_remove(owned, Scene(host), {SCRIPT: script})
    assert [command.words[4:] for command in (*plan.before, *plan.after)] == [
        (str(script), "pre_rmvirtualenv", "science"),
        (str(script), "post_rmvirtualenv", "science"),
    ]
    assert {".project", "bin/postactivate", "bin/get_env_details"} <= set(plan.carried)
    without = Virtualenvwrapper().plan_remove(owned, Scene(host), {})
    assert (without.before, without.after, without.carried) == ((), (), plan.carried)


def test_an_ipykernel_is_installed_as_pip_would(host: Host, python: Path) -> None:
    prefix = make_environment(host.home / "My Envs" / "science", python)
    owned = Owned(Candidate(read(prefix, host.home), prefix, "test"), Virtualenvwrapper(), Claim())
    (command,) = Virtualenvwrapper().plan_add_ipykernel(owned, Scene(host), {"uv": UV}).commands
    assert command.words[-2:] == ("--", "ipykernel")
