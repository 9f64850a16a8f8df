"""``python -m bench.proposals``: promises, their days and thanks, beside what a person read in the same replies."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import spacy

from analysis.proposals import ProposalFinder
from model import Mention, Proposal

HERE = Path(__file__).parent
SAID = datetime(2026, 11, 20, 10, tzinfo=UTC)
"""A Friday."""
NOBODY_NAMED = "."


@dataclass(frozen=True, slots=True)
class Reply:
    """What a person read in a reply: a part of what is promised, its day, who is thanked; empty: nothing."""

    lang: str
    what: str
    due_on: str
    to_whom: str
    text: str


@dataclass(slots=True)
class Count:
    """Right, found and true."""

    right: int = 0
    found: int = 0
    true: int = 0

    def __str__(self) -> str:
        return f"P {self.right}/{self.found} R {self.right}/{self.true}"


def replies(name: str) -> Iterator[Reply]:
    """Yield the replies of a set."""
    for line in (HERE / f"{name}.tsv").read_text(encoding="utf-8").splitlines():
        yield Reply(*line.split("\t"))


def judged(reply: Reply, found: list[Proposal], counts: dict[str, Count]) -> list[str]:
    """Count what is right; return what is wrong, in words."""
    promises = [one for one in found if one.kind == "promise"]
    thanked = [one for one in found if one.kind == "thanks"]
    hit = next((one for one in promises if reply.what and reply.what in one.what.lower()), None)
    day = str(hit.due_on or "") if hit is not None else ""
    whom = next((one.to_whom for one in thanked), "") or NOBODY_NAMED
    named = reply.to_whom.removeprefix(NOBODY_NAMED).casefold()
    _add(counts["promise"], hit is not None, len(promises), reply.what != "")
    _add(
        counts["day"],
        day != "" and day == reply.due_on,
        int(any(one.due_on for one in promises)),
        reply.due_on != "",
    )
    right_whom = (
        reply.to_whom != ""
        and bool(thanked)
        and (named in whom.casefold() if named else whom == NOBODY_NAMED)
    )
    _add(counts["thanks"], right_whom, len(thanked), reply.to_whom != "")
    told = [(one.kind, one.what, str(one.due_on or ""), one.to_whom) for one in found]
    wrong = (hit is None) != (reply.what == "") or len(promises) > 1 or day != reply.due_on
    wrong = wrong or bool(thanked) != (reply.to_whom != "") or (bool(thanked) and not right_whom)
    return [f"  {reply.lang} {reply.text!r}: {told}"] if wrong else []


def _add(count: Count, right: bool, found: int, true: bool) -> None:
    count.right += right
    count.found += found
    count.true += true


def main() -> None:
    """Print the figures of each set and language, and what is wrong."""
    finder = ProposalFinder(spacy.blank("xx"), "Europe/Berlin")
    for name in sys.argv[1:] or ("tuning", "held_back"):
        told = list(replies(name))
        for lang in ("en", "es", "pt"):
            counts = {"promise": Count(), "day": Count(), "thanks": Count()}
            wrong: list[str] = []
            mine = [reply for reply in told if reply.lang == lang]
            for reply in mine:
                mention = Mention(
                    channel="x", external_id="1", text=reply.text, by_us=True, published_at=SAID
                )
                wrong += judged(reply, finder.proposals(mention, lang), counts)
            print(
                f"{name} {lang}: {len(mine)} replies;",
                "; ".join(f"{what} {count}" for what, count in counts.items()),
            )
            print("\n".join(wrong))


if __name__ == "__main__":
    main()
