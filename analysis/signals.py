"""The component that finds where the rules of a language are met; it judges nothing.

All phrases of a language lie in one spaCy PhraseMatcher, so their number costs nothing. A rule with a gap is stored
as its parts, and closed here when they stand in order within a clause.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis import patterns
from analysis.clauses import clauses
from analysis.reading import Hit, Reading, reading_of
from analysis.rulebook import Rulebook, rulebook

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.matcher import PhraseMatcher
    from spacy.tokens import Doc

_WORD_LISTS = frozenset({("modifier", "turning"), ("act", "asks")})
_WORD_GROUPS = frozenset({"endings", "preposition"})
_RIVALS = frozenset({"want", "fault", "modifier", "trouble"})
"""Groups whose labels compete for the same words: "still waiting for a reply" is not "still waiting" as well."""

_STOPS = frozenset('.!?…,;:()—–"')


@dataclass(frozen=True, slots=True)
class _Part:
    """One part of a rule: its number ``at`` among ``count``."""

    group: str
    label: str
    rule: int
    at: int
    count: int


class Signals:
    """Finds the rules' phrases in the languages that a reading is to be tried in."""

    def __init__(self, nlp: Language, languages: Sequence[str]) -> None:
        self._matchers = {language: _Matcher(nlp, rulebook(language)) for language in languages}

    def __call__(self, doc: Doc) -> Doc:
        """Fill ``hits`` and ``clauses`` of the doc's reading."""
        reading = reading_of(doc)
        found: dict[str, list[Hit]] = defaultdict(list)
        turning: frozenset[str] = frozenset()
        for language in reading.readable:
            matcher = self._matchers[language]
            turning |= matcher.turning
            for hit in matcher.hits(doc, reading.words, _steps(reading)):
                found[hit.group].append(hit)
        reading.clauses = clauses(reading.words, turning)
        reading.hits = {
            group: longest(hits) if group in _RIVALS else _longest_by_label(hits)
            for group, hits in found.items()
        }
        return doc


class _Matcher:
    """The rules of one language, compiled."""

    def __init__(self, nlp: Language, rules: Rulebook) -> None:
        from spacy.matcher import PhraseMatcher

        self.turning = rules.words("modifier", "turning")
        self._phrases: PhraseMatcher = PhraseMatcher(nlp.vocab, attr="LOWER")
        self._parts: dict[int, _Part] = {}
        self._strings = nlp.vocab.strings
        self._tokenizer = nlp.tokenizer
        self._words: dict[str, list[int]] = {}
        number = 0
        for group, labels in rules.groups.items():
            for label, entries in labels.items():
                if group in _WORD_GROUPS or (group, label) in _WORD_LISTS:
                    continue
                for entry in entries:
                    self._add(group, label, number, entry)
                    number += 1

    def _add(self, group: str, label: str, number: int, entry: str) -> None:
        expanded = patterns.parts(entry)
        for at, phrases in enumerate(expanded):
            key = f"{group}.{label}.{number}.{at}"
            self._parts[self._strings.add(key)] = _Part(group, label, number, at, len(expanded))
            # PhraseMatcher takes the words' hashes too, as its own pickle does; a Doc a phrase took 4 s for 65 k
            self._phrases.add(key, [self._hashes(phrase) for phrase in phrases])  # type: ignore[misc]

    def _hashes(self, phrase: str) -> list[int]:
        return [one for word in phrase.split(" ") for one in self._of_word(word)]

    def _of_word(self, word: str) -> list[int]:
        """Return the hashes of a word's tokens: a word is what stands between spaces, as spaCy's tokenizer has it."""
        known = self._words.get(word)
        if known is None:
            plain = word.isalpha()  # one token, and no need of a tokenizer: that is 24 words of 25
            known = [self._strings.add(word)] if plain else [token.lower for token in self._tokenizer(word)]
            self._words[word] = known
        return known

    def hits(self, doc: Doc, words: Sequence[str], steps: Sequence[int]) -> list[Hit]:
        """Return every rule that is met, the same words under several rules included."""
        found: list[Hit] = []
        open_parts: dict[int, list[tuple[_Part, int, int]]] = defaultdict(list)
        for key, start, end in self._phrases(doc):
            part = self._parts[key]
            if part.count == 1:
                found.append(Hit(part.group, part.label, start, end))
            else:
                open_parts[part.rule].append((part, start, end))
        for places in open_parts.values():
            found.extend(_closed(places, words, steps))
        return found


def _steps(reading: Reading) -> list[int]:
    """Return each token's place where a name of several words counts as one: "nobody at Pantry on Wheels replied"."""
    inside = {at for name in reading.names for at in range(name.start + 1, name.end)}
    steps, step = [], -1
    for at in range(len(reading.words)):
        step += at not in inside
        steps.append(step)
    return steps


def _stops(word: str) -> bool:
    return word in _STOPS or "\n" in word


def _closed(
    places: Sequence[tuple[_Part, int, int]], words: Sequence[str], steps: Sequence[int]
) -> list[Hit]:
    """Return the hits of one rule with gaps: its parts in order, at most GAP words apart, no stop between."""
    model = places[0][0]
    by_part: list[list[tuple[int, int]]] = [[] for _ in range(model.count)]
    for part, start, end in places:
        by_part[part.at].append((start, end))
    if not all(by_part):
        return []
    found: list[Hit] = []
    for first, after in by_part[0]:
        gaps: list[int] = []
        end = after
        for at in range(1, model.count):
            following = [
                place
                for place in by_part[at]
                if end <= place[0] and steps[place[0]] - steps[end] <= patterns.GAP
            ]
            if not following or any(_stops(word) for word in words[end : min(following)[0]]):
                break
            start, reached = min(following, key=lambda place: (place[0], -place[1]))
            gaps.extend(range(end, start))
            end = reached
        else:
            if not any(start in gaps for start, _ in by_part[0]):  # a later beginning stands nearer
                found.append(Hit(model.group, model.label, first, end, tuple(gaps)))
    return found


def longest(hits: Sequence[Hit]) -> list[Hit]:
    """Return the hits in order, without repeats and without those that lie within a longer one."""
    kept: list[Hit] = []
    for hit in sorted(dict.fromkeys(hits), key=lambda one: (one.start - one.end, one.start, one.label)):
        inside = (one for one in kept if one.start <= hit.start and hit.end <= one.end)
        if not any((one.start, one.end) != (hit.start, hit.end) or one.label == hit.label for one in inside):
            kept.append(hit)
    return sorted(kept, key=_order)


def _longest_by_label(hits: Sequence[Hit]) -> list[Hit]:
    labels = {hit.label for hit in hits}
    kept = (hit for label in labels for hit in longest([one for one in hits if one.label == label]))
    return sorted(kept, key=_order)


def _order(hit: Hit) -> tuple[int, int, str]:
    return hit.start, hit.end, hit.label
