"""Words that shape a sentence rather than say something: ends, stops, negations, and words that speak to somebody."""

from __future__ import annotations

from enum import IntFlag

from analysis.words import PARTNER, US


class Class(IntFlag):
    """What a word does in its sentence."""

    END = 1
    STOP = 2
    NOT = 4
    YOU = 8
    US = 16
    PARTNER = 32
    ASKS = 64
    WE = 128


_ENDS = frozenset(".!?…")
_STOPS = frozenset((",", ";", ":", "—", "–", "(", ")", "/", "|", '"', "-"))
_TURNS = frozenset("but however though although pero sino aunque mas porem".split())  # noqa: SIM905  lists of words
_NOT = frozenset(
    "not no never none nobody nothing neither nor without cannot cant dont doesnt didnt wont isnt arent wasnt hardly "  # noqa: SIM905
    "nunca nadie nada ninguno ninguna ningun sin tampoco ni jamas nao ninguem nenhum nenhuma sem nem jamais".split()
)
_YOU = frozenset(
    "you your yours you're you've you'll you'd u ur y'all yall yourselves "  # noqa: SIM905
    "vosotros vosotras vuestro vuestra vuestros vuestras os ustedes usted ud uds vd vds tu tus te "
    "voces voce vcs vc vosso vossa vossos vossas vos convosco".split()
)
_WE = frozenset(
    "we our ours us nosotros nosotras nuestro nuestra nuestros nuestras "  # noqa: SIM905
    "nos nosso nossa nossos nossas".split()
)


def class_of(word: str) -> Class:
    """Return the classes of a folded, lower-case word."""
    if word == US:
        return Class.US
    if word == PARTNER:
        return Class.PARTNER
    found = Class(0)
    if word[:1] in _ENDS or "\n" in word:
        found |= Class.END | Class.STOP
        if "?" in word:
            found |= Class.ASKS
    if word in _STOPS or word in _TURNS:
        found |= Class.STOP
    if word in _NOT or word.endswith("n't"):
        found |= Class.NOT
    if word in _YOU:
        found |= Class.YOU
    if word in _WE:
        found |= Class.WE
    return found
