"""Exports: they say what the views say, follow every change, hold one moment, and are whole or as they were."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Connection, delete, text, update

from errors import NeedsAttention, TryLater
from model import Annotation, Author, Correction
from storage import forgetting, reading, tombstones
from storage.asked_to_forget import Request, about_author
from storage.copies import list_copies
from storage.corrections import correct
from storage.daily import keep_current
from storage.exports import BY_MONTH, Exported, _bounds, _of_month, export
from storage.mentions import add_mentions
from storage.schema import mentions, partners
from storage.store import Store
from storage.waiting import refresh_waiting
from tests.exported import in_export, in_views, written
from tests.forgettable import heard_from
from tests.lines import FORUM_ID
from tests.stores import NOW, a_store, record_analysis, said

BERLIN = "Europe/Berlin"
DAY = timedelta(days=1)
MONTHS = ("2026-09", "2026-10", "2026-11")
WHY = forgetting.Why(who="Ana", reason="asked for")


def write(store: Store, folder: Path, **more: object) -> Exported:
    return export(store, folder, zone=BERLIN, now=NOW, **more)  # type: ignore[arg-type]


def tag(kind: str, label: str) -> Annotation:
    return Annotation(kind=kind, label=label, confidence=1.0)  # type: ignore[arg-type]


def analyse(connection: Connection, ids: list[int]) -> None:
    for mention in reading.load_mentions(connection, ids):
        tags = [tag("concern", "yes"), tag("need", "information"), tag("partner", "Somebody Else")]
        record_analysis(connection, mention, "en", tags, version="1")
        refresh_waiting(connection, [reading.thread_of(mention)])


def fill(store: Store) -> None:
    """Three months, each with two mentions that wait for an answer."""
    with store.writing() as connection:
        heard = [
            said(
                f"t3_{months}{n}",
                f"Late box {n}.",
                author=Author(f"who{n}"),
                published_at=NOW - months * 30 * DAY,
            )
            for months in range(3)
            for n in range(2)
        ]
        analyse(connection, add_mentions(connection, FORUM_ID, heard, now=NOW).new)


def row_of(connection: Connection, external_id: str) -> int:
    return int(connection.execute(mentions.select().where(mentions.c.external_id == external_id)).one().id)


def answer_of_ours(connection: Connection) -> None:
    ours = said("t1_ours", "Sorry.", author=Author("riversidefood"), thread_id="t3_20", published_at=NOW)
    add_mentions(connection, FORUM_ID, [ours], now=NOW)
    refresh_waiting(connection, [("reddit", "", "t3_20")])


def taken_away(connection: Connection) -> None:
    mine = Correction(kind="need", label="information", holds=False, by="Ana", at=NOW)
    correct(connection, row_of(connection, "t3_10"), [mine], now=NOW)


CHANGES: dict[str, tuple[Callable[[Connection], object], tuple[str, ...]]] = {
    "nothing": (lambda c: None, ()),
    "a new mention": (lambda c: add_mentions(c, FORUM_ID, [said("t3_new")], now=NOW), ("2026-11",)),
    "an edit": (lambda c: add_mentions(c, FORUM_ID, [said("t3_10", "Other words.")], now=NOW), ("2026-10",)),
    "a deletion": (lambda c: tombstones.bury(c, FORUM_ID, ["t3_20"], now=NOW), ("2026-09",)),
    "a month that is gone": (
        lambda c: tombstones.bury(c, FORUM_ID, ["t3_20", "t3_21"], now=NOW),
        (),
    ),
    "an answer of ours": (answer_of_ours, ("2026-09", "2026-11")),
    "a tag that a person takes away": (taken_away, ("2026-10",)),
    "a story": (
        lambda c: c.execute(
            update(mentions).where(mentions.c.external_id == "t3_11").values(story_id=row_of(c, "t3_10"))
        ),
        ("2026-10",),
    ),
    "another name of an account": (
        lambda c: c.execute(text("UPDATE authors SET name = 'Who' WHERE handle = 'who1'")),
        MONTHS,
    ),
    "another name of a source": (
        lambda c: c.execute(text("UPDATE sources SET name = 'forum' WHERE id = 2")),
        MONTHS,
    ),
    "another date": (
        lambda c: c.execute(
            update(mentions).where(mentions.c.external_id == "t3_00").values(published_at=NOW - 60 * DAY)
        ),
        ("2026-09", "2026-11"),
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_after_any_change_an_export_says_what_the_views_say(
    store: Store, tmp_path: Path, change: str
) -> None:
    """faults.md 72."""
    fill(store)
    first = write(store, tmp_path / "out")
    before = written(tmp_path / "out")
    does, touched = CHANGES[change]

    with store.writing() as connection:
        does(connection)
    again = write(store, tmp_path / "out")

    after = written(tmp_path / "out")
    assert first.written == MONTHS
    assert again.written == touched
    assert in_export(tmp_path / "out") == in_views(store)
    assert {name for name, file in after.items() if file == before.get(name)} == {
        name for name in after if not any(month in name for month in touched)
    }


def test_a_day_that_is_another_months_in_the_organisations_zone_is_in_its_month(
    store: Store, tmp_path: Path
) -> None:
    with store.writing() as connection:
        late = said("t3_late", published_at=NOW.replace(month=10, day=31, hour=23, minute=30))
        analyse(connection, add_mentions(connection, FORUM_ID, [late], now=NOW).new)

    done = write(store, tmp_path / "out")

    assert done.written == ("2026-10", "2026-11")  # the mention; its day in Berlin
    assert in_export(tmp_path / "out") == in_views(store)


@pytest.mark.parametrize("seed", [0, *(pytest.param(more, marks=pytest.mark.long) for more in (1, 2))])
def test_forgetting_reaches_the_export_that_is_written_again(store: Store, tmp_path: Path, seed: int) -> None:
    fill(store)
    person = heard_from(store, Random(seed))
    write(store, tmp_path / "out")
    with store.reading() as connection:
        request = about_author(connection, person.account)
    held = str(in_export(tmp_path / "out"))

    forgetting.forget(store, request, WHY, now=NOW)
    write(store, tmp_path / "out")

    assert person.canaries["account"] in held
    left = str(in_export(tmp_path / "out")) + (tmp_path / "out" / "manifest.json").read_text("utf-8")
    assert [word for word in person.canaries.values() if word in left] == []


def test_the_name_of_a_forgotten_partner_leaves_every_month(store: Store, tmp_path: Path) -> None:
    fill(store)
    write(store, tmp_path / "out")
    with store.writing() as connection:
        row = {"name": "Somebody Else", "provisioned": False, "created_at": NOW}
        partner = connection.execute(partners.insert().values(row).returning(partners.c.id)).scalar_one()

    request = Request(kind="partner", mentions=(), names=("Somebody Else",), partner=partner)
    forgetting.forget(store, request, WHY, now=NOW)
    write(store, tmp_path / "out")

    assert "Somebody Else" not in str(in_export(tmp_path / "out"))
    assert in_export(tmp_path / "out") == in_views(store)


def test_an_export_holds_one_moment_whatever_goes_meanwhile(store: Store, tmp_path: Path) -> None:
    """faults.md 73."""
    fill(store)
    keep_current(store, BERLIN)
    before = in_views(store)

    def meanwhile(done: int, _total: int) -> None:
        if done == 1:
            with store.writing() as connection:
                connection.execute(delete(mentions))
                add_mentions(connection, FORUM_ID, [said("t3_new")], now=NOW)

    write(store, tmp_path / "out", tell=meanwhile)

    assert in_export(tmp_path / "out") == before
    write(store, tmp_path / "out")
    assert in_export(tmp_path / "out") == in_views(store)


def test_what_is_stopped_leaves_the_export_as_it_was(store: Store, tmp_path: Path) -> None:
    """faults.md 44."""
    fill(store)
    write(store, tmp_path / "out")
    before = in_export(tmp_path / "out")
    with store.writing() as connection:
        connection.execute(delete(mentions))

    def stop(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(store, tmp_path / "out", tell=stop)

    assert in_export(tmp_path / "out") == before
    assert sorted(path.name for path in (tmp_path / "out").glob(".*")) == [".lock"]


def test_what_was_killed_among_the_renames_is_right_the_next_time(store: Store, tmp_path: Path) -> None:
    fill(store)
    write(store, tmp_path / "out")
    manifest = tmp_path / "out" / "manifest.json"
    said_then = json.loads(manifest.read_text("utf-8"))
    del said_then["months"]["2026-10"]
    manifest.write_text(json.dumps(said_then), encoding="utf-8")
    odd = tmp_path / "out" / "v_needs" / "month=2031-01"
    odd.mkdir()
    (odd / "part.parquet").write_bytes(b"half")
    (tmp_path / "out" / "v_needs" / "month=2026-11" / "part.parquet").unlink()
    (tmp_path / "out" / ".writing" / "v_needs").mkdir(parents=True)

    again = write(store, tmp_path / "out")

    assert again.written == ("2026-10", "2026-11")
    assert in_export(tmp_path / "out") == in_views(store)
    assert not odd.exists()


@pytest.mark.parametrize("damaged", ["", "{}", "[1]", '{"format": 1, "store": "x", "months": 3}'])
def test_a_damaged_manifest_means_all_is_written_anew(store: Store, tmp_path: Path, damaged: str) -> None:
    fill(store)
    write(store, tmp_path / "out")
    (tmp_path / "out" / "manifest.json").write_text(damaged, encoding="utf-8")

    assert write(store, tmp_path / "out").written == MONTHS


def test_a_folder_that_holds_something_else_is_refused(store: Store, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").touch()

    with pytest.raises(NeedsAttention, match=r"other things \(letter\.txt\)"):
        write(store, tmp_path / "mine")
    with pytest.raises(NeedsAttention, match="No such file"):
        write(store, tmp_path / "none" / "none")


def test_the_export_of_another_store_is_refused(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    with a_store(tmp_path / "a") as one, a_store(tmp_path / "b") as other:
        write(one, tmp_path / "out")

        with pytest.raises(NeedsAttention, match="of another store"):
            write(other, tmp_path / "out")


def test_two_exports_into_one_folder_do_not_meet(store: Store, tmp_path: Path) -> None:
    write(store, tmp_path / "out")

    with (tmp_path / "out" / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(TryLater, match="another process"):
            write(store, tmp_path / "out")


def test_an_export_is_noted_as_a_copy_before_its_first_word_is_written(store: Store, tmp_path: Path) -> None:
    fill(store)
    noted = []

    def look(_done: int, _total: int) -> None:
        with store.reading() as connection:
            noted.extend(list_copies(connection))

    write(store, tmp_path / "out", tell=look)

    assert (noted[0].kind, noted[0].place, noted[0].mentions) == ("export", str(tmp_path / "out"), 6)


def test_a_damaged_cell_is_empty_and_hides_nothing(tmp_path: Path) -> None:
    with a_store(tmp_path) as store:
        fill(store)
        with store.writing() as connection:
            connection.execute(
                text("UPDATE mentions SET edited_at = 'yesterday' WHERE external_id = 't3_00'")
            )
            connection.execute(text("UPDATE annotations SET score = 'bad' WHERE kind = 'need'"))

        write(store, tmp_path / "out")

    held = in_export(tmp_path / "out")
    assert len(held["v_mentions"]) == 6
    assert len(held["v_annotations"]) == 18


def test_a_months_rows_are_found_by_an_index_and_are_not_sorted(tmp_path: Path) -> None:
    """faults.md 44."""
    with a_store(tmp_path) as store, store.reading() as connection:
        for view in BY_MONTH:
            asked = text(f"EXPLAIN QUERY PLAN {_of_month(connection, view)}")
            plan = [row.detail for row in connection.execute(asked, _bounds(connection, view, "2026-11"))]

            assert plan[0].startswith("SEARCH"), view
            assert all("SCAN" not in step for step in plan), view
            sorts = [step for step in plan if "TEMP B-TREE" in step]
            assert len(sorts) == (view == "v_mentions"), view  # of the few sources of one mention
