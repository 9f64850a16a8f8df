"""What a rule would have fired on, had it been there: nothing is stored or sent."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from delivery.alerts import fires
from delivery.cases import by_case, by_firing
from delivery.facts import AlertFacts
from delivery.watch.level import State, turn
from model import Alert, Organisation, Period, Point, Rule
from stages.firing import alert_of
from stages.watch import LOOK_EVERY, STRETCHES, Look, by_subject, each_of, facts_of, level_of, load
from storage import points, sources
from storage.query.moments import Clock
from storage.search import Query, search

SHORTEST_STEP = {
    "spike": timedelta(minutes=5),
    "sentiment": timedelta(hours=1),
    "silence": timedelta(hours=1),
}
"""Between two looks at the past: a spike lasts longer than the live rule's minute."""


def rehearse(
    connection: Connection, us: Organisation, rule: Rule, *, since: datetime, now: datetime
) -> list[Alert]:
    """Return the alerts that a rule would have fired since then, oldest first. They have no id."""
    if rule.when in LOOK_EVERY:
        return list(_looked(connection, us, rule, since=since, now=now))
    return list(_asked(connection, us, rule, since=since, now=now))


def _asked(
    connection: Connection, us: Organisation, rule: Rule, *, since: datetime, now: datetime
) -> Iterator[Alert]:
    asked = Query(words=rule.query, since=since, clock=Clock(now, ZoneInfo(us.timezone)))
    # One by one: of all that is heard in a year, what fires is little.
    heard = search(connection, asked, limit=None)
    hits = [mention for mention in heard if fires(rule, mention, matches_query=True)]
    for case in by_case(reversed(hits)):
        for firing in by_firing(case, rule.cooldown):
            at = min(mention.collected_at for mention in firing if mention.collected_at is not None)
            partner = firing[0].author_partner
            yield alert_of(
                AlertFacts(organisation=us, rule=rule, mentions=firing, partner=partner, fired_at=at)
            )


def _looked(
    connection: Connection, us: Organisation, rule: Rule, *, since: datetime, now: datetime
) -> Iterator[Alert]:
    """Look again and again, from then to now, as the live rule would have."""
    listening = sources.listening_since(connection)
    if listening is None:
        return
    began = min(stretch.start for stretch in STRETCHES[rule.when](since))
    seen = by_subject(load(connection, rule, [Period(began, now)], us, now=now))
    found = [
        (at, look)
        for subject, name in points.subjects(connection, each_of(rule)).items()
        for at, look in _firings(
            rule, subject, name, seen.get(subject, ()), listening=listening, since=since, now=now
        )
    ]
    for at, look in sorted(found, key=lambda pair: (pair[0], pair[1].name)):
        yield alert_of(facts_of(connection, us, rule, look, now=at))


def _firings(
    rule: Rule,
    subject: int,
    name: str,
    seen: Sequence[Point],
    *,
    listening: datetime,
    since: datetime,
    now: datetime,
) -> Iterator[tuple[datetime, Look]]:
    state: State | None = None
    step, at = SHORTEST_STEP[rule.when], since
    while at <= now:
        level = level_of(rule, _known(rule, seen, at), state, since=listening, now=at)
        told = turn(level, state, cooldown=rule.cooldown, now=at)
        if told == "fire":
            state = State(fired_at=at, usual=level.usual, is_on=True)
            yield at, Look(subject=subject, name=name, level=level)
        elif told == "end" and state is not None:
            state = State(fired_at=state.fired_at, usual=state.usual, is_on=False)
        at += step


def _known(rule: Rule, seen: Sequence[Point], at: datetime) -> list[Point]:
    """Return what a look at that moment would have loaded; ``seen`` is in the order of collection."""
    return [
        point
        for stretch in STRETCHES[rule.when](at)
        for point in seen[_behind(seen, stretch.start) : _behind(seen, stretch.end)]
    ]


def _behind(seen: Sequence[Point], moment: datetime) -> int:
    return bisect_right(seen, moment, key=lambda point: point.collected_at)
