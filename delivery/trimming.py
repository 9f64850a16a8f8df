"""Text that is made to fit: each way out takes only so much, and what was left out is counted, never hidden."""

from __future__ import annotations

import re

ROOM = 60  # for the line that says how much is missing
PINGS = re.compile(r"@(?=(?:everyone|here|channel|all|room|group)\b)|<(?=[!@#])", re.IGNORECASE)


def trimmed(text: str, most: int) -> str:
    """Return the text in at most ``most`` characters, cut at the end of a line where one is near.

    Its last line says how many characters are missing.

    >>> print(trimmed("one\\ntwo\\n" + "three " * 30, 70))
    one
    two
    […181 characters more]
    """
    if len(text) <= most:
        return text
    head = text[: max(most - ROOM, 0)]
    line = head.rfind("\n")
    if line >= len(head) * 3 // 4 or (line > 0 and " " not in head[line:].strip()):
        head = head[:line]
    else:
        head = head.rpartition(" ")[0] or head
    head = head.rstrip()
    return f"{head}\n[…{len(text) - len(head):,} characters more]".strip()[:most]


def calls_nobody(text: str) -> str:
    """Return the text so that no chat calls people by it: what somebody wrote elsewhere must not wake a whole team.

    >>> calls_nobody("@everyone, look") == "@\\u200beveryone, look"
    True
    """
    return PINGS.sub(lambda found: found[0] + "\u200b", text)
