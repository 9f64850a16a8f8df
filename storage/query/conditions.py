"""What each leaf of a query means as a condition on a row of ``mentions``, the same on both engines.

Also where an index has the ids of what a field matches in the order of time. Names were resolved before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    and_,
    exists,
    false,
    func,
    not_,
    or_,
    select,
    true,
)

from model import account_key
from storage.ids import first_id
from storage.query.moments import Clock, moment
from storage.query.tree import AllOf, Field, Not, OneOf, Said, Titled, Tree
from storage.schema import authors, mention_annotations, mention_sources, mentions, search_texts
from storage.search_index import stands, stands_in_title

Condition: TypeAlias = ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Asking:
    """One question to a store, and the clock by which its times are meant."""

    connection: Connection
    clock: Clock


@dataclass(frozen=True, slots=True)
class Stream:
    """Where an index has the ids of what a field matches, in the order of time."""

    place: FromClause
    id: ColumnElement[int]
    where: Condition
    is_ordered: bool = True  # False: several places of the index hold them, each in its own order


def condition(asking: Asking, tree: Tree) -> Condition:
    """Return the condition on ``mentions`` that a tree matches."""
    if isinstance(tree, Field):
        return _field(asking, tree)
    if isinstance(tree, Not):
        return not_(condition(asking, tree.part))
    if isinstance(tree, AllOf):
        return and_(*(condition(asking, part) for part in tree.parts))
    if isinstance(tree, OneOf):
        return or_(*(condition(asking, part) for part in tree.parts))
    return said(text_condition(asking, tree))


def said(*of_the_text: Condition) -> Condition:
    """Return the condition on ``mentions`` that these hold of its search text."""
    return _there_is(search_texts.c.mention_id == mentions.c.id, *of_the_text)


def text_condition(asking: Asking, leaf: Said | Titled) -> Condition:
    """Return the condition on ``search_texts`` that words stand there."""
    if isinstance(leaf, Said):
        return stands(asking.connection, leaf.leaf)
    return stands_in_title(asking.connection, leaf.leaf)


def stream(field: Field) -> Stream | None:
    """Return where an index has the ids of what a field matches; None where none has."""
    label = _label(field)
    if label is not None:
        tags = mention_annotations
        return Stream(tags, tags.c.mention_id, and_(tags.c.kind == label[0], tags.c.label == label[1]))
    if field.name == "source_id":
        table = mention_sources
        return Stream(table, table.c.mention_id, table.c.source_id == int(field.value))
    told = (field.name, field.value) if field.name in ("is", "from") else (field.name, "")
    if told not in INDEXED:
        return None
    return Stream(mentions, mentions.c.id, INDEXED[told](field.value), told not in SCATTERED)


def since_id(asking: Asking, field: Field) -> int:
    """Return the bound of ids that ``since:`` and ``until:`` mean."""
    return first_id(moment(field.value, asking.clock))


def _field(asking: Asking, field: Field) -> Condition:
    if field.name == "since":
        return mentions.c.id >= since_id(asking, field)
    if field.name == "until":
        return mentions.c.id < since_id(asking, field)
    label = _label(field)
    if label is not None:
        return _tagged(*label)
    return CONDITIONS[field.name](field.value)


def _label(field: Field) -> tuple[str, str] | None:
    """Return the kind and the label of the tag that a field looks for."""
    if field.name in ("need", "intent", "sentiment"):
        return field.name, field.value
    if field.name == "named":
        return "partner", field.value
    return (
        {"concern": ("concern", "yes"), "question": ("intent", "question")}.get(field.value)
        if (field.name == "is")
        else None
    )


def _tagged(kind: str, label: str) -> Condition:
    tag = mention_annotations
    return _there_is(tag.c.mention_id == mentions.c.id, tag.c.kind == kind, tag.c.label == label)


def _brought_by(source: str) -> Condition:
    table = mention_sources
    return _there_is(table.c.mention_id == mentions.c.id, table.c.source_id == int(source))


def _there_is(*conditions: Condition) -> Condition:
    # What is read along may be the same table: only the mention is the one outside.
    return exists().where(*conditions).correlate(mentions)


def _author(written: str) -> Condition:
    same = or_(authors.c.account == account_key(written), authors.c.name == written.strip())
    return _known(mentions.c.author_id, mentions.c.author_id.in_(select(authors.c.id).where(same)))


def _speaks(partner: str) -> Condition:
    return _known(mentions.c.author_partner_id, mentions.c.author_partner_id == int(partner))


def _known(column: ColumnElement[int], holds: Condition) -> Condition:
    """Return a condition that is false where nothing is known: what is neither true nor false stays so behind NOT."""
    return and_(column.is_not(None), holds)


def _from(whom: str) -> Condition:
    if whom == "us":
        return mentions.c.by_us
    if whom == "partners":
        return mentions.c.author_partner_id.is_not(None)
    return and_(not_(mentions.c.by_us), mentions.c.author_partner_id.is_(None))


def _is(flag: str) -> Condition:
    if flag == "unanswered":
        return mentions.c.waits
    if flag == "edited":
        return mentions.c.edited_at.is_not(None)
    answers = mentions.c.thread_external_id != mentions.c.external_id
    return and_(mentions.c.by_us, answers) if flag == "reply" else mentions.c.by_us


def _lang(code: str) -> Condition:
    told = func.lower(func.coalesce(func.nullif(mentions.c.lang, ""), mentions.c.lang_hint, ""))
    return or_(told == code, told.startswith(f"{code}-", autoescape=True))


def _url(part: str) -> Condition:
    return func.lower(mentions.c.url).contains(_lower(part), autoescape=True)


def _lower(part: str) -> str:
    """As both engines do it here: the 26 letters and no others."""
    return "".join(character.lower() if character.isascii() else character for character in part)


def _ours(told: Callable[[str], Condition]) -> Callable[[str], Condition]:
    """What our own accounts said is found by them: no index says ``by_us``."""
    by_us = mentions.c.author_id.in_(select(authors.c.id).where(authors.c.ours))
    return lambda value: and_(told(value), by_us)


CONDITIONS: dict[str, Callable[[str], Condition]] = {
    "author": _author,
    "channel": lambda channel: mentions.c.channel == channel,
    "everything": lambda _: true(),
    "from": _from,
    "is": _is,
    "lang": _lang,
    "nothing": lambda _: false(),
    "source_id": _brought_by,
    "speaker": _speaks,
    "url": _url,
}
INDEXED: dict[tuple[str, str], Callable[[str], Condition]] = {
    ("author", ""): _author,
    ("channel", ""): CONDITIONS["channel"],
    ("from", "partners"): _from,
    ("from", "us"): _ours(_from),
    ("is", "ours"): _ours(_is),
    ("is", "reply"): _ours(_is),
    ("is", "unanswered"): _is,
    ("nothing", ""): CONDITIONS["nothing"],
    ("speaker", ""): _speaks,
}
"""Fields, with their value where only some have an index."""
SCATTERED = {("author", ""), ("from", "partners"), ("from", "us"), ("is", "ours"), ("is", "reply")}
