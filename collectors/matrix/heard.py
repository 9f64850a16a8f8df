"""What to make of some events: messages, edits of messages that stand elsewhere, what is gone. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from collectors.matrix.wire import Edit, Gone, Moved, Said, Sealed, edited, external_id, read_event
from model import Mention


@dataclass(slots=True)
class Heard:
    """Mentions by external id; edits of messages that are not among them, by room and event."""

    mentions: dict[str, Mention] = field(default_factory=dict)
    edits: dict[tuple[str, str], list[Edit]] = field(default_factory=dict)
    gone: dict[str, None] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)


def heard_in(told: Mapping[str, Sequence[object]], scope: str, *, now: datetime) -> Heard:
    """Read the events of some rooms, oldest first in each."""
    heard = Heard()
    for room, events in told.items():
        sealed = 0
        for place, event in enumerate(events, start=1):
            try:
                meaning = read_event(event, room, scope, now=now)
            except ValueError as error:
                heard.skipped.append(f"room {room}, event {place} of the page: {error}")
                continue
            if isinstance(meaning, Said):
                _add(heard, meaning.mention)
            elif isinstance(meaning, Edit):
                _edit(heard, room, meaning)
            elif isinstance(meaning, Gone):
                heard.gone[meaning.external_id] = None
            elif isinstance(meaning, Moved):
                heard.skipped.append(f"room {room} goes on as {meaning.room}: join it, and put it into rooms")
            sealed += isinstance(meaning, Sealed)
        if sealed:
            heard.skipped.append(f"room {room}: {sealed} encrypted messages cannot be read")
    return heard


def _add(heard: Heard, mention: Mention) -> None:
    """Add a message; an answer to one of this page joins its conversation."""
    parent = heard.mentions.get(mention.parent_id or "")
    if parent is not None and mention.thread_id == mention.parent_id:
        mention = replace(mention, thread_id=parent.thread_id)
    heard.mentions[mention.external_id] = mention


def _edit(heard: Heard, room: str, edit: Edit) -> None:
    """Put new words in the place of the old ones; those of a message that is not here wait for it."""
    before = heard.mentions.get(external_id(room, edit.event))
    if before is not None:
        heard.mentions[before.external_id] = edited(before, edit)
    else:
        heard.edits.setdefault((room, edit.event), []).append(edit)
