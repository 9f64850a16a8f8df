"""A small GitHub on a scripted server: lists that page and filter as its REST does, and the GraphQL that we ask.

Things are kept as REST writes them; GraphQL's answers are made of the same, so that both tell one truth.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from collectors.contract import Reach
from collectors.github import GitHub
from model import Secret
from net.addresses import LOOPBACK_ONLY
from net.http import Http
from tests.scripted import Answer, Request, ScriptedServer

NOW = datetime(2026, 5, 20, 9, 30, tzinfo=UTC)
REPOSITORY = "Riverside/Weekend-Box"
ISSUES = f"/repos/{REPOSITORY}/issues"
COMMENTS = f"{ISSUES}/comments"
GRAPHQL = "/graphql"
JSON = {"Content-Type": "application/json; charset=utf-8"}


@dataclass
class GitHubService:
    """A repository. ``headers`` go along with each answer; ``hidden`` numbers and ids may not be seen."""

    server: ScriptedServer
    issues: list[Any] = field(default_factory=list)
    comments: list[Any] = field(default_factory=list)
    discussions: list[dict[str, Any]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    hidden: set[object] = field(default_factory=set)
    has_etags: bool = True
    is_visible: bool = True
    page_size: int = 50

    def __post_init__(self) -> None:
        self.server.route(ISSUES, lambda asked: self.listed(asked, self.issues))
        self.server.route(COMMENTS, lambda asked: self.listed(asked, self.comments))
        self.server.route(GRAPHQL, self.graphql)

    def listed(self, asked: Request, things: list[Any]) -> Answer:
        """Answer as REST does: what changed since, oldest change first, a hundred a page, with Link and ETag."""
        given = {name: values[0] for name, values in asked.query.items()}
        assert (given["sort"], given["direction"]) == ("updated", "asc")
        size, number = int(given["per_page"]), int(given.get("page", 1))
        found = [each for each in things if not isinstance(each, dict) or _updated(each) >= given["since"]]
        found.sort(key=_updated)
        page = found[(number - 1) * size : number * size]
        body = json.dumps(page)
        headers = {**JSON, **self.headers}
        if self.has_etags:
            headers["ETag"] = f'W/"{sha256(body.encode()).hexdigest()}"'
            if asked.headers.get("if-none-match") == headers["ETag"]:
                return Answer(304, headers)
        if number * size < len(found):
            given["page"] = str(number + 1)
            query = "&".join(f"{name}={value}" for name, value in given.items())
            headers["Link"] = f'<{self.server.url}{asked.path}?{query}>; rel="next", <x>; rel="last"'
        return Answer(headers=headers, body=body)

    def graphql(self, asked: Request) -> Answer:
        """Answer the queries of ours as GraphQL does, with status 200 also for what does not exist."""
        assert asked.headers["authorization"].startswith("Bearer ")
        told = json.loads(asked.body)
        query, variables = told["query"], told["variables"]
        faults: list[dict[str, Any]] = []
        data: dict[str, Any] = {"repository": None}
        if not self.is_visible:
            faults.append(_not_found(["repository"]))
        elif "discussions(first: 100" in query:
            data["repository"] = {"discussions": self._changed(variables)}
        elif "discussion(number: $number)" in query:
            data["repository"] = {"discussion": self._thread(variables)}
        else:
            data = self._by_ids(query, variables, faults)
        return Answer(headers={**JSON, **self.headers}, body=json.dumps({"data": data, "errors": faults}))

    def _changed(self, variables: dict[str, Any]) -> dict[str, Any]:
        newest = sorted(self.discussions, key=lambda each: each["updatedAt"], reverse=True)
        nodes = [{"number": each["number"], "updatedAt": each["updatedAt"]} for each in newest]
        return _connection(nodes, variables.get("after"), self.page_size)

    def _thread(self, variables: dict[str, Any]) -> dict[str, Any] | None:
        found = [each for each in self.discussions if each["number"] == variables["number"]]
        if not found:
            return None
        comments = [
            {**each, "replies": {"totalCount": len(each["replies"]), "nodes": each["replies"][-50:]}}
            for each in found[0]["comments"]
        ]
        return {**found[0], "comments": _connection(comments, variables.get("after"), self.page_size)}

    def _by_ids(self, query: str, variables: dict[str, Any], faults: list[dict[str, Any]]) -> dict[str, Any]:
        repository: dict[str, Any] = {"id": "R_1"}
        threads = {each["number"]: _as_graphql(each) for each in self.issues}
        talks = {each["number"]: {**each, "comments": None} for each in self.discussions}
        for letter, things in (("i", threads), ("d", talks)):
            for number in map(int, re.findall(rf"{letter}_(\d+):", query)):
                repository[f"{letter}_{number}"] = things.get(number)
                if number in self.hidden:
                    repository[f"{letter}_{number}"] = None
                    faults.append({"type": "FORBIDDEN", "path": ["repository", f"{letter}_{number}"]})
                elif number not in things:
                    faults.append(_not_found(["repository", f"{letter}_{number}"]))
        if "$ids" not in query:
            return {"repository": repository}
        comments = {each["node_id"]: _as_graphql(each) for each in self.comments}
        for talk in self.discussions:
            around = {"discussion": {"number": talk["number"]}}
            for comment in talk["comments"]:
                for each in (comment, *comment["replies"]):
                    comments[each["id"]] = {**each, **around}
        nodes: list[Any] = []
        for index, node_id in enumerate(variables["ids"]):
            nodes.append(None if node_id in self.hidden else comments.get(node_id))
            if node_id not in comments:
                faults.append(_not_found(["nodes", index]))
        return {"repository": repository, "nodes": nodes}


def _updated(thing: object) -> str:
    return str(thing["updated_at"]) if isinstance(thing, dict) and "updated_at" in thing else ""


def _not_found(path: list[object]) -> dict[str, Any]:
    return {"type": "NOT_FOUND", "path": path, "message": "Could not resolve to a node."}


def _connection(nodes: list[Any], after: str | None, size: int) -> dict[str, Any]:
    first = int((after or "at-0").removeprefix("at-"))
    more = first + size < len(nodes)
    page = {"hasNextPage": more, "endCursor": f"at-{first + size}" if more else None}
    return {"pageInfo": page, "nodes": nodes[first : first + size]}


def _as_graphql(thing: dict[str, Any]) -> dict[str, Any]:
    """Return what GraphQL says of an issue or a comment of REST."""
    user = thing["user"]
    author = None
    if user is not None:
        is_bot = user["login"].endswith("[bot]")
        login = user["login"].removesuffix("[bot]")
        author = {"__typename": "Bot" if is_bot else "User", "login": login, "databaseId": user["id"]}
    told = {
        "body": thing["body"],
        "createdAt": thing["created_at"],
        "updatedAt": thing["updated_at"],
        "lastEditedAt": thing.get("_edited_at"),
        "url": thing["html_url"],
        "authorAssociation": thing["author_association"],
        "author": author,
    }
    if "number" in thing:
        kind = "PullRequest" if "pull_request" in thing else "Issue"
        return {**told, "__typename": kind, "number": thing["number"], "title": thing["title"]}
    around = {"number": int(thing["issue_url"].rpartition("/")[2])}
    place = {"pullRequest": around} if "/pull/" in thing["html_url"] else {"issue": around}
    return {**told, "__typename": "IssueComment", "id": thing["node_id"], **place}


def at(moment: datetime) -> str:
    """Return a time as GitHub writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def user(login: str = "northside-ann", number: int = 4711) -> dict[str, Any]:
    """Return an account as REST writes it."""
    return {"login": login, "id": number, "type": "User"}


def issue(number: int, body: str | None = "The boxes came late.", **changed: Any) -> dict[str, Any]:
    """Return an issue as REST writes it, written and changed an hour ago."""
    moment = "2026-05-20T08:30:00Z"
    data = {
        "id": 90_000 + number,
        "node_id": f"I_kwDO{number}",
        "number": number,
        "title": f"Late boxes {number}",
        "body": body,
        "user": user(),
        "html_url": f"https://github.com/{REPOSITORY}/issues/{number}",
        "created_at": moment,
        "updated_at": moment,
        "author_association": "NONE",
        "state": "open",
    }
    return {**data, **changed}


def comment(number: int, on: int, body: str = "Here too.", **changed: Any) -> dict[str, Any]:
    """Return a comment on an issue as REST writes it."""
    data = issue(on, body)
    for key in ("number", "title", "state"):
        del data[key]
    data |= {
        "id": number,
        "node_id": f"IC_kwDO{number}",
        "html_url": f"https://github.com/{REPOSITORY}/issues/{on}#issuecomment-{number}",
        "issue_url": f"https://api.github.com/repos/{REPOSITORY}/issues/{on}",
    }
    return {**data, **changed}


def said(node_id: str, body: str = "We wonder as well.", **changed: Any) -> dict[str, Any]:
    """Return a comment on a discussion as GraphQL writes it."""
    moment = "2026-05-20T08:30:00Z"
    data: dict[str, Any] = {
        "__typename": "DiscussionComment",
        "id": node_id,
        "body": body,
        "createdAt": moment,
        "updatedAt": moment,
        "lastEditedAt": None,
        "url": f"https://github.com/{REPOSITORY}/discussions/7#discussioncomment-{node_id}",
        "authorAssociation": "NONE",
        "author": {"__typename": "User", "login": "library-bob", "databaseId": 815},
        "replyTo": None,
        "replies": [],
    }
    return {**data, **changed}


def discussion(number: int, *comments: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """Return a discussion as GraphQL writes it, with its comments."""
    data = said("", "When do the boxes come?")
    for key in ("id", "replyTo", "replies"):
        del data[key]
    url = f"https://github.com/{REPOSITORY}/discussions/{number}"
    data |= {"__typename": "Discussion", "number": number, "title": f"Dates {number}", "url": url}
    return {**data, "comments": list(comments), **changed}


def github(server: ScriptedServer, *kinds: str, **changed: Any) -> GitHub:
    """Return a collector that reads the repository on the server, with a token."""
    token = changed.pop("token", Secret("canary-github-token"))
    return GitHub(repository=REPOSITORY, token=token, kinds=kinds or ("issues",), base_url=server.url)


def reach(now: datetime = NOW) -> Reach:
    """Return what a collector is lent: a client that reaches loopback only, and a clock that stands still."""
    return Reach(http=Http(LOOPBACK_ONLY), now=lambda: now, ours={})
