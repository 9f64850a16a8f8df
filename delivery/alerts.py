"""Alerts: whether a rule fires on a mention, and the letter that says who, where, what and why. Pure."""

from __future__ import annotations

from datetime import timedelta
from gettext import NullTranslations
from typing import Literal
from zoneinfo import ZoneInfo

from delivery.cases import escalates_at
from delivery.digest import short_name
from delivery.facts import AlertFacts, Letter
from delivery.happened import earned_by, what_happened
from delivery.html import to_html
from delivery.items import NAME, bare, item, item_words
from delivery.page import Page, Section
from delivery.plain import to_plain
from delivery.quote import shortened
from delivery.sections.waiting import why_here
from delivery.voices import Story, concern, stories
from delivery.words import day_and_time, how_long, listed, words
from model import Mention, Rule

SHOWN = 5  # stories quoted in one letter; the rest is counted
LINE = 300
SUBJECT = 160


def fires(rule: Rule, mention: Mention, *, matches_query: bool, speaks_for: str | None = None) -> bool:
    """Return whether the rule fires on this mention.

    matches_query: what the store says of the rule's query and this mention (true for an empty query).
    speaks_for: the partner who speaks here by other knowledge than the mention's own ``author_partner``.
    Never on our own words, nor on what is deleted. Rules that watch counts (spike, silence, …) fire on no single
    mention.
    """
    if mention.by_us or mention.deleted_at is not None or not matches_query:
        return False
    if rule.from_whom == "partners" and not (mention.author_partner or speaks_for):
        return False
    if rule.when == "concern":
        return concern(mention) is not None
    return rule.when == "keyword"


def alert_line(facts: AlertFacts) -> str:
    """Return the alert's first line, clean and of at most LINE code points: who, where, what, and which rule."""
    w = _words(facts)
    rule = shortened(facts.rule.name, NAME)
    tail = w.gettext(" (rule: {rule})").format(rule=rule)
    return shortened(what_happened(facts, w, limit=LINE - len(tail)), LINE - len(tail)) + tail


def alert_letter(facts: AlertFacts) -> Letter:
    """Return the letter: the words, where they are, which rule fired, and how to acknowledge it."""
    w = _words(facts)
    zone = ZoneInfo(facts.organisation.timezone)
    name = short_name(facts.organisation)
    subject = shortened(f"{name}: {what_happened(facts, w, limit=SUBJECT)}", SUBJECT)
    page = Page(
        language=_language(facts),
        heading=shortened(facts.organisation.name, NAME),
        subheading=w.gettext("Alert of {at}").format(at=day_and_time(facts.fired_at, zone, w)),
        lead=alert_line(facts),
        sections=(_said(facts, zone, w), _next(facts, zone, w)),
        words=item_words(w),
    )
    return Letter(subject=subject, text=to_plain(page), html=to_html(page, title=subject))


def _said(facts: AlertFacts, zone: ZoneInfo, w: NullTranslations) -> Section:
    told, at = stories(facts.mentions), facts.fired_at
    items = tuple(
        item(
            story,
            earned_by(facts, story.lead),
            zone=zone,
            w=w,
            words=600,
            told_at=at,
            why=_why(facts, story, w),
        )
        for story in told[:SHOWN]
    )
    left = len(facts.mentions) + facts.more - sum(len(story.mentions) for story in told[:SHOWN])
    notes = (w.ngettext("{n} more mention of it.", "{n} more mentions of it.", left).format(n=left),)
    tone: Literal["plain", "urgent"] = "plain" if facts.rule.when == "silence" else "urgent"
    heading = w.gettext("The last words") if facts.rule.when == "silence" else w.gettext("What was said")
    return Section(heading=heading, tone=tone, items=items, notes=notes if left else ())


def _why(facts: AlertFacts, story: Story, w: NullTranslations) -> str:
    """Why a mention stands in the letter; where counts are watched, only a concern needs a reason."""
    if facts.rule.when in ("keyword", "concern") or concern(story.lead):
        return why_here(story.lead, w)
    return ""


def _next(facts: AlertFacts, zone: ZoneInfo, w: NullTranslations) -> Section:
    rule = facts.rule
    lines = [
        w.gettext("The rule “{rule}” waits for {what}.").format(
            rule=shortened(rule.name, NAME), what=_waits_for(rule, w)
        )
    ]
    if facts.alert_id is None:
        lines.append(
            w.gettext("Acknowledge it when you have seen to it: earshot alerts list shows its number.")
        )
    else:
        lines.append(
            w.gettext("Acknowledge it when you have seen to it: earshot alerts ack {id}").format(
                id=facts.alert_id
            )
        )
    if rule.cooldown > timedelta(0):
        lines.append(
            w.gettext("More about the same matter is told after {span} at the earliest.").format(
                span=how_long(rule.cooldown, w)
            )
        )
    if rule.escalate is not None:
        late = escalates_at(rule, rule.escalate, facts.fired_at, facts.organisation.timezone)
        at = day_and_time(late, zone, w)
        to = listed([shortened(bare(address), NAME) for address in rule.escalate.to], w)
        lines.append(
            w.gettext("If nobody acknowledges it until {at}, {to} will be told.").format(at=at, to=to)
        )
    return Section(heading=w.gettext("What now"), lines=tuple(lines))


def _waits_for(rule: Rule, w: NullTranslations) -> str:
    what = {
        "concern": w.gettext("a concern"),
        "keyword": w.gettext("certain words"),
        "spike": w.gettext("far more in an hour than usual"),
        "sentiment": w.gettext("a shift for the worse"),
        "silence": w.gettext("a silence longer than the pauses before"),
    }[rule.when]
    if rule.from_whom == "partners" or rule.each == "partner":
        what = w.gettext("{what} from a partner").format(what=what)
    if rule.query:
        what = w.gettext("{what} that matches “{query}”").format(what=what, query=shortened(rule.query, NAME))
    return what


def _language(facts: AlertFacts) -> str:
    return (*facts.organisation.languages, "en")[0]


def _words(facts: AlertFacts) -> NullTranslations:
    return words(_language(facts))
