"""Every way in which an environment has an ipykernel, and every way in which it only seems to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.real.make_venv import venv, virtualenv
from tests.real.outside import run, uv_run, variables
from tests.real.workshop import Made, Workshop, install, uv_venv

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SOURCE = """
[project]
name = "ipykernel"
version = "99.1"

[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[tool.hatch.build.targets.wheel]
packages = ["src/ipykernel_launcher.py"]
dev-mode-dirs = ["src"]
"""
SETUP = "from setuptools import setup\nsetup(name='ipykernel', version='99.2', py_modules=['ipykernel_launcher'])\n"


def site_packages(workshop: Workshop, prefix: Path) -> Path:
    """Where an environment's own packages are, by its own account."""
    question = "import sysconfig; print(sysconfig.get_paths()['purelib'])"
    return workshop.home / workshop.python(prefix, "-c", question).strip()


def fresh(workshop: Workshop, name: str) -> Path:
    """An empty environment in a project of this name."""
    return uv_venv(workshop.project("kernels", name) / ".venv", workshop.pythons.default.executable)


def uninstalled_but_for_a_folder(workshop: Workshop) -> Iterator[Made]:
    """Uninstalling leaves what it did not install: here the folder that a person's file is in."""
    prefix = fresh(workshop, "folder left")
    install(prefix, "ipykernel")
    (site_packages(workshop, prefix) / "ipykernel" / "mine.txt").touch()
    uv_run("pip", "uninstall", "--quiet", "--python", prefix / "bin" / "python", "ipykernel")
    yield Made(label="a folder left over", prefix=prefix, project=prefix.parent)


def metadata_without_a_launcher(workshop: Workshop) -> Iterator[Made]:
    """An interrupted removal: the launcher is gone and the metadata is not."""
    prefix = fresh(workshop, "metadata left")
    install(prefix, "ipykernel")
    (site_packages(workshop, prefix) / "ipykernel_launcher.py").unlink()
    yield Made(label="metadata left over", prefix=prefix, project=prefix.parent)


def an_older_ipykernel(workshop: Workshop) -> Iterator[Made]:
    """The version is the installed one, not the newest."""
    prefix = fresh(workshop, "older")
    install(prefix, "ipykernel<7")
    yield Made(label="an older ipykernel", prefix=prefix, project=prefix.parent)


def editable_by_a_path_file(workshop: Workshop) -> Iterator[Made]:
    """`uv pip install -e` writes a .pth with the path of the sources."""
    source = workshop.folder("sources", "ipykernel")
    (source / "src").mkdir()
    (source / "src" / "ipykernel_launcher.py").touch()
    (source / "pyproject.toml").write_text(SOURCE, encoding="utf-8")
    prefix = fresh(workshop, "editable")
    install(prefix, "--editable", source)
    yield Made(label="editable by .pth", prefix=prefix, project=prefix.parent)


def editable_by_an_egg_link(workshop: Workshop) -> Iterator[Made]:
    """`setup.py develop` writes an .egg-link and a line of easy-install.pth; the version is in the sources."""
    python, source = workshop.pythons.at("3.6").executable, workshop.folder("sources", "older ipykernel")
    (source / "ipykernel_launcher.py").touch()
    (source / "setup.py").write_text(SETUP, encoding="utf-8")
    prefix = workshop.project("kernels", "egg link") / ".venv"
    virtualenv(workshop, prefix, python, "--setuptools", "bundle", tool=workshop.tools.old_virtualenv)
    run([prefix / "bin" / "python", "setup.py", "--quiet", "develop"], variables(workshop.home), source)
    yield Made(label="editable by .egg-link", prefix=prefix, project=prefix.parent)


def the_bases_packages(workshop: Workshop) -> Iterator[Made]:
    """With system site packages on, the person's own site-packages count; with them off they do not."""
    python = workshop.pythons.default
    base = venv(workshop, workshop.project("kernels", "shared") / ".venv", "--system-site-packages")
    question = "import site; print(site.getusersitepackages())"
    target = run([python.executable, "-c", question], variables(workshop.home)).strip()
    uv_run("pip", "install", "--quiet", "--python", python.executable, "--target", target, "ipykernel")
    yield Made(label="system site on, user's ipykernel", prefix=base, project=base.parent)
    closed = venv(workshop, workshop.project("kernels", "closed") / ".venv")
    yield Made(label="system site off", prefix=closed, project=closed.parent)


def an_environment_on_an_environment(workshop: Workshop) -> Iterator[Made]:
    """System site packages are the base's, never those of the environment that it was made from."""
    parent = fresh(workshop, "parent")
    install(parent, "ipykernel", "virtualenv")
    child = workshop.project("kernels", "child") / ".venv"
    argv: list[str | Path] = [parent / "bin" / "virtualenv", "--quiet", "--no-pip", "--system-site-packages", child]
    run(argv, variables(workshop.home), workshop.home)
    yield Made(label="made from an environment", prefix=child, project=child.parent)
    yield Made(label="the environment it was made from", prefix=parent, project=parent.parent)


IN_THE_MAIN_HOME = (
    uninstalled_but_for_a_folder,
    metadata_without_a_launcher,
    an_older_ipykernel,
    editable_by_a_path_file,
    editable_by_an_egg_link,
    the_bases_packages,
    an_environment_on_an_environment,
)
