"""The third stage: ask every rule about what was analysed, and put the letters of what fires into the outbox."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from delivery.alerts import alert_letter, alert_line, fires
from delivery.cases import after_quiet_hours, by_case, escalates_at
from delivery.facts import AlertFacts
from delivery.message import alert_message
from errors import NeedsAttention
from model import Alert, Mention, Rule
from stages.line import Line
from storage import alerts, claims, outbox, reading, schema
from storage.annotations import mark_matched, unmatched
from storage.engines import is_trouble
from storage.query.moments import Clock
from storage.search import matching

log = logging.getLogger(__name__)

MATCHED_AT_ONCE = 500
AFTER_A_BUG = timedelta(hours=1)
"""A mention at which our own code fails is asked about again after this long."""


def match(line: Line) -> list[Alert]:
    """Ask every rule about each mention that was analysed since; put the letters of what fires into the outbox."""
    fired: list[Alert] = []
    while True:
        asked, told = line.store.write(partial(_ask_next, line))
        fired += told
        if not asked:
            break
    _escalate(line)
    return fired


def _ask_next(line: Line, connection: Connection) -> tuple[int, list[Alert]]:
    """Ask about the next batch; return how many mentions it had, and what fired."""
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
    mentions = reading.load_mentions(connection, ids)
    fired: list[Alert] = []
    clock = Clock(line.now(), ZoneInfo(line.settings.organisation.timezone))
    for rule in line.settings.rules:
        hits = matching(connection, rule.query, ids, clock=clock) if rule.query else set(ids)
        fired += _fire(line, connection, rule, mentions, hits)
    mark_matched(connection, ids)
    return fired


def _fire(
    line: Line, connection: Connection, rule: Rule, mentions: Sequence[Mention], hits: set[int]
) -> list[Alert]:
    now = line.now()
    fresh: list[Mention] = []
    for mention in mentions:
        if mention.id is None or not fires(rule, mention, matches_query=mention.id in hits):
            continue
        if alerts.has_fired(connection, rule.name, mention.id):
            continue
        known = alerts.alert_of_case(connection, rule.name, mention, since=now - rule.cooldown)
        if known is None:
            fresh.append(mention)
        else:
            alerts.join_alert(connection, known, [mention.id])
    return [_alert(line, connection, rule, case, now=now) for case in by_case(fresh)]


def _alert(
    line: Line, connection: Connection, rule: Rule, case: Sequence[Mention], *, now: datetime
) -> Alert:
    us = line.settings.organisation
    facts = AlertFacts(
        organisation=us, rule=rule, mentions=case, partner=case[0].author_partner, fired_at=now
    )
    ids = tuple(mention.id for mention in case if mention.id is not None)
    alert = Alert(
        rule=rule.name,
        kind=rule.when,
        fired_at=now,
        text=alert_line(facts),
        partner=facts.partner,
        mentions=ids,
    )
    alert = replace(alert, id=alerts.add_alert(connection, alert))
    facts = replace(facts, alert_id=alert.id)
    not_before = after_quiet_hours(rule, now, us.timezone)
    _put_alert(line, connection, facts, rule.notify, f"alert-{alert.id}", not_before=not_before)
    return alert


def _put_alert(
    line: Line,
    connection: Connection,
    facts: AlertFacts,
    recipients: Sequence[str],
    case: str,
    *,
    not_before: datetime,
) -> None:
    letter, sender = alert_letter(facts), line.sender
    ids = [mention.id for mention in facts.mentions if mention.id is not None]
    for recipient in recipients:
        try:
            message = alert_message(letter, facts, recipient=recipient, case=case, from_address=sender)
        except NeedsAttention as error:  # no address at all: the others are told nevertheless
            log.error("%s", error)
            continue
        outbox.put(connection, message, ids, now=line.now(), not_before=not_before)


def _escalate(line: Line) -> None:
    """Tell the next person of alerts that nobody has acknowledged in time."""
    now = line.now()
    for rule in line.settings.rules:
        if rule.escalate is None:
            continue
        with line.store.writing() as connection:
            late = alerts.unacknowledged(connection, rule.name, before=now - rule.escalate.after, now=now)
            for alert in late:
                if (
                    escalates_at(rule, rule.escalate, alert.fired_at, line.settings.organisation.timezone)
                    > now
                ):
                    continue
                _tell_the_next(line, connection, rule, rule.escalate.to, alert)
                alerts.mark_escalated(connection, alert.id, now=now)


def _tell_the_next(line: Line, connection: Connection, rule: Rule, to: Sequence[str], alert: Alert) -> None:
    """Put the letters about an alert into the outbox; one about which none can be written stops no other."""
    letters = connection.begin_nested()
    try:
        _put_escalated(line, connection, rule, to, alert)
        letters.commit()
    except Exception as error:
        if is_trouble(error):
            raise
        letters.rollback()
        log.exception("a bug while telling the next person", extra={"alert": alert.id})


def _put_escalated(line: Line, connection: Connection, rule: Rule, to: Sequence[str], alert: Alert) -> None:
    us = line.settings.organisation
    heard = reading.load_mentions(connection, alert.mentions)
    case = [mention for mention in heard if mention.deleted_at is None]
    if not case:  # all of it was taken back
        return
    facts = AlertFacts(
        organisation=us,
        rule=rule,
        mentions=case,
        partner=alert.partner,
        fired_at=alert.fired_at,
        alert_id=alert.id,
    )
    not_before = after_quiet_hours(rule, line.now(), us.timezone)
    _put_alert(line, connection, facts, to, f"escalated-{alert.id}", not_before=not_before)
