"""Channel imap when something is wrong: the machine, the account, the wire, or the server's manners."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from collectors.contract import Reach
from collectors.imap import Imap
from collectors.imap.answers import asked_pause, letters_of, uids_of
from errors import EarshotError, NeedsAttention, TryLater
from model import Secret
from net.addresses import PUBLIC, Rules
from net.gate import guarded
from net.http import Http
from tests.imap_service import PASSWORD, Pymap, converse, front, imap, letter, reach, relay, running_pymap
from tests.scripted import ScriptedServer


def failing(collector: Imap, lent: Reach | None = None) -> EarshotError:
    with pytest.raises(EarshotError) as error:
        list(collector.collect({}, lent or reach()))
    assert PASSWORD not in f"{error.value!r} {error.value.__cause__!r}"
    return error.value


def conversing(answers: dict[str, str], *, greeting: str = "* OK ready") -> Any:
    def meet(client: socket.socket) -> None:
        converse(client, answers, greeting=greeting)

    return front(meet)


@pytest.fixture(scope="module")
def tls() -> Iterator[ScriptedServer]:
    """Something with a certificate for 127.0.0.1."""
    with ScriptedServer(tls=True) as running:
        yield running


@pytest.fixture(scope="module")
def secured(tls: ScriptedServer) -> Iterator[Pymap]:
    """A real server that offers STARTTLS."""
    assert tls.certificate is not None
    with running_pymap(certificate=tls.certificate, key=tls.certificate.with_name("key.pem")) as running:
        yield running


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "10.0.0.7", "169.254.169.254", "2130706433", "::1"]
)
def test_the_host_obeys_the_address_rules_like_any_other(host: str) -> None:
    """faults.md 1, 2, 8."""
    lent = Reach(http=Http(PUBLIC), now=reach().now, ours={})

    error = failing(imap(1143, "INBOX", host=host), lent)

    assert isinstance(error, NeedsAttention)
    assert "refused" in str(error)


def test_a_name_that_leads_to_a_private_machine_is_refused() -> None:
    """faults.md 4."""
    http = Http(PUBLIC, resolve=lambda _host, port: [(socket.AF_INET, ("192.168.1.4", port))])

    error = failing(imap(993, "INBOX", host="mail.example"), Reach(http=http, now=reach().now, ours={}))

    assert isinstance(error, NeedsAttention)
    assert "allow_private_networks" in str(error)


def test_the_address_that_was_checked_is_the_one_that_is_reached(secured: Pymap) -> None:
    """faults.md 4: nobody asks for the name a second time."""
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[tuple[int, Any]]:
        asked.append(host)
        return [(socket.AF_INET, ("127.0.0.1", port))]

    folder = secured.folder()
    secured.add(folder, letter(1, "Reached."))
    http = Http(Rules(loopback_only=True), resolve=resolve)

    batches = list(
        imap(secured.port, folder, host="mail.example").collect(
            {}, Reach(http=http, now=reach().now, ours={})
        )
    )

    assert batches[0].mentions[0].text == "Reached."
    assert asked == ["mail.example"]


def test_the_gate_holds_the_connection_too(secured: Pymap) -> None:
    """faults.md 8."""
    with guarded(PUBLIC):
        error = failing(imap(secured.port, "INBOX"), reach())

    assert isinstance(error, NeedsAttention)


def test_nobody_there_is_tried_later() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    assert isinstance(failing(imap(port, "INBOX")), TryLater)


def test_starttls_is_used_where_it_is_asked_for_with_the_source_s_own_certificate(secured: Pymap) -> None:
    """faults.md 13."""
    folder = secured.folder()
    secured.add(folder, letter(1, "Under seal."))
    lent = replace(reach(), http=reach().http.trusting(secured.certificate))

    batches = list(imap(secured.port, folder, security="starttls").collect({}, lent))

    assert batches[0].mentions[0].text == "Under seal."


def test_tls_from_the_first_byte(secured: Pymap, tls: ScriptedServer) -> None:
    folder = secured.folder()
    secured.add(folder, letter(1, "Under seal."))
    context = tls._server.context
    assert context is not None

    def meet(client: socket.socket) -> None:
        with context.wrap_socket(client, server_side=True) as sealed:
            relay(sealed, secured.port)

    with front(meet) as port:
        batches = list(imap(port, folder, security="tls").collect({}, reach(authorities=secured.certificate)))

    assert batches[0].mentions[0].text == "Under seal."


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_certificate_that_nobody_vouches_for_is_refused(
    secured: Pymap, tls: ScriptedServer, security: str
) -> None:
    """faults.md 13."""
    context = tls._server.context
    assert context is not None

    def meet(client: socket.socket) -> None:
        if security == "tls":
            context.wrap_socket(client, server_side=True).close()
        else:
            relay(client, secured.port)

    with front(meet) as port:
        error = failing(imap(port, "INBOX", security=security))

    assert isinstance(error, TryLater)
    assert "certificate" in str(error)


def test_a_certificate_for_another_name_is_refused(secured: Pymap) -> None:
    """faults.md 13."""
    http = Http(
        Rules(loopback_only=True),
        authorities=secured.certificate,
        resolve=lambda _host, port: [(socket.AF_INET, ("127.0.0.1", port))],
    )

    error = failing(
        imap(secured.port, "INBOX", security="starttls", host="mail.example"),
        Reach(http=http, now=reach().now, ours={}),
    )

    assert "certificate" in str(error)


def test_a_server_that_offers_no_starttls_gets_no_password() -> None:
    asked: list[str] = []

    with front(lambda client: asked.extend(converse(client, {}))) as port:
        error = failing(imap(port, "INBOX", security="starttls"))

    assert isinstance(error, NeedsAttention)
    assert "STARTTLS" in str(error)
    assert not any(command.startswith("LOGIN") for command in asked)


def test_a_server_that_takes_no_password_in_the_clear_gets_none() -> None:
    asked: list[str] = []
    answers = {"CAPABILITY": "* CAPABILITY IMAP4rev1 LOGINDISABLED\r\nOK done"}

    with front(lambda client: asked.extend(converse(client, answers))) as port:
        error = failing(imap(port, "INBOX"))

    assert isinstance(error, NeedsAttention)
    assert "security" in str(error)
    assert not any(command.startswith("LOGIN") for command in asked)


def test_a_wrong_password_is_told_in_words(secured: Pymap) -> None:
    """faults.md 17, 90: by a real server."""
    error = failing(imap(secured.port, "INBOX", password=Secret("canary-wrong")))

    assert isinstance(error, NeedsAttention)
    assert "user name or the password" in str(error)
    assert "canary" not in str(error)


def test_a_password_with_quotes_and_one_beyond_ascii_arrive_whole() -> None:
    asked: list[list[str]] = []
    plain = {"AUTHENTICATE": "NO [AUTHENTICATIONFAILED] no"}

    with front(lambda client: asked.append(converse(client, {"LOGIN": "NO no"}))) as port:
        failing(imap(port, "INBOX", username='a "b"', password=Secret('c"\\d')))
    with front(lambda client: asked.append(converse(client, plain))) as port:
        error = failing(imap(port, "INBOX", password=Secret("pässwort")))

    assert r'LOGIN "a \"b\"" "c\"\\d"' in asked[0]
    assert "AUTHENTICATE PLAIN" in asked[1]
    assert isinstance(error, NeedsAttention)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("username", "a\r\nA1 LOGOUT"),
        ("mailbox", "a\nb"),
        ("password", Secret("a\r\nb")),
        ("host", "imap://h/x"),
    ],
)
def test_a_setting_that_would_break_out_of_its_command_is_refused(field: str, value: object) -> None:
    with pytest.raises(ValueError, match=field):
        imap(143, **{"folder": "INBOX", field: value} if field != "mailbox" else {"folder": value})  # type: ignore[arg-type]


def test_a_server_that_hangs_is_left_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """faults.md 12: a word now and then does not help it."""
    monkeypatch.setattr("collectors.imap.client.DEADLINE", timedelta(seconds=0.5))
    ended: list[bool] = []

    def drip(client: socket.socket) -> None:
        client.settimeout(0.05)
        client.sendall(b"* OK ready\r\n")
        while not ended:
            try:
                if not client.recv(1000):
                    return
            except TimeoutError:
                client.sendall(b"x")

    with front(drip) as port:
        error = failing(imap(port, "INBOX"))
        ended.append(True)

    assert isinstance(error, TryLater)
    assert "timed out" in str(error)


def test_a_server_that_announces_a_gigabyte_is_cut_off() -> None:
    """faults.md 10."""
    answers = {
        "EXAMINE": "* OK [UIDVALIDITY 7] v\r\n* OK [UIDNEXT 9] n\r\nOK [READ-ONLY] done",
        "UID": "* SEARCH 8\r\n* 1 FETCH (UID 8 BODY[]<0> {1000000000}\r\nx\r\nOK done",
    }

    with conversing(answers) as port:
        error = failing(imap(port, "INBOX"))

    assert isinstance(error, TryLater)
    assert "more than was asked for" in str(error)


def test_a_line_without_an_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """faults.md 10."""
    monkeypatch.setattr("net.mailbox.MAX_LINE", 10_000)

    with conversing({}, greeting="* OK " + "x" * 20_000) as port:
        error = failing(imap(port, "INBOX"))

    assert isinstance(error, TryLater)
    assert "more than was asked for" in str(error)


def test_a_letter_that_vanished_between_search_and_fetch_is_no_fault() -> None:
    answers = {
        "EXAMINE": "* OK [UIDVALIDITY 7] v\r\n* OK [UIDNEXT 9] n\r\nOK [READ-ONLY] done",
        "UID": "* SEARCH 8\r\nOK done",
    }

    with conversing(answers) as port:
        batches = list(imap(port, "INBOX").collect({}, reach()))

    assert [each.mentions for each in batches] == [[], ()]
    assert batches[-1].cursor == {"validity": 7, "uid": 8}


def test_a_server_that_tells_no_next_number_is_read_by_day_until_a_letter_comes() -> None:
    with conversing({"EXAMINE": "* OK [UIDVALIDITY 7] v\r\nOK done", "UID": "* SEARCH\r\nOK done"}) as port:
        batches = list(imap(port, "INBOX").collect({}, reach()))

    assert batches[-1].cursor == {"validity": 7}


def test_fetched_letters_are_read_in_whatever_order_a_server_tells_of_them() -> None:
    answer: list[object] = [
        b"9 (FLAGS (\\Seen) UID 90)",
        (b"1 (BODY[]<0> {3}", b"abc"),
        b' UID 5 RFC822.SIZE 700 INTERNALDATE " 7-May-2026 02:44:25 +0200")',
        b"2 (UID 6 BODY[]<0> NIL)",
        b'3 (UID 7 BODY[]<0> "a \\"b\\"" RFC822.SIZE 5)',
        (b'4 (UID 8 INTERNALDATE "nonsense, really" BODY[] {2}', b"xy"),
        b")",
        None,
    ]

    found = letters_of(answer)

    assert [(each.uid, each.size, each.head) for each in found] == [
        (5, 700, b"abc"),
        (6, 0, b""),
        (7, 5, b'a "b"'),
        (8, 2, b"xy"),
    ]
    assert found[0].received is not None
    assert found[0].received.isoformat() == "2026-05-07T00:44:25+00:00"
    assert found[3].received is None


def test_numbers_of_a_search_are_read_over_several_lines() -> None:
    assert uids_of([b"5 3", b"3 x 99999999999 4", None]) == [3, 4, 5]


@pytest.mark.parametrize(
    ("words", "pause"),
    [
        (
            "BAD Request is throttled. Suggested Backoff Time: 92346 milliseconds",
            timedelta(milliseconds=92346),
        ),
        ("Backoff Time: 30 seconds", timedelta(seconds=30)),
        ("Backoff time 999999999999999 s", timedelta(days=1)),
        ("try again soon", None),
    ],
)
def test_the_pause_that_a_server_asks_for(words: str, pause: timedelta | None) -> None:
    """faults.md 16."""
    assert asked_pause(words) == pause


def test_the_certificates_folder_is_not_needed_for_plain_mail(tmp_path: Path) -> None:
    with conversing({"LOGIN": "NO [UNAVAILABLE] later"}) as port:
        error = failing(imap(port, "INBOX"), reach(authorities=tmp_path / "missing.pem"))

    assert isinstance(error, TryLater)
