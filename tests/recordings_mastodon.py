"""Recorded answers of real Mastodon servers (../shared/recordings/mastodon), as tests.recordings serves them.

vcr writes them as YAML in two fixed forms, by age; a YAML library is not worth one reader.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tests.recordings import HOP_BY_HOP, Exchange
from tests.scripted import Answer

_BODY = re.compile(r"string: '((?:[^']|'')*)'")
_BLOCK = re.compile(r"^      ([\w-]+):\n      - ((?:.+\n)(?:        .+\n)*)", re.MULTILINE)
_FLOW = re.compile(r"^      ([\w-]+): \[(.+)\]$", re.MULTILINE)
_FOLD = re.compile(r"\s*\n\s+")


def mastodon_exchanges(shared: Path, *names: str) -> list[Exchange]:
    """Read cassettes of Mastodon.py's tests (``cassettes.test_hashtag_tl``), all but bodies in double quotes."""
    files = [shared / "recordings" / "mastodon" / f"{name}.yaml" for name in names]
    parts = [part for file in files for part in file.read_text(encoding="utf-8").split("- request:\n")[1:]]
    return [_exchange(part) for part in parts if _BODY.search(part)]


def _exchange(part: str) -> Exchange:
    asked, _, answered = part.partition("\n  response:")
    method, uri = re.search(r"method: (\w+)", asked), re.search(r"uri: (\S+)", asked)
    body, code = _BODY.search(answered), re.search(r"code: (\d+)", answered)
    assert method
    assert uri
    assert body
    assert code
    address = urlsplit(uri[1])
    told = Answer(int(code[1]), _headers(answered.replace(body[0], "")), _scalar(body[1]))
    return Exchange(method[1], address.path, parse_qs(address.query), told)


def _headers(answered: str) -> Mapping[str, str]:
    found = [*_BLOCK.findall(answered), *_FLOW.findall(answered)]
    told = {name: _scalar(value.strip().strip("'")) for name, value in found}
    return {name: value for name, value in told.items() if name.lower() not in HOP_BY_HOP}


def _scalar(text: str) -> str:
    """Unfold a single-quoted scalar: a line end is one blank, two quotes are one."""
    return _FOLD.sub(" ", text).replace("''", "'")
