"""kill -9 at any hand-over, again and again: each letter arrives, and a repeat is known by the id of the first."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from email import message_from_bytes, policy
from pathlib import Path
from random import Random

import pytest

from delivery.mailbox import received_mail
from delivery.message import message_id
from delivery.webhook import identity
from model import Message
from storage import outbox
from tests.killed_letters import configured
from tests.lines import a_line
from tests.scripted import Answer, ScriptedServer
from tests.stores import NOW

ROOT = Path(__file__).resolve().parent.parent


def letters(count: int) -> list[Message]:
    return [
        Message(
            key=f"alert/r/alert-{n}/{to}", recipient=to, kind="alert", subject=f"{n}", text="Words.",
            headers={"Message-ID": message_id(f"alert/r/alert-{n}/{to}", "rfn.example")},
        )
        for n in range(count)
        for to in (f"mailto:r{n}@x.example", "transport:desk")
    ]  # fmt: skip


def by_mail(folder: Path) -> Counter[str]:
    found = [message_from_bytes(path.read_bytes(), policy=policy.strict) for path in folder.glob("*.eml")]
    return Counter(str(each["Message-ID"]) for each in found)


def by_hook(server: ScriptedServer) -> Counter[str]:
    """Return how often each letter was posted whole; a kill may cut one off, and nobody would take that."""
    whole = (each for each in server.asked("/hook") if int(each.headers["content-length"]) == len(each.body))
    return Counter(str(json.loads(each.body)["data"]["id"]) for each in whole)


def killed_again_and_again(
    store_url: str, folder: Path, server: ScriptedServer, random: Random, count: int
) -> None:
    """Start the sender until it comes to its end, and look at what arrived."""
    server.route("/hook", Answer(204))
    asked = letters(count)
    kills = 0
    with received_mail(folder / "mail") as port:
        with a_line(store_url, configured()) as line, line.store.writing() as connection:
            for letter in asked:
                outbox.put(connection, letter, [], now=NOW)
        while True:
            n, when = random.randrange(1, 6), random.choice(("before", "after"))
            command = [
                sys.executable,
                "-m",
                "tests.killed_letters",
                store_url,
                str(port),
                f"{server.url}/hook",
            ]
            ended = subprocess.run(
                [*command, str(n), when], cwd=ROOT, check=False, capture_output=True, timeout=60
            )
            if ended.returncode == 0:
                break
            assert ended.returncode == -9, ended.stderr.decode()
            kills += 1
            assert kills < 20 * count, "it never comes to an end"
    mailed, posted = by_mail(folder / "mail"), by_hook(server)
    assert set(mailed) == {message_id(each.key, "rfn.example") for each in asked if "@" in each.recipient}
    assert set(posted) == {identity(each) for each in asked if "@" not in each.recipient}
    again = sum(mailed.values()) + sum(posted.values()) - len(asked)
    assert kills > 0
    assert again <= 2 * kills  # each way has at most one letter in hand when the process is killed
    with a_line(store_url, configured()) as line, line.store.reading() as connection:
        assert outbox.outbox_counts(connection) == {"sent": len(asked)}


def test_each_letter_arrives_however_often_the_sender_is_killed(
    store_url: str, tmp_path: Path, server: ScriptedServer
) -> None:
    """faults.md 49."""
    killed_again_and_again(store_url, tmp_path, server, Random(3), count=2)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", range(5))
def test_each_letter_arrives_through_many_kills(
    store_url: str, tmp_path: Path, server: ScriptedServer, seed: int
) -> None:
    """faults.md 49."""
    killed_again_and_again(store_url, tmp_path, server, Random(seed), count=15)
