"""Whether two mentions are one story: a copy, a copy that was edited a little, or the beginning of the other.

Deciding is apart from finding: storage proposes those that share a key (analysis/story_keys.py), and each is
compared here, word by word. The dates, numbers and names that make another news of the same form of words are
looked at one by one: "closed on 3 May" and "closed on 10 May" are two.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from datetime import datetime, timedelta
from difflib import SequenceMatcher, get_close_matches

from analysis.said import Said, said
from model import Mention

REACH = timedelta(days=14)
"""The same words after this long are said anew."""
FEWEST = 8
"""Words: people say "thank you all so much" in the same words every day."""
FEWEST_OF_A_LINK = 5
"""Words that are enough where both lead to the same page."""

# Shares of the words that both say; chosen on the training half of bench/stories.py.
COPIED = 0.75
COPIED_IN_ONE_PLACE = 0.95
"""By one account on one channel: there, nearly the same words are a form that is filled in anew each week."""
BEGUN = 0.85
WHOLE = 0.95
"""Of one that does not say that it is only a beginning."""
BEGUN_WITH_A_LINK = 0.6
ADDED_TO_A_LINK = 0.25
"""Whoever shows a page, and says more of their own about it than this, does not pass it on: they answer it."""
SAID_BESIDE_A_QUOTE = 3
"""Words of one's own that make a quotation an answer."""

_CALENDAR = frozenset(
    """monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thurs fri sat sun
    january february march april june july august september october november december
    jan feb mar apr jun jul aug sep sept oct nov dec morning afternoon evening
    lunes martes miercoles jueves viernes sabado domingo
    enero febrero marzo abril mayo junio julio agosto septiembre setiembre octubre noviembre diciembre
    segunda terca quarta quinta sexta
    janeiro fevereiro maio junho julho setembro outubro novembro dezembro""".split()  # noqa: SIM905
)
_TELLS_OF_IT = frozenset(
    "says said writes wrote told from via dice dijo escribe segun diz disse escreveu segundo".split()  # noqa: SIM905
)


def are_one_story(one: Mention, other: Mention) -> bool:
    """Tell whether two mentions say the same; it does not matter which comes first."""
    return alike(said(one), said(other))


def alike(one: Said, other: Said) -> bool:
    """Tell the same of what was bared already."""
    if abs(_at(one) - _at(other)) > REACH:
        return False
    forms = [(one.whole, other.whole)]
    if (one.title or other.title) and min(len(one.body), len(other.body)) >= FEWEST:
        forms.append((one.body, other.body))  # a cross-post loses its title, or gets another
    linked = bool(one.links & other.links)
    return any(_one_story(one, other, *words, linked=linked) for words in forms)


def _one_story(one: Said, other: Said, words: Sequence[str], others: Sequence[str], *, linked: bool) -> bool:
    fewer, more = sorted((len(words), len(others)))
    if fewer < (FEWEST_OF_A_LINK if linked else FEWEST):
        return False
    if words == others:
        return True
    if not _may_be_alike(words, others):
        return False
    shared = _shared(words, others)
    if _answers_a_quote(one, other, len(words) - shared, len(others) - shared):
        return False
    here, there = set(words) - set(others), set(others) - set(words)
    if _tell_of_another(here, there, one, other):
        return False
    in_one_place = one.place == other.place and one.place[1] != ""
    if shared >= (COPIED_IN_ONE_PLACE if in_one_place else COPIED) * more:
        return True
    short, left_over = (one, here) if len(words) == fewer else (other, there)
    if in_one_place or _exact(left_over):
        return False
    if linked and shared >= BEGUN_WITH_A_LINK * fewer:
        later = words if _at(one) > _at(other) else others
        return len(later) - shared <= ADDED_TO_A_LINK * len(later)
    return shared >= (BEGUN if short.is_cut else WHOLE) * fewer


def _at(said_: Said) -> datetime:
    moment = said_.mention.published_at or said_.mention.collected_at
    assert moment is not None, "a story has its time"
    return moment


def _may_be_alike(words: Sequence[str], others: Sequence[str]) -> bool:
    """Tell at once what has too few words in common; comparing in order takes 50 times as long."""
    some, more = set(words), set(others)
    return len(some & more) >= BEGUN_WITH_A_LINK * min(len(some), len(more))


def _shared(words: Sequence[str], others: Sequence[str]) -> int:
    """Return how many words stand in both in the same order, at least two together."""
    blocks = SequenceMatcher(None, words, others, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks if block.size > 1)


def _answers_a_quote(one: Said, other: Said, own: int, others_own: int) -> bool:
    """Tell whether the later one quotes the earlier one and says something of its own to it."""
    if _at(one) < _at(other):
        one, other, own = other, one, others_own
    own -= len(_TELLS_OF_IT.intersection(one.whole) - _TELLS_OF_IT.intersection(other.whole))
    return one.n_quotes > other.n_quotes and own >= SAID_BESIDE_A_QUOTE


def _tell_of_another(here: Set[str], there: Set[str], one: Said, other: Said) -> bool:
    """Tell whether each side has a date, a number or a name that the other has not."""
    if _exact(here) and _exact(there):
        return True
    names, others = here & one.names, there & other.names
    return any(not get_close_matches(name, others, n=1, cutoff=0.75) for name in names) and bool(others)


def _exact(words: Iterable[str]) -> bool:
    return any(word in _CALENDAR or any(map(str.isdigit, word)) for word in words)
