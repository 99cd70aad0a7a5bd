"""A file of requirements that a client names holds packages and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jupyter_envs.creator import requirements
from jupyter_envs.errors import BadRequest

if TYPE_CHECKING:
    from pathlib import Path


def written(folder: Path, text: str) -> Path:
    file = folder / "requirements.txt"
    file.write_text(text, "utf-8", errors="surrogateescape")
    return file


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing yet\n",
        "pandas\npandas[excel]>=2,<3 ; python_version >= '3.9'  # the newest\n",
        "six==1.16.0 --hash=sha256:abc123 --hash=sha256:def456\n",
        "six==1.16.0 \\\n    --hash=sha256:abc123 \\\n    --hash=sha256:def456\n",
        "six \\",
    ],
)
def test_packages_with_versions_and_hashes_are_fine(tmp_path: Path, text: str) -> None:
    requirements.check(written(tmp_path, text))


@pytest.mark.parametrize(
    "line",
    [
        "-r /etc/passwd",
        "-c constraints.txt",
        "--index-url http://elsewhere/simple",
        "six --index-url http://elsewhere/simple",
        "--extra-\\\nindex-url http://elsewhere/simple",
        "-e .",
        ".",
        "./six-1.0.tar.gz",
        "six-1.0-py3-none-any.whl",
        "six @ file:///somewhere/six",
        "https://elsewhere/six.tar.gz",
        "six==1 --config-settings=x=y",
        "six\u2028--no-index",
        "\udcff",
    ],
)
def test_whatever_else_it_says_is_refused_with_its_line(tmp_path: Path, line: str) -> None:
    file = written(tmp_path, f"numpy\n\n{line}\n")
    with pytest.raises(BadRequest, match=r"Line [34] of requirements\.txt is more than a package"):
        requirements.check(file)
