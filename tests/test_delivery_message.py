"""From letter to e-mail: keys, Message-IDs, and headers that stay one clean line."""

from __future__ import annotations

import re
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import strict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delivery.alerts import alert_letter
from delivery.contract_suite import HOSTILE as EVERYWHERE
from delivery.digest import digest_letter
from delivery.facts import Letter
from delivery.message import alert_message, digest_message, message_id, to_email
from errors import NeedsAttention, Refused
from model import Message, Smtp
from tests.delivery_facts import DAILY, NOW, RULE, a_day, an_alert

FROM = "Earshot <earshot@rfn.example>"
SMTP = Smtp(from_address=FROM)
HOSTILE = (*EVERYWHERE, "word " * 2_048, "é" * 10_240, "z̸̢̛͚͎͗̃͝a̷l̴g̵o̶" * 500, "")


def parsed(email: EmailMessage) -> EmailMessage:
    """What a receiver reads, by a parser that raises at the first defect."""
    return message_from_bytes(email.as_bytes(), policy=strict)


A_MESSAGE = digest_message(digest_letter(a_day()), a_day(), from_address=FROM)


def a_message(**changes: str) -> Message:
    return replace(A_MESSAGE, **changes)  # type: ignore[arg-type]


def assert_clean(raw: bytes) -> None:
    head = raw.split(b"\r\n\r\n", 1)[0].decode("ascii")
    lines = head.split("\r\n")
    assert all(re.match(r"[A-Za-z-]+:( |$)|[ \t]\S", line) for line in lines), lines
    assert not any(line.lower().startswith("bcc:") for line in lines)
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", head)
    assert max(len(line) for line in lines) <= 998


def test_a_digests_key_is_one_for_digest_recipient_and_period() -> None:
    assert a_message().key == "digest/daily/team@rfn.example/2026-03-27T06:30:00Z"
    assert a_message().recipient == "mailto:team@rfn.example"


def test_an_alerts_key_is_one_for_rule_case_and_recipient() -> None:
    facts = an_alert()

    message = alert_message(
        alert_letter(facts), facts, recipient="mailto:team@rfn.example", case="story-7", from_address=FROM
    )

    assert message.key == "alert/a partner raises a concern/story-7/team@rfn.example"
    assert message.kind == "alert"


def test_names_with_slashes_make_no_key_of_another() -> None:
    facts = an_alert(rule=replace(RULE, name="a/b"))
    other = an_alert(rule=replace(RULE, name="a"))

    keys = {
        alert_message(alert_letter(f), f, recipient="t@x.example", case=case, from_address=FROM).key
        for f, case in ((facts, "c"), (other, "b/c"))
    }

    assert len(keys) == 2


def test_another_transports_name_stays_as_it_is() -> None:
    facts = an_alert()

    message = alert_message(
        alert_letter(facts), facts, recipient="transport:team-chat", case="1", from_address=FROM
    )

    assert message.recipient == "transport:team-chat"
    assert message.key == "alert/a partner raises a concern/1/transport:team-chat"


def test_a_repeat_carries_the_same_message_id_and_the_same_bytes() -> None:
    """faults.md 49: the part of it that is the message's."""
    first = to_email(a_message(), SMTP, date=NOW)
    again = to_email(a_message(), SMTP, date=NOW)

    assert first.as_bytes() == again.as_bytes()
    assert first["Message-ID"] == message_id(a_message().key, "rfn.example")


def test_the_message_id_stays_when_the_servers_sender_changes() -> None:
    moved = to_email(a_message(), Smtp(from_address="new@other.example"), date=NOW)

    assert moved["Message-ID"] == message_id(a_message().key, "rfn.example")


def test_another_key_is_another_message_id() -> None:
    assert message_id("a", "x.example") != message_id("b", "x.example")


def test_has_both_parts_in_utf8_and_all_headers() -> None:
    letter = digest_letter(a_day())

    email = parsed(to_email(a_message(), SMTP, date=NOW))

    plain, html = (email.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None
    assert html is not None
    assert plain.get_content().replace("\r\n", "\n") == letter.text
    assert html.get_content().replace("\r\n", "\n").rstrip() == letter.html.rstrip()
    assert {plain.get_content_charset(), html.get_content_charset()} == {"utf-8"}
    assert email.get_content_type() == "multipart/alternative"
    assert email["From"] == FROM
    assert email["To"] == "team@rfn.example"
    assert email["Subject"] == letter.subject
    assert email["Date"].datetime == NOW
    assert email["List-Id"] == "daily <daily.digest.rfn.example>"
    assert email["List-Unsubscribe"] == "<mailto:earshot@rfn.example?subject=unsubscribe%20daily>"
    assert email["Auto-Submitted"] == "auto-generated"


def test_one_click_leaves_where_there_is_a_web_address() -> None:
    """faults.md 59: the header's part; RFC 8058."""
    facts = a_day()
    url = "https://earshot.rfn.example/u/v1.eyJyIjoi.c2ln?x=%2F\r\nBcc: a@b.c>"

    message = digest_message(digest_letter(facts), facts, from_address=FROM, unsubscribe_url=url)
    plain = digest_message(digest_letter(facts), facts, from_address=FROM, unsubscribe_url="http://x.example")

    email = parsed(to_email(message, SMTP, date=NOW))
    web, mail = email["List-Unsubscribe"].split(", ")
    assert web == "<https://earshot.rfn.example/u/v1.eyJyIjoi.c2ln?x=%2F%0D%0ABcc:%20a@b.c%3E>"
    assert mail == "<mailto:earshot@rfn.example?subject=unsubscribe%20daily>"
    assert email["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "Bcc" not in email
    assert "List-Unsubscribe-Post" not in plain.headers
    assert plain.headers["List-Unsubscribe"] == mail


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_every_header_is_one_clean_line_whatever_the_names_are(name: str) -> None:
    """faults.md 47, 41."""
    facts = a_day(
        digest=replace(DAILY, name=name),
        organisation=replace(a_day().organisation, name=name, aliases=(name,)),
    )
    letter = Letter(subject=name, text=f"{name}\n", html=f"<p>{len(name)}</p>")
    message = digest_message(letter, facts, from_address=FROM)
    smtp = Smtp(from_address=f"{name} <earshot@rfn.example>")

    raw = to_email(message, smtp, date=NOW).as_bytes()

    assert_clean(raw)
    email = parsed(to_email(message, smtp, date=NOW))
    assert email["From"].addresses[0].addr_spec == "earshot@rfn.example"
    assert not any(header.defects for header in email.values())
    assert len(email["Subject"].splitlines()) == 1
    assert re.search(r"<[a-z0-9.-]+\.digest\.rfn\.example>$", email["List-Id"])
    assert "Bcc" not in email


@given(st.text(max_size=60), st.text(max_size=60))
@settings(deadline=None)
def test_any_subject_and_sender_make_a_mail_that_parses(subject: str, sender: str) -> None:
    """faults.md 47."""
    smtp = Smtp(from_address=f"{sender} <earshot@rfn.example>")

    raw = to_email(a_message(subject=subject, text="", html=""), smtp, date=NOW).as_bytes()

    assert_clean(raw)
    email = message_from_bytes(raw, policy=strict)
    assert email["From"].addresses[0].addr_spec == "earshot@rfn.example"


def test_a_subject_in_any_script_arrives_as_it_was() -> None:
    subject = "Riverside: ¿dónde está la furgoneta? 食物 😀 " + "très " * 20

    email = parsed(to_email(a_message(subject=subject.strip()), SMTP, date=NOW))

    assert email["Subject"] == subject.strip()


def test_a_long_sender_address_keeps_its_unsubscribe_address_whole() -> None:
    address = "notifications-of-our-earshot@" + "a-quite-long-name." * 3 + "rfn.example"
    facts = a_day()

    message = digest_message(digest_letter(facts), facts, from_address=address)
    email = parsed(to_email(message, Smtp(from_address=address), date=NOW))

    assert email["List-Unsubscribe"] == f"<mailto:{address}?subject=unsubscribe%20daily>"
    assert email["Message-ID"].endswith(f"@{address.partition('@')[2]}>")


@pytest.mark.parametrize(
    "recipient", ["", "nobody", "a b@x.example", "a@", "a@x y", "böse@x.example", "a@x\r\nDATA"]
)
def test_a_recipient_that_is_no_address_is_refused_by_name(recipient: str) -> None:
    """faults.md 52: an error of this recipient alone."""
    facts = a_day(recipient=recipient)

    with pytest.raises(Refused, match="is not an e-mail address"):
        digest_message(digest_letter(facts), facts, from_address=FROM)


def test_a_sender_that_is_no_address_needs_a_person() -> None:
    with pytest.raises(NeedsAttention, match=r"smtp\.from: 'Earshot' is not") as caught:
        digest_message(digest_letter(a_day()), a_day(), from_address="Earshot")

    assert not isinstance(caught.value, Refused)


def test_a_host_in_another_script_is_reached_by_its_punycode() -> None:
    facts = a_day(recipient="Team <team@bücher.example>")

    assert (
        digest_message(digest_letter(facts), facts, from_address=FROM).recipient
        == "mailto:team@xn--bcher-kva.example"
    )
