"""Channel matrix before a homeserver that misbehaves, which a real one does not do on demand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.contract import Reach
from collectors.matrix import MOST_PAGES, Matrix
from collectors.matrix.place import Gap, Place
from collectors.matrix.wire import read_event
from collectors.matrix.wiring import found_address
from errors import EarshotError, NeedsAttention, TryLater
from model import Secret
from net.addresses import LOOPBACK_ONLY, PUBLIC
from net.http import Http
from tests import matrix_people
from tests.matrix_people import heard, skipped, texts
from tests.matrix_service import API, JSON, Homeserver, good, refused
from tests.scripted import Answer, ScriptedServer

NOW = datetime(2026, 5, 20, 9, 30, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[Homeserver]:
    with Homeserver() as running:
        yield running


@pytest.fixture
def place(server: Homeserver) -> Iterator[matrix_people.Place]:
    played = server.place()
    with closing(played.http):
        yield played


def failing(place: matrix_people.Place, room: str) -> EarshotError:
    with pytest.raises(EarshotError) as error:
        place.read(place.collector(room))
    assert "canary" not in f"{error.value!r} {error.value.__cause__!r}"
    return error.value


@pytest.mark.parametrize(
    ("answer", "after"),
    [
        (refused(429, "M_LIMIT_EXCEEDED", retry_after_ms=302_000), timedelta(seconds=302)),
        (refused(429, "M_LIMIT_EXCEEDED", retry_after_ms=10**15), timedelta(days=1)),
        (refused(429, "M_LIMIT_EXCEEDED", retry_after_ms=-5), timedelta(0)),
        (refused(429, "M_LIMIT_EXCEEDED", retry_after_ms="soon"), None),
        (Answer(429, JSON, '{"retry_after_ms": NaN}'), None),
        (Answer(429, {**JSON, "Retry-After": "60"}, '{"retry_after_ms": 5}'), timedelta(seconds=60)),
        (Answer(503, {"Retry-After": "30"}, "down"), timedelta(seconds=30)),
    ],
)
def test_a_pause_is_passed_on_in_each_form_and_never_slept(
    server: Homeserver, place: matrix_people.Place, answer: Answer, after: timedelta | None
) -> None:
    """faults.md 16: matrix-nio by itself tries a 429 again for ever."""
    room = place.room()
    server.instead = answer

    error = failing(place, room)

    assert isinstance(error, TryLater)
    assert error.after == after


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, JSON, "[1, 2]"),
        Answer(200, JSON, "{}"),
        Answer(200, JSON, '{"joined_rooms": 7}'),
        Answer(200, JSON, "[" * 100_000),
        Answer(200, JSON, '{"next_batch": 5, "joined_rooms": ["!a:b"]}'),
        Answer(200, {"Content-Type": "text/html"}, "<h1>Sign in</h1>"),
        Answer(200, JSON, b"\xff\xfe"),
    ],
)
def test_an_answer_that_makes_no_sense_is_tried_later(
    server: Homeserver, place: matrix_people.Place, answer: Answer
) -> None:
    """faults.md 21."""
    server.instead = answer

    assert isinstance(failing(place, "!a:b"), TryLater)


def test_a_code_is_shown_and_the_servers_words_are_not(
    server: Homeserver, place: matrix_people.Place
) -> None:
    """faults.md 90."""
    server.instead = Answer(
        403, JSON, json.dumps({"errcode": "M_CONSENT_NOT_GIVEN", "error": "canary \n words"})
    )

    error = failing(place, "!a:b")

    assert isinstance(error, NeedsAttention)
    assert "M_CONSENT_NOT_GIVEN" in str(error)


def test_a_token_that_expires_on_page_two_loses_nothing(
    server: Homeserver, place: matrix_people.Place
) -> None:
    """faults.md 24."""
    room = place.room()
    cursor = place.read(place.collector(room))[-1].cursor
    for number in range(150):
        place.ana.say(room, f"Message {number}.")
    batches = place.collector(room).collect(cursor, place.reach())
    first = next(batches)
    server.instead = refused(401, "M_UNKNOWN_TOKEN", soft_logout=True)

    with pytest.raises(NeedsAttention, match="M_UNKNOWN_TOKEN"):
        next(batches)
    server.instead = None

    assert len(heard([first, *place.read(place.collector(room), first.cursor)])) == 150


def test_a_room_that_closes_while_its_gap_is_read_does_not_stop_the_others(
    server: Homeserver, place: matrix_people.Place
) -> None:
    one, another = place.room(), place.room()
    cursor = place.read(place.collector(one, another))[-1].cursor
    for number in range(120):
        place.ana.say(one, f"One {number}.")
        place.ana.say(another, f"Another {number}.")
    batches = place.collector(one, another).collect(cursor, place.reach())
    first = next(batches)
    place.listener.leave(one)

    rest = list(batches)

    assert sum(text.startswith("Another") for text in texts([first, *rest])) == 120
    assert any("may not be read" in words for words in skipped(rest))


def test_pages_that_repeat_are_told_and_left(server: Homeserver, place: matrix_people.Place) -> None:
    """faults.md 25."""
    room = place.room()
    for number in range(120):
        place.ana.say(room, f"Message {number}.")
    tokens = ["b", "c", "b", "c"]
    pages = [good({"chunk": [], "start": "a", "end": token}) for token in tokens]
    page = iter(pages)
    asked = server.answer
    server.answer = lambda request: next(page) if request.path.endswith("/messages") else asked(request)  # type: ignore[method-assign]

    batches = place.read(place.collector(room))

    assert [words for words in skipped(batches) if "repeat" in words]
    assert "gaps" not in batches[-1].cursor
    assert len(list(page)) == 1


def test_a_long_gap_is_read_over_several_polls(server: Homeserver, place: matrix_people.Place) -> None:
    """faults.md 25, 34: each answer leads on to another one."""
    room = place.room()
    cursor = place.read(place.collector(room))[-1].cursor
    for number in range(120):
        place.ana.say(room, f"Message {number}.")
    counted = [0]
    asked = server.answer

    def endless(request: Any) -> Answer:
        if not request.path.endswith("/messages"):
            return asked(request)
        counted[0] += 1
        return good({"chunk": [], "start": "a", "end": f"token-{counted[0]}"})

    server.answer = endless  # type: ignore[method-assign]

    first = place.read(place.collector(room), cursor)
    second = place.read(place.collector(room), first[-1].cursor)

    assert len(first) == len(second) == MOST_PAGES + 1
    assert "gaps" in second[-1].cursor


def test_one_message_that_makes_no_sense_does_not_stop_the_others(
    server: Homeserver, place: matrix_people.Place
) -> None:
    """faults.md 28."""
    room = place.room()
    odd: list[Any] = [
        {},
        {"msgtype": 5},
        {"msgtype": "m.text"},
        {"msgtype": "m.text", "body": 17},
        "text",
        None,
    ]
    odd += [{"msgtype": "m.text", "body": "x", "m.relates_to": each} for each in ("no", {"m.in_reply_to": 5})]
    for content in odd:
        server.add(room, "@odd:fake.example", "m.room.message", content)
    server.add(room, "@odd:fake.example", "m.room.message", {"body": "when?"}, origin_server_ts="noon")
    server.add(room, "@odd:fake.example", "m.room.redaction", {"redacts": ["$a"]})
    place.ana.say(room, "Fine.")

    batches = place.read(place.collector(room))

    assert texts(batches) == ["x", "x", "Fine."]
    assert skipped(batches)


def test_an_edit_of_something_that_cannot_be_read_does_not_stop_the_others(
    server: Homeserver, place: matrix_people.Place
) -> None:
    """faults.md 28."""
    room = place.room()
    odd = server.add(room, "@odd:fake.example", "m.room.message", {"body": "when?"}, origin_server_ts="noon")
    cursor = place.read(place.collector(room))[-1].cursor
    place.ana.edit(room, odd, "then")
    place.ana.edit(room, "$elsewhere", "there")
    place.ana.say(room, "Fine.")

    assert texts(place.read(place.collector(room), cursor)) == ["Fine."]


def test_dates_that_cannot_be_are_none(server: Homeserver, place: matrix_people.Place) -> None:
    """faults.md 32: a sender's server says what it likes."""
    room = place.room()
    for moment in (0, -5, 10**18, True):
        content = {"msgtype": "m.text", "body": str(moment)}
        server.add(room, "@odd:fake.example", "m.room.message", content, origin_server_ts=moment)

    mentions = heard(place.read(place.collector(room))).values()

    assert [mention.published_at for mention in mentions] == [None] * 4


def test_an_alias_that_means_another_room_by_now_is_asked_for_again(
    server: Homeserver, place: matrix_people.Place
) -> None:
    """faults.md 31: a room was upgraded, and its name went over to the new one."""
    old, new = place.room(alias="square"), place.room()
    cursor = place.read(place.collector("#square:fake.example"))[-1].cursor
    server.aliases["#square:fake.example"] = new
    place.ana.say(new, "Here now.")
    place.listener.leave(old)

    assert texts(place.read(place.collector("#square:fake.example"), cursor)) == ["Here now."]


def test_what_speaks_no_matrix_at_all(server: Homeserver) -> None:
    with ScriptedServer() as other:
        collector = Matrix(
            homeserver="x.example", base_url=other.url, access_token=Secret("t"), rooms=("!a:b",)
        )
        with pytest.raises(TryLater) as error:
            list(collector.collect({}, Reach(http=Http(LOOPBACK_ONLY), now=lambda: NOW, ours={})))

    assert error.value.missing


def test_the_homeserver_obeys_the_address_rules_like_any_other() -> None:
    """faults.md 1, 8: aiohttp, which nio would use, opens no connection."""
    collector = Matrix(
        homeserver="x.example", base_url="http://127.0.0.1:8008", access_token=Secret("t"), rooms=("!a:b",)
    )

    with pytest.raises(NeedsAttention, match="private address refused"):
        list(collector.collect({}, Reach(http=Http(PUBLIC), now=lambda: NOW, ours={})))


def test_a_redirect_elsewhere_does_not_get_the_token(server: Homeserver, place: matrix_people.Place) -> None:
    """faults.md 14."""
    with ScriptedServer() as other:
        other.route(f"{API}joined_rooms", Answer(200, JSON, '{"joined_rooms": []}'))
        server.instead = Answer(302, {"Location": f"{other.url}{API}joined_rooms"})
        with pytest.raises(EarshotError):
            place.read(place.collector("!a:b"))

    assert "authorization" not in other.requests[0].headers


@pytest.mark.parametrize(
    ("answer", "address"),
    [
        (
            Answer(200, JSON, '{"m.homeserver": {"base_url": "https://api.x.example/"}}'),
            "https://api.x.example",
        ),
        (Answer(404), None),
    ],
)
def test_a_homeserver_says_where_its_api_is(answer: Answer, address: str | None) -> None:
    with ScriptedServer(tls=True) as tls:
        tls.route("/.well-known/matrix/client", answer)
        name = f"127.0.0.1:{tls.port}"
        http = Http(LOOPBACK_ONLY, authorities=tls.certificate)
        with closing(http):
            found = found_address(name, http, now=NOW)

    assert found == (address or f"https://{name}")


@pytest.mark.parametrize("body", ["<html>", "{}", '{"m.homeserver": {"base_url": "http://x.example"}}'])
def test_a_homeserver_that_says_nothing_of_use_waits_for_a_person(body: str) -> None:
    with ScriptedServer(tls=True) as tls:
        tls.route("/.well-known/matrix/client", Answer(200, JSON, body))
        http = Http(LOOPBACK_ONLY, authorities=tls.certificate)
        with closing(http), pytest.raises(NeedsAttention, match="set base_url"):
            found_address(f"127.0.0.1:{tls.port}", http, now=NOW)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"homeserver": "https://matrix.org"}, "homeserver"),
        ({"rooms": ()}, "at least one"),
        ({"rooms": ("general",)}, "neither an id"),
    ],
)
def test_settings_that_cannot_be_are_told(changed: dict[str, Any], words: str) -> None:
    settings: dict[str, Any] = {"homeserver": "matrix.org", "access_token": Secret("t"), "rooms": ("#a:b",)}

    with pytest.raises(ValueError, match=words):
        Matrix(**{**settings, **changed})


def test_nothing_that_somebody_says_reaches_the_log(
    server: Homeserver, place: matrix_people.Place, caplog: pytest.LogCaptureFixture
) -> None:
    """faults.md 91: nio writes to its log what it cannot check."""
    room = place.room()
    caplog.set_level("DEBUG")
    server.add(room, "odd", "m.room.message", {"body": "canary-words"}, event_id=5)
    place.ana.say(room, "canary-words too")

    place.read(place.collector(room))

    assert not [record for record in caplog.records if "canary" in record.getMessage()]


_Gaps = st.builds(
    Gap, st.text(), st.none() | st.text(), st.none() | st.text(), st.none() | st.integers(1, 10)
)


@given(st.none() | st.text(), st.dictionaries(st.text(), st.text()), st.lists(_Gaps))
def test_a_place_comes_back_from_the_store_as_it_went(
    since: str | None, rooms: dict[str, str], gaps: list[Gap]
) -> None:
    place = Place(since, rooms, tuple(gaps))

    assert Place.of(json.loads(json.dumps(place.cursor()))) == place


_Json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
_EVENTS = st.fixed_dictionaries(
    {"type": st.sampled_from(["m.room.message", "m.room.redaction", "m.room.tombstone", "m.room.encrypted"])},
    optional={
        "event_id": st.just("$a") | _Json,
        "sender": st.just("@a:b") | _Json,
        "content": _Json
        | st.fixed_dictionaries(
            {"msgtype": st.sampled_from(["m.text", "m.image"]), "body": _Json},
            optional={
                "m.relates_to": _Json,
                "m.new_content": _Json,
                "formatted_body": _Json,
                "filename": _Json,
            },
        ),
        "origin_server_ts": _Json,
        "unsigned": _Json,
        "redacts": _Json,
    },
)


@given(_EVENTS | _Json)
def test_whatever_a_homeserver_sends_has_a_meaning_or_a_reason(event: object) -> None:
    """faults.md 28."""
    try:
        read_event(event, "!a:b", "x.example", now=NOW)
    except ValueError as error:
        reason = str(error)
    else:
        reason = "it has none"
    assert " " in reason
