"""The digest: one recipient's period as a letter that leads with what matters and says what was not heard.

Pure: the same facts give the same bytes. It knows no store, no clock and no network.
"""

from __future__ import annotations

from gettext import NullTranslations
from zoneinfo import ZoneInfo

from delivery.facts import DigestFacts, Letter
from delivery.html import to_html
from delivery.items import NAME, bare, item_words, who
from delivery.page import Limits, Page, Section
from delivery.plain import to_plain
from delivery.quote import in_one_line, shortened, strongest
from delivery.sections.catch_up import catch_up_line
from delivery.sections.changes import changes_section
from delivery.sections.channels import channels_section
from delivery.sections.coverage import answers_line, coverage_section, troubled
from delivery.sections.partners import partners_section
from delivery.sections.promises import overdue, pressing, promises_section
from delivery.sections.thanks import thanks_section
from delivery.sections.themes import themes_section
from delivery.sections.waiting import because, chosen_stories, waiting_section, waiting_stories
from delivery.voices import partner_concerns, story_key, voices
from delivery.words import day_and_time, listed, words
from model import Organisation

PREVIEW = 90
LARGEST = 100_000  # bytes of HTML; Gmail cuts a letter off at 102 KB
LADDER = (
    Limits(),
    Limits(waiting=8, briefly=8, themes=5, quotes=1, thanks=3, rows=15, words=240),
    Limits(waiting=5, briefly=5, themes=3, quotes=1, thanks=2, rows=10, words=200),
    Limits(waiting=3, briefly=3, themes=3, quotes=1, thanks=1, rows=5, words=120),
    Limits(waiting=1, briefly=1, themes=1, quotes=1, thanks=1, rows=2, words=80),
)


def is_empty(facts: DigestFacts) -> bool:
    """Return whether there is nothing to tell, so that ``when_empty = "skip"`` may send nothing.

    False as soon as somebody spoke or waits for us or a promise comes due, and also when a source is in trouble: a
    silent failure must not look like a quiet day.
    """
    in_trouble = any(troubled(source, facts.period) for source in facts.sources)
    return not (voices(facts.mentions) or waiting_stories(facts) or pressing(facts) or in_trouble)


def digest_letter(facts: DigestFacts) -> Letter:
    """Return the letter, its HTML at most LARGEST bytes: where there is more, less of each part is shown."""
    subject = subject_line(facts)
    for limits in LADDER:
        page = digest_page(facts, limits)
        html = to_html(page, title=subject)
        if len(html.encode()) <= LARGEST:
            break
    return Letter(subject=subject, text=to_plain(page), html=html)


def subject_line(facts: DigestFacts) -> str:
    """Return the state in one line: ``Riverside: 3 wait for an answer, 41 new, Northside raised a concern``."""
    w = words(facts.digest.language)
    return f"{short_name(facts.organisation)}: {', '.join(_state(facts, w))}"


def short_name(organisation: Organisation) -> str:
    """Return what people call the organisation: its first alias, or its name where it has none."""
    return shortened((*organisation.aliases, organisation.name)[0], NAME)


def digest_page(facts: DigestFacts, limits: Limits) -> Page:
    """Return the letter's parts in their order, those without anything to say left out."""
    w = words(facts.digest.language)
    zone = ZoneInfo(facts.digest.timezone)
    state = ", ".join(_state(facts, w))
    return Page(
        language=facts.digest.language,
        heading=shortened(facts.organisation.name, NAME),
        subheading=w.gettext("{digest} digest, {start} to {end} ({zone})").format(
            digest=shortened(facts.digest.name, NAME).capitalize(),
            start=day_and_time(facts.period.start, zone, w),
            end=day_and_time(facts.period.end, zone, w),
            zone=facts.digest.timezone,
        ),
        lead=f"{state[:1].upper()}{state[1:]}. {catch_up_line(facts, w)}".rstrip(),
        sections=_sections(facts, limits, zone, w),
        preview=_preview(facts, w),
        footer=_footer(facts, w),
        words=item_words(w),
    )


def _sections(facts: DigestFacts, limits: Limits, zone: ZoneInfo, w: NullTranslations) -> tuple[Section, ...]:
    shown: set[object] = {story_key(story.lead) for story in chosen_stories(facts, limits)}
    sections = [waiting_section(facts, limits, zone, w), promises_section(facts, limits, w)]
    if voices(facts.mentions):
        sections += [
            changes_section(facts, w),
            themes_section(facts, shown, limits, zone, w),
            thanks_section(facts, shown, limits, zone, w),
        ]
    sections += [
        partners_section(facts, limits, zone, w),
        channels_section(facts, limits, w) if voices(facts.mentions) else None,
        coverage_section(facts, limits, zone, w),
    ]
    return tuple(section for section in sections if section is not None)


def _state(facts: DigestFacts, w: NullTranslations) -> list[str]:
    parts = []
    waiting = len(waiting_stories(facts)) + facts.waiting_beyond
    if waiting:
        parts.append(
            w.ngettext("{n} waits for an answer", "{n} wait for an answer", waiting).format(n=waiting)
        )
    new = len(voices(facts.mentions))
    parts.append(w.ngettext("{n} new", "{n} new", new).format(n=new) if new else w.gettext("nothing new"))
    partners = [shortened(partner, 40) for partner in partner_concerns(voices(facts.mentions))]
    if partners:
        sentence = w.ngettext("{partners} raised a concern", "{partners} raised concerns", len(partners))
        most = 2 if len(partners) == 2 else 1  # a list within a list is hard to read
        parts.append(sentence.format(partners=listed(partners, w, limit=most)))
    late = len([promise for promise in overdue(facts) if promise in pressing(facts)])
    if late:
        parts.append(w.ngettext("{n} promise overdue", "{n} promises overdue", late).format(n=late))
    if not new or any(troubled(source, facts.period) for source in facts.sources):
        parts.append(answers_line(facts, w))
    return parts


def _preview(facts: DigestFacts, w: NullTranslations) -> str:
    """The words that a mail program shows behind the subject: of who waits longest, and of a partner first."""
    first = chosen_stories(facts, Limits(waiting=1))
    if not first:
        return ""
    tagged = because(first[0].lead)
    said = in_one_line(first[0].lead, strongest(tagged.because) if tagged else None, limit=PREVIEW)
    return f"{who(first[0].lead, w)}: “{said}”"


def _footer(facts: DigestFacts, w: NullTranslations) -> tuple[str, ...]:
    since = facts.period.start.astimezone(ZoneInfo(facts.digest.timezone))
    return (
        w.gettext("See all that was said: {command}").format(
            command=f'earshot search "" --since {since:%Y-%m-%d}'
        ),
        w.gettext(
            "Written by Earshot for {recipient}, from what was said in public. To stop it, answer with the word "
            "unsubscribe, or take the address out of the digest “{digest}”."
        ).format(recipient=shortened(bare(facts.recipient), NAME), digest=shortened(facts.digest.name, NAME)),
    )
