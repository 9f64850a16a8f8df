"""The way out by Apprise: its process, what it may reach, what a service says, and what is made of a text for it."""

from __future__ import annotations

import doctest
import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery import answers, trimming
from delivery.chat import DEADLINE, ChatTransport
from delivery.trimming import calls_nobody, trimmed
from errors import EarshotError, NeedsAttention, Refused, Unreachable
from model import Message, Secret, Way
from net.addresses import LOOPBACK_ONLY, PUBLIC
from tests.scripted import Answer, ScriptedServer

NOW = datetime(2026, 5, 20, 9, 30, tzinfo=UTC)
LETTER = Message(
    key="k", recipient="transport:c", kind="alert", subject="A concern", text="Late again.\n@everyone look\n"
)


def chat(address: str, deadline: float = DEADLINE) -> ChatTransport:
    return ChatTransport(Way(name="c", address=Secret(address)), LOOPBACK_ONLY, deadline=deadline)


def at(server: ScriptedServer, scheme: str, path: str = "") -> str:
    return f"{scheme}://{server.host}:{server.port}{path}"


def test_a_service_gets_its_own_form_and_wakes_nobody(server: ScriptedServer) -> None:
    server.route("/message", Answer(body="{}"))
    server.route("/hooks/token", Answer(body="ok"))

    chat(at(server, "mmost", "/token")).send(LETTER, now=NOW)
    chat(at(server, "gotify", "/Apptoken")).send(LETTER, now=NOW)

    mattermost, gotify = (json.loads(request.body) for request in server.requests)
    assert "@everyone" not in json.dumps(mattermost, ensure_ascii=False)
    assert "Late again." in json.dumps(mattermost)
    assert (gotify["title"], "Late again." in gotify["message"]) == ("A concern", True)


def test_a_service_that_answers_200_and_means_no_has_not_taken_it(server: ScriptedServer) -> None:
    """faults.md 60."""
    server.route("/", Answer(body='{"ok": false, "error": "topic is archived"}'))

    with pytest.raises(Unreachable, match="answers 200 and says: … is archived"):
        chat(at(server, "ntfy", "/topic")).send(LETTER, now=NOW)


def test_a_redirect_is_not_followed(server: ScriptedServer) -> None:
    """faults.md 60."""
    server.route("/", Answer(302, {"Location": f"{server.url}/elsewhere"}))

    with pytest.raises(NeedsAttention, match=r"sends us elsewhere \(302\)"):
        chat(at(server, "ntfy", "/topic")).send(LETTER, now=NOW)
    assert server.asked("/elsewhere") == []


def test_the_gate_holds_what_apprise_opens(server: ScriptedServer) -> None:
    """faults.md 8, 60."""
    server.route("/topic", Answer())
    here = Way(name="c", address=Secret(at(server, "ntfy", "/topic")))

    for address, rules, words in (
        (here, PUBLIC, "private address refused"),
        (Way(name="c", address=Secret("ntfy://10.0.0.1/topic")), LOOPBACK_ONLY, "only this machine"),
        (Way(name="c", address=Secret("rsyslog://10.0.0.1")), LOOPBACK_ONLY, "did not take it|only this"),
    ):
        with pytest.raises(EarshotError, match=words):
            ChatTransport(address, rules).send(LETTER, now=NOW)
    assert server.requests == []


def test_a_service_that_drips_is_left_when_its_time_is_over(server: ScriptedServer) -> None:
    """faults.md 60."""
    server.route("/", Answer(body="x" * 1_000, drip=0.5, drip_headers=True))

    with pytest.raises(Unreachable, match="timed out: not taken within 3 s"):
        chat(at(server, "ntfy", "/topic"), deadline=3).send(LETTER, now=NOW)


def test_an_address_is_looked_at_without_a_letter() -> None:
    chat("ntfy://127.0.0.1:9/topic").look()

    with pytest.raises(NeedsAttention, match="Apprise cannot read its address") as caught:
        chat("slak://sesame").look()
    assert "sesame" not in str(caught.value)


OK: Callable[[bytes], EarshotError | None] = lambda body: answers.verdict(200, body, where="w")  # noqa: E731


@pytest.mark.parametrize(
    "body",
    [b"", b"ok", b"{}", b"[]", b'{"ok": true}', b'{"error": null}', b'{"errors": []}', b'{"error": "0"}',
     b'{"errcode": 0, "errmsg": "ok"}', b'{"status": "success"}', b"\xff\xfe", b"[" * 100_000, b"5"],
)  # fmt: skip
def test_a_good_answer_is_one(body: bytes) -> None:
    assert OK(body) is None


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"ok": false, "error": "channel_not_found"}', "channel_not_found"),
        (b'{"success": false}', "no"),
        (b'{"errors": ["too long"]}', "too long"),
        (b'{"errcode": 310000, "errmsg": "keywords not in content"}', "keywords not in content"),
        (b'{"status": "error", "message": "quota"}', "quota"),
        (b"\n<!DOCTYPE html><title>Log in</title>", "a web page"),
    ],
)
def test_an_answer_that_says_no_is_none(body: bytes, words: str) -> None:
    """faults.md 60."""
    error = OK(body)

    assert isinstance(error, Unreachable)
    assert words in str(error)


@pytest.mark.parametrize(
    ("status", "kind"),
    [(204, None), (301, NeedsAttention), (400, NeedsAttention), (401, NeedsAttention), (404, NeedsAttention),
     (410, NeedsAttention), (413, Refused), (422, Refused), (429, Unreachable), (500, Unreachable),
     (503, Unreachable), (408, Unreachable)],
)  # fmt: skip
def test_each_status_says_what_to_do_next(status: int, kind: type[EarshotError] | None) -> None:
    error = answers.verdict(status, b"words", where="w")

    assert type(error) is (kind or type(None))


@given(st.text(alphabet=st.sampled_from("ab \n"), max_size=400), st.integers(80, 200))
def test_a_cut_text_fits_and_counts_what_is_missing(text: str, most: int) -> None:
    cut = trimmed(text, most)

    assert len(cut) <= most
    if len(text) <= most:
        assert cut == text
    else:
        head, _, last = cut.rpartition("[…")
        missing = int(last.removesuffix(" characters more]").replace(",", ""))
        assert text[: len(text) - missing] == head.removesuffix("\n")


def test_handles_and_addresses_stay_as_they_are() -> None:
    words = "@northside@social.example wrote to team@rfn.example; <b>late</b> @allan @here"

    assert calls_nobody(words) == words.replace("@here", "@\u200bhere")


@pytest.mark.parametrize("module", [answers, trimming])
def test_the_examples_in_the_docstrings_hold(module: object) -> None:
    done = doctest.testmod(module)  # type: ignore[arg-type]

    assert (done.attempted > 0, done.failed) == (True, 0)
