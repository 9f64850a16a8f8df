"""The command line: what it prints, its exit codes, and its JSON as docs/reference promises it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commandline import earshot
from tests.references import valid
from tests.scripted import Answer, ScriptedServer

ROOT = Path(__file__).resolve().parent.parent
COMMANDS = ("demo", "init", "check", "collect", "analyze", "cycle", "run", "search", "digest", "alerts")
FEED = """<rss version="2.0"><channel><title>Northside</title><link>https://northside.example/</link>
<item><guid>a</guid><title>Late again</title><pubDate>Thu, 19 Nov 2026 09:00:00 GMT</pubDate>
<description>We are worried: the Riverside boxes came late again on Tuesday.</description></item>
<item><guid>b</guid><title>Thank you</title><pubDate>Thu, 19 Nov 2026 10:00:00 GMT</pubDate>
<description>Thank you to the volunteers of the library for the lovely evening.</description></item>
</channel></rss>"""
CONFIGURATION = """
[organisation]
name = "Riverside Food Network"
aliases = ["Riverside"]
[http]
allow_private_networks = true
[[sources]]
name = "northside-blog"
channel = "rss"
url = "SERVER/feed"
partner = "Northside Shelter"
[[partners]]
name = "Northside Shelter"
aliases = ["Northside"]
[[rules]]
name = "a partner raises a concern"
when = "concern"
from = "partners"
notify = ["mailto:team@rfn.example"]
[[digests]]
name = "daily"
to = ["team@rfn.example"]
[smtp]
host = "127.0.0.1"
port = 9
security = "none"
"""


def write_configuration(folder: Path, server: ScriptedServer) -> Path:
    server.route("/feed", Answer(body=FEED, headers={"Content-Type": "application/rss+xml"}))
    file = folder / "earshot.toml"
    file.write_text(CONFIGURATION.replace("SERVER", server.url), encoding="utf-8")
    return file


@pytest.fixture
def config(tmp_path: Path, server: ScriptedServer) -> Path:
    return write_configuration(tmp_path, server)


@pytest.fixture(scope="module")
def heard_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that has heard the feed; its letters wait, for no mail server answers."""
    folder = tmp_path_factory.mktemp("heard")
    with ScriptedServer() as server:
        assert earshot("cycle", "--config", write_configuration(folder, server)).code == 1
    return folder / "earshot.db"


@pytest.fixture
def heard(config: Path, heard_once: Path) -> Path:
    """The configuration beside a copy of that store."""
    shutil.copy(heard_once, config.parent)
    return config


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_an_example_and_its_exit_codes(command: str) -> None:
    words = [command] if command != "alerts" else [command, "list"]

    told = earshot(*words, "--help")

    assert told.code == 0
    assert "Example: earshot" in told.out
    assert "Exit code: 0" in told.out
    assert "--config" in told.out or command == "demo"
    assert max(map(len, told.out.splitlines())) <= 100


def test_collect_tells_what_each_source_said(config: Path) -> None:
    first = earshot("collect", "--config", config, "--json")
    again = earshot("collect", "--config", config, "--json", "--source", "northside-blog")

    (row,) = valid("collect", json.loads(first.out))
    assert (row["source"], row["status"], row["new"], row["error"]) == ("northside-blog", "ok", 2, None)
    (row,) = valid("collect", json.loads(again.out))
    assert (row["new"], row["unchanged"]) == (0, 2)
    assert first.code == again.code == 0


def test_collect_reads_only_what_is_due(config: Path) -> None:
    earshot("collect", "--config", config)

    later = earshot("collect", "--config", config)

    assert "No source is due" in later.out
    assert json.loads(earshot("collect", "--config", config, "--json").out) == []


def test_a_source_that_must_wait_is_no_failure_and_one_that_is_gone_is(
    config: Path, server: ScriptedServer
) -> None:
    """faults.md 16, 18."""
    server.route("/feed", Answer(status=429, headers={"Retry-After": "600"}), Answer(status=410))

    waits = earshot("collect", "--config", config, "--json")
    left = earshot("collect", "--config", config, "--json", "--source", "northside-blog")
    forced = earshot("collect", "--config", config, "--json", "--source", "northside-blog", "--force")

    assert [json.loads(ran.out)[0]["status"] for ran in (waits, left, forced)] == [
        "waiting",
        "waiting",
        "off",
    ]
    assert (waits.code, left.code, forced.code) == (0, 0, 1)
    assert len(server.requests) == 2
    assert json.loads(forced.out)[0]["next_attempt_at"] is None


def test_a_source_that_is_not_there_is_a_wrong_use(config: Path) -> None:
    told = earshot("collect", "--config", config, "--source", "northside-blob")

    assert told.code == 2
    assert "did you mean 'northside-blog'" in told.err


def test_search_gives_mentions_with_their_tags(heard: Path) -> None:
    told = earshot("search", "late boxes", "--config", heard, "--json")

    (row,) = valid("search", json.loads(told.out))
    assert row["title"] == "Late again"
    assert row["is_concern"] is True
    assert row["author_partner"] == "Northside Shelter"
    assert row["matched"] == ["late", "boxes"]
    assert row["published_at"] == "2026-11-19T09:00:00Z"
    assert "reliability" in row["needs"]


@pytest.mark.parametrize(("form", "first"), [("jsonl", "{"), ("csv", "id,published_at")])
def test_search_writes_other_forms_to_a_file(heard: Path, tmp_path: Path, form: str, first: str) -> None:
    out = tmp_path / "found"

    told = earshot("search", "", "--config", heard, "--format", form, "--output", out)

    lines = out.read_text("utf-8").splitlines()
    assert lines[0].startswith(first)
    assert len(lines) == (3 if form == "csv" else 2)
    assert str(out) in told.out


def test_a_cell_that_a_spreadsheet_would_run_is_only_text(heard: Path, server: ScriptedServer) -> None:
    """faults.md 43."""
    server.route("/feed", Answer(body=FEED.replace("Thank you</title>", "=HYPERLINK(1)</title>")))
    earshot("collect", "--config", heard, "--source", "northside-blog")

    told = earshot("search", "volunteers", "--config", heard, "--format", "csv")

    assert ",'=HYPERLINK(1)," in told.out


def test_search_by_time_partner_and_channel(heard: Path) -> None:
    def count(*options: str) -> int:
        return len(json.loads(earshot("search", "", "--config", heard, "--json", *options).out))

    assert count("--since", "2026-11-19T09:30") == 1
    assert count("--until", "2026-11-19T09:30:00Z") == 1
    assert count("--partner", "Northside Shelter") == 2
    assert count("--partner", "Somebody") == 0
    assert count("--channel", "reddit") == 0
    assert count("--limit", "1") == 1


def test_a_wrong_age_says_how_to_write_it(heard: Path) -> None:
    told = earshot("search", "", "--config", heard, "--since", "yesterdy")

    assert told.code == 2
    assert "write 7d, 12h, 2w, today" in told.err


def test_alerts_are_listed_acknowledged_and_rehearsed(heard: Path) -> None:
    (alert,) = valid("alerts", json.loads(earshot("alerts", "list", "--config", heard, "--json").out))
    assert (alert["partner"], alert["state"], alert["kind"]) == ("Northside Shelter", "open", "concern")

    assert earshot("alerts", "ack", str(alert["id"]), "--config", heard).code == 0
    assert "acknowledged" in earshot("alerts", "list", "--config", heard).out
    assert earshot("alerts", "snooze", str(alert["id"]), "--until", "2099-01-01", "--config", heard).code == 0
    assert "snoozed" in earshot("alerts", "list", "--config", heard).out
    assert earshot("alerts", "ack", "99", "--config", heard).code == 1

    would = earshot(
        "alerts", "test", "a partner raises a concern", "--since", "2026-11-01", "--config", heard, "--json"
    )
    (rehearsed,) = valid("alerts", json.loads(would.out))
    assert rehearsed["mentions"] == alert["mentions"]
    assert rehearsed["id"] is None


def test_digest_shows_writes_and_does_not_send(heard: Path, tmp_path: Path) -> None:
    page = tmp_path / "digest.html"

    shown = earshot("digest", "--config", heard, "--date", "2099-01-01", "--output", page)
    told = valid("digest", json.loads(earshot("digest", "--config", heard, "--json").out))

    assert shown.code == 0
    assert "Nothing was sent" in shown.out
    assert page.read_text("utf-8").lstrip().lower().startswith("<!doctype html")
    assert told["sent"] == told["unsent"] == []


def test_a_digest_that_cannot_leave_says_so_and_exits_with_1(heard: Path) -> None:
    sent = earshot("digest", "--config", heard, "--send", "--json")

    assert sent.code == 1
    assert valid("digest", json.loads(sent.out))["unsent"]


def test_cycle_tells_the_round_as_json(config: Path) -> None:
    told = valid("cycle", json.loads(earshot("cycle", "--config", config, "--json").out))

    assert told["analyzed"] == 2
    assert len(told["alerts"]) == 1
    assert told["sent"] == 0
    assert len(told["unsent"]) == 1


def test_analyze_answers_a_line_for_a_line_in_the_fixed_shape(config: Path) -> None:
    late = b'{"id":"1","text":"Northside is worried: Riverside boxes came late again"}'
    lines = b"\n".join([late, b"nonsense", b'{"id":"3","text":""}'])

    told = earshot("analyze", "-", "--config", config, stdin=lines)

    first, bad, empty = [valid("analyze", json.loads(line)) for line in told.out.splitlines()]
    assert first["id"] == "1"
    assert first["concern"]["is_concern"] is True
    assert [each["partner"] for each in first["partners"]] == ["Northside Shelter"]
    assert "line 2" in bad["error"]
    assert empty["lang"] == "und"


def test_analyze_without_a_configuration_reads_as_the_example(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    told = earshot(
        "analyze", "-", stdin=b'{"id":"1","text":"Northside is worried: Riverside boxes came late again"}'
    )

    assert json.loads(told.out)["concern"]["is_concern"] is True
    assert "There is no earshot.toml here" in told.err


def test_check_tells_every_fault_with_its_line_and_exits_with_2(config: Path) -> None:
    """faults.md 93."""
    right = earshot("check", "--config", config)
    config.write_text(
        config.read_text("utf-8").replace('name = "daily"', 'nam = "daily"').replace("port = 9", "port = 0")
    )

    wrong = earshot("check", "--config", config)
    told = valid("check", json.loads(earshot("check", "--config", config, "--json").out))
    used = earshot("cycle", "--config", config)

    assert right.code == 0
    assert "1 source, 1 partner, 1 rule, 1 digest" in right.out
    assert wrong.code == used.code == 2
    assert "did you mean" in wrong.err
    assert len(told["faults"]) >= 2


def test_init_writes_a_configuration_that_works(tmp_path: Path, server: ScriptedServer) -> None:
    server.route("/feed", Answer(body=FEED))
    file = tmp_path / "new.toml"

    refused = earshot(
        "init",
        "--name",
        "Us",
        "--timezone",
        "Europe/Berlin",
        "--feed",
        f"{server.url}/feed",
        "--config",
        file,
    )
    again = earshot("init", "--name", "Us", "--timezone", "UTC", "--feed", "", "--config", file)

    # A feed on this machine is a private address, which a new configuration does not allow: said, not hidden.
    assert refused.code == 1
    assert "allow_private_networks" in refused.out
    assert file.exists()
    assert again.code == 2
    assert earshot("check", "--config", file).code == 0


def test_init_asks_for_what_is_missing(tmp_path: Path) -> None:
    file = tmp_path / "new.toml"

    told = earshot("init", "--config", file, stdin=b"Mile End\nEurope/Lisbon\n\n")

    assert told.code == 0
    assert 'name = "Mile End"' in file.read_text("utf-8")


def test_a_wrong_time_zone_leaves_no_file_behind(tmp_path: Path) -> None:
    file = tmp_path / "new.toml"

    told = earshot("init", "--name", "Us", "--timezone", "Europe/Berln", "--feed", "", "--config", file)

    assert told.code == 2
    assert "Europe/Berlin" in told.err
    assert not file.exists()


def in_a_pipe(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a shell line with `earshot` standing for this checkout's."""
    line = command.replace("earshot ", f"{sys.executable} -c 'import cli; cli.main()' ")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", "COLUMNS": "40"}
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", line],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_pipe_that_closes_early_is_no_error(heard: Path) -> None:
    """faults.md 95."""
    ran = in_a_pipe(f"earshot search '' --config {heard} --format jsonl | head -c 10", heard.parent)

    assert ran.returncode == 0
    assert ran.stderr == ""


def test_no_colour_reaches_a_pipe_or_a_narrow_terminal(heard: Path) -> None:
    """faults.md 95."""
    ran = in_a_pipe(f"earshot search '' --config {heard} | cat", heard.parent)

    assert ran.returncode == 0
    assert "\x1b" not in ran.stdout
    assert "Late again" in ran.stdout


def test_what_was_heard_cannot_steer_the_terminal(heard: Path, server: ScriptedServer) -> None:
    """faults.md 91."""
    server.route("/feed", Answer(body=FEED.replace("Thank you</title>", "&#27;[2J[bold]\u202enice</title>")))
    earshot("collect", "--config", heard, "--source", "northside-blog")

    told = earshot("search", "volunteers", "--config", heard)

    assert "\x1b" not in told.out
    assert "[bold]" in told.out


def test_only_looking_changes_nothing_in_the_store(heard: Path) -> None:
    """faults.md 96."""
    earshot("search", "", "--config", heard)  # the first look may still apply the configuration
    before = (heard.parent / "earshot.db").read_bytes()

    for words in (
        ["search", ""],
        ["digest"],
        ["alerts", "list"],
        ["alerts", "test", "a partner raises a concern"],
        ["check"],
    ):
        assert earshot(*words, "--config", heard).code == 0

    assert (heard.parent / "earshot.db").read_bytes() == before


def test_the_version_is_told() -> None:
    assert earshot("--version").out.startswith("earshot 0.")
