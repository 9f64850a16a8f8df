"""Which child elements of an item mean what, by the names under which feedparser knows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from collectors.rss.plain import SCOPED, Item, NotPlain

# What feedparser would keep under these names comes from elsewhere, or is a structure that an element would break.
_RESERVED = frozenset(
    {
        *("authors", "author_detail", "contributors", "publishers", "publisher_detail", "term"),
        *("categories", "category", "tags", "enclosures", "license", "links", "guidislink", "href", "url"),
        *("content", "title_detail", "subtitle_detail", "summary_detail", "description_detail", "source"),
        *("created_parsed", "expired_parsed", "published_parsed", "updated_parsed", "validity"),
        *("date", "date_parsed", "entries", "feed", "guid", "id", "items"),
    }
)
_RESOLVED = frozenset({"comments", "docs", "icon", "logo", "wfw_comment", "wfw_commentrss"})
_KEPT = frozenset({"comments", "slash_comments", "thr_in-reply-to", "thr_total", "wfw_commentrss"})
_UNHEARD = (
    *("contributor", "dc_contributor", "dc_language", "dc_publisher", "dcterms_valid", "enclosure"),
    *("expirationdate", "generator", "itunes_block", "itunes_explicit", "itunes_image", "language"),
    *("media_content", "media_credit", "media_rating", "media_thumbnail", "webmaster"),
)

Rule = Callable[[Item, dict[str, str], str], None]


def _dated(key: str) -> Rule:
    return lambda item, _attributes, text: item.date(text, key)


_RULES: Mapping[str, Rule] = (
    dict.fromkeys(("title", "dc_title"), Item.title)
    | {"media_title": lambda item, attributes, text: item.title(attributes, text, settles=False)}
    | dict.fromkeys(
        ("description", "dc_description", "media_description"),
        lambda item, attributes, text: item.summary(attributes, text, "text/html"),
    )
    | dict.fromkeys(
        ("summary", "itunes_summary"),
        lambda item, attributes, text: item.summary(attributes, text, "text/plain"),
    )
    | {"abstract": Item.abstract}
    | dict.fromkeys(
        ("content_encoded", "fullitem"),
        lambda item, attributes, text: item.content(attributes, text, "text/html"),
    )
    | {"content": lambda item, attributes, text: item.content(attributes, text, "text/plain")}
    | {"link": Item.link, "source": Item.source}
    | dict.fromkeys(("guid", "id"), Item.guid)
    | dict.fromkeys(("published", "issued", "pubdate", "dcterms_issued"), _dated("published_parsed"))
    | dict.fromkeys(
        ("updated", "modified", "lastbuilddate", "dc_date", "dcterms_modified"), _dated("updated_parsed")
    )
    | dict.fromkeys(("created", "dcterms_created"), _dated("created_parsed"))
    | dict.fromkeys(("author", "managingeditor", "dc_author", "dc_creator", "itunes_author"), Item.author)
    | dict.fromkeys(("category", "keywords", "dc_subject"), Item.category)
    | dict.fromkeys(
        ("copyright", "dc_rights", "itunes_subtitle", "rights", "subtitle", "tagline"), Item.aside
    )
    | dict.fromkeys(_UNHEARD, Item.nothing)
)
PEOPLE = frozenset({"author", "managingeditor", "dc_author", "dc_creator", "itunes_author"})
PARTS_OF_PEOPLE = {
    "name": "name",
    "itunes_name": "name",
    "email": "email",
    "itunes_email": "email",
    "uri": "href",
    "url": "href",
    "homepage": "href",
}


def hear(item: Item, name: str, attributes: dict[str, str], text: str) -> None:
    """Take in a child element without elements of its own."""
    if attributes:
        for scoped in SCOPED:
            if scoped in attributes:
                item.scope(attributes[scoped])
    rule = _RULES.get(name)
    if rule is not None:
        rule(item, attributes, text)
    elif name in _RESERVED or item.frame.is_handled(name):
        raise NotPlain
    elif name in _KEPT:
        item.said[name] = attributes or item.output(text, resolve=name in _RESOLVED)
