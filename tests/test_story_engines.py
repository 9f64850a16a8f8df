"""The demo's town is heard on PostgreSQL as on SQLite: the same mentions, tags, alerts and letters."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from collectors.demo import serve
from delivery.mailbox import received_mail
from tests.commandline import earshot
from tests.postgres import PostgresServer

SQLITE = 'url = "sqlite:///earshot.db"'
TOLD_OF_A_MENTION = (
    "channel",
    "external_id",
    "author",
    "text",
    "lang",
    "sentiment",
    "needs",
    "partners",
    "is_concern",
)
SEARCH = ("search", "", "--limit", "1000")
TOLD_OF_AN_ALERT = ("rule", "kind", "state", "partner", "text")


def heard(folder: Path, store: str, moment: datetime) -> dict[str, Any]:
    """Run the cycle twice on the town, and return what it did and what the commands tell then."""
    folder.mkdir()
    config = folder / "earshot.toml"
    with received_mail(folder / "mail") as port, serve(moment) as town:
        written = town.configuration(smtp_port=port)
        assert "[store]" not in written or SQLITE in written
        config.write_text(
            f"{written.replace('[store]', '').replace(SQLITE, '')}\n[store]\n{store}\n", encoding="utf-8"
        )
        cycles = [earshot("cycle", "--config", config, "--json") for _ in range(2)]
    asked = [earshot(*words, "--config", config, "--json") for words in (SEARCH, ("alerts", "list"))]
    everything, alerts = (json.loads(ran.out) for ran in asked)
    return {
        "codes": [ran.code for ran in (*cycles, *asked)],
        "mentions": sorted([mention[key] for key in TOLD_OF_A_MENTION] for mention in everything),
        "alerts": sorted([alert[key] for key in TOLD_OF_AN_ALERT] for alert in alerts),
        "letters": len(list((folder / "mail").glob("*.eml"))),
    }


@pytest.fixture
def address(postgres: PostgresServer) -> Iterator[str]:
    with postgres.database() as url:
        yield url


def test_the_town_is_heard_alike_on_both(
    tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """faults.md 72."""
    monkeypatch.setenv("EARSHOT_STORE", address)
    moment = datetime.now(UTC)

    on_file = heard(tmp_path / "file", SQLITE, moment)
    on_server = heard(tmp_path / "server", 'url = "env:EARSHOT_STORE"', moment)

    assert len(on_file["mentions"]) > 150
    assert on_file["alerts"] != []
    assert on_server == on_file
    assert not (tmp_path / "server" / "earshot.db").exists()
