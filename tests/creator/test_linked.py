"""Where a link lies at the place of a new environment, it is told where it leads, and it stays."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.errors import Occupied
from tests.creator.scene import plain
from tests.folders import link, make_base, make_environment

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.creator import Creator
    from jupyter_envs.host import Host

pytestmark = pytest.mark.skipif(os.name == "nt", reason="environments are not made on Windows")


def test_what_a_link_leads_to_is_told(creator: Creator, host: Host, project: Path) -> None:
    environment = make_environment(host.home / "env", make_base(host.home / "base")).resolve()
    for target, told in (
        (project / "gone", "already exists: a link to .*gone, which is not there. Delete the link"),
        (project / ".venv", "already exists: a link to itself, which is not there"),
        (environment, f"already exists: a link to the environment {environment}. Use that one, or delete the link"),
        (project.parent, "which is no environment. Delete the link, which leaves that as it is"),
    ):
        place = link(project / ".venv", target)
        with pytest.raises(Occupied, match=told):
            creator.prepare(plain(project))
        assert place.is_symlink()
        place.unlink()
