"""The example that comes with Earshot, loaded with the real channels."""

from __future__ import annotations

import re
import tomllib

import jsonschema

import config
from docs.configuration import PAGE, bundled
from tests.test_config_schema import keys_of_schema

ENVIRON = {
    "EARSHOT_SECRET": "a",
    "REDDIT_CLIENT_ID": "b",
    "REDDIT_CLIENT_SECRET": "c",
    "X_BEARER_TOKEN": "d",
    "EARSHOT_SMTP_PASSWORD": "e",
    "CASE_DESK_SECRET": "f",
}


def test_the_example_loads() -> None:
    settings = config.load(config.EXAMPLE, channels=bundled(), environ=ENVIRON)

    assert [source.channel for source in settings.sources] == ["rss", "reddit", "x"]
    assert config.warnings(config.EXAMPLE, channels=bundled()) == ()


def test_the_example_is_valid_by_the_schema() -> None:
    jsonschema.validate(tomllib.loads(config.example()), config.schema(bundled()))


def test_the_example_shows_every_key_that_is_not_a_channels_own() -> None:
    common = {key.rpartition(".")[2] for key in keys_of_schema(config.schema({})) if "@" not in key}

    shown = set(re.findall(r"(\w+) = ", config.example()))

    assert common - shown == set()


def test_the_example_loads_without_sources_and_without_an_environment() -> None:
    settings = config.load_example()

    assert settings.organisation.name == "Riverside Food Network"
    assert settings.partners[0].aliases == ("Northside", "NSS")
    assert settings.sources == ()


def test_the_pages_own_example_is_a_whole_file() -> None:
    blocks = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)

    assert blocks
    for block in blocks:
        jsonschema.validate(tomllib.loads(block), config.schema({}))
