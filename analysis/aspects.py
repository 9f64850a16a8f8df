"""Towards whom a feeling goes: the words about us, and about each partner who is named, apart from the whole.

A sentence that names one is about them, and so is what follows with "they". One that names several is split at its
commas and turns ("but", "while", "pero", "enquanto"), and each has the clauses around its name; where two stand in
one clause, they share it if they are joined by "and", and are left out if one does something to the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from model import Place

LOOKED_AT = 8_000
"""Code points of a text."""

_SENTENCE_ENDS = re.compile(r"(?<!\bSt)(?<!\bMr)(?<!\bMs)(?<!\bDr)[.!?…]+[\"”»')]*\s+|\n+")
_CLAUSE_ENDS = re.compile(
    r"[;:()]\s*|\s+[—–-]+\s+|,\s+|\s+(?=(?:but|while|whereas|although|though|unlike|yet|however|whilst"
    r"|pero|mientras|aunque|sino|sin embargo|en cambio|mas|por[eé]m|embora|enquanto|por[eé]m|todavia|já)\b)",
    re.IGNORECASE,
)
_JOINED = re.compile(
    r"(?:\s*(?:,|&|\+|(?:and|y|e|both|or|as well as|así como|bem como|o|ou|the|la|el|los|las|os|as|a)\b))*\s*",
    re.IGNORECASE,
)
_GOES_ON = re.compile(
    r"(?:they|their|them|she|he|it|its|these people|ellos|ellas|su|sus|les|eles|elas|o seu|a sua|os seus|as suas)\b",
    re.IGNORECASE,
)

Name = tuple[str, Place, int, int]
"""Whose, and where it stands."""


@dataclass(frozen=True, slots=True)
class About:
    """The words about somebody: code points ``start`` to ``end`` of ``place``."""

    target: str
    place: Place
    start: int
    end: int


def about(text: str, place: Place, names: Sequence[Name]) -> list[About]:
    """Return for each name of a text the words about them, in order; one that stands there twice has two."""
    text = text[:LOOKED_AT]
    mine = sorted(
        (start, end, target) for target, where, start, end in names if where == place and end <= len(text)
    )
    found: list[About] = []
    last: About | None = None
    for begin, stop in _parts(text, 0, len(text), _SENTENCE_ENDS):
        here = [name for name in mine if begin <= name[0] and name[1] <= stop]
        if here:
            told = list(_of_sentence(text, place, begin, stop, here))
            found += told
            last = told[-1] if len({target for _, _, target in here}) == 1 and told else None
        elif last is not None and _GOES_ON.match(text, begin):
            found[found.index(last)] = last = About(last.target, place, last.start, stop)
        else:
            last = None
    return found


def _parts(text: str, begin: int, stop: int, ends: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    start = begin
    for end in ends.finditer(text, begin, stop):
        if end.start() > start:
            yield start, end.end()
            start = end.end()
    if start < stop:
        yield start, stop


def _of_sentence(
    text: str, place: Place, begin: int, stop: int, names: Sequence[tuple[int, int, str]]
) -> Iterator[About]:
    targets = {target for _, _, target in names}
    if len(targets) == 1:
        yield About(names[0][2], place, begin, stop)
        return
    groups: list[tuple[int, int, list[tuple[int, int, str]]]] = []
    for start, end in _parts(text, begin, stop, _CLAUSE_ENDS):
        here = [name for name in names if start <= name[0] < end]
        if groups and (not here or not groups[-1][2] or _is_list(text, groups[-1][2], here)):
            first, _, before = groups[-1]
            groups[-1] = (first, end, before + here)
        else:
            groups.append((start, end, here))
    for start, end, here in groups:
        if len({target for _, _, target in here}) == 1 or _are_joined(text, here):
            yield from (
                About(target, place, start, end) for target in dict.fromkeys(name[2] for name in here)
            )


def _is_list(text: str, before: Sequence[tuple[int, int, str]], here: Sequence[tuple[int, int, str]]) -> bool:
    return _JOINED.fullmatch(text, before[-1][1], here[0][0]) is not None


def _are_joined(text: str, names: Sequence[tuple[int, int, str]]) -> bool:
    return bool(names) and all(
        _JOINED.fullmatch(text, one[1], other[0]) is not None for one, other in pairwise(names)
    )
