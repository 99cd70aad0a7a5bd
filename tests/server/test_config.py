"""Settings come from files of their own, the server's configuration and its command line; the last one wins."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING

import pytest
from traitlets.config import Config
from traitlets.config.loader import KVArgParseConfigLoader

from jupyter_envs.host import Host
from jupyter_envs.server.config import JupyterEnvs, settings
from jupyter_envs.settings import HELP, Settings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def host(tmp_path: Path) -> Host:
    """A person with an empty configuration."""
    variables = {"JUPYTER_CONFIG_DIR": str(tmp_path / "own")}
    (tmp_path / "own").mkdir()
    (tmp_path / "prefix" / "etc" / "jupyter").mkdir(parents=True)
    return Host(home=tmp_path, variables=variables, prefix=tmp_path / "prefix")


def command_line(*words: str) -> Config:
    """What jupyter_server makes of its command line, where this package's class is not known yet."""
    config: Config = KVArgParseConfigLoader(argv=list(words)).load_config()
    return config


def test_every_setting_is_a_trait_with_the_same_default_and_help() -> None:
    default, configurable = Settings(), JupyterEnvs()
    traits = JupyterEnvs.class_own_traits(config=True)
    assert set(traits) == {field.name for field in fields(Settings)}
    for name, trait in traits.items():
        assert getattr(configurable, name) == getattr(default, name)
        assert trait.help == HELP[name]


def test_nothing_configured_is_the_default(host: Host) -> None:
    assert settings(host, Config()) == (Settings(), [])


def test_later_places_beat_earlier_ones(host: Host, tmp_path: Path) -> None:
    system, own = tmp_path / "prefix" / "etc" / "jupyter", tmp_path / "own"
    (system / "jupyter_envs_config.py").write_text("c.JupyterEnvs.max_depth = 1\nc.JupyterEnvs.scan_seconds = 1\n")
    (own / "jupyter_envs_config.py").write_text("c.JupyterEnvs.max_depth = 2\nc.JupyterEnvs.offer = 'all'\n")
    assert settings(host, Config())[0] == Settings(max_depth=2, scan_seconds=1.0, offer="all")
    (own / "jupyter_envs_config.json").write_text(json.dumps({"JupyterEnvs": {"max_depth": 3}}))
    assert settings(host, Config())[0].max_depth == 3
    assert settings(host, Config({"JupyterEnvs": {"max_depth": 4}}))[0].max_depth == 4
    assert settings(host, command_line("--JupyterEnvs.max_depth=5"))[0].max_depth == 5


@pytest.mark.parametrize(("in_json", "expected"), [(6, 6), ("deep", 2), (None, 2)])
def test_a_json_file_may_set_the_default_again(host: Host, tmp_path: Path, in_json: object, expected: int) -> None:
    own = tmp_path / "own"
    (own / "jupyter_envs_config.py").write_text("c.JupyterEnvs.max_depth = 2\nc.JupyterEnvs.allow_create = False\n")
    section = {"allow_create": True, **({"max_depth": in_json} if in_json else {})}
    (own / "jupyter_envs_config.json").write_text(json.dumps({"JupyterEnvs": section}))
    found = settings(host, Config())[0]
    assert (found.max_depth, found.allow_create) == (expected, True)


def test_beside_a_bad_value_in_a_json_file_the_good_ones_hold(host: Host, tmp_path: Path) -> None:
    section = {"max_depth": 101, "offer": "all", "colour": "red"}
    (tmp_path / "own" / "jupyter_envs_config.json").write_text(json.dumps({"JupyterEnvs": section}))
    found, complaints = settings(host, Config())
    assert found == Settings(offer="all")
    assert len(complaints) == 2


@pytest.mark.parametrize("text", ["[]", '{"JupyterEnvs": 1}', "{", "[" * 100_000])
def test_a_json_file_that_makes_no_sense_changes_nothing(host: Host, tmp_path: Path, text: str) -> None:
    (tmp_path / "own" / "jupyter_envs_config.py").write_text("c.JupyterEnvs.max_depth = 2\n")
    (tmp_path / "own" / "jupyter_envs_config.json").write_text(text)
    found, complaints = settings(host, Config())
    assert found == Settings(max_depth=2)
    assert len(complaints) == 1


def test_the_command_line_gives_texts_that_are_understood(host: Host) -> None:
    config = command_line(
        "--JupyterEnvs.enabled=False",
        "--JupyterEnvs.scan_seconds=2.5",
        "--JupyterEnvs.exclude=one",
        "--JupyterEnvs.exclude=two",
        "--JupyterEnvs.roots=/data",
    )
    expected = Settings(enabled=False, scan_seconds=2.5, exclude=("one", "two"), roots=("/data",))
    assert settings(host, config) == (expected, [])


def test_a_file_may_append_to_a_list(host: Host, tmp_path: Path) -> None:
    (tmp_path / "own" / "jupyter_envs_config.py").write_text("c.JupyterEnvs.exclude = ('a',)\n")
    config = Config()
    config.JupyterEnvs.trusted_owners = ["alice", "bob"]
    assert settings(host, config)[0] == Settings(exclude=("a",), trusted_owners=("alice", "bob"))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"max_depth": "deep"}, "'max_depth' makes no sense"),
        ({"max_depth": -1}, "'max_depth' must be a number from 1 to 100; until then it has its default."),
        ({"offer": "some"}, "'offer' makes no sense"),
        ({"borrow_ipykernel": "all"}, "'borrow_ipykernel' makes no sense"),
        ({"register": "ask"}, "'register' makes no sense"),
        ({"surprise": 1}, "no setting 'surprise'"),
        ({"display_name_template": "{nonsense}"}, "may hold {name}"),
        ({"roots": [1]}, "'roots' must be a list of texts"),
    ],
)
def test_what_makes_no_sense_is_told_and_left_out(host: Host, values: dict[str, object], said: str) -> None:
    found, complaints = settings(host, Config({"JupyterEnvs": {**values, "keep_pythonpath": True}}))
    assert found == Settings(keep_pythonpath=True)
    assert len(complaints) == 1
    assert said in complaints[0]


def test_a_file_that_fails_is_told_and_left_out(host: Host, tmp_path: Path) -> None:
    (tmp_path / "own" / "jupyter_envs_config.py").write_text("1 / 0\n")
    (tmp_path / "own" / "jupyter_envs_config.json").write_text("{")
    found, complaints = settings(host, Config())
    assert found == Settings()
    assert len(complaints) == 2
    assert any("division by zero. Mend or remove it." in complaint for complaint in complaints)
