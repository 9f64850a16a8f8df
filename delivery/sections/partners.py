"""Partners who spoke, who were spoken of, and who went quiet."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from gettext import NullTranslations
from zoneinfo import ZoneInfo

from delivery.facts import DigestFacts
from delivery.items import NAME
from delivery.links import safe_link
from delivery.page import Limits, Row, Section, Table
from delivery.quote import shortened
from delivery.voices import concern, voices
from delivery.words import day, how_long
from model import Mention

QUIET_AFTER = timedelta(days=7)


def partners_section(
    facts: DigestFacts, limits: Limits, zone: ZoneInfo, w: NullTranslations
) -> Section | None:
    """Return a row for each partner that spoke or was named, and a line for each that has been quiet for a week."""
    heard = voices(facts.mentions)
    spoke = Counter(mention.author_partner for mention in heard if mention.author_partner)
    named = Counter(label for mention in heard for label in _named(mention))
    order = sorted({*spoke, *named}, key=lambda partner: (-spoke[partner], -named[partner], partner))
    quiet = _quiet(facts, set(order), limits, zone, w)
    if not order and not quiet:
        return None
    rows = tuple(_row(partner, heard, spoke[partner], named[partner]) for partner in order[: limits.rows])
    columns = (w.gettext("Partner"), w.gettext("Spoke"), w.gettext("Concerns"), w.gettext("Named"))
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


def _quiet(
    facts: DigestFacts, active: set[str], limits: Limits, zone: ZoneInfo, w: NullTranslations
) -> list[str]:
    silent = sorted(
        (last, partner)
        for partner, last in facts.heard_before.items()
        if partner not in active and facts.period.end - last >= QUIET_AFTER
    )
    lines = [
        w.gettext("{partner} has been quiet for {span}, last heard on {date}.").format(
            partner=shortened(partner, NAME),
            span=how_long(facts.period.end - last, w),
            date=day(last, zone, w),
        )
        for last, partner in silent[-limits.rows :][::-1]
    ]
    left = len(silent) - len(lines)
    if left:
        lines.append(
            w.ngettext(
                "{n} more has been quiet for longer.", "{n} more have been quiet for longer.", left
            ).format(n=left)
        )
    return lines
