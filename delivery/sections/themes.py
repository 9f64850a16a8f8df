"""What several people spoke about: stories told more than once, and needs, each with real quotations and links."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from gettext import NullTranslations
from zoneinfo import ZoneInfo

from delivery.facts import DigestFacts
from delivery.items import NAME, TITLE, item
from delivery.page import Limits, Section, Theme
from delivery.quote import NOTHING, shortened
from delivery.sections.usual import differs, is_known, of_now
from delivery.voices import Story, stories, story_key, tag, voices
from delivery.words import listed, number

_LABEL = re.compile(r"[a-z_-]+")


def themes_section(
    facts: DigestFacts, shown: set[object], limits: Limits, zone: ZoneInfo, w: NullTranslations
) -> Section | None:
    """Return the largest themes, and add what they quote to ``shown``; a mention is quoted once in a letter."""
    told = stories(voices(facts.mentions))
    repeated = [group for group in _repeated(told) if story_key(group.stories[0].lead) not in shown]
    groups = sorted(
        [*_needs(told), *repeated], key=lambda group: (-group.size, group.need is None, group.need or "")
    )
    themes: list[Theme] = []
    unquoted: list[str] = []
    for group in groups:
        best = _best(group, shown, limits.quotes) if len(themes) < limits.themes else []
        if best:
            shown.update(story_key(story.lead) for story in best)
            themes.append(_theme(group, best, facts, limits, zone, w))
        elif group.need is not None:
            unquoted.append(f"{need_title(group.need, w)} ({group.size})")
    if not groups:
        return None
    notes = [w.gettext("Also: {themes}.").format(themes=listed(unquoted, w, limit=12))] if unquoted else []
    first = next((group.need for group in groups if group.need is not None), None)
    if first is not None and _LABEL.fullmatch(first):
        since = f"{facts.period.start.astimezone(zone):%Y-%m-%d}"
        command = f"earshot search need:{first} --since {since}"
        notes.append(w.gettext("All of one theme: {command}").format(command=command))
    return Section(heading=w.gettext("Themes"), themes=tuple(themes), notes=tuple(notes))


def need_title(label: str, w: NullTranslations) -> str:
    """Return a need as a heading; a label of somebody's own taxonomy as it is."""
    titles = {
        "information": w.gettext("Information: when, where, how"),
        "communication": w.gettext("Being answered and heard"),
        "access": w.gettext("Getting in and taking part"),
        "resources": w.gettext("Money, goods, people"),
        "reliability": w.gettext("That it comes as promised"),
        "quality": w.gettext("That it is good enough"),
        "safety": w.gettext("Safety"),
        "fairness": w.gettext("Fair treatment"),
        "capacity": w.gettext("Skills and guidance"),
        "collaboration": w.gettext("Working together"),
    }
    return titles.get(label) or shortened(label, NAME)


@dataclass(frozen=True, slots=True)
class _Group:
    """Stories that share a need; or, without one, a single story that was told more than once."""

    need: str | None
    stories: tuple[Story, ...]

    @property
    def size(self) -> int:
        return sum(len(story.mentions) for story in self.stories)


def _needs(told: Sequence[Story]) -> list[_Group]:
    groups: dict[str, list[Story]] = {}
    for story in told:
        labels = {a.label for mention in story.mentions for a in mention.annotations if a.kind == "need"}
        for label in sorted(labels):
            groups.setdefault(label, []).append(story)
    return [_Group(label, tuple(group)) for label, group in groups.items()]


def _repeated(told: Sequence[Story]) -> list[_Group]:
    """Stories that were told more than once and ask for nothing: those that do stand among the needs."""
    return [
        _Group(None, (story,))
        for story in told
        if len(story.mentions) > 1 and not any(tag(mention, "need") for mention in story.mentions)
    ]


def _best(group: _Group, shown: set[object], n: int) -> list[Story]:
    """The stories that show a group best and that the letter has not quoted yet: the surest, of several voices."""
    fresh = [story for story in group.stories if story_key(story.lead) not in shown]
    surest = sorted(fresh, key=lambda story: -_sureness(story, group.need))
    voices_heard: dict[str, Story] = {}
    for story in surest:
        voices_heard.setdefault(story.lead.author.handle if story.lead.author else "", story)
    taken = {story_key(story.lead) for story in voices_heard.values()}
    others = [story for story in surest if story_key(story.lead) not in taken]
    return [*voices_heard.values(), *others][:n]


def _theme(
    group: _Group,
    best: Sequence[Story],
    facts: DigestFacts,
    limits: Limits,
    zone: ZoneInfo,
    w: NullTranslations,
) -> Theme:
    items = tuple(
        item(
            story,
            tag(story.lead, "need", group.need) if group.need else None,
            zone=zone,
            w=w,
            words=limits.words,
            told_at=facts.period.end,
        )
        for story in best
    )
    title = need_title(group.need, w) if group.need else _title_of(group.stories[0])
    return Theme(
        title=title,
        count=_count(group, facts, w),
        items=tuple(replace(shown, title=NOTHING) if str(shown.title) == title else shown for shown in items),
    )


def _count(group: _Group, facts: DigestFacts, w: NullTranslations) -> str:
    said = w.ngettext("{n} mention", "{n} mentions", group.size).format(n=group.size)
    if group.need is None or facts.week is None or not is_known(facts):
        return said
    week, month = (
        None if usual is None else usual.by_tag.get(("need", group.need), 0.0)
        for usual in (facts.week, facts.month)
    )
    now = sum(1 for mention in of_now(facts) if tag(mention, "need", group.need))
    if not differs(now, week, month):
        return said
    return w.gettext("{mentions}, usually {usual}").format(mentions=said, usual=number(week or 0, w))


def _title_of(story: Story) -> str:
    return shortened(story.lead.title or story.lead.text, TITLE)


def _sureness(story: Story, need: str | None) -> float:
    annotation = tag(story.lead, "need", need) if need else None
    return annotation.confidence if annotation else 0.0
