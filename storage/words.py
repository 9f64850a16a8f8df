"""The words that search compares: the same function for what is stored and for what is asked, on both engines.

A text's tokens (text.tokens: folded in case, width and accents) are cut to their stems, in the language that its
commonest words show. A query is cut in every language, for nobody knows in which one the answer is. Stems are made
by Snowball (https://snowballstem.org), of folded words: ``acoes`` and ``ações`` are one.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Protocol

from text import LONGEST_TEXT, tokens

LANGUAGES = {"en": "english", "es": "spanish", "pt": "portuguese"}
"""What is cut to stems, and the stemmer's name of it."""


def _words(written: str) -> frozenset[str]:
    return frozenset(written.split())


COMMON = {
    "en": _words(
        "the and is are was were to of in for that this with not have they you it at be from we our what but my"
        " your there been has will on"
    ),
    "es": _words(
        "el los las y es en un una con del lo su pero son muy esta estan al nuestra nuestro mi hay fue ya"
        " gracias"
    ),
    "pt": _words(
        "os um uma com da dos das na ao em nao voce voces foi sao sua ja ha obrigado obrigada mais pelo pela e"
        " o"
    ),
}
"""Words, folded, that show a language; ``a``, ``no`` and ``que`` stand in more than one."""
SHOWN_BY = 200
"""So many words of a text are looked at to tell its language."""
_PLACES = {lang: 16 * place for place, lang in enumerate(COMMON)}
_SHOWS = {
    word: sum(1 << _PLACES[lang] for lang, words in COMMON.items() if word in words)
    for word in frozenset().union(*COMMON.values())
}
"""One for each language that a word shows, in one number: adding those up counts every language at once, in C."""
MOST_STEMS = 50_000
"""Of one language, that are remembered."""


class Stemmer(Protocol):
    """What Snowball gives for a language."""

    def stemWord(self, word: str) -> str:  # noqa: N802 - the library's own name
        """Return a word's stem."""
        ...


class _Stemmers(threading.local):
    """Each thread's stemmers: one keeps the word that it works on."""

    def __init__(self) -> None:
        self.made: dict[str, Stemmer] = {}

    def of(self, lang: str) -> Stemmer:
        if lang not in self.made:
            from snowballstemmer import stemmer

            self.made[lang] = stemmer(LANGUAGES[lang])
        return self.made[lang]


_stemmers = _Stemmers()


def search_text(title_words: Sequence[str], words: Sequence[str], hint: str | None) -> str:
    """Return what full text keeps of a mention, from the tokens of its title and of its text: stems joined by spaces.

    ``hint`` is the language that the channel names; it counts where the words themselves show none.
    """
    found = [*title_words, *words]
    if len(found) > LONGEST_TEXT // 65:  # a token has 64 code points at most
        said = " ".join(found)
        if len(said) > LONGEST_TEXT:
            found = said[:LONGEST_TEXT].rpartition(" ")[0].split()
    stems = _stems[shown_language(found, hint)]
    return " ".join(map(stems.__getitem__, found))


def length_of_title(title_words: Sequence[str], said: str) -> int:
    """Return how many code points at the beginning of a search text are the title's."""
    if not title_words:
        return 0
    n_words = len(title_words)
    return len(" ".join(said.split(" ", n_words)[:n_words]))


def shown_language(words: list[str], hint: str | None) -> str:
    """Return the language that most of the first words that are common are of; the hint's, or English, for none."""
    seen = sum(filter(None, map(_SHOWS.get, words[:SHOWN_BY])))
    if seen:
        return max(COMMON, key=lambda lang: seen >> _PLACES[lang] & 0xFFFF)
    hinted = (hint or "").lower()[:2]
    return hinted if hinted in LANGUAGES else "en"


class _Stems(dict[str, str]):
    """The stems of one language, each made once: a community's words come again and again.

    40 times faster than making them, and ten times faster than functools.lru_cache (measured).
    """

    def __init__(self, lang: str) -> None:
        super().__init__()
        self._lang = lang

    def __missing__(self, word: str) -> str:
        if len(self) >= MOST_STEMS:
            self.clear()
        self[word] = made = _stemmers.of(self._lang).stemWord(word) or word
        return made


_stems = {lang: _Stems(lang) for lang in LANGUAGES}


def stem(word: str, lang: str) -> str:
    """Return a token's stem in one of LANGUAGES."""
    return _stems[lang][word]


def forms(said: str) -> tuple[tuple[str, ...], ...]:
    """Return the ways in which a word or a phrase may stand in a search text: its stems in each language, each once.

    Nothing for what holds no word.

    >>> forms("Late boxes")
    (('late', 'box'), ('lat', 'box'))
    """
    words = tokens(said).split()
    if not words:
        return ()
    return tuple(dict.fromkeys(tuple(stem(word, lang) for word in words) for lang in LANGUAGES))
