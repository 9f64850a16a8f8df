"""The letter as HTML: nothing runs, nothing is loaded, links lead to web pages only, and the words can be read."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delivery.alerts import alert_letter
from delivery.digest import digest_letter
from delivery.facts import AlertFacts, DigestFacts, Letter, Promised, Usual
from delivery.html import TEMPLATES
from delivery.links import safe_link
from delivery.quote import quoted
from model import Annotation, Author, Mention, Reason, SourceState
from tests.delivery_facts import DAILY, NOW, RIVERSIDE, RULE, a_day, an_alert, said

TAGS = {
    *(
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "div",
        "h1",
        "h2",
        "h3",
        "p",
        "span",
        "b",
        "bdi",
        "a",
    ),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {
    "lang",
    "charset",
    "name",
    "content",
    "class",
    "style",
    "dir",
    "href",
    "target",
    "rel",
    "scope",
    "role",
}
PAYLOADS = (
    "<script>alert(1)</script>",
    '"><img src=https://tracker.example/p.gif onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</style><style>@import url(https://evil.example/x.css)</style>",
    "</title><svg onload=alert(1)>",
    "{{ 7 * 7 }}{% raw %}",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "javascript:alert(1)",
    "<!--",
    '<a href="javascript:alert(1)">x</a>',
)


class Seen(HTMLParser):
    """Every tag and attribute of a document, as a lenient reader meets them."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str, str]] = []
        self.words = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.words += data


def assert_harmless(letter: Letter) -> None:
    seen = Seen(letter.html)
    assert seen.tags <= TAGS, seen.tags - TAGS
    assert {name for _, name, _ in seen.attributes} <= ATTRIBUTES
    for _, name, value in seen.attributes:
        assert name != "href" or re.match(r"https?://[a-z0-9.\[\]:_-]+(/|\?|#|$)", value), value
        assert name != "style" or not re.search(r"url|expression|import|@|\\", value), value
    sheet = "".join(re.findall(r"<style>(.*?)</style>", letter.html, re.DOTALL))
    assert not re.search(r"url\(|@import|https?:", sheet)
    links = letter.html.count("<a ")
    assert letter.html.count('rel="noopener noreferrer"') == links
    assert letter.subject.splitlines() == [letter.subject]


def hostile_mention(n: int, words: str) -> Mention:
    reason = Reason("text", 0, len(words), words, 1.0)
    kinds = (
        ("concern", "yes"),
        ("intent", "question"),
        ("intent", "praise"),
        ("need", words),
        ("partner", words),
    )
    tags = tuple(
        Annotation(kind=kind, label=label, confidence=0.9, because=(reason,) if words else ())  # type: ignore[arg-type]
        for kind, label in kinds
    )
    return replace(
        said(n, words, channel=words, source=words, title=words, url=words, partner=words, tags=tags),
        author=Author(handle=words, name=words, url=words),
    )


def hostile_day(payloads: list[str]) -> DigestFacts:
    """A day in which every field that a stranger can fill holds a payload."""
    mentions = [hostile_mention(n, words) for n, words in enumerate(payloads)]
    words = payloads[0]
    return a_day(
        organisation=replace(RIVERSIDE, name=words, aliases=(words,)),
        digest=replace(DAILY, name=words),
        recipient=words,
        mentions=mentions,
        waiting=mentions[: len(mentions) // 2],
        week=Usual(days=7, by_channel=dict.fromkeys(payloads, 9.0)),
        promises=[
            Promised(what=words, due_on=NOW.date(), reply=7, to_whom=words, url=words) for words in payloads
        ],
        heard_before={f"{words}!": NOW.replace(month=1) for words in payloads},
        sources=[
            SourceState(name=words, channel=words, status="failing", reason=words, failures=1)
            for words in payloads
        ],
    )


def hostile_alert(words: str) -> AlertFacts:
    rule = replace(RULE, name=words, when="keyword", query=words)
    return replace(
        an_alert(hostile_mention(1, words), rule=rule),
        organisation=replace(RIVERSIDE, name=words, aliases=(words,)),
    )


def test_payloads_in_every_field_run_nothing_and_load_nothing() -> None:
    """faults.md 38, 39, 46."""
    assert_harmless(digest_letter(hostile_day(list(PAYLOADS))))
    for words in PAYLOADS:
        assert_harmless(alert_letter(hostile_alert(words)))


def test_the_whole_list_of_naughty_strings_runs_nothing_and_loads_nothing(shared: Path) -> None:
    """faults.md 38, 39, 46, 47."""
    strings = json.loads((shared / "recordings" / "text" / "blns.json").read_text(encoding="utf-8"))
    groups = [strings[start : start + 10] for start in range(0, len(strings), 10)]

    letters = [digest_letter(hostile_day(group)) for group in groups]
    letters += [alert_letter(hostile_alert(words)) for words in strings]

    assert len(strings) > 500
    for letter in letters:
        assert_harmless(letter)


def test_payloads_are_shown_as_the_words_that_they_are() -> None:
    seen = Seen(alert_letter(hostile_alert(PAYLOADS[0])).html)

    assert f"“{PAYLOADS[0]}”" in seen.words


def test_an_ordinary_letter_passes_the_same_test_and_has_links() -> None:
    letter = digest_letter(a_day())

    assert_harmless(letter)
    assert letter.html.count("<a ") >= 7


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://forum.example/t/1?a=b&c=d#e", "https://forum.example/t/1?a=b&c=d#e"),
        ("HTTP://Forum.Example:8080/ä b", None),
        ("HTTP://Forum.Example:8080/ä'\"<>", "http://forum.example:8080/%C3%A4%27%22%3C%3E"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://[2001:db8::1]:8443/x", "https://[2001:db8::1]:8443/x"),
        ("https://forum.example/%7Euser/100%25", "https://forum.example/%7Euser/100%25"),
        ("javascript:alert(1)", None),
        ("JaVaScRiPt:alert(1)", None),
        ("java\nscript:alert(1)", None),
        (" javascript:alert(1)", None),
        ("data:text/html,<script>", None),
        ("vbscript:msgbox", None),
        ("file:///etc/passwd", None),
        ("ftp://host.example/", None),
        ("//evil.example/", None),
        ("/path", None),
        ("https://", None),
        ("https://paypal.example@evil.example/", None),
        ("https://evil.example\\@paypal.example/", None),
        ("https://[::1", None),
        ("https://host.example:99999/", None),
        ("https://ho st.example/", None),
        ("https://host.example/\u2028x", None),
        ("https://host.example/" + "x" * 3_000, None),
        ("https://" + "ü" * 300 + ".example/", None),
        ("", None),
    ],
)
def test_links_lead_to_web_pages_and_nowhere_else(url: str, expected: str | None) -> None:
    """faults.md 39."""
    assert safe_link(url) == expected


@given(st.text(max_size=80))
def test_any_text_makes_a_safe_link_or_none(url: str) -> None:
    """faults.md 39."""
    link = safe_link(f"https://{url}") or "https://x"

    assert link.isascii()
    assert link.startswith("https://")
    assert not re.search(r"[\s\"'<>\\^`{|}]", link)
    assert safe_link(link) == link


@given(st.text(max_size=2_000), st.integers(0, 2_000), st.integers(0, 200), st.integers(40, 300))
@settings(deadline=None)
def test_any_quotation_is_one_short_line(words: str, start: int, length: int, limit: int) -> None:
    """faults.md 47."""
    reason = Reason("text", start, start + length, words[start : start + length], 1.0)

    quote = quoted(Mention(channel="x", external_id="1", text=words), reason, limit=limit)

    assert len(str(quote)) <= limit + 4  # an ellipsis and a blank on either side
    assert len(str(quote).splitlines()) <= 1


@given(st.text("abc .!\n", min_size=1, max_size=900), st.data())
def test_a_quotation_holds_the_words_that_matter_and_no_others(words: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(words) - 1))
    end = data.draw(st.integers(start + 1, min(len(words), start + 60)))
    reason = Reason("text", start, end, words[start:end], 1.0)

    quote = quoted(Mention(channel="x", external_id="1", text=words), reason, limit=200)

    assert quote.key.split() == words[start:end].split()
    shown = "".join(str(quote).replace("…", "").split())
    assert shown in "".join(words.split())


def brightness(colour: str) -> float:
    """The relative luminance of WCAG 2.2."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((brightness(one), brightness(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_their_ground(scheme: str) -> None:
    """AA of WCAG 2.2: 4.5 to 1. A rule with its own ground stands on that, any other on page and card alike."""
    sheet = (TEMPLATES / "letter.css").read_text()
    light, _, dark = sheet.partition("@media")
    rules = dict(re.findall(r"\.([\w, .-]+?) \{([^}]*)\}", light if scheme == "light" else dark))
    colour = {
        name: found[1] for name, body in rules.items() if (found := re.search(r"(?<!-)color: (#\w{6})", body))
    }
    ground = {
        name: found[1] for name, body in rules.items() if (found := re.search(r"background: (#\w{6})", body))
    }

    pairs = [
        (name, ink, paper)
        for (name, ink), place in product(colour.items(), ("body", "section"))
        for paper in [ground.get(name, ground[place])]
    ]

    assert len(pairs) >= 12
    assert [pair for pair in pairs if contrast(pair[1], pair[2]) < 4.5] == []
