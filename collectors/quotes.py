"""What the writer said, apart from what was said before. Pure.

A reply carries the words of others: under them a complaint would be counted again with every answer, and laid to
whoever answers. So quoted lines, signatures and a list's own footer are left out, and a mark stands where quoted
words were. What cannot be told for sure stays. A letter that is nothing but quotes stays whole.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

LEFT_OUT = "[…]"
LONGEST_SIGNATURE = 12  # lines; netiquette says 4, companies do not
LONGEST_ATTRIBUTION = 3

_QUOTED = re.compile(r"[ \t]{0,3}>")
_WROTE = re.compile(
    r"(?:wrote|writes|said|schrieb|schrieben|escribió|escribio|escreveu|a écrit)\b[^\n]{0,80}:\s*$",
    re.IGNORECASE,
)
_DATED = re.compile(r"^(?:on|am|el|em|le)\b.*\d.*:\s*$", re.IGNORECASE | re.DOTALL)
_ORIGINAL = re.compile(
    r"^\s*-{3,}\s*(?:original message|ursprüngliche nachricht|mensaje original|mensagem original)\s*-{3,}\s*$",
    re.IGNORECASE,
)
_FOOTER_RULE = re.compile(r"^(?:_{30,}|-{40,}|(?:-=){10,}-?|-~{5,}.*)\s*$")
_FOOTER_WORDS = re.compile(r"mailing list|listinfo|/mailman|unsubscribe|groups\.io|lists?[.@]", re.IGNORECASE)
_SIGNED = re.compile(
    r"\A\s*-----BEGIN PGP SIGNED MESSAGE-----\n(?:Hash:[^\n]*\n)*\n(.*?)(?:\n-----BEGIN PGP SIGNATURE-----.*)?\Z",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Said:
    """The writer's own words, and how many quoted lines were left out."""

    text: str
    quoted: int


def own_words(text: str) -> Said:
    """Return a letter's text without quotes, signature and footer."""
    signed = _SIGNED.match(text)
    lines = (signed[1] if signed else text).split("\n")
    kept, quoted = _unquoted(_unsigned(_without_footer(lines)))
    said = "\n".join(kept)
    if not re.sub(r"[\s\[\]…]", "", said):
        return Said(text, 0)
    return Said(said, quoted)


def _without_footer(lines: list[str]) -> list[str]:
    """Cut at the rule that a list's program draws above its own footer."""
    for place, line in enumerate(lines):
        if _FOOTER_RULE.match(line) and _FOOTER_WORDS.search("\n".join(lines[place + 1 : place + 6])):
            return lines[:place]
    return lines


def _unsigned(lines: list[str]) -> list[str]:
    """Cut at the line of two dashes, where no more than a signature follows."""
    for place in range(len(lines) - 1, max(-1, len(lines) - LONGEST_SIGNATURE - 3), -1):
        if lines[place] in ("-- ", "--"):
            return lines[:place]
    return lines


def _unquoted(lines: list[str]) -> tuple[list[str], int]:
    kept: list[str] = []
    quoted = 0
    for place, line in enumerate(lines):
        if _ORIGINAL.match(line):
            return [*kept, LEFT_OUT], quoted + len(lines) - place
        if not _QUOTED.match(line):
            kept.append(line)
            continue
        if not quoted or (kept and kept[-1] != LEFT_OUT):
            kept = [*_without_attribution(kept), LEFT_OUT]
        quoted += 1
    return kept, quoted


def _without_attribution(lines: list[str]) -> list[str]:
    """Drop "On 3 May, Ana wrote:", on up to three lines, right above a quote."""
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    for length in range(1, min(LONGEST_ATTRIBUTION, end) + 1):
        words = "\n".join(lines[end - length : end])
        if _DATED.match(words) and ("@" in words or _WROTE.search(words)):
            return lines[: end - length]
    if end and len(lines[end - 1]) < 200 and _WROTE.search(lines[end - 1]):
        return lines[: end - 1]
    return lines
