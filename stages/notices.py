"""What Earshot tells of itself, for a silent failure helps nobody.

A way out that has been dead for a day, and for a week, is told by another way; a source that is off, and work that is
stuck, at once.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Literal

from sqlalchemy import Connection

from delivery.facts import Letter
from delivery.message import notice_message
from delivery.notices import dead_way_letter, sources_off_letter, stuck_letter
from delivery.retry import worth_telling
from errors import EarshotError
from model import Settings, way_of
from stages.line import Line
from storage import outbox, transports
from storage.transports import FailingWay

log = logging.getLogger(__name__)


def tell_of_dead_ways(line: Line) -> int:
    """Put notices into the outbox for those whom another way reaches; return how many. Each is told once."""
    with line.store.reading() as connection:
        failing = transports.failing(connection)
    now = line.now()
    late = [way for way in failing if worth_telling(way.failing_since, way.told_at, now)]
    names = {way.name for way in failing}
    others = [each for each in everybody(line.settings) if way_of(each) not in names]
    if not late or not others:
        return 0
    return sum(line.store.write(partial(_tell, line, way=way, others=others)) for way in late)


def tell_of_sources_off(line: Line, connection: Connection, off: Mapping[str, str]) -> None:
    """Put one notice for each whom we write to into the outbox: these sources, by name, are off from now on, and why.

    It belongs into the transaction that saves that they are off, so that each time is told once.
    """
    if not off:
        return
    now = line.now()
    letter = sources_off_letter(line.settings.organisation, off, now=now)
    names = sha256("\n".join(off).encode("utf-8", "replace")).hexdigest()[:16]
    for recipient in everybody(line.settings):
        key = f"sources off/{names}/{now:%Y-%m-%dT%H:%M:%SZ}"
        _put(line, connection, letter, recipient=recipient, key=key)


def tell_of_stuck_work(line: Line, work: Literal["listen", "tell"], *, since: datetime) -> int:
    """Put notices into the outbox that this work has not got on since then; return how many, each once."""
    letter = stuck_letter(line.settings.organisation, work, since=since, now=line.now())
    key = f"stuck/{work}/{since:%Y-%m-%dT%H:%M:%SZ}"

    def tell(connection: Connection) -> int:
        told = everybody(line.settings)
        return sum(_put(line, connection, letter, recipient=each, key=key) for each in told)

    return line.store.write(tell)


def everybody(settings: Settings) -> list[str]:
    """Return all who are written to, in the order of the file."""
    told = [
        each
        for rule in settings.rules
        for each in (*rule.notify, *(rule.escalate.to if rule.escalate else ()))
    ]
    return list(dict.fromkeys([*told, *(each for digest in settings.digests for each in digest.to)]))


def _tell(line: Line, connection: Connection, *, way: FailingWay, others: list[str]) -> int:
    known, now = transports.failing_way(connection, way.name), line.now()
    if known is None or not worth_telling(known.failing_since, known.told_at, now):
        return 0  # it works again, or another process was here
    letter = dead_way_letter(
        line.settings.organisation,
        way.name,
        since=known.failing_since,
        reason=known.reason,
        now=now,
        left=outbox.left_behind(connection, transports.goes_by([way.name]), since=known.failing_since),
    )
    log.error(
        "a way out is dead", extra={"way": way.name, "since": known.failing_since, "reason": known.reason}
    )
    told = 0
    for recipient in others:
        key = f"{way.name}/{known.failing_since:%Y-%m-%dT%H:%M:%SZ}/{1 if known.told_at is None else 2}"
        told += _put(line, connection, letter, recipient=recipient, key=key)
    transports.mark_told(connection, way.name, now=now)
    return told


def _put(line: Line, connection: Connection, letter: Letter, *, recipient: str, key: str) -> bool:
    """Put a notice into the outbox; False where it is there already, or the recipient's address is none."""
    try:
        message = notice_message(letter, recipient=recipient, key=key, from_address=line.sender)
    except EarshotError as error:  # no address at all: the others are told nevertheless
        log.error("%s", error)
        return False
    return outbox.put(connection, message, [], now=line.now())
