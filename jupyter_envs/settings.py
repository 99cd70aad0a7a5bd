"""What a person or an administrator chose: one frozen object, the same for the server and the command line.

Each field is a setting of the traitlets class `JupyterEnvs` and a key of `jupyter_envs_config.json`.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

ASK, ALWAYS, NEVER = "ask", "always", "never"
CHOICES = {
    "offer": ("environments", "all", "pinned"),
    "borrow_ipykernel": (ASK, ALWAYS, NEVER),
    "register": ("never", "used", "all"),
}
"""What a setting that is one of few words may be; its default is the first."""
_NUMBERS = {
    "max_depth": (1, 100, "from 1 to 100"),
    "scan_seconds": (sys.float_info.min, 86_400, "above zero and at most 86400 seconds"),
}
"""The least and the most that a number may be, and how that is said."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, with their defaults; `help_of` tells what each is for."""

    enabled: bool = True
    roots: tuple[str, ...] = ()
    max_depth: int = 6
    exclude: tuple[str, ...] = ()
    scan_seconds: float = 10.0
    managers: tuple[str, ...] = ()
    offer: str = "environments"
    display_name_template: str = "{name} ({manager}, Python {version})"
    borrow_ipykernel: str = "ask"
    register: str = "never"
    provision: bool = True
    keep_pythonpath: bool = False
    trusted_owners: tuple[str, ...] = ()
    allow_create: bool = True
    allow_remove: bool = True
    create_roots: tuple[str, ...] = ()
    tool_paths: tuple[str, ...] = ()


HELP: dict[str, str] = {
    "enabled": "Offer environments as kernels.",
    "roots": "Folders to walk for environments. Empty: the server's root folder, or the home folder in a terminal.",
    "max_depth": "How many folders deep a walk goes below a root: 1 to 100.",
    "exclude": "Names of folders that a walk does not enter.",
    "scan_seconds": "How long a walk in a terminal may take, in seconds.",
    "managers": "The managers whose environments are listed. Empty: all.",
    "offer": "Which environments become kernels: 'environments' (those that are ready or can borrow an ipykernel), "
    "'all' (whatever can start), or 'pinned' (those that were pinned by hand).",
    "display_name_template": "How a kernel is named; {name}, {manager} and {version} are replaced.",
    "borrow_ipykernel": "Whether an environment without an ipykernel may borrow one that must be downloaded first: "
    "'ask' (only one that was made by hand), 'always' (download it when it is needed), or 'never' (borrow none).",
    "register": "Which environments get a kernel spec on disk, for other tools: 'never' (those that you register), "
    "'used' (also those that were started), or 'all'.",
    "provision": "Check an environment in the server before its kernel starts, so that a reason can be shown.",
    "keep_pythonpath": "Leave PYTHONPATH as it is in kernels; by default it is removed.",
    "trusted_owners": "Users (names) beside you and root whose environments are trusted.",
    "allow_create": "Make environments, in JupyterLab and in a terminal.",
    "allow_remove": "Remove environments, and make them again.",
    "create_roots": "Folders in which environments may be made and removed, beside the tools' own. Empty: the server's "
    "roots, or anywhere in a terminal.",
    "tool_paths": "Folders or programs where the tools that make environments are looked for first.",
}


def check(values: Mapping[str, object]) -> tuple[dict[str, object], list[str]]:
    """The values that are settings and make sense, and one sentence on each that is not or does not.

    A value that makes no sense takes nothing from the others.
    """
    kinds: dict[str, object] = {field.name: field.default for field in fields(Settings)}
    good: dict[str, object] = {}
    complaints = []
    for name, value in values.items():
        if name not in kinds:
            complaints.append(f"There is no setting '{name}'.")
        elif (complaint := _complaint(name, value, kinds[name])) is not None:
            complaints.append(f"{complaint}; until then it has its default.")
        else:
            good[name] = _as_kind(value, kinds[name])
    return good, complaints


def _complaint(name: str, value: object, default: object) -> str | None:
    if isinstance(default, bool):
        return None if isinstance(value, bool) else f"The setting '{name}' must be true or false"
    if isinstance(default, int | float):
        least, most, bounds = _NUMBERS[name]
        fine = isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most
        return None if fine else f"The setting '{name}' must be a number {bounds}"
    if isinstance(default, tuple):
        fine = isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)
        return None if fine else f"The setting '{name}' must be a list of texts"
    if not isinstance(value, str):
        return f"The setting '{name}' must be a text"
    if name in CHOICES and value not in CHOICES[name]:
        return f"The setting '{name}' must be one of: {', '.join(CHOICES[name])}"
    return _template_complaint(value) if name == "display_name_template" else None


def _template_complaint(template: str) -> str | None:
    try:
        template.format(name="", manager="", version="")
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        return "The setting 'display_name_template' may hold {name}, {manager} and {version}, and no other braces"
    return None


def _as_kind(value: object, default: object) -> object:
    if isinstance(default, tuple) and isinstance(value, list | tuple):
        return tuple(value)
    if isinstance(default, int) and not isinstance(default, bool) and isinstance(value, float):
        return int(value)
    return value
