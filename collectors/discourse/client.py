"""Requests to one forum, and what its refusals mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from collectors.contract import Reach
from collectors.json_pages import Table, json_of, number_of, page_of, table, text_of
from errors import TryLater
from net.answers import LONGEST_WAIT, retry_after
from net.http import Response

HIDDEN = ("not_found", "invalid_access")
"""What Discourse says of a post that was deleted, or moved to where the public may not look."""


@dataclass(frozen=True, slots=True)
class Client:
    """One forum. ``headers`` hold the key and are shown nowhere."""

    base: str
    headers: Mapping[str, str]
    reach: Reach

    def __repr__(self) -> str:
        return f"Client({self.base!r})"

    def get(self, path: str, params: Mapping[str, str | list[str]]) -> Table:
        """Return a page; TryLater and NeedsAttention say what is wrong."""
        return self._page(self._asked(path, params))

    def find(self, path: str) -> Table | None:
        """Return what stands at a path; None where Discourse itself says that it is not shown any more.

        A 404 in other words may come from anything between us and the forum, and takes nothing away.
        """
        response = self._asked(path, {})
        if response.status in (403, 404, 410) and text_of(table(json_of(response)), "error_type") in HIDDEN:
            return None
        return self._page(response)

    def _asked(self, path: str, params: Mapping[str, str | list[str]]) -> Response:
        query = f"?{urlencode(params, doseq=True)}" if params else ""
        return self.reach.http.get(self.base + path + query, headers=self.headers)

    def _page(self, response: Response) -> Table:
        now = self.reach.now()
        if response.status == 429 and retry_after(response.headers.get("retry-after"), now=now) is None:
            seconds = number_of(table(table(json_of(response)).get("extras")), "wait_seconds")
            if seconds is not None:
                after = min(timedelta(seconds=min(seconds, 10**6)), LONGEST_WAIT)
                raise TryLater(
                    f"discourse: {self.base} asks for a pause (429), and asks us to wait {seconds} s",
                    after=after,
                )
        return page_of(response, "discourse", now=now)
