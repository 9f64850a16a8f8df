"""Situations: an answer that is none. Nothing is lost by it, nothing made up, and the source says how it is."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from stages.collect import Collected, collect
from tests.probe import FIRST, MOMENT, Call, Probe, nothing_befalls
from tests.probe_paging import PAGE
from tests.probe_situation import Situation, situation
from tests.scripted import Answer

FAULTS: list[Situation] = []
faults = partial(situation, FAULTS)
LONGEST = timedelta(hours=24, minutes=5)
"""A day, and what is added by chance so that not all come back at one moment."""


def _meets(probe: Probe, answer: Answer) -> Collected:
    """Have three things heard, then this in place of an answer; what was heard stays as it is."""
    probe.world.say(3)
    probe.hear()
    before = probe.kept()
    probe.world.say(1)
    probe.world.befalls = lambda _call: answer
    told = probe.listen()
    probe.world.befalls = nothing_befalls
    assert probe.kept() == before
    return told


def _is_well_again(probe: Probe) -> None:
    probe.hear(after=LONGEST)
    probe.heard_all()
    assert probe.state().status == "ok"


def _fails(probe: Probe, answer: Answer) -> None:
    told = _meets(probe, answer)
    assert told.error
    assert told.next_attempt_at is None or told.next_attempt_at > probe.clock.at
    _is_well_again(probe)


def _is_not_asked(probe: Probe) -> None:
    """Check that a round that nobody forces leaves the source alone."""
    probe.world.n_pages = 0
    collect(probe.line, names=None)
    assert probe.world.n_pages == 0


@faults()
def a_pause_is_asked_for(probe: Probe) -> None:
    """Nothing is asked before the pause is over (429); then all."""
    told = _meets(probe, Answer(429, probe.place.pause(timedelta(minutes=30)), "slower"))

    assert told.status == "waiting"
    assert told.next_attempt_at is not None
    assert told.next_attempt_at >= probe.clock.at + timedelta(minutes=30)
    probe.clock.forward(timedelta(minutes=29))
    _is_not_asked(probe)
    _is_well_again(probe)


@faults()
def too_many_requests_without_a_time(probe: Probe) -> None:
    """All, when the service is well again (429)."""
    _fails(probe, Answer(429, body="slower"))


@faults("http")
def a_pause_in_nonsense(probe: Probe) -> None:
    """All, when the service is well again (Retry-After: soon)."""
    _fails(probe, Answer(429, {"Retry-After": "soon"}, "slower"))


@faults()
def a_pause_of_ten_years(probe: Probe) -> None:
    """All, after a day at the latest."""
    told = _meets(probe, Answer(429, probe.place.pause(timedelta(days=3650)), "slower"))

    assert told.next_attempt_at is not None
    assert told.next_attempt_at <= probe.clock.at + LONGEST
    _is_well_again(probe)


@faults("quota")
def no_request_left(probe: Probe) -> None:
    """What came with the answer; nothing is asked until the quota is there again; then all."""
    probe.world.say(3)
    probe.world.requests_left = 0
    probe.hear()
    probe.heard_all()
    probe.clock.forward(MOMENT)
    _is_not_asked(probe)
    probe.world.requests_left = None
    probe.world.say(1)

    _is_well_again(probe)


@faults()
def the_service_is_down(probe: Probe) -> None:
    """All, when the service is well again (503)."""
    _fails(probe, Answer(503, body="<h1>oops</h1>"))


@faults()
def the_service_has_a_fault(probe: Probe) -> None:
    """All, when the service is well again (500)."""
    _fails(probe, Answer(500, {"Content-Type": "text/html"}, "<h1>oops</h1>"))


@faults()
def a_body_cut_off(probe: Probe) -> None:
    """All, when the answers are whole again."""
    probe.world.say(3)
    probe.hear()
    before = probe.kept()
    probe.world.say(1)
    probe.world.befalls = _cut
    assert probe.listen().error
    assert probe.kept() == before
    probe.world.befalls = nothing_befalls

    _is_well_again(probe)


def _cut(call: Call) -> Answer:
    whole = call.whole()
    body = whole.content or b"{" * 200
    return Answer(200, whole.headers, body, cut_after=min(100, len(body) // 2))


@faults()
def a_connection_that_is_reset(probe: Probe) -> None:
    """All, when the service is well again."""
    _fails(probe, Answer(reset=True))


@faults()
def a_page_for_people(probe: Probe) -> None:
    """Nothing is made of it; all, when the service is well again (200, HTML)."""
    _fails(probe, Answer(headers={"Content-Type": "text/html; charset=utf-8"}, body=PAGE))


@faults()
def an_empty_answer(probe: Probe) -> None:
    """Nothing is made of it; all, when the service is well again (200, no byte)."""
    _fails(probe, Answer())


@faults("http")
def a_body_that_is_not_gzip(probe: Probe) -> None:
    """All, when the service is well again."""
    _fails(probe, Answer(headers={"Content-Encoding": "gzip"}, body="this is not gzip"))


@faults("http")
def nothing_has_changed_says_who_was_not_asked(probe: Probe) -> None:
    """All, when the service is well again (304 without a question)."""
    probe.world.say(2)
    probe.world.befalls = lambda _call: Answer(304)
    probe.listen()
    assert probe.kept() == []
    probe.world.befalls = nothing_befalls

    _is_well_again(probe)


@faults("http")
def a_redirect_in_a_circle(probe: Probe) -> None:
    """All, when the service is well again."""
    probe.world.say(3)
    probe.hear()
    probe.world.say(1)
    probe.world.befalls = lambda call: Answer(302, {"Location": call.asked.path})
    assert probe.listen().error
    probe.world.befalls = nothing_befalls

    _is_well_again(probe)


@faults("json")
def json_of_another_shape(probe: Probe) -> None:
    """Nothing is made of it; all, when the service is well again."""
    probe.world.say(3)
    probe.hear()
    before = probe.kept()
    probe.world.say(1)
    for body in ("null", "{}", "[]", "7", '"words"', "[[[]]]", '{"data": 7, "items": {}, "posts": "x"}'):
        answer = Answer(headers={"Content-Type": "application/json"}, body=body)
        probe.world.befalls = lambda _call, answer=answer: answer  # type: ignore[misc]
        probe.listen(after=timedelta(hours=1))
        assert probe.kept() == before
    probe.world.befalls = nothing_befalls

    _is_well_again(probe)


@faults()
def missing_for_two_days(probe: Probe) -> None:
    """All, and no person was asked (404)."""
    told = _missing(probe, days=2)

    assert told.status == "failing"
    _is_well_again(probe)


@faults()
def missing_for_three_days(probe: Probe) -> None:
    """The source is off and is not asked; all, when a person has put it right (404)."""
    told = _missing(probe, days=3)

    assert (told.status, told.next_attempt_at) == ("off", None)
    probe.clock.forward(timedelta(days=2))
    _is_not_asked(probe)
    _is_well_again(probe)


def _missing(probe: Probe, *, days: int) -> Collected:
    told = _meets(probe, Answer(404, body="not found"))
    assert told.status == "failing"
    probe.world.befalls = lambda _call: Answer(404, body="not found")
    for _ in range(days):
        told = probe.listen(after=timedelta(days=1))
    probe.world.befalls = nothing_befalls
    return told


@faults()
def gone_for_good(probe: Probe) -> None:
    """The source is off and is not asked; all, when a person has put it right (410)."""
    _is_off(probe, 410)


@faults()
def a_key_that_is_refused(probe: Probe) -> None:
    """The source is off and is not asked; all, when a person has put it right (401)."""
    _is_off(probe, 401)


@faults()
def a_place_that_is_closed_to_us(probe: Probe) -> None:
    """The source is off and is not asked; all, when a person has put it right (403)."""
    _is_off(probe, 403)


def _is_off(probe: Probe, status: int) -> None:
    told = _meets(probe, Answer(status, body="refused"))

    assert (told.status, told.next_attempt_at) == ("off", None)
    assert probe.state(FIRST).reason == told.error
    probe.clock.forward(MOMENT + timedelta(days=1))
    _is_not_asked(probe)
    _is_well_again(probe)
