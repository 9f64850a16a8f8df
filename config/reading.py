"""From a path to the values of the file, with ``env:`` and ``file:`` put in their place.

A value that came by reference is a Referenced: it serves as text, and its repr is the reference.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from config.faults import ConfigurationFaults, Fault, KeyPath, Problem
from config.wording import nearest, shown

REFERENCE = re.compile(r"(env|file):(.*)", re.DOTALL)
LARGEST = 64 * 1024 * 1024  # bytes of a configuration: some hundred thousand sources
LARGEST_REFERENCE = 64 * 1024  # bytes; a key or a password, not a disk

_AT_LINE = re.compile(r" \(at line (\d+), column (\d+)\)$")
AT_END = " (at end of document)"
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PLAINER = {
    "Invalid value": "no value that TOML knows; text must stand in quotes",
    "Cannot overwrite a value": "this key stands twice; leave one of them",
}
_UNFINISHED = {"Invalid value", "Unclosed array", "Unterminated string", "Expected \"'''\""}


class Referenced(str):
    """A text that came by reference; its repr shows the reference and never the text."""

    reference: str

    def __new__(cls, text: str, reference: str = "env:…") -> Self:
        """Return the text, marked by where it came from."""
        made = super().__new__(cls, text)
        made.reference = reference
        return made

    def __repr__(self) -> str:
        return f"<{self.reference}>"


class Unresolved:
    """Stands where a reference led nowhere; that was told, and nothing more is to be said of it."""


@dataclass(frozen=True, slots=True)
class Document:
    """A file that is well-formed TOML, its references not yet followed."""

    path: Path
    text: str
    tree: dict[str, object]


def read(path: Path) -> Document:
    """Read the file; ConfigurationFaults when it is missing, not UTF-8, or not TOML."""
    text = _text(path)
    fault = None
    try:
        return Document(path, text, tomllib.loads(text))
    except RecursionError:
        fault = Fault(file=str(path), line=None, key="", message="is nested too deeply to be read")
    except ValueError as error:
        fault = _syntax(path, text, str(error))
    raise ConfigurationFaults([fault])


def follow(
    value: object, *, base: Path, environ: Mapping[str, str], path: KeyPath = ()
) -> tuple[object, list[Problem]]:
    """Return the value with each reference in it resolved, and what could not be.

    ``base`` is the folder that a relative ``file:`` starts from.
    """
    problems: list[Problem] = []
    if isinstance(value, dict):
        table: dict[str, object] = {}
        for key, part in value.items():
            table[key], found = follow(part, base=base, environ=environ, path=(*path, key))
            problems += found
        return table, problems
    if isinstance(value, list):
        parts: list[object] = []
        for n, part in enumerate(value):
            made, found = follow(part, base=base, environ=environ, path=(*path, n))
            parts.append(made)
            problems += found
        return parts, problems
    if not is_reference(value):
        return value, []
    made = _resolve(str(value), base, environ)
    if isinstance(made, str):
        return made, []
    return Unresolved(), [Problem(path, made.message)]


def is_reference(value: object) -> bool:
    """Whether this value of the file stands for another one."""
    return isinstance(value, str) and REFERENCE.fullmatch(value) is not None


def walk(value: object, path: KeyPath = ()) -> Iterator[tuple[KeyPath, object]]:
    """Yield each value below this one that is neither a table nor a list, with its path."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from walk(part, (*path, key))
    elif isinstance(value, (list, tuple)):
        for n, part in enumerate(value):
            yield from walk(part, (*path, n))
    else:
        yield path, value


def _text(path: Path) -> str:
    name = str(path)
    try:
        with path.open("rb") as file:  # no more of it: it may be a disk, or never end
            data = file.read(LARGEST + 1)
    except FileNotFoundError:
        message = "is missing; `earshot init` writes one, --config PATH or EARSHOT_CONFIG names another"
    except IsADirectoryError:
        message = "is a folder; --config PATH or EARSHOT_CONFIG must name the file in it"
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        message = f"cannot be read: {reason}; --config PATH or EARSHOT_CONFIG names another"
    else:
        if len(data) <= LARGEST:
            return _decoded(data, name)
        message = f"is larger than {LARGEST // 2**20} MiB; --config PATH or EARSHOT_CONFIG must name a configuration"
    raise ConfigurationFaults([Fault(file=name, line=None, key="", message=message)])


def _decoded(data: bytes, name: str) -> str:
    try:
        # editors on Windows put a mark at the start, which TOML does not know
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
    raise ConfigurationFaults(
        [Fault(file=name, line=line, key="", message="is not UTF-8 text; save the file as UTF-8")]
    )


def _syntax(path: Path, text: str, told: str) -> Fault:
    at = _AT_LINE.search(told)
    message = _AT_LINE.sub("", told).removesuffix(AT_END)
    last = text.rstrip().count("\n") + 1 if told.endswith(AT_END) else None
    if not at and "digits" in message:  # int() refuses more than 4300 digits, and tomllib lets that through
        message = "holds a number with thousands of digits"
    if last and message in _UNFINISHED:
        message = "the file ends in the middle of a value; close its quotes or its ]"
    message = _PLAINER.get(message, message)
    return Fault(
        file=str(path),
        line=int(at[1]) if at else last,
        column=int(at[2]) if at else None,
        key="",
        message=f"not TOML: {message}",
    )


def _resolve(reference: str, base: Path, environ: Mapping[str, str]) -> Referenced | Problem:
    kind, _, target = reference.partition(":")
    return _variable(target, environ) if kind == "env" else _content(target, base)


def _variable(name: str, environ: Mapping[str, str]) -> Referenced | Problem:
    if not _VARIABLE.fullmatch(name):
        return Problem((), f'{shown(f"env:{name}")} names no variable; write it like "env:EARSHOT_SECRET"')
    value = environ.get(name)
    if value:
        return Referenced(value, f"env:{name}")
    likely = nearest(name, [other for other in environ if environ[other]])
    asked = f"; did you mean env:{likely}?" if likely and value is None else ""
    state = "not set" if value is None else "empty"
    return Problem((), f"the environment variable {name} is {state}; set it before Earshot starts{asked}")


def _content(target: str, base: Path) -> Referenced | Problem:
    called = shown(f"file:{target}")
    try:
        with (base / target).open("rb") as file:
            data = file.read(LARGEST_REFERENCE + 1)
        if len(data) > LARGEST_REFERENCE:
            return Problem((), f"{called} is larger than {LARGEST_REFERENCE} bytes; it must hold one value")
        value = data.decode("utf-8-sig").removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        return Problem((), f"{called} is not UTF-8 text")
    except (OSError, ValueError) as error:
        reason = (error.strerror or "no such file") if isinstance(error, OSError) else "no usable path"
        return Problem((), f"{called} cannot be read ({reason}); relative paths begin beside this file")
    if not value:
        return Problem((), f"{called} is empty")
    return Referenced(value, f"file:{target}")
