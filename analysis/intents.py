"""The component that says what the speaker does: asks, suggests, complains, thanks, offers, reports …

The rules find phrases anywhere; what one sentence may be at once is decided here ("could you …?" is a request, and
a question only if it wants an answer).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from analysis.reading import Hit, Reading, reading_of, reason
from analysis.rulebook import rulebook, version
from analysis.scope import is_negated, is_supposed, same_sentence
from model import INTENTS, Annotation

if TYPE_CHECKING:
    from spacy.tokens import Doc

Found = dict[str, list[Hit]]

_DISPLEASED = frozenset(("feeling", "blame"))
_ACTS = ("request", "suggestion", "offer")


def intents(doc: Doc) -> Doc:
    """Add one annotation an intent; ``other`` alone where there is none; nothing where no rules are known."""
    reading = reading_of(doc)
    if not reading.readable:
        return doc
    found: Found = defaultdict(list)
    _plain_acts(reading, found)
    _questions(reading, found)
    _complaints(reading, found)
    _reports(reading, found)
    if not any(found.values()):
        found["other"] = list(reading.of("intent", "other"))
    for label in INTENTS:
        if label in found and (found[label] or label == "other"):
            reading.annotations.append(_annotation(doc, label, found[label]))
    return doc


def _annotation(doc: Doc, label: str, hits: Sequence[Hit]) -> Annotation:
    because = tuple(reason(doc, hit.start, hit.end, 1.0 / len(hits)) for hit in hits)
    confidence = min(0.9, 0.6 + 0.1 * len(hits)) if hits else 0.5
    return Annotation(
        kind="intent",
        label=label,
        confidence=round(confidence, 2),
        because=because,
        version=version("intents"),
    )


def _plain_acts(reading: Reading, found: Found) -> None:
    """Requests, suggestions, offers, praise and thanks, by their phrases alone."""
    for hit in reading.of("intent", *_ACTS, "praise", "thanks"):
        if hit.label in ("praise", "offer") and (is_negated(reading, hit) or is_supposed(reading, hit)):
            continue
        if hit.label == "thanks" and _inside(hit, reading.of("act", "no_thanks")):
            continue
        if hit.label == "offer" and next(reading.of("act", "sale"), None):
            continue
        found[hit.label].append(hit)
    for hit in tuple(found["request"]):
        rivals = [*found["suggestion"], *found["offer"]]
        if any(hit.start >= rival.start - 1 and hit.start < rival.end for rival in rivals):
            found["request"].remove(hit)


def _questions(reading: Reading, found: Found) -> None:
    """Sentences that want to know: a question mark that is no request, offer or blow; or a phrase."""
    for sentence in sorted(reading.clauses.asked):
        first, after = reading.clauses.tokens_of(sentence)
        blow = [hit for hit in reading.of("act", "rhetorical") if first <= hit.start < after]
        if blow:
            found["complaint"].extend(blow)
            continue
        acts = any(first <= hit.start < after for act in _ACTS for hit in found[act])
        asks = any(first <= hit.start < after for hit in reading.of("act", "asks"))
        if not acts or (asks and not any(first <= hit.start < after for hit in found["suggestion"])):
            found["question"].append(Hit("intent", "question", first, after))
    for hit in reading.of("intent", "question"):
        if not any(one.start <= hit.start < one.end for one in found["question"]):
            found["question"].append(hit)


def _complaints(reading: Reading, found: Found) -> None:
    """Every claimed fault that is somebody's failing: not a storm's."""
    for hit in reading.faults:
        if hit.group == "trouble" and hit.label not in _DISPLEASED:
            continue
        if not any(
            same_sentence(reading, excuse.start, hit.start) for excuse in reading.of("context", "excuse")
        ):
            found["complaint"].append(hit)


def _reports(reading: Reading, found: Found) -> None:
    """What happened: a complaint about an occurrence, an announcement, or a plain statement about the past."""
    if found["complaint"]:
        sentences = {reading.clauses.sentence[hit.start] for hit in found["complaint"]}
        past = [hit for hit in _past(reading) if reading.clauses.sentence[hit.start] in sentences]
        found["report"].extend(past)
        return
    told = [
        hit
        for hit in reading.of("intent", "report")
        if reading.clauses.sentence[hit.start] not in reading.clauses.asked
    ]
    if told and not any(found[act] for act in ("question", "suggestion")):
        found["report"].extend(told)
    solved = [hit for hit in reading.of("context", "solved") if found["thanks"] or not any(found.values())]
    found["report"].extend(hit for hit in solved if not is_negated(reading, hit))
    if not any(found.values()) and not next(reading.of("intent", "other"), None):
        found["report"].extend(_past(reading))


def _past(reading: Reading) -> list[Hit]:
    """Return the words that tell of a particular time: "came", "yesterday", "again", or a verb's ending."""
    endings = tuple(
        ending for language in reading.readable for ending in rulebook(language).words("endings", "past")
    )
    hits = list(reading.of("context", "past"))
    for at, word in enumerate(reading.words):
        if len(word) > 4 and word.endswith(endings):
            hits.append(Hit("context", "past", at, at + 1))
    return sorted(dict.fromkeys(hits), key=lambda hit: (hit.start, hit.end))


def _inside(hit: Hit, others: Iterable[Hit]) -> bool:
    return any(one.start <= hit.start and hit.end <= one.end for one in others)
