"""Making borrowed ipykernels (overlays): from the server's own packages, or pinned with hashes from an index.

`Borrower` is all that others need. `server_made` and `index_made` know what an overlay is made of and how; `workshop`
sees to it that none is ever there half-made, `removing` takes them away; `contents` looks at what was made and
describes it.
"""

from __future__ import annotations

from jupyter_envs.borrowing.borrower import Borrowed, Borrower
from jupyter_envs.borrowing.removing import Removal
from jupyter_envs.borrowing.report import Quiet
from jupyter_envs.borrowing.server_made import Incomplete
from jupyter_envs.borrowing.workshop import BeingMade

__all__ = ["BeingMade", "Borrowed", "Borrower", "Incomplete", "Quiet", "Removal"]
