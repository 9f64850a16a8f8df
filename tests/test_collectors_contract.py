"""Each of our channels keeps the contract that plug-ins are held to."""

from __future__ import annotations

from collectors.contract_suite import Scenario, collector_contract
from collectors.rss import Rss
from tests.contract_collectors import acted_feed

TestRss = collector_contract(Scenario(channel="rss", collector=Rss, serve=acted_feed, many=1100))
