"""The kinds of value that a key may have, as annotated types: how each is read, what an editor may expect.

The readings are in values.py; this file only ties them to pydantic. Every kind takes ``env:`` and ``file:``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Annotated, Any, Literal, TypeAlias, TypeVar

from pydantic import (
    BeforeValidator,
    Field,
    PlainValidator,
    StrictBool,
    StrictFloat,
    StrictInt,
    WithJsonSchema,
)
from pydantic_core import PydanticKnownError

from config import values
from config.reading import Referenced
from model import Secret

Read = TypeVar("Read")
JsonSchema: TypeAlias = dict[str, Any]

REFERENCE_PATTERN = "^(env|file):"


def read_by(parse: Callable[[str], Read]) -> PlainValidator:
    """Return the validator of a text; a text that came by reference stays one that does not show itself."""

    def validate(value: object) -> object:
        if not isinstance(value, str):
            raise PydanticKnownError("string_type")
        read = parse(str(value))
        if isinstance(value, Referenced) and isinstance(read, str):
            return Referenced(read, value.reference)
        return read

    return PlainValidator(validate)


def text_schema(title: str, **more: object) -> WithJsonSchema:
    """Return the schema of a text; the title is how the reference names its type."""
    return WithJsonSchema({"type": "string", "title": title, **more})


def patterned(title: str, pattern: str) -> WithJsonSchema:
    """Return the schema of a text of one form, or of a reference."""
    return text_schema(title, pattern=f"{REFERENCE_PATTERN}|{pattern}")


def or_reference(title: str, schema: JsonSchema) -> WithJsonSchema:
    """Return the schema of something that is no free text, or of a reference to it."""
    reference = {"type": "string", "pattern": REFERENCE_PATTERN}
    return WithJsonSchema({"title": title, "anyOf": [schema, reference]})


def chosen(options: Sequence[str]) -> tuple[PlainValidator, WithJsonSchema]:
    """Return the validator and the schema of a text that is one of a few."""
    return read_by(values.choice(options)), or_reference(_either(options), {"enum": list(options)})


def _either(options: Sequence[str]) -> str:
    return " or ".join(f'"{option}"' for option in options)


def _secret(value: object) -> Secret:
    if not isinstance(value, str):
        raise PydanticKnownError("string_type")
    if not value.strip():
        raise values.WithheldError("is empty; write it, or better env:NAME")
    return Secret(str(value))


def _way_out(value: object) -> Secret:
    if not isinstance(value, str):
        raise PydanticKnownError("string_type")
    return Secret(values.way_out(str(value)))


def _proxy(value: object) -> Secret:
    if not isinstance(value, str):
        raise PydanticKnownError("string_type")
    return Secret(values.proxy(str(value)))


def _text_or_secret(value: object) -> str | Secret:
    """A text, which is a secret where it came by reference."""
    if not isinstance(value, str):
        raise PydanticKnownError("string_type")
    read = values.filled(str(value))
    return Secret(read) if isinstance(value, Referenced) else read


def _number(value: object) -> object:
    if not isinstance(value, Referenced):
        return value
    if re.fullmatch(r"[+-]?[0-9]{1,18}", value):
        return int(value)
    raise ValueError("is no whole number")


def _decimal(value: object) -> object:
    if not isinstance(value, Referenced):
        return value
    try:
        return float(value)
    except ValueError:
        pass  # raised below, for float's own words show the text
    raise ValueError("is no number")


def _truth(value: object) -> object:
    if not isinstance(value, Referenced):
        return value
    if value in ("true", "false"):
        return value == "true"
    raise ValueError("must be true or false")


SPAN_PATTERN = "^ *[0-9]{1,6} *[smhdw] *$"
CLOCK_PATTERN = "^([01]?[0-9]|2[0-3]):[0-5][0-9]$"
HOURS_PATTERN = "^([01]?[0-9]|2[0-3]):[0-5][0-9] *- *([01]?[0-9]|2[0-3]):[0-5][0-9]$"
MAILBOX_PATTERN = "^([Mm][Aa][Ii][Ll][Tt][Oo]:)?[^@: ]+@[^@: ]+$"
ELSEWHERE_PATTERN = "^[A-Za-z][A-Za-z0-9+.-]*://.|^[^:@]+$"
READER_PATTERN = f"{MAILBOX_PATTERN}|{ELSEWHERE_PATTERN}"
RECIPIENT_PATTERN = f"{MAILBOX_PATTERN.replace(')?', ')')}|{ELSEWHERE_PATTERN}"

Text = Annotated[str, read_by(values.text), text_schema("text")]
Filled = Annotated[str, read_by(values.filled), text_schema("text", minLength=1)]
Line = Annotated[str, read_by(values.line), text_schema("text", minLength=1)]
Name = Annotated[str, read_by(values.name), text_schema("name", minLength=1, maxLength=values.LONGEST_NAME)]
Zone = Annotated[str, read_by(values.zone), text_schema("time zone", minLength=1)]
Span = Annotated[timedelta, read_by(values.span), patterned("span of time", SPAN_PATTERN)]
Every = Annotated[timedelta, read_by(values.every), patterned("span of time", SPAN_PATTERN)]
Delay = Annotated[timedelta, read_by(values.delay), patterned("span of time", SPAN_PATTERN)]
Kept = Annotated[timedelta, read_by(values.kept), patterned("span of time", SPAN_PATTERN)]
Clock = Annotated[int, read_by(values.clock), patterned("time of day", CLOCK_PATTERN)]
Hours = Annotated[tuple[int, int], read_by(values.quiet_hours), patterned("two times of day", HOURS_PATTERN)]
Reader = Annotated[str, read_by(values.reader), patterned("recipient", READER_PATTERN)]
Recipient = Annotated[str, read_by(values.recipient), patterned("recipient", RECIPIENT_PATTERN)]
TransportName = Annotated[
    str,
    read_by(values.transport_name),
    text_schema("name", pattern="^[^:@]+$", maxLength=values.LONGEST_NAME),
]
WayOut = Annotated[Secret, PlainValidator(_way_out), patterned("address", "^[A-Za-z][A-Za-z0-9+.-]*://.")]
Proxy = Annotated[Secret, PlainValidator(_proxy), patterned("proxy", "^http://.")]
Sender = Annotated[str, read_by(values.sender), text_schema("sender", minLength=3)]
WebAddress = Annotated[str, read_by(values.web_address), patterned("web address", "^https?://.")]
StoreUrl = Annotated[
    str, read_by(values.store_url), patterned("store address", "^(sqlite:///|postgres(ql)?://).")
]
SecretText = Annotated[Secret, PlainValidator(_secret), text_schema("secret", minLength=1)]
TextOrSecret = Annotated[str | Secret, PlainValidator(_text_or_secret), text_schema("text", minLength=1)]
Flag = Annotated[StrictBool, BeforeValidator(_truth), or_reference("true or false", {"type": "boolean"})]
Whole = Annotated[StrictInt, BeforeValidator(_number), or_reference("whole number", {"type": "integer"})]
Decimal = Annotated[StrictFloat, BeforeValidator(_decimal), or_reference("number", {"type": "number"})]
Port = Annotated[
    StrictInt,
    Field(ge=1, le=65_535),
    BeforeValidator(_number),
    or_reference("whole number", {"type": "integer", "minimum": 1, "maximum": 65_535}),
]
PerHour = Annotated[
    StrictInt,
    Field(ge=1, le=100_000),
    BeforeValidator(_number),
    or_reference("whole number", {"type": "integer", "minimum": 1, "maximum": 100_000}),
]
Cost = Annotated[
    StrictFloat,
    Field(gt=0, allow_inf_nan=False),
    BeforeValidator(_decimal),
    or_reference("number", {"type": "number", "exclusiveMinimum": 0}),
]
When = Annotated[
    str, read_by(values.watched), or_reference(_either(values.WATCHED), {"enum": list(values.WATCHED)})
]
AtLeast = Annotated[
    StrictInt,
    Field(ge=1, le=1_000_000),
    BeforeValidator(_number),
    or_reference("whole number", {"type": "integer", "minimum": 1, "maximum": 1_000_000}),
]
Language = Annotated[Literal["en", "es", "pt"], *chosen(values.LANGUAGES)]
Tier = Annotated[Literal["fast", "accurate"], *chosen(("fast", "accurate"))]
Each = Annotated[Literal["partner", "source"], *chosen(("partner", "source"))]
FromWhom = Annotated[Literal["partners", "anyone"], *chosen(("partners", "anyone"))]
Period = Annotated[Literal["day", "weekday", "week"], *chosen(("day", "weekday", "week"))]
WhenEmpty = Annotated[Literal["send", "skip"], *chosen(("send", "skip"))]
Security = Annotated[Literal["starttls", "tls", "none"], *chosen(("starttls", "tls", "none"))]
