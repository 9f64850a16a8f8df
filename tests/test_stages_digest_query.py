"""A digest of its own for those who ask for one thing: its mentions match a search."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from errors import NeedsAttention
from model import Period
from stages.analyze import analyze
from stages.digest import build_digests
from stages.facts import digest_facts
from tests.lines import TEAM, Clock, a_line, hear
from tests.stores import said
from tests.test_stages_digest_once import DAILY, EVENING, MORNING, letters, told

PERIOD = Period(MORNING - timedelta(days=1), MORNING)


def test_a_digest_with_a_query_tells_of_what_it_finds_and_of_nothing_else(store_url: str) -> None:
    boxes = replace(DAILY, query="boxes AND since:2026-11-20", name="boxes")
    with a_line(store_url, told(boxes, DAILY), clock=Clock(EVENING)) as line:
        heard = ["The boxes came late", "The van came late", "Boxes for all", "A van for all"]
        hear(line, *(said(f"t3_{n}", text, published_at=EVENING) for n, text in enumerate(heard)))
        analyze(line)

        facts = digest_facts(line, boxes, TEAM, PERIOD)
        whole = digest_facts(line, DAILY, TEAM, PERIOD)

        assert [mention.text for mention in facts.mentions] == ["The boxes came late", "Boxes for all"]
        assert [mention.text for mention in facts.waiting] == ["The boxes came late"]
        assert (facts.waiting_beyond, facts.week, facts.heard_before) == (0, None, {})
        assert len(whole.mentions) == 4
        assert len(whole.waiting) == 2


def test_a_query_that_names_a_search_that_is_gone_makes_no_quiet_digest(
    store_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    clock, gone = Clock(EVENING), replace(DAILY, query="saved:gone", name="lost")
    with a_line(store_url, told(gone, DAILY), clock=clock) as line:
        clock.at = MORNING

        assert build_digests(line) == 1
        assert len(letters(line)) == 1
        assert "digest 'lost' could not be written" in caplog.text
        with pytest.raises(NeedsAttention, match="gone"):
            digest_facts(line, gone, TEAM, PERIOD)
