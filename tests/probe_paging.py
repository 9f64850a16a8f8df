"""Situations: what happens between two pages."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from tests.probe import Call, Killed, Probe, nothing_befalls
from tests.probe_situation import Situation, situation
from tests.scripted import Answer

PAGING: list[Situation] = []
paging = partial(situation, PAGING, "pages")
POLLS = 6
"""Enough to end what was broken off."""
PAGE = "<!doctype html><html><head><title>Sign in</title></head><body><p>Welcome</p></body></html>"


@paging()
def more_is_said_meanwhile(probe: Probe) -> None:
    """All, once, at the latest after the next poll."""
    probe.world.say(probe.place.many)

    def befalls(call: Call) -> Answer:
        if call.page == 2:
            probe.world.say(3)
            probe.world.show()
        return call.whole()

    probe.world.befalls = befalls
    probe.hear()
    probe.world.befalls = nothing_befalls
    probe.hear()

    probe.heard_all()


@paging()
def something_goes_meanwhile(probe: Probe) -> None:
    """All that stays, once: what slid over a page's edge as well."""
    said = probe.world.say(probe.place.many)

    def befalls(call: Call) -> Answer:
        if call.page == 2:
            for each in (said[0], said[1], said[-2], said[-1]):
                each.is_gone = True
            probe.world.show()
        return call.whole()

    probe.world.befalls = befalls
    probe.hear()
    probe.world.befalls = nothing_befalls
    probe.hear()

    assert probe.missing() == []


@situation(PAGING)
def killed_at_any_step(probe: Probe) -> None:
    """All, once: a poll that is ended, a step later each time, is gone on with."""
    probe.world.say(probe.place.many)

    for looks in range(1, 60):
        probe.clock.looks_left = looks
        try:
            probe.listen(after=timedelta(hours=1))
        except Killed:
            continue
        finally:
            probe.clock.looks_left = None
        break
    probe.hear()

    probe.heard_all()


@paging()
def trouble_on_page_two(probe: Probe) -> None:
    """All, once, when the service is well again."""
    _broken_off(probe, Answer(503, body="<h1>oops</h1>"), "failing")


@paging()
def a_reset_on_page_two(probe: Probe) -> None:
    """All, once, when the service is well again."""
    _broken_off(probe, Answer(reset=True), "failing")


@paging()
def a_page_for_people_on_page_two(probe: Probe) -> None:
    """All, once, when the service is well again."""
    _broken_off(probe, Answer(headers={"Content-Type": "text/html; charset=utf-8"}, body=PAGE))


@paging()
def a_pause_asked_for_on_page_two(probe: Probe) -> None:
    """All, once, after the pause that was asked for."""
    pause = probe.place.pause(timedelta(minutes=10))
    _broken_off(probe, Answer(429, pause, "slower"), "waiting")


@paging("keys")
def a_key_refused_on_page_two(probe: Probe) -> None:
    """The source is off; all, once, when a person has put it right."""
    _broken_off(probe, Answer(401, body="refused"), "off")


def _broken_off(probe: Probe, trouble: Answer, status: str = "") -> None:
    probe.world.say(probe.place.many)
    probe.world.befalls = lambda call: trouble if call.page >= 2 else call.whole()
    told = probe.listen()
    assert told.error
    assert not status or told.status == status, told
    probe.world.befalls = nothing_befalls

    for _ in range(POLLS):
        probe.hear()

    probe.heard_all()


@paging()
def cut_off_on_page_two(probe: Probe) -> None:
    """All, once, when the answers are whole again."""
    probe.world.say(probe.place.many)

    def befalls(call: Call) -> Answer:
        whole = call.whole()
        if call.page < 2:
            return whole
        return Answer(whole.status, whole.headers, whole.content, cut_after=len(whole.content) // 2)

    probe.world.befalls = befalls
    assert probe.listen().error
    probe.world.befalls = nothing_befalls
    for _ in range(POLLS):
        probe.hear()

    probe.heard_all()


@paging("renews")
def a_session_that_ends_on_page_two(probe: Probe) -> None:
    """All, once, in the same poll: the session is renewed."""
    probe.world.say(probe.place.many)
    ended: list[int] = []

    def befalls(call: Call) -> Answer:
        if call.page == 2 and not ended:
            ended.append(call.page)
            probe.world.levers["end the session"]()
        return call.whole()

    probe.world.befalls = befalls
    probe.hear()

    assert ended
    probe.heard_all()


@paging("forgets pages")
def a_page_that_is_forgotten(probe: Probe) -> None:
    """All, once: broken off, and the page to go on from is then unknown to the service."""
    probe.world.say(probe.place.many)
    probe.world.befalls = lambda call: Answer(503) if call.page >= 2 else call.whole()
    probe.listen()
    probe.world.levers["forget the pages"]()
    probe.world.befalls = nothing_befalls

    for _ in range(POLLS):
        probe.hear()

    probe.heard_all()


@paging()
def paging_that_loops(probe: Probe) -> None:
    """The poll ends; all, once, when the service is well again."""
    _repeats(probe, 1)


@paging()
def a_page_that_repeats(probe: Probe) -> None:
    """The poll ends; all, once, when the service is well again."""
    _repeats(probe, 2)


def _repeats(probe: Probe, page: int) -> None:
    """Answer with one page again and again, from there on."""
    probe.world.say(probe.place.many)
    kept: list[Answer] = []

    def befalls(call: Call) -> Answer:
        if call.page < page:
            return call.whole()
        if not kept:
            kept.append(call.whole())
        return kept[0]

    probe.world.befalls = befalls
    probe.listen()
    probe.world.befalls = nothing_befalls
    for _ in range(POLLS):
        probe.hear()

    probe.heard_all()
