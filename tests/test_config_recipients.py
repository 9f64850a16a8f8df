"""Who is written to, as the file says it: mail, names of transports, addresses of Apprise's; no secret on the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from config import values
from model import Secret, Way, way_of
from tests.configuration import HEAD, SMTP, faults_of, load

RULE = '[[rules]]\nname = "a"\nwhen = "concern"\n'
HOOK = '[[transports]]\nname = "desk"\nurl = "https://desk.example/h"\nsecret = "sesame"\nper_hour = 7\n'
CHAT = '[[transports]]\nname = "chat"\nurl = "env:CHAT"\n'
TOKEN = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"


def test_transports_are_webhooks_and_chats(tmp_path: Path) -> None:
    settings = load(tmp_path, HEAD + HOOK + CHAT, {"CHAT": TOKEN})

    assert settings.transports == (
        Way(name="desk", address=Secret("https://desk.example/h"), secret=Secret("sesame"), per_hour=7),
        Way(name="chat", address=Secret(TOKEN)),
    )
    assert TOKEN not in repr(settings)


def test_recipients_are_mail_or_a_name_and_hold_no_secret(tmp_path: Path) -> None:
    notify = 'notify = ["mailto:a@b.c", "chat", "env:DIRECT", "ntfy://n.example/x"]\n'
    notify += 'escalate = { after = "1h", to = ["chat"] }\n'
    digest = '[[digests]]\nname = "d"\nto = ["team@b.c", "chat", "ntfy://n.example/x"]\n'
    direct = "tgram://123456789:secretsecret/12315544/"

    settings = load(tmp_path, HEAD + CHAT + RULE + notify + digest + SMTP, {"CHAT": TOKEN, "DIRECT": direct})

    (rule,), (read,) = settings.rules, settings.digests
    assert rule.notify[:2] == ("mailto:a@b.c", "transport:chat")
    assert rule.escalate is not None
    assert rule.escalate.to == ("transport:chat",)
    assert read.to == ("mailto:team@b.c", "transport:chat", rule.notify[3])
    assert {each.name: each.address.reveal() for each in settings.transports if each.secret is None} == {
        "chat": TOKEN,
        way_of(rule.notify[2]): direct,
        way_of(rule.notify[3]): "ntfy://n.example/x",
    }
    assert rule.notify[2].startswith("transport:tgram-")
    assert "secretsecret" not in repr(settings)


@pytest.mark.parametrize(
    ("text", "key", "words"),
    [
        (RULE + 'notify = ["chap"]\n' + CHAT, '[[rules]] 1 ("a"): notify, item 1', "did you mean 'chat'?"),
        (
            RULE + 'notify = ["chat"]\n',
            '[[rules]] 1 ("a"): notify, item 1',
            "is the name of no [[transports]]",
        ),
        (CHAT + CHAT, '[[transports]] 2 ("chat"): name', "is also that of"),
        (HOOK.replace('secret = "sesame"\n', ""), '[[transports]] 1 ("desk"): secret', "a webhook is signed"),
        (CHAT + 'secret = "x"\n', '[[transports]] 1 ("chat"): secret', "is for webhooks"),
        (CHAT.replace('"chat"', '"mail"'), '[[transports]] 1 ("mail"): name', "choose another"),
        (CHAT.replace('"chat"', '"a:b"'), '[[transports]] 1 ("a:b"): name', "holds a : or @"),
        (
            CHAT.replace("env:CHAT", "chat.example/x"),
            '[[transports]] 1 ("chat"): url',
            "no address of Apprise",
        ),
        (HOOK.replace("per_hour = 7", "per_hour = 0"), '[[transports]] 1 ("desk"): per_hour', "at least 1"),
        (HOOK.replace("desk.example", " desk"), '[[transports]] 1 ("desk"): url', "is no web address"),
    ],
)
def test_a_fault_names_its_key_and_what_to_write(tmp_path: Path, text: str, key: str, words: str) -> None:
    (fault,) = faults_of(tmp_path, HEAD + text, {"CHAT": TOKEN})

    assert fault.key == key
    assert words in fault.message


@pytest.mark.parametrize("wrong", ["slack://\u202esesame-7", "sesame-7 ://x", "https://sesame-7.example/k"])
def test_a_wrong_address_is_not_shown_for_a_key_may_stand_in_it(tmp_path: Path, wrong: str) -> None:
    """faults.md 90."""
    (fault,) = faults_of(tmp_path, HEAD + RULE + f'notify = ["{wrong}"]\n')

    assert "sesame" not in str(fault)


def test_mail_needs_a_server_and_a_chat_does_not(tmp_path: Path) -> None:
    mail = faults_of(tmp_path, HEAD + CHAT + RULE + 'notify = ["chat", "mailto:a@b.c"]\n', {"CHAT": TOKEN})
    chat = faults_of(tmp_path, HEAD + CHAT + RULE + 'notify = ["chat"]\n', {"CHAT": TOKEN})

    assert ["there is no [smtp]" in fault.message for fault in mail] == [True]
    assert chat == ()


@pytest.mark.parametrize("text", ["", "a@b", "mailto:a", "fax:7", " chat"])
def test_what_is_no_recipient_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"does not say how|is no mail|is empty|begins or ends"):
        values.recipient(text)
