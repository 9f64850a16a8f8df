"""Reading mentions: what their annotations say, who speaks, and which are one story."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from model import Annotation, AnnotationKind, Mention

SURE = 0.5
"""Confidences are calibrated: from here on a tag is rather right than wrong."""


@dataclass(frozen=True, slots=True)
class Story:
    """Mentions that are the same news, oldest first; most often just one."""

    mentions: tuple[Mention, ...]

    @property
    def lead(self) -> Mention:
        """The one to show: the first by a partner, else the first."""
        return next((mention for mention in self.mentions if mention.author_partner), self.mentions[0])

    @property
    def channels(self) -> list[str]:
        """Each channel once, in the order of first appearance."""
        return list(dict.fromkeys(mention.channel for mention in self.mentions))


def stories(mentions: Iterable[Mention]) -> list[Story]:
    """Group mentions by story, in the order of each story's first mention."""
    groups: dict[object, list[Mention]] = {}
    for mention in mentions:
        groups.setdefault(story_key(mention), []).append(mention)
    return [Story(tuple(group)) for group in groups.values()]


def story_key(mention: Mention) -> object:
    """Return what tells this mention's story from others; one without a story is its own."""
    if mention.story_id is not None:
        return mention.story_id
    return (mention.channel, mention.scope, mention.external_id, mention.id)


def voices(mentions: Iterable[Mention]) -> list[Mention]:
    """Return what the community said: everything but our own replies."""
    return [mention for mention in mentions if not mention.by_us]


def tag(mention: Mention, kind: AnnotationKind, *labels: str) -> Annotation | None:
    """Return the annotation with a kind and one of the labels (or any): a person's first, then the surest."""
    found = [a for a in mention.annotations if a.kind == kind and (not labels or a.label in labels)]
    return max(
        found, key=lambda annotation: (annotation.origin == "person", annotation.confidence), default=None
    )


def concern(mention: Mention) -> Annotation | None:
    """Return the annotation that makes the mention a concern; None where there is none, or one that says no."""
    annotation = tag(mention, "concern")
    return annotation if annotation is not None and annotation.label == "yes" else None


def sure_concern(mention: Mention) -> Annotation | None:
    """Return the annotation of a concern that is rather one than not; unsure ones come on purpose, and apart."""
    annotation = concern(mention)
    return annotation if annotation is not None and annotation.confidence >= SURE else None


def partner_concerns(mentions: Sequence[Mention]) -> list[str]:
    """Return the partners that surely raised a concern, each once, in order of first appearance."""
    return list(dict.fromkeys(m.author_partner for m in mentions if m.author_partner and sure_concern(m)))


def by_channel(mentions: Iterable[Mention]) -> dict[str, int]:
    """Count mentions by channel."""
    counts: dict[str, int] = {}
    for mention in mentions:
        counts[mention.channel] = counts.get(mention.channel, 0) + 1
    return counts
