"""Channel imap before a real mail server (pymap): what is read, from where, and what is left untouched."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from collectors.contract import Batch, Reach
from collectors.contract_suite import NOW
from collectors.imap import AT_ONCE, MOST_LETTERS, Imap
from errors import TryLater
from model import Cursor, Mention
from tests.imap_service import Pymap, imap, letter, reach, running_pymap


@pytest.fixture(scope="module")
def server() -> Iterator[Pymap]:
    with running_pymap() as running:
        yield running


@pytest.fixture
def folder(server: Pymap) -> str:
    return server.folder()


def read(collector: Imap, cursor: Cursor | None = None, lent: Reach | None = None) -> list[Batch]:
    return list(collector.collect(cursor or {}, lent or reach()))


def heard(batches: list[Batch]) -> list[Mention]:
    return [mention for batch in batches for mention in batch.mentions]


def test_a_letter_of_a_list_is_a_mention(server: Pymap, folder: str) -> None:
    said = letter(
        1,
        "The boxes came late again.",
        headers={
            "In-Reply-To": "<question@quay.example>",
            "References": "<first@quay.example> <question@quay.example>",
            "Archived-At": "<https://lists.example/archive/17>",
            "Content-Language": "en-GB",
        },
    )
    server.add(folder, said)

    [mention] = heard(read(imap(server.port, folder)))

    assert mention.external_id == "letter-1@northside.example"
    assert mention.scope == ""
    assert mention.title == "Letter 1"
    assert mention.text == "The boxes came late again."
    assert mention.author is not None
    assert (mention.author.handle, mention.author.name) == ("ana@northside.example", "Ana Ruiz")
    assert mention.published_at == NOW - timedelta(hours=1)
    assert (mention.parent_id, mention.thread_id) == ("question@quay.example", "first@quay.example")
    assert mention.url == "https://lists.example/archive/17"
    assert mention.lang == "en"
    assert mention.raw == {"list": "foodbanks.lists.example"}


def test_goes_on_behind_the_last_number_though_the_server_finds_it_again(server: Pymap, folder: str) -> None:
    """`UID n:*` beyond the end finds the last letter, on pymap as on Dovecot."""
    server.add(folder, letter(1, "First."))
    cursor = read(imap(server.port, folder))[-1].cursor

    again = read(imap(server.port, folder), cursor)

    assert heard(again) == []
    assert again[-1].cursor == cursor


def test_a_letter_that_is_dated_back_is_heard_after_the_first_reading(server: Pymap, folder: str) -> None:
    """faults.md 32: the place is the number, never the date."""
    server.add(folder, letter(1, "First."))
    cursor = read(imap(server.port, folder))[-1].cursor
    years_ago = NOW - timedelta(days=1000)
    server.add(folder, letter(2, "An old one, moved here.", at=years_ago), at=years_ago)

    after = heard(read(imap(server.port, folder), cursor))

    assert [mention.published_at for mention in after] == [years_ago]


def test_the_first_reading_goes_back_some_days_or_to_the_beginning(server: Pymap, folder: str) -> None:
    long_ago = NOW - timedelta(days=100)
    server.add(folder, letter(1, "Of the spring.", at=long_ago), at=long_ago)
    server.add(folder, letter(2, "Of today."))

    some = heard(read(imap(server.port, folder)))
    all_there_is = heard(read(imap(server.port, folder, first_days=0)))

    assert [mention.text for mention in some] == ["Of today."]
    assert [mention.text for mention in all_there_is] == ["Of the spring.", "Of today."]


def test_what_the_first_reading_left_out_stays_out(server: Pymap, folder: str) -> None:
    long_ago = NOW - timedelta(days=100)
    server.add(folder, letter(1, "Of the spring.", at=long_ago), at=long_ago)
    cursor = read(imap(server.port, folder))[-1].cursor
    server.add(folder, letter(2, "Of today."))

    after = heard(read(imap(server.port, folder), cursor))

    assert [mention.text for mention in after] == ["Of today."]


def test_a_mailbox_that_is_numbered_anew_is_read_again_under_the_same_ids(server: Pymap, folder: str) -> None:
    """faults.md 31: another UIDVALIDITY, and numbers that mean other letters."""
    for number in (1, 2, 3):
        server.add(folder, letter(number, f"Letter {number}."))
    before = read(imap(server.port, folder))
    server.number_anew(folder)
    for number in (3, 4):
        server.add(folder, letter(number, f"Letter {number}."))

    after = read(imap(server.port, folder), before[-1].cursor)

    assert [mention.external_id for mention in heard(after)] == [
        "letter-3@northside.example",
        "letter-4@northside.example",
    ]
    assert heard(before)[2] == heard(after)[0]
    assert heard(read(imap(server.port, folder), after[-1].cursor)) == []


def test_after_a_long_absence_a_renumbered_mailbox_is_read_from_where_it_was_left(
    server: Pymap, folder: str
) -> None:
    left = NOW - timedelta(days=200)
    server.add(folder, letter(1, "Then.", at=left), at=left)
    cursor = read(imap(server.port, folder), lent=reach(now=left))[-1].cursor
    server.number_anew(folder)
    between = NOW - timedelta(days=100)
    server.add(folder, letter(2, "In between.", at=between), at=between)

    after = heard(read(imap(server.port, folder), cursor))

    assert [mention.text for mention in after] == ["In between."]


def test_reading_marks_nothing_as_read(server: Pymap, folder: str) -> None:
    server.add(folder, letter(1, "First."))

    read(imap(server.port, folder))

    assert server.seen(folder) == []


def test_one_list_of_several_in_a_mailbox(server: Pymap, folder: str) -> None:
    server.add(folder, letter(1, "Ours."))
    server.add(folder, letter(2, "Another's.", headers={"List-Id": "<cooks.lists.example>"}))
    server.add(folder, letter(3, "Nobody's.", headers={"List-Id": ""}))

    batches = read(imap(server.port, folder, list_id="<Foodbanks.lists.example>"))

    assert [mention.text for mention in heard(batches)] == ["Ours."]
    assert heard(read(imap(server.port, folder), batches[-1].cursor)) == []


def test_a_letter_that_came_by_two_lists_is_one_mention(server: Pymap, folder: str) -> None:
    rule = "_" * 47
    for name in ("foodbanks", "cooks"):
        footer = f"Same words.\n{rule}\n{name} mailing list\nhttps://lists.example/{name}"
        headers = {"List-Id": f"<{name}.lists.example>", "Subject": f"[{name}] Hello"}
        server.add(folder, letter(1, footer, headers=headers))

    [mention] = heard(read(imap(server.port, folder)))
    [by_the_other] = heard(read(imap(server.port, folder, list_id="cooks.lists.example")))

    assert mention.external_id == by_the_other.external_id
    assert (
        (mention.title, mention.text) == (by_the_other.title, by_the_other.text) == ("Hello", "Same words.")
    )


def test_a_letter_without_an_id_has_one_made_of_its_words(server: Pymap, folder: str) -> None:
    """faults.md 31."""
    nameless = {"Message-ID": ""}
    server.add(folder, "Received: by one.example\n" + letter(1, "Same words.", headers=nameless))
    server.add(folder, "Received: by another.example\n" + letter(1, "Same words.", headers=nameless))
    server.add(folder, letter(1, "Other words.", headers=nameless))

    ids = [mention.external_id for mention in heard(read(imap(server.port, folder)))]

    assert len(ids) == len(set(ids)) == 2


def test_a_huge_letter_is_read_as_far_as_its_text(server: Pymap, folder: str) -> None:
    """faults.md 10, 33: two megabytes of attachment are not fetched."""
    attachment = "QUJD" * 500_000
    parts = (
        "--b\nContent-Type: text/plain\n\nSee the attached plan.\n\n--b\nContent-Type: application/pdf\n"
        f"Content-Disposition: attachment\nContent-Transfer-Encoding: base64\n\n{attachment}\n--b--"
    )
    server.add(folder, letter(1, parts, headers={"Content-Type": 'multipart/mixed; boundary="b"'}))

    [mention] = heard(read(imap(server.port, folder)))

    assert mention.text == "See the attached plan."
    assert mention.raw == {"list": "foodbanks.lists.example", "cut_at": 262_144}


def test_a_letter_whose_text_stands_behind_its_attachment_is_skipped_in_words(
    server: Pymap, folder: str
) -> None:
    """faults.md 33."""
    attachment = "QUJD" * 100_000
    parts = (
        "--b\nContent-Type: image/png\nContent-Disposition: attachment\nContent-Transfer-Encoding: base64\n\n"
        f"{attachment}\n--b\nContent-Type: text/plain\n\nToo late.\n--b--"
    )
    headers = {"Content-Type": 'multipart/mixed; boundary="b"', "Subject": ""}
    server.add(folder, letter(1, parts, headers=headers))
    server.add(folder, letter(2, "Short."))

    batches = read(imap(server.port, folder))

    assert [mention.text for mention in heard(batches)] == ["Short."]
    [words] = [line for batch in batches for line in batch.skipped]
    assert "no text stands in the first 262144" in words


def test_a_mailbox_with_an_odd_name_is_found(server: Pymap) -> None:
    names = ["Länder & Städte", 'say "hi" \\ there', "日本語"]
    wired = ['"L&AOQ-nder &- St&AOQ-dte"', '"say \\"hi\\" \\\\ there"', '"&ZeVnLIqe-"']
    for name in wired:
        server.box.create(name)
        server.add(name, letter(1, "Here."))

    found = [heard(read(imap(server.port, name)))[0].text for name in names]

    assert found == ["Here.", "Here.", "Here."]


def test_a_missing_mailbox_may_come_back(server: Pymap) -> None:
    with pytest.raises(TryLater, match="there is no mailbox 'Nowhere'") as error:
        read(imap(server.port, "Nowhere"))

    assert error.value.missing


def test_a_poll_of_a_full_mailbox_is_bounded_and_the_next_goes_on(
    server: Pymap, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """faults.md 34."""
    monkeypatch.setattr("collectors.imap.MOST_LETTERS", 2 * AT_ONCE)
    for number in range(2 * AT_ONCE + 3):
        server.add(folder, letter(number, f"Letter {number}."))

    first = read(imap(server.port, folder))
    second = read(imap(server.port, folder), first[-1].cursor)

    assert MOST_LETTERS > AT_ONCE
    assert len(heard(first)) == 2 * AT_ONCE
    assert len(heard(second)) == 3


def test_dates_that_cannot_be_are_the_servers(server: Pymap, folder: str) -> None:
    """faults.md 32."""
    told = ["Thu, 01 Jan 1970 00:00:00 +0000", "Fri, 20 May 2036 09:30:00 +0000", "yesterday", ""]
    for number, date in enumerate(told):
        server.add(folder, letter(number, "When?", headers={"Date": date}), at=NOW)
    server.add(folder, letter(9, "Then.", headers={"Date": "Tue, 19 May 2026 23:30:00 -0700"}), at=NOW)

    dates = [mention.published_at for mention in heard(read(imap(server.port, folder)))]

    assert dates == [NOW] * 4 + [datetime(2026, 5, 20, 6, 30, tzinfo=UTC)]
