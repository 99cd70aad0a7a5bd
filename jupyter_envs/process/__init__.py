"""Starting programs: the only package that does, and never through a shell.

A program runs in a session of its own with nothing on its standard input, and all that it started ends with it.
Its output is told line by line, cleaned of what only a terminal understands. `run` waits: call it in a thread.
"""

from __future__ import annotations

from jupyter_envs.process.child import Child
from jupyter_envs.process.output import LINE_AT_MOST, OUTPUT_AT_MOST, Lines, clean
from jupyter_envs.process.program import GRACE_SECONDS, SECONDS_AT_MOST, TICK_SECONDS, Ending, Outcome, run
from jupyter_envs.process.secrets import secrets_in
from jupyter_envs.process.variables import tool_variables, tools

__all__ = [
    "GRACE_SECONDS",
    "LINE_AT_MOST",
    "OUTPUT_AT_MOST",
    "SECONDS_AT_MOST",
    "TICK_SECONDS",
    "Child",
    "Ending",
    "Lines",
    "Outcome",
    "clean",
    "run",
    "secrets_in",
    "tool_variables",
    "tools",
]
