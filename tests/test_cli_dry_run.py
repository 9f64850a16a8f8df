"""A dry run says what is due and lets nothing out: no socket is opened, no byte of the store changes."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from errors import NeedsAttention
from model import Message
from net.addresses import NOWHERE
from net.gate import guarded
from net.http import Http
from storage import open_store, outbox
from storage.mentions import add_mentions
from tests.commandline import earshot
from tests.references import valid
from tests.stores import said

CONFIG = """
[organisation]
name = "Riverside Food Network"
[http]
allow_private_networks = true
[[sources]]
name = "blog"
channel = "rss"
url = "http://127.0.0.1:9/feed"
[[rules]]
name = "a"
when = "concern"
notify = ["mailto:team@rfn.example", "desk", "chat"]
[[digests]]
name = "daily"
at = "00:00"
to = ["team@rfn.example", "desk"]
[smtp]
host = "127.0.0.1"
port = 9
security = "none"
[[transports]]
name = "desk"
url = "http://127.0.0.1:9/hook"
secret = "sesame"
[[transports]]
name = "chat"
url = "ntfy://127.0.0.1:9/topic"
"""

_watched: list[list[str]] = []


def _watch(event: str, args: tuple[object, ...]) -> None:
    if _watched and event in WATCHED:
        _watched[-1].append(f"{event} {args[1:]}")


WATCHED = ("socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "subprocess.Popen")
sys.addaudithook(_watch)  # it can never be taken out again, and costs nothing while nobody watches


@contextmanager
def sockets_watched() -> Iterator[list[str]]:
    """Collect each connection, look-up and new process of this process."""
    _watched.append([])
    try:
        yield _watched[-1]
    finally:
        _watched.pop()


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """An installation with a mention, a digest that is due, and a letter for each way that waits."""
    file, now = tmp_path / "earshot.toml", datetime.now(UTC)
    file.write_text(CONFIG, encoding="utf-8")
    with sockets_watched():
        assert earshot("digest", "--config", file).code == 0  # makes the store
    store = open_store(f"sqlite:///{tmp_path / 'earshot.db'}")
    with store.writing() as connection:
        add_mentions(connection, 1, [said("a", "The van was late again")], now=now - timedelta(days=2))
        for to in ("mailto:team@rfn.example", "transport:desk", "transport:chat"):
            letter = Message(
                key=f"alert/a/{to}", recipient=to, kind="alert", subject=f"For {to}", text="Words"
            )
            outbox.put(connection, letter, [], now=now - timedelta(minutes=1))
    store.close()
    return file


def contents(folder: Path) -> dict[str, str]:
    """Return what every row of the store says: the file's bytes but for the write-ahead log."""
    import sqlite3

    connection = sqlite3.connect(folder / "earshot.db")
    try:
        return {"dump": sha256("\n".join(connection.iterdump()).encode()).hexdigest()}
    finally:
        connection.close()


@pytest.mark.parametrize(
    "words", [("cycle", "--dry-run"), ("digest",), ("cycle", "--dry-run", "--json"), ("digest", "--json")]
)
def test_a_dry_run_opens_no_socket_and_changes_nothing(config: Path, words: tuple[str, ...]) -> None:
    """faults.md 62, 96."""
    earshot(*words, "--config", config)  # what is kept by the day is made current at the first command
    before = contents(config.parent)

    with sockets_watched() as seen:
        ran = earshot(*words, "--config", config)

    assert (ran.code, seen) == (0, []), ran.err
    assert contents(config.parent) == before


def test_a_dry_run_says_what_is_due(config: Path) -> None:
    ran = earshot("cycle", "--dry-run", "--config", config)
    told = valid("cycle-plan", json.loads(earshot("cycle", "--dry-run", "--json", "--config", config).out))

    assert (told["sources"], told["unanalyzed"], told["unmatched"]) == (["blog"], 1, 0)
    assert [each["recipient"] for each in told["letters"]] == [
        "mailto:team@rfn.example",
        "transport:desk",
        "transport:chat",
    ]
    assert "1 source would be read: blog" in ran.out
    assert "letter to transport:desk: For transport:desk" in ran.out
    assert ran.out.rstrip().endswith("Nothing was read, written or sent.")


def test_the_same_cycle_without_it_does_go_out(config: Path) -> None:
    """Or else the watch would prove nothing."""
    with sockets_watched() as seen:
        ran = earshot("cycle", "--config", config)

    assert ran.code == 1
    assert [event for event in seen if "('127.0.0.1', 9)" in event]
    assert [event for event in seen if "chat_child" in event]


def test_nowhere_means_nowhere() -> None:
    """faults.md 62: whatever tries all the same is stopped at the socket."""
    import smtplib
    import socket

    http = Http(NOWHERE)
    with guarded(NOWHERE):
        for reaching in (
            lambda: http.get("http://127.0.0.1:9/"),
            lambda: http.get("https://example.org/"),
            lambda: smtplib.SMTP("127.0.0.1", 9),
            lambda: socket.create_connection(("localhost", 9)),
            lambda: socket.getaddrinfo("example.org", 25),
        ):
            with pytest.raises((NeedsAttention, OSError), match="dry run|connecting by name|refused"):
                reaching()
    http.close()
