"""`earshot digest`: the same bytes for the same store, sent once, and no more to who does not want it."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest

from delivery.mailbox import received_mail
from tests.commandline import earshot
from tests.scripted import ScriptedServer
from tests.test_cli import write_configuration

WEB = '[web]\npublic_url = "https://earshot.rfn.example"\nsecret = "a long random text"\n'


@pytest.fixture
def config(tmp_path: Path, server: ScriptedServer) -> Iterator[Path]:
    """A configuration whose letters arrive in the folder ``mail`` beside it."""
    file = write_configuration(tmp_path, server)
    with received_mail(tmp_path / "mail") as port:
        text = file.read_text("utf-8").replace("port = 9", f"port = {port}")
        file.write_text(text + WEB, encoding="utf-8")
        yield file


def arrived(config: Path) -> list[Message]:
    return [message_from_bytes(file.read_bytes()) for file in sorted(config.parent.glob("mail/*.eml"))]


def test_the_digest_of_a_day_has_the_same_bytes_for_an_unchanged_store(config: Path) -> None:
    assert earshot("collect", "--config", config).code == 0
    pages = [config.parent / name for name in ("one.html", "two.html")]

    for page in pages:
        told = earshot("digest", "--date", "2026-11-20", "--output", page, "--config", config)
        assert told.code == 0, told.err

    first, second = (page.read_bytes() for page in pages)
    assert first == second
    assert arrived(config) == []


def test_what_is_sent_once_is_not_sent_again_however_the_address_is_written(config: Path) -> None:
    first = earshot("digest", "--send", "--config", config)
    again = earshot("digest", "--send", "--to", "Team <TEAM@rfn.example>", "--config", config)

    assert "Sent to mailto:team@rfn.example." in first.out
    assert "Nothing was sent to Team <TEAM@rfn.example>: told before." in again.out
    assert (first.code, again.code) == (0, 0)
    assert len(arrived(config)) == 1


def test_one_address_that_is_none_is_told_and_the_exit_code_is_1(config: Path) -> None:
    told = earshot("digest", "--send", "--to", "nobody", "--config", config)

    assert told.code == 1
    assert "'nobody' is not an e-mail address" in told.err


def test_a_day_that_is_not_over_is_shown_and_not_sent(config: Path) -> None:
    shown = earshot("digest", "--date", "2099-01-01", "--config", config)
    sent = earshot("digest", "--date", "2099-01-01", "--send", "--config", config)

    assert shown.code == 0
    assert "the digest may still grow" in shown.err
    assert sent.code == 2
    assert "look at it without --send" in sent.err
    assert arrived(config) == []


def test_a_reader_leaves_by_the_letter_s_own_link_and_comes_back_by_the_address(config: Path) -> None:
    """faults.md 59."""
    earshot("digest", "--send", "--config", config)
    (letter,) = arrived(config)
    token = letter["List-Unsubscribe"].partition(">")[0].rpartition("/")[2]

    gone = earshot("digest", "--unsubscribe", token, "--config", config)
    unsent = earshot("digest", "--send", "--date", "2026-01-05", "--config", config)
    back = earshot("digest", "--subscribe", "team@rfn.example", "--config", config)
    sent = earshot("digest", "--send", "--date", "2026-01-05", "--config", config)

    assert "team@rfn.example gets the digest 'daily' no more." in gone.out
    assert "Nothing was sent to mailto:team@rfn.example: unsubscribed." in unsent.out
    assert "from now on" in back.out
    assert "Sent to" in sent.out
    assert len(arrived(config)) == 2


def test_a_token_that_is_not_ours_changes_nothing_and_says_so(config: Path) -> None:
    told = earshot("digest", "--unsubscribe", "abc.def", "--config", config)
    config.write_text(config.read_text("utf-8").replace(WEB, ""), encoding="utf-8")
    without = earshot("digest", "--unsubscribe", "abc.def", "--config", config)

    assert told.code == 1
    assert "no token of ours" in told.err
    assert without.code == 2
    assert "give the address instead" in without.err
