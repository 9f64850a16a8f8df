"""Keys of webhooks and chats: servers throw them back, and they turn up nowhere, the store included."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from pathlib import Path

import pytest

from model import Message
from storage import open_store, outbox
from tests.commandline import earshot
from tests.scripted import Answer, ScriptedServer

CANARIES = {"HOOK": "canary-hook-3c11", "SECRET": "canary-secret-9f02", "CHAT": "canary-chat-77ab"}
CONFIG = """
[organisation]
name = "Riverside Food Network"
[http]
allow_private_networks = true
[[rules]]
name = "a"
when = "concern"
notify = ["desk", "env:CANARY_DIRECT"]
[[transports]]
name = "desk"
url = "env:CANARY_URL"
secret = "env:CANARY_SECRET"
"""


def test_a_key_of_a_way_out_turns_up_nowhere(
    tmp_path: Path, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """faults.md 90."""
    for path, known in (("HOOK", ("HOOK", "SECRET")), ("CHAT", ("CHAT",))):
        thrown = json.dumps({"error": f"no such keys: {' '.join(CANARIES[name] for name in known)}"})
        server.route(f"/{CANARIES[path]}", Answer(400, body=thrown))
        server.route(f"/{CANARIES[path]}/", Answer(400, body=thrown))
    monkeypatch.setenv("CANARY_URL", f"{server.url}/{CANARIES['HOOK']}")
    monkeypatch.setenv("CANARY_SECRET", CANARIES["SECRET"])
    monkeypatch.setenv("CANARY_DIRECT", f"json://{server.host}:{server.port}/{CANARIES['CHAT']}")
    config = tmp_path / "earshot.toml"
    config.write_text(CONFIG, encoding="utf-8")
    (direct,) = {
        word for word in earshot("doctor", "--config", config).out.split() if word.startswith("json-")
    }
    store = open_store(f"sqlite:///{tmp_path / 'earshot.db'}")
    with store.writing() as connection:
        for to in ("transport:desk", f"transport:{direct.rstrip(':')}"):
            letter = Message(key=f"alert/a/alert-1/{to}", recipient=to, kind="alert", subject="s", text="t")
            outbox.put(connection, letter, [], now=datetime.now(UTC))
    store.close()
    caplog.set_level(logging.DEBUG)

    said = [
        earshot("-vv", *words, "--config", config)
        for words in (("cycle",), ("cycle", "--dry-run", "--json"), ("doctor", "--json"), ("check", "--json"))
    ]

    assert said[0].err.count("refuses us (400)") >= 2, said[0].err
    told = "".join(ran.out + ran.err for ran in said) + caplog.text
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("earshot.db*"))
    for canary in CANARIES.values():
        assert canary not in told
        assert canary.encode() not in kept
