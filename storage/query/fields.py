"""The fields of a query and how their values are read; and words, as full text compares them.

Whatever is wrong is a ``Fault`` with words that say what to write; the parser knows where it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from model import INTENTS, NEEDS, SENTIMENTS
from storage.query.moments import Clock, moment
from storage.query.tree import Field, Place, Said, Titled, Tree, all_of
from storage.search_index import Near, Node, Phrase, Prefix
from storage.words import forms
from text import tokens

FIELDS = {
    "from": "who speaks: us, partners, others, or a partner's name",
    "partner": "a partner's name or alias: it speaks, or is named",
    "author": "an account (@name), or the name that it shows",
    "channel": "a kind of place: rss, reddit, mastodon, note …",
    "source": "a source's name",
    "need": f"what the speaker wants: {', '.join(NEEDS)}",
    "intent": f"what is said: {', '.join(INTENTS)}",
    "sentiment": f"how it is said: {', '.join(SENTIMENTS)}",
    "lang": "a language: en, es, pt …",
    "is": "concern, question, reply, unanswered, ours, edited",
    "since": "published then or later: 7d, yesterday, 2026-11-01",
    "until": "published before then",
    "url": "part of the address",
    "title": "words in the title",
    "saved": "a saved search's name",
}
"""Each field, and what its value is."""
FLAGS = ("concern", "question", "reply", "unanswered", "ours", "edited")
SPEAKERS = ("us", "partners", "others")
CLOSED = {"need": NEEDS, "intent": INTENTS, "sentiment": SENTIMENTS, "is": FLAGS}
FARTHEST = 10
"""Words that may stand between those of a proximity."""
LONGEST_VALUE = 500

_FUZZY = re.compile(r"\w~\d*$")
_LANGUAGE = re.compile(r"[a-z]{2,3}", re.ASCII)


class Fault(Exception):
    """What is wrong at a place."""

    def __init__(self, told: str, place: Place) -> None:
        super().__init__(told)
        self.told, self.place = told, place


@dataclass(frozen=True, slots=True)
class Written:
    """One word, phrase or value as it was written; ``distance`` is what stands behind a ``~``, or None."""

    text: str
    place: Place
    quoted: bool = False
    distance: str | None = None


def read_words(said: Written) -> Tree | None:
    """Return what words or a phrase look for; None where they hold no word."""
    parts: list[Tree] = [Said(leaf, said.text, said.place) for leaf in _leaves(said)]
    return all_of(parts) if parts else None


def read_field(name: str, value: Written, place: Place) -> Tree:
    """Return what a field with this value looks for."""
    name = name.lower()
    if name not in FIELDS:
        near = did_you_mean(name, FIELDS, cutoff=0.7) or f"; the fields are {', '.join(FIELDS)}."
        raise Fault(f'there is no field {name!r}{near} For the words, write "{name}: …"', place)
    if not value.text.strip():
        raise Fault(f"{name}: has no value; write {FIELDS[name]}", place)
    if name == "title":
        return _titled(value)
    if value.distance is not None:
        raise Fault(f"~ stands behind phrases of the text, not behind {name}:", value.place)
    return Field(name, _value(name, value), value.place)


def did_you_mean(word: str, options: Iterable[str], *, cutoff: float = 0.6) -> str:
    """Return ``; did you mean 'channel'?``, or nothing where no option is near."""
    by_key = {option.casefold(): option for option in options}
    near = get_close_matches(word.casefold(), by_key, n=1, cutoff=cutoff)
    return f"; did you mean {by_key[near[0]]!r}?" if near else ""


def _titled(value: Written) -> Tree:
    if value.distance is not None:
        raise Fault("~ looks in title and text together; take title: away", value.place)
    leaves = _leaves(value)
    if not leaves:
        raise Fault(f"{value.text!r} holds no word to look for in titles", value.place)
    place = value.place
    return all_of([Titled(leaf, value.text, place) for leaf in leaves if isinstance(leaf, Phrase | Prefix)])


def _leaves(said: Written) -> list[Node]:
    if said.quoted:
        return _phrase(said)
    text = said.text
    if _FUZZY.search(text):
        raise Fault('~ stands behind a phrase: "late box"~5', said.place)
    if "*" in text.rstrip("*"):
        raise Fault("* stands at the end of a word: volunt*", said.place)
    if text.endswith("*"):
        return _prefix(text)
    found = forms(text)
    return [Phrase(found)] if found else []


def _prefix(text: str) -> list[Node]:
    *before, start = tokens(text).split() or [""]
    leaves: list[Node] = [Phrase(forms(" ".join(before)))] if before else []
    if start:
        leaves.append(Prefix(start, tuple(form[0] for form in forms(start))))
    return leaves


def _phrase(said: Written) -> list[Node]:
    found = forms(said.text)
    if said.distance is not None and not (said.distance.isascii() and said.distance.isdecimal()):
        raise Fault(f'how many words may stand between? write a number behind ~: "{said.text}"~5', said.place)
    if said.distance is not None and int(said.distance[:9]) > FARTHEST:
        raise Fault(f"at most {FARTHEST} words may stand between; write ~{FARTHEST} or less", said.place)
    if not found:
        return []
    if said.distance is None or len(found[0]) == 1:
        return [Phrase(found)]
    return [Near(found, int(said.distance))]


def _value(name: str, value: Written) -> str:
    written = value.text.strip()
    if len(written) > LONGEST_VALUE:
        raise Fault(f"{name}: is longer than {LONGEST_VALUE} characters", value.place)
    if name in ("since", "until"):
        return _checked_moment(name, written, value.place)
    if "*" in written and not value.quoted:
        raise Fault(f"* stands at the end of words, and {name}: takes {FIELDS[name]}", value.place)
    if name in CLOSED:
        return _one_of(name, written, value.place)
    if name == "lang" and _LANGUAGE.fullmatch(written.lower()) is None:
        raise Fault(f"{written!r} is no language; write two letters, like lang:en", value.place)
    folds = name in ("lang", "channel") or (name == "from" and written.lower() in SPEAKERS)
    return written.lower() if folds else written


def _checked_moment(name: str, written: str, place: Place) -> str:
    try:
        moment(written, Clock())
    except ValueError as error:
        raise Fault(f"{name}: {error}", place) from error
    return written


def _one_of(name: str, written: str, place: Place) -> str:
    options = CLOSED[name]
    if written.lower() in options:
        return written.lower()
    if name == "is" and written.lower() == "deleted":
        raise Fault("what was taken back at its source is gone, and never found", place)
    near = did_you_mean(written, options)
    raise Fault(f"{name}:{written} is nothing that is known{near or '; write ' + ', '.join(options)}", place)
