"""What a person is told about a bad file: all at once, with the line, the key and what to write instead."""

from __future__ import annotations

from dataclasses import dataclass, field, make_dataclass
from pathlib import Path

import pytest

import config
from errors import NeedsAttention
from model import Secret
from tests.configuration import CHANNELS, FORUM, HEAD, KEYS, SMTP, faults_of, load


@dataclass(frozen=True, slots=True, kw_only=True)
class Odd:
    key: Secret = field(default=Secret("canary"))
    _inner: str = ""


RULE = '[[rules]]\nname = "a"\nwhen = "concern"\n'
DIGEST = '[[digests]]\nname = "d"\n'
FEED = '[[sources]]\nname = "f"\nchannel = "feed"\nurl = "https://a.example"\n'
ANN = '[[partners]]\nname = "Ann"\n'

# each: what stands after HEAD, the line of the fault, its key, a part of its message
CASES: list[tuple[str, int, str, str]] = [
    ("nam = 1", 3, "[organisation] nam", "no key here; did you mean 'name'?"),
    ("port = 1", 3, "[organisation] port", "no key here; it belongs to smtp"),
    ("zzz = 1", 3, "[organisation] zzz", "the keys are aliases, handles, languages"),
    ('[stor]\nurl = "x"', 3, "stor", "did you mean 'store'?"),
    ('"a\\u001b[31m" = 1', 3, "[organisation] a\\u001b[31m", "is no key here"),
    ('timezone = "Berlin"', 3, "[organisation] timezone", "did you mean 'Europe/Berlin'?"),
    ('timezone = "europe/berlin"', 3, "[organisation] timezone", "did you mean 'Europe/Berlin'?"),
    ('timezone = "Europe"', 3, "[organisation] timezone", "is no time zone that this machine knows"),
    ('timezone = "../../etc/passwd"', 3, "[organisation] timezone", "is no time zone"),
    ('timezone = ""', 3, "[organisation] timezone", "is no time zone"),
    ('languages = ["en", "de"]', 3, "[organisation] languages, item 2", 'none of "en", "es" or "pt"'),
    ("languages = []", 3, "[organisation] languages", "is empty; name at least one"),
    ('languages = "en"', 3, "[organisation] languages", "must be a list"),
    (
        'aliases = ["ok", 3]',
        3,
        "[organisation] aliases, item 2",
        "must be text in quotes, not a whole number",
    ),
    (
        'aliases = [\n "ok",\n # why\n " x",\n]',
        6,
        "[organisation] aliases, item 2",
        "begins or ends with a space",
    ),
    ('handles = { redit = ["a"] }', 3, "[organisation] handles.redit", "did you mean 'reddit'?"),
    ("handles.reddit = 1979-05-27", 3, "[organisation] handles.reddit", "not a date or time without quotes"),
    ('handles = ["a"]', 3, "[organisation] handles", "must be a table, not a list"),
    ('[[smtp]]\nhost = "a"', 3, "smtp", "must be written once, with one bracket: [smtp]"),
    ('[rules]\nname = "a"', 3, "rules", "must be written with two brackets: [[rules]]"),
    ('[http]\nca_file = "none.pem"', 4, "[http] ca_file", "cannot be read as certificates (No such file"),
    ('[http]\nproxy = "proxy.example:3128"', 4, "[http] proxy", "is no proxy that can be asked"),
    ('[http]\nproxy = "https://proxy.example:3128"', 4, "[http] proxy", "is no proxy that can be asked"),
    ('[http]\nproxy = "http://proxy.example"', 4, "[http] proxy", "write it like"),
    (f'{FEED}ca_file = "earshot.toml"', 7, '[[sources]] 1 ("f"): ca_file', "certificates (it holds none)"),
    ("[smtp]\nport = 0", 4, "[smtp] port", "must be at least 1"),
    ("[smtp]\nport = 65536", 4, "[smtp] port", "must be at most 65535"),
    ("[smtp]\nport = true", 4, "[smtp] port", "must be a whole number, not true or false"),
    ('[smtp]\nport = "25"', 4, "[smtp] port", "must be a whole number, not text"),
    ("[smtp]\nport = 25.0", 4, "[smtp] port", "must be a whole number, not a number with a point"),
    ('[smtp]\nsecurity = "ssl"', 4, "[smtp] security", 'none of "starttls", "tls" or "none"'),
    ('[smtp]\nfrom = "nobody"', 4, "[smtp] from", "is no sender"),
    ('[smtp]\nfrom_address = "a@b.c"', 4, "[smtp] from_address", "is no key here"),
    ('[smtp]\nusername = "a"', 4, "[smtp] username", "stands without password"),
    ('[smtp]\npassword = "a"', 4, "[smtp] password", "stands without username"),
    ("[http]\nallow_private_networks = 1", 4, "[http] allow_private_networks", "must be true or false"),
    ("[analysis]\nmissed_concern_costs = 0", 4, "[analysis] missed_concern_costs", "must be more than 0"),
    ("[analysis]\nmissed_concern_costs = nan", 4, "[analysis] missed_concern_costs", "must be"),
    ("[analysis]\nmissed_concern_costs = inf", 4, "[analysis] missed_concern_costs", "number that is finite"),
    ('[web]\npublic_url = "earshot.example"', 4, "[web] public_url", "is no web address"),
    ('[web]\npublic_url = "http://[::1"', 4, "[web] public_url", "is no web address"),
    ('[analysis]\nmissed_concern_costs = "env:SECRET"', 4, "[analysis] missed_concern_costs", "is no number"),
    (
        '[http]\nallow_private_networks = "env:SECRET"',
        4,
        "[http] allow_private_networks",
        "env:SECRET must be true",
    ),
    ('[web]\nsecret = " "', 4, "[web] secret", "is empty; write it, or better env:NAME"),
    ('[smtp]\nport = "env:LONG"', 4, "[smtp] port", "the value of env:LONG is no whole number"),
    (
        FORUM + KEYS.replace('"id"', "3") + 'subreddit = "x"',
        6,
        '[[sources]] 1 ("r"): client_id',
        "must be text",
    ),
    ("[web]\nsecret = 3", 4, "[web] secret", "must be text in quotes, not a whole number"),
    ('[store]\nurl = "earshot.db"', 4, "[store] url", 'write it like "sqlite:///earshot.db"'),
    ('[store]\nurl = "sqlite://"', 4, "[store] url", "names no store"),
    ('[store]\nurl = "sqlite:///:memory:"', 4, "[store] url", "names a store that forgets"),
    ('[store]\nurl = "postgresql://db.example"', 4, "[store] url", "names no database of a server"),
    ('[store]\nurl = "postgresql://db:x/earshot"', 4, "[store] url", "names no database of a server"),
    ('[store]\nurl = "sqlite:///a.db?mode=ro"', 4, "[store] url", "holds a question mark"),
    (RULE.replace("concern", "sla"), 5, '[[rules]] 1 ("a"): when', "write keyword, concern, spike"),
    (RULE + 'each = "partner"', 6, '[[rules]] 1 ("a"): each', "is for spike, sentiment and silence"),
    (
        RULE.replace("concern", "spike") + "at_least = 0",
        6,
        '[[rules]] 1 ("a"): at_least',
        "must be at least 1",
    ),
    (RULE.replace("concern", "spike") + 'each = "partners"', 6, '[[rules]] 1 ("a"): each', "did you mean"),
    (RULE.replace("concern", "concerns"), 5, '[[rules]] 1 ("a"): when', "did you mean 'concern'?"),
    (RULE.replace("concern", "keyword"), 3, '[[rules]] 1 ("a"): query', "a keyword rule waits for one"),
    (RULE + 'from = "partner"', 6, '[[rules]] 1 ("a"): from', "did you mean 'partners'?"),
    (RULE + 'quiet_hours = "22-7"', 6, '[[rules]] 1 ("a"): quiet_hours', '"22-7" are no hours'),
    (RULE + 'quiet_hours = "07:00-7:00"', 6, '[[rules]] 1 ("a"): quiet_hours', "end where they start"),
    (RULE + 'cooldown = "4 hours"', 6, '[[rules]] 1 ("a"): cooldown', "is no span of time"),
    (RULE + 'notify = ["a@b.c"]\n' + SMTP, 6, '[[rules]] 1 ("a"): notify, item 1', "does not say how"),
    (RULE + 'notify = ["https://a.b/c"]', 6, '[[rules]] 1 ("a"): notify, item 1', "give it [[transports]]"),
    (RULE + 'notify = ["mailto:a@b.c"]', 3, '[[rules]] 1 ("a")', "there is no [smtp]"),
    (
        RULE + 'escalate = { to = ["mailto:a@b.c"] }\n' + SMTP,
        6,
        '[[rules]] 1 ("a"): escalate.after',
        "missing",
    ),
    (
        RULE + 'escalate = { after = "1h", to = [] }',
        6,
        '[[rules]] 1 ("a"): escalate.to',
        "name at least one",
    ),
    (DIGEST + "at = 07:30:00", 5, '[[digests]] 1 ("d"): at', "must be text in quotes"),
    (DIGEST + 'at = "24:00"', 5, '[[digests]] 1 ("d"): at', "is no time of day"),
    (DIGEST + 'every = "hour"', 5, '[[digests]] 1 ("d"): every', 'none of "day", "weekday" or "week"'),
    (DIGEST + 'to = ["ntfy://"]', 5, '[[digests]] 1 ("d"): to, item 1', "is no address of Apprise"),
    (DIGEST + 'to = ["a@b.c\\r\\nBcc: x@y.z"]\n' + SMTP, 5, '[[digests]] 1 ("d"): to, item 1', "U+000D"),
    (DIGEST + 'to = ["a@b.c"]', 3, '[[digests]] 1 ("d")', "there is no [smtp]"),
    (
        DIGEST + DIGEST.replace('"d"', '"D"'),
        6,
        '[[digests]] 2 ("D"): name',
        'also that of [[digests]] 1 ("d")',
    ),
    (FEED + FEED, 8, '[[sources]] 2 ("f"): name', 'also that of [[sources]] 1 ("f")'),
    (FEED + 'partner = "An"\n' + ANN, 7, '[[sources]] 1 ("f"): partner', "did you mean 'Ann'?"),
    (FEED + 'partner = "Bob"', 7, '[[sources]] 1 ("f"): partner', "add it or drop the key"),
    (FEED + 'every = "59s"', 7, '[[sources]] 1 ("f"): every', 'the shortest is "1m"'),
    (FEED + "every = 15", 7, '[[sources]] 1 ("f"): every', "must be text in quotes"),
    (FEED + 'every = "9999999m"', 7, '[[sources]] 1 ("f"): every', "is no span of time"),
    (
        FEED.replace("feed", "fed"),
        5,
        '[[sources]] 1 ("f"): channel',
        "has feed, reddit; did you mean 'feed'?",
    ),
    (FEED.replace("feed", "mastodon"), 5, '[[sources]] 1 ("f"): channel', "others come with an extra"),
    ('[[sources]]\nname = "f"', 3, '[[sources]] 1 ("f"): channel', 'is missing; write channel = "…"'),
    (FEED.replace("https://a.example", " "), 6, '[[sources]] 1 ("f"): url', "is empty; write a text"),
    (FEED + "\n[sources.more]\na = 1", 8, '[[sources]] 1 ("f"): more', "is no key here"),
    (FORUM + KEYS + 'subreddit = "r/x"', 8, '[[sources]] 1 ("r"): subreddit', "r/x is written without r/"),
    (FORUM + KEYS + 'subreddit = "x"\npages = 101', 3, '[[sources]] 1 ("r")', "too many pages are asked for"),
    (FORUM + KEYS + 'subreddit = "x"\norder = "nw"', 9, '[[sources]] 1 ("r"): order', "did you mean 'new'?"),
    (FORUM + KEYS + 'subreddit = "x"\ncomments = "no"', 9, '[[sources]] 1 ("r"): comments', "true or false"),
    (FORUM + KEYS + 'subreddit = "x\\u0000"', 8, '[[sources]] 1 ("r"): subreddit', "holds a NUL character"),
    (FORUM + KEYS + 'subreddit = "x"\noverlap = "x"', 9, '[[sources]] 1 ("r"): overlap', "no span of time"),
    (
        FORUM + KEYS + 'subreddit = "x"\ntags = ["a", 1]',
        9,
        '[[sources]] 1 ("r"): tags, item 2',
        "text in quotes",
    ),
    ("[[partners]]\naliases = []", 3, "[[partners]] 1: name", "is missing"),
    ('[[partners]]\nname = ""', 4, "[[partners]] 1: name", "is empty"),
    ('[[partners]]\nname = "a\\u202eb"', 4, '[[partners]] 1 ("a\\u202eb"): name', "(U+202E)"),
    (ANN + ANN, 6, '[[partners]] 2 ("Ann"): name', 'also that of [[partners]] 1 ("Ann")'),
    (
        ANN + 'aliases = ["riverside"]',
        5,
        '[[partners]] 1 ("Ann"): aliases, item 1',
        "also names [organisation]",
    ),
    (
        f'programmes = ["Weekend Box"]\n{ANN}aliases = ["Weekend  box"]',
        6,
        '[[partners]] 1 ("Ann"): aliases, item 1',
        "also names [organisation]",
    ),
    (
        f'{ANN}aliases = ["A"]\n[[partners]]\nname = "Bob"\naliases = ["B", "ann"]',
        8,
        '[[partners]] 2 ("Bob"): aliases, item 2',
        'also names [[partners]] 1 ("Ann")',
    ),
    (
        f'handles.reddit = ["u/Ann"]\n{ANN}handles = {{ reddit = ["ann"] }}',
        6,
        '[[partners]] 1 ("Ann"): handles.reddit, item 1',
        "is an account of [organisation]",
    ),
    ('[web]\nsecret = "env:NOPE"', 4, "[web] secret", "the environment variable NOPE is not set"),
    ('[web]\nsecret = "env:EMPTY"', 4, "[web] secret", "the environment variable EMPTY is empty"),
    ('[web]\nsecret = "env:SECRT"', 4, "[web] secret", "did you mean env:SECRET?"),
    ('[web]\nsecret = "env:a b"', 4, "[web] secret", "names no variable"),
    (
        '[web]\nsecret = "file:nope"',
        4,
        "[web] secret",
        '"file:nope" cannot be read (No such file or directory)',
    ),
    ('[web]\nsecret = "file:."', 4, "[web] secret", "cannot be read (Is a directory)"),
    ('[web]\nsecret = "file:a\\u0000b"', 4, "[web] secret", "no usable path"),
    ('[web]\nsecret = "file:/dev/zero"', 4, "[web] secret", "is larger than 65536 bytes"),
    ('[web]\nsecret = "file:latin"', 4, "[web] secret", '"file:latin" is not UTF-8 text'),
    ('[web]\nsecret = "file:/dev/null"', 4, "[web] secret", "is empty"),
    ('aliases = ["ok", "env:NOPE"]', 3, "[organisation] aliases, item 2", "NOPE is not set"),
]


@pytest.mark.parametrize(("text", "line", "key", "message"), CASES)
def test_a_fault_names_its_line_its_key_and_what_to_write(
    tmp_path: Path, text: str, line: int, key: str, message: str
) -> None:
    """faults.md 93."""
    (tmp_path / "latin").write_bytes(b"R\xe9seau")

    faults = faults_of(tmp_path, HEAD + text, {"SECRET": "canary", "EMPTY": "", "LONG": "25" * 30})

    told = [(fault.line, fault.key) for fault in faults]
    assert told == [(line, key)]
    assert message in faults[0].message
    assert faults[0].file == str(tmp_path / "earshot.toml")


def test_all_faults_are_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    """faults.md 93."""
    text = f"""\
colour = "red"
{HEAD}timezone = "Mars"
{FORUM}subredit = "x"
client_secret = "env:NOPE"
[[partners]]
name = "Ann"
[[partners]]
name = "ANN"
[[digests]]
name = "d"
to = ["a@b.c"]
every = "hour"
"""

    faults = faults_of(tmp_path, text)

    assert [(fault.line, fault.key) for fault in faults] == [
        (1, "colour"),
        (4, "[organisation] timezone"),
        (5, '[[sources]] 1 ("r"): subreddit'),
        (5, '[[sources]] 1 ("r"): client_id'),
        (8, '[[sources]] 1 ("r"): subredit'),
        (9, '[[sources]] 1 ("r"): client_secret'),
        (13, '[[partners]] 2 ("ANN"): name'),
        (14, '[[digests]] 1 ("d")'),
        (17, '[[digests]] 1 ("d"): every'),
    ]


def test_the_error_reads_as_one_fault_a_line(tmp_path: Path) -> None:
    with pytest.raises(config.ConfigurationFaults) as caught:
        load(tmp_path, HEAD + "a = 1\nb = 2\n")

    first, *lines = str(caught.value).splitlines()
    assert isinstance(caught.value, NeedsAttention)
    assert first == "2 faults in the configuration; nothing was started:"
    assert lines[0].startswith(f"{tmp_path}/earshot.toml:3:1: [organisation] a: is no key here; ")
    assert len(lines) == 2


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("name = Riverside", 1, "text must stand in quotes"),
        ("a = 1\na = 2\n\n", 2, "this key stands twice"),
        ("a = 1\na = 2\nb = 3", 2, "this key stands twice"),
        ("[a]\n[a]\nb = 1", 2, "twice"),
        ("\na = [1,\n\n", 2, "close its quotes or its ]"),
        ('a = "b\nc = 1', 1, "Illegal character"),
        ("a = 2024-13-13", 1, "not TOML"),
        ("= 1", 1, "not TOML"),
        ("a = " + "9" * 5000, None, "a number with thousands of digits"),
        ("a = " + "[" * 20_000, None, "nested too deeply"),
    ],
)
def test_a_file_that_is_no_toml_is_refused_with_the_line(
    tmp_path: Path, text: str, line: int | None, message: str
) -> None:
    """faults.md 93."""
    faults = faults_of(tmp_path, text)

    assert [fault.line for fault in faults] == [line]
    assert message in faults[0].message


def test_a_file_in_another_encoding_is_refused_with_the_line(tmp_path: Path) -> None:
    path = tmp_path / "earshot.toml"
    path.write_bytes(b'[organisation]\nname = "R\xe9seau"\n')

    with pytest.raises(
        config.ConfigurationFaults, match=r"toml:2: is not UTF-8 text; save the file as UTF-8"
    ):
        config.load(path, channels=CHANNELS, environ={})


def test_a_missing_file_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(
        config.ConfigurationFaults, match="is missing; `earshot init` writes one, --config PATH"
    ):
        config.load(tmp_path / "none.toml", channels=CHANNELS, environ={})


@pytest.mark.parametrize("name", ["x" * 300, "a\0b"])
def test_a_path_that_cannot_be_read_says_so(tmp_path: Path, name: str) -> None:
    with pytest.raises(config.ConfigurationFaults, match="cannot be read: .+; --config PATH"):
        config.load(tmp_path / name, channels=CHANNELS, environ={})


def test_a_file_of_any_size_is_read_no_further_than_a_configuration_may_be(tmp_path: Path) -> None:
    """faults.md 92."""
    with (tmp_path / "disk.toml").open("wb") as file:
        file.truncate(1 << 40)  # a terabyte of nothing, which takes no room

    with pytest.raises(config.ConfigurationFaults, match="disk.toml.+is larger than 64 MiB"):
        config.load(tmp_path / "disk.toml", channels=CHANNELS, environ={})


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(config.ConfigurationFaults, match="is a folder"):
        config.load(tmp_path, channels=CHANNELS, environ={})


def test_an_empty_file_lacks_the_organisation(tmp_path: Path) -> None:
    faults = faults_of(tmp_path, "")

    assert [str(fault) for fault in faults] == [
        f"{tmp_path}/earshot.toml: organisation: is missing; write [organisation] and its name"
    ]


def test_what_a_collector_keeps_to_itself_is_no_key(tmp_path: Path) -> None:
    path = tmp_path / "earshot.toml"
    path.write_text(HEAD + '[[sources]]\nname = "o"\nchannel = "odd"\n_inner = "x"\n', encoding="utf-8")

    with pytest.raises(config.ConfigurationFaults) as caught:
        config.load(path, channels={"odd": Odd}, environ={})

    assert [fault.key for fault in caught.value.faults] == ['[[sources]] 1 ("o"): _inner']
    assert "canary" not in str(config.schema({"odd": Odd}))


def test_a_collector_field_that_no_file_can_give_is_a_bug_of_the_plug_in(tmp_path: Path) -> None:
    path = tmp_path / "earshot.toml"
    path.write_text(HEAD + '[[sources]]\nname = "b"\nchannel = "broken"\n', encoding="utf-8")

    for broken_field in (("raw", bytes), ("either", int | str), ("name", str)):
        broken = make_dataclass("Broken", [broken_field], frozen=True)
        with pytest.raises(TypeError, match=f"channel broken: the field {broken_field[0]} "):
            config.load(path, channels={"broken": broken}, environ={})

    path.write_text(HEAD, encoding="utf-8")
    assert config.load(path, channels={"broken": broken}, environ={}).sources == ()  # it is nobody else's bug
