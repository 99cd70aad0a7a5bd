"""The outside: variables, folders, shell start files, settings files, users, mounts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.errors import Problem, ProblemCode
from jupyter_envs.host import Host
from jupyter_envs.settings import Settings
from tests.folders import ROOT, write

if TYPE_CHECKING:
    from collections.abc import Mapping


def with_variables(host: Host, **variables: str) -> Host:
    return replace(host, variables=variables)


def test_the_current_host_is_the_one_of_this_process(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("WORKON_HOME", "/somewhere")
    host = Host.current()
    assert host.home == home
    assert host.uid == os.getuid()
    assert host.platform == sys.platform
    assert host.variable("WORKON_HOME") == "/somewhere"
    assert host.prefix == Path(sys.prefix)


def test_an_empty_variable_is_unset(host: Host) -> None:
    assert with_variables(host, EMPTY="").variable("EMPTY") is None
    assert host.variable("ABSENT") is None


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("export WORKON_HOME=$HOME/Envs", "{home}/Envs"),
        ("export WORKON_HOME=${HOME}/Envs", "{home}/Envs"),
        ("  export   WORKON_HOME=~/Envs  # mine", "{home}/Envs"),
        ("export WORKON_HOME=~", "{home}"),
        ("export WORKON_HOME=/srv/~/x~", "/srv/~/x~"),
        ('export WORKON_HOME="~/Envs"', "~/Envs"),
        ('export WORKON_HOME="$HOME/My Envs" # mine', "{home}/My Envs"),
        ('export WORKON_HOME="$HOME"/.virtualenvs', "{home}/.virtualenvs"),
        ("export WORKON_HOME=$HOME/my\\ envs", "{home}/my envs"),
        ("export WORKON_HOME='/srv/my envs'", "/srv/my envs"),
        ("export WORKON_HOME='/srv/$HOME `x`'", "/srv/$HOME `x`"),
        ('export WORKON_HOME="/srv/\\$HOME \\"x\\" \\\\ \\y"', '/srv/$HOME "x" \\ \\y'),
        ("export WORKON_HOME=/data/c#/envs", "/data/c#/envs"),
        ("export WORKON_HOME=$DATA/envs", "/data/envs"),
        ("export MINE=/mine; x=1\nexport WORKON_HOME=$MINE/envs", "/mine/envs"),
        ("export WORKON_HOME=/srv/envs OTHER=1", "/srv/envs"),
        ("export WORKON_HOME=/srv/envs; export OTHER=1", "/srv/envs"),
        ("export WORKON_HOME=/srv/envs&& x", "/srv/envs"),
        ("set -gx WORKON_HOME /srv/envs", "/srv/envs"),
        ("set -x WORKON_HOME /srv/envs", "/srv/envs"),
        ("set -Ux WORKON_HOME /srv/envs", "/srv/envs"),
        ("set -xg WORKON_HOME '/srv/my envs'", "/srv/my envs"),
        ("set -g -x WORKON_HOME /srv/envs", "/srv/envs"),
        ("set --global --export WORKON_HOME /srv/envs", "/srv/envs"),
        ("set -g WORKON_HOME /srv/envs", None),
        ("set -x WORKON_HOME", None),
        ('export WORKON_HOME="${WORKON_HOME:-$HOME/.virtualenvs}"', None),
        ("export WORKON_HOME=${WORKON_HOME:-/srv/envs}", None),
        ("export WORKON_HOME=$UNKNOWN/envs", None),
        ('export WORKON_HOME="$UNKNOWN"/envs', None),
        ("export WORKON_HOME=/srv/$1", None),
        ("export WORKON_HOME='/srv/envs", None),
        ('export WORKON_HOME="/srv/envs', None),
        ("export WORKON_HOME=(/srv/envs)", None),
        ("export WORKON_HOME=/srv/\\", None),
        ("export WORKON_HOME PROJECT_HOME", None),
        ('export WORKON_HOME="$(cat /etc/envs)"', None),
        ('export WORKON_HOME="`cat /etc/envs`"', None),
        ("export WORKON_HOME=$(cat /etc/envs)", None),
        ("export WORKON_HOME=`cat /etc/envs`", None),
        ("# export WORKON_HOME=/srv/envs", None),
        ("echo export WORKON_HOME=/srv/envs", None),
        ("export WORKON_HOME=", None),
        ("export WORKON_HOME", None),
        ("unset WORKON_HOME", None),
        ("WORKON_HOME=/srv/envs", None),
    ],
)
def test_a_plain_line_of_a_shell_start_file_counts(host: Host, line: str, value: str | None) -> None:
    write(host.home / ".bashrc", f"# my settings\n{line}\nalias ll='ls -l'\n")
    expected = value and value.replace("{home}", str(host.home))
    assert with_variables(host, DATA="/data").exported("WORKON_HOME") == expected


def test_what_the_shell_would_compute_leaves_an_earlier_line_in_force(host: Host) -> None:
    write(host.home / ".bashrc", "export PYENV_ROOT=/srv\nexport PYENV_ROOT=${PYENV_ROOT:-~/.pyenv}\n")
    assert host.exports() == {"PYENV_ROOT": "/srv"}


@pytest.mark.parametrize(
    "name", [".bash_profile", ".bash_login", ".profile", ".bashrc", ".zshenv", ".zprofile", ".zshrc"]
)
def test_every_usual_shell_start_file_is_read(host: Host, name: str) -> None:
    write(host.home / name, "export PYENV_ROOT=/srv/pyenv\n")
    assert host.exported("PYENV_ROOT") == "/srv/pyenv"


def test_fish_has_its_own_place_and_words(host: Host) -> None:
    write(host.home / ".config" / "fish" / "config.fish", "set -gx PYENV_ROOT $HOME/.py\n")
    assert host.exported("PYENV_ROOT") == str(host.home / ".py")


def test_a_variable_beats_a_shell_start_file_and_a_later_line_an_earlier(host: Host) -> None:
    write(host.home / ".bashrc", "export WORKON_HOME=/first\nexport WORKON_HOME=/second\n")
    assert host.exported("WORKON_HOME") == "/second"
    assert with_variables(host, WORKON_HOME="/mine").exported("WORKON_HOME") == "/mine"


def test_shell_start_files_that_cannot_be_read_are_passed_over(host: Host) -> None:
    os.mkfifo(host.home / ".bashrc")
    (host.home / ".profile").mkdir()
    (host.home / ".zshrc").write_bytes(b"\xff\xfe\nexport WORKON_HOME=/srv/\xff\n")
    assert host.exported("WORKON_HOME") == os.fsdecode(b"/srv/\xff")


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("~", "{home}"),
        ("~/Envs", "{home}/Envs"),
        ("$HOME/Envs", "{home}/Envs"),
        ("${HOME}/Envs", "{home}/Envs"),
        ("$DATA/Envs", "/data/Envs"),
        ("$UNKNOWN/Envs", "{home}/$UNKNOWN/Envs"),
        ("Envs", "{home}/Envs"),
        ("/srv/a $b/Envs", "/srv/a $b/Envs"),
        (" /srv ", "/srv"),
        ("~other/Envs", "{home}/~other/Envs"),
    ],
)
def test_paths_are_expanded_as_people_write_them(host: Host, text: str, path: str) -> None:
    host = with_variables(host, DATA="/data")
    assert host.expand(text) == Path(path.format(home=host.home))


@pytest.mark.parametrize(
    ("platform", "variables", "cache", "config", "data"),
    [
        ("linux", {}, ["~/.cache"], ["~/.config"], ["~/.local/share"]),
        (
            "linux",
            {"XDG_CACHE_HOME": "/c", "XDG_CONFIG_HOME": "/f", "XDG_DATA_HOME": "/d"},
            ["/c"],
            ["/f"],
            ["/d"],
        ),
        ("linux", {"XDG_CACHE_HOME": "relative"}, ["~/.cache"], ["~/.config"], ["~/.local/share"]),
        (
            "darwin",
            {},
            ["~/Library/Caches"],
            ["~/Library/Application Support"],
            ["~/Library/Application Support"],
        ),
        (
            "darwin",
            {"XDG_CACHE_HOME": "/c", "XDG_CONFIG_HOME": "/f", "XDG_DATA_HOME": "/d"},
            ["/c", "~/Library/Caches"],
            ["/f", "~/Library/Application Support"],
            ["/d", "~/Library/Application Support"],
        ),
        ("win32", {"LOCALAPPDATA": "/local", "APPDATA": "/roaming"}, ["/local"], ["/roaming"], ["/local"]),
        ("win32", {}, ["~"], ["~"], ["~"]),
    ],
)
def test_each_platform_has_its_folders(
    host: Host, platform: str, variables: Mapping[str, str], *, cache: list[str], config: list[str], data: list[str]
) -> None:
    host = replace(host, platform=platform, variables=variables)
    assert list(host.cache_folders()) == [host.expand(path) for path in cache]
    assert list(host.config_folders()) == [host.expand(path) for path in config]
    assert list(host.data_folders()) == [host.expand(path) for path in data]


def test_toml_is_a_table_or_nothing_or_a_problem(host: Host) -> None:
    good = write(host.home / "good.toml", 'a = "b"\n')
    bad = write(host.home / "bad.toml", "a = \n")
    deep = write(host.home / "deep.toml", "a = " + "[" * 50_000)
    (host.home / "binary.toml").write_bytes(b"\xff\x00\xfe")
    assert host.toml(good) == {"a": "b"}
    assert host.toml(host.home / "absent.toml") is None
    for path in (bad, deep, host.home / "binary.toml"):
        problem = host.toml(path)
        assert isinstance(problem, Problem)
        assert problem.code is ProblemCode.BAD_SETTINGS
        assert str(path) in problem.message
        assert "\n" not in problem.message
        assert problem.fix


def settings_file(host: Host, content: object, folder: Path | None = None) -> Path:
    text = content if isinstance(content, str) else json.dumps({"JupyterEnvs": content})
    return write((folder or host.home / ".jupyter") / "jupyter_envs_config.json", text)


def test_settings_come_from_jupyters_configuration(host: Host) -> None:
    settings_file(host, {"roots": ["~/work"], "scan_seconds": 3})
    settings, problems = host.settings()
    assert problems == []
    assert settings.roots == ("~/work",)
    assert settings.scan_seconds == 3


def test_without_files_all_settings_have_their_defaults(host: Host) -> None:
    settings, problems = host.settings()
    assert problems == []
    assert settings.roots == ()


def test_the_stronger_folder_of_settings_wins_setting_by_setting(host: Host) -> None:
    settings_file(host, {"max_depth": 2, "offer": "all"}, host.prefix / "etc" / "jupyter")
    settings_file(host, {"max_depth": 3}, host.home / ".jupyter")
    settings, _ = host.settings()
    assert (settings.max_depth, settings.offer) == (3, "all")
    settings_file(host, {"max_depth": 4}, host.home / "extra")
    settings, _ = with_variables(host, JUPYTER_CONFIG_PATH=str(host.home / "extra")).settings()
    assert (settings.max_depth, settings.offer) == (4, "all")


def test_the_configuration_folder_can_be_moved(host: Host) -> None:
    settings_file(host, {"max_depth": 5}, host.home / "moved")
    settings, _ = with_variables(host, JUPYTER_CONFIG_DIR=str(host.home / "moved")).settings()
    assert settings.max_depth == 5


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        '{"JupyterEnvs": 3}',
        pytest.param("[" * 100_000, id="deep"),
        '{"JupyterEnvs": {"max_depth": Infinity}}',
    ],
)
def test_a_settings_file_that_makes_no_sense_counts_as_absent(host: Host, content: str) -> None:
    path = settings_file(host, content)
    settings, problems = host.settings()
    assert settings.max_depth == 6
    assert len(problems) == 1
    assert problems[0].code is ProblemCode.BAD_SETTINGS
    assert str(path) in problems[0].message


def test_each_setting_that_makes_no_sense_gets_a_problem_and_the_others_count(host: Host) -> None:
    path = settings_file(host, {"max_depth": 0, "offer": "some", "provision": False, "colour": "red"})
    settings, problems = host.settings()
    assert settings == Settings(provision=False)
    assert [(problem.code, problem.message, problem.fix) for problem in problems] == [
        (ProblemCode.BAD_SETTINGS, f"{path}: {told}", "Mend or remove it there.")
        for told in (
            "The setting 'max_depth' must be a number from 1 to 100; until then it has its default.",
            "The setting 'offer' must be one of: environments, all, pinned; until then it has its default.",
            "There is no setting 'colour'.",
        )
    ]


def test_a_file_without_our_part_says_nothing(host: Host) -> None:
    settings_file(host, '{"ServerApp": {"port": 1}}')
    assert host.settings()[1] == []


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"JUPYTER_PATH": "/first:/second", "JUPYTER_CONFIG_PATH": "/one:/two"},
        {"JUPYTER_DATA_DIR": "/data", "JUPYTER_CONFIG_DIR": "/config"},
        {"XDG_DATA_HOME": "/xdg"},
        {"JUPYTER_PREFER_ENV_PATH": "0"},
        {"JUPYTER_PREFER_ENV_PATH": "1"},
        {"JUPYTER_PLATFORM_DIRS": "1"},
        {"JUPYTER_PLATFORM_DIRS": ""},
        {"JUPYTER_PLATFORM_DIRS": "Off"},
        {"JUPYTER_PLATFORM_DIRS": "1", "XDG_DATA_HOME": "/xdg", "XDG_CONFIG_HOME": "/xdg-config"},
        {"JUPYTER_PLATFORM_DIRS": "1", "XDG_DATA_DIRS": "/d1:/d2", "XDG_CONFIG_DIRS": "/c1:/c2"},
        {"JUPYTER_PLATFORM_DIRS": "1", "JUPYTER_DATA_DIR": "/data", "JUPYTER_CONFIG_DIR": "/config"},
    ],
)
def test_jupyters_folders_are_those_of_jupyter_core_in_its_order(home: Path, variables: dict[str, str]) -> None:
    code = (
        "import json\n"
        "from jupyter_core import paths\n"
        "from jupyter_envs.host import Host\n"
        "host = Host.current()\n"
        "print(json.dumps([paths.jupyter_path(), [str(path) for path in host.jupyter_data_folders()],\n"
        "                  paths.jupyter_config_path(), [str(path) for path in host.jupyter_config_folders()]]))\n"
    )
    environment = {"HOME": str(home), "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **variables}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    data, our_data, config, our_config = json.loads(done.stdout)
    known = set(our_data)
    assert [path for path in data if path in known] == our_data
    known = set(our_config)
    assert [path for path in config if path in known] == our_config
    of_user_site = {str(home / ".local" / folder / "jupyter") for folder in ("etc", "share")}
    assert {*data, *config} - {*our_data, *our_config} <= of_user_site


def test_in_a_conda_environment_its_own_folders_come_first_but_not_in_the_base(host: Host) -> None:
    host.prefix.mkdir()
    own = host.prefix / "share" / "jupyter"
    conda = {"CONDA_PREFIX": str(host.prefix), "CONDA_DEFAULT_ENV": "science"}
    assert next(iter(host.jupyter_data_folders())) != own
    assert next(iter(replace(host, variables=conda).jupyter_data_folders())) == own
    base = {**conda, "CONDA_DEFAULT_ENV": "base"}
    assert next(iter(replace(host, variables=base).jupyter_data_folders())) != own
    somebody = replace(host, variables=conda, uid=4_000_000_001)
    assert next(iter(somebody.jupyter_data_folders())) != own
    assert next(iter(replace(host, variables=conda, uid=None).jupyter_data_folders())) == own


def test_a_null_byte_is_no_part_of_a_path(host: Host) -> None:
    assert host.expand("~/a\0b") == host.home / "ab"


def test_on_macos_jupyters_data_lie_in_the_library(host: Host) -> None:
    host = replace(host, platform="darwin")
    assert next(host.jupyter_data_folders()) == host.home / "Library" / "Jupyter"
    moved = replace(host, variables={"JUPYTER_DATA_DIR": "/data"})
    assert next(moved.jupyter_data_folders()) == Path("/data")


def test_on_windows_there_are_no_system_folders_of_unix(host: Host) -> None:
    host = replace(host, platform="win32")
    assert Path("/usr/local/share/jupyter") not in list(host.jupyter_data_folders())
    assert Path("/etc/jupyter") not in list(host.jupyter_config_folders())


def test_mounts_are_those_of_the_system(host: Host) -> None:
    if not Path("/proc/self/mountinfo").exists():
        pytest.skip("needs Linux's list of mounts")
    assert {"/", "/proc"} <= host.mounts().points.keys()
    assert not replace(host, platform="darwin").mounts().points


def test_users_have_numbers_and_names(host: Host) -> None:
    assert host.user_name(0) == "root"
    assert host.user_number("root") == 0
    assert host.user_number("4711") == 4711
    assert host.user_number("no such user") is None
    assert host.user_number("²") is None
    assert host.user_name(4_000_000_000) == "4000000000"
