"""The command line, in this process and as the program that people start."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_envs import __version__, cli, naming
from jupyter_envs.cli import options
from jupyter_envs.host import Host
from jupyter_envs.overlay.distributions import Distribution
from jupyter_envs.state import State
from tests.commands import answer, complete, run, start, surroundings
from tests.folders import (
    ROOT,
    add_distribution,
    link,
    make_base,
    make_environment,
    make_kernel_environment,
    make_overlay,
    make_poetry_project,
    poetry_hash,
    site_of,
    write,
)

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="the folders are written for Unix"),
    pytest.mark.usefixtures("person"),
]


@pytest.fixture
def shop(home: Path, python: Path) -> Path:
    return make_kernel_environment(home / "shop" / ".venv", python)


def test_nothing_found_is_a_helpful_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("list") == 0
    out, err = capsys.readouterr()
    assert out.startswith("No environments were found below ~ ")
    assert "python3 -m venv .venv" in out
    assert err == ""


def test_a_list_is_a_table(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("list") == 0
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        "NAME  MANAGER  PYTHON  STATE  PROJECT",
        "shop  venv     3.12.1  ready  ~/shop",
        "",
        "1 environment, 1 kernel in Jupyter.",
    ]
    assert err == ""


def test_a_long_list_has_kernel_names_and_prefixes(home: Path, shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("list", "--long") == 0
    out = capsys.readouterr().out
    assert naming.environment_id(shop, home) in out
    assert str(shop) in out


def test_a_list_in_json_is_the_contract(home: Path, shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = answer(capsys, "list")
    assert set(told) >= {"version", "complete", "scanned", "environments"}
    assert (told["version"], told["complete"]) == (1, True)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", told["scanned"])
    assert [one["id"] for one in told["environments"]] == [naming.environment_id(shop, home)]


def test_no_wait_does_not_walk(home: Path, shop: Path, python: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_environment(home / ".virtualenvs" / "science", python)
    told = answer(capsys, "list", "--no-wait")
    assert [one["name"] for one in told["environments"]] == ["science"]
    assert (told["complete"], told["scanned"]) == (False, None)
    assert len(answer(capsys, "list", "--rescan")["environments"]) == 2


def test_filters_choose_by_manager_and_state(
    home: Path, shop: Path, python: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_environment(home / ".virtualenvs" / "science", python)
    names = [
        (["--manager", "venv"], ["shop"]),
        (["--manager", "venv", "--manager", "virtualenvwrapper"], ["science", "shop"]),
        (["--state", "needs-ipykernel"], ["science"]),
        (["--state", "ready", "--manager", "virtualenvwrapper"], []),
    ]
    for words, expected in names:
        assert [one["name"] for one in answer(capsys, "list", *words)["environments"]] == expected
    assert run("list", "--state", "broken") == 0
    assert capsys.readouterr().out == "No environment is like that. See them all with: jupyter envs list\n"


def test_the_help_explains_the_words_of_the_column(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run("list", "--help")
    said = " ".join(capsys.readouterr().out.split())
    for word in (*State, "borrowed", "borrows", "no ipykernel", "unsound", "not trusted"):
        assert word in said, word
    reference = (ROOT / "docs" / "reference" / "command-line.md").read_text()
    for state in State:
        assert f"| `{state}` | `" in reference
    with pytest.raises(SystemExit) as wrong:
        run("list", "--state", "borrowed")
    assert wrong.value.code == 2
    assert "needs-ipykernel" in capsys.readouterr().err


def test_the_help_does_not_say_that_a_kernel_needs_an_ipykernel(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run("--help")
    said = " ".join(capsys.readouterr().out.split())
    assert "with their own ipykernel, or with one that they borrow" in said


def test_root_replaces_the_roots(home: Path, shop: Path, python: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = make_environment(home.parent / "srv" / "a $HOME b" / ".venv", python)
    for root in (home.parent / "srv", "../srv", other.parent):
        told = answer(capsys, "list", "--root", root)
        assert [one["prefix"] for one in told["environments"]] == [str(other)]


def test_problems_of_settings_are_warnings(home: Path, shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(home / ".jupyter" / "jupyter_envs_config.json", '{"JupyterEnvs": {"colour": "red"}}')
    write(home / ".config" / "pypoetry" / "config.toml", "not toml")
    assert run("list") == 0
    out, err = capsys.readouterr()
    assert "shop" in out
    assert len(err.splitlines()) == 2
    assert all(line.startswith("jupyter-envs: ") for line in err.splitlines())


@pytest.mark.parametrize("how", ["id", "beginning", "name", "display name", "prefix", "project", "notebook", "link"])
def test_show_takes_whatever_names_an_environment(
    home: Path, shop: Path, how: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write(home / "shop" / "deep" / "a.ipynb")
    link(home / "alias", shop)
    identity = naming.environment_id(shop, home)
    words: dict[str, str | Path] = {
        "id": identity,
        "beginning": identity[:8],
        "name": "shop",
        "display name": "shop (venv, Python 3.12)",
        "prefix": shop,
        "project": home / "shop",
        "notebook": home / "shop" / "deep" / "a.ipynb",
        "link": "alias",
    }
    told = answer(capsys, "show", words[how])
    assert told["version"] == 1
    assert told["environment"]["id"] == identity
    assert run("show", words[how]) == 0
    assert "Name:          shop (venv, Python 3.12)" in capsys.readouterr().out


def test_show_reads_an_environment_outside_the_roots(
    home: Path, python: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = make_environment(home.parent / "srv" / ".venv", python)
    assert answer(capsys, "show", other)["environment"]["prefix"] == str(other)


def test_show_tells_what_a_borrowed_ipykernel_shadows(
    home: Path, python: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prefix = make_environment(home / "old" / ".venv", python)
    assert answer(capsys, "show", "old")["environment"]["shadows"] == []
    lent = [Distribution(name, "5.16.1", (), ("traitlets",)).as_json() for name in ("traitlets>=5", "traitlets")]
    make_overlay(Host.current(), prefix, "7.4.0", *lent)
    add_distribution(site_of(prefix), "traitlets", "4.3.3")
    told = answer(capsys, "show", "old")["environment"]
    assert told["borrowed"] == "7.4.0"
    assert told["shadows"] == [{"name": "traitlets", "own": "4.3.3", "borrowed": "5.16.1"}]
    assert run("show", "old") == 0
    out = capsys.readouterr().out
    assert "ipykernel:     7.4.0 (borrowed)\n" in out
    assert "Shadowed:      traitlets 4.3.3 (its kernel has 5.16.1)\n" in out


def test_show_of_several_names_them(home: Path, python: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("shop-one", "shop-two"):
        make_environment(home / name / ".venv", python)
    assert run("show", "shop") == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert "can mean several environments: shop-one-" in err


@pytest.mark.parametrize("word", ["nothing", "", "/nonexistent", "x" * 5000, "a\nb\x1b[31m", "-", "."])
def test_show_of_nothing_is_one_line(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("show", "--", word) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("jupyter-envs: ")
    assert err.count("\n") == 1
    assert "\x1b" not in err


def test_which_says_which_and_why(home: Path, shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("which", home / "shop") == 0
    assert capsys.readouterr().out.splitlines() == [
        "shop (venv, Python 3.12)",
        f"  {shop}",
        "  because of ~/shop: It lies in the project's folder.",
    ]
    told = answer(capsys, "which", home / "shop")
    assert (told["version"], told["reason"]) == (1, "It lies in the project's folder.")
    assert told["project"] == str(home / "shop")
    assert told["environment"]["prefix"] == str(shop)


def test_which_is_about_here_by_default(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shop.parent)
    assert run("which") == 0


def test_which_without_an_environment_is_1_and_says_so(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("which") == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err == (
        f"jupyter-envs: No folder from {home} upwards has an environment. "
        "Make one there, or choose a kernel by its name.\n"
    )
    assert run("which", "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["project"], told["environment"]) == (None, None)


def test_which_tells_why_poetry_uses_none(home: Path, python: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shop = make_poetry_project(home / "shop")
    name = f"shop-{poetry_hash(shop)}"
    make_environment(home / ".cache/pypoetry/virtualenvs" / f"{name}-py3.12", python)
    assert run("which", shop) == 0
    assert "It is the project's only one." in capsys.readouterr().out
    write(home / ".cache/pypoetry/virtualenvs/envs.toml", f'[{name}]\nminor = "3.9"\n')
    assert run("which", shop) == 1
    assert "Poetry's envs.toml says Python 3.9." in capsys.readouterr().err


def test_which_of_a_broken_one_says_what_is_wrong(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shop / "bin" / "python").unlink()
    assert run("which", shop.parent) == 0
    assert "! Its interpreter" in capsys.readouterr().out


def test_which_of_a_path_that_is_not_there_is_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("which", "absent") == 1
    assert capsys.readouterr().err.startswith("jupyter-envs: absent does not exist.")
    assert run("which", "x" * 5000) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_pythons_are_listed(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_base(home / ".pyenv" / "versions" / "3.99.1", "3.99.1")
    assert run("pythons") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["PYTHON", "FROM", "PATH"]
    assert lines[1].split() == ["3.99.1", "pyenv", "~/.pyenv/versions/3.99.1/bin/python"]
    told = answer(capsys, "pythons")
    assert told["version"] == 1
    assert told["pythons"][0] == {
        "path": str(home / ".pyenv/versions/3.99.1/bin/python"),
        "version": "3.99.1",
        "implementation": "cpython",
        "manager": "pyenv",
        "label": "Python 3.99.1 (pyenv)",
    }


def test_no_pythons_is_a_helpful_sentence(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jupyter_envs.interpreters._SYSTEM", ())
    assert run("pythons") == 0
    assert capsys.readouterr().out.startswith("No interpreter was found. Install one")


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["nothing"],
        ["list", "--manager", "nobody"],
        ["list", "--state", "fine"],
        ["list", "--unknown"],
        ["show"],
        ["show", "a", "b"],
        ["which", "a", "b"],
        ["--nothing"],
    ],
)
def test_wrong_usage_is_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        run(*words)
    assert caught.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("usage: jupyter envs")


def test_help_and_version_are_0(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (
        ["--help"],
        ["list", "--help"],
        ["show", "--help"],
        ["which", "-h"],
        ["pythons", "-h"],
        ["pin", "-h"],
        ["doctor", "-h"],
    ):
        with pytest.raises(SystemExit) as caught:
            run(*words)
        assert caught.value.code == 0
        assert all(len(line) <= 80 for line in capsys.readouterr().out.splitlines())
    with pytest.raises(SystemExit):
        run("--version")
    assert capsys.readouterr().out == f"jupyter-envs {__version__}\n"


WORDS = st.sampled_from(
    [
        "list",
        "show",
        "which",
        "pythons",
        "pin",
        "hide",
        "doctor",
        "--off",
        "--fix",
        "--json",
        "--long",
        "--manager",
        "venv",
        "--state",
        "ready",
        "--root",
        ".",
        "--",
    ]
) | st.text(st.characters(exclude_characters="\0", exclude_categories=()), max_size=10)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.lists(WORDS, max_size=5))
def test_no_words_end_in_a_traceback(shop: Path, words: list[str]) -> None:
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", errors="backslashreplace") for _ in range(2))
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = cli.main(words)
        except SystemExit as ended:
            status = ended.code  # type: ignore[assignment]  # argparse's own are numbers
    assert status in {0, 1, 2}


def test_the_program_is_the_same(shop: Path) -> None:
    done = start("list")
    assert (done.returncode, done.stderr) == (0, "")
    assert "shop  venv     3.12.1  ready  ~/shop" in done.stdout
    assert start("show", "nothing").returncode == 1
    assert start("nothing").returncode == 2
    assert json.loads(start("list", "--json").stdout)["version"] == 1


def test_names_that_are_not_utf8_are_printed_all_the_same(home: Path, python: Path) -> None:
    make_environment(home / os.fsdecode(b"sh\xffp") / ".venv", python)
    make_environment(home / "größe" / ".venv", python)
    for encoding in ("utf-8", "ascii", "latin-1"):
        for words in (["list", "--long"], ["list", "--json"], ["show", "size"], ["which", "."]):
            done = start(*words, PYTHONIOENCODING=encoding, PYTHONUTF8="0", LC_ALL="C")
            assert "Traceback" not in done.stderr
    assert (
        os.fsencode(json.loads(start("list", "--json").stdout)["environments"][1]["prefix"])
        == os.fsencode(home / os.fsdecode(b"sh\xffp") / ".venv")
        or len(json.loads(start("list", "--json").stdout)["environments"]) == 2
    )


def test_a_reader_that_goes_away_is_no_defect(shop: Path) -> None:
    command = f"'{sys.executable}' -m jupyter_envs list --json; echo status $? >&2"
    done = subprocess.run(
        ["sh", "-c", f"( {command} ) | true"],
        env=surroundings(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr
    assert re.search(r"status [01]$", done.stderr)


@pytest.mark.parametrize("redirection", [">&-", "2>&-", ">&- 2>&-", ">/dev/full", "</dev/null"])
def test_closed_and_full_outputs_are_no_defect(shop: Path, redirection: str) -> None:
    if redirection == ">/dev/full" and not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    done = subprocess.run(
        ["sh", "-c", f"'{sys.executable}' -m jupyter_envs list {redirection}"],
        env=surroundings(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr
    assert done.returncode == (1 if redirection == ">/dev/full" else 0)
    if redirection == ">/dev/full":
        assert done.stderr.startswith("jupyter-envs: No space left on device")


def test_ctrl_c_prints_what_is_there(home: Path, shop: Path, python: Path) -> None:
    make_kernel_environment(home / ".virtualenvs" / "science", python)
    for first in range(60):
        for second in range(60):
            (home / "tree" / str(first) / str(second)).mkdir(parents=True)
    code = (
        "import os, signal, sys\n"
        "from jupyter_envs import cli, walks\n"
        "explore = walks.explore\n"
        "def interrupted(*arguments, **options):\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    return explore(*arguments, **options)\n"
        "walks.explore = interrupted\n"
        "sys.exit(cli.main(['list']))\n"
    )
    environment = surroundings()
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "science" in done.stdout
    assert "The walk ended before it had seen every folder." in done.stderr
    assert "Traceback" not in done.stderr


def test_ctrl_c_elsewhere_is_one_line(
    shop: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jupyter_envs.finder.Finder.resolve", lambda *_: os.kill(os.getpid(), signal.SIGINT))
    assert run("which", shop.parent) == 1
    assert capsys.readouterr().err == "jupyter-envs: Interrupted. Nothing was changed.\n"


def test_a_person_without_a_home_is_told_what_to_set(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HOME")
    monkeypatch.setattr("os.getuid", lambda: 4_000_000_001)
    assert run("list") == 1
    assert capsys.readouterr().err == "jupyter-envs: Your home folder is not known. Set the variable HOME.\n"


def test_the_shell_completes_commands_options_and_environments(home: Path, python: Path) -> None:
    science = make_environment(home / ".virtualenvs" / "science", python)
    assert complete("jupyter-envs sh") == ["show"]
    assert {"list", "show", "which", "pythons"} <= set(complete("jupyter-envs "))
    assert "--manager" in complete("jupyter-envs list --")
    assert complete("jupyter-envs list --state re") == ["ready"]
    assert complete("jupyter-envs show sci") == [naming.environment_id(science, home)]


def test_completing_an_environment_knows_the_one_of_this_folder(home: Path, python: Path, shop: Path) -> None:
    make_environment(home / ".virtualenvs" / "science", python)
    os.chdir(shop.parent)
    assert options.known_ids("") == sorted([naming.environment_id(shop, home), *options.known_ids("science")])
    assert options.known_ids("nothing") == []


def test_without_argcomplete_nothing_is_completed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "argcomplete", None)
    monkeypatch.setenv("_ARGCOMPLETE", "1")
    assert run("list") == 0
    assert capsys.readouterr().out.startswith("No environments were found")


def test_listing_is_quick_to_start() -> None:
    """It loads neither Jupyter nor asyncio; what else a start costs is for the benchmarks."""
    code = "import sys; from jupyter_envs import cli; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"HOME": os.environ["HOME"], "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert not set(done.stdout.split()) & {"jupyter_client", "jupyter_server", "jupyter_core", "traitlets", "asyncio"}
