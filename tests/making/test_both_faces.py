"""Each tool makes an environment from both faces, its kernel starts, and it is removed again."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.kernels.servers import run_in, specs_of
from tests.making.faces import EVERY_FACE, Rest
from tests.making.projects import KINDS, Kind

if TYPE_CHECKING:
    from tests.making.conftest import Place

pytestmark = pytest.mark.skipif(os.name == "nt", reason="environments are not made on Windows")

FACES = ("REST", "command line")
SHORT = {("venv", "REST"), ("venv", "command line"), ("uv", "REST"), ("virtualenvwrapper", "command line")}
"""What is tried here; `python -m tests.making` tries every tool from both faces, which takes many minutes."""
PAIRS = [
    pytest.param(kind, face, id=f"{kind.manager}-{face}")
    for kind in KINDS
    for face in FACES
    if EVERY_FACE in os.environ or (kind.manager, face) in SHORT
]
CODE = "import sys, tiny; print(sys.prefix); print(tiny.__file__)"


@pytest.mark.parametrize(("kind", "face"), PAIRS)
def test_it_makes_an_environment_that_is_a_kernel_and_is_removed_again(kind: Kind, face: str, place: Place) -> None:
    project = kind.write(place.home / f"{kind.manager}-by-{face.replace(' ', '-').lower()}", place.python, place.index)
    before = sorted(project.iterdir())
    asked = place.face(face)
    environment = asked.create(kind, project, place.python)
    prefix = Path(environment["prefix"])
    try:
        check_what_was_made(environment, kind, project)
        check_its_kernel(environment, place, walks=face != "REST")
        if face != "REST":
            Rest(place.server).end_kernels()
        asked.remove(environment)
    finally:
        Rest(place.server).end_kernels()
    assert not os.path.lexists(prefix)
    assert str(prefix) not in asked.prefixes()
    assert set(before) <= set(project.iterdir())
    assert not [path for path in project.iterdir() if path.name.startswith((".jupyter-envs", ".venv"))]


def check_what_was_made(environment: dict[str, Any], kind: Kind, project: Path) -> None:
    assert environment["manager"] == kind.manager
    assert environment["project"] == str(project)
    assert environment["state"] == "ready"
    assert environment["kernel"]
    assert environment["ipykernel"]
    assert environment["problems"] == []


def check_its_kernel(environment: dict[str, Any], place: Place, *, walks: bool) -> None:
    """It is offered, without a walk where the server itself made it, and runs in the environment."""
    specs = specs_of(place.server) if walks else place.server.ask("api/kernelspecs")["kernelspecs"]
    assert environment["id"] in specs
    said = run_in(place.server, CODE, environment["id"]).splitlines()
    assert said[0] == environment["prefix"]
    assert said[1].startswith(environment["prefix"] + os.sep)
