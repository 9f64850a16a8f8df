"""Comments on a blog's posts, in its feed of comments: whose words they are, and what they answer.

WordPress calls each "Comment on POST by NAME", or "By: NAME", in the blog's own language, and begins an answer with
"In reply to NAME". None of that is what the commenter said, nor is the commenter the host, whose words a post is.
A comment is known by where it stands: at ``#comment-7`` of its post's page, whatever the language.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from collectors.rss.entries import Entry, Said
from collectors.rss.identity import canonical
from text import from_html, one_line

_PLACE = re.compile(r"#comment-?(\d+)$", re.IGNORECASE)
_REPLY = re.compile(
    r"\s*(?:<p>)?[^<>\n]{0,60}<a\s[^<>]{0,300}href=[\"'][^\"'<>]*#comment-?(\d+)[\"'][^<>]{0,300}>[^<>]{0,200}</a>"
    r"[^<>\w]{0,3}(?:</p>|<br ?/?>|\n|$)\s*",
    re.IGNORECASE,
)
_ANSWER = re.compile(r"(re|aw|antw|sv|vs|rv|res)\s*:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment: its entry with its own words alone, the ids of the post and of what it answers, the title it had."""

    entry: Entry
    thread_id: str
    parent_id: str
    on: str


def comment_of(entry: Entry) -> Comment | None:
    """Return an entry as the comment that it is; None for a post."""
    place = next((each for each in (entry.id, entry.link) if _PLACE.search(each.strip())), None)
    if place is None:
        return None
    post = _PLACE.sub("", place.strip())
    title = one_line(from_html(entry.title.value) if entry.title.is_html else entry.title.value)
    reply = _REPLY.match(entry.body.value) if entry.body.is_html else None
    parent = f"{post}#comment-{reply[1]}" if reply is not None else post
    own = (
        entry
        if reply is None
        else replace(entry, body=replace(entry.body, value=entry.body.value[reply.end() :]))
    )
    if _is_of_the_post(title, entry.author):
        own = replace(own, title=Said())
    return Comment(own, canonical(post), canonical(parent), title)


def _is_of_the_post(title: str, author: str) -> bool:
    """Tell whether a comment's title is the blog's doing; some blogs ask for one of the commenter's own."""
    name = one_line(from_html(author)).casefold()
    return bool(_ANSWER.match(title)) or (bool(name) and name in title.casefold())
