"""What doctor finds: each with its cause, what to do, and whether it is wrong or only good to know."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jupyter_envs import doctor, own_kernels, pins, stale_specs
from jupyter_envs.errors import Problem, ProblemCode, Refused
from jupyter_envs.finder import Finder
from jupyter_envs.managers.base import Scene
from jupyter_envs.settings import Settings
from jupyter_envs.snapshot import Rests, Snapshot
from tests.dead_mount import dead_mount
from tests.folders import (
    add_distribution,
    add_editable,
    as_somebody_else,
    link,
    make_base,
    make_environment,
    make_kernel_environment,
    site_of,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.doctor import Finding
    from jupyter_envs.host import Host

AS_ROOT = pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="only root can give files to others")
OTHER = 4_000_000_001
pytestmark = pytest.mark.skipif(os.name == "nt", reason="the folders are written for Unix")


@pytest.fixture
def shop(home: Path, python: Path) -> Path:
    """A ready environment."""
    return make_kernel_environment(home / "shop" / ".venv", python)


def examined(host: Host, settings: Settings | None = None) -> list[Finding]:
    """All findings after a whole walk that is remembered."""
    finder = Finder(host, settings or Settings())
    snapshot = finder.scan()
    finder.index().save(snapshot)
    return doctor.examine(finder, snapshot)


def only(host: Host) -> Finding:
    """The one finding that there is."""
    (finding,) = examined(host)
    return finding


def add_spec(host: Host, name: str, content: object) -> Path:
    text = content if isinstance(content, str) else json.dumps(content)
    return write(host.home / ".local" / "share" / "jupyter" / "kernels" / name / "kernel.json", text)


def test_where_all_is_well_there_is_nothing(host: Host, shop: Path, home: Path, python: Path) -> None:
    make_environment(home / "without-ipykernel" / ".venv", python)
    add_spec(host, "fine", {"argv": [str(shop / "bin" / "python"), "-m", "ipykernel_launcher"]})
    add_spec(host, "by-name", {"argv": ["julia"]})
    assert examined(host) == []


def test_a_broken_environment_names_its_interpreter_and_what_that_was(host: Host, home: Path) -> None:
    gone = make_base(home.parent / "opt" / "python-3.11", "3.11.4")
    prefix = make_kernel_environment(home / "old" / ".venv", gone)
    shutil.rmtree(gone.parent.parent)
    finding = only(host)
    assert (finding.code, finding.prefix, finding.note) == ("interpreter-missing", prefix, False)
    assert str(gone) in finding.message
    assert "it was Python 3.11" in finding.message
    assert "--clear" in finding.fix
    assert finding.mend is None


def test_an_orphan_names_the_lost_project(host: Host, home: Path, python: Path) -> None:
    central = home / ".cache" / "pypoetry" / "virtualenvs"
    prefix = make_kernel_environment(central / "lost-Xb3_k2Qd-py3.12", python)
    add_editable(prefix, "lost", home / "lost")
    finding = only(host)
    assert finding.code == "project-gone"
    assert not finding.note


def test_a_moved_environment_is_good_to_know(host: Host, home: Path, shop: Path) -> None:
    shop.parent.rename(home / "store")
    finding = only(host)
    assert (finding.code, finding.note) == ("moved", True)


def test_an_ipykernel_that_is_not_sound_is_good_to_know(host: Host, shop: Path) -> None:
    add_distribution(site_of(shop), "ipykernel", "7.9.0", "traitlets>=5")
    finding = only(host)
    assert (finding.code, finding.note) == ("inconsistent-ipykernel", True)


def test_what_everybody_can_write_is_mended_at_exactly_that_path(host: Host, shop: Path) -> None:
    (shop / "bin").chmod(0o777)
    finding = only(host)
    assert (finding.code, finding.note) == ("foreign", False)
    assert finding.mend is not None
    finding.mend.act()
    assert (shop / "bin").stat().st_mode & 0o777 == 0o775
    assert examined(host) == []


@AS_ROOT
def test_what_is_somebody_elses_is_good_to_know(host: Host, shop: Path) -> None:
    os.chown(shop, OTHER, -1)
    finding = only(host)
    assert (finding.code, finding.note, finding.mend) == ("foreign", True, None)


def test_a_foreign_one_that_vanished_meanwhile_is_still_told(host: Host, shop: Path) -> None:
    (shop / "bin").chmod(0o777)
    finder = Finder(host, Settings())
    snapshot = finder.scan()
    finder.index().save(snapshot)
    shutil.rmtree(shop)
    (finding,) = doctor.examine(finder, snapshot)
    assert (finding.code, finding.mend) == ("foreign", None)


def test_an_own_kernel_that_must_not_start_says_why(host: Host, shop: Path) -> None:
    path = write(shop / own_kernels.FOLDER / "ir" / "kernel.json", '{"argv": ["R"]}')
    finding = only(host)
    assert (finding.code, finding.prefix) == ("own-kernel", shop)
    assert f"{shop}/bin/R is gone" in finding.message
    assert str(path) in finding.fix


def test_an_own_kernel_that_jupyter_sees_itself_is_told_once(host: Host, shop: Path) -> None:
    write(shop / own_kernels.FOLDER / "ir" / "kernel.json", '{"argv": ["/gone/R"]}')
    found = examined(replace(host, variables={"JUPYTER_PATH": str(shop / "share" / "jupyter")}))
    assert [finding.code for finding in found] == ["stale-kernel-spec"]


def test_a_stale_spec_of_any_origin_is_told_with_its_file_and_set_aside(host: Host, home: Path) -> None:
    path = add_spec(host, "dead", {"argv": ["/gone/env/bin/python", "-m", "ipykernel_launcher"]})
    finding = only(host)
    assert (finding.code, finding.subject, finding.note) == ("stale-kernel-spec", "dead", False)
    assert str(path) in finding.message
    assert "/gone/env/bin/python, which is gone" in finding.message
    assert finding.mend is not None
    finding.mend.act()
    assert not path.parent.exists()
    (aside,) = (host.own_state_folder() / "removed-kernels").iterdir()
    assert aside.name.endswith("-dead")
    assert (aside / "kernel.json").exists()
    assert examined(host) == []


def test_a_stale_spec_that_was_mended_meanwhile_is_left_alone(host: Host, shop: Path) -> None:
    path = add_spec(host, "dead", {"argv": ["/gone/python"]})
    finding = only(host)
    path.write_text(json.dumps({"argv": [str(shop / "bin" / "python")]}))
    assert finding.mend is not None
    with pytest.raises(Refused):
        finding.mend.act()
    assert path.exists()


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"argv": []}', '{"argv": [1]}', '{"argv": ["\\u0000"]}', '{"argv": ["/\\ud800"]}']
)
def test_a_spec_that_cannot_be_understood_is_told(host: Host, text: str) -> None:
    add_spec(host, "odd", text)
    finding = only(host)
    assert finding.code == "damaged-kernel-spec"
    assert finding.mend is not None
    finding.mend.act()
    assert examined(host) == []


@pytest.mark.parametrize("leads_to", ["/gone", "in-a-circle", "below-a-file"])
def test_a_program_is_gone_only_where_that_is_sure(host: Host, home: Path, leads_to: str) -> None:
    program = home / "python"
    if leads_to == "below-a-file":
        program = write(home / "file") / "python"
    else:
        link(program, program if leads_to == "in-a-circle" else leads_to)
    add_spec(host, "dead", {"argv": [str(program)]})
    finding = only(host)
    assert (finding.code, finding.note, finding.mend is None) == ("stale-kernel-spec", False, False)


def test_a_program_that_cannot_be_asked_for_is_a_note(host: Host) -> None:
    add_spec(host, "long", {"argv": ["/" + "x" * 5000]})
    finding = only(host)
    assert (finding.code, finding.note, finding.mend) == ("unreadable-kernel-spec", True, None)


EXAMINED_BY_SOMEBODY_ELSE = """
import json
from pathlib import Path
from jupyter_envs import doctor
home = Path(sys.argv[1])
mine = host.Host(home, platform="linux", uid=os.getuid(), prefix=home / "server", system=home / "machine")
kernels = home / ".local" / "share" / "jupyter" / "kernels"
"""
TOLD = """
here = finder.Finder(mine, settings.Settings())
snapshot = here.scan()
here.index().save(snapshot)
for one in doctor.examine(here, snapshot):
    print(one.code, one.note, one.mend is not None, one.message, one.fix)
"""


def test_a_program_that_one_may_not_see_is_a_note(open_folder: Path) -> None:
    open_folder.chmod(0o777)
    code = (
        "kernels.joinpath('hidden').mkdir(parents=True)\n"
        "home.joinpath('closed').mkdir(mode=0o000)\n"
        "argv = [str(home / 'closed' / 'bin' / 'python')]\n"
        "kernels.joinpath('hidden', 'kernel.json').write_text(json.dumps({'argv': argv}))\n"
    )
    said = as_somebody_else(EXAMINED_BY_SOMEBODY_ELSE + code + TOLD, open_folder)
    assert "stale-kernel-spec" not in said
    assert "unreadable-kernel-spec True False" in said
    assert "closed/bin/python, which cannot be looked at: Permission denied" in said


def test_a_spec_that_may_not_be_read_is_a_note(open_folder: Path) -> None:
    open_folder.chmod(0o777)
    code = (
        "kernels.joinpath('hidden').mkdir(parents=True)\n"
        "kernels.joinpath('hidden', 'kernel.json').write_text('{')\n"
        "kernels.joinpath('hidden', 'kernel.json').chmod(0)\n"
    )
    said = as_somebody_else(EXAMINED_BY_SOMEBODY_ELSE + code + TOLD, open_folder)
    assert "damaged-kernel-spec" not in said
    assert "unreadable-kernel-spec True False" in said
    assert "could not be read" in said


def test_a_cache_folder_that_one_may_not_write_is_told_though_it_holds_an_index(open_folder: Path) -> None:
    open_folder.chmod(0o777)
    closed = TOLD.replace("for one in", "mine.own_cache_folder().chmod(0o500)\nfor one in")
    said = as_somebody_else(EXAMINED_BY_SOMEBODY_ELSE + closed, open_folder)
    assert "index-unusable True False" in said
    assert str(open_folder / ".cache" / "jupyter-envs") in said


@pytest.mark.parametrize(("size", "codes"), [(70_000, []), (1_100_000, ["unreadable-kernel-spec"])])
def test_a_large_spec_is_read_and_one_beyond_all_measure_is_a_note(host: Host, size: int, codes: list[str]) -> None:
    add_spec(host, "large", {"argv": ["julia"], "metadata": {"text": "x" * size}})
    found = examined(host)
    assert [(one.code, one.note, one.mend) for one in found] == [(code, True, None) for code in codes]


@pytest.mark.parametrize("leads_to", ["folder", "fifo", "/gone"])
def test_a_spec_that_is_no_file_is_damaged(host: Host, home: Path, leads_to: str) -> None:
    path = add_spec(host, "odd", "")
    path.unlink()
    if leads_to == "folder":
        path.mkdir()
    elif leads_to == "fifo":
        os.mkfifo(path)
    else:
        link(path, leads_to)
    finding = only(host)
    assert (finding.code, finding.mend is None) == ("damaged-kernel-spec", False)


def test_a_spec_that_vanished_meanwhile_is_no_longer_so(host: Host) -> None:
    path = add_spec(host, "dead", {"argv": ["/gone/python"]})
    (stale,) = stale_specs.find(Scene(host))
    path.unlink()
    assert not stale.is_still_so()


@AS_ROOT
@pytest.mark.parametrize("whose", ["folder", "file"])
def test_a_spec_of_somebody_elses_is_a_note_that_names_whose_it_is(host: Host, whose: str) -> None:
    path = add_spec(host, "dead", {"argv": ["/gone/python"]})
    os.chown(path if whose == "file" else path.parent, OTHER, -1)
    finding = only(host)
    assert (finding.code, finding.note, finding.mend) == ("stale-kernel-spec", True, None)
    assert f"It belongs to {OTHER}" in finding.fix


@AS_ROOT
def test_a_spec_that_became_somebody_elses_meanwhile_is_left_alone(host: Host) -> None:
    path = add_spec(host, "dead", {"argv": ["/gone/python"]})
    finding = only(host)
    os.chown(path, OTHER, -1)
    assert finding.mend is not None
    with pytest.raises(Refused):
        finding.mend.act()
    assert path.exists()


def test_where_files_have_no_owners_a_stale_spec_can_be_set_aside(host: Host) -> None:
    add_spec(host, "dead", {"argv": ["/gone/python"]})
    assert only(replace(host, uid=None)).mend is not None


def test_specs_are_looked_for_once_in_a_folder_that_is_named_twice(host: Host, home: Path) -> None:
    path = add_spec(host, "dead", {"argv": ["/gone/python"]})
    link(home / "again", path.parent.parent.parent)
    (path.parent.parent / "no-spec").mkdir()
    twice = replace(host, variables={"JUPYTER_PATH": str(home / "again")})
    assert len(list(stale_specs.find(Scene(twice)))) == 1


def test_a_spec_in_a_folder_that_one_may_not_write_is_not_offered_to_be_moved(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = add_spec(host, "dead", {"argv": ["/gone/python"]})
    monkeypatch.setattr(os, "access", lambda asked, _: asked != path.parent.parent)
    finding = only(host)
    assert finding.mend is None
    assert "Ask who looks after this machine" in finding.fix


def test_a_damaged_pins_file_is_told_once_and_set_aside(host: Host, shop: Path) -> None:
    path = write(pins.file_of(host), "{")
    finding = only(host)
    assert (finding.code, finding.subject) == ("damaged-pins", "pins.json")
    assert finding.mend is not None
    said = finding.mend.act()
    assert "To bring it back: mv" in said
    assert not path.exists()
    assert examined(host) == []


def test_pins_that_were_mended_meanwhile_are_left_alone(host: Host, shop: Path) -> None:
    path = write(pins.file_of(host), "{")
    finding = only(host)
    path.unlink()
    pins.change(host, shop, pins.Mark.PIN, on=True)
    assert finding.mend is not None
    with pytest.raises(Refused):
        finding.mend.act()
    assert path.exists()


def test_a_cache_folder_that_everybody_writes_can_be_mended(host: Host, shop: Path) -> None:
    folder = host.own_cache_folder()
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    finding = only(host)
    assert (finding.code, finding.note) == ("index-unusable", False)
    assert str(folder) in finding.message
    assert finding.mend is not None
    finding.mend.act()
    folder.chmod(0o700)
    assert examined(host) == []


def test_a_cache_folder_that_cannot_be_made_is_good_to_know(host: Host, shop: Path) -> None:
    write(host.own_cache_folder())
    finding = only(host)
    assert (finding.code, finding.note, finding.mend) == ("index-unusable", True, None)


def test_places_settings_and_mounts_are_told(host: Host) -> None:
    problem = Problem(ProblemCode.WALK_INCOMPLETE, "/x could not be read.", "Mend it.")
    finder = Finder(host, Settings())
    finder.index().save(finder.scan())
    rests = Rests({}, ("/mnt/far",), {"/mnt/far": True, "/mnt/near": False})
    snapshot = Snapshot(problems=(problem,), rests=rests)
    bad = Problem(ProblemCode.BAD_SETTINGS, "There is no setting 'x'.", "Mend it.")
    found = doctor.examine(finder, snapshot, [bad])
    assert [(one.code, one.subject, one.note) for one in found] == [
        ("walk-incomplete", "Looking for environments", False),
        ("unreachable", "/mnt/far", False),
        ("bad-settings", "Settings", False),
    ]
    assert "umount /mnt/far" in found[1].fix
    assert [one.note for one in doctor.examine(finder, replace(snapshot, complete=True, rests=None))] == [True]


def test_findings_are_told_as_json(host: Host) -> None:
    add_spec(host, "dead", {"argv": ["/gone/python"]})
    told = only(host).as_json()
    assert set(told) == {"code", "subject", "message", "fix", "mendable", "note", "prefix"}
    assert (told["code"], told["mendable"], told["note"], told["prefix"]) == ("stale-kernel-spec", True, False, None)
    json.dumps(told)


def test_a_disk_that_does_not_answer_is_not_asked(host: Host, home: Path, shop: Path) -> None:
    (shop / "bin").chmod(0o777)
    finder = Finder(host, Settings())
    snapshot = finder.scan()
    finder.index().save(snapshot)
    add_spec(host, "far", {"argv": [str(home / "far" / "python")]})
    shop.rename(home / "aside")
    with dead_mount(home / "far"):
        link(shop, home / "far" / "shop")
        assert doctor.examine(Finder(host, Settings()), snapshot) == []
