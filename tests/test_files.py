"""Reading what may be hostile: it is bounded, it never waits, and links are followed one by one."""

from __future__ import annotations

import errno
import os
import socket
import stat
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_envs import files
from tests.folders import as_somebody_else, link, write


def test_a_file_is_read_as_text(tmp_path: Path) -> None:
    write(tmp_path / "a", "größe\n")
    assert files.read_text(str(tmp_path / "a")) == "größe\n"


def test_no_more_than_the_limit_is_read(tmp_path: Path) -> None:
    (tmp_path / "huge").write_bytes(b"x" * (files.SMALL + 10))
    assert len(files.read_text(str(tmp_path / "huge")) or "") == files.SMALL
    assert files.read_text(str(tmp_path / "huge"), 3) == "xxx"


def test_bytes_that_are_not_utf8_come_back_unchanged(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(bytes(range(256)))
    text = files.read_text(str(tmp_path / "binary"))
    assert text is not None
    assert text.encode("utf-8", "surrogateescape") == bytes(range(256))


def test_what_is_not_a_regular_file_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "folder").mkdir()
    link(tmp_path / "dangling", "nowhere")
    link(tmp_path / "loop", "loop")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        for name in ("fifo", "folder", "dangling", "loop", "socket", "absent"):
            assert files.read_text(str(tmp_path / name)) is None, name
    assert files.read_text("/dev/zero") is None
    assert files.read_text("a\0b") is None


def test_a_file_that_fails_while_it_is_read_is_not_there() -> None:
    path = "/proc/self/mem"
    if not os.access(path, os.R_OK) or not stat.S_ISREG(Path(path).stat().st_mode):
        pytest.skip("needs a file whose first page cannot be read")
    assert files.read_text(path) is None


def test_a_link_to_a_file_is_read(tmp_path: Path) -> None:
    write(tmp_path / "a", "text")
    link(tmp_path / "b", "a")
    assert files.read_text(str(tmp_path / "b")) == "text"


def test_a_file_without_permission_is_not_there(open_folder: Path) -> None:
    write(open_folder / "secret", "text").chmod(0)
    (open_folder / "closed").mkdir(mode=0)
    code = "print(files.read_text(sys.argv[1]), files.names(sys.argv[2]))"
    assert as_somebody_else(code, open_folder / "secret", open_folder / "closed") == "None []\n"


def test_names_are_sorted_and_an_unreadable_folder_is_empty(tmp_path: Path) -> None:
    for name in ("b", "a", "C", ".d"):
        write(tmp_path / name)
    assert files.names(str(tmp_path)) == [".d", "C", "a", "b"]
    assert files.names(str(tmp_path / "a")) == []
    assert files.names(str(tmp_path / "absent")) == []
    assert files.names("a\0b") == []


def test_components_are_every_step_to_the_target(tmp_path: Path) -> None:
    here = tmp_path.resolve()
    write(here / "base" / "bin" / "python3.12")
    link(here / "base" / "bin" / "python", "python3.12")
    link(here / "env" / "python", "../base/./bin//python")
    met = [path for path, _ in files.components(str(here / "env" / "python"))]
    assert met[0] == "/"
    assert met[met.index(str(here)) :] == [
        str(here),
        str(here / "env"),
        str(here / "env" / "python"),
        str(here / "base"),
        str(here / "base" / "bin"),
        str(here / "base" / "bin" / "python"),
        str(here / "base" / "bin" / "python3.12"),
    ]


def test_components_through_an_absolute_link_begin_again_at_the_root(tmp_path: Path) -> None:
    here = tmp_path.resolve()
    write(here / "real" / "file")
    link(here / "link", here / "real")
    met = [path for path, _ in files.components(str(here / "link" / "file"))]
    assert met[-1] == str(here / "real" / "file")
    assert str(here / "link") in met


def test_components_name_what_is_missing(tmp_path: Path) -> None:
    here = tmp_path.resolve()
    link(here / "a", "b")
    link(here / "b", "gone/python")
    with pytest.raises(FileNotFoundError) as caught:
        list(files.components(str(here / "a")))
    assert caught.value.filename == str(here / "gone")


def test_components_that_go_round_in_a_circle_end(tmp_path: Path) -> None:
    here = tmp_path.resolve()
    link(here / "a", "b")
    link(here / "b", "a")
    with pytest.raises(OSError, match="symbolic links") as caught:
        list(files.components(str(here / "a")))
    assert caught.value.errno == errno.ELOOP


def test_forty_links_are_followed_and_no_more(tmp_path: Path) -> None:
    here = tmp_path.resolve()
    write(here / "0")
    for number in range(1, 42):
        link(here / str(number), str(number - 1))
    assert list(files.components(str(here / "40")))[-1][0] == str(here / "0")
    with pytest.raises(OSError, match="symbolic links"):
        list(files.components(str(here / "41")))


NAMES = st.sampled_from(["a", "b", "c", "..", "."])


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.lists(NAMES, max_size=4)), max_size=4), st.lists(NAMES, max_size=5)
)
def test_components_lead_where_the_system_leads(links: list[tuple[str, list[str]]], path: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        _compare_with_the_system(patch, links, path)


def _compare_with_the_system(patch: pytest.MonkeyPatch, links: list[tuple[str, list[str]]], path: list[str]) -> None:

    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder).resolve()
        patch.chdir(here)
        for name, target in links:
            if not os.path.lexists(here / name):
                link(here / name, "/".join(target) or "d")
        (here / "d").mkdir()
        asked = "/".join([str(here), *path])
        try:
            last = list(files.components(asked))[-1]
        except OSError:
            with pytest.raises(OSError):  # noqa: PT011  # whatever the system says, it is an error of its own
                Path(asked).stat()
            return
        assert os.path.samestat(last[1], Path(last[0]).lstat())
