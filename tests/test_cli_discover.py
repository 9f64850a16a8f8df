"""`earshot source discover`: what a person is shown, what a program reads, and that nothing is stored."""

from __future__ import annotations

import json
import shlex
import tomllib
from pathlib import Path

import pytest

from tests.commandline import Ran, earshot
from tests.references import valid
from tests.scripted import Answer, ScriptedServer
from tests.test_collectors_discovery_visit import FEED, HTML


@pytest.fixture
def config(tmp_path: Path, server: ScriptedServer) -> Path:
    page = (
        '<link rel="alternate" type="application/rss+xml" href="/news.xml" title="Northside&#27;[31m news">'
        '<link rel="alternate" type="application/rss+xml" href="/old.xml?a=\'$(id)\'">'
        '<a rel="me" href="https://x.com/northside_nss">X</a>'
    )
    server.route("/", Answer(headers=HTML, body=page))
    server.route("/news.xml", Answer(body=FEED))
    file = tmp_path / "earshot.toml"
    file.write_text(
        f"""
[organisation]
name = "Riverside"
[http]
allow_private_networks = true
[[partners]]
name = "Northside Shelter"
[[sources]]
name = "from-the-file"
channel = "rss"
url = "{server.url}/news.xml"
""",
        encoding="utf-8",
    )
    return file


def discover(*words: str, config: Path) -> Ran:
    return earshot("source", "discover", *words, "--config", config)


def test_what_a_program_reads_keeps_the_reference(config: Path, server: ScriptedServer) -> None:
    ran = discover(server.url, "--partner", "Northside Shelter", "--json", config=config)

    told = valid("source-discover", json.loads(ran.out))
    assert ran.code == 0
    assert [(each["channel"], each["readable"]) for each in told["sources"]] == [
        ("rss", True),
        ("rss", False),
        ("x", None),
    ]
    assert told["accounts"] == [{"channel": "x", "handle": "northside_nss"}]
    assert told["sources"][0]["known_as"] == "from-the-file"
    assert told["sources"][1]["known_as"] is None


def test_the_line_to_paste_adds_the_source(config: Path, server: ScriptedServer) -> None:
    told = json.loads(discover(server.url, "--partner", "Northside Shelter", "--json", config=config).out)
    first, second, third = (each["add"] for each in told["sources"])

    added = earshot(*shlex.split(second)[1:], "--config", config)

    assert added.code == 0
    assert shlex.split(second)[-2:] == ["--partner", "Northside Shelter"]
    assert "'" in second.partition("--url ")[2]
    rows = json.loads(earshot("source", "list", "--json", "--config", config).out)
    assert {row["name"] for row in rows} == {"from-the-file", shlex.split(second)[3]}
    assert first is not None
    assert third is None


def test_the_block_to_paste_is_one_that_the_configuration_takes(
    config: Path, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = json.loads(discover(server.url, "--partner", "Northside Shelter", "--json", config=config).out)
    blocks = [each["toml"] for each in told["sources"]]
    monkeypatch.setenv("X_BEARER_TOKEN", "canary-token")

    config.write_text(config.read_text() + "\n" + "\n".join(blocks), encoding="utf-8")

    assert tomllib.loads(blocks[2])["sources"] == [
        {
            "name": "x-northside-nss",
            "channel": "x",
            "query": "from:northside_nss -is:retweet",
            "bearer_token": "env:X_BEARER_TOKEN",
            "partner": "Northside Shelter",
        }
    ]
    assert earshot("check", "--config", config).code == 0


def test_a_person_is_told_what_why_and_what_to_do(config: Path, server: ScriptedServer) -> None:
    ran = discover(server.url, config=config)

    assert ran.code == 0
    assert "can be read: 2 mentions now" in ran.out
    assert "the page names it as its feed" in ran.out
    assert "It is listened to already, as from-the-file." in ran.out
    assert "earshot source add" in ran.out
    assert 'bearer_token = "env:X_BEARER_TOKEN"' in ran.out
    assert "x northside_nss" in ran.out
    assert "Nothing was stored." in ran.out
    assert "\x1b" not in ran.out


def test_nothing_is_stored(config: Path, server: ScriptedServer) -> None:
    discover(server.url, config=config)

    assert [path.name for path in config.parent.iterdir()] == ["earshot.toml"]


def test_a_page_that_leads_nowhere_is_no_fault(config: Path, server: ScriptedServer) -> None:
    server.route("/", Answer(headers=HTML, body="hello"))

    ran = discover(server.url, config=config)

    assert ran.code == 0
    assert "no place that can be listened to" in ran.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["file:///etc/passwd"], "http"),
        (["http://127.0.0.1:1/"], "127.0.0.1"),
        (["https://northside.example", "--partner", "Nobody"], "Northside Shelter"),
    ],
    ids=["a file", "nobody there", "a partner"],
)
def test_what_cannot_be_looked_at_is_told_with_the_reason(config: Path, words: list[str], said: str) -> None:
    """faults.md 6."""
    ran = discover(*words, config=config)

    assert ran.code == 1
    assert said in ran.err


def test_a_private_network_is_looked_at_only_where_the_configuration_says_so(
    config: Path, server: ScriptedServer
) -> None:
    """faults.md 1, 7."""
    config.write_text(config.read_text().replace("allow_private_networks = true", ""), encoding="utf-8")

    ran = discover(server.url, config=config)

    assert ran.code == 1
    assert "allow_private_networks" in ran.err
    assert server.requests == []
