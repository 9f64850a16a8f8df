"""What joins several keys: names that repeat, partners nobody knows, accounts claimed twice, mail without a server.

These look at the raw values, and pass over what is of the wrong type: that is told elsewhere, and a fault in one
entry must not hide those of the others.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping

from config.channels import WORDS
from config.faults import KeyPath, Problem
from config.wording import did_you_mean, key_of, shown
from errors import WrongQuery
from model import account_key

NAMED = ("sources", "partners", "rules", "digests", "transports")

Tree = Mapping[str, object]


def relations(
    tree: Tree, channels: Mapping[str, type], read_query: Callable[[str], object] | None = None
) -> list[Problem]:
    """Return all that is wrong between the keys of the file; ``read_query`` raises WrongQuery."""
    known = sorted({*WORDS, *channels})
    return [
        *_repeated_names(tree),
        *_unknown_partners(tree),
        *_unknown_channels(tree, channels),
        *_unknown_places_of_accounts(tree, known),
        *_unknown_channels_kept(tree, known),
        *_accounts_of_two(tree),
        *_names_of_two(tree),
        *_half_a_login(tree),
        *_keyword_without_query(tree),
        *_counts_of_one_mention(tree),
        *([] if read_query is None else _unreadable_queries(tree, read_query)),
    ]


def entries(tree: Tree, noun: str) -> Iterator[tuple[KeyPath, Tree]]:
    """Yield the tables of ``[[noun]]``, each with its path."""
    listed = tree.get(noun)
    for n, entry in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(entry, dict):
            yield (noun, n), entry


def texts(table: Tree, key: str) -> Iterator[tuple[int, str]]:
    """Yield the texts of a list, each with its number from 0."""
    listed = table.get(key)
    for n, text in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(text, str):
            yield n, text


def folded(name: str) -> str:
    """Return the name as it is compared: without case, width and doubled spaces."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _named(tree: Tree, path: KeyPath) -> str:
    if len(path) == 1:
        return f"[{path[0]}]"
    table: object = tree
    for part in path:
        table = table[part] if isinstance(table, (list, dict)) else {}  # type: ignore[index]
    return key_of(path, table.get("name") if isinstance(table, dict) else None)


def _repeated_names(tree: Tree) -> Iterator[Problem]:
    for noun in NAMED:
        first: dict[str, KeyPath] = {}
        for path, entry in entries(tree, noun):
            name = entry.get("name")
            if not isinstance(name, str):
                continue
            taken = first.setdefault(folded(name), path)
            if taken != path:
                yield Problem(
                    (*path, "name"), f"{shown(name)} is also that of {_named(tree, taken)}; choose another"
                )


def _unknown_partners(tree: Tree) -> Iterator[Problem]:
    names = [name for _, entry in entries(tree, "partners") if isinstance(name := entry.get("name"), str)]
    for path, entry in entries(tree, "sources"):
        partner = entry.get("partner")
        if isinstance(partner, str) and partner not in names:
            asked = "" if hasattr(partner, "reference") else did_you_mean(partner, names)
            yield Problem(
                (*path, "partner"),
                f"{shown(partner)} is the name of no [[partners]] of this file{asked or '; add it or drop the key'}",
            )


def _unknown_channels(tree: Tree, channels: Mapping[str, type]) -> Iterator[Problem]:
    here = ", ".join(sorted(channels)) or "none"
    for path, entry in entries(tree, "sources"):
        channel = entry.get("channel")
        if not isinstance(channel, str) or channel in channels:
            continue
        asked = "" if channel in WORDS or hasattr(channel, "reference") else did_you_mean(channel, channels)
        yield Problem(
            (*path, "channel"),
            f"{shown(channel)} has no collector here; this installation has {here}"
            f"{asked or '; others come with an extra (earshot[all]) or a plug-in'}",
        )


def _unknown_channels_kept(tree: Tree, known: list[str]) -> Iterator[Problem]:
    retention = tree.get("retention")
    channels = retention.get("channels") if isinstance(retention, Mapping) else None
    for channel in channels if isinstance(channels, Mapping) else ():
        if channel not in known:
            asked = did_you_mean(channel, known) or f"; the channels are {', '.join(known)}"
            yield Problem(("retention", "channels", channel), f"{shown(channel)} is no channel{asked}")


def _owners(tree: Tree) -> Iterator[tuple[KeyPath, Tree]]:
    ours = tree.get("organisation")
    if isinstance(ours, dict):
        yield ("organisation",), ours
    yield from entries(tree, "partners")


def _handles(tree: Tree) -> Iterator[tuple[KeyPath, KeyPath, str, str]]:
    """Yield whose it is, where it stands, the channel and the account."""
    for owner, table in _owners(tree):
        handles = table.get("handles")
        accounts: Tree = handles if isinstance(handles, dict) else {}
        for channel in accounts:
            for n, handle in texts(accounts, channel):
                yield owner, (*owner, "handles", channel, n), channel, handle


def _unknown_places_of_accounts(tree: Tree, known: list[str]) -> Iterator[Problem]:
    for owner, table in _owners(tree):
        handles = table.get("handles")
        for channel in handles if isinstance(handles, dict) else ():
            if channel not in known:
                asked = did_you_mean(channel, known) or f"; the channels are {', '.join(known)}"
                yield Problem((*owner, "handles", channel), f"is no channel{asked}")


def _accounts_of_two(tree: Tree) -> Iterator[Problem]:
    first: dict[tuple[str, str], KeyPath] = {}
    for owner, path, channel, handle in _handles(tree):
        taken = first.setdefault((channel, account_key(handle)), owner)
        if taken != owner:
            yield Problem(
                path, f"{shown(handle)} is an account of {_named(tree, taken)}; leave it with one of them"
            )


def _names_of_two(tree: Tree) -> Iterator[Problem]:
    first: dict[str, KeyPath] = {}
    for owner, table in _owners(tree):
        name = table.get("name")
        own = [((*owner, "name"), name)] if isinstance(name, str) else []
        for key in ("aliases", "programmes"):
            own += [((*owner, key, n), text) for n, text in texts(table, key)]
        for path, text in own:
            taken = first.setdefault(folded(text), owner)
            is_told = path[-1] == "name" and taken[0] == "partners"  # a repeated name, told above
            if taken != owner and not is_told:
                yield Problem(
                    path, f"{shown(text)} also names {_named(tree, taken)}; leave it with one of them"
                )


def _half_a_login(tree: Tree) -> Iterator[Problem]:
    smtp = tree.get("smtp")
    if isinstance(smtp, dict) and ("username" in smtp) != ("password" in smtp):
        there, absent = ("username", "password") if "username" in smtp else ("password", "username")
        yield Problem(
            ("smtp", there), f"stands without {absent}; write both, or neither for a server without login"
        )


def _keyword_without_query(tree: Tree) -> Iterator[Problem]:
    for path, rule in entries(tree, "rules"):
        query = rule.get("query", "")
        if rule.get("when") == "keyword" and isinstance(query, str) and not query.strip():
            yield Problem((*path, "query"), 'is missing; a keyword rule waits for one: query = "…"')


def _counts_of_one_mention(tree: Tree) -> Iterator[Problem]:
    for path, rule in entries(tree, "rules"):
        if rule.get("when") not in ("keyword", "concern"):
            continue
        for key in ("each", "at_least"):
            if key in rule:
                yield Problem(
                    (*path, key), "is for spike, sentiment and silence, which watch counts; take it away"
                )


def _unreadable_queries(tree: Tree, read_query: Callable[[str], object]) -> Iterator[Problem]:
    for path, entry in [*entries(tree, "rules"), *entries(tree, "digests")]:
        query = entry.get("query", "")
        try:
            if isinstance(query, str):
                read_query(str(query))
        except WrongQuery as error:
            # A text that came by reference does not show itself, nor what of it was not understood.
            told = "cannot be read" if hasattr(query, "reference") else error.told
            yield Problem((*path, "query"), f"at its character {error.start + 1}: {told}")
