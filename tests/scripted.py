"""A small web server on loopback that answers as a test tells it to, the nasty ways included.

It ends with its context manager at once, also while a client hangs on it. A script that fails inside the
server fails the test: the exception is raised again when the server is left.
"""

from __future__ import annotations

import socket
import ssl
import struct
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Answer:
    """What the server says to one request. Content-Length and Date are set unless ``headers`` holds them."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | str = b""
    chunked: bool = False
    cut_after: int | None = None  # close after n bytes of the body, though all of it was promised
    drip: float | None = None  # seconds between single bytes of the body
    drip_headers: bool = False  # the head drips as well, at the same pace
    reset: bool = False  # RST instead of an answer; with cut_after: after n bytes of the body
    endless: bool = False  # the body again and again, chunked, until the client leaves

    @property
    def content(self) -> bytes:
        return self.body.encode() if isinstance(self.body, str) else self.body


@dataclass(frozen=True)
class Request:
    """What a client asked. ``path`` has no query; ``headers`` have lower-case names."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes


Script = Answer | Callable[[Request], Answer]

BODILESS = (204, 304)


class ScriptedServer:
    """``with ScriptedServer() as server:`` answers at ``server.url`` until the block ends."""

    def __init__(
        self,
        *,
        tls: bool = False,
        tls_names: tuple[str, ...] = ("IP:127.0.0.1",),
        context: ssl.SSLContext | None = None,
    ) -> None:
        self.requests: list[Request] = []
        self.faults: list[BaseException] = []
        self.stopping = threading.Event()
        self.certificate: Path | None = None
        self._routes: dict[str, list[Script]] = {}
        self._lock = threading.Lock()
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._server = _Server(self)
        if tls:
            self._folder = tempfile.TemporaryDirectory()
            self.certificate, key = _self_signed(Path(self._folder.name), tls_names)
            self._server.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._server.context.load_cert_chain(self.certificate, key)
        elif context is not None:
            self._server.context = context
        self.host, self.port = "127.0.0.1", int(self._server.server_address[1])
        self.url = f"{'http' if self._server.context is None else 'https'}://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    def route(self, path: str, *answers: Script) -> None:
        """Answer ``path`` with these in order; the last one repeats. Replaces what was set before."""
        if not answers:
            raise ValueError(f"no answer for {path}")
        with self._lock:
            self._routes[path] = list(answers)

    def asked(self, path: str) -> list[Request]:
        """Return the requests for one path, in order."""
        return [request for request in self.requests if request.path == path]

    def names(self, *names: str) -> Callable[[str, int], list[tuple[int, Any]]]:
        """Return a resolver that finds these names here, and every other one in a private network."""

        def resolve(host: str, port: int) -> list[tuple[int, Any]]:
            return [(socket.AF_INET, (self.host, self.port) if host in names else ("10.9.8.7", port))]

        return resolve

    def hang_up(self) -> None:
        """Close every connection that is open, the idle ones too; new ones are answered."""
        self._server.end_all()

    def answer(self, request: Request) -> Answer:
        with self._lock:
            self.requests.append(request)
            scripts = self._routes.get(request.path)
            if not scripts:
                return Answer(404, {"Content-Type": "text/plain"}, "not found")
            script = scripts.pop(0) if len(scripts) > 1 else scripts[0]
        return script if isinstance(script, Answer) else script(request)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.end_all()
        self._server.server_close()
        self._thread.join(5)
        if self._folder is not None:
            self._folder.cleanup()
        if self.faults and error is None:
            raise self.faults[0]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, script: ScriptedServer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script = script
        self.context: ssl.SSLContext | None = None
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Serve one connection in its own thread, its TLS handshake included."""
        if self.context is not None:
            request.settimeout(10)
            request = self.context.wrap_socket(request, server_side=True)
        with self._open_lock:
            self._open.add(request)
        try:
            if not self.script.stopping.is_set():
                super().finish_request(request, client_address)
        finally:
            with self._open_lock:
                self._open.discard(request)
            if self.context is not None:
                request.close()

    def end_all(self) -> None:
        with self._open_lock:
            for connection in self._open:
                _hang_up(connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that leaves is no fault; anything else is the test's."""
        import sys

        error = sys.exception()
        if error is not None and not isinstance(error, OSError):
            self.script.faults.append(error)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):
            return self.reply
        raise AttributeError(name)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Keep quiet."""

    def reply(self) -> None:
        request = self._request()
        try:
            answer = self.server.script.answer(request)
        except Exception as error:  # noqa: BLE001  whatever the script raised belongs to the test
            self.server.script.faults.append(error)
            answer = Answer(500, body=f"the script failed: {error!r}")
        if answer.reset and answer.cut_after is None:
            self._reset()
            return
        head = self._head(answer)
        self._send(head, answer.drip if answer.drip_headers else None)
        if request.method != "HEAD" and answer.status not in BODILESS:
            self._send_body(answer)

    def _request(self) -> Request:
        parts = urlsplit(self.path)
        headers = {name.lower(): ", ".join(self.headers.get_all(name, [])) for name in self.headers}
        body = self.rfile.read(int(headers.get("content-length", "0")))
        query = parse_qs(parts.query, keep_blank_values=True)
        return Request(self.command, parts.path, query, headers, body)

    def _head(self, answer: Answer) -> bytes:
        headers = {"Date": formatdate(usegmt=True)}
        if answer.chunked or answer.endless:
            headers["Transfer-Encoding"] = "chunked"
        elif answer.status not in BODILESS:
            headers["Content-Length"] = str(len(answer.content))
        given = {name.lower() for name in answer.headers}
        headers = {name: value for name, value in headers.items() if name.lower() not in given}
        reason = HTTPStatus(answer.status).phrase if answer.status in set(HTTPStatus) else "Unknown"
        lines = [f"HTTP/1.1 {answer.status} {reason}"]
        lines += [f"{name}: {value}" for name, value in {**headers, **answer.headers}.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def _send_body(self, answer: Answer) -> None:
        content = answer.content
        if answer.endless:
            for piece in _for_ever(content or b"x" * 65536):
                self._send(_chunk(piece), answer.drip)
                if self.close_connection:
                    return
        cut = content if answer.cut_after is None else content[: answer.cut_after]
        if answer.chunked and cut:
            before, after = _around(cut)
            for part in (before, cut, after):  # one by one: no test of memory is to find a copy of ours
                self._send(part, answer.drip)
        else:
            self._send(cut, answer.drip)
        if answer.cut_after is not None:
            self.close_connection = True
            if answer.reset:
                self._reset()
            return
        if answer.chunked:
            self._send(b"0\r\n\r\n", None)

    def _send(self, data: bytes, pace: float | None) -> None:
        size = len(data) if pace is None else 1
        pieces = [data[i : i + size] for i in range(0, len(data), size or 1)]
        for piece in pieces:
            if self.server.script.stopping.is_set():
                self.close_connection = True
                return
            self.wfile.write(piece)
            if pace is not None:
                self.server.script.stopping.wait(pace)

    def _reset(self) -> None:
        """Close so that the client sees RST, not a clean end."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.rfile.close()
        self.connection.close()


def _for_ever(piece: bytes) -> Iterator[bytes]:
    while True:
        yield piece


def _chunk(data: bytes) -> bytes:
    before, after = _around(data)
    return before + data + after


def _around(data: bytes) -> tuple[bytes, bytes]:
    """Return what stands before and after a chunk."""
    return f"{len(data):x}\r\n".encode(), b"\r\n"


def _hang_up(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


def _self_signed(folder: Path, names: tuple[str, ...]) -> tuple[Path, Path]:
    """Make a certificate for ``names`` (``IP:127.0.0.1``, ``DNS:feeds.example``) with the openssl command."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
    ]
    command += ["-keyout", str(key), "-out", str(certificate), "-days", "2", "-subj", "/CN=earshot test"]
    command += ["-addext", "subjectAltName=" + ",".join(names)]
    subprocess.run(command, check=True, capture_output=True, timeout=30)
    return certificate, key
