"""Where a source is by now: its settings, and what it told of a move since."""

from __future__ import annotations

from dataclasses import replace

from model import Source
from storage.sources import KeptSource


def where_it_is_now(spec: Source, kept: KeptSource) -> Source:
    """Return the source at the address that it has moved to for good, where it told one (301)."""
    if kept.moved_to is None or "url" not in spec.settings:
        return spec
    return replace(spec, settings={**spec.settings, "url": kept.moved_to})
