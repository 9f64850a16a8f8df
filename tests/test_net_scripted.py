"""The server that other tests lean on does what it says."""

from __future__ import annotations

import http.client
import json
import shutil
import socket
import ssl
import threading
import time

import pytest

from tests.scripted import Answer, Request, ScriptedServer


def ask(
    server: ScriptedServer, path: str, method: str = "GET", body: bytes | None = None
) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(server.host, server.port, timeout=5)
    try:
        connection.request(method, path, body=body)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def test_answers_in_order_and_repeats_the_last(server: ScriptedServer) -> None:
    server.route("/feed", Answer(body="one"), Answer(304), Answer(503, body=b"busy"))

    seen = [ask(server, "/feed?a=1&a=2") for _ in range(4)]

    assert seen == [(200, b"one"), (304, b""), (503, b"busy"), (503, b"busy")]
    assert server.requests[0].query == {"a": ["1", "2"]}
    assert ask(server, "/unknown")[0] == 404


def test_a_callable_sees_the_request(server: ScriptedServer) -> None:
    def echo(request: Request) -> Answer:
        return Answer(body=json.dumps([request.method, request.path, request.body.decode()]), chunked=True)

    server.route("/echo", echo)

    status, body = ask(server, "/echo", "POST", b"hello")

    assert (status, json.loads(body)) == (200, ["POST", "/echo", "hello"])


def test_sends_one_date_header_and_lets_an_answer_set_its_own(server: ScriptedServer) -> None:
    server.route("/", Answer(headers={"date": "Wed, 20 May 2026 09:30:00 GMT"}))
    with socket.create_connection((server.host, server.port), timeout=5) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")

        head = b"".join(iter(lambda: connection.recv(4096), b""))

    assert head.lower().count(b"date:") == 1


def test_cuts_and_resets(server: ScriptedServer) -> None:
    server.route("/cut", Answer(body=b"0123456789", cut_after=4))
    server.route("/reset", Answer(reset=True))
    server.route("/both", Answer(body=b"0" * 100_000, cut_after=50_000, reset=True))

    with pytest.raises(http.client.IncompleteRead):
        ask(server, "/cut")
    with pytest.raises(ConnectionResetError):
        ask(server, "/reset")
    with pytest.raises((ConnectionResetError, http.client.IncompleteRead)):
        ask(server, "/both")


def test_ends_at_once_while_a_client_hangs() -> None:
    with ScriptedServer() as server:
        server.route("/slow", Answer(body=b"x" * 100, drip=30, drip_headers=True))
        idle = socket.create_connection((server.host, server.port), timeout=5)
        hanging = socket.create_connection((server.host, server.port), timeout=5)
        hanging.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        assert hanging.recv(1) == b"H"
        begun = time.monotonic()

    assert time.monotonic() - begun < 20  # the next byte comes after 30
    assert not [thread for thread in threading.enumerate() if "serve_forever" in thread.name]
    idle.close()
    hanging.close()


def test_a_script_that_fails_fails_the_test() -> None:
    def broken(_: Request) -> Answer:
        raise KeyError("oops")

    def run() -> None:
        with ScriptedServer() as server:
            server.route("/", broken)
            assert ask(server, "/")[0] == 500

    with pytest.raises(KeyError, match="oops"):
        run()


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl command")
def test_speaks_tls_with_its_own_certificate() -> None:
    with ScriptedServer(tls=True) as server:
        server.route("/", Answer(body="safe"))
        context = ssl.create_default_context(cafile=str(server.certificate))
        connection = http.client.HTTPSConnection(server.host, server.port, context=context, timeout=5)

        connection.request("GET", "/")

        assert connection.getresponse().read() == b"safe"
        connection.close()
