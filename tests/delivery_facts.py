"""Facts for the letters of these tests: one town's food network on the morning of 28 March 2026."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from delivery.facts import AlertFacts, DigestFacts, Usual
from model import (
    Annotation,
    AnnotationKind,
    Author,
    Digest,
    Mention,
    Organisation,
    Period,
    Reason,
    Rule,
    SourceState,
)

NOW = datetime(2026, 3, 28, 6, 30, tzinfo=UTC)
RIVERSIDE = Organisation(
    name="Riverside Food Network",
    timezone="Europe/Berlin",
    aliases=("Riverside", "RFN"),
    handles={"reddit": ("riversidefood",)},
)
DAILY = Digest(name="daily", timezone="Europe/Berlin", to=("team@rfn.example",))
PERIOD = Period(NOW - timedelta(days=1), NOW)


def reason(words: str, text: str, weight: float = 0.5) -> Reason:
    start = text.index(words)
    return Reason("text", start, start + len(words), words, weight)


def tagged(
    kind: AnnotationKind, label: str, text: str, words: str = "", confidence: float = 0.9
) -> Annotation:
    because = (reason(words, text),) if words else ()
    return Annotation(kind=kind, label=label, confidence=confidence, because=because)


def said(
    n: int,
    text: str,
    *,
    hours_ago: float = 5,
    channel: str = "reddit",
    source: str = "r-foodbanks",
    who: str = "maria_g",
    partner: str | None = None,
    title: str = "",
    url: str | None = None,
    story: int | None = None,
    by_us: bool = False,
    in_our_thread: bool = False,
    tags: tuple[Annotation, ...] = (),
) -> Mention:
    moment = NOW - timedelta(hours=hours_ago)
    return Mention(
        id=n,
        channel=channel,
        external_id=f"t1_{n}",
        text=text,
        title=title,
        url=f"https://forum.example/c/{n}" if url is None else url,
        author=Author(handle=who),
        published_at=moment,
        collected_at=moment + timedelta(minutes=4),
        sources=(source,),
        story_id=story,
        author_partner=partner,
        by_us=by_us,
        in_our_thread=in_our_thread,
        annotations=tags,
    )


A_WEEK = Usual(
    days=7,
    by_channel={"reddit": 7.4, "mastodon": 1.1, "x": 0.6, "rss": 1.9, "bluesky": 4.0},
    by_tag={("concern", "yes"): 0.4, ("intent", "question"): 2.1, ("sentiment", "negative"): 3.0},
)


LATE = (
    "We love working with them. But the Riverside boxes came late again on Tuesday, and forty families stood in the "
    "rain for an hour. Nobody called us."
)
HOURS = "Does anybody know whether Pantry on Wheels stops in Mile End on Good Friday?"
MILK = "Riverside's milk was two days past its date. Who checks this before it goes out?"
THANKS = "Huge thanks to the Weekend Box volunteers, my kids had fresh fruit all week."


def a_day(**changes: object) -> DigestFacts:
    """An ordinary day: concerns, questions, needs, a story told twice, thanks, our reply, one failing source."""
    late = said(
        1,
        LATE,
        hours_ago=20,
        channel="mastodon",
        source="northside-toots",
        who="Northside Shelter",
        partner="Northside Shelter",
        tags=(
            tagged("concern", "yes", LATE, "came late again on Tuesday"),
            tagged("need", "reliability", LATE, "came late again"),
            tagged("need", "communication", LATE, "Nobody called us"),
            tagged("sentiment", "negative", LATE),
        ),
    )
    milk = said(
        2,
        MILK,
        hours_ago=53,
        in_our_thread=True,
        tags=(
            tagged("concern", "yes", MILK, "two days past its date"),
            tagged("intent", "question", MILK, "Who checks this"),
            tagged("need", "quality", MILK, "past its date"),
            tagged("sentiment", "negative", MILK),
        ),
    )
    hours = said(
        3,
        HOURS,
        hours_ago=9,
        channel="x",
        source="x-riverside",
        who="Tomás Ortega",
        tags=(
            tagged("intent", "question", HOURS, "Does anybody know"),
            tagged("need", "information", HOURS, "whether Pantry on Wheels stops"),
            tagged("partner", "Mile End Mutual Aid", HOURS, "Mile End"),
            tagged("sentiment", "neutral", HOURS),
        ),
    )
    others = (
        said(
            4,
            "Necesitamos saber a qué hora abre la despensa el sábado, la página no lo dice.",
            hours_ago=12,
            channel="rss",
            source="barrio-blog",
            who="Lucía",
            title="La despensa del sábado",
            tags=(tagged("need", "information", "Necesitamos saber", "Necesitamos saber"),),
        ),
        said(
            5,
            "City hall will pay for two more vans from May on.",
            hours_ago=15,
            channel="rss",
            source="town-paper",
            who="The Town Paper",
            title="Two more vans for the food network",
            story=77,
            tags=(tagged("sentiment", "positive", "x"),),
        ),
        said(
            6,
            "City hall pays for two more vans!",
            hours_ago=14,
            story=77,
            tags=(tagged("intent", "report", "x"),),
        ),
        said(
            7,
            THANKS,
            hours_ago=7,
            who="ana.b",
            tags=(
                tagged("intent", "thanks", THANKS, "Huge thanks"),
                tagged("sentiment", "positive", THANKS),
            ),
        ),
        said(
            8,
            "Westside Clinic and Riverside did a wonderful job at the fair. Proud of this town.",
            hours_ago=4,
            channel="mastodon",
            source="northside-toots",
            who="@mile.end@social.example",
            partner="Mile End Mutual Aid",
            tags=(
                tagged("intent", "praise", "wonderful job", "wonderful job"),
                tagged("partner", "Westside Clinic", "Westside Clinic", "Westside Clinic"),
                tagged("sentiment", "positive", "x"),
            ),
        ),
        said(
            9, "Good Friday: yes, from 10 to 12 at the library.", hours_ago=3, who="riversidefood", by_us=True
        ),
    )
    facts = DigestFacts(
        organisation=RIVERSIDE,
        digest=DAILY,
        recipient="team@rfn.example",
        period=PERIOD,
        mentions=(*others[1:3], late, others[0], hours, *others[3:]),
        waiting=(milk, late, hours),
        week=A_WEEK,
        heard_before={
            "Hillview School": NOW - timedelta(days=16),
            "Northside Shelter": NOW - timedelta(days=3),
            "St Anne's Kitchen": NOW - timedelta(days=3),
        },
        sources=the_sources(),
    )
    return DigestFacts(**{**{name: getattr(facts, name) for name in facts.__slots__}, **changes})


def the_sources() -> tuple[SourceState, ...]:
    lately = NOW - timedelta(minutes=10)
    return (
        SourceState(name="northside-toots", channel="mastodon", status="ok", last_success_at=lately, heard=2),
        SourceState(name="r-foodbanks", channel="reddit", status="ok", last_success_at=lately, heard=4),
        SourceState(name="x-riverside", channel="x", status="ok", last_success_at=lately, heard=1),
        SourceState(name="town-paper", channel="rss", status="ok", last_success_at=lately, heard=1),
        SourceState(
            name="barrio-blog",
            channel="rss",
            status="quiet",
            last_success_at=lately,
            last_new_at=NOW - timedelta(days=12),
        ),
        SourceState(
            name="westside-news",
            channel="rss",
            status="failing",
            reason="HTTP 503 from westside.example",
            last_success_at=NOW - timedelta(hours=31),
            next_attempt_at=NOW + timedelta(minutes=45),
            failures=6,
        ),
    )


def nothing_heard(**changes: object) -> DigestFacts:
    """A day on which every source answered and nobody spoke."""
    lately = NOW - timedelta(minutes=10)
    sources = tuple(
        SourceState(name=name, channel="rss", status="ok", last_success_at=lately)
        for name in ("one", "two", "three")
    )
    return a_day(**{"mentions": (), "waiting": (), "heard_before": {}, "sources": sources, **changes})


RULE = Rule(
    name="a partner raises a concern",
    when="concern",
    from_whom="partners",
    notify=("mailto:team@rfn.example",),
)


def an_alert(*mentions: Mention, rule: Rule = RULE, alert_id: int | None = 12) -> AlertFacts:
    chosen = mentions or (a_day().waiting[1],)
    partner = chosen[0].author_partner
    return AlertFacts(
        organisation=RIVERSIDE, rule=rule, mentions=chosen, partner=partner, fired_at=NOW, alert_id=alert_id
    )
