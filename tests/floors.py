"""Reads the source of the house and says where it breaks its own rules: floors, siblings, words, sockets.

The rules are design.md's. Everything is read by ast and nothing is imported, so that an import inside a
function or under TYPE_CHECKING counts like any other, and a planted tree can be read like the real one.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

FLOORS: Mapping[str, int] = {
    "errors": 1,
    "model": 2,
    "net": 3,
    "text": 3,
    "collectors": 4,
    "analysis": 4,
    "storage": 4,
    "delivery": 4,
    "config": 4,
    "pipeline": 5,
    "stages": 5,
    "scheduler": 6,
    "web": 6,
    "earshot": 6,
    "commands": 7,
    "cli": 7,
}
READERS_OF_CONFIG = {"config", "scheduler", "web", "cli", "commands"}
BESIDE = {("cli", "commands"), ("pipeline", "stages")}  # docs/decisions/0001-one-file-per-verb.md

DOORS = (  # what opens a socket, or can
    "aiohttp",
    "aiosmtpd.controller",
    "asyncio.open_connection",
    "asyncio.start_server",
    "ftplib",
    "http.client",
    "http.server",
    "httpx",
    "imaplib",
    "poplib",
    "smtplib.SMTP",
    "smtplib.SMTP_SSL",
    "socket.create_connection",
    "socket.create_server",
    "socket.socket",
    "socketserver",
    "telnetlib",
    "urllib.request",
    "urllib3.HTTPConnectionPool",
    "urllib3.HTTPSConnectionPool",
    "urllib3.PoolManager",
    "urllib3.ProxyManager",
    "urllib3.request",
    "websocket",
    "wsgiref.simple_server",
    *(f"requests.{verb}" for verb in ("get", "post", "put", "patch", "delete", "head", "options", "request")),
    "requests.Session",
    "requests.session",
)
NAMED = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
WORDS = re.compile(r"manager|helper|util|(?<![a-z])infos?(?![a-z])")


@dataclass(frozen=True, slots=True)
class Use:
    """One outside name that a file uses, as a dotted path from its top-level module."""

    line: int
    name: str


def modules(root: Path) -> Iterator[Path]:
    """Yield the house's own source files under a root, wherever the floors know their first name."""
    for unit in FLOORS:
        if (root / f"{unit}.py").is_file():
            yield root / f"{unit}.py"
        yield from sorted((root / unit).rglob("*.py"))


def imports(tree: ast.AST) -> Iterator[Use]:
    """Yield what a file imports, at any depth; a relative import starts with a dot."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (Use(node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield from (Use(node.lineno, f"{module}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and _called(node) in {"import_module", "__import__"} and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield Use(node.lineno, first.value)


def uses(tree: ast.AST) -> Iterator[Use]:
    """Yield what a file imports, and every attribute that it takes of an imported name, but for annotations."""
    yield from imports(tree)
    bound = dict(_bindings(tree))
    annotations = set(_annotations(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node not in annotations:
            first, *rest = _chain(node)
            if first in bound:
                yield Use(node.lineno, ".".join([bound[first], *rest]))


def broken_floors(root: Path) -> list[str]:
    """Return each import that goes up, meets a sibling, or reads what is not its to read."""
    return [
        f"{path.relative_to(root)}:{use.line}: {fault}"
        for path in modules(root)
        for use in imports(_parsed(path))
        if (fault := _fault(path.relative_to(root).parts[0].removesuffix(".py"), use.name))
    ]


def open_doors(root: Path, allowed: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Return each use outside net/ of what opens a socket, but for names that a path prefix is allowed."""
    found = []
    for path in modules(root):
        where = path.relative_to(root).as_posix()
        mine = [door for prefix, doors in allowed.items() if where.startswith(prefix) for door in doors]
        for use in uses(_parsed(path)):
            door = next((door for door in DOORS if _within(use.name, door)), None)
            if door and not where.startswith("net/") and not any(_within(use.name, name) for name in mine):
                found.append(f"{where}:{use.line}: {use.name}")
    return sorted(set(found))


def foreign_imports(root: Path) -> set[tuple[str, str]]:
    """Return (path, top-level name) of every import of something that is not ours."""
    return {
        (path.relative_to(root).as_posix(), use.name.split(".")[0])
        for path in modules(root)
        for use in imports(_parsed(path))
        if use.name.split(".")[0] not in FLOORS
    }


def forbidden_words(root: Path) -> list[str]:
    """Return each module, class or function whose name says nothing of what it does."""
    found = []
    for path in modules(root):
        where = path.relative_to(root).as_posix()
        if WORDS.search(where.lower()):
            found.append(where)
        named = (node for node in ast.walk(_parsed(path)) if isinstance(node, NAMED))
        found += [f"{where}:{node.lineno}: {node.name}" for node in named if WORDS.search(_snake(node.name))]
    return found


def _fault(mine: str, name: str) -> str | None:
    theirs = name.split(".")[0]
    if name.startswith("."):
        return f"{name} is a relative import"
    if theirs in {"tests", "bench", "docs"}:
        return f"{mine} imports {name}, which is not part of what is installed"
    if theirs not in FLOORS or theirs == mine or (mine, theirs) in BESIDE:
        return None
    if theirs == "earshot":
        return f"{mine} imports earshot, which is for outsiders only"
    if theirs == "config" and mine not in READERS_OF_CONFIG:
        return f"{mine} reads config; let it be handed its settings"
    if FLOORS[theirs] > FLOORS[mine]:
        return f"{mine} (floor {FLOORS[mine]}) imports {name} above it (floor {FLOORS[theirs]})"
    if FLOORS[theirs] == FLOORS[mine]:
        return f"{mine} imports its sibling {name}"
    return None


def _bindings(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield each local name that an import makes, and the dotted path that it stands for."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.split(".")[0]
                yield (alias.asname, alias.name) if alias.asname else (top, top)
        elif isinstance(node, ast.ImportFrom):
            yield from ((alias.asname or alias.name, f"{node.module}.{alias.name}") for alias in node.names)


def _annotations(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield each node of each annotation: a type that is named there is not used."""
    for node in ast.walk(tree):
        for name in ("annotation", "returns"):
            annotation = getattr(node, name, None)
            if isinstance(annotation, ast.AST):
                yield from ast.walk(annotation)


def _chain(node: ast.Attribute) -> list[str]:
    """Return a.b.c as its parts; a part that is no plain name comes out empty."""
    names = [node.attr]
    value = node.value
    while isinstance(value, ast.Attribute):
        names.append(value.attr)
        value = value.value
    names.append(value.id if isinstance(value, ast.Name) else "")
    return names[::-1]


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _within(name: str, door: str) -> bool:
    return name == door or name.startswith(f"{door}.")


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _parsed(path: Path) -> ast.AST:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
