"""The way of a file: read, follow its references, check each table, check what joins them, place the faults."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from pydantic import ConfigDict

from config.certificates import unreadable_certificates
from config.channels import source_table
from config.checking import checked, value_at
from config.faults import ConfigurationFaults, Fault, KeyPath, Problem
from config.places import place_of, places
from config.reading import Document, Referenced, follow, is_reference, read, walk
from config.recipients import ways_out
from config.relations import entries, relations
from config.settings import of_the_channel, settings
from config.tables import File, SourceTable
from config.wording import key_of
from errors import NeedsAttention
from model import Secret, Settings


class AnySourceTable(SourceTable):
    """A source of a channel that is not known: only the common keys can be checked."""

    model_config = ConfigDict(extra="allow")


def load(
    path: Path,
    *,
    channels: Mapping[str, type],
    environ: Mapping[str, str],
    read_query: Callable[[str], object] | None = None,
) -> Settings:
    """Return the checked settings of the file, or raise ConfigurationFaults with all that is wrong."""
    return _settings(read(path), channels, environ, read_query)


def load_without_sources(path: Path) -> Settings:
    """Return what the file says of all but its sources; each ``env:`` stands for the word "example"."""
    document = read(path)
    document.tree.pop("sources", None)
    variables = {str(value).removeprefix("env:") for _, value in walk(document.tree) if is_reference(value)}
    return _settings(document, {}, dict.fromkeys(variables, "example"))


def _settings(
    document: Document,
    channels: Mapping[str, type],
    environ: Mapping[str, str],
    read_query: Callable[[str], object] | None = None,
) -> Settings:
    folder = document.path.parent
    followed, unresolved = follow(document.tree, base=folder, environ=environ)
    tree: dict[str, object] = followed if isinstance(followed, dict) else {}
    file, problems = checked(File, tree)
    sources, more = _sources(tree, channels)
    found = [*unresolved, *problems, *more, *relations(tree, channels, read_query), *ways_out(tree)]
    found += unreadable_certificates(tree, folder)
    if file is None or found:
        raise ConfigurationFaults(placed(found, document))
    return settings(file, sources, folder=folder)


def placed(problems: Iterable[Problem], document: Document) -> Sequence[Fault]:
    """Return the problems as faults with their lines, in the order of the file."""
    known = places(document.text)
    faults = [_fault(problem, place_of(problem.path, known), document) for problem in dict.fromkeys(problems)]
    return sorted(faults, key=lambda fault: (fault.line or 0, fault.column or 0))


def _fault(problem: Problem, place: tuple[int, int] | None, document: Document) -> Fault:
    line, column = place or (None, None)
    name = value_at(document.tree, (*problem.path[:2], "name"))
    return Fault(
        file=str(document.path),
        line=line,
        column=column,
        key=key_of(problem.path, name),
        message=problem.message,
    )


def _sources(
    tree: Mapping[str, object], channels: Mapping[str, type]
) -> tuple[Sequence[SourceTable], list[Problem]]:
    sources: list[SourceTable] = []
    problems: list[Problem] = []
    for path, entry in entries(tree, "sources"):
        channel = str(entry.get("channel"))
        table = source_table(channel, channels[channel]) if channel in channels else AnySourceTable
        source, found = checked(table, entry, path)
        problems += found
        if source is not None:
            sources.append(source)
            problems += refused(source, channels.get(source.channel), path)
    return sources, problems


def refused(source: SourceTable, collector: type | None, at: KeyPath) -> list[Problem]:
    """Return what the collector itself finds wrong with its settings, each of which is of the right type."""
    written = of_the_channel(source)
    if collector is None:
        return []
    try:
        collector(**written)
    except (ValueError, NeedsAttention) as error:
        message = str(error)
    else:
        return []
    key = next((key for key in written if re.match(rf"{key}\b", message)), None)
    if any(value in message for value in _hidden(written)):
        message = "is refused by the channel; the value is not shown, for it is secret or came by reference"
    return [Problem((*at, key) if key else at, message.removeprefix(f"{key}: "))]


def _hidden(written: Mapping[str, object]) -> list[str]:
    secrets = [value.reveal() for value in written.values() if isinstance(value, Secret)]
    return [*secrets, *(str(value) for _, value in walk(written) if isinstance(value, Referenced))]
