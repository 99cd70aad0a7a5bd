"""Projects that are installed in an environment as editable: `pip install -e` leaves a file that names the folder."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jupyter_envs.managers.base import Candidate, Scene


def folders(candidate: Candidate, scene: Scene) -> Iterator[Path]:
    """The real paths of the folders that are installed as editable, whether or not they are still there."""
    for site in candidate.reading.sites()[:1]:
        for name in scene.names(Path(site)):
            text = scene.text(Path(site, name, "direct_url.json")) if name.endswith(".dist-info") else None
            folder = _folder(text, scene) if text else None
            if folder is not None:
                yield folder


def _folder(text: str, scene: Scene) -> Path | None:
    from urllib.parse import unquote_to_bytes, urlsplit  # rarely needed, and slow to load

    try:
        content = json.loads(text)
        url = urlsplit(content["url"])
        editable = content["dir_info"]["editable"]
        path = os.fsdecode(unquote_to_bytes(os.fsencode(url.path)))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    if editable is not True or url.scheme != "file" or "\0" in path:
        return None
    return scene.real(Path(path))
