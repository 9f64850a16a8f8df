"""A requests.Session for libraries that insist on one (praw, tweepy), sent through our own client.

So their traffic has the same pool, gate, caps and deadline, no proxy from the environment, no cookie and no
retry. TryLater and NeedsAttention come out of requests as themselves; a library that wraps every exception
(prawcore does) is unwrapped by ``own_error``.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from errors import EarshotError, NeedsAttention
from net.addresses import shown, web_address
from net.http import HARMLESS, MAX_HOPS, Http

if TYPE_CHECKING:
    import requests


def session(http: Http) -> requests.Session:
    """Return a session whose every request goes through ``http``; timeouts and verify given to it are ignored."""
    import requests
    from requests.adapters import BaseAdapter

    class Adapter(BaseAdapter):
        def send(
            self,
            request: requests.PreparedRequest,
            stream: bool = False,
            timeout: object = None,
            verify: object = True,
            cert: object = None,
            proxies: object = None,
        ) -> requests.Response:
            del stream, timeout, verify, cert, proxies
            return sent(http, request)

        def close(self) -> None:
            """Leave the client open: whoever made it closes it."""

    class Session(requests.Session):
        def rebuild_auth(
            self, prepared_request: requests.PreparedRequest, response: requests.Response
        ) -> None:
            """Keep what could be a credential from a redirect to another origin."""
            before = web_address(response.request.url or "", http.rules)
            after = web_address(prepared_request.url or "", http.rules)
            if before.origin == after.origin:
                return
            if prepared_request.body:
                raise NeedsAttention(f"{shown(before.url)} sends what is posted there on to {after.host}")
            for name in [name for name in prepared_request.headers if name.lower() not in HARMLESS]:
                del prepared_request.headers[name]

        def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
            try:
                return super().send(request, **options)
            except requests.TooManyRedirects:
                url = shown(request.url or "")
                raise NeedsAttention(f"{url} redirects more than {MAX_HOPS} times") from None

    made = Session()
    made.trust_env = False
    made.max_redirects = MAX_HOPS
    for scheme in ("https://", "http://"):
        made.mount(scheme, Adapter())
    return made


def own_error(error: BaseException) -> EarshotError | None:
    """Return the error of ours that a library has wrapped, or None: it is looked for in causes and contexts."""
    seen: set[int] = set()
    waiting: list[BaseException] = [error]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, EarshotError):
            return one
        if id(one) in seen:
            continue
        seen.add(id(one))
        inner = (getattr(one, "original_exception", None), one.__cause__, one.__context__, *one.args)
        waiting += [part for part in inner if isinstance(part, BaseException)]
    return None


def sent(http: Http, request: requests.PreparedRequest) -> requests.Response:
    """Return what a client of ours hears to a request of requests', a redirect too."""
    import requests
    from requests.structures import CaseInsensitiveDict

    body = _body(request.body)
    answer = http.request_once(
        request.method or "GET", request.url or "", headers=_headers(request.headers), body=body
    )
    response = requests.Response()
    response.status_code = answer.status
    response.headers = CaseInsensitiveDict(answer.headers)
    response.url = request.url or answer.url
    response.request = request
    response.encoding = requests.utils.get_encoding_from_headers(response.headers)
    response.raw = io.BytesIO(answer.body)
    return response


def _headers(headers: Mapping[str, str | bytes]) -> dict[str, str]:
    # Whether a connection is kept is the pool's to say. prawcore asks to close it after the sign-in; a server that
    # does so without a word (Python's own) would cut off the next request: 5 of 53 tests, measured.
    return {
        name: value.decode("latin-1") if isinstance(value, bytes) else value
        for name, value in headers.items()
        if name.lower() != "connection"
    }


def _body(body: object) -> bytes | None:
    if body is None or isinstance(body, bytes):
        return body
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, Iterable):
        return b"".join(part.encode() if isinstance(part, str) else bytes(part) for part in body)
    raise NeedsAttention(f"a request body of type {type(body).__name__} cannot be sent")
