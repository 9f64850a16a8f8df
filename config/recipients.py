"""Who is written to, and by which way: recipients as the rooms know them, and what is wrong between the tables.

Above this room a recipient is ``mailto:ADDRESS`` or ``transport:NAME``, and neither holds a secret: an address of
Apprise's that stands in a rule becomes a transport whose name is made of its hash.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256

from config.faults import KeyPath, Problem
from config.reading import Referenced
from config.relations import Tree, entries, texts
from config.tables import File, TransportTable
from config.wording import did_you_mean, shown
from model import BY_TRANSPORT, MAILTO, Secret, Way


def recipient(written: str) -> str:
    """Return a recipient as the rooms know it: ``mailto:…`` or ``transport:NAME``."""
    if written.startswith((MAILTO, BY_TRANSPORT)):
        return str(written)
    return BY_TRANSPORT + _name_of(written)


def transports(file: File) -> tuple[Way, ...]:
    """Return the ways out that are no mail: those of [[transports]], and the addresses that rules hold."""
    named = [_transport(table) for table in file.transports]
    met = dict.fromkeys(each for each in _written(file) if not each.startswith((MAILTO, BY_TRANSPORT)))
    return (*named, *(Way(name=_name_of(each), address=Secret(str(each))) for each in met))


def _transport(table: TransportTable) -> Way:
    return Way(name=table.name, address=table.url, secret=table.secret, per_hour=table.per_hour)


def _written(file: File) -> Iterator[str]:
    for rule in file.rules:
        yield from (*rule.notify, *(rule.escalate.to if rule.escalate else ()))
    for digest in file.digests:
        yield from digest.to


def _name_of(address: str) -> str:
    return f"{address.partition(':')[0].lower()}-{sha256(address.encode()).hexdigest()[:10]}"


def ways_out(tree: Tree) -> list[Problem]:
    """Return what is wrong: mail without a server, names of no transport, webhooks without a secret."""
    return [*_mail_without_server(tree), *_unknown_names(tree), *_half_a_webhook(tree)]


def _recipients(tree: Tree) -> Iterator[tuple[KeyPath, KeyPath, str]]:
    """Yield the entry, the path and the text of each recipient."""
    for noun, key in (("rules", "notify"), ("digests", "to")):
        for path, entry in entries(tree, noun):
            for n, text in texts(entry, key):
                yield path, (*path, key, n), text
            escalate = entry.get("escalate")
            for n, text in texts(escalate, "to") if isinstance(escalate, dict) else ():
                yield path, (*path, "escalate", "to", n), text


def _mail_without_server(tree: Tree) -> Iterator[Problem]:
    if "smtp" in tree:
        return
    mailing = (path for path, _, text in _recipients(tree) if _is_mail(text))
    for path in dict.fromkeys(mailing):
        yield Problem(path, "sends mail, and there is no [smtp]; add [smtp] with the host of a mail server")


def _is_mail(text: str) -> bool:
    return "://" not in text and ("@" in text or text.casefold().startswith(MAILTO))


def _unknown_names(tree: Tree) -> Iterator[Problem]:
    names = [name for _, entry in entries(tree, "transports") if isinstance(name := entry.get("name"), str)]
    for _, path, text in _recipients(tree):
        if ":" in text or "@" in text or not text.strip() or text in names:
            continue
        yield Problem(path, f"{shown(text)} is the name of no [[transports]]{_meant(text, names)}")


def _meant(text: str, names: Iterable[str]) -> str:
    asked = "" if isinstance(text, Referenced) else did_you_mean(text, names)
    return asked or '; add it, or write "mailto:" and an address'


def _half_a_webhook(tree: Tree) -> Iterator[Problem]:
    for path, entry in entries(tree, "transports"):
        url = entry.get("url")
        if not isinstance(url, str):
            continue
        is_web = url.casefold().startswith(("http:", "https:"))
        if is_web and "secret" not in entry:
            yield Problem((*path, "secret"), 'is missing; a webhook is signed: secret = "env:…"')
        if not is_web and "secret" in entry:
            yield Problem((*path, "secret"), "is for webhooks; an address of Apprise's holds its own key")
