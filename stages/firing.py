"""One firing of a rule becomes an alert and its letters, in the caller's transaction."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from delivery.alerts import alert_letter, alert_line
from delivery.cases import after_quiet_hours
from delivery.facts import AlertFacts
from delivery.message import alert_message
from errors import NeedsAttention
from model import Alert, Message
from stages.line import Line
from storage import alerts, outbox

log = logging.getLogger(__name__)


def alert_of(facts: AlertFacts) -> Alert:
    """Return the alert that these facts are, as it would be stored."""
    return Alert(
        rule=facts.rule.name,
        kind=facts.rule.when,
        fired_at=facts.fired_at,
        text=alert_line(facts),
        partner=facts.partner,
        mentions=facts.level.mentions if facts.level else _ids(facts),
    )


def fire(
    line: Line, connection: Connection, facts: AlertFacts, *, gathered: timedelta = timedelta()
) -> Alert:
    """Store an alert and put its letters into the outbox; they wait for the quiet hours' end, or to be gathered."""
    alert = alert_of(facts)
    alert = replace(alert, id=alerts.add_alert(connection, alert))
    facts = replace(facts, alert_id=alert.id)
    at = after_quiet_hours(facts.rule, facts.fired_at + gathered, line.settings.organisation.timezone)
    put_letters(line, connection, facts, facts.rule.notify, f"alert-{alert.id}", not_before=at)
    return alert


def grow(line: Line, connection: Connection, facts: AlertFacts) -> None:
    """Tell an alert anew that has grown while its letters wait to be gathered."""
    assert facts.alert_id is not None
    alerts.tell_otherwise(connection, facts.alert_id, alert_line(facts))
    for message in _messages(line, facts, facts.rule.notify, f"alert-{facts.alert_id}"):
        outbox.write_anew(connection, message)


def put_letters(
    line: Line,
    connection: Connection,
    facts: AlertFacts,
    recipients: Sequence[str],
    case: str,
    *,
    not_before: datetime,
) -> None:
    """Put one letter for each recipient into the outbox."""
    for message in _messages(line, facts, recipients, case):
        outbox.put(connection, message, _ids(facts), now=line.now(), not_before=not_before)


def _messages(line: Line, facts: AlertFacts, recipients: Sequence[str], case: str) -> list[Message]:
    letter, written = alert_letter(facts), []
    for recipient in recipients:
        try:
            written.append(
                alert_message(letter, facts, recipient=recipient, case=case, from_address=line.sender)
            )
        except NeedsAttention as error:  # no address at all: the others are told nevertheless
            log.error("%s", error)
    return written


def _ids(facts: AlertFacts) -> tuple[int, ...]:
    return tuple(mention.id for mention in facts.mentions if mention.id is not None)
