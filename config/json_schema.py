"""The JSON Schema of the file, for editors: what the models say, and the keys of each channel."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from config.channels import WORDS, source_table
from config.kinds import JsonSchema
from config.tables import File

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema(channels: Mapping[str, type]) -> JsonSchema:
    """Return the schema as a plain dict, its keys always in the same order."""
    whole = _tidy(File.model_json_schema())
    tables = whole["$defs"]
    for channel, collector in sorted(channels.items()):
        tables[f"{channel}_source"] = _source(channel, collector)
    options: list[JsonSchema] = [{"$ref": f"#/$defs/{channel}_source"} for channel in sorted(channels)]
    whole["properties"]["sources"]["items"] = {"oneOf": options or [{"not": {}}]}
    accounts = {"enum": sorted({*WORDS, *channels})}
    for owner in ("OrganisationTable", "PartnerTable"):
        tables[owner]["properties"]["handles"]["propertyNames"] = accounts
    return {"$schema": DIALECT, "title": "earshot.toml", **whole}


def _source(channel: str, collector: type) -> JsonSchema:
    table = _tidy(source_table(channel, collector).model_json_schema())
    table["properties"]["channel"] = {**table["properties"]["channel"], "const": channel}
    table["title"] = f"[[sources]] on {channel}"
    table["description"] = _says(collector) or f"A source on {channel}."
    return table


def _says(collector: type) -> str:
    """The collector's own account of itself; a dataclass without one gets its signature, which is none."""
    told = inspect.getdoc(collector) or ""
    return "" if told.startswith(f"{collector.__name__}(") else " ".join(told.replace("``", "`").split())


def _tidy(schema: JsonSchema) -> JsonSchema:
    """Without null, which TOML has not, and without the titles that pydantic makes of names."""
    kept: JsonSchema = {
        key: _tidy_part(part)
        for key, part in schema.items()
        if not (key == "default" and part is None) and not (key == "title" and _is_made(part))
    }
    options: list[JsonSchema] = [option for option in kept.get("anyOf", ()) if option != {"type": "null"}]
    if len(options) == 1 and len(kept["anyOf"]) == 2:
        del kept["anyOf"]
        return {**options[0], **kept}
    return kept


def _tidy_part(part: Any) -> Any:
    if isinstance(part, dict):
        return _tidy(part)
    return [_tidy_part(item) for item in part] if isinstance(part, list) else part


def _is_made(title: object) -> bool:
    return isinstance(title, str) and title[:1].isupper()
