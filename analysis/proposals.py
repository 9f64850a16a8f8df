"""What our own replies promise and whom they thank: a spaCy component over one sentence at a time.

What it finds is proposed to a person, never more. It reads the words as they stand; nothing is read into them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from analysis.due import LANGUAGES, Due, due
from analysis.gratitude import thanks
from analysis.promises import NEGATIONS, PATTERNS
from model import Mention, Proposal

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

VERSION = "proposals-1"
LOOKED_AT = 8_000
"""Code points of a reply."""

_SENTENCE = re.compile(
    r"[^\n.!?…]+(?:[.](?=\w)[^\n.!?…]*|(?<=\bSt)[.][^\n.!?…]*|(?<=\bMr)[.][^\n.!?…]*)*[.!?…]*"
)
_HALF = re.compile("[\ud800-\udfff\0]")
_CLAUSE_ENDS = re.compile(
    r"\s*(?:[;:()]|\s[—–-]\s|,?\s+(?:but|because|so that|pero|porque|para que|mas)\s"
    r"|,\s*(?:(?:and|y|e)\s+)?(?:we|sorry|thank|perd|desculp|gracias|obrigad|you have|palabra|palavra|if|si|se)\b)",
    re.IGNORECASE,
)
_CONDITION = re.compile(r"\b(?:if|unless|si|se|caso)\b", re.IGNORECASE)
SURE, DATED, CONDITIONAL = 0.7, 0.9, 0.5
BEFORE_IT = 3
"""Tokens before a promise in which a "not" turns it."""


class ProposalFinder:
    """Finds proposals in our own replies, by the day of the organisation's zone on which they were said."""

    def __init__(self, nlp: Language, timezone: str) -> None:
        from spacy.matcher import Matcher

        self._nlp = nlp
        self._zone = ZoneInfo(timezone)
        self._matchers = {}
        for lang, (certain, if_dated) in PATTERNS.items():
            matcher = Matcher(nlp.vocab)
            matcher.add("promise", certain, greedy="LONGEST")
            matcher.add("if dated", if_dated, greedy="LONGEST")
            self._matchers[lang] = matcher

    def proposals(self, mention: Mention, lang: str) -> list[Proposal]:
        """Return what one of our replies proposes, in the order of the text; nothing for anybody else's words."""
        if not mention.by_us or lang not in LANGUAGES:
            return []
        at = mention.published_at or mention.collected_at
        said_on = None if at is None else at.astimezone(self._zone).date()
        text = _HALF.sub("\ufffd", mention.text[:LOOKED_AT])
        found: list[Proposal] = []
        for match in _SENTENCE.finditer(text):
            sentence, start = match[0], match.start()
            if text[text.rfind("\n", 0, start) + 1 : start + 1].lstrip().startswith(">"):
                continue  # somebody else's words
            found += self._thanks(sentence, start, lang)
            if "?" not in sentence[-2:]:
                found += self._promises(sentence, start, lang, said_on)
        return found

    def _thanks(self, sentence: str, start: int, lang: str) -> Iterator[Proposal]:
        heard = thanks(sentence, lang)
        if heard is not None:
            yield Proposal(
                kind="thanks",
                what=sentence[heard.start : heard.end].strip(),
                place="text",
                start=start + heard.start,
                end=start + heard.end,
                to_whom=heard.to_whom,
                confidence=DATED if heard.to_whom else SURE,
                version=VERSION,
            )

    def _promises(self, sentence: str, start: int, lang: str, said_on: date | None) -> Iterator[Proposal]:
        doc = self._nlp.make_doc(sentence)
        by_when = None if said_on is None else due(sentence, lang, said_on)
        taken = -1
        for key, first, last in sorted(self._matchers[lang](doc), key=lambda match: match[1]):
            dated = self._nlp.vocab.strings[key] == "if dated"
            if first < taken or (dated and by_when is None) or _is_denied(doc, first, last):
                continue
            span = doc[last - 1 : last]
            # "the minutes will be published": what it is stands before
            begins = _clause_begin(sentence, doc[first].idx) if dated else span.start_char
            end = _clause_end(sentence, span.end_char)
            taken = next((token.i for token in doc if token.idx >= end), len(doc))
            mine = (
                by_when
                if by_when is not None and (by_when.start < end or not _said_again(doc, taken))
                else None
            )
            conditional = _CONDITION.search(sentence) is not None
            yield Proposal(
                kind="promise",
                what=_what(sentence, begins, end, mine),
                place="text",
                start=start + doc[first].idx,
                end=start + end,
                due_words=sentence[mine.start : mine.end] if mine is not None else "",
                due_on=mine.day if mine is not None else None,
                confidence=CONDITIONAL if conditional else DATED if mine is not None else SURE,
                version=VERSION,
            )


def _is_denied(doc: Doc, first: int, last: int) -> bool:
    return any(token.lower_ in NEGATIONS for token in doc[max(0, first - BEFORE_IT) : last])


def _said_again(doc: Doc, taken: int) -> bool:
    """Tell whether another clause follows, which a day may belong to."""
    return taken < len(doc) - 1


def _clause_end(sentence: str, after: int) -> int:
    ends = _CLAUSE_ENDS.search(sentence, after)
    return ends.start() if ends is not None else len(sentence.rstrip(" .!…"))


def _clause_begin(sentence: str, before: int) -> int:
    cut = max(sentence.rfind(sign, 0, before) for sign in ",;:")
    return cut + 1 + (len(sentence[cut + 1 :]) - len(sentence[cut + 1 :].lstrip()))


def _what(sentence: str, start: int, end: int, by_when: Due | None) -> str:
    """Return what is promised, without the words of its day at the beginning or the end."""
    said = sentence[start:end]
    if by_when is not None and start <= by_when.start and by_when.end <= end:
        before, after = sentence[start : by_when.start].rstrip(" ,"), sentence[by_when.end : end].strip(" ,")
        said = f"{before} {after}" if after else before
    return said.strip(" ,.!…")
