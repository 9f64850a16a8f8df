"""What works and had better be written otherwise: secrets that stand in the file for everybody who reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from config.channels import secret_keys
from config.faults import Fault, KeyPath, Problem
from config.loading import placed
from config.reading import is_reference, read, walk
from config.relations import Tree, entries

LOGIN_IN_ADDRESS = re.compile(r"://[^/\s@:]*:[^/\s@]+@")
NEARBY = ("localhost", "127.0.0.1", "::1")


def advice(path: Path, *, channels: Mapping[str, type]) -> tuple[Fault, ...]:
    """Return the advice, in the order of the file. No value stands in it."""
    document = read(path)
    tree = document.tree
    found = [
        *(Problem(key, _better(key)) for key, value in _secrets(tree, channels) if _stands_here(value)),
        *_logins_in_addresses(tree),
        *_open_way(tree),
    ]
    return tuple(placed(found, document))


def _better(path: KeyPath) -> str:
    variable = "_".join(str(part) for part in ("earshot", path[0], path[-1])).upper()
    return f'stands in the file for all who can read it; write "env:{variable}" and set that variable'


def _stands_here(value: object) -> bool:
    return isinstance(value, str) and not is_reference(value)


def _secrets(tree: Tree, channels: Mapping[str, type]) -> Iterator[tuple[KeyPath, object]]:
    for table, key in (("smtp", "password"), ("web", "secret")):
        held = tree.get(table)
        if isinstance(held, dict):
            yield (table, key), held.get(key)
    for path, entry in entries(tree, "sources"):
        collector = channels.get(str(entry.get("channel")))
        for key in sorted(secret_keys(collector)) if collector else ():
            yield (*path, key), entry.get(key)


def _logins_in_addresses(tree: Tree) -> Iterator[Problem]:
    for path, value in walk(dict(tree)):
        if isinstance(value, str) and LOGIN_IN_ADDRESS.search(value):
            yield Problem(
                path, "holds a login in an address; write the whole address as env:NAME or file:PATH"
            )


def _open_way(tree: Tree) -> Iterator[Problem]:
    smtp = tree.get("smtp")
    if not isinstance(smtp, dict) or smtp.get("security") != "none" or "password" not in smtp:
        return
    if smtp.get("host", NEARBY[1]) not in NEARBY:
        yield Problem(("smtp", "security"), 'sends the password in the clear; write "starttls" or "tls"')
