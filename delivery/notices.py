"""What Earshot says of itself: a way out that is dead, a source that is off, work that is stuck, and a trial."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from delivery.facts import Letter
from delivery.words import day_and_time, how_long, words
from model import MAIL, Organisation


def dead_way_letter(
    organisation: Organisation, way: str, *, since: datetime, reason: str, now: datetime, left: int
) -> Letter:
    """Return what is told of a way that has not worked since then. left: letters for it that wait or have failed."""
    w = words(organisation.languages[0])
    named = way_name(way)
    zone = ZoneInfo(organisation.timezone)
    subject = w.gettext("Earshot: {way} has not worked for {time}").format(
        way=named, time=how_long(now - since, w)
    )
    lines = [
        w.gettext("No letter has left by {way} since {moment}.").format(
            way=named, moment=day_and_time(since, zone, w)
        ),
        w.gettext("The last reason: {reason}").format(reason=reason),
        w.ngettext("{n} letter waits or has failed.", "{n} letters wait or have failed.", left).format(
            n=left
        ),
        w.gettext(
            "It is tried again by itself, but ever more rarely. When it is mended: earshot doctor --send-test"
        ),
    ]
    return Letter(subject=subject, text="\n\n".join(lines) + "\n", html="")


def sources_off_letter(organisation: Organisation, off: Mapping[str, str], *, now: datetime) -> Letter:
    """Return what is told of sources that are not read any more until a person acts: why, by their names."""
    w = words(organisation.languages[0])
    zone = ZoneInfo(organisation.timezone)
    subject = w.ngettext(
        "Earshot no longer listens to {source}", "Earshot no longer listens to {n} sources", len(off)
    ).format(source=next(iter(off)), n=len(off))
    lines = [
        w.gettext("Since {moment} nothing is heard from here, until somebody acts:").format(
            moment=day_and_time(now, zone, w)
        ),
        *(f"{name}: {reason}" for name, reason in off.items()),
        w.gettext("When it is mended: earshot source resume NAME"),
    ]
    return Letter(subject=subject, text="\n\n".join(lines) + "\n", html="")


def stuck_letter(
    organisation: Organisation, work: Literal["listen", "tell"], *, since: datetime, now: datetime
) -> Letter:
    """Return what is told of work that has not got on since then, though Earshot runs."""
    w = words(organisation.languages[0])
    if work == "listen":
        subject = w.gettext("Earshot has not listened for {time}")
        what = w.gettext("Nothing new has been heard since {moment}: the reading of sources does not get on.")
    else:
        subject = w.gettext("Earshot has raised no alerts for {time}")
        what = w.gettext("What was heard since {moment} has raised no alerts: the analysis does not get on.")
    moment = day_and_time(since, ZoneInfo(organisation.timezone), w)
    lines = [
        what.format(moment=moment),
        w.gettext(
            "Nothing is lost. Look at Earshot's log, and start it again; earshot doctor tells what waits."
        ),
    ]
    subject = subject.format(time=how_long(now - since, w))
    return Letter(subject=subject, text="\n\n".join(lines) + "\n", html="")


def trial_letter(organisation: Organisation, way: str, *, now: datetime) -> Letter:
    """Return the letter of `earshot doctor --send-test`."""
    w = words(organisation.languages[0])
    zone = ZoneInfo(organisation.timezone)
    subject = w.gettext("Earshot: a test of {way}").format(way=way_name(way))
    text = w.gettext(
        "Somebody at {organisation} asked Earshot on {moment} whether letters arrive here. They do; nothing else is "
        "to be done."
    ).format(organisation=organisation.name, moment=day_and_time(now, zone, w))
    return Letter(subject=subject, text=f"{text}\n", html="")


def way_name(way: str) -> str:
    """Return a way out as people know it."""
    return "e-mail" if way == MAIL else f"“{way}”"


def failing_for(since: datetime, now: datetime) -> str:
    """Return how long a way has failed, in English, for a report."""
    return how_long(max(now - since, timedelta()), words("en"))
