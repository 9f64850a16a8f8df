"""What pydantic finds wrong with a table, turned into problems in the words of the house.

pydantic's own texts are not used: they show the value.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from config.faults import KeyPath, Problem
from config.reading import Referenced, Unresolved
from config.tables import File, SourceTable, Table
from config.values import WithheldError
from config.wording import did_you_mean, kind, plain, shown

Checked = TypeVar("Checked", bound=BaseModel)

WANTED = {
    "string_type": "text in quotes",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": 'a list, like ["…"]',
    "dict_type": "a table",
    "model_type": "a table",
}


def checked(model: type[Checked], table: object, at: KeyPath = ()) -> tuple[Checked | None, list[Problem]]:
    """Return the table as the model has it, or None and what is wrong; ``at`` is where the table stands."""
    try:
        return model.model_validate(table), []
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
    return None, [_problem(model, table, detail, at) for detail in details if not _is_told(table, detail)]


def value_at(table: object, path: KeyPath) -> object:
    """Return what stands at the path, or None."""
    for part in path:
        if isinstance(part, str) and isinstance(table, Mapping):
            table = table.get(part)
        elif isinstance(part, int) and isinstance(table, list) and part < len(table):
            table = table[part]
        else:
            return None
    return table


def _is_told(table: object, detail: ErrorDetails) -> bool:
    """Whether the value is absent because its reference led nowhere; a wrong key is one all the same."""
    return detail["type"] != "extra_forbidden" and isinstance(
        value_at(table, tuple(detail["loc"])), Unresolved
    )


def _problem(model: type[BaseModel], table: object, detail: ErrorDetails, at: KeyPath) -> Problem:
    inner = tuple(detail["loc"])
    path = (*at, *inner)
    value = value_at(table, inner)
    if detail["type"] == "missing":
        return Problem(path, _missing(path))
    if detail["type"] == "extra_forbidden":
        return Problem(path, _unknown(model, inner, at))
    if detail["type"] in WANTED:
        return Problem(path, _wrong_kind(detail["type"], value, path))
    return Problem(path, _wrong_value(detail, value))


def _missing(path: KeyPath) -> str:
    key = plain(str(path[-1]))
    return (
        "is missing; write [organisation] and its name"
        if len(path) == 1
        else f'is missing; write {key} = "…"'
    )


def _unknown(model: type[BaseModel], inner: KeyPath, at: KeyPath) -> str:
    key = str(inner[-1])
    keys = keys_of(_table_at(model, inner[:-1]))
    homes = [name for name, part in _tables(File).items() if key in keys_of(part)]
    if asked := did_you_mean(key, keys):
        return f"is no key here{asked}"
    if len(homes) == 1 and not at:
        return f"is no key here; it belongs to {plain(homes[0])}"
    return f"is no key here; the keys are {', '.join(sorted(keys))}"


def _wrong_kind(wanted: str, value: object, path: KeyPath) -> str:
    if len(path) == 1 and wanted == "tuple_type" and isinstance(value, dict):
        return f"must be written with two brackets: [[{path[0]}]]"
    if len(path) == 1 and isinstance(value, list):
        return f"must be written once, with one bracket: [{path[0]}]"
    return f"must be {WANTED[wanted]}, not {kind(value)}"


def _wrong_value(detail: ErrorDetails, value: object) -> str:
    facts: Mapping[str, Any] = detail.get("ctx", {})
    told = facts.get("error")
    if isinstance(told, WithheldError) and not isinstance(value, Referenced):
        return str(told)
    if isinstance(told, ValueError):
        return f"{shown(value)} {told}"
    bounds = {"ge": "at least", "le": "at most", "gt": "more than"}
    bound = next((f"{words} {facts[name]}" for name, words in bounds.items() if name in facts), "")
    if detail["type"] == "too_short":
        return "is empty; name at least one"
    return f"must be {bound}" if bound else "must be a number that is finite"


def keys_of(model: type[BaseModel] | None) -> set[str]:
    """Return the keys of a table as the file writes them."""
    return {field.alias or name for name, field in model.model_fields.items()} if model else set()


def _tables(model: type[BaseModel]) -> dict[str, type[BaseModel]]:
    """The tables right below this one: ``{"organisation": OrganisationTable, …}``."""
    below: dict[str, type[BaseModel]] = {"sources": SourceTable} if model is File else {}
    for name, field in model.model_fields.items():
        for part in (field.annotation, *get_args(field.annotation)):
            if isinstance(part, type) and issubclass(part, Table):
                below[field.alias or name] = part
    return below


def _table_at(model: type[BaseModel], path: KeyPath) -> type[BaseModel] | None:
    found: type[BaseModel] | None = model
    for part in path:
        if isinstance(part, str) and found is not None:
            found = _tables(found).get(part)
    return found
