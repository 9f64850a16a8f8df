"""The words that Earshot itself writes, ready for gettext: every sentence is one msgid, with names for its gaps.

A language without a catalogue in ``delivery/locale`` is written in English.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache
from gettext import NullTranslations, translation
from pathlib import Path
from zoneinfo import ZoneInfo

ENGLISH = NullTranslations()


@cache
def words(language: str) -> NullTranslations:
    """Return the words of a language (ISO 639-1), English where it has none."""
    return translation(
        "earshot", localedir=Path(__file__).parent / "locale", languages=[language], fallback=True
    )


def day(moment: datetime, zone: ZoneInfo, w: NullTranslations) -> str:
    """Return the local date as people write it: ``Sat 28 Mar 2026``."""
    local = moment.astimezone(zone)
    return f"{_weekdays(w)[local.weekday()]} {local.day} {_months(w)[local.month - 1]} {local.year}"


def day_and_time(moment: datetime, zone: ZoneInfo, w: NullTranslations) -> str:
    """Return the local date and time: ``Sat 28 Mar 2026, 07:30``."""
    return f"{day(moment, zone, w)}, {moment.astimezone(zone):%H:%M}"


def near(moment: datetime, told_at: datetime, zone: ZoneInfo, w: NullTranslations) -> str:
    """Return the local date and time without the year where it is the reader's own: ``Sat 28 Mar, 07:30``."""
    local = moment.astimezone(zone)
    if local.year != told_at.astimezone(zone).year:
        return day_and_time(moment, zone, w)
    return f"{_weekdays(w)[local.weekday()]} {local.day} {_months(w)[local.month - 1]}, {local:%H:%M}"


def how_long(span: timedelta, w: NullTranslations) -> str:
    """Return a length of time in one unit, rounded down: ``3 days``; less than a minute is ``a moment``."""
    minutes = int(span.total_seconds() // 60)
    if minutes >= 2 * 24 * 60:
        days = minutes // (24 * 60)
        return w.ngettext("{n} day", "{n} days", days).format(n=days)
    if minutes >= 60:
        hours = minutes // 60
        return w.ngettext("{n} hour", "{n} hours", hours).format(n=hours)
    if minutes >= 1:
        return w.ngettext("{n} minute", "{n} minutes", minutes).format(n=minutes)
    return w.gettext("a moment")


def channel_name(channel: str, w: NullTranslations = ENGLISH) -> str:
    """Return a channel as its people write it; an unknown one as it is."""
    common = {
        "imap": w.gettext("E-mail"),
        "hyperkitty": w.gettext("Mailing list"),
        "note": w.gettext("In person"),
    }
    return common.get(channel) or _CHANNELS.get(channel, channel)


def number(n: float, w: NullTranslations) -> str:
    """Return a mean count as people write it: ``12``, ``0.4``, and ``0,4`` where that is the custom."""
    shown = f"{n:.0f}" if n >= 10 else f"{n:.1f}".removesuffix(".0")
    return shown.replace(".", w.pgettext("decimal mark", "."))


def local_day(day: date, w: NullTranslations) -> str:
    """Return a date without its year: ``Sat 28 Mar``."""
    return f"{_weekdays(w)[day.weekday()]} {day.day} {_months(w)[day.month - 1]}"


def listed(names: list[str], w: NullTranslations, *, limit: int = 3) -> str:
    """Join names: ``A``, ``A and B``, ``A, B and C``, ``A, B, C and 4 more``."""
    if len(names) > limit:
        return w.gettext("{names} and {n} more").format(names=", ".join(names[:limit]), n=len(names) - limit)
    if len(names) > 1:
        return w.gettext("{names} and {last}").format(names=", ".join(names[:-1]), last=names[-1])
    return names[0] if names else ""


def _weekdays(w: NullTranslations) -> list[str]:
    return w.gettext("Mon Tue Wed Thu Fri Sat Sun").split()


def _months(w: NullTranslations) -> list[str]:
    return w.gettext("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec").split()


_CHANNELS = {
    "rss": "RSS",
    "reddit": "Reddit",
    "x": "X",
    "mastodon": "Mastodon",
    "bluesky": "Bluesky",
    "hackernews": "Hacker News",
    "discourse": "Discourse",
    "lemmy": "Lemmy",
    "stackexchange": "Stack Exchange",
    "github": "GitHub",
    "youtube": "YouTube",
    "matrix": "Matrix",
}
