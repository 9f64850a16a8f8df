"""The last stage: hand over what waits in the outbox. No transaction is open while a server takes a letter.

Each way out works by itself: one that hangs or is dead holds up no other. A way that fails rests, its letters wait
untried, and each of them has failed when it could not leave for a day.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from sqlalchemy import Connection

from delivery.contract import Transport
from delivery.retry import GIVE_UP_AFTER, next_try, rests_until, room
from errors import EarshotError, NeedsAttention, Refused, TryLater, Unreachable
from model import MAIL, Settings, way_of
from stages.line import Line, Progress
from stages.notices import tell_of_dead_ways
from storage import claims, outbox, schema, transports
from storage.outbox import KeptMessage

log = logging.getLogger(__name__)

AT_ONCE = 20
"""Letters that are claimed together; with ten minutes for a claim, each has half a minute."""
HOUR = timedelta(hours=1)


@dataclass(slots=True)
class _Tally:
    """What came of the letters, over all ways."""

    line: Line
    sent: int = 0
    unsent: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, trouble: str | None) -> None:
        with self.lock:
            if trouble is not None:
                self.unsent.append(trouble)
                return
            self.sent += 1
            self.line.tell(Progress(stage="send", done=self.sent, total=self.sent))


def send(line: Line) -> tuple[int, list[str]]:
    """Hand over the letters that are due; return how many went, and in words why others did not."""
    tally = _Tally(line)
    while line.transport is not None and _any_due(line):
        by_way = line.store.write(partial(_claim, line))
        if not by_way:
            break
        _each_by_itself(line, line.transport, by_way, tally)
    if line.transport is not None:
        tell_of_dead_ways(line)
    return tally.sent, tally.unsent


def send_now(line: Line) -> tuple[int, list[str]]:
    """Hand over as send does, and try the ways too that rest: a person has mended them, or waits for a letter."""
    line.store.write(partial(transports.wake, now=line.now()))
    return send(line)


def _any_due(line: Line) -> bool:
    with line.store.reading() as connection:
        return outbox.any_due(connection, now=line.now())


def limits(settings: Settings) -> dict[str, int]:
    """Return how many letters may leave in an hour, by way."""
    by_name = {each.name: each.per_hour for each in settings.transports}
    return {MAIL: settings.smtp.per_hour, **by_name} if settings.smtp else by_name


def _claim(line: Line, connection: Connection) -> dict[str, list[KeptMessage]]:
    """Claim letters whose way does not rest and has room in this hour; return them by way, in their order."""
    now = line.now()
    resting = [way for way in transports.failing(connection) if way.rests_until > now]
    names = [way.name for way in resting]
    transports.keep_waiting(connection, names, now=now)
    for way in resting:
        transports.give_up(connection, way, before=now - GIVE_UP_AFTER, now=now)
    unless = transports.goes_by(names) if names else None
    while True:
        due = claims.due_messages(connection, now=now, limit=AT_ONCE, unless=unless)
        if not due:
            return {}
        claimed: dict[str, list[KeptMessage]] = {}
        for kept in outbox.load_messages(connection, due):
            claimed.setdefault(way_of(kept.message.recipient), []).append(kept)
        claimed = _within_limits(line, connection, claimed)
        if claimed:
            return claimed


def _within_limits(
    line: Line, connection: Connection, claimed: Mapping[str, list[KeptMessage]]
) -> dict[str, list[KeptMessage]]:
    """Return what may go in this hour; the others are put off until there is room."""
    now = line.now()
    went = outbox.sent_since(connection, now - HOUR)
    allowed: dict[str, list[KeptMessage]] = {}
    for way, letters in claimed.items():
        most = limits(line.settings).get(way)
        times = [at for recipient, at in went if way_of(recipient) == way]
        free, again_at = (len(letters), now) if most is None else room(times, most, now)
        if letters[free:]:
            log.warning(
                "more letters than may leave in an hour", extra={"way": way, "wait": len(letters[free:])}
            )
            until = max(again_at, now + HOUR / (most or 1)) if free else again_at
            outbox.put_off(connection, [kept.id for kept in letters[free:]], until=until)
        if letters[:free]:
            allowed[way] = letters[:free]
    return allowed


def _each_by_itself(
    line: Line, transport: Transport, by_way: Mapping[str, Sequence[KeptMessage]], tally: _Tally
) -> None:
    if len(by_way) == 1:
        for way, letters in by_way.items():
            _send_by(line, transport, way, letters, tally)
        return
    with ThreadPoolExecutor(len(by_way), thread_name_prefix="way") as pool:
        works = [
            pool.submit(_send_by, line, transport, way, letters, tally) for way, letters in by_way.items()
        ]
    for work in works:
        work.result()


def _send_by(
    line: Line, transport: Transport, way: str, letters: Sequence[KeptMessage], tally: _Tally
) -> None:
    """Hand over the letters of one way, until it fails; what is left then waits untried."""
    for n, kept in enumerate(letters):
        if not _still_mine(line, kept):  # another process has it, or what it quotes was taken back
            continue
        error = _hand_over(transport, kept)
        line.store.write(partial(_record, line, way=way, kept=kept, error=error))
        tally.count(None if error is None else str(error))
        if _is_of_the_way(error):
            rest = [each.id for each in letters[n + 1 :]]
            line.store.write(partial(claims.release, table=schema.outbox, rows=rest))
            return


def _still_mine(line: Line, kept: KeptMessage) -> bool:
    """Ask for the claim right before the letter goes, because from there on there is no way back."""
    with line.store.reading() as connection:
        return claims.still_mine(connection, schema.outbox, kept.id, now=line.now())


def _hand_over(transport: Transport, kept: KeptMessage) -> EarshotError | None:
    """Send one letter; return why it did not go."""
    try:
        transport.send(kept.message, now=kept.created_at)
    except EarshotError as error:
        return error
    except Exception as error:
        log.exception("a bug while sending", extra={"key": kept.message.key})
        return TryLater(f"a fault in Earshot ({type(error).__name__}), written to the log")
    return None


def _is_of_the_way(error: EarshotError | None) -> bool:
    """Whether the way itself fails, so that no other letter would leave by it either."""
    return isinstance(error, (Unreachable, NeedsAttention)) and not isinstance(error, Refused)


def _record(
    line: Line, connection: Connection, *, way: str, kept: KeptMessage, error: EarshotError | None
) -> None:
    """Write down what became of a letter, and how its way is doing."""
    now = line.now()
    if error is None:
        outbox.mark_sent(connection, kept.id, now=now)
        transports.mark_working(connection, way)
        return
    after = error.after if isinstance(error, TryLater) else None
    again_at = None
    if not isinstance(error, Refused):  # also what needs a person waits for a day for the mended setting
        first = kept.first_attempt_at or now
        again_at = next_try(kept.attempts + 1, first, now, line.random.random, after=after)
    outbox.mark_unsent(connection, kept.id, str(error), now=now, again_at=again_at)
    if _is_of_the_way(error):
        known = transports.failing_way(connection, way)
        failures, since = (known.failures + 1, known.failing_since) if known else (1, now)
        until = rests_until(failures, since, now, line.random.random, after=after)
        transports.mark_failing(connection, way, str(error), now=now, rests_until=until)
