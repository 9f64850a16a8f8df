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
        *_plain_secrets(tree, channels),
        *_logins_in_addresses(tree),
        *_open_way(tree),
    ]
    return tuple(placed(found, document))


def _plain_secrets(tree: Tree, channels: Mapping[str, type]) -> Iterator[Problem]:
    for path, owner, value in _secrets(tree, channels):
        if isinstance(value, str) and not is_reference(value):
            variable = re.sub(r"\W", "_", f"{owner}_{path[-1]}").upper()
            yield Problem(
                path,
                f'stands in the file for all who can read it; write "env:{variable}" and set that variable',
            )


def _secrets(tree: Tree, channels: Mapping[str, type]) -> Iterator[tuple[KeyPath, str, object]]:
    """Yield where each secret may stand, whose it is, and what stands there."""
    for table, key in (("smtp", "password"), ("store", "password"), ("web", "secret")):
        held = tree.get(table)
        if isinstance(held, dict):
            yield (table, key), f"earshot_{table}", held.get(key)
    for path, entry in entries(tree, "sources"):
        channel = str(entry.get("channel"))
        for key in sorted(secret_keys(channels[channel])) if channel in channels else ():
            yield (*path, key), channel, entry.get(key)


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
