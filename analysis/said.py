"""What a mention says, bared of what changes from place to place: links, accounts, "RT", "via", "read more".

Copies are compared by this, and found by this (analysis/likeness.py, analysis/story_keys.py).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from model import Mention, account_key
from text import canonical_url, tokens, unlinked

COMPARED = 200
"""Words of title and text, from their beginning, that are compared: news that begins alike for so long is one."""
LOOKED_AT = 4_000
"""Code points of a text that can hold them."""
MOST_LINKS = 3
_TAIL = 120
"""Code points at the end of a text where "read more" and "via" are looked for."""

_LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"”»]+", re.IGNORECASE)
_ACCOUNT = re.compile(r"(?<![\w@/])@[\w.-]+(?:@[\w.-]+)?")
_PASSED_ON = re.compile(r"^\W*(?:rt|mt|fwd?|via|h/t)\b[\s:]*", re.IGNORECASE)
_SOURCE_NAMED = re.compile(
    r"[\s(\[—–|-]*(?:\b(?:via|h/t|source|fuente|fonte|from|vía)\b:?\s*(?:[\w.’'&-]+\s?){0,4}[)\]]?)\s*$",
    re.IGNORECASE,
)
_MORE = re.compile(
    r"\W*(?:\b(?:read more|read on|continue reading|keep reading|leer más|seguir leyendo"
    r"|sigue leyendo|más información|ler mais"
    r"|leia mais|continuar a ler|continue lendo|saiba mais)\b[^.!?\n]{0,40})\W*$",
    re.IGNORECASE,
)
_FOOT = re.compile(
    r"\s*(?:the post .{1,200} (?:appeared )?first (?:appeared )?on .{1,80})$", re.IGNORECASE | re.DOTALL
)
_CUT = re.compile(r"(?:…|\.\.\.|\[…\]|\[\.\.\.\])\W*$")
_QUOTES = re.compile(r"[“”„«»\"]|^>", re.MULTILINE)
_NAME = re.compile(r"(?<![.!?…:\n\"“«]\s)(?<!^)(?<![\w@#/])[^\W\d_a-zà-öø-ÿ][\w’'-]+")


@dataclass(frozen=True)
class Said:
    """The words of one mention, folded as search compares them, at most COMPARED of each."""

    mention: Mention
    title: tuple[str, ...]
    body: tuple[str, ...]
    is_cut: bool
    """It says that it is somebody else's, or not all: by "RT", "via", "…", or a link to the rest."""
    n_quotes: int

    @cached_property
    def whole(self) -> tuple[str, ...]:
        """Title and body; a title that the body begins with counts once."""
        if self.body[: len(self.title)] == self.title:
            return self.body
        return (*self.title, *self.body)[:COMPARED]

    @cached_property
    def names(self) -> frozenset[str]:
        """Words written with a capital inside a sentence; none where all is written so."""
        bare = unlinked(f"{self.mention.title}\n{self.mention.text[:LOOKED_AT]}")
        shouted = sum(map(str.isupper, bare)) > sum(map(str.islower, bare))
        return frozenset() if shouted else frozenset(" ".join(map(tokens, _NAME.findall(bare))).split())

    @cached_property
    def links(self) -> frozenset[str]:
        """Pages that it has or shows, without ``https://``, ``www.`` and tracking; no site's front page."""
        shown = self.mention.text[:LOOKED_AT]
        found = _LINK.findall(shown) if "://" in shown or "www." in shown.lower() else []
        written = [one.rstrip(".,;:!?)…'") for one in found]
        return frozenset(filter(None, map(_page, (self.mention.url, *written[:MOST_LINKS]))))

    @cached_property
    def place(self) -> tuple[str, str]:
        """Channel and account: who says nearly the same in one place says it anew."""
        author = self.mention.author
        return self.mention.channel, account_key(author.handle) if author is not None else ""


def said(mention: Mention) -> Said:
    """Return what a mention says."""
    written = mention.text[:LOOKED_AT].strip()
    unled = unlinked(written)
    bare = unled.rstrip()
    ends_in_link = unled is not written and (bare != unled or bool(_LINK.search(written[-300:])))
    body = _ACCOUNT.sub(" ", bare) if "@" in bare else bare
    if "first" in body:
        body = _FOOT.sub("", body)
    plain = _PASSED_ON.sub("", _without_tail(_SOURCE_NAMED, _without_tail(_MORE, body)))
    passed_on = len(plain) < len(body)
    return Said(
        mention=mention,
        title=_words(mention.title),
        body=_words(plain),
        is_cut=ends_in_link or passed_on or bool(_CUT.search(plain[-20:])) or bool(_CUT.search(bare[-20:])),
        n_quotes=len(_QUOTES.findall(written)),
    )


def _without_tail(pattern: re.Pattern[str], text: str) -> str:
    return text[:-_TAIL] + pattern.sub("", text[-_TAIL:])


def _words(text: str) -> tuple[str, ...]:
    return tuple(tokens(text, LOOKED_AT).split()[:COMPARED])


def _page(url: str) -> str:
    address = canonical_url(url).partition("://")[2].removeprefix("www.").removeprefix("m.").rstrip("/")
    return address if "/" in address or "?" in address else ""
