"""The JSON Schema for editors, and the pages made of it."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import jsonschema
import pytest

import config
from docs.configuration import PAGE, SCHEMA, bundled, page, schema
from tests.configuration import CHANNELS, FORUM, HEAD, KEYS, SMTP

GOOD = [
    HEAD,
    HEAD + FORUM + KEYS + 'subreddit = "x"\npages = 3\norder = "top"\noverlap = "2h"\nevery = "env:E"\n',
    HEAD + FORUM + KEYS + 'subreddit = "x"\npages = "env:P"\norder = "env:O"\ntags = ["a"]\nkey = "k"\n',
    HEAD + SMTP + 'port = "env:P"\nfrom = "a@b.c"\n[http]\nallow_private_networks = "env:H"\n',
]
BAD = [
    "",
    HEAD + "nam = 1\n",
    HEAD + 'languages = ["de"]\n',
    HEAD + 'handles.redit = ["a"]\n',
    HEAD + FORUM + KEYS + 'subreddit = "x"\nsubredit = "x"\n',
    HEAD + FORUM + 'subreddit = "x"\n',
    HEAD + FORUM + KEYS + 'subreddit = "x"\npages = "3"\n',
    HEAD + FORUM + KEYS + 'subreddit = "x"\nevery = "often"\n',
    HEAD + SMTP + "port = 70000\n",
    HEAD + '[[rules]]\nname = "a"\nwhen = "sla"\n',
    HEAD + '[[rules]]\nname = "a"\nwhen = "concern"\nnotify = ["a@b.c"]\n',
]


def keys_of_schema(whole: dict[str, Any]) -> set[str]:
    """Every key as a path, ``sources.every`` and ``rules.escalate.to``; a channel's own as ``sources@x.query``."""
    found: set[str] = set()

    def walk(part: dict[str, Any], name: str) -> None:
        part = whole["$defs"][part["$ref"].rpartition("/")[2]] if "$ref" in part else part
        for option in (option for option in part.get("oneOf", ()) if "$ref" in option):
            table = whole["$defs"][option["$ref"].rpartition("/")[2]]
            channel = table["properties"]["channel"]["const"]
            common = {"name", "channel", "partner", "every"}
            for key in table["properties"]:
                found.add(f"{name}.{key}" if key in common else f"{name}@{channel}.{key}")
        for key, inner in part.get("properties", {}).items():
            found.add(f"{name}.{key}")
            walk(inner, f"{name}.{key}")

    for name, part in whole["properties"].items():
        walk(part.get("items", part), name)
    return found


def keys_of_page(text: str) -> set[str]:
    found: set[str] = set()
    section = ""
    for line in text.splitlines():
        if heading := re.fullmatch(r'#+ \[+(\w+)\]+(?: with channel = "(\w+)")?', line):
            section = f"{heading[1]}@{heading[2]}" if heading[2] else heading[1]
        elif row := re.match(r"\| `([\w.]+)` \|", line):
            found.add(f"{section}.{row[1]}")
    return found


def test_it_is_a_schema_of_draft_2020_12() -> None:
    made = config.schema(CHANNELS)

    assert made["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(made)


@pytest.mark.parametrize("text", GOOD)
def test_a_good_file_is_valid(text: str) -> None:
    jsonschema.validate(tomllib.loads(text), config.schema(CHANNELS))


@pytest.mark.parametrize("text", BAD)
def test_a_bad_file_is_not(text: str) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(tomllib.loads(text), config.schema(CHANNELS))


def test_without_channels_there_are_no_sources() -> None:
    made = config.schema({})

    jsonschema.Draft202012Validator.check_schema(made)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(tomllib.loads(GOOD[1]), made)


def test_null_is_offered_nowhere() -> None:
    assert "null" not in str(config.schema(CHANNELS))


def test_what_the_collector_says_of_its_fields_stands_in_schema_and_reference() -> None:
    fields = config.schema(CHANNELS)["$defs"]["reddit_source"]["properties"]

    assert fields["overlap"]["description"] == "Read again."
    assert fields["overlap"]["default"] == "5m"
    reference = config.reference(CHANNELS)
    assert '| `overlap` | span of time | `"5m"` | Read again. |' in reference
    assert "| `tags` | list of text | `[]` | Only \\| these. |" in reference
    assert "| `subreddit` | text | required | Which one. |" in reference


def test_every_key_is_in_the_reference_and_every_row_is_a_key() -> None:
    assert keys_of_page(config.reference(CHANNELS)) == keys_of_schema(config.schema(CHANNELS))


def test_the_page_documents_every_key_and_no_other() -> None:
    channels = bundled()

    text = PAGE.read_text(encoding="utf-8")

    assert keys_of_page(text) == keys_of_schema(config.schema(channels))
    assert text == page(text, channels)


def test_the_schema_file_is_what_the_code_says() -> None:
    assert SCHEMA.read_text(encoding="utf-8") == schema(bundled())


def test_the_tables_of_the_page_can_be_made_anew_without_loss() -> None:
    once = page(
        "before\n" + "<!-- The keys, written by `make docs` from the code. -->\nthe tables of yore\n",
        CHANNELS,
    )

    assert once.startswith("before\n")
    assert "yore" not in once
    assert page(once + "after\n", CHANNELS) == once + "after\n"
