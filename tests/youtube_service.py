"""A small YouTube on a scripted server: threads of comments, listed newest first, and comments by their ids."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from collectors.contract import Reach
from collectors.youtube import YouTube
from model import Secret
from net.addresses import LOOPBACK_ONLY
from net.http import Http
from tests.scripted import Answer, Request, ScriptedServer

NOW = datetime(2026, 5, 20, 9, 30, tzinfo=UTC)
THREADS = "/youtube/v3/commentThreads"
COMMENTS = "/youtube/v3/comments"
VIDEO = "dQw4w9WgXcQ"
CHANNEL = "UCriverside0123456789abc"
JSON = {"Content-Type": "application/json; charset=UTF-8"}


@dataclass
class YouTubeService:
    """Threads of one channel, newest first as they stand. ``came_along`` replies come with their thread."""

    server: ScriptedServer
    threads: list[dict[str, Any]] = field(default_factory=list)
    came_along: int = 5
    age: int = 0  # page tokens of another age are no longer known

    def __post_init__(self) -> None:
        self.server.route(THREADS, self.listed)
        self.server.route(COMMENTS, self.comments)

    def listed(self, asked: Request) -> Answer:
        """Answer commentThreads.list."""
        given = {name: values[0] for name, values in asked.query.items()}
        assert given["order"] == "time"
        token = given.get("pageToken", "")
        if token and not token.startswith(f"{self.age}-"):
            return refused(400, "invalidPageToken", "The request specifies an invalid page token.")
        found = [each for each in self.threads if _is_about(each, given)]
        return _page([self._shown(each) for each in found], token, int(given["maxResults"]), self.age)

    def comments(self, asked: Request) -> Answer:
        """Answer comments.list, by ids or by the parent."""
        given = {name: values[0] for name, values in asked.query.items()}
        assert given["textFormat"] == "plainText"
        if "id" in given:
            wanted = given["id"].split(",")
            return _page([each for each in self._all() if each.get("id") in wanted], "", 1000)
        thread = [each for each in self.threads if each.get("id") == given["parentId"]]
        if not thread:
            return refused(404, "commentNotFound", "One or more of the specified comments cannot be found.")
        return _page(thread[0]["replies"], given.get("pageToken", ""), int(given["maxResults"]))

    def _all(self) -> list[dict[str, Any]]:
        tops = [each["snippet"]["topLevelComment"] for each in self.threads]
        return tops + [reply for each in self.threads for reply in each["replies"]]

    def _shown(self, told: dict[str, Any]) -> dict[str, Any]:
        shown = {key: value for key, value in told.items() if key != "replies"}
        replies = told.get("replies", [])
        if "snippet" in shown:
            shown["snippet"] = {**shown["snippet"], "totalReplyCount": len(replies)}
        return shown | ({"replies": {"comments": replies[: self.came_along]}} if replies else {})


def _is_about(told: dict[str, Any], given: dict[str, str]) -> bool:
    snippet = told.get("snippet", {})
    words = json.dumps(told)
    return given.get("videoId", snippet.get("videoId")) == snippet.get("videoId") and (
        given.get("searchTerms", "") in words
    )


def _page(items: list[Any], token: str, size: int, age: int = 0) -> Answer:
    first = int(token.partition("-")[2] or 0)
    body: dict[str, Any] = {"kind": "youtube#list", "items": items[first : first + size]}
    if first + size < len(items):
        body["nextPageToken"] = f"{age}-{first + size}"
    return Answer(headers=JSON, body=json.dumps(body))


def refused(status: int, reason: str, message: str = "No.") -> Answer:
    """Return a refusal as Google writes it."""
    fault = {"message": message, "domain": "youtube.x", "reason": reason}
    return Answer(
        status, JSON, json.dumps({"error": {"code": status, "message": message, "errors": [fault]}})
    )


def comment(comment_id: str, text: str = "The boxes came late.", **changed: Any) -> dict[str, Any]:
    """Return a comment as YouTube writes it."""
    snippet = {
        "channelId": CHANNEL,
        "textDisplay": text,
        "authorDisplayName": "@northside-ann",
        "authorChannelId": {"value": "UCann0123456789abcdefghi"},
        "publishedAt": "2026-05-20T08:30:00Z",
        "updatedAt": "2026-05-20T08:30:00Z",
        **changed,
    }
    return {"kind": "youtube#comment", "id": comment_id, "snippet": snippet}


def reply(comment_id: str, text: str = "Here too.", **changed: Any) -> dict[str, Any]:
    """Return a reply; the id of YouTube's holds its parent's."""
    return comment(comment_id, text, parentId=comment_id.partition(".")[0], **changed)


def thread(
    comment_id: str, *replies: dict[str, Any], text: str = "The boxes came late.", **changed: Any
) -> dict[str, Any]:
    """Return a thread with all its replies; the service shows what YouTube would."""
    video = changed.pop("videoId", VIDEO)
    top = comment(comment_id, text, **changed)
    snippet = {"channelId": CHANNEL, "videoId": video, "topLevelComment": top}
    return {"kind": "youtube#commentThread", "id": comment_id, "snippet": snippet, "replies": list(replies)}


def youtube(server: ScriptedServer, **changed: Any) -> YouTube:
    """Return a collector of the video's comments on the server."""
    place = {} if "channel_id" in changed else {"video": VIDEO}
    return YouTube(**{"api_key": Secret("canary-youtube-key"), "base_url": server.url, **place, **changed})


def reach(now: datetime = NOW) -> Reach:
    """Return what a collector is lent: a client that reaches loopback only, and a clock that stands still."""
    return Reach(http=Http(LOOPBACK_ONLY), now=lambda: now, ours={})
