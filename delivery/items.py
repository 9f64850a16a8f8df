"""From a mention to the item that a letter shows: who, where, when, which words, and the way to the original."""

from __future__ import annotations

import re
from datetime import datetime
from gettext import NullTranslations
from zoneinfo import ZoneInfo

from delivery.links import safe_link
from delivery.page import Item, Words
from delivery.quote import shortened, strongest, titled
from delivery.voices import Story, by_channel
from delivery.words import channel_name, listed, near
from model import BY_TRANSPORT, MAILTO, Annotation, Mention

NAME = 80  # longest name shown, in code points
TITLE = 120
_LANGUAGE = re.compile(r"[a-z]{2,3}")


def item(
    story: Story,
    annotation: Annotation | None,
    *,
    zone: ZoneInfo,
    w: NullTranslations,
    words: int,
    told_at: datetime,
    why: str = "",
    age: str = "",
    is_new: str = "",
) -> Item:
    """Return a story as its leading mention, quoted around what earned the annotation."""
    lead = story.lead
    reason = strongest(annotation.because) if annotation else None
    moment = said_at(lead)
    title, quote = titled(lead, reason, title=TITLE, words=words)
    return Item(
        who=who(lead, w),
        partner=shortened(lead.author_partner or "", NAME),
        where=where(lead, w),
        when=near(moment, told_at, zone, w) if moment else w.gettext("undated"),
        age=age,
        is_new=is_new,
        lang=lead.lang if lead.lang and _LANGUAGE.fullmatch(lead.lang) else "",
        title=title,
        quote=quote,
        why=why,
        also=_also(story, w),
        link=safe_link(lead.url),
    )


def item_words(w: NullTranslations) -> Words:
    """Return the words that every item of a letter repeats."""
    return Words(
        link=w.gettext("Open the original"),
        why=w.gettext("Why here"),
        partner=w.gettext("partner"),
        waits=w.gettext("waits"),
    )


def who(mention: Mention, w: NullTranslations) -> str:
    """Return the speaker as people know them: the account's name, else its handle, else the partner."""
    author = mention.author
    name = (author.name or author.handle) if author else ""
    return shortened(name or mention.author_partner or "", NAME) or w.gettext("Somebody")


def where(mention: Mention, w: NullTranslations) -> str:
    """Return the channel and the sources that heard it: ``Reddit, r-foodbanks``."""
    return ", ".join([shortened(channel_name(mention.channel, w), NAME), *_sources(mention)])


def bare(address: str) -> str:
    """Return an e-mail address as people write it, the name of any other way out in quotes."""
    if address.startswith(BY_TRANSPORT):
        return f"“{address.removeprefix(BY_TRANSPORT)}”"
    return address[len(MAILTO) :] if address.lower().startswith(MAILTO) else address


def said_at(mention: Mention) -> datetime | None:
    """When it was said, as far as anybody knows."""
    return mention.published_at or mention.collected_at


def _sources(mention: Mention) -> list[str]:
    return [shortened(source, NAME) for source in mention.sources[:2]]


def _also(story: Story, w: NullTranslations) -> str:
    """Where else a story was told, counted by channel."""
    if len(story.mentions) < 2:
        return ""
    counted = by_channel(story.mentions)
    if len(counted) == 1:
        only = shortened(channel_name(next(iter(counted)), w), NAME)
        return w.gettext("told {n} times on {channel}").format(n=len(story.mentions), channel=only)
    counts = [f"{shortened(channel_name(c, w), NAME)} {n}" for c, n in counted.items()]
    return w.gettext("told {n} times: {where}").format(
        n=len(story.mentions), where=listed(counts, w, limit=6)
    )
