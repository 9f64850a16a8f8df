"""Notes from a table that a spreadsheet wrote: in any of its encodings, row by row; one bad row costs only itself."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from difflib import get_close_matches

from collectors.note import Talk, as_mention, read_when
from errors import NeedsAttention
from model import Mention
from text import one_line

LARGEST = 10 * 1024 * 1024
MOST_ROWS = 50_000
COLUMNS = ("key", "when", "where", "who", "partner", "consent", "lang", "text")
NEEDED = ("when", "text")
DELIMITERS = ",;\t"
SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
STARTS_A_FORMULA = frozenset("=+-@\t\r\n\0＝＋－＠")  # what exports put an apostrophe before
ENCODINGS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
CONSENT = {
    **dict.fromkeys(("yes", "y", "true", "1", "x", "ja", "sí", "si", "sim"), True),
    **dict.fromkeys(("no", "n", "false", "0", "", "nein", "não", "nao"), False),
}


@dataclass(frozen=True, slots=True)
class Bad:
    """A row that could not be read: the line that it begins on, from 1, and why in words."""

    line: int
    why: str


@dataclass(frozen=True, slots=True)
class Notes:
    """What a table holds. ``ignored`` are columns that mean nothing here."""

    mentions: Sequence[Mention]
    bad: Sequence[Bad]
    ignored: Sequence[str]


def read_notes(
    data: bytes, name: str, *, zone: tzinfo, partners: Mapping[str, Sequence[str]], now: datetime
) -> Notes:
    """Read a table. ``partners`` has the aliases of each; a date without a zone is one of ``zone``.

    NeedsAttention, where the file as a whole is no table of notes, names it and says what to do.
    """
    text = decoded(data, name)
    delimiter = _delimiter(text)
    rows = _rows(text, delimiter)
    _, header = next(rows, (1, []))
    if isinstance(header, str):
        raise NeedsAttention(f"{name}: its first line cannot be read ({header})")
    columns = [one_line(column, 40).casefold() for column in header]
    _check(columns, name)
    names = by_name(partners)
    mentions: list[Mention] = []
    bad: list[Bad] = []
    for line, cells in rows:
        try:
            mentions.append(_mention(columns, cells, zone, names, now))
        except ValueError as error:
            bad.append(Bad(line, str(error)))
        if len(mentions) + len(bad) > MOST_ROWS:
            raise NeedsAttention(f"{name}: it has more than {MOST_ROWS} rows; give it in parts")
    return Notes(_told_apart(mentions), bad, [each for each in columns if each and each not in COLUMNS])


def decoded(data: bytes, name: str) -> str:
    """Return the text of a file; NeedsAttention for what is none."""
    if len(data) > LARGEST:
        raise NeedsAttention(f"{name}: it is larger than {LARGEST // 1048576} MiB; give it in parts")
    if data.startswith(SPREADSHEETS):
        raise NeedsAttention(
            f"{name}: it is a spreadsheet's own file; save it as CSV (UTF-8) there, and give that"
        )
    encoding = next((each for mark, each in ENCODINGS.items() if data.startswith(mark)), None)
    if encoding is None and b"\0" in data:
        raise NeedsAttention(f"{name}: it is no text; save the table as CSV (UTF-8), and give that")
    # cp1252 is what spreadsheets write in the West without a word on it; it lacks five bytes that latin-1 has.
    for each in [encoding] if encoding else ["utf-8", "cp1252", "latin-1"]:
        try:
            return data.decode(each)
        except UnicodeDecodeError:
            continue
    raise NeedsAttention(
        f"{name}: it begins as {encoding} and goes on as something else; save it as CSV (UTF-8)"
    )


def _delimiter(text: str) -> str:
    """Return what parts the cells: that by which the first line names the most columns we know."""
    first = text.lstrip("\r\n").partition("\n")[0].casefold()

    def known(delimiter: str) -> int:
        return sum(cell.strip().strip('"') in COLUMNS for cell in first.split(delimiter))

    return max(DELIMITERS, key=known)


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str] | str]]:
    """Yield the line that each row begins on, with its cells, or in words why it has none; no empty rows."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, f"it cannot be read ({error}); look for a quote that is not closed"
            continue
        if any(cell.strip() for cell in cells):
            yield line, cells


def _check(columns: Sequence[str], name: str) -> None:
    missing = [each for each in NEEDED if each not in columns]
    twice = [each for each, count in Counter(columns).items() if count > 1 and each in COLUMNS]
    if missing or twice:
        what = f"no column {missing[0]!r}" if missing else f"the column {twice[0]!r} twice"
        raise NeedsAttention(
            f"{name}: it has {what}; its first line names the columns, of {', '.join(COLUMNS)}"
        )


def _mention(
    columns: Sequence[str], cells: list[str] | str, zone: tzinfo, names: Mapping[str, str], now: datetime
) -> Mention:
    if isinstance(cells, str):
        raise ValueError(cells)
    if any(cell.strip() for cell in cells[len(columns) :]):
        raise ValueError(f"it has {len(cells)} cells, and there are {len(columns)} columns")
    row = {column: _plain(cell) for column, cell in zip(columns, cells, strict=False)}
    consent = CONSENT.get(row.get("consent", "").casefold())
    if consent is None:
        raise ValueError("consent: write yes or no")
    return as_mention(
        Talk(
            text=row.get("text", ""),
            when=read_when(row.get("when", ""), zone, now=now),
            where=row.get("where", ""),
            who=row.get("who", ""),
            partner=partner_named(row.get("partner", ""), names),
            consent=consent,
            lang=row.get("lang", ""),
            key=row.get("key", ""),
        )
    )


def by_name(partners: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return the partner of each name and alias, in lower case, for partner_named."""
    names = {alias.casefold(): name for name, aliases in partners.items() for alias in aliases}
    return names | {name.casefold(): name for name in partners}


def partner_named(written: str, names: Mapping[str, str]) -> str:
    """Return the partner that a name or an alias means, "" for none; ValueError for one that nobody knows."""
    if not written:
        return ""
    partner = names.get(written.casefold())
    if partner is None:
        near = get_close_matches(written.casefold(), names, n=1)
        hint = f"did you mean {names[near[0]]!r}?" if near else "add it to the configuration, or leave it out"
        raise ValueError(f"partner: there is no partner {one_line(written, 60)!r}; {hint}")
    return partner


def _plain(cell: str) -> str:
    """Return a cell without the apostrophe that keeps a spreadsheet from running it."""
    cell = cell.strip()
    shielded = cell[:1] == "'" and cell.lstrip("'")[:1] in STARTS_A_FORMULA
    return cell[1:] if shielded else cell


def _told_apart(mentions: Sequence[Mention]) -> list[Mention]:
    """Number rows that are alike in all that a note is known by: two people may say the same."""
    seen: Counter[str] = Counter()
    apart = []
    for mention in mentions:
        seen[mention.external_id] += 1
        n = seen[mention.external_id]
        is_keyed = mention.external_id.startswith("key:")
        apart.append(
            mention if n == 1 or is_keyed else replace(mention, external_id=f"{mention.external_id}-{n}")
        )
    return apart
