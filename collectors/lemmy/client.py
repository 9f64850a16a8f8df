"""Requests to one Lemmy instance, and what its refusals mean.

Until 0.19 at least, Lemmy answers almost every refusal with 400 and the reason in the body: its rate limit, a
post that was deleted, a private instance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from collectors.contract import Reach
from collectors.json_pages import Table, json_of, page_of, table, text_of
from errors import NeedsAttention, TryLater
from model import Secret
from net.answers import retry_after
from net.http import Response

GONE = ("couldnt_find_post", "couldnt_find_comment", "couldnt_find_object", "not_found")
NO_PLACE = ("couldnt_find_community", "not_found", "couldnt_find_object")
SIGN_IN = ("not_logged_in", "instance_is_private", "incorrect_login", "site_ban", "deleted")


@dataclass(frozen=True, slots=True)
class Client:
    """One instance, asked by version 3 of the API."""

    base: str
    token: Secret | None
    reach: Reach

    def get(self, path: str, params: Mapping[str, str]) -> Table:
        """Return a page; TryLater and NeedsAttention say what is wrong."""
        return self._page(self._asked(path, params))

    def find(self, path: str, params: Mapping[str, str]) -> Table | None:
        """Return one post or comment; None where Lemmy itself says that it has none."""
        response = self._asked(path, params)
        if response.status in (400, 404) and _reason(response) in GONE:
            return None
        return self._page(response)

    def _asked(self, path: str, params: Mapping[str, str]) -> Response:
        headers = {} if self.token is None else {"Authorization": f"Bearer {self.token.reveal()}"}
        return self.reach.http.get(f"{self.base}/api/v3{path}", headers=headers, params=params)

    def _page(self, response: Response) -> Table:
        now, what = self.reach.now(), f"lemmy: {self.base}"
        reason = _reason(response) if response.status in (400, 404) else ""
        if reason == "rate_limit_error":
            after = retry_after(response.headers.get("retry-after"), now=now)
            raise TryLater(f"{what} asks for a pause (too many requests)", after=after)
        if reason in NO_PLACE:
            words = f"{what} knows no such community; check its name, and that somebody here follows it"
            raise TryLater(words, missing=True)
        if reason in SIGN_IN:
            raise NeedsAttention(f"{what} shows this to its members only; give the token of an account")
        return page_of(response, "lemmy", now=now)


def _reason(response: Response) -> str:
    return text_of(table(json_of(response)), "error")
