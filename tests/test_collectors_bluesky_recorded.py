"""Records of the real network (../shared/recordings/bluesky), as posts of a search: and faults derived from them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from collectors.bluesky.wire import read_post, read_posts
from tests.bluesky_service import JSON, NOW, SEARCH, BlueskyService, bluesky, reach
from tests.scripted import Answer, ScriptedServer

POSTS = ("post_record", "extended_post_record", "custom_record")
NO_POSTS = ("like_record", "extended_like_record", "feed_record")
AUTHOR = {"did": "did:plc:kvwvcn5iqfooopmyzvb4qzba", "handle": "test.marshal.dev"}


def recorded(shared: Path, name: str) -> Any:
    return json.loads((shared / "recordings" / "bluesky" / f"{name}.json").read_text(encoding="utf-8"))


def view(record: Any) -> dict[str, Any]:
    """Return a record as a search shows it."""
    return {"uri": record["uri"], "cid": record["cid"], "author": AUTHOR, "record": record["value"]}


def test_recorded_records_of_every_shape_are_read_from_a_page(shared: Path, server: ScriptedServer) -> None:
    service = BlueskyService(server)
    page = {"posts": [view(recorded(shared, name)) for name in (*POSTS, *NO_POSTS)]}
    server.route(SEARCH, Answer(headers=JSON, body=json.dumps(page)))
    assert service.made == 0

    batches = list(bluesky(server).collect({}, reach()))

    told = {mention.text: mention for batch in batches for mention in batch.mentions}
    assert set(told) == {"new text114", "regress test"}
    assert str(told["new text114"].published_at) == "2024-02-22 19:58:13.903293+00:00"
    assert told["regress test"].lang == "en"
    assert len([line for batch in batches for line in batch.skipped]) == len(NO_POSTS)


def test_a_recorded_thread_s_post_becomes_a_mention(shared: Path) -> None:
    thread = recorded(shared, "thread_view_post_with_embed_media")["thread"]

    post = read_post(thread["post"], now=NOW)

    author = post.mention.author
    assert author is not None
    assert (author.handle, author.name) == ("test.marshal.dev", "Python SDK")
    assert post.mention.url == "https://bsky.app/profile/test.marshal.dev/post/3kaheyt6vpc22"
    assert str(post.mention.published_at) == "2023-09-28 12:49:36.735000+00:00"
    assert isinstance(post.mention.raw, dict)
    assert str(post.mention.raw["quoted"]).startswith("at://did:plc:")


@pytest.mark.parametrize("name", ["get_follows", "resolve_handle", "did_doc"])
def test_other_recorded_answers_are_no_page_of_posts(shared: Path, name: str) -> None:
    assert read_posts(recorded(shared, name), now=NOW) is None


def test_two_recorded_ids_swapped_stay_two_posts(shared: Path) -> None:
    one, other = (view(recorded(shared, name)) for name in ("post_record", "extended_post_record"))
    one["uri"], other["uri"] = other["uri"], one["uri"]

    found = read_posts({"posts": [one, other]}, now=NOW)

    assert found is not None
    assert len({post.uri for post in found.posts}) == 2
