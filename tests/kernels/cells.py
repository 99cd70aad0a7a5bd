"""Cells run in real kernels, and real environments for them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from tests.kernels.test_provisioner import SECONDS
from tests.real.outside import uv_run

PYTHON = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
"""The base of the running Python: for its minor version an ipykernel is borrowed without a network."""


def run(client: Any, code: str) -> str:  # noqa: ANN401  # jupyter_client's own
    """What a cell printed; its traceback when it failed."""
    said: list[str] = []

    def take(message: dict[str, Any]) -> None:
        content = message["content"]
        said.extend([content["text"]] if message["msg_type"] == "stream" else content.get("traceback", []))

    reply = client.execute_interactive(code, output_hook=take, timeout=SECONDS)
    assert reply["content"]["status"] == "ok", "".join(said)
    return "".join(said)


def answer(client: Any, expression: str, *modules: str) -> Any:  # noqa: ANN401  # whatever it is
    """The value of an expression, which JSON can hold."""
    imports = "".join(f"import {module}\n" for module in ("json", *modules))
    return json.loads(run(client, f"{imports}print(json.dumps({expression}))").splitlines()[-1])


def make(prefix: Path, *requirements: str, python: Path = PYTHON) -> Path:
    """An environment as uv makes it, without pip; its real path."""
    uv_run("venv", "--quiet", "--clear", "--python", python, prefix)
    if requirements:
        uv_run("pip", "install", "--quiet", "--python", prefix / "bin" / "python", *requirements)
    return prefix.resolve()
