"""The probe's place on channel reddit: the posts and comments of a subreddit, by the API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from model import Secret
from tests.probe import Place, Said, World
from tests.reddit_service import TOKEN, RedditService, answer, comment, post
from tests.scripted import Answer, Request, ScriptedServer


@contextmanager
def serve(world: World) -> Iterator[Mapping[str, object]]:
    """Act the world as r/foodbanks; answers are comments."""
    with ScriptedServer() as server:
        service = RedditService(server)
        tokens = ["token-0"]

        def sign_in(_asked: Request) -> Answer:
            tokens.append(f"token-{len(tokens)}")
            return answer({**TOKEN, "access_token": tokens[-1]})

        def show() -> None:
            there = [write(each) for each in reversed(world.there())]
            service.posts = [each for each in there if each["kind"] == "t3"]
            service.comments = [each for each in there if each["kind"] == "t1"]
            if world.has_bad_item:
                service.posts.insert(1, {"kind": "t3", "data": {"title": "nobody can read this"}})
            left = world.requests_left
            service.headers = {} if left is None else quota(left)

        def whole(asked: Request) -> Answer:
            if asked.headers["authorization"].removeprefix("Bearer ").removeprefix("bearer ") != tokens[-1]:
                return Answer(401, body='{"message": "Unauthorized", "error": 401}')
            return service.listing(service.posts, asked)

        world.show = show
        world.levers["end the session"] = lambda: tokens.append("ended")
        world.levers["forget the pages"] = lambda: service.deleted.add(service.posts[99]["data"]["name"])
        server.route("/api/v1/access_token", sign_in)
        server.route("/r/foodbanks/new", world.answering(whole))
        yield {
            "subreddit": "foodbanks",
            "client_id": "an-id",
            "client_secret": Secret("canary-probe-secret"),
            "base_url": server.url,
        }


def quota(left: int) -> dict[str, str]:
    used = {"x-ratelimit-used": "100", "x-ratelimit-remaining": f"{left}.0"}
    return {**used, "x-ratelimit-reset": "7200"}


def write(said: Said) -> dict[str, Any]:
    """Return a thing as Reddit writes it."""
    told: dict[str, Any] = {
        "author": "[deleted]" if said.has_lost_its_author else said.author,
        "created_utc": None if said.at is None else said.at.timestamp(),
        "edited": False if said.edited_at is None else said.edited_at.timestamp(),
    }
    if said.answers is not None:
        below = f"t3_{1000 + said.answers.number}"
        return comment(1000 + said.number, said.text, below=below, **told)
    return post(1000 + said.number, said.text, **told)


PLACE = Place(
    channel="reddit",
    serve=serve,
    first_reads=1000,
    cannot={
        "ids by hand": "Reddit makes the ids, and gives none twice",
        "numbered anew": "ids are for good",
        "moved for good": "Reddit's address is fixed; it redirects where there is no such subreddit",
    },
)
