"""Channel note: talks as mentions, and the tables that spreadsheets write."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from collectors.note import Talk, as_mention, read_when
from collectors.note.table import COLUMNS, LARGEST, Notes, read_notes
from commands.options import Format
from commands.printing import write_rows
from errors import NeedsAttention
from text import clean

NOW = datetime(2026, 5, 20, 9, 30, tzinfo=UTC)
SHIELDED = ("", "=", "+", "-", "@", "'", "'=", "''", "＝")
BERLIN = ZoneInfo("Europe/Berlin")
PARTNERS = {"Northside Shelter": ("Northside", "NSS")}
TABLE = """when,where,who,partner,consent,text,weather
2026-05-18,Tuesday market,Ann Müller,,yes,The boxes came late.,sunny
2026-05-19 14:30,phone,Bob,NSS,no,When do you come?,
"""


def read(table: str | bytes, name: str = "market.csv") -> Notes:
    data = table if isinstance(table, bytes) else table.encode()
    return read_notes(data, name, zone=BERLIN, partners=PARTNERS, now=NOW)


def test_a_talk_is_a_mention() -> None:
    ann, bob = read(TABLE).mentions

    assert (ann.channel, ann.scope, ann.title, ann.text) == (
        "note",
        "",
        "Tuesday market",
        "The boxes came late.",
    )
    assert ann.author is not None
    assert (ann.author.handle, ann.author.name) == ("Ann Müller", "Ann Müller")
    assert ann.published_at == datetime(2026, 5, 18, 10, tzinfo=UTC), "noon in Berlin"
    assert bob.published_at == datetime(2026, 5, 19, 12, 30, tzinfo=UTC)
    assert (ann.raw, bob.raw) == ({"consent": True}, {"consent": False})


def test_without_consent_no_name_is_kept() -> None:
    _, bob = read(TABLE).mentions

    assert "Bob" not in repr(bob)
    assert bob.author is not None
    assert (bob.author.handle, bob.author.name) == ("Northside Shelter", "")
    assert as_mention(Talk(text="Late.", who="Bob", when=NOW)).author is None


def test_who_speaks_for_a_partner_speaks_under_its_name() -> None:
    said = as_mention(Talk(text="Late.", who="Ann", partner="Northside Shelter", consent=True, when=NOW))

    assert said.author is not None
    assert (said.author.handle, said.author.name) == ("Northside Shelter", "Ann")


def test_a_note_is_the_same_with_and_without_its_name() -> None:
    named = as_mention(Talk(text="Late.", who="Ann", consent=True, when=NOW))
    unnamed = as_mention(Talk(text="Late.", who="", consent=False, when=NOW))

    assert named.external_id == unnamed.external_id
    assert "Ann" not in named.external_id


def test_rows_that_are_alike_are_told_apart() -> None:
    row = "2026-05-18,Thank you!\n"

    mentions = read("when,text\n" + row * 3).mentions

    assert len({mention.external_id for mention in mentions}) == 3
    assert [m.external_id for m in mentions] == [
        m.external_id for m in read("when,text\n" + row * 3).mentions
    ]


def test_a_key_keeps_a_note_what_it_is_through_an_edit() -> None:
    (before,) = read("key,when,text\n7,2026-05-18,Late.\n").mentions
    (after,) = read("key,when,text\n7,2026-05-17,Very late.\n").mentions

    assert before.external_id == after.external_id == "key:7"


@pytest.mark.parametrize(
    "data",
    [
        TABLE.encode("utf-8-sig"),
        TABLE.encode("utf-16"),
        b"\xfe\xff" + TABLE.encode("utf-16-be"),
        TABLE.encode("cp1252"),
        TABLE.replace(",", ";").encode(),
        TABLE.replace(",", "\t").encode("cp1252"),
        TABLE.replace("\n", "\r\n").encode(),
        TABLE.replace("when,where", '"When"," where"').encode(),
    ],
    ids=["bom", "utf-16", "utf-16-be", "cp1252", "semicolons", "tabs", "crlf", "quoted header"],
)
def test_the_tables_of_all_spreadsheets_read_alike(data: bytes) -> None:
    """faults.md 29."""
    notes = read(data)

    assert list(notes.mentions) == list(read(TABLE).mentions)
    assert list(notes.ignored) == ["weather"]


def test_one_bad_row_costs_only_itself() -> None:
    """faults.md 92."""
    notes = read(
        "when,text,consent,partner,lang\n"
        "yesterday,Late.,,,\n"
        "\n"
        "2026-05-18,,,,\n"
        '2026-05-18,"two\nlines",maybe,,\n'
        "2026-05-18,Late.,,Northsid,\n"
        "2026-05-18,Late.,,Elsewhere,\n"
        "2026-05-18,Late.,,,English\n"
        "2026-05-18,Late.,,,,more,cells\n"
        "2096-05-18,Late.,,,\n"
        "05/18/2026,Late.,,,\n"
        "2026-05-18,Good.,ja,,pt-BR\n"
    )

    assert [mention.text for mention in notes.mentions] == ["Good."]
    assert notes.mentions[0].lang == "pt"
    told = [(bad.line, bad.why) for bad in notes.bad]
    assert [line for line, _ in told] == [2, 4, 5, 7, 8, 9, 10, 11, 12]
    expected = [
        "no date",
        "no text",
        "yes or no",
        "did you mean 'Northside Shelter'",
        "no partner 'Elsewhere'",
    ]
    expected += ["no language", "7 cells", "still to come", "no date"]
    assert all(words in why for words, (_, why) in zip(expected, told, strict=True))


def test_a_quote_that_is_never_closed_is_told() -> None:
    """faults.md 92."""
    notes = read('when,text\n2026-05-18,Good.\n2026-05-18,"' + "x" * 200_000 + "\n")

    assert [mention.text for mention in notes.mentions] == ["Good."]
    assert "quote" in notes.bad[0].why


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "no column 'when'"),
        (b"who,text\nAnn,Late.\n", "no column 'when'"),
        (b"when,text,Text\n", "the column 'text' twice"),
        (b"PK\x03\x04rest", "save it as CSV"),
        (b"\xd0\xcf\x11\xe0rest", "save it as CSV"),
        (b"when,te\0xt\n", "no text"),
        (b"\xff\xfe\x00\xd8x", "goes on as something else"),
        (b"x" * (LARGEST + 1), "larger than 10 MiB"),
        (b"when,text\n" + b"2026-05-18,x\n" * 50_001, "more than 50000 rows"),
        (b'"' + b"x" * 200_000, "first line"),
    ],
    ids=["empty", "no when", "twice", "xlsx", "xls", "nul", "half utf-16", "large", "long", "quote"],
)
def test_what_is_no_table_of_notes_is_refused_with_what_to_do(data: bytes, told: str) -> None:
    """faults.md 92."""
    with pytest.raises(NeedsAttention, match=told) as raised:
        read(data)
    assert str(raised.value).startswith("market.csv: ")


def test_an_apostrophe_before_a_formula_is_taken_off() -> None:
    """faults.md 43."""
    assert [each.text for each in read("when,text\n2026-05-18,'=late\n2026-05-18,'tis late\n").mentions] == [
        "=late",
        "'tis late",
    ]


@given(text=st.text(st.characters(exclude_categories=["Cs"])).map(clean), before=st.sampled_from(SHIELDED))
@example(text="''=late", before="")
def test_what_an_export_wrote_is_read_as_it_was(text: str, before: str) -> None:
    """faults.md 43."""
    text = clean(before + text) or "?"
    out = io.StringIO()
    write_rows([{"when": "2026-05-18", "text": text}], Format.csv, ["when", "text"], out)

    [read_again] = read(out.getvalue()).mentions

    assert read_again.text == text
    assert not next(csv.reader(io.StringIO(out.getvalue().partition("\n")[2])))[1].startswith(
        ("=", "+", "-", "@")
    )


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-05-18", datetime(2026, 5, 18, 10, tzinfo=UTC)),
        ("20260518", datetime(2026, 5, 18, 10, tzinfo=UTC)),
        ("18.05.2026", datetime(2026, 5, 18, 10, tzinfo=UTC)),
        ("18.05.2026 09:00", datetime(2026, 5, 18, 7, tzinfo=UTC)),
        (" 2026-05-18T09:00:00Z ", datetime(2026, 5, 18, 9, tzinfo=UTC)),
        ("2026-01-18 09:00", datetime(2026, 1, 18, 8, tzinfo=UTC)),
    ],
)
def test_dates_are_those_of_the_organisation(written: str, expected: datetime) -> None:
    assert read_when(written, BERLIN, now=NOW) == expected


@pytest.mark.parametrize(
    "written", ["", "18/05/2026", "0001-01-01", "9999-12-31", "1999-12-31", "2026-02-30"]
)
def test_dates_that_cannot_be_are_refused(written: str) -> None:
    """faults.md 32."""
    with pytest.raises(ValueError, match="when"):
        read_when(written, BERLIN, now=NOW)


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)


@given(st.lists(st.fixed_dictionaries(dict.fromkeys(COLUMNS, texts))))
def test_whatever_stands_in_a_table_is_read_or_told(rows: list[dict[str, str]]) -> None:
    """faults.md 30 and 92."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)

    notes = read(out.getvalue())

    assert len(notes.mentions) + len(notes.bad) <= len(rows)
    assert all(each.published_at and each.published_at < NOW + timedelta(days=1) for each in notes.mentions)
