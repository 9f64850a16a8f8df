"""How a query is looked for, so that the newest hits come first without sorting all of them.

A query is cut into branches, of which each is a list of what must all hold. A branch is looked for where least has to
be read: among the few mentions of a rare field, or along the full text, or along a field's index, newest first, until
enough are found. Branches are merged in the order of ids, which is the order of time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, FromClause, Select, bindparam, join, select, union

from storage.query.branches import Branch, branch_of, branches
from storage.query.conditions import Asking, Condition, Stream, condition, said, stream, text_condition
from storage.query.tree import Field, Tree
from storage.schema import mentions, search_texts
from storage.search_index import hits, matches, stands

FEW = 1_000
"""So many mentions are looked at one by one: counted first, 980 of a need took 3.4 ms CPU among 250,000."""


@dataclass(frozen=True, slots=True)
class Way:
    """Where a branch is looked for: among ``few`` ids, along full text, along an index, or (None) all mentions."""

    branch: Branch
    field: Field | None = None
    few: tuple[int, ...] | None = None
    along_words: bool = False


def ways(asking: Asking, tree: Tree | None) -> list[Way]:
    """Return how each branch of a query is looked for; names were resolved before."""
    if tree is None:
        return [Way(Branch(None, (), (), ()))]
    return [_way(asking, branch_of(asking, parts)) for parts in branches(tree)]


def page(asking: Asking, found: Sequence[Way], *, limit: int, before: int | None = None) -> Select[int]:
    """Return the statement for the newest ids below ``before``, newest first."""
    each = [_statement(asking, way, before).limit(limit) for way in found]
    if len(each) == 1:
        return each[0]
    merged = union(*(select(one.subquery().c.id) for one in each)).subquery()
    return select(merged.c.id).order_by(merged.c.id.desc()).limit(limit)


def everything(asking: Asking, tree: Tree) -> Select[int]:
    """Return the statement for all ids that match, in no order: for an index so small that any way is short."""
    found = [branch_of(asking, parts) for parts in branches(tree)]
    each = [
        _statement(asking, Way(branch, along_words=branch.words is not None), None).order_by(None)
        for branch in found
    ]
    if len(each) == 1:
        return each[0]
    return select(union(*each).subquery().c.id)


def _way(asking: Asking, branch: Branch) -> Way:
    """Choose: the rarest field where one is rare, else the words, else the first field that has an order."""
    streams = [(field, found) for field in branch.fields if (found := stream(field)) is not None]
    fewest: Way | None = None
    for field, found in streams:
        few = _few(asking, branch, found)
        if few is not None and (fewest is None or len(few) < len(fewest.few or ())):
            fewest = Way(branch, field, few)
    if fewest is not None:
        return fewest
    if branch.words is not None:
        return Way(branch, along_words=True)
    ordered = (field for field, found in streams if found.is_ordered)
    return Way(branch, next(ordered, None))


def _few(asking: Asking, branch: Branch, found: Stream) -> tuple[int, ...] | None:
    """Return the ids of a stream within the branch's times, None where there are many."""
    ids = select(found.id).select_from(found.place).where(found.where, *_bounds(branch, found.id, None))
    got = list(asking.connection.execute(ids.limit(FEW + 1)).scalars())
    return tuple(dict.fromkeys(got)) if len(got) <= FEW else None


def _statement(asking: Asking, way: Way, before: int | None) -> Select[int]:
    """Return the statement for one branch: what is read along, newest first, and what is asked of each row."""
    if way.few is None and way.along_words:
        return _along_words(asking, way.branch, before)
    branch = way.branch
    fields = [field for field in branch.fields if field is not way.field]
    checks = [
        mentions.c.deleted_at.is_(None),
        *(condition(asking, part) for part in (*fields, *branch.others)),
    ]
    if branch.words is not None:
        checks.append(said(stands(asking.connection, branch.words), *_titled(asking, branch)))
    if way.few is not None:
        among = mentions.c.id.in_(bindparam(None, list(way.few), expanding=True))
        return _newest_first(
            mentions, mentions.c.id, [among, *checks], _bounds(branch, mentions.c.id, before)
        )
    found = None if way.field is None else stream(way.field)
    if found is None:
        return _newest_first(mentions, mentions.c.id, checks, _bounds(branch, mentions.c.id, before))
    bounds = _bounds(branch, found.id, before)
    if found.place is mentions:
        return _newest_first(mentions, found.id, [found.where, *checks], bounds)
    joined = join(found.place, mentions, mentions.c.id == found.id)
    # A label may be said twice of a mention. The rows come in order, so that no more is kept than the last one.
    return _newest_first(joined, found.id, [found.where, *checks], bounds).distinct()


def _along_words(asking: Asking, branch: Branch, before: int | None) -> Select[int]:
    assert branch.words is not None
    index, hit = hits(asking.connection)
    place: FromClause = index
    if branch.titled and index is not search_texts:
        place = join(place, search_texts, search_texts.c.mention_id == hit)
    asked = (*branch.fields, *branch.others)
    checks = [matches(asking.connection, branch.words), *_titled(asking, branch)]
    if asked:  # what was taken back has no words, so that words alone need no look at the mention
        place = join(place, mentions, mentions.c.id == hit)
        checks += [mentions.c.deleted_at.is_(None), *(condition(asking, part) for part in asked)]
    return _newest_first(place, hit, checks, _bounds(branch, hit, before))


def _newest_first(
    place: FromClause, row: ColumnElement[int], checks: Sequence[Condition], bounds: Iterable[Condition]
) -> Select[int]:
    return select(row.label("id")).select_from(place).where(*checks, *bounds).order_by(row.desc())


def _titled(asking: Asking, branch: Branch) -> list[Condition]:
    return [text_condition(asking, title) for title in branch.titled]


def _bounds(branch: Branch, row: ColumnElement[int], before: int | None) -> Iterator[Condition]:
    if branch.since:
        yield row >= branch.since
    ends = [bound for bound in (branch.until, before) if bound is not None]
    if ends:
        yield row < min(ends)
