"""Whether letters can leave: what can be seen of each way out without one, and a trial by each when asked for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from commands.opening import clock, opened_store, opened_ways
from errors import EarshotError

if TYPE_CHECKING:
    from delivery.contract import Transport
    from model import Settings
    from storage.health import Finding

PROVE = "`earshot doctor --send-test` proves it by one letter"


def of_the_ways(settings: Settings, _now: datetime) -> Iterator[Finding]:
    """Yield how each way out is configured; nothing is sent, and nobody is asked."""
    from delivery.chat import ChatTransport
    from storage.health import Finding

    with opened_ways(settings) as ways:
        for name, way in ways.items():
            try:
                if isinstance(way, ChatTransport):
                    way.look()
            except EarshotError as error:
                mend = "mend its url in [[transports]], or where it stands in a rule"
                yield Finding(
                    part="ways", what=f"way out {name}", state="attention", told=str(error), mend=mend
                )
            else:
                yield Finding(part="ways", what=f"way out {name}", told=f"is configured; {PROVE}")
    if not ways:
        yield Finding(
            part="ways",
            what="ways out",
            state="advice",
            told="there is none: digests and alerts wait in the store",
            mend="add [smtp] or [[transports]] (docs/delivery.md)",
        )


def trials(settings: Settings, now: datetime, *, to: str | None) -> Iterator[Finding]:
    """Send one letter by each way and yield how it went; a way that takes it rests no more."""
    with opened_ways(settings) as ways:
        for name, way in ways.items():
            recipient = _recipient(settings, name, to)
            yield _trial(settings, name, way, recipient, now)


def _recipient(settings: Settings, name: str, to: str | None) -> str | None:
    from model import BY_TRANSPORT, MAIL, way_of
    from stages.notices import everybody

    if name != MAIL:
        return BY_TRANSPORT + name
    return to or next((each for each in everybody(settings) if way_of(each) == MAIL), None)


def _trial(settings: Settings, name: str, way: Transport, recipient: str | None, now: datetime) -> Finding:
    from delivery.message import trial_message
    from delivery.notices import trial_letter
    from model import Smtp
    from storage.health import Finding

    what = f"test by {name}"
    if recipient is None:
        told = "nobody is written to by mail"
        return Finding(part="ways", what=what, state="advice", told=told, mend="name somebody by --to")
    sender = (settings.smtp or Smtp()).from_address
    try:
        letter = trial_letter(settings.organisation, name, now=now)
        message = trial_message(letter, recipient=recipient, at=clock(), from_address=sender)
        way.send(message, now=now)
    except EarshotError as error:
        return Finding(
            part="ways", what=what, state="attention", told=str(error), mend="mend it, and try again"
        )
    _wake(settings, name)
    return Finding(part="ways", what=what, told=f"taken, for {message.recipient}")


def _wake(settings: Settings, name: str) -> None:
    """Let a way that took a letter rest no more; a store that cannot be opened has its own findings."""
    from contextlib import suppress

    from storage import transports

    with suppress(EarshotError), opened_store(settings) as store, store.writing() as connection:
        transports.mark_working(connection, name)
