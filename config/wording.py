"""How a fault is put into words: values shown safely, likely words guessed, keys as people write them."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from config.faults import KeyPath

LONGEST_SHOWN = 60  # characters


def shown(value: object) -> str:
    """Return a text of the file in quotes, cut short, with nothing in it that could steer a terminal.

    What came by reference is named by its reference.
    """
    reference = getattr(value, "reference", None)
    if reference is not None:
        return f"the value of {plain(reference)}"
    return json.dumps(plain(str(value)), ensure_ascii=False).replace("\\\\u", "\\u")


def plain(text: str) -> str:
    """Return the text on one line and cut short; a character that does not print is written ``\\u001b``."""
    cut = text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"
    return "".join(_escaped(character) for character in cut)


def _escaped(character: str) -> str:
    is_hidden = unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
    return f"\\u{ord(character):04x}" if is_hidden else character


def nearest(word: str, options: Iterable[str]) -> str | None:
    """Return the option that was most likely meant, or None."""
    folded = {option.casefold(): option for option in options}
    found = get_close_matches(word.casefold()[:200], list(folded), n=1, cutoff=0.6)
    return folded[found[0]] if found else None


def did_you_mean(word: str, options: Iterable[str]) -> str:
    """Return ``; did you mean 'subreddit'?``, or nothing when no option is near."""
    likely = nearest(word, options)
    return f"; did you mean '{plain(likely)}'?" if likely else ""


def one_of(options: Sequence[str]) -> str:
    """Return the options as a sentence has them: ``"day", "weekday" or "week"``."""
    quoted = [f'"{option}"' for option in options]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"


def kind(value: object) -> str:
    """Return what sort of TOML value this is, in words."""
    kinds: tuple[tuple[type, str], ...] = (
        (bool, "true or false"),
        (str, "text"),
        (int, "a whole number"),
        (float, "a number with a point"),
        (list, "a list"),
        (dict, "a table"),
    )
    return next((name for made, name in kinds if isinstance(value, made)), "a date or time without quotes")


def key_of(path: KeyPath, name: object = None) -> str:
    """Return the path as a person writes it; ``name`` is that of the entry that it lies in, if it has one.

    >>> key_of(("sources", 1, "subredit"), "r-foodbanks")
    '[[sources]] 2 ("r-foodbanks"): subredit'
    >>> key_of(("smtp", "port"))
    '[smtp] port'
    >>> key_of(("organisation", "aliases", 2))
    '[organisation] aliases, item 3'
    """
    if len(path) < 2 or isinstance(path[0], int):
        return ".".join(plain(str(part)) for part in path)
    head, rest = f"[{plain(path[0])}]", path[1:]
    if isinstance(rest[0], int):
        head = f"[{head}] {rest[0] + 1}" + (f" ({shown(name)})" if isinstance(name, str) and name else "")
        rest = rest[1:]
        head += ":" if rest else ""
    tail = ""
    for part in rest:
        dot = "." if tail else ""
        tail += f", item {part + 1}" if isinstance(part, int) else f"{dot}{plain(part)}"
    return f"{head} {tail}".rstrip()
