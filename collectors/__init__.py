"""The channels: one collector each, found by the entry points of ``earshot.collectors``, ours like anybody's.

Nothing here or below knows the store, the schedule or the configuration, and no collector another.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from errors import NeedsAttention
from model import Source

if TYPE_CHECKING:
    from collectors.contract import Collector

__all__ = ["build", "catalogue"]

log = logging.getLogger(__name__)

GROUP = "earshot.collectors"
OURS = "earshot"
EXTRAS = {
    "bluesky": "atproto_client",
    "mastodon": "mastodon",
    "matrix": "nio",
    "reddit": "praw",
    "x": "tweepy",
}
"""Channels whose client library comes with an extra of the same name: ``pip install earshot[reddit]``."""


@dataclass(slots=True)
class Found:
    """What the entry points gave: collectors by channel, and why the others could not be loaded."""

    collectors: dict[str, type[Collector]] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)


def catalogue() -> Mapping[str, type[Collector]]:
    """Return the collector of each channel. A broken one of somebody else's is left out, with a line in the log."""
    return _installed().collectors


def build(source: Source) -> Collector:
    """Return the collector of a source, set up; NeedsAttention when there is none or its settings do not fit."""
    found = _installed()
    collector = found.collectors.get(source.channel)
    if collector is None:
        raise NeedsAttention(_no_collector(source, found))
    library = EXTRAS.get(source.channel)
    if library is not None and not _does_without(source) and find_spec(library) is None:
        raise NeedsAttention(
            f"source {source.name!r}: channel {source.channel} needs {library}, which is not installed: "
            f"pip install earshot[{source.channel}]"
        )
    _check_settings(source, collector)
    try:
        return collector(**source.settings)
    except ValueError as error:
        raise NeedsAttention(f"source {source.name!r}: {error}") from error


def _does_without(source: Source) -> bool:
    """Tell whether a source needs no client library: Reddit without an account is read by its feeds."""
    return source.channel == "reddit" and source.settings.get("client_id") is None


def load(points: Mapping[str, EntryPoint]) -> Found:
    """Load entry points by channel, each by itself."""
    found = Found()
    for channel, point in points.items():
        try:
            loaded = point.load()
        except Exception as error:  # noqa: BLE001  a stranger's module may raise anything when it is imported
            found.faults[channel] = f"{point.value} cannot be loaded: {type(error).__name__}: {error}"
        else:
            if _is_collector(loaded):
                found.collectors[channel] = loaded
            else:
                found.faults[channel] = f"{point.value} is no collector: a frozen dataclass with collect()"
    for channel, fault in found.faults.items():
        log.warning("collector left out", extra={"channel": channel, "reason": fault})
    return found


@cache
def _installed() -> Found:
    return load(by_channel(entry_points(group=GROUP)))


def by_channel(points: Any) -> dict[str, EntryPoint]:
    """Return one entry point a channel; nobody takes a channel away from us."""
    theirs_first = sorted(points, key=lambda point: (_owner(point) == OURS, _owner(point)))
    return {point.name: point for point in theirs_first}


def _owner(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else ""


def _is_collector(loaded: object) -> bool:
    if not isinstance(loaded, type) or not is_dataclass(loaded):
        return False
    frozen = getattr(loaded, "__dataclass_params__").frozen  # noqa: B009  typeshed does not know it
    return bool(frozen) and callable(getattr(loaded, "collect", None))


def _no_collector(source: Source, found: Found) -> str:
    fault = found.faults.get(source.channel)
    if fault is not None:
        return f"source {source.name!r}: the collector of channel {source.channel!r} is broken ({fault}); update it"
    known = ", ".join(sorted(found.collectors)) or "none; is Earshot installed? (pip install -e .)"
    return f"source {source.name!r}: there is no collector for channel {source.channel!r}; there are: {known}"


@cache
def _settings_of(collector: Any) -> tuple[Sequence[str], frozenset[str]]:
    """Return which settings a collector knows, and which of them it cannot do without."""
    known = {each.name: each for each in fields(collector) if each.init}
    needed = [
        name for name, each in known.items() if each.default is MISSING and each.default_factory is MISSING
    ]
    return tuple(known), frozenset(needed)


def _check_settings(source: Source, collector: Any) -> None:
    """Say which settings are missing or unknown, without their values: one may be a secret."""
    known, needed = _settings_of(collector)
    missing, unknown = sorted(needed - source.settings.keys()), sorted(source.settings.keys() - set(known))
    if missing:
        raise NeedsAttention(f"source {source.name!r}: {', '.join(missing)} is missing")
    if unknown:
        raise NeedsAttention(
            f"source {source.name!r}: channel {source.channel} knows no {', '.join(unknown)}; "
            f"there are: {', '.join(known)}"
        )
