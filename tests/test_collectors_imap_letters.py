"""What a letter says, whatever program wrote it: charsets, parts, names, ids. No server is needed for that."""

from __future__ import annotations

import base64
from contextlib import suppress
from email.header import Header
from email.utils import formataddr
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.contract_suite import NOW
from collectors.imap.charset import text_of
from collectors.imap.folder import folder_name
from collectors.imap.headers import decoded
from collectors.imap.letter import Letter, read_letter
from model import Mention
from tests.effort import effort
from tests.imap_service import letter
from text import clean, one_line


def mention_of(told: str | bytes) -> Mention:
    head = told if isinstance(told, bytes) else told.encode()
    return read_letter(Letter(1, NOW, len(head), head))


def packed(text: str, charset: str) -> str:
    return base64.encodebytes(text.encode(charset)).decode()


BASE64 = {"Content-Transfer-Encoding": "base64"}


@pytest.mark.parametrize(
    ("named", "codec", "text"),
    [
        ("utf-8", "utf-8", "Grüße, ¿qué tal? – 日本"),
        ("iso-8859-1", "cp1252", "“Smart” quotes – and €"),
        ("windows-1252", "cp1252", "“Smart” quotes"),
        ("x-gbk", "gb18030", "你好"),
        ("gb2312", "gb18030", "你好，镕"),
        ("ks_c_5601-1987", "cp949", "안녕하세요"),
        ("iso-2022-jp", "iso2022_jp", "こんにちは"),
        ("koi8-r", "koi8-r", "Привет"),
        ("iso-8859-8-i", "iso8859-8", "שלום"),
        ("us-ascii", "utf-8", "Grüße"),
        ("utf-8", "cp1252", "Grüße"),
        ("unknown-8bit", "utf-8", "Grüße"),
        ("no such thing", "cp1252", "Grüße"),
        ("idna", "utf-8", "Grüße"),
        ("zlib", "utf-8", "Grüße"),
        ("utf-7", "utf-8", "+ADw-b+AD4-"),
        ("'utf-16'", "utf-16", "Grüße"),
    ],
)
def test_a_letter_is_readable_in_whatever_charset_it_claims(named: str, codec: str, text: str) -> None:
    """faults.md 29."""
    headers = {"Content-Type": f'text/plain; charset="{named}"', **BASE64}

    assert mention_of(letter(1, packed(text, codec), headers=headers)).text == text


def test_eight_bits_without_a_word_on_what_they_are() -> None:
    """faults.md 29."""
    told = b"From: Jos\xe9 <jose@x.example>\nSubject: Ol\xe1\nContent-Type: text/plain\n\nAt\xe9 logo\n"

    mention = mention_of(told)

    assert (mention.title, mention.text) == ("Olá", "Até logo")
    assert mention.author is not None
    assert mention.author.name == "José"


@given(st.text(max_size=200))
def test_a_header_comes_back_as_it_was_said(text: str) -> None:
    said = one_line(text)
    encoded = Header(said, "utf-8", maxlinelen=60).encode()

    assert one_line(decoded(encoded)) == said


@given(st.binary(max_size=300), st.text(max_size=12))
def test_any_bytes_of_any_charset_are_a_text(body: bytes, charset: str) -> None:
    assert isinstance(text_of(body, charset), str)


@given(st.binary(max_size=2000))
def test_whatever_a_server_hands_out_is_a_mention_or_a_reason(head: bytes) -> None:
    """faults.md 28."""
    with suppress(ValueError):
        mention = read_letter(Letter(1, NOW, len(head), head))
        assert mention.external_id == clean(mention.external_id)
        assert mention.text == clean(mention.text)


@pytest.mark.parametrize(
    ("header", "text"),
    [
        ("=?utf-8?q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        ("=?utf-8?b?4pyT?= plain", "✓ plain"),
        ("=?utf-8?B?4pw=?= =?utf-8?B?kw==?=", "✓"),
        ("=?utf-8?q?one?=\n =?utf-8?q?_two?=", "one two"),
        ("=?iso-8859-1*de?Q?M=FCll?=", "Müll"),
        ("=?utf-8?b?not base64!?=", "=?utf-8?b?not base64!?="),
        ("no words", "no words"),
    ],
)
def test_encoded_words(header: str, text: str) -> None:
    assert mention_of(letter(1, "x", headers={"Subject": header})).title == text


def test_a_control_character_in_a_header_does_not_reach_the_store() -> None:
    """faults.md 30, 47, 91."""
    subject = "=?utf-8?b?" + base64.b64encode("Hi\r\nBcc: all\x00\x1b[31m\u202e".encode()).decode() + "?="

    assert mention_of(letter(1, "x", headers={"Subject": subject})).title == "Hi Bcc: all"


@pytest.mark.parametrize(
    ("sender", "handle", "name"),
    [
        ('"Ruiz, Ana" <Ana@Northside.Example>', "ana@northside.example", "Ruiz, Ana"),
        ("ana@northside.example", "ana@northside.example", ""),
        ("ana@northside.example (Ana Ruiz)", "ana@northside.example", "Ana Ruiz"),
        (formataddr(("Ána", "a@b.example")), "a@b.example", "Ána"),
        ("Ana [mailto:a@b.example", "a@b.example", ""),
        ("<<a@b.example>>", "a@b.example", ""),
    ],
)
def test_who_wrote_it(sender: str, handle: str, name: str) -> None:
    author = mention_of(letter(1, "x", headers={"From": sender})).author

    assert author is not None
    assert author.handle == handle
    assert author.name in (name, "mailto:a@b.example")


def test_a_letter_from_nobody_has_no_author() -> None:
    assert mention_of(letter(1, "x", headers={"From": "undisclosed"})).author is None


@pytest.mark.parametrize("behind", ["Reply-To", "X-Original-From"])
def test_the_writer_stands_behind_a_list_that_sends_in_its_own_name(behind: str) -> None:
    headers = {
        "From": "Ana Ruiz via Foodbanks <foodbanks@lists.example>",
        "List-Post": "<mailto:foodbanks@lists.example>",
        behind: "ana@northside.example",
    }

    author = mention_of(letter(1, "x", headers=headers)).author

    assert author is not None
    assert (author.handle, author.name) == ("ana@northside.example", "Ana Ruiz")


def test_a_reply_address_that_is_the_list_is_not_the_writers() -> None:
    headers = {"List-Post": "<mailto:foodbanks@lists.example>", "Reply-To": "foodbanks@lists.example"}

    author = mention_of(letter(1, "x", headers=headers)).author

    assert author is not None
    assert author.handle == "ana@northside.example"


@pytest.mark.parametrize(
    ("subject", "title"),
    [
        ("[foodbanks] Hello", "Hello"),
        ("Re: AW: [Foodbanks] Hello", "Re: AW: Hello"),
        ("[urgent] Hello", "[urgent] Hello"),
    ],
)
def test_the_lists_own_prefix_is_no_part_of_a_title(subject: str, title: str) -> None:
    assert mention_of(letter(1, "x", headers={"Subject": subject})).title == title


@pytest.mark.parametrize(
    ("headers", "parent", "thread"),
    [
        ({}, None, "letter-1@northside.example"),
        ({"In-Reply-To": "<a@x>"}, "a@x", "a@x"),
        ({"References": "<a@x> <b@x>\n\t<c@x>"}, "c@x", "a@x"),
        ({"References": "<a@x> <b@x>", "In-Reply-To": "Your letter <b@x> of May"}, "b@x", "a@x"),
        ({"In-Reply-To": "your letter of May"}, None, "letter-1@northside.example"),
    ],
)
def test_what_a_letter_answers(headers: dict[str, str], parent: str | None, thread: str) -> None:
    mention = mention_of(letter(1, "x", headers=headers))

    assert (mention.parent_id, mention.thread_id) == (parent, thread)


def test_an_id_without_its_brackets_is_an_id() -> None:
    assert (
        mention_of(letter(1, "x", headers={"Message-ID": "bare@x.example"})).external_id == "bare@x.example"
    )


def test_a_page_without_a_plain_text_is_read_as_text() -> None:
    page = "<html><style>p{}</style><p>The boxes <b>came late</b>.</p><script>alert(1)</script></html>"

    mention = mention_of(letter(1, page, headers={"Content-Type": "text/html"}))

    assert mention.text == "The boxes came late."


def parts(*told: tuple[str, str], kind: str = "alternative") -> str:
    inside = "".join(f"--b\nContent-Type: {kind}\n\n{text}\n" for kind, text in told)
    headers = {"Content-Type": f'multipart/{kind}; boundary="b"'}
    return letter(1, f"{inside}--b--", headers=headers)


def test_the_plain_text_comes_before_the_page() -> None:
    told = parts(("text/plain", "The boxes came late."), ("text/html", "<p>The boxes came late.</p>"))

    assert mention_of(told).text == "The boxes came late."


def test_a_plain_text_that_only_says_there_is_a_page_gives_way_to_it() -> None:
    page = "<p>" + "News of the food banks in our town. " * 5 + "</p>"
    told = parts(("text/plain", "View this in your browser."), ("text/html", page))

    assert mention_of(told).text.startswith("News of the food banks")


def test_attachments_and_letters_inside_are_not_what_was_said() -> None:
    told = parts(
        ("text/plain", "See below."),
        ('text/plain; name="log.txt"', "a long log"),
        ("message/rfc822", "From: b@x.example\n\nwhat somebody else said"),
        ("text/plain", "Thanks."),
        kind="mixed",
    )

    assert mention_of(told).text == "See below.\n\nThanks."


def test_lines_that_only_a_program_broke_are_joined() -> None:
    """RFC 3676."""
    text = "The boxes \ncame late.\n\n From here on\n-- \nAna"
    headers = {"Content-Type": "text/plain; format=flowed"}

    assert mention_of(letter(1, text, headers=headers)).text == "The boxes came late.\n\nFrom here on"


@pytest.mark.parametrize(
    ("kind", "words"),
    [("multipart/encrypted; boundary=b", "encrypted"), ("application/pkcs7-mime", "encrypted")],
)
def test_what_is_sealed_is_told_and_not_stored(kind: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        mention_of(
            letter(
                1, "--b\nContent-Type: application/octet-stream\n\nXX\n--b--", headers={"Content-Type": kind}
            )
        )


def test_a_cut_letter_is_read_as_far_as_it_goes() -> None:
    whole = letter(1, packed("word " * 1000, "utf-8"), headers=BASE64)

    assert mention_of(whole[:1500]).text.startswith("word word")


def test_parts_within_parts_end_somewhere() -> None:
    """faults.md 33: 3000 levels in 130 kB."""
    levels = "".join(f'Content-Type: multipart/mixed; boundary="{n}"\n\n--{n}\n' for n in range(3000))

    def read() -> None:
        with pytest.raises(ValueError, match="nested|neither"):
            mention_of("From: a@x.example\n" + levels)

    assert effort(read) < 700  # 70, where it was measured


def test_a_quarter_of_a_megabyte_of_tags_costs_little() -> None:
    """faults.md 33. The dearest took 19 times the unit, where it was measured."""
    for page in ("<div>" * 50_000, "<blockquote type=cite>" * 11_000, "<" * 250_000, "<blockquote" * 20_000):
        raw = letter(1, page + "end", headers={"Content-Type": "text/html"})
        assert mention_of(raw).title == "Letter 1"
        assert effort(partial(mention_of, raw)) < 200


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("INBOX", '"INBOX"'),
        ("R&D", '"R&-D"'),
        ("~peter/mail/台北/日本語", '"~peter/mail/&U,BTFw-/&ZeVnLIqe-"'),
        ("😀", '"&2D3eAA-"'),
    ],
)
def test_the_names_of_mailboxes_as_the_standard_writes_them(name: str, written: str) -> None:
    """RFC 3501, 5.1.3 has the third."""
    assert folder_name(name) == written
