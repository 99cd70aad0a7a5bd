"""What somebody asked for is told from what others need."""

from __future__ import annotations

import pytest

from jupyter_envs.creator.needing import Python, of_themselves
from jupyter_envs.creator.packages import Package


def named(*packages: Package, pythons: tuple[Python, ...] = ()) -> list[str]:
    return [each.name for each in of_themselves(packages, *pythons)]


def test_what_somebody_asked_for_is_what_nothing_else_requires() -> None:
    one, two = Package("one", "1", requires=("Two_Two>=1; python_version > '3'",)), Package("two-two", "1")
    extra = Package("extra", "1", requires=("one; extra == 'all'",))
    linked = Package("linked", "1", "file:///linked", editable=True)
    needs = Package("needs", "1", requires=("linked",))
    assert named(one, two, extra, linked, needs) == ["one", "extra", "linked", "needs"]


def test_of_a_circle_that_no_other_needs_all_were_asked_for_and_of_another_none() -> None:
    one = Package("one", "1", requires=("two",))
    two = Package("two", "1", requires=("one", "three", "two"))
    three = Package("three", "1")
    assert named(one, two, three) == ["one", "two"]
    assert named(one, two, three, Package("zero", "1", requires=("one",))) == ["zero"]


@pytest.mark.parametrize(
    ("marker", "python", "is_asked_for"),
    [
        ("python_version < '3.8'", Python("3.12.1", "cpython"), True),
        ("python_version < '3.8'", Python("3.7"), False),
        ("python_full_version >= '3.13.2'", Python("3.13.5t", "cpython"), False),
        ("implementation_name == 'pypy'", Python("3.10", "pypy"), False),
        ("platform_python_implementation == 'PyPy'", Python("3.10", "cpython"), True),
        ("sys_platform == 'win32'", Python("3.12"), True),
        ("nonsense", Python("3.12"), False),
    ],
)
def test_a_marker_counts_where_it_holds_on_that_python(marker: str, python: Python, is_asked_for: bool) -> None:  # noqa: FBT001 -- a row
    packages = Package("one", "1", requires=(f"two; {marker}",)), Package("two", "1")
    assert named(*packages, pythons=(python,)) == (["one", "two"] if is_asked_for else ["one"])


def test_on_several_pythons_it_is_needed_where_it_is_on_one() -> None:
    packages = Package("one", "1", requires=("two; python_version < '3.8'",)), Package("two", "1")
    assert named(*packages, pythons=(Python("3.12"), Python("3.7"))) == ["one"]


def test_an_extra_counts_once_another_package_asks_for_it() -> None:
    one = Package("one", "1", requires=("one[some]; extra == 'all'", "two; extra == 'some'", "three; extra == 'no'"))
    two, three = Package("two", "1"), Package("three", "1")
    zero = Package("zero", "1", requires=("one[all]", "which is no requirement", "", "; nothing"))
    assert named(one, two, three) == ["one", "two", "three"]
    assert named(one, two, three, zero) == ["three", "zero"]
