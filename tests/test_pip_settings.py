"""The indexes that pip is set to, as uv's variables."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.pip_settings import Indexes, indexes
from tests.folders import write

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.host import Host


def told(host: Host, **variables: str) -> Indexes:
    return indexes(replace(host, variables=variables))


def test_without_settings_only_the_strategy_is_told(host: Host) -> None:
    assert told(host) == Indexes({"UV_INDEX_STRATEGY": "unsafe-best-match"})


def test_later_files_beat_earlier_ones_and_install_beats_global(host: Host) -> None:
    """pip's order: the machine, the person, this Python, `PIP_CONFIG_FILE`; `[install]` of any beats `[global]`."""
    files = [
        host.system / "etc" / "pip.conf",
        host.home / ".pip" / "pip.conf",
        host.home / ".config" / "pip" / "pip.conf",
        host.prefix / "pip.conf",
    ]
    for number, path in enumerate(files):
        write(path, f"[global]\nindex-url = https://{number}.example/simple\n")
        assert told(host).variables["UV_DEFAULT_INDEX"] == f"https://{number}.example/simple"
    given = write(host.home / "own.conf", "[global]\nindex_url = https://own.example/simple\n")
    named = {"PIP_CONFIG_FILE": os.fspath(given)}
    assert told(host, **named).variables["UV_DEFAULT_INDEX"] == "https://own.example/simple"
    write(files[0], "[install]\nindex-url = https://install.example/simple\n")
    assert told(host, **named).variables["UV_DEFAULT_INDEX"] == "https://install.example/simple"
    more = told(host, **named, PIP_INDEX_URL="https://variable.example/simple")
    assert more.variables["UV_DEFAULT_INDEX"] == "https://variable.example/simple"


def test_an_environments_own_file_counts_for_it_and_the_servers_does_not(host: Host, home: Path) -> None:
    write(host.prefix / "pip.conf", "[global]\nindex-url = https://server.example/simple\n")
    assert "UV_DEFAULT_INDEX" not in indexes(replace(host, variables={}), home / "env").variables
    write(home / "env" / "pip.conf", "[global]\nindex-url = https://env.example/simple\n")
    found = indexes(replace(host, variables={}), home / "env")
    assert found.variables["UV_DEFAULT_INDEX"] == "https://env.example/simple"


def test_a_named_file_that_exists_takes_the_persons_place(host: Host) -> None:
    write(host.home / ".config" / "pip" / "pip.conf", "[global]\nindex-url = https://mine.example/simple\n")
    given = write(host.home / "own.conf", "[global]\ncert = /etc/own.pem\n")
    assert told(host, PIP_CONFIG_FILE=os.fspath(given)).variables == {
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "SSL_CERT_FILE": "/etc/own.pem",
    }
    assert "UV_DEFAULT_INDEX" in told(host, PIP_CONFIG_FILE=os.fspath(host.home / "gone.conf")).variables
    assert "UV_DEFAULT_INDEX" not in told(host, PIP_CONFIG_FILE=os.devnull).variables


def test_each_setting_has_its_variable(host: Host, home: Path) -> None:
    (home / "wheels").mkdir()
    text = (
        "[global]\nindex-url = https://u:p@a.example/simple\nextra-index-url =\n    https://b.example/simple\n"
        "    https://c.example/simple\nfind-links = ~/wheels ~/gone file:///gone https://d.example/wheels\n"
        "trusted-host = a.example b.example\ncert = /ca.pem\nclient-cert = /me.pem\nproxy = http://proxy.example:3128\n"
        "keyring-provider = import\nno-index = no\n"
    )
    write(home / ".config" / "pip" / "pip.conf", text)
    found = told(host)
    assert found.variables == {
        "UV_DEFAULT_INDEX": "https://u:p@a.example/simple",
        "UV_INDEX": "https://b.example/simple https://c.example/simple",
        "UV_FIND_LINKS": "~/wheels,https://d.example/wheels".replace("~", os.fspath(home)),
        "UV_INSECURE_HOST": "a.example b.example",
        "SSL_CERT_FILE": "/ca.pem",
        "SSL_CLIENT_CERT": "/me.pem",
        "ALL_PROXY": "http://proxy.example:3128",
        "UV_KEYRING_PROVIDER": "subprocess",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
    }
    assert not found.no_index
    assert told(host, PIP_NO_INDEX="1").no_index


def test_what_was_set_for_uv_wins_also_by_its_older_names(host: Host) -> None:
    pip = {"PIP_INDEX_URL": "https://pip.example/simple", "PIP_EXTRA_INDEX_URL": "https://more.example/simple"}
    assert told(host, **pip, UV_INDEX_URL="x", UV_EXTRA_INDEX_URL="y", UV_INDEX_STRATEGY="z").variables == {}


@pytest.mark.parametrize("text", ["no section = 1\n", "[global\n", "[global]\na = 1\na = 2\n", "\0\0"])
def test_a_file_that_makes_no_sense_counts_as_absent(host: Host, home: Path, text: str) -> None:
    write(home / ".config" / "pip" / "pip.conf", text)
    assert "UV_DEFAULT_INDEX" not in told(host).variables


def test_empty_variables_and_those_of_other_programs_say_nothing(host: Host) -> None:
    assert told(host, PIP_INDEX_URL="", PIPENV_INDEX_URL="x") == told(host)


def test_the_platforms_places_are_looked_in(host: Host, home: Path) -> None:
    mac = replace(host, platform="darwin")
    write(
        host.system / "Library" / "Application Support" / "pip" / "pip.conf",
        "[global]\nindex-url = https://a.example\n",
    )
    assert told(mac).variables["UV_DEFAULT_INDEX"] == "https://a.example"
    write(home / ".config" / "pip" / "pip.conf", "[global]\nindex-url = https://b.example\n")
    assert told(mac).variables["UV_DEFAULT_INDEX"] == "https://b.example"
    own = home / "Library" / "Application Support" / "pip" / "pip.conf"
    write(own, "[global]\nindex-url = https://c.example\n")
    assert told(mac).variables["UV_DEFAULT_INDEX"] == "https://c.example"
    machines = write(home / "xdg" / "pip" / "pip.conf", "[global]\ncert = /xdg.pem\n")
    linux = told(host, XDG_CONFIG_DIRS=os.fspath(machines.parents[1]))
    assert linux.variables["SSL_CERT_FILE"] == "/xdg.pem"


def test_no_part_of_the_path_of_settings_is_looked_for_in_the_working_directory(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That is a folder of notebooks, which others may have sent."""
    monkeypatch.chdir(tmp_path)
    for folder in (".", "xdg"):
        write(tmp_path / folder / "pip" / "pip.conf", "[global]\nindex-url = https://evil.example\n")
    for parts in (":/gone", "xdg", "./xdg:", ":"):
        assert "UV_DEFAULT_INDEX" not in told(host, XDG_CONFIG_DIRS=parts).variables


def test_links_are_not_found_relative_to_a_folder_that_pip_is_not_run_in(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "wheels").mkdir()
    places = ["wheels", "./wheels", "../wheels", "file:wheels", os.fspath(tmp_path / "wheels"), "https://a.example/b"]
    found = told(host, PIP_FIND_LINKS=" ".join(places)).variables["UV_FIND_LINKS"]
    assert found.split(",") == places[-2:]


@pytest.mark.parametrize(
    ("settings", "several"),
    [
        ({}, False),
        ({"PIP_INDEX_URL": "https://a.example"}, False),
        ({"PIP_EXTRA_INDEX_URL": "https://a.example"}, True),
        ({"PIP_EXTRA_INDEX_URL": "https://a.example", "UV_INDEX": "https://b.example"}, True),
        ({"PIP_FIND_LINKS": "https://a.example/wheels"}, True),
        ({"PIP_FIND_LINKS": " "}, False),
    ],
)
def test_whether_pip_would_only_warn_is_told(host: Host, settings: dict[str, str], *, several: bool) -> None:
    assert told(host, **settings).several is several
