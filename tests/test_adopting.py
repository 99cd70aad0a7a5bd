"""Adopting notebooks: what their kernels' names mean here, and that nothing but those is written anew."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from jupyter_envs import naming
from jupyter_envs.adopting import Adopter, Adoption, Fate, Kernel, document, writing
from jupyter_envs.adopting.kernels import says_python
from jupyter_envs.errors import BadRequest, Refused
from jupyter_envs.finder import Finder
from jupyter_envs.settings import Settings
from tests.commands import surroundings
from tests.dead_mount import dead_mount
from tests.folders import as_somebody_else, link, make_base, make_environment, make_kernel_environment, write

if TYPE_CHECKING:
    from collections.abc import Callable

    from jupyter_envs.host import Host

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the folders are written for Unix")
PORTABLE = Kernel("project-env", "Project environment")
WANTED = {"name": PORTABLE.name, "display_name": PORTABLE.display_name}


def notebook(path: Path, name: object, language: str | None = "python", **more: object) -> Path:
    kernel = {"display_name": f"{name} here", "name": name, **({"language": language} if language else {})}
    content = {"cells": [], "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5, **more}
    return write(path, json.dumps(content, indent=1) + "\n")


def install(home: Path, name: str, *argv: str | Path) -> Path:
    content = {"argv": [*map(str, argv)], "display_name": name, "language": "python"}
    return write(home / ".local" / "share" / "jupyter" / "kernels" / name / "kernel.json", json.dumps(content))


def ipykernel_of(prefix: Path) -> tuple[str | Path, ...]:
    return (prefix / "bin" / "python", "-m", "ipykernel_launcher", "-f", "{connection_file}")


def adopter_of(host: Host) -> Adopter:
    finder = Finder(host, Settings())
    return Adopter(finder, finder.scan(), PORTABLE)


def plan(host: Host, *named: Path) -> list[Adoption]:
    return list(adopter_of(host).plan(named))


def only(host: Host, named: Path) -> Adoption:
    [found] = plan(host, named)
    return found


def adopt(host: Host, named: Path) -> None:
    adopter = adopter_of(host)
    for one in adopter.plan([named]):
        assert one.fate is Fate.CHANGE, one.reason
        adopter.carry_out(one)


@pytest.fixture
def shop(home: Path, python: Path) -> Path:
    return make_kernel_environment(home / "shop" / ".venv", python)


@pytest.fixture
def other(home: Path, python: Path) -> Path:
    return make_kernel_environment(home / "other" / ".venv", python)


@pytest.fixture
def report(home: Path, shop: Path) -> Path:
    """A notebook of the shop with a kernel that was never here."""
    return notebook(home / "shop" / "report.ipynb", "theirs-1a2b3c4d")


# -- what a name means


def test_a_name_that_no_kernel_has_is_dead(host: Host, report: Path, shop: Path) -> None:
    found = only(host, report)
    assert (found.fate, found.now) == (Fate.CHANGE, "theirs-1a2b3c4d")
    assert found.reason == "No kernel here has that name. It would run on shop (venv, Python 3.12)."
    assert found.would_run_on is not None
    assert found.would_run_on.prefix == shop
    assert found.runs_on is None


def test_an_environments_own_name_is_bound_to_this_machine(host: Host, home: Path, shop: Path) -> None:
    found = only(host, notebook(home / "shop" / "a.ipynb", naming.environment_id(shop, home)))
    assert found.fate is Fate.CHANGE
    assert "It runs on shop (venv, Python 3.12) now, and would then." in found.reason


def test_another_environment_than_the_projects_is_told(host: Host, home: Path, shop: Path, other: Path) -> None:
    found = only(host, notebook(home / "shop" / "a.ipynb", naming.environment_id(other, home)))
    assert found.fate is Fate.CHANGE
    assert "It runs on other (venv, Python 3.12) now, and would run on shop (venv, Python 3.12)." in found.reason


def test_a_spec_that_starts_an_environment_by_its_path_is_bound(
    host: Host, home: Path, shop: Path, other: Path
) -> None:
    install(home, "Mine", *ipykernel_of(other))
    found = only(host, notebook(home / "shop" / "a.ipynb", "mine"))
    assert found.fate is Fate.CHANGE
    assert found.reason.startswith("Its kernel spec starts an environment of this machine. It runs on other")


def test_an_environment_that_no_walk_saw_is_told_by_its_spec(
    host: Host, home: Path, shop: Path, tmp_path: Path, python: Path
) -> None:
    far = make_kernel_environment(tmp_path.resolve() / "far", python)
    install(home, "far", *ipykernel_of(far))
    found = only(host, notebook(home / "shop" / "a.ipynb", "far"))
    assert found.runs_on is not None
    assert found.runs_on.prefix == far


def test_a_spec_whose_interpreter_is_gone_is_dead(host: Host, home: Path, shop: Path, other: Path) -> None:
    install(home, "mine", *ipykernel_of(other))
    shutil.rmtree(other)
    found = only(host, notebook(home / "shop" / "a.ipynb", "mine"))
    assert found.fate is Fate.CHANGE
    assert found.reason.startswith(f"Its kernel starts {other}/bin/python, which is gone.")


@pytest.mark.parametrize("name", ["project-env", "python3", "stock", "base"])
def test_what_every_machine_may_have_is_fine(host: Host, home: Path, shop: Path, python: Path, name: str) -> None:
    install(home, "stock", "python3", "-m", "ipykernel_launcher", "-f", "{connection_file}")
    install(home, "base", python, "-m", "ipykernel_launcher", "-f", "{connection_file}")
    found = only(host, notebook(home / "shop" / "a.ipynb", name))
    assert (found.fate, found.now) == (Fate.KEEP, name)


def test_a_kernel_of_another_language_that_is_here_is_fine(host: Host, home: Path, shop: Path) -> None:
    install(home, "ir", "R", "--slave", "-e", "IRkernel::main()", "--args", "{connection_file}")
    assert only(host, notebook(home / "shop" / "a.ipynb", "ir", "R")).fate is Fate.KEEP


def test_a_dead_kernel_of_another_language_is_left(host: Host, home: Path, shop: Path) -> None:
    found = only(host, notebook(home / "shop" / "a.ipynb", "ir", "R"))
    assert found.fate is Fate.LEAVE
    assert found.reason == "No kernel here has that name. Its language is R, not Python."


def test_the_language_may_stand_beside_the_kernel(host: Host, home: Path, shop: Path) -> None:
    metadata = {"kernelspec": {"name": "dead", "display_name": "Dead"}, "language_info": {"name": "Python"}}
    assert only(host, notebook(home / "shop" / "a.ipynb", "", metadata=metadata)).fate is Fate.CHANGE


def test_without_a_language_a_name_must_say_python(host: Host, home: Path, shop: Path) -> None:
    found = only(host, notebook(home / "shop" / "a.ipynb", "dead", None))
    assert found.fate is Fate.LEAVE
    assert found.reason.endswith("It does not say which language it is in.")
    assert only(host, notebook(home / "shop" / "b.ipynb", "conda-env-shop-py", None)).fate is Fate.CHANGE


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Python 3 (ipykernel)", True),
        ("conda-env-shop-py", True),
        ("python39", True),
        ("shop-1a2b3c4d", True),
        ("shop-py3.12-1a2b3c4d5e6f7a8b", True),
        ("ir", False),
        ("julia-1.9", False),
        ("happy", False),
        (None, False),
    ],
)
def test_names_that_say_python(text: str | None, says: bool) -> None:  # noqa: FBT001 -- a row of the table
    assert says_python(text) is says


def test_another_kernel_that_an_environment_holds_is_left(host: Host, home: Path, shop: Path) -> None:
    program = write(shop / "bin" / "R")
    program.chmod(0o755)
    spec = {"argv": ["R", "{connection_file}"], "display_name": "R", "language": "R"}
    write(shop / "share" / "jupyter" / "kernels" / "ir" / "kernel.json", json.dumps(spec))
    found = only(host, notebook(home / "shop" / "a.ipynb", f"{naming.environment_id(shop, home)}.ir", "R"))
    assert found.fate is Fate.LEAVE
    assert found.reason == "It names a kernel of its own kind in shop (venv, Python 3.12)."


@pytest.mark.parametrize("metadata", [{}, {"kernelspec": {}}, {"kernelspec": {"name": None}}, {"kernelspec": []}, []])
def test_a_notebook_that_names_no_kernel_is_left(host: Host, home: Path, shop: Path, metadata: object) -> None:
    found = only(host, notebook(home / "shop" / "a.ipynb", "", metadata=metadata))
    assert (found.fate, found.reason) == (Fate.LEAVE, "It names no kernel.")


@pytest.mark.parametrize("number", ["3", "-4", "null", "99999", '"x"'])
def test_a_notebook_of_another_format_is_left(host: Host, home: Path, number: str) -> None:
    path = write(home / "a.ipynb", f'{{"metadata": {{"name": "x"}}, "nbformat": {number}, "worksheets": []}}')
    assert only(host, path).fate is Fate.LEAVE


def test_a_folder_without_an_environment_leaves_its_notebooks(host: Host, home: Path, shop: Path) -> None:
    found = only(host, notebook(home / "letters" / "a.ipynb", naming.environment_id(shop, home)))
    assert found.fate is Fate.LEAVE
    assert "No folder from " in found.reason
    assert found.runs_on is not None


def test_a_project_whose_environment_cannot_start_leaves_its_notebooks(host: Host, home: Path, other: Path) -> None:
    gone = make_base(home.parent / "opt" / "python-3.11", "3.11.4")
    make_kernel_environment(home / "shop" / ".venv", gone)
    shutil.rmtree(gone.parent.parent)
    found = only(host, notebook(home / "shop" / "a.ipynb", naming.environment_id(other, home)))
    assert found.fate is Fate.LEAVE
    assert "which cannot start. " in found.reason


def test_an_environment_that_can_borrow_an_ipykernel_is_one(host: Host, home: Path, python: Path) -> None:
    make_environment(home / "shop" / ".venv", python)
    found = only(host, notebook(home / "shop" / "a.ipynb", "dead-1a2b3c4d"))
    assert found.fate is Fate.CHANGE
    assert found.reason.endswith("It would run on shop (venv, Python 3.12). That has no ipykernel yet.")
    assert found.fix.startswith("Borrow one: jupyter envs borrow build --python 3.12, or install it: ")


# -- which notebooks are meant


def test_a_folder_means_all_below_it_but_links_hidden_folders_and_environments(
    host: Host, home: Path, shop: Path
) -> None:
    expected = [notebook(home / "shop" / name, "python3") for name in ("a.ipynb", "sub/deep/b.ipynb", ".c.ipynb")]
    for name in (".ipynb_checkpoints/a-checkpoint.ipynb", ".hidden/a.ipynb", ".venv/a.ipynb", "notes.txt"):
        notebook(home / "shop" / name, "python3")
    notebook(home / "elsewhere" / "d.ipynb", "python3")
    notebook(make_environment(home / "shop" / "tools", home / "x" / "python3.12") / "e.ipynb", "python3")
    link(home / "shop" / "way", home / "elsewhere")
    link(home / "shop" / "link.ipynb", home / "elsewhere" / "d.ipynb")
    assert {one.path for one in plan(host, home / "shop")} == set(expected)


def test_each_is_told_once_in_the_order_of_the_arguments(host: Host, home: Path, report: Path) -> None:
    first = notebook(home / "z.ipynb", "python3")
    found = plan(host, first, home / "shop", report, link(home / "again.ipynb", report))
    assert [one.path for one in found] == [first, report]


def test_a_folder_that_may_not_be_read_is_told_and_the_others_go_on(open_folder: Path) -> None:
    good = notebook(open_folder / "a.ipynb", "python3")
    (closed := open_folder / "closed").mkdir(mode=0o700)
    closed.chmod(0)
    code = """
from pathlib import Path
from jupyter_envs.adopting import Adopter, Kernel
here = host.Host(Path(sys.argv[1]) / "home")
one = finder.Finder(here, settings.Settings())
for each in Adopter(one, one.central(), Kernel("project-env", "P")).plan([Path(sys.argv[1])]):
    print(each.fate.value, each.path, each.reason)
"""
    said = as_somebody_else(code, open_folder).splitlines()
    assert said == [f"keep {good} ", f"unread {closed} It could not be read: Permission denied."]


def test_what_this_person_may_not_write_is_left(open_folder: Path) -> None:
    path = notebook(open_folder / "a.ipynb", "python3")
    code = """
from jupyter_envs.adopting import writing
print(writing.obstacle(sys.argv[1], os.stat(sys.argv[1])))
"""
    path.chmod(0o644)
    assert as_somebody_else(code, path) == "It may not be written. Ask whose it is, or adopt a copy of your own.\n"
    path.chmod(0o666)
    said = "Its folder may not be written. Ask whose it is, or adopt a copy of your own.\n"
    assert as_somebody_else(code, path) == said


def make_deep(path: Path) -> None:
    path.write_text('{"cells": ' + "[" * 200_000 + "]" * 200_000 + "}")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: path.write_text("{"), "its JSON is damaged at line 1, column 2"),
        (lambda path: path.write_text('{"nbformat": 4,\n}'), "damaged at line 2, column 1"),
        (lambda path: path.write_text('{"nbformat": 4 "a": 1}'), "damaged at line 1, column 16"),
        (lambda path: path.write_text('{"nbformat" 4}'), "damaged at line 1, column 13"),
        (lambda path: path.write_text('{"nbformat": 4} {'), "damaged at line 1, column 16"),
        (lambda path: path.write_text('{"nbformat": nope}'), "damaged at line 1, column 14"),
        (lambda path: path.write_text('["nbformat"]'), "damaged at line 1, column 1"),
        (lambda path: path.write_text(""), "damaged at line 1, column 1"),
        (lambda path: path.write_text("{}"), "does not say its format"),
        (lambda path: path.write_bytes(b'{"a": "\xff"}'), "not text in UTF-8"),
        (lambda path: path.write_text('{"nbformat": 4}', "utf-16"), "not text in UTF-8"),
        (make_deep, "nested too deeply"),
        (os.mkfifo, "no regular file"),
        (lambda path: path.symlink_to(path), "Too many levels of symbolic links"),
        (lambda path: path.symlink_to("nowhere"), "No such file or directory"),
        (lambda _path: None, "No such file or directory"),
    ],
)
def test_what_is_no_notebook_is_told_in_one_line_and_the_others_go_on(
    host: Host, home: Path, report: Path, make: Callable[[Path], None], said: str
) -> None:
    make(home / "bad.ipynb")
    bad, good = plan(host, home / "bad.ipynb", report)
    assert bad.fate is Fate.UNREAD
    assert said in bad.reason
    assert "\n" not in bad.reason
    assert good.fate is Fate.CHANGE


def test_a_file_that_is_too_large_is_not_read(host: Host, report: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "AT_MOST", 10)
    assert "is larger than" in only(host, report).reason


def test_a_name_with_a_null_byte_names_no_file(host: Host) -> None:
    with pytest.raises(BadRequest, match="null byte"):
        document.read("a\0b")


# -- the change itself


def test_only_the_two_texts_are_written_anew(host: Host, report: Path) -> None:
    before = report.read_bytes()
    adopt(host, report)
    expected = before.replace(b'"theirs-1a2b3c4d"', b'"project-env"')
    assert report.read_bytes() == expected.replace(b'"theirs-1a2b3c4d here"', b'"Project environment"')


def test_afterwards_it_is_fine(host: Host, report: Path) -> None:
    adopt(host, report)
    assert only(host, report).fate is Fate.KEEP


def test_a_display_name_that_is_not_there_is_not_added(host: Host, report: Path) -> None:
    report.write_text('{"metadata":{"kernelspec":{"name":"gone-1a2b3c4d"}},"nbformat":4}')
    adopt(host, report)
    assert report.read_text() == '{"metadata":{"kernelspec":{"name":"project-env"}},"nbformat":4}'


SPACES = some.text(" \t\r\n", max_size=3)
TEXTS = some.text(some.characters(exclude_categories=["Cs"]), max_size=12)
NUMBERS = some.sampled_from(["0", "-0.0", "1E400", "1e-5", "NaN", "-Infinity", "1" * 5000, "3.10", "12"])
KEYS = some.sampled_from(["name", "display_name", "kernelspec", "metadata", "language", "cells", "a", "é\u202e", ""])


@some.composite
def literals(draw: some.DrawFn, text: str) -> str:
    """A text as JSON, each character plain or escaped in one of several ways."""
    plain = json.dumps(text, ensure_ascii=draw(some.booleans()))
    if draw(some.booleans()) and text and all(ord(char) < 0x10000 for char in text):
        return '"' + "".join(f"\\u{ord(char):04X}" for char in text) + '"'
    return plain


@some.composite
def objects(draw: some.DrawFn, members: list[tuple[str, str]]) -> str:
    """An object with these members at its end, in their order, and others, also of the same names, before them."""
    before = [(draw(KEYS), draw(values())) for _ in range(draw(some.integers(0, 3)))]
    parts = [
        f"{draw(SPACES)}{draw(literals(name))}{draw(SPACES)}:{draw(SPACES)}{value}{draw(SPACES)}"
        for name, value in [*before, *members]
    ]
    return "{" + (",".join(parts) or draw(SPACES)) + "}"


def values() -> some.SearchStrategy[str]:
    surrogates = some.just('"\\ud800"')
    leaves = NUMBERS | TEXTS.flatmap(literals) | surrogates | some.sampled_from(["true", "null", "[]", "{ }"])
    return some.recursive(
        leaves,
        lambda inner: (
            some.lists(inner, max_size=3).map(lambda each: "[" + ", ".join(each) + "]")
            | some.lists(some.tuples(KEYS, inner), max_size=3).map(
                lambda each: "{" + ",".join(f"{json.dumps(key)}: {value}" for key, value in each) + "}"
            )
        ),
        max_leaves=6,
    )


@some.composite
def notebooks(draw: some.DrawFn) -> tuple[str, str]:
    """A notebook's text in any layout, and the text that it must become."""
    kernel = [("name", "\0NAME\0"), ("display_name", "\0SHOWN\0"), ("language", '"python"')]
    kernelspec = draw(objects(draw(some.permutations(kernel))))
    metadata = draw(objects([("kernelspec", kernelspec)]))
    whole = draw(objects(draw(some.permutations([("metadata", metadata), ("nbformat", "4"), ("cells", "[]")]))))
    whole = draw(some.sampled_from(["", "\ufeff"])) + draw(SPACES) + whole + draw(SPACES)
    before = whole.replace("\0NAME\0", draw(literals(draw(TEXTS))))
    before = before.replace("\0SHOWN\0", draw(literals(draw(TEXTS))))
    after = whole.replace("\0NAME\0", '"project-env"').replace("\0SHOWN\0", '"Project environment"')
    return before, after


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(notebooks())
def test_whatever_the_layout_the_rest_stays_byte_for_byte(texts: tuple[str, str]) -> None:
    before, after = texts
    found = document.understood(before.encode(), Path(__file__).stat())
    assert found.with_kernel(WANTED) == after.encode()


@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(some.binary(max_size=60) | notebooks().map(lambda texts: texts[0].encode()[::2]) | values().map(str.encode))
def test_any_bytes_are_a_notebook_or_said_to_be_none(data: bytes) -> None:
    try:
        found = document.understood(data, Path(__file__).stat())
    except BadRequest as error:
        said = error.message
    else:
        said = f"It is no notebook: {found.format}"
    assert said.startswith("It is no notebook: ")


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(notebooks(), some.sampled_from([0o600, 0o644, 0o664, 0o755]))
def test_on_disk_too_with_the_same_permissions(texts: tuple[str, str], mode: int) -> None:
    before, after = texts
    with tempfile.TemporaryDirectory() as name:
        path = Path(os.path.realpath(name), "ä b.ipynb")
        path.write_bytes(before.encode())
        path.chmod(mode)
        found = document.read(str(path))
        writing.replace(str(path), found.status, found.with_kernel(WANTED))
        assert path.read_bytes() == after.encode()
        assert stat.S_IMODE(path.stat().st_mode) == mode
        assert list(Path(name).iterdir()) == [path]


def test_real_tools_read_the_same_notebook(host: Host, report: Path) -> None:
    nbformat = pytest.importorskip("nbformat")
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x = 'ü'"), nbformat.v4.new_markdown_cell("# a")])
    made.metadata["kernelspec"] = {"name": "gone-1a2b3c4d", "display_name": "Gone", "language": "python"}
    nbformat.write(made, report)
    adopt(host, report)
    found = nbformat.read(report, as_version=4)
    made.metadata["kernelspec"].update(WANTED)
    assert found == made
    nbformat.validate(found)


def test_a_link_stays_a_link(host: Host, home: Path, report: Path) -> None:
    way = link(home / "way.ipynb", report)
    adopt(host, way)
    assert way.is_symlink()
    assert "project-env" in report.read_text()


def test_the_projects_folder_of_a_link_is_that_of_its_file(host: Host, home: Path, report: Path, shop: Path) -> None:
    found = only(host, link(home / "letters" / "way.ipynb", report))
    assert found.would_run_on is not None
    assert found.would_run_on.prefix == shop


def test_a_file_with_several_names_is_left(host: Host, home: Path, report: Path) -> None:
    os.link(report, home / "twin.ipynb")
    found = only(host, report)
    assert found.fate is Fate.LEAVE
    assert "hard links" in found.reason


def test_a_file_that_may_not_be_written_is_left(host: Host, report: Path) -> None:
    report.chmod(0o444)
    found = only(host, report)
    assert (found.fate, found.reason, found.hindered) == (Fate.LEAVE, "It may not be written.", True)
    assert found.fix == f"Allow it: chmod u+w {report}"


def test_what_would_be_left_anyway_is_not_hindered(host: Host, report: Path, shop: Path) -> None:
    report.chmod(0o444)
    shutil.rmtree(shop)
    found = only(host, report)
    assert (found.fate, found.hindered) == (Fate.LEAVE, False)
    assert "may not be written" not in found.reason


def test_what_was_changed_meanwhile_is_left(host: Host, report: Path) -> None:
    adopter = adopter_of(host)
    [planned] = adopter.plan([report])
    text = report.read_text().replace('"cells"', '"cells" ')
    report.write_text(text)
    with pytest.raises(Refused, match="changed meanwhile"):
        adopter.carry_out(planned)
    assert report.read_text() == text


@pytest.mark.parametrize("way", ["written", "replaced", "linked", "gone"])
def test_what_is_changed_in_the_last_moment_is_left(report: Path, way: str) -> None:
    found = document.read(str(report))
    if way == "written":
        report.write_text("{}")
    elif way == "linked":
        os.link(report, report.with_name("twin"))
    else:
        report.rename(report.with_name("old"))
        if way == "replaced":
            shutil.copy2(report.with_name("old"), report)
    before = {path: path.read_bytes() for path in report.parent.glob("*") if path.is_file()}
    with pytest.raises(Refused):
        writing.replace(str(report), found.status, found.with_kernel(WANTED))
    assert {path: path.read_bytes() for path in report.parent.glob("*") if path.is_file()} == before


def test_what_would_read_differently_is_not_written(report: Path) -> None:
    found = document.read(str(report))
    other = document.understood(found.text.replace("cells", "sells").encode(), found.status)
    odd = document.Document(found.text, found.digest, found.status, other.values, found.kernel)
    with pytest.raises(BadRequest, match="not be the same"):
        odd.with_kernel(WANTED)


def test_the_time_is_that_of_the_change(host: Host, report: Path) -> None:
    os.utime(report, (1, 1))
    adopt(host, report)
    assert report.stat().st_mtime > 1_000_000


@pytest.mark.skipif(not hasattr(os, "setxattr"), reason="needs extended attributes")
def test_extended_attributes_stay(host: Host, report: Path) -> None:
    try:
        os.setxattr(report, "user.note", b"kept")
    except OSError as error:
        pytest.skip(f"no extended attributes here: {error}")
    adopt(host, report)
    assert os.getxattr(report, "user.note") == b"kept"


@pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="only root can give files to others")
def test_the_owner_stays_where_that_can_be(host: Host, report: Path) -> None:
    os.chown(report, 4_000_000_001, 4_000_000_002)
    adopt(host, report)
    status = report.stat()
    assert (status.st_uid, status.st_gid) == (4_000_000_001, 4_000_000_002)


@pytest.mark.skipif(not sys.platform.startswith("linux") or os.getuid() != 0, reason="only root can mount a full disk")
def test_a_full_disk_leaves_the_old_one(tmp_path: Path) -> None:
    place = tmp_path.resolve() / "disk"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(place)], check=False)
    if mounted.returncode:
        pytest.skip("nothing may be mounted here")
    try:
        path = notebook(place / "a.ipynb", "gone-1a2b3c4d", text="x" * 40_000)
        before = path.read_bytes()
        found = document.read(str(path))
        with pytest.raises(Refused, match="The disk is full"):
            writing.replace(str(path), found.status, found.with_kernel(WANTED))
        assert path.read_bytes() == before
        assert list(place.iterdir()) == [path]
    finally:
        subprocess.run(["umount", str(place)], check=True)


def test_a_notebook_of_100_mb_is_adopted(report: Path) -> None:
    text = report.read_text().replace('"cells": []', f'"cells": [{{"outputs": "{"x" * 100_000_000}"}}]')
    report.write_text(text)
    found = document.read(str(report))
    writing.replace(str(report), found.status, found.with_kernel(WANTED))
    assert report.stat().st_size == len(text) + len("project-envProject environment") - len(
        "theirs-1a2b3c4dtheirs-1a2b3c4d here"
    )


def test_a_disk_that_does_not_answer_is_not_waited_for(host: Host, home: Path, report: Path) -> None:
    away = home / "far"
    with dead_mount(away):
        found = plan(host, away / "a.ipynb", away, report)
    assert [(one.path, one.fate) for one in found] == [
        (away / "a.ipynb", Fate.UNREAD),
        (away, Fate.UNREAD),
        (report, Fate.CHANGE),
    ]
    assert found[0].reason == "It lies on a disk that does not answer."


@pytest.mark.parametrize("pause", [0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4])
@pytest.mark.usefixtures("person")
def test_a_program_that_is_killed_leaves_the_old_notebook_or_the_new_one(report: Path, pause: float) -> None:
    text = report.read_text().replace('"cells": []', f'"cells": ["{"x" * 20_000_000}"]')
    report.write_text(text)
    after = text.replace('"theirs-1a2b3c4d"', '"project-env"').replace(
        '"theirs-1a2b3c4d here"', '"Project environment"'
    )
    with subprocess.Popen(
        [sys.executable, "-m", "jupyter_envs", "adopt", "--yes", str(report)],
        env=surroundings(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        process.stdout.readline()  # it shows what it is about to do
        time.sleep(pause)
        process.kill()
    assert report.read_text() in {text, after}
