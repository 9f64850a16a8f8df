"""All of Earshot that an outsider imports: for notebooks, scripts and plug-ins. Nothing of ours imports it.

A notebook opens the store; a plug-in's collector speaks in these words, and its tests run the contract:

    from earshot import collector_contract

    TestContract = collector_contract(...)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from analysis.contract import Analysis, Analyzer
from collectors.contract import Batch, Collector, Quota, Reach
from delivery.contract import Transport
from errors import EarshotError, NeedsAttention, TryLater
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
)
from storage import open_store

if TYPE_CHECKING:
    from collectors.contract_suite import collector_contract
    from net.http import Http
    from storage.store import Store

# What costs time to import, or needs what only a test has, comes when it is first asked for.
_LATE = {"Http": "net.http", "Store": "storage.store", "collector_contract": "collectors.contract_suite"}

__all__ = [
    "Analysis",
    "Analyzer",
    "Annotation",
    "Author",
    "Batch",
    "Collector",
    "Cursor",
    "EarshotError",
    "Http",
    "Json",
    "Mention",
    "Message",
    "NeedsAttention",
    "Organisation",
    "Partner",
    "Quota",
    "Reach",
    "Reason",
    "Secret",
    "Source",
    "Store",
    "Transport",
    "TryLater",
    "collector_contract",
    "open_store",
]


def __getattr__(name: str) -> object:
    if name not in _LATE:
        raise AttributeError(f"module 'earshot' has no attribute {name!r}")
    return getattr(import_module(_LATE[name]), name)


def __dir__() -> list[str]:
    return __all__
