"""Where the people of a page can be heard: its links, read as places that a channel can listen to. Pure.

What is found comes from a page that anybody may have written. So it is only ever proposed, its addresses are held
to the rules that every source is held to, and names and accounts are taken only in the form that they must have.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import SplitResult, unquote, urlsplit

from collectors.discovery_page import Link, Page
from collectors.discovery_places import (
    Found,
    Open,
    Places,
    bluesky,
    feed,
    host_of,
    origin,
    slug,
    videos,
)

WELL_KNOWN = ("/feed", "/rss", "/atom.xml", "/feed.json", "/index.xml")
FORUMS = ("community", "discourse", "discuss", "discussion", "forum", "forums", "talk")
NO_FEDIVERSE = (
    "medium.com",
    "threads.com",
    "threads.net",
    "tiktok.com",
    "youtube.com",
    "substack.com",
    "t.me",
)
ON_X = re.compile(r"/([A-Za-z0-9_]{1,15})/?")
NO_X = (
    "about compose download explore hashtag home i intent jobs login logout privacy search settings share tos"
)
ON_GITHUB = re.compile(r"/([A-Za-z0-9-]{1,39})(?:/([\w.-]{1,100}?)(?:\.git)?)?(/.*)?")
NO_GITHUB = (
    "about apps collections contact customer-stories enterprise events explore features issues login logout "
    "marketplace new notifications orgs pricing pulls search security settings site sponsors stars topics trending"
)
ON_REDDIT = re.compile(r"/(r|u|user)/(\w{2,50})(/.*)?", re.ASCII)
ON_BLUESKY = re.compile(r"/profile/([a-z0-9.-]{3,253}|did:[a-z]{2,10}:[A-Za-z0-9._:%-]{3,200})(/.*)?")
ON_YOUTUBE = re.compile(r"/(channel/(UC[\w-]{22})|@[\w.-]{1,60}|(?:c|user)/[\w.-]{1,60})(/.*)?")
IN_FEDIVERSE = re.compile(r"/(?:@|users/)([\w.-]{1,60})(?:@([\w.-]{1,253}))?/?")
ON_HYPERKITTY = re.compile(
    r"(/[\w/-]{0,100}?(?:hyperkitty|archives))/list/([^/@\s?#]{1,100}@[\w.-]{1,200})(/.*)?"
)
ON_LEMMY = re.compile(r"/c/([\w.-]{1,100}(?:@[\w.-]{1,253})?)/?")


def places_of(page: Page) -> Places:
    """Return what the page itself is, the feeds that it names, and where its links lead."""
    places = Places()
    for link in page.links:
        if link.is_feed:
            places.add(feed(link.url, "the page names it as its feed", link.words))
    places.add(forum(page))
    home = host_of(page.url)
    for place in _places_of(Link(page.url, ("me",)), home, "the page itself"):
        places.add(place)
    for link in page.links:
        for place in _places_of(link, home, _why(link)):
            places.add(place)
    return places


def forum(page: Page) -> Found | None:
    """Return the forum that a page is part of, by what it was made with."""
    if not page.generator.startswith("Discourse"):
        return None
    why = f"the page was made with {page.generator.partition(' -')[0]}"
    name = slug(f"{host_of(page.url)} forum")
    return Found(name=name, channel="discourse", settings={"url": origin(page.url)}, why=why)


def _why(link: Link) -> str:
    return f"the page links to {host_of(link.url)}" + (' as its own (rel="me")' if link.is_me else "")


def _places_of(link: Link, home: str, why: str) -> Sequence[Found | Open | None]:
    parts, host = urlsplit(link.url), host_of(link.url)
    path = unquote(parts.path)
    for names, read in READERS.items():
        if host in names:
            return read(path, why)
    return (
        _hyperkitty(parts, path, why),
        _lemmy(link, host, path, why),
        _fediverse(link, host, path, why),
        _forum(link, host, home, why),
    )


def _x(path: str, why: str) -> Sequence[Found]:
    match = ON_X.fullmatch(path)
    if match is None or match[1].lower() in NO_X.split():
        return ()
    settings = {"query": f"from:{match[1]} -is:retweet"}
    place = Found(
        name=slug(f"x {match[1]}"),
        channel="x",
        settings=settings,
        why=why,
        needs=("bearer_token",),
        account=("x", match[1]),
    )
    return (place,)


def _github(path: str, why: str) -> Sequence[Found]:
    match = ON_GITHUB.fullmatch(path.rstrip("/"))
    if match is None or match[1].lower() in NO_GITHUB.split():
        return ()
    owner, repository = match[1], match[2]
    if repository:
        settings = {"repository": f"{owner}/{repository}"}
        return (
            Found(name=slug(f"github {owner} {repository}"), channel="github", settings=settings, why=why),
        )
    settings = {"url": f"https://github.com/{owner}.atom"}
    name = slug(f"github {owner}")
    return (Found(name=name, channel="rss", settings=settings, why=why, account=("github", owner)),)


def _reddit(path: str, why: str) -> Sequence[Found]:
    match = ON_REDDIT.fullmatch(path)
    if match is None:
        return ()
    name = match[2]
    if match[1] == "r":
        settings = {"subreddit": name}
        return (Found(name=slug(f"r {name}"), channel="reddit", settings=settings, why=why),)
    settings = {"url": f"https://www.reddit.com/user/{name}/.rss"}
    called = slug(f"reddit {name}")
    return (Found(name=called, channel="rss", settings=settings, why=why, account=("reddit", name)),)


def _bluesky(path: str, why: str) -> Sequence[Found]:
    match = ON_BLUESKY.fullmatch(path)
    return () if match is None else (bluesky(match[1], why),)


def _youtube(path: str, why: str) -> Sequence[Found | Open]:
    match = ON_YOUTUBE.fullmatch(path)
    if match is None:
        return ()
    return (
        videos(match[2], why) if match[2] else (Open("youtube", f"https://www.youtube.com/{match[1]}", why),)
    )


READERS: Mapping[tuple[str, ...], Callable[[str, str], Sequence[Found | Open]]] = {
    ("x.com", "twitter.com"): _x,
    ("github.com",): _github,
    ("reddit.com",): _reddit,
    ("bsky.app",): _bluesky,
    ("youtube.com",): _youtube,
}


def _hyperkitty(parts: SplitResult, path: str, why: str) -> Found | None:
    match = ON_HYPERKITTY.fullmatch(path)
    if match is None:
        return None
    settings = {"base_url": f"{parts.scheme}://{parts.netloc}{match[1]}", "mailing_list": match[2]}
    return Found(
        name=slug(match[2]), channel="hyperkitty", settings=settings, why=f"{why}, an archive of letters"
    )


def _lemmy(link: Link, host: str, path: str, why: str) -> Found | None:
    match = ON_LEMMY.fullmatch(path)
    if match is None or not (link.is_me or "lemmy" in f"{host} {link.words.lower()}"):
        return None
    settings = {"url": origin(link.url), "community": match[1]}
    return Found(name=slug(f"lemmy {match[1]}"), channel="lemmy", settings=settings, why=why)


def _fediverse(link: Link, host: str, path: str, why: str) -> Open | None:
    match = IN_FEDIVERSE.fullmatch(path)
    if match is None or host in NO_FEDIVERSE or host.endswith(".substack.com"):
        return None
    parts = urlsplit(link.url)
    there = match[2] or parts.netloc
    profile = link.url if match[2] is None else f"{parts.scheme}://{there}/@{match[1]}"
    return Open("fediverse", profile, why, f"@{match[1]}@{there}", link.is_me)


def _forum(link: Link, host: str, home: str, why: str) -> Open | None:
    is_other = host != home and host.partition(".")[0] in FORUMS
    return Open("forum", f"{origin(link.url)}/", f"{why}, by its name a forum") if is_other else None
