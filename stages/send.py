"""The last stage: hand over what waits in the outbox. No transaction is open while a server takes a letter."""

from __future__ import annotations

import logging
from functools import partial

from sqlalchemy import Connection

from delivery.contract import Transport
from delivery.retry import next_try
from errors import EarshotError, Refused, TryLater
from stages.line import Line, Progress
from storage import claims, outbox, schema
from storage.outbox import KeptMessage

log = logging.getLogger(__name__)


def send(line: Line) -> tuple[int, list[str]]:
    """Hand over the letters that are due; return how many went, and in words why others did not."""
    sent, unsent = 0, []
    while line.transport is not None:
        letters = line.store.write(partial(_claim, line))
        if not letters:
            break
        for kept in letters:
            if not _still_mine(line, kept):  # another process has it, or what it quotes was taken back
                continue
            trouble = _hand_over(line, line.transport, kept)
            if trouble is None:
                sent += 1
                line.tell(Progress(stage="send", done=sent, total=sent))
            else:
                unsent.append(trouble)
    return sent, unsent


def _claim(line: Line, connection: Connection) -> list[KeptMessage]:
    return outbox.load_messages(connection, claims.due_messages(connection, now=line.now(), limit=20))


def _still_mine(line: Line, kept: KeptMessage) -> bool:
    """Ask for the claim right before the letter goes, because from there on there is no way back."""
    with line.store.reading() as connection:
        return claims.still_mine(connection, schema.outbox, kept.id, now=line.now())


def _hand_over(line: Line, transport: Transport, kept: KeptMessage) -> str | None:
    """Send one letter and record it; return in words why it did not go."""
    again_at = None
    try:
        transport.send(kept.message, now=kept.created_at)
    except Refused as error:
        trouble = str(error)
    except (
        EarshotError
    ) as error:  # also what needs a person: the letter waits for a day for the mended setting
        trouble = str(error)
        after = error.after if isinstance(error, TryLater) else None
        again_at = next_try(kept.attempts + 1, kept.created_at, line.now(), line.random.random, after=after)
    except Exception as error:
        log.exception("a bug while sending", extra={"key": kept.message.key})
        trouble = f"a fault in Earshot ({type(error).__name__}), written to the log"
        again_at = next_try(kept.attempts + 1, kept.created_at, line.now(), line.random.random)
    else:
        line.store.write(partial(outbox.mark_sent, row=kept.id, now=line.now()))
        return None
    line.store.write(partial(outbox.mark_unsent, row=kept.id, error=trouble, again_at=again_at))
    return trouble
