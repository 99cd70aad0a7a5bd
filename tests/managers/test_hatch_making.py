"""Hatch: where its environments are made, what is installed in them, and which ones only hatch can make."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.environment import Interpreter
from jupyter_envs.errors import BadRequest, Refused
from jupyter_envs.managers.base import Candidate, Claim, CreateRequest, Owned, Plan, RemovalPlan, Scene
from jupyter_envs.managers.hatch import Hatch
from jupyter_envs.managers.hatch_settings import project_id
from tests.folders import make_environment, read, write

if TYPE_CHECKING:
    from jupyter_envs.host import Host

PYPROJECT = '[project]\nname = "Shop.Tool"\nversion = "1"\n'
TOOLS = {"hatch": Path("/opt/bin/hatch"), "uv": Path("/opt/bin/uv")}
DATA = ".local/share/hatch/env/virtual"
CONFIG = ".config/hatch/config.toml"


@pytest.fixture
def shop(home: Path) -> Path:
    return write(home / "code" / "shop" / "pyproject.toml", PYPROJECT).parent


def request_for(shop: Path, **more: object) -> CreateRequest:
    python = Interpreter(Path("/opt/python/bin/python3.12"), "3.12.1", "cpython", "pyenv")
    return replace(CreateRequest(python, shop), **more)  # type: ignore[arg-type]  # each test gives what it means


def plan_for(host: Host, shop: Path, **more: object) -> Plan:
    return Hatch().plan_create(request_for(shop, **more), Scene(host), TOOLS)


def phases(plan: Plan) -> list[str]:
    return [command.phase for command in plan.commands]


def said(shop: Path, text: str) -> None:
    write(shop / "pyproject.toml", f"{PYPROJECT}\n{text}")


def test_the_default_lies_below_the_projects_name_and_id(host: Host, shop: Path) -> None:
    identity = project_id(shop, "linux")
    plan = plan_for(host, shop)
    assert plan.prefix == host.home / DATA / "shop-tool" / identity / "shop-tool"
    assert "--seed" in plan.shell[0].words
    assert plan.commands == ()


def test_another_environment_is_called_by_its_name(host: Host, shop: Path) -> None:
    said(shop, "[tool.hatch.envs.docs]\n")
    identity = project_id(shop, "linux")
    place = host.home / DATA / "shop-tool" / identity / "docs"
    assert plan_for(host, shop, name="docs").prefix == place
    assert plan_for(host, shop, prefix=place).prefix == place
    chosen = replace(host, variables={"HATCH_ENV": "docs"})
    assert plan_for(chosen, shop).prefix == place
    with pytest.raises(BadRequest, match=r"no environment 'tests' .* these: default, docs"):
        plan_for(host, shop, name="tests")
    with pytest.raises(BadRequest, match="keeps none at /somewhere"):
        plan_for(host, shop, prefix=Path("/somewhere"))


def test_settings_move_it(host: Host, shop: Path) -> None:
    identity = project_id(shop, "linux")
    moved = replace(host, variables={"HATCH_DATA_DIR": str(host.home / "data")})
    tail = Path("shop-tool") / identity / "shop-tool"
    assert plan_for(moved, shop).prefix == host.home / "data" / "env" / "virtual" / tail
    write(host.home / CONFIG, '[dirs.env]\nvirtual = "~/.virtualenvs"\n')
    assert plan_for(host, shop).prefix == host.home / ".virtualenvs" / "shop-tool"
    write(host.home / CONFIG, '[dirs.env]\nvirtual = ".hatch"\n')
    assert plan_for(host, shop).prefix == shop / ".hatch" / "shop-tool"
    write(host.home / CONFIG, '[dirs.env]\nvirtual = "/srv/envs"\n')
    assert plan_for(host, shop).prefix == Path("/srv/envs") / tail


def test_a_path_in_the_project_or_in_a_variable_says_where(host: Host, shop: Path) -> None:
    said(shop, '[tool.hatch.envs.default]\npath = ".venv"\n[tool.hatch.envs.docs]\n')
    assert plan_for(host, shop).prefix == shop / ".venv"
    assert plan_for(host, shop, name="docs").prefix == shop / ".venv"  # it has what the default has
    moved = replace(host, variables={"HATCH_ENV_TYPE_VIRTUAL_PATH": "/srv/env"})
    assert plan_for(moved, shop).prefix == Path("/srv/env")


def test_what_is_installed_is_the_project_then_what_hatch_misses(host: Host, shop: Path) -> None:
    said(shop, '[tool.hatch.envs.default]\nfeatures = ["more", "all", 3]\n')
    moved = replace(host, variables={"HATCH_CONFIG": str(host.home / "hatch.toml")})
    plan = plan_for(moved, shop, install=True)
    project, sync = plan.commands
    assert project.words[-2:] == ("-e", ".[all,more]")
    assert project.cwd == shop
    assert sync.words[1:] == (
        *("--no-color", "--no-interactive", "env", "run", "--env", "default", "--", "/usr/bin/env", "true"),
    )
    assert sync.variables == (("HATCH_CONFIG", str(host.home / "hatch.toml")),)
    assert plan.touched == ()


@pytest.mark.parametrize(
    ("text", "lock"),
    [
        ("[tool.hatch]\nlock-envs = true\n", ["pylock.toml"]),
        ("[tool.hatch]\nlock-envs = true\n[tool.hatch.envs.default]\nlocked = false\n", []),
        ('[tool.hatch.envs.default]\nlocked = true\nlock-filename = "a.lock"\n', ["a.lock"]),
    ],
)
def test_it_says_which_lock_file_hatch_writes_where_the_project_asks_for_one(
    host: Host, shop: Path, text: str, lock: list[str]
) -> None:
    said(shop, text)
    plan = plan_for(host, shop, install=True)
    assert [path.name for path in plan.touched] == lock
    assert plan.commands[-1].writes == plan.touched


@pytest.mark.parametrize(
    ("says", "words"),
    [
        ("dev-mode = false\n", (".",)),
        ("", ("-e", ".")),
        ("skip-install = true\n", None),
        ('skip-install = "what"\n', ("-e", ".")),
    ],
)
def test_the_project_is_installed_as_it_says(host: Host, shop: Path, says: str, words: tuple[str, ...] | None) -> None:
    said(shop, f"[tool.hatch.envs.default]\n{says}")
    commands = [each for each in plan_for(host, shop, install=True).commands if each.phase == "Installing the project"]
    assert [each.words[each.words.index("install") :][-len(words or ()) :] for each in commands] == (
        [words] if words else []
    )


def test_an_environment_has_what_its_template_has_but_a_detached_one(host: Host, shop: Path) -> None:
    said(
        shop,
        '[tool.hatch.envs.base]\nfeatures = ["more"]\n[tool.hatch.envs.docs]\ntemplate = "base"\n'
        '[tool.hatch.envs.alone]\ndetached = true\n[tool.hatch.envs.round]\ntemplate = "round"\n'
        '[tool.hatch.envs.a]\ntemplate = "b"\n[tool.hatch.envs.b]\ntemplate = "a"\n',
    )
    assert plan_for(host, shop, name="docs", install=True).commands[0].words[-1] == ".[more]"
    assert phases(plan_for(host, shop, name="alone", install=True)) == ["Installing what the project declares"]
    for name in ("round", "a"):
        assert plan_for(host, shop, name=name, install=True).commands[0].words[-1] == "."


def test_hatch_toml_comes_before_pyproject(host: Host, shop: Path) -> None:
    said(shop, '[tool.hatch.envs.default]\npath = ".venv"\n')
    write(shop / "hatch.toml", '[envs.default]\npath = "env"\n')
    assert plan_for(host, shop).prefix == shop / "env"


def test_what_hatch_remembers_of_a_former_one_is_forgotten(host: Host, shop: Path) -> None:
    known = host.home / ".local/share/hatch/env/.metadata" / project_id(shop, "linux") / "virtual" / "default.json"
    write(known, '{"dependency_hash": "0"}')
    assert plan_for(host, shop).commands[0].words == ("rm", "-f", "--", str(known))


@pytest.mark.parametrize(
    ("says", "why"),
    [
        ('type = "pip-compile"\n', "only a plug-in of hatch knows"),
        ('[[tool.hatch.envs.default.matrix]]\npython = ["3.11"]\n', "is several"),
        ('[tool.hatch.envs.default.overrides]\nplatform.linux.path = "x"\n', "only hatch can read"),
        ('pre-install-commands = ["true"]\n', "runs commands of the project"),
        ('post-install-commands = ["true"]\n', "runs commands of the project"),
    ],
)
def test_what_only_hatch_can_make_is_refused_with_its_command(host: Host, shop: Path, says: str, why: str) -> None:
    said(shop, f"[tool.hatch.envs.default]\n{says}")
    with pytest.raises(Refused, match=why) as caught:
        plan_for(host, shop)
    assert caught.value.fix == "Run in the project: hatch env create default"


def test_hatchs_own_are_left_to_it(host: Host, shop: Path) -> None:
    said(shop, "[tool.hatch.envs.hatch-test]\n")
    with pytest.raises(Refused, match="one of hatch's own"):
        plan_for(host, shop, name="hatch-test")


def test_a_python_that_the_project_does_not_want_is_refused(host: Host, shop: Path) -> None:
    said(shop, '[tool.hatch.envs.default]\npython = "3.11"\n')
    with pytest.raises(BadRequest, match=r"has Python 3\.11"):
        plan_for(host, shop)
    for python in ("3.12", "3", "/usr/bin/python3"):
        said(shop, f'[tool.hatch.envs.default]\npython = "{python}"\n')
        assert plan_for(host, shop).prefix.name == "shop-tool"


def test_a_feature_that_is_none_is_refused(host: Host, shop: Path) -> None:
    said(shop, '[tool.hatch.envs.default]\nfeatures = ["a] @ http://x"]\n')
    with pytest.raises(BadRequest, match="cannot be a feature"):
        plan_for(host, shop, install=True)


def test_without_a_project_of_hatchs_kind_none_is_made(host: Host, shop: Path) -> None:
    write(shop / "pyproject.toml", "[tool.black]\n")
    for request in (request_for(shop), replace(request_for(shop), project=None)):
        with pytest.raises(BadRequest, match="for projects only"):
            Hatch().plan_create(request, Scene(host), TOOLS)


def test_packages_go_into_the_environment_alone_and_that_is_said(host: Host, shop: Path) -> None:
    plan = plan_for(host, shop, packages=("six",), ipykernel=True)
    assert phases(plan) == [
        "Installing packages into the environment alone: hatch has no command that adds them to the project"
    ]


def test_a_wish_for_the_systems_packages_of_the_project_holds(host: Host, shop: Path) -> None:
    said(shop, "[tool.hatch.envs.default]\nsystem-packages = true\n")
    assert "--system-site-packages" in plan_for(host, shop).shell[0].words


def test_a_project_with_environments_of_hatchs_is_proposed_to_it(host: Host, shop: Path) -> None:
    assert Hatch().proposes(shop, Scene(host)) is None
    said(shop, '[tool.hatch.build]\nx = 1\n[build-system]\nrequires = ["hatchling"]\n')
    assert Hatch().proposes(shop, Scene(host)) is None
    said(shop, "[tool.hatch.envs.default]\n")
    assert "[tool.hatch.envs]" in str(Hatch().proposes(shop, Scene(host)))
    write(shop / "hatch.toml")
    assert Hatch().proposes(shop, Scene(host)) == "The project has a hatch.toml."


def test_removing_takes_its_folder_alone(host: Host, python: Path) -> None:
    prefix = make_environment(host.home / DATA / "shop" / "abcdefgh" / "shop", python)
    owned = Owned(Candidate(read(prefix, host.home), prefix, "test"), Hatch(), Claim())
    assert Hatch().plan_remove(owned, Scene(host), TOOLS) == RemovalPlan()
