"""Where the disk is nearly full nothing more is collected, and all else goes on."""

from __future__ import annotations

import shutil
from pathlib import Path

from pipeline import cycle
from stages.collect import collect
from tests.feeds import XML, item, rss
from tests.lines import Clock, a_line, feed, listening
from tests.scripted import Answer, ScriptedServer

ONE = Answer(headers=XML, body=rss(item(1)))
ALL_THERE_IS = shutil.disk_usage("/").total * 1000


def test_below_the_floor_every_source_waits_and_says_why(tmp_path: Path, server: ScriptedServer) -> None:
    """faults.md 64."""
    server.route("/feed", ONE)
    configured = listening(feed("blog", server.url + "/feed"), feed("forum", server.url + "/feed"))
    with a_line(tmp_path, configured, clock=Clock()) as line:
        line.store.floor = ALL_THERE_IS
        told = collect(line)

        assert [(one.source, one.status, one.new) for one in told] == [
            ("blog", "waiting", 0),
            ("forum", "waiting", 0),
        ]
        assert all("MB are free beside earshot.db" in str(one.error) for one in told)
        assert server.requests == []


def test_once_there_is_room_again_everything_is_still_due(tmp_path: Path, server: ScriptedServer) -> None:
    """faults.md 64."""
    server.route("/feed", ONE)
    with a_line(tmp_path, listening(feed("blog", server.url + "/feed")), clock=Clock()) as line:
        line.store.floor = ALL_THERE_IS
        round_without_room = cycle(line)
        line.store.floor = 0
        told = collect(line)

        assert round_without_room.collected[0].status == "waiting"
        assert [(one.status, one.new) for one in told] == [("ok", 1)]


def test_only_the_named_sources_are_told_of(tmp_path: Path, server: ScriptedServer) -> None:
    configured = listening(feed("blog", server.url + "/a"), feed("forum", server.url + "/b"))
    with a_line(tmp_path, configured, clock=Clock()) as line:
        line.store.floor = ALL_THERE_IS

        assert [one.source for one in collect(line, names=["forum"])] == ["forum"]
