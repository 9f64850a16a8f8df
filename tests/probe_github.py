"""The probe's place on channel github: issues and their comments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from model import Secret
from tests.github_service import COMMENTS, ISSUES, REPOSITORY, GitHubService, at, comment, issue, user
from tests.probe import NOW, RESET, Place, Said, World
from tests.scripted import ScriptedServer


@contextmanager
def serve(world: World) -> Iterator[Mapping[str, object]]:
    """Act the world as issues; answers are comments."""
    with ScriptedServer() as server:
        service = GitHubService(server)

        def show() -> None:
            things = [write(each) for each in world.there()]
            service.issues = [each for each in things if "number" in each]
            service.comments = [each for each in things if "number" not in each]
            if world.has_bad_item:
                service.issues.insert(0, {"title": "nobody can read this", "updated_at": at(NOW)})
            service.headers = {} if world.requests_left is None else dict(until_reset(None))

        world.show = show
        server.route(ISSUES, world.answering(lambda asked: service.listed(asked, service.issues)))
        server.route(COMMENTS, lambda asked: service.listed(asked, service.comments))
        yield {"repository": REPOSITORY, "token": Secret("canary-probe-token"), "base_url": server.url}


def write(said: Said) -> dict[str, Any]:
    """Return a thing as REST writes it."""
    changed = said.edited_at or said.came_at
    told: dict[str, Any] = {
        "created_at": None if said.at is None else at(said.at),
        "updated_at": at(changed),
        "_edited_at": None if said.edited_at is None else at(said.edited_at),
        "user": user(said.author, sum(map(ord, said.author))),
    }
    if said.has_lost_its_author:
        told["user"] = user("ghost", 10137)
    if said.answers is not None:
        return comment(said.number, said.answers.number, said.text, **told)
    return issue(said.number, said.text, **told)


def until_reset(pause: timedelta | None) -> Mapping[str, str]:
    """Ask for a pause as GitHub does when the hour's quota is used up."""
    moment = RESET if pause is None else NOW + timedelta(minutes=40) + pause
    return {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(moment.timestamp()))}


PLACE = Place(
    channel="github",
    serve=serve,
    pause=until_reset,
    first_reads=2000,
    cannot={
        "renews": "a token does not end by itself",
        "forgets pages": "pages are named by times",
        "own dates": "GitHub lists by the time of the last change, which it sets itself",
        "ids by hand": "GitHub makes the ids, and gives none twice",
        "numbered anew": "ids are for good",
    },
)
