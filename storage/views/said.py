"""What was said, and what analysis or a person says of it: v_mentions, v_annotations, v_needs."""

from __future__ import annotations

from storage.views.speech import Column, Speech, View


def views(speech: Speech) -> tuple[View, ...]:
    """Return the views of this file, as one engine says them."""
    return _mentions(), _annotations(speech), _needs(speech)


def _tag(mention: str, kind: str, value: str) -> str:
    """The first tag of a kind: by the order of the table's key, so that it is found without sorting."""
    return (
        f"(SELECT tag.{value} FROM annotations tag WHERE tag.mention_id = {mention} AND tag.kind = '{kind}' "
        "ORDER BY tag.label, tag.n LIMIT 1)"
    )


def _mentions() -> View:
    brought = (
        "(SELECT places.name FROM mention_sources seen JOIN sources places ON places.id = seen.source_id "
        "WHERE seen.mention_id = m.id ORDER BY seen.first_seen_at, places.name LIMIT 1)"
    )
    concern = (
        "EXISTS (SELECT 1 FROM annotations tag WHERE tag.mention_id = m.id "
        "AND tag.kind = 'concern' AND tag.label = 'yes')"
    )
    return View(
        "v_mentions",
        "One thing that somebody said in one place: a post, comment, article, message, or a note of a talk. What was "
        "taken back or erased is not here.",
        (
            Column("id", "integer", "The mention. Ids follow publication. They pass 2^53.", "m.id"),
            Column("channel", "text", "The kind of place: `rss`, `reddit`, `mastodon` …", "m.channel"),
            Column("scope", "text", "Where `external_id` is unique; often empty.", "m.scope"),
            Column("external_id", "text", "What the channel calls the mention.", "m.external_id"),
            Column("url", "text", "Where it can be read; empty where the channel has no address.", "m.url"),
            Column("source", "text", "The source that brought it first.", brought),
            Column("author", "text", "The account that speaks; null where nobody is named.", "a.handle"),
            Column("author_name", "text", "The name that the account shows; may be empty.", "a.name"),
            Column("author_partner", "text", "The partner that speaks; null: none that we know.", "p.name"),
            Column("by_us", "boolean", "One of our own accounts speaks.", "m.by_us"),
            Column("title", "text", "The title; often empty.", "m.title"),
            Column("text", "text", "What was said, as plain text, after the latest edit.", "m.text"),
            Column(
                "lang",
                "text",
                "The language, ISO 639-1; null before analysis.",
                "coalesce(m.lang, m.lang_hint)",
            ),
            Column("published_at", "time", "When it was said: for searches and trends.", "m.published_at"),
            Column(
                "undated",
                "boolean",
                "The channel gave no date: `published_at` is when it was collected.",
                "m.undated",
            ),
            Column("collected_at", "time", "When Earshot met it: for digests and alerts.", "m.collected_at"),
            Column("edited_at", "time", "When it was edited last; null: never.", "m.edited_at"),
            Column(
                "sentiment",
                "text",
                "`negative`, `neutral`, `positive`; null before analysis.",
                _tag("m.id", "sentiment", "label"),
            ),
            Column("score", "number", "The sentiment from -1 to 1.", _tag("m.id", "sentiment", "score")),
            Column("is_concern", "boolean", "Somebody raises something about us.", concern),
            Column(
                "is_unanswered",
                "boolean",
                "A concern, or a question to us, without a later word of ours in its thread.",
                "m.waits",
            ),
            Column("story_id", "integer", "Equal for copies of the same news.", "m.story_id"),
            Column("parent_id", "text", "The `external_id` that it answers.", "m.parent_external_id"),
            Column(
                "thread_id",
                "text",
                "The `external_id` that began its conversation, in the same channel and scope.",
                "m.thread_external_id",
            ),
        ),
        "FROM mentions m LEFT JOIN authors a ON a.id = m.author_id "
        "LEFT JOIN partners p ON p.id = m.author_partner_id WHERE m.deleted_at IS NULL",
    )


def _said_of_it(speech: Speech) -> tuple[Column, ...]:
    return (
        Column("confidence", "number", "From 0 to 1.", "t.confidence"),
        Column("words", "text", "The words that earned the tag.", speech.reason("t.because", "text", "text")),
        Column("origin", "text", "Who says so: `model`, `rule` or `person`.", "t.origin"),
        Column("version", "text", "Of the analysis that said so.", "t.version"),
    )


def _annotations(speech: Speech) -> View:
    return View(
        "v_annotations",
        "One tag of a mention: what analysis, or a person, says of it.",
        (
            Column("mention_id", "integer", "The mention: `v_mentions.id`.", "t.mention_id"),
            Column(
                "kind",
                "text",
                "`sentiment`, `intent`, `need`, `concern`, `partner`, `us` or `aspect`.",
                "t.kind",
            ),
            Column("label", "text", "What is said of it; of a partner, the name.", "t.label"),
            Column("n", "integer", "0; counts on where one label stands in a text more than once.", "t.n"),
            Column("score", "number", "Of a sentiment, from -1 to 1; else null.", "t.score"),
            *_said_of_it(speech),
            Column(
                "place",
                "text",
                "Where the words stand: `text` or `title`.",
                speech.reason("t.because", "in", "text"),
            ),
            Column(
                "span_start",
                "integer",
                "Where they begin, in code points.",
                speech.reason("t.because", "start", "integer"),
            ),
            Column(
                "span_end",
                "integer",
                "Where they end (half-open).",
                speech.reason("t.because", "end", "integer"),
            ),
        ),
        "FROM annotations t JOIN mentions m ON m.id = t.mention_id WHERE m.deleted_at IS NULL",
    )


def _needs(speech: Speech) -> View:
    return View(
        "v_needs",
        "One need that a speaker has: help, information, access, safety … A mention may have several.",
        (
            Column("mention_id", "integer", "The mention: `v_mentions.id`.", "t.mention_id"),
            Column("need", "text", "What is needed, as the taxonomy calls it.", "t.label"),
            *_said_of_it(speech),
            Column("channel", "text", "Where it was said.", "m.channel"),
            Column("author_partner", "text", "The partner that speaks, or null.", "p.name"),
            Column("by_us", "boolean", "One of our own accounts speaks.", "m.by_us"),
            Column("published_at", "time", "When it was said.", "m.published_at"),
        ),
        "FROM annotations t JOIN mentions m ON m.id = t.mention_id "
        "LEFT JOIN partners p ON p.id = m.author_partner_id WHERE t.kind = 'need' AND m.deleted_at IS NULL",
    )
