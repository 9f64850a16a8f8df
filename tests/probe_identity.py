"""Situations: what is the same, and what is another."""

from __future__ import annotations

from functools import partial

from stages.stories import place_stories
from tests.probe import SECOND, Call, Probe
from tests.probe_situation import Situation, situation
from tests.scripted import Answer

IDENTITY: list[Situation] = []
identity = partial(situation, IDENTITY)


@identity()
def listed_twice(probe: Probe) -> None:
    """Once."""
    probe.world.say(3)[1].times = 2

    probe.hear()
    probe.hear()

    probe.heard_all()


@identity("shared ids")
def met_by_two_sources(probe: Probe) -> None:
    """Once, with both sources' names."""
    probe.world.say(3)

    probe.hear()
    probe.hear(SECOND)

    probe.heard_all()
    assert {each.sources for each in probe.standing()} == {("first", "second")}


@identity()
def copied_elsewhere(probe: Probe) -> None:
    """Two mentions of one story."""
    words = "Riverside has moved its weekend boxes to the old mill, from ten to twelve each Saturday morning."
    (one,) = probe.world.say(1, text=words)
    probe.hear()
    (other,) = probe.world.say(1, text=words, author="somebody_else")

    probe.hear()
    with probe.line.store.writing() as connection:
        place_stories(connection, probe.standing())  # as the analysis does

    first, second = probe.standing()
    assert first.story_id == second.story_id == first.id
    assert (one.text in first.text + first.title, other.text in second.text + second.title) == (True, True)


@identity("ids by hand")
def an_id_given_to_two_things(probe: Probe) -> None:
    """Both, each once, and neither is an edit of the other."""
    probe.world.say(2)
    probe.hear()
    probe.world.say(1)
    probe.world.levers["reuse an id"]()

    probe.hear()
    probe.hear()

    probe.heard_all()
    assert [probe.earlier(each) for each in probe.standing()] == [[], [], []]


@identity("ids by hand")
def an_id_that_became_https(probe: Probe) -> None:
    """Once."""
    probe.world.say(3)
    probe.hear()
    probe.world.levers["write https"]()

    probe.hear()

    probe.heard_all()


@identity("numbered anew")
def everything_is_numbered_anew(probe: Probe) -> None:
    """Once, and what is new as well."""
    probe.world.say(3)
    probe.hear()
    probe.world.levers["number anew"]()
    probe.world.say(1)

    probe.hear()

    probe.heard_all()


@identity("http")
def moved_for_good(probe: Probe) -> None:
    """What stood there, once, and what is said at the new address (301)."""
    probe.world.say(3)
    probe.hear()
    probe.world.say(2)

    def befalls(call: Call) -> Answer:
        if "moved" in call.asked.query:
            return call.whole()
        asked = "&".join(f"{name}={value}" for name, values in call.asked.query.items() for value in values)
        return Answer(301, {"Location": f"{call.asked.path}?{asked}&moved=1".replace(" ", "%20")})

    probe.world.befalls = befalls

    probe.hear()
    probe.hear()

    probe.heard_all()
