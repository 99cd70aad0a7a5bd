"""Environments of a project made by `python -m venv`, virtualenv and uv, under every usual name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.real.outside import MissingError, as_invoking_user, run, variables
from tests.real.workshop import Made, Workshop, install, uv_venv

if TYPE_CHECKING:
    from collections.abc import Iterator


def venv(workshop: Workshop, prefix: Path, *options: str, python: Path | None = None) -> Path:
    """Make an environment with `python -m venv`, without pip because nobody here needs it."""
    base = python or workshop.pythons.default.executable
    run([base, "-m", "venv", "--without-pip", *options, prefix], variables(workshop.home), workshop.home)
    return prefix


def virtualenv(workshop: Workshop, prefix: Path, python: Path, *options: str, tool: Path | None = None) -> Path:
    """Make an environment with virtualenv, whose own cache stays out of the home."""
    argv: list[str | Path] = [tool or workshop.tools.virtualenv, "--quiet", "--python", python, *options, prefix]
    cache = str(workshop.tools.folder / "virtualenv-cache")
    run(argv, variables(workshop.home, VIRTUALENV_OVERRIDE_APP_DATA=cache), workshop.home)
    return prefix


def made_by_venv(workshop: Workshop) -> Iterator[Made]:
    """The plain case, and its options."""
    for name, options in {"venv": (), "venv copies": ("--copies",), "venv prompt": ("--prompt", 'it\'s "odd"')}.items():
        prefix = venv(workshop, workshop.project("code", name) / ".venv", *options)
        yield Made(label=name, prefix=prefix, project=prefix.parent)


def every_usual_name_in_one_project(workshop: Workshop) -> Iterator[Made]:
    """`.venv` first; the others serve the same project."""
    project = workshop.project("code", "names")
    for name in (".venv", "venv", "env", ".venv39", "sandbox"):
        yield Made(label=f"names, {name}", prefix=venv(workshop, project / name), project=project)


def a_project_in_a_project(workshop: Workshop) -> Iterator[Made]:
    """Each environment belongs to the folder that it lies in."""
    outer, inner = workshop.project("code", "outer"), workshop.project("code", "outer", "packages", "inner")
    yield Made(label="outer project", prefix=venv(workshop, outer / ".venv"), project=outer)
    yield Made(label="nested project", prefix=venv(workshop, inner / ".venv"), project=inner)


def made_by_uv(workshop: Workshop) -> Iterator[Made]:
    """uv writes .gitignore and CACHEDIR.TAG into it: no reason to skip it."""
    python = workshop.pythons.default.executable
    cases = {"uv": (), "uv relocatable": ("--relocatable",), "uv prompt": ("--prompt", "p"), "uv seed": ("--seed",)}
    for name, options in cases.items():
        prefix = uv_venv(workshop.project("code", name) / ".venv", python, *options)
        yield Made(label=name, prefix=prefix, project=prefix.parent)


def made_by_virtualenv(workshop: Workshop) -> Iterator[Made]:
    """With links and with copies."""
    python = workshop.pythons.default.executable
    for name, option in {"virtualenv": "--symlinks", "virtualenv copies": "--copies"}.items():
        prefix = virtualenv(workshop, workshop.project("code", name) / ".venv", python, "--no-pip", option)
        yield Made(label=name, prefix=prefix, project=prefix.parent)


def on_every_python_of_today(workshop: Workshop) -> Iterator[Made]:
    """Each minor version from 3.7 on, with the ipykernel that the resolver picks for it."""
    for python in workshop.pythons.found:
        if python.minor >= (3, 7):
            name = "python {}.{}".format(*python.minor)
            prefix = uv_venv(workshop.project("versions", name) / ".venv", python.executable)
            install(prefix, "ipykernel")
            yield Made(label=name, prefix=prefix, project=prefix.parent)


def on_python_3_6(workshop: Workshop) -> Iterator[Made]:
    """With the last ipykernel that supports it."""
    python = workshop.pythons.at("3.6").executable
    prefix = virtualenv(
        workshop, workshop.project("versions", "3.6") / ".venv", python, tool=workshop.tools.old_virtualenv
    )
    install(prefix, "ipykernel")
    yield Made(label="python 3.6", prefix=prefix, project=prefix.parent)


def on_python_2_7(workshop: Workshop) -> Iterator[Made]:
    """With and without the last ipykernel that supports it."""
    python, tool = workshop.pythons.at("2.7").executable, workshop.tools.old_virtualenv
    bare = virtualenv(workshop, workshop.project("versions", "2.7 bare") / ".venv", python, "--no-pip", tool=tool)
    yield Made(label="python 2.7 without ipykernel", prefix=bare, project=bare.parent)
    full = virtualenv(workshop, workshop.project("versions", "2.7") / ".venv", python, tool=tool)
    as_invoking_user(full / "bin" / "pip", "install", "--quiet", "ipykernel<5")
    yield Made(label="python 2.7", prefix=full, project=full.parent)


def before_pyvenv_cfg(workshop: Workshop) -> Iterator[Made]:
    """virtualenv 16 writes orig-prefix.txt and copies the standard library; no pyvenv.cfg."""
    python = workshop.pythons.at("3.6")
    prefix = workshop.project("versions", "ancient") / "env"
    env = variables(workshop.home, PYTHONPATH=str(workshop.tools.ancient_virtualenv))
    run([python.executable, "-m", "virtualenv", "--quiet", prefix], env, workshop.home)
    yield Made(label="virtualenv 16", prefix=prefix, project=prefix.parent)


def on_the_systems_python(workshop: Workshop) -> Iterator[Made]:
    """The distribution's interpreter, whose packages are elsewhere (Debian: dist-packages)."""
    python = Path("/usr/bin/python3")
    if not python.exists():
        message = "needs /usr/bin/python3"
        raise MissingError(message)
    prefix = venv(workshop, workshop.project("code", "system") / ".venv", "--system-site-packages", python=python)
    yield Made(label="the system's Python", prefix=prefix, project=prefix.parent)


def in_a_folder_with_an_awkward_name(workshop: Workshop) -> Iterator[Made]:
    """Quotes, a newline, markup and a right-to-left mark are legal in a folder's name."""
    project = workshop.project("code", "it's \"<b>\n\u202eodd\x1b[31m")
    prefix = venv(workshop, project / ".venv")
    install(prefix, "ipykernel")
    yield Made(label="awkward name", prefix=prefix, project=project)


def a_moved_environment(workshop: Workshop) -> Iterator[Made]:
    """It still runs; only activate and the scripts' first lines are stale."""
    prefix = uv_venv(workshop.project("code", "here") / ".venv", workshop.pythons.default.executable)
    install(prefix, "ipykernel")
    project = prefix.parent.rename(workshop.home / "code" / "there")
    yield Made(label="moved", prefix=project / ".venv", project=project)


def a_link_to_another_environment(workshop: Workshop) -> Iterator[Made]:
    """One entry: the real one, with the link as its alias and both projects."""
    owner, borrower = workshop.project("code", "owner"), workshop.project("code", "borrower")
    prefix = venv(workshop, owner / ".venv")
    link = borrower / ".venv"
    link.symlink_to(prefix)
    yield Made(label=".venv is a link", prefix=prefix, project=owner, also=(borrower,), aliases=(link,))


IN_THE_MAIN_HOME = (
    made_by_venv,
    every_usual_name_in_one_project,
    a_project_in_a_project,
    made_by_uv,
    made_by_virtualenv,
    on_every_python_of_today,
    on_python_3_6,
    on_python_2_7,
    before_pyvenv_cfg,
    on_the_systems_python,
    in_a_folder_with_an_awkward_name,
    a_moved_environment,
    a_link_to_another_environment,
)
