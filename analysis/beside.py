"""What is asked of a tier's answer beside it: feelings towards each who is named, and what our own replies propose.

It stands above any tier: a feeling towards somebody is the tier's own sentiment of the words about them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from hashlib import sha256

from analysis import aspects, proposals
from analysis.contract import Analysis, Analyzer
from model import Annotation, Mention, Organisation, Place, Reason

ASPECTS_VERSION = "aspects-1"
Asked = tuple[int, aspects.About]
"""The place of a mention among those that are analysed together, and the words about somebody in it."""


class Beside:
    """The analyser of a tier, with aspects and proposals beside its tags."""

    def __init__(self, tier: Analyzer, organisation: Organisation) -> None:
        self._tier = tier
        self._us = organisation
        self.name = tier.name
        made = f"{tier.version} {ASPECTS_VERSION} {proposals.VERSION} {organisation.timezone}"
        self.version = sha256(made.encode()).hexdigest()[:12]

    def analyze(self, mentions: Sequence[Mention]) -> Sequence[Analysis]:
        """Return one Analysis a mention, in order."""
        read = self._tier.analyze(mentions)
        felt = self._felt(mentions, read)
        return [
            self._told(mention, found, felt.get(number, ()))
            for number, (mention, found) in enumerate(zip(mentions, read, strict=True))
        ]

    def _told(self, mention: Mention, found: Analysis, felt: Sequence[Annotation]) -> Analysis:
        if mention.by_us:
            found = replace(found, proposals=tuple(self._finder.proposals(mention, found.lang)))
        return replace(found, annotations=(*found.annotations, *felt)) if felt else found  # most have none

    @cached_property
    def _finder(self) -> proposals.ProposalFinder:
        import spacy

        return proposals.ProposalFinder(spacy.blank("xx"), self._us.timezone)

    def _felt(self, mentions: Sequence[Mention], read: Sequence[Analysis]) -> Mapping[int, list[Annotation]]:
        asked = [
            (number, one)
            for number, (mention, found) in enumerate(zip(mentions, read, strict=True))
            if not found.failed
            for one in self._about(mention, found)
        ]
        parts = [(number, one) for number, one in asked if not _is_whole(mentions[number], one)]
        again = self._tier.analyze(
            [_as_mention(mentions[number], read[number], one) for number, one in parts]
        )
        apart = dict(zip(parts, again, strict=True)) if parts else {}
        felt: dict[int, list[Annotation]] = {}
        for number, one in asked:
            feeling = _feeling(apart.get((number, one), read[number]))
            if feeling is not None:
                felt.setdefault(number, []).append(_aspect(one, feeling, mentions[number]))
        return felt

    def _about(self, mention: Mention, found: Analysis) -> list[aspects.About]:
        names = [
            (one.label if one.kind == "partner" else self._us.name, why.place, why.start, why.end)
            for one in found.annotations
            if one.kind in ("partner", "us")
            for why in one.because
        ]
        places: tuple[Place, ...] = ("title", "text")
        return (
            [one for place in places for one in aspects.about(_words(mention, place), place, names)]
            if names
            else []
        )


def _words(mention: Mention, place: Place) -> str:
    return mention.title if place == "title" else mention.text


def _is_whole(mention: Mention, one: aspects.About) -> bool:
    """Tell whether the words about somebody are all that was said: then the mention's own feeling is theirs."""
    other = _words(mention, "text" if one.place == "title" else "title")
    return not other and len(_words(mention, one.place)[: one.start].strip()) == 0 == len(
        _words(mention, one.place)[one.end :].strip()
    )


def _as_mention(mention: Mention, found: Analysis, one: aspects.About) -> Mention:
    words = _words(mention, one.place)[one.start : one.end].strip()
    return Mention(
        channel=mention.channel, external_id="", text=words, lang=found.lang, author=mention.author
    )


def _feeling(found: Analysis) -> Annotation | None:
    return next((one for one in found.annotations if one.kind == "sentiment"), None)


def _aspect(one: aspects.About, feeling: Annotation, mention: Mention) -> Annotation:
    words = _words(mention, one.place)[one.start : one.end]
    return Annotation(
        kind="aspect",
        label=f"{feeling.label}: {one.target}",
        score=feeling.score,
        confidence=feeling.confidence,
        because=(
            Reason(
                one.place, one.start, one.start + len(words.rstrip()), words.rstrip(), feeling.score or 0.0
            ),
        ),
        origin=feeling.origin,
        version=ASPECTS_VERSION,
    )
