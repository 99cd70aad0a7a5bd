"""What can be made is known before anything is, and so is what cannot."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.creator import Creator, Occupied, Wish
from jupyter_envs.errors import BadRequest, EnvsError, NotFound, Refused
from jupyter_envs.settings import Settings
from tests.creator.scene import creator_of, finder_of, making_of, names_in, plain, variables
from tests.folders import make_base, make_environment, make_poetry_project, poetry_hash

if TYPE_CHECKING:
    from jupyter_envs.host import Host


pytestmark = pytest.mark.skipif(os.name == "nt", reason="environments are not made on Windows")


def test_the_newest_interpreter_of_a_version_is_taken(host: Host, project: Path, creator: Creator) -> None:
    newest = finder_of(host).interpreters()[0]
    minor = ".".join(newest.version.split(".")[:2])
    for wanted in (None, minor, newest.version, str(newest.path)):
        making = making_of(creator, plain(project, python=wanted))
        assert str(newest.path) in making.plan.shell[0].words


@pytest.mark.parametrize("wanted", ["9.9", "3.999", "", "/usr/bin/env", "python3", "3.1.2.3.4", "--help", "3.*"])
def test_an_interpreter_that_is_not_there_is_refused_before_anything_is_made(
    project: Path, creator: Creator, wanted: str
) -> None:
    with pytest.raises(NotFound, match="hoose one of these: "):
        creator.prepare(plain(project, python=wanted))
    assert names_in(project) == ["requirements.txt"]


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "a/b",
        "../x",
        "/abs",
        "-rf",
        "..x",
        ".-x",
        "a b",
        "a\n",
        "é",
        "x" * 65,
        "." + "x" * 65,
        "a\0",
        "$HOME",
        "~",
        ".git",
        ".ssh",
        ".ipynb_checkpoints",
        ".environment",
        ".a",
    ],
)
def test_a_name_that_could_be_something_else_is_refused(project: Path, creator: Creator, name: str) -> None:
    with pytest.raises(BadRequest, match="cannot be the name"):
        creator.prepare(plain(project, name=name))


@pytest.mark.parametrize(
    "name", [".venv", ".env-3.12", ".virtualenv2", "venv", "a", "A1._-", "x" * 64, ".venv-" + "x" * 59]
)
def test_ordinary_names_are_fine(project: Path, creator: Creator, name: str) -> None:
    assert making_of(creator, plain(project, name=name)).plan.prefix == project / name


@pytest.mark.parametrize(
    "package",
    [
        "", " ", "-r requirements.txt", "--index-url=https://example.org", "-e .", ".", "./local", "/abs/path", "..",
        "x @ https://example.org/x.whl", "x @ file:///etc/passwd", "https://example.org/x.whl", "git+https://example/x",
        "local.zip", "thing-1.0-py3-none-any.whl", "thing.tar.gz", "requirements.txt", "a b", "a;b", "x" * 600,
        "a\n-r b",
    ],
)  # fmt: skip
def test_whatever_is_not_the_name_of_a_package_is_refused(project: Path, creator: Creator, package: str) -> None:
    with pytest.raises(BadRequest, match=r"is not a|is the name of a file"):
        creator.prepare(plain(project, packages=("six", package)))


def test_packages_are_passed_on_in_their_standard_spelling(project: Path, creator: Creator) -> None:
    wish = plain(
        project,
        packages=(" six ", "pandas [excel] >=2,<3", "six", 'x; python_version<"3"', "IPyKernel>=6"),
        ipykernel=True,
    )
    words = making_of(creator, wish).plan.commands[-1].words
    assert words[words.index("--") + 1 :] == ("six", "pandas[excel]<3,>=2", 'x; python_version < "3"', "IPyKernel>=6")


def test_too_many_packages_are_refused(project: Path, creator: Creator) -> None:
    with pytest.raises(BadRequest, match="at most 200"):
        creator.prepare(plain(project, packages=tuple(f"p{n}" for n in range(201))))


def test_a_manager_that_makes_none_says_so(project: Path, creator: Creator) -> None:
    with pytest.raises(BadRequest, match=r"Choose one of these: .*\bvenv\."):
        creator.prepare(Wish(project, manager="magic"))
    with pytest.raises(BadRequest, match="Choose venv"):
        creator.prepare(Wish(project, manager="rye"))


def test_making_can_be_switched_off(host: Host, project: Path) -> None:
    with pytest.raises(Refused, match="switched off"):
        creator_of(host, Settings(allow_create=False)).prepare(plain(project))


def test_windows_says_no(host: Host, project: Path) -> None:
    with pytest.raises(Refused, match="not made on Windows"):
        creator_of(replace(host, platform="win32")).prepare(plain(project))


def test_a_folder_outside_of_the_roots_is_refused(tmp_path: Path, host: Host, creator: Creator) -> None:
    outside = tmp_path / "home-of-another"
    outside.mkdir()
    (host.home / "link").symlink_to(outside)
    for folder in (outside, host.home / "link", host.home / ".." / "home-of-another", Path("/")):
        with pytest.raises(Refused, match="outside of your folders"):
            creator.prepare(plain(folder))


def test_a_link_inside_of_the_roots_is_followed(host: Host, project: Path, creator: Creator) -> None:
    (host.home / "link").symlink_to(project)
    assert making_of(creator, plain(host.home / "link")).plan.prefix == project / ".venv"


@pytest.mark.parametrize("name", ["absent", "file", "nul\0", "loop"])
def test_a_folder_that_is_none_is_refused(host: Host, creator: Creator, name: str) -> None:
    (host.home / "file").write_text("")
    (host.home / "loop").symlink_to("loop")
    with pytest.raises(NotFound):
        creator.prepare(plain(host.home / name))


def test_every_refusal_says_what_to_do(project: Path, creator: Creator) -> None:
    wishes = [
        plain(project, name="/"),
        plain(project / "absent"),
        plain(Path("/")),
        plain(project, python="9"),
        plain(project, packages=("-e",)),
    ]
    for wish in wishes:
        with pytest.raises(EnvsError) as refusal:
            creator.prepare(wish)
        assert refusal.value.message.endswith(".")
        assert refusal.value.fix.endswith(".")


def make_served_by_poetry(host: Host, project: Path) -> Path:
    """Poetry's own environment for a project, in Poetry's folder."""
    make_poetry_project(project)
    prefix = host.home.resolve() / ".cache" / "pypoetry" / "virtualenvs" / f"shop-{poetry_hash(project)}-py3.12"
    return make_environment(prefix, make_base(host.home.parent / "base"))


@pytest.mark.parametrize("filtered", [(), ("venv",)])
def test_what_another_tools_environment_serves_is_left_to_that_tool(
    host: Host, project: Path, filtered: tuple[str, ...]
) -> None:
    host = replace(
        host, variables={"PATH": host.variables["PATH"], **{n: v for n, v in variables().items() if "UV" in n}}
    )
    prefix = make_served_by_poetry(host, project)
    creator = creator_of(host, Settings(managers=filtered))
    with pytest.raises(Occupied, match="is a Poetry project") as refusal:
        creator.prepare(plain(project))
    assert f"its environment is {prefix}." in refusal.value.message
    assert refusal.value.fix == "Use Poetry, or choose another folder name."
    assert making_of(creator, plain(project, name="try-out")).plan.prefix == project / "try-out"
    (project / "inner").mkdir()
    assert making_of(creator, plain(project / "inner")).plan.prefix == project / "inner" / ".venv"


def test_another_environment_of_the_project_is_no_obstacle(project: Path, creator: Creator, host: Host) -> None:
    make_environment(project / "env", make_base(host.home.parent / "base"))
    assert making_of(creator, plain(project)).plan.prefix == project / ".venv"
