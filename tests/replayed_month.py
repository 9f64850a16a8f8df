"""A month of the demo's community by a scripted clock; `python -m tests.replayed_month` writes the tables of it.

What the town says besides its concerns is spread over the month, each place in its own rhythm; the events of
tests/data/planted_month.toml are put between. Tags are those that were written by hand beside each text (the truth of
the demo), so that what is tried are the rules and not the analysis; and beside them those of the fast model, so
that it is seen what really fires.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import collectors
import config
from analysis import open_analyzer
from analysis.contract import Analysis, Analyzer
from collectors.demo import truth
from collectors.demo.items import Item, Place, external_id, link, places
from model import Alert, Annotation, Author, Mention, Reason, Rule, Settings
from net.addresses import LOOPBACK_ONLY
from net.http import Http
from stages.analyze import analyze
from stages.line import Line
from stages.match import match
from storage import open_store
from storage.mentions import add_mentions
from storage.provision import provision
from storage.schema import sources

PLANTED = Path(__file__).parent / "data" / "planted_month.toml"
PAGE = Path(__file__).resolve().parent.parent / "docs" / "alerts.md"
START = "<!-- The month, written by `python -m tests.replayed_month`. -->\n"
END = "<!-- The end of the month. -->\n"
MODEL_START = "<!-- The month by the fast model, written by `python -m tests.replayed_month`. -->\n"
MODEL_END = "<!-- The end of the month by the fast model. -->\n"
BEGIN = datetime(2026, 10, 12, tzinfo=UTC)
DAYS = 30
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
LOOK_EVERY = 6 * HOUR
TEAM = ("mailto:team@rfn.example",)
RULES = (
    Rule(name="a partner raises a concern", when="concern", from_whom="partners", notify=TEAM),
    Rule(name="a rush", when="spike", notify=TEAM),
    Rule(name="a partner grows unhappy", when="sentiment", each="partner", notify=TEAM),
    Rule(name="a partner goes quiet", when="silence", notify=TEAM),
)


@dataclass(frozen=True, slots=True)
class Said:
    """One thing said in the month: where, when, and what is true of it."""

    at: datetime
    place: str
    mention: Mention
    sentiment: str
    concern: bool


@dataclass(frozen=True, slots=True)
class Event:
    """What was planted, when it began, and the kind of rule that must fire on it."""

    kind: str
    at: datetime
    what: str


@dataclass(slots=True)
class ByHand:
    """Tags each text as it was tagged by hand."""

    said: dict[str, Said]
    name: str = "by hand"
    version: str = "by hand 1"

    def analyze(self, mentions: Sequence[Mention]) -> Sequence[Analysis]:
        return [self._tags(self.said[mention.external_id]) for mention in mentions]

    def _tags(self, said: Said) -> Analysis:
        words = said.mention.text.split(". ")[0]
        because = (Reason("text", 0, len(words), words, 1.0),)
        tags = [
            Annotation(kind="sentiment", label=said.sentiment, confidence=1.0, because=because),
            Annotation(
                kind="concern", label="yes" if said.concern else "no", confidence=1.0, because=because
            ),
        ]
        return Analysis(said.mention.lang or "en", tuple(tags))


def planted() -> dict[str, Any]:
    """Return what is planted, as it is written."""
    return tomllib.loads(PLANTED.read_text(encoding="utf-8"))


def events() -> list[Event]:
    """Return what was planted, in the order of time."""
    script = planted()
    found = [
        Event("concern", BEGIN + each["day"] * DAY, f"{_place(each['place']).partner} raises a concern")
        for each in script["concern"]
    ]
    rush, mood, quiet = script["spike"], script["sentiment"], script["silence"]
    n_rush, n_mood = len(rush["texts"]), len(mood["texts"])
    found += [
        Event(
            "spike",
            BEGIN + rush["day"] * DAY,
            f"{n_rush} people speak of a power cut within {rush['minutes']} minutes",
        ),
        Event(
            "sentiment",
            BEGIN + mood["day"] * DAY,
            f"{_place(mood['place']).partner} has {n_mood} bad days in a row",
        ),
        Event("silence", BEGIN + quiet["until"] * DAY, f"{_place(quiet['place']).partner} says nothing more"),
    ]
    return sorted(found, key=lambda event: event.at)


def month() -> list[Said]:
    """Return all that is said, in the order of time."""
    script, chance = planted(), Random(30)
    said: list[Said] = []
    for place in places():
        items = [item for item in place.items if not (item.concern or (item.then and item.then.concern))]
        items.sort(key=lambda item: -item.ago)
        last = script["silence"]["until"] if place.name == script["silence"]["place"] else DAYS
        last = script["sentiment"]["day"] if place.name == script["sentiment"]["place"] else last
        for number, item in enumerate(items):
            day = (number + chance.uniform(0.2, 0.8)) * last / len(items)
            said.append(_of_the_town(place, item, BEGIN + day * DAY))
    for each in script["concern"]:
        place = _place(each["place"])
        said.append(_of_the_town(place, place.item(each["item"]), BEGIN + each["day"] * DAY))
    rush, mood = script["spike"], script["sentiment"]
    step = rush["minutes"] * MINUTE / len(rush["texts"])
    for n, text in enumerate(rush["texts"]):
        said.append(
            _written(rush, f"rush{n}", f"neighbour{n}", text, rush["day"] * DAY + n * step, "neutral")
        )
    for n, text in enumerate(mood["texts"]):
        at = (mood["day"] + n * mood["every"]) * DAY
        said.append(_written(mood, f"mood{n}", "", text, at, "negative"))
    return sorted(said, key=lambda one: (one.at, one.mention.external_id))


def replayed(said: Sequence[Said], analyzer: Analyzer | None = None) -> list[Alert]:
    """Let the month pass and return what fired, in the order of time; ``analyzer``: another one than by hand."""
    clock = [BEGIN]
    tagger = analyzer or ByHand({one.mention.external_id: one for one in said})
    with _line(tagger, clock) as line:
        with line.store.reading() as connection:
            rows = {row.name: row.id for row in connection.execute(sources.select())}
        looks = {BEGIN + n * LOOK_EVERY for n in range(int(DAYS * DAY / LOOK_EVERY) + 1)}
        waiting, fired = list(said), []
        for now in sorted(looks | {one.at + MINUTE for one in said}):
            clock[0] = now
            while waiting and waiting[0].at <= now:
                one = waiting.pop(0)
                with line.store.writing() as connection:
                    add_mentions(connection, rows[one.place], [one.mention], now=now)
            analyze(line)
            fired += match(line)
        return fired


def fast() -> Analyzer:
    """Return the fast tier as a new installation has it, for the demo's organisation and partners."""
    with TemporaryDirectory() as folder:
        settings = town(Path(folder))
    return open_analyzer(
        settings.organisation, settings.partners, missed_concern_costs=settings.missed_concern_costs
    )


def paired(fired: Sequence[Alert]) -> tuple[list[tuple[Event, list[Alert]]], list[Alert]]:
    """Return each event with the alert that tells of it, if one does, and the alerts that tell of none.

    A concern is told by an alert that quotes it; anything else by the first one of its kind after it began.
    """
    left, found = list(fired), []
    for event in events():
        mine = [alert for alert in left if _tells(alert, event)][:1]
        left = [alert for alert in left if alert not in mine]
        found.append((event, mine))
    return found, left


def _tells(alert: Alert, event: Event) -> bool:
    if alert.kind != event.kind or alert.fired_at < event.at:
        return False
    return event.kind != "concern" or alert.fired_at < event.at + HOUR


def by_the_model(fired: Sequence[Alert], version: str) -> str:
    """Return what fires by the tags of the fast model: what is found, and each false one in its words."""
    found, false = paired(fired)
    lines = [
        f"Analyser {version.partition(';')[0]}.",
        "",
        "| what fires | planted | told | false alerts |",
        "|---|---|---|---|",
    ]
    for kind in ("concern", "spike", "sentiment", "silence"):
        planted_ones = [mine for event, mine in found if event.kind == kind]
        n_false = sum(alert.kind == kind for alert in false)
        lines.append(f"| {kind} | {len(planted_ones)} | {sum(map(bool, planted_ones))} | {n_false} |")
    lines += ["", "The false ones:", ""]
    lines += [f"- {alert.fired_at:%d %b, %H:%M}: {alert.text}" for alert in false] or ["- none"]
    return "\n".join(lines)


def table(fired: Sequence[Alert]) -> str:
    """Return what was planted and what fired, as the page shows it."""
    lines = ["| planted | fired | the alert's first line |", "|---|---|---|"]
    found, left = paired(fired)
    for event, mine in found:
        told = [f"{alert.fired_at:%d %b, %H:%M}" for alert in mine]
        first = [alert.text.replace("|", "\\|") for alert in mine]
        lines.append(f"| {event.at:%d %b, %H:%M}: {event.what} | {''.join(told)} | {''.join(first)} |")
    return "\n".join([*lines, "", f"Besides these fired: {len(left) or 'nothing'}."])


def page(before: str, made: str, *, start: str = START, end: str = END) -> str:
    """Return the page with what stands between two marks made anew."""
    head, _, rest = before.partition(start)
    return f"{head}{start}\n{made}\n\n{end}{rest.partition(end)[2]}"


@contextmanager
def _line(analyzer: Analyzer, clock: list[datetime]) -> Iterator[Line]:
    with TemporaryDirectory() as folder:
        settings = replace(town(Path(folder)), rules=RULES)
        store, http = open_store(f"sqlite:///{folder}/earshot.db"), Http(LOOPBACK_ONLY)
        try:
            with store.writing() as connection:
                provision(connection, settings, now=BEGIN)
            yield Line(
                settings=settings, store=store, http=http, now=lambda: clock[0], analyzer=lambda: analyzer
            )
        finally:
            http.close()
            store.close()


def town(folder: Path) -> Settings:
    """Return the demo's own configuration."""
    file = folder / "earshot.toml"
    file.write_text(
        truth.configuration(url="http://127.0.0.1", smtp_port=25, store="sqlite:///earshot.db"),
        encoding="utf-8",
    )
    return config.load(file, channels=collectors.catalogue(), environ={})


def _place(name: str) -> Place:
    return next(place for place in places() if place.name == name)


def _of_the_town(place: Place, item: Item, at: datetime) -> Said:
    now = item.then or item
    mention = Mention(
        channel=place.channel,
        scope=None if place.channel == "rss" else "",
        external_id=external_id(place, item),
        title=now.title,
        text=now.text,
        url=link(place, item) if place.host else "",
        lang=item.lang,
        author=Author(item.author or place.host),
        published_at=at,
    )
    return Said(at, place.name, mention, now.sentiment, now.concern)


def _written(
    script: dict[str, Any], name: str, author: str, text: str, after: timedelta, sentiment: str
) -> Said:
    place, at = _place(script["place"]), BEGIN + after
    mention = Mention(
        channel=place.channel,
        scope=None if place.channel == "rss" else "",
        external_id=name,
        text=text,
        lang=script["lang"],
        author=Author(author or place.host),
        published_at=at,
    )
    return Said(at, place.name, mention, sentiment, concern=False)


def main() -> None:
    """Write both tables."""
    text = page(PAGE.read_text(encoding="utf-8"), table(replayed(month())))
    model = fast()
    made = by_the_model(replayed(month(), model), model.version)
    PAGE.write_text(page(text, made, start=MODEL_START, end=MODEL_END), encoding="utf-8")


if __name__ == "__main__":
    main()
