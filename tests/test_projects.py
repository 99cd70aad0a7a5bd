"""Which of several environments a project gets."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_envs import managers, projects
from jupyter_envs.managers.base import LINKED, TOOLS_CHOICE, Candidate, Claim, Link, Owned
from jupyter_envs.pyvenv import Reading

SHOP, OTHER = Path("/home/user/shop"), Path("/home/user/other")


def owned(prefix: str, *links: Link) -> Owned:
    candidate = Candidate(Reading(prefix, {"home": "/opt"}, "/"), Path(prefix), "test")
    return Owned(candidate, managers.LAST, Claim(links=links))


def test_the_strongest_link_wins() -> None:
    first = owned("/a", Link(SHOP, LINKED, "linked"))
    second = owned("/b", Link(SHOP, TOOLS_CHOICE, "chosen"), Link(OTHER, LINKED, "other"))
    for order in ([first, second], [second, first]):
        assert projects.choose(SHOP, order) == projects.Choice(Path("/b"), "chosen")
    assert projects.choose(OTHER, [first, second]) == projects.Choice(Path("/b"), "other")


def test_equals_are_told_apart_by_their_place() -> None:
    both = [owned("/b", Link(SHOP, LINKED, "b")), owned("/a", Link(SHOP, LINKED, "a"))]
    assert projects.choose(SHOP, both) == projects.Choice(Path("/a"), "a")


def test_what_its_tool_ignores_is_not_chosen_and_the_reason_is_told() -> None:
    ignored = owned("/a", Link(SHOP, TOOLS_CHOICE, "old name", chosen=False))
    assert projects.choose(SHOP, [ignored]) == projects.Choice(None, "old name")
    used = owned("/b", Link(SHOP, LINKED, "linked"))
    assert projects.choose(SHOP, [ignored, used]) == projects.Choice(Path("/b"), "linked")


def test_a_project_that_nothing_serves_has_no_choice() -> None:
    assert projects.choose(SHOP, [owned("/a", Link(OTHER, LINKED, "x")), owned("/b")]) is None


def test_every_project_has_one_choice() -> None:
    found = [owned("/a", Link(SHOP, 0, ""), Link(OTHER, 0, "x")), owned("/b", Link(SHOP, 1, "")), owned("/c")]
    assert projects.choices(found) == {
        SHOP: projects.Choice(Path("/a"), ""),
        OTHER: projects.Choice(Path("/a"), "x"),
    }


@pytest.mark.parametrize(
    ("folder", "stops", "met"),
    [
        ("/home/user/a/b", {"/home/user"}, ["/home/user/a/b", "/home/user/a", "/home/user"]),
        ("/home/user", {"/home/user"}, ["/home/user"]),
        ("/srv/a", {"/home/user"}, ["/srv/a", "/srv"]),
        ("/", set(), []),
    ],
)
def test_upwards_ends_at_a_stop_and_before_the_root(folder: str, stops: set[str], met: list[str]) -> None:
    found = projects.upwards(Path(folder), frozenset(map(Path, stops)))
    assert [str(path) for path in found] == met
