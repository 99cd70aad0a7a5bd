"""Whether a new overlay runs: the interpreter that it is for imports ipykernel from it before it is put in place.

Files that are all there need not be ones that run: wheels of another Python, libraries that are found only where they
were installed, an interpreter of another architecture.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_envs import process
from jupyter_envs.errors import Cancelled, ToolFailed

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping

SECONDS = 60.0
_IMPORT = "import sys; sys.path.append(sys.argv[1]); import zmq, ipykernel.kernelapp"
"""What a kernel's start imports first: tornado, IPython and the rest come with them."""


@dataclass(frozen=True, slots=True)
class Trial:
    """Runs `python`, a base interpreter, on a folder of packages, as `variables` say; it inherits a descriptor."""

    python: str
    site: str
    variables: Mapping[str, str]
    lock: int

    def fault(self, cancel: threading.Event) -> str | None:
        """Why ipykernel cannot be imported, the last line that Python said; None where it can. Raises Cancelled.

        What is imported is left compiled beside it.
        """
        words = [self.python, "-I", "-S", "-c", _IMPORT, self.site]
        try:
            outcome = process.run(
                words,
                Path(self.site).parent,
                self.variables,
                cancel=cancel,
                seconds=SECONDS,
                inherit=(self.lock,),
            )
        except ToolFailed as error:
            return error.message
        if outcome.ending is process.Ending.CANCELLED:
            raise Cancelled("It was cancelled, and nothing is left of it.")
        if outcome.ending is process.Ending.TIMED_OUT:
            return f"{self.python} did not import it within {SECONDS:.0f} seconds."
        said = next((line.strip() for line in reversed(outcome.lines) if line.strip()), "")
        return None if outcome.done else said or f"{self.python} ended with status {outcome.status}."
