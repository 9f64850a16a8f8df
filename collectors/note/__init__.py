"""Channel ``note``: what was said in person or on the phone, written down by one of us. Nothing is polled here.

A name is kept only with the consent of whoever spoke. What a note is known by is made without the name, so that a
table that is read again after consent was withdrawn finds the same note, and takes the name out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from hashlib import blake2b

from model import Author, Mention
from text import clean, one_line

CHANNEL = "note"
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """What somebody wrote down of a talk. ``consent``: whether who spoke agreed to be named."""

    text: str
    when: datetime
    where: str = ""
    who: str = ""
    partner: str = ""  # the partner's name, for whom they spoke
    consent: bool = False
    lang: str = ""
    key: str = ""  # what the writer's own table knows it by


def as_mention(talk: Talk) -> Mention:
    """Return the talk as a mention; ValueError says in words what is missing."""
    text, where = clean(talk.text), one_line(talk.where, 200)
    if not text:
        raise ValueError("it has no text")
    who = one_line(talk.who, 200) if talk.consent else ""
    speaks_for = talk.partner or who
    return Mention(
        channel=CHANNEL,
        scope="",
        external_id=_key(talk, text, where),
        title=where,
        text=text,
        author=Author(handle=speaks_for, name=who, external_id=speaks_for) if speaks_for else None,
        lang=_language(talk.lang),
        published_at=talk.when,
        raw={"consent": talk.consent},
    )


def read_when(written: str, zone: tzinfo, *, now: datetime) -> datetime:
    """Return the moment in UTC; a day without an hour is its noon there. ValueError for what cannot be."""
    written = written.strip()
    moment = _iso(written) or _dotted(written)
    if moment is None:
        raise ValueError(f"when: {one_line(written, 40)!r} is no date; write 2026-05-20 or 2026-05-20 14:30")
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        moment = EARLIEST - timedelta(days=1)
    if not EARLIEST <= moment <= now + timedelta(days=1):
        raise ValueError(f"when: {one_line(written, 40)} is too long ago, or still to come")
    return moment


def _iso(written: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return None
    return datetime.combine(moment, time(12)) if len(written) <= len("2026-05-20") else moment


def _dotted(written: str) -> datetime | None:
    """Read 20.05.2026, with or without an hour. 05/20/2026 and 20/05/2026 cannot be told apart and are not read."""
    for form in ("%d.%m.%Y", "%d.%m.%Y %H:%M"):
        try:
            moment = datetime.strptime(written, form)  # noqa: DTZ007  the zone is the organisation's
        except ValueError:
            continue
        return datetime.combine(moment, time(12)) if form.endswith("%Y") else moment
    return None


def _key(talk: Talk, text: str, where: str) -> str:
    if talk.key:
        return f"key:{one_line(talk.key, 200)}"
    told = "\0".join((text, where, talk.partner, talk.when.isoformat()))
    return blake2b(told.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def _language(lang: str) -> str | None:
    code = lang.strip().lower().partition("-")[0]
    if not code:
        return None
    if len(code) != 2 or not code.isalpha() or not code.isascii():
        raise ValueError(f"lang: {one_line(lang, 20)!r} is no language; write two letters, like en")
    return code
