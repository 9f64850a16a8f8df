"""The word by which a reader leaves a digest: theirs alone, that digest alone, and only while we have the secret."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import strict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.digest import digest_letter
from delivery.facts import DigestFacts
from delivery.message import digest_message, to_email
from delivery.unsubscribe import Unsubscription, link_to_leave, one_click_url, read, sign
from errors import NeedsAttention
from model import Secret, Smtp
from tests.delivery_facts import DAILY, NOW, PERIOD, RIVERSIDE

OURS = Secret("a long random text")
WANTED = Unsubscription(digest="daily", reader="team@rfn.example")
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(digest=TEXTS, reader=TEXTS)
def test_what_is_signed_is_read_again(digest: str, reader: str) -> None:
    wanted = Unsubscription(digest=digest, reader=reader)

    assert read(sign(wanted, OURS), OURS) == wanted


@given(place=st.integers(0, 10_000), sign_there=st.sampled_from("Aa0-_.=\n ö"))
def test_a_token_in_which_anything_was_changed_is_refused(place: int, sign_there: str) -> None:
    """faults.md 59."""
    token = sign(WANTED, OURS)
    place %= len(token)
    changed = token[:place] + sign_there + token[place + 1 :]

    if changed.strip() == token:
        return
    with pytest.raises(NeedsAttention, match="no token of ours"):
        read(changed, OURS)


@pytest.mark.parametrize("token", ["", ".", "a.b", "x" * 9000, "WyJkYWlseSJd.AAAA", "ö.ö"])
def test_what_is_no_token_is_refused_in_words(token: str) -> None:
    with pytest.raises(NeedsAttention, match="copy it whole"):
        read(token, OURS)


def test_another_secret_makes_every_token_void() -> None:
    """faults.md 59: they can be revoked."""
    with pytest.raises(NeedsAttention):
        read(sign(WANTED, OURS), Secret("another"))


def test_a_token_is_the_same_for_every_letter_and_another_for_each_reader_and_digest() -> None:
    others = [
        Unsubscription(digest="weekly", reader=WANTED.reader),
        Unsubscription(digest="daily", reader="lead@rfn.example"),
        Unsubscription(digest='daily","team@rfn.example"]', reader=""),
    ]

    tokens = {sign(each, OURS) for each in (WANTED, WANTED, *others)}

    assert len(tokens) == 4
    assert all(OURS.reveal() not in token for token in tokens)


@pytest.mark.parametrize("base", ["https://rfn.example/earshot", "https://rfn.example/earshot/"])
def test_the_link_lies_below_the_configured_address(base: str) -> None:
    """faults.md 89."""
    assert one_click_url(base, "a.b") == "https://rfn.example/earshot/unsubscribe/a.b"


def test_a_letter_can_be_left_by_one_click_and_by_mail() -> None:
    """faults.md 59."""
    facts = DigestFacts(
        organisation=RIVERSIDE,
        digest=DAILY,
        recipient="Team <Team@RFN.example>",
        period=PERIOD,
        mentions=(),
        waiting=(),
    )
    link = link_to_leave(facts.recipient, digest="daily", public_url="https://e.rfn.example", secret=OURS)

    message = digest_message(
        digest_letter(facts), facts, from_address="earshot@rfn.example", unsubscribe_url=link
    )

    arrived = message_from_bytes(bytes(to_email(message, Smtp(), date=NOW)), policy=strict)
    assert f"<{link}>" in arrived["List-Unsubscribe"]
    assert "<mailto:earshot@rfn.example?" in arrived["List-Unsubscribe"]
    assert arrived["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert read(str(link).rpartition("/")[2], OURS) == WANTED


@pytest.mark.parametrize(("address", "secret"), [(None, OURS), ("https://e.rfn.example", None)])
def test_without_an_address_or_a_secret_no_link_is_offered(
    address: str | None, secret: Secret | None
) -> None:
    assert link_to_leave("a@b.example", digest="daily", public_url=address, secret=secret) is None
