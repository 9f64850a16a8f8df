"""Who speaks and where we listen: v_partners, v_sources, v_source_health."""

from __future__ import annotations

from storage.views.speech import Column, Speech, View


def views(speech: Speech) -> tuple[View, ...]:
    """Return the views of this file, as one engine says them."""
    return _partners(speech), _sources(), _source_health()


def _partners(speech: Speech) -> View:
    theirs = "FROM mentions m WHERE m.author_partner_id = p.id AND m.deleted_at IS NULL"
    concern = (
        "SELECT 1 FROM annotations t WHERE t.mention_id = m.id AND t.kind = 'concern' AND t.label = 'yes'"
    )
    return View(
        "v_partners",
        "One organisation or person that we are in a relationship with.",
        (
            Column("name", "text", "How the partner is called.", "p.name"),
            Column(
                "aliases",
                "text",
                "Other names, with `; ` between; null: none.",
                speech.joined("alias", "partner_aliases x WHERE x.partner_id = p.id"),
            ),
            Column(
                "handles",
                "text",
                "Accounts as `channel:account`, with `; ` between; null: none.",
                speech.joined("channel || ':' || handle", "handles x WHERE x.partner_id = p.id"),
            ),
            Column("created_at", "time", "When Earshot came to know of it.", "p.created_at"),
            Column(
                "removed_at", "time", "When it left the configuration; its mentions stay.", "p.removed_at"
            ),
            Column(
                "mentions",
                "integer",
                "How many mentions are the partner's own.",
                f"(SELECT count(*) {theirs})",
            ),
            Column(
                "concerns",
                "integer",
                "How many of these raise a concern.",
                f"(SELECT count(*) {theirs} AND EXISTS ({concern}))",
            ),
            Column(
                "unanswered",
                "integer",
                "How many of these wait for a word of ours.",
                f"(SELECT count(*) {theirs} AND m.waits)",
            ),
            Column("first_at", "time", "When it was heard first.", f"(SELECT min(m.published_at) {theirs})"),
            Column("last_at", "time", "When it was heard last.", f"(SELECT max(m.published_at) {theirs})"),
        ),
        "FROM partners p WHERE p.id IS NOT NULL",
    )


def _sources() -> View:
    return View(
        "v_sources",
        "One place that Earshot listens to, or has listened to. Its settings may be private, and are not here.",
        (
            Column("name", "text", "How the source is called.", "s.name"),
            Column("channel", "text", "The kind of place; `note` is what people wrote down.", "s.channel"),
            Column("partner", "text", "The partner whose voice it is, or null.", "p.name"),
            Column("every_seconds", "integer", "How often it is read.", "s.every_seconds"),
            Column("provisioned", "boolean", "It stands in the configuration file.", "s.provisioned"),
            Column("created_at", "time", "When Earshot began to listen.", "s.created_at"),
            Column("paused_at", "time", "When it was paused; null: it is not.", "s.paused_at"),
            Column("removed_at", "time", "When it was removed; its mentions stay.", "s.removed_at"),
            Column(
                "mentions",
                "integer",
                "How many mentions it has brought, those of other sources and those taken back among them.",
                "(SELECT count(*) FROM mention_sources seen WHERE seen.source_id = s.id)",
            ),
        ),
        "FROM sources s LEFT JOIN partners p ON p.id = s.partner_id WHERE s.id IS NOT NULL",
    )


def _source_health() -> View:
    paused = "s.paused_at IS NOT NULL"
    return View(
        "v_source_health",
        "How each source that is listened to is doing: whether silence means that nothing was said.",
        (
            Column("source", "text", "The source: `v_sources.name`.", "s.name"),
            Column("channel", "text", "The kind of place.", "s.channel"),
            Column(
                "status",
                "text",
                "`ok`, `quiet` (longer silent than usual), `waiting`, `failing` or `off`.",
                f"CASE WHEN {paused} THEN 'off' ELSE s.status END",
            ),
            Column(
                "reason",
                "text",
                "Why, and what to do; empty while all is well.",
                f"CASE WHEN {paused} THEN 'paused' ELSE s.reason END",
            ),
            Column("failures", "integer", "How many readings failed in a row.", "s.failures"),
            Column("last_attempt_at", "time", "When it was read last.", "s.last_attempt_at"),
            Column("last_success_at", "time", "When that last went well.", "s.last_success_at"),
            Column("last_new_at", "time", "When it last brought something new.", "s.last_new_at"),
            Column(
                "next_attempt_at",
                "time",
                "When it is read next; null: not until a person acts.",
                "s.next_attempt_at",
            ),
            Column(
                "silence_seconds",
                "integer",
                "A silence longer than this is unusual here; null: too little is known.",
                "s.silence_seconds",
            ),
            Column(
                "quota_left", "integer", "What the service still allows, where it says so.", "s.quota_left"
            ),
            Column("quota_until", "time", "Until when that holds.", "s.quota_until"),
        ),
        "FROM sources s WHERE s.removed_at IS NULL AND s.channel <> 'note'",
    )
