"""The words by which we thank, and whom: "thanks to the night shift", "gracias, María", "obrigado à Ana"."""

from __future__ import annotations

import re
from dataclasses import dataclass

_THANKS = {
    "en": r"(?:\b(?:many |big |huge |sincere |warm |our |a )*(?:thanks|thank[- ]?you|thank|thx|cheers)\b"
    r"|\b(?:grateful|thankful|indebted)\b|\b(?:we|i) (?:really |very much |greatly |so )?appreciate\b)",
    "es": r"(?:\b(?:muchas |muchísimas |mil |las )*gracias\b"
    r"|\bagradec(?:emos|idos|idas|ido|ida|erles?)\b|\bagradezco\b)",
    "pt": r"(?:\b(?:muit[oa] |o nosso )*obrigad[oa]s?\b|\bagradec(?:emos|idos|idas|ido|ida)\b|\bagradeço\b"
    r"|\bgrat[oa]s?\b|\bvaleu\b)",
}
_FILL = {
    "en": r"(?:\s+(?:so much|very much|a lot|again|a million|all|ever so much|go|goes|also))*",
    "es": r"(?:\s+(?:de nuevo|de corazón|otra vez|mucho|también|muy especialmente))*",
    "pt": r"(?:\s+(?:de novo|mais uma vez|muito|de coração|também|imenso))*",
}
_TO = {
    "en": r"\s+(?:out\s+)?to\s+|\s*,?\s+(?=@|you all\b|you both\b|everyone|everybody|all of you)"
    r"|\s*,\s*(?=[A-ZÀ-Þ@])|\s+(?=[A-ZÀ-Þ])",
    "es": r"\s+a\s+(?=\S)|\s+al\s+|\s*,?\s+(?=@)|\s*,\s*(?=[A-ZÀ-Þ])|\s+(?=[A-ZÀ-Þ])",
    "pt": r"\s+(?:aos?|às?|a)\s+|\s*,?\s+(?=@)|\s*,\s*(?=[A-ZÀ-Þ])|\s+(?=[A-ZÀ-Þ])",
}
_END = {
    "en": r"\s+(?:for|who|that|which|because|we|and we|,)\b|[,.!?;:()\n…]",
    "es": r"\s+(?:por|que|quienes|porque|para)\b|\s+(?:las|los|el|la|sus)\s|[,.!?;:()\n…]",
    "pt": r"\s+(?:por|pel[ao]s?|que|quem|porque|para)\b|\s+(?:as|os|o|a)\s|[,.!?;:()\n…]",
}
_NONE = {
    "en": r"\b(?:no|without|any|not)\s+$|\bin(?:to)?\s+$",
    "es": r"\b(?:sin|ni|dar las)\s+$",
    "pt": r"\b(?:sem|nem)\s+$",
}
_EVERYONE = {
    "en": r"(?:you )?(?:all|both|everyone|everybody|our|every|those|each|you|anyone)\b",
    "es": r"(?:tod[oa]s|ti|vosotr[oa]s|usted(?:es)?|quienes|cada|nuestr[oa]s)\b",
    "pt": r"(?:tod[oa]s|ti|si|voc[eê]s?|quem|cada|noss[oa]s)\b",
}
_ALSO_ALL = re.compile(r"^(?:thank|thanks)\s+(you )?all\b", re.IGNORECASE)
_CAUSE = re.compile(r"^(?:thanks to|gracias a|graças a|gracias al)$", re.IGNORECASE)
_FOR = re.compile(r"\s+(?:for|por|pel[ao]s?)\b", re.IGNORECASE)
_THEIRS = re.compile(r"(?:your|vuestr[oa]s?|voss[oa]s?|tu|su|tua|sua|o seu|teu)\b", re.IGNORECASE)
_RETURNED = re.compile(r"\s+(?:nós|eu|nosotros|yo)\b", re.IGNORECASE)
LONGEST = 80


@dataclass(frozen=True, slots=True)
class Thanks:
    """Where the words stand in what was asked about, and who is thanked; nobody named: empty."""

    start: int
    end: int
    to_whom: str


def thanks(sentence: str, lang: str) -> Thanks | None:
    """Return the thanks of one sentence; None where it has none, or only a cause ("thanks to the snow, we …")."""
    found = re.search(_THANKS[lang], sentence, re.IGNORECASE)
    if found is None or re.search(_NONE[lang], sentence[: found.start()], re.IGNORECASE):
        return None
    if _RETURNED.match(sentence, found.end()):  # "no, thank you"
        return None
    if everybody := _ALSO_ALL.match(sentence[found.start() :]):
        return Thanks(found.start(), found.start() + everybody.end(), "all")
    filled = re.compile(_FILL[lang], re.IGNORECASE).match(sentence, found.end())
    after = filled.end() if filled is not None else found.end()
    to = re.compile(_TO[lang]).match(sentence, after)
    if to is None:
        return Thanks(found.start(), after, "")
    end = re.compile(_END[lang]).search(sentence, to.end() + 1)
    last = min(end.start() if end is not None else len(sentence), to.end() + LONGEST)
    whom = sentence[to.end() : last].strip(" ,")
    if _THEIRS.match(whom):  # for what they gave, and to nobody by name
        return Thanks(found.start(), last, "")
    thanked_for = _FOR.match(sentence, last) is not None
    if not thanked_for and not _is_somebody(whom, sentence[found.start() : to.end()].strip(), lang):
        return None
    return Thanks(found.start(), last, whom)


def _is_somebody(whom: str, led: str, lang: str) -> bool:
    """Tell thanks from a cause: "thanks to" is thanks where a name, an account or "everybody" follows."""
    if not _CAUSE.match(led):
        return True
    named = any(word[:1].isupper() or word.startswith("@") for word in whom.split())
    return named or re.match(_EVERYONE[lang], whom, re.IGNORECASE) is not None
