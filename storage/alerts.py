"""Firings of rules. A mention fires a rule once; a case that goes on joins the alert that it already has."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, Select, and_, func, insert, or_, select, update

from errors import NeedsAttention
from model import Alert, Mention
from storage.engines import insert_once
from storage.schema import alert_mentions, alerts, mentions, partners, rules

AT_ONCE = 500
"""Ids in one statement."""


def fired_before(connection: Connection, rule: str, mention_ids: Collection[int]) -> set[int]:
    """Return which of these mentions have fired this rule before."""
    found: set[int] = set()
    ids = list(mention_ids)
    for start in range(0, len(ids), AT_ONCE):
        fired = (
            select(alert_mentions.c.mention_id)
            .join(rules, rules.c.id == alert_mentions.c.rule_id)
            .where(rules.c.name == rule, alert_mentions.c.mention_id.in_(ids[start : start + AT_ONCE]))
        )
        found.update(connection.execute(fired).scalars())
    return found


def count_fired(connection: Connection, rule: str, *, since: datetime) -> int:
    """Return how many alerts this rule has fired since then."""
    fired = select(func.count()).select_from(alerts).join(rules, rules.c.id == alerts.c.rule_id)
    return connection.execute(fired.where(rules.c.name == rule, alerts.c.fired_at > since)).scalar_one()


def alert_of_case(connection: Connection, rule: str, mention: Mention, *, since: datetime) -> int | None:
    """Return the alert that this rule fired since then for the mention's case and partner, or None.

    A case is one story or one thread (design.md, section 2); another partner in it is another alert.
    """
    same = or_(
        mentions.c.story_id == mention.story_id,
        and_(
            mentions.c.channel == mention.channel,
            mentions.c.scope == mention.scope,
            mentions.c.thread_external_id == mention.thread_id,
        ),
    )
    recent = select(alerts.c.id).where(alerts.c.fired_at > since)  # by index, where a join reads every alert
    found = (
        select(alerts.c.id)
        .join(rules, rules.c.id == alerts.c.rule_id)
        .join(alert_mentions, alert_mentions.c.alert_id == alerts.c.id)
        .join(mentions, mentions.c.id == alert_mentions.c.mention_id)
        .outerjoin(partners, partners.c.id == alerts.c.partner_id)
        .where(rules.c.name == rule, alert_mentions.c.alert_id.in_(recent), same)
        .where(partners.c.name.is_not_distinct_from(mention.author_partner))
        .order_by(alerts.c.id.desc())
        .limit(1)
    )
    return connection.execute(found).scalar()


def add_alert(connection: Connection, alert: Alert) -> int:
    """Store one firing with its mentions; return its id."""
    rule = select(rules.c.id).where(rules.c.name == alert.rule).scalar_subquery()
    partner = select(partners.c.id).where(partners.c.name == alert.partner).scalar_subquery()
    row = {"kind": alert.kind, "state": alert.state, "fired_at": alert.fired_at, "text": alert.text}
    added = insert(alerts).values(rule_id=rule, partner_id=partner, **row)
    alert_id: int = connection.execute(added.returning(alerts.c.id)).scalar_one()
    join_alert(connection, alert_id, alert.mentions)
    return alert_id


def join_alert(connection: Connection, alert_id: int, mention_ids: Sequence[int]) -> None:
    """Let further mentions of a case stand under the alert that it has; each stands under a rule's first alert."""
    rule = connection.execute(select(alerts.c.rule_id).where(alerts.c.id == alert_id)).scalar_one()
    rows = [{"rule_id": rule, "mention_id": mention, "alert_id": alert_id} for mention in mention_ids]
    if rows:
        connection.execute(insert_once(connection, alert_mentions), rows)


def tell_otherwise(connection: Connection, alert_id: int, text: str) -> None:
    """Write an alert's first line anew: it has grown."""
    connection.execute(update(alerts).where(alerts.c.id == alert_id).values(text=text))


def load_alert(connection: Connection, alert_id: int) -> Alert:
    """Return one alert with the ids of its mentions in order of time."""
    return _load(connection, select(alerts.c.id).where(alerts.c.id == alert_id))[0]


def list_alerts(connection: Connection, *, limit: int = 200) -> list[Alert]:
    """Return the newest alerts, newest first, each with the ids of its mentions in order of time."""
    return _load(
        connection, select(alerts.c.id).order_by(alerts.c.fired_at.desc(), alerts.c.id.desc()).limit(limit)
    )


def _load(connection: Connection, chosen: Select[tuple[int]]) -> list[Alert]:
    asked = (
        select(alerts, rules.c.name.label("rule"), partners.c.name.label("partner"))
        .join(rules, rules.c.id == alerts.c.rule_id)
        .outerjoin(partners, partners.c.id == alerts.c.partner_id)
        .where(alerts.c.id.in_(chosen))
        .order_by(alerts.c.fired_at.desc(), alerts.c.id.desc())
    )
    rows = connection.execute(asked).all()
    members = select(alert_mentions.c.alert_id, alert_mentions.c.mention_id).where(
        alert_mentions.c.alert_id.in_(chosen)
    )
    by_alert: dict[int, list[int]] = {row.id: [] for row in rows}
    for alert, mention in connection.execute(members.order_by(alert_mentions.c.mention_id)):
        by_alert[alert].append(mention)
    return [
        Alert(
            id=row.id,
            rule=row.rule,
            kind=row.kind,
            state=row.state,
            fired_at=row.fired_at,
            partner=row.partner,
            text=row.text,
            mentions=tuple(by_alert[row.id]),
        )
        for row in rows
    ]


def unacknowledged(connection: Connection, rule: str, *, before: datetime, now: datetime) -> list[Alert]:
    """Return a rule's alerts that fired before then, that nobody has acknowledged or let rest, and of which
    only those know who were told first.
    """
    open_ones = or_(
        alerts.c.state == "open", and_(alerts.c.state == "snoozed", alerts.c.snoozed_until <= now)
    )
    late = (
        select(alerts.c.id)
        .join(rules, rules.c.id == alerts.c.rule_id)
        .where(rules.c.name == rule, open_ones, alerts.c.fired_at <= before)
        .where(alerts.c.escalated_at.is_(None))
    )
    return _load(connection, select(alerts.c.id).where(alerts.c.id.in_(late)))


def mark_escalated(connection: Connection, alert_id: int | None, *, now: datetime) -> None:
    """Say that an alert was told to the next person."""
    connection.execute(update(alerts).where(alerts.c.id == alert_id).values(escalated_at=now))


def acknowledge(connection: Connection, alert_id: int, *, now: datetime) -> None:
    """Say that a person has seen an alert and takes care of it; raise NeedsAttention when there is none."""
    _change(connection, alert_id, {"state": "acknowledged", "snoozed_until": None, "changed_at": now})


def snooze(connection: Connection, alert_id: int, *, until: datetime, now: datetime) -> None:
    """Let an alert rest until then: nobody else is told of it before; raise NeedsAttention when there is none."""
    _change(connection, alert_id, {"state": "snoozed", "snoozed_until": until, "changed_at": now})


def _change(connection: Connection, alert_id: int, values: dict[str, object]) -> None:
    if connection.execute(update(alerts).where(alerts.c.id == alert_id).values(values)).rowcount == 0:
        raise NeedsAttention(f"there is no alert {alert_id}; `earshot alerts list` names those there are")
