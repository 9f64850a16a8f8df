"""`earshot export`: what is printed and written, an answer to who asks what is held, and files of any size."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from commands.export import _write
from storage import arrow, open_store
from storage.about import accounts_of, mentions_of
from storage.copies import list_copies
from storage.store import Store
from tests.commandline import earshot
from tests.exported import in_export, in_views
from tests.forgettable import heard_from
from tests.processes import PATIENCE, started, wait_until
from tests.references import valid
from tests.searched import folder_of

ROOT = Path(__file__).resolve().parent.parent
TEXTS = ["Boxes, boxes", "Late|A late box", "Thanks"]


def test_an_export_says_what_it_wrote_and_the_next_one_that_nothing_changed(tmp_path: Path) -> None:
    config = folder_of(tmp_path, TEXTS)
    out = tmp_path / "out"

    first = earshot("export", out, "--config", config, "--json")
    told = earshot("export", out, "--config", config)

    answer = valid("export", json.loads(first.out))
    assert (first.code, answer["written"], answer["rows"]["v_mentions"]) == (0, ["2026-11"], 3)
    assert "3 mentions of 1 month" in told.out
    assert "none has changed" in told.out
    store = open_store(f"sqlite:///{tmp_path / 'earshot.db'}")
    assert in_export(out) == in_views(store)
    store.close()


def test_a_month_of_which_nothing_is_left_is_told(tmp_path: Path) -> None:
    config = folder_of(tmp_path, TEXTS)
    earshot("export", tmp_path / "out", "--config", config)

    earshot("forget", "--author", "northside.example", "--yes", "--config", config)
    earshot("forget", "--author", "somebody.example", "--yes", "--config", config)
    told = earshot("export", tmp_path / "out", "--config", config)

    assert "Gone, for nothing is left of it: 2026-11." in told.out
    assert [file.parent.name for file in sorted((tmp_path / "out").rglob("*.parquet"))] == [
        "v_concerns",
        "v_partners",
        "v_source_health",
        "v_sources",
    ]


def test_what_is_held_of_an_author_is_one_document(tmp_path: Path) -> None:
    config = folder_of(tmp_path, TEXTS)
    file = tmp_path / "answer.json"

    ran = earshot("export", "--about", "Somebody.example", file, "--config", config, "--json")

    answer = valid("export-about", json.loads(file.read_text("utf-8")))
    assert valid("export-answer", json.loads(ran.out))["mentions"] == 2
    assert [one["text"] for one in answer["mentions"]] == ["Boxes, boxes", "Thanks"]
    assert (answer["held_by"], answer["accounts"][0]["handle"]) == (
        "Riverside Food Network",
        "somebody.example",
    )
    store = open_store(f"sqlite:///{tmp_path / 'earshot.db'}")
    with store.reading() as connection:
        assert [(copy.kind, copy.place) for copy in list_copies(connection)] == [("answer", str(file))]
    store.close()


def test_all_that_was_heard_and_made_of_it_is_in_the_answer(store: Store, tmp_path: Path) -> None:
    person = heard_from(store, Random(5))
    with store.reading() as connection:
        request, accounts = accounts_of(connection, person.account, None)
        with (tmp_path / "answer.json").open("wb") as out:
            head = {"about": "x", "held_by": "y", "made_at": "2026-11-20T06:30:00Z", "accounts": accounts}
            _write(out, {**head, "copies": []}, mentions_of(connection, request))

    written = (tmp_path / "answer.json").read_text("utf-8")

    valid("export-about", json.loads(written))
    asked_of_others = {"letter", "sent"}  # what letters say is for their readers; that there are some is told
    assert {place for place, word in person.canaries.items() if word not in written} == asked_of_others
    assert "Ana" not in written
    assert "mailto:" not in written


def test_nobody_of_that_name_is_told(tmp_path: Path) -> None:
    config = folder_of(tmp_path, TEXTS)

    ran = earshot("export", "--about", "nobody", tmp_path / "a.json", "--config", config)
    wrong = earshot("export", tmp_path / "out", "--channel", "rss", "--config", config)

    assert (ran.code, wrong.code) == (1, 2)
    assert "nobody called 'nobody'" in ran.err
    assert not (tmp_path / "a.json").exists()


def test_many_rows_are_held_no_more_than_few(tmp_path: Path) -> None:
    """faults.md 44."""
    few, many = (_peak(tmp_path / "rows", n_rows) for n_rows in (3_000, 9_000))

    assert many < 1.3 * few


def _peak(file: Path, n_rows: int) -> int:
    rows: Iterator[tuple[object, ...]] = ((number, f"{number} " * 1_000) for number in range(n_rows))
    kinds: dict[str, arrow.Kind] = {"id": "integer", "text": "text"}
    tracemalloc.start()
    try:
        with file.open("wb") as out:
            assert arrow.write_parquet(arrow.batches(rows, kinds), arrow.schema_of(kinds), out) == n_rows
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_an_interrupted_export_leaves_no_half_file(tmp_path: Path) -> None:
    """faults.md 44."""
    config = folder_of(tmp_path, [f"late box number {number}" for number in range(4_000)])
    out, log = tmp_path / "out", tmp_path / "log"

    with started("export", out, "--config", config, folder=tmp_path, log=log) as process:
        wait_until((out / ".writing").exists, process, log)
        process.send_signal(signal.SIGINT)
        ended = process.wait(PATIENCE)

    assert ended != 0
    assert "Traceback" not in log.read_text("utf-8")
    assert list(out.rglob("*.parquet")) == []
    assert earshot("export", out, "--config", config).code == 0


@pytest.mark.long
def test_a_hundred_thousand_mentions_are_exported_in_the_memory_of_thirty(tmp_path: Path) -> None:
    """faults.md 44."""
    peaks = []
    for n_mentions in (30_000, 100_000):  # more than one row group each
        folder = tmp_path / str(n_mentions)
        folder.mkdir()
        config = folder_of(folder, [f"late box number {number}, as before" for number in range(n_mentions)])
        earshot("search", "nothing", "--config", config)  # counts the days
        command = [sys.executable, "-c", MEASURED, "export", str(folder / "out"), "--config", str(config)]
        given = {**os.environ, "PYTHONPATH": str(ROOT)}
        ran = subprocess.run(command, env=given, capture_output=True, text=True, check=True)
        peaks.append(int(ran.stderr.split()[-1]))

    assert peaks[1] < peaks[0] + 50_000  # KB


MEASURED = """
import resource, sys
import cli
try:
    cli.main()
finally:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
"""
