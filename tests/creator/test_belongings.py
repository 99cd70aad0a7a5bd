"""What is its person's own in an environment is told from what packages and tools put there."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.creator import belongings
from tests.creator.changing import uv
from tests.folders import add_distribution, link, make_base, make_environment, read, site_of, write

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.name == "nt", reason="environments are not made on Windows")


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    return make_environment(tmp_path / "env", make_base(tmp_path / "base"))


def own(prefix: Path, *skipped: str, known_as: str | None = None) -> set[str]:
    """By names below the environment, and in its site-packages below that."""
    found = belongings.of(read(prefix, prefix), skipped, known_as)
    site = f"{site_of(prefix).relative_to(prefix)}/"
    assert found.left == ()
    return {f"site:{name.removeprefix(site)}" if name.startswith(site) else name for name in found.names}


@pytest.mark.parametrize("seed", [(), ("--seed",)])
def test_what_uv_and_pip_make_is_nobodys_own(tmp_path: Path, seed: tuple[str, ...]) -> None:

    uv("venv", "--no-project", *seed, tmp_path / "env")
    uv("pip", "install", "--python", tmp_path / "env" / "bin" / "python", "six==1.15.0")
    assert own(tmp_path / "env") == set()


def test_what_virtualenv_and_its_wrapper_make_is_nobodys_own(prefix: Path) -> None:
    for name in (
        "activate.fish",
        "Activate.ps1",
        "activate_this.py",
        "deactivate.bat",
        "pip3.12",
        "pip-3.12",
        "wheel3",
    ):
        write(prefix / "bin" / name)
    for name in ("_virtualenv.py", "_virtualenv.pth", "distutils-precedence.pth", "easy-install.pth", "mine.egg-link"):
        write(site_of(prefix) / name, str(prefix))
    link(prefix / "bin" / "python3.12", "python")
    link(prefix / "bin" / "𝜋thon", "python")
    write(prefix / "bin" / "develop", "#!/x/bin/python\n# EASY-INSTALL-DEV-SCRIPT: 'it==1'\n")
    write(prefix / "bin" / "pyx", "import sys\nsys.argv[0].endswith('-script.pyw')\n")
    link(prefix / "lib64", "lib")
    link(prefix / "local" / "bin", "../bin")
    link(prefix / "include" / "python3.12", "/usr/include/python3.12")
    assert own(prefix) == set()


def test_what_a_package_lists_is_its_own_however_it_says_so(prefix: Path) -> None:
    site = site_of(prefix)
    listed = '../../../bin/run,,\n"../../../etc/jupyter/a, b.json",,\nsix.py,,\ndeep/inside/it.py,,\n'
    write(site / "it-1.0.dist-info" / "RECORD", f"{listed}/was/here/share/it/data,,\n")
    write(site / "old-1.0.egg-info" / "installed-files.txt", "../old/x.py\n../../../../bin/old\nPKG-INFO\n")
    write(site / "PyOld-1.0.egg-info", "Name: PyOld\n")
    write(site / "told-1.0.egg-info" / "top_level.txt", "under\n")
    add_distribution(site, "plain-one", "1.0")
    for name in ("bin/run", "bin/old", "etc/jupyter/a, b.json", "share/it/data"):
        write(prefix / name)
    for name in ("six.py", "deep/inside/it.py", "old/x.py", "PyOld.py", "under/x.py", "~t/x.py", "a-1.data/x"):
        write(site / name)
    assert own(prefix, known_as="/was/here") == set()
    assert own(prefix) == {"share/it/data"}


def test_all_else_is_its_persons(prefix: Path, tmp_path: Path) -> None:
    names = {
        "bin/mine",
        "bin/python-mine",
        "etc/jupyter/x.json",
        "share/jupyter/kernels/mine/kernel.json",
        "lib/it.so",
        "local/x",
    }
    in_site = {
        "sitecustomize.py",
        "_virtualenv_path_extensions.pth",
        "mine.pth",
        "by_hand/__init__.py",
        "usercustomize.py",
    }
    for name in names:
        write(prefix / name)
    for name in in_site:
        write(site_of(prefix) / name)
    write(site_of(prefix) / "by_hand" / "__pycache__" / "x.pyc")
    write(prefix / "src" / "linked" / "x.py")
    write(prefix / "share" / "jupyter" / "lab" / "staging" / "x.js")
    link(prefix / "share" / "data", tmp_path)
    link(prefix / "bin" / "tool", "mine")
    assert own(prefix, "src/linked") == {*names, "share/data", "bin/tool", *(f"site:{name}" for name in in_site)}


def test_those_of_a_python_that_is_gone_too(prefix: Path) -> None:
    write(prefix / "lib" / "python3.9" / "site-packages" / "mine.py")
    assert belongings.of(read(prefix, prefix)).names == ("lib/python3.9/site-packages/mine.py",)


def test_what_is_too_deep_or_no_file_is_told(prefix: Path) -> None:
    deep = prefix / "etc" / "/".join("d" * (belongings.DEPTH_AT_MOST + 2)) / "x"
    write(deep)
    (prefix / "share").mkdir()
    os.mkfifo(prefix / "share" / "pipe")
    found = belongings.of(read(prefix, prefix))
    assert found.names == ()
    assert found.left == ("etc/" + "/".join("d" * (belongings.DEPTH_AT_MOST + 1)), "share/pipe")


def test_what_only_looks_like_a_tools_is_its_persons(prefix: Path, tmp_path: Path) -> None:
    site = site_of(prefix)
    write(site / "it-1.0.dist-info" / "RECORD", "it/__init__.py,,\nlinked/x.py,,\n../../../data/x,,\n")
    for name in ("it/__init__.py", "it/mine.cfg", "results.data", "~draft.py", "my.egg", "trials.data/x", "a.egg/x"):
        write(site / name)
    link(site / "linked", tmp_path)
    write(site.parent / "mine.py")
    write(prefix / "lib" / "python3.9" / "deep" / "mine.py")
    write(prefix / "data" / "x")
    link(prefix / "bin" / "python-dev", "/opt/dev/python3")
    in_library = {f"lib/{site.parent.name}/mine.py", "lib/python3.9/deep/mine.py", "bin/python-dev"}
    in_site = {"it/mine.cfg", "results.data", "~draft.py", "my.egg", "trials.data/x", "a.egg/x"}
    assert own(prefix) == {*in_library, *(f"site:{name}" for name in in_site)}


def test_every_folder_at_the_top_is_looked_through(prefix: Path) -> None:
    write(prefix / "notebooks" / "mine.ipynb")
    assert own(prefix) == {"notebooks/mine.ipynb"}


def test_the_library_that_an_old_virtualenv_copied_is_nobodys(prefix: Path) -> None:
    library = site_of(prefix).parent
    for name in ("orig-prefix.txt", "site.py", "distutils/__init__.py"):
        write(library / name)
    write(prefix / "lib" / "python2.7" / "site.py")
    write(library / "site-packages" / "mine.py")
    assert own(prefix) == {"site:mine.py"}


def test_the_walk_ends_and_tells_where_and_has_room_for_each_folder(
    prefix: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(belongings, "ENTRIES_AT_MOST", 20)
    names = [f"it/{number}.py" for number in range(30)]
    for name in names:
        write(site_of(prefix) / name)
    write(site_of(prefix) / "it-1.0.dist-info" / "RECORD", "".join(f"{name},,\n" for name in names))
    write(site_of(prefix) / "sitecustomize.py")
    for number in range(30):
        write(prefix / "etc" / "many" / f"{number}")
    write(prefix / "share" / "more")
    found = belongings.of(read(prefix, prefix))
    assert found.left == ("etc/many",)
    assert {"share/more", f"{site_of(prefix).relative_to(prefix)}/sitecustomize.py"} < set(found.names)
    monkeypatch.setattr(belongings, "LOOKED_AT_MOST", 20)
    assert belongings.of(read(prefix, prefix)).left[0].endswith("site-packages/it")
