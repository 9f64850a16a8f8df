"""A person's word on tags: it holds at once, and what is taken back is analysed anew at once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from model import Correction, Mention, Partner, Place, Reason
from stages.analyze import analyze_these
from stages.line import Line
from storage import corrections


def annotate(line: Line, mention_id: int, said: Sequence[Correction]) -> None:
    """Keep what a person says of a mention's tags; raise NeedsAttention where there is no such mention."""
    partners = {partner.name: partner for partner in line.settings.partners}
    with line.store.writing() as connection:
        mention = corrections.correctable(connection, mention_id)
        seen = [
            replace(one, because=spans(mention, partners[one.label])) if one.kind == "partner" else one
            for one in said
        ]
        corrections.correct(connection, mention_id, seen, now=line.now())


def undo_annotate(line: Line, mention_id: int) -> Sequence[Correction]:
    """Take back what was said last of a mention, and let the machine speak again; return what was taken back."""
    with line.store.writing() as connection:
        undone = corrections.undo_corrections(connection, mention_id, now=line.now())
    if undone:
        analyze_these(line, [mention_id])
    return undone


def spans(mention: Mention, partner: Partner) -> tuple[Reason, ...]:
    """Return where a partner stands in a mention by name or alias; nothing where a person knows it otherwise."""
    names = sorted({partner.name, *partner.aliases}, key=len, reverse=True)
    called = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, names))})(?!\w)", re.IGNORECASE)
    places: tuple[tuple[Place, str], ...] = (("title", mention.title), ("text", mention.text))
    for place, words in places:
        found = called.search(words)
        if found is not None:
            return (Reason(place, found.start(), found.end(), found[0], 1.0),)
    return ()
