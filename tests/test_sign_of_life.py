"""The sign of life to an outside watch: given while all is well, withheld when a job is stuck."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from net.http import Http, Rules
from scheduler import LATE, _give_a_sign_of_life
from stages.line import Line
from tests.scripted import Answer, ScriptedServer
from tests.stores import NOW, a_store, settings

WELL = {"listen": NOW, "tell": NOW}


def sign(tmp_path: Path, address: str, ended: dict[str, Any]) -> None:
    def no_analyzer() -> Any:
        raise AssertionError("nothing is analysed here")

    with a_store(tmp_path) as store:
        http = Http(Rules(allow_private_networks=True))
        line = Line(settings=settings(), store=store, http=http, now=lambda: NOW, analyzer=no_analyzer)
        _give_a_sign_of_life(line, address, ended)
        http.close()


def test_it_is_given_while_all_is_well(tmp_path: Path, server: ScriptedServer) -> None:
    """faults.md 97."""
    server.route("/ping", Answer())

    sign(tmp_path, f"{server.url}/ping", WELL)

    assert [request.path for request in server.requests] == ["/ping"]


@pytest.mark.parametrize(
    "ended",
    [{}, {"listen": NOW}, {**WELL, "listen": NOW - LATE - timedelta(seconds=1)}],
    ids=["nothing ran", "nobody was told", "listening is stuck"],
)
def test_it_is_withheld_when_a_job_is_stuck(
    tmp_path: Path, server: ScriptedServer, ended: dict[str, Any]
) -> None:
    """faults.md 97."""
    sign(tmp_path, f"{server.url}/ping", ended)

    assert server.requests == []


def test_a_watch_that_cannot_be_reached_stops_nothing(
    tmp_path: Path, server: ScriptedServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.route("/ping", Answer(reset=True))

    sign(tmp_path, f"{server.url}/ping", WELL)

    assert "cannot be reached" in caplog.text
