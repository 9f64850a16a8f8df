"""A store that has heard, told and kept a person's words in every way there is; the canaries stand in all of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from random import Random

from sqlalchemy import insert

from model import Alert, Annotation, Author, Correction, Mention, Message, Proposal, Reason
from storage import alerts, outbox
from storage.corrections import correct
from storage.mentions import add_mentions
from storage.proposals import propose
from storage.reading import load_mentions
from storage.schema import saved_searches
from storage.store import Store
from storage.stories import story_keys, story_prints
from tests.lines import FORUM_ID
from tests.stores import NOW, record_analysis, said

PLACES = (
    "text",
    "title",
    "edit",
    "raw",
    "account",
    "name",
    "url",
    "id",
    "letter",
    "sent",
    "alert",
    "tag",
    "what",
)


@dataclass(frozen=True)
class Person:
    """Somebody whose every word is a canary: it stands nowhere else."""

    canaries: dict[str, str]
    mentions: tuple[int, ...]

    @property
    def account(self) -> str:
        return self.canaries["account"]


def canaries(random: Random) -> dict[str, str]:
    return {place: "".join(random.choices("bcdfghjklmnpqrstvwz", k=14)) for place in PLACES}


def speak(words: dict[str, str], n: int, text: str) -> Mention:
    author = Author(words["account"], name=words["name"], url=f"https://x.example/{words['account']}")
    return said(
        f"t3_{words['id']}{n}",
        f"{words['text']} {text} {n}",
        title=f"{words['title']} again",
        author=author,
        url=f"https://{words['url']}.example/{n}",
        raw={"said": words["raw"], "é": f"{words['raw']} é"},
    )


def heard_from(store: Store, random: Random, *, n_mentions: int = 3) -> Person:
    """Hear somebody, with all that follows: edits, tags, corrections, stories, alerts, letters, proposals."""
    words = canaries(random)
    with store.writing() as connection:
        heard = [
            speak(words, n, "the boxes came late " + "pad " * random.randrange(1500))
            for n in range(n_mentions)
        ]
        new = add_mentions(connection, FORUM_ID, heard, now=NOW).new
        edits = [speak(words, n, words["edit"]) for n in range(n_mentions)]
        add_mentions(connection, FORUM_ID, edits, now=NOW + timedelta(minutes=1))
        final = [speak(words, n, "so it is") for n in range(n_mentions)]
        add_mentions(connection, FORUM_ID, final, now=NOW + timedelta(minutes=2))
        answer = said(
            "t1_answer", "We hear you.", parent_id=f"t3_{words['id']}0", thread_id=f"t3_{words['id']}0"
        )
        add_mentions(connection, FORUM_ID, [answer], now=NOW)
        for mention in load_mentions(connection, new):
            because = (Reason("text", 0, len(words["tag"]), words["tag"], 1.0),)
            record_analysis(connection, mention, "en", [_tag("concern", "yes", because)], version="1")
            correct(connection, mention.id or 0, [_correction()], now=NOW)
            proposal = Proposal(
                kind="promise", what=words["what"], place="text", start=0, end=3, confidence=1.0
            )
            propose(connection, mention, [proposal])
        connection.execute(insert(story_prints), [{"mention_id": new[0], "print": "x"}])
        connection.execute(insert(story_keys), [{"key": 7, "mention_id": new[0]}])
        fired = Alert(rule="concerns", kind="concern", fired_at=NOW, text=words["alert"], mentions=tuple(new))
        alerts.add_alert(connection, fired)
        for place, key in (("letter", "waits"), ("sent", "went")):
            letter = _letter(words[place], f"{key} {new[0]}")
            outbox.put(connection, letter, new[:1], now=NOW)
        went = [kept.id for kept in outbox.load_messages(connection) if kept.message.key.startswith("went")]
        for row in went:
            outbox.mark_sent(connection, row, now=NOW)
        query = f"author:{words['account']}"
        connection.execute(insert(saved_searches).values(name=words["id"], query=query, saved_at=NOW))
    return Person(words, tuple(new))


def _letter(word: str, key: str) -> Message:
    return Message(
        key=key,
        recipient="mailto:a",
        kind="digest",
        subject=word,
        text=f"> {word}",
        html=f"<p>{word}</p>",
        data={"alert": {"mentions": [{"quotation": word}]}},
    )


def _correction() -> Correction:
    return Correction(kind="need", label="access", by="Ana", at=NOW)


def _tag(kind: str, label: str, because: tuple[Reason, ...]) -> Annotation:
    return Annotation(kind=kind, label=label, confidence=1.0, because=because)  # type: ignore[arg-type]
