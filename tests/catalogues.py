"""Keeps the words of the letters in step with the code: `python -m tests.catalogues` writes delivery/locale anew.

Each language is one file for translators (``earshot.po``) and the same for machines (``earshot.mo``). A new sentence
stands in the first without a translation until somebody writes one, and a test names it.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

DELIVERY = Path(__file__).resolve().parents[1] / "delivery"
LOCALE = DELIVERY / "locale"
LANGUAGES = ("es", "pt")  # English is what the code itself says
GAP = re.compile(r"\{\w+\}")

UNREAD = tuple(
    f'"{name}:'.encode()
    for name in (
        "Project-Id-Version",
        "Report-Msgid-Bugs-To",
        "POT-Creation-Date",
        "PO-Revision-Date",
        "Last-Translator",
        "Language-Team",
        "Generated-By",
    )
)
NEVER = datetime(2026, 1, 1, tzinfo=UTC)  # no clock in what machines read: the same words are the same bytes


def said_by_the_code() -> Catalog:
    """Return every sentence that delivery/ passes to gettext, each with the files that say it."""
    found = Catalog(project="earshot", header_comment="", creation_date=NEVER, charset="utf-8")
    spoken = extract_from_dir(DELIVERY, method_map=[("**.py", "python")])
    for file, _line, words, _comments, context in sorted(spoken, key=lambda one: (one[0], one[1])):
        found.add(words, locations=[(f"delivery/{Path(file).as_posix()}", 0)], context=context)
    return found


def kept(language: str) -> Catalog:
    """Return a language's catalogue as translators keep it."""
    with (LOCALE / language / "LC_MESSAGES" / "earshot.po").open("rb") as file:
        return read_po(file, locale=language)


def in_step(language: str) -> Catalog:
    """Return a language's catalogue with exactly the sentences of the code; what was translated stays so."""
    spoken, translated = said_by_the_code(), kept(language)
    fresh = Catalog(
        locale=language,
        project="earshot",
        version="",
        header_comment=f"# The letters of Earshot: {language}. Written anew by `python -m tests.catalogues`.",
        creation_date=NEVER,
        revision_date=NEVER,
        last_translator="",
        language_team="",
        fuzzy=False,
    )
    for message in sorted((one for one in spoken if one.id), key=lambda one: (one.locations, str(one.id))):
        before = translated.get(message.id if isinstance(message.id, str) else message.id[0], message.context)
        words = before.string if before is not None else None
        fresh.add(message.id, words or None, locations=message.locations, context=message.context)
    return fresh


def as_po(catalogue: Catalog) -> bytes:
    """Return the catalogue as translators keep it, without the headers that nobody reads."""
    out = BytesIO()
    write_po(out, catalogue, width=100, include_lineno=False, sort_output=False)
    return b"".join(line for line in out.getvalue().splitlines(keepends=True) if not line.startswith(UNREAD))


def as_mo(catalogue: Catalog) -> bytes:
    """Return the catalogue as gettext reads it."""
    out = BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def main() -> None:
    """Write both files of each language."""
    for language in LANGUAGES:
        folder = LOCALE / language / "LC_MESSAGES"
        folder.mkdir(parents=True, exist_ok=True)
        po = folder / "earshot.po"
        if not po.exists():
            po.write_bytes(as_po(Catalog(locale=language)))
        catalogue = in_step(language)
        po.write_bytes(as_po(catalogue))
        (folder / "earshot.mo").write_bytes(as_mo(catalogue))


if __name__ == "__main__":
    main()
