"""The words: what is told of an environment and of an interpreter, in JSON above all."""

from __future__ import annotations

import json
import os
from dataclasses import FrozenInstanceError, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from jupyter_envs.environment import Environment, Interpreter
from jupyter_envs.errors import (
    BadRequest,
    EnvsError,
    LaunchRefused,
    NotFound,
    Problem,
    ProblemCode,
    Refused,
    ToolFailed,
)
from jupyter_envs.projects import Resolution
from jupyter_envs.snapshot import Snapshot
from jupyter_envs.state import State

SHOP = Environment(
    id="shop-1a2b3c4d",
    name="shop",
    display_name="shop (Poetry, Python 3.12)",
    manager="poetry",
    prefix=Path("/home/user/shop/.venv"),
    python=Path("/home/user/shop/.venv/bin/python"),
    version="3.12.1",
    implementation="cpython",
    state=State.READY,
    found_by="walk: /home/user/shop",
    owner="user",
    projects=(Path("/home/user/shop"),),
    active=True,
    ipykernel="7.4.0",
    kernel=True,
    kernel_name="shop-1a2b3c4d",
    aliases=(Path("/home/user/other/.venv"),),
    problems=(Problem(ProblemCode.MOVED, "It was moved.", "Make it again."),),
).revised()
FIELDS: dict[str, tuple[type, ...]] = {
    "id": (str,),
    "name": (str,),
    "display_name": (str,),
    "manager": (str,),
    "prefix": (str,),
    "python": (str,),
    "version": (str, type(None)),
    "implementation": (str, type(None)),
    "project": (str, type(None)),
    "projects": (list,),
    "project_path": (str, type(None)),
    "active": (bool, type(None)),
    "ipykernel": (str, type(None)),
    "borrowed": (str, type(None)),
    "state": (str,),
    "orphan": (bool, type(None)),
    "kernel": (bool,),
    "kernel_name": (str, type(None)),
    "pinned": (bool,),
    "hidden": (bool,),
    "bare": (bool,),
    "owner": (str, type(None)),
    "revision": (str,),
    "found_by": (str,),
    "aliases": (list,),
    "problems": (list,),
    "kernels": (list,),
}
"""Every field of version 1. A field may be added here; none may ever go or change its type."""

UNKNOWN = Environment(
    id="x-00000000",
    name="x",
    display_name="x",
    manager="venv",
    prefix=Path("/x"),
    python=Path("/x/bin/python"),
    version=None,
    implementation=None,
    state=State.BROKEN,
    found_by="walk",
)


@pytest.mark.parametrize("environment", [SHOP, UNKNOWN], ids=["known", "unknown"])
def test_the_json_of_an_environment_has_every_field_of_version_1(environment: Environment) -> None:
    told = environment.as_json()
    assert set(FIELDS) <= set(told)
    for name, types in FIELDS.items():
        assert isinstance(told[name], types), name


def test_the_json_of_an_environment_is_what_is_known() -> None:
    told = json.loads(json.dumps(SHOP.as_json()))
    revision = told.pop("revision")
    assert revision
    assert told == {
        "id": "shop-1a2b3c4d",
        "name": "shop",
        "display_name": "shop (Poetry, Python 3.12)",
        "manager": "poetry",
        "prefix": "/home/user/shop/.venv",
        "python": "/home/user/shop/.venv/bin/python",
        "version": "3.12.1",
        "implementation": "cpython",
        "project": "/home/user/shop",
        "projects": ["/home/user/shop"],
        "project_path": None,
        "active": True,
        "ipykernel": "7.4.0",
        "borrowed": None,
        "state": "ready",
        "orphan": False,
        "kernel": True,
        "kernel_name": "shop-1a2b3c4d",
        "pinned": False,
        "hidden": False,
        "bare": False,
        "owner": "user",
        "found_by": "walk: /home/user/shop",
        "aliases": ["/home/user/other/.venv"],
        "problems": [{"code": "moved", "message": "It was moved.", "fix": "Make it again."}],
        "kernels": [],
    }


def test_bytes_that_are_not_utf8_are_escaped_in_json() -> None:
    odd = replace(SHOP, prefix=Path(os.fsdecode(b"/home/user/sh\xffp/.venv")))
    text = json.dumps(odd.as_json())
    assert text.isascii()
    assert "/home/user/sh\\udcffp/.venv" in text
    assert os.fsencode(json.loads(text)["prefix"]) == b"/home/user/sh\xffp/.venv"


def test_the_states_are_those_of_version_1() -> None:
    assert [state.value for state in State] == ["broken", "foreign", "needs-ipykernel", "ready"]


def test_the_codes_of_problems_never_go() -> None:
    assert {code.value for code in ProblemCode} >= {
        "interpreter-missing",
        "base-missing",
        "base-changed",
        "other-platform",
        "unreadable",
        "foreign",
        "no-ipykernel",
        "inconsistent-ipykernel",
        "moved",
        "project-gone",
        "project-renamed",
        "bad-settings",
        "missing-folder",
        "walk-incomplete",
    }


def test_the_project_of_an_orphan_is_the_lost_one() -> None:
    orphan = replace(SHOP, projects=(), lost_project=Path("/gone"), orphan=True)
    assert orphan.project == Path("/gone")
    assert orphan.as_json()["project"] == "/gone"
    assert orphan.as_json()["projects"] == []
    assert UNKNOWN.project is None


def test_a_revision_changes_with_anything_that_is_told() -> None:
    assert replace(SHOP).revised() == SHOP
    changed = [
        replace(SHOP, state=State.BROKEN),
        replace(SHOP, ipykernel="7.4.1"),
        replace(SHOP, stamp="1.2.3"),
        replace(SHOP, problems=()),
        replace(SHOP, prefix=Path(os.fsdecode(b"/\xff"))),
    ]
    revisions = {SHOP.revision, *(environment.revised().revision for environment in changed)}
    assert len(revisions) == len(changed) + 1


def test_a_revision_is_the_same_however_it_was_found() -> None:
    again = replace(SHOP, found_by="made by jupyter-envs").revised()
    assert again.revision == SHOP.revision
    assert again.as_found != SHOP.as_found


def test_the_minor_version_is_two_numbers() -> None:
    assert SHOP.minor == "3.12"
    assert UNKNOWN.minor is None


def test_an_environment_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        SHOP.name = "other"  # type: ignore[misc]  # what this test is about


def test_a_snapshot_tells_its_version_and_whether_it_is_complete() -> None:
    when = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)
    problem = Problem(ProblemCode.BAD_SETTINGS, "x could not be understood.", "Mend it.")
    told = Snapshot((SHOP,), complete=True, scanned=when, problems=(problem,)).as_json()
    assert told["version"] == 1
    assert told["complete"] is True
    assert told["scanned"] == "2026-01-02T03:04:05+00:00"
    assert told["environments"] == [SHOP.as_json()]
    assert told["problems"] == [{"code": "bad-settings", "message": "x could not be understood.", "fix": "Mend it."}]


def test_a_snapshot_without_a_walk_says_so() -> None:
    told = Snapshot().as_json()
    assert told["version"] == 1
    assert told["complete"] is False
    assert told["scanned"] is None


def test_a_resolution_tells_its_version_and_why() -> None:
    told = Resolution(Path("/home/user/shop/a.ipynb"), Path("/home/user/shop"), SHOP, "Poetry uses it.").as_json()
    assert told == {
        "version": 1,
        "path": "/home/user/shop/a.ipynb",
        "project": "/home/user/shop",
        "environment": SHOP.as_json(),
        "reason": "Poetry uses it.",
    }
    nothing = Resolution(Path("/x"), None, None, "Nothing there.").as_json()
    assert (nothing["project"], nothing["environment"]) == (None, None)


def test_an_interpreter_has_a_label_and_json() -> None:
    python = Interpreter(Path("/opt/python/bin/python3.12"), "3.12.1", "cpython", "pyenv")
    assert python.as_json() == {
        "path": "/opt/python/bin/python3.12",
        "version": "3.12.1",
        "implementation": "cpython",
        "manager": "pyenv",
        "label": "Python 3.12.1 (pyenv)",
    }
    assert Interpreter(Path("/p"), "3.10.14", "pypy", "uv").label == "PyPy 3.10.14 (uv)"
    assert Interpreter(Path("/g"), "3.11.7", "graalpy", "uv").label == "graalpy 3.11.7 (uv)"


def test_a_problem_has_json() -> None:
    told = Problem(ProblemCode.MOVED, "It was moved.", "Make it again.").as_json()
    assert told == {"code": "moved", "message": "It was moved.", "fix": "Make it again."}


def test_the_interpreter_to_choose_first_is_the_greatest() -> None:
    """A stable release before others, then one with the GIL, then the newest."""
    versions = ["3.9.18", "3.10.13", "3.13.0t", "3.14.0rc1", "3.14.0b4t", "3.14.0b4", "3.14.0a7", "2.7.18", "3.²"]
    found = [Interpreter(Path("/p"), version, "cpython", "pyenv") for version in versions]
    found.append(Interpreter(Path("/p"), "3.99", "pypy", "pyenv"))
    ordered = [one.version for one in sorted(found, key=lambda one: one.sort_key)]
    assert ordered == [
        "3.99",
        *("3.14.0b4t", "3.14.0a7", "3.14.0b4", "3.14.0rc1"),
        *("3.13.0t", "2.7.18", "3.²", "3.9.18", "3.10.13"),
    ]


def test_an_error_says_what_happened_and_what_to_do() -> None:
    error = NotFound("There is no environment 'x'.", "See them all.")
    assert str(error) == "There is no environment 'x'. See them all."
    assert (error.message, error.fix) == ("There is no environment 'x'.", "See them all.")
    assert str(ToolFailed("uv failed.")) == "uv failed."
    assert str(Problem(ProblemCode.MOVED, "It was moved.", "")) == "It was moved."


def test_every_error_has_a_reason_of_its_own() -> None:
    kinds = [EnvsError, NotFound, Refused, LaunchRefused, BadRequest, ToolFailed]
    assert [kind.reason for kind in kinds] == [
        "error",
        "not-found",
        "refused",
        "launch-refused",
        "bad-request",
        "tool-failed",
    ]
    assert issubclass(LaunchRefused, Refused)
