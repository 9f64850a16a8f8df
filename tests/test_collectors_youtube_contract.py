"""The contract of all collectors, for channel youtube: a scripted YouTube acts the world."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from collectors.contract_suite import Post, Scenario, World, collector_contract
from collectors.youtube import YouTube
from model import Secret
from tests.scripted import Answer, Request, ScriptedServer
from tests.youtube_service import THREADS, VIDEO, YouTubeService, thread


@contextmanager
def acted(world: World) -> Iterator[Mapping[str, object]]:
    """Act the world as comments on a video."""
    with ScriptedServer() as server:
        service = YouTubeService(server)

        def listed(asked: Request) -> Answer:
            service.threads = [_thread(post) for post in reversed(world.posts)]
            if world.has_bad_item:
                service.threads.insert(1, {"kind": "youtube#commentThread", "snippet": {"videoId": VIDEO}})
            whole = service.listed(asked)
            if world.fault is None:
                return whole
            if world.fault.cut_after is not None:
                return replace(whole, cut_after=world.fault.cut_after)
            return Answer(world.fault.status, world.fault.headers, world.fault.body)

        server.route(THREADS, listed)
        yield {"api_key": Secret("canary-youtube-key"), "video": VIDEO, "base_url": server.url}


def _thread(post: Post) -> dict[str, object]:
    moment = post.at.strftime("%Y-%m-%dT%H:%M:%SZ")
    author = {
        "authorDisplayName": f"@{post.author}",
        "authorChannelId": {"value": f"UCperson{post.number:020}"},
    }
    return thread(f"UgxPost{post.number:04}", text=post.text, publishedAt=moment, updatedAt=moment, **author)


TestContract = collector_contract(
    Scenario(channel="youtube", collector=YouTube, serve=acted, heavy=("googleapiclient", "httpx"))
)
