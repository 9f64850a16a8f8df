"""Channel ``noticeboard``: a town's notice board on the web.

The board answers ``GET …/notices?after=7`` with what changed after its change number 7, the oldest change first:

    {"notices": [{"id": 3, "change": 8, "title": "Boxes", "text": "On Friday.", "by": "ada",
                  "at": "2026-05-18T10:00:00+00:00", "removed": false}, …]}

A notice that is edited or taken down changes once more, so edits and deletions come by themselves.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from earshot import (
    Author,
    Batch,
    Cursor,
    Mention,
    NeedsAttention,
    Reach,
    Secret,
    TryLater,
    clean,
    expect_ok,
    one_line,
    utc,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Noticeboard:
    """One board. The fields are the keys of a source; their types and words go into checks and documents."""

    url: str = field(metadata={"says": "the address of the board, https:// or http://"})
    token: Secret | None = field(default=None, metadata={"says": "a token, where the board asks for one"})

    def __post_init__(self) -> None:
        """Refuse what can never work; nothing is asked here."""
        if not self.url.startswith(("https://", "http://")):
            raise NeedsAttention("url: give the address of the board, with https:// or http://")

    def collect(self, cursor: Cursor, reach: Reach) -> Iterator[Batch]:
        """Yield what changed since the cursor, page by page; each page's cursor is safe once the page is stored."""
        after = _number(cursor.get("after", 0))
        while True:
            page = self._page(after, reach)
            if not page:
                yield Batch(cursor={"after": after})
                return
            before, after = after, max([after, *(_number(told.get("change")) for told in page)])
            yield read_page(page, after)
            if after <= before:  # a board that repeats itself is asked again at the next poll
                return

    def _page(self, after: int, reach: Reach) -> list[Mapping[str, object]]:
        headers = {"Authorization": f"Bearer {self.token.reveal()}"} if self.token else {}
        answer = reach.http.get(f"{self.url}/notices", params={"after": str(after)}, headers=headers)
        expect_ok(answer, "noticeboard", now=reach.now())  # 401, 404, 410, 429 and 5xx: what to do next
        try:
            notices = json.loads(answer.body)["notices"]
            return [told if isinstance(told, dict) else {} for told in notices]
        except (ValueError, KeyError, TypeError) as error:
            raise TryLater(
                "noticeboard: this is no notice board; check its address if it stays so"
            ) from error


def read_page(page: Sequence[Mapping[str, object]], after: int) -> Batch:
    """Return what a page tells. A notice that cannot be read is told in words, and stops no other."""
    mentions: list[Mention] = []
    gone: list[str] = []
    skipped: list[str] = []
    for told in page:
        if told.get("removed") is True:
            gone.append(str(told.get("id")))
            continue
        try:
            mentions.append(_mention(told))
        except ValueError as error:
            skipped.append(f"a notice cannot be read: {error}")
    return Batch(mentions=mentions, gone=gone, skipped=skipped, cursor={"after": after})


def _mention(told: Mapping[str, object]) -> Mention:
    """Turn the board's words into ours, in the first function that sees them."""
    number, text = _number(told.get("id")), told.get("text")
    if not number or not isinstance(text, str):
        raise ValueError("it has no number, or no text")
    name = one_line(str(told.get("by") or ""))
    return Mention(
        channel="noticeboard",
        external_id=str(number),  # unique on its board, and so is the source: no scope is needed
        title=one_line(str(told.get("title") or "")),
        text=clean(text),
        author=Author(handle=name) if name else None,
        published_at=_moment(told.get("at")),
    )


def _moment(value: object) -> datetime | None:
    """Return a time in UTC; None for none and for nonsense: the store then takes the time of collection."""
    try:
        return utc(datetime.fromisoformat(str(value)))
    except ValueError:
        return None


def _number(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
