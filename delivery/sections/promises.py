"""What we promised in public: what is due, and what should have been done by now."""

from __future__ import annotations

from datetime import date
from gettext import NullTranslations
from zoneinfo import ZoneInfo

from delivery.facts import DigestFacts, Promised
from delivery.items import NAME
from delivery.links import safe_link
from delivery.page import Limits, Row, Section, Table
from delivery.quote import shortened
from delivery.words import local_day

WORDS = 160
A_WEEK = 7


def overdue(facts: DigestFacts) -> list[Promised]:
    """Return the promises whose day was over when the period ended, by the organisation's clock."""
    return [promise for promise in facts.promises if promise.due_on < _today(facts)]


def pressing(facts: DigestFacts) -> list[Promised]:
    """Return the promises that a day must not be skipped for: due by tomorrow, or overdue for less than a week."""
    today = _today(facts)
    near = range(-A_WEEK, 2)
    return [promise for promise in facts.promises if (promise.due_on - today).days in near]


def promises_section(facts: DigestFacts, limits: Limits, w: NullTranslations) -> Section | None:
    """Return a row for each promise, in the order of their days, each linked to the reply that made it."""
    if not facts.promises:
        return None
    today = _today(facts)
    rows = tuple(_row(promise, today, w) for promise in facts.promises[-limits.rows :])
    left = len(facts.promises) - len(rows)
    notes = (
        w.ngettext("{n} more is overdue.", "{n} more are overdue.", left).format(n=left)
        + " "
        + w.gettext("See all: {command}").format(command="earshot promise list --state accepted"),
    )
    return Section(
        heading=w.gettext("Promised by us"),
        tone="warning" if overdue(facts) else "plain",
        table=Table(columns=(w.gettext("What we said"), w.gettext("Day")), rows=rows),
        notes=notes if left else (),
    )


def _today(facts: DigestFacts) -> date:
    return facts.period.end.astimezone(ZoneInfo(facts.organisation.timezone)).date()


def _row(promise: Promised, today: date, w: NullTranslations) -> Row:
    what = f"“{shortened(promise.what, WORDS)}”"
    if promise.to_whom:
        what = w.gettext("to {whom}: {what}").format(whom=shortened(promise.to_whom, NAME), what=what)
    return Row(cells=(what, _when(promise.due_on, today, w)), link=safe_link(promise.url))


def _when(due_on: date, today: date, w: NullTranslations) -> str:
    days = (due_on - today).days
    if days < 0:
        return w.ngettext("{n} day overdue", "{n} days overdue", -days).format(n=-days)
    if days == 0:
        return w.gettext("today")
    return w.gettext("tomorrow") if days == 1 else local_day(due_on, w)
