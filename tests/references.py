"""What docs/reference promises of each command's JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

REFERENCE = Path(__file__).resolve().parent.parent / "docs" / "reference"


def valid(name: str, answer: Any) -> Any:
    """Return an answer that keeps what docs/reference/NAME.schema.json promises; fail where it does not."""
    schema = json.loads((REFERENCE / f"{name}.schema.json").read_text("utf-8"))
    Draft202012Validator(schema).validate(answer)
    return answer
