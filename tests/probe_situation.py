"""A situation: what it is called, what must then be in the store, and what a place needs for it to come to be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.probe import Place, Probe

NEEDS = {
    "pages": "it is read page by page",
    "http": "it is asked by HTTP",
    "json": "it answers with JSON",
    "keys": "a key is needed, and may be refused",
    "renews": "a session ends, and is renewed",
    "forgets pages": "the name of a page is known for a while only",
    "quota": "an answer says how many requests are left",
    "threads": "what is said answers something",
    "speakers": "each thing has an author of its own",
    "own dates": "a thing may bear a date before that of an older one",
    "undated": "a thing may be without a date that can be read",
    "edits": "what was said can be edited",
    "silent edits": "an edit may leave no mark",
    "deletions": "it can be told that something was deleted",
    "returns": "what was deleted can come back",
    "accounts": "it can be told that an account was deleted",
    "shared ids": "an id names the same thing to every source",
    "ids by hand": "ids are written by people's programs",
    "numbered anew": "the service may number everything anew",
    "surrogates": "a text may hold half a character",
}
"""What a situation may need, each in words."""


@dataclass(frozen=True, slots=True)
class Situation:
    """One situation. ``must`` is what is in the store at the end."""

    name: str
    must: str
    needs: tuple[str, ...]
    play: Callable[[Probe], None]
    is_long: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a situation is played on a channel. ``why`` says why not, or what is known to be lost."""

    kind: str  # played, missed, not here, not yet
    why: str = ""


def verdict(situation: Situation, place: Place | None) -> Verdict:
    """Say what the definition says of one cell of the table."""
    if place is None:
        return Verdict("not yet", "it has no place in the probe")
    if situation.name in place.misses:
        return Verdict("missed", place.misses[situation.name])
    for need in (situation.name, *situation.needs):
        if need in place.cannot:
            return Verdict("not here", place.cannot[need])
    return Verdict("played")


Collection = Callable[[Callable[[Probe], None]], Callable[[Probe], None]]


def situation(into: list[Situation], *needs: str, is_long: bool = False) -> Collection:
    """Add a function to a group of situations: its name is the situation's, its docstring what must be."""

    def add(play: Callable[[Probe], None]) -> Callable[[Probe], None]:
        must = " ".join((play.__doc__ or "").split())
        into.append(Situation(play.__name__.replace("_", " "), must, needs, play, is_long))
        return play

    return add
