"""What a good file becomes."""

from __future__ import annotations

import pickle
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

import config
from config.reading import Referenced
from model import Escalation, Organisation, Secret, Settings
from tests.configuration import CHANNELS, FORUM, HEAD, KEYS, SMTP, load


def test_a_name_is_all_that_is_required(tmp_path: Path) -> None:
    settings = load(tmp_path, HEAD)

    assert settings == Settings(
        organisation=Organisation(name="Riverside"), store_url=f"sqlite:///{tmp_path}/earshot.db"
    )


def test_a_mark_at_the_start_and_windows_lines_are_no_fault(tmp_path: Path) -> None:
    settings = load(tmp_path, "\ufeff" + HEAD.replace("\n", "\r\n"))

    assert settings.organisation.name == "Riverside"


def test_a_source_holds_what_was_written_and_its_collector_knows_the_rest(tmp_path: Path) -> None:
    text = HEAD + FORUM + KEYS + 'subreddit = "food"\noverlap = "2h"\ntags = ["a", "b"]\nevery = "1d"\n'

    source = load(tmp_path, text).sources[0]

    assert source.every == timedelta(days=1)
    assert source.settings == {
        "subreddit": "food",
        "client_id": "id",
        "client_secret": Secret("sesame"),
        "overlap": timedelta(hours=2),
        "tags": ("a", "b"),
    }


def test_secrets_come_wrapped(tmp_path: Path) -> None:
    """faults.md 90."""
    text = f'{HEAD}{FORUM}{KEYS}subreddit = "food"\n{SMTP}username = "u"\npassword = "env:P"\n[web]\nsecret = "x"\n'

    settings = load(tmp_path, text, {"P": "hunter2"})

    assert settings.smtp is not None
    assert settings.smtp.password == Secret("hunter2")
    assert settings.web_secret == Secret("x")
    assert settings.sources[0].settings["client_secret"] == Secret("sesame")


def test_references_serve_as_numbers_and_truths_too(tmp_path: Path) -> None:
    text = HEAD + SMTP + 'port = "env:PORT"\n[http]\nallow_private_networks = "env:YES"\n'
    text += '[analysis]\nmissed_concern_costs = "env:COST"\n'

    settings = load(tmp_path, text, {"PORT": "587", "YES": "true", "COST": "2.5"})

    assert settings.smtp is not None
    assert settings.smtp.port == 587
    assert settings.allow_private_networks is True
    assert settings.missed_concern_costs == 2.5


def test_a_value_may_stand_in_a_file_beside_this_one(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "web").write_bytes("a secret ü\r\n".encode())

    settings = load(tmp_path, HEAD + '[web]\nsecret = "file:keys/web"\n')

    assert settings.web_secret == Secret("a secret ü")


def test_a_name_that_came_by_reference_works_as_text_and_shows_only_the_reference(tmp_path: Path) -> None:
    """faults.md 90."""
    settings = load(tmp_path, '[organisation]\nname = "env:WE"\n', {"WE": "Riverside"})

    name = settings.organisation.name
    assert name == "Riverside"
    assert f"{name}" == "Riverside"
    assert "Riverside" not in repr(settings)
    assert repr(pickle.loads(pickle.dumps(name))) == "<env:WE>"


def test_rules_and_digests_come_with_their_times_read(tmp_path: Path) -> None:
    rule = '[[rules]]\nname = "a"\nwhen = "concern"\nquiet_hours = "22:00-07:00"\nnotify = ["mailto:a@b.example"]\n'
    rule += 'escalate = { after = "2h", to = ["MAILTO:c@d.example"] }\n'
    digest = '[[digests]]\nname = "d"\nat = "6:05"\nto = ["a@b.example", "mailto:c@d.example"]\n'

    settings = load(tmp_path, HEAD + 'timezone = "Asia/Tokyo"\n' + rule + digest + SMTP)

    assert settings.rules[0].quiet_hours == (22 * 60, 7 * 60)
    assert settings.rules[0].escalate == Escalation(after=timedelta(hours=2), to=("mailto:c@d.example",))
    assert settings.digests[0].at == 6 * 60 + 5
    assert settings.digests[0].timezone == "Asia/Tokyo"
    assert settings.digests[0].to == ("mailto:a@b.example", "mailto:c@d.example")


@pytest.mark.parametrize("folder", ["plain", "with space", "50%20", "why?", "#1", "ü"])
def test_the_store_lies_beside_the_file_whatever_the_folder_is_called(tmp_path: Path, folder: str) -> None:
    place = tmp_path / folder
    place.mkdir()

    settings = load(place, HEAD + '[store]\nurl = "sqlite:///sub/my.db"\n')

    assert make_url(settings.store_url).database == str(place / "sub" / "my.db")


def test_a_store_may_lie_anywhere(tmp_path: Path) -> None:
    settings = load(tmp_path, HEAD + '[store]\nurl = "sqlite:////var/lib/my.db"\n')

    assert settings.store_url == "sqlite:////var/lib/my.db"


@pytest.mark.parametrize(
    ("store", "password"),
    [
        ('url = "postgresql://earshot@db.example:5433/earshot?sslmode=require"', None),
        ('url = "postgres://earshot@db.example/earshot"\npassword = "env:P"', "s p:@/"),
        ('url = "env:WHOLE"', "s p:@/"),
        ('url = "postgresql://earshot:s%20p%3A%40%2F@db.example/earshot"', "s p:@/"),
    ],
)
def test_a_store_may_be_a_database_and_its_password_is_a_secret(
    tmp_path: Path, store: str, password: str | None
) -> None:
    environ = {"P": "s p:@/", "WHOLE": "postgresql://earshot:s%20p%3A%40%2F@db.example/earshot"}

    settings = load(tmp_path, f"{HEAD}[store]\n{store}\n", environ=environ)

    assert settings.store_url.startswith("postgresql://earshot@db.example")
    assert settings.store_password == (None if password is None else Secret(password))
    assert "s p" not in repr(settings)
    assert "s%20p" not in repr(settings)


@pytest.mark.parametrize(
    "name",
    ["<script>alert(1)</script>", 'a "b" \\ c', "Ünï 家 🍞", "👩‍🌾", "'; DROP TABLE sources--", "[[x]]"],
)
def test_odd_names_stay_as_they_are(tmp_path: Path, name: str) -> None:
    """faults.md 41."""
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')

    settings = load(tmp_path, f'[organisation]\nname = "{escaped}"\n')

    assert settings.organisation.name == name


def test_importing_config_does_not_import_pydantic() -> None:
    asked = "import sys, config; sys.exit('pydantic' in sys.modules or 'tree_sitter' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", asked], cwd=Path(config.__file__).parents[1], check=False)

    assert done.returncode == 0


def test_loading_a_good_file_needs_no_second_parser(tmp_path: Path) -> None:
    (tmp_path / "earshot.toml").write_text(HEAD, encoding="utf-8")
    asked = (
        "import sys, config; from pathlib import Path; "
        "config.load(Path(sys.argv[1]), channels={}, environ={}); sys.exit('tree_sitter' in sys.modules)"
    )

    command = [sys.executable, "-c", asked, str(tmp_path / "earshot.toml")]
    done = subprocess.run(command, cwd=Path(config.__file__).parents[1], check=False)

    assert done.returncode == 0


def test_a_path_given_without_a_folder_means_the_current_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "earshot.toml").write_text(HEAD, encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    settings = config.load(Path("earshot.toml"), channels=CHANNELS, environ={})

    assert settings.store_url == f"sqlite:///{tmp_path}/earshot.db"


def test_an_identifier_by_reference_is_a_secret_and_a_written_one_is_text(tmp_path: Path) -> None:
    text = HEAD + FORUM + 'subreddit = "env:S"\nclient_id = "env:I"\nclient_secret = "s"\n'

    settings = load(tmp_path, text, {"I": "id", "S": "food"}).sources[0].settings

    assert settings["client_id"] == Secret("id")
    assert isinstance(settings["subreddit"], Referenced)
