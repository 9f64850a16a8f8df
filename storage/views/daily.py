"""Counts by day: v_daily, over the roll-up that storage/daily.py keeps."""

from __future__ import annotations

from storage.views.speech import Column, Speech, View


def views(_speech: Speech) -> tuple[View, ...]:
    """Return the view of this file; both engines say it alike."""
    return (
        View(
            "v_daily",
            "How many mentions were published on a day, by channel, speaker and one tag. Rows of one `kind` may be "
            "added up; rows of two kinds count the same mentions twice.",
            (
                Column("day", "date", "The day in the organisation's time zone.", "d.day"),
                Column("channel", "text", "Where.", "d.channel"),
                Column("author_partner", "text", "The partner that speaks, or null.", "p.name"),
                Column("by_us", "boolean", "One of our own accounts speaks.", "d.by_us"),
                Column(
                    "kind",
                    "text",
                    "`mention` (each counts once), `sentiment`, `intent`, `need` or `concern`.",
                    "d.kind",
                ),
                Column("label", "text", "The tag; empty for `mention`.", "d.label"),
                Column("mentions", "integer", "How many.", "d.mentions"),
            ),
            "FROM daily_counts d LEFT JOIN partners p ON p.id = d.partner_id WHERE d.mentions > 0",
        ),
    )
