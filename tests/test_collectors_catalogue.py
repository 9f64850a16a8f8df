"""Channels are found by entry points, and a broken one never stops the others."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

import collectors
from collectors.rss import Rss
from errors import NeedsAttention
from model import Secret, Source

PLUGIN = """
from dataclasses import dataclass

@dataclass(frozen=True)
class Good:
    url: str
    def collect(self, cursor, reach): ...

@dataclass
class Melting:
    def collect(self, cursor, reach): ...

@dataclass(frozen=True)
class Silent:
    url: str

def no_class(): ...
"""


REDDIT: dict[str, object] = {"subreddit": "foodbanks"}
ACCOUNT: dict[str, object] = {"client_id": "app", "client_secret": Secret("canary")}


@pytest.fixture
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stranger's modules on the path: one that works in part, and one that cannot even be imported."""
    (tmp_path / "earshot_plugin_good.py").write_text(PLUGIN)
    (tmp_path / "earshot_plugin_bad.py").write_text("raise RuntimeError('no licence')")
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("earshot_plugin_good", "earshot_plugin_bad"):
        monkeypatch.delitem(sys.modules, name, raising=False)


def point(name: str, value: str) -> EntryPoint:
    return EntryPoint(name, value, collectors.GROUP)


def test_our_own_channels_are_there() -> None:
    assert {"rss", "reddit", "x"} <= collectors.catalogue().keys()


@pytest.mark.usefixtures("plugins")
def test_a_broken_plugin_never_stops_the_others(caplog: pytest.LogCaptureFixture) -> None:
    values = {
        "good": "earshot_plugin_good:Good",
        "bad": "earshot_plugin_bad:Bad",
        "gone": "earshot_plugin_gone:Gone",
        "misspelt": "earshot_plugin_good:Godo",
        "melting": "earshot_plugin_good:Melting",
        "silent": "earshot_plugin_good:Silent",
        "function": "earshot_plugin_good:no_class",
    }

    found = collectors.load({name: point(name, value) for name, value in values.items()})

    assert found.collectors.keys() == {"good"}
    assert found.faults.keys() == values.keys() - {"good"}
    assert "no licence" in found.faults["bad"]
    assert len(caplog.records) == 6


def test_nobody_takes_a_channel_away_from_us() -> None:
    @dataclass(frozen=True)
    class Distribution:
        name: str

    @dataclass(frozen=True)
    class Point:
        name: str
        value: str
        dist: Distribution | None

    points = [
        Point("rss", "theirs", Distribution("another")),
        Point("rss", "ours", Distribution("earshot")),
        Point("rss", "nobody's", None),
        Point("forum", "theirs", Distribution("another")),
    ]

    chosen = collectors.by_channel(points)

    assert {name: each.value for name, each in chosen.items()} == {"rss": "ours", "forum": "theirs"}


def test_builds_the_collector_of_a_source() -> None:
    source = Source(name="blog", channel="rss", settings={"url": "https://northside.example/feed"})

    assert collectors.build(source) == Rss(url="https://northside.example/feed")


@pytest.mark.parametrize(
    ("channel", "settings", "words"),
    [
        ("rrs", {}, "'blog': there is no collector for channel 'rrs'; there are: .*rss"),
        ("rss", {}, "'blog': url is missing"),
        (
            "rss",
            {"url": "x", "token": Secret("canary")},
            "'blog': channel rss knows no token; there are: url",
        ),
        (
            "reddit",
            {"subreddit": "not a name", "client_id": "i", "client_secret": Secret("canary")},
            "'blog': subreddit.*not a name",
        ),
    ],
)
def test_a_source_that_cannot_be_built_says_why(
    channel: str, settings: dict[str, object], words: str
) -> None:
    with pytest.raises(NeedsAttention, match=words) as error:
        collectors.build(Source(name="blog", channel=channel, settings=settings))

    assert "canary" not in str(error.value)


def test_a_missing_client_library_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "praw", None)

    with pytest.raises(NeedsAttention, match=r"pip install earshot\[reddit\]"):
        collectors.build(Source(name="foodbanks", channel="reddit", settings=REDDIT | ACCOUNT))


def test_reddit_s_feeds_need_no_client_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "praw", None)

    assert collectors.build(Source(name="foodbanks", channel="reddit", settings=REDDIT)) is not None
