"""Settings: what makes sense is taken, and everything else gets one sentence."""

from __future__ import annotations

import json
import math
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_envs.settings import CHOICES, HELP, Settings, check

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def test_every_setting_has_its_help() -> None:
    assert set(HELP) == {field.name for field in fields(Settings)}


def test_defaults_are_those_of_the_design() -> None:
    settings = Settings()
    assert settings.enabled is True
    assert settings.max_depth == 6
    assert settings.scan_seconds == 10
    assert settings.offer == "environments"
    assert settings.borrow_ipykernel == "ask"
    assert settings.register == "never"
    assert settings.provision is True
    assert settings.keep_pythonpath is False
    assert settings.allow_create is True
    assert settings.display_name_template == "{name} ({manager}, Python {version})"


def test_a_choice_is_the_first_of_its_words_by_default() -> None:
    assert {name: words[0] for name, words in CHOICES.items()} == {name: getattr(Settings(), name) for name in CHOICES}


def test_values_of_the_right_kind_are_taken() -> None:
    given_values: dict[str, object] = {
        "enabled": False,
        "roots": ["~/work", "/srv"],
        "max_depth": 3.0,
        "scan_seconds": 2.5,
        "offer": "all",
        "display_name_template": "{name} {version}",
        "trusted_owners": [],
    }
    good, complaints = check(given_values)
    assert complaints == []
    assert good == {**given_values, "roots": ("~/work", "/srv"), "max_depth": 3, "trusted_owners": ()}
    assert isinstance(good["max_depth"], int)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("enabled", "yes", "must be true or false"),
        ("enabled", 1, "must be true or false"),
        ("max_depth", True, "must be a number from 1 to 100; until then it has its default."),
        ("max_depth", 0, "must be a number from 1 to 100"),
        ("max_depth", 0.5, "must be a number from 1 to 100"),
        ("max_depth", 101, "must be a number from 1 to 100"),
        ("max_depth", math.inf, "must be a number from 1 to 100"),
        ("scan_seconds", 10**400, "must be a number above zero and at most 86400"),
        ("scan_seconds", 86_401, "at most 86400 seconds; until then it has its default."),
        ("max_depth", 10**400, "must be a number from 1 to 100"),
        ("scan_seconds", -1, "must be a number above zero"),
        ("scan_seconds", math.nan, "must be a number above zero"),
        ("scan_seconds", None, "must be a number above zero"),
        ("roots", "/srv", "must be a list of texts"),
        ("roots", [1], "must be a list of texts"),
        ("managers", {"poetry": True}, "must be a list of texts"),
        ("offer", "some", "must be one of: environments, all"),
        ("offer", ["all"], "must be a text"),
        ("borrow_ipykernel", "all", "must be one of: ask, always, never"),
        ("register", "ask", "must be one of: never, used, all"),
        ("display_name_template", 3, "must be a text"),
        ("display_name_template", "{unknown}", "no other braces"),
        ("display_name_template", "{}", "no other braces; until then it has its default."),
        ("display_name_template", "{", "no other braces"),
        ("display_name_template", "{name[0]}", "no other braces"),
        ("display_name_template", "{name[x]}", "no other braces"),
        ("display_name_template", "{name.secret}", "no other braces"),
        ("colour", "red", "There is no setting 'colour'."),
    ],
)
def test_a_value_that_makes_no_sense_gets_one_sentence(name: str, value: object, words: str) -> None:
    good, complaints = check({name: value, "provision": False})
    assert good == {"provision": False}
    assert len(complaints) == 1
    assert words in complaints[0]
    assert name in complaints[0]


@pytest.mark.parametrize(("name", "value"), [("max_depth", 1), ("max_depth", 100), ("scan_seconds", 86_400)])
def test_a_number_may_be_its_bound(name: str, value: int) -> None:
    assert check({name: value}) == ({name: value}, [])


@given(st.dictionaries(st.sampled_from(sorted(HELP)) | st.text(max_size=8), JSON, max_size=5))
def test_any_json_is_judged_and_never_fails(values: dict[str, object]) -> None:
    good, complaints = check(json.loads(json.dumps(values)))
    assert len(good) + len(complaints) == len(values)
    Settings(**good).display_name_template.format(name="n", manager="m", version="v")  # type: ignore[arg-type]  # checked
