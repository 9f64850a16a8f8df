"""What stands around a feed's items and changes how they read: feedparser's own state when the head is behind it.

feedparser keeps some thirty flags while it reads, and a few of them outlive the element that set them. So nothing is
inferred from the head's bytes: feedparser reads the head, and what it then holds is looked at. Only a state in which
nothing is open lets items be read without feedparser (``plain``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.sax import SAXException, make_parser
from xml.sax.handler import feature_external_ges, feature_namespaces

from collectors.rss.entries import Feed
from collectors.rss.xmlfeed import FAULTS, feed_of

_OPEN = frozenset(
    {
        *("entries", "inentry", "insource", "inimage", "intextinput", "sourcedata"),
        *("inauthor", "incontributor", "inpublisher"),
        *("incontent", "contentparams", "hasContent", "_summaryKey", "svgOK"),
    }
)
SAME = "6.0."  # the feedparser whose ways are written in plain.py; another one reads everything itself
MOST_NAMES = 500  # that are remembered: a feed can make up a million


@dataclass(frozen=True, slots=True)
class Frame:
    """A head that leaves nothing open."""

    feed: Feed
    base: str
    lang: str | None
    is_atom: bool
    depth: int  # how many elements are open around an item
    known_spaces: Mapping[str, str]  # namespace in lower case → feedparser's prefix
    spaces: Mapping[str, str]  # prefix → namespace, of the feed's own
    prefixes: Mapping[str | None, str]  # prefix → feedparser's prefix
    names: dict[str, str | None] = field(default_factory=dict)

    def name(self, written: str) -> str | None:
        """Return how feedparser names an element that expat calls "namespace local prefix"; None: unclear."""
        if written in self.names:
            return self.names[written]
        name = self._resolved(written)
        if len(self.names) < MOST_NAMES:
            self.names[written] = name
        return name

    def is_handled(self, name: str) -> bool:
        """Whether feedparser does more with an element than to keep its text or its attributes."""
        from feedparser.api import StrictFeedParser

        return any(hasattr(StrictFeedParser, f"_{when}_{name}") for when in ("start", "end"))

    def attributes(self, written: Mapping[str, str]) -> dict[str, str]:
        """Return attributes by the names under which feedparser looks for them."""
        if " " not in "".join(written):  # none of a namespace, as it is with most
            found = {name.lower(): value for name, value in written.items()}
        else:
            found = self._scoped(written)
        return {name: value.lower() if name in ("rel", "type") else value for name, value in found.items()}

    def _scoped(self, written: Mapping[str, str]) -> dict[str, str]:
        found: dict[str, str] = {}
        qualified: dict[str, str] = {}
        for name, value in written.items():
            space, local, prefix = _parts(name)
            known = self.known_spaces.get(space.lower(), "") if space else ""
            found[(f"{known}:{local}" if known else local).lower()] = value
            qualified[(f"{prefix}:{local}" if prefix else local).lower()] = value
        return found | qualified

    def _resolved(self, written: str) -> str | None:
        space, local, given = _parts(written)
        lower = space.lower()
        if " " in given or local.lower() in ("math", "svg"):
            return None
        if "backend.userland.com/rss" in lower:
            space = lower = "http://backend.userland.com/rss"
        prefix = self.known_spaces.get(lower, "")
        if not prefix and space:
            prefix = next((name for name, value in self.spaces.items() if name and value == space), "")
        prefix = prefix.lower()
        prefix = self.prefixes.get(prefix, prefix)
        return f"{prefix}_{local.lower()}" if prefix else local.lower()


def local_name(written: str) -> str:
    """Return the local name, in lower case, of what expat calls "namespace local prefix"."""
    return _parts(written)[1].lower()


def _parts(written: str) -> tuple[str, str, str]:
    """Return namespace, local name and prefix of what expat gives as one word to three."""
    words = written.split()
    if len(words) == 1:
        return "", written, ""
    return words[0], words[1], " ".join(words[2:])


def frame_of(opening: bytes, *, depth: int, lang: str) -> Frame | None:
    """Read what stands before the items, ``depth`` open elements; None where the items are not to be read alone."""
    state = _state_after(opening, lang)
    if state is None:
        return None
    try:
        closed = not any(getattr(state, name) for name in _OPEN)
        level = state.depth == len(state.basestack) == len(state.langstack) == depth
        settled = state.basestack[-1] == state.baseuri and state.langstack[-1] == state.lang
        if state.bozo or not (closed and level and settled and _is_fixed(state.baseuri)):
            return None
        return Frame(
            feed=feed_of(state.feeddata),
            base=state.baseuri,
            lang=state.lang,
            is_atom=state.version.startswith("atom"),
            depth=depth,
            known_spaces=state._matchnamespaces,
            spaces=dict(state.namespaces_in_use),
            prefixes=dict(state.namespacemap),
        )
    except (AttributeError, IndexError):  # another feedparser, that works in another way
        return None


def _state_after(opening: bytes, lang: str) -> Any:
    import feedparser
    from feedparser.api import StrictFeedParser

    if not feedparser.__version__.startswith(SAME):
        return None
    state: Any = StrictFeedParser("", lang or None, "utf-8")
    state.resolve_relative_uris = state.sanitize_html = False
    reader: Any = make_parser()  # noqa: S317 - no document type is left in what is read (repair.py)
    reader.setFeature(feature_namespaces, True)
    reader.setFeature(feature_external_ges, False)
    reader.setContentHandler(state)
    reader.setErrorHandler(state)
    try:
        reader.feed(opening)
    except (SAXException, *FAULTS):
        return None
    return state


def _is_fixed(base: str) -> bool:
    """Whether a base stays what it is when it is resolved against itself, as feedparser does for each element."""
    from feedparser.urls import make_safe_absolute_uri

    return not base or make_safe_absolute_uri(base, base) == base
