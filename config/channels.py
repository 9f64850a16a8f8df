"""The keys that a channel adds to [[sources]]: the fields of its collector, handed in as a type.

Nothing here imports a collector; config.load is told which there are.
"""

from __future__ import annotations

from dataclasses import MISSING, Field, fields
from datetime import timedelta
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import pydantic

from config.kinds import Decimal, Filled, Flag, SecretText, Span, Text, TextOrSecret, Whole, chosen
from config.tables import SourceTable
from config.values import span_text
from model import Secret

WORDS = (
    "rss",
    "reddit",
    "x",
    "mastodon",
    "bluesky",
    "hackernews",
    "discourse",
    "lemmy",
    "stackexchange",
    "github",
    "youtube",
    "matrix",
    "imap",
    "hyperkitty",
    "note",
)
"""The channels that Earshot has a word for. An account may be named on any; a source needs a collector."""

COMMON = frozenset(SourceTable.model_fields)

_KINDS: dict[object, Any] = {
    str: Text,
    int: Whole,
    float: Decimal,
    bool: Flag,
    Secret: SecretText,
    timedelta: Span,
    tuple[str, ...]: tuple[Text, ...],
}


@cache
def source_table(channel: str, collector: type) -> type[SourceTable]:
    """Return the model of a source on this channel; TypeError for a field that no file can give."""
    hints = get_type_hints(collector)
    added: dict[str, Any] = {}
    for field in fields(collector):
        if not field.init or field.name.startswith("_"):
            continue
        if field.name in COMMON:
            raise TypeError(f"channel {channel}: the field {field.name} is a key of every source")
        added[field.name] = (_kind(channel, field, hints[field.name]), _default(field))
    return pydantic.create_model(f"{channel}Source", __base__=SourceTable, **added)


def secret_keys(collector: type) -> frozenset[str]:
    """Return the keys of the channel whose value must not stand in a file."""
    hints = get_type_hints(collector)
    return frozenset(
        field.name for field in fields(collector) if hints[field.name] in (Secret, Secret | None)
    )


def _kind(channel: str, field: Field[Any], hint: object) -> Any:
    is_required = field.default is MISSING and field.default_factory is MISSING
    if hint is str and is_required:
        return Filled
    if hint in _KINDS:
        return _KINDS[hint]
    if get_origin(hint) is Literal and all(isinstance(option, str) for option in get_args(hint)):
        return Annotated[hint, *chosen(get_args(hint))]
    if hint == str | Secret:
        return TextOrSecret
    if get_origin(hint) in (Union, UnionType):
        parts = [part for part in get_args(hint) if part is not NoneType]
        if set(parts) == {str, Secret}:
            return TextOrSecret | None
        if len(parts) == 1:
            return _kind(channel, field, parts[0]) | None
    raise TypeError(f"channel {channel}: the field {field.name} has a type that no file can give: {hint}")


def _default(field: Field[Any]) -> Any:
    """What stands in the schema; load leaves unwritten keys to the collector's own default."""
    told = str(field.metadata.get("says", "")).strip().rstrip(".")
    says = f"{told[:1].upper()}{told[1:]}." if told else None
    if field.default is MISSING and field.default_factory is MISSING:
        return pydantic.Field(description=says)
    default = field.default if field.default_factory is MISSING else field.default_factory()
    if isinstance(default, timedelta):
        default = span_text(default)
    if isinstance(default, Secret):
        default = None
    return pydantic.Field(default, description=says)
