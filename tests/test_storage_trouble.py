"""Full disks, read-only files, network drives, and many at once: told in words, nothing damaged, readers go on."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import func, select

from errors import NeedsAttention, TryLater
from storage import backups, mounts, open_store
from storage.mentions import add_mentions
from storage.migrations import HEAD
from storage.mounts import kind_of
from storage.schema import mentions
from storage.store import Store
from tests.busy_store import run_together
from tests.lines import FORUM_ID
from tests.old_store import asked, sound
from tests.processes import ROOT, environment
from tests.stores import NOW, a_store, said

FULL = """
import resource, sys
from errors import EarshotError
from tests.lines import FORUM_ID
from tests.stores import NOW, said
from storage import open_store
from storage.mentions import add_mentions
store = open_store(sys.argv[1])
if len(sys.argv) > 2:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
for n in range(500):
    try:
        with store.writing() as connection:
            add_mentions(connection, FORUM_ID, [said(f"{n}-{m}", "word " * 500) for m in (1, 2)], now=NOW)
    except EarshotError as error:
        print(n, error)
        break
with store.reading() as connection:  # readers go on
    print(connection.exec_driver_sql("SELECT count(*) FROM mentions").scalar())
"""


def count(store: Store) -> int:
    with store.reading() as connection:
        return connection.execute(select(func.count()).select_from(mentions)).scalar_one()


def filled(url: str, *limit: int) -> tuple[int, int, str]:
    """Write until it is full; return the batches committed, the mentions read then, and what was told."""
    command = [sys.executable, "-c", FULL, url, *map(str, limit)]
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    n, _, told = first.partition(" ")
    return int(n), int(second), told


def test_a_full_disk_is_told_and_nothing_committed_is_lost(tmp_path: Path) -> None:
    """faults.md 64."""
    with a_store(tmp_path):
        pass

    committed, read, told = filled(f"sqlite:///{tmp_path / 'earshot.db'}", 900_000)

    assert "earshot.db" in told
    assert "disk" in told
    assert read == 2 * committed > 0
    with a_store(tmp_path) as store:  # there is room again
        assert count(store) == 2 * committed
    assert sound(tmp_path / "earshot.db") == HEAD


@pytest.mark.long
def test_a_file_system_that_is_full_loses_nothing(tmp_path: Path) -> None:
    """faults.md 64."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)]
    if subprocess.run(mounting, capture_output=True, check=False).returncode != 0:
        pytest.skip("only root may mount a small file system")
    try:
        with a_store(disk):
            pass
        committed, read, told = filled(f"sqlite:///{disk / 'earshot.db'}")

        assert "make room" in told
        assert read == 2 * committed > 0
        assert sound(disk / "earshot.db") == HEAD
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_store_that_may_not_be_written_is_told_and_is_read_on(tmp_path: Path) -> None:
    """faults.md 64."""
    heard = [said("a"), said("b")]
    with a_store(tmp_path) as store:
        store.write(partial(add_mentions, source_id=FORUM_ID, heard=heard[:1], now=NOW))
        with store.reading() as connection:
            connection.exec_driver_sql("PRAGMA query_only = ON")  # whoever writes next has this connection

        with pytest.raises(TryLater, match="readonly.*let whoever runs Earshot write"):
            store.write(partial(add_mentions, source_id=FORUM_ID, heard=heard, now=NOW))

        assert count(store) == 1


@pytest.mark.long
def test_a_file_system_that_is_read_only_is_told_and_nothing_is_damaged(tmp_path: Path) -> None:
    """faults.md 64."""
    disk, view = tmp_path / "disk", tmp_path / "view"
    disk.mkdir()
    view.mkdir()
    with a_store(disk) as store:
        store.write(partial(add_mentions, source_id=FORUM_ID, heard=[said("a")], now=NOW))
    if subprocess.run(["mount", "--bind", str(disk), str(view)], capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a folder")
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", str(view)], check=True)

        with pytest.raises(TryLater, match="let whoever runs Earshot"):
            open_store(
                f"sqlite:///{view / 'earshot.db'}"
            )  # nobody has it open: not even a reader's log can be made
        with a_store(disk) as store:  # somebody has, who may write
            seen = open_store(f"sqlite:///{view / 'earshot.db'}")
            read = count(seen)
            with pytest.raises(TryLater, match="let whoever runs Earshot write"):
                seen.write(partial(add_mentions, source_id=FORUM_ID, heard=[said("b")], now=NOW))
            seen.close()
            store.write(partial(add_mentions, source_id=FORUM_ID, heard=[said("c")], now=NOW))

            assert (read, count(store)) == (1, 2)
        assert sound(disk / "earshot.db") == HEAD
    finally:
        subprocess.run(["umount", str(view)], check=True)


@pytest.mark.parametrize(
    ("kind", "refused"), [("nfs4", True), ("cifs", True), ("ext4", False), ("overlay", False)]
)
def test_a_store_on_a_network_drive_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, refused: bool
) -> None:
    """faults.md 74."""
    table = tmp_path / "mountinfo"
    table.write_text(
        f"1 0 0:1 / / rw - ext4 /dev/a rw\n2 1 0:2 / {tmp_path} rw shared:1 - {kind} nas:/ rw\nodd\n"
    )
    monkeypatch.setattr(mounts, "MOUNTS", table)  # what the system says, not our code

    if refused:
        with pytest.raises(NeedsAttention, match=f"network drive .{kind}.*PostgreSQL"):
            open_store(f"sqlite:///{tmp_path / 'earshot.db'}")
        assert not (tmp_path / "earshot.db").exists()
    else:
        open_store(f"sqlite:///{tmp_path / 'earshot.db'}").close()


def test_where_the_system_tells_nothing_of_drives_a_store_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mounts, "MOUNTS", tmp_path / "no such file")

    assert mounts.network_drive(tmp_path) is None
    assert kind_of("", tmp_path) is None


def test_two_processes_write_and_twenty_readers_read(store_url: str, tmp_path: Path) -> None:
    """faults.md 65."""
    with a_store(store_url) as store:
        written = run_together(store_url, tmp_path, readers=20, most=10, seconds=0)

        assert count(store) == written == 40


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_two_processes_write_and_twenty_readers_read_for_a_minute(store_url: str, tmp_path: Path) -> None:
    """faults.md 65. docs/kills.md keeps the result."""
    with a_store(store_url) as store:
        written = run_together(store_url, tmp_path, readers=20, most=1, seconds=60)

        print(f"{written} mentions written")  # noqa: T201
        assert count(store) == written


def beside_backups(folder: Path, *, readers: int, most: int, seconds: float) -> list[backups.Backup]:
    """Take one backup after the other while others write and read; AssertionError where one is not of one moment."""
    file, made = folder / "earshot.db", list[backups.Backup]()
    with a_store(folder) as store:
        written = run_together(
            f"sqlite:///{file}",
            folder,
            readers=readers,
            most=most,
            seconds=seconds,
            beside=lambda n: made.append(backups.back_up(file, folder / f"{n}.db")),
        )
        assert count(store) == written
    for each in made:
        assert sound(each.file) == HEAD
        for name in ("a", "b"):  # of each writer all up to a moment, both of a batch, and nothing after it
            heard = asked(each.file, f"SELECT external_id FROM mentions WHERE external_id LIKE '{name}-%'")
            batches = {f"{name}-{n}-{m}" for n in range(1, len(heard) // 2 + 1) for m in (1, 2)}
            assert {row[0] for row in heard} == batches
    backups.put_back(made[-1].file, file, newest_schema=HEAD, now=NOW)
    with a_store(folder) as store:
        assert count(store) == made[-1].rows["mentions"]
    return made


def test_backups_are_made_while_two_processes_write_and_others_read(tmp_path: Path) -> None:
    """faults.md 65 and 68."""
    made = beside_backups(tmp_path, readers=2, most=10, seconds=0)

    assert made != []


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_backups_are_made_for_half_a_minute_while_others_write_and_read(tmp_path: Path) -> None:
    """faults.md 65 and 68. docs/kills.md keeps the result."""
    made = beside_backups(tmp_path, readers=20, most=1, seconds=30)

    rows = [each.rows["mentions"] for each in made]
    print(f"{len(made)} backups, of {rows[0]} to {rows[-1]} mentions")  # noqa: T201
    assert rows == sorted(rows)
