"""The third stage: ask every rule about what was analysed, and put the letters of what fires into the outbox."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from delivery.alerts import fires
from delivery.cases import FLOOD_LASTS, by_case, gathered_for, told_together
from delivery.facts import AlertFacts
from delivery.voices import concern
from model import Alert, Mention, Rule
from stages.escalate import escalate
from stages.firing import fire, grow
from stages.line import Line
from stages.watch import watch
from storage import alerts, claims, reading, schema, watches
from storage.annotations import mark_matched, unmatched
from storage.batch import Batch, indexed
from storage.engines import is_trouble
from storage.purges import hold_purges
from storage.query.moments import Clock

log = logging.getLogger(__name__)

MATCHED_AT_ONCE = 1_000
QUOTED = 20
"""Mentions of a flood that are read again when it grows; the rest is counted."""
AFTER_A_BUG = timedelta(hours=1)
"""A mention at which our own code fails is asked about again after this long."""


def match(line: Line) -> list[Alert]:
    """Ask every rule about each mention that was analysed since; put the letters of what fires into the outbox.

    Then look at the counts that other rules watch, and tell the next person of what nobody has acknowledged.
    """
    fired: list[Alert] = []
    while True:
        asked, told = line.store.write(partial(_ask_next, line))
        fired += told
        if not asked:
            break
    fired += watch(line)
    escalate(line)
    return fired


def _ask_next(line: Line, connection: Connection) -> tuple[int, list[Alert]]:
    """Ask about the next batch; return how many mentions it had, and what fired."""
    hold_purges(connection)  # else what is forgotten meanwhile would come back in a letter
    ids = unmatched(connection, now=line.now(), limit=MATCHED_AT_ONCE)
    return len(ids), _ask_all(line, connection, ids)


def _ask_all(line: Line, connection: Connection, ids: Sequence[int]) -> list[Alert]:
    """Ask the rules about a batch; where that breaks, about each mention alone, so that all others are told of."""
    batch = connection.begin_nested()
    try:
        fired = _ask(line, connection, ids)
        batch.commit()
        return fired
    except Exception as error:
        if is_trouble(error):  # the store's own is nobody's fault here
            raise
        batch.rollback()
        if len(ids) > 1:
            return [alert for row in ids for alert in _ask_all(line, connection, [row])]
        log.exception("a bug while asking the rules", extra={"mention": ids[0]})
        claims.put_off(connection, schema.mentions, ids, until=line.now() + AFTER_A_BUG)
        return []


def _ask(line: Line, connection: Connection, ids: Sequence[int]) -> list[Alert]:
    if not ids:
        return []
    heard = reading.load_mentions(connection, ids)
    clock = Clock(line.now(), ZoneInfo(line.settings.organisation.timezone))
    fired: list[Alert] = []
    with indexed(connection, ids, clock=clock) as batch:
        for rule, found in matched(line.settings.rules, heard, batch):
            fired += _fire(line, connection, rule, found)
    mark_matched(connection, ids)
    return fired


def matched(
    rules: Sequence[Rule], heard: Sequence[Mention], batch: Batch
) -> Iterator[tuple[Rule, list[Mention]]]:
    """Yield each rule that fires on single mentions, with those of a batch on which it does."""
    by_id = {mention.id: mention for mention in heard if mention.id is not None}
    raised = [row for row, mention in by_id.items() if concern(mention) is not None]
    for rule in rules:
        if rule.when not in ("concern", "keyword"):
            continue
        hits = batch.matching(rule.query) if rule.query else None
        asked = raised if rule.when == "concern" else list(by_id)
        found = [by_id[row] for row in asked if hits is None or row in hits]
        found = [mention for mention in found if fires(rule, mention, matches_query=True)]
        if found:
            yield rule, found


def _fire(line: Line, connection: Connection, rule: Rule, found: Sequence[Mention]) -> list[Alert]:
    known = alerts.fired_before(connection, rule.name, [mention.id for mention in found if mention.id])
    fresh = [mention for mention in found if mention.id not in known]
    if not fresh or _joins_the_flood(line, connection, rule, fresh):
        return []
    now = line.now()
    if alerts.count_fired(connection, rule.name, since=now - rule.cooldown):
        fresh = [mention for mention in fresh if not _joins(line, connection, rule, mention)]
    cases = by_case(fresh)
    told_lately = alerts.count_fired(connection, rule.name, since=now - FLOOD_LASTS)
    if told_together(cases, told_lately=told_lately):
        return [_fire_together(line, connection, rule, fresh)]
    return [fire(line, connection, _facts(line, rule, case, case[0].author_partner)) for case in cases]


def _joins(line: Line, connection: Connection, rule: Rule, mention: Mention) -> bool:
    """Let a mention stand under the alert that its case has; return whether there is one."""
    since = line.now() - rule.cooldown
    known = alerts.alert_of_case(connection, rule.name, mention, since=since)
    if known is not None and mention.id is not None:
        alerts.join_alert(connection, known, [mention.id])
    return known is not None


def _fire_together(line: Line, connection: Connection, rule: Rule, fresh: Sequence[Mention]) -> Alert:
    """Fire one alert for many cases; its letters wait for what still comes."""
    now = line.now()
    before = watches.load_watches(connection, rule.name, rule.when).get(watches.FLOOD)
    lately = before is not None and before.fired_at > now - FLOOD_LASTS
    gathered = gathered_for(told_together_lately=lately)
    facts = _facts(line, rule, fresh, _the_partner(fresh))
    alert = fire(line, connection, facts, gathered=gathered)
    assert alert.id is not None
    seconds = gathered.total_seconds()
    watches.begin_watch(connection, rule.name, watches.FLOOD, alert_id=alert.id, usual=seconds)
    return alert


def _joins_the_flood(line: Line, connection: Connection, rule: Rule, fresh: Sequence[Mention]) -> bool:
    """Let mentions stand under an alert for many cases whose letters still wait; return whether there is one."""
    flood = watches.load_watches(connection, rule.name, rule.when).get(watches.FLOOD)
    now = line.now()
    if flood is None or now >= flood.fired_at + timedelta(seconds=flood.usual):
        return False
    alerts.join_alert(connection, flood.alert_id, [mention.id for mention in fresh if mention.id])
    alert = alerts.load_alert(connection, flood.alert_id)
    quoted = reading.load_mentions(connection, alert.mentions[:QUOTED])
    facts = AlertFacts(
        organisation=line.settings.organisation,
        rule=rule,
        mentions=[mention for mention in quoted if mention.deleted_at is None],
        partner=alert.partner,
        fired_at=alert.fired_at,
        alert_id=alert.id,
        more=len(alert.mentions) - len(quoted),
    )
    if facts.mentions:
        grow(line, connection, facts)
    return True


def _facts(line: Line, rule: Rule, case: Sequence[Mention], partner: str | None) -> AlertFacts:
    return AlertFacts(
        organisation=line.settings.organisation,
        rule=rule,
        mentions=case,
        partner=partner,
        fired_at=line.now(),
    )


def _the_partner(mentions: Sequence[Mention]) -> str | None:
    """Return the partner of all of them, None where they are of several or of nobody."""
    partners = {mention.author_partner for mention in mentions}
    return partners.pop() if len(partners) == 1 else None
