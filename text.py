"""Text from strangers, made fit for a store, a screen, a search and a file name.

What people write comes with NULs that one database refuses, half characters that the other refuses, marks that
turn a line round on the screen, and a hundred accents on one letter. It is cleaned once, where it comes in, so
that everything above may trust it. Each function is pure and bounded, and leaves alone what it made itself.
"""

from __future__ import annotations

import hashlib
import re
import threading
import unicodedata
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

if TYPE_CHECKING:
    from lxml import etree

LONGEST_TEXT = 100_000
LONGEST_HTML = 262_144
LONGEST_LINE = 1_000

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_NEWLINE = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_ODD_SPACE = re.compile(r"[\xa0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000\u3164\uffa0]")
_UNSEEN = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x9f"  # C0 and C1, but tab and line feed
    r"\xad\u034f\u061c\u180e\u200b\u200e\u200f\u2060-\u206f\ufeff"  # zero width, marks of direction
    r"\u202a-\u202e"  # embeddings and overrides of direction
    r"\ufdd0-\ufdef\ufff0-\ufffc\ufffe\uffff]"  # no characters at all
)
# Tag characters and supplementary selectors carry text that nobody sees; the flags of England, Scotland and
# Wales are the one good use.
_TAGS = re.compile("(\U0001f3f4[\U000e0030-\U000e007a]{1,8}\U000e007f)|[\U000e0000-\U000e0fff]")
_JOINERS = re.compile("[\u200c\u200d]+")
_SELECTORS = re.compile("([\ufe00-\ufe0f])[\ufe00-\ufe0f]+")
_MARK = (
    r"[\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8"
    r"\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u302a-\u302f\ufe20-\ufe2f]"
)
# Four marks on one letter: Hebrew with points and accents needs them, "zalgo" has fifty.
_MARKS = re.compile(f"({_MARK}{{4}}){_MARK}+")
_HEAP = re.compile(r"[^\w\s\x00-\x7f]{31,}")  # where more than 30 marks could stand
# What _settled would do something about; most texts that are not ASCII have a letter with an accent, and none of it.
_UNSETTLED = re.compile(
    f"[{_MARK[1:-1]}{_SURROGATE.pattern[1:-1]}{_ODD_SPACE.pattern[1:-1]}{_UNSEEN.pattern[1:-1]}"
    r"\r\x0b\x0c\x85\u2028\u2029\u200c\u200d\ufe00-\ufe0f\U000e0000-\U000e0fff]"
)
_TRAILING = re.compile(r"[ \t]+$", re.MULTILINE)
_GAP = re.compile(r"\n{3,}")
# For ASCII alone: what _NEWLINE and _UNSEEN do. As bytes, since str.translate raises and catches a KeyError for each
# character that it finds for the first time, which took ten times as long (measured).
_LINES = bytes.maketrans(b"\x0b\x0c", b"\n\n")
_CONTROLS = bytes((*range(9), *range(14, 32), 127))


def clean(text: str, limit: int = LONGEST_TEXT) -> str:
    """Return text that any store takes and any screen shows: at most ``limit`` code points, NFC, lines by LF."""
    text = text[: 2 * limit]
    if text.isascii() and text.isprintable():  # most names, links and titles: a third of the time (measured)
        text = text.strip()
        return text if len(text) <= limit else _cut(text, limit)
    text = harmless(text)
    if "\n" in text:
        # A look for " \n" stops at every space, and took half of the time that clean did (measured).
        if any(line.endswith((" ", "\t")) for line in text.split("\n")):
            text = _TRAILING.sub("", text)
        if "\n\n\n" in text:
            text = _GAP.sub("\n\n", text)
    text = text.strip()
    return text if len(text) <= limit else _cut(text, limit)


def harmless(text: str) -> str:
    """Return text that steers no screen and breaks no store: lines end in LF, blanks stay where they are."""
    if "\x1b" in text:
        text = _ANSI.sub("", text)
    if not text.isascii():
        return _settled(_UNSEEN.sub("", _NEWLINE.sub("\n", text)))
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.encode().translate(_LINES, _CONTROLS).decode()


def one_line(text: str, limit: int = LONGEST_LINE) -> str:
    """Return a subject, a name, a log's or terminal's word: clean, one line, an ellipsis where it was cut."""
    line = " ".join(clean(text[: 8 * limit], 4 * limit).split())
    if len(line) <= limit:
        return line
    return _cut(line, limit - 1) + "…"


def from_html(html: str, limit: int = LONGEST_TEXT) -> str:
    """Return the plain text of HTML: a blank line between paragraphs, no script, no style, links by their text.

    Cut to 256 Ki characters before parsing. The parser is libxml2's as a stream: linear, where the tree builders
    tried take 0.3 s (lexbor, 64 KiB of nested ``div``) and Python's own 17 s (64 KiB of open quotes), measured.
    """
    html = _whole(html[:LONGEST_HTML].replace("\0", ""))
    if "<" not in html and "&" not in html:
        return clean(html, limit)
    if _PARAGRAPHS.fullmatch(html):
        words = _words_of_paragraphs(html)
        is_clean = words.isascii() and len(words) <= limit and "<br" not in html
        return words if is_clean else clean(words, limit)
    return clean(_words_of(html), limit)


# HTML as most blogs and Mastodon write it: paragraphs and headings, in them text, links and emphasis, and nothing
# that a parser would have to mend. Possessive throughout, so that no text makes it try twice.
_ATTRIBUTES = r"""(?: [\w:-]++=(?:"[^"<>]*+"|'[^'<>]*+'))*+"""
_IN_PARAGRAPHS = (
    r"(?:[^<>&\x00-\x08\x0b-\x1f\x7f]++"
    rf"|</?(?:a|abbr|b|cite|code|em|i|s|small|span|strong|sub|sup|u){_ATTRIBUTES}>|<br ?/?>"
    r"|&(?:amp|lt|gt|quot|nbsp|hellip|[lr][sd]quo|[mn]dash|#8[0-9]{3});)*+"
)
_PARAGRAPHS = re.compile(rf"(?:\s*+<(p|h[1-6]){_ATTRIBUTES}>{_IN_PARAGRAPHS}</\1>)++\s*+")
_PARAGRAPH_END = re.compile(r"</(?:p|h[1-6])>")
_BREAK, _TAG = re.compile(r"<br ?/?>"), re.compile(r"<[^>]*+>")


def _words_of_paragraphs(html: str) -> str:
    """Return the words of what _PARAGRAPHS matches, as _words_of does; with clean, in half of the time (measured)."""
    blocks = _PARAGRAPH_END.split(html)
    if "<br" in html:
        blocks = ["\n".join(map(_words_of_line, _BREAK.split(block))) for block in blocks]
        return "\n\n".join(blocks)
    return "\n\n".join(filter(None, map(_words_of_line, blocks)))


def _words_of_line(html: str) -> str:
    text = _TAG.sub("", html)
    if "&" in text:
        text = unescape(text)
    if "  " not in text and text.isascii() and text.isprintable():  # most: no blanks but single spaces
        return text.strip()
    return " ".join(text.split())


class _Parsers(threading.local):
    """Each thread's parser: lxml takes 0.1 ms to look at the target of a new one, which is most of a short text."""

    kept: etree.HTMLParser | None = None


_parsers = _Parsers()


def _words_of(html: str) -> str:
    from lxml import etree

    parser, _parsers.kept = _parsers.kept, None  # one that fails in the middle is not used again
    if parser is None:
        parser = etree.HTMLParser(target=_Reader(), encoding="utf-8", huge_tree=True)  # type: ignore[arg-type]
    try:
        parser.feed(html.encode())
        words = str(parser.close())
    except etree.LxmlError:
        return ""  # nothing in it: a comment only, white space only
    _parsers.kept = parser
    return words


def canonical_url(url: str) -> str:
    """Return one spelling of a web address: without fragment, default port and tracking; "" for anything else.

    Names of host and scheme in lower case. The order and the coding of what stays are left as they are, since
    some sites tell pages apart by them.
    """
    url = clean("".join(clean(url, 4_000).split()))
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not host:
        return ""
    place = f"[{host}]" if ":" in host else host
    if port is not None and port != {"http": 80, "https": 443}[parts.scheme]:
        place += f":{port}"
    query = "&".join(pair for pair in parts.query.split("&") if pair and not _tracks(pair, host))
    return urlunsplit((parts.scheme, place, parts.path or "/", query, ""))


_TRACKER = re.compile(
    r"utm_.*|fbclid|gclid|dclid|[gw]braid|msclkid|twclid|ttclid|yclid|igsh|igshid|li_fat_id|mc_[ce]id|mkt_tok"
    r"|_hsenc|_hsmi|vero_(?:id|conv)|oly_(?:anon|enc)_id|s_cid|ref_(?:src|url)|share_id|at_(?:medium|campaign)"
)
_X_HOSTS = ("x.com", "twitter.com", "www.x.com", "www.twitter.com", "mobile.twitter.com")


def _tracks(pair: str, host: str) -> bool:
    name = pair.partition("=")[0].lower()
    return bool(_TRACKER.fullmatch(name)) or (name in ("s", "t") and host in _X_HOSTS)


# A word: letters and digits of any script with the marks that belong to them (vowel signs are no letters to
# Python). The danda, a full stop, is none.
_SIGNS = r"\u0900-\u0963\u0966-\u0dff\u0e30-\u0e4e\u0eb0-\u0ece\u0f18-\u0f84\u102b-\u103e\u1780-\u17d3"
_WORD = re.compile(rf"[\w{_SIGNS}]+")  # in what has no underscore
_WORDS = bytes(ord(chr(code).lower()) if code < 128 and chr(code).isalnum() else 32 for code in range(256))
# Accents that search looks past: Latin, Greek and Cyrillic ones, Hebrew points, Arabic vowels.
_ACCENT = re.compile(
    r"[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a"
    r"\u0640\u064b-\u065f\u0670\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
)
_PLAIN = str.maketrans({"ı": "i", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe"})
_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)


def tokens(text: str, limit: int = LONGEST_TEXT) -> str:
    """Return the words that search compares, joined by single spaces: folded in case, width and accents.

    No word is longer than 64 code points and the whole no longer than ``limit``; PostgreSQL's index refuses more.
    """
    return " ".join(token_list(text, limit))


def token_list(text: str, limit: int = LONGEST_TEXT) -> list[str]:
    """Return the same words one by one."""
    if len(text) > limit:
        text = text[:limit].rpartition(" ")[0] or text[:limit]
    if is_plain := text.isascii():
        found = text.encode().translate(_WORDS).decode().split()
    else:
        text = unicodedata.normalize("NFKD", _HEAP.sub(_thinned, text)).casefold().translate(_PLAIN)
        text = unicodedata.normalize("NFC", _ACCENT.sub("", unicodedata.normalize("NFKD", text)))
        found = _WORD.findall(text.lower().replace("_", " "))
    if found and max(map(len, found)) > 64:
        found = [word[:64] for word in found]
    if is_plain or len(words := " ".join(found)) <= limit:  # folding makes some texts longer
        return found
    return words[:limit].rpartition(" ")[0].split()


def unlinked(text: str) -> str:
    """Return a text without its links; the same object where it has none."""
    return _LINK.sub(" ", text) if "://" in text or "www." in text.lower() else text


_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d|conin|conout)")


def safe_file_name(name: str) -> str:
    """Return a name that any file system takes: a-z, 0-9 and -, 1 to 80 characters, no device of Windows.

    It has no ending: add one that you chose yourself. Other scripts leave a number made of the name.
    """
    words = tokens(name[:4_000]).encode("ascii", "ignore").decode().split()
    plain = "-".join(words)[:80].strip("-")
    if not plain:
        return "x" + hashlib.blake2b(name.encode("utf-8", "replace"), digest_size=8).hexdigest()
    return f"{plain}-file" if _RESERVED.fullmatch(plain) else plain


def _settled(text: str) -> str:
    """Do what changes its own neighbourhood until nothing moves; eight times is more than honest text needs."""
    if not (_UNSETTLED.search(text) or _HEAP.search(text)) and unicodedata.is_normalized("NFC", text):
        return text
    for _ in range(8):
        before = text
        text = _ODD_SPACE.sub(" ", _NEWLINE.sub("\n", _UNSEEN.sub("", _whole(text))))
        text = _JOINERS.sub(_joined, _TAGS.sub(lambda match: match[1] or "", text))
        text = unicodedata.normalize("NFC", _HEAP.sub(_thinned, _SELECTORS.sub(r"\1", text)))
        text = _MARKS.sub(r"\1", text)
        if text == before:
            break
    return text


def _whole(text: str) -> str:
    """Join the halves of a character, and replace a half that stands alone."""
    if text.isascii() or not _SURROGATE.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _thinned(match: re.Match[str]) -> str:
    """Leave at most 30 marks on a letter, as Unicode's stream-safe form does (UAX 15).

    Python sorts a letter's marks in quadratic time: 200 000 of them took 40 s, measured.
    """
    kept, run = [], 0
    for character in match[0]:
        run = run + 1 if unicodedata.combining(character) else 0
        if run <= 30:
            kept.append(character)
    return "".join(kept)


def _joined(match: re.Match[str]) -> str:
    """Keep a joiner where it changes what is read: inside an emoji, or in a script that joins its letters."""
    text, start, end = match.string, match.start(), match.end()
    before = text[start - 1] if start else " "
    after = text[end] if end < len(text) else " "
    if unicodedata.combining(before) == 9 or (_joins(before) and _joins(after)):
        return match[0][0]
    emoji = _is_emoji(after) and (_is_emoji(before) or before in "\ufe0f\U000e007f")
    return "\u200d" if emoji and "\u200d" in match[0] else ""


def _joins(character: str) -> bool:
    return "\u0600" <= character <= "\u1cff" and unicodedata.category(character)[0] in "LM"


def _is_emoji(character: str) -> bool:
    return unicodedata.category(character) in ("So", "Sk") and character >= "\u2190"


def _cut(text: str, limit: int) -> str:
    """Cut, and leave nothing that only made sense together with what is gone."""
    return clean(text[:limit].rstrip("\u200c\u200d\ufe0f \n\t"), limit)


_PARAGRAPH = frozenset(
    "p h1 h2 h3 h4 h5 h6 hr blockquote ul ol dl table pre figure article section".split()  # noqa: SIM905
)
_LINE = frozenset("br div li dt dd tr header footer aside main nav figcaption address form".split())  # noqa: SIM905
_DROPPED = frozenset(
    "script style template noscript title svg math iframe object textarea select".split()  # noqa: SIM905
)


class _Reader:
    """What lxml tells of each tag, turned into text as it comes; no tree is kept."""

    def __init__(self) -> None:
        self.parts = ["\n"]
        self.dropped = 0
        self.preformatted = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._break(tag)
        self.preformatted += tag == "pre"
        if tag in _DROPPED:
            self.dropped += 1
        elif tag in ("td", "th"):
            self.data(" ")
        elif tag == "img":
            self.data(_emoji_alt(attributes.get("alt", "")))

    def end(self, tag: str) -> None:
        self.preformatted -= tag == "pre" and self.preformatted > 0
        if self.dropped and tag in _DROPPED:
            self.dropped -= 1
        if tag != "br":
            self._break(tag)

    def data(self, data: str) -> None:
        if self.dropped or not data:
            return
        if not self.preformatted:
            data = _spaced(data)
            if self.parts[-1][-1] in " \n":
                data = data.lstrip(" ")
        if data:
            self.parts.append(data)

    def comment(self, _text: str) -> None:
        """Comments are not said to anybody."""

    def close(self) -> str:
        text = "".join(self.parts)
        self.parts, self.dropped, self.preformatted = ["\n"], 0, 0
        return text

    def _break(self, tag: str) -> None:
        if tag in _PARAGRAPH:
            self.parts.append("\n\n")
        elif tag in _LINE and (tag == "br" or not self.parts[-1].endswith("\n")):
            self.parts.append("\n")


def _spaced(data: str) -> str:
    """Return it with each run of white space as one space."""
    words = " ".join(data.split())
    if not words:
        return " "
    before = " " if data[0].isspace() else ""
    after = " " if data[-1].isspace() else ""
    return before + words + after


def _emoji_alt(alt: str) -> str:
    """Blogs show an emoji as an image with the character as its alt text."""
    return alt if len(alt) <= 8 and not any(character.isalnum() for character in alt) else ""
