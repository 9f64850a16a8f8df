"""Looking at what the rules watch that wait for counts: a spike, a shift of sentiment, a silence."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from collectors.attempts import silence_of
from delivery.facts import AlertFacts
from delivery.watch import sentiment, silence, spike
from delivery.watch.level import Level, State, turn
from errors import NeedsAttention
from model import Alert, Organisation, Period, Point, Rule
from stages.firing import fire
from stages.line import Line
from storage import chores, points, reading, sources, watches
from storage.engines import is_trouble, one_at_a_time
from storage.purges import count_purges, hold_purges
from storage.query.moments import Clock

log = logging.getLogger(__name__)

LOOK_EVERY = {
    "spike": timedelta(minutes=1),
    "sentiment": timedelta(minutes=10),
    "silence": timedelta(hours=1),
}
"""A spike is a matter of minutes; a silence is one of days, and its look goes through what was heard for months."""
STRETCHES = {"spike": spike.stretches, "sentiment": sentiment.stretches, "silence": silence.stretches}
QUOTED = 20
"""Mentions that are read for a letter; the rest is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One partner's or source's counts as a rule sees them, and what the look leads to."""

    subject: int
    name: str
    level: Level
    purges: int = 0  # how often words had been taken out of the store by then


def watch(line: Line) -> list[Alert]:
    """Look at every rule that watches counts and whose time has come; return what fired. One rule stops no other."""
    now, fired = line.now(), []
    rules = [rule for rule in line.settings.rules if rule.when in LOOK_EVERY]
    if not rules:
        return []
    with line.store.reading() as connection:
        due = {kind for kind, every in LOOK_EVERY.items() if _is_time(connection, kind, every, now=now)}
    for rule in rules:
        if rule.when in due:
            fired += _look_at(line, rule)
    if kinds := due & {rule.when for rule in rules}:
        line.store.write(partial(_mark_looked, kinds, now))
    return fired


def level_of(
    rule: Rule, seen: Sequence[Point], state: State | None, *, since: datetime, now: datetime
) -> Level:
    """Return how it stands with one partner, source or topic; ``since`` is when we began to listen."""
    if rule.when == "spike":
        return spike.spike(seen, state, at_least=rule.at_least, since=since, now=now)
    if rule.when == "sentiment":
        return sentiment.shift(seen, state, at_least=rule.at_least, now=now)
    return silence.silence(seen, state, at_least=rule.at_least, since=since, now=now, rhythm=silence_of)


def each_of(rule: Rule) -> points.Each:
    """Return what a rule watches one by one; a silence is always somebody's."""
    return "partner" if rule.when == "silence" and rule.each is None else rule.each


def by_subject(seen: Iterable[Point]) -> dict[int, list[Point]]:
    """Sort points by whose they are."""
    found: dict[int, list[Point]] = defaultdict(list)
    for point in seen:
        found[point.subject].append(point)
    return found


def load(
    connection: Connection, rule: Rule, stretches: Sequence[Period], us: Organisation, *, now: datetime
) -> list[Point]:
    """Return the points that a rule watches."""
    return points.load_points(
        connection,
        rule.query,
        each=each_of(rule),
        partners_only=rule.from_whom == "partners",
        stretches=stretches,
        clock=Clock(now, ZoneInfo(us.timezone)),
    )


def facts_of(
    connection: Connection, us: Organisation, rule: Rule, look: Look, *, now: datetime
) -> AlertFacts:
    """Return what an alert about a look is written from."""
    each = each_of(rule)
    return AlertFacts(
        organisation=us,
        rule=rule,
        mentions=reading.load_mentions(connection, look.level.mentions[:QUOTED]),
        partner=look.name if each == "partner" else None,
        source=look.name if each == "source" else "",
        fired_at=now,
        more=max(len(look.level.mentions) - QUOTED, 0),
        level=look.level,
    )


def _look_at(line: Line, rule: Rule) -> list[Alert]:
    try:
        with line.store.reading() as connection:
            looks = list(_looks(line, connection, rule))
        return [alert for look in looks for alert in line.store.write(partial(_act, line, rule, look))]
    except NeedsAttention as error:  # a saved search is gone
        log.error("rule %r watches nothing until it is mended: %s", rule.name, error)
        return []
    except Exception as error:
        if is_trouble(error):
            raise
        log.exception("a bug while looking at what a rule watches", extra={"rule": rule.name})
        return []


def _looks(line: Line, connection: Connection, rule: Rule) -> list[Look]:
    """Return only what leads to something: most looks find that all is as it was."""
    now, each = line.now(), each_of(rule)
    since = sources.listening_since(connection)
    if since is None:
        return []
    seen = by_subject(load(connection, rule, STRETCHES[rule.when](now), line.settings.organisation, now=now))
    deaf = points.unheard(connection, each, since=now - silence.LOOKED_BACK) if rule.when == "silence" else ()
    known = _states(watches.load_watches(connection, rule.name, rule.when))
    found = []
    for subject, name in points.subjects(connection, each).items():
        state = known.get(subject)
        if subject in deaf or (subject not in seen and state is None):
            continue
        level = level_of(rule, seen.get(subject, ()), state, since=since, now=now)
        if turn(level, state, cooldown=rule.cooldown, now=now) != "stay":
            found.append(Look(subject=subject, name=name, level=level, purges=count_purges(connection)))
    return found


def _act(line: Line, rule: Rule, look: Look, connection: Connection) -> list[Alert]:
    """Do what a look leads to, unless another process has done it meanwhile."""
    if hold_purges(connection) != look.purges:
        return []  # words were taken out meanwhile: the next look sees without them
    one_at_a_time(connection, "rules")
    now = line.now()
    state = _states(watches.load_watches(connection, rule.name, rule.when)).get(look.subject)
    told = turn(look.level, state, cooldown=rule.cooldown, now=now)
    if told == "end":
        watches.end_watch(connection, rule.name, look.subject, now=now)
    if told != "fire":
        return []
    facts = facts_of(connection, line.settings.organisation, rule, look, now=now)
    alert = fire(line, connection, facts)
    assert alert.id is not None
    watches.begin_watch(connection, rule.name, look.subject, alert_id=alert.id, usual=look.level.usual)
    return [alert]


def _states(known: Mapping[int, watches.Watched]) -> dict[int, State]:
    return {
        subject: State(fired_at=one.fired_at, usual=one.usual, is_on=one.is_on)
        for subject, one in known.items()
    }


def _is_time(connection: Connection, kind: str, every: timedelta, *, now: datetime) -> bool:
    return chores.is_time(connection, f"look for {kind}", every, now=now)


def _mark_looked(kinds: Iterable[str], now: datetime, connection: Connection) -> None:
    for kind in kinds:
        chores.mark_done(connection, f"look for {kind}", now=now)
