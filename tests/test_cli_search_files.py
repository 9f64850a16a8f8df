"""What a search writes: each form whole or not at all, safe in a spreadsheet, of any size."""

from __future__ import annotations

import csv
import gc
import json
import os
import signal
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, timedelta
from io import StringIO, TextIOWrapper
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from collectors.note.table import read_notes
from commands.files import file_in, written_beside
from commands.found import COLUMNS, as_row
from commands.options import Format
from commands.parquet import write_parquet
from commands.printing import cell, write_rows
from errors import NeedsAttention
from storage import open_store
from storage.search import Query, search
from tests.commandline import earshot
from tests.processes import PATIENCE, started, wait_until
from tests.searched import FIRST, folder_of

DAYS = timedelta(days=30)
ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder_of(tmp_path_factory.mktemp("written"), ["=1+1|Boxes, boxes", 'A "late"\nbox', "Thanks"])


def test_json_comes_row_by_row_and_is_one_document(config: Path) -> None:
    told = earshot("search", "--config", config, "--json")
    nothing = earshot("search", "nowhere", "--config", config, "--json")

    assert told.out == json.dumps(json.loads(told.out), indent=2, ensure_ascii=False) + "\n"
    assert nothing.out == "[]\n"


def test_parquet_has_types(config: Path, tmp_path: Path) -> None:
    earshot("search", "--config", config, "--format", "parquet", "--output", tmp_path / "found.parquet")

    table = parquet.read_table(tmp_path / "found.parquet")

    assert table.column_names == list(COLUMNS)
    assert table["published_at"].to_pylist()[-1] == FIRST
    assert table["sources"].to_pylist()[0] == ["northside-blog"]
    assert table["is_concern"].to_pylist() == [False] * 3
    assert table["score"].to_pylist() == [None] * 3


def test_parquet_is_not_poured_over_a_terminal(config: Path, tmp_path: Path) -> None:
    written = tmp_path / "piped.parquet"
    with written.open("wb") as out:
        command = [sys.executable, "-c", "import cli; cli.main()", "search", "--config", str(config)]
        given_ = {**os.environ, "PYTHONPATH": str(ROOT)}
        subprocess.run([*command, "--format", "parquet"], stdout=out, env=given_, check=True)

    assert parquet.read_table(written).num_rows == 3


def test_csv_runs_nothing_in_a_spreadsheet(config: Path) -> None:
    """faults.md 43."""
    told = earshot("search", "--config", config, "--format", "csv")

    rows = list(csv.DictReader(StringIO(told.out, newline="")))
    assert [row["title"] for row in rows] == ["", "", "'=1+1"]
    assert rows[1]["text"] == 'A "late"\nbox'
    assert told.out.split("\r\n")[0].startswith("id,published_at")


@pytest.mark.parametrize("first", list("=+-@\t\r\n\0＝＋－＠"), ids=ascii)
def test_no_cell_begins_as_a_formula_does(first: str) -> None:
    """faults.md 43."""
    assert str(cell(f"{first}=1+1"))[0] == "'"


@given(st.text(alphabet="'=+-@＝＠ab", max_size=8))
def test_what_a_csv_shields_comes_back_as_it_was(said: str) -> None:
    """faults.md 43."""
    out = StringIO(newline="")
    csv.writer(out).writerows([["when", "text"], ["2026-11-20 10:00", cell(f"{said}z")]])
    shielded = str(cell(f"{said}z"))

    notes = read_notes(out.getvalue().encode(), "notes.csv", zone=UTC, partners={}, now=FIRST + DAYS)

    assert shielded[:1] not in "=+-@\t\r\n\0＝＋－＠"
    assert [note.text for note in notes.mentions] == [f"{said}z"]


@pytest.mark.parametrize(
    "title", ["../../etc/passwd", "CON", "a" * 300, "\u202egnp.exe", "", "?*<>|", "weekend box"]
)
def test_a_file_in_a_folder_has_a_safe_name(tmp_path: Path, title: str) -> None:
    """faults.md 45."""
    file = file_in(tmp_path, title, "csv")

    assert file.parent == tmp_path
    assert len(file.name) <= 90
    assert file.name.isascii()
    assert file.stem.casefold() != "con"
    file.touch()


def test_a_search_written_into_a_folder_is_named_after_itself(config: Path, tmp_path: Path) -> None:
    """faults.md 45."""
    told = earshot("search", "late OR ../box", "--config", config, "--format", "csv", "--output", tmp_path)

    assert told.code == 0
    assert [file.name for file in tmp_path.iterdir()] == ["late-or-box.csv"]


def test_what_is_stopped_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    """faults.md 44."""
    file = tmp_path / "found.csv"
    file.write_text("before", encoding="utf-8")

    with pytest.raises(KeyboardInterrupt), written_beside(file) as out:
        out.write(b"half")
        raise KeyboardInterrupt

    assert file.read_text("utf-8") == "before"
    assert list(tmp_path.iterdir()) == [file]


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(NeedsAttention, match="no folder"), written_beside(tmp_path / "none" / "a.csv"):
        pass


@pytest.mark.parametrize("form", [Format.json, Format.jsonl, Format.csv, Format.parquet])
def test_many_rows_are_held_no_more_than_few(tmp_path: Path, form: Format) -> None:
    """faults.md 44."""
    sizes = (5_000, 12_000) if form is Format.parquet else (300, 3_000)  # Parquet holds a group
    few, many = (_peak(tmp_path, form, size) for size in sizes)

    assert many < 1.3 * few + 100_000


def _peak(folder: Path, form: Format, n_rows: int) -> int:
    rows: Iterator[dict[str, object]] = (
        {**dict.fromkeys(COLUMNS, None), "id": str(number), "text": f"{number} " * 20}
        for number in range(n_rows)
    )
    tracemalloc.start()
    try:
        with written_beside(folder / "rows") as out:
            if form is Format.parquet:
                write_parquet(rows, list(COLUMNS), out, COLUMNS)
            else:
                stream = TextIOWrapper(out, encoding="utf-8", newline="")
                write_rows(rows, form, list(COLUMNS), stream)
                stream.detach()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_store_is_read_page_by_page(tmp_path: Path) -> None:
    """faults.md 44."""
    config = folder_of(tmp_path, [f"late box number {number}" for number in range(1_000)])
    store = open_store(f"sqlite:///{config.parent / 'earshot.db'}")
    with store.reading() as connection:
        for _ in search(connection, Query(words="late"), limit=None):  # what is kept for good is kept now
            pass
        tracemalloc.start()
        held = []
        for number, mention in enumerate(search(connection, Query(words="late"), limit=None)):
            as_row(mention, ())
            if number in (399, 999):
                gc.collect()
                held.append(tracemalloc.get_traced_memory()[0])
        tracemalloc.stop()
    store.close()

    assert held[1] < 1.2 * held[0]


@pytest.mark.long
def test_two_hundred_thousand_rows_are_written_in_the_memory_of_twenty(tmp_path: Path) -> None:
    """faults.md 44."""
    config = folder_of(
        tmp_path, [f"late box number {number}, as the others before it" for number in range(200_000)]
    )
    peaks = []
    for limit in ("20000", "200000"):
        command = [sys.executable, "-c", MEASURED, "search", "late", "--limit", limit, "--format", "csv"]
        given_ = {**os.environ, "PYTHONPATH": str(ROOT)}
        place = ["--output", str(tmp_path / f"{limit}.csv"), "--config", str(config)]
        ran = subprocess.run([*command, *place], env=given_, capture_output=True, text=True, check=True)
        peaks.append(int(ran.stderr.split()[-1]))

    assert len((tmp_path / "200000.csv").read_text("utf-8").splitlines()) == 200_001
    assert peaks[1] < peaks[0] + 30_000  # KB


MEASURED = """
import resource, sys
import cli
try:
    cli.main()
finally:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
"""


def test_an_interrupted_search_leaves_no_half_file(tmp_path: Path) -> None:
    """faults.md 44."""
    config = folder_of(tmp_path, [f"late box number {number}" for number in range(3_000)])
    out = tmp_path / "out"
    out.mkdir()
    words = ("search", "--all", "--format", "jsonl", "--output", out / "found.jsonl", "--config", config)
    log = tmp_path / "log"

    with started(*words, folder=tmp_path, log=log) as process:
        wait_until(lambda: bool(list(out.iterdir())), process, log)
        process.send_signal(signal.SIGINT)
        ended = process.wait(PATIENCE)

    assert ended != 0
    assert "Traceback" not in log.read_text("utf-8")
    assert list(out.iterdir()) == []
