"""What a program is told of an alert: documented, stable, complete, and no word of it unclean."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from delivery.alerts import alert_letter, alert_line
from delivery.digest import digest_letter
from delivery.facts import AlertFacts
from delivery.message import alert_message, digest_message
from delivery.watch.level import Level
from delivery.webhook import payload
from model import Author, Escalation, Rule
from tests.delivery_facts import NOW, RULE, a_day, an_alert, said, tagged
from tests.references import valid
from tests.test_delivery_html import PAYLOADS
from tests.test_delivery_webhook import DOCUMENT

FROM = "Earshot <earshot@rfn.example>"


def posted(facts: AlertFacts) -> Any:
    """What a webhook is sent of an alert, read as its reader would."""
    letter = alert_letter(facts)
    message = alert_message(letter, facts, recipient="transport:desk", case="alert-12", from_address=FROM)
    return valid("webhook", json.loads(payload(message, NOW)))


def test_an_alert_tells_who_where_what_and_why() -> None:
    """Version 1, word for word: programs of others read it. A field that changes here needs another version."""
    told = posted(an_alert())

    assert told["type"] == "earshot.alert"
    assert told["data"]["version"] == 1
    assert told["data"]["alert"] == {
        "id": 12,
        "kind": "concern",
        "severity": "urgent",
        "fired_at": "2026-03-28T06:30:00Z",
        "line": alert_line(an_alert()),
        "partner": "Northside Shelter",
        "source": None,
        "rule": {
            "name": "a partner raises a concern",
            "when": "concern",
            "from": "partners",
            "query": "",
        },
        "count": None,
        "n_mentions": 1,
        "mentions": [
            {
                "id": "1",
                "channel": "mastodon",
                "sources": ["northside-toots"],
                "url": "https://forum.example/c/1",
                "who": "Northside Shelter",
                "account": "Northside Shelter",
                "partner": "Northside Shelter",
                "title": "",
                "quotation": (
                    "We love working with them. But the Riverside boxes came late again on Tuesday, and forty "
                    "families stood in the rain for an hour. Nobody called us."
                ),
                "because": "came late again on Tuesday",
                "confidence": 0.9,
                "tags": [
                    "concern:yes",
                    "need:communication",
                    "need:reliability",
                    "sentiment:negative",
                ],
                "lang": None,
                "published_at": "2026-03-27T10:30:00Z",
                "collected_at": "2026-03-27T10:34:00Z",
            }
        ],
        "escalates_at": None,
    }


@pytest.mark.parametrize(
    ("when", "level", "severity", "count"),
    [
        (
            "spike",
            Level(is_over=True, is_back=False, count=14, usual=1.26),
            "warning",
            {"last_hour": 14, "usual": 1.26},
        ),
        (
            "sentiment",
            Level(is_over=True, is_back=False, count=8, among=10, before=(3, 17), since=NOW),
            "warning",
            {
                "negative": 8,
                "among": 10,
                "since": "2026-03-28T06:30:00Z",
                "negative_before": 3,
                "among_before": 17,
            },
        ),
        (
            "silence",
            Level(is_over=True, is_back=False, since=NOW, span=timedelta(days=5)),
            "notice",
            {"silent_since": "2026-03-28T06:30:00Z", "usual_pause_seconds": 432_000},
        ),
    ],
    ids=["spike", "sentiment", "silence"],
)
def test_what_was_counted_stands_in_it(
    when: str, level: Level, severity: str, count: dict[str, object]
) -> None:
    facts = replace(an_alert(rule=Rule(name="watch", when=when)), level=level)

    alert = posted(facts)["data"]["alert"]

    assert (alert["kind"], alert["severity"], alert["count"]) == (when, severity, count)


def test_what_only_may_be_a_concern_is_less_severe_and_says_so() -> None:
    words = "The beans came late."
    unsure = said(1, words, tags=(tagged("concern", "yes", words, "late", confidence=0.3),))

    alert = posted(an_alert(unsure))["data"]["alert"]

    assert alert["severity"] == "warning"
    assert "maria_g on Reddit may have raised a concern" in alert["line"]


def test_of_a_flood_twenty_are_told_and_all_are_counted() -> None:
    flood = [said(n, f"Number {n} came late.") for n in range(1, 31)]

    alert = posted(replace(an_alert(*flood), more=5_000))["data"]["alert"]

    assert [mention["id"] for mention in alert["mentions"]] == [str(n) for n in range(1, 21)]
    assert alert["n_mentions"] == 5_030


def test_who_is_told_next_stands_in_it() -> None:
    late = replace(RULE, escalate=Escalation(after=timedelta(hours=2), to=("mailto:lead@rfn.example",)))

    assert posted(an_alert(rule=late))["data"]["alert"]["escalates_at"] == "2026-03-28T08:30:00Z"


@pytest.mark.parametrize("words", PAYLOADS, ids=lambda words: words[:12])
def test_names_and_titles_come_out_clean(words: str) -> None:
    """faults.md 38, 46."""
    hostile = replace(
        said(1, words, title=words, url="javascript:alert(1)"), author=Author(handle=words, name=words * 900)
    )

    (mention,) = posted(an_alert(hostile))["data"]["alert"]["mentions"]

    assert mention["url"] is None
    for field in ("who", "account", "title", "quotation"):
        assert not set(mention[field] or "") & set("\r\n\0\u2028\u202e")
        assert len(mention[field] or "") <= 600


def test_a_digest_tells_which_one_it_is() -> None:
    facts = a_day()
    message = digest_message(digest_letter(facts), facts, from_address=FROM)

    told = valid("webhook", json.loads(payload(message, NOW)))

    assert told["data"]["digest"] == {
        "name": "daily",
        "period": {"start": "2026-03-27T06:30:00Z", "end": "2026-03-28T06:30:00Z"},
    }


def test_the_example_of_the_page_keeps_what_the_schema_says() -> None:
    (example,) = re.findall(r"```json\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)

    shown = valid("webhook", json.loads(example))

    assert shown["data"]["alert"].keys() == posted(an_alert())["data"]["alert"].keys()
    assert (
        shown["data"]["alert"]["mentions"][0].keys()
        == posted(an_alert())["data"]["alert"]["mentions"][0].keys()
    )
