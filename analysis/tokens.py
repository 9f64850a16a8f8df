"""spaCy's tokens of a text, each stretch between blanks cut once: in a memory zone its own tokenizer keeps nothing.

Of 4,000 texts that were new, under cProfile, cutting took 35 % of the fast tier's time, and 12 % went into the
features of a new word, of which nobody here asks more than those that are KEPT.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from spacy.language import Language
from spacy.tokens import Doc
from spacy.vocab import Vocab

KEPT = ("LOWER", "IS_LOWER", "IS_PUNCT", "IS_SPACE", "IS_TITLE")
"""What is asked of a word: its small letters by the names and the model, the rest by the judgement of namesakes."""

MOST = 50_000
"""Stretches that are kept; then all are forgotten and cut again, so that memory stays flat."""

_LONGEST_KEPT = 100
_RUNS = re.compile(r"\S+|\s+")
_HYPHEN = re.compile("(-)")
_USUAL = re.compile(
    r"""(['"(]?)"""
    r"(?!\w['-]?\w?\b)([A-Za-z]+(?:['-][A-Za-z]+)*)(?<!'[sS])"
    r"""(['")]?[,!?]?|(?:(?<=[A-Za-z][a-z])|['")])\.|[:;]|[,!?]["']|(?<=[A-Za-z][a-z])\.["'])"""
)
"""Letters of ASCII between usual signs: spaCy's rules for all languages cut off each sign and cut at each hyphen.

What it knows by heart is left to it (single letters, smileys), and the "'s" of a genitive, and full stops after
capitals."""

Cut = tuple[tuple[int, ...], tuple[bool, ...]]
"""The tokens of a stretch, as numbers of spaCy's for their strings, and whether a blank follows each: the last is
taken to have one. A Doc of numbers takes half the time of one of strings."""


class Tokens:
    """Cuts texts as the tokenizer does that it is given. It stands in the pipeline in that one's place."""

    def __init__(self, tokenizer: Callable[[str], Doc], vocab: Vocab, *, most: int = MOST) -> None:
        self._tokenizer = tokenizer
        self._vocab = vocab
        self._most = most
        self._known: dict[str, Cut] = {}

    @contextmanager
    def memory_zone(self, mem: object = None) -> Iterator[object]:
        """Forget what was cut when a memory zone ends, in which ``nlp.memory_zone`` opens this one: the numbers of
        strings that were met in it end with it."""
        try:
            yield mem
        finally:
            self._known.clear()

    def __call__(self, text: str) -> Doc:
        """Return the tokens of a text."""
        words: list[int] = []
        spaces: list[bool] = []
        known = self._known.get
        for stretch in text.split(" "):
            cut = known(stretch) or self._learn(stretch)
            if cut is None:
                return self._with_blanks(text)
            words += cut[0]
            spaces += cut[1]
        spaces[-1] = False
        return Doc(self._vocab, words, spaces)  # type: ignore[arg-type]  # the stub knows of strings only

    def _with_blanks(self, text: str) -> Doc:
        """Return the tokens of a text in which blanks stand together, at its ends, or are none of the usual kind.

        As in spaCy one usual blank belongs to the word before it, and the rest of a run of blanks is a token.
        """
        words: list[int] = []
        spaces: list[bool] = []
        for run in _RUNS.findall(text):
            if not run.isspace():
                cut = self._known.get(run) or self._learn(run)
                assert cut is not None, "a run of signs without a blank"
                words += cut[0]
                spaces += (*cut[1][:-1], False)
                continue
            rest = run
            if words and run[0] == " ":
                spaces[-1] = True
                rest = run[1:]
            if rest:
                words.append(self._vocab.strings.add(rest))
                spaces.append(False)
        return Doc(self._vocab, words, spaces)  # type: ignore[arg-type]  # the stub knows of strings only

    def _learn(self, stretch: str) -> Cut | None:
        """Return what a stretch is cut into; None where it is empty or has a blank in it."""
        if stretch.split() != [stretch]:
            return None
        words = tuple(map(self._vocab.strings.add, self._words(stretch)))
        cut = (words, (*(False,) * (len(words) - 1), True))
        if len(stretch) <= _LONGEST_KEPT:
            if len(self._known) >= self._most:
                self._known.clear()
            self._known[stretch] = cut
        return cut

    def _words(self, stretch: str) -> tuple[str, ...]:
        if stretch.isascii() and stretch.isalpha():
            return (stretch,)
        found = _USUAL.fullmatch(stretch)
        if found is None:
            return tuple(token.text for token in self._tokenizer(stretch))
        before, word, after = found.groups()
        return (*before, *_HYPHEN.split(word), *after)


def quicken(nlp: Language) -> None:
    """Let a pipeline of ours cut each stretch once, and work out of a new word only what is asked of it."""
    kept = {nlp.vocab.strings[name] for name in KEPT}
    getters = nlp.vocab.lex_attr_getters  # type: ignore[attr-defined]  # spaCy's stub leaves it out
    for attribute in [one for one in getters if one not in kept]:
        del getters[attribute]
    nlp.tokenizer = Tokens(nlp.tokenizer, nlp.vocab)
