"""The few questions that reading a room takes, asked through matrix-nio: each runs to its end before the next."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from collectors.contract import Reach
from collectors.matrix.place import Gap
from collectors.matrix.wire import TYPES
from collectors.matrix.wiring import Account, ClosedError, NotThereError, UnreadableError, wired

PAGE = 100  # events
_NOTHING = {"not_types": ["*"]}


@dataclass(frozen=True, slots=True)
class Timeline:
    """The newest events of one room, oldest first; ``before`` leads on to older ones where some are left out."""

    events: Sequence[object]
    before: str | None


@dataclass(frozen=True, slots=True)
class Synced:
    """What happened since: by room, and the token that stands for now."""

    now: str
    rooms: Mapping[str, Timeline]


@dataclass(frozen=True, slots=True)
class Older:
    """A page of older events, newest first; ``before`` leads on, None at the end."""

    events: Sequence[object]
    before: str | None


class Client:
    """The few questions that reading a room takes."""

    def __init__(self, account: Account, reach: Reach) -> None:
        self._place = account.place
        self._nio = wired(account, reach)

    def joined(self) -> frozenset[str]:
        """Return the ids of the rooms that the account is in."""
        return frozenset(str(room) for room in self._ask(self._nio.joined_rooms).rooms)

    def room_of(self, alias: str) -> str | None:
        """Return the id of the room that an alias means now; None where it means none."""
        try:
            return str(self._ask(lambda: self._nio.room_resolve_alias(alias)).room_id)
        except NotThereError:
            return None

    def sync(self, since: str | None, rooms: Sequence[str]) -> Synced:
        """Return what happened in these rooms since a token; without one, the newest of each."""
        timeline = {"limit": PAGE, "types": list(TYPES)}
        wanted = {
            "room": {
                "rooms": list(rooms),
                "timeline": timeline,
                "state": _NOTHING,
                "ephemeral": _NOTHING,
                "account_data": _NOTHING,
            },
            "presence": _NOTHING,
            "account_data": _NOTHING,
        }
        answer = self._ask(
            lambda: self._nio.sync(timeout=0, since=since, sync_filter=wanted, set_presence="offline")
        )
        told = {}
        for room, inside in answer.rooms.join.items():
            events = [event.source for event in inside.timeline.events]
            before = inside.timeline.prev_batch if inside.timeline.limited else None
            told[str(room)] = Timeline(events, before)
        return Synced(str(answer.next_batch), told)

    def older(self, gap: Gap) -> Older:
        """Return the newest page of what a gap still holds."""
        answer = self._ask(
            lambda: self._nio.room_messages(
                gap.room, start=gap.start, end=gap.end, limit=PAGE, message_filter={"types": list(TYPES)}
            )
        )
        before = answer.end if isinstance(answer.end, str) and answer.end else None
        return Older([event.source for event in answer.chunk], before)

    def event(self, room: str, event: str) -> object | None:
        """Return one event as it stands now; None where it is not there, not for us, or no event."""
        try:
            return self._ask(lambda: self._nio.room_get_event(room, event)).event.source  # type: ignore[no-any-return]
        except (NotThereError, ClosedError, UnreadableError):
            return None

    def _ask(self, call: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        """Run one call of nio's to its end. What nio cannot read is an error object, or an exception of any kind."""
        import nio

        try:
            answer = asyncio.run(call())
        except (KeyError, TypeError, ValueError, AttributeError):
            answer = None
        if answer is None or isinstance(answer, nio.ErrorResponse):
            raise UnreadableError(
                f"{self._place}: the homeserver's answer cannot be read; check homeserver and base_url if it stays so"
            ) from None
        return answer
