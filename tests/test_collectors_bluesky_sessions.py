"""Channel bluesky: how rarely it signs in, and that no session stands open where others read."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from threading import Barrier, BrokenBarrierError

import pytest

from collectors.bluesky.client import Account, Client
from collectors.bluesky.sessions import for_cursor, forget_sessions, of_cursor
from errors import TryLater
from model import Cursor, Json, Secret
from tests.bluesky_service import (
    DID,
    PASSWORD,
    POSTS,
    REFRESH,
    SEARCH,
    SIGN_IN,
    BlueskyService,
    bluesky,
    heard,
    minutes_ago,
    post,
    reach,
    read,
    uri_of,
)
from tests.scripted import Answer, Request, ScriptedServer


@pytest.fixture(autouse=True)
def new_process() -> None:
    forget_sessions()


@pytest.fixture
def service(server: ScriptedServer) -> BlueskyService:
    return BlueskyService(server)


def test_signs_in_once_for_a_process_and_once_for_a_cursor(
    server: ScriptedServer, service: BlueskyService
) -> None:
    first = read(bluesky(server))
    read(bluesky(server))
    forget_sessions()

    read(bluesky(server), first[-1].cursor)

    assert len(server.asked(SIGN_IN)) == 1
    assert "canary" not in json.dumps(first[-1].cursor)


def test_a_session_is_safe_before_anything_is_read_by_it(
    server: ScriptedServer, service: BlueskyService
) -> None:
    server.route(SEARCH, Answer(503))
    reading = bluesky(server).collect({}, reach())

    cursor = next(reading).cursor
    del reading
    forget_sessions()
    BlueskyService.__post_init__(service)
    read(bluesky(server), cursor)

    assert len(server.asked(SIGN_IN)) == 1


def test_a_process_that_only_asks_again_signs_in_by_the_session_that_a_reading_kept(
    server: ScriptedServer, service: BlueskyService
) -> None:
    service.posts = [post(1)]
    cursor = read(bluesky(server))[-1].cursor
    forget_sessions()

    told = bluesky(server).recheck([uri_of(1)], replace(reach(), cursor=cursor))

    assert [mention.external_id for mention in told.edited] == [uri_of(1)]
    assert told.cursor is None
    assert (len(server.asked(SIGN_IN)), len(server.asked(REFRESH))) == (1, 0)


def test_a_session_that_is_renewed_while_asking_again_is_handed_back_for_the_next_process(
    server: ScriptedServer, service: BlueskyService
) -> None:
    service.posts = [post(1)]
    cursor = read(bluesky(server))[-1].cursor
    forget_sessions()
    service.expire()

    renewed = bluesky(server).recheck([uri_of(1)], replace(reach(), cursor=cursor)).cursor
    forget_sessions()

    assert renewed is not None
    assert {**renewed, "session": None} == {**cursor, "session": None}
    assert bluesky(server).recheck([uri_of(1)], replace(reach(), cursor=renewed)).cursor is None
    read(bluesky(server), renewed)
    assert (len(server.asked(SIGN_IN)), len(server.asked(REFRESH))) == (1, 1)


def test_a_session_that_is_made_and_then_not_answered_is_handed_back_and_not_made_again(
    server: ScriptedServer, service: BlueskyService
) -> None:
    """Seen on a real network: both tokens over, the search down, and each process of a timetable signed in."""
    service.posts = [post(1)]
    cursor = read(bluesky(server))[-1].cursor
    service.made += 5
    service.expire()
    server.route(POSTS, service.get_posts, Answer(502))
    server.route(SEARCH, service.search, Answer(502))
    forget_sessions()

    told = bluesky(server).recheck([uri_of(1)], replace(reach(), cursor=cursor))
    forget_sessions()

    assert told.cursor is not None
    assert "trouble of its own" in str(told.error)
    again = bluesky(server).recheck([uri_of(1)], replace(reach(), cursor=told.cursor))
    assert "trouble of its own" in str(again.error)
    assert again.cursor is None
    assert len(server.asked(SIGN_IN)) == 2


def test_a_session_that_is_made_in_a_reading_that_fails_is_safe_all_the_same(
    server: ScriptedServer, service: BlueskyService
) -> None:
    cursor = read(bluesky(server))[-1].cursor
    service.made += 5
    service.expire()
    server.route(SEARCH, service.search, Answer(502))
    forget_sessions()

    reading = bluesky(server).collect(cursor, reach())
    renewed = next(reading).cursor
    with pytest.raises(TryLater, match="trouble of its own"):
        next(reading)
    forget_sessions()

    assert {**renewed, "session": None} == {**cursor, "session": None}
    with pytest.raises(TryLater, match="trouble of its own"):
        read(bluesky(server), renewed)
    assert len(server.asked(SIGN_IN)) == 2


@pytest.mark.parametrize("is_over", [False, True], ids=["at first", "both tokens over"])
def test_sources_of_one_account_that_are_read_at_once_sign_in_once(
    server: ScriptedServer, service: BlueskyService, is_over: bool
) -> None:
    cursor = read(bluesky(server))[-1].cursor if is_over else {}
    forget_sessions()
    service.made += 5
    service.expire()
    before, both = len(server.asked(SIGN_IN)), Barrier(2)

    def slowly(asked: Request) -> Answer:
        with suppress(BrokenBarrierError):
            both.wait(0.5)  # until the other one asks as well, if it does
        return service.sign_in(asked)

    server.route(SIGN_IN, slowly)

    with ThreadPoolExecutor(2) as readers:
        one, other = readers.map(lambda _: read(bluesky(server), cursor), range(2))

    assert len(server.asked(SIGN_IN)) - before == 1
    assert session_in(one[-1].cursor, server) == session_in(other[-1].cursor, server)


def test_a_reading_goes_on_by_the_session_that_another_came_to_meanwhile(
    server: ScriptedServer, service: BlueskyService
) -> None:
    account = Account("rfn.example", Secret(PASSWORD), server.url)
    one, other = Client(account, reach()), Client(account, reach())
    one.sign_in()

    other.search({"q": "food", "limit": 100})
    service.expire()
    one.search({"q": "food", "limit": 100})
    other.search({"q": "food", "limit": 100})

    assert (len(server.asked(SIGN_IN)), len(server.asked(REFRESH))) == (1, 1)


def test_a_session_that_ends_on_page_two_is_refreshed_once_and_nothing_is_lost(
    server: ScriptedServer, service: BlueskyService
) -> None:
    """faults.md 24."""
    service.size = 10
    service.posts = [post(number, at=minutes_ago(number)) for number in range(15)]
    reading = bluesky(server).collect({}, reach())
    kept = [next(reading), next(reading)]
    service.expire()

    kept += reading

    assert len(heard(kept)) == 15
    assert (len(server.asked(SIGN_IN)), len(server.asked(REFRESH))) == (1, 1)
    assert "access-2" in (session_in(kept[-1].cursor, server) or "")


def test_where_the_refresh_is_refused_it_signs_in_anew(
    server: ScriptedServer, service: BlueskyService
) -> None:
    service.posts = [post(1)]
    cursor = read(bluesky(server))[-1].cursor
    forget_sessions()
    service.made += 5
    service.expire()

    read(bluesky(server), cursor)

    assert (len(server.asked(SIGN_IN)), len(server.asked(REFRESH))) == (2, 1)


def test_a_session_is_not_used_for_another_account_or_server(
    server: ScriptedServer, service: BlueskyService
) -> None:
    cursor = read(bluesky(server))[-1].cursor
    forget_sessions()

    read(bluesky(server, handle="another.example"), cursor)

    assert len(server.asked(SIGN_IN)) == 2


def session_in(cursor: Cursor, server: ScriptedServer, password: Secret | None = None) -> str | None:
    source = bluesky(server)
    return of_cursor(cursor, server.url, source.handle, password or source.app_password)


def test_no_token_stands_in_a_cursor_and_the_next_process_still_need_not_sign_in(
    server: ScriptedServer, service: BlueskyService
) -> None:
    """faults.md 90."""
    service.posts = [post(1)]
    first = read(bluesky(server))[-1].cursor
    forget_sessions()

    second = read(bluesky(server), first)[-1].cursor

    assert len(server.asked(SIGN_IN)) == 1
    assert "access-1" in (session_in(first, server) or "")
    assert session_in(first, server, Secret("a guess")) is None
    assert not re.search("access-|refresh-", json.dumps([first, second]))
    assert second["session"] == first["session"]  # sealing anew would change the cursor at each reading


@pytest.mark.parametrize("session", ["", "a:::b", "a:::b:::c:::d:::ftp://x", "\ud800"])
@pytest.mark.parametrize("sealed", [True, False], ids=["sealed", "as older versions kept it"])
def test_a_cursor_whose_session_cannot_be_read_signs_in(
    server: ScriptedServer, service: BlueskyService, session: str, sealed: bool
) -> None:
    source = bluesky(server)
    told: Json = {"of": f"{source.handle} at {server.url}", "string": session, "sealed": session}
    if sealed and session.isascii():
        told = for_cursor(session, server.url, source.handle, source.app_password)

    cursor = read(source, {"session": told})[-1].cursor

    assert len(server.asked(SIGN_IN)) == 1
    assert session_in(cursor, server)
    assert "string" not in json.dumps(cursor)


def test_the_account_s_own_server_is_asked_where_the_sign_in_names_it(
    server: ScriptedServer, service: BlueskyService
) -> None:
    with ScriptedServer() as own:
        there = BlueskyService(own, posts=[post(1)], valid={"access-1"})
        service.did_doc = {
            "@context": ["https://www.w3.org/ns/did/v1"],
            "id": DID,
            "service": [
                {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": own.url}
            ],
        }

        batches = read(bluesky(server))

    assert heard(batches) == [uri_of(1)]
    assert there.server.asked(SEARCH)
    assert not server.asked(SEARCH)
