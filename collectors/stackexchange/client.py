"""Requests to the Stack Exchange API, and what its refusals mean.

Every answer says how many requests are left today; some ask, though they are good, to leave one method alone for
some seconds (``backoff``). Refusals come with status 400 and a number of their own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from collectors.contract import Quota, Reach
from collectors.json_pages import Table, json_of, number_of, page_of, table, text_of
from errors import EarshotError, NeedsAttention, TryLater
from model import Secret
from net.answers import LONGEST_WAIT
from net.http import Response

API = "https://api.stackexchange.com/2.3"
PAGE_SIZE = 100
BAD_KEY = (401, 402, 403, 405, 406)
PASSING = (500, 502, 503)
_AVAILABLE = re.compile(r"available in (\d{1,9}) seconds")


@dataclass(slots=True)
class Client:
    """One site, asked in one poll. ``quota`` and ``wait`` are what the answers so far said."""

    site: str
    key: Secret | None
    base: str
    reach: Reach
    quota: Quota | None = None
    wait: timedelta | None = None
    resting: set[str] = field(default_factory=set)  # methods that asked to be left alone

    def get(self, method: str, params: Mapping[str, str], *, ids: str = "") -> Table:
        """Return one page of a method, ``questions/{}/answers`` with its ids; errors are of the tree."""
        asked = {"site": self.site, "filter": "withbody", "pagesize": str(PAGE_SIZE), **params}
        if self.key is not None:
            asked["key"] = self.key.reveal()
        response = self.reach.http.get(f"{self.base}/{method.format(ids)}", params=asked)
        page = self._page(response)
        self._hear(method, page)
        return page

    def may_ask(self, method: str) -> bool:
        """Whether a method may be asked once more in this poll."""
        return method not in self.resting and (self.quota is None or self.quota.left > 0)

    def _page(self, response: Response) -> Table:
        now = self.reach.now()
        if response.status == 400:
            raise refusal(table(json_of(response)), self.site)
        return page_of(response, "stackexchange", now=now)

    def _hear(self, method: str, page: Table) -> None:
        left = number_of(page, "quota_remaining")
        if left is not None:
            until = _next_day(self.reach.now())
            self.quota = Quota(left, until)
            if left == 0:
                self._pause(until - self.reach.now())
        seconds = number_of(page, "backoff")
        if seconds:
            self.resting.add(method)
            self._pause(timedelta(seconds=min(seconds, 10**6)))

    def _pause(self, pause: timedelta) -> None:
        self.wait = min(max(pause, self.wait or timedelta()), LONGEST_WAIT)


def refusal(told: Table, site: str) -> EarshotError:
    """Say what a refusal means, by the API's own number for it."""
    number, name = number_of(told, "error_id"), re.sub(r"[^a-z_]", "", text_of(told, "error_name"))[:40]
    what = f"stackexchange {site}: the API"
    if number == 502:
        seconds = _AVAILABLE.search(text_of(told, "error_message"))
        after = min(timedelta(seconds=int(seconds[1])), LONGEST_WAIT) if seconds else None
        return TryLater(f"{what} has had too many requests from here; a key allows more of them", after=after)
    if number in PASSING:
        return TryLater(f"{what} has trouble of its own ({name or number})")
    if number in BAD_KEY:
        return NeedsAttention(
            f"{what} refuses the key ({name or number}); look at it at https://stackapps.com"
        )
    return NeedsAttention(
        f"{what} does not take the request ({name or 'status 400'}); check site, query and tags"
    )


def _next_day(now: datetime) -> datetime:
    return (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
