"""The commands register and unregister."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.commands import answer, run
from tests.folders import (
    add_distribution,
    make_base,
    make_environment,
    make_kernel_environment,
    make_overlay,
    site_of,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.host import Host

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="the folders are written for Unix"),
    pytest.mark.usefixtures("person"),
]


@pytest.fixture
def shop(home: Path, python: Path) -> Path:
    return make_kernel_environment(home / "shop" / ".venv", python)


@pytest.fixture
def kernels(home: Path) -> Path:
    return home / ".local" / "share" / "jupyter" / "kernels"


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def identity(capsys: pytest.CaptureFixture[str], name: str = "shop") -> str:
    told: str = answer(capsys, "show", name)["environment"]["id"]
    return told


def test_it_says_where_the_kernel_spec_is_and_how_it_is_called(
    shop: Path, kernels: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = identity(capsys)
    assert run("register", "shop") == 0
    out = capsys.readouterr().out
    assert out == f"shop (venv, Python 3.12) is registered as '{name}'.\n  {kernels / name}\n"
    assert names_in(kernels) == [name]


def test_the_listing_and_what_is_told_of_it_follow(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = answer(capsys, "register", "shop", "--name", "Mine")
    assert (told["version"], told["refused"]) == (1, [])
    assert (told["registered"][0]["name"], told["registered"][0]["outlives"]) == ("mine", True)
    listed = answer(capsys, "list")["environments"][0]
    assert (listed["kernel_name"], listed["kernel"]) == ("mine", True)
    told = answer(capsys, "unregister", "shop")
    assert [kernel["name"] for kernel in told["unregistered"]] == ["mine"]
    assert (told["version"], told["kept"]) == (1, [])
    listed = answer(capsys, "list")["environments"][0]
    assert listed["kernel_name"] == listed["id"]


@pytest.mark.parametrize("how", ["name", "id", "prefix", "project", "beginning"])
def test_a_kernel_is_taken_back_by_anything_that_means_it(
    home: Path, shop: Path, kernels: Path, capsys: pytest.CaptureFixture[str], how: str
) -> None:
    own = identity(capsys)
    run("register", "shop", "--name", "mine")
    capsys.readouterr()
    words = {"name": "Mine", "id": own, "prefix": str(shop), "project": str(home / "shop"), "beginning": own[:-3]}
    assert run("unregister", words[how]) == 0
    assert capsys.readouterr().out == "'mine' is no longer registered.\n"
    assert names_in(kernels) == []


@pytest.mark.parametrize("how", ["name", "id", "prefix"])
def test_the_kernel_of_an_environment_that_is_gone_is_taken_back(
    shop: Path, kernels: Path, capsys: pytest.CaptureFixture[str], how: str
) -> None:
    own = identity(capsys)
    run("register", "shop", "--name", "mine")
    shutil.rmtree(shop)
    assert run("unregister", {"name": "mine", "id": own, "prefix": str(shop)}[how]) == 0
    assert names_in(kernels) == []


def test_what_is_kept_is_said(shop: Path, kernels: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("register", "shop", "--name", "mine")
    note = write(kernels / "mine" / "note.txt", "mine")
    assert run("unregister", "mine") == 0
    assert capsys.readouterr().err == f"{note} is kept: it was not written by jupyter-envs.\n"


def test_all_that_are_offered_are_registered_and_the_others_are_not(
    home: Path, python: Path, shop: Path, kernels: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_kernel_environment(home / "work" / ".venv", python)
    make_kernel_environment(home / "hidden" / ".venv", python)
    theirs = make_kernel_environment(home / "theirs" / ".venv", python)
    argv = [str(theirs / "bin" / "python"), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    write(kernels / "theirs" / "kernel.json", json.dumps({"argv": argv, "display_name": "x", "language": "python"}))
    run("hide", "hidden")
    capsys.readouterr()
    assert run("register", "--all") == 0
    out = capsys.readouterr().out
    assert [line for line in out.splitlines() if "registered" in line] == [
        f"{name} (venv, Python 3.12) is registered as '{name}-{rest}'."
        for name, rest in (named.rsplit("-", 1) for named in names_in(kernels) if named != "theirs")
    ]
    assert [name.rsplit("-", 1)[0] for name in names_in(kernels)] == ["shop", "theirs", "work"]
    assert answer(capsys, "register", "--all")["refused"] == []


def test_of_all_those_that_cannot_be_registered_are_said(
    home: Path, python: Path, shop: Path, kernels: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_kernel_environment(home / "{prefix}" / ".venv", python)
    assert run("register", "--all") == 1
    out, err = capsys.readouterr()
    assert "shop (venv, Python 3.12) is registered as " in out
    assert "Jupyter would replace {prefix} in " in err
    assert run("register", "--all", "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert (len(told["registered"]), len(told["refused"])) == (1, 1)
    assert told["refused"][0].keys() == {"id", "message", "fix"}


def test_where_nothing_is_offered_nothing_is_registered(
    home: Path, kernels: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("register", "--all") == 0
    assert capsys.readouterr().out == "No environment is offered as a kernel. See why with: jupyter envs list\n"
    assert names_in(kernels) == []


def test_one_that_borrows_its_ipykernel_is_said_not_to_outlive_the_package_and_what_it_needs(
    host: Host, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prefix = make_environment(home / "bare" / ".venv", make_base(home / "opt" / "python-3.9", "3.9.2"))
    assert answer(capsys, "list")["environments"][0]["kernel"] is True
    assert run("register", "bare") == 0
    said = capsys.readouterr().out.splitlines()[2:]
    ends = (
        "  It borrows its ipykernel, so this kernel ends with jupyter-envs. Install ipykernel into it and register it"
        " again to change that."
    )
    command = f"jupyter envs borrow build --python {prefix}"  # of another build than the server's
    needs = f"  It cannot start yet: there is no ipykernel that it could borrow. Make one with: {command}"
    assert said == [needs, ends]
    assert answer(capsys, "register", "bare")["registered"][0]["needs"] == command
    make_overlay(host, prefix)
    assert run("register", "bare") == 0
    assert capsys.readouterr().out.splitlines()[2:] == [ends]
    assert answer(capsys, "register", "bare")["registered"][0]["needs"] is None


def test_one_whose_own_ipykernel_is_not_sound_is_told_to_mend_it(
    home: Path, shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add_distribution(site_of(shop), "ipykernel", "7.4.0", "traitlets>=5")
    add_distribution(site_of(shop), "traitlets", "4.3.3")
    assert run("register", "shop") == 0
    said = capsys.readouterr().out.splitlines()[-1]
    assert said == (
        "  Its ipykernel is not sound: ipykernel 7.4.0 needs traitlets>=5, and there is traitlets 4.3.3."
        " So it borrows one, and this kernel ends with jupyter-envs. Mend its own and register it again to change that."
    )


def test_of_all_those_that_borrow_are_left_out_and_said(
    home: Path, python: Path, shop: Path, kernels: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("bare", "empty"):
        make_environment(home / name / ".venv", python)
    assert run("register", "--all") == 0
    said = capsys.readouterr().out.partition("2 environments left out: ")[2]
    assert said == (
        "bare (venv, Python 3.12), empty (venv, Python 3.12).\n  They borrow their ipykernel, so their kernels would"
        " end with jupyter-envs. For one all the same: jupyter envs register ENV\n"
    )
    assert [name.rsplit("-", 1)[0] for name in names_in(kernels)] == ["shop"]
    told = answer(capsys, "register", "--all")
    assert [identity.rsplit("-", 1)[0] for identity in told["left_out"]] == ["bare", "empty"]
    assert run("register", "bare") == 0
    capsys.readouterr()
    told = answer(capsys, "register", "--all")
    assert (len(told["registered"]), len(told["left_out"])) == (2, 1)


def test_where_all_borrow_nothing_else_is_said(home: Path, python: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_environment(home / "bare" / ".venv", python)
    assert run("register", "--all") == 0
    assert capsys.readouterr().out.startswith("1 environment left out: ")


def test_what_keeps_all_from_being_written_is_said_once(
    home: Path, python: Path, shop: Path, kernels: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_kernel_environment(home / "work" / ".venv", python)
    kernels.mkdir(parents=True)
    disk = ["mount", "-t", "tmpfs", "-o", "ro", "none", str(kernels)]
    if subprocess.run(disk, check=False, capture_output=True).returncode:
        pytest.skip("may not mount a disk of its own")
    try:
        assert run("register", "--all") == 1
        fix = "Mend that, or name another folder in JUPYTER_DATA_DIR."
        said = f"jupyter-envs: No kernel spec can be written in {kernels}: Read-only file system. {fix}\n"
        assert capsys.readouterr().err == said
        assert run("register", "--all", "--json") == 1
        assert len(json.loads(capsys.readouterr().out)["refused"]) == 2
    finally:
        subprocess.run(["umount", str(kernels)], check=True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("register", "shop", "--all"), "give only one of them: shop, --all"),
        (("register",), "name one environment, or give --all"),
        (("register", "--all", "--name", "x"), "--name is for one environment, so it cannot be combined with --all"),
        (("unregister", "shop", "--stale"), "give only one of them: shop, --stale"),
        (("unregister", "--stale", "--all"), "give only one of them: --stale, --all"),
        (("unregister",), "name one environment or kernel, or give --stale or --all"),
    ],
)
def test_other_words_are_wrong_usage(
    shop: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        run(*words)
    assert ended.value.code == 2
    err = capsys.readouterr().err
    assert err.startswith(f"usage: jupyter envs {words[0]} [")
    assert err.endswith(f"jupyter envs {words[0]}: error: {said}\n")


def test_two_environments_are_wrong_usage(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run("register", "shop", "work")
    assert ended.value.code == 2


def test_the_help_says_that_a_kernel_is_taken_back_by_its_name_too(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run("unregister", "--help")
    assert "the kernel's name, or of its environment an id" in " ".join(capsys.readouterr().out.split())


class Typed(io.StringIO):
    """What a person types in a terminal."""

    def isatty(self) -> bool:
        return True


def test_all_of_ours_are_taken_back_after_asking(
    home: Path, python: Path, kernels: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("shop", "work"):
        make_kernel_environment(home / name / ".venv", python)
        assert run("register", str(home / name), "--name", name) == 0
    write(kernels / "ir" / "kernel.json", '{"argv": ["ir"], "display_name": "R", "language": "R"}')
    capsys.readouterr()
    monkeypatch.setattr("sys.stdin", Typed("n\n"))
    assert run("unregister", "--all") == 1
    out, err = capsys.readouterr()
    question = "Remove 2 registered kernels? [y/N] "
    told = "jupyter-envs: Nothing was removed. Answer y, or give --yes, to remove them."
    named = [f"{name}  {home / name / '.venv'}" for name in ("shop", "work")]
    assert (out, err.splitlines()) == ("", [*named, question + told])
    assert names_in(kernels) == ["ir", "shop", "work"]
    monkeypatch.setattr("sys.stdin", Typed("y\n"))
    assert run("unregister", "--all") == 0
    assert capsys.readouterr().out == "'shop' is no longer registered.\n'work' is no longer registered.\n"
    assert names_in(kernels) == ["ir"]
    assert run("unregister", "--all") == 0
    assert capsys.readouterr().out == "No kernel is registered.\n"


@pytest.mark.parametrize("how", ["--yes", "--json"])
def test_all_are_taken_back_without_asking_where_that_is_said_or_nobody_is_there(
    shop: Path, kernels: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    assert run("register", "shop") == 0
    monkeypatch.setattr("sys.stdin", Typed("n\n") if how == "--yes" else None)
    assert run("unregister", "--all", how) == 0
    assert names_in(kernels) == []


def test_a_name_with_a_slash_is_one_line(shop: Path, kernels: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("register", "shop", "--name", "../../x") == 2
    said = "jupyter-envs: '../../x' is no name for a kernel. Use letters, digits, dots, hyphens and underscores.\n"
    assert capsys.readouterr().err == said
    assert names_in(kernels) == []


def test_a_broken_one_is_refused_with_its_reason(shop: Path, python: Path, capsys: pytest.CaptureFixture[str]) -> None:
    python.unlink()
    assert run("register", "shop") == 1
    assert "shop (venv, Python 3.12) cannot be registered. Its interpreter" in capsys.readouterr().err


def test_what_is_not_registered_cannot_be_taken_back(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("unregister", "shop") == 1
    assert "jupyter-envs: shop (venv, Python 3.12) is not registered." in capsys.readouterr().err
    assert run("unregister", "nothing") == 1
    said = "jupyter-envs: No kernel 'nothing' is registered. There is no environment 'nothing'."
    assert capsys.readouterr().err.startswith(said)


def test_a_spec_of_somebody_elses_is_not_taken_back(
    shop: Path, kernels: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(kernels / "ir" / "kernel.json", '{"argv": ["ir"], "display_name": "R", "language": "R"}')
    assert run("unregister", "ir") == 1
    assert "was not written by jupyter-envs" in capsys.readouterr().err
    assert names_in(kernels / "ir") == ["kernel.json"]


def test_only_stale_ones_of_ours_are_taken_back(
    home: Path, shop: Path, kernels: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = make_base(home / "opt" / "python-3.11", "3.11.9")
    make_kernel_environment(home / "work" / ".venv", other)
    write(kernels / "dead" / "kernel.json", '{"argv": ["/nonexistent/ir"], "display_name": "R", "language": "R"}')
    for name in ("shop", "work"):
        assert run("register", name, "--name", name) == 0
    capsys.readouterr()
    assert run("unregister", "--stale") == 0
    assert capsys.readouterr().out == "No registered kernel is stale.\n"
    other.unlink()
    assert run("doctor") == 1
    assert f"kernel.json needs {home / 'work' / '.venv' / 'bin' / 'python'}, which is gone." in "".join(
        " ".join(capsys.readouterr().out.split())
    )
    assert run("unregister", "--stale") == 0
    assert capsys.readouterr().out == "'work' is no longer registered.\n"
    assert names_in(kernels) == ["dead", "shop"]
