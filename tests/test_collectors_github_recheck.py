"""Channel github: what became of what was read."""

from __future__ import annotations

import pytest

from collectors.contract import Recheck
from errors import TryLater
from tests.github_service import GRAPHQL, GitHubService, comment, discussion, github, issue, reach, said, user
from tests.scripted import ScriptedServer

REPOSITORY = "riverside/weekend-box"


@pytest.fixture
def service(server: ScriptedServer) -> GitHubService:
    service = GitHubService(server)
    service.issues = [issue(1), issue(2, pull_request={"url": "…"})]
    service.comments = [comment(5, 1), comment(6, 2)]
    service.discussions = [
        discussion(7, said("DC_kwDO8", replies=[said("DC_kwDO9", replyTo={"id": "DC_kwDO8"})]))
    ]
    return service


ALL = [
    f"{REPOSITORY}#1",
    f"{REPOSITORY}#2",
    "IC_kwDO5",
    "IC_kwDO6",
    f"{REPOSITORY}#7",
    "DC_kwDO8",
    "DC_kwDO9",
]


def test_it_is_what_the_pipeline_asks(service: GitHubService) -> None:
    assert isinstance(github(service.server), Recheck)
    assert github(service.server).recheck_at_once == 100


def test_what_stands_is_told_with_one_query(service: GitHubService) -> None:
    told = github(service.server).recheck(ALL, reach())

    assert [mention.external_id for mention in told.edited] == [f"{REPOSITORY}#{n}" for n in (1, 2, 7)]
    assert (list(told.gone), told.unchanged) == ([], 4)
    assert len(service.server.asked(GRAPHQL)) == 1


def test_both_ways_of_reading_tell_the_same(service: GitHubService) -> None:
    """What is read again by its id must be no edit in the store's eyes."""
    edited = [comment(5, 1, "Here <!-- not --> too.", _edited_at="2026-05-20T09:00:00Z")]
    service.comments = edited
    read = {
        mention.external_id: mention
        for batch in github(service.server, "issues", "pulls", "discussions").collect({}, reach())
        for mention in batch.mentions
    }

    again = github(service.server).recheck(ALL, reach()).edited

    assert {each.external_id for each in again} >= {"IC_kwDO5", f"{REPOSITORY}#7"}
    for mention in again:
        before = read[mention.external_id]
        same = ("title", "text", "author", "url", "parent_id", "thread_id", "published_at", "scope", "raw")
        assert [getattr(mention, name) for name in same] == [getattr(before, name) for name in same]


def test_edits_deletions_and_deleted_accounts_are_told(service: GitHubService) -> None:
    """faults.md 26."""
    service.issues = [issue(2, "Mended.", pull_request={"url": "…"})]
    service.comments = [
        comment(5, 1, "Not here.", _edited_at="2026-05-20T09:00:00Z"),
        comment(6, 2, user=None),
    ]
    service.discussions[0]["comments"][0]["replies"] = []

    told = github(service.server).recheck(ALL, reach())

    assert {mention.external_id: mention.text for mention in told.edited} == {
        f"{REPOSITORY}#2": "Mended.",
        f"{REPOSITORY}#7": "When do the boxes come?",
        "IC_kwDO5": "Not here.",
    }
    assert sorted(told.gone) == ["DC_kwDO9", "IC_kwDO6", f"{REPOSITORY}#1"]


def test_a_ghost_is_a_deleted_account_too(service: GitHubService) -> None:
    service.issues[0]["user"] = user("ghost", 10137)

    assert list(github(service.server).recheck(ALL[:1], reach()).gone) == ALL[:1]


def test_what_may_not_be_seen_is_not_gone(service: GitHubService) -> None:
    service.hidden = {1, "IC_kwDO5"}

    told = github(service.server).recheck([ALL[0], ALL[2]], reach())

    assert (list(told.edited), list(told.gone), told.unchanged) == ([], [], 0)


def test_a_repository_that_is_out_of_sight_empties_nothing(service: GitHubService) -> None:
    service.is_visible = False

    with pytest.raises(TryLater) as raised:
        github(service.server).recheck(ALL, reach())
    assert raised.value.missing


def test_ids_that_are_not_of_here_are_not_told(service: GitHubService) -> None:
    told = github(service.server).recheck(["elsewhere/box#1", f"{REPOSITORY}#x"], reach())

    assert told.gone == []
    assert told.edited == []


def test_without_a_token_nothing_is_asked(service: GitHubService) -> None:
    told = github(service.server, token=None).recheck(ALL, reach())

    assert (list(told.edited), list(told.gone), told.unchanged) == ([], [], 0)
    assert not service.server.requests
