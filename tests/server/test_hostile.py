"""Whatever is sent, the answer is the document's: never a 500, and nothing outside is touched."""

from __future__ import annotations

import http.client
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.bench.serving import TOKEN
from tests.installed import absent
from tests.server import fuzzing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.bench.serving import Server

pytestmark = pytest.mark.skipif(os.name == "nt", reason="environments are not made on Windows")

SECONDS = 5
"""How long schemathesis may ask here; `python -m tests.server.fuzzing` asks for ten minutes."""
EXAMPLES = 40

EVIL = st.sampled_from([
    "", ".", "..", "../..", "/", "/etc", "/etc/passwd", "-", "--", "-rf", "--index-url=http://x", "-r/etc/passwd",
    "-e.", "\0", "a\0b", "\ud800", "\udcff", "\n", "a\nb", "\u202e", "~", "~root", "$HOME", "`id`", "$(id)", ";",
    "a" * 300, "a/" * 2000, "away", "away/x", "shop", "shop/..", "shop/.venv", "//shop", "\\", "C:\\", "CON", "%2e%2e",
    "six @ file:///etc/passwd", "six @ https://x/y.whl", "./six", "six.whl", "six>=" + "9" * 5000, "६", "x[y" * 50,
    "9" * 400, "3." * 300, "venv", "poetry", "uv", "hatch", "pdm", "pipenv", "conda", "virtualenvwrapper", ".venv",
])  # fmt: skip
TEXT = EVIL | st.text(max_size=30)
ANY = st.recursive(
    TEXT | st.none() | st.booleans() | st.integers() | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
WISHES = st.fixed_dictionaries(
    {},
    optional={
        "project_path": TEXT,
        "name": TEXT,
        "manager": TEXT,
        "python": TEXT,
        "requirements_path": TEXT,
        "packages": st.lists(TEXT, max_size=3),
        "install": st.booleans(),
        "ipykernel": st.booleans(),
    },
)
LONG = st.sampled_from(
    [b"9" * 5000, b'{"version": ' + b"9" * 5000 + b"}", b"1e999", b"[" * 50_000, b'{"python": "\\ud800"}']
)
BODIES = (
    LONG | ANY | WISHES | st.dictionaries(st.sampled_from([*"xy", "python", "version", "program", "environment"]), ANY)
)
POSTS = st.sampled_from(["environments", "environments/{}/recreate", "environments/{}/ipykernel", "environments/{}/pin",
                         "environments/{}/register", "pythons", "borrowed", "rescan", "{}"])  # fmt: skip
GETS = st.sampled_from(["proposal?path={}", "resolve?path={}", "jobs/x/events?after={}", "environments/{}", "jobs/{}"])
TAGS = st.sampled_from(['""', 'W/"x"', "*", '"*"', '"0", "1"'])
OPTIONS = ["--index-url=http://x", "-e.", "-r/etc/passwd", "../x", "/etc/passwd", "a\0b", "\udcff"]
PATIENT = settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None, print_blob=True
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile").resolve()


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    with fuzzing.served(folder) as running:
        yield running


def ask(server: Server, method: str, path: str, body: bytes | None = None, named: str | None = None) -> tuple[int, Any]:
    """The status and the JSON of an answer, whatever the request looks like; `named` goes as If-Match."""
    headers = {"Authorization": f"token {TOKEN}"} | ({} if named is None else {"If-Match": named})
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        connection.request(method, f"/jupyter-envs/{path}", body, headers)
        answer = connection.getresponse()
        content = answer.read()
        return answer.status, json.loads(content) if content else None
    finally:
        connection.close()


def encoded(content: object) -> bytes:
    """JSON, where it is not text already."""
    return content if isinstance(content, bytes) else json.dumps(content).encode()


def filled(path: str, text: str) -> str:
    return path.replace("{}", quote(text.encode("utf-8", "surrogatepass"), safe=""))


def is_told(status: int, answer: Any) -> bool:  # noqa: ANN401 -- any JSON
    """Whether it is an answer or a refusal in our form, and no defect."""
    return status < 400 or (status not in {500, 501} and answer.keys() >= {"message", "reason", "fix"})


@PATIENT
@given(path=POSTS, text=TEXT, body=BODIES)
def test_a_hostile_change_is_refused_and_never_a_defect(
    server: Server, folder: Path, path: str, text: str, body: object
) -> None:
    outside = sorted(each.name for each in folder.iterdir())
    status, answer = ask(server, "POST", filled(path, text), encoded(body))
    assert is_told(status, answer), (status, answer)
    if status == 202 and answer["job"]["prefix"] is not None:
        assert Path(answer["job"]["prefix"]).is_relative_to(folder / "home"), answer
    assert sorted(each.name for each in folder.iterdir()) == outside


@PATIENT
@given(path=GETS, text=TEXT)
def test_a_hostile_question_is_refused_and_never_a_defect(server: Server, path: str, text: str) -> None:
    status, answer = ask(server, "GET", filled(path, text))
    assert is_told(status, answer), (status, answer)


@PATIENT
@given(
    named=st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=30)
    | st.sampled_from(['""', 'W/"x"', "*"])
)
def test_nothing_is_removed_by_a_revision_that_somebody_made_up(server: Server, folder: Path, named: str) -> None:
    known = server.ask("jupyter-envs/environments")["environments"]
    (deep,) = [one for one in known if one["prefix"] == str(folder / "home" / "pinned" / "deep" / ".venv")]
    status, _ = ask(server, "DELETE", f"environments/{deep['id']}", named=named)
    assert status in {400, 412, 428}, status
    assert Path(deep["prefix"], "pyvenv.cfg").is_file()


@pytest.mark.parametrize("field", ["packages", "name", "manager", "python", "requirements_path"])
@pytest.mark.parametrize(
    "text", ["--index-url=http://x", "-e.", "-r/etc/passwd", "../x", "/etc/passwd", "a\0b", "\udcff"]
)
def test_what_looks_like_an_option_or_a_path_is_a_4xx(server: Server, field: str, text: str) -> None:
    body = {"project_path": "shop", "manager": "venv", "name": "never", field: [text] if field == "packages" else text}
    status, answer = ask(server, "POST", "environments", encoded(body))
    assert status in {400, 403, 404}, answer


@pytest.mark.parametrize("text", ["../x", "/etc", "away", "a/../../x", "a\0b", "\udcff", "shop\0"])
def test_a_folder_outside_is_a_4xx(server: Server, text: str) -> None:
    status, answer = ask(server, "POST", "environments", encoded({"project_path": text, "manager": "venv"}))
    assert status in {400, 403, 404}, answer


def test_schemathesis_finds_nothing_that_is_not_described(server: Server, folder: Path) -> None:
    if not fuzzing.PROGRAM.exists():
        absent("schemathesis")
    status, told = fuzzing.run(server, folder, SECONDS, "--phases=coverage,fuzzing", "--max-examples=8")
    assert status == 0, f"{told}\n{fuzzing.defects(folder)}"
    assert "Operations:" in told
