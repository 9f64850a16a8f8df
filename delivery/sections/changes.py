"""What changed against the usual, always with the raw counts beside it, and never in percent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from gettext import NullTranslations

from delivery.facts import DigestFacts
from delivery.items import NAME
from delivery.page import Row, Section, Share, Table
from delivery.quote import shortened
from delivery.sections.coverage import troubled
from delivery.sections.usual import differs, is_known, of_now, total_of, usual_cells, usual_columns, usual_of
from delivery.voices import by_channel, concern, sure_concern, tag, voices
from delivery.words import channel_name, listed, number
from model import SENTIMENTS, AnnotationKind, Mention


def changes_section(facts: DigestFacts, w: NullTranslations) -> Section:
    """Return the total, what stands out, the tone and our own replies in sentences, then the counts in a table."""
    heard, known = of_now(facts), is_known(facts)
    lines = [
        _total(facts, len(heard), w, known=known),
        _earlier(len(voices(facts.mentions)) - len(heard), w),
        *_channels(facts, by_channel(heard), w),
        _unknown(facts, w),
        _concerns(facts, w),
        _replies(facts, w),
        _tone(facts, w),
    ]
    table = _table(facts, heard, w) if known else None
    means = w.gettext("7 days, 28 days: what as long a time brought on average in the days before.")
    return Section(
        heading=w.gettext("What changed"),
        lines=tuple(line for line in lines if line),
        shares=_shares(facts),
        table=table,
        notes=(means,) if table else (),
    )


def _total(facts: DigestFacts, n: int, w: NullTranslations, *, known: bool) -> str:
    if facts.week is None:
        return w.ngettext(
            "{n} new; there is no usual to compare with yet.",
            "{n} new; there is no usual to compare with yet.",
            n,
        ).format(n=n)
    if not known:
        return w.ngettext("{n} new.", "{n} new.", n).format(n=n)
    sentence = {
        -1: _fewer_in_all(n, facts, w),
        0: w.ngettext(
            "{n} new, about as many as usual ({usual}).", "{n} new, about as many as usual ({usual}).", n
        ),
        1: w.ngettext("{n} new, more than usual ({usual}).", "{n} new, more than usual ({usual}).", n),
    }[differs(n, total_of(facts.week), total_of(facts.month))]
    return sentence.format(n=n, usual=number(total_of(facts.week) or 0, w))


def _fewer_in_all(n: int, facts: DigestFacts, w: NullTranslations) -> str:
    """Few voices may be few ears: the sentence says so where it stands, not only at the end of the letter."""
    if any(troubled(source, facts.period) for source in facts.sources):
        return w.ngettext(
            "{n} new, fewer than usual ({usual}); not all sources answered.",
            "{n} new, fewer than usual ({usual}); not all sources answered.",
            n,
        )
    return w.ngettext("{n} new, fewer than usual ({usual}).", "{n} new, fewer than usual ({usual}).", n)


def _fewer(channel: str, facts: DigestFacts, w: NullTranslations) -> str:
    if any(troubled(source, facts.period) for source in facts.sources if source.channel == channel):
        return w.gettext("{channel}: {n}, fewer than usual ({usual}); not all of its sources answered.")
    return w.gettext("{channel}: {n}, fewer than usual ({usual}).")


def _earlier(n: int, w: NullTranslations) -> str:
    sentence = w.ngettext(
        "{n} more was said earlier and is heard only now; it is not compared.",
        "{n} more were said earlier and are heard only now; they are not compared.",
        n,
    )
    return sentence.format(n=n) if n else ""


def _channels(facts: DigestFacts, heard: Mapping[str, int], w: NullTranslations) -> list[str]:
    if facts.week is None:
        return []
    month = facts.month.by_channel if facts.month else {}
    lines = []
    for channel, usual in sorted(
        facts.week.by_channel.items(), key=lambda one: (-heard.get(one[0], 0), one[0])
    ):
        n = heard.get(channel, 0)
        sentence = {
            -1: _fewer(channel, facts, w),
            1: w.gettext("{channel}: {n}, more than usual ({usual})."),
        }.get(differs(n, usual, month.get(channel)))
        if sentence:
            name = shortened(channel_name(channel, w), NAME)
            lines.append(sentence.format(channel=name, n=n, usual=number(usual, w)))
    return lines


def _unknown(facts: DigestFacts, w: NullTranslations) -> str:
    if facts.week is None:
        return ""
    new = sorted(set(by_channel(of_now(facts))) - set(facts.week.by_channel))
    names = [shortened(channel_name(channel, w), NAME) for channel in new]
    sentence = w.gettext("{channels}: listened to for less than a week, so nothing is usual there yet.")
    return sentence.format(channels=listed(names, w)) if names else ""


def _concerns(facts: DigestFacts, w: NullTranslations) -> str:
    heard = voices(facts.mentions)
    raised = [mention for mention in heard if concern(mention)]
    if not raised:
        return w.gettext("Nobody raised a concern.") if heard else ""
    by_partners = sum(1 for mention in raised if mention.author_partner)
    unsure = sum(1 for mention in raised if sure_concern(mention) is None)
    sentence = w.gettext("Concerns: {n}, of these {partners} by partners.")
    if unsure:
        sentence = w.gettext("Concerns: {n}, of these {partners} by partners; unsure: {unsure}.")
    return sentence.format(n=len(raised), partners=by_partners, unsure=unsure)


def _replies(facts: DigestFacts, w: NullTranslations) -> str:
    n = sum(1 for mention in facts.mentions if mention.by_us)
    return w.ngettext("We answered {n} time.", "We answered {n} times.", n).format(n=n) if n else ""


def _felt(facts: DigestFacts) -> Counter[str]:
    return Counter(found.label if (found := tag(m, "sentiment")) else "" for m in voices(facts.mentions))


def _tone(facts: DigestFacts, w: NullTranslations) -> str:
    labels = _felt(facts)
    if not labels:
        return ""
    tone = w.gettext("Tone: {positive} positive, {neutral} neutral, {negative} negative").format(
        **{label: labels[label] for label in SENTIMENTS}
    )
    unknown = sum(n for label, n in labels.items() if label not in SENTIMENTS)
    if not unknown:
        return f"{tone}."
    return f"{tone}, " + w.gettext("{n} not analysed.").format(n=unknown)


def _shares(facts: DigestFacts) -> tuple[Share, ...]:
    """The tone as parts of one bar; the sentence says the same, so the bar has no words of its own."""
    labels = _felt(facts)
    known = sum(labels[label] for label in SENTIMENTS)
    order = ("positive", "neutral", "negative")
    return tuple(Share(label, labels[label] / known) for label in order if labels[label])


def _table(facts: DigestFacts, heard: Sequence[Mention], w: NullTranslations) -> Table:
    kinds: tuple[tuple[str, AnnotationKind, str], ...] = (
        (w.gettext("Concerns"), "concern", "yes"),
        (w.gettext("Questions"), "intent", "question"),
        (w.gettext("Thanks"), "intent", "thanks"),
        (w.gettext("Praise"), "intent", "praise"),
        (w.gettext("Negative"), "sentiment", "negative"),
    )
    usual = usual_of(facts)
    sums = usual_cells([total_of(known) for known in usual], w)
    rows = [(w.gettext("All mentions"), str(len(heard)), *sums)]
    for name, kind, label in kinds:
        n = sum(1 for mention in heard if tag(mention, kind, label))
        usually = [known.by_tag.get((kind, label), 0) for known in usual]
        if n or any(usually):
            rows.append((name, str(n), *usual_cells(usually, w)))
    columns = (w.gettext("What"), w.gettext("Now"), *usual_columns(facts, w))
    return Table(columns=columns, rows=tuple(Row(cells=cells) for cells in rows))
