"""Whether the words of a name are, where they stand, another thing: a road, a park, a common noun."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.namewords import name_words

if TYPE_CHECKING:
    from spacy.tokens import Doc


def is_another(doc: Doc, start: int, end: int) -> bool:
    """Return whether tokens ``start`` to ``end`` name something else than the name that they spell."""
    return _is_part_of_a_place(doc, start, end) or (end - start == 1 and _is_common_noun(doc, start))


def _is_part_of_a_place(doc: Doc, start: int, end: int) -> bool:
    words = name_words()
    if end < len(doc) and not _parted(doc, end):
        following = doc[end]
        if following.lower_ in words["after"] or (
            following.lower_ in words["after_capital"] and following.is_title
        ):
            return True
    at = start - 1
    while at >= 0 and start - at < 3 and doc[at].lower_ in words["between"]:
        at -= 1
    return at >= 0 and not _parted(doc, at + 1) and doc[at].lower_ in words["before"]


def _parted(doc: Doc, at: int) -> bool:
    """Whether a line or a sign parts token ``at`` from the one before it."""
    return doc[at].is_punct or doc[at].is_space or doc[at - 1].is_punct or doc[at - 1].is_space


def _is_common_noun(doc: Doc, at: int) -> bool:
    """Whether one word, in small letters, is the everyday noun: "a walk along the riverside", "we hope"."""
    words, token = name_words(), doc[at]
    begins = at == 0 or doc[at - 1].is_punct or doc[at - 1].is_space
    if token.lower_ in words["everyday"]:
        return token.is_lower or (begins and not _is_named_after(doc, at))
    if not token.is_lower or at == 0 or doc[at - 1].lower_ not in words["article"]:
        return False
    return at + 1 == len(doc) or doc[at + 1].is_punct or doc[at + 1].lower_ in words["common_before"]


def _is_named_after(doc: Doc, at: int) -> bool:
    """Whether what follows the first word of a sentence treats it as a name: "Hope's van", "Hope has", "Hope: …"."""
    if at + 1 == len(doc):
        return False
    return doc[at + 1].lower_ in _VERBS_AND_SIGNS


_VERBS_AND_SIGNS = frozenset(
    (
        "'s",
        ":",
        "has",
        "is",
        "was",
        "will",
        "and",
        "says",
        "said",
        "needs",
        "have",
        "are",
        "were",
        "es",
        "esta",
        "ha",
        "tiene",
        "tem",
        "foi",
        "vai",
        "e",
    )
)
