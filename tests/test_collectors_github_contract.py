"""The contract of all collectors, for channel github: issues by REST, and discussions by GraphQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

from collectors.contract_suite import NOW, Post, Scenario, World, collector_contract
from collectors.github import GitHub
from model import Secret
from tests.github_service import (
    COMMENTS,
    GRAPHQL,
    ISSUES,
    REPOSITORY,
    GitHubService,
    at,
    comment,
    discussion,
    issue,
    said,
    user,
)
from tests.scripted import Answer, Request, ScriptedServer


def faulty(world: World, whole: Answer) -> Answer:
    """Return the good answer, or what the world says in its place."""
    if world.fault is None:
        return whole
    if world.fault.cut_after is not None:
        # An empty list is shorter than the cut; nobody can tell it from a whole one.
        return Answer(200, body=b"[" * 4096, cut_after=world.fault.cut_after)
    return Answer(world.fault.status, world.fault.headers, world.fault.body)


@contextmanager
def acted_issues(world: World) -> Iterator[Mapping[str, object]]:
    """Act the world as issues, each third post a comment on the first."""
    with ScriptedServer() as server:
        service = GitHubService(server)

        def act(asked: Request) -> Answer:
            posts = [_rest(post) for post in world.posts]
            service.issues = [post for post in posts if "number" in post]
            service.comments = [post for post in posts if "number" not in post]
            if world.has_bad_item:
                service.issues.insert(0, {"title": "nobody can read this", "updated_at": at(NOW)})
            things = service.issues if asked.path == ISSUES else service.comments
            return faulty(world, service.listed(asked, things))

        server.route(ISSUES, act)
        server.route(COMMENTS, act)
        yield {"repository": REPOSITORY, "token": Secret("canary-github-token"), "base_url": server.url}


def _rest(post: Post) -> dict[str, object]:
    times = {"created_at": at(post.at), "updated_at": at(post.at)}
    author = user(post.author, post.number)
    if post.number % 3 == 0:
        return comment(post.number, 1, post.text, user=author, **times)
    return issue(post.number, post.text, user=author, **times)


@contextmanager
def acted_discussions(world: World) -> Iterator[Mapping[str, object]]:
    """Act the world as discussions, nine comments on each."""
    with ScriptedServer() as server:
        service = GitHubService(server)

        def act(asked: Request) -> Answer:
            service.discussions = [
                _talk(world.posts[first : first + 10]) for first in range(0, len(world.posts), 10)
            ]
            if world.has_bad_item:
                service.discussions[0]["comments"].append(said("no id!"))
            return faulty(world, service.graphql(asked))

        server.route(GRAPHQL, act)
        yield {
            "repository": REPOSITORY,
            "token": Secret("canary-github-token"),
            "kinds": ("discussions",),
            "base_url": server.url,
        }


def _talk(posts: list[Post]) -> dict[str, object]:
    first, *others = posts
    comments = [
        said(f"DC_kwDO{post.number}", post.text, createdAt=at(post.at), updatedAt=at(post.at))
        for post in others
    ]
    # What GitHub shows as changed moves with each comment; here also with a second one of the same second.
    last = at(posts[-1].at + timedelta(seconds=len(posts)))
    return discussion(first.number, *comments, body=first.text, createdAt=at(first.at), updatedAt=last)


def until_reset(pause: timedelta) -> Mapping[str, str]:
    """Ask for a pause as GitHub does when the hour's quota is used up."""
    return {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int((NOW + pause).timestamp()))}


ISSUE_SCENARIO = Scenario(
    channel="github", collector=GitHub, serve=acted_issues, pause=until_reset, heavy=("githubkit", "httpx")
)
TestIssues = collector_contract(ISSUE_SCENARIO)
TestDiscussions = collector_contract(replace(ISSUE_SCENARIO, serve=acted_discussions))
TestSecondaryLimit = collector_contract(
    Scenario(channel="github", collector=GitHub, serve=acted_issues)  # by Retry-After
)
