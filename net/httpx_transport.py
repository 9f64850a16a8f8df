"""What httpx sends through, for a library that insists on httpx (atproto): our own client.

So its traffic has the same pool, gate, caps and deadline. Errors of ours come out as themselves; httpx's own
timeouts have no say.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from net.http import Http, Response

if TYPE_CHECKING:
    import httpx

# What the pool says by itself, and what no longer holds of a body that was unpacked here.
_OURS_TO_SAY = frozenset({"connection", "content-length", "host", "accept-encoding"})
_OF_THE_WIRE = frozenset({"connection", "content-encoding", "content-length", "transfer-encoding"})


def _nothing(_answer: Response) -> None:
    return


def transport(http: Http, *, hear: Callable[[Response], None] = _nothing) -> httpx.BaseTransport:
    """Return a transport whose every request goes through ``http``; it does not close it.

    ``hear`` is shown each answer before httpx, and the library above it, are; it may raise.
    """
    import httpx

    class Transport(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            headers = {
                name: value for name, value in request.headers.items() if name.lower() not in _OURS_TO_SAY
            }
            body = request.read() or None
            answer = http.request_once(request.method, str(request.url), headers=headers, body=body)
            hear(answer)
            told = [
                (name, value) for name, value in answer.headers.items() if name.lower() not in _OF_THE_WIRE
            ]
            return httpx.Response(answer.status, headers=told, content=answer.body, request=request)

    return Transport()
