"""Thanks and praise: what went well, in the words of those who say so."""

from __future__ import annotations

from gettext import NullTranslations
from zoneinfo import ZoneInfo

from delivery.facts import DigestFacts
from delivery.items import item
from delivery.page import Limits, Section
from delivery.voices import Story, stories, story_key, tag, voices
from model import Annotation


def thanks_section(
    facts: DigestFacts, shown: set[object], limits: Limits, zone: ZoneInfo, w: NullTranslations
) -> Section | None:
    """Return the surest thanks and praise that the letter has not quoted yet, and how many there were in all."""
    found = [story for story in stories(voices(facts.mentions)) if _kind_words(story)]
    fresh = [story for story in found if story_key(story.lead) not in shown]
    best = sorted(fresh, key=_sureness, reverse=True)[: limits.thanks]
    if not best:
        return None
    shown.update(story_key(story.lead) for story in best)
    left = len(found) - len(best)
    notes = (_more(left, f"{facts.period.start.astimezone(zone):%Y-%m-%d}", w),)
    told_at = facts.period.end
    items = tuple(
        item(story, _kind_words(story), zone=zone, w=w, words=limits.words, told_at=told_at) for story in best
    )
    return Section(heading=w.gettext("Thanks and praise"), items=items, notes=notes if left else ())


def _more(left: int, since: str, w: NullTranslations) -> str:
    sentence = w.ngettext("{n} more kind word.", "{n} more kind words.", left).format(n=left)
    command = f"earshot search 'intent:thanks OR intent:praise' --since {since}"
    return f"{sentence} " + w.gettext("See all: {command}").format(command=command)


def _kind_words(story: Story) -> Annotation | None:
    return tag(story.lead, "intent", "thanks", "praise")


def _sureness(story: Story) -> float:
    annotation = _kind_words(story)
    return annotation.confidence if annotation else 0.0
