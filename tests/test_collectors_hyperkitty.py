"""Channel hyperkitty: what is read of an archive, and where it goes on."""

from __future__ import annotations

import pytest

from collectors.contract import Batch, Recheck
from collectors.hyperkitty import HyperKitty
from errors import NeedsAttention, TryLater
from model import Cursor, Mention
from tests.hyperkitty_service import API, LIST, NOW, HyperKittyService, hashed, hyperkitty, letter, reach
from tests.scripted import Answer, Request, ScriptedServer


@pytest.fixture
def service(server: ScriptedServer) -> HyperKittyService:
    return HyperKittyService(server)


def batches(collector: HyperKitty, cursor: Cursor | None = None) -> list[Batch]:
    return list(collector.collect(cursor or {}, reach()))


def heard(read: list[Batch]) -> dict[str, Mention]:
    return {mention.external_id: mention for batch in read for mention in batch.mentions}


def test_a_letter_and_its_answer_are_one_thread_of_message_ids(service: HyperKittyService) -> None:
    service.letters = [letter("b@rfn", "Today!", answers="a@northside"), letter("a@northside")]

    found = heard(batches(hyperkitty(service.server)))

    first, answer = found["a@northside"], found["b@rfn"]
    assert (first.thread_id, first.parent_id) == ("a@northside", None)
    assert (answer.thread_id, answer.parent_id) == ("a@northside", "a@northside")
    assert first.author is not None
    assert (first.author.handle, first.author.name) == ("ann@northside.example", "Ann of Northside")
    assert first.url == f"{service.server.url}/archives/list/{LIST}/message/{hashed('a@northside')}/"
    assert first.scope == service.server.url.removeprefix("http://")


def test_what_a_letter_answers_is_looked_up_where_it_is_long_known(service: HyperKittyService) -> None:
    old = letter("old@northside", date="2020-05-20T08:30:00Z")
    service.letters = [letter("new@rfn", answers="old@northside"), old]
    service.open_letters()
    cursor = {"known": [[hashed("old@northside"), "old@northside"]]}
    forgotten = {"known": [[hashed("other@x"), "other@x"]]}

    known = heard(batches(hyperkitty(service.server), cursor))["new@rfn"]
    looked_up = heard(batches(hyperkitty(service.server), forgotten))["new@rfn"]

    assert known == looked_up
    assert known.parent_id == "old@northside"


def test_an_answer_to_a_letter_that_is_gone_keeps_its_place(service: HyperKittyService) -> None:
    service.letters = [letter("c@x", answers="gone@x"), letter("b@x", answers="gone@x")]
    service.server.route(f"{API}/email/{hashed('gone@x')}/", Answer(404))

    found = heard(batches(hyperkitty(service.server)))

    assert found["b@x"].thread_id == found["c@x"].thread_id == hashed("gone@x")
    assert len(service.server.asked(f"{API}/email/{hashed('gone@x')}/")) == 1


def test_quoted_words_are_not_the_writers(service: HyperKittyService) -> None:
    text = (
        "On Monday.\n\nOn 20 May 2026, Ann wrote:\n> When do the boxes come?\n> We are worried.\n-- \nBob\n"
    )
    service.letters = [letter("b@rfn", text), letter("c@rfn", None, subject="")]

    (batch,) = batches(hyperkitty(service.server))

    assert [mention.text.split("\n")[0] for mention in batch.mentions] == ["On Monday."]
    assert "worried" not in batch.mentions[0].text
    assert any("neither a subject nor a text" in words for words in batch.skipped)


def test_nothing_new_costs_one_request(service: HyperKittyService) -> None:
    service.letters = [letter(f"{n}@x") for n in range(5)]
    cursor = batches(hyperkitty(service.server))[-1].cursor
    service.server.requests.clear()

    batches(hyperkitty(service.server), cursor)

    assert [request.path for request in service.server.requests] == [f"{API}/emails/"]
    assert service.server.requests[0].headers["accept"] == "application/json"


def test_a_first_reading_is_bounded(service: HyperKittyService) -> None:
    service.letters = [letter(f"{n}@x") for n in range(1000, 0, -1)]

    first = batches(hyperkitty(service.server))
    again = batches(hyperkitty(service.server), first[-1].cursor)

    assert len(heard(first)) == 100
    assert min(int(each.partition("@")[0]) for each in heard(first)) == 901
    assert not heard(again)


def test_what_a_poll_does_not_reach_is_read_by_the_next(service: HyperKittyService) -> None:
    service.letters = [letter("0@x")]
    cursor = batches(hyperkitty(service.server))[-1].cursor
    service.letters = [letter(f"{n}@x") for n in range(250, -1, -1)]

    polls = [batches(hyperkitty(service.server), cursor)]
    polls += [batches(hyperkitty(service.server), polls[-1][-1].cursor)]
    polls += [batches(hyperkitty(service.server), polls[-1][-1].cursor)]

    assert [len(heard(read)) for read in polls] == [100, 100, 50]
    assert next(iter(heard(polls[0]))) == "1@x", "the oldest first"


def test_a_letter_that_is_deleted_while_pages_are_read_hides_no_other(service: HyperKittyService) -> None:
    service.letters = [letter("0@x")]
    cursor = batches(hyperkitty(service.server))[-1].cursor
    service.letters = [letter(f"{n}@x") for n in range(80, -1, -1)]
    whole = service.listed

    def then_one_goes(asked: Request) -> Answer:
        answer = whole(asked)
        del service.letters[3]
        return answer

    service.server.route(f"{API}/emails/", then_one_goes, whole)
    found = heard(batches(hyperkitty(service.server), cursor))

    assert len(found) == 79


def test_one_broken_letter_holds_nobody_up(service: HyperKittyService) -> None:
    service.letters = [letter(f"{n}@x") for n in range(3)]
    service.broken = {hashed("1@x")}

    first = batches(hyperkitty(service.server))
    service.broken = set()
    second = batches(hyperkitty(service.server), first[-1].cursor)

    assert set(heard(first)) == {"0@x", "2@x"}
    assert any("1@x" in words for words in first[-1].skipped)
    assert set(heard(second)) == {"1@x"}


def test_a_list_without_an_end_is_stopped(service: HyperKittyService) -> None:
    """faults.md 25."""
    cursor = {"known": [[hashed("lost@x"), "lost@x"]]}
    service.letters = [letter(f"{n}@x") for n in range(3000)]

    (*_, last) = read = batches(hyperkitty(service.server), cursor)

    assert len(service.server.asked(f"{API}/emails/")) == 30
    assert any("left out" in words for batch in read for words in batch.skipped)
    assert len(heard(read)) == 100
    assert last.cursor != cursor


def test_a_list_that_is_not_there_is_no_trouble_of_the_server(service: HyperKittyService) -> None:
    """HyperKitty 1.3 answers 500 for the letters of a list that it does not know.

    faults.md 18.
    """
    service.is_there = False

    with pytest.raises(TryLater) as raised:
        batches(hyperkitty(service.server))
    assert raised.value.missing


def test_a_private_list_waits_for_a_person(service: HyperKittyService) -> None:
    """faults.md 17."""
    service.server.route(f"{API}/emails/", Answer(403, body='{"detail": "You do not have permission."}'))

    with pytest.raises(NeedsAttention, match=LIST):
        batches(hyperkitty(service.server))


def test_recheck_tells_what_was_taken_out(service: HyperKittyService) -> None:
    """faults.md 26."""
    service.letters = [letter("a@x")]
    service.open_letters()

    told = hyperkitty(service.server).recheck(["a@x", "b@x"], reach())

    assert isinstance(hyperkitty(service.server), Recheck)
    assert (list(told.gone), told.unchanged) == (["b@x"], 1)


def test_an_archive_that_moved_away_empties_nothing(service: HyperKittyService) -> None:
    service.is_there = False

    with pytest.raises(TryLater) as raised:
        hyperkitty(service.server).recheck(["a@x"], reach())
    assert raised.value.missing


def test_dates_are_read_in_utc(service: HyperKittyService) -> None:
    """faults.md 32."""
    dates = ["2026-05-20T10:30:00+02:00", "2096-05-20T10:30:00Z", "yesterday"]
    service.letters = [letter(f"{n}@x", date=date) for n, date in enumerate(dates)]

    found = heard(batches(hyperkitty(service.server)))

    assert [found[f"{n}@x"].published_at for n in range(3)] == [NOW.replace(hour=8), None, None]


@pytest.mark.parametrize(
    "settings",
    [
        {"base_url": "lists.example.org", "mailing_list": LIST},
        {"base_url": "https://lists.example.org", "mailing_list": "friends"},
        {"base_url": "https://lists.example.org", "mailing_list": "a/../b@lists.example.org"},
    ],
)
def test_settings_that_cannot_work_are_refused(settings: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="base_url|mailing_list"):
        HyperKitty(**settings)
