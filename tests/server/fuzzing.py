"""A real server with a few real environments, asked by schemathesis for all that the shipped document describes.

python -m tests.server.fuzzing [--seconds N] [OPTION OF schemathesis run]...

It fails where an answer is a 500, or has a status, a kind or a field that the document does not tell of, where nonsense
is accepted, and where a stranger gets an answer. Environments are really made and removed meanwhile, in a home of its
own; nothing is downloaded.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_envs.server import document
from tests.bench.serving import TOKEN, Server, serving
from tests.server.conftest import make_venv

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS = 600
PROGRAM = Path(shutil.which("schemathesis") or Path(sys.executable).with_name("schemathesis"))
OFFLINE = {"UV_OFFLINE": "1", "PIP_NO_INDEX": "1"}
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "unsupported_method",
    "allow_header_conformance",
    "ignored_auth",
)
"""All but those on resources that stay: what is valid here may still be refused, and jobs are remembered."""
CONFIG = """
[checks]
negative_data_rejection.expected-statuses = [400, 401, 403, 404, 405, 409, 412, 413, 428, 429, 503]
"""
"""Whatever is wrong with a request may be met in any order."""
PROJECTS = ("", "shop", "shop/nb.ipynb", "tools", "pinned/deep", "away", "nothing")


@contextmanager
def served(folder: Path) -> Iterator[Server]:
    """A server for a home with projects and environments of several kinds, some of them in no good state."""
    home = (folder / "home").resolve()
    for project in ("shop", "tools", "pinned/deep", "broken"):
        (home / project).mkdir(parents=True)
        make_venv(home / project / ".venv")
    make_venv(home / ".virtualenvs" / "central")
    (home / "shop" / "requirements.txt").write_text("six\n")
    (home / "shop" / "nb.ipynb").write_text("{}")
    (home / "tools" / "pyproject.toml").write_text('[project]\nname = "tools"\nversion = "1"\n')
    (home / "broken" / ".venv" / "bin" / "python").unlink()
    (home / "away").symlink_to(folder)
    with serving(home, folder, {"jupyter_envs": True}, variables=OFFLINE) as server:
        server.walk()
        yield server


def described(server: Server) -> dict[str, Any]:
    """The document, with what is really there among the values that may be chosen."""
    told: dict[str, Any] = json.loads(json.dumps(document.read()))
    known = server.ask("jupyter-envs/environments")["environments"]
    parameters, schemas = told["components"]["parameters"], told["components"]["schemas"]
    _prefer(parameters["id"], [one["id"] for one in known])
    _prefer(parameters["path"], list(PROJECTS))
    for name in ("IfMatch", "IfMatchNeeded"):
        _prefer(parameters[name], [f'"{one["revision"]}"' for one in known])
    wish = schemas["Wish"]["properties"]
    for name, values in {
        "project_path": [*PROJECTS, None],
        "name": [".venv", "fresh", "fresh39", None],
        "manager": [manager["name"] for manager in server.ask("jupyter-envs/managers")["managers"]],
        "python": [one["version"] for one in server.ask("jupyter-envs/pythons")["pythons"]] + [None],
        "requirements_path": ["shop/requirements.txt", "away/x", "shop", None],
    }.items():
        wish[name] = {"anyOf": [{"enum": values}, wish[name]]}
    wish["packages"]["items"] = {
        "anyOf": [{"enum": ["six", "six>=1", "--index-url=x", "-e .", "../x"]}, {"type": "string"}]
    }
    return told


def _prefer(parameter: dict[str, Any], values: list[str]) -> None:
    parameter["schema"] = {"anyOf": [{"enum": values}, parameter["schema"]]}


def run(server: Server, folder: Path, seconds: int, *options: str) -> tuple[int, str]:
    """Schemathesis' status, and what it said."""
    (description := folder / "described.json").write_text(json.dumps(described(server)))
    (folder / "schemathesis.toml").write_text(CONFIG)
    command = [
        os.fspath(PROGRAM), "run", str(description), f"--url=http://127.0.0.1:{server.port}/jupyter-envs",
        f"--header=Authorization:token {TOKEN}", f"--checks={','.join(CHECKS)}", f"--max-time={seconds}",
        "--no-color", "--generation-database=none", "--warnings=off", "--request-timeout=30",
        "--suppress-health-check=all", *options,
    ]  # fmt: skip
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.returncode, done.stdout.decode("utf-8", "replace")


def defects(folder: Path) -> str:
    """What the log of a server in that folder says from the first traceback on."""
    log = "".join(path.read_text("utf-8", "replace") for path in folder.glob("*/log"))
    _, found, rest = log.partition("Traceback")
    return found + rest[:20_000]


def main() -> int:
    """Prints what schemathesis found; its status."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.server.fuzzing", description="Ask a real server for everything."
    )
    parser.add_argument("--seconds", type=int, default=SECONDS, help=f"default: {SECONDS}")
    options, others = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as folder:
        with served(Path(folder)) as server:
            status, told = run(server, Path(folder), options.seconds, *others)
        print(told, defects(Path(folder)), sep="\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
