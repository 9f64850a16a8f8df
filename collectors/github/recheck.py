"""What became of things on GitHub: one query for a hundred of them, comments by node id and threads by number.

Only what GitHub says does not exist is gone; what it merely would not show is not told. Where the repository
itself cannot be seen, nothing is told at all: a token that lost its rights must not empty the store.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from collectors.contract import Rechecked
from collectors.github.client import Client, Found
from collectors.github.queries import by_ids
from collectors.github.walk import pause
from collectors.github.wire import Place, read_graphql
from errors import TryLater
from model import Mention


def recheck(external_ids: Sequence[str], client: Client, place: Place) -> Rechecked:
    """Return which of the mentions stand as they were, were edited, or are gone with their text or their account."""
    numbers = {each: number for each in external_ids if (number := _number(each, place)) is not None}
    nodes = [each for each in external_ids if each not in numbers and "#" not in each]
    owner, _, name = place.repository.partition("/")
    variables: dict[str, object] = {"owner": owner, "name": name} | ({"ids": nodes} if nodes else {})
    found = client.query(by_ids([*numbers.values()], nodes), variables)
    if not isinstance(found.data.get("repository"), dict):
        raise TryLater(
            f"{client.place}: there is no such repository, or the token may not see it; check both",
            missing=True,
        )
    now = client.reach.now()
    told = [_thread(found, external_id, number, place, now) for external_id, number in numbers.items()]
    told += [_comment(found, external_id, index, place, now) for index, external_id in enumerate(nodes)]
    standing = [each for each in told if isinstance(each, Mention)]
    # A comment that was never edited has no time of it; a thread's title changes without leaving one.
    edited = [each for each in standing if each.edited_at is not None or each.parent_id is None]
    return Rechecked(
        edited=edited,
        gone=[each for each in told if isinstance(each, str)],
        unchanged=len(standing) - len(edited),
        quota=found.quota,
        wait=pause(found.quota, now),
    )


def _thread(found: Found, external_id: str, number: int, place: Place, now: datetime) -> Mention | str | None:
    """Return the thread as it stands, its id where it is gone, or None where that cannot be told."""
    repository = found.data.get("repository")
    data = repository if isinstance(repository, Mapping) else {}
    keys = (f"i_{number}", f"d_{number}")
    thing = next((data[key] for key in keys if data.get(key)), None)
    if thing is not None:
        return _read(thing, external_id, place, now)
    return external_id if all(("repository", key) in found.missing for key in keys) else None


def _comment(found: Found, external_id: str, index: int, place: Place, now: datetime) -> Mention | str | None:
    nodes = found.data.get("nodes")
    thing = nodes[index] if isinstance(nodes, list) and index < len(nodes) else None
    if thing is not None:
        return _read(thing, external_id, place, now)
    return external_id if ("nodes", index) in found.missing else None


def _read(thing: object, external_id: str, place: Place, now: datetime) -> Mention | str | None:
    try:
        item = read_graphql(thing, place, now=now)
    except ValueError:
        return None
    if item.external_id != external_id:
        return None
    return item.mention or external_id


def _number(external_id: str, place: Place) -> int | None:
    repository, _, number = external_id.partition("#")
    known = repository == place.repository and number.isascii() and number.isdecimal() and len(number) < 10
    return int(number) if known else None
