"""One source that comes by the command line or an import: held to the same keys as one in the file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping

from config.certificates import KEY
from config.channels import secret_keys, source_table
from config.checking import checked
from config.loading import refused
from config.reading import is_reference
from config.settings import of_the_channel
from config.wording import did_you_mean, key_of
from errors import NeedsAttention
from model import Source


def source(written: Mapping[str, str], channels: Mapping[str, type]) -> Source:
    """Return the source that keys and their values, as a person wrote them, describe.

    Raises NeedsAttention with all that is wrong. No reference is followed and no secret taken: what comes this
    way is kept in the store, where no secret belongs.
    """
    channel = written.get("channel", "")
    if channel not in channels:
        near = did_you_mean(channel, sorted(channels))
        raise NeedsAttention(
            f"channel {channel!r} is not known{near}; there are: {', '.join(sorted(channels))}"
        )
    secret = sorted(secret_keys(channels[channel]) & written.keys())
    referring = sorted(key for key, value in written.items() if is_reference(value) and "://" not in value)
    files = sorted({KEY} & written.keys())
    if secret or referring or files:
        raise NeedsAttention(
            f"{', '.join(secret or referring or files)}: keys, files and references belong in earshot.toml, as "
            "[[sources]] there; sources added here are kept in the store, which holds no secret"
        )
    table, problems = checked(source_table(channel, channels[channel]), _values(written))
    if table is not None:
        problems = refused(table, channels[channel], ())
    if table is None or problems:
        raise NeedsAttention(
            "; ".join(f"{key_of(problem.path, None)} {problem.message}" for problem in problems)
        )
    return Source(
        name=table.name,
        channel=table.channel,
        settings=of_the_channel(table),
        partner=table.partner,
        every=table.every,
    )


def _values(written: Mapping[str, str]) -> dict[str, object]:
    """Return each value as the file would have it: a number, true, a list; anything else is text."""
    plain = ("name", "channel", "partner", "every", "url", "query")
    return {key: value if key in plain else _value(value) for key, value in written.items()}


def _value(written: str) -> object:
    try:
        return tomllib.loads(f"value = {written}")["value"]
    except tomllib.TOMLDecodeError:
        return written
