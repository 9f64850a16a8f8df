"""Many sources due at once: all are read, no host bears more than its share, and whoever tells people is not held up.

``python -m bench.collect crowd`` does it with ten thousand.
"""

from __future__ import annotations

import threading
import urllib.request
from pathlib import Path

from bench.collect import served
from bench.feeds import address
from model import Settings, Source
from stages.collect import MOST_WAITING, collect
from stages.match import match
from stages.turns import PER_HOST
from tests.lines import a_line
from tests.stores import US

CROWD = MOST_WAITING + 100  # more than may wait for their turn


def test_a_crowd_on_three_hosts_is_read_with_no_host_above_its_share(tmp_path: Path) -> None:
    """faults.md 22."""
    with served(CROWD, "--entries", "1", "--latency", "0.005") as port:
        urls = [f"http://{address(2 * (n % 3))}:{port}/feeds/{n}" for n in range(CROWD)]
        sources = tuple(Source(name=url, channel="rss", settings={"url": url}) for url in urls)
        told, done = [], threading.Event()
        with a_line(tmp_path, Settings(organisation=US, store_url="", sources=sources)) as line:

            def tell() -> None:
                while not done.is_set():
                    told.append(match(line))

            telling = threading.Thread(target=tell)
            telling.start()
            read = collect(line)
            told_meanwhile = len(told)
            done.set()
            telling.join()
        most = int(urllib.request.urlopen(f"http://{address(0)}:{port}/most").read())

    assert [each.source for each in read if each.status == "ok"] == sorted(urls)
    assert sum(each.new for each in read) == CROWD
    assert most <= PER_HOST
    assert told_meanwhile > 10
