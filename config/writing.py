"""The text of a first earshot.toml: few keys, each with its reason, any name quoted so that TOML reads it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from config.reading import Referenced, is_reference
from config.values import name as check_name
from config.values import span_text
from config.wording import shown
from errors import NeedsAttention
from model import Secret, Source

HEAD = """\
# What Earshot listens to, and whom it tells. `earshot check` says what is wrong here, line by line.
# Any text may be "env:NAME" or "file:PATH", so that no password has to stand in this file.

[organisation]                          # us
"""

OPENING = """\
# aliases = ["Riverside", "RFN"]        # other names that people call us by
# handles = { reddit = ["riversidefood"], rss = ["riverside.example"] }

[store]
url = "sqlite:///earshot.db"            # beside this file
"""

CLOSING = """\
# One more place to listen to:
# [[sources]]
# name = "northside-blog"
# channel = "rss"
# url = "https://northside.example/feed"
# partner = "Northside Shelter"         # whose voice it is; a [[partners]] of this file

# Whom we are in a relationship with:
# [[partners]]
# name = "Northside Shelter"
# aliases = ["Northside"]
# handles = { rss = ["northside.example"] }

# Who is told, and when. Both send mail, so both need [smtp]:
# [[rules]]
# name = "a partner raises a concern"
# when = "concern"
# from = "partners"
# notify = ["mailto:team@rfn.example"]

# [[digests]]
# name = "daily"
# at = "07:30"
# to = ["team@rfn.example"]

# [smtp]
# host = "mail.rfn.example"
# port = 587
# username = "earshot"
# password = "env:EARSHOT_SMTP_PASSWORD"
# from = "Earshot <earshot@rfn.example>"
"""

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def written(organisation_name: str, timezone: str, sources: Sequence[Source]) -> str:
    """Return the text; NeedsAttention for a name that loading would refuse or take for a reference."""
    ours = f"name = {quoted(_name(organisation_name))}\ntimezone = {quoted(timezone)}\n"
    voices = dict.fromkeys(source.partner for source in sources if source.partner)
    partners = [f"[[partners]]\nname = {quoted(_name(partner))}\n" for partner in voices]
    return "\n".join([HEAD + ours + OPENING, *(_source(source) for source in sources), *partners, CLOSING])


def quoted(text: str) -> str:
    """Return the text as a TOML string on one line.

    >>> quoted('a "b" c')
    '"a \\\\"b\\\\" c"'
    """
    return '"' + "".join(_ESCAPES.get(character) or _escaped(character) for character in text) + '"'


def _escaped(character: str) -> str:
    is_control = ord(character) < 0x20 or 0x7F <= ord(character) < 0xA0 or character in "\u2028\u2029"
    return f"\\u{ord(character):04x}" if is_control else character


def _name(text: str) -> str:
    """The name, if loading would have it."""
    name = text.strip()
    if is_reference(name):
        raise NeedsAttention(
            f"the name {shown(name)} would be read as a reference; begin it with another word"
        )
    try:
        return check_name(name)
    except ValueError as error:
        raise NeedsAttention(f"the name {shown(name)} {error}") from None


def _source(source: Source) -> str:
    keys: Mapping[str, object] = {
        "name": _name(source.name),
        "channel": source.channel,
        **source.settings,
        **({"partner": _name(source.partner)} if source.partner else {}),
        "every": source.every,
    }
    rows = [f"{key} = {_value(key, value)}" for key, value in keys.items() if value is not None]
    return "\n".join(["[[sources]]", *rows, ""])


def _value(key: str, value: object) -> str:
    if isinstance(value, Secret):
        raise NeedsAttention(
            f"the secret {key} is not written into a file; set a variable and write env:NAME"
        )
    if isinstance(value, timedelta):
        return quoted(span_text(value))
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_value(key, item) for item in value)}]"
    return quoted(_text(value)) if isinstance(value, str) else str(value)


def _text(value: str) -> str:
    return value.reference if isinstance(value, Referenced) else value
