"""A list of any length in one parameter finds what IN (…) finds."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select

from storage import schema
from storage.among import among
from storage.store import Store
from tests.stores import NOW

ODD = ["", "a", "A", "it's", 'say "so"', "a\\b", "[1]", "null", "{}", "é", "🥖", "1", "01", "%", "a,b"]
_FOUND = select(schema.audit.c.which).where(among(schema.audit.c.which, "names"))
_NUMBERED = select(schema.audit.c.id).where(among(schema.audit.c.id, "ids"))


@pytest.fixture
def kept(store: Store) -> Store:
    with store.writing() as connection:
        rows = [{"at": NOW, "what": "test", "which": name, "why": ""} for name in ODD]
        connection.execute(insert(schema.audit), rows)
    return store


@pytest.mark.parametrize("names", [[], *[[name] for name in ODD], ODD, ["b", "a", "a"], ["x"] * 2000])
def test_texts_are_found_as_they_are(kept: Store, names: list[str]) -> None:
    with kept.reading() as connection:
        found = connection.execute(_FOUND, {"names": names}).scalars().all()

    assert sorted(found) == sorted(set(names) & set(ODD))


def test_numbers_are_found_up_to_the_largest(kept: Store) -> None:
    largest = 2**63 - 1
    with kept.writing() as connection:
        row = {"id": largest, "at": NOW, "what": "test", "which": "", "why": ""}
        connection.execute(insert(schema.audit), row)

        found = connection.execute(_NUMBERED, {"ids": [largest, largest - 1, -1, 0]}).scalars().all()

    assert found == [largest]
