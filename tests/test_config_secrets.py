"""No fault, repr or advice shows what came by reference, or what is secret wherever it stands."""

from __future__ import annotations

import logging
import traceback
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

import config
from tests.configuration import CHANNELS, FORUM, HEAD, KEYS, SMTP, faults_of, load

CANARY = "canary-7f3a"

WHOLE = f"""\
{HEAD}timezone = "UTC"
languages = ["en"]
aliases = ["R"]
handles = {{ reddit = ["riverside"] }}
[store]
url = "sqlite:///e.db"
[http]
allow_private_networks = false
[web]
public_url = "https://e.example"
secret = "s"
[analysis]
tier = "fast"
missed_concern_costs = 3
{FORUM}partner = "Ann"
every = "15m"
{KEYS}subreddit = "x"
query = "q"
pages = 3
comments = true
overlap = "1m"
order = "new"
tags = ["t"]
key = "k"
[[partners]]
name = "Ann"
aliases = ["A"]
handles = {{ reddit = ["ann"] }}
[[rules]]
name = "r"
when = "concern"
from = "anyone"
query = "q"
notify = ["mailto:a@b.c"]
cooldown = "4h"
quiet_hours = "22:00-07:00"
escalate = {{ after = "2h", to = ["mailto:a@b.c"] }}
[[digests]]
name = "d"
every = "day"
at = "07:30"
timezone = "UTC"
language = "en"
when_empty = "send"
to = ["a@b.c"]
{SMTP}port = 25
username = "u"
password = "p"
from = "a@b.c"
security = "none"
"""
LINES = [n for n, line in enumerate(WHOLE.splitlines()) if " = " in line]


def with_reference(line: int) -> str:
    """The whole file with the last value of one line come by reference."""
    lines = WHOLE.splitlines()
    before, _, value = lines[line].rpartition(" = ")
    closing = value[len(value.rstrip("]} ")) :]
    lines[line] = f'{before} = {"[" if value.startswith("[") else ""}"env:CANARY"{closing}'
    return "\n".join(lines) + "\n"


def told(folder: Path, text: str, value: str) -> str:
    """All that anybody could read after loading: the error with its traceback, or the settings' repr."""
    try:
        return repr(load(folder, text, {"CANARY": value}))
    except config.ConfigurationFaults as error:
        return "".join(traceback.format_exception(error)) + repr(error) + repr(error.faults)


@pytest.mark.parametrize("line", LINES)
def test_a_referenced_value_shows_nowhere_whatever_key_it_is_given_to(
    tmp_path: Path, line: int, caplog: pytest.LogCaptureFixture
) -> None:
    """faults.md 90."""
    caplog.set_level(logging.DEBUG)

    shown = told(tmp_path, with_reference(line), CANARY) + caplog.text

    assert CANARY not in shown
    assert "CANARY is not set" not in shown


@given(value=st.text(alphabet=st.characters(exclude_characters="\0", codec="utf-8"), min_size=8))
@hypothesis_settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_referenced_value_of_any_shape_shows(tmp_path: Path, value: str) -> None:
    """faults.md 90."""
    marked = f"{CANARY}{value}{CANARY}"

    for line in LINES[::5]:
        assert CANARY not in told(tmp_path, with_reference(line), marked)


def test_the_fault_names_the_variable_instead(tmp_path: Path) -> None:
    """faults.md 90."""
    faults = faults_of(tmp_path, f'{HEAD}{SMTP}port = "env:CANARY"\n', {"CANARY": CANARY})

    assert [fault.message for fault in faults] == ["the value of env:CANARY is no whole number"]


@pytest.mark.parametrize(
    "text",
    [
        f'[web]\nsecret = ["{CANARY}"]\n',
        f'[web]\nsecret = {{ is = "{CANARY}" }}\n',
        f'[web]\nsecret = "{CANARY}\n',
        f'[web]\nsecret = "{CANARY}" "x"\n',
        f"[web]\nsecret = {CANARY}\n",
        f'[web]\nsecrt = "{CANARY}"\n',
        f'[store]\nurl = "postgresql://me:{CANARY}@db"\n',
        f'[store]\nurl = "postgresql://me:{CANARY}@db:x/e"\n',
        f'[store]\nurl = "mysql://me:{CANARY}@db/e"\n',
        f'[web]\npublic_url = "ftp://me:{CANARY}@host/"\n',
        FORUM + KEYS.replace("sesame", CANARY) + 'subreddit = "r/x"\npages = "many"\n',
        FORUM + KEYS.replace("sesame", CANARY) + f'subreddit = "r/{CANARY}"\n',
    ],
)
def test_a_secret_that_stands_in_the_file_shows_in_no_fault(tmp_path: Path, text: str) -> None:
    """faults.md 90."""
    with pytest.raises(config.ConfigurationFaults) as caught:
        load(tmp_path, HEAD + text)

    assert CANARY not in "".join(traceback.format_exception(caught.value))


def test_what_a_collector_says_of_a_referenced_value_is_not_repeated(tmp_path: Path) -> None:
    """faults.md 90."""
    text = HEAD + FORUM + KEYS + 'subreddit = "env:CANARY"\n'

    faults = faults_of(tmp_path, text, {"CANARY": f"r/{CANARY}"})

    assert [(fault.line, fault.key) for fault in faults] == [(8, '[[sources]] 1 ("r"): subreddit')]
    assert CANARY not in str(faults)


def test_plain_secrets_are_advised_against_and_not_shown(tmp_path: Path) -> None:
    """faults.md 90."""
    path = tmp_path / "earshot.toml"
    text = HEAD + SMTP + f'username = "u"\npassword = "{CANARY}"\n[web]\nsecret = "env:S"\n'
    text += FORUM + f'subreddit = "s"\nclient_id = "i"\nclient_secret = "{CANARY}"\nkey = "file:k"\n'
    text += f'[[sources]]\nname = "f"\nchannel = "feed"\nurl = "https://me:{CANARY}@a.example/feed"\n'
    path.write_text(text, encoding="utf-8")

    advice = config.warnings(path, channels=CHANNELS)

    assert [(each.line, each.key) for each in advice] == [
        (6, "[smtp] password"),
        (14, '[[sources]] 1 ("r"): client_secret'),
        (19, '[[sources]] 2 ("f"): url'),
    ]
    assert 'write "env:EARSHOT_SMTP_PASSWORD"' in advice[0].message
    assert 'write "env:REDDIT_CLIENT_SECRET"' in advice[1].message
    assert CANARY not in str(advice)


@pytest.mark.parametrize(("host", "n"), [("127.0.0.1", 0), ("mail.example", 1)])
def test_a_password_in_the_clear_is_advised_against(tmp_path: Path, host: str, n: int) -> None:
    path = tmp_path / "earshot.toml"
    login = 'username = "u"\npassword = "env:P"\nsecurity = "none"\n'
    path.write_text(f'{HEAD}[smtp]\nhost = "{host}"\n{login}', encoding="utf-8")

    advice = config.warnings(path, channels=CHANNELS)

    assert [each.key for each in advice] == ["[smtp] security"] * n


def test_advice_takes_values_of_any_kind(tmp_path: Path) -> None:
    path = tmp_path / "earshot.toml"
    path.write_text("smtp = 1\nweb = [2]\nsources = [3, {channel = 4}]\n", encoding="utf-8")

    assert config.warnings(path, channels=CHANNELS) == ()


def test_the_whole_file_loads_when_nothing_is_referenced(tmp_path: Path) -> None:
    assert faults_of(tmp_path, WHOLE) == ()
