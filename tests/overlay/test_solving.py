"""The solve rule: what a borrowed ipykernel takes along, and when an environment's own is sound."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_envs.overlay import distributions, solving
from jupyter_envs.overlay.distributions import Distribution, Metadata
from jupyter_envs.overlay.solving import Shadow, Target, conflict, plan_with, shadows, solve
from tests.folders import add_distribution, make_base, make_environment, make_overlay, read, site_of, write

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from jupyter_envs.host import Host
    from jupyter_envs.pyvenv import Reading

TARGET = Target("3.12", "3.12.1")
OVERLAY = {
    "ipykernel": ("7.4.0", "ipython>=7.23", "jupyter-client>=8", "tornado>=6.4", "pyzmq>=25", "traitlets>=5.4"),
    "ipython": ("9.0.0", "traitlets>=5.13", "decorator", 'typing-extensions>=4.6; python_version < "3.12"'),
    "jupyter-client": ("8.6.3", "pyzmq>=23", "tornado>=6.2", "traitlets>=5.3"),
    "decorator": ("5.2.1",),
    "pyzmq": ("27.0.0", 'cffi; implementation_name == "pypy"'),
    "tornado": ("6.5.0",),
    "traitlets": ("5.16.1",),
    "typing-extensions": ("4.15.0",),
}


def world(told: Mapping[str, tuple[str | None, ...]]) -> dict[str, Metadata]:
    return {name: Metadata(name, version, tuple(map(str, requires))) for name, (version, *requires) in told.items()}


def served(target: Target = TARGET, /, **own: tuple[str | None, ...]) -> set[str]:
    known = {name.replace("_", "-"): told for name, told in own.items()}
    return set(solve(world(known), world(OVERLAY), target))


@pytest.fixture
def prefix(home: Path, python: Path) -> Path:
    return make_environment(home / "shop" / ".venv", python)


def said(prefix: Path, home: Path) -> str | None:
    reading = read(prefix, home)
    return conflict(reading, distributions.folders_of(reading))


def test_an_empty_environment_has_nothing_to_shadow() -> None:
    assert served() == set()


def test_what_fits_stays_the_environments() -> None:
    assert served(traitlets=("5.14.0",), tornado=("6.4",), numpy=("1.0", "gone>=2")) == set()


def test_what_does_not_fit_comes_from_the_overlay() -> None:
    assert served(traitlets=("4.3.3",), tornado=("6.5",)) == {"traitlets"}


def test_where_the_overlays_does_not_fit_the_requirer_comes_too() -> None:
    assert served(traitlets=("4.3.3",), jupyter_client=("8.1.0", "traitlets<5")) == {"traitlets", "jupyter-client"}


def test_it_goes_on_until_nothing_changes() -> None:
    own = {
        "ipython": ("7.30.0", "decorator<5", "traitlets<5.10"),
        "decorator": ("4.4.2",),
        "traitlets": ("4.3.3",),
    }
    # ipython's own version of traitlets does not suit the overlay's ipykernel, nor the overlay's that ipython
    assert served(**own) == {"traitlets", "ipython"}


def test_what_is_not_there_takes_its_requirer_along() -> None:
    assert served(ipython=("7.30.0", "backcall")) == {"ipython"}
    assert served(jupyter_client=("8.6.0", "entrypoints"), entrypoints=("0.3", "gone")) == set()


def test_its_own_ipykernel_is_always_served_over() -> None:
    assert served(ipykernel=("7.4.0", "ipython")) == {"ipykernel"}


def test_an_unknown_version_never_fits() -> None:
    assert served(decorator=(None,)) == {"decorator"}
    assert served(decorator=("odd",)) == set()
    assert served(traitlets=("odd",)) == {"traitlets"}
    assert served(traitlets=("9" * 5000,)) == {"traitlets"}


@pytest.mark.parametrize(
    "requirement",
    [
        "traitlets (>=4.2,<5.0) ; nonsense",
        "traitlets (*)",
        "traitlets>=dev",
        "traitlets (<5",
        "",
        "-e git+x",
        "traitlets<5; python_version == 'x' or (",
        "traitlets<5; " + "(" * 3000 + "python_version > '3'" + ")" * 3000,
        "traitlets<5; gone == '1'",
    ],
)
def test_a_requirement_that_cannot_be_understood_is_fulfilled(requirement: str) -> None:
    assert served(ipython=("8.0.0", requirement), traitlets=("5.14.0",)) == set()


@pytest.mark.parametrize(
    ("requirement", "shadowed"),
    [
        ("gone ; python_version < '3'", False),
        ("gone ; python_version == '3.12'", True),
        ("gone ; python_full_version < '3.12.1'", False),
        ("gone ; platform_python_implementation == 'PyPy'", False),
        ("gone ; extra == 'doc'", False),
        ("gone ; sys_platform == 'no such'", False),
        ("gone ; os.name != 'no such'", True),
        ("traitlets[test]", True),
        ("traitlets[doc]", False),
        ("traitlets @ https://example.invalid/traitlets.whl", False),
        ("traitlets (>=4.2)", False),
        ("Traitlets>=5.0.dev1", False),
        ("traitlets!=5.14.*", True),
    ],
)
def test_markers_and_extras_hold_for_the_target(requirement: str, *, shadowed: bool) -> None:
    own = {"ipython": ("8.0.0", requirement), "traitlets": ("5.14.0", "gone; extra == 'test'")}
    found = served(**own)
    assert bool(found) is shadowed


def test_markers_are_those_of_the_environments_python_not_of_ours() -> None:
    own = {"typing_extensions": ("3.6.6",)}
    assert served(Target("3.12", "3.12.1"), **own) == set()
    assert served(Target("3.8", "3.8.18"), **own) == {"typing-extensions"}
    assert served(Target("3.11", "3.11.9", "pypy")) == set()
    assert served(Target("3.11", "3.11.9", "pypy"), pyzmq=("27.0", 'cffi; implementation_name == "pypy"')) == {"pyzmq"}


def test_what_ipython_does_not_say_counts_too() -> None:
    own = {"ipython": ("8.12.3", "typing-extensions", "decorator"), "decorator": ("3.4.0",)}
    assert served(**own, typing_extensions=("3.6.6",)) == {"typing-extensions"}
    assert served(**own, typing_extensions=("3.7.4.3",)) == set()


def test_versions_before_a_release_count() -> None:
    assert served(traitlets=("5.15.0rc1",)) == set()


def test_requirements_may_go_round_in_a_circle() -> None:
    own = {"ipython": ("8.0.0", "jupyter-client"), "jupyter_client": ("8.0", "ipython[all]", "tornado<6")}
    assert served(**own) == {"jupyter-client"}


@pytest.mark.parametrize("version", ["3.12.1", "3.9.18"])
def test_a_target_is_read_from_the_environment(home: Path, version: str) -> None:
    prefix = make_environment(home / "venv", make_base(home / "base", version))
    assert Target.of(read(prefix, home)) == Target(".".join(version.split(".")[:2]), version, "cpython")


def test_a_target_without_a_patch_level_is_the_first(home: Path) -> None:
    python = make_base(home / "base", "3.11.4", kind="pypy")
    (home / "base" / "include" / "pypy3.11" / "patchlevel.h").unlink()
    target = Target.of(read(make_environment(home / "venv", python), home))
    assert target == Target("3.11", "3.11.0", "pypy")
    assert target.variables()["platform_python_implementation"] == "PyPy"


def test_a_sound_ipykernel_has_no_conflict(prefix: Path, home: Path) -> None:
    assert said(prefix, home) is None
    add_distribution(site_of(prefix), "ipykernel", "6.0.0", "traitlets>=5", 'gone; python_version < "3"')
    add_distribution(site_of(prefix), "traitlets", "5.0", "six")
    add_distribution(site_of(prefix), "six", "1.0")
    assert said(prefix, home) is None


def test_what_is_missing_further_on_is_a_conflict(prefix: Path, home: Path) -> None:
    add_distribution(site_of(prefix), "ipykernel", "6.0.0", "traitlets>=5")
    add_distribution(site_of(prefix), "traitlets", "5.0", "six>=1")
    assert said(prefix, home) == "traitlets 5.0 needs six>=1, and that is not there."


def test_a_conflict_is_told_so_that_a_terminal_can_show_it(prefix: Path, home: Path) -> None:
    add_distribution(site_of(prefix), "ipykernel", "6.0\x1b[31m", "traitlets>=5")
    write(site_of(prefix) / "traitlets-4.0.dist-info" / "METADATA", "Version: \x07\u202e4.0\n")
    told = said(prefix, home)
    assert told is not None
    assert not set(told) & set("\x1b\x07\u202e")
    write(site_of(prefix) / "traitlets-4.0.dist-info" / "METADATA", "Name: traitlets\n")
    assert str(said(prefix, home)).endswith("there is traitlets of an unknown version.")


def one(name: str, version: str, module: str = "") -> dict[str, object]:
    return Distribution(name, version, (), (module or name,)).as_json()


def test_a_plan_names_what_comes_from_the_overlay(host: Host, prefix: Path, home: Path) -> None:
    requires = (one("pyzmq>=25", "0"), one("traitlets>=5", "0"))
    overlay = make_overlay(host, prefix, "7.4.0", *requires, one("pyzmq", "27.0", "zmq"), one("traitlets", "5.16"))
    site = site_of(prefix)
    assert plan_with(read(prefix, home), str(overlay)).modules == ()
    write(site / "zmq" / "__init__.py")
    add_distribution(site, "ipykernel", "4.10")
    add_distribution(site, "traitlets", "4.3.3")
    plan = plan_with(read(prefix, home), str(overlay))
    assert plan.overlay == str(overlay)
    assert plan.modules == ("ipykernel", "ipykernel_launcher", "zmq", "traitlets")
    assert plan.distributions == ("ipykernel", "pyzmq", "traitlets")
    assert shadows(read(prefix, home), str(overlay)) == (
        Shadow("ipykernel", "4.10", "7.4.0"),
        Shadow("pyzmq", None, "27.0"),
        Shadow("traitlets", "4.3.3", "5.16"),
    )


def test_with_a_damaged_overlay_nothing_is_shadowed(host: Host, prefix: Path, home: Path) -> None:
    overlay = make_overlay(host, prefix)
    write(overlay / "overlay.json", "{}")
    add_distribution(site_of(prefix), "ipykernel", "4.10")
    assert plan_with(read(prefix, home), str(overlay)).distributions == ()


def test_a_shadow_is_told_clean() -> None:
    assert Shadow("six", "1\x1b", "2").as_json() == {"name": "six", "own": "1", "borrowed": "2"}
    assert Shadow("six", None, "2").as_json() == {"name": "six", "own": None, "borrowed": "2"}


REQUIREMENTS = st.sampled_from(
    ["a<2", "a>=2", "b", "b>1; python_version>'3'", "c==1.*", "c[x]", "d!=1", "ipykernel<7", "e", "a (<3"]
)
WORLDS = st.dictionaries(
    st.sampled_from(["ipykernel", "a", "b", "c", "d", "e"]),
    st.tuples(st.sampled_from(["1.0", "2.0", "odd", None]), st.lists(REQUIREMENTS, max_size=4)),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300, deadline=None)
@given(WORLDS, WORLDS)
def test_it_always_ends_with_nothing_left_to_mend(
    own: dict[str, tuple[str | None, list[str]]], lent: dict[str, tuple[str | None, list[str]]]
) -> None:
    theirs = {name: Metadata(name, version, tuple(needs)) for name, (version, needs) in own.items()}
    ours = {name: Metadata(name, version, tuple(needs)) for name, (version, needs) in lent.items()}
    found = solve(theirs, ours, TARGET)
    assert found <= theirs.keys() & ours.keys()
    seen = {**ours, **theirs, **{name: ours[name] for name in found}}
    for violation in solving._violations(seen.get, TARGET):
        for each in (violation.found, violation.requirer):
            assert each is None or each.name in found or each.name not in theirs or each.name not in ours


def test_many_packages_are_compared_quickly(home: Path, prefix: Path) -> None:
    """No bound on the clock: what is asked of packages that nothing reaches is nothing."""
    site = site_of(prefix)
    add_distribution(site, "ipykernel", "6.0", "traitlets")
    add_distribution(site, "traitlets", "5.0")
    for number in range(300):
        add_distribution(site, f"package{number}", "1.0", "numpy")
    found = distributions.Installed([str(site)])
    reading: Reading = read(prefix, home)
    assert next(solving._violations(found.get, Target.of(reading)), None) is None
    assert len(found._read) == 2
