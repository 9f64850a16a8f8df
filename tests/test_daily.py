"""The roll-up of counts by day: what it says is what a plain count says, whatever was written and by whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, insert, select, text, update

from model import Annotation, Author, Correction, Partner
from storage import reading, tombstones
from storage.corrections import correct
from storage.daily import bounds, count_anew, keep_current, local_days, stale_days
from storage.mentions import add_mentions
from storage.provision import provision
from storage.schema import mention_annotations, mentions
from storage.store import Store
from tests.lines import FORUM_ID
from tests.stores import NORTHSIDE, NOW, record_analysis, said, settings

BERLIN = "Europe/Berlin"
DAY = timedelta(days=1)
Counts = Counter[tuple[object, ...]]


def rolled_up(store: Store, zone: str = BERLIN) -> Counts:
    keep_current(store, zone)
    with store.reading() as connection:
        rows = connection.execute(
            text("SELECT day, channel, author_partner, by_us, kind, label, mentions FROM v_daily")
        )
        return Counter({(str(row[0]), row[1], row[2], bool(row[3]), row[4], row[5]): row[6] for row in rows})


def counted(store: Store, zone: str = BERLIN) -> Counts:
    """Count mention by mention."""
    counts: Counts = Counter()
    with store.reading() as connection:
        ids = list(connection.execute(select(mentions.c.id)).scalars())
        for mention in reading.load_mentions(connection, ids):
            if mention.deleted_at is not None or mention.published_at is None:
                continue
            day = str(mention.published_at.astimezone(ZoneInfo(zone)).date())
            who = (day, mention.channel, mention.author_partner, mention.by_us)
            tags = {(tag.kind, tag.label) for tag in mention.annotations if tag.kind not in ("partner", "us")}
            counts.update((*who, *tag) for tag in {("mention", ""), *tags})
    return counts


def tag(kind: str, label: str, origin: str = "rule") -> Annotation:
    return Annotation(kind=kind, label=label, confidence=1.0, origin=origin)  # type: ignore[arg-type]


def analyse(connection: Connection, *tags: Annotation) -> None:
    ids = list(connection.execute(select(mentions.c.id).where(mentions.c.analyzed_as.is_(None))).scalars())
    for mention in reading.load_mentions(connection, ids):
        record_analysis(connection, mention, "en", tags, version="1")


def fill(store: Store) -> None:
    """Two days, two speakers, some tags; counted."""
    heard = [
        said("a", author=Author("NorthsideShelter")),
        said("b", published_at=NOW - DAY),
        said("c", author=Author("riversidefood")),
        said("d", published_at=datetime(2026, 11, 19, 23, 30, tzinfo=UTC)),  # the 20th in Berlin
    ]
    with store.writing() as connection:
        add_mentions(connection, FORUM_ID, heard, now=NOW)
        analyse(connection, tag("need", "information"), tag("sentiment", "negative"), tag("partner", "X"))


def row_of(connection: Connection, external_id: str) -> int:
    found = select(mentions.c.id).where(mentions.c.external_id == external_id)
    return int(connection.execute(found).scalar_one())


def by_a_person(connection: Connection) -> None:
    row = {"kind": "need", "label": "safety", "n": 0, "confidence": 1.0, "because": [], "version": ""}
    mine = {"mention_id": row_of(connection, "b"), "origin": "person"}
    connection.execute(insert(mention_annotations).values(**row, **mine))


CHANGES: dict[str, Callable[[Connection], object]] = {
    "nothing": lambda c: None,
    "a new mention": lambda c: add_mentions(c, FORUM_ID, [said("e")], now=NOW),
    "an edit": lambda c: add_mentions(c, FORUM_ID, [said("b", "Other words.")], now=NOW),
    "a deletion": lambda c: tombstones.bury(c, FORUM_ID, ["a"], now=NOW),
    "another date": lambda c: c.execute(
        update(mentions).where(mentions.c.external_id == "b").values(published_at=NOW - 9 * DAY)
    ),
    "a row that is gone": lambda c: c.execute(delete(mentions).where(mentions.c.external_id == "a")),
    "a person's word": by_a_person,
    "a tag that a person takes away": lambda c: correct(
        c,
        row_of(c, "b"),
        [Correction(kind="need", label="information", holds=False, by="Ana", at=NOW)],
        now=NOW,
    ),
    "another partner's handle": lambda c: provision(
        c,
        settings(partners=(NORTHSIDE, Partner(name="Somebody", handles={"reddit": ("somebody",)}))),
        now=NOW,
    ),
    "no partner": lambda c: c.execute(text("DELETE FROM partners")),
}


@pytest.mark.parametrize("change", CHANGES)
def test_after_any_change_the_roll_up_says_what_a_plain_count_says(store: Store, change: str) -> None:
    fill(store)
    before = rolled_up(store)

    with store.writing() as connection:
        CHANGES[change](connection)

    after = rolled_up(store)
    assert after == counted(store)
    assert (after == before) == (change in ("nothing", "an edit"))  # its tags stay until it is analysed anew


def test_a_day_is_the_organisations_own(store: Store) -> None:
    fill(store)

    berlin = {key[0] for key in rolled_up(store)}
    honolulu = {key[0] for key in rolled_up(store, "Pacific/Honolulu")}

    assert berlin == {"2026-11-19", "2026-11-20"}
    assert honolulu == {"2026-11-18", "2026-11-19"}
    assert rolled_up(store, "Pacific/Honolulu") == counted(store, "Pacific/Honolulu")


def test_who_undoes_what_they_did_leaves_no_mark(store: Store) -> None:
    fill(store)
    keep_current(store, BERLIN)

    with pytest.raises(RuntimeError), store.writing() as connection:
        add_mentions(connection, FORUM_ID, [said("e")], now=NOW)
        raise RuntimeError

    with store.reading() as connection:
        assert connection.execute(select(stale_days)).all() == []


def test_years_are_counted_in_steps_newest_first(store: Store) -> None:
    heard = [said(f"x{each}", published_at=NOW - each * DAY) for each in range(70)]
    with store.writing() as connection:
        add_mentions(connection, FORUM_ID, heard, now=NOW)

    with store.writing() as connection:
        count_anew(connection, zone="UTC")
    with store.reading() as connection:
        first = connection.execute(text("SELECT count(*), max(day) FROM v_daily")).one()

    assert (first[0], str(first[1])) == (60, "2026-11-20")
    assert rolled_up(store, "UTC") == counted(store, "UTC")


ZONES = ["UTC", "Asia/Kolkata", "America/St_Johns", "Pacific/Apia", "Africa/Cairo", "Australia/Lord_Howe"]


@given(st.dates(date(2000, 1, 2), date(2090, 1, 1)), st.sampled_from(ZONES))
def test_the_local_days_of_a_day_in_utc_hold_all_of_it(day: date, zone: str) -> None:
    begins = datetime(day.year, day.month, day.day, tzinfo=UTC)

    parts = [bounds(each, zone) for each in local_days(day, zone)]

    assert parts[0][0] <= begins
    assert parts[-1][1] >= begins + DAY
    assert all(one[1] == other[0] for one, other in pairwise(parts))
