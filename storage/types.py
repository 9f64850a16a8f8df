"""Column types that mean the same on SQLite and on PostgreSQL."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Integer, Text
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator, TypeEngine

from model import utc

log = logging.getLogger(__name__)

JsonColumn = JSON().with_variant(JSONB(), "postgresql")
# SQLite numbers rows by itself only in a column that is called INTEGER, whatever its size.
RowNumber = BigInteger().with_variant(Integer(), "sqlite")

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_UNSTORABLE_JSON = re.compile(r"\\u(?:0000|[dD][89a-fA-F][0-9a-fA-F]{2})|NaN|Infinity")


def storable(text: str) -> str:
    """Return a text that both engines take: PostgreSQL refuses NUL, and neither takes half a character."""
    return _UNSTORABLE.sub("\ufffd", text) if "\0" in text or not _is_whole(text) else text


def all_storable(texts: Iterable[str | None]) -> bool:
    """Tell of many texts at once whether both engines take each as it is; False where it is not seen at a glance."""
    said = "".join(filter(None, texts))
    return said.isascii() and "\0" not in said


def to_json(value: object) -> str:
    """Return JSON that both engines take and that says the same on both: no NUL, no half characters, no NaN."""
    if value is None:
        return "null"
    written = json.dumps(value)
    return json.dumps(_plain(value)) if _UNSTORABLE_JSON.search(written) else written


def from_json(written: str | bytes) -> Any:
    """Return what a column holds; None where it is damaged: one bad row must not hide the others."""
    try:
        return json.loads(written)
    except ValueError:
        log.warning("a column of the store holds no JSON; it is read as nothing")
        return None


def _is_whole(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _plain(value: object) -> object:
    if isinstance(value, str):
        # Two halves that were escaped one by one are a character.
        return storable(value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace"))
    if isinstance(value, dict):
        return {_plain(str(key)): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return None
    return value


class PlainText(TypeDecorator[str]):
    """Text as people write it, ordered by code points on both engines; what cannot be stored is replaced."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """On PostgreSQL the order is SQLite's, whatever the server's language is."""
        return dialect.type_descriptor(Text(collation="C") if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> str | None:
        """Turn what our code says into what both engines take."""
        return None if value is None else storable(value)


class _SqliteMoment(sqlite.DATETIME):
    """What UtcDateTime writes and reads by itself: SQLAlchemy's own way takes a call more for each value."""

    def bind_processor(self, _dialect: Dialect) -> None:
        """Leave the text as it is."""

    def result_processor(self, _dialect: Dialect, _coltype: object) -> None:
        """Leave the text as it is."""

    def literal_processor(self, _dialect: Dialect) -> Any:
        """Return what writes the text into a statement."""
        return "'{}'".format


_ZONE = -len("+00:00")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment in, the same moment in UTC out; a naive one is refused (ValueError).

    SQLite keeps it as text, ``2026-11-21 07:30:00.000000``, whose order is the order of time.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """On SQLite it is written and read by datetime itself, which is faster than SQLAlchemy's own way."""
        if dialect.name != "sqlite":
            return dialect.type_descriptor(DateTime(timezone=True))
        return dialect.type_descriptor(_SqliteMoment())  # type: ignore[no-untyped-call]

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Turn what our code says into what the driver stores."""
        if value is None:
            return None
        moment = utc(value)
        return moment.isoformat(" ", "microseconds")[:_ZONE] if dialect.name == "sqlite" else moment

    def process_result_value(self, value: Any, _dialect: Dialect) -> datetime | None:
        """Turn what the driver gives into UTC."""
        if value is None:
            return None
        if isinstance(value, str):
            return datetime.fromisoformat(value + "+00:00")
        given: datetime = value
        return given.replace(tzinfo=UTC) if given.tzinfo is None else given.astimezone(UTC)
