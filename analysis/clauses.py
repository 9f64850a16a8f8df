"""Where one thought ends and the next begins: sentences and clauses, by punctuation and a few words of turning."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass

_ENDS = frozenset(".!?…")
_CLOSING = frozenset(('"', "'", ")"))
_BREAKS = frozenset((",", ";", ":", "—", "–", "(", ")", "/", "|"))


@dataclass(frozen=True, slots=True)
class Clauses:
    """For each token, the number of its sentence and of its clause; ``asked``: the sentences that end in ``?``."""

    sentence: Sequence[int]
    clause: Sequence[int]
    asked: Set[int]

    def tokens_of(self, sentence: int) -> tuple[int, int]:
        """Return the first token of a sentence, and the one after its last."""
        first = self.sentence.index(sentence)
        after = first
        while after < len(self.sentence) and self.sentence[after] == sentence:
            after += 1
        return first, after


def clauses(words: Sequence[str], turning: Set[str]) -> Clauses:
    """Split lower-case ``words`` (tokens) into sentences and clauses. ``turning`` are words such as "but"."""
    sentence, clause = 0, 0
    sentences: list[int] = []
    of_clause: list[int] = []
    asked: set[int] = set()
    ended = parted = False
    for word in words:
        is_end = word[0] in _ENDS
        is_line = "\n" in word
        if parted or (ended and not is_end and not is_line and word not in _CLOSING):
            sentence += 1
            clause += 1
            ended = parted = False
        if word in turning:
            clause += 1
        sentences.append(sentence)
        of_clause.append(clause)
        if is_end:
            ended = True
            if "?" in word:
                asked.add(sentence)
        elif is_line:
            parted = True
        elif word in _BREAKS:
            clause += 1
    return Clauses(sentences, of_clause, asked)
