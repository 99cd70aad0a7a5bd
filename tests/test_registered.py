"""Kernel specs on disk: which environment each starts, and which name that environment therefore has."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jupyter_envs.managers.base import Scene
from jupyter_envs.registered import NATIVE, Mark, kernel_names, mark_of
from tests.folders import as_somebody_else, link, make_environment, make_kernel_environment, scanned, write

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_envs.host import Host


def install(folder: Path, name: str, *argv: str) -> Path:
    """A kernel spec as `python -m ipykernel install` writes it."""
    content = {"argv": list(argv), "display_name": name, "language": "python"}
    return write(folder / "kernels" / name / "kernel.json", json.dumps(content))


def words(python: Path | str) -> tuple[str, ...]:
    return (str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}")


def mark(prefix: Path | str, **more: object) -> dict[str, object]:
    """A kernel spec with the mark of `register`."""
    told = {"id": "shop-1", "manager": "venv", "registered": True, "prefix": str(prefix), **more}
    return {"argv": ["/any/python", "-c", "..."], "metadata": {"jupyter_envs": told}}


@pytest.fixture
def shop(home: Path, python: Path) -> Path:
    return make_kernel_environment(home / "shop" / ".venv", python)


@pytest.fixture
def data(home: Path) -> Path:
    """The person's own Jupyter data folder."""
    return home / ".local" / "share" / "jupyter"


def test_this_pythons_own_environment_is_the_native_kernel(host: Host) -> None:
    assert kernel_names(Scene(host))[host.prefix] == NATIVE


@pytest.mark.parametrize("name", ["python", "python3", "python3.12"])
def test_a_spec_for_an_environment_is_its_kernel(host: Host, data: Path, shop: Path, name: str) -> None:
    install(data, "Shop", *words(shop / "bin" / name))
    link(shop / "bin" / "python3.12", "python")
    assert kernel_names(Scene(host))[shop] == "shop"


def test_the_environments_kernel_keeps_its_name_and_ours_is_not_its(host: Host, data: Path, shop: Path) -> None:
    found = scanned(host)[shop]
    assert found.kernel_name == found.id
    install(data, "my-shop", *words(shop / "bin" / "python"))
    found = scanned(host)[shop]
    assert found.kernel_name == "my-shop"
    assert found.kernel


def test_a_spec_through_a_link_is_for_the_real_environment(host: Host, home: Path, data: Path, shop: Path) -> None:
    link(home / "alias", "shop")
    install(data, "shop", *words(home / "alias" / ".venv" / "bin" / "python"))
    assert kernel_names(Scene(host))[shop] == "shop"


@pytest.mark.parametrize(
    "argv",
    [
        ("python", "-m", "ipykernel_launcher"),
        ("{shop}/bin/python", "-m", "bash_kernel"),
        ("/usr/bin/env", "{shop}/bin/python", "-m", "ipykernel_launcher"),
        ("{shop}/bin/gone", "-m", "ipykernel_launcher"),
        ("{shop}/bin/jupyter", "ipykernel_launcher"),
        ("/nonexistent/bin/python", "-m", "ipykernel_launcher"),
        (),
    ],
)
def test_a_spec_that_starts_something_else_is_nobodys(
    host: Host, data: Path, shop: Path, argv: tuple[str, ...]
) -> None:
    write(shop / "bin" / "jupyter")
    install(data, "shop", *(word.format(shop=shop) for word in argv))
    assert shop not in kernel_names(Scene(host))


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"argv": 3}', '{"argv": [3, null]}', '"text"', pytest.param("[" * 60_000, id="deep")]
)
def test_a_spec_that_makes_no_sense_is_passed_over(host: Host, data: Path, shop: Path, text: str) -> None:
    install(data, "good", *words(shop / "bin" / "python"))
    write(data / "kernels" / "bad" / "kernel.json", text)
    (data / "kernels" / "fifo").mkdir()
    os.mkfifo(data / "kernels" / "fifo" / "kernel.json")
    assert kernel_names(Scene(host))[shop] == "good"


def test_a_spec_that_another_of_its_name_hides_does_not_count(
    host: Host, home: Path, data: Path, shop: Path, python: Path
) -> None:
    other = make_environment(home / "other" / ".venv", python)
    install(data, "same", *words(other / "bin" / "python"))
    install(host.prefix / "share" / "jupyter", "Same", *words(shop / "bin" / "python"))
    names = kernel_names(Scene(host))
    assert names[other] == "same"
    assert shop not in names
    stronger = replace(host, variables={"JUPYTER_PREFER_ENV_PATH": "1"})
    assert kernel_names(Scene(stronger))[shop] == "same"
    assert other not in kernel_names(Scene(stronger))


def test_the_native_name_is_whose_it_was_installed_for(host: Host, data: Path, shop: Path) -> None:
    """`python -m ipykernel install --user` calls the kernel of any environment `python3`."""
    install(data, "python3", *words(shop / "bin" / "python"))
    names = kernel_names(Scene(host))
    assert names[shop] == NATIVE
    assert host.prefix not in names


def test_the_native_spec_that_ipykernel_brings_is_this_pythons_own(host: Host, shop: Path) -> None:
    install(host.prefix / "share" / "jupyter", "python3", *words("python"))
    assert kernel_names(Scene(host))[host.prefix] == NATIVE


def test_of_several_names_the_first_counts(host: Host, data: Path, shop: Path) -> None:
    for name in ("b", "a"):
        install(data, name, *words(shop / "bin" / "python"))
    assert kernel_names(Scene(host))[shop] == "a"


def test_jupyter_path_adds_folders(host: Host, home: Path, shop: Path) -> None:
    install(home / "extra", "extra", *words(shop / "bin" / "python"))
    assert shop not in kernel_names(Scene(host))
    assert kernel_names(Scene(replace(host, variables={"JUPYTER_PATH": str(home / "extra")})))[shop] == "extra"


def test_a_spec_whose_folder_may_not_be_entered_is_passed_over(open_folder: Path) -> None:
    kernels = open_folder / ".local" / "share" / "jupyter" / "kernels"
    write(kernels / "closed" / "kernel.json", "{}")
    (kernels / "closed").chmod(0)
    code = (
        "from pathlib import Path\n"
        "from jupyter_envs import registered\n"
        "from jupyter_envs.managers.base import Scene\n"
        "mine = host.Host(Path(sys.argv[1]), prefix=Path('/opt/server'))\n"
        "print(sorted(registered.kernel_names(Scene(mine)).values()))\n"
    )
    try:
        assert "python3" in as_somebody_else(code, open_folder)
    finally:
        (kernels / "closed").chmod(0o755)


def test_a_spec_of_an_impossible_name_is_passed_over(host: Host, data: Path, shop: Path) -> None:
    install(data, "good", *words(shop / "bin" / "python"))
    link(data / "kernels" / "long", f"/{300 * 'x'}")
    assert kernel_names(Scene(host))[shop] == "good"


def test_what_register_wrote_is_known_by_its_mark(host: Host, data: Path, shop: Path) -> None:
    write(data / "kernels" / "mine" / "kernel.json", json.dumps(mark(shop)))
    assert kernel_names(Scene(host))[shop] == "mine"
    told = Mark("shop-1", "venv", shop)
    assert mark_of(mark(shop)) == told
    assert mark_of({"metadata": {"jupyter_envs": told.as_json()}}) == told


def test_a_mark_of_an_environment_that_is_gone_is_nobodys(host: Host, data: Path, shop: Path) -> None:
    write(data / "kernels" / "mine" / "kernel.json", json.dumps(mark(shop.parent / "gone")))
    assert set(kernel_names(Scene(host)).values()) == {NATIVE}


@pytest.mark.parametrize(
    "told",
    [
        None,
        [],
        {"metadata": None},
        {"metadata": {"jupyter_envs": True}},
        mark("relative"),
        mark("/nul\0"),
        mark("/surrogate\ud800"),
        mark("/shop", manager=[], id=3),
        mark("/shop", id=None),
        mark("/shop", registered="true"),
        mark("/shop", registered=False),
    ],
)
def test_what_makes_no_sense_is_no_mark(told: object) -> None:
    assert mark_of(told) is None
