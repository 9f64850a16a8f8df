"""What people write for a moment: an age, a date, or neither."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import typer

from commands.options import moment
from tests.stores import NOW


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (None, None),
        ("7d", NOW - timedelta(days=7)),
        ("2w", NOW - timedelta(weeks=2)),
        ("2026-11-01", datetime(2026, 11, 1, tzinfo=UTC)),
        ("2026-11-01T12:00+02:00", datetime(2026, 11, 1, 10, tzinfo=UTC)),
    ],
)
def test_an_age_and_a_date_are_a_moment(written: str | None, meant: datetime | None) -> None:
    assert moment(written, now=NOW, option="--since") == meant


@pytest.mark.parametrize(
    "written", ["", "d", "7", "7y", "-7d", "²d", "999999d", "0001-01-01T00:00+14:00", "soon"]
)
def test_what_is_neither_is_a_wrong_use_that_names_the_option(written: str) -> None:
    with pytest.raises(typer.BadParameter, match="no age and no date") as told:
        moment(written, now=NOW, option="--since")

    assert told.value.param_hint == "--since"
