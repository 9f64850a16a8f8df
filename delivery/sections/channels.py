"""How much was heard on each channel, beside the usual."""

from __future__ import annotations

from gettext import NullTranslations

from delivery.facts import DigestFacts
from delivery.items import NAME
from delivery.page import Limits, Row, Section, Table
from delivery.quote import shortened
from delivery.sections.usual import usual_cells, usual_columns, usual_of
from delivery.voices import by_channel, concern, voices
from delivery.words import channel_name


def channels_section(facts: DigestFacts, limits: Limits, w: NullTranslations) -> Section | None:
    """Return a row with a bar for each channel that was heard, or usually is."""
    heard = by_channel(voices(facts.mentions))
    concerns = by_channel(mention for mention in voices(facts.mentions) if concern(mention))
    usual = usual_of(facts)
    usually = {channel for known in usual for channel, n in known.by_channel.items() if n}
    order = sorted({*heard, *usually}, key=lambda channel: (-heard.get(channel, 0), channel))
    if not order:
        return None
    most = max(heard.values(), default=0) or 1
    rows = tuple(
        Row(
            cells=(
                shortened(channel_name(channel, w), NAME),
                str(heard.get(channel, 0)),
                *usual_cells([known.by_channel.get(channel) for known in usual], w),
                str(concerns.get(channel, 0)),
            ),
            share=heard.get(channel, 0) / most,
        )
        for channel in order[: limits.rows]
    )
    columns = (
        w.gettext("Channel"),
        w.gettext("Heard"),
        *usual_columns(facts, w),
        w.pgettext("in a narrow column", "Concerns"),
    )
    left = len(order) - len(rows)
    notes = (w.ngettext("{n} more channel.", "{n} more channels.", left).format(n=left),) if left else ()
    return Section(heading=w.gettext("By channel"), table=Table(columns=columns, rows=rows), notes=notes)
