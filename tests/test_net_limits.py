"""What a server may not do to us: no body too large, no answer too slow, no break without its reason."""

from __future__ import annotations

import gzip
import shutil
import socket
import tracemalloc
import zlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from errors import NeedsAttention, TryLater
from net.addresses import LOOPBACK_ONLY
from net.connections import SLACK, Clock, TimedSocket
from net.http import Http
from tests.scripted import Answer, Request, ScriptedServer

needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl command")


@pytest.fixture
def http() -> Iterator[Http]:
    client = Http(LOOPBACK_ONLY, deadline=timedelta(seconds=5), max_bytes=1 << 20)
    yield client
    client.close()


ZEROS = bytes(64 << 20)


def deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


BOMBS = {
    "plain": Answer(body=bytes((1 << 20) + 1)),
    "chunked": Answer(body=bytes((1 << 20) + 1), chunked=True),
    "endless": Answer(endless=True),
    "gzip": Answer(headers={"Content-Encoding": "gzip"}, body=gzip.compress(ZEROS)),
    "deflate": Answer(headers={"Content-Encoding": "deflate"}, body=zlib.compress(ZEROS)),
    "bare deflate": Answer(headers={"Content-Encoding": "deflate"}, body=deflated(ZEROS)),
    "nested": Answer(
        headers={"Content-Encoding": "gzip, gzip"}, body=gzip.compress(gzip.compress(ZEROS), mtime=0)
    ),
    "endless gzip": Answer(
        headers={"Content-Encoding": "gzip"}, body=gzip.compress(bytes(999)), endless=True
    ),
}


@pytest.mark.parametrize("name", BOMBS)
def test_stops_at_the_cap(server: ScriptedServer, http: Http, name: str) -> None:
    """faults.md 10, 11."""
    server.route("/", BOMBS[name])
    server.route("/other", Answer(body="fine"))

    with pytest.raises(NeedsAttention, match="more than 1 MiB"):
        http.get(server.url)

    assert http.get(server.url + "/other").body == b"fine"


def test_holds_less_than_twice_the_cap_in_memory(server: ScriptedServer) -> None:
    """faults.md 10, 11."""
    cap = 8 << 20
    http = Http(LOOPBACK_ONLY, max_bytes=cap)
    packed = gzip.compress(bytes(cap))
    server.route("/whole", Answer(headers={"Content-Encoding": "gzip"}, body=packed))
    server.route("/bomb", BOMBS["gzip"])
    server.route("/endless", Answer(endless=True))
    http.get(server.url + "/whole")

    tracemalloc.start()
    assert len(http.get(server.url + "/whole").body) == cap
    for path in ("/bomb", "/endless"):
        with pytest.raises(NeedsAttention):
            http.get(server.url + path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 2 * cap
    http.close()


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, br", "compress", "gzip, gzip, gzip", "x" * 500])
def test_unpacks_nothing_that_was_not_asked_for(server: ScriptedServer, http: Http, coding: str) -> None:
    """faults.md 11."""
    server.route("/", Answer(headers={"Content-Encoding": coding}, body=b"\x1b\x03\x00"))

    with pytest.raises(TryLater, match="packed"):
        http.get(server.url)

    assert server.requests[0].headers["accept-encoding"] == "gzip, deflate"


@pytest.mark.parametrize(
    ("coding", "packed"),
    [
        ("gzip", gzip.compress(b"hello")),
        ("x-gzip", gzip.compress(b"hel") + gzip.compress(b"lo")),
        ("GZIP", gzip.compress(b"hello") + b"\x00" * 20),
        ("deflate", zlib.compress(b"hello")),
        ("deflate", deflated(b"hello")),
        ("deflate, gzip", gzip.compress(zlib.compress(b"hello"))),
        ("identity", b"hello"),
    ],
    ids=["gzip", "two members", "written large, padded", "zlib", "raw deflate", "twice", "identity"],
)
@pytest.mark.parametrize("chunked", [False, True])
def test_unpacks_what_servers_send(
    server: ScriptedServer, http: Http, coding: str, packed: bytes, chunked: bool
) -> None:
    server.route("/", Answer(headers={"Content-Encoding": coding}, body=packed, chunked=chunked))

    assert http.get(server.url).body == b"hello"


def test_unpacks_large_bodies_whole(server: ScriptedServer, http: Http) -> None:
    body = bytes(range(256)) * 4096
    server.route("/", Answer(headers={"Content-Encoding": "gzip"}, body=gzip.compress(body)))

    assert http.get(server.url).body == body


@pytest.mark.parametrize(
    "answer",
    [
        Answer(body=b"x" * 2000, drip=0.05),
        Answer(body=b"x" * 2000, drip=0.05, chunked=True),
        Answer(body=b"x", drip=0.05, drip_headers=True),
        Answer(endless=True, body=b"x", drip=0.05),
        Answer(body=gzip.compress(bytes(9)), headers={"Content-Encoding": "gzip"}, drip=0.1),
    ],
    ids=["body", "chunked", "headers", "endless", "gzip"],
)
def test_a_drip_does_not_outlast_the_deadline(server: ScriptedServer, answer: Answer) -> None:
    """faults.md 12."""
    server.route("/", answer)
    http = Http(LOOPBACK_ONLY, deadline=timedelta(seconds=0.4))

    with pytest.raises(TryLater, match=r"timed out: no whole answer within 0\.4 s"):
        http.get(server.url)

    http.close()  # without a deadline for it all, each would come whole in the end, or never end


def test_each_call_may_wait_for_what_is_left_whatever_else_it_is_told() -> None:
    """faults.md 12."""
    ours, theirs = socket.socketpair()
    sock, waits = TimedSocket(fileno=ours.detach()), []
    sock.clock = Clock()
    with sock, theirs:
        theirs.sendall(b"123")
        for seconds in (
            1000,
            100,
            1000,
        ):  # as of a kept connection: the next request has its whole time again
            sock.clock.start(seconds)
            sock.recv_into(bytearray(1))
            sock.settimeout(None)
            waits.append(sock.gettimeout() or 0.0)

    assert waits == [pytest.approx(seconds, rel=2 * SLACK) for seconds in (1000, 100, 1000)]


def test_the_deadline_counts_all_redirects_together(server: ScriptedServer) -> None:
    """faults.md 12."""

    def slow(request: Request) -> Answer:
        server.stopping.wait(0.2)
        return Answer(302, {"Location": "/"})

    server.route("/", slow)
    http = Http(LOOPBACK_ONLY, deadline=timedelta(seconds=0.5))

    with pytest.raises(TryLater, match="timed out"):
        http.get(server.url)

    assert len(server.requests) < 5
    http.close()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(reset=True), "the connection was reset"),
        (Answer(body=b"x" * 1000, cut_after=10), "the answer was cut off"),
        (Answer(body=b"x" * 1000, cut_after=10, chunked=True), "the answer was cut off"),
        (Answer(body=b"x" * 200_000, cut_after=100_000, reset=True), "reset|cut off"),
        (Answer(body=gzip.compress(b"hello")[:-9], headers={"Content-Encoding": "gzip"}), "was cut off"),
        (Answer(body=b"hello", headers={"Content-Encoding": "gzip"}), "compression is broken"),
        (Answer(headers={f"X-{n}": "1" for n in range(200)}), "does not speak HTTP as it should"),
        (Answer(headers={"X-Long": "a" * 70_000}), "does not speak HTTP as it should"),
    ],
)
def test_a_broken_answer_is_an_error_with_its_reason(
    server: ScriptedServer, http: Http, answer: Answer, reason: str
) -> None:
    """faults.md 13."""
    server.route("/feed", answer)
    server.route("/other", Answer(body="fine"))

    with pytest.raises(TryLater, match=reason) as caught:
        http.get(server.url + "/feed?key=hidden")

    assert "hidden" not in str(caught.value)
    assert http.get(server.url + "/other").body == b"fine"


def test_nobody_at_the_port_and_no_such_name_are_told_apart(http: Http) -> None:
    """faults.md 13."""

    def unknown(host: str, port: int) -> list[tuple[int, Any]]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    with pytest.raises(TryLater, match="cannot be reached: Connection refused"):
        http.get(f"http://127.0.0.1:{port}/")
    with pytest.raises(TryLater, match=r"its name cannot be resolved \(DNS"):
        Http(resolve=unknown).get("http://nowhere.example/")


@needs_openssl
def test_tells_why_a_certificate_is_not_accepted() -> None:
    """faults.md 13."""
    with ScriptedServer(tls=True) as server:
        stranger = Http(LOOPBACK_ONLY)
        with pytest.raises(TryLater, match=r"certificate is not accepted \(TLS: self-signed certificate"):
            stranger.get(server.url)

        renamed = Http(LOOPBACK_ONLY, authorities=server.certificate, resolve=server.names("a.example"))
        with pytest.raises(TryLater, match="TLS: Hostname mismatch"):
            renamed.get(f"https://a.example:{server.port}/")
        assert server.requests == []


def test_a_server_without_tls_is_no_secure_connection(server: ScriptedServer, http: Http) -> None:
    """faults.md 13."""
    with pytest.raises(TryLater, match="no secure connection"):
        http.get(server.url.replace("http:", "https:"))


@needs_openssl
def test_keeps_the_name_for_tls_and_host_and_times_it_too() -> None:
    """faults.md 4, 12."""
    with ScriptedServer(tls=True, tls_names=("DNS:feeds.example",)) as server:
        server.route("/", Answer(body="safe"))
        server.route("/slow", Answer(body=b"x" * 2000, drip=0.05))
        http = Http(
            LOOPBACK_ONLY,
            authorities=server.certificate,
            resolve=server.names("feeds.example"),
            deadline=timedelta(seconds=1),
        )
        assert http.get(f"https://feeds.example:{server.port}/").body == b"safe"
        assert server.requests[0].headers["host"] == f"feeds.example:{server.port}"

        with pytest.raises(TryLater, match="timed out"):
            http.get(f"https://feeds.example:{server.port}/slow")

        http.close()
