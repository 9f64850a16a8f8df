"""What changed against the usual, always with the raw counts beside it."""

from __future__ import annotations

from collections import Counter
from gettext import NullTranslations
from math import sqrt

from delivery.facts import DigestFacts
from delivery.items import NAME
from delivery.page import Section
from delivery.quote import shortened
from delivery.voices import by_channel, concern, tag, voices
from delivery.words import channel_name
from model import SENTIMENTS


def stands_out(heard: int, usual: float) -> bool:
    """Return whether a count is worth a sentence: two standard deviations of a Poisson count off, and at least 3."""
    return abs(heard - usual) >= max(3.0, 2 * sqrt(usual))


def usual_words(usual: float) -> str:
    """Return a mean count as people say it: ``12``, ``0.4``."""
    return f"{usual:.0f}" if usual >= 10 else f"{usual:.1f}".removesuffix(".0")


def changes_section(facts: DigestFacts, w: NullTranslations) -> Section:
    """Return the total, the channels that stand out, the tone, the concerns and our own replies, in sentences."""
    heard = by_channel(voices(facts.mentions))
    order = sorted(facts.usual, key=lambda channel: (-heard.get(channel, 0), channel))
    lines = [
        _total(sum(heard.values()), facts, w),
        *(_channel(channel, heard.get(channel, 0), facts.usual[channel], w) for channel in order),
        _tone(facts, w),
        _concerns(facts, w),
        _replies(facts, w),
    ]
    return Section(heading=w.gettext("What changed"), lines=tuple(line for line in lines if line))


def _total(n: int, facts: DigestFacts, w: NullTranslations) -> str:
    if not facts.usual:
        return w.gettext("{n} new; there is no usual to compare with yet.").format(n=n)
    usual = sum(facts.usual.values())
    if not stands_out(n, usual):
        return w.gettext("{n} new, about as many as usual ({usual}).").format(n=n, usual=usual_words(usual))
    if n > usual:
        return w.gettext("{n} new, more than usual ({usual}).").format(n=n, usual=usual_words(usual))
    return w.gettext("{n} new, fewer than usual ({usual}).").format(n=n, usual=usual_words(usual))


def _channel(channel: str, n: int, usual: float, w: NullTranslations) -> str:
    if not stands_out(n, usual):
        return ""
    sentence = w.gettext("{channel}: {n}, more than usual ({usual}).")
    if n < usual:
        sentence = w.gettext("{channel}: {n}, fewer than usual ({usual}).")
    return sentence.format(channel=shortened(channel_name(channel), NAME), n=n, usual=usual_words(usual))


def _tone(facts: DigestFacts, w: NullTranslations) -> str:
    labels = Counter(found.label if (found := tag(m, "sentiment")) else "" for m in voices(facts.mentions))
    if not labels:
        return ""
    tone = w.gettext("Tone: {positive} positive, {neutral} neutral, {negative} negative").format(
        **{label: labels[label] for label in SENTIMENTS}
    )
    unknown = sum(n for label, n in labels.items() if label not in SENTIMENTS)
    if not unknown:
        return f"{tone}."
    return f"{tone}, " + w.gettext("{n} not analysed.").format(n=unknown)


def _concerns(facts: DigestFacts, w: NullTranslations) -> str:
    raised = [mention for mention in voices(facts.mentions) if concern(mention)]
    if not raised:
        return w.gettext("Nobody raised a concern.") if voices(facts.mentions) else ""
    by_partners = sum(1 for mention in raised if mention.author_partner)
    sentence = w.gettext("Concerns: {n}, of these {partners} by partners.")
    return sentence.format(n=len(raised), partners=by_partners)


def _replies(facts: DigestFacts, w: NullTranslations) -> str:
    n = sum(1 for mention in facts.mentions if mention.by_us)
    return w.ngettext("We answered {n} time.", "We answered {n} times.", n).format(n=n) if n else ""
