"""Concerns and questions that wait for us, oldest first: the first thing a reader needs."""

from __future__ import annotations

from datetime import datetime
from gettext import NullTranslations
from zoneinfo import ZoneInfo

from delivery.facts import DigestFacts
from delivery.items import NAME, item, said_at, who
from delivery.links import safe_link
from delivery.page import Item, Limits, Row, Section, Table
from delivery.quote import in_one_line, shortened, strongest
from delivery.voices import Story, concern, stories, story_key, sure_concern, tag
from delivery.words import how_long, listed
from model import Annotation, Mention

IN_BRIEF = 100  # code points of the words of those who get a line only
SEE_ALL = "earshot search is:unanswered --all"


def waiting_stories(facts: DigestFacts) -> list[Story]:
    """Return what waits for an answer, each story once, the longest wait first."""
    oldest_first = sorted(facts.waiting, key=lambda m: (said_at(m) or facts.period.end, m.external_id))
    return stories(mention for mention in oldest_first if not mention.by_us)


def chosen_stories(facts: DigestFacts, limits: Limits) -> list[Story]:
    """Return those who are quoted, oldest first: all, where they fit.

    Else partners' concerns go before other concerns, these before questions, and what is unsure comes last; among
    equals those who have waited longest have the room, so nobody is pushed out by what came later.
    """
    return _most_urgent(waiting_stories(facts), limits.waiting)


def waiting_section(
    facts: DigestFacts, limits: Limits, zone: ZoneInfo, w: NullTranslations
) -> Section | None:
    """Return those who wait, each with the sentence, who, where, how long, and why it is here."""
    waiting = waiting_stories(facts)
    if not waiting:
        return None
    shown = _most_urgent(waiting, limits.waiting)
    others = _without(waiting, shown)
    brief = _most_urgent(others, limits.briefly)
    left = len(others) - len(brief) + facts.waiting_beyond
    return Section(
        heading=w.gettext("Waiting for an answer"),
        tone="urgent",
        lines=_in_all(waiting, facts, w) if others and not facts.waiting_beyond else (),
        items=tuple(_item(story, facts, limits, zone, w) for story in shown),
        table=_briefly(brief, facts, w),
        notes=(_more(left, w),) if left else (),
    )


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


def _most_urgent(waiting: list[Story], most: int) -> list[Story]:
    """The first ``most`` by rank, in the order in which they stood."""
    chosen = sorted(enumerate(waiting), key=lambda one: (_rank(one[1]), one[0]))[:most]
    return [waiting[place] for place in sorted(place for place, _ in chosen)]


def _without(waiting: list[Story], shown: list[Story]) -> list[Story]:
    keys = {story_key(story.lead) for story in shown}
    return [story for story in waiting if story_key(story.lead) not in keys]


def _rank(story: Story) -> int:
    """Partners' concerns, other concerns, questions, and what may be a concern."""
    if sure_concern(story.lead):
        return 0 if story.lead.author_partner else 1
    return 3 if concern(story.lead) else 2


def _in_all(waiting: list[Story], facts: DigestFacts, w: NullTranslations) -> tuple[str, ...]:
    """Who waits, by kind, where more wait than are quoted."""
    ranks = [_rank(story) for story in waiting]
    partners, concerns, questions, unsure = (ranks.count(rank) for rank in range(4))
    parts = [
        (partners, w.ngettext("{n} concern by a partner", "{n} concerns by partners", partners)),
        (concerns, w.ngettext("{n} other concern", "{n} other concerns", concerns)),
        (questions, w.ngettext("{n} question", "{n} questions", questions)),
        (unsure, w.ngettext("{n} that may be a concern", "{n} that may be concerns", unsure)),
    ]
    said = listed([words.format(n=n) for n, words in parts if n], w, limit=4)
    longest = said_at(waiting[0].lead)
    if longest is None:
        return (f"{said}.",)
    span = how_long(facts.period.end - longest, w)
    return (w.gettext("{what}; the longest wait is {span}.").format(what=said, span=span),)


def _briefly(others: list[Story], facts: DigestFacts, w: NullTranslations) -> Table | None:
    if not others:
        return None
    rows = tuple(
        Row(
            head=shortened(who(story.lead, w), NAME // 2),
            cells=(_in_brief(story.lead), _age(story.lead, facts.period.end, w)),
            link=safe_link(story.lead.url),
        )
        for story in others
    )
    return Table(columns=(w.gettext("Also waiting"), w.gettext("For")), rows=rows)


def _in_brief(lead: Mention) -> str:
    tagged = because(lead)
    return f"“{in_one_line(lead, strongest(tagged.because) if tagged else None, limit=IN_BRIEF)}”"


def _more(left: int, w: NullTranslations) -> str:
    sentence = w.ngettext("{n} more waits.", "{n} more wait.", left).format(n=left)
    return f"{sentence} " + w.gettext("See all: {command}").format(command=SEE_ALL)


def _item(story: Story, facts: DigestFacts, limits: Limits, zone: ZoneInfo, w: NullTranslations) -> Item:
    lead = story.lead
    first_heard = min((m.collected_at for m in story.mentions if m.collected_at), default=None)
    is_new = first_heard is not None and first_heard >= facts.period.start
    return item(
        story,
        because(lead),
        zone=zone,
        w=w,
        words=limits.words,
        why=why_here(lead, w),
        told_at=facts.period.end,
        age=_age(lead, facts.period.end, w),
        is_new=w.gettext("new") if is_new else "",
    )


def _age(mention: Mention, told_at: datetime, w: NullTranslations) -> str:
    moment = said_at(mention)
    return how_long(told_at - moment, w) if moment else ""


def _what(mention: Mention, w: NullTranslations) -> str:
    if concern(mention) is None:
        return w.gettext("a question") if tag(mention, "intent", "question") else w.gettext("a request")
    if sure_concern(mention) is None:
        return w.gettext("perhaps a concern")
    if mention.author_partner:
        return w.gettext("a concern, raised by a partner")
    return w.gettext("a concern")
