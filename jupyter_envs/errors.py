"""What can go wrong, in two forms: problems of an environment (data) and errors of a call (exceptions).

The tree of exceptions::

    EnvsError                what happened, to what, and what to do
    ├── NotFound             no environment, project or interpreter goes by that name
    │   └── PythonMissing    a version of Python that no interpreter here has
    ├── Refused              a rule or a setting forbids it
    │   ├── LaunchRefused    a kernel that must not start
    │   ├── Occupied         something is already where an environment should be made
    │   └── Outside          a path that leads out of the allowed folders
    ├── BadRequest           the caller's words make no sense
    ├── ToolFailed           a tool was run and did not do it
    └── Cancelled            somebody stopped it

A broken environment is never an exception: it is an `Environment` with a `Problem`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class ProblemCode(StrEnum):
    """Everything that can be wrong with an environment, or with a place where environments are looked for."""

    INTERPRETER_MISSING = "interpreter-missing"
    """`bin/python` is absent, or leads to a file that is gone."""
    BASE_MISSING = "base-missing"
    """`bin/python` is a copy, and the Python that it was made from is gone."""
    BASE_CHANGED = "base-changed"
    """The base Python has another minor version now, so the packages of the environment are out of its sight."""
    OTHER_PLATFORM = "other-platform"
    """A Windows environment seen from another system, or the reverse: it cannot run here."""
    UNREADABLE = "unreadable"
    """Files that must be read to judge the environment may not be read."""
    FOREIGN = "foreign"
    """Somebody else could change what would run."""
    NO_IPYKERNEL = "no-ipykernel"
    """There is no ipykernel in it, and none that it could borrow without something being done."""
    INCONSISTENT_IPYKERNEL = "inconsistent-ipykernel"
    """Its ipykernel requires what is not there, or is there in another version."""
    MOVED = "moved"
    """The environment was moved: Python runs, but `activate` and scripts still name the old place."""
    PROJECT_GONE = "project-gone"
    """The project that it was made for is gone."""
    PROJECT_RENAMED = "project-renamed"
    """The project has another name now, so its tool no longer uses this environment."""
    BAD_SETTINGS = "bad-settings"
    """A settings file of a tool, or of ours, could not be understood; it is treated as absent."""
    MISSING_FOLDER = "missing-folder"
    """A folder that a setting or variable names does not exist."""
    MANAGER_FAILED = "manager-failed"
    """A manager of another package failed while it looked for environments."""
    WALK_INCOMPLETE = "walk-incomplete"
    """The walk ran out of time, or could not enter a root or a folder below it."""
    UNREACHABLE = "unreachable"
    """The disk that it lies on does not answer; what is told is what was known before."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: a code for programs, a sentence for people, and what to do about it."""

    code: ProblemCode
    message: str
    fix: str

    def __str__(self) -> str:
        return f"{self.message} {self.fix}".strip()

    @classmethod
    def from_json(cls, told: Mapping[str, str]) -> Problem:
        """The problem that `as_json` told."""
        return cls(ProblemCode(told["code"]), told["message"], told["fix"])

    def as_json(self) -> dict[str, str]:
        """The problem as `list --json` and the REST API tell it."""
        return {"code": self.code.value, "message": self.message, "fix": self.fix}


class EnvsError(Exception):
    """The base of everything that this package raises: what happened, and what to do about it."""

    reason = "error"

    def __init__(self, message: str, fix: str = "") -> None:
        super().__init__(f"{message} {fix}".strip())
        self.message = message
        self.fix = fix

    def as_json(self) -> dict[str, str]:
        """The error as the REST API tells it."""
        return {"message": self.message, "reason": self.reason, "fix": self.fix}


class NotFound(EnvsError):
    """No environment, project or interpreter goes by that name."""

    reason = "not-found"


class PythonMissing(NotFound):
    """No interpreter here has the version that is asked for, which could be installed."""

    reason = "python-missing"

    def __init__(self, version: str, message: str, fix: str = "") -> None:
        super().__init__(message, fix)
        self.version = version

    def as_json(self) -> dict[str, str]:
        """The error as the REST API tells it, with the version that could be installed."""
        return {**super().as_json(), "version": self.version}


class Refused(EnvsError):
    """A rule or a setting forbids it."""

    reason = "refused"


class LaunchRefused(Refused):
    """A kernel must not start: its interpreter is gone, not trusted, or has no ipykernel."""

    reason = "launch-refused"


class Occupied(Refused):
    """Something is already where an environment should be made, or somebody is making it."""

    reason = "occupied"


class Outside(Refused):
    """A path leads out of the folders that may be named, or that environments may lie in."""

    reason = "outside"


class BadRequest(EnvsError):
    """The caller's words make no sense, or ask for what this package does not do."""

    reason = "bad-request"


class ToolFailed(EnvsError):
    """A tool was run and did not do what it was asked; the message ends with its own last lines."""

    reason = "tool-failed"


class Cancelled(EnvsError):
    """Somebody stopped it; nothing is left of it."""

    reason = "cancelled"
