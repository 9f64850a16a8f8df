"""What only a server does: it refuses a login, restarts in mid-work, has two writers at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import Connection, event, func, insert, make_url, select, text

import pipeline
from analysis.contract import Analysis
from errors import EarshotError, Interrupted, NeedsAttention, TryLater
from model import Mention, Period, Secret
from storage import alerts, claims, digests, open_store, postgresql
from storage.mentions import add_mentions
from storage.schema import audit, mentions
from storage.search import Query, search
from storage.store import Store
from tests.feeds import XML, item, rss
from tests.lines import FORUM_ID, Clock, WordsAnalyzer, a_line, feed, listening
from tests.postgres import PostgresServer, bundled, installed, running
from tests.scripted import Answer, Request, ScriptedServer
from tests.stores import NOW, a_store, said

PASSWORD = "canary-7f3a"


@pytest.fixture
def url(postgres: PostgresServer) -> Iterator[str]:
    with postgres.database() as address:
        yield address


@pytest.fixture(scope="module")
def mortal() -> Iterator[PostgresServer]:
    """A server that may be stopped, for no other test uses it."""
    with running(bundled()) as server:
        yield server


@pytest.fixture
def doomed(mortal: PostgresServer) -> Iterator[str]:
    with mortal.database() as address:
        yield address
        if mortal.process is None:
            mortal.start()


def restart(server: PostgresServer, how: signal.Signals = signal.SIGQUIT) -> None:
    server.stop(how)
    server.start()


def note(connection: Connection, what: str = "x") -> None:
    connection.execute(insert(audit).values(at=NOW, what=what, which="-", why="-"))


def notes(store: Store) -> list[str]:
    with store.reading() as connection:
        return list(connection.execute(select(audit.c.what).order_by(audit.c.id)).scalars())


def at_the_same_time(*works: Callable[[], object]) -> list[BaseException]:
    """Do each in a thread of its own; return what they raised."""
    raised: list[BaseException] = []

    def guarded(work: Callable[[], object]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - it is what the test asks about
            raised.append(error)

    threads = [threading.Thread(target=guarded, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


@pytest.mark.parametrize(
    ("user", "database", "password", "kind", "told"),
    [
        (
            "guarded",
            "postgres",
            "wrong-canary-7f3a",
            NeedsAttention,
            "put the right one into .store. password",
        ),
        ("guarded", "postgres", None, NeedsAttention, "put the right one into .store. password"),
        ("nobody-we-know", "postgres", None, NeedsAttention, "CREATE ROLE"),
        ("postgres", "no_such_place", None, NeedsAttention, "CREATE DATABASE"),
    ],
)
def test_a_login_that_is_refused_says_what_to_do_and_not_the_password(
    postgres: PostgresServer,
    user: str,
    database: str,
    password: str | None,
    kind: type[EarshotError],
    told: str,
) -> None:
    """faults.md 90."""
    postgres.command("DROP ROLE IF EXISTS guarded")
    postgres.command(f"CREATE ROLE guarded LOGIN PASSWORD '{PASSWORD}'")
    secret = None if password is None else Secret(password)

    with pytest.raises(kind, match=told) as caught:
        open_store(postgres.url(database, user=user), password=secret)

    assert "canary" not in str(caught.value)
    assert database in str(caught.value)


def test_the_right_password_opens_it(postgres: PostgresServer, url: str) -> None:
    name = str(make_url(url).database)
    postgres.command("DROP ROLE IF EXISTS guarded")
    postgres.command(f"CREATE ROLE guarded SUPERUSER LOGIN PASSWORD '{PASSWORD}'")

    store = open_store(postgres.url(name, user="guarded"), password=Secret(PASSWORD))

    assert notes(store) == []
    assert PASSWORD not in repr(store._engine.url)
    store.close()


@pytest.mark.parametrize("place", ["@127.0.0.1:1/earshot", "@/earshot?host=/no/such/folder"])
def test_a_server_that_is_not_there_may_be_there_later(place: str) -> None:
    with pytest.raises(TryLater, match="start the server"):
        open_store(f"postgresql://somebody{place}")


def test_a_database_of_somebody_else_is_refused_and_left_as_it_is(postgres: PostgresServer) -> None:
    postgres.command("DROP DATABASE IF EXISTS songs")
    postgres.command("CREATE DATABASE songs")
    postgres.command("CREATE TABLE songs (title text)", "songs")

    with pytest.raises(NeedsAttention, match="songs is a database, but no Earshot store"):
        open_store(postgres.url("songs"))

    assert postgres.command(
        "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace", "songs"
    ) == [(1,)]


def test_a_database_in_another_encoding_is_refused(postgres: PostgresServer) -> None:
    postgres.command("DROP DATABASE IF EXISTS latin")
    postgres.command("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0")

    with pytest.raises(NeedsAttention, match="latin keeps text as LATIN1"):
        open_store(postgres.url("latin"))


def test_two_that_migrate_at_once_make_one_schema(postgres: PostgresServer) -> None:
    postgres.command("DROP DATABASE IF EXISTS fresh")
    postgres.command("CREATE DATABASE fresh")

    def opened() -> None:
        open_store(postgres.url("fresh")).close()

    assert at_the_same_time(opened, opened, opened) == []


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["in order", "as by a crash"])
def test_who_comes_after_a_restart_notices_nothing(
    mortal: PostgresServer, doomed: str, how: signal.Signals
) -> None:
    """faults.md 66."""
    with a_store(doomed) as store:
        store.write(note)
        restart(mortal, how)
        store.write(note)

        assert notes(store) == ["x", "x"]


def test_who_comes_while_the_server_is_down_waits_for_it(mortal: PostgresServer, doomed: str) -> None:
    """faults.md 66."""
    with a_store(doomed) as store:
        mortal.stop()
        starting = threading.Timer(0.3, mortal.start)
        starting.start()

        store.write(note)

        starting.join()
        assert notes(store) == ["x"]


def test_a_server_that_stays_away_is_told_in_words(
    mortal: PostgresServer, doomed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "PATIENCE", 0.0)
    with a_store(doomed) as store:
        mortal.stop()

        with pytest.raises(TryLater, match="start the server"):
            store.write(note)


def test_work_that_a_restart_breaks_is_done_again_whole(mortal: PostgresServer, doomed: str) -> None:
    """faults.md 66."""
    tries: list[int] = []

    def work(connection: Connection) -> None:
        note(connection, f"first half {len(tries)}")
        tries.append(1)
        if len(tries) == 1:
            restart(mortal)
        note(connection, "second half")

    with a_store(doomed) as store:
        store.write(work)

        assert notes(store) == ["first half 1", "second half"]


def test_a_block_that_a_restart_breaks_leaves_nothing_and_says_so(
    mortal: PostgresServer, doomed: str
) -> None:
    with a_store(doomed) as store:
        with pytest.raises(Interrupted, match="done again"), store.writing() as connection:
            note(connection)
            restart(mortal)
            note(connection)

        assert notes(store) == []


def test_two_that_stand_in_each_other_s_way_both_get_through(url: str) -> None:
    """faults.md 66."""
    met = threading.Barrier(2, timeout=10)

    def work(first: str, then: str) -> Callable[[Connection], None]:
        tries: list[int] = []

        def crosswise(connection: Connection) -> None:
            tries.append(1)
            for what in (first, then):
                connection.execute(
                    text("UPDATE audit SET why = why || '.' WHERE what = :what"), {"what": what}
                )
                if len(tries) == 1 and what == first:
                    met.wait()

        return crosswise

    with a_store(url) as store:
        for what in ("a", "b"):
            store.write(partial(note, what=what))

        raised = at_the_same_time(
            lambda: store.write(work("a", "b")),
            lambda: store.write(work("b", "a")),
        )

        assert raised == []
        with store.reading() as connection:
            assert set(connection.execute(select(audit.c.why)).scalars()) == {"-.."}


def test_many_who_bring_the_same_mentions_at_once_store_each_once(url: str) -> None:
    """faults.md 31."""

    def brings(store: Store, source: int) -> Callable[[], object]:
        batch = [said(f"t3_{n}") for n in range(40)]
        return lambda: store.write(lambda connection: add_mentions(connection, source, batch, now=NOW))

    with a_store(url) as one, a_store(url) as other:
        raised = at_the_same_time(*(brings(store, source) for store in (one, other) for source in (1, 2)))

        assert raised == []
        with one.reading() as connection:
            assert connection.execute(select(func.count()).select_from(mentions)).scalar_one() == 40


def test_many_who_claim_at_once_get_different_work_and_do_not_wait(url: str) -> None:
    """faults.md 50."""
    with a_store(url) as store:
        store.write(lambda c: add_mentions(c, FORUM_ID, [said(f"t3_{n}") for n in range(6)], now=NOW))

        with store.writing() as one, store.writing() as other:
            first = claims.unanalyzed(one, now=NOW, limit=4)
            second = claims.unanalyzed(other, now=NOW, limit=4)

        assert (len(first), len(second), set(first) & set(second)) == (4, 2, set())


def test_a_digest_that_two_write_at_once_is_recorded_once(url: str) -> None:
    """faults.md 50."""
    period = Period(NOW - timedelta(days=1), NOW)
    told: list[bool] = []

    def records(connection: Connection) -> None:
        told.append(
            digests.record_digest(connection, "daily", "a@rfn.example", period, message_key="k", now=NOW)
        )

    with a_store(url) as store:
        assert at_the_same_time(*[lambda: store.write(records)] * 4) == []

    assert sorted(told) == [False, False, False, True]


class Falling(WordsAnalyzer):
    """The server goes while this one thinks; no transaction is open then."""

    server: PostgresServer

    def analyze(self, mentions: Sequence[Mention]) -> Sequence[Analysis]:
        restart(self.server)
        return WordsAnalyzer.analyze(self, mentions)


@pytest.mark.parametrize("broken", ["search_texts", "annotations", "alerts"])
def test_a_restart_in_mid_cycle_is_made_up_for_by_itself(
    mortal: PostgresServer, doomed: str, server: ScriptedServer, broken: str
) -> None:
    """faults.md 66."""
    left = [broken]

    def answer(request: Request) -> Answer:
        restart(mortal)  # while a source is read
        return Answer(headers=XML, body=rss(item(1, "The boxes came late."), item(2, "Thank you!")))

    def fall(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if left and statement.startswith((f"INSERT INTO {left[0]} ", f"COPY {left[0]} ")):
            left.clear()
            restart(mortal)

    server.route("/feed", answer)
    source = feed("blog", server.url + "/feed", partner="Northside Shelter")
    analyzer = Falling()
    analyzer.server = mortal
    with a_line(doomed, listening(source), clock=Clock(), analyzer=analyzer) as line:
        event.listen(line.store._engine, "before_cursor_execute", fall)

        done = pipeline.cycle(line)
        again = pipeline.cycle(line)

        assert left == []
        assert [result.status for result in done.collected] == ["ok"]
        assert (len(done.alerts), again.analyzed, len(again.alerts)) == (1, 0, 0)
        with line.store.reading() as connection:
            assert len(alerts.list_alerts(connection)) == 1
            assert len(list(search(connection, Query(), limit=9))) == 2


def test_it_is_the_same_on_the_server_that_this_machine_has() -> None:
    """faults.md 72."""
    binaries = installed()
    if binaries is None:
        pytest.skip(
            "no PostgreSQL of its own is installed on this machine; the one that pip brings is tested"
        )
    with running(binaries) as server, server.database() as address, a_store(address) as store:
        store.write(
            lambda connection: add_mentions(connection, FORUM_ID, [said("a"), said("b", "Nein.")], now=NOW)
        )

        with store.reading() as connection:
            found = search(connection, Query(words='"late again" box*'), limit=9)
            assert [mention.external_id for mention in found] == ["a"]
