"""All of Earshot that an outsider imports: for notebooks, scripts and plug-ins. Nothing of ours imports it.

A notebook opens the store and searches it (docs/python.md):

    from earshot import open_store

    frame = open_store("sqlite:///earshot.db").search("late box*", since="30d").to_polars()

A plug-in's collector speaks in these words, and its tests run the contract:

    from earshot import Scenario, collector_contract

    TestContract = collector_contract(Scenario(channel="forum", collector=Forum, serve=acted_forum))
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from analysis.contract import Analysis, Analyzer
from collectors.contract import Batch, Collector, Quota, Reach
from delivery.contract import Transport
from errors import EarshotError, NeedsAttention, Refused, TryLater, Unreachable, WrongQuery
from model import (
    Annotation,
    Author,
    Cursor,
    Json,
    Mention,
    Message,
    Organisation,
    Partner,
    Reason,
    Secret,
    Source,
    utc,
)
from net.answers import expect_ok
from storage import open_store
from text import clean, from_html, one_line

if TYPE_CHECKING:
    from collectors.contract_suite import Fault, Post, Scenario, World, collector_contract
    from delivery.contract_suite import Desk, Taken, WayOut, transport_contract
    from net.http import Http
    from storage.rows import Row, Rows
    from storage.store import Store

# What takes time to import, or serves tests only, comes when it is first asked for.
_LATE = {
    "Desk": "delivery.contract_suite",
    "Fault": "collectors.contract_suite",
    "Http": "net.http",
    "Post": "collectors.contract_suite",
    "Row": "storage.rows",
    "Rows": "storage.rows",
    "Scenario": "collectors.contract_suite",
    "Store": "storage.store",
    "Taken": "delivery.contract_suite",
    "WayOut": "delivery.contract_suite",
    "World": "collectors.contract_suite",
    "collector_contract": "collectors.contract_suite",
    "transport_contract": "delivery.contract_suite",
}

__all__ = [
    "Analysis",
    "Analyzer",
    "Annotation",
    "Author",
    "Batch",
    "Collector",
    "Cursor",
    "Desk",
    "EarshotError",
    "Fault",
    "Http",
    "Json",
    "Mention",
    "Message",
    "NeedsAttention",
    "Organisation",
    "Partner",
    "Post",
    "Quota",
    "Reach",
    "Reason",
    "Refused",
    "Row",
    "Rows",
    "Scenario",
    "Secret",
    "Source",
    "Store",
    "Taken",
    "Transport",
    "TryLater",
    "Unreachable",
    "WayOut",
    "World",
    "WrongQuery",
    "clean",
    "collector_contract",
    "expect_ok",
    "from_html",
    "one_line",
    "open_store",
    "transport_contract",
    "utc",
]


def __getattr__(name: str) -> object:
    if name not in _LATE:
        raise AttributeError(f"module 'earshot' has no attribute {name!r}")
    return getattr(import_module(_LATE[name]), name)


def __dir__() -> list[str]:
    return __all__
