"""Partners who spoke, who were spoken of, and who went quiet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from gettext import NullTranslations
from itertools import pairwise
from statistics import median
from zoneinfo import ZoneInfo

from delivery.facts import DigestFacts
from delivery.items import NAME
from delivery.links import safe_link
from delivery.page import Limits, Row, Section, Table
from delivery.quote import shortened
from delivery.voices import concern, voices
from delivery.words import day, how_long, listed
from model import Mention

QUIET_AFTER = timedelta(days=7)
KNOWN_AFTER = 4  # days on which a partner spoke: before, it has no rhythm
NAMED = 5


def partners_section(
    facts: DigestFacts, limits: Limits, zone: ZoneInfo, w: NullTranslations
) -> Section | None:
    """Return a row for each partner that spoke or was named, and a line for each that has been quiet for a week."""
    heard = voices(facts.mentions)
    spoke = Counter(mention.author_partner for mention in heard if mention.author_partner)
    named = Counter(label for mention in heard for label in _named(mention))
    order = sorted({*spoke, *named}, key=lambda partner: (-spoke[partner], -named[partner], partner))
    quiet = _quiet(facts, set(order), zone, w)
    if not order and not quiet:
        return None
    rows = tuple(_row(partner, heard, spoke[partner], named[partner]) for partner in order[: limits.rows])
    columns = (
        w.gettext("Partner"),
        w.gettext("Spoke"),
        w.pgettext("in a narrow column", "Concerns"),
        w.gettext("Named"),
    )
    left = len(order) - len(rows)
    if left:
        quiet.append(w.ngettext("{n} more partner.", "{n} more partners.", left).format(n=left))
    table = Table(columns=columns, rows=rows) if rows else None
    return Section(heading=w.gettext("Partners"), table=table, notes=tuple(quiet))


def _named(mention: Mention) -> set[str]:
    return {a.label for a in mention.annotations if a.kind == "partner" and a.label != mention.author_partner}


def _row(partner: str, heard: list[Mention], spoke: int, named: int) -> Row:
    own = [mention for mention in heard if mention.author_partner == partner]
    concerns = sum(1 for mention in own if concern(mention))
    cells = (shortened(partner, NAME), str(spoke), str(concerns), str(named))
    return Row(cells=cells, link=safe_link(own[-1].url) if own else None)


def went_quiet(days: Sequence[date], today: date) -> timedelta | None:
    """Return a partner's usual pause where the present one is another: a week at least, and three times as long.

    days: on which it spoke, oldest first. None: it is no quieter than it was, or too little is known of it.
    """
    if len(days) < KNOWN_AFTER:
        return None
    usual = timedelta(days=median((later - earlier).days for earlier, later in pairwise(days)))
    return usual if today - days[-1] >= max(QUIET_AFTER, 3 * usual) else None


def _quiet(facts: DigestFacts, active: set[str], zone: ZoneInfo, w: NullTranslations) -> list[str]:
    """Those who spoke often and do not any more, each by name; of the others only how many."""
    silent = sorted(
        (
            (last, partner)
            for partner, last in facts.heard_before.items()
            if partner not in active and facts.period.end - last >= QUIET_AFTER
        ),
        reverse=True,
    )
    today = facts.period.end.astimezone(ZoneInfo(facts.organisation.timezone)).date()
    lines: list[str] = []
    rest: list[str] = []
    for last, partner in silent:
        usual = went_quiet(facts.spoke_on.get(partner, ()), today)
        if usual is None or len(lines) == NAMED:
            rest.append(shortened(partner, NAME))
        else:
            lines.append(_silence(partner, last, usual, facts, zone, w))
    if rest:
        sentence = w.gettext("Not heard for a week or more: {partners}.")
        lines.append(sentence.format(partners=listed(rest, w, limit=NAMED)))
    return lines


def _silence(
    partner: str, last: datetime, usual: timedelta, facts: DigestFacts, zone: ZoneInfo, w: NullTranslations
) -> str:
    sentence = w.gettext(
        "{partner} went quiet: not a word for {span}, since {date}; before, it spoke {often}."
    )
    often = w.ngettext("every day", "every {n} days", max(usual.days, 1)).format(n=usual.days)
    return sentence.format(
        partner=shortened(partner, NAME),
        span=how_long(facts.period.end - last, w),
        date=day(last, zone, w),
        often=often,
    )
