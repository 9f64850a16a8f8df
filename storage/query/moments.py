"""The times of a query: ages (``7d``) and dates, by the clock of the organisation."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo

UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_AGE = re.compile(r"(\d{1,5})([mhdw])", re.ASCII)
_DAY = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:\d\d)?", re.ASCII)
FORMS = "write 7d, 12h, 2w, today, yesterday, 2026-11-01, 2026-11 or 2026-11-01T14:30"


@dataclass(frozen=True, slots=True)
class Clock:
    """This moment, and the zone whose days and hours are meant."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    zone: tzinfo = UTC


def moment(written: str, clock: Clock) -> datetime:
    """Return the moment that an age or a date means, in UTC; a date is its first moment. Else ValueError.

    >>> from zoneinfo import ZoneInfo
    >>> moment("2026-11", Clock(zone=ZoneInfo("Europe/Berlin"))).isoformat()
    '2026-10-31T23:00:00+00:00'
    """
    try:
        return _moment(written.strip(), clock)
    except (ValueError, OverflowError):
        raise ValueError(f"{written!r} is no age and no date; {FORMS}") from None


def _moment(written: str, clock: Clock) -> datetime:
    age = _AGE.fullmatch(written)
    if age is not None:
        return clock.now.astimezone(UTC) - int(age[1]) * UNITS[age[2]]
    today = clock.now.astimezone(clock.zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    if written in ("today", "yesterday"):
        return _local(today - timedelta(days=written == "yesterday"), clock)
    day = _DAY.fullmatch(written)
    if day is not None:
        return _local(datetime(int(day[1]), int(day[2] or 1), int(day[3] or 1)), clock)  # noqa: DTZ001 - its zone is next
    if _MOMENT.fullmatch(written) is None:
        raise ValueError
    return _local(datetime.fromisoformat(written), clock)


def _local(moment: datetime, clock: Clock) -> datetime:
    return (moment if moment.tzinfo else moment.replace(tzinfo=clock.zone)).astimezone(UTC)
