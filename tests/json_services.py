"""What the acted JSON services have in common: an answer as JSON, a fault in its place, a reach."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from collectors.contract import Reach
from collectors.contract_suite import World
from net.addresses import LOOPBACK_ONLY
from net.http import Http
from tests.scripted import Answer, Request

JSON = {"Content-Type": "application/json; charset=utf-8"}
NOW = datetime(2026, 5, 20, 9, 30, tzinfo=UTC)


def told(body: object) -> Answer:
    """Return JSON as a service sends it."""
    return Answer(headers=JSON, body=json.dumps(body))


def faulty(world: World, whole: Callable[[Request], Answer]) -> Callable[[Request], Answer]:
    """Return a script that answers as the service does, or as the world's fault says."""

    def answer(request: Request) -> Answer:
        fault = world.fault
        if fault is None:
            return whole(request)
        if fault.cut_after is not None:
            return replace(whole(request), cut_after=fault.cut_after)
        return Answer(fault.status, fault.headers, fault.body)

    return answer


def reach(now: datetime = NOW) -> Reach:
    """Return what a collector is lent: a client that reaches loopback only, and a clock that stands still."""
    return Reach(http=Http(LOOPBACK_ONLY), now=lambda: now, ours={})
