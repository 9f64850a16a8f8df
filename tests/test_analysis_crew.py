"""Worker processes: what they find comes back in order, and one that dies takes nothing with it."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from analysis import shared_lines
from analysis.contract import Analysis
from analysis.crew import Crew, mention_crew
from analysis.lines import analyze_lines
from analysis.shared_lines import answer_stream, line_crew, read_blocks
from errors import TryLater
from model import Mention
from stages import analyze as stage
from stages.analyze import analyze
from storage import claims, schema
from tests.crews import Worker, cannot_be_opened
from tests.lines import a_line, by_id, hear
from tests.stores import said

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def crew() -> Iterator[Crew[Mention, Analysis]]:
    with closing(mention_crew(Worker, workers=2)) as opened:
        yield opened


def texts(*words: str) -> list[Mention]:
    return [Mention(channel="x", external_id=word, text=word) for word in words]


def needs(found: Sequence[Analysis]) -> list[str | None]:
    return [None if one.failed else one.annotations[0].label for one in found]


def test_results_come_in_order_from_several_processes(crew: Crew[Mention, Analysis]) -> None:
    batches = [[f"{'x' * at}" for at in range(start, start + 3)] for start in range(9)]

    workers: set[str | None] = set()
    while len(workers) < 2:  # one may do all of it while the other starts
        found = [future.result() for future in [crew.submit(texts(*batch)) for batch in batches]]

        assert [needs(one) for one in found] == [[str(len(word)) for word in batch] for batch in batches]
        workers |= {one.annotations[1].label for some in found for one in some}
    assert str(os.getpid()) not in workers


@pytest.mark.parametrize("poison", ["kill", "bug"])
@pytest.mark.filterwarnings("ignore")
def test_a_text_that_kills_its_worker_takes_no_neighbour_with_it(
    crew: Crew[Mention, Analysis], poison: str
) -> None:
    """faults.md 36."""
    found = crew.submit(texts("a", poison, "bcd")).result()

    assert needs(found) == ["1", None, "3"]
    assert needs(crew.submit(texts("ab")).result()) == ["2"]


def test_a_worker_that_somebody_kills_is_replaced_and_nothing_is_lost(
    crew: Crew[Mention, Analysis], tmp_path: Path
) -> None:
    dies_once = f"once {tmp_path / 'died'}"

    assert needs(crew.submit(texts("a", dies_once)).result()) == ["1", str(len(dies_once))]


def test_workers_that_cannot_be_opened_are_told_in_words() -> None:
    with (
        closing(mention_crew(cannot_be_opened, workers=1)) as opened,
        pytest.raises(TryLater, match="want of memory"),
    ):
        opened.submit(texts("a")).result()


def test_the_stage_shares_what_is_much_and_tags_each_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "MUCH", stage.ANALYZED_AT_ONCE)
    n = 3 * stage.ANALYZED_AT_ONCE + 5
    with a_line(tmp_path, analyzer=Worker()) as line:
        shared = replace(line, crew=partial(mention_crew, Worker, workers=2))
        # the oldest, so that a worker meets it
        hear(line, said("t3_kill", "kill"), *[said(f"t3_{row}", "x" * row) for row in range(n)])

        assert analyze(shared) == n + 1

        versions = select(schema.mentions.c.analyzed_as)
        with line.store.reading() as connection:
            found = connection.execute(versions).scalars().all()
        tagged = {name: mention.annotations for name, mention in by_id(line).items()}
    assert set(found) == {"worker 1", claims.failed("worker 1")}
    assert tagged.pop("t3_kill") == ()
    assert all(one[0].label == name.removeprefix("t3_") for name, one in tagged.items())
    assert {one[1].label for one in tagged.values()} > {str(os.getpid())}


def test_a_stage_whose_crew_cannot_work_gives_its_claims_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "MUCH", 0)
    with a_line(tmp_path, analyzer=Worker()) as line:
        hear(line, said("t3_a"))

        with pytest.raises(TryLater):
            analyze(replace(line, crew=partial(mention_crew, cannot_be_opened, workers=1)))

        assert analyze(line) == 1


def lines(n: int) -> bytes:
    return b"".join(json.dumps({"id": row, "text": "x" * row}).encode() + b"\n" for row in range(n))


def answered(stream: shared_lines.Stream, **crew: object) -> list[str]:
    team = partial(line_crew, Worker, (), workers=2) if crew else None
    with closing(answer_stream(stream, Worker(), (), team)) as found:
        return [answer for some in found for answer in some]


def test_a_long_stream_is_answered_as_one_process_would(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_lines, "MUCH", 50)
    monkeypatch.setattr(shared_lines, "BLOCK", 4_000)
    said_of = lines(300) + b"\n\nnot JSON\n" + lines(20)

    alone = [json.loads(answer) for answer in analyze_lines(said_of.decode().split("\n"), Worker(), ())]
    shared = [json.loads(answer) for answer in answered(io.BytesIO(said_of), shared=True)]

    assert shared == alone
    assert len(shared) == 321


def test_a_line_that_kills_is_answered_with_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_lines, "MUCH", 1)
    monkeypatch.setattr(shared_lines, "BLOCK", 64)
    poisoned = lines(3) + b'{"id": 9, "text": "kill"}\n' + lines(2)

    found = [json.loads(answer) for answer in answered(io.BytesIO(poisoned), shared=True)]

    assert [one.get("error", "")[:7] for one in found] == ["", "", "", "line 4:", "", ""]


@given(st.binary(max_size=300), st.integers(1, 40))
def test_blocks_hold_every_line_once_however_they_arrive(said_of: bytes, size: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shared_lines, "BLOCK", size)

        found = [line for block in read_blocks(io.BytesIO(said_of)) for line in block]

    whole = said_of.split(b"\n")
    wanted = [line.decode("utf-8", "replace") for line in (whole if whole[-1] else whole[:-1])]
    assert found == list(enumerate(wanted, 1))


HEAD = """
import sys
from contextlib import closing
from functools import partial
from analysis import shared_lines
from analysis.shared_lines import answer_stream, line_crew
from commands.printing import until_the_reader_has_enough
from tests.crews import Worker
import typer
shared_lines.MUCH = {much}
team = partial(line_crew, Worker, (), workers=2)
if __name__ == "__main__":
    try:
        with until_the_reader_has_enough(), closing(answer_stream(sys.stdin.buffer, Worker(), (), team)) as found:
            for some in found:
                print("\\n".join(some), flush=True)
    except typer.Exit as end:
        sys.exit(end.exit_code)
"""


@pytest.mark.parametrize("much", [1_000_000, 20])
def test_a_pipe_is_answered_while_it_is_open_and_its_reader_may_go(tmp_path: Path, much: int) -> None:
    script = tmp_path / "head.py"
    script.write_text(HEAD.format(much=much), encoding="utf-8")
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    # without a buffer, so that closing the pipe has nothing left to write
    where = {"bufsize": 0, "cwd": ROOT, "env": {**os.environ, "PYTHONPATH": str(ROOT)}}
    with subprocess.Popen([sys.executable, script], **pipes, **where) as head:  # type: ignore[call-overload]
        head.stdin.write(lines(1))
        head.stdin.flush()

        assert json.loads(head.stdout.readline())["id"] == 0  # the pipe is still open

        head.stdout.close()
        endless = threading.Thread(target=_write_on, args=(head.stdin,), daemon=True)
        endless.start()
        assert head.wait() == 0
        assert head.stderr.read() == b""
        endless.join()


def _write_on(pipe: io.FileIO) -> None:
    try:
        while True:
            pipe.write(lines(50))
    except OSError:
        return


MANY = """
import itertools, json, resource, sys
from contextlib import closing
from functools import partial
from analysis.shared_lines import answer_stream, line_crew
from tests.crews import Worker

class Lines:
    left = {n}
    def read1(self, size):
        some, self.left = min(self.left, 500), max(0, self.left - 500)
        return b"".join(b'{{"id": %d, "text": "late again"}}\\n' % row for row in range(some))

if __name__ == "__main__":
    held, answered = [], 0
    with closing(answer_stream(Lines(), Worker(), (), partial(line_crew, Worker, (), workers=2))) as found:
        for some in found:
            answered += len(some)
            if answered >= {n} // 4 * (len(held) + 1):
                held.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    print(json.dumps([answered, held]))
"""


@pytest.mark.parametrize("n", [40_000, pytest.param(1_000_000, marks=pytest.mark.long)])
def test_a_long_stream_takes_no_more_memory_than_a_short_one(tmp_path: Path, n: int) -> None:
    script = tmp_path / "many.py"
    script.write_text(MANY.format(n=n), encoding="utf-8")
    where: dict[str, Any] = {"cwd": ROOT, "env": {**os.environ, "PYTHONPATH": str(ROOT)}}

    ran = subprocess.run([sys.executable, script], check=True, capture_output=True, **where)

    answered, held = json.loads(ran.stdout)
    assert answered == n
    assert held[-1] < 1.2 * held[0]
