"""Cases as design.md, section 2 has them today: v_concerns."""

from __future__ import annotations

from storage.views.speech import Column, Speech, View

ROUNDS = 2
"""How often story and thread hand their case on to each other: chains of five stories and threads are one case."""


def views(speech: Speech) -> tuple[View, ...]:
    """Return the view of this file, as one engine says it."""
    return (_concerns(speech),)


# No WITH in a view: what an authorizer of SQLite is told of a name of one, a stranger's statement can take as well.
def _raised() -> str:
    reply = (
        "(SELECT min(r.published_at) FROM mentions r WHERE r.channel = m.channel AND r.scope = m.scope "
        "AND r.thread_external_id = m.thread_external_id AND r.by_us AND r.id > m.id AND r.deleted_at IS NULL)"
    )
    return (
        "SELECT m.id, m.author_partner_id AS partner_id, m.channel, m.scope, m.thread_external_id AS thread, "
        f"m.story_id AS story, m.published_at, m.waits, {reply} AS answered_at, m.story_id AS of_case "
        "FROM mentions m WHERE m.id IN "
        "(SELECT tag.mention_id FROM annotations tag WHERE tag.kind = 'concern' AND tag.label = 'yes') "
        "AND m.deleted_at IS NULL AND NOT m.by_us"
    )


def _joined() -> str:
    """Give all that hangs together by stories and threads the least story's number."""
    said = _raised()
    kept = "id, partner_id, channel, scope, thread, story, published_at, waits, answered_at"
    thread, story = "partner_id, channel, scope, thread", "partner_id, story"
    for number, by in enumerate([*([thread, story] * ROUNDS), thread]):
        least = f"min(x{number}.of_case) OVER (PARTITION BY {by})"
        said = f"SELECT {kept}, {least} AS of_case FROM ({said}) AS x{number}"
    return said


def _concerns(speech: Speech) -> View:
    cases = (
        "SELECT min(c.id) AS first_id, min(c.published_at) AS first_at, max(c.published_at) AS last_at, "
        "count(*) AS mentions, sum(CASE WHEN c.waits THEN 1 ELSE 0 END) AS unanswered, "
        "max(c.answered_at) AS answered_at, count(DISTINCT c.channel) AS channels "
        f"FROM ({_joined()}) AS c GROUP BY c.partner_id, c.of_case"
    )
    answered = "CASE WHEN g.unanswered = 0 THEN g.answered_at END"
    return View(
        "v_concerns",
        "One case: a story or a thread in which somebody raised something about us, and one speaker's partner. "
        "There is a row for each partner that raised it, and one for all others.",
        (
            Column("id", "integer", "The mention that raised it first: `v_mentions.id`.", "g.first_id"),
            Column(
                "author_partner", "text", "The partner that raised it; null: none that we know.", "p.name"
            ),
            Column("channel", "text", "Where it was raised first.", "f.channel"),
            Column("url", "text", "Where that can be read.", "f.url"),
            Column("story_id", "integer", "The story of that mention.", "f.story_id"),
            Column("thread_id", "text", "The thread of that mention.", "f.thread_external_id"),
            Column("mentions", "integer", "How many mentions raise it.", "g.mentions"),
            Column("channels", "integer", "On how many channels.", "g.channels"),
            Column("first_at", "time", "When it was raised first.", "g.first_at"),
            Column("last_at", "time", "When it was raised last.", "g.last_at"),
            Column(
                "unanswered", "integer", "How many of its mentions wait for a word of ours.", "g.unanswered"
            ),
            Column("is_answered", "boolean", "None of them waits.", "(g.unanswered = 0)"),
            Column(
                "answered_at",
                "time",
                "When the last of them was answered in public; null while one waits.",
                answered,
            ),
            Column(
                "age_hours",
                "number",
                "Hours since it was raised first.",
                speech.hours("g.first_at", speech.now),
            ),
            Column(
                "answer_hours",
                "number",
                "Hours from then to `answered_at`.",
                speech.hours("g.first_at", answered),
            ),
        ),
        f"FROM ({cases}) AS g JOIN mentions f ON f.id = g.first_id "
        "LEFT JOIN partners p ON p.id = f.author_partner_id",
    )
