"""The kernel specs that an environment holds itself: R, xeus, a second Python with variables of its own.

They lie in `<prefix>/share/jupyter/kernels/<name>/kernel.json`. What is read here says what would run, and why it must
not where it must not: a file that makes no sense, a program that is gone or that somebody else could change.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import dataclass, field, replace
from string import Template
from typing import TYPE_CHECKING

from jupyter_envs import files, naming

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from jupyter_envs.pyvenv import Reading
    from jupyter_envs.trust import Trust

FOLDER = os.path.join("share", "jupyter", "kernels")
"""Where an environment keeps kernel specs of its own, below its prefix."""
FILE = "kernel.json"
_AT_MOST = 100
_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
_PYTHON = re.compile(r"python(?:\d(?:\.\d+)?)?")
_PLACEHOLDER = re.compile(r"\{(prefix|resource_dir|connection_file)\}")
_NATIVE = frozenset({"python", "python2", "python3"})
_INTERRUPT_MODES = frozenset({"signal", "message"})


@dataclass(frozen=True, slots=True)
class OwnSpec:
    """One kernel spec of an environment. `fault` is None, or one sentence on why it must not start.

    `program` is an absolute path; the `arguments` are as they stand in the file, with names in braces to fill in.
    """

    name: str
    prefix: str
    folder: str
    display_name: str = ""
    language: str = ""
    program: str = ""
    arguments: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    interrupt_mode: str = "signal"
    debugger: bool | None = None
    encryption: tuple[str, ...] = ()
    fault: str | None = None
    away: bool = False
    """Whether that is because a disk does not answer: nothing was asked there."""

    @property
    def file(self) -> str:
        """The path of its `kernel.json`."""
        return os.path.join(self.folder, FILE)

    def words(self, connection_file: str) -> list[str]:
        """What is run, with the place of the file that tells the kernel where to listen."""
        known = {"prefix": self.prefix, "resource_dir": self.folder, "connection_file": connection_file}
        return [self.program, *(_filled(word, known) for word in self.arguments)]

    def variables(self, activated: Mapping[str, str]) -> dict[str, str]:
        """The variables of its kernel: those of the activated environment, then its own, `${NAME}` replaced in them."""
        return {**activated, **{name: Template(text).safe_substitute(activated) for name, text in self.env.items()}}


def read(reading: Reading, trust: Trust, is_away: Callable[[str], bool] = lambda _path: False) -> Iterator[OwnSpec]:
    """Every kernel spec in an environment but that of its own ipykernel, by name, with what is wrong with it.

    `is_away` tells of a path whether it lies on a disk that does not answer: nothing is asked there.
    """
    if reading.windows or reading.fault is not None:
        return
    place = os.path.join(reading.prefix, FOLDER)
    for name in files.names(place)[:_AT_MOST]:
        unknown = OwnSpec(_cleaned(name), reading.prefix, os.path.join(place, name))
        if not is_away(unknown.file) and not os.path.lexists(unknown.file):
            continue
        spec = _read(unknown, reading, trust, is_away)
        # a damaged one of Python's own name is not used
        if spec is not None and (spec.fault is None or spec.name not in _NATIVE):
            yield spec


def _cleaned(name: str) -> str:
    """The name as Jupyter accepts it; where that is another one, with some digits so that no two become the same."""
    if _NAME.fullmatch(name):
        return name
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.")[:32] or "kernel"
    return f"{plain}-{hashlib.sha256(os.fsencode(name)).hexdigest()[:8]}"


def _read(unknown: OwnSpec, reading: Reading, trust: Trust, is_away: Callable[[str], bool]) -> OwnSpec | None:
    """One kernel spec; None for that of the environment's own ipykernel, which nearly every environment has."""
    if is_away(unknown.file):
        return replace(unknown, away=True, fault="Its kernel.json lies on a disk that does not answer.")
    try:
        content = json.loads(files.read_text(unknown.file) or "")
        spec = _understood(unknown, content, reading)
    except (ValueError, TypeError, RecursionError):
        return replace(unknown, fault="Its kernel.json could not be understood.")
    if _is_its_ipykernel(spec, reading):
        return None
    paths = [word for word in (spec.file, *spec.words("")) if os.path.isabs(word)]
    away = next(filter(is_away, paths), None)
    if away:
        return replace(spec, away=True, fault=f"{naming.shown_path(away)} lies on a disk that does not answer.")
    return _judged(spec, paths, trust)


def _understood(unknown: OwnSpec, content: object, reading: Reading) -> OwnSpec:
    """Raises `TypeError` or `ValueError` for what no kernel spec holds."""
    if not isinstance(content, dict):
        raise TypeError(content)
    argv, known = _texts(content.get("argv")), {"prefix": unknown.prefix, "resource_dir": unknown.folder}
    language, mode, metadata = content.get("language"), content.get("interrupt_mode"), content.get("metadata")
    told: dict[object, object] = metadata if isinstance(metadata, dict) else {}
    debugger, encryption = told.get("debugger"), told.get("supported_encryption")
    display_name = content.get("display_name")
    title = display_name if isinstance(display_name, str) and display_name.strip() else unknown.name
    return replace(
        unknown,
        display_name=naming.shown(title),
        language=naming.shown(language) if isinstance(language, str) else "",
        program=_program(_filled("".join(argv[:1]), known), reading),
        arguments=tuple(argv[1:]),
        env=_variables(content.get("env")),
        interrupt_mode=mode if isinstance(mode, str) and mode in _INTERRUPT_MODES else "signal",
        debugger=debugger if isinstance(debugger, bool) else None,
        encryption=tuple(_texts(encryption)) if isinstance(encryption, list) else (),
    )


def _variables(told: object) -> dict[str, str]:
    if told is None:
        return {}
    if not isinstance(told, dict):
        raise TypeError(told)
    if any(not name or "=" in name for name in told):
        raise ValueError(told)
    _texts([*told, *told.values()])
    return told


def _filled(word: str, known: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda match: known.get(match[1], match[0]), word)


def _texts(told: object) -> list[str]:
    """Raises `TypeError` for anything but a list of texts that a program can be given."""
    if not isinstance(told, list) or not all(isinstance(one, str) and "\0" not in one for one in told):
        raise TypeError(told)
    os.fsencode("".join(told))  # raises UnicodeEncodeError for what no system call takes
    return told


def _program(word: str, reading: Reading) -> str:
    """The absolute path of what is run; empty for a relative one, which would depend on the notebook's folder."""
    if os.path.isabs(word):
        return word
    if word in {"python", "python3", f"python{reading.minor}"}:
        return reading.python
    return "" if not word or "/" in word else os.path.join(reading.prefix, "bin", word)


def _judged(spec: OwnSpec, paths: list[str], trust: Trust) -> OwnSpec:
    if not spec.program:
        return replace(spec, fault="Its kernel.json names no program by its path or by a name in the environment.")
    if not os.path.isfile(spec.program) or not os.access(spec.program, os.X_OK):
        return replace(spec, fault=f"Its program {naming.shown_path(spec.program)} is gone, or may not be run.")
    distrust = next(filter(None, map(trust.judge_path, paths)), None)
    return replace(spec, fault=_changeable(distrust.path)) if distrust else spec


def _changeable(path: str) -> str:
    return f"Somebody else can change {naming.shown_path(path)}, which decides what would run."


def _is_its_ipykernel(spec: OwnSpec, reading: Reading) -> bool:
    """Whether this is what the environment is offered as anyway, as ipykernel writes it.

    One of that form under Python's own name is so, whatever interpreter it names: that of an environment which was
    moved or copied names the old place.
    """
    if spec.env:
        return False
    options, module, rest = _split(spec.arguments)
    if module not in {"ipykernel", "ipykernel_launcher"} or rest not in (["-f", "{connection_file}"], []):
        return False
    if not all(word.startswith("-X") for word in options):
        return False
    folder, name = os.path.split(spec.program)
    scripts = os.path.join(reading.prefix, "bin")
    return spec.name in _NATIVE or (
        _PYTHON.fullmatch(name) is not None and os.path.realpath(folder) == os.path.realpath(scripts)
    )


def _split(words: tuple[str, ...]) -> tuple[list[str], str | None, list[str]]:
    """Options, the module that `-m` names, and what follows that."""
    for index, word in enumerate(words[:-1]):
        if word == "-m":
            return list(words[:index]), words[index + 1], list(words[index + 2 :])
    return [], None, []
