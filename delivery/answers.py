"""What an answer to a letter means that came by HTTP: taken, later, or a matter for a person.

A server that says 200 and means no is heard: many services of chat answer so.
"""

from __future__ import annotations

import json
import re
from datetime import timedelta

from errors import EarshotError, NeedsAttention, Refused, Unreachable
from text import one_line

SHORTEST_SECRET = 4  # characters; what is shorter stands in every text
WORDS = 200  # of the other side's own
FINE = frozenset({"", "0", "false", "no", "none", "null", "ok", "success", "no error"})
FOR_A_PERSON = "check its address and its key"


def verdict(status: int, body: bytes, *, where: str, after: timedelta | None = None) -> EarshotError | None:
    """Return what is wrong with an answer; None where the letter was taken.

    where: the way out as a person knows it; never its address. after: the pause that was asked for.
    """
    if 200 <= status < 300:
        said = refusal_in(body)
        return None if said is None else Unreachable(f"{where} answers {status} and says: {said}")
    if 300 <= status < 400:
        return NeedsAttention(f"{where} sends us elsewhere ({status}); write the address where it ends")
    if status in (413, 422):
        return Refused(f"{where} refuses this letter ({status}){_told(body)}")
    if status in (408, 425, 429) or status >= 500:
        pause = "" if after is None else f", and asks us to wait {after.total_seconds():g} s"
        return Unreachable(f"{where} answers {status}{pause}{_told(body)}", after=after)
    return NeedsAttention(f"{where} refuses us ({status}){_told(body)}; {FOR_A_PERSON}")


def refusal_in(body: bytes) -> str | None:
    """Return the words of an answer that says no though its status is good; None where it says none.

    Known are ``ok`` or ``success`` that is false, ``error`` or ``errors`` that is filled, ``errcode`` that is not 0,
    ``status`` that is "error", "fail" or "failed"; and a web page where a program should answer: a login, a portal.

    >>> refusal_in(b'{"ok": false, "error": "channel_not_found"}')
    'channel_not_found'
    >>> refusal_in(b'{"ok": true, "error": null}') is refusal_in(b"ok") is None
    True
    """
    if re.match(rb"\s*<(!doctype html|html)[\s>]", body[:200], re.IGNORECASE):
        return "a web page, where a program should answer"
    try:
        said = json.loads(body[:1_000_000])
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict):
        return None
    wrong = [said.get(name) for name in ("error", "errors")]
    found = [value for value in wrong if value and str(value).strip().lower() not in FINE]
    denied = any(said.get(name) is False for name in ("ok", "success"))
    failed = str(said.get("status", "")).lower() in ("error", "fail", "failed")
    coded = said.get("errcode") not in (None, 0, "0")
    if not (found or denied or failed or coded):
        return None
    words = [*found, *(said.get(name) for name in ("message", "description", "errmsg", "status"))]
    return one_line(next((str(each) for each in words if each), "no"), WORDS)


def without(words: str, *secrets: str) -> str:
    """Return another's words without any part of a secret or of an address: a token stands between its slashes.

    >>> without("no such hook: T024/B17/XXXX", "https://hooks.example/T024/XXXX")
    'no such hook: …/B17/…'
    """
    parts = {part for secret in secrets for part in (secret, *re.split(r"[/:@?&=]+", secret))}
    for part in sorted(parts, key=len, reverse=True):
        if len(part) >= SHORTEST_SECRET:
            words = words.replace(part, "…")
    return words


def _told(body: bytes) -> str:
    """The other side's own words, where they are short and no page."""
    words = refusal_in(body) or body[:2_000].decode("utf-8", "replace")
    plain = one_line(words, WORDS)
    return f": {plain}" if plain and "<" not in plain else ""
