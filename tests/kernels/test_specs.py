"""Kernel specs: what Jupyter is told of an environment."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from string import Template

import pytest
from jupyter_client.kernelspec import KernelSpec

from jupyter_envs import managers
from jupyter_envs.environment import Environment
from jupyter_envs.kernels import launch, specs
from jupyter_envs.settings import Settings
from jupyter_envs.state import State

SHOP = Environment(
    id="shop-1a2b3c4d",
    name="shop",
    display_name="shop (Poetry, Python 3.12)",
    manager="poetry",
    prefix=Path("/home/user/my $shop {x}/.venv"),
    python=Path("/home/user/my $shop {x}/.venv/bin/python"),
    version="3.12.1",
    implementation="cpython",
    state=State.READY,
    found_by="test",
    ipykernel="7.4.0",
    kernel=True,
    kernel_name="shop-1a2b3c4d",
)


def test_the_spec_starts_the_one_launcher_with_the_encoded_prefix() -> None:
    spec = specs.spec_of(SHOP, Settings())
    assert spec["argv"] == [
        sys.executable,
        "-I",
        "-S",
        launch.__file__,
        "/home/user/my%20%24shop%20%7Bx%7D/.venv",
        "-f",
        "{connection_file}",
    ]
    assert spec["display_name"] == "shop (Poetry, Python 3.12)"
    assert spec["language"] == "python"
    assert spec["interrupt_mode"] == "signal"
    assert spec["env"] == {}


def test_the_metadata_say_whose_it_is_and_who_checks_it() -> None:
    metadata = specs.spec_of(SHOP, Settings())["metadata"]
    assert metadata == {
        "jupyter_envs": {"id": "shop-1a2b3c4d", "manager": "poetry"},
        "debugger": True,
        "supported_encryption": ["curve"],
        "kernel_provisioner": {
            "provisioner_name": "jupyter-envs",
            "config": {"prefix": "/home/user/my%20%24shop%20%7Bx%7D/.venv"},
        },
    }


@pytest.mark.parametrize(
    ("version", "debugs", "encrypts"),
    [
        ("7.4.0", True, True),
        ("7.3", True, True),
        ("7.2.9", True, False),
        ("6.29.5", True, False),
        ("8.0.0a1", True, True),
        ("5.5.6", False, False),
        ("4.10.1", False, False),
        ("unknown", False, False),
        ("²", False, False),
        (None, False, False),
    ],
)
def test_only_what_the_ipykernel_can_do_is_claimed(version: str | None, *, debugs: bool, encrypts: bool) -> None:
    metadata = specs.spec_of(replace(SHOP, ipykernel=version), Settings())["metadata"]
    assert isinstance(metadata, dict)
    assert ("debugger" in metadata) == debugs
    assert ("supported_encryption" in metadata) == encrypts


@pytest.mark.parametrize(
    ("borrowed", "debugs", "encrypts"), [("7.4.0", True, True), ("6.29.5", True, False), (None, False, False)]
)
def test_of_one_that_borrows_what_the_borrowed_can_do_is_claimed(
    borrowed: str | None, *, debugs: bool, encrypts: bool
) -> None:
    needs = replace(SHOP, ipykernel="7.4.0", borrowed=borrowed, state=State.NEEDS_IPYKERNEL)
    metadata = specs.spec_of(needs, Settings())["metadata"]
    assert isinstance(metadata, dict)
    assert ("debugger" in metadata) == debugs
    assert ("supported_encryption" in metadata) == encrypts


def test_settings_reach_the_spec() -> None:
    spec = specs.spec_of(SHOP, Settings(provision=False, keep_pythonpath=True))
    assert isinstance(spec["metadata"], dict)
    assert "kernel_provisioner" not in spec["metadata"]
    assert isinstance(spec["argv"], list)
    assert launch.FLAG_KEEP in spec["argv"]


def test_the_project_kernel_names_no_environment_and_claims_no_encryption() -> None:
    spec = specs.project_spec(Settings())
    assert spec["argv"] == [sys.executable, "-I", launch.__file__, "--project", "-f", "{connection_file}"]
    assert spec["display_name"] == "Project environment"
    assert spec["metadata"] == {
        "jupyter_envs": {"project": True},
        "debugger": True,
        "kernel_provisioner": {"provisioner_name": "jupyter-envs", "config": {"prefix": "", "roots": []}},
    }


def test_the_project_kernel_knows_the_roots() -> None:
    spec = specs.project_spec(Settings(roots=("/srv/my $work", "~/b")))
    words, metadata = spec["argv"], spec["metadata"]
    assert isinstance(words, list)
    assert words[4:] == ["--root=/srv/my%20%24work", "--root=%7E/b", "-f", "{connection_file}"]
    assert isinstance(metadata, dict)
    assert metadata["kernel_provisioner"]["config"] == {"prefix": "", "roots": ["/srv/my%20%24work", "%7E/b"]}


def test_the_installed_project_kernel_says_the_same_but_for_its_command() -> None:
    installed = json.loads((Path(specs.__file__).parent / "project-env" / "kernel.json").read_text())
    served = specs.project_spec(Settings(provision=False))
    for name in ("display_name", "language", "interrupt_mode", "metadata"):
        assert installed[name] == served[name], name
    assert installed["argv"][0] == "python"
    assert installed["argv"][-2:] == ["-f", "{connection_file}"]


@pytest.mark.parametrize("environment", [SHOP, replace(SHOP, prefix=Path(os.fsdecode(b"/sh\xffp")))])
def test_jupyter_understands_the_spec_and_it_is_json(environment: Environment) -> None:
    spec = specs.spec_of(environment, Settings())
    assert KernelSpec(**spec).to_dict()["argv"] == spec["argv"]
    json.dumps(spec).encode()


@pytest.mark.parametrize("name", [*(manager.name for manager in managers.every()), "project", "nobody"])
def test_logos_come_from_this_package(name: str) -> None:
    folder = Path(specs.logos(name))
    assert folder.is_relative_to(Path(specs.__file__).parent)
    assert (folder / "logo-64x64.png").is_file()


def test_a_logos_folder_is_looked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = specs.logos("poetry")
    monkeypatch.setattr(Path, "is_dir", lambda _: False)
    assert specs.logos("poetry") == folder


def test_on_windows_the_interpreter_itself_starts_with_the_rest_of_the_path_behind_its_scripts() -> None:
    command = specs._command(SHOP, Settings(), windows=True)
    assert command["argv"] == [str(SHOP.python), str(Path(specs.__file__).parent.parent / "boot" / "kernel.py")]
    served = KernelSpec(argv=command["argv"], env=command["env"]).env
    started = {name: Template(value).safe_substitute({"PATH": "/usr/bin"}) for name, value in served.items()}
    assert started == {
        "PATH": os.pathsep.join([os.fspath(SHOP.prefix / ("Scripts" if os.name == "nt" else "bin")), "/usr/bin"]),
        "VIRTUAL_ENV": os.fspath(SHOP.prefix),
        "VIRTUAL_ENV_PROMPT": ".venv",
    }
