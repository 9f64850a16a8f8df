"""What an alert tells a program: the facts of its letter, as JSON that stays the same. Pure.

docs/reference/webhook.schema.json describes it. Within a VERSION fields may join, and none changes or goes.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from delivery.alerts import alert_line
from delivery.cases import escalates_at
from delivery.facts import AlertFacts, DigestFacts
from delivery.happened import earned_by, is_sure
from delivery.items import NAME, TITLE
from delivery.links import safe_link
from delivery.quote import quoted, shortened, strongest
from delivery.watch.level import Level
from model import Json, Mention, utc

VERSION = 1
MOST = 20  # mentions that are told one by one; the others are counted
WORDS = 600  # of a quotation

Severity = Literal["urgent", "warning", "notice"]


def severity(facts: AlertFacts) -> Severity:
    """Return how soon a person should look: a sure concern at once, a rush or a shift today, all else in time."""
    if facts.rule.when == "concern":
        return "urgent" if is_sure(facts) else "warning"
    return "warning" if facts.rule.when in ("spike", "sentiment") else "notice"


def alert_told(facts: AlertFacts) -> dict[str, Json]:
    """Return who, where, what and why of an alert; times in UTC, ids of mentions as text (they pass 2^53)."""
    rule, mentions = facts.rule, facts.mentions[:MOST]
    alert: dict[str, Json] = {
        "id": facts.alert_id,
        "kind": rule.when,
        "severity": severity(facts),
        "fired_at": _at(facts.fired_at),
        "line": alert_line(facts),
        "partner": facts.partner,
        "source": facts.source or None,
        "rule": {"name": rule.name, "when": rule.when, "from": rule.from_whom, "query": rule.query},
        "count": None if facts.level is None else _count(facts.level, rule.when),
        "n_mentions": len(facts.mentions) + facts.more,
        "mentions": [_mention(facts, mention) for mention in mentions],
        "escalates_at": _escalates(facts),
    }
    return {"version": VERSION, "alert": alert}


def digest_told(facts: DigestFacts) -> dict[str, Json]:
    """Return which digest it is, and of which period."""
    period: dict[str, Json] = {"start": _at(facts.period.start), "end": _at(facts.period.end)}
    digest: dict[str, Json] = {"name": facts.digest.name, "period": period}
    return {"version": VERSION, "digest": digest}


def _mention(facts: AlertFacts, mention: Mention) -> dict[str, Json]:
    earned = earned_by(facts, mention)
    reason = strongest(earned.because) if earned else None
    author = mention.author
    return {
        "id": None if mention.id is None else str(mention.id),
        "channel": mention.channel,
        "sources": list(mention.sources),
        "url": safe_link(mention.url),
        "who": shortened((author.name or author.handle) if author else "", NAME) or None,
        "account": shortened(author.handle, NAME) if author else None,
        "partner": mention.author_partner,
        "title": shortened(mention.title, TITLE),
        "quotation": str(quoted(mention, reason, limit=WORDS)),
        "because": shortened(reason.text, WORDS) if reason else None,
        "confidence": None if earned is None else round(earned.confidence, 3),
        "tags": sorted({f"{tag.kind}:{tag.label}" for tag in mention.annotations}),
        "lang": mention.lang,
        "published_at": _at(mention.published_at),
        "collected_at": _at(mention.collected_at),
    }


def _count(level: Level, kind: str) -> dict[str, Json]:
    """Return what was counted, in the terms of its kind: docs/alerts.md says what each means."""
    if kind == "spike":
        return {"last_hour": level.count, "usual": round(level.usual, 2)}
    if kind == "sentiment":
        negative, among = level.before
        return {
            "negative": level.count,
            "among": level.among,
            "since": _at(level.since),
            "negative_before": negative,
            "among_before": among,
        }
    return {"silent_since": _at(level.since), "usual_pause_seconds": int(level.span.total_seconds())}


def _escalates(facts: AlertFacts) -> str | None:
    rule = facts.rule
    if rule.escalate is None:
        return None
    return _at(escalates_at(rule, rule.escalate, facts.fired_at, facts.organisation.timezone))


def _at(moment: datetime | None) -> str | None:
    return None if moment is None else f"{utc(moment):%Y-%m-%dT%H:%M:%SZ}"
