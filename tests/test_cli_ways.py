"""`earshot doctor` about the ways out, and one letter by each when it is asked for."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

from delivery.mailbox import received_mail
from model import Message
from storage import open_store, outbox, transports
from tests.commandline import Ran, earshot
from tests.references import valid
from tests.scripted import Answer, ScriptedServer

HEAD = """
[organisation]
name = "Riverside Food Network"
[http]
allow_private_networks = true
"""
WAYS = """
[[rules]]
name = "a"
when = "concern"
notify = ["mailto:team@rfn.example", "desk"{chat}]
[smtp]
host = "127.0.0.1"
port = {smtp}
security = "none"
from = "Earshot <earshot@rfn.example>"
[[transports]]
name = "desk"
url = "http://127.0.0.1:{port}/canary-hook"
secret = "canary-secret"
"""


def written(folder: Path, smtp: int, port: int, chat: str = "") -> Path:
    file = folder / "earshot.toml"
    file.write_text(HEAD + WAYS.format(smtp=smtp, port=port, chat=chat), encoding="utf-8")
    return file


def rows(ran: Ran) -> dict[str, tuple[str, str]]:
    found = valid("doctor", json.loads(ran.out))
    return {row["what"]: (row["state"], row["told"]) for row in found if row["part"] == "ways"}


def test_one_letter_by_each_way_proves_it(tmp_path: Path, server: ScriptedServer) -> None:
    server.route("/", Answer(body="{}"))
    server.route("/canary-hook", Answer(204))
    with received_mail(tmp_path / "mail") as port:
        chat = f', "ntfy://127.0.0.1:{server.port}/canary-topic"'
        config = written(tmp_path, port, server.port, chat)
        ran = earshot("doctor", "--send-test", "--json", "--config", config)
        written(tmp_path, port, server.port)
        other = earshot("doctor", "--send-test", "--to", "lead@rfn.example", "--config", config)

    told = rows(ran)
    assert {state for state, _ in told.values()} == {"ok"}
    assert told["test by mail"][1] == "taken, for mailto:team@rfn.example"
    assert told["test by desk"][1] == "taken, for transport:desk"
    assert len([what for what in told if what.startswith("test by ntfy-")]) == 1
    assert "taken, for mailto:lead@rfn.example" in other.out
    assert "canary" not in ran.out + ran.err + other.out + other.err
    letters = [
        message_from_bytes(path.read_bytes(), policy=policy.strict)
        for path in sorted((tmp_path / "mail").iterdir())
    ]
    assert [letter["X-Envelope-To"] for letter in letters] == ["team@rfn.example", "lead@rfn.example"]
    assert letters[0]["Subject"] == "Earshot: a test of e-mail"
    assert json.loads(server.asked("/canary-hook")[0].body)["type"] == "earshot.test"


def test_without_being_asked_nothing_is_sent(tmp_path: Path, server: ScriptedServer) -> None:
    """faults.md 62."""
    with received_mail(tmp_path / "mail") as port:
        ran = earshot("doctor", "--json", "--config", written(tmp_path, port, server.port))

    assert {state for state, _ in rows(ran).values()} == {"ok"}
    assert (server.requests, list((tmp_path / "mail").iterdir())) == ([], [])


def test_each_way_that_does_not_take_it_says_why_and_the_others_are_tried(
    tmp_path: Path, server: ScriptedServer
) -> None:
    """faults.md 52, 60."""
    server.route("/canary-hook", Answer(403, body="no canary-secret for you"))

    ran = earshot("doctor", "--send-test", "--json", "--config", written(tmp_path, 9, server.port))

    told = rows(ran)
    assert ran.code == 1
    assert [state for what, (state, _) in told.items() if what.startswith("test")] == [
        "attention",
        "attention",
    ]
    assert "does not answer" in told["test by mail"][1]
    assert "refuses us (403): no … for you" in told["test by desk"][1]
    assert "canary" not in ran.out + ran.err


def test_a_way_that_takes_a_letter_rests_no_more(tmp_path: Path, server: ScriptedServer) -> None:
    """faults.md 61."""
    server.route("/canary-hook", Answer(204))
    config, now = written(tmp_path, 9, server.port), datetime.now(UTC)
    store = open_store(f"sqlite:///{tmp_path / 'earshot.db'}")
    with store.writing() as connection:
        for way in ("desk", "mail"):
            ago = now - timedelta(days=2)
            transports.mark_failing(
                connection, way, "no route", now=ago, rests_until=now + timedelta(hours=1)
            )
        letter = Message(key="k", recipient="mailto:x@y.z", kind="alert", subject="s", text="t")
        outbox.put(connection, letter, [], now=ago)
        outbox.mark_unsent(connection, 1, "550 no such person", now=now, again_at=None)
    store.close()

    found = json.loads(earshot("doctor", "--send-test", "--json", "--config", config).out)

    told = {row["what"]: row for row in found if row["part"] == "store"}
    assert "has taken nothing since" in told["way out desk"]["told"]
    assert told["letters"]["state"] == "attention"
    assert "1 failed for good" in told["letters"]["told"]
    assert "550 no such person" in told["letters"]["told"]
    advice = json.loads(earshot("check", "--json", "--config", config).out)["advice"]
    assert [line.partition(":")[0] for line in advice[-2:]] == ["letters", "way out mail"]
    store = open_store(f"sqlite:///{tmp_path / 'earshot.db'}")
    with store.reading() as connection:
        assert [way.name for way in transports.failing(connection)] == ["mail"]
    store.close()


def test_an_installation_without_a_way_out_is_told_so(tmp_path: Path) -> None:
    file = tmp_path / "earshot.toml"
    file.write_text(HEAD, encoding="utf-8")

    ran = earshot("doctor", "--send-test", "--json", "--config", file)

    assert rows(ran) == {"ways out": ("advice", "there is none: digests and alerts wait in the store")}


def test_an_address_that_apprise_cannot_read_is_a_fault(tmp_path: Path) -> None:
    file = tmp_path / "earshot.toml"
    file.write_text(HEAD + '[[transports]]\nname = "chat"\nurl = "discord://canary"\n', encoding="utf-8")

    ran = earshot("doctor", "--json", "--config", file)

    state, told = rows(ran)["way out chat"]
    assert (state, "Apprise cannot read its address" in told) == ("attention", True)
    assert "canary" not in ran.out
