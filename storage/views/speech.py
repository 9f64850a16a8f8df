"""How each engine says what the views need, and how a view is written down: its columns, and where they come from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Kind = Literal["integer", "number", "text", "boolean", "time", "date"]
"""What a column holds. A time is ISO 8601 text in UTC with ``Z`` on SQLite, ``timestamptz`` on PostgreSQL."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a view: what it holds, in words, and the expression that gives it."""

    name: str
    kind: Kind
    says: str
    of: str


@dataclass(frozen=True, slots=True)
class View:
    """A documented view: what a row is, its columns in order, and the statement behind SELECT."""

    name: str
    says: str
    columns: tuple[Column, ...]
    source: str

    def statement(self, speech: Speech) -> str:
        """Return the SELECT that the view is made of."""
        said = ", ".join(f"{_told(column, speech)} AS {column.name}" for column in self.columns)
        return f"SELECT {said} {self.source}"


@dataclass(frozen=True, slots=True)
class Speech:
    """What one engine calls things."""

    moment: Callable[[str], str]
    """A stored time as the views show it."""
    plain: Callable[[str], str]
    """A text, of the one type that the views have for it."""
    hours: Callable[[str, str], str]
    """Hours between two stored times."""
    now: str
    joined: Callable[[str, str], str]
    """The texts of a subquery (an expression, and what follows FROM), in their order, with ``; `` between."""
    reason: Callable[[str, str, str], str]
    """A field of the first of the reasons that a column of JSON holds; its type on PostgreSQL."""


def _told(column: Column, speech: Speech) -> str:
    if column.kind == "time":
        return speech.moment(column.of)
    return speech.plain(column.of) if column.kind == "text" else column.of


# A damaged column of JSON is read as nothing: one bad row must not hide the others (storage/types.py).
SQLITE = Speech(
    moment=lambda of: f"replace(substr({of}, 1, 19), ' ', 'T') || 'Z'",
    plain=lambda of: of,
    hours=lambda since, until: f"round((julianday({until}) - julianday({since})) * 24, 2)",
    now="'now'",
    joined=lambda of, rest: (
        f"(SELECT group_concat(one.said, '; ') FROM (SELECT {of} AS said FROM {rest} ORDER BY 1) AS one)"
    ),
    reason=lambda of, field, _kind: f"CASE WHEN json_valid({of}) THEN json_extract({of}, '$[0].{field}') END",
)
POSTGRESQL = Speech(
    moment=lambda of: of,
    plain=lambda of: f"({of})::text",
    hours=lambda since, until: f"round(extract(epoch FROM {until} - {since}) / 3600, 2)::double precision",
    now="now()",
    joined=lambda of, rest: (
        f"(SELECT string_agg(one.said, '; ') FROM (SELECT {of} AS said FROM {rest} ORDER BY 1) AS one)"
    ),
    reason=lambda of, field, kind: f"({of} -> 0 ->> '{field}')::{kind}",
)
