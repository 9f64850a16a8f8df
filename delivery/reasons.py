"""Why something failed, in the reader's language: the fixed words of our errors, and nothing else of them.

An error is written in English where it happens, and kept so; a letter says its usual parts in its own language.
What a server said itself, names, addresses and numbers stay as they are, and so does a rare error. A test holds each
sentence to be one that the code really says.
"""

from __future__ import annotations

import re
from functools import cache
from gettext import NullTranslations

from delivery.words import ENGLISH

GAP = "{n}"  # a number


def reason_in(reason: str, w: NullTranslations) -> str:
    """Return an error's text with those of its parts that are usual said in a letter's language."""
    for pattern, said in _pairs(w):
        reason = pattern.sub(said, reason)
    return reason


def phrases(w: NullTranslations) -> tuple[str, ...]:
    """Return every part of an error that is translated, in a language; ``{n}`` stands for a number."""
    return (
        w.gettext("paused"),
        w.gettext("taken out"),
        w.gettext("is not there (404)"),
        w.gettext("is gone for good (410)"),
        w.gettext("refuses us ({n})"),
        w.gettext("has trouble of its own ({n})"),
        w.gettext("asks for a pause (429)"),
        w.gettext("asks to wait (429, too many requests)"),
        w.gettext("asks to wait ({n}, too many requests)"),
        w.gettext("and asks us to wait {n} s"),
        w.gettext("timed out: no whole answer within {n} s"),
        w.gettext("timed out, no whole answer within {n} s"),
        w.gettext("timed out: it does not take a connection"),
        w.gettext("cannot be reached"),
        w.gettext("its name cannot be resolved (DNS"),
        w.gettext("its certificate is not accepted"),
        w.gettext("no secure connection"),
        w.gettext("the connection was closed without an answer"),
        w.gettext("the connection was reset"),
        w.gettext("the connection broke off"),
        w.gettext("the connection broke"),
        w.gettext("the answer was cut off"),
        w.gettext("the answer cannot be read"),
        w.gettext("is not a feed but a page"),
        w.gettext("answers with nothing at all"),
        w.gettext("there is no such repository"),
        w.gettext("not found for {n} days"),
        w.gettext("a fault in Earshot"),
        w.gettext("written to the log"),
        w.gettext("please report it"),
        w.gettext("check the credentials, or whether it may be read at all"),
        w.gettext("check the address if it stays so"),
        w.gettext("check the address"),
        w.gettext("remove the source or give its new address"),
        w.gettext("mend its address, or remove it"),
        w.gettext("make a new one at"),
        w.gettext("Earshot asks again later"),
        w.gettext("refused the recipient"),
        w.gettext("does not answer"),
        w.gettext("closed the connection"),
        w.gettext("check smtp.username and smtp.password"),
    )


@cache
def _pairs(w: NullTranslations) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return what is looked for and what is said instead, the longest first; nothing in English."""
    said = dict(zip(phrases(ENGLISH), phrases(w), strict=True))
    return tuple(
        (_pattern(english), _template(said[english]))
        for english in sorted(said, key=len, reverse=True)
        if said[english] != english
    )


def _pattern(english: str) -> re.Pattern[str]:
    words = re.escape(english).replace(re.escape(GAP), r"(\d[\d.]*)")
    return re.compile(rf"(?<![\w-]){words}(?![\w-])")


def _template(words: str) -> str:
    return words.replace("\\", r"\\").replace(GAP, r"\1")
