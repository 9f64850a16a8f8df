"""What every transport must do, as tests: for ours, and for whoever writes a way out of their own.

    from delivery.contract_suite import Desk, WayOut, transport_contract

    TestContract = transport_contract(WayOut(name="pager", serve=acted_pager))

``serve`` is all that has to be written: a context manager that starts a server on loopback which acts the Desk it
is given in the service's own words, and yields the transport that leads there. The Desk changes while it runs.
Nothing here needs pytest but to be collected by it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Literal

from delivery.contract import Transport
from errors import EarshotError, NeedsAttention, Refused, TryLater, Unreachable
from model import Message

NOW = datetime(2026, 5, 20, 9, 30, tzinfo=UTC)
LONGEST = 10.0  # seconds
LONGEST_ERROR = 600
HOSTILE = (
    "Weekly\r\nBcc: victim@example.org",
    "line\u2028separator\u2029",
    "nul\x00 and \x0b tab\t",
    "\u202eevil\u202c right to left مرحبا",
    "𝓕𝓪𝓷𝓬𝔂 😀👩‍👩‍👧 Žluťoučký кот",
    "x" * 10_240,
    "\ud800 half a character",
    '"quoted" <tag> (comment) \\ , ; : {{ 7 * 7 }} %s',
    "=?utf-8?q?=0D=0ABcc:_victim=40example.org?=",
)

Fault = Literal["gone", "busy", "shut", "hangs"]
"""Nobody listens; asks to come back later; knows us no more (a wrong key); takes the connection and says nothing."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A letter as the other side read it. ``identity``: what it tells a repeat by, if anything."""

    subject: str
    text: str
    identity: str = ""


@dataclass(slots=True)
class Desk:
    """What the server acts now, and what it took. A letter whose subject holds ``never`` is refused for good."""

    fault: Fault | None = None
    never: str | None = None
    taken: list[Taken] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class WayOut:
    """One transport, ready to be acted.

    ``serve`` takes a Desk and yields the transport while its server runs; what the transport waits for is set to
    less than ``longest`` seconds. ``recipient`` is whom letters are for. ``secrets`` may show nowhere. ``faults`` are
    those that the service knows; ``refuses`` says whether it can refuse one letter for good. ``most`` is the longest
    text, in characters, that is taken whole.
    """

    name: str
    serve: Callable[[Desk], AbstractContextManager[Transport]]
    recipient: str
    secrets: tuple[str, ...] = ()
    knows_repeats: bool = True
    refuses: bool = True
    faults: tuple[Fault, ...] = ("gone", "busy", "shut", "hangs")
    most: int | None = None
    longest: float = LONGEST


def transport_contract(way: WayOut) -> type:
    """Return a class of tests for one transport; bind it to a name that begins with ``Test``."""
    return type("Contract", (_Contract,), {"way": way, "__doc__": f"The contract, for {way.name}."})


@dataclass(slots=True)
class _Stage:
    desk: Desk
    transport: Transport
    way: WayOut

    def letter(self, n: int = 1, **changes: str) -> Message:
        message = Message(
            key=f"alert/a rule/alert-{n}/{self.way.recipient}",
            recipient=self.way.recipient,
            kind="alert",
            subject=f"Northside raised a concern ({n})",
            text="The boxes came late again on Tuesday.\nhttps://forum.example/c/1\n",
        )
        return replace(message, **changes)  # type: ignore[arg-type]

    def send(self, message: Message) -> None:
        self.transport.send(message, now=NOW)

    def error(self, message: Message) -> EarshotError:
        """Return how a letter fails, within bounded time."""
        began = time.monotonic()
        try:
            self.send(message)
        except EarshotError as error:
            assert time.monotonic() - began < self.way.longest, "it waited, or tried again and again"
            _check_wording(error, self.way)
            return error
        raise AssertionError("it passed for taken")


class _Contract:
    way: WayOut

    @contextmanager
    def stage(self) -> Iterator[_Stage]:
        desk = Desk()
        with self.way.serve(desk) as transport:
            yield _Stage(desk, transport, self.way)

    def test_hands_over_what_it_was_given(self) -> None:
        with self.stage() as stage:
            stage.send(stage.letter())
            (taken,) = stage.desk.taken
        assert taken.subject == stage.letter().subject
        assert taken.text.split() == stage.letter().text.split()

    def test_a_repeat_is_recognised_and_another_letter_is_not_taken_for_one(self) -> None:
        with self.stage() as stage:
            for n in (1, 1, 2):
                stage.send(stage.letter(n))
            first, again, other = stage.desk.taken
        if self.way.knows_repeats:
            assert first.identity == again.identity != other.identity
            assert first.identity
        else:
            assert not first.identity

    def test_whatever_stands_in_it_arrives_as_one_letter(self) -> None:
        with self.stage() as stage:
            for n, words in enumerate(HOSTILE):
                stage.send(stage.letter(n, subject=words, text=f"{words}\nand more"))
                assert len(stage.desk.taken) == n + 1
                assert len(stage.desk.taken[-1].subject.splitlines()) <= 1
                assert "and more" in stage.desk.taken[-1].text

    def test_a_text_that_is_too_long_is_cut_and_says_by_how_much(self) -> None:
        if self.way.most is None:
            return
        with self.stage() as stage:
            stage.send(stage.letter(text="A line of words.\n" * (self.way.most // 10)))
            (taken,) = stage.desk.taken
        assert len(taken.text) <= self.way.most
        assert taken.text.endswith(" characters more]")

    def test_each_fault_says_what_to_do_next_and_nothing_was_taken(self) -> None:
        expected: dict[Fault, type[EarshotError]] = {
            "gone": Unreachable,
            "busy": TryLater,
            "shut": NeedsAttention,
            "hangs": Unreachable,
        }
        for fault in self.way.faults:
            with self.stage() as stage:
                stage.desk.fault = fault
                error = stage.error(stage.letter())
                assert isinstance(error, expected[fault]), f"{fault}: {error!r}"
                assert not isinstance(error, Refused), fault
                assert not stage.desk.taken, fault

    def test_goes_on_when_the_fault_is_over(self) -> None:
        with self.stage() as stage:
            stage.desk.fault = "busy"
            stage.error(stage.letter())
            stage.desk.fault = None
            stage.send(stage.letter())
            assert len(stage.desk.taken) == 1

    def test_one_refused_letter_stops_no_other(self) -> None:
        if not self.way.refuses:
            return
        with self.stage() as stage:
            stage.desk.never = "(2)"
            stage.send(stage.letter(1))
            error = stage.error(stage.letter(2))
            stage.send(stage.letter(3))
            assert isinstance(error, Refused)
            assert [taken.subject[-3:] for taken in stage.desk.taken] == ["(1)", "(3)"]

    def test_no_secret_shows(self) -> None:
        with self.stage() as stage:
            for secret in self.way.secrets:
                assert secret not in repr(stage.transport)


def _check_wording(error: EarshotError, way: WayOut) -> None:
    words = str(error)
    assert words.splitlines() == [words], "an error is one line"
    assert len(words) <= LONGEST_ERROR
    chain: list[BaseException | None] = [
        error,
        error.__cause__,
        None if error.__suppress_context__ else error.__context__,
    ]
    for secret in way.secrets:
        assert not any(secret in str(each) for each in chain if each is not None), "an error shows a secret"
