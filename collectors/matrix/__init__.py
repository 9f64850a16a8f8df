"""Channel ``matrix``: the public talk of rooms that our account has joined, read through matrix-nio.

A sync tells what is new since the cursor's token; what it leaves out is a gap, and is read page by page. An edit is
an event of its own: it becomes the message in its new words, if the message's own writer sent it. A redaction makes
the message gone. Encrypted messages cannot be read, and are told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import TYPE_CHECKING, ClassVar

from collectors.contract import Batch, Reach, Rechecked
from collectors.matrix.heard import Heard, heard_in
from collectors.matrix.place import Place
from collectors.matrix.wire import ALIAS, ROOM, Gone, Said, edited, parted, read_event
from errors import NeedsAttention
from model import Cursor, Mention, Secret

if TYPE_CHECKING:
    from collectors.matrix.client import Client

MOST_PAGES = 30  # of older events in one poll; the next goes on
_SERVER = re.compile(r"[a-z0-9.-]{1,253}(:\d{1,5})?|\[[0-9a-f:.]{2,45}\](:\d{1,5})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """What is said in some rooms, read by an account that has joined them.

    ``homeserver`` is the account's own server, by its name: what stands behind the colon in ``@name:server``.
    """

    homeserver: str = field(metadata={"says": "the name of the account's homeserver, like matrix.org"})
    access_token: Secret = field(metadata={"says": "the account's access token"})
    rooms: tuple[str, ...] = field(
        metadata={"says": "the rooms: ids (!…) or aliases (#room:server); the account must have joined them"}
    )
    base_url: str | None = field(
        default=None, metadata={"says": "the address of its API, where the server does not say so itself"}
    )

    recheck_at_once: ClassVar[int] = 20  # one request each

    def __post_init__(self) -> None:
        if not _SERVER.fullmatch(self.homeserver.lower()):
            raise ValueError(
                f"homeserver: {self.homeserver!r} is no server's name; write it bare, like matrix.org"
            )
        if not self.rooms:
            raise ValueError("rooms: name at least one room, like #neighbours:matrix.org")
        for room in self.rooms:
            if not ROOM.fullmatch(room) and not ALIAS.fullmatch(room):
                raise ValueError(f"rooms: {room!r} is neither an id (!…) nor an alias (#room:server)")

    def collect(self, cursor: Cursor, reach: Reach) -> Iterator[Batch]:
        """Yield what is new, then what is older and was left out, page by page."""
        client = self._client(reach)
        place = Place.of(cursor)
        rooms, words = self._rooms(place, client)
        synced = client.sync(place.since, list(dict.fromkeys(rooms.values())))
        left_out = {room: told.before for room, told in synced.rooms.items() if told.before is not None}
        place = place.reaching(synced.now, rooms, left_out)
        told = {room: line.events for room, line in synced.rooms.items() if room in rooms.values()}
        yield self._batch(self._heard(told, reach), place, client, reach, words)
        yield from self._gaps(place, client, reach)

    def recheck(self, external_ids: Sequence[str], reach: Reach) -> Rechecked:
        """Ask for each message again. One that the server does not show us is not known to be gone."""
        client = self._client(reach)
        joined = client.joined()
        found: list[Mention] = []
        gone: list[str] = []
        for each in external_ids:
            place = parted(each)
            if place is None or place[0] not in joined:
                continue
            meaning = self._event(*place, client, reach)
            if isinstance(meaning, Gone):
                gone.append(each)
            elif isinstance(meaning, Said):
                found.append(meaning.mention)
        return Rechecked(edited=found, gone=gone)

    def _gaps(self, place: Place, client: Client, reach: Reach) -> Iterator[Batch]:
        """Yield the pages that syncs left out, of this poll and of earlier ones."""
        from collectors.matrix.wiring import ClosedError

        asked: set[tuple[str, str | None]] = set()
        for _ in range(MOST_PAGES):
            if not place.gaps:
                return
            gap, words = place.gaps[0], []
            try:
                page = client.older(gap)
            except ClosedError as error:
                place = place.without_first(None)
                yield Batch(cursor=place.cursor(), skipped=[str(error)])
                continue
            asked.add((gap.room, gap.start))
            rest = gap.behind(page.before)
            if rest is not None and (rest.room, rest.start) in asked:
                rest = None
                words = [f"room {gap.room}: the homeserver's pages repeat; what is older is left out"]
            place = place.without_first(rest)
            events = {gap.room: list(reversed(page.events))}
            yield self._batch(self._heard(events, reach), place, client, reach, words)

    def _batch(
        self, heard: Heard, place: Place, client: Client, reach: Reach, words: Iterable[str] = ()
    ) -> Batch:
        """Return what was heard. A message that was edited but said long ago is asked for."""
        mentions = dict(heard.mentions)
        for (room, event), edits in heard.edits.items():
            original = self._event(room, event, client, reach)
            if isinstance(original, Said):
                mentions[original.mention.external_id] = reduce(edited, edits, original.mention)
        return Batch(
            mentions=[mention for key, mention in mentions.items() if key not in heard.gone],
            cursor=place.cursor(),
            gone=list(heard.gone),
            skipped=[*words, *heard.skipped],
        )

    def _event(self, room: str, event: str, client: Client, reach: Reach) -> object:
        told = client.event(room, event)
        if told is None:
            return None
        try:
            return read_event(told, room, self._scope, now=reach.now())
        except ValueError:
            return None

    def _heard(self, told: Mapping[str, Sequence[object]], reach: Reach) -> Heard:
        return heard_in(told, self._scope, now=reach.now())

    def _rooms(self, place: Place, client: Client) -> tuple[Mapping[str, str], list[str]]:
        """Return the joined rooms by how they are written, and what is to be said of the others."""
        joined = client.joined()
        rooms: dict[str, str] = {}
        words: list[str] = []
        for name in self.rooms:
            room = name if ROOM.fullmatch(name) else place.rooms.get(name)
            if room not in joined and ALIAS.fullmatch(name):
                room = client.room_of(name)
            if room in joined and room is not None:
                rooms[name] = room
            elif room is None:
                words.append(f"room {name}: there is none of this name; check it")
            else:
                words.append(f"room {name}: the account is not in it; invite it, and let it join")
        if not rooms:
            raise NeedsAttention(f"matrix {self.homeserver}: no room can be read: {'; '.join(words)[:400]}")
        return rooms, words

    @property
    def _scope(self) -> str:
        return self.homeserver.lower()

    def _client(self, reach: Reach) -> Client:
        from collectors.matrix.client import Client
        from collectors.matrix.wiring import Account, found_address

        address = self.base_url or found_address(self._scope, reach.http, now=reach.now())
        return Client(Account(f"matrix {self._scope}", address.rstrip("/"), self.access_token), reach)
