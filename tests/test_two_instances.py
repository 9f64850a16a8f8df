"""Two instances at work in one store at the same moment: everything is heard, told and sent once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import pipeline
from delivery.mailbox import received_mail
from storage import alerts
from tests.feeds import XML, item, rss
from tests.lines import a_line, feed, listening, mailing, stored
from tests.scripted import Answer, Request, ScriptedServer

MANY = 70
"""Feeds: more than one instance claims at once, so that both are at work."""


@pytest.fixture
def blogs(server: ScriptedServer) -> list[str]:
    def answer(request: Request) -> Answer:
        return Answer(headers=XML, body=rss(item(request.path[1:], f"{request.path}: the boxes came late.")))

    for n in range(MANY):
        server.route(f"/{n}", answer)
    return [f"{server.url}/{n}" for n in range(MANY)]


def test_two_instances_hear_tell_and_send_each_thing_once(
    store_url: str, blogs: list[str], tmp_path: Path
) -> None:
    """faults.md 50 and 74."""
    sources = [feed(f"blog-{n}", url, partner="Northside Shelter") for n, url in enumerate(blogs)]
    configured = listening(*sources)
    with received_mail(tmp_path / "mail") as port:
        opens = [a_line(store_url, configured, transport=mailing(port)) for _ in range(2)]
        with opens[0] as one, opens[1] as other, ThreadPoolExecutor(2) as both:
            done = list(both.map(pipeline.cycle, (one, other)))
            done.append(pipeline.cycle(one))  # what was claimed by the other while this one looked

            heard = [mention.external_id for mention in stored(one)]
            fired = one.store.write(alerts.list_alerts)
    letters = list((tmp_path / "mail").glob("*.eml"))

    assert len(heard) == len(set(heard)) == sum(len(each.collected) for each in done) == MANY
    assert sum(each.analyzed for each in done) == MANY
    assert len(fired) == sum(len(each.alerts) for each in done) == MANY
    assert len(letters) == sum(each.sent for each in done) > 0
