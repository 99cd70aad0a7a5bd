"""Real environments with a real ipykernel, made once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.real.outside import MissingError, interpreters, uv_run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session", params=["oldest", "newest"])
def real_environment(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment that uv made with the oldest, or newest, Python that ipykernel supports."""
    try:
        oldest, newest = interpreters().two()
    except MissingError as missing:
        pytest.skip(str(missing))
    python = oldest if request.param == "oldest" else newest
    prefix = tmp_path_factory.mktemp("real").resolve() / "my shop" / ".venv"
    uv_run("venv", "--quiet", "--python", python.executable, prefix)
    uv_run("pip", "install", "--quiet", "--python", prefix / "bin" / "python", "ipykernel")
    return prefix
