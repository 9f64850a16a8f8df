"""The webhook: signed so that others verify it, posted once, told to nobody else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from delivery.webhook import WebhookTransport, identity, payload
from errors import NeedsAttention, Unreachable
from model import Message, Secret, Way
from net.addresses import LOOPBACK_ONLY, PUBLIC, Rules
from net.http import Http
from tests.scripted import Answer, Request, ScriptedServer

NOW = datetime(2026, 5, 20, 9, 30, tzinfo=UTC)
SENT_AT = NOW + timedelta(minutes=7)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
LETTER = Message(
    key="alert/a/alert-1/transport:desk",
    recipient="transport:desk",
    kind="alert",
    subject="A concern ¿dónde?",
    text="Late again.\n",
)
DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "delivery.md"


@pytest.fixture
def http() -> Iterator[Http]:
    with closing(Http(LOOPBACK_ONLY, deadline=timedelta(seconds=2))) as client:
        yield client


def transport(server: ScriptedServer, http: Http, path: str = "/hook") -> WebhookTransport:
    url = Secret(f"{server.url}{path}")
    return WebhookTransport(Way(name="desk", address=url, secret=Secret(SECRET)), http, lambda: SENT_AT)


def posted(server: ScriptedServer, http: Http) -> Request:
    server.route("/hook", Answer(204))
    transport(server, http).send(LETTER, now=NOW)
    (request,) = server.requests
    return request


def test_a_letter_is_posted_as_json(server: ScriptedServer, http: Http) -> None:
    request = posted(server, http)

    assert (request.method, request.headers["content-type"]) == ("POST", "application/json; charset=utf-8")
    assert json.loads(request.body) == {
        "type": "earshot.alert",
        "timestamp": "2026-05-20T09:30:00Z",
        "data": {
            "id": request.headers["webhook-id"],
            "key": LETTER.key,
            "subject": "A concern ¿dónde?",
            "text": "Late again.",
            "version": 1,
        },
    }
    assert request.headers["webhook-timestamp"] == str(int(SENT_AT.timestamp()))


def example() -> Any:
    """The verification that docs/delivery.md shows, as its reader would paste it."""
    (code,) = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(code, str(DOCUMENT), "exec"), names)
    return names["verified"]


def test_the_documented_verification_accepts_what_is_posted(server: ScriptedServer, http: Http) -> None:
    request = posted(server, http)

    letter = example()(request.headers, request.body, SECRET, now=SENT_AT.timestamp())

    assert letter["data"]["subject"] == "A concern ¿dónde?"


def test_the_documented_verification_refuses_what_was_changed(server: ScriptedServer, http: Http) -> None:
    request, verified = posted(server, http), example()
    at = SENT_AT.timestamp()

    forged: list[tuple[dict[str, str], bytes, str, float]] = [
        (dict(request.headers), request.body + b" ", SECRET, at),
        (dict(request.headers), request.body, "whsec_" + "QQ==", at),
        ({**request.headers, "webhook-id": "msg_other"}, request.body, SECRET, at),
        ({**request.headers, "webhook-timestamp": str(int(at) + 1)}, request.body, SECRET, at),
        ({**request.headers, "webhook-signature": "v1,"}, request.body, SECRET, at),
        (dict(request.headers), request.body, SECRET, at + 301),
        (dict(request.headers), request.body, SECRET, at - 301),
    ]

    for headers, body, secret, now in forged:
        with pytest.raises(ValueError, match="signature|old"):
            verified(headers, body, secret, now=now)


def test_the_signature_is_the_specifications_own_example() -> None:
    """https://www.standardwebhooks.com, "Signature scheme": the vector of its reference libraries."""
    from delivery.webhook import signed

    headers = signed(
        Secret(SECRET),
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        datetime.fromtimestamp(1_614_265_330, UTC),
        b'{"test": 2432232314}',
    )

    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_repeat_carries_the_same_id(server: ScriptedServer, http: Http) -> None:
    """faults.md 49."""
    server.route("/hook", Answer(204))

    for letter in (LETTER, LETTER, replace(LETTER, key="another")):
        transport(server, http).send(letter, now=NOW)

    first, again, other = (request.headers["webhook-id"] for request in server.requests)
    assert first == again == identity(LETTER) != other


def test_a_secret_of_any_form_signs(server: ScriptedServer, http: Http) -> None:
    for secret in ("correct horse", "whsec_not base64", "whsec_" + "QUJD"):
        server.route("/hook", Answer(204))
        hook = Way(name="desk", address=Secret(f"{server.url}/hook"), secret=Secret(secret))
        WebhookTransport(hook, http, lambda: SENT_AT).send(LETTER, now=NOW)
        assert server.requests[-1].headers["webhook-signature"].startswith("v1,")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_told_to_a_person_and_not_followed(
    server: ScriptedServer, http: Http, status: int
) -> None:
    """faults.md 60."""
    server.route("/hook", Answer(status, {"Location": "http://10.0.0.1/"}))

    with pytest.raises(NeedsAttention, match="write the address where it ends"):
        transport(server, http).send(LETTER, now=NOW)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(200, body='{"success": false, "message": "queue is full"}'), "says: queue is full"),
        (Answer(200, body="<html><body>Please log in"), "says: a web page"),
        (Answer(503, {"Retry-After": "90"}, "maintenance"), "asks us to wait 90 s"),
        (Answer(200, body="x" * 99, drip=0.2), "timed out"),
        (Answer(reset=True), "reset|closed"),
    ],
    ids=["200 and no", "a login page", "later", "drips", "reset"],
)
def test_what_is_no_good_answer_is_tried_again(
    server: ScriptedServer, http: Http, answer: Answer, words: str
) -> None:
    """faults.md 60."""
    server.route("/hook", answer)

    with pytest.raises(Unreachable, match=words):
        transport(server, http).send(LETTER, now=NOW)


@pytest.mark.parametrize("rules", [PUBLIC, Rules()])
def test_the_gate_holds_it(server: ScriptedServer, rules: Rules) -> None:
    """faults.md 8, 60."""
    server.route("/hook", Answer(204))

    with closing(Http(rules)) as http, pytest.raises(NeedsAttention, match="private address refused"):
        transport(server, http).send(LETTER, now=NOW)
    assert server.requests == []


def test_a_key_in_the_path_shows_in_no_error(server: ScriptedServer, http: Http) -> None:
    """faults.md 90."""
    server.route("/hook/canary-77", Answer(403, body="canary-77 is revoked"))

    for path, fault in (("/hook/canary-77", NeedsAttention), ("/canary-77 x", NeedsAttention)):
        with pytest.raises(fault) as caught:
            transport(server, http, path).send(LETTER, now=NOW)
        assert "canary" not in str(caught.value)


def test_half_a_character_is_posted_all_the_same() -> None:
    body = payload(replace(LETTER, text="\ud800 half"), NOW)

    assert "half" in json.loads(body)["data"]["text"]
