"""Channel ``github``: the issues of a repository with their comments, and if asked its pull requests and discussions.

Issues and comments are read by REST, which lists what changed since a moment, so that edits come by themselves.
What was deleted is in no list: recheck asks for it by its id.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import ClassVar
from urllib.parse import urlsplit

from collectors.contract import Batch, Reach, Rechecked
from collectors.github.client import Client
from collectors.github.wire import Place
from model import Cursor, Secret

REPOSITORY = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})/[A-Za-z0-9._-]{1,100}")
KINDS = ("issues", "pulls", "discussions")
AT_ONCE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class GitHub:
    """What is written in one repository on GitHub, by anybody, ourselves included.

    Without a ``token`` GitHub answers 60 requests an hour to all that run on this machine's address, shows no
    discussions, and cannot be asked whether something was edited or deleted.
    """

    recheck_at_once: ClassVar[int] = AT_ONCE

    repository: str = field(metadata={"says": "the repository, as owner/name"})
    token: Secret | None = field(
        default=None,
        metadata={
            "says": "a personal access token that may read it, from https://github.com/settings/tokens"
        },
    )
    kinds: tuple[str, ...] = field(
        default=("issues",), metadata={"says": "what is read: issues, pulls, discussions; each with comments"}
    )
    base_url: str | None = field(
        default=None,
        metadata={"says": "another address of the API, as GitHub Enterprise has: https://host/api/v3"},
    )

    def __post_init__(self) -> None:
        if not REPOSITORY.fullmatch(self.repository):
            raise ValueError(f"repository: {self.repository!r} is no repository; write owner/name")
        unknown = sorted(set(self.kinds) - set(KINDS))
        if unknown or not self.kinds:
            raise ValueError(
                f"kinds: {', '.join(unknown) or 'nothing'} cannot be read; there are {', '.join(KINDS)}"
            )
        if "discussions" in self.kinds and self.token is None:
            raise ValueError(
                "token: GitHub shows discussions only to an account; give a token, or change kinds"
            )

    def collect(self, cursor: Cursor, reach: Reach) -> Iterator[Batch]:
        """Yield issues, then comments, then discussions, each oldest change first."""
        from collectors.github import discussions, walk

        client, place = self._client(reach), self._place()
        kinds = frozenset(self.kinds)
        if kinds - {"discussions"}:
            issues = walk.Listing("issues", f"repos/{self.repository}/issues", {"state": "all"}, kinds)
            comments = walk.Listing("comments", f"repos/{self.repository}/issues/comments", {}, kinds)
            for listing in (issues, comments):
                for batch in walk.read(listing, cursor, client, place):
                    cursor = batch.cursor
                    yield batch
                    if batch.wait is not None:
                        return
        if "discussions" in kinds:
            yield from discussions.read(cursor, client, place)

    def recheck(self, external_ids: Sequence[str], reach: Reach) -> Rechecked:
        """Say what became of threads and comments; without a token nothing can be told."""
        from collectors.github.recheck import recheck

        if self.token is None:
            return Rechecked()
        return recheck(external_ids[:AT_ONCE], self._client(reach), self._place())

    def _client(self, reach: Reach) -> Client:
        return Client(f"github {self.repository}", self.base_url, self.token, reach)

    def _place(self) -> Place:
        scope = "" if self.base_url is None else urlsplit(self.base_url).netloc.lower()
        return Place(self.repository.lower(), scope)
