"""The ids, plain names and shown texts of environments."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_envs import naming

HOME = Path("/home/user")
ANY_PATH = st.binary(min_size=1, max_size=300).filter(lambda data: b"\0" not in data)


@pytest.mark.parametrize(
    ("prefix", "slug"),
    [
        ("/home/user/shop/.venv", "shop"),
        ("/home/user/shop/venv", "shop-venv"),
        ("/home/user/shop/.venv39", "shop-venv39"),
        ("/home/user/shop/env", "shop-env"),
        ("/home/user/shop/virtualenv", "shop-virtualenv"),
        ("/home/user/shop/.venv-3.12", "shop-venv-3.12"),
        ("/home/user/.virtualenvs/shop", "shop"),
        ("/home/user/.cache/pypoetry/virtualenvs/shop-Xb3_k2Qd-py3.12", "shop-py3.12"),
        ("/home/user/.cache/pypoetry/virtualenvs/my-shop-abcdefgh-py3", "my-shop-py3"),
        ("/home/user/.local/share/virtualenvs/shop-ksBcjCN7", "shop"),
        ("/home/user/.local/share/virtualenvs/my-shop-ks_cj-N7-3.11", "my-shop-3.11"),
        ("/home/user/.local/share/virtualenvs/shop-ksBcjCN7-python38", "shop-python38"),
        ("/home/user/.local/share/virtualenvs/science", "science"),
        ("/home/user/.local/share/pdm/venvs/shop-JqoKY448-3.11", "shop"),
        ("/home/user/.local/share/pdm/venvs/my-projects-JqoKY448-3.13t", "my-projects"),
        ("/home/user/.local/share/pdm/venvs/my-shop-JqoKY448-test", "my-shop-test"),
        ("/home/user/.local/share/pdm/venvs/shop", "shop"),
        ("/home/user/venvs/shop-JqoKY448-3.11", "shop-jqoky448-3.11"),
        ("/home/user/.virtualenvs/shop-ksBcjCN7", "shop-ksbcjcn7"),
        ("/home/user/.virtualenvs/model-20240101", "model-20240101"),
        ("/home/user/.virtualenvs/data-science2", "data-science2"),
        ("/home/user/.virtualenvs/notes-20240101-3.12", "notes-20240101-3.12"),
        ("/home/user/.virtualenvs/Größe & Maß", "groe-ma"),
        ("/home/user/.virtualenvs/Café", "cafe"),
        ("/home/user/.virtualenvs/日本語", "env"),
        ("/home/user/My Shop/.venv", "my-shop"),
        ("/home/user/$HOME `x`/.venv", "home-x"),
        ("/home/user/.virtualenvs/" + "x" * 60, "x" * 40),
        ("/home/user/.virtualenvs/..", "env"),
        ("/.venv", "env"),
        ("/home/user/.virtualenvs/environment", "environment"),
        ("/home/user/.virtualenvs/venus", "venus"),
    ],
)
def test_a_slug_tells_whose_environment_it_is(prefix: str, slug: str) -> None:
    identity = naming.environment_id(Path(prefix), HOME)
    assert identity[:-9] == slug
    assert identity[-9] == "-"


def test_an_id_never_changes() -> None:
    expected = "shop-" + hashlib.sha256(b"~/shop/.venv").hexdigest()[:8]
    assert expected == "shop-e6cec7cb"
    assert naming.environment_id(Path("/home/user/shop/.venv"), HOME) == expected


def test_an_id_is_the_same_in_every_colleagues_home() -> None:
    mine = naming.environment_id(Path("/home/me/shop/.venv"), Path("/home/me"))
    yours = naming.environment_id(Path("/users/you/shop/.venv"), Path("/users/you"))
    assert mine == yours


def test_only_a_whole_folder_counts_as_the_home() -> None:
    neighbour = naming.environment_id(Path("/home/user2/shop/.venv"), HOME)
    assert neighbour != naming.environment_id(Path("/home/user/shop/.venv"), HOME)
    assert neighbour == naming.environment_id(Path("/home/user2/shop/.venv"), Path("/home/other"))


def test_the_home_itself_and_a_home_at_the_root_have_ids() -> None:
    assert naming.environment_id(HOME, HOME) == naming.environment_id(Path("/root/user"), Path("/root/user"))
    assert naming.environment_id(Path("/shop/.venv"), Path("/")) == naming.environment_id(
        Path("/home/user/shop/.venv"), HOME
    )


def test_different_folders_of_one_name_have_different_ids() -> None:
    first = naming.environment_id(Path("/home/user/a/shop/.venv"), HOME)
    second = naming.environment_id(Path("/home/user/b/shop/.venv"), HOME)
    assert first != second
    assert first.startswith("shop-")
    assert second.startswith("shop-")


def test_a_longer_hash_continues_the_short_one() -> None:
    prefix = Path("/home/user/shop/.venv")
    long = naming.environment_id(prefix, HOME, digits=16)
    assert long.startswith(naming.environment_id(prefix, HOME))
    assert len(long) == len("shop-") + 16


@given(ANY_PATH)
def test_any_bytes_give_an_id_that_is_a_kernel_name(data: bytes) -> None:
    prefix = Path(os.fsdecode(b"/" + data))
    identity = naming.environment_id(prefix, HOME)
    assert set(identity) <= set("abcdefghijklmnopqrstuvwxyz0123456789._-")
    assert len(identity) <= 40 + 9
    assert not identity.startswith((".", "-"))
    assert identity == naming.environment_id(prefix, HOME)


@pytest.mark.parametrize(
    ("prefix", "name"),
    [
        ("/home/user/shop/.venv", "shop"),
        ("/home/user/shop/venv", "shop/venv"),
        ("/home/user/shop/.venv39", "shop/.venv39"),
        ("/home/user/.virtualenvs/shop", "shop"),
        ("/home/user/.cache/pypoetry/virtualenvs/shop-Xb3_k2Qd-py3.12", "shop-py3.12"),
        ("/home/user/.local/share/virtualenvs/Shop-ksBcjCN7", "Shop"),
        ("/home/user/.local/share/pdm/venvs/Shop-JqoKY448-3.11", "Shop"),
        ("/home/user/.virtualenvs/model-20240101", "model-20240101"),
        ("/home/user/My Shop/.venv", "My Shop"),
        ("/.venv", ".venv"),
    ],
)
def test_the_plain_name_is_what_people_call_it(prefix: str, name: str) -> None:
    assert naming.plain_name(Path(prefix)) == name


@pytest.mark.parametrize(
    ("places", "texts"),
    [
        (["/home/user/a", "/home/user/b"], ["a", "b"]),
        (["/home/user/a/x", "/home/user/b/x", "/home/user/c"], ["a/x", "b/x", "c"]),
        (["/home/user/x", "/home/user/x/x", "/home/user/y/x/x"], ["~/x", "~/x/x", "y/x/x"]),
        (["/srv/x", "/x", "/home/user"], ["srv/x", "/x", "~"]),
        (["/home/user/" + "x" * 90 + "/a", "/home/user/" + "x" * 90 + "/b"], ["a", "b"]),
        (
            ["/home/user/x/" + "y" * 90, "/home/user/z/" + "y" * 90, "/w"],
            ["x/" + "y" * 77 + "…", "z/" + "y" * 77 + "…", "w"],
        ),
        (["/" + "x" * 90 + "/a", "/" + "x" * 91 + "/a"], ["/" + "x" * 90 + "/a", "/" + "x" * 91 + "/a"]),
        ([], []),
    ],
)
def test_places_are_told_apart_by_the_shortest_end_of_their_paths(places: list[str], texts: list[str]) -> None:
    assert naming.told_apart([Path(place) for place in places], HOME) == texts


@pytest.mark.parametrize("name", [".venv", "venv", "env", ".env", "virtualenv", "VENV", ".venv39", "venv-dev", "env_1"])
def test_names_that_say_only_environment_are_known(name: str) -> None:
    assert naming.is_environment_name(name)


@pytest.mark.parametrize("name", ["environment", "venus", "my-venv", ".environment", "", "envy", "shop"])
def test_names_that_say_more_are_names(name: str) -> None:
    assert not naming.is_environment_name(name)


def test_what_is_shown_holds_nothing_invisible() -> None:
    text = "a\x1b[31mb\u202ec\nd\te\udcffg\u2028h\ue000i\x00j"
    assert naming.shown(text) == "a[31mbcdeghij"


def test_markup_is_shown_as_it_is_written() -> None:
    assert naming.shown("<b>&amp;</b>") == "<b>&amp;</b>"


def test_a_shown_name_is_cut_and_a_shown_path_is_whole() -> None:
    assert naming.shown("x" * 81) == "x" * 79 + "…"
    assert naming.shown("x" * 80) == "x" * 80
    assert naming.shown_path("/" + "x" * 300) == "/" + "x" * 300


@given(st.text(st.characters(exclude_categories=()), max_size=100))
def test_any_text_can_be_shown_on_one_line(text: str) -> None:
    shown = naming.shown(text)
    assert len(shown) <= 80
    assert len(shown.splitlines()) <= 1
    shown.encode()
