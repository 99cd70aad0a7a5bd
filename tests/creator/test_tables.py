"""One table of a TOML file is replaced as text; everything else stays byte for byte."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_envs.creator.tables import replaced, section

SHOP = '[shop-Xb3_k2Qd]\nminor = "3.12"\npatch = "3.12.1"\n'
FILE = f"""\
# chosen by hand

[other-12345678]  # do not touch
minor = "3.9"

{SHOP}
# about the last one
["last.one"]
minor = '3.8'
"""


def test_a_table_is_its_header_and_its_keys() -> None:
    assert section(FILE, "shop-Xb3_k2Qd") == SHOP
    assert section(FILE, "last.one") == "[\"last.one\"]\nminor = '3.8'\n"
    assert section(FILE, "absent") is None


def test_taking_out_a_table_leaves_all_others_and_their_comments() -> None:
    assert replaced(FILE, "shop-Xb3_k2Qd", None) == FILE.replace(SHOP, "")
    assert replaced(FILE, "absent", None) == FILE


def test_a_table_is_replaced_where_it_is_or_put_at_the_end() -> None:
    fresh = SHOP.replace("3.12", "3.13")
    assert replaced(FILE, "shop-Xb3_k2Qd", fresh) == FILE.replace(SHOP, fresh)
    assert replaced("[a]\nb = 1", "shop-Xb3_k2Qd", SHOP) == "[a]\nb = 1\n" + SHOP
    assert replaced("", "shop-Xb3_k2Qd", SHOP) == SHOP


def test_tables_below_it_are_part_of_it() -> None:
    text = "[a]\nb = 1\n[a.c]\nd = 2\n[e]\n"
    assert section(text, "a") == "[a]\nb = 1\n[a.c]\nd = 2\n"


@pytest.mark.parametrize(
    "text",
    [
        "[shop]\nminor =",  # no TOML
        "[a]\n[shop]\nb = 1\n[c]\n[shop.d]\ne = 2\n",  # in two places
        'shop = {minor = "3.12"}\n',
        "shop.minor = 1\n",
    ],
)
def test_a_table_that_cannot_be_taken_out_for_sure_is_left_alone(text: str) -> None:
    assert replaced(text, "shop", None) is None


def test_a_header_in_a_text_is_no_header() -> None:
    text = 'note = """\n[shop]\n"""\n'
    assert replaced(text, "shop", None) in {None, text}
    assert replaced(text + "[shop]\nb = 1\n", "shop", None) in {None, text}


NAMES = st.text("abc-_.é ", min_size=1, max_size=6)
TABLES = st.lists(st.tuples(NAMES, st.text("# xyz", max_size=8)), unique_by=lambda each: each[0], max_size=5)


@given(TABLES, st.integers(0, 4), st.sampled_from(["\n", "\r\n"]))
def test_whatever_else_a_file_holds_stays(given_: list[tuple[str, str]], which: int, end: str) -> None:
    parts = {name: f'["{name}"] #{comment}{end}key = "{comment}"{end}' for name, comment in given_}
    text = end.join(parts.values())
    name = [*parts, *["absent"] * 5][which]
    fresh = replaced(text, name, None)
    assert fresh == text.replace(parts.get(name, "\0"), "")
    back = replaced(fresh, name, parts.get(name))
    assert back is not None
    assert tomllib.loads(back) == tomllib.loads(text)
