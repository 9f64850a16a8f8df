"""The last stage: a letter goes out, is tried again, or has failed for all to see; a kill loses and doubles none."""

from __future__ import annotations

import email
import email.policy
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

import pipeline
from delivery.mailbox import OnAnyPort, received_mail
from model import Message
from stages.line import Line, Progress
from stages.send import send
from storage import outbox, schema, tombstones
from storage.outbox import KeptMessage
from tests.killed_sender import MORNING, PLACES, RECIPIENTS, configured
from tests.lines import FORUM_ID, Clock, a_line, hear, mailing
from tests.stores import NOW, said

ROOT = Path(__file__).resolve().parent.parent
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def letter(to: str = "team@rfn.example") -> Message:
    return Message(
        key=f"digest/daily/{to}/1", recipient=f"mailto:{to}", kind="digest", subject="Hello", text="Words."
    )


def put(line: Line, *messages: Message) -> None:
    with line.store.writing() as connection:
        for message in messages:
            outbox.put(connection, message, [], now=line.now())


def kept(line: Line) -> dict[str, KeptMessage]:
    with line.store.reading() as connection:
        return {
            each.message.recipient.removeprefix("mailto:"): each for each in outbox.load_messages(connection)
        }


@dataclass
class Postmaster:
    """Answers each recipient, and each letter, as it is told; keeps who got one."""

    at_rcpt: dict[str, str] = field(default_factory=dict)
    at_data: dict[str, str] = field(default_factory=dict)
    took: list[str] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.at_rcpt:
            return self.at_rcpt[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        (recipient,) = envelope.rcpt_tos
        if recipient in self.at_data:
            return self.at_data[recipient]
        self.took.append(recipient)
        return "250 kept"


@contextmanager
def on_duty(postmaster: Postmaster, port: int = 0) -> Iterator[int]:
    server = OnAnyPort(postmaster, hostname="127.0.0.1", port=port)
    server.start()
    try:
        yield server.port
    finally:
        server.stop()


def test_what_waits_is_handed_over_once_and_then_is_sent(store_url: str) -> None:
    postmaster, seen = Postmaster(), list[Progress]()
    with on_duty(postmaster) as port, a_line(store_url, transport=mailing(port)) as line:
        put(line, letter("a@x.example"), letter("b@x.example"))

        first, again = send(replace(line, tell=seen.append)), send(line)

        assert (first, again) == ((2, []), (0, []))
        assert {each.state for each in kept(line).values()} == {"sent"}
        assert {each.sent_at for each in kept(line).values()} == {NOW}
    assert postmaster.took == ["a@x.example", "b@x.example"]
    assert [each.done for each in seen] == [1, 2]


def test_more_letters_than_are_claimed_at_once_all_go(store_url: str) -> None:
    postmaster = Postmaster()
    with on_duty(postmaster) as port, a_line(store_url, transport=mailing(port)) as line:
        put(line, *[letter(f"r{n}@x.example") for n in range(45)])

        assert send(line) == (45, [])
    assert len(set(postmaster.took)) == 45


def test_without_a_way_out_letters_wait(store_url: str) -> None:
    """faults.md 62."""
    with a_line(store_url, transport=None) as line:
        put(line, letter())

        assert send(line) == (0, [])
        assert kept(line)["team@rfn.example"].state == "waiting"


def test_a_server_that_is_down_gets_the_letter_when_it_is_up(store_url: str) -> None:
    """faults.md 48."""
    clock, postmaster = Clock(), Postmaster()
    with on_duty(Postmaster()) as port:
        pass  # the port is free again, and nobody answers there
    with a_line(store_url, clock=clock, transport=mailing(port)) as line:
        put(line, letter())
        sent, (trouble,) = send(line)
        down = kept(line)["team@rfn.example"]
        clock.forward(HOUR)
        with on_duty(postmaster, port):
            later = send(line)

        assert (sent, later) == (0, (1, []))
        assert "does not answer" in trouble
        assert (down.state, down.attempts, down.last_error) == ("waiting", 1, trouble)
        assert kept(line)["team@rfn.example"].attempts == 2
    assert postmaster.took == ["team@rfn.example"]


def test_a_letter_is_not_tried_again_at_once(store_url: str) -> None:
    """faults.md 48."""
    postmaster, clock = Postmaster(at_data={"team@rfn.example": "450 come back"}), Clock()
    with on_duty(postmaster) as port, a_line(store_url, clock=clock, transport=mailing(port)) as line:
        put(line, letter())
        send(line)
        clock.forward(timedelta(seconds=20))

        assert send(line) == (0, [])
        assert kept(line)["team@rfn.example"].attempts == 1


def test_a_greylisted_recipient_waits_and_the_others_go(store_url: str) -> None:
    """faults.md 48."""
    postmaster, clock = Postmaster(at_rcpt={"grey@x.example": "450 4.2.0 greylisted, come back"}), Clock()
    with on_duty(postmaster) as port, a_line(store_url, clock=clock, transport=mailing(port)) as line:
        put(line, letter("grey@x.example"), letter("b@x.example"))
        sent, (trouble,) = send(line)
        postmaster.at_rcpt.clear()
        clock.forward(10 * MINUTE)

        assert (sent, send(line)) == (1, (1, []))
        assert "450" in trouble
    assert postmaster.took == ["b@x.example", "grey@x.example"]


def test_a_greylisted_recipient_has_failed_after_a_day_of_it(store_url: str) -> None:
    """faults.md 48."""
    postmaster, clock = Postmaster(at_rcpt={"team@rfn.example": "450 not yet"}), Clock()
    with on_duty(postmaster) as port, a_line(store_url, clock=clock, transport=mailing(port)) as line:
        put(line, letter())
        while kept(line)["team@rfn.example"].state == "waiting":
            send(line)
            clock.forward(HOUR)

        failed = kept(line)["team@rfn.example"]
        assert clock() - NOW >= timedelta(hours=24)
        assert (failed.state, failed.sent_at) == ("failed", None)
        assert "450 not yet" in failed.last_error


@pytest.mark.parametrize("step", ["rcpt", "data"])
def test_a_recipient_refused_for_good_has_failed_and_the_others_go(store_url: str, step: str) -> None:
    """faults.md 48."""
    refusal = {"nobody@x.example": "550 5.1.1 no such person"}
    postmaster = Postmaster(at_rcpt=refusal) if step == "rcpt" else Postmaster(at_data=refusal)
    clock = Clock()
    with on_duty(postmaster) as port, a_line(store_url, clock=clock, transport=mailing(port)) as line:
        put(line, letter("nobody@x.example"), letter("b@x.example"))
        sent, (trouble,) = send(line)
        clock.forward(HOUR)

        assert (sent, send(line)) == (1, (0, []))
        refused = kept(line)["nobody@x.example"]
        assert (refused.state, refused.attempts, refused.last_error) == ("failed", 1, trouble)
        assert "550" in trouble
    assert postmaster.took == ["b@x.example"]


@dataclass
class Buggy:
    """A transport with a bug for one recipient."""

    sent: list[str] = field(default_factory=list)

    def send(self, message: Message, *, now: datetime) -> None:
        if "bug" in message.recipient:
            raise KeyError("a bug")
        self.sent.append(message.recipient)


def test_a_bug_in_a_transport_stops_no_other_letter(store_url: str, caplog: pytest.LogCaptureFixture) -> None:
    buggy = Buggy()
    with a_line(store_url, transport=buggy) as line:
        put(line, letter("bug@x.example"), letter("b@x.example"))

        sent, (trouble,) = send(line)

        assert sent == 1
        assert "KeyError" in trouble
        assert kept(line)["bug@x.example"].state == "waiting"
    assert "Traceback" in caplog.text


@dataclass
class Overtaken:
    """While it hands over the first letter, something happens to those behind it."""

    line: Line | None = None
    happens: str = ""
    sent: list[str] = field(default_factory=list)

    def send(self, message: Message, *, now: datetime) -> None:
        self.sent.append(message.recipient.removeprefix("mailto:"))
        assert self.line is not None
        with self.line.store.writing() as connection:
            if self.happens == "its claim is over":
                connection.execute(schema.outbox.update().values(claimed_until=NOW))
            elif self.happens == "another has claimed it":
                connection.execute(schema.outbox.update().values(claimed_by="another/1/1"))
            else:
                tombstones.bury(connection, FORUM_ID, ["t3_a"], now=NOW)


@pytest.mark.parametrize(
    ("happens", "sent"),
    [
        ("its claim is over", ["a@x.example", "b@x.example"]),  # it is claimed again, and goes once
        ("another has claimed it", ["a@x.example"]),
        ("it was taken back", ["a@x.example"]),
    ],
    ids=["its claim is over", "another has claimed it", "it was taken back"],
)
def test_a_claim_is_asked_for_right_before_the_letter_goes(
    store_url: str, happens: str, sent: list[str]
) -> None:
    """faults.md 51."""
    overtaken = Overtaken(happens=happens)
    with a_line(store_url, transport=overtaken) as line:
        overtaken.line = line
        (quoted,) = hear(line, said("t3_a")).new
        put(line, letter("a@x.example"))
        with line.store.writing() as connection:
            outbox.put(connection, letter("b@x.example"), [quoted], now=NOW)

        assert send(line) == (len(sent), [])

    assert overtaken.sent == sent


def test_two_processes_hand_each_letter_over_once(store_url: str) -> None:
    """faults.md 50."""
    postmaster = Postmaster()
    with (
        on_duty(postmaster) as port,
        a_line(store_url, transport=mailing(port)) as one,
        a_line(store_url, transport=mailing(port)) as two,
    ):
        put(one, *[letter(f"r{n}@x.example") for n in range(50)])
        both = [threading.Thread(target=send, args=(line,)) for line in (one, two)]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join()

    assert Counter(postmaster.took) == Counter(f"r{n}@x.example" for n in range(50))


def received(folder: Path) -> list[tuple[str, str]]:
    """Return recipient and Message-ID of each letter, in the order in which they came."""
    letters = (
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        for path in sorted(folder.glob("*.eml"))
    )
    return [(str(each["X-Envelope-To"]), str(each["Message-ID"])) for each in letters]


@pytest.mark.parametrize("place", PLACES)
def test_a_kill_never_loses_a_letter_and_a_repeat_is_known_by_its_message_id(
    store_url: str, tmp_path: Path, place: str
) -> None:
    """faults.md 49."""
    clock = Clock(MORNING - 10 * HOUR)
    with received_mail(tmp_path / "mail") as port:
        with a_line(store_url, configured(), clock=clock) as line:
            hear(line, said("t3_a", "late again"), source=1)
        command = [sys.executable, "-m", "tests.killed_sender", store_url, str(port), place]
        killed = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, timeout=60)
        before = len(received(tmp_path / "mail"))
        clock.at = MORNING + MINUTE
        with a_line(store_url, configured(), clock=clock, transport=mailing(port)) as line:
            done = pipeline.cycle(line)
            again = pipeline.cycle(line)

    assert killed.returncode == -9, killed.stderr.decode()
    assert (done.unsent, again.digests, again.sent) == ([], 0, 0)
    letters = received(tmp_path / "mail")
    assert {recipient for recipient, _ in letters} == set(RECIPIENTS)
    assert len(set(letters)) == 3  # a repeat has the same Message-ID
    assert before == (place in ("between two recipients", "after the server's 250, before it is recorded"))
    assert len(letters) == 3 + (place == "after the server's 250, before it is recorded")
