"""What the Stack Exchange API sends, checked and turned into mentions; none of its dicts passes this border."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from collectors.json_pages import Table, id_of, moment_of, number_of, table, text_of
from collectors.listing import Item, stamp
from model import Author, Json, Mention
from text import clean, from_html, one_line

OWN_DOMAINS = {
    "stackoverflow": "stackoverflow.com",
    "serverfault": "serverfault.com",
    "superuser": "superuser.com",
    "askubuntu": "askubuntu.com",
    "stackapps": "stackapps.com",
}
LANGUAGES = ("es", "ja", "pt", "ru")  # es.stackoverflow and the like are written in one language


@dataclass(frozen=True, slots=True)
class Site:
    """What is the same for everything in a poll. ``host`` is the site's, and what its ids are unique in."""

    host: str
    now: datetime

    @property
    def lang(self) -> str | None:
        """The language of a site that has one in its name."""
        first = self.host.partition(".")[0]
        return first if first in LANGUAGES else None


@dataclass(frozen=True, slots=True)
class Question:
    """A question as an item, and what tells whether its answers are to be read."""

    item: Item
    number: int
    active_at: int
    n_answers: int


def host_of(site: str) -> str:
    """Return the host of a site by its name in the API: ``diy``, ``es.stackoverflow``, ``mathoverflow.net``."""
    name = site.strip().lower()
    if name in OWN_DOMAINS:
        return OWN_DOMAINS[name]
    if name.endswith((".com", ".net")):
        return name
    return f"{name}.com" if name.endswith(".stackoverflow") else f"{name}.stackexchange.com"


def question(told: Table, site: Site) -> Question:
    """Read one question; ValueError says in words why it cannot be."""
    number = id_of(told, "question_id")
    active_at = number_of(told, "last_activity_date")
    if active_at is None:
        raise ValueError(f"question {number} has no date of its last activity")
    title, words = one_line(from_html(text_of(told, "title"))), _body(told, f"question {number}")
    mention = Mention(
        channel="stackexchange",
        scope=site.host,
        external_id=f"q{number}",
        title=title,
        text=words,
        url=f"https://{site.host}/questions/{number}",
        author=_author(told, site),
        lang=site.lang,
        published_at=moment_of(told, "creation_date", now=site.now),
        edited_at=moment_of(told, "last_edit_date", now=site.now),
        thread_id=f"q{number}",
        raw=_raw(told),
    )
    item = Item(f"q{number}", stamp(title, words, active_at), mention)
    return Question(item, number, active_at, number_of(told, "answer_count") or 0)


def answer(told: Table, site: Site) -> tuple[Item, int, int]:
    """Read one answer; return it with its number and its question's."""
    number, below = id_of(told, "answer_id"), id_of(told, "question_id")
    words = _body(told, f"answer {number}")
    mention = Mention(
        channel="stackexchange",
        scope=site.host,
        external_id=f"a{number}",
        text=words,
        url=f"https://{site.host}/a/{number}",
        author=_author(told, site),
        lang=site.lang,
        published_at=moment_of(told, "creation_date", now=site.now),
        edited_at=moment_of(told, "last_edit_date", now=site.now),
        parent_id=f"q{below}",
        thread_id=f"q{below}",
        raw=_raw(told),
    )
    return Item(f"a{number}", stamp(words), mention), number, below


def comment(told: Table, site: Site, questions: Mapping[int, int]) -> Item:
    """Read one comment. ``questions`` has the question of each post that comments were asked of."""
    number, below = id_of(told, "comment_id"), id_of(told, "post_id")
    thread = questions.get(below)
    if thread is None:
        raise ValueError(f"comment {number} belongs to a post that was not asked about")
    words = _body(told, f"comment {number}")
    mention = Mention(
        channel="stackexchange",
        scope=site.host,
        external_id=f"c{number}",
        text=words,
        url=f"https://{site.host}/questions/{thread}#comment{number}_{below}",
        author=_author(told, site),
        lang=site.lang,
        published_at=moment_of(told, "creation_date", now=site.now),
        parent_id=f"q{below}" if below == thread else f"a{below}",
        thread_id=f"q{thread}",
        raw=_raw(told),
    )
    return Item(f"c{number}", stamp(words), mention)


def _body(told: Table, name: str) -> str:
    body = told.get("body")
    if not isinstance(body, str):
        raise ValueError(f"{name} has no text")
    return from_html(body)


def _author(told: Table, site: Site) -> Author | None:
    """The account by its address, for names are not unique; None where it was deleted."""
    owner = table(told.get("owner"))
    number = number_of(owner, "user_id")
    if not number or owner.get("user_type") == "does_not_exist":
        return None
    handle = f"{site.host}/users/{number}"
    name = one_line(from_html(text_of(owner, "display_name")))
    return Author(handle=handle, name=name or handle, url=f"https://{handle}", external_id=str(number))


def _raw(told: Table) -> Json:
    """What attribution needs, and a question's tags."""
    raw: dict[str, Json] = {}
    if licence := one_line(text_of(told, "content_license")):
        raw["licence"] = licence
    tags = told.get("tags")
    if isinstance(tags, list) and tags:
        raw["tags"] = [clean(tag) for tag in tags if isinstance(tag, str)]
    return raw
