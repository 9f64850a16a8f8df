"""matrix-nio over our own client; what went wrong is told in our own words.

nio builds the requests and checks the answers, and sends through ``net.http``: the address rules, the deadline and
the caps are those of every source, and aiohttp, which nio would use, opens no connection. Nothing is retried and
nothing waits, so each call ends within its deadline.
"""

from __future__ import annotations

import json
import logging
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from collectors.contract import Reach
from errors import EarshotError, NeedsAttention, TryLater
from model import Secret
from net.addresses import shown
from net.answers import LONGEST_WAIT, expect_ok, retry_after
from net.http import Http, Response

_CODE = re.compile(r"M_[A-Z_]{2,40}")
_UNREADABLE = {
    "type": "m.room.message"
}  # what an event that nio fails on is replaced by: it is told as skipped


class NotThereError(TryLater):
    """What was asked for is not there, or not for us (404)."""


class UnreadableError(TryLater):
    """nio makes nothing of the answer."""


class ClosedError(NeedsAttention):
    """It may not be read by this account (403)."""


@dataclass(frozen=True, slots=True)
class Account:
    """Where the homeserver is and what signs us in; ``place`` is how errors name the source."""

    place: str
    address: str
    token: Secret


def found_address(homeserver: str, http: Http, *, now: datetime) -> str:
    """Return where a homeserver's API is: it says so under /.well-known, or it is at its own name."""
    own = f"https://{homeserver}"
    answer = http.get(f"{own}/.well-known/matrix/client")
    if answer.status == 404:
        return own
    expect_ok(answer, f"matrix {homeserver}", now=now)
    told = _table(answer.body).get("m.homeserver")
    address = told.get("base_url") if isinstance(told, Mapping) else None
    if not isinstance(address, str) or not address.startswith("https://"):
        raise NeedsAttention(
            f"matrix {homeserver}: its /.well-known/matrix/client does not say where the API is; set base_url"
        )
    return address.rstrip("/")


def refusal(answer: Response, place: str, *, now: datetime) -> EarshotError | None:
    """Say what an answer that is no success means; None for a success. Only its code is shown, not its words."""
    status = answer.status
    if 200 <= status < 300:
        return None
    told = _table(answer.body)
    code = told.get("errcode")
    named = f"{status}, {code}" if isinstance(code, str) and _CODE.fullmatch(code) else f"{status}"
    where = f"{place}: {shown(answer.url)}"
    if status == 401:
        return NeedsAttention(
            f"{place}: the homeserver refuses the access token ({named}); sign the account in again, and set the "
            "new one"
        )
    if status == 403:
        return ClosedError(
            f"{where} may not be read by this account ({named}); invite it, or remove the room"
        )
    if status == 404:
        return NotThereError(
            f"{where} is not there ({named}); check homeserver, base_url and rooms", missing=True
        )
    if status == 410:
        return NeedsAttention(
            f"{where} is gone for good ({named}); remove the source or give its new address"
        )
    if status in (408, 425, 429) or status >= 500:
        after = _pause(told, answer, now=now)
        trouble = "asks for a pause" if status == 429 else "has trouble of its own"
        return TryLater(f"{place}: the homeserver {trouble} ({named})", after=after)
    return NeedsAttention(f"{where} answers {named}, which asking again does not change; check the rooms")


def _pause(told: Mapping[str, object], answer: Response, *, now: datetime) -> timedelta | None:
    """Return the pause that is asked for: in the header, or in milliseconds in the body as older servers say it."""
    after = retry_after(answer.headers.get("retry-after"), now=now)
    told_ms = told.get("retry_after_ms")
    if after is not None or isinstance(told_ms, bool) or not isinstance(told_ms, int | float):
        return after
    if not math.isfinite(told_ms):
        return None
    return timedelta(seconds=min(max(told_ms / 1000, 0.0), LONGEST_WAIT.total_seconds()))


def _table(body: bytes) -> Mapping[str, object]:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, Mapping) else {}


def wired(account: Account, reach: Reach) -> Any:
    """Return a client of nio's that sends through ours, and keeps nothing of what it hears."""
    import nio

    # What it cannot check it writes to its log as a whole, a stranger's words included.
    logging.getLogger("nio").setLevel(logging.CRITICAL)

    class Wired(nio.AsyncClient):  # type: ignore[misc]
        async def send(
            self,
            method: str,
            path: str,
            data: Any = None,
            headers: Mapping[str, str] | None = None,
            trace_context: object = None,
            timeout: float | None = None,
        ) -> _Answer:
            del trace_context, timeout
            body = data.encode() if isinstance(data, str) else data
            answer = reach.http.request(method, account.address + path, headers=headers, body=body)
            error = refusal(answer, account.place, now=reach.now())
            if error is not None:
                raise error
            return _Answer(answer, account.place)

        async def receive_response(self, response: object) -> None:
            """Keep no state: the cursor is the store's."""

    config = nio.AsyncClientConfig(max_limit_exceeded=0, max_timeouts=0, encryption_enabled=False)
    client = Wired(account.address, config=config)
    client.access_token = account.token.reveal()
    return client


class _Answer:
    """As much of aiohttp's answer as nio looks at."""

    content_type = "application/json"
    content_disposition = None

    def __init__(self, answer: Response, place: str) -> None:
        self.status = answer.status
        self._body = answer.body
        self._place = place

    async def json(self) -> Mapping[str, object]:
        """Return the answer; TryLater where it is no JSON object, like a page that asks to sign in."""
        told = _table(self._body)
        if not told:
            raise TryLater(
                f"{self._place}: what answers there speaks no Matrix; check homeserver and base_url if it stays so"
            )
        return _without_traps(told)


def _without_traps(told: Mapping[str, object]) -> Mapping[str, object]:
    """Return an answer whose events nio can look at: one with a time that is no number fails a whole page (0.26)."""
    chunk, joined = told.get("chunk"), told.get("rooms")
    if isinstance(chunk, list):
        return {**told, "chunk": [_looked_at(each) for each in chunk]}
    inside = joined.get("join") if isinstance(joined, Mapping) else None
    for room in inside.values() if isinstance(inside, Mapping) else ():
        line = room.get("timeline") if isinstance(room, Mapping) else None
        if isinstance(line, dict) and isinstance(line.get("events"), list):
            line["events"] = [_looked_at(each) for each in line["events"]]
    return told


def _looked_at(event: object) -> object:
    whole = isinstance(event, Mapping) and isinstance(event.get("origin_server_ts"), int)
    return event if whole else _UNREADABLE
