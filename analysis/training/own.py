"""Our own labelled texts: one pair of files an invented organisation, ``texts/<lang>/<slug>.toml`` and ``.tsv``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from analysis.training.examples import Example, Named, Who, flag_labels, sentiment_labels, unbraced
from model import Organisation, Partner

TEXTS = Path(__file__).parent / "texts"

PAIRS = Path(__file__).parent / "pairs"
"""Texts that are hard on purpose: what was solved, refuted, feared or somebody else's failing, most beside another
that shares its words and is a concern. The accurate tier learns from two thirds of their organisations, the fast one
from none: it gains nothing by them (docs/decisions/0008)."""

ODD = Path(__file__).parent / "odd"
"""Texts that say it in nobody's usual way: one has to know the world to tell a concern from a joke or a mishap. The
accurate tier learns from them, the fast one does not: its concerns gained nothing, and its feelings lost a point
(docs/decisions/0013)."""

HARD = {"odd": ODD, "pairs": PAIRS}
"""Our own texts that are hard on purpose, each kind with a measure of its own."""

_COLUMNS = (
    "channel", "who", "thread", "parent", "title", "sentiment", "intents", "needs", "concern", "hard", "text",
)  # fmt: skip


def own_examples(folder: Path = TEXTS) -> list[Example]:
    """Return every text below a folder, by language and organisation in order of their names.

    Raises ValueError that names file and line where one is not of the form.
    """
    return [example for told in sorted(folder.glob("*/*.tsv")) for example in _of_organisation(told)]


def learned_examples() -> list[Example]:
    """Return what the accurate tier learns from: our own texts, hard ones too, but for what is held back."""
    return [one for folder in (TEXTS, *HARD.values()) for one in own_examples(folder) if not one.held_back]


def read_named(described: Path) -> Named:
    """Return the organisation that a ``.toml`` describes."""
    with described.open("rb") as file:
        data = tomllib.load(file)
    return Named(
        slug=described.stem,
        organisation=Organisation(
            name=data["name"],
            languages=("en", "es", "pt"),
            aliases=tuple(data.get("aliases", ())),
            programmes=tuple(data.get("programmes", ())),
        ),
        partners=tuple(
            Partner(name=one["name"], aliases=tuple(one.get("aliases", ())))
            for one in data.get("partners", ())
        ),
        field=data.get("field", ""),
        held_back=bool(data.get("held_back", False)),
    )


def _of_organisation(told: Path) -> list[Example]:
    named = read_named(told.with_suffix(".toml"))
    header, *lines = told.read_text(encoding="utf-8").rstrip("\n").split("\n")
    if tuple(header.split("\t")) != _COLUMNS:
        raise ValueError(f"{told}: the first line is not the header {' '.join(_COLUMNS)}")
    examples = []
    for number, line in enumerate(lines, 2):
        try:
            row = dict(zip(_COLUMNS, line.split("\t"), strict=True))
            examples.append(_example(row, named, told.parent.name))
        except ValueError as error:
            raise ValueError(f"{told}, line {number}: {error}") from error
    return examples


def _example(row: Mapping[str, str], named: Named, lang: str) -> Example:
    plain = {name: value.replace("\\n", "\n") for name, value in row.items()}
    text, in_text = unbraced(plain["text"])
    title, in_title = unbraced(plain["title"])
    parent, _ = unbraced(plain["parent"])
    return Example(
        text=text,
        title=title,
        parent_text=parent,
        channel=row["channel"],
        in_our_thread=row["thread"] == "ours",
        who=_one_of(row["who"], ("other", "partner", "us")),
        lang=lang,
        source="own",
        named=named,
        hard=row["hard"],
        labels={
            **sentiment_labels(_one_of(row["sentiment"], ("neg", "neu", "pos"))),
            **flag_labels("intent", row["intents"].split("+")),
            **flag_labels("need", [need for need in row["needs"].split("+") if need]),
            "concern:yes": float(_one_of(row["concern"], ("yes", "no")) == "yes"),
        },
        partner_spans=(
            *(("title", start, end) for start, end in in_title),
            *(("text", start, end) for start, end in in_text),
        ),
    )


def _one_of(value: str, known: tuple[str, ...]) -> Any:
    if value not in known:
        raise ValueError(f"{value!r} is none of {', '.join(known)}")
    return cast("Who", value)
