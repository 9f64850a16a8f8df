"""What was listened to and what was not, so that silence is never mistaken for quiet."""

from __future__ import annotations

from datetime import datetime
from gettext import NullTranslations
from zoneinfo import ZoneInfo

from delivery.facts import DigestFacts
from delivery.items import NAME, bare
from delivery.page import Limits, Section
from delivery.quote import shortened
from delivery.reasons import reason_in
from delivery.voices import voices
from delivery.words import channel_name, near
from model import Period, SourceState

REASON = 200


def answered(source: SourceState, period: Period) -> bool:
    """Return whether the source was read within the period and did not fail at its end."""
    if source.status in ("failing", "off"):
        return False
    return source.last_success_at is not None and source.last_success_at >= period.start


def troubled(source: SourceState, period: Period) -> bool:
    """Return whether somebody should look at it; a source that a person switched off is nobody's trouble."""
    if source.status == "off":
        return source.failures > 0
    return not answered(source, period)


def answers_line(facts: DigestFacts, w: NullTranslations) -> str:
    """Return the coverage in one clause, for the subject and the head: ``all 6 sources answered``."""
    if not facts.sources_known:
        return w.gettext("how the sources did in this period is no longer kept")
    asked = [source for source in facts.sources if source.status != "off" or source.failures]
    if not asked:
        return w.gettext("no source is listened to")
    heard = sum(1 for source in asked if answered(source, facts.period))
    if heard < len(asked):
        return w.gettext("only {n} of {all} sources answered").format(n=heard, all=len(asked))
    return w.ngettext("the one source answered", "all {n} sources answered", heard).format(n=heard)


def coverage_section(facts: DigestFacts, limits: Limits, zone: ZoneInfo, w: NullTranslations) -> Section:
    """Return who answered, then each source that did not in words, then what answered and had nothing new."""
    lines = [_sentence(answers_line(facts, w))]
    rest = [s for s in facts.sources if s.status == "waiting" or not answered(s, facts.period)]
    rest.sort(key=lambda source: (not troubled(source, facts.period), source.name))
    lines += [_words_for(source, facts.period.end, zone, w) for source in rest[: limits.rows]]
    if len(rest) > limits.rows:
        left = len(rest) - limits.rows
        lines.append(w.gettext("{n} more are not listening. See all: earshot source list").format(n=left))
    lines += _silent(facts, limits, zone, w)
    if facts.purged:
        lines.append(
            w.ngettext(
                "{n} mention of this period was taken back since and is left out.",
                "{n} mentions of this period were taken back since and are left out.",
                facts.purged,
            ).format(n=facts.purged)
        )
    lines += _unsent(facts, limits, w)
    unread = sum(1 for mention in voices(facts.mentions) if not mention.annotations)
    if unread:
        lines.append(
            w.ngettext(
                "{n} mention has no tags: it is counted, and stands in no other part of this letter.",
                "{n} mentions have no tags: they are counted, and stand in no other part of this letter.",
                unread,
            ).format(n=unread)
        )
    worried = any(troubled(source, facts.period) for source in facts.sources)
    worried = worried or not facts.sources or bool(facts.unsent)
    return Section(heading=w.gettext("Coverage"), tone="warning" if worried else "plain", lines=tuple(lines))


def _words_for(source: SourceState, told_at: datetime, zone: ZoneInfo, w: NullTranslations) -> str:
    sentence = {
        "failing": w.gettext("{name} ({channel}) is failing"),
        "waiting": w.gettext("{name} ({channel}) is waiting"),
        "off": w.gettext("{name} ({channel}) is off"),
    }.get(source.status, w.gettext("{name} ({channel}) was not asked in this period"))
    parts = [
        sentence.format(
            name=shortened(source.name, NAME), channel=shortened(channel_name(source.channel, w), NAME)
        )
    ]
    if source.reason:
        parts.append(": " + shortened(reason_in(source.reason, w), REASON).rstrip("."))
    if source.last_success_at is not None:
        parts.append(
            "; "
            + w.gettext("it last answered {at}").format(at=near(source.last_success_at, told_at, zone, w))
        )
    else:
        parts.append("; " + w.gettext("it has never answered"))
    if source.next_attempt_at is not None and source.status != "off":
        parts.append(
            "; " + w.gettext("asked again {at}").format(at=near(source.next_attempt_at, told_at, zone, w))
        )
    return "".join(parts) + "."


def _silent(facts: DigestFacts, limits: Limits, zone: ZoneInfo, w: NullTranslations) -> list[str]:
    """The sources that answered and had nothing new; those quieter than their rhythm each by name."""
    silent = [source for source in facts.sources if answered(source, facts.period) and not source.heard]
    quiet = [source for source in silent if source.status == "quiet"][: limits.rows]
    lines = []
    for source in quiet:
        since = (
            near(source.last_new_at, facts.period.end, zone, w)
            if source.last_new_at
            else w.gettext("it was added")
        )
        words = w.gettext("{name} ({channel}) answered, but is quiet: nothing new since {since}")
        words = words.format(
            name=shortened(source.name, NAME),
            channel=shortened(channel_name(source.channel, w), NAME),
            since=since,
        )
        lines.append(words + ".")
    others = len(silent) - len(quiet)
    if others:
        lines.append(
            w.ngettext("{n} answered with nothing new.", "{n} answered with nothing new.", others).format(
                n=others
            )
        )
    return lines


def _unsent(facts: DigestFacts, limits: Limits, w: NullTranslations) -> list[str]:
    """The letters of ours that nobody received, by recipient, with the last reason of each."""
    reasons = {bare(each.recipient): each.reason for each in facts.unsent}
    if not reasons:
        return []
    head = w.ngettext(
        "{n} letter of Earshot's could not be delivered in this period.",
        "{n} letters of Earshot's could not be delivered in this period.",
        len(facts.unsent),
    ).format(n=len(facts.unsent))
    told = [
        w.gettext("Not delivered to {recipient}: {reason}.").format(
            recipient=shortened(recipient, NAME), reason=shortened(reason_in(reason, w), REASON).rstrip(".")
        )
        for recipient, reason in reasons.items()
    ]
    return [head, *told[: limits.rows]]


def _sentence(clause: str) -> str:
    return f"{clause[:1].upper()}{clause[1:]}."
