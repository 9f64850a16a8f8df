"""Which addresses are refused, in whatever disguise they come."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errors import NeedsAttention
from net.addresses import LOOPBACK_ONLY, PUBLIC, Rules, refusal, shown, web_address

INTRANET = Rules(allow_private_networks=True)
PRIVATE = [
    "127.0.0.1",
    "127.255.255.254",
    "10.1.2.3",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "198.18.0.1",
    "::1",
    "fc00::1",
    "fd12::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::127.0.0.1",
    "::ffff:0:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::10.0.0.1",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2002:0a00:0001::1",
]
NEVER = [
    "0.0.0.0",
    "0.1.2.3",
    "169.254.169.254",
    "169.254.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.8",
    "192.0.0.192",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "fd00:ec2::254",
    "::ffff:169.254.169.254",
    "64:ff9b::169.254.169.254",
    "2002:a9fe:a9fe::1",
    "2001:0:a9fe:a9fe::1",
    "2001:db8::1",
    "192.0.2.1",
]
OPEN = [
    "1.1.1.1",
    "93.184.216.34",
    "2606:4700::1111",
    "64:ff9b::1.1.1.1",
    "2002:0101:0101::1",
    "::ffff:8.8.8.8",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_needs_the_setting(address: str) -> None:
    """faults.md 1, 2."""
    reason = refusal(ip_address(address), PUBLIC)

    assert reason == "private address refused (http.allow_private_networks = true allows it)"
    assert refusal(ip_address(address), INTRANET) is None


@pytest.mark.parametrize("address", NEVER)
def test_a_special_address_is_never_reached(address: str) -> None:
    """faults.md 1, 2."""
    assert refusal(ip_address(address), PUBLIC)
    assert refusal(ip_address(address), INTRANET)
    assert refusal(ip_address(address), LOOPBACK_ONLY)


@pytest.mark.parametrize("address", OPEN)
def test_the_public_internet_is_open(address: str) -> None:
    assert refusal(ip_address(address), PUBLIC) is None
    assert refusal(ip_address(address), INTRANET) is None
    assert refusal(ip_address(address), LOOPBACK_ONLY)


def test_teredo_is_refused_for_its_client_and_for_its_server() -> None:
    client = int(IPv4Address("10.0.0.1")) ^ 0xFFFFFFFF
    server = int(IPv4Address("1.1.1.1"))
    teredo = IPv6Address((0x20010000 << 96) | (server << 64) | client)

    assert refusal(teredo, PUBLIC)


@given(st.ip_addresses(v=4))
def test_a_wrapped_address_is_judged_like_itself(address: IPv4Address) -> None:
    """faults.md 2."""
    bare = int(address)
    wrapped = [(0xFFFF << 32) | bare, (0x64FF9B << 96) | bare, (0x2002 << 112) | (bare << 80) | 1]

    for form in wrapped:
        for rules in (PUBLIC, INTRANET, LOOPBACK_ONLY):
            assert (refusal(IPv6Address(form), rules) is None) == (refusal(address, rules) is None)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.0.0.1.",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "127.1",
        "0177.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "100.64.0.1",
        "127。0。0。1",
        "１２７.０.０.１",
        "①②⑦.0.0.1",
        "169.254.169.254",
        "0.0.0.0",
        "0",
        "1.2.3.4.5",
        "999.1.1.1",
        "[fe80::1%25eth0]",
        "[fe80::1%eth0]",
        "127%2e0.0.1",
        "a..b",
        "",
        "-",
        "\u00ad",
        "exa mple.org",
        "example.org\\@127.0.0.1",
        "user@127.0.0.1",
        "user:secret@feeds.example",
        "feeds.example:0",
        "feeds.example:99999",
        "feeds.example:x",
        "[::1",
    ],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_refuses_every_disguise_of_a_host(scheme: str, host: str) -> None:
    """faults.md 1, 2."""
    with pytest.raises(NeedsAttention) as caught:
        web_address(f"{scheme}://{host}/feed?token=hidden")

    assert "secret" not in str(caught.value)
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://feeds.example/a",
        "gopher://127.0.0.1:70/_",
        "data:text/xml,<rss/>",
        "javascript:alert(1)",
        "/etc/passwd",
        "etc/passwd",
        "C:\\feed.xml",
        "feeds.example/feed",
        "//feeds.example/feed",
        "http:/feeds.example",
        "http:feeds.example",
        "feed://feeds.example/a",
        "",
        "<?xml version='1.0'?>",
    ],
)
def test_reads_nothing_but_http_and_https(url: str) -> None:
    """faults.md 6."""
    with pytest.raises(NeedsAttention, match=r"https://"):
        web_address(url)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("HTTPS://Feeds.Example:443/a b?q=ü#top", "https://feeds.example/a%20b?q=%C3%BC"),
        ("http://feeds.example", "http://feeds.example/"),
        ("http://feeds.example:8080/?a=1", "http://feeds.example:8080/?a=1"),
        ("https://münchen.example/", "https://xn--mnchen-3ya.example/"),
        ("https://MÜNCHEN.example/", "https://xn--mnchen-3ya.example/"),
        ("http://[2606:4700:0:0::1111]/x", "http://[2606:4700::1111]/x"),
        (" https://under_score.example/%41 ", "https://under_score.example/%41"),
    ],
)
def test_takes_a_good_address_apart(url: str, expected: str) -> None:
    assert web_address(url).url == expected


def test_a_shown_address_keeps_no_secret_and_no_control_character() -> None:
    """faults.md 90, 91."""
    assert shown("https://me:pass@feeds.example/a\x1b[31m?key=k#f") == "https://feeds.example/a·[31m"


@given(st.one_of(st.text(), st.text().map("http://".__add__), st.text().map("https://a.example/".__add__)))
def test_any_text_is_an_address_or_needs_attention(url: str) -> None:
    try:
        address = web_address(url)
    except NeedsAttention:
        return
    assert web_address(address.url) == address
