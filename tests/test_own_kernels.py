"""The kernel specs that an environment holds itself, as they are read and described."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_envs import doctor, own_kernels, pins
from jupyter_envs.environment import OwnKernel
from jupyter_envs.finder import Finder
from jupyter_envs.pins import Mark
from jupyter_envs.settings import Settings
from jupyter_envs.snapshot import Snapshot
from jupyter_envs.state import State
from jupyter_envs.trust import Trust
from tests.dead_mount import dead_mount
from tests.folders import link, make_environment, make_kernel_environment, read, scanned, write, write_program

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.host import Host
    from jupyter_envs.own_kernels import OwnSpec

AS_ROOT = pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="only root can give files to others")
pytestmark = pytest.mark.skipif(os.name == "nt", reason="the folders are written for Unix")

FIELDS = ["argv", "env", "metadata", "display_name", "language", "interrupt_mode", "debugger", "supported_encryption"]
IPYKERNEL = ["-m", "ipykernel_launcher", "-f", "{connection_file}"]


@pytest.fixture
def shop(home: Path, python: Path) -> Path:
    """A ready environment with R in it."""
    prefix = make_kernel_environment(home / "shop" / ".venv", python)
    write_program(prefix / "bin" / "R")
    return prefix


def add(prefix: Path, name: str, content: object) -> Path:
    text = content if isinstance(content, str) else json.dumps(content)
    return write(prefix / own_kernels.FOLDER / name / "kernel.json", text)


def spec(*argv: str, **more: object) -> dict[str, object]:
    return {"argv": list(argv), "display_name": "R", "language": "R", **more}


def found(prefix: Path, home: Path) -> dict[str, OwnSpec]:
    return {one.name: one for one in own_kernels.read(read(prefix, home), Trust(os.getuid()))}


def test_another_kernel_is_offered_with_its_environments_name(host: Host, shop: Path) -> None:
    told = {"debugger": False, "supported_encryption": ["curve"], "other": 1}
    add(shop, "ir", spec("R", "--slave", "-f", "{connection_file}", interrupt_mode="message", metadata=told))
    environment = scanned(host)[shop]
    assert environment.kernels == (OwnKernel("ir", "R (shop)", "R", "message", False, ("curve",), True),)  # noqa: FBT003
    again = type(environment).from_json(json.loads(json.dumps(environment.as_json())))
    assert again.kernels == environment.kernels


def test_its_program_is_taken_from_the_environment(shop: Path, home: Path) -> None:
    add(shop, "ir", spec("R", "--args", "{connection_file}", "{resource_dir}/x", "{prefix}/y", "{other}"))
    one = found(shop, home)["ir"]
    assert one.words("/run/k.json") == [
        f"{shop}/bin/R",
        "--args",
        "/run/k.json",
        f"{shop}/share/jupyter/kernels/ir/x",
        f"{shop}/y",
        "{other}",
    ]


@pytest.mark.parametrize("word", ["python", "python3", "python3.12"])
def test_python_means_the_environments_own(shop: Path, home: Path, word: str) -> None:
    add(shop, "second", spec(word, *IPYKERNEL, env={"MODE": "2"}))
    assert found(shop, home)["second"].program == f"{shop}/bin/python"


def test_its_variables_come_over_the_activated_ones(shop: Path, home: Path) -> None:
    add(shop, "ir", spec("R", env={"R_HOME": "${HOME}/r", "PATH": "/extra:${PATH}", "ODD": "$$ ${GONE} $"}))
    variables = found(shop, home)["ir"].variables({"HOME": "/h", "PATH": "/e/bin"})
    assert variables == {"HOME": "/h", "PATH": "/extra:/e/bin", "R_HOME": "/h/r", "ODD": "$ ${GONE} $"}


@pytest.mark.parametrize(
    ("name", "argv", "more"),
    [
        ("python3", ["{prefix}/bin/python", *IPYKERNEL], {}),
        ("python3", ["{prefix}/bin/python3", "-Xfrozen_modules=off", *IPYKERNEL], {"env": {}}),
        ("named", ["python", "-m", "ipykernel", "-f", "{connection_file}"], {}),
        ("named", ["{prefix}/bin/python3.12", *IPYKERNEL], {}),
        ("python3", ["/the/old/place/bin/python", *IPYKERNEL], {}),
        ("python3", ["/bin/sh", *IPYKERNEL], {}),
    ],
)
def test_the_spec_of_its_own_ipykernel_is_no_other_kernel(
    shop: Path, home: Path, name: str, argv: list[str], more: dict[str, Any]
) -> None:
    link(shop / "bin" / "python3.12", "python")
    add(shop, name, spec(*argv, **more))
    assert found(shop, home) == {}


@pytest.mark.parametrize(
    ("argv", "more"),
    [
        (["python", *IPYKERNEL], {"env": {"MODE": "2"}}),
        (["python", "-O", *IPYKERNEL], {}),
        (["python", *IPYKERNEL, "--matplotlib=inline"], {}),
        (["python", "-m", "xonsh.kernel"], {}),
        (["python", "kernel.py"], {}),
    ],
)
def test_a_second_python_with_something_of_its_own_is_another_kernel(
    host: Host, shop: Path, argv: list[str], more: dict[str, Any]
) -> None:
    add(shop, "second", spec(*argv, **more))
    assert [one.name for one in scanned(host)[shop].kernels] == ["second"]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        "[" * 100_000,
        '{"argv": "R"}',
        '{"argv": []}',
        '{"argv": [1]}',
        '{"argv": ["R", "\\u0000"]}',
        '{"argv": ["R", "\\ud800"]}',
        '{"argv": ["R"], "env": []}',
        '{"argv": ["R"], "env": ["x"]}',
        '{"argv": ["R"], "env": {"A": 1}}',
        '{"argv": ["R"], "env": {"": "x"}}',
        '{"argv": ["R"], "env": {"A=B": "x"}}',
        '{"argv": ["R"], "metadata": {"supported_encryption": [1]}}',
        '{"argv": ["./R"]}',
        '{"argv": ["bin/R"]}',
        '{"argv": [""]}',
        '{"argv": ["gone"]}',
        '{"argv": ["/gone/R"]}',
        '{"argv": ["{prefix}/lib"]}',
        '{"argv": ["{prefix}/pyvenv.cfg"]}',
        '{"argv": ["R"], "more": "' + "x" * 70_000 + '"}',
    ],
)
def test_a_spec_that_makes_no_sense_is_not_offered_and_says_why(
    host: Host, shop: Path, home: Path, content: str
) -> None:
    add(shop, "odd", content)
    assert scanned(host)[shop].kernels == ()
    fault = found(shop, home)["odd"].fault
    assert fault is not None
    assert fault.endswith(".")


def test_fields_of_the_wrong_kind_are_left_out(host: Host, shop: Path) -> None:
    odd = spec("R", env=None, interrupt_mode="burn", metadata={"debugger": "yes", "supported_encryption": "curve"})
    add(shop, "odd", {**odd, "display_name": 1, "language": []})
    assert scanned(host)[shop].kernels == (OwnKernel("odd", "odd (shop)", "", offered=True),)
    add(shop, "odd", {**odd, "metadata": []})
    assert len(scanned(host)[shop].kernels) == 1


def test_a_name_is_shown_without_what_nobody_sees(host: Host, shop: Path) -> None:
    add(shop, "ir", spec("R", display_name="R\u202e\x1b[31m" + "x" * 200))
    title = scanned(host)[shop].kernels[0].display_name
    assert title.startswith("R[31mxxx")
    assert len(title) <= 80


def test_names_are_made_ones_that_jupyter_accepts_and_never_the_same(shop: Path, home: Path) -> None:
    for name in ("my kernel", "my/kernel".replace("/", "+"), "größe", os.fsdecode(b"\xff"), "Fine-1.0_x"):
        add(shop, name, spec("R"))
    names = set(found(shop, home))
    assert "Fine-1.0_x" in names
    assert len(names) == 5
    assert all(own_kernels._NAME.fullmatch(name) for name in names)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(FIELDS) | st.text(), inner),
    )
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_json_is_judged_and_never_fails(shop: Path, home: Path, content: object) -> None:
    add(shop, "any", {"argv": ["R"], **content} if isinstance(content, dict) else content)
    for one in found(shop, home).values():
        assert one.fault is not None or all(isinstance(word, str) for word in one.words("x"))
        json.dumps(one.variables({}))


def test_a_damaged_spec_under_pythons_own_name_is_no_other_kernel(shop: Path, home: Path) -> None:
    add(shop, "python3", "{")
    assert found(shop, home) == {}


def test_a_fifo_a_folder_and_a_circle_are_not_waited_for(shop: Path, home: Path) -> None:
    place = shop / own_kernels.FOLDER
    (place / "fifo").mkdir(parents=True)
    os.mkfifo(place / "fifo" / "kernel.json")
    (place / "folder" / "kernel.json").mkdir(parents=True)
    (place / "empty").mkdir()
    write(place / "file")
    link(place / "circle" / "kernel.json", place / "circle" / "kernel.json")
    assert {name: one.fault for name, one in found(shop, home).items()} == dict.fromkeys(
        ("circle", "fifo", "folder"), "Its kernel.json could not be understood."
    )


@AS_ROOT
@pytest.mark.parametrize("what", ["share/jupyter/kernels/ir/kernel.json", "share/jupyter/kernels/ir", "bin/R"])
@pytest.mark.parametrize("how", ["owner", "mode"])
def test_what_somebody_else_could_change_is_not_offered(
    host: Host, shop: Path, home: Path, what: str, how: str
) -> None:
    add(shop, "ir", spec("R"))
    if how == "owner":
        os.chown(shop / what, 4_000_000_001, -1)
    else:
        (shop / what).chmod(0o777)
    assert scanned(host)[shop].kernels == ()
    assert f"Somebody else can change {shop / what}" in str(found(shop, home)["ir"].fault)


@AS_ROOT
def test_a_script_that_somebody_else_could_change_is_not_run(host: Host, shop: Path, home: Path) -> None:
    script = write(home / "shared" / "kernel.py")
    add(shop, "ir", spec("python", str(script)))
    assert len(scanned(host)[shop].kernels) == 1
    script.chmod(0o666)
    assert scanned(host)[shop].kernels == ()


@AS_ROOT
def test_an_environment_that_is_not_trusted_offers_none(host: Host, shop: Path) -> None:
    add(shop, "ir", spec("R"))
    os.chown(shop, 4_000_000_001, -1)
    found = scanned(host)[shop]
    assert (found.state, found.kernels) == (State.FOREIGN, ())


def test_a_broken_environment_offers_none(host: Host, shop: Path, python: Path) -> None:
    add(shop, "ir", spec("R"))
    python.unlink()
    assert scanned(host)[shop].kernels == ()


def test_one_without_ipykernel_offers_its_others(host: Host, home: Path, python: Path) -> None:
    prefix = make_environment(home / "rlang" / ".venv", python)
    write_program(prefix / "bin" / "R")
    add(prefix, "ir", spec("R"))
    environment = scanned(host, Settings(borrow_ipykernel="never"))[prefix]
    assert (environment.kernel, environment.state) == (False, State.NEEDS_IPYKERNEL)
    assert [one.offered for one in environment.kernels] == [True]


def test_others_are_offered_as_their_environment_is(host: Host, shop: Path) -> None:
    add(shop, "ir", spec("R"))
    assert not scanned(host, Settings(offer="pinned"))[shop].kernels[0].offered
    pins.change(host, shop, Mark.HIDE, on=True)
    assert not scanned(host)[shop].kernels[0].offered
    pins.change(host, shop, Mark.PIN, on=True)
    assert scanned(host, Settings(offer="pinned"))[shop].kernels[0].offered


def test_what_jupyter_finds_on_its_own_path_is_not_offered_twice(host: Host, shop: Path) -> None:
    add(shop, "ir", spec("R"))
    server = replace(host, prefix=shop)
    assert scanned(server)[shop].kernels == ()
    path = replace(host, variables={"JUPYTER_PATH": f"{shop}/share/jupyter"})
    assert scanned(path)[shop].kernels == ()


def test_environments_of_one_name_tell_their_others_apart(host: Host, home: Path, python: Path) -> None:
    for folder in ("a", "b"):
        prefix = make_kernel_environment(home / folder / "shop" / ".venv", python)
        write_program(prefix / "bin" / "R")
        add(prefix, "ir", spec("R"))
    titles = {one.kernels[0].display_name for one in scanned(host).values()}
    assert titles == {"R (shop) [a]", "R (shop) [b]"}


def test_a_change_of_a_spec_or_its_program_is_seen_by_the_next_look(host: Host, shop: Path) -> None:
    path = add(shop, "ir", spec("R"))
    for each in (path, path.parent, path.parent.parent, shop / "bin" / "R"):
        os.utime(each, (1, 1))
    finder = Finder(host, Settings())
    walked = finder.scan().walked
    assert len(_kernels(finder, walked)) == 1
    path.write_text("{")
    assert _kernels(finder, walked) == []
    path.write_text(json.dumps(spec("R", display_name="Other")))
    assert _kernels(finder, walked) == ["Other (shop)"]
    (shop / "bin" / "R").unlink()
    assert _kernels(finder, walked) == []
    write_program(shop / "bin" / "R")
    assert _kernels(finder, walked) == ["Other (shop)"]


def _kernels(finder: Finder, walked: Any) -> list[str]:  # noqa: ANN401
    return [kernel.display_name for one in finder.refresh(walked).environments for kernel in one.kernels]


def test_what_lies_on_a_disk_that_does_not_answer_is_not_asked(host: Host, shop: Path, home: Path) -> None:
    place = shop / own_kernels.FOLDER
    add(shop, "sound", spec("R"))
    add(shop, "program", spec(str(home / "far" / "R")))
    add(shop, "script", spec("R", str(home / "far" / "script.R")))
    link(place / "folder", home / "far" / "folder")
    link(place / "file" / "kernel.json", home / "far" / "kernel.json")
    with dead_mount(home / "far"):
        finder = Finder(host, Settings())
        found = finder.inspect(shop)
        assert found is not None
        assert [one.name for one in found.kernels] == ["sound"]
        facts = finder.memory.known(shop)
        assert facts is not None
        assert sorted(one.name for one in facts.kernels if one.away) == ["file", "folder", "program", "script"]
        findings = doctor.examine(finder, Snapshot((found,)))
        assert all("does not answer" in one.message for one in findings if one.code == doctor.OWN_KERNEL)
    write_program(home / "far" / "R")
    again = finder.inspect(shop)
    assert again is not None
    assert [one.name for one in again.kernels] == ["program", "script", "sound"]
