"""Plans of another package's manager: carried out only where they are what their types promise."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.environment import Interpreter
from jupyter_envs.errors import BadRequest, Refused, ToolFailed
from jupyter_envs.managers.base import (
    Candidate,
    Claim,
    Command,
    CreateRequest,
    EnvironmentManager,
    Owned,
    Plan,
    RemovalPlan,
    Scene,
    Table,
)
from jupyter_envs.managers.guarded import Guarded
from jupyter_envs.pyvenv import Reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from jupyter_envs.host import Host

PREFIX = Path("/home/user/env")
REQUEST = CreateRequest(Interpreter(Path("/usr/bin/python3"), "3.12.1", "cpython", "system"), Path("/home/user"))
OWNED = Owned(Candidate(Reading(str(PREFIX), {"home": "/opt"}, "/"), PREFIX, "test"), EnvironmentManager(), Claim())
COMMAND = Command(("true",), Path("/"), "Waiting", (("A", "b"),), otherwise=Command(("false",), Path("/"), "Failing"))
PLAN = Plan(PREFIX, (COMMAND,), (COMMAND,), (("a", "b"),), (Path("/a"),), (Table(Path("/t"), "a"),))
REMOVAL = RemovalPlan((COMMAND,), (COMMAND,), (Table(Path("/t"), "a"),), (Path("/n"),), (Path("/l"),), ("bin/hook",))


class Answering(EnvironmentManager):
    """Answers every question with one thing, or fails at it."""

    name = "answering"
    title = "Answering"
    creates = removes = True
    program = "make"
    installs = "build"

    def __init__(self, answer: object) -> None:
        self._answer = answer

    def _answered(self, *_: object) -> object:
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer

    proposes = _answered  # type: ignore[assignment]  # what no type checker would let through
    plan_create = plan_remove = plan_add_ipykernel = plan_install = _answered  # type: ignore[assignment]  # as above
    how_to_remove = _answered  # type: ignore[assignment]  # as above

    def central(self, scene: Scene) -> Iterator[Path]:
        return self._answered()  # type: ignore[return-value]  # as above


def asked(manager: EnvironmentManager, scene: Scene) -> Mapping[str, Callable[[], object]]:
    """The questions to which the answer is a plan."""
    return {
        "create": lambda: manager.plan_create(REQUEST, scene, {}),
        "remove": lambda: manager.plan_remove(OWNED, scene, {}),
        "ipykernel": lambda: manager.plan_add_ipykernel(OWNED, scene, {}),
        "install": lambda: manager.plan_install("3.12", scene, {}),
    }


QUESTIONS = pytest.mark.parametrize("question", ["create", "remove", "ipykernel", "install"])


@QUESTIONS
def test_a_whole_plan_goes_through(question: str, host: Host) -> None:
    plan = REMOVAL if question == "remove" else PLAN
    assert asked(Guarded(Answering(plan)), Scene(host))[question]() == plan


@QUESTIONS
def test_a_failure_is_told_as_one_of_a_tool(question: str, host: Host) -> None:
    guarded = Guarded(Answering(ValueError("no\nidea.")))
    with pytest.raises(ToolFailed, match=r"Answering could not plan it: ValueError: no idea. Choose venv."):
        asked(guarded, Scene(host))[question]()


@QUESTIONS
def test_a_refusal_in_words_stays_as_it_is(question: str, host: Host) -> None:
    with pytest.raises(Refused, match="Not today"):
        asked(Guarded(Answering(Refused("Not today.", "Try tomorrow."))), Scene(host))[question]()


@pytest.mark.parametrize(
    "answer",
    [
        None,
        "a plan",
        REMOVAL,
        replace(PLAN, prefix=Path("relative")),
        replace(PLAN, prefix="/home"),  # type: ignore[arg-type]  # as above
        replace(PLAN, commands=[COMMAND]),  # type: ignore[arg-type]  # as above
        replace(PLAN, commands=("true",)),  # type: ignore[arg-type]  # as above
        replace(PLAN, commands=(replace(COMMAND, words=()),)),
        replace(PLAN, commands=(replace(COMMAND, words="rm -rf /"),)),  # type: ignore[arg-type]  # as above
        replace(PLAN, commands=(replace(COMMAND, words=(Path("/bin/true"),)),)),  # type: ignore[arg-type]  # as above
        replace(PLAN, commands=(replace(COMMAND, cwd=Path("here")),)),
        replace(PLAN, commands=(replace(COMMAND, weight="much"),)),  # type: ignore[arg-type]  # as above
        replace(PLAN, commands=(replace(COMMAND, otherwise="false"),)),  # type: ignore[arg-type]  # as above
        replace(PLAN, commands=(replace(COMMAND, variables=(("A",),)),)),  # type: ignore[arg-type]  # as above
        replace(PLAN, files=(("a", b"b"),)),  # type: ignore[arg-type]  # as above
        replace(PLAN, touched=(Path("a"),)),
        replace(PLAN, tables=(("a", "b"),)),  # type: ignore[arg-type]  # as above
    ],
)
def test_a_plan_that_makes_no_sense_is_not_carried_out(answer: object, host: Host) -> None:
    with pytest.raises(ToolFailed, match="Answering could not plan it: it gave "):
        Guarded(Answering(answer)).plan_create(REQUEST, Scene(host), {})


@pytest.mark.parametrize(
    "answer",
    [
        PLAN,
        replace(REMOVAL, before=(None,)),  # type: ignore[arg-type]  # as above
        replace(REMOVAL, notes=(Path("a"),)),
        replace(REMOVAL, links=("/a",)),  # type: ignore[arg-type]  # as above
        replace(REMOVAL, tables=(None,)),  # type: ignore[arg-type]  # as above
        replace(REMOVAL, carried=(Path("a"),)),  # type: ignore[arg-type]  # as above
        replace(REMOVAL, carried="bin"),  # type: ignore[arg-type]  # as above
    ],
)
def test_nor_is_a_removal(answer: object, host: Host) -> None:
    with pytest.raises(ToolFailed, match="Answering could not plan it: it gave "):
        Guarded(Answering(answer)).plan_remove(OWNED, Scene(host), {})


def test_other_answers_of_another_kind_are_passed_over(host: Host) -> None:
    scene = Scene(host)
    for answer in (3, ValueError("no")):
        guarded = Guarded(Answering(answer))
        assert guarded.proposes(PREFIX, scene) is None
        assert list(guarded.central(scene)) == []
        assert guarded.how_to_remove(PREFIX, None) == "Remove it with Answering."
    assert Guarded(Answering("It says so.")).proposes(PREFIX, scene) == "It says so."
    assert Guarded(Answering("So.")).how_to_remove(PREFIX, None) == "So."
    assert list(Guarded(Answering([Path("a"), Path("/a")])).central(scene)) == [Path("/a")]


def test_what_it_says_of_itself_is_taken_where_it_makes_sense() -> None:
    guarded = Guarded(Answering(None))
    assert (guarded.creates, guarded.removes, guarded.program, guarded.installs) == (True, True, "make", "build")

    class Odd(EnvironmentManager):
        name = "odd"
        title = "Odd"
        creates = removes = "yes"  # type: ignore[assignment]  # as above
        program = installs = 3  # type: ignore[assignment]  # as above

    guarded = Guarded(Odd())
    assert (guarded.creates, guarded.removes, guarded.program, guarded.installs) == (False, False, None, None)
    with pytest.raises(BadRequest):
        guarded.plan_create(REQUEST, None, {})  # type: ignore[arg-type]  # as above
