"""The town is heard whole and word for word by the collectors that Earshot ships, at both polls."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from collectors.contract import Collector, Reach
from collectors.demo import Community, Truth, serve, truths
from collectors.demo.items import Place, places
from collectors.reddit import Reddit
from collectors.rss import Rss
from collectors.x import X
from errors import TryLater
from model import Cursor, Mention, Secret
from net.addresses import LOOPBACK_ONLY
from net.http import Http

MOMENT = datetime(2026, 11, 21, 11, 30, tzinfo=UTC)
ALWAYS_UP = [place for place in places() if not place.down_at_first]


@pytest.fixture
def community() -> Iterator[Community]:
    with serve(MOMENT) as town:
        yield town


@pytest.fixture
def reach() -> Iterator[Reach]:
    http = Http(LOOPBACK_ONLY)
    yield Reach(http=http, now=lambda: MOMENT, ours={})
    http.close()


def collector(place: Place, town: Community) -> Collector:
    if place.channel == "reddit":
        base = f"{town.url}/reddit"
        return Reddit(
            subreddit=place.subreddit, client_id="demo", client_secret=Secret("demo"), base_url=base
        )
    if place.channel == "x":
        return X(query=place.query, bearer_token=Secret("demo"), base_url=f"{town.url}/x")
    return Rss(url=f"{town.url}/feeds/{place.moved_from or place.name}")


def heard(reading: Collector, cursor: Cursor, reach: Reach) -> tuple[dict[str, Mention], Cursor]:
    mentions: dict[str, Mention] = {}
    for batch in reading.collect(cursor, reach):
        assert not batch.skipped
        mentions |= {mention.external_id: mention for mention in batch.mentions}
        cursor = batch.cursor
    return mentions, cursor


def said(place: Place, poll: int) -> dict[str, Truth]:
    told = truths(2 if poll == 2 else 1)
    return {truth.external_id: truth for truth in told if truth.source == place.name}


@pytest.mark.parametrize("place", ALWAYS_UP, ids=lambda place: place.name)
def test_is_heard_whole_at_the_first_poll(place: Place, community: Community, reach: Reach) -> None:
    mentions, _ = heard(collector(place, community), {}, reach)

    expected = said(place, 1)
    assert {name: mention.text for name, mention in mentions.items()} == {
        name: truth.text for name, truth in expected.items()
    }
    assert {name: mention.parent_id for name, mention in mentions.items()} == {
        name: truth.parent_id for name, truth in expected.items()
    }


@pytest.mark.parametrize("place", ALWAYS_UP, ids=lambda place: place.name)
def test_brings_what_is_new_and_what_was_edited_at_the_second(
    place: Place, community: Community, reach: Reach
) -> None:
    reading = collector(place, community)
    before, cursor = heard(reading, {}, reach)

    community.advance()
    later, _ = heard(reading, cursor, reach)

    first, second = said(place, 1), said(place, 2)
    changed = {name for name in second if name not in first or first[name].text != second[name].text}
    assert changed <= set(later)
    assert {name: mention.text for name, mention in (before | later).items()} == {
        name: truth.text for name, truth in second.items()
    }


def test_waits_for_the_feed_that_sleeps_and_hears_it_later(community: Community, reach: Reach) -> None:
    (place,) = [place for place in places() if place.down_at_first]
    reading = collector(place, community)
    with pytest.raises(TryLater) as asked:
        heard(reading, {}, reach)

    community.advance()
    mentions, _ = heard(reading, {}, reach)

    assert asked.value.after == timedelta(seconds=60)
    assert set(mentions) == set(said(place, 2))


def test_tells_the_new_address_of_the_feed_that_moved(community: Community, reach: Reach) -> None:
    (place,) = [place for place in places() if place.moved_from]

    batches = list(collector(place, community).collect({}, reach))

    assert {batch.moved_to for batch in batches} == {f"{community.url}/feeds/{place.name}"}
