"""Other kernels that an environment holds, as Jupyter sees them and as they start."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from jupyter_client.kernelspec import NoSuchKernel

from jupyter_envs import own_kernels
from jupyter_envs.errors import LaunchRefused, NotFound
from jupyter_envs.kernels import launch, specs
from tests.folders import ROOT, make_kernel_environment, write, write_program
from tests.kernels.test_launch import TELLING, make_telling, refusal, told
from tests.kernels.test_manager import wrap
from tests.kernels.test_provisioner import SECONDS, add, catalogue, kernel, manager_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jupyter_envs.catalogue import Catalogue

__all__ = ["catalogue"]

LAUNCHER = ROOT / "jupyter_envs" / "kernels" / "launch.py"
AS_ROOT = pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="only root can give files to others")
pytestmark = pytest.mark.skipif(os.name == "nt", reason="the launcher needs exec")


def add_spec(prefix: Path, name: str, *argv: str, **more: object) -> Path:
    content = {"argv": list(argv), "display_name": "R", "language": "R", **more}
    return write(prefix / own_kernels.FOLDER / name / "kernel.json", json.dumps(content))


@pytest.fixture
def shop(home: Path, python: Path) -> Path:
    """A ready environment with R in it, whose R tells how it was started."""
    prefix = make_kernel_environment(home / ".virtualenvs" / "shop", python)
    write_program(prefix / "bin" / "R", TELLING.format(python=sys.executable))
    add_spec(prefix, "ir", "R", "--slave", "{connection_file}", "{resource_dir}", env={"R_LIBS": "${VIRTUAL_ENV}/r"})
    return prefix


def start(prefix: Path, name: str, home: Path, *flags: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """The launcher as the served spec starts it."""
    words = [sys.executable, "-I", str(LAUNCHER), *flags, launch.FLAG_KERNEL + name, launch.encode(str(prefix))]
    measured = {key: value for key, value in os.environ.items() if key.startswith("COVERAGE")}
    return subprocess.run(
        [*words, "-f", "/run/k.json", "--more"],
        env={"HOME": str(home), "PATH": "/usr/bin:/bin", **measured, **variables},
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
    )


def test_another_kernel_is_listed_beside_its_environment(catalogue: Catalogue, home: Path, shop: Path) -> None:
    manager = wrap(catalogue, home)
    found = manager.get_all_specs()
    environment = next(one for one in catalogue.refresh().environments if one.prefix == shop)
    name = f"{environment.id}.ir"
    assert found[name]["resource_dir"] == specs.logos("virtualenvwrapper")
    spec = found[name]["spec"]
    assert (spec["display_name"], spec["language"], spec["interrupt_mode"]) == ("R (shop)", "R", "signal")
    assert spec["metadata"]["kernel_provisioner"]["config"] == {"prefix": launch.encode(str(shop)), "kernel": "ir"}
    assert manager.find_kernel_specs()[name] == specs.logos("virtualenvwrapper")
    assert manager.get_kernel_spec(name).to_dict().items() >= spec.items()
    manager.allowed_kernelspecs = {environment.id}
    assert name not in manager.get_all_specs()
    with pytest.raises(NoSuchKernel):
        manager.get_kernel_spec(name)


def test_what_it_claims_is_passed_on(catalogue: Catalogue, home: Path, shop: Path) -> None:
    add_spec(shop, "ir", "R", metadata={"debugger": True, "supported_encryption": ["curve"]}, interrupt_mode="message")
    found = wrap(catalogue, home).get_all_specs()
    spec = next(model["spec"] for name, model in found.items() if name.endswith(".ir"))
    assert spec["metadata"]["debugger"] is True
    assert spec["metadata"]["supported_encryption"] == ["curve"]
    assert spec["interrupt_mode"] == "message"


def test_one_that_is_gone_is_not_listed_and_tells_so_when_it_is_started(
    catalogue: Catalogue, home: Path, shop: Path
) -> None:
    name = f"{add(catalogue, shop)}.ir"
    shutil.rmtree(shop / "share")
    catalogue.refresh()
    assert name not in wrap(catalogue, home).get_all_specs()
    with pytest.raises(NotFound, match="has no kernel 'ir' of its own any more"):
        manager_of(catalogue, name).start_kernel()


def test_a_name_that_no_kernel_can_have_is_none(catalogue: Catalogue, home: Path, shop: Path) -> None:
    identity = add(catalogue, shop)
    for name in (f"{identity}.", f"{identity}.a b", f"{identity}x.ir"):
        with pytest.raises(NoSuchKernel):
            wrap(catalogue, home).get_kernel_spec(name)


def test_it_is_started_in_its_activated_environment(home: Path, shop: Path) -> None:
    words, variables, _ = told(start(shop, "ir", home, PYTHONPATH="/x"))
    assert words == [f"{shop}/bin/R", "--slave", "/run/k.json", f"{shop}/share/jupyter/kernels/ir", "--more"]
    assert variables["R_LIBS"] == f"{shop}/r"
    assert variables["VIRTUAL_ENV"] == str(shop)
    assert variables["PATH"].startswith(f"{shop}/bin:")
    assert "PYTHONPATH" not in variables
    assert told(start(shop, "ir", home, launch.FLAG_KEEP, PYTHONPATH="/x"))[1]["PYTHONPATH"] == "/x"


def test_the_settings_can_keep_pythonpath(home: Path, shop: Path) -> None:
    write(home / ".jupyter" / "jupyter_envs_config.json", '{"JupyterEnvs": {"keep_pythonpath": true}}')
    assert told(start(shop, "ir", home, PYTHONPATH="/x"))[1]["PYTHONPATH"] == "/x"


def test_its_path_may_hold_anything(home: Path, shop: Path) -> None:
    prefix = home / ".virtualenvs" / os.fsdecode(b"my $HOME {connection_file} %41 'sh\xff\xc3\xb6p")
    shop.rename(prefix)
    words, variables, _ = told(start(prefix, "ir", home))
    assert words[0] == f"{prefix}/bin/R"
    assert variables["R_LIBS"] == f"{prefix}/r"


@pytest.mark.parametrize("bare", ["", "nothing"])
def test_what_is_not_there_is_one_line(home: Path, shop: Path, bare: str) -> None:
    assert "has no kernel" in refusal(start(shop, bare or "other", home))
    assert "There is no environment at" in refusal(start(home / "gone", "ir", home))


def test_one_that_makes_no_sense_is_one_line(home: Path, shop: Path) -> None:
    path = add_spec(shop, "ir", "gone")
    line = refusal(start(shop, "ir", home))
    assert f"The kernel 'ir' of shop (virtualenvwrapper, Python 3.12) cannot start. Its program {shop}/bin/gone" in line
    assert f"Mend {path}" in line


def test_a_broken_environment_says_why(home: Path, shop: Path, python: Path) -> None:
    python.unlink()
    assert "Its interpreter" in refusal(start(shop, "ir", home))


def test_a_program_that_cannot_run_is_one_line(home: Path, shop: Path) -> None:
    write_program(shop / "bin" / "R", "#!/nonexistent/interpreter\n")
    assert f"{shop}/bin/R cannot run" in refusal(start(shop, "ir", home))


@AS_ROOT
@pytest.mark.parametrize("what", ["", "bin/R", "share/jupyter/kernels/ir/kernel.json"])
def test_what_somebody_else_could_change_is_refused_here_and_in_the_server(
    catalogue: Catalogue, home: Path, shop: Path, what: str
) -> None:
    name = f"{add(catalogue, shop)}.ir"
    os.chown(shop / what, 4_000_000_001, -1)
    assert "cannot start" in refusal(start(shop, "ir", home))
    with pytest.raises(LaunchRefused, match="cannot start"):
        manager_of(catalogue, name).start_kernel()


def test_a_bare_interpreter_is_not_activated(home: Path) -> None:
    prefix = make_telling(home / "shop" / ".venv")
    base = (prefix / "bin" / "python").resolve().parent.parent
    write_program(base / "bin" / "R", TELLING.format(python=sys.executable))
    add_spec(base, "ir", "R")
    assert "VIRTUAL_ENV" not in told(start(base, "ir", home))[1]


@pytest.fixture
def second(real_environment: Path) -> Iterator[Path]:
    """A real environment with a second Python kernel that has variables of its own."""
    variables = {"MODE": "second of ${VIRTUAL_ENV}", "PATH": "/extra:${PATH}"}
    words = ["python", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    path = add_spec(real_environment, "Second.one", *words, env=variables, display_name="Second", language="python")
    yield real_environment
    shutil.rmtree(path.parent)


def test_a_second_python_really_runs_with_its_variables_and_after_a_restart_too(
    catalogue: Catalogue, second: Path, home: Path
) -> None:
    identity = add(catalogue, second)
    environment = catalogue.snapshot.get(identity)
    assert environment is not None
    assert [one.display_name for one in environment.kernels] == [f"Second ({environment.name})"]
    manager = manager_of(catalogue, f"{identity}.Second.one")
    with kernel(manager, cwd=str(home)) as client:
        for restart in (False, True):
            if restart:
                manager.restart_kernel(now=True)
                client.wait_for_ready(timeout=SECONDS)
            prefix, mode, path = _ask(client)
            assert prefix == str(second)
            assert mode == f"second of {second}"
            assert path.startswith(f"/extra:{second}/bin:")


def _ask(client: Any) -> list[str]:  # noqa: ANN401  # jupyter_client's own
    code = "__import__('json').dumps([__import__('sys').prefix, *map(__import__('os').environ.get, ('MODE', 'PATH'))])"
    reply = client.execute("", user_expressions={"x": code}, reply=True, timeout=SECONDS)
    told = reply["content"]["user_expressions"]["x"]["data"]["text/plain"]
    answers: list[str] = json.loads(told.strip("'"))
    return answers
