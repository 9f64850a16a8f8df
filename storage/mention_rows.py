"""A mention as a row of the store: when it was said, what is said, and by whom."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select

from model import Mention
from storage.authors import AuthorKey, author_key
from storage.ids import EPOCH
from storage.schema import sources
from storage.stored_words import content_hash
from storage.words import length_of_title, search_text
from text import token_list

VOICE = select(sources.c.partner_id).where(sources.c.id == bindparam("source"))
"""The partner whose voice a source is."""


def when_said(mention: Mention, *, now: datetime) -> dict[str, object]:
    """Return the clock of publication, and whether it is only the time of collection for want of a better."""
    published = mention.published_at
    undated = published is None or not EPOCH <= published <= now + timedelta(days=1)
    return {"published_at": now if undated else published, "undated": undated}


def words_of(mention: Mention) -> tuple[dict[str, object], dict[str, object]]:
    """Return what a mention says, and the search text by which it is found."""
    title_words, words = token_list(mention.title), token_list(mention.text)  # once: they take long
    said: dict[str, object] = {
        "url": mention.url,
        "title": mention.title,
        "text": mention.text,
        "content_hash": content_hash(mention),
        "lang_hint": mention.lang,
        "edited_at": mention.edited_at,
        "parent_external_id": mention.parent_id,
        "thread_external_id": mention.thread_id or mention.external_id,
        "raw": mention.raw,
    }
    found_by = search_text(title_words, words, mention.lang)
    return said, {"said": found_by, "title_length": length_of_title(title_words, found_by)}


def speaker_of(
    mention: Mention, people: Mapping[AuthorKey, tuple[int, int | None, bool]], voice: int | None
) -> dict[str, object]:
    """Return who speaks: a known handle comes before the partner whose voice the source is."""
    key = author_key(mention)
    row, partner, ours = people[key] if key is not None else (None, None, False)
    return {"author_id": row, "author_partner_id": voice if partner is None else partner, "by_us": ours}
