"""Channel ``imap``: mailing lists and newsletters, read from a mailbox that is subscribed to them.

A letter's place is (mailbox, UIDVALIDITY, UID). Numbers only grow while the validity stays, whatever the letters'
dates, so the cursor is the last number that is stored. When the validity changes every number may mean another
letter: what came since the last reading is read again, and ids made of Message-IDs make that harmless.

Nothing is ever marked, moved or deleted. A letter that vanishes from our own mailbox was not taken back by its
writer, so nothing is gone by that, and there is nothing to recheck: mail cannot be edited.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from collectors.contract import Batch, Reach
from collectors.imap.letter import Letter, list_of, read_letter
from model import Cursor, Json, Mention, Secret

if TYPE_CHECKING:
    from collectors.imap.client import Account, Client, Opened

log = logging.getLogger(__name__)

PORTS = {"tls": 993, "starttls": 143, "none": 143}
AT_ONCE = 50  # letters of one fetch, one batch: at most 13 MB
MOST_LETTERS = 2000  # of one poll; the next goes on
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_HOST = re.compile(r"[A-Za-z0-9._:-]{1,253}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Imap:
    """The letters of one mailbox, or those of one mailing list in it.

    Give it a mailbox of its own that is subscribed to the lists, never somebody's private one. ``first_days``
    bounds the first reading; after that everything that arrives is read, however old it says it is.
    """

    host: str = field(metadata={"says": "the mail server, like imap.example.org"})
    username: str = field(metadata={"says": "the account's name, often the whole address"})
    password: Secret = field(
        metadata={"says": "the account's password, best one made for this program alone"}
    )
    mailbox: str = field(default="INBOX", metadata={"says": "the mailbox (folder) to read"})
    list_id: str = field(
        default="", metadata={"says": "read only this list: its List-Id, like foodbanks.lists.example"}
    )
    security: Literal["tls", "starttls", "none"] = field(
        default="tls",
        metadata={"says": "how the connection is secured; none sends the password in the clear"},
    )
    port: int = field(default=0, metadata={"says": "the port; 0 means the usual one, 993 for tls, else 143"})
    first_days: int = field(
        default=30, metadata={"says": "how many days back the first reading goes; 0 means all there is"}
    )

    def __post_init__(self) -> None:
        if not _HOST.fullmatch(self.host):
            raise ValueError(
                f"host: {self.host!r} is no name of a mail server; write it bare, like imap.example.org"
            )
        if not 0 <= self.port < 65536:
            raise ValueError("port: give a number up to 65535, or 0 for the usual one")
        if self.first_days < 0:
            raise ValueError("first_days: give 0 for everything, or a number of days")
        for name, value in (
            ("username", self.username),
            ("mailbox", self.mailbox),
            ("password", self.password.reveal()),
        ):
            if not value or re.search(r"[\x00-\x1f\x7f]", value):
                raise ValueError(f"{name}: it is empty or holds a line break or another control character")

    def collect(self, cursor: Cursor, reach: Reach) -> Iterator[Batch]:
        """Yield the letters that arrived, oldest number first."""
        from collectors.imap.client import signed_in

        before = Position.of(cursor)
        with signed_in(self._account(), reach) as client:
            opened = client.examine(self.mailbox)
            if before.validity not in (None, opened.validity):
                log.info("mailbox numbered anew", extra={"host": self.host, "mailbox": self.mailbox})
            yield from self._read(client, opened, before, reach)

    def _read(self, client: Client, opened: Opened, before: Position, reach: Reach) -> Iterator[Batch]:
        if before.validity == opened.validity and before.uid is not None:
            # Beyond the end, n:* still finds the last letter (Dovecot and pymap both do).
            uids = [uid for uid in client.search("UID", f"{before.uid + 1}:*") if uid > before.uid]
            place = before
        else:
            since = before.read_again_from(self.first_days, reach.now())
            uids = client.search("ALL") if since is None else client.search("SINCE", since)
            place = Position(opened.validity, None, before.received)
        for start in range(0, min(len(uids), MOST_LETTERS), AT_ONCE):
            letters = client.fetch(uids[start : start + AT_ONCE])
            place = place.after(uids[start : start + AT_ONCE], letters)
            yield self._batch(letters, place)
        if len(uids) <= MOST_LETTERS and opened.next_uid is not None:
            place = place.after([opened.next_uid - 1], [])
        yield Batch(cursor=place.cursor())

    def _batch(self, letters: Sequence[Letter], place: Position) -> Batch:
        """Read each letter by itself; one that cannot be read is told by its number."""
        mentions: dict[str, Mention] = {}
        skipped: list[str] = []
        for letter in letters:
            if self.list_id and list_of(letter) != self.list_id.strip().strip("<>").lower():
                continue
            try:
                mention = read_letter(letter)
            except ValueError as error:
                skipped.append(f"letter {letter.uid} of {self.mailbox}: {error}")
            else:
                mentions.setdefault(
                    mention.external_id, mention
                )  # by two lists at once: the first one counts
        return Batch(mentions=list(mentions.values()), cursor=place.cursor(), skipped=skipped)

    def _account(self) -> Account:
        from collectors.imap.client import Account

        return Account(
            place=f"imap {self.host}",
            host=self.host,
            port=self.port or PORTS[self.security],
            security=self.security,
            username=self.username,
            password=self.password,
        )


@dataclass(frozen=True, slots=True)
class Position:
    """How far a mailbox is read: up to a number, while it is numbered so; and the newest day that was read."""

    validity: int | None
    uid: int | None
    received: datetime | None

    @classmethod
    def of(cls, cursor: Cursor) -> Position:
        """Return what a cursor says; what it does not understand it does not know."""
        validity, uid, received = cursor.get("validity"), cursor.get("uid"), cursor.get("received")
        return cls(_count(validity), _count(uid), _moment(received))

    def cursor(self) -> Mapping[str, Json]:
        """Return it as a cursor."""
        received = self.received.isoformat() if self.received is not None else None
        told: Mapping[str, Json] = {"validity": self.validity, "uid": self.uid, "received": received}
        return {name: value for name, value in told.items() if value is not None}

    def after(self, uids: Sequence[int], letters: Sequence[Letter]) -> Position:
        """Return the place behind these."""
        received = [
            each for each in (self.received, *(letter.received for letter in letters)) if each is not None
        ]
        return Position(self.validity, max([self.uid or 0, *uids]), max(received) if received else None)

    def read_again_from(self, first_days: int, now: datetime) -> str | None:
        """Return the day, as IMAP writes it, from which to read where no number helps; None for everything.

        The first days, and all since the last reading; a day more, since servers compare days of their own zone.
        """
        if not first_days:
            return None
        moment = now - timedelta(days=first_days)
        if self.received is not None:
            moment = min(moment, self.received)
        day = moment - timedelta(days=1)
        return f"{day.day:02d}-{MONTHS[day.month - 1]}-{day.year}"


def _count(value: Json) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _moment(value: Json) -> datetime | None:
    try:
        return datetime.fromisoformat(value).astimezone(UTC) if isinstance(value, str) else None
    except ValueError:
        return None
