"""What a digest says of itself where it covers more than its own day."""

from __future__ import annotations

from gettext import NullTranslations

from delivery.facts import DigestFacts
from delivery.periods import days_without_letter


def catch_up_line(facts: DigestFacts, w: NullTranslations) -> str:
    """Return a sentence where digests before this one did not go out, and it covers their time; else nothing."""
    days = days_without_letter(facts.digest, facts.period)
    if not days:
        return ""
    return w.ngettext(
        "No digest went out on {n} day before: this one covers it too.",
        "No digest went out on {n} days before: this one covers them too.",
        days,
    ).format(n=days)
