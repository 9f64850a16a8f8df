"""How each kind of text in the file is read: a pure function from the text to what it means.

Each raises ValueError with words that follow the value ("… is no span of time; write …") and never hold it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import timedelta

from config.wording import did_you_mean, nearest, one_of
from model import BY_TRANSPORT, MAIL

LANGUAGES = ("en", "es", "pt")
WATCHED = ("keyword", "concern", "spike", "sentiment", "silence")
"""What a rule of this version may wait for."""
PLANNED = ("sla", "promise")

SHORTEST_KEPT = timedelta(days=1)
SHORTEST_EVERY = timedelta(minutes=1)
LONGEST_DELAY = timedelta(seconds=5)
LONGEST_NAME = 200  # characters

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_SPAN = re.compile(r"(\d{1,6}) *([smhdw])", re.ASCII)
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
_MAILBOX = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\]+")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")
_SENDER = re.compile(r"([^<>]*)<([^<>]+)>")
_STEERING = {"Cc", "Cs", "Zl", "Zp"}
_DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class WithheldError(ValueError):
    """A text that may hold a password: its fault is told without it."""


def text(written: str) -> str:
    """Any text without NUL, which SQLite and mail headers cut short."""
    if "\0" in written:
        raise ValueError("holds a NUL character; take it out")
    return written


def filled(written: str) -> str:
    """A text that says something."""
    if not written.strip():
        raise ValueError("is empty; write a text")
    return text(written)


def line(written: str) -> str:
    """One line that says something, and that cannot steer a terminal or a mail header."""
    for character in written:
        if unicodedata.category(character) in _STEERING or character in _DIRECTIONS:
            raise ValueError(f"holds a control character (U+{ord(character):04X}); take it out")
    return filled(written)


def name(written: str) -> str:
    """A name: one line without spaces at its ends, of at most LONGEST_NAME characters."""
    if line(written) != written.strip():
        raise ValueError("begins or ends with a space; take it out")
    if len(written) > LONGEST_NAME:
        raise ValueError(f"is longer than {LONGEST_NAME} characters; write a shorter one")
    return written


def span(written: str) -> timedelta:
    """A span of time: ``90s 15m 1h 2d 1w``."""
    found = _SPAN.fullmatch(written.strip())
    if not found:
        raise ValueError('is no span of time; write a number and s, m, h, d or w, like "15m"')
    return timedelta(seconds=int(found[1]) * _UNITS[found[2]])


def every(written: str) -> timedelta:
    """How often a source is asked: a span of at least a minute."""
    pause = span(written)
    if pause < SHORTEST_EVERY:
        raise ValueError('is too often; the shortest is "1m"')
    return pause


def delay(written: str) -> timedelta:
    """What lies between two readings of one host: a span of at most five seconds, or those who wait grow too many."""
    pause = span(written)
    if pause > LONGEST_DELAY:
        raise ValueError('is too long; the longest is "5s", and `every` says how often a source is read')
    return pause


def kept(written: str) -> timedelta:
    """How long mentions are kept: a span of at least a day, so that a slip of the pen empties no store."""
    span_kept = span(written)
    if span_kept < SHORTEST_KEPT:
        raise ValueError('is too short; the shortest is "1d"')
    return span_kept


def span_text(spanned: timedelta) -> str:
    """Return the span as the file writes it: ``timedelta(hours=2)`` is ``"2h"``."""
    seconds = int(spanned.total_seconds())
    unit = next(unit for unit in ("w", "d", "h", "m", "s") if seconds % _UNITS[unit] == 0)
    return f"{seconds // _UNITS[unit]}{unit}" if seconds else "0s"


def clock(written: str) -> int:
    """A time of day, in minutes since midnight."""
    found = _TIME.fullmatch(written)
    if not found:
        raise ValueError('is no time of day; write hours and minutes, like "07:30"')
    return int(found[1]) * 60 + int(found[2])


def quiet_hours(written: str) -> tuple[int, int]:
    """Two times of day, in minutes since midnight; the second may be on the next day."""
    start, dash, end = (part.strip() for part in written.partition("-"))
    if not dash or not _TIME.fullmatch(start) or not _TIME.fullmatch(end):
        raise ValueError('are no hours; write two times of day, like "22:00-07:00"')
    if clock(start) == clock(end):
        raise ValueError('end where they start; write two times that differ, like "22:00-07:00"')
    return clock(start), clock(end)


def zone(written: str) -> str:
    """A zone of the IANA database."""
    from zoneinfo import ZoneInfo, available_timezones

    try:
        return ZoneInfo(written).key
    except (ValueError, OSError, LookupError):  # a folder of zones is an OSError, an absent one a KeyError
        zones = sorted(available_timezones())
    cities = {zone.rpartition("/")[2]: zone for zone in zones}
    city = nearest(written.replace(" ", "_"), cities)
    asked = did_you_mean(written, zones) or (f"; did you mean '{cities[city]}'?" if city else "")
    raise ValueError(f'is no time zone that this machine knows; write it like "Europe/Berlin"{asked}')


def mailbox(written: str) -> str:
    """A mail address: ``mailto:team@rfn.example``, also when it was written without ``mailto:``."""
    scheme, colon, rest = line(written).partition(":")
    address = rest if colon and scheme.casefold() == "mailto" else written
    if not _MAILBOX.fullmatch(address):
        raise ValueError('is no mail address; write it like "mailto:team@rfn.example"')
    return f"mailto:{address}"


def reader(written: str) -> str:
    """Where a digest goes: a mail address with or without ``mailto:``, or as ``recipient`` says."""
    return recipient(mailbox(written) if "@" in line(written) and ":" not in written else written)


def recipient(written: str) -> str:
    """Where a letter goes: ``mailto:`` and an address, an address of Apprise's, or the name of one of [[transports]].

    A name comes back as ``transport:NAME``.
    """
    if "://" in written:
        return _withheld(_elsewhere, written)
    scheme, colon, _ = line(written).partition(":")
    if scheme.casefold() == "mailto" and colon:
        return mailbox(written)
    if colon or "@" in written:
        raise ValueError(
            'does not say how; write it like "mailto:team@rfn.example", or the name of one of [[transports]]'
        )
    return f"{BY_TRANSPORT}{name(written)}"


def _elsewhere(written: str) -> str:
    if line(written).partition(":")[0].casefold() in ("http", "https"):
        raise WithheldError(
            "is a web address; what is posted there is signed: give it [[transports]] with name, url and secret, "
            "and write that name here"
        )
    return chat_address(written)


def chat_address(written: str) -> str:
    """An address of Apprise's: a scheme, ``://``, and something behind it. It is never shown: a key stands in it."""
    scheme, _, rest = line(written).partition("://")
    if not _SCHEME.fullmatch(scheme) or not rest.strip("/") or " " in written:
        raise WithheldError('is no address of Apprise; write it like "ntfy://ntfy.example/riverside"')
    return written


def way_out(written: str) -> str:
    """Where a transport leads: a web address is a webhook, every other scheme is Apprise's."""
    is_web = written.casefold().startswith(("http:", "https:"))
    return _withheld(web_address if is_web else chat_address, written)


def _withheld(read: Callable[[str], str], written: str) -> str:
    """Read what may hold a key: a fault in it is told without it."""
    try:
        return read(written)
    except ValueError as error:
        told = str(error)
    raise WithheldError(told)


def transport_name(written: str) -> str:
    """A name that no recipient is mistaken for."""
    if name(written).casefold() == MAIL:
        raise ValueError("is what the way by [smtp] is called; choose another")
    if ":" in written or "@" in written:
        raise ValueError("holds a : or @, by which addresses are known; take it out")
    return written


def sender(written: str) -> str:
    """Who a letter is from: ``Earshot <earshot@rfn.example>`` or an address alone."""
    named = _SENDER.fullmatch(line(written).strip())
    if not _MAILBOX.fullmatch(named[2].strip() if named else written.strip()):
        raise ValueError('is no sender; write it like "Earshot <earshot@rfn.example>"')
    return written


def web_address(written: str) -> str:
    """An address that begins with http:// or https:// and names a host."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(line(written))
        is_good = parts.scheme in ("http", "https") and bool(parts.hostname) and " " not in written
    except ValueError:
        is_good = False
    if not is_good:
        raise WithheldError('is no web address; write it like "https://earshot.rfn.example"')
    return written


def proxy(written: str) -> str:
    """A proxy's address: ``http://``, a host and a port, and a login before the host where it wants one."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(line(written))
        is_good = parts.scheme == "http" and bool(parts.hostname) and bool(parts.port) and " " not in written
        is_good = is_good and not parts.path.strip("/") and not parts.query and not parts.fragment
    except ValueError:
        is_good = False
    if not is_good:
        raise WithheldError(
            'is no proxy that can be asked; write it like "http://proxy.rfn.example:3128", and with a login as '
            "env:NAME (http://USER:PASSWORD@HOST:PORT, where %40 stands for an @ in the password)"
        )
    return written


def store_url(written: str) -> str:
    """Where the store lies: ``sqlite:///earshot.db`` beside the file, or ``postgresql://USER@HOST/DATABASE``."""
    form = 'write it like "sqlite:///earshot.db" or "postgresql://earshot@db.rfn.example/earshot"'
    if re.match(r"postgres(ql)?(\+\w+)?:", line(written)):
        return _server_url(written, form)
    scheme, _, path = written.partition(":///")
    if scheme != "sqlite" or not path.strip("/"):
        raise WithheldError(f"names no store; {form}")
    if path == ":memory:":
        raise WithheldError(f"names a store that forgets; {form}")
    if "?" in path:
        raise WithheldError(f"holds a question mark, which a store's path cannot; {form}")
    return written


def _server_url(written: str, form: str) -> str:
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(written)
        is_good = bool(parts.path.strip("/")) and (parts.port or 1) > 0 and " " not in written
    except ValueError:
        is_good = False
    if not is_good:
        raise WithheldError(f"names no database of a server; {form}")
    return f"postgresql://{written.partition('://')[2]}"


def watched(written: str) -> str:
    """What a rule waits for, of what this version watches."""
    if written in PLANNED:
        raise ValueError(
            "is not watched by this version; write keyword, concern, spike, sentiment or silence"
        )
    return choice(WATCHED)(written)


def choice(options: Sequence[str]) -> Callable[[str], str]:
    """Return the reading of a text that must be one of a few."""

    def chosen(written: str) -> str:
        if written in options:
            return written
        raise ValueError(f"is none of {one_of(options)}{did_you_mean(written, options)}")

    return chosen
