"""Channel github: what is read of a repository, in which order, and where it goes on."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from collectors.contract import Batch
from collectors.github import GitHub
from model import Cursor, Mention
from tests.github_service import (
    COMMENTS,
    GRAPHQL,
    ISSUES,
    NOW,
    GitHubService,
    at,
    comment,
    discussion,
    github,
    issue,
    reach,
    said,
    user,
)
from tests.scripted import Answer, Request, ScriptedServer


@pytest.fixture
def service(server: ScriptedServer) -> GitHubService:
    return GitHubService(server)


def batches(collector: GitHub, cursor: Cursor | None = None) -> list[Batch]:
    return list(collector.collect(cursor or {}, reach()))


def heard(read: list[Batch]) -> dict[str, Mention]:
    return {mention.external_id: mention for batch in read for mention in batch.mentions}


def test_an_issue_and_its_comments_are_one_thread(service: GitHubService) -> None:
    service.issues = [issue(12)]
    service.comments = [comment(5, 12, "We answer: today!", user=user("riversidefood", 1))]

    found = heard(batches(github(service.server)))

    first, answer = found["riverside/weekend-box#12"], found["IC_kwDO5"]
    assert (first.title, first.thread_id, first.parent_id) == ("Late boxes 12", first.external_id, None)
    assert (answer.thread_id, answer.parent_id) == (first.external_id, first.external_id)
    assert first.author is not None
    assert (first.author.handle, first.author.external_id) == ("northside-ann", "4711")
    assert first.url == "https://github.com/Riverside/Weekend-Box/issues/12"
    assert answer.author is not None
    assert answer.author.handle == "riversidefood", "our own answers are kept"


def test_ids_of_another_server_are_its_own(service: GitHubService) -> None:
    service.issues = [issue(12)]
    elsewhere = heard(batches(github(service.server)))["riverside/weekend-box#12"]

    assert elsewhere.scope == service.server.url.removeprefix("http://")
    assert GitHub(repository="a/b")._place().scope == ""


def test_an_edit_comes_again_and_a_label_does_not(service: GitHubService) -> None:
    """faults.md 26."""
    service.issues, service.comments = [issue(1), issue(2)], [comment(3, 1)]
    cursor = batches(github(service.server))[-1].cursor
    later = at(NOW - timedelta(minutes=5))

    service.issues = [issue(1, updated_at=later, labels=["bug"]), issue(2, "No, early.", updated_at=later)]
    service.comments = [comment(3, 1, "Here not.", updated_at=later)]
    again = heard(batches(github(service.server), cursor))

    assert {key: mention.text for key, mention in again.items()} == {
        "riverside/weekend-box#2": "No, early.",
        "IC_kwDO3": "Here not.",
    }
    assert again["IC_kwDO3"].edited_at == NOW - timedelta(minutes=5)
    assert again["riverside/weekend-box#2"].edited_at is None, "a comment or a label moves it too"


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [(("issues",), {"#1", "3"}), (("pulls",), {"#2", "4"}), (("issues", "pulls"), {"#1", "3", "#2", "4"})],
)
def test_pull_requests_stand_among_issues_and_are_told_apart(
    service: GitHubService, kinds: tuple[str, ...], expected: set[str]
) -> None:
    review = {"html_url": "https://github.com/Riverside/Weekend-Box/pull/2#issuecomment-4"}
    service.issues = [issue(1), issue(2, pull_request={"url": "…"})]
    service.comments = [comment(3, 1), comment(4, 2, **review)]

    found = heard(batches(github(service.server, *kinds)))

    assert {each.removeprefix("riverside/weekend-box").removeprefix("IC_kwDO") for each in found} == expected


def test_nothing_new_costs_two_requests_that_say_so(service: GitHubService) -> None:
    """faults.md 15."""
    service.issues = [issue(1)]
    cursor = batches(github(service.server))[-1].cursor
    service.server.requests.clear()

    again = batches(github(service.server), cursor)

    assert [request.path for request in service.server.requests] == [ISSUES, COMMENTS]
    assert all("if-none-match" in request.headers for request in service.server.requests)
    assert not heard(again)
    assert again[-1].cursor == cursor


def test_what_changes_while_pages_are_read_is_not_passed_over(service: GitHubService) -> None:
    """An issue of the first page moves to the end of the list; all others move up by one place."""
    start = NOW - timedelta(days=2)
    service.issues = [issue(n, updated_at=at(start + timedelta(minutes=n))) for n in range(1, 251)]
    whole = service.listed

    def then_one_changes(asked: Request) -> Answer:
        answer = whole(asked, service.issues)
        service.issues[0]["updated_at"] = at(NOW)
        return answer

    service.server.route(ISSUES, then_one_changes)
    found = heard(batches(github(service.server)))

    assert len(found) == 250


def test_hundreds_of_one_second_are_read_by_their_pages(service: GitHubService) -> None:
    service.issues = [issue(n) for n in range(1, 251)]

    read = batches(github(service.server))
    again = batches(github(service.server), read[-1].cursor)

    assert len(heard(read)) == 250
    assert not heard(again)


def test_a_first_reading_goes_back_thirty_days_and_a_poll_ends(service: GitHubService) -> None:
    start = NOW - timedelta(days=29)
    long_ago = [issue(n, updated_at=at(NOW - timedelta(days=40))) for n in range(5001, 5011)]
    service.issues = [
        issue(n, updated_at=at(start + timedelta(minutes=n))) for n in range(1, 2101)
    ] + long_ago

    first = batches(github(service.server))
    n_asked = len(service.server.asked(ISSUES))
    second = batches(github(service.server), first[-1].cursor)

    assert n_asked == 20
    assert len(heard(first)) < 2100
    assert len(heard([*first, *second])) == 2100


def test_pages_that_repeat_are_stopped(service: GitHubService) -> None:
    """faults.md 25."""
    page = json.dumps([issue(n) for n in range(1, 101)])
    link = f'<{service.server.url}{ISSUES}?page=2>; rel="next"'
    service.server.route(ISSUES, Answer(headers={"Link": link}, body=page))

    read = batches(github(service.server))

    assert len(service.server.asked(ISSUES)) == 4, "by time as far as that goes, then page two twice"
    assert any("repeat" in words for batch in read for words in batch.skipped)


def test_a_next_page_elsewhere_is_not_asked_for(service: GitHubService) -> None:
    """faults.md 14."""
    with ScriptedServer() as elsewhere:
        elsewhere.route("/steal", Answer(body="[]"))
        told = {"Link": f'<{elsewhere.url}/steal>; rel="next"'}
        service.server.route(ISSUES, Answer(headers=told, body="[]"))

        assert batches(github(service.server)), "it ends"

    assert "authorization" in service.server.asked(ISSUES)[0].headers
    assert elsewhere.requests == []


def test_the_remarks_of_templates_are_left_out(service: GitHubService) -> None:
    service.issues = [
        issue(1, "<!-- Thanks for\r\nwriting! -->\r\n**Late** again\x00\r\n<!-- open"),
        issue(2, None),
    ]

    found = heard(batches(github(service.server)))

    assert found["riverside/weekend-box#1"].text == "**Late** again"
    assert found["riverside/weekend-box#2"].text == ""


def test_what_a_deleted_account_wrote_is_gone(service: GitHubService) -> None:
    """faults.md 26."""
    service.issues = [issue(1), issue(2)]
    cursor = batches(github(service.server))[-1].cursor
    later = at(NOW)

    service.issues = [
        issue(1, user=user("ghost", 10137), updated_at=later),
        issue(2, user=None, updated_at=later),
    ]
    (first, _) = batches(github(service.server), cursor)

    assert list(first.gone) == ["riverside/weekend-box#1", "riverside/weekend-box#2"]
    assert not first.mentions


def test_a_discussion_is_read_with_its_comments_and_their_replies(service: GitHubService) -> None:
    reply = said("DC_kwDO3", "On Friday.", replyTo={"id": "DC_kwDO2"})
    bot = {"__typename": "Bot", "login": "stale", "databaseId": 9}
    service.discussions = [discussion(7, said("DC_kwDO2", replies=[reply]), said("DC_kwDO4", author=bot))]

    found = heard(batches(github(service.server, "discussions")))

    assert list(found) == ["riverside/weekend-box#7", "DC_kwDO2", "DC_kwDO3", "DC_kwDO4"]
    assert found["DC_kwDO2"].parent_id == "riverside/weekend-box#7"
    assert found["DC_kwDO3"].parent_id == "DC_kwDO2"
    assert {mention.thread_id for mention in found.values()} == {"riverside/weekend-box#7"}
    assert found["DC_kwDO4"].author is not None
    assert found["DC_kwDO4"].author.handle == "stale[bot]", "REST and GraphQL name a bot differently"


def test_only_changed_discussions_are_read_again(service: GitHubService) -> None:
    service.discussions = [discussion(number) for number in range(1, 6)]
    cursor = batches(github(service.server, "discussions"))[-1].cursor
    service.server.requests.clear()
    later = at(NOW)

    service.discussions[2] = discussion(3, said("DC_kwDO9"), updatedAt=later)
    again = heard(batches(github(service.server, "discussions"), cursor))

    assert list(again) == ["riverside/weekend-box#3", "DC_kwDO9"]
    assert len(service.server.asked(GRAPHQL)) == 2


def test_many_discussions_are_read_over_several_polls(service: GitHubService) -> None:
    start = NOW - timedelta(days=5)
    service.discussions = [discussion(n, updatedAt=at(start + timedelta(hours=n))) for n in range(1, 71)]
    collector = github(service.server, "discussions")

    polls = [batches(collector)]
    polls += [batches(collector, polls[-1][-1].cursor)]
    polls += [batches(collector, polls[-1][-1].cursor)]

    assert [len(heard(read)) for read in polls] == [30, 30, 10]


def test_a_comment_page_after_page_and_what_is_left_out_is_told(service: GitHubService) -> None:
    replies = [said(f"DC_kwDR{n}", replyTo={"id": "DC_kwDO0"}) for n in range(60)]
    comments = [said(f"DC_kwDO{n}", replies=replies if n == 0 else []) for n in range(120)]
    service.discussions = [discussion(7, *comments)]

    (batch,) = batches(github(service.server, "discussions"))

    assert len(batch.mentions) == 1 + 120 + 50
    assert list(batch.skipped) == ["discussion 7: 10 older replies to one comment are left out"]


def test_the_quota_is_told_and_kept(service: GitHubService) -> None:
    """faults.md 23."""
    service.headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(NOW.timestamp()) + 600)}
    service.issues = [issue(1)]

    (batch,) = batches(github(service.server))

    assert batch.quota is not None
    assert (batch.quota.left, batch.quota.until) == (0, NOW + timedelta(minutes=10))
    assert batch.wait == timedelta(minutes=10)
    assert not service.server.asked(COMMENTS), "it stops where nothing is left"


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"repository": "weekend-box"}, "owner/name"),
        ({"repository": "a/b", "kinds": ("issues", "wiki")}, "wiki"),
        ({"repository": "a/b", "kinds": ()}, "nothing"),
        ({"repository": "a/b", "kinds": ("discussions",)}, "token"),
    ],
)
def test_settings_that_cannot_work_are_refused(settings: dict[str, object], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        GitHub(**settings)  # type: ignore[arg-type]
