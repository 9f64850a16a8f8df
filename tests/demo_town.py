"""A whole cycle on the demo's town as a process of its own, and what it leaves, in a form that can be compared."""

from __future__ import annotations

import email
import email.policy
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from collectors.demo import Community
from tests.processes import PATIENCE, started

LOOK_EVERY = 0.005  # seconds


@dataclass(frozen=True)
class Town:
    """One installation that listens to the demo's community."""

    folder: Path
    community: Community

    @property
    def mail(self) -> Path:
        return self.folder / "mail"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def configure(self, smtp_port: int) -> None:
        text = self.community.configuration(smtp_port=smtp_port)
        (self.folder / "earshot.toml").write_text(text, encoding="utf-8")

    def letters(self) -> list[Path]:
        return sorted(self.mail.glob("*.eml"))

    def sources_read(self) -> int:
        """Return how many sources the process that runs now has read."""
        return self.log.read_text().count(": collected ")


@dataclass(frozen=True)
class Timeline:
    """What an undisturbed cycle took, in seconds from its start."""

    first_source: float
    last_source: float
    first_letter: float
    end: float
    n_sources: int
    n_letters: int


Moment = Callable[[float], bool]
"""Whether it has come, so many seconds after the start of the process."""


def cycle(town: Town, *, kill_at: Moment | None = None) -> bool:
    """Run one cycle; return whether it was killed before its end. One that ends by itself ends well."""
    town.log.write_bytes(b"")
    with started("-v", "cycle", folder=town.folder, log=town.log) as process:
        began = time.monotonic()
        while process.poll() is None:
            since = time.monotonic() - began
            assert since < PATIENCE, f"a cycle does not end:\n{town.log.read_text()}"
            if kill_at is not None and kill_at(since):
                process.kill()
                break
            time.sleep(LOOK_EVERY)
        code = process.wait()
    assert code in (0, -signal.SIGKILL), f"it ended with {code}:\n{town.log.read_text()}"
    return code == -signal.SIGKILL


def watched(town: Town) -> Timeline:
    """Run one cycle undisturbed and say what happened when."""
    letters_before = len(town.letters())
    seen: dict[str, float] = {}
    n_sources = 0

    def watch(since: float) -> bool:
        nonlocal n_sources
        seen["end"] = since
        if town.sources_read() > n_sources:
            n_sources = town.sources_read()
            seen.setdefault("first source", since)
            seen["last source"] = since
        if len(town.letters()) > letters_before:
            seen.setdefault("first letter", since)
        return False

    assert not cycle(town, kill_at=watch)
    return Timeline(
        first_source=seen["first source"],
        last_source=seen["last source"],
        first_letter=seen["first letter"],
        end=seen["end"],
        n_sources=n_sources,
        n_letters=len(town.letters()) - letters_before,
    )


def sleep_a_day(town: Town) -> None:
    """Let all that the store remembers have happened a day earlier: everything is due, and a digest is."""
    with closing(sqlite3.connect(town.folder / "earshot.db", isolation_level=None)) as store:
        for table, columns in DAY_BEFORE.items():
            for column in columns.split():
                store.execute(
                    f"UPDATE {table} SET {column} = strftime('%Y-%m-%d %H:%M:%f', {column}, '-1 day') || '000'"
                )


DAY_BEFORE = {
    "sources": "created_at next_attempt_at asked_to_wait_until last_attempt_at last_success_at last_new_at",
    "mentions": "collected_at",
    "mention_sources": "first_seen_at",
    "alerts": "fired_at",
}
MENTION = "m.channel || ' ' || m.scope || ' ' || m.external_id"
LEFT = {
    "mentions": f"SELECT {MENTION}, m.title, m.text, m.lang, m.by_us, m.waits, m.undated, m.deleted_at IS NULL "
    "FROM mentions m",
    "stories": f"SELECT {MENTION}, first.external_id FROM mentions m JOIN mentions first ON first.id = m.story_id",
    "sources of mentions": f"SELECT {MENTION}, s.name FROM mentions m "
    "JOIN mention_sources ms ON ms.mention_id = m.id JOIN sources s ON s.id = ms.source_id",
    "authors": f"SELECT {MENTION}, a.handle, a.name, p.name FROM mentions m "
    "JOIN authors a ON a.id = m.author_id LEFT JOIN partners p ON p.id = m.author_partner_id",
    "revisions": f"SELECT {MENTION}, r.title, r.text FROM revisions r JOIN mentions m ON m.id = r.mention_id",
    "annotations": f"SELECT {MENTION}, a.kind, a.label, a.n, a.score, a.confidence, a.because, a.version "
    "FROM annotations a JOIN mentions m ON m.id = a.mention_id",
    "alerts": "SELECT r.name, p.name, a.text, (SELECT group_concat(named) FROM "
    f"(SELECT {MENTION} AS named FROM alert_mentions am JOIN mentions m ON m.id = am.mention_id "
    "WHERE am.alert_id = a.id ORDER BY named)) FROM alerts a JOIN rules r ON r.id = a.rule_id "
    "LEFT JOIN partners p ON p.id = a.partner_id",
    "letters": "SELECT kind, recipient, subject, state FROM outbox",
    "digests": "SELECT name, recipient FROM digests",
    "sources": "SELECT name, status, moved_to, failures FROM sources",
    "left undone": "SELECT (SELECT count(*) FROM mentions WHERE analyzed_as IS NULL OR unmatched), "
    "(SELECT count(*) FROM mentions WHERE claimed_by IS NOT NULL), "
    "(SELECT count(*) FROM sources WHERE claimed_by IS NOT NULL), "
    "(SELECT count(*) FROM outbox WHERE claimed_by IS NOT NULL OR state <> 'sent')",
}


def left(town: Town) -> dict[str, Counter[tuple[Any, ...]]]:
    """Return what is in the store, without times and row numbers; the file itself must be sound."""
    with closing(sqlite3.connect(town.folder / "earshot.db")) as store:
        assert store.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert store.execute("PRAGMA foreign_key_check").fetchall() == []
        return {what: Counter(store.execute(statement).fetchall()) for what, statement in LEFT.items()}


def received(town: Town) -> dict[str, list[tuple[str, str]]]:
    """Return subject and body of each letter that arrived, by its Message-ID; a repeat stands there twice."""
    letters: dict[str, list[tuple[str, str]]] = {}
    for path in town.letters():
        letter = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        body = letter.get_body(("plain",))
        assert body is not None
        letters.setdefault(str(letter["Message-ID"]), []).append((str(letter["Subject"]), body.get_content()))
    return letters


def keys_in_outbox(town: Town) -> list[str]:
    """Return the key of each letter of the store."""
    with closing(sqlite3.connect(town.folder / "earshot.db")) as store:
        return [key for (key,) in store.execute("SELECT key FROM outbox")]
