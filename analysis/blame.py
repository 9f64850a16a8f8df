"""Whose fault it is: ours, a partner's, or somebody else's, by who is named where in clause, sentence and text.

The nearest name before a fault is taken for its subject, a preposition of blame ("from Riverside") beats that, and
a name that only receives ("for Northside") or stands for a place ("opposite Riverside") is nobody to blame.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from analysis.reading import Hit, Name, Reading
from analysis.rulebook import name_words, rulebook
from analysis.scope import same_clause, same_sentence

_ANYWHERE = frozenset(("risk", "worry"))
"""Kinds of trouble that concern us wherever we stand in the sentence: "the council may cut Riverside's hall"."""

_STRANGER = "?"

_TOWARDS = frozenset(("feeling", "worry"))
"""Kinds of trouble whose subject is who feels it; what it is about comes after, or elsewhere."""


def is_about_us(reading: Reading, hit: Hit, named: Sequence[Name], in_our_thread: bool) -> bool:
    """Return whether the fault at ``hit`` is told of us; ``named`` are all who could be to blame (actors)."""
    sentence = [name for name in named if same_sentence(reading, name.start, hit.start)]
    if hit.label in _ANYWHERE and any(name.who == "us" for name in sentence):
        return True
    found = _in_sentence(reading, hit, sentence)
    if found is None:
        found = _in_text(hit, named, in_our_thread)
    return found == "us"


def actors(reading: Reading) -> list[Name]:
    """Return all who could be to blame, in order: us, partners, others, and us again where "your …" addresses us."""
    named = [name for name in reading.names if not _is_beside(reading, name)]
    taken = {at for name in named for at in range(name.start, name.end)}
    for hit in reading.of("actor", "other", "service"):
        if not taken.intersection(range(hit.start, hit.end)):
            who = (
                Name("us", "your", hit.start, hit.end)
                if hit.label == "service"
                else Name("other", "", hit.start, hit.end)
            )
            if not _is_beside(reading, who):
                named.append(who)
                taken.update(range(hit.start, hit.end))
    named.extend(_strangers(reading, taken))
    return sorted(_addressed(reading, named), key=lambda name: name.start)


def _addressed(reading: Reading, named: Sequence[Name]) -> list[Name]:
    """Turn "your …" into somebody else's where the text speaks to somebody else: "Dear council, your …"."""
    others = any(_is_called(reading, name) for name in named if name.who != "us")
    us = any(name.who == "us" and name.name != "your" for name in named)
    foreign = others and not us
    return [
        Name("other", "", name.start, name.end) if foreign and name.name == "your" else name for name in named
    ]


def _is_called(reading: Reading, name: Name) -> bool:
    """Whether somebody is spoken to: "Dear council", "@metrobus", "Council, when …" at the start."""
    words = reading.words
    if name.start > 0 and words[name.start - 1] in _words(reading, "actor", "addressed"):
        return True
    starts = name.start == 0 or not same_sentence(reading, name.start - 1, name.start)
    return starts and name.end < len(words) and words[name.end] == ","


def _in_sentence(reading: Reading, hit: Hit, named: Sequence[Name]) -> str | None:
    """Return who is to blame within the fault's sentence, or None if nobody there is."""
    if _is_blamed(reading, hit, named):
        return "us"
    if hit.group == "trouble" and hit.label in _TOWARDS:
        after = [name for name in named if name.start >= hit.start and name.who != "partner"]
        if after:
            return after[0].who
    acting = [
        name for name in named if not _follows(reading, name, "receives") and not _suffers(reading, name)
    ]
    near = [name for name in acting if same_clause(reading, name.start, hit.start)]
    return _nearest(hit, near) or _nearest(hit, acting)


def _is_blamed(reading: Reading, hit: Hit, named: Sequence[Name]) -> bool:
    """Whether we stand after the fault with a preposition of blame, and nobody else before it in its clause."""
    others = (name for name in named if name.who == "other" and name.start < hit.start)
    if any(same_clause(reading, name.start, hit.start) for name in others):
        return False
    after = (name for name in named if name.who == "us" and name.start >= hit.start)
    return any(_follows(reading, name, "blames") for name in after)


def _nearest(hit: Hit, named: Sequence[Name]) -> str | None:
    """Return the last before the fault, else the first after it.

    A partner is passed over for us or somebody else, unless the fault is its very verb: "Northside cancelled …".
    """
    before = [name for name in reversed(named) if name.start <= hit.start]
    after = [name for name in named if name.start > hit.start]
    candidates = [*before, *after]
    if before and before[0].who == "partner" and hit.start - before[0].end <= 1:
        return "partner"
    other = next((name.who for name in candidates if name.who != "partner"), None)
    return other or (candidates[0].who if candidates else None)


def _in_text(hit: Hit, named: Sequence[Name], in_our_thread: bool) -> str | None:
    """Return whom the text was about before the fault, else after it, else whom the thread is about."""
    topics = [name for name in named if name.who != "partner" and name.name != _STRANGER]
    before = [name for name in topics if name.start < hit.start]
    if before:
        return before[-1].who
    # "no lift" says something of a house; only other faults wait for a name that comes later
    if topics and hit.label != "access":
        return topics[0].who
    return "us" if in_our_thread else None


def _follows(reading: Reading, name: Name, kind: str) -> bool:
    """Whether a preposition of this kind stands before the name, at most an article between."""
    prepositions = _words(reading, "preposition", kind)
    return any(word in prepositions for word in reading.words[max(0, name.start - 2) : name.start])


def _suffers(reading: Reading, name: Name) -> bool:
    """Whether a partner is who tells or bears it: "Northside here", "Northside's boxes", "Northside is waiting"."""
    if name.who != "partner":
        return False
    if name.name == reading.mention.author_partner:
        return True
    if name.end < len(reading.words) and reading.words[name.end] in ("'s", ":"):
        return True
    return any(0 <= cue.start - name.end <= 1 for cue in reading.of("actor", "victim", "speaks"))


def _is_beside(reading: Reading, name: Name) -> bool:
    """Whether the name only says where something is, or what it is not: "the shop next to Riverside"."""
    return any(0 <= name.start - hit.end <= 1 for hit in reading.of("actor", "beside"))


def _strangers(reading: Reading, taken: set[int]) -> list[Name]:
    """Return other proper names that could be to blame, in the sentences that do not name us.

    A capital inside a sentence, after no preposition of place; or two words with capitals at its beginning.
    """
    ours = {reading.clauses.sentence[name.start] for name in reading.names if name.who == "us"}
    common = name_words()["capitals"]
    found: list[Name] = []
    for at, written in enumerate(reading.written):
        if at in taken or not _is_capital(written) or reading.words[at] in common:
            continue
        if reading.clauses.sentence[at] not in ours and _is_proper(reading, at):
            found.append(Name("other", _STRANGER, at, at + 1))
    return found


def _is_capital(written: str) -> bool:
    return written[0].isupper() and len(written) > 1 and written.isalpha() and not written.isupper()


def _is_proper(reading: Reading, at: int) -> bool:
    begins = at == 0 or (not reading.words[at - 1][0].isalnum() and reading.words[at - 1] != ",")
    if begins:
        return at + 1 < len(reading.written) and _is_capital(reading.written[at + 1])
    return reading.words[at - 1] not in _words(reading, "preposition", "place")


@cache
def _listed(language: str, group: str, label: str) -> frozenset[str]:
    return rulebook(language).words(group, label)


def _words(reading: Reading, group: str, label: str) -> frozenset[str]:
    return frozenset().union(*(_listed(language, group, label) for language in reading.readable))
