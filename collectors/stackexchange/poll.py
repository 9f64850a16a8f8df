"""One poll of a site: questions by their last activity, what is answered below them, what is commented."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from collectors.contract import Batch
from collectors.json_pages import each_read, rows
from collectors.listing import Item, sift
from collectors.stackexchange.client import PAGE_SIZE, Client
from collectors.stackexchange.progress import FOLLOWED, Progress
from collectors.stackexchange.wire import Question, Site, answer, comment, question

MOST_PAGES = 10  # of questions in one poll; the next goes on behind them
LAST_PAGE = 25  # the API gives no further one without an account
MOST_INNER_PAGES = 10  # of answers to one page of questions, or of comments
OVERLAP = 2 * 60 * 60  # seconds that are read again: the search learns of activity late
QUESTIONS, ANSWERS, COMMENTS = "search/advanced", "questions/{}/answers", "posts/{}/comments"


@dataclass(slots=True)
class Poll:
    """One poll; ``progress`` moves as it reads, and each batch is yielded once it has moved.

    ``commented`` are the posts whose comments were all read in this very poll.
    """

    client: Client
    site: Site
    progress: Progress
    commented: set[int] = field(default_factory=set)

    def read(self, asked: dict[str, str], start: int) -> Iterator[Batch]:
        """Yield what is new: answers that an earlier poll left, questions with their answers, comments."""
        yield from self._answers()
        yield from self._questions(asked, start)
        yield from self._fresh_comments()
        yield from self._followed_comments()

    def _questions(self, asked: dict[str, str], start: int) -> Iterator[Batch]:
        read_to = self.progress.read_to
        again = start if read_to is None else max(read_to - OVERLAP, 0)
        low, page = self.progress.rest or (again, 1)
        for _ in range(MOST_PAGES):
            if not self.client.may_ask(QUESTIONS):
                return
            order = {"sort": "activity", "order": "asc", "min": str(low), "page": str(page)}
            told = self.client.get(QUESTIONS, {**asked, **order})
            found, skipped = each_read(
                rows(told, "items", "stackexchange"), lambda item: question(item, self.site)
            )
            rest = _further(found, low, page) if told.get("has_more") is True else None
            yield self._told(found, skipped, rest)
            yield from self._answers()
            if rest is None or self.progress.pending:
                return
            low, page = rest

    def _told(self, found: Sequence[Question], skipped: Sequence[str], rest: tuple[int, int] | None) -> Batch:
        known = self.progress.known
        sifted = sift((each.item for each in reversed(found)), known)
        changed = [each for each in found if each.item.stamp != known.get(each.item.external_id)]
        last = [each.active_at for each in found] + [self.progress.read_to or 0]
        moved = self.progress.meeting(sifted.met, {each.number: each.number for each in changed})
        pending = [*moved.pending, *(each.number for each in changed if each.n_answers)]
        self.progress = replace(
            moved, read_to=max(last) or None, rest=rest, pending=tuple(dict.fromkeys(pending))
        )
        return Batch(mentions=sifted.mentions, cursor={}, skipped=skipped, unchanged=sifted.unchanged)

    def _answers(self) -> Iterator[Batch]:
        """Yield the answers of questions that are pending; they are so until all their pages are read."""
        while self.progress.pending and self.client.may_ask(ANSWERS):
            asked = self.progress.pending[:PAGE_SIZE]
            for page in range(1, MOST_INNER_PAGES + 1):
                order = {"sort": "activity", "order": "desc", "page": str(page)}
                told = self.client.get(ANSWERS, order, ids=_joined(asked))
                found, skipped = each_read(
                    rows(told, "items", "stackexchange"), lambda item: answer(item, self.site)
                )
                sifted = sift((item for item, _, _ in found), self.progress.known)
                new = {mention.external_id for mention in sifted.mentions}
                posts = {number: below for item, number, below in found if item.external_id in new}
                more = told.get("has_more") is True
                moved = self.progress.meeting(sifted.met, posts)
                over = not more or page == MOST_INNER_PAGES
                left = moved.pending[len(asked) :] if over else moved.pending
                self.progress = replace(moved, pending=left)
                words = [*skipped, *([_too_many("answers")] if more and over else [])]
                yield Batch(mentions=sifted.mentions, cursor={}, skipped=words, unchanged=sifted.unchanged)
                if over:
                    break
                if not self.client.may_ask(ANSWERS):
                    return

    def _fresh_comments(self) -> Iterator[Batch]:
        """Yield all comments of posts that were met for the first time, or changed."""
        while self.progress.fresh and self.client.may_ask(COMMENTS):
            asked = dict(list(self.progress.fresh.items())[:FOLLOWED])
            met: dict[str, str] = {}
            for page in range(1, MOST_INNER_PAGES + 1):
                items, skipped, more = self._comments(asked, page)
                sifted = sift(items, self.progress.commented)
                met.update(sifted.met)
                over = not more or page == MOST_INNER_PAGES
                if over:
                    self.progress = self.progress.heard(asked, met)
                    self.commented.update(asked)
                words = [*skipped, *([_too_many("comments")] if more and over else [])]
                yield Batch(mentions=sifted.mentions, cursor={}, skipped=words, unchanged=sifted.unchanged)
                if over:
                    break
                if not self.client.may_ask(COMMENTS):
                    return

    def _followed_comments(self) -> Iterator[Batch]:
        """Yield new comments of posts that are followed, back to a page that is wholly known."""
        asked = {post: below for post, below in self.progress.followed.items() if post not in self.commented}
        met: dict[str, str] = {}
        for page in range(1, MOST_INNER_PAGES + 1):
            if not asked or not self.client.may_ask(COMMENTS):
                return
            items, skipped, more = self._comments(asked, page)
            sifted = sift(items, self.progress.commented)
            met.update(sifted.met)
            over = not more or all(item.external_id in self.progress.commented for item in items)
            if over:
                self.progress = self.progress.heard((), met)
            yield Batch(mentions=sifted.mentions, cursor={}, skipped=skipped, unchanged=sifted.unchanged)
            if over:
                return

    def _comments(self, asked: dict[int, int], page: int) -> tuple[list[Item], list[str], bool]:
        order = {"sort": "creation", "order": "desc", "page": str(page)}
        told = self.client.get(COMMENTS, order, ids=_joined(asked))
        items, skipped = each_read(
            rows(told, "items", "stackexchange"), lambda item: comment(item, self.site, asked)
        )
        return items, skipped, told.get("has_more") is True


def _further(found: Sequence[Question], low: int, page: int) -> tuple[int, int]:
    """Return where to go on: at the last activity, and only within one second by the number of a page.

    A question that becomes active meanwhile leaves its page, and all behind it would slide over the edge.
    """
    last = max((each.active_at for each in found), default=low)
    if last > low:
        return last, 1
    return (low, page + 1) if page < LAST_PAGE else (low + 1, 1)


def _joined(ids: Sequence[int] | dict[int, int]) -> str:
    return ";".join(str(each) for each in ids)


def _too_many(kind: str) -> str:
    return f"more than {MOST_INNER_PAGES * PAGE_SIZE} {kind} at once; the older ones are left out"
