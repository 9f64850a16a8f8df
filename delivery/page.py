"""What a letter consists of, before it becomes HTML or plain text: words in order, and nothing of their looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from delivery.quote import NOTHING, Quote

Tone = Literal["plain", "urgent", "warning"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One mention, or one story by its leading mention. ``age`` is how long it waits; empty where nobody does.

    is_new: the word beside what came in this period, where older ones stand by it. lang: of the words, ISO 639-1.
    """

    who: str
    where: str
    when: str
    quote: Quote
    partner: str = ""
    title: Quote = NOTHING
    age: str = ""
    is_new: str = ""
    lang: str = ""
    why: str = ""
    also: str = ""
    link: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """What several people speak about, with one or two of their quotations."""

    title: str
    count: str
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a table. ``share`` is 0…1 of the longest bar, None for no bar.

    head: a name before the first cell, which then carries the link.
    """

    cells: tuple[str, ...]
    head: str = ""
    share: float | None = None
    link: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Columns and rows; the first column holds names, the others numbers."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """A part of one bar: what it stands for (``positive neutral negative``) and its share, 0…1."""

    of: str
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One part under a heading; only what is there is shown, in this order."""

    heading: str
    tone: Tone = "plain"
    lines: tuple[str, ...] = ()
    shares: tuple[Share, ...] = ()
    items: tuple[Item, ...] = ()
    themes: tuple[Theme, ...] = ()
    table: Table | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The few words that every item of a letter repeats."""

    link: str  # what every link to an original says
    why: str
    partner: str  # beside a partner's own account
    waits: str  # before how long


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A whole letter."""

    language: str
    heading: str
    subheading: str
    lead: str
    sections: tuple[Section, ...]
    preview: str = ""  # what a mail program shows behind the subject
    footer: tuple[str, ...] = ()
    words: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much of each part is shown; the rest is counted, and the letter says how to see it."""

    waiting: int = 8
    briefly: int = 12  # of those who wait, behind the ones above, a line each
    themes: int = 7
    quotes: int = 2
    thanks: int = 4
    rows: int = 20
    words: int = 280
