"""What an export costs: its memory beside a smaller one's, its second run, and a year asked of it by DuckDB.

`python -m bench.exporting URL FOLDER` makes one in a process of its own, and prints seconds and peak memory as JSON.
"""

from __future__ import annotations

import json
import resource
import sqlite3
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from bench import filling
from bench.asking import often
from bench.clock import Clock
from bench.ingest import file_of
from storage import open_store
from storage.exports import export

YEAR = (
    "SELECT substr(CAST(published_at AS {text}), 1, 7) AS month, channel, sentiment, count(*), round(avg(score), 3) "
    "FROM {mentions} WHERE NOT by_us GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
)


def exported(url: str, folder: Path) -> Mapping[str, Any]:
    """Export a store in a process of its own; return its processor's seconds and its peak memory in MB."""
    command = [sys.executable, "-m", "bench.exporting", url, str(folder)]
    ran = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return dict(json.loads(ran.stdout))


def a_year(url: str, folder: Path) -> tuple[float, float]:
    """Return the times of a full year by month, channel and sentiment: of the export by DuckDB, and of SQLite's view.

    Both have to say the same (AssertionError).
    """
    import duckdb

    plain = YEAR.format(text="TEXT", mentions="v_mentions")
    files = f"read_parquet('{folder}/v_mentions/*/*.parquet')"
    with closing(sqlite3.connect(file_of(url))) as of_store, duckdb.connect() as duck:
        duck.execute("SET TimeZone = 'UTC'")
        ours = YEAR.format(text="VARCHAR", mentions=files)
        assert duck.execute(ours).fetchall() == of_store.execute(plain).fetchall()
        clock = Clock()
        by_duck = often(lambda: duck.execute(ours).fetchall(), clock, times=5)
        by_sqlite = often(lambda: of_store.execute(plain).fetchall(), clock, times=3)
    return by_duck, by_sqlite


def main() -> None:
    """Export once, and say what it took."""
    url, folder = sys.argv[1:]
    store = open_store(url)
    began = time.process_time()
    done = export(store, Path(folder), zone="UTC", now=filling.NOW)
    said = {
        "seconds": time.process_time() - began,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "written": len(done.written),
        "mentions": done.rows["v_mentions"],
    }
    store.close()
    print(json.dumps(said))


if __name__ == "__main__":
    main()
