"""Discovery that asks: a page, what it leaves open, and whether what was found can be read. Few requests, short time.

Everything goes through the gate (faults.md 7): what a page says is only ever another address to be checked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

import collectors
from collectors.contract import Reach
from collectors.discovery import WELL_KNOWN, forum, places_of
from collectors.discovery_page import Page, kind_of, read_page, subject_of
from collectors.discovery_places import Found, Open, bluesky, fediverse, feed, origin, videos
from errors import EarshotError, NeedsAttention, TryLater
from model import Source
from net.addresses import Rules, shown, web_address
from net.answers import expect_ok
from net.http import Http, Response

MOST_ASKED = 12
FOR_TRYING = 4  # of these are kept for trying what was found
LONGEST = timedelta(seconds=20)
DEADLINE = timedelta(seconds=5)  # of one request; none begins when less is left
MOST_FOUND = 25
MOST_OPEN = 2  # links of one kind that are looked at
DID = re.compile(r"did:[a-z]{2,10}:[A-Za-z0-9._:%-]{3,200}")
CHANNEL_IDS = (
    re.compile(r'rel="canonical" href="https://www\.youtube\.com/channel/(UC[\w-]{22})"'),
    re.compile(r"feeds/videos\.xml\?channel_id=(UC[\w-]{22})"),
    re.compile(r'"externalId":"(UC[\w-]{22})"'),
)
HANDLE = re.compile(r"@[\w.-]{1,60}@[\w.-]{1,253}(:\d{1,5})?")


class EnoughAsked(TryLater):
    """The discovery has asked as often, or taken as long, as it may."""


class FewRequests(Http):
    """The client, for a few requests in a short time; hops of a redirect count. Then it raises TryLater."""

    def __init__(self, rules: Rules, *, clock: Callable[[], float], **more: Any) -> None:
        super().__init__(rules, deadline=DEADLINE, **more)
        self.asked = 0
        self.may_ask = MOST_ASKED
        self._clock = clock
        self._end = clock() + (LONGEST - DEADLINE).total_seconds()

    def _send(self, asked: Any) -> Response:
        if self.asked >= self.may_ask:
            raise EnoughAsked(f"not looked at: a discovery asks at most {MOST_ASKED} times")
        if self._clock() >= self._end:
            raise EnoughAsked(
                f"not looked at: a discovery takes at most {LONGEST.total_seconds():.0f} seconds"
            )
        self.asked += 1
        return super()._send(asked)


@dataclass(frozen=True, slots=True)
class Tried:
    """A place that was found. ``readable`` is None where nobody tried; ``words`` say why, or what was read."""

    found: Found
    readable: bool | None
    words: str


@dataclass(slots=True)
class Discovery:
    """What came of one page. ``told`` says in words what was left out."""

    url: str
    places: list[Tried] = field(default_factory=list)
    accounts: list[tuple[str, str]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)


def discover(url: str, http: FewRequests, now: datetime, *, taken: Iterable[str] = ()) -> Discovery:
    """Return what a page leads to, under names that are not taken.

    TryLater and NeedsAttention when the page itself cannot be read.
    """
    http.may_ask = MOST_ASKED - FOR_TRYING
    response = http.get(url)
    expect_ok(response, "discover", now=now)
    asking = _Asking(http, Discovery(response.url), set(taken))
    if kind_of(response.body) == "feed":
        asking.take(feed(response.url, "the address is that of a feed"))
    else:
        asking.look_around(read_page(response.body, response.url))
    http.may_ask = MOST_ASKED
    reach = Reach(http=http, now=lambda: now, ours={})
    asking.result.places = [tried(each, reach) for each in asking.found]
    return asking.result


def tried(found: Found, reach: Reach) -> Tried:
    """Read the first of a place, where that takes no key; nothing is kept."""
    if found.needs:
        return Tried(found, None, f"not tried: it needs {' and '.join(found.needs)}")
    source = Source(name=found.name, channel=found.channel, settings=found.settings)
    try:
        batch = next(iter(collectors.build(source).collect({}, reach)), None)
    except EnoughAsked as error:
        return Tried(found, None, str(error))
    except EarshotError as error:
        return Tried(found, False, str(error))
    heard = 0 if batch is None else len(batch.mentions)
    return Tried(found, True, f"{heard} mention{'' if heard == 1 else 's'} now")


@dataclass(slots=True)
class _Asking:
    """One page that is looked at, and what was found so far."""

    http: FewRequests
    result: Discovery
    taken: set[str]
    found: list[Found] = field(default_factory=list)

    def take(self, found: Found) -> None:
        """Add a place, under a name of its own, if it is new and its addresses may be asked."""
        if any((each.channel, each.settings) == (found.channel, found.settings) for each in self.found):
            return
        if len(self.found) == MOST_FOUND:
            self._tell(f"only the first {MOST_FOUND} places are shown")
            return
        try:
            settings = {key: _checked(value, self.http.rules) for key, value in found.settings.items()}
        except NeedsAttention as error:
            self._tell(str(error))
            return
        name, count = found.name, 2
        while name in self.taken:
            name, count = f"{found.name}-{count}", count + 1
        self.taken.add(name)
        self.found.append(replace(found, name=name, settings=settings))
        if found.account is not None:
            self._know(*found.account)

    def look_around(self, page: Page) -> None:
        """Take what the page says, and ask about what it leaves open, the surest first."""
        places = places_of(page)
        for found in places.found:
            self.take(found)
        if not any(link.is_feed for link in page.links):
            self._try_usual_paths(origin(page.url))
        surest_first = sorted(places.open, key=lambda place: not place.is_me)
        for kind, ask in (("fediverse", self._fediverse), ("youtube", self._youtube), ("forum", self._forum)):
            for place in [each for each in surest_first if each.kind == kind][:MOST_OPEN]:
                ask(place)
        known = {channel for channel, _ in self.result.accounts}
        if "bluesky" not in known:
            self._domain_on_bluesky(page.url)
        if "mastodon" not in known:
            self._own_webfinger(page.url)

    def _try_usual_paths(self, site: str) -> None:
        for path in WELL_KNOWN:
            response = self._ask(f"{site}{path}")
            if response is not None and kind_of(response.body) == "feed":
                self.take(feed(response.url, f"found at the usual path {path}"))
                return

    def _fediverse(self, place: Open) -> None:
        resource = quote(f"acct:{place.handle[1:]}", safe="")
        response = self._ask(f"{origin(place.url)}/.well-known/webfinger?resource={resource}")
        subject = None if response is None else subject_of(response.body)
        if subject is not None:
            handle = subject if HANDLE.fullmatch(subject) else place.handle
            self.take(fediverse(handle, place.url, f"{place.why}, and WebFinger knows it"))
        elif place.is_me:
            self.take(fediverse(place.handle, place.url, f"{place.why}; WebFinger did not confirm it"))

    def _youtube(self, place: Open) -> None:
        response = self._ask(place.url)
        page = "" if response is None else response.body.decode("utf-8", "replace")
        match = next((one for each in CHANNEL_IDS if (one := each.search(page))), None)
        if match is None:
            self._tell(f"{shown(place.url)}: no channel's id could be read there")
            return
        for found in videos(match[1], place.why, urlsplit(place.url).path.rpartition("/")[2]):
            self.take(found)

    def _forum(self, place: Open) -> None:
        response = self._ask(place.url)
        found = None if response is None else forum(read_page(response.body, response.url))
        if found is not None:
            self.take(replace(found, why=f"{place.why}; {found.why}"))

    def _domain_on_bluesky(self, url: str) -> None:
        response = self._ask(f"{origin(url)}/.well-known/atproto-did")
        if response is not None and DID.fullmatch(response.body[:300].decode("utf-8", "replace").strip()):
            why = "its domain is a handle on Bluesky (/.well-known/atproto-did)"
            self.take(bluesky(urlsplit(url).hostname or "", why))

    def _own_webfinger(self, url: str) -> None:
        """A site may itself be an account in the fediverse; its feed is already that of its posts."""
        response = self._ask(f"{origin(url)}/.well-known/webfinger?resource={quote(url, safe='')}")
        subject = None if response is None else subject_of(response.body)
        if subject is not None and HANDLE.fullmatch(subject):
            self._know("mastodon", subject)

    def _ask(self, url: str) -> Response | None:
        """Return a good answer; None, and a word on it, where there is none."""
        try:
            response = self.http.get(url)
        except EarshotError as error:
            self._tell(str(error))
            return None
        return response if response.status == 200 else None

    def _know(self, channel: str, handle: str) -> None:
        if (channel, handle) not in self.result.accounts:
            self.result.accounts.append((channel, handle))

    def _tell(self, words: str) -> None:
        if words not in self.result.told:
            self.result.told.append(words)


def _checked(value: str, rules: Rules) -> str:
    """Return a setting as it stands, or its address in one form; NeedsAttention for one that may not be asked."""
    if not value.startswith(("http://", "https://")):
        return value
    address = web_address(value, rules)
    return address.url if address.target != "/" else address.url.rstrip("/")
