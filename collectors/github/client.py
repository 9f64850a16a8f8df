"""GitHub's two APIs over the gate, for one poll; what went wrong is told in our own words.

GitHub says "slower" in four ways: 403 or 429, with Retry-After, with a reset of the hour's quota, or with neither
and a sentence in the body. A GraphQL answer says it, and all else, with status 200.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode, urlsplit

from collectors.contract import Quota, Reach
from collectors.json_pages import json_of, table, text_of
from errors import EarshotError, NeedsAttention, TryLater
from model import Secret
from net.answers import LONGEST_WAIT, retry_after
from net.http import Response
from text import one_line

SITE = "https://api.github.com"
TOKENS = "https://github.com/settings/tokens"
SHORTEST_PAUSE = timedelta(minutes=1)  # what GitHub asks for where it names no time
NEXT = re.compile(r'<([^<>]+)>\s*;\s*rel="?next"?')


@dataclass(frozen=True, slots=True)
class Told:
    """One answer of the REST API. ``answer`` is None for a 304."""

    answer: object
    quota: Quota | None
    etag: str | None
    next_url: str | None


@dataclass(frozen=True, slots=True)
class Found:
    """One answer of the GraphQL API. ``missing`` holds the paths of what it says does not exist."""

    data: Mapping[str, object]
    missing: Sequence[tuple[object, ...]]
    quota: Quota | None


@dataclass(frozen=True, slots=True)
class Client:
    """Asks one GitHub, ours or an enterprise's, as one account or as nobody."""

    place: str  # names the source in errors
    base_url: str | None
    token: Secret | None
    reach: Reach

    def url(self, path: str, params: Mapping[str, str]) -> str:
        """Return the address of a list."""
        return f"{self._base}/{path}?{urlencode(params)}"

    def get(self, url: str, *, etag: str | None = None) -> Told:
        """Return one page; TryLater and NeedsAttention say what is wrong."""
        headers = self._headers() | ({"If-None-Match": etag} if etag else {})
        response = self.reach.http.get(url, headers=headers)
        quota = self._checked(response)
        answer = None if response.status == 304 else self._json(response)
        return Told(answer, quota, response.headers.get("etag"), self._next(response))

    def query(self, text: str, variables: Mapping[str, object]) -> Found:
        """Return what a GraphQL query finds; what it does not find is no error."""
        body = json.dumps({"query": text, "variables": variables}).encode()
        headers = self._headers() | {"Content-Type": "application/json"}
        response = self.reach.http.request("POST", self._graphql, headers=headers, body=body)
        quota = self._checked(response)
        answer = self._json(response)
        faults = answer.get("errors") if isinstance(answer, dict) else None
        missing = [self._missing(each, quota) for each in faults] if isinstance(faults, list) else []
        data = answer.get("data") if isinstance(answer, dict) else None
        if not isinstance(data, dict):
            raise TryLater(f"{self.place}: GitHub's answer holds no data; Earshot asks again later")
        return Found(data, [path for path in missing if path], quota)

    @property
    def _base(self) -> str:
        return (self.base_url or SITE).rstrip("/")

    @property
    def _graphql(self) -> str:
        return self._base.removesuffix("/v3") + "/graphql"  # GitHub Enterprise: /api/v3 and /api/graphql

    def _headers(self) -> dict[str, str]:
        headers = {
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
            "X-Github-Next-Global-ID": "1",  # old objects would else have two node ids, an old and a new one
        }
        return headers | ({"Authorization": f"Bearer {self.token.reveal()}"} if self.token else {})

    def _checked(self, response: Response) -> Quota | None:
        error = refusal(response, self.place, self.reach.now(), has_token=self.token is not None)
        if error is not None:
            raise error
        return quota_of(response.headers)

    def _json(self, response: Response) -> object:
        answer = json_of(response)
        if answer is None:
            raise TryLater(f"{self.place}: GitHub's answer cannot be read as JSON; Earshot asks again later")
        return answer

    def _next(self, response: Response) -> str | None:
        """Return the address of the next page, where it is one of the same place: our token goes along."""
        found = NEXT.search(response.headers.get("link", ""))
        if found is None or urlsplit(found[1])[:2] != urlsplit(response.url)[:2]:
            return None
        return found[1]

    def _missing(self, fault: object, quota: Quota | None) -> tuple[object, ...]:
        """Return the path of what does not exist, or nothing; any other fault of a whole query is raised."""
        kind, path = (fault.get("type"), fault.get("path")) if isinstance(fault, dict) else (None, None)
        if kind == "NOT_FOUND" and isinstance(path, list):
            return tuple(path)
        if kind in ("RATE_LIMITED", "RATE_LIMIT"):
            after = until_reset(quota, self.reach.now()) or SHORTEST_PAUSE
            raise TryLater(f"{self.place}: GitHub's quota for this hour is used up", after=after)
        if isinstance(path, list) and len(path) > 1:  # one thing among many that we may not see
            return ()
        said = one_line(str(fault.get("message", "")), 120) if isinstance(fault, dict) else ""
        if kind in ("FORBIDDEN", "INSUFFICIENT_SCOPES"):
            raise NeedsAttention(
                f"{self.place}: GitHub does not let this token read it ({said}); give it more rights at {TOKENS}"
            )
        raise TryLater(f"{self.place}: GitHub could not answer ({said or 'no reason given'})")


def refusal(response: Response, place: str, now: datetime, *, has_token: bool) -> EarshotError | None:
    """Say what an answer that is not a success means; None for a success."""
    status = response.status
    if 200 <= status < 300 or status == 304:
        return None
    if status in (403, 429):
        return _slower(response, place, now) or NeedsAttention(
            f"{place}: GitHub refuses us ({status}{_said(response)}); look at the rights of token at {TOKENS}"
        )
    if status >= 500 or status in (408, 425):
        after = retry_after(response.headers.get("retry-after"), now=now)
        return TryLater(f"{place}: GitHub has trouble of its own ({status})", after=after)
    if status == 401:
        return NeedsAttention(f"{place}: GitHub refuses token (401); make a new one at {TOKENS}")
    if status == 404:
        seen = "the token may not see it" if has_token else "it is private, and needs a token"
        return TryLater(f"{place}: there is no such repository, or {seen} (404); check both", missing=True)
    if status == 410:
        return NeedsAttention(
            f"{place}: it is gone, or its issues are switched off (410); remove the source, or change kinds"
        )
    if status == 451:
        return NeedsAttention(f"{place}: withheld for legal reasons (451); remove the source")
    return NeedsAttention(f"{place}: GitHub does not take the request ({status}); check repository")


def _slower(response: Response, place: str, now: datetime) -> TryLater | None:
    """Return the pause that is asked for, if a 403 or 429 asks for one."""
    quota = quota_of(response.headers)
    used_up = quota is not None and quota.left <= 0
    after = retry_after(response.headers.get("retry-after"), now=now)
    if after is None and used_up:
        after = until_reset(quota, now)
    if after is not None or used_up:
        return TryLater(f"{place}: GitHub asks to wait ({response.status}, too many requests)", after=after)
    if "rate limit" in _said(response).casefold():
        words = f"{place}: GitHub asks to wait ({response.status}, its secondary rate limit)"
        return TryLater(words, after=SHORTEST_PAUSE)
    return TryLater(f"{place}: GitHub asks to wait (429)") if response.status == 429 else None


def quota_of(headers: Mapping[str, str]) -> Quota | None:
    """Read ``x-ratelimit-remaining`` and ``-reset``; None where GitHub does not say."""
    left, reset = headers.get("x-ratelimit-remaining", ""), headers.get("x-ratelimit-reset", "")
    if not _is_count(left):
        return None
    return Quota(int(left), datetime.fromtimestamp(int(reset), UTC) if _is_count(reset) else None)


def until_reset(quota: Quota | None, now: datetime) -> timedelta | None:
    """Return how long the quota stays used up, at most a day; None where that is not known."""
    if quota is None or quota.until is None:
        return None
    return min(max(quota.until - now, timedelta()), LONGEST_WAIT)


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 12


def _said(response: Response) -> str:
    """GitHub's own sentence on why, as ``: …``; empty where it gives none."""
    message = text_of(table(json_of(response)), "message")
    return f": {one_line(message, 120)}" if message else ""
