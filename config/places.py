"""On which line of the file a key stands. Read only when there is a fault to place.

tomllib keeps no places, so the text is read a second time, by tree-sitter.
"""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, TypeAlias

from config.faults import KeyPath

if TYPE_CHECKING:
    from tree_sitter import Node

Place: TypeAlias = tuple[int, int]
"""Line and column, both from 1; columns count code points."""

DEEPEST = 12  # no key of ours lies deeper than 6


def places(text: str) -> dict[KeyPath, Place]:
    """Return where each key, table and list item begins."""
    import tree_sitter_toml
    from tree_sitter import Language, Parser

    source = text.encode()
    root = Parser(Language(tree_sitter_toml.language())).parse(source).root_node
    return _Survey(source).of(root)


def place_of(path: KeyPath, known: dict[KeyPath, Place]) -> Place | None:
    """Return where the path stands, or else the nearest table or list that holds it."""
    for length in range(len(path), 0, -1):
        if path[:length] in known:
            return known[path[:length]]
    return None


class _Survey:
    def __init__(self, source: bytes) -> None:
        self.lines = source.split(b"\n")
        self.known: dict[KeyPath, Place] = {}
        self.length: dict[KeyPath, int] = {}  # of each array of tables, so far

    def of(self, root: Node) -> dict[KeyPath, Place]:
        for child in root.named_children:
            if child.type == "pair":
                self.pair(child, ())
            elif child.type in ("table", "table_array_element"):
                self.table(child)
        return self.known

    def table(self, node: Node) -> None:
        parts = [child for child in node.named_children if child.type != "comment"]
        keys = _keys(parts[0]) if parts else ()
        path = self.opened_item(keys, node) if node.type == "table_array_element" else self.opened(keys, node)
        for child in parts[1:]:
            if child.type == "pair":
                self.pair(child, path)

    def opened(self, keys: tuple[str, ...], node: Node) -> KeyPath:
        path: KeyPath = ()
        for key in keys:
            path = (*path, key)
            self.note(path, node)
            if path in self.length:  # [sources.more] goes on in the last of [[sources]]
                path = (*path, self.length[path] - 1)
        return path

    def opened_item(self, keys: tuple[str, ...], node: Node) -> KeyPath:
        path = (*self.opened(keys[:-1], node), *keys[-1:])
        self.note(path, node)
        self.length[path] = self.length.get(path, 0) + 1
        path = (*path, self.length[path] - 1)
        self.note(path, node)
        return path

    def pair(self, node: Node, prefix: KeyPath) -> None:
        parts = [child for child in node.named_children if child.type != "comment"]
        if len(parts) != 2 or len(prefix) > DEEPEST:
            return
        key, value = parts
        path = prefix
        for name in _keys(key):
            path = (*path, name)
            self.note(path, key)
        self.value(value, path)

    def value(self, node: Node, path: KeyPath) -> None:
        if node.type == "inline_table":
            for child in node.named_children:
                if child.type == "pair":
                    self.pair(child, path)
        elif node.type == "array" and len(path) <= DEEPEST:
            items = [child for child in node.named_children if child.type != "comment"]
            for n, item in enumerate(items):
                self.note((*path, n), item)
                self.value(item, (*path, n))

    def note(self, path: KeyPath, node: Node) -> None:
        row, column = node.start_point
        before = self.lines[row][:column].decode(errors="replace")
        self.known.setdefault(path, (row + 1, len(before) + 1))


def _keys(node: Node) -> tuple[str, ...]:
    """The names of a key as TOML reads them: quotes and escapes are tomllib's business."""
    try:
        table: object = tomllib.loads((node.text or b"").decode() + " = 0")
    except (ValueError, RecursionError):
        return ()
    names: list[str] = []
    while isinstance(table, dict):
        name, table = next(iter(table.items()))
        names.append(name)
    return tuple(names)
