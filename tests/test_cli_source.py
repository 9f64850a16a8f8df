"""Sources as people handle them: seen, added, tried, paused, removed, and moved in and out as OPML."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.opml import LARGEST, Outline, read_opml, write_opml
from errors import NeedsAttention
from tests.commandline import Ran, earshot
from tests.references import valid
from tests.scripted import Answer, ScriptedServer
from text import one_line

FEED = """<rss version="2.0"><channel><title>Mill Lane</title><link>https://mill.example/</link>
<item><guid>1</guid><title>First</title><description>One.</description></item>
<item><guid>2</guid><title>Second</title><description>Two.</description></item></channel></rss>"""


@pytest.fixture
def config(tmp_path: Path, server: ScriptedServer) -> Path:
    server.route("/feed", Answer(body=FEED))
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
url = "{server.url}/other"
""",
        encoding="utf-8",
    )
    return file


def source(*words: str | Path, config: Path) -> Ran:
    return earshot("source", *words, "--config", config)


def listed(config: Path) -> dict[str, dict[str, object]]:
    rows = valid("source", json.loads(source("list", "--json", config=config).out))
    return {row["name"]: row for row in rows}


def test_an_added_source_is_listened_to(config: Path, server: ScriptedServer) -> None:
    told = source(
        "add", "mill", "--url", f"{server.url}/feed", "--partner", "Northside Shelter", config=config
    )
    again = source("add", "mill", "--url", f"{server.url}/feed", config=config)
    collected = json.loads(earshot("collect", "--source", "mill", "--json", "--config", config).out)

    assert (told.code, again.code) == (0, 0)
    assert "already" in again.out
    assert collected[0]["new"] == 2
    row = listed(config)["mill"]
    assert (row["partner"], row["heard"], row["provisioned"]) == ("Northside Shelter", 2, False)
    assert row["settings"] == {"url": f"{server.url}/feed"}
    found = json.loads(earshot("search", "", "--json", "--config", config).out)
    assert {mention["author_partner"] for mention in found} == {"Northside Shelter"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--url", "file:///etc/passwd"], "http"),
        (["--url", "/etc/passwd"], "http"),
        (["--channel", "rsss", "--url", "https://x.example/"], "did you mean 'rss'"),
        (["--set", "ulr=https://x.example/"], "url"),
        (["--channel", "x", "--set", "query=a", "--set", "bearer_token=hush"], "earshot.toml"),
        (["--url", "env:HOME"], "earshot.toml"),
        (["--url", "https://x.example/", "--partner", "Nobody"], "Northside Shelter"),
        (["--url", "https://x.example/", "--every", "1s"], "every"),
    ],
    ids=["a file", "a path", "a channel", "a key", "a secret", "a reference", "a partner", "too often"],
)
def test_what_cannot_be_a_source_is_refused_with_the_reason(
    config: Path, words: list[str], said: str
) -> None:
    """faults.md 6."""
    told = source("add", "new", *words, config=config)

    assert told.code == 1
    assert said in told.err
    assert "hush" not in told.err
    assert "new" not in listed(config)


def test_trying_a_source_shows_it_and_stores_nothing(config: Path, server: ScriptedServer) -> None:
    told = source("test", "--url", f"{server.url}/feed", config=config)
    wrong = source("test", "from-the-file", config=config)

    assert told.code == 0
    assert "First" in told.out
    assert "Nothing was stored" in told.out
    assert json.loads(earshot("search", "", "--json", "--config", config).out) == []
    assert wrong.code == 1
    assert "404" in wrong.err


def test_what_a_service_still_allows_is_visible(config: Path) -> None:
    """faults.md 23."""
    from datetime import UTC, datetime

    from storage import open_store
    from storage.sources import save_quota

    listed(config)
    store = open_store(f"sqlite:///{config.parent / 'earshot.db'}")
    with store.writing() as connection:
        save_quota(connection, 1, 17, datetime(2026, 11, 21, 14, 0, tzinfo=UTC))
    store.close()

    row = listed(config)["from-the-file"]
    assert (row["quota_left"], row["quota_until"]) == (17, "2026-11-21T14:00:00Z")
    assert "17 requests left" in source("list", config=config).out


def test_a_paused_source_is_left_alone_until_it_is_resumed(config: Path) -> None:
    source("pause", "from-the-file", config=config)
    assert listed(config)["from-the-file"]["status"] == "off"
    assert json.loads(earshot("collect", "--json", "--config", config).out) == []

    source("resume", "from-the-file", config=config)

    assert len(json.loads(earshot("collect", "--json", "--config", config).out)) == 1


def test_removing_keeps_what_was_said_and_refuses_what_the_file_provides(
    config: Path, server: ScriptedServer
) -> None:
    source("add", "mill", "--url", f"{server.url}/feed", config=config)
    earshot("collect", "--source", "mill", "--config", config)

    removed, refused, nowhere = (
        source("remove", name, config=config) for name in ("mill", "from-the-file", "mil")
    )

    assert (removed.code, refused.code, nowhere.code) == (0, 1, 1)
    assert "remove it there" in refused.err
    assert "there is no source 'mil'" in nowhere.err
    assert "mill" not in listed(config)
    assert len(json.loads(earshot("search", "", "--json", "--config", config).out)) == 2


OPML = """<?xml version="1.0"?><opml version="2.0"><head><title>Mine</title></head><body>
<outline text="Food"><outline text="Mill Lane" type="rss" xmlUrl="SERVER/feed"/>
<outline title="Mill Lane" xmlUrl="SERVER/second"/></outline>
<outline text="the same again" xmlUrl="SERVER/feed"/>
<outline text="no feed"/><outline text="bad" xmlUrl="file:///etc/passwd"/></body></opml>"""


def test_a_list_of_feeds_comes_in_once_and_goes_out_again(
    config: Path, tmp_path: Path, server: ScriptedServer
) -> None:
    """faults.md 35, 92."""
    file = tmp_path / "feeds.opml"
    file.write_text(OPML.replace("SERVER", server.url))

    tried = json.loads(source("import", file, "--dry-run", "--json", config=config).out)
    assert len(listed(config)) == 1
    first = source("import", file, "--json", config=config)
    again = json.loads(source("import", file, "--json", config=config).out)
    out = source("export", config=config).out

    told = valid("source-import", json.loads(first.out))
    assert first.code == 1  # one was refused
    assert (told["added"], told["known"], told["no_feed"]) == (["Mill Lane", "Mill Lane 2"], 1, 2)
    assert {**told, "dry_run": True} == tried
    assert (again["added"], again["known"]) == ([], 3)
    assert "file:///etc/passwd" in told["refused"][0]
    urls = {f"{server.url}/{path}" for path in ("feed", "second", "other")}
    assert {outline.url for outline in outlines(out.encode())} == urls


def test_a_list_that_breaks_off_keeps_what_stands_before(
    config: Path, tmp_path: Path, server: ScriptedServer
) -> None:
    file = tmp_path / "feeds.opml"
    file.write_text(OPML.replace("SERVER", server.url)[:260])

    told = source("import", file, config=config)

    assert told.code == 1
    assert "no whole OPML" in told.err
    assert "Mill Lane" in listed(config)


def outlines(body: bytes) -> list[Outline]:
    from io import BytesIO

    return list(read_opml(BytesIO(body), "feeds.opml"))


LAUGHS = (
    "<!DOCTYPE opml [<!ENTITY l0 'lol'>"
    + "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 10))
    + "]><opml><body><outline text='&l9;' xmlUrl='https://a.example/'/></body></opml>"
)


@pytest.mark.parametrize(
    "body",
    [
        b"<html><body>no list</body></html>",
        b"",
        b"<opml>" + b"<outline text='x'>" * 3000,
        b'<!DOCTYPE opml [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><opml><body/></opml>',
        LAUGHS.encode("utf-16"),
        f"<!--{'x' * 100_000}-->{LAUGHS}".encode(),
    ],
    ids=["a page", "nothing", "three thousand levels", "entities", "laughs in UTF-16", "laughs far behind"],
)
def test_what_is_no_list_is_refused_in_words(body: bytes) -> None:
    """faults.md 27, 35."""
    with pytest.raises(NeedsAttention, match="feeds.opml"):
        outlines(body)


def test_a_list_that_is_too_large_is_refused_before_it_is_read() -> None:
    """faults.md 92."""
    with pytest.raises(NeedsAttention, match="larger than 64 MiB; split it"):
        outlines(b"<opml>".ljust(LARGEST + 1))


def test_fifty_megabytes_and_a_thousand_levels_are_read(tmp_path: Path) -> None:
    """faults.md 35."""
    deep = b"<outline text='f'>" * 1000 + b"<outline xmlUrl='https://a.example/'/>" + b"</outline>" * 1000
    entry = b"<outline text='" + b"x" * 1000 + b"' xmlUrl='https://b.example/'/>"
    body = b"<opml><body>" + deep + entry * 48_000 + b"</body></opml>"

    found = [outline.url for outline in outlines(body) if outline.url]

    assert len(body) > 50_000_000
    assert len(found) == 48_001


@given(
    st.lists(
        st.builds(
            Outline,
            st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"])),
            st.just("https://a.example/"),
        ),
        max_size=5,
    )
)
def test_what_is_written_is_read_back(feeds: list[Outline]) -> None:
    written = [Outline(one_line(feed.title, 200), feed.url) for feed in feeds]

    assert outlines(write_opml(written, "Ours")) == written
