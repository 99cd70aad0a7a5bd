"""The indexes that pip is set to, as uv's variables: files and variables are read as data, pip is not run.

The files and their order are those of pip's `configuration.py`: the machine's, the person's, the environment's own, and
the one that `PIP_CONFIG_FILE` names; in each, `[install]` beats `[global]`, and variables beat all files. What the
person set for uv itself wins. Addresses may hold passwords, so they are handed on in variables alone.
"""

from __future__ import annotations

import configparser
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from jupyter_envs import files

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jupyter_envs.host import Host

_SECTIONS = ("global", "install")
_YES = frozenset({"y", "yes", "t", "true", "on", "1"})
_LINKS = "find-links"
_LISTS = {
    "extra-index-url": ("UV_INDEX", " "),
    _LINKS: ("UV_FIND_LINKS", ","),
    "trusted-host": ("UV_INSECURE_HOST", " "),
}
_TEXTS = {
    "index-url": "UV_DEFAULT_INDEX",
    "cert": "SSL_CERT_FILE",
    "client-cert": "SSL_CLIENT_CERT",
    "proxy": "ALL_PROXY",
    "keyring-provider": "UV_KEYRING_PROVIDER",
}
_SAME = {"UV_DEFAULT_INDEX": "UV_INDEX_URL", "UV_INDEX": "UV_EXTRA_INDEX_URL"}
"""Older names of uv's variables, which count as much."""
_KEYRINGS = frozenset({"disabled", "subprocess"})


@dataclass(frozen=True, slots=True)
class Indexes:
    """Where uv is to look: `variables` beside its own, and whether it is to look in no index at all.

    `several`: pip looks in more places than its index, and merely warns of one that does not answer; uv gives up.
    """

    variables: Mapping[str, str]
    no_index: bool = False
    several: bool = False


def indexes(host: Host, prefix: Path | None = None) -> Indexes:
    """What the pip of the environment at `prefix` would install from, or else this Python's, for this person."""
    settings = settings_of(host, prefix)
    told = {name: settings[key] for key, name in _TEXTS.items() if settings.get(key)}
    if told.get("UV_KEYRING_PROVIDER") not in {None, *_KEYRINGS}:  # pip's other ways are no ways of uv's
        told["UV_KEYRING_PROVIDER"] = "subprocess"
    for key, (name, between) in _LISTS.items():
        values = settings.get(key, "").split()
        if key == _LINKS:
            values = [place for each in values if _is_there(place := _expanded(each, host))]
        if values:
            told[name] = between.join(values)
    # pip takes the best of all indexes; uv would stop at the first that has the name
    told.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
    chosen = {name: value for name, value in told.items() if not _is_set(name, host)}
    several = any(settings.get(key, "").strip() for key in ("extra-index-url", _LINKS))
    return Indexes(chosen, settings.get("no-index", "").lower() in _YES, several)


def _is_set(name: str, host: Host) -> bool:
    """Whether the person said so for uv, or for all programs."""
    return any(host.variable(each) for each in (name, _SAME.get(name, name)))


def settings_of(host: Host, prefix: Path | None = None) -> dict[str, str]:
    """pip's settings by their long names, the strongest of each; `prefix` is the environment that its pip is of."""
    found: dict[str, dict[str, str]] = {section: {} for section in _SECTIONS}
    for path in _files(host, prefix or host.prefix):
        for section, values in _read(path).items():
            found[section].update(values)
    variables = {
        _key(name.removeprefix("PIP_")): value
        for name, value in host.variables.items()
        if name.startswith("PIP_") and value
    }
    return {**found["global"], **found["install"], **variables}


def _files(host: Host, prefix: Path) -> Iterator[Path]:
    """pip's configuration files, the weakest first."""
    given = host.variable("PIP_CONFIG_FILE")
    if given == os.devnull:
        return
    name = "pip.conf"
    if host.platform == "darwin":
        yield host.system / "Library" / "Application Support" / "pip" / name
    else:
        folders = (host.variable("XDG_CONFIG_DIRS") or "/etc/xdg").split(os.pathsep)
        # an empty or relative one would be in the working directory, a folder of notebooks
        yield from (Path(folder) / "pip" / name for folder in reversed(folders) if os.path.isabs(folder))
        yield host.system / "etc" / name
    if not (given and os.path.exists(given)):
        yield host.home / ".pip" / name
        yield from (folder / "pip" / name for folder in reversed(_persons_own(host)))
    yield prefix / name
    if given:
        yield host.expand(given)


def _persons_own(host: Host) -> list[Path]:
    """On macOS pip takes its folder of the platform where there is one."""
    *platforms, first = [host.home / ".config", *reversed(list(host.config_folders()))]
    return [first] if host.platform != "darwin" or (first / "pip").is_dir() else platforms


def _read(path: Path) -> dict[str, dict[str, str]]:
    """The settings of one file by section; nothing where it cannot be understood, which pip itself will tell."""
    text = files.read_text(os.fspath(path), files.LARGE)
    if text is None:
        return {}
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(text)
    except configparser.Error:
        return {}
    known = [section for section in _SECTIONS if parser.has_section(section)]
    return {section: {_key(name): value for name, value in parser.items(section)} for section in known}


def _key(name: str) -> str:
    return name.lower().replace("_", "-").removeprefix("--")


def _expanded(place: str, host: Host) -> str:
    """pip takes `~` for the home in find-links."""
    return os.fspath(host.expand(place)) if place.startswith("~") else place


def _is_there(place: str) -> bool:
    """Whether a place may be looked in: pip only warns of a folder that does not exist, and uv gives up.

    A relative one would be in the folder that pip is run in, and here it is run in none.
    """
    parts = urlsplit(place)
    if parts.scheme not in {"", "file"}:
        return True
    path = unquote(parts.path) if parts.scheme else place
    return os.path.isabs(path) and os.path.exists(path)
