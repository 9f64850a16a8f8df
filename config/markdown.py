"""Every key of the file as Markdown tables, made of the schema: what the documentation and the editors say is one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from config.json_schema import schema
from config.kinds import JsonSchema

HEAD = "| key | type | default | meaning |\n|---|---|---|---|"


def reference(channels: Mapping[str, type]) -> str:
    """Return one heading and one table for each table of the file, and for each channel the keys it adds."""
    whole = schema(channels)
    parts = [part for name in whole["properties"] for part in _section(whole, name)]
    return "\n\n".join(parts) + "\n"


def _section(whole: JsonSchema, name: str) -> Iterator[str]:
    part = whole["properties"][name]
    if name == "sources":
        yield from _sources(whole)
        return
    is_list = part.get("type") == "array"
    table = _resolved(whole, part["items"] if is_list else part)
    yield _heading(f"[[{name}]]" if is_list else f"[{name}]", table)
    yield _rows(whole, table, set())


def _sources(whole: JsonSchema) -> Iterator[str]:
    options = whole["properties"]["sources"]["items"]["oneOf"]
    tables = [_resolved(whole, option) for option in options if "$ref" in option]
    common = {"name", "channel", "partner", "every"}
    for n, table in enumerate(tables):
        channel = table["properties"]["channel"]["const"]
        if n == 0:
            yield "## [[sources]]\n\nOne place that is listened to. These keys every channel knows:"
            yield _rows(whole, table, set(table["properties"]) - common)
        yield f'### [[sources]] with channel = "{channel}"\n\n{table["description"]}'
        yield _rows(whole, table, common)


def _heading(title: str, table: JsonSchema) -> str:
    return f"## {title}\n\n{' '.join(str(table.get('description', '')).split())}"


def _rows(whole: JsonSchema, table: JsonSchema, without: set[str]) -> str:
    return "\n".join([HEAD, *(row for row in _each_row(whole, table, without, ""))])


def _each_row(whole: JsonSchema, table: JsonSchema, without: set[str], prefix: str) -> Iterator[str]:
    for key, field in table["properties"].items():
        if key in without:
            continue
        is_required = key in table.get("required", ())
        default = "required" if is_required else _default(field)
        meaning = str(field.get("description", "")).replace("|", "\\|")
        yield f"| `{prefix}{key}` | {_type(whole, field)} | {default} | {meaning} |"
        inner = _resolved(whole, field)
        if "properties" in inner:
            yield from _each_row(whole, inner, set(), f"{prefix}{key}.")


def _default(field: JsonSchema) -> str:
    """The default as TOML writes it, which for texts, numbers and lists of texts is as JSON does."""
    return f"`{json.dumps(field['default'], ensure_ascii=False)}`" if "default" in field else ""


def _type(whole: JsonSchema, field: JsonSchema) -> str:
    resolved = _resolved(whole, field)
    if "title" in field:
        return str(field["title"]).replace('"', "`")
    if resolved.get("type") == "array":
        return f"list of {_type(whole, resolved['items'])}"
    if isinstance(resolved.get("additionalProperties"), dict):
        return f"table of {_type(whole, resolved['additionalProperties'])}"
    return "text" if resolved.get("type") == "string" else "table"


def _resolved(whole: JsonSchema, field: JsonSchema) -> JsonSchema:
    if "$ref" not in field:
        return field
    found: JsonSchema = whole["$defs"][str(field["$ref"]).removeprefix("#/$defs/")]
    return found
