"""All situations and all places of the probe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import collectors
from tests import (
    probe_bluesky,
    probe_discourse,
    probe_github,
    probe_hackernews,
    probe_hyperkitty,
    probe_imap,
    probe_lemmy,
    probe_mastodon,
    probe_matrix,
    probe_reddit,
    probe_rss,
    probe_stackexchange,
    probe_x,
    probe_youtube,
)
from tests.probe import Place
from tests.probe_changes import CHANGES
from tests.probe_faults import FAULTS
from tests.probe_identity import IDENTITY
from tests.probe_paging import PAGING
from tests.probe_reading import READING
from tests.probe_situation import Situation
from tests.probe_words import WORDS

GROUPS: Mapping[str, Sequence[Situation]] = {
    "Reading forward": READING,
    "Between two pages": PAGING,
    "Edited, taken back, there again": CHANGES,
    "The same, and another": IDENTITY,
    "Odd words": WORDS,
    "Answers that are none": FAULTS,
}
SITUATIONS = [each for group in GROUPS.values() for each in group]
MODULES = (
    probe_rss,
    probe_reddit,
    probe_x,
    probe_mastodon,
    probe_bluesky,
    probe_hackernews,
    probe_discourse,
    probe_lemmy,
    probe_stackexchange,
    probe_github,
    probe_youtube,
    probe_hyperkitty,
    probe_matrix,
    probe_imap,
)
PLACES: Mapping[str, Place] = {each.PLACE.channel: each.PLACE for each in MODULES}


def channels() -> list[str]:
    """Return the channels that there are, those with a place first."""
    return [*PLACES, *sorted(set(collectors.catalogue()) - set(PLACES))]
