"""Every rule on who may import whom bites: a breach of each, written into a copy of the package, fails the build."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LINTER = Path(sys.executable).with_name("lint-imports")

BREACHES = {
    "words import words only": ("environment", "from jupyter_envs import pyvenv"),
    "words use the standard library only": ("environment", "import platformdirs"),
    "edges do not know each other": ("pyvenv", "from jupyter_envs import process"),
    "walking asks nobody": ("walk", "from jupyter_envs import host"),
    "a manager does not know another": ("managers.poetry", "from jupyter_envs.managers import venv"),
    "a manager does not ask the outside": ("managers.poetry", "from jupyter_envs import host"),
    "a manager does not start programs": ("managers.poetry", "import subprocess"),
    "the service imports downwards": ("trust", "from jupyter_envs import finder"),
    "the service does without Jupyter": ("finder", "import jupyter_client"),
    "the kernels do without the server": ("kernels", "from jupyter_envs import server"),
    "the kernels do without tornado": ("kernels", "import tornado.web"),
    "the command line does without the server": ("cli", "from jupyter_envs import server"),
    "the server does without the command line": ("server", "from jupyter_envs import cli"),
    "the server does not start programs": ("server", "import subprocess"),
    "what runs inside environments is alone": ("boot.kernel", "from jupyter_envs import errors"),
    "nothing imports what runs inside environments": ("kernels.specs", "from jupyter_envs.boot import kernel"),
    "a package must have its line in the table": ("server", "import yaml"),
}

READS_OUTSIDE = {
    "os.environ": "import os\nos.environ['HOME']",
    "os.getenv": "from os import getenv\ngetenv('HOME')",
    "os.system": "import os\nos.system('true')",
    "pathlib.Path.home": "from pathlib import Path\nPath.home()",
    "asyncio.create_subprocess_exec": "import asyncio\nasyncio.create_subprocess_exec('true')",
}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the package with its rules, to break."""
    sources = shutil.ignore_patterns("labextension", "__pycache__")
    shutil.copytree(ROOT / "jupyter_envs", tmp_path / "jupyter_envs", ignore=sources)
    (tmp_path / "tests").mkdir()
    for name in ("pyproject.toml", "tests/__init__.py", "tests/import_contracts.py"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def module_file(checkout: Path, module: str) -> Path:
    path = checkout.joinpath("jupyter_envs", *module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def lint_imports(checkout: Path) -> subprocess.CompletedProcess[str]:
    command = [str(LINTER), "--no-cache"]
    return subprocess.run(command, cwd=checkout, capture_output=True, text=True, encoding="utf-8", check=False)


def test_the_package_keeps_the_rules(checkout: Path) -> None:
    result = lint_imports(checkout)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("rule", BREACHES)
def test_a_breach_fails_the_build(checkout: Path, rule: str) -> None:
    module, statement = BREACHES[rule]
    with module_file(checkout, module).open("a", encoding="utf-8") as file:
        file.write(f"\n{statement}\n")
    result = lint_imports(checkout)
    assert result.returncode == 1, result.stdout
    assert f"jupyter_envs.{module} " in result.stdout


def test_a_module_without_a_layer_fails_the_build(checkout: Path) -> None:
    (checkout / "jupyter_envs" / "newcomer.py").write_text('"""New."""\n', "utf-8")
    result = lint_imports(checkout)
    assert result.returncode == 1
    assert "jupyter_envs.newcomer" in result.stdout


@pytest.mark.parametrize("name", READS_OUTSIDE)
def test_only_the_host_asks_outside(checkout: Path, name: str) -> None:
    (checkout / "jupyter_envs" / "newcomer.py").write_text(READS_OUTSIDE[name] + "\n", "utf-8")
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", "--select", "TID251", "jupyter_envs"]
    result = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert f"`{name}` is banned" in result.stdout
