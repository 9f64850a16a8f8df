"""Telling the next person of alerts that nobody has acknowledged in time."""

from __future__ import annotations

import logging

from sqlalchemy import Connection

from delivery.cases import after_quiet_hours, escalates_at
from delivery.facts import AlertFacts
from model import Alert, Escalation, Rule
from stages.firing import put_letters
from stages.line import Line
from storage import alerts, reading
from storage.engines import is_trouble
from storage.purges import hold_purges

log = logging.getLogger(__name__)

QUOTED = 20
"""Mentions of an alert that are read again for its letter; the rest is counted."""


def escalate(line: Line) -> None:
    """Put the letters to the next person into the outbox, where their time has come."""
    now, zone = line.now(), line.settings.organisation.timezone
    for rule in line.settings.rules:
        if rule.escalate is None:
            continue
        with line.store.writing() as connection:
            hold_purges(connection)
            late = alerts.unacknowledged(connection, rule.name, before=now - rule.escalate.after, now=now)
            for alert in late:
                if escalates_at(rule, rule.escalate, alert.fired_at, zone) <= now:
                    _tell_the_next(line, connection, rule, rule.escalate, alert)
                    alerts.mark_escalated(connection, alert.id, now=now)


def _tell_the_next(
    line: Line, connection: Connection, rule: Rule, escalation: Escalation, alert: Alert
) -> None:
    """Put the letters about an alert into the outbox; one about which none can be written stops no other."""
    letters = connection.begin_nested()
    try:
        _put(line, connection, rule, escalation, alert)
        letters.commit()
    except Exception as error:
        if is_trouble(error):
            raise
        letters.rollback()
        log.exception("a bug while telling the next person", extra={"alert": alert.id})


def _put(line: Line, connection: Connection, rule: Rule, escalation: Escalation, alert: Alert) -> None:
    us = line.settings.organisation
    heard = reading.load_mentions(connection, alert.mentions[:QUOTED])
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
        more=len(alert.mentions) - len(heard),
        line=_line(rule, alert),
    )
    not_before = after_quiet_hours(rule, line.now(), us.timezone)
    put_letters(line, connection, facts, escalation.to, f"escalated-{alert.id}", not_before=not_before)


def _line(rule: Rule, alert: Alert) -> str:
    """Return what was told of counts, which are others by now, without the rule's name; nothing for other kinds."""
    if rule.when in ("keyword", "concern"):
        return ""
    head, bracket, tail = alert.text.rpartition(" (")
    return head if bracket and tail.endswith(")") else alert.text
