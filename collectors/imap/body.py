"""The text of a letter: the right one of its parts, decoded, without attachments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

from collectors.imap.charset import text_of
from collectors.quotes import Said, own_words
from text import clean, from_html, tokens

MOST_PARTS = 100
STUB = 5  # a plain part with fewer than a fifth of the page's words only says that there is a page

_TAG = re.compile(r"<(/?)blockquote\b([^>]{0,500})>", re.IGNORECASE)
_CITES = re.compile(r"type=[\"']?cite|gmail_quote|protonmail_quote|yahoo_quoted", re.IGNORECASE)
_QUOTE_BEGINS, _QUOTE_ENDS = "\ue000", "\ue001"  # private: nothing that people write


@dataclass(frozen=True, slots=True)
class Parts:
    """What was found: plain texts and pages, in the order in which they stand, and whether one is sealed."""

    plain: list[str]
    pages: list[str]
    encrypted: bool


def said(letter: Message) -> Said | None:
    """Return the writer's words, cleaned; None where the letter is encrypted."""
    parts = _parts(letter)
    if parts.encrypted and not parts.plain and not parts.pages:
        return None
    plain = own_words("\n\n".join(parts.plain))
    if not parts.pages:
        return Said(clean(plain.text), plain.quoted)
    page = own_words("\n\n".join(_readable(each) for each in parts.pages))
    better = page if _n_words(plain.text) * STUB < _n_words(page.text) else plain
    return Said(clean(better.text), better.quoted)


def _parts(letter: Message) -> Parts:
    found = Parts(
        [], [], encrypted=letter.get_content_type() in ("multipart/encrypted", "application/pkcs7-mime")
    )
    for count, part in enumerate(_inline(letter)):
        if count >= MOST_PARTS:
            break
        kind = part.get_content_type()
        if kind == "text/html":
            found.pages.append(_decoded(part))
        elif kind in ("text/plain", "text/markdown", "text/x-markdown"):
            found.plain.append(_unflowed(_decoded(part), part))
    return found


def _inline(part: Message) -> Iterator[Message]:
    """Yield the parts that are shown as the letter itself: no attachment, no letter within the letter."""
    if part.get_content_maintype() == "message":
        return
    inner = part.get_payload()
    if part.is_multipart() and isinstance(inner, list):
        for each in inner:
            if isinstance(each, Message):
                yield from _inline(each)
    elif part.get_content_disposition() != "attachment" and not part.get_filename():
        yield part


def _decoded(part: Message) -> str:
    body = part.get_payload(decode=True)
    charset = part.get_param("charset", "utf-8")
    name = charset[2] if isinstance(charset, tuple) else str(charset)
    return text_of(body if isinstance(body, bytes) else b"", name).replace("\r\n", "\n").replace("\r", "\n")


def _unflowed(text: str, part: Message) -> str:
    """Join the lines that only a mail program broke (RFC 3676)."""
    if str(part.get_param("format", "")).lower() != "flowed":
        return text
    glue = "" if str(part.get_param("delsp", "")).lower() == "yes" else " "
    out: list[str] = []
    open_depth = -1  # of the line before, while it goes on
    for line in text.split("\n"):
        bare = line.lstrip(">")
        depth = len(line) - len(bare)
        words = bare[1:] if bare.startswith(" ") else bare
        flows = words.endswith(" ") and words != "-- "
        if open_depth == depth and words != "-- ":
            out[-1] = out[-1].rstrip(" ") + glue + words
        else:
            out.append(f"{'>' * depth} {words}" if depth else words)
        open_depth = depth if flows else -1
    return "\n".join(out)


def _readable(page: str) -> str:
    """Return a page as text, with what it cites of other letters as lines that begin with >."""
    cites: list[bool] = []

    def marked(tag: re.Match[str]) -> str:
        if not tag[1]:
            cites.append(bool(_CITES.search(tag[2])))
            return f"{tag[0]}<p>{_QUOTE_BEGINS}</p>" if cites[-1] else tag[0]
        ends = cites.pop() if cites else False
        return f"<p>{_QUOTE_ENDS}</p>{tag[0]}" if ends else tag[0]

    page = page.replace(_QUOTE_BEGINS, "").replace(_QUOTE_ENDS, "")
    return _cited(from_html(_TAG.sub(marked, page)))


def _cited(text: str) -> str:
    lines: list[str] = []
    depth = 0
    for line in text.split("\n"):
        if line in (_QUOTE_BEGINS, _QUOTE_ENDS):
            depth = max(0, depth + (1 if line == _QUOTE_BEGINS else -1))
        else:
            lines.append(f"> {line}" if depth else line)
    return "\n".join(lines).replace(_QUOTE_BEGINS, "").replace(_QUOTE_ENDS, "")


def _n_words(text: str) -> int:
    return len(tokens(text).split())
