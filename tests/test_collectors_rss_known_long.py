"""What was read before is left out and nothing else: the same properties over thousands of made-up feeds."""

from __future__ import annotations

import pytest
from hypothesis import settings as hypothesis

from tests.test_collectors_rss_known import (
    test_what_is_left_out_and_what_is_told_are_together_the_whole as left_out,
)
from tests.test_collectors_rss_known_plain import (
    test_an_item_is_read_as_feedparser_reads_it_or_left_to_it as read_plainly,
)
from tests.test_collectors_rss_stretches import (
    test_what_is_read_at_once_is_what_is_read_of_the_cut as read_at_once,
)

MANY = hypothesis(max_examples=5_000)


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    "holds", [left_out, read_plainly, read_at_once], ids=["left out", "read plainly", "at once"]
)
def test_it_holds_over_thousands(holds: object) -> None:
    MANY(holds)()  # type: ignore[operator]
