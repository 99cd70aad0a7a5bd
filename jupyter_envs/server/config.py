"""The settings as a server reads them: configuration files of their own, then the server's and its command line."""

from __future__ import annotations

import json
import os
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from traitlets import Bool, Enum, Float, Int, TraitError, TraitType, Tuple, Unicode
from traitlets.config import Config, Configurable
from traitlets.config.loader import ConfigFileNotFound, DeferredConfigList, DeferredConfigString, PyFileConfigLoader

from jupyter_envs import files
from jupyter_envs.settings import CHOICES, HELP, Settings, check

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from jupyter_envs.host import Host

SECTION = "JupyterEnvs"
PYTHON_FILE = "jupyter_envs_config.py"
JSON_FILE = "jupyter_envs_config.json"


def _trait(name: str) -> TraitType[Any, Any]:
    """The trait of a setting: its kind is that of its default."""
    default = getattr(Settings(), name)
    kind: TraitType[Any, Any]
    if name in CHOICES:
        kind = Enum(CHOICES[name], default_value=default, help=HELP[name])
    elif isinstance(default, bool):
        kind = Bool(default, help=HELP[name])
    elif isinstance(default, int):
        kind = Int(default, help=HELP[name])
    elif isinstance(default, float):
        kind = Float(default, help=HELP[name])
    elif isinstance(default, str):
        kind = Unicode(default, help=HELP[name])
    else:
        kind = Tuple(default_value=default, help=HELP[name])
    return kind.tag(config=True)


class JupyterEnvs(Configurable):
    """Python environments as kernels."""

    enabled = _trait("enabled")
    roots = _trait("roots")
    max_depth = _trait("max_depth")
    exclude = _trait("exclude")
    scan_seconds = _trait("scan_seconds")
    managers = _trait("managers")
    offer = _trait("offer")
    display_name_template = _trait("display_name_template")
    borrow_ipykernel = _trait("borrow_ipykernel")
    register = _trait("register")
    provision = _trait("provision")
    keep_pythonpath = _trait("keep_pythonpath")
    trusted_owners = _trait("trusted_owners")
    allow_create = _trait("allow_create")
    allow_remove = _trait("allow_remove")
    create_roots = _trait("create_roots")
    tool_paths = _trait("tool_paths")


def settings(host: Host, server: Config) -> tuple[Settings, list[str]]:
    """The settings that hold, and a sentence for each thing that was left out of them because it makes no sense.

    Later ones beat earlier ones: `jupyter_envs_config.py` and then `jupyter_envs_config.json` in Jupyter's config
    folders, the server's own configuration files, its command line.
    """
    from_files, problems = host.settings()
    complaints = [str(problem) for problem in problems]
    values: dict[str, object] = {}
    for section in (*_python_sections(host, complaints), _set_in_json(host, from_files), server.get(SECTION, {})):
        good, wrong = check(dict(_converted(section, complaints)))
        values.update(good)
        complaints.extend(wrong)
    return Settings(**values), complaints  # type: ignore[arg-type]  # check() let only fitting values through


def _python_sections(host: Host, complaints: list[str]) -> Iterator[Mapping[str, object]]:
    for folder in reversed(list(host.jupyter_config_folders())):
        yield _python_section(folder, complaints)


def _python_section(folder: Path, complaints: list[str]) -> Mapping[str, object]:
    """What a configuration file in Python says. It is the person's or the system's own, and is run as Jupyter does."""
    try:
        loaded: Config = PyFileConfigLoader(PYTHON_FILE, str(folder)).load_config()
    except ConfigFileNotFound:
        return {}
    except Exception as error:  # noqa: BLE001 -- it is a program, and may raise anything
        complaints.append(f"{folder / PYTHON_FILE} failed: {error}. Mend or remove it.")
        return {}
    section: Mapping[str, object] = loaded.get(SECTION, {})
    return section


def _set_in_json(host: Host, found: Settings) -> dict[str, object]:
    """Of the settings that JSON files give, those that stand there, also where that is the default."""
    sections = [_json_section(folder / JSON_FILE) for folder in host.jupyter_config_folders()]
    names = {name for section in sections for name in check(section)[0]}
    return {field.name: getattr(found, field.name) for field in fields(Settings) if field.name in names}


def _json_section(path: Path) -> dict[str, object]:
    try:
        content = json.loads(files.read_text(os.fspath(path), files.LARGE) or "{}")
    except (ValueError, RecursionError):
        return {}  # the host tells of that
    section = content.get(SECTION) if isinstance(content, dict) else None
    return section if isinstance(section, dict) else {}


def _converted(section: Mapping[str, object], complaints: list[str]) -> Iterator[tuple[str, object]]:
    """Values as their traits understand them: the command line gives texts, files may append to lists."""
    for name, value in section.items():
        if name not in JupyterEnvs.class_trait_names():
            yield name, value
            continue
        try:
            yield name, getattr(JupyterEnvs(config=Config({SECTION: {name: _as_list(name, value)}})), name)
        except (TraitError, ValueError) as error:
            complaints.append(f"The setting '{name}' makes no sense: {error}")


def _as_list(name: str, value: object) -> object:
    """A list that the command line names once: the server does not know our class then, and takes it for a text."""
    single = isinstance(value, DeferredConfigString) and not value.startswith(("[", "("))
    return DeferredConfigList([value]) if single and isinstance(getattr(Settings(), name), tuple) else value
