"""What happened, in one line, for each kind of rule: who, where, what and why, with the words. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from gettext import NullTranslations
from zoneinfo import ZoneInfo

from delivery.facts import AlertFacts
from delivery.items import NAME, who
from delivery.quote import in_one_line, shortened, strongest
from delivery.sections.waiting import because
from delivery.voices import sure_concern, tag
from delivery.watch.level import Level
from delivery.words import channel_name, day, how_long, listed
from model import Annotation, Mention

SHORTEST_QUOTE = 40
NAMED_BY_SOURCE = frozenset({"rss", "discourse", "imap", "hyperkitty"})
"""Channels whose name is a way of reading, not a place: "on northside-blog" says more than "on RSS"."""


def what_happened(facts: AlertFacts, w: NullTranslations, *, limit: int) -> str:
    """Return the sentence that an alert begins with, at most ``limit`` code points: it ends in somebody's words."""
    if facts.line:
        return shortened(facts.line, limit)
    first = _first(facts)
    head = _head(facts, w)
    if first is None:
        return shortened(head, limit)
    annotation = earned_by(facts, first)
    reason = strongest(annotation.because) if annotation else None
    head = w.gettext("{what}: “{words}”").format(what=head, words="{}")
    said = in_one_line(first, reason, limit=max(limit - len(head), SHORTEST_QUOTE))
    return "{}".join(head.split("{}")[:-1]) + said + head.split("{}")[-1]


def earned_by(facts: AlertFacts, mention: Mention) -> Annotation | None:
    """Return the tag whose words are quoted: those that are negative where a sentiment shifts."""
    if facts.rule.when == "sentiment":
        return tag(mention, "sentiment", "negative")
    return because(mention)


def is_sure(facts: AlertFacts) -> bool:
    """Return whether somebody raised a concern rather than not; what is less sure is told of too, and says so."""
    return any(sure_concern(mention) for mention in facts.mentions)


def _first(facts: AlertFacts) -> Mention | None:
    """Return who is quoted: where counts are watched, a concern before the newest."""
    if facts.level is None:
        return facts.mentions[0]
    raised = (mention for mention in facts.mentions if because(mention) is not None)
    return next(raised, facts.mentions[0] if facts.mentions else None)


def _head(facts: AlertFacts, w: NullTranslations) -> str:
    level = facts.level
    if level is None:
        return _said(facts, w)
    if facts.rule.when == "spike":
        return _spike(facts, level, w)
    return _shift(facts, level, w) if facts.rule.when == "sentiment" else _silence(facts, level, w)


def _said(facts: AlertFacts, w: NullTranslations) -> str:
    sentence = w.gettext("{who} on {where} raised a concern")
    if not is_sure(facts):
        sentence = w.gettext("{who} on {where} may have raised a concern")
    if facts.rule.when == "keyword":
        sentence = w.gettext("{who} on {where} spoke of “{query}”")
    told = sentence.format(
        who=_speakers(facts, w), where=places(facts.mentions, w), query=shortened(facts.rule.query, NAME)
    )
    n = len(facts.mentions) + facts.more
    return told if n == 1 else w.gettext("{n} mentions: {told}").format(n=n, told=told)


def _spike(facts: AlertFacts, level: Level, w: NullTranslations) -> str:
    return w.gettext("{who}: {n} mentions in the last hour (usual: {usual})").format(
        who=_where(facts, w), n=level.count, usual=_rounded(level.usual)
    )


def _shift(facts: AlertFacts, level: Level, w: NullTranslations) -> str:
    sentence = w.gettext("{who}: {n} of {among} are negative since {day}, and before it {bad} of {of}")
    bad, of = level.before
    return sentence.format(
        who=_where(facts, w),
        n=level.count,
        among=level.among,
        day=_day(facts, level.since, w),
        bad=bad,
        of=of,
    )


def _silence(facts: AlertFacts, level: Level, w: NullTranslations) -> str:
    sentence = w.gettext("{who} is silent since {day}: a pause of {span} would be usual. The last words")
    return sentence.format(
        who=_where(facts, w), day=_day(facts, level.since, w), span=how_long(level.span, w)
    )


def _where(facts: AlertFacts, w: NullTranslations) -> str:
    """Who or what is watched, and where it was heard: ``“late box” on Reddit and X``."""
    whom = facts.partner or facts.source or _topic(facts, w)
    if not facts.mentions or facts.source:
        return shortened(whom, NAME)
    return w.gettext("{who} on {where}").format(who=shortened(whom, NAME), where=places(facts.mentions, w))


def _topic(facts: AlertFacts, w: NullTranslations) -> str:
    if facts.rule.query:
        return f"“{shortened(facts.rule.query, NAME)}”"
    if facts.rule.from_whom == "partners":
        return w.gettext("Our partners")
    return w.gettext("All that is heard")


def _speakers(facts: AlertFacts, w: NullTranslations) -> str:
    names = list(dict.fromkeys(_speaker(facts, mention, w) for mention in facts.mentions))
    if facts.more:
        return w.gettext("{names} and others").format(names=", ".join(names[:2]))
    return listed(names, w, limit=2)


def _speaker(facts: AlertFacts, mention: Mention, w: NullTranslations) -> str:
    partner = mention.author_partner or facts.partner
    return shortened(partner, NAME) if partner else who(mention, w)


def places(mentions: Sequence[Mention], w: NullTranslations) -> str:
    """Return where something was said: channels, or the sources where a channel's name tells nobody where that is."""
    return listed(list(dict.fromkeys(_place(mention, w) for mention in mentions)), w, limit=3)


def _place(mention: Mention, w: NullTranslations) -> str:
    if mention.channel in NAMED_BY_SOURCE and mention.sources:
        return shortened(mention.sources[0], NAME)
    return shortened(channel_name(mention.channel, w), NAME)


def _day(facts: AlertFacts, moment: datetime | None, w: NullTranslations) -> str:
    return "" if moment is None else day(moment, ZoneInfo(facts.organisation.timezone), w)


def _rounded(usual: float) -> str:
    """A count as people say it: whole from ten on, else with one digit, and ``fewer than one`` as 0.4."""
    return f"{usual:.0f}" if usual >= 10 or usual == int(usual) else f"{usual:.1f}"
