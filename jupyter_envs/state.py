"""The states of an environment; apart from it, because the command line needs them before anything else."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Whether an environment can be a kernel; of several that hold, the first."""

    BROKEN = "broken"
    FOREIGN = "foreign"
    NEEDS_IPYKERNEL = "needs-ipykernel"
    READY = "ready"
