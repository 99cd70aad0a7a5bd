"""Command lines that nobody would write: every command and option, with words that a program must survive."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from jupyter_envs import cli
from tests.folders import link, make_base, make_kernel_environment, write

if TYPE_CHECKING:
    from pathlib import Path

OPTIONS = (
    "--all", "--ipykernel", "--install", "--json", "--long", "--no-wait", "--off", "--rescan", "--stale",
    "--system", "--yes", "--fix", "--help", "--", "-h", "-x", "--manager", "--name", "--prefix", "--python", "--root",
    "--requirements", "--state", "--with", "--with=-x", "--name=-x", "--prefix=", "--python=", "--name=a b",
    "--requirements=fifo", "--manager=venv", "--manager=poetry", "--python=3.12", "--python=9.9", "--with=attrs",
    "--with=uv",
)  # fmt: skip
ACTIONS = ("build", "list", "remove", "install")
PLACES = (
    "", ".", "..", "~", "-", "fifo", "loop", "shop", "shop/.venv", "shop/.venv/bin/python", "shop/a.ipynb", "notes.txt",
    "nothing", "fifo/x", "loop/x", "notes.txt/x", "new", "new/newer", "venv", "3.12", "3", "3.12.1", "9.9", "1e9",
    "/dev/null", "/dev/zero", "/dev/full", "/dev/null/x", "/dev/fd/0", "http://127.0.0.1:9/x", "a @ file:///etc/passwd",
    os.fsdecode(b"sh\xffp"), os.fsdecode(b"\xed\xa0\x80"), "a\nb", "\x1b[31mred", "\u202eevil", "\u2028", "x" * 300,
    "x" * 70_000, "{}", "%s", "$HOME", "`id`", "; ls", "'", '"', "\\", "*", "{connection_file}", "\u0130", "\U0001f40d",
)  # fmt: skip
SIGNS = st.one_of(
    st.characters(exclude_characters="\0/", codec="utf-8"), st.characters(min_codepoint=0xDC80, max_codepoint=0xDCFF)
)
"""What a program can be given: any sign, and bytes that are none; without a slash, which could lead elsewhere."""
TEXT = st.text(SIGNS, max_size=12)
WORDS = st.one_of(st.sampled_from(OPTIONS), st.sampled_from(PLACES), st.sampled_from(ACTIONS), TEXT)
BEGINNINGS = (
    ["create", "--manager=venv"], ["create", "--manager=venv", "--name=new"], ["create", "--json"], ["remove", "--yes"],
    ["recreate", "--yes"], ["add-ipykernel"], ["pythons", "install", "--yes"], ["pythons", "install"],
    ["adopt", "--yes"], ["register", "--name"], ["unregister", "--yes"], ["borrow", "build", "--python"],
    ["borrow", "remove", "--yes"], ["list", "--root"], ["list", "--no-wait"], ["show"], ["which"],
)  # fmt: skip
COMMAND_LINES = st.one_of(
    st.builds(
        lambda first, rest: [*first, *rest],
        st.one_of(st.sampled_from([[name] for name in cli.COMMANDS]), st.lists(WORDS, max_size=1)),
        st.lists(WORDS, max_size=6),
    ),
    st.builds(
        lambda first, word, rest: [*first, word, *rest],
        st.sampled_from(BEGINNINGS),
        st.one_of(st.sampled_from(PLACES), TEXT),
        st.lists(WORDS, max_size=1),
    ),
)
ANSWERS = st.sampled_from([None, "", "y\n" * 20, "n\n", "\x04", "\udcff\n"])
"""What somebody types in a terminal; None: nobody is there."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended: its exit status, and what it said."""

    status: object
    said: str


class Typed(io.StringIO):
    """What a person types in a terminal."""

    def isatty(self) -> bool:
        return True


def furnish(home: Path) -> None:
    """A home with an environment, a notebook and what is no plain file, as far as these are not there yet."""
    python = home.parent / "opt" / "python-3.12" / "bin" / "python3.12"
    if not python.exists():
        make_base(python.parent.parent, "3.12.1")
    if not (home / "shop" / ".venv").exists():
        make_kernel_environment(home / "shop" / ".venv", python)
    if not os.path.lexists(home / "fifo"):
        os.mkfifo(home / "fifo")
        link(home / "loop", home / "loop")
    write(home / "shop" / "a.ipynb", '{"metadata": {"kernelspec": {"name": "dead"}}, "cells": [], "nbformat": 4}')
    write(home / "notes.txt")
    write(home / os.fsdecode(b"sh\xffp"))
    write(home / ".jupyter" / "jupyter_envs_config.json", '{"JupyterEnvs": {"borrow_ipykernel": "never"}}')


def run(words: list[str], answers: str | None) -> Ended:
    """A command in this process; whatever it raises but the end of a program is a defect."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", errors="backslashreplace") for _ in range(2))
    before, sys.stdin = sys.stdin, io.StringIO() if answers is None else Typed(answers)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status: object = cli.main(words)
    except SystemExit as ended:
        status = ended.code
    finally:
        sys.stdin = before
    return Ended(status, _text(out) + _text(err))


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode()
