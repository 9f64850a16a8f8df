"""What a cycle would do now, from what the store knows: for a dry run. Nothing is claimed, written, asked or sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from delivery.digest import digest_letter, is_empty
from delivery.message import recipient_of
from errors import EarshotError
from model import Digest
from stages.digest import due
from stages.facts import digest_facts
from stages.line import Line
from storage import outbox, undone
from storage.outbox import KeptMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedDigest:
    """A digest that would be written and sent; ``subject`` is empty where it would be left out as empty."""

    digest: str
    recipient: str
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is due: sources to be read, mentions to be analysed and matched, digests to be written, letters to go.

    Reading the sources may bring more of each.
    """

    sources: Sequence[str]
    unanalyzed: int
    unmatched: int
    digests: Sequence[PlannedDigest]
    letters: Sequence[KeptMessage]


def plan(line: Line) -> Plan:
    """Return what is due now."""
    now = line.now()
    with line.store.reading() as connection:
        sources = undone.due_source_names(connection, now=now)
        unanalyzed, unmatched = undone.counts(connection)
        letters = outbox.load_messages(connection, undone.due_letters(connection, now=now))
    return Plan(
        sources=sources,
        unanalyzed=unanalyzed,
        unmatched=unmatched,
        digests=[each for digest in line.settings.digests for each in _planned(line, digest)],
        letters=letters,
    )


def _planned(line: Line, digest: Digest) -> list[PlannedDigest]:
    found: list[PlannedDigest] = []
    for recipient in digest.to:
        try:
            period = due(line, digest, recipient)
            if period is None:
                continue
            facts = digest_facts(line, digest, recipient, period)
            left_out = digest.when_empty == "skip" and is_empty(facts)
            subject = "" if left_out else digest_letter(facts).subject
            found.append(
                PlannedDigest(digest=digest.name, recipient=recipient_of(recipient), subject=subject)
            )
        except EarshotError as error:  # no address: the others are planned nevertheless
            found.append(
                PlannedDigest(digest=digest.name, recipient=recipient, subject=f"cannot be sent: {error}")
            )
    return found
