"""The words by which we promise: token patterns for spaCy's Matcher, in English, Spanish and Portuguese.

A pattern ends with the verb of what is promised. "We won't", "we would", "they will" and "we'll see" are none.
"""

from __future__ import annotations

from typing import Any

Pattern = list[dict[str, Any]]


def _in(words: str, **more: str) -> dict[str, Any]:
    return {"LOWER": {"IN": words.split()}, **more}


def _like(regex: str, unless: str = "", **more: str) -> dict[str, Any]:
    return {"LOWER": {"REGEX": regex, "NOT_IN": unless.split()}, **more}


_BETWEEN = _in(
    "also certainly definitely gladly now then soon personally both all of course by friday then again",
    OP="*",
)
_NOT_A_DEED_EN = (
    "not never be been see have need miss always love like forget remember know find hope want try only n't still "
    "probably certainly definitely gladly also now then soon personally both all of course by friday again"
)
_VERB_EN = _like(r"^[a-z]{2,}$", _NOT_A_DEED_EN)
_DONE_EN = _like(
    r"^[a-z]{2,}(?:ed|id|nt|lt|wn|ne|pt|en|xed)$",
    "closed cancelled delayed located missed used needed loved pleased open",
)
_GOING_TO = [_in("are is"), {"LOWER": "going"}, {"LOWER": "to"}]
ENGLISH: list[Pattern] = [
    [_in("we i"), _BETWEEN, _in("will shall"), _BETWEEN, _VERB_EN],
    [_in("we'll i'll we’ll i’ll"), _BETWEEN, _VERB_EN],
    [_in("we i"), _BETWEEN, _in("will shall"), {"LOWER": "be"}, _like(r"^\w{3,}ing$|^in$|^back$")],
    [_in("we'll i'll we’ll i’ll"), {"LOWER": "be"}, _like(r"^\w{3,}ing$|^in$|^back$")],
    [_in("we i"), _in("are am"), _BETWEEN, {"LOWER": "going"}, {"LOWER": "to"}, _VERB_EN],
    [_in("we're i'm we’re i’m"), _BETWEEN, {"LOWER": "going"}, {"LOWER": "to"}, _VERB_EN],
    [
        _in("we i"),
        _BETWEEN,
        _in("promise pledge commit undertake guarantee"),
        {"LOWER": "to"},
        _like(r"^[a-z]{2,}$", "be"),
    ],
    [{"LOWER": "our"}, _like(r"^\w+$", OP="?"), _like(r"^\w+$"), {"LOWER": "will"}, _VERB_EN],
    [{"LOWER": "our"}, _like(r"^\w+$", OP="?"), _like(r"^\w+$"), *_GOING_TO, _VERB_EN],
    [{"LOWER": "you"}, {"LOWER": "will"}, _in("get receive have hear")],
    [_in("you'll you’ll"), _in("get receive have hear")],
    [{"LOWER": "let"}, _in("me us"), _in("check look ask find talk speak raise take follow")],
]
ENGLISH_IF_DATED: list[Pattern] = [
    [{"LOWER": "will"}, {"LOWER": "be"}, _DONE_EN],
    [_in("we i"), _in("plan aim intend expect"), {"LOWER": "to"}, _VERB_EN],
]

_INFINITIVE_ES = _like(
    r"^\w+[aeií]r(?:[mts]e|l[aeo]s?|[nv]?os|se(?:l[ao]s?)?)?$", "tener ver llover ser estar haber poder"
)
_NOT_A_DEED_ES = (
    "queremos veremos seremos estaremos podremos olvidaremos tendremos habremos esperaremos sabremos querremos "
    "iremos"
)
SPANISH: list[Pattern] = [
    [_like(r"^\w+(?:aremos|eremos|iremos|dremos)$|^(?:haremos|diremos)$", _NOT_A_DEED_ES)],
    [
        _like(
            r"^\w{2,}(?:aré|eré|iré|dré)$|^(?:haré|diré)$",
            "seré estaré podré tendré habré veré sabré olvidaré querré",
        )
    ],
    [_in("vamos voy"), {"LOWER": "a"}, _INFINITIVE_ES],
    [_in("nos me"), _in("comprometemos comprometo"), {"LOWER": "a"}, _like(r"^\w+r\w*$")],
    [_in("prometemos prometo garantizamos garantizo"), _like(r"^\w+r(?:[lmt]\w+|nos|os|se)?$|^que$")],
    [_in("recibirás recibirán recibiréis tendrás tendrán tendréis sabrás sabrán")],
]
SPANISH_IF_DATED: list[Pattern] = [
    [{"LOWER": "se"}, _like(r"^\w+(?:ará|erá|irá|drá)n?$")],
    [_like(r"^(?:será|serán)$"), _like(r"^\w+(?:d[oa]s?|t[oa]s?)$", "necesario cerrado cerrada")],
]

_INFINITIVE_PT = _like(r"^\w+[aeioô]r$", "ter ver chover ser estar haver poder conseguir")
_NOT_A_DEED_PT = (
    "queremos veremos seremos estaremos poderemos esqueceremos teremos haveremos esperaremos saberemos conseguiremos "
    "remos iremos"
)
PORTUGUESE: list[Pattern] = [
    [_like(r"^\w+(?:aremos|eremos|iremos|oremos)$|^(?:faremos|diremos|traremos)$", _NOT_A_DEED_PT)],
    [
        _like(
            r"^\w+(?:arei|erei|irei|orei)$|^(?:farei|direi|trarei)$",
            "serei estarei poderei terei haverei verei saberei irei",
        )
    ],
    [_in("vamos vou iremos irei"), _INFINITIVE_PT],
    [_in("comprometemo comprometo"), {"ORTH": "-"}, _in("nos me"), {"LOWER": "a"}, _like(r"^\w+r$")],
    [_in("nos me"), _in("comprometemos comprometo"), {"LOWER": "a"}, _like(r"^\w+r$")],
    [_in("prometemos prometo garantimos garanto"), _like(r"^\w+r$|^que$")],
    [_in("vai vão"), {"LOWER": "receber"}],
    [_in("receberá receberão")],
]
PORTUGUESE_IF_DATED: list[Pattern] = [
    [_in("será serão"), _like(r"^\w+(?:d[oa]s?|t[oa]s?|pag[oa]s?|entregues?)$", "fechado fechada")],
]

PATTERNS: dict[str, tuple[list[Pattern], list[Pattern]]] = {
    "en": (ENGLISH, ENGLISH_IF_DATED),
    "es": (SPANISH, SPANISH_IF_DATED),
    "pt": (PORTUGUESE, PORTUGUESE_IF_DATED),
}
"""By language: what promises by itself, and what only where a day is named beside it."""

NEGATIONS = frozenset("no not never nunca jamás não nem n't cannot nobody nadie ninguém".split())  # noqa: SIM905
