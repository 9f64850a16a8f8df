"""A company's proxy on loopback: it forwards http, tunnels https, may want a login, and remembers what it was asked.

It resolves names by a table of its own, as a proxy does; a name that is not in it is "forbidden" (403).
"""

from __future__ import annotations

import http.client
import select
import socket
import threading
from base64 import b64encode
from collections.abc import Mapping
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from model import Secret

Place = tuple[str, int]
HOP_BY_HOP = ("connection", "proxy-authorization", "proxy-connection")


class CompanyProxy:
    """``with CompanyProxy({"feeds.example": ("127.0.0.1", 8000)}) as proxy:`` is asked at ``proxy.url``."""

    def __init__(self, places: Mapping[str, Place], *, login: str = "") -> None:
        self.places = places
        self.login = login
        self.asked: list[str] = []
        self.heard: list[Mapping[str, str]] = []  # the headers of each request, names in lower case
        self.silent = threading.Event()  # set: it takes a connection and says nothing
        self.stopping = threading.Event()
        self._server = _Server(self)
        self.port = int(self._server.server_address[1])
        self.url = Secret(f"http://{login + '@' if login else ''}127.0.0.1:{self.port}")
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, proxy: CompanyProxy) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.proxy = proxy

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that leaves is no fault; what else goes wrong here, a test sees by its answer."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Keep quiet."""

    def do_CONNECT(self) -> None:
        place = self._place(self.path.rpartition(":")[0].strip("[]"))
        if place is None:
            return
        with socket.create_connection(place, 5) as there:
            self.send_response(200, "Connection established")
            self.end_headers()
            self._relay(there)
        self.close_connection = True

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        place = self._place(parts.hostname or "")
        if place is None:
            return
        headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        with closing(http.client.HTTPConnection(*place, timeout=5)) as there:
            there.request(
                self.command, parts.path + (f"?{parts.query}" if parts.query else ""), body, headers
            )
            answer = there.getresponse()
            content = answer.read()
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in ("connection", "transfer-encoding", "content-length"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_GET  # noqa: N815

    def _place(self, host: str) -> Place | None:
        """Return where a host is; None when the request is answered already, with why not."""
        proxy = self.server.proxy
        proxy.asked.append(f"{self.command} {self.path}")
        proxy.heard.append({name.lower(): value for name, value in self.headers.items()})
        if proxy.silent.is_set():
            proxy.stopping.wait(30)
        wanted = f"Basic {b64encode(proxy.login.encode()).decode()}"
        if proxy.login and self.headers.get("Proxy-Authorization") != wanted:
            self._refuse(407)
            return None
        if host not in proxy.places:
            self._refuse(403)
            return None
        return proxy.places[host]

    def _refuse(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _relay(self, there: socket.socket) -> None:
        ends = {self.connection: there, there: self.connection}
        while not self.server.proxy.stopping.is_set():
            ready, _, _ = select.select(list(ends), [], [], 0.05)
            for end in ready:
                data = end.recv(65536)
                if not data:
                    return
                ends[end].sendall(data)
