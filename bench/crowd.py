"""Ten thousand sources due at once: how long whoever tells people waits meanwhile.

`python -m bench.crowd FEEDS PORT FOLDER` prints one line of JSON. Beside the reading, one thread does again and again
what the scheduler does every two seconds: it claims what is to be matched and sent, and finds nothing.
"""

from __future__ import annotations

import json
import resource
import sys
import threading
import time
import urllib.request
from pathlib import Path

from bench.contenders import earshot_line
from bench.feeds import address, feed_url
from pipeline import Line, collect, match, send

BETWEEN = 0.5


def tell(line: Line, until: threading.Event, waits: list[float]) -> None:
    """Look for what is to be told until all is read; note how long each look took."""
    while not until.wait(BETWEEN):
        began = time.perf_counter()
        match(line)
        send(line)
        waits.append(time.perf_counter() - began)


def main(feeds: int, port: int, folder: Path) -> None:
    """Read all that is due, as the scheduler does, and tell meanwhile."""
    line, _ = earshot_line([feed_url(number, port) for number in range(feeds)], folder)
    done, waits = threading.Event(), [0.0]
    telling = threading.Thread(target=tell, args=(line, done, waits))
    telling.start()
    began = time.perf_counter()
    read = collect(line)
    took = time.perf_counter() - began
    done.set()
    telling.join()
    failed = [each for each in read if each.status != "ok"]
    if failed or len(read) != feeds:
        raise SystemExit(f"{len(read)} of {feeds} read, {len(failed)} failed: {failed[:1]}")
    most = int(urllib.request.urlopen(f"http://{address(0)}:{port}/most").read())
    waits.sort()
    said = {
        "sources": feeds,
        "seconds": took,
        "longest_wait": waits[-1],
        "usual_wait": waits[len(waits) // 2],
        "most_at_one_host": most,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps(said))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
