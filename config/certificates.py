"""Whether the files of certificates that the configuration names hold some, told before anything is read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from config.faults import KeyPath, Problem
from config.relations import Tree, entries

KEY = "ca_file"


def unreadable_certificates(tree: Tree, folder: Path) -> Iterator[Problem]:
    """Yield what is wrong with the files that [http] and the sources name; relative ones lie in the folder."""
    for path, written in _named(tree):
        trouble = _trouble(folder / written) if written.strip() and "\0" not in written else None
        if trouble is not None:
            yield Problem(
                path,
                f"cannot be read as certificates ({trouble}); name a PEM file, beside this one or anywhere",
            )


def _named(tree: Tree) -> Iterator[tuple[KeyPath, str]]:
    http = tree.get("http")
    tables = [(("http",), http)] if isinstance(http, dict) else []
    for path, table in [*tables, *entries(tree, "sources")]:
        written = table.get(KEY)
        if isinstance(written, str):
            yield (*path, KEY), str(written)


def _trouble(file: Path) -> str | None:
    import ssl

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(file)
    except ssl.SSLError:
        return "it holds none"
    except OSError as error:
        return error.strerror or str(error)
    return None
