"""Trust for one source's own certificate: for that source, and for no other. Server and authority are real."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import trustme

import collectors
import config
from errors import NeedsAttention, TryLater
from model import Secret, Source
from net.addresses import LOOPBACK_ONLY
from net.http import Http
from net.httpx_transport import transport
from net.requests_session import session
from stages.collect import collect
from tests.feeds import XML, item, rss
from tests.lines import a_line, feed, listening
from tests.scripted import Answer, ScriptedServer


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def secured(authority: trustme.CA) -> Iterator[ScriptedServer]:
    """A server with a certificate of an authority that nobody else knows."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with ScriptedServer(context=context) as running:
        running.route("/feed", Answer(headers=XML, body=rss(item(1))))
        yield running


@pytest.fixture
def pem(authority: trustme.CA, tmp_path: Path) -> Path:
    file = tmp_path / "northside.pem"
    authority.cert_pem.write_to_path(str(file))
    return file


def test_one_source_s_certificates_are_trusted_for_it_alone(
    store_url: str, secured: ScriptedServer, pem: Path
) -> None:
    """faults.md 13."""
    url = secured.url + "/feed"
    known, stranger = feed("known", url, ca_file=pem), feed("stranger", url)
    with a_line(store_url, listening(known, stranger)) as line:
        results = {result.source: result for result in collect(line)}

    assert (results["known"].status, results["known"].new) == ("ok", 1)
    assert results["stranger"].status == "failing"
    assert "certificate is not accepted" in (results["stranger"].error or "")
    assert len(secured.asked("/feed")) == 1


def test_the_libraries_clients_trust_it_as_well(secured: ScriptedServer, pem: Path) -> None:
    """faults.md 13."""
    import httpx

    plain = Http(LOOPBACK_ONLY)
    trusting = plain.trusting(pem)

    assert session(trusting).get(secured.url + "/feed").status_code == 200
    with httpx.Client(transport=transport(trusting)) as client:
        assert client.get(secured.url + "/feed").status_code == 200
    with pytest.raises(TryLater, match="certificate is not accepted"):
        session(plain).get(secured.url + "/feed")


def test_there_is_one_client_for_a_file_with_the_limits_of_the_first(
    secured: ScriptedServer, pem: Path
) -> None:
    secured.route("/big", Answer(body=b"x" * 5_000))
    plain = Http(LOOPBACK_ONLY, max_bytes=1_000, deadline=timedelta(seconds=5))

    assert plain.trusting(None) is plain
    assert plain.trusting(pem) is plain.trusting(pem)
    with pytest.raises(NeedsAttention, match="answers with more than"):
        plain.trusting(pem).get(secured.url + "/big")
    with pytest.raises(NeedsAttention, match="only this machine itself"):
        plain.trusting(pem).get("https://10.0.0.1/")


def test_a_server_s_own_certificate_is_enough_though_another_signed_it(tmp_path: Path) -> None:
    """faults.md 13."""
    issued = trustme.CA().issue_cert("127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issued.configure_cert(context)
    issued.cert_chain_pems[0].write_to_path(str(tmp_path / "own.pem"))
    with ScriptedServer(context=context) as server:
        server.route("/feed", Answer(body="heard"))
        assert (
            Http(LOOPBACK_ONLY, certificates=tmp_path / "own.pem").get(server.url + "/feed").body == b"heard"
        )


def test_a_certificate_that_is_trusted_must_still_be_of_that_host(authority: trustme.CA, pem: Path) -> None:
    """faults.md 13."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("elsewhere.example").configure_cert(context)
    with (
        ScriptedServer(context=context) as server,
        pytest.raises(TryLater, match="certificate is not accepted"),
    ):
        Http(LOOPBACK_ONLY, certificates=pem).get(server.url)


def test_a_file_that_went_away_since_is_told_as_such(secured: ScriptedServer, tmp_path: Path) -> None:
    with pytest.raises(NeedsAttention, match="gone.pem cannot be read as certificates .* name a PEM file"):
        Http(LOOPBACK_ONLY, certificates=tmp_path / "gone.pem").get(secured.url)


def test_the_file_says_it_and_the_command_line_may_not(tmp_path: Path, pem: Path) -> None:
    written = '[organisation]\nname = "Us"\n[[sources]]\nname = "n"\nchannel = "rss"\n'
    written += f'url = "https://northside.example/feed"\nca_file = "{pem.name}"\n'
    (tmp_path / "earshot.toml").write_text(written, encoding="utf-8")
    channels = {"rss": collectors.catalogue()["rss"]}

    (source,) = config.load(tmp_path / "earshot.toml", channels=channels, environ={}).sources

    assert source == Source(
        name="n", channel="rss", settings={"url": "https://northside.example/feed"}, ca_file=pem
    )
    with pytest.raises(NeedsAttention, match="ca_file: .* belong in earshot.toml"):
        config.one_source(
            {"name": "n", "channel": "rss", "url": "https://a.example", "ca_file": "/x"}, channels
        )


def test_a_login_at_the_proxy_is_a_secret(tmp_path: Path) -> None:
    """faults.md 5, 90."""
    written = '[organisation]\nname = "Us"\n[http]\nproxy = "env:PROXY"\n'
    (tmp_path / "earshot.toml").write_text(written, encoding="utf-8")

    settings = config.load(
        tmp_path / "earshot.toml", channels={}, environ={"PROXY": "http://rosa:sesame@proxy.example:3128"}
    )
    with pytest.raises(config.ConfigurationFaults) as caught:
        config.load(tmp_path / "earshot.toml", channels={}, environ={"PROXY": "rosa:sesame@proxy.example"})

    assert settings.proxy == Secret("http://rosa:sesame@proxy.example:3128")
    assert "sesame" not in repr(settings) + str(caught.value)
