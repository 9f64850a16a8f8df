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
    return [promise for promise in _open(facts) if promise.due_on and promise.due_on < _today(facts)]


def pressing(facts: DigestFacts) -> list[Promised]:
    """Return the promises that a day must not be skipped for: due by tomorrow, or overdue for less than a week."""
    today = _today(facts)
    near = range(-A_WEEK, 2)
    return [promise for promise in _open(facts) if promise.due_on and (promise.due_on - today).days in near]


def promises_section(facts: DigestFacts, limits: Limits, w: NullTranslations) -> Section | None:
    """Return a row for each promise, in the order of their days, each linked to the reply that made it.

    What was kept, broken or renegotiated in the period says so once; after that it is told no more.
    """
    if not facts.promises:
        return None
    today = _today(facts)
    rows = tuple(_row(promise, today, w) for promise in facts.promises[-limits.rows :])
    left = len(facts.promises) - len(rows)
    notes = []
    if left:
        notes.append(
            w.ngettext("{n} more is not shown.", "{n} more are not shown.", left).format(n=left)
            + " "
            + w.gettext("See all: {command}").format(command="earshot promise list --state accepted")
        )
    if overdue(facts):
        notes.append(
            w.gettext("One that was kept is closed by its number ({keep} …): {command}").format(
                keep="promise keep", command="earshot promise list"
            )
        )
    return Section(
        heading=w.gettext("Promised by us"),
        tone="warning" if overdue(facts) else "plain",
        table=Table(columns=(w.gettext("What we said"), w.gettext("Day")), rows=rows),
        notes=tuple(notes),
    )


def _open(facts: DigestFacts) -> list[Promised]:
    return [promise for promise in facts.promises if promise.outcome == "open"]


def _today(facts: DigestFacts) -> date:
    return facts.period.end.astimezone(ZoneInfo(facts.organisation.timezone)).date()


def _row(promise: Promised, today: date, w: NullTranslations) -> Row:
    what = f"“{shortened(promise.what, WORDS)}”"
    if promise.to_whom:
        what = w.gettext("to {whom}: {what}").format(whom=shortened(promise.to_whom, NAME), what=what)
    return Row(cells=(what, _how_it_stands(promise, today, w)), link=safe_link(promise.url))


def _how_it_stands(promise: Promised, today: date, w: NullTranslations) -> str:
    if promise.outcome == "kept":
        return w.gettext("kept")
    if promise.outcome == "broken":
        return w.gettext("broken")
    when = _when(promise.due_on, today, w) if promise.due_on else w.gettext("no day")
    if promise.moved_from is None:
        return when
    return w.gettext("{when}; it was {day}").format(when=when, day=local_day(promise.moved_from, w))


def _when(due_on: date, today: date, w: NullTranslations) -> str:
    days = (due_on - today).days
    if days < 0:
        return w.ngettext("{n} day overdue", "{n} days overdue", -days).format(n=-days)
    if days == 0:
        return w.gettext("today")
    return w.gettext("tomorrow") if days == 1 else local_day(due_on, w)
