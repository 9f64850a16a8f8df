"""A feed without an end, in the first stage: cut at the cap, told of its source, and nobody else's trouble."""

from __future__ import annotations

import gzip
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest

from net.addresses import LOOPBACK_ONLY
from net.http import Http
from stages.collect import collect
from storage.sources import source_states
from tests.feeds import XML, item, rss
from tests.lines import Clock, a_line, by_id, feed, listening
from tests.scripted import Answer, ScriptedServer
from tests.stores import Place

CAP = 4 << 20
BEGINNING = rss(item(1)).removesuffix("</channel></rss>").encode()
"""A feed that is good so far: nothing of it may be stored."""
WORDS = b"<!-- and so on -->" * (CAP // 16)
TOO_LARGE = {
    "announced": Answer(headers=XML, body=BEGINNING + WORDS),
    "chunked": Answer(headers=XML, body=BEGINNING + WORDS, chunked=True),
    "endless": Answer(headers=XML, body=BEGINNING, endless=True),
    "packed": Answer(headers={**XML, "Content-Encoding": "gzip"}, body=gzip.compress(BEGINNING + WORDS)),
}
REASON = "answers with more than 4 MiB; give a smaller page or feed"


def serve(server: ScriptedServer) -> list[str]:
    """Have a good feed among those that are too large; return the names of all."""
    for name, answer in TOO_LARGE.items():
        server.route(f"/{name}", answer)
    server.route("/good", Answer(headers=XML, body=rss(item(7))))
    return [*TOO_LARGE, "good"]


def test_what_is_too_large_is_told_of_its_source_and_the_others_are_read(
    store_url: Place, server: ScriptedServer
) -> None:
    """faults.md 10 and 11."""
    names, clock = serve(server), Clock()
    configured = listening(*(feed(name, f"{server.url}/{name}") for name in names))

    with a_line(store_url, configured, clock=clock) as given:
        line = replace(given, http=Http(LOOPBACK_ONLY, max_bytes=CAP))
        told = {result.source: result for result in collect(line)}
        clock.forward(configured.sources[0].every)
        again = collect(line)
        line.http.close()
        with line.store.reading() as connection:
            states = {state.name: state for state in source_states(connection)}

        assert [mention.title for mention in by_id(line).values()] == ["Post 7"]
    for name in TOO_LARGE:
        state = states[name]
        assert (state.status, state.next_attempt_at, state.last_success_at) == ("off", None, None)
        assert state.reason == told[name].error == f"{server.url}/{name} {REASON}"
        assert len(server.asked(f"/{name}")) == 1
    assert (told["good"].status, told["good"].new, states["good"].status) == ("ok", 1, "ok")
    assert [(each.source, each.status) for each in again] == [("good", "ok")]


@pytest.mark.parametrize("name", TOO_LARGE)
def test_to_read_what_is_too_large_takes_less_than_twice_the_cap(
    tmp_path: Path, server: ScriptedServer, name: str
) -> None:
    """faults.md 10 and 11."""
    serve(server)
    with a_line(
        tmp_path, listening(feed("good", f"{server.url}/good"), feed(name, f"{server.url}/{name}"))
    ) as given:
        line = replace(given, http=Http(LOOPBACK_ONLY, max_bytes=CAP))
        collect(line, names=["good"])  # what is kept from the first reading on is none of the body

        tracemalloc.start()
        (told,) = collect(line, names=[name])
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

        line.http.close()
    assert told.status == "off"
    assert peak < 2 * CAP
