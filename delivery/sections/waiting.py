"""Concerns and questions that wait for us, oldest first: the first thing a reader needs."""

from __future__ import annotations

from datetime import datetime
from gettext import NullTranslations
from zoneinfo import ZoneInfo

from delivery.facts import DigestFacts
from delivery.items import NAME, item, said_at
from delivery.page import Item, Limits, Section
from delivery.quote import shortened
from delivery.voices import Story, concern, stories, tag
from delivery.words import how_long, listed
from model import Annotation, Mention


def waiting_stories(facts: DigestFacts) -> list[Story]:
    """Return what waits for an answer, each story once, the longest wait first."""
    oldest_first = sorted(facts.waiting, key=lambda m: (said_at(m) or facts.period.end, m.external_id))
    return stories(mention for mention in oldest_first if not mention.by_us)


def waiting_section(
    facts: DigestFacts, limits: Limits, zone: ZoneInfo, w: NullTranslations
) -> Section | None:
    """Return those who wait, each with the sentence, who, where, how long, and why it is here."""
    waiting = waiting_stories(facts)
    if not waiting:
        return None
    shown = waiting[: limits.waiting]
    left = len(waiting) - len(shown)
    notes = (_more(left, said_at(shown[0].lead) or facts.period.start, zone, w),) if left else ()
    items = tuple(_item(story, facts, limits, zone, w) for story in shown)
    return Section(heading=w.gettext("Waiting for an answer"), tone="urgent", items=items, notes=notes)


def why_here(mention: Mention, w: NullTranslations) -> str:
    """Return in words what put the mention before the reader."""
    parts = [_what(mention, w)]
    if mention.in_our_thread:
        parts.append(w.gettext("in our conversation"))
    named = list(dict.fromkeys(shortened(a.label, NAME) for a in mention.annotations if a.kind == "partner"))
    if named:
        parts.append(w.gettext("names {partners}").format(partners=listed(named, w)))
    return ", ".join(parts)


def because(mention: Mention) -> Annotation | None:
    """Return the annotation whose words are quoted: the concern, else the question or request."""
    return concern(mention) or tag(mention, "intent", "question") or tag(mention, "intent", "request")


def _more(left: int, since: datetime, zone: ZoneInfo, w: NullTranslations) -> str:
    sentence = w.ngettext("{n} more waits.", "{n} more wait.", left).format(n=left)
    return f"{sentence} " + w.gettext('See all: earshot search "" --since {date}').format(
        date=f"{since.astimezone(zone):%Y-%m-%d}"
    )


def _item(story: Story, facts: DigestFacts, limits: Limits, zone: ZoneInfo, w: NullTranslations) -> Item:
    lead = story.lead
    moment = said_at(lead)
    return item(
        story,
        because(lead),
        zone=zone,
        w=w,
        words=limits.words,
        why=why_here(lead, w),
        told_at=facts.period.end,
        age=how_long(facts.period.end - moment, w) if moment else "",
    )


def _what(mention: Mention, w: NullTranslations) -> str:
    raised = concern(mention)
    if raised is None:
        return w.gettext("a question") if tag(mention, "intent", "question") else w.gettext("a request")
    if mention.author_partner:
        return w.gettext("a concern, raised by a partner")
    return w.gettext("a concern")
