"""A letter as plain text, for those who read it so: 78 columns, links on lines of their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap

from delivery.page import Item, Page, Row, Section, Table, Theme
from delivery.quote import Quote

COLUMNS = 78


def to_plain(page: Page) -> str:
    """Return the page in lines of at most COLUMNS; only a link may be longer, since a broken one leads nowhere."""
    lines = [*_wrapped(page.heading), *_wrapped(page.subheading), "", *_wrapped(page.lead)]
    for section in page.sections:
        lines += ["", "", *_wrapped(section.heading.upper()), "-" * min(len(section.heading), COLUMNS)]
        lines += _section(section, page)
    lines += ["", "-- "] if page.footer else []
    for line in page.footer:
        lines += _wrapped(line)
    return "\n".join(lines) + "\n"


def _section(section: Section, page: Page) -> Iterator[str]:
    for line in section.lines:
        yield from _wrapped(line, first="- ", then="  ")
    for item in section.items:
        yield ""
        yield from _item(item, page)
    for theme in section.themes:
        yield from _theme(theme, page)
    if section.table:
        if section.lines or section.items:
            yield ""
        yield from _table(section.table)
    if section.notes and (section.items or section.table or section.themes):
        yield ""
    for note in section.notes:
        yield from _wrapped(note)


def _theme(theme: Theme, page: Page) -> Iterator[str]:
    yield ""
    yield from _wrapped(f"{theme.title} ({theme.count})")
    for item in theme.items:
        yield ""
        yield from _item(item, page, indent="  ")


def _item(item: Item, page: Page, indent: str = "") -> Iterator[str]:
    head = item.who
    if item.partner:
        head += f" [{item.partner if item.partner != item.who else page.words.partner}]"
    if item.is_new:
        head += f" [{item.is_new}]"
    yield from _wrapped(f"{head} - {item.where} - {item.when}", first=f"{indent}* ", then=f"{indent}  ")
    inner = f"{indent}  "
    if item.title:
        yield from _wrapped(marked(item.title), first=inner, then=inner)
    if item.quote:
        yield from _wrapped(f"“{marked(item.quote)}”", first=f"{inner}> ", then=f"{inner}> ")
    why = f"{page.words.why}: {item.why}" if item.why else ""
    age = f"{page.words.waits} {item.age}" if item.age else ""
    because = "; ".join(part for part in (why, item.also, age) if part)
    if because:
        yield from _wrapped(because, first=inner, then=inner)
    if item.link:
        yield f"{inner}{item.link}"


def marked(quote: Quote) -> str:
    """Return the words with those that matter between asterisks."""
    return f"{quote.before}*{quote.key}*{quote.after}" if quote.key else str(quote)


def _table(table: Table) -> Iterator[str]:
    numbers = [
        max(9, *(len(cells[n]) + 2 for cells in _lines_of(table))) for n in range(1, len(table.columns))
    ]
    most = max(COLUMNS - sum(numbers), 1)
    name = min(max(len(cells[0]) for cells in _lines_of(table)), most)
    yield _line(table.columns, name, numbers)
    for row in table.rows:
        *above, last = _wrapped_to(_first(row), name)
        yield from above
        yield _line((last, *row.cells[1:]), name, numbers)
        if row.link:
            yield f"  {row.link}"


def _lines_of(table: Table) -> list[tuple[str, ...]]:
    return [table.columns, *((_first(row), *row.cells[1:]) for row in table.rows)]


def _first(row: Row) -> str:
    return f"{row.head}: {row.cells[0]}" if row.head else row.cells[0]


def _line(cells: Sequence[str], name: int, numbers: Sequence[int]) -> str:
    figures = "".join(cell.rjust(width) for cell, width in zip(cells[1:], numbers, strict=True))
    return (cells[0].ljust(name) + figures).rstrip()


def _wrapped_to(words: str, columns: int) -> list[str]:
    return wrap(words, columns, subsequent_indent="  " if columns > 20 else "", break_on_hyphens=False) or [
        ""
    ]


def _wrapped(line: str, *, first: str = "", then: str = "") -> list[str]:
    return wrap(line, COLUMNS, initial_indent=first, subsequent_indent=then, break_on_hyphens=False) or [
        first
    ]
