"""Canary secrets stand in a configuration, servers throw them back in every way: they must turn up nowhere."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from delivery.mailbox import Mailbox, OnAnyPort
from tests.commandline import earshot
from tests.feeds import XML, item, rss
from tests.plugin import installed
from tests.scripted import Answer, Request, ScriptedServer

CANARIES = {
    "reddit": "canary-reddit-7f3a9c",
    "x": "canary-x-e81b55",
    "feed": "canary-feed-0d62f4",
    "url": "canary-url-b97c1e",
    "smtp": "canary-smtp-5a20d8",
    "plug-in": "canary-plugin-c4416b",
}
CONFIGURATION = """
[organisation]
name = "Riverside Food Network"
aliases = ["Riverside"]
[http]
allow_private_networks = true
[[sources]]
name = "r-foodbanks"
channel = "reddit"
subreddit = "foodbanks"
client_id = "outreach"
client_secret = "env:CANARY_REDDIT"
base_url = "{url}/reddit"
[[sources]]
name = "x-riverside"
channel = "x"
query = "riverside"
bearer_token = "env:CANARY_X"
base_url = "{url}/x"
[[sources]]
name = "locked"
channel = "rss"
url = "{url}/locked"
username = "outreach"
password = "file:feed.secret"
[[sources]]
name = "plug-in"
channel = "acted"
does = "fails with its key in its hands"
key = "env:CANARY_PLUGIN"
[[sources]]
name = "northside-blog"
channel = "rss"
url = "{url}/feed"
partner = "Northside Shelter"
[[partners]]
name = "Northside Shelter"
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
port = {smtp_port}
username = "earshot"
password = "file:smtp.secret"
security = "none"
"""


@dataclass
class Doorkeeper(Mailbox):
    """A mail server that says the password back to whoever is not let in; later it lets people in."""

    directory: Path
    lets_in: bool = False
    told: list[str] = field(default_factory=list)

    def __call__(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        said = data.password.decode() if isinstance(data, LoginPassword) else ""
        self.told.append(said)
        if self.lets_in:
            return AuthResult(success=True)
        return AuthResult(success=False, handled=False, message=f"535 5.7.8 no such password: {said}")


@dataclass(frozen=True)
class House:
    """A configuration full of secrets, and the servers that it speaks to."""

    folder: Path
    server: ScriptedServer
    doorkeeper: Doorkeeper

    @property
    def config(self) -> Path:
        return self.folder / "earshot.toml"


def echo(request: Request) -> Answer:
    """Refuse, and say back all that was told: in the head, in the body, as text and as JSON."""
    told = request.headers.get("authorization", "nothing")
    words = f"{told} {_unpacked(told)} {request.body.decode('utf-8', 'replace')}"
    headers = {
        "WWW-Authenticate": f"Basic realm='{words}'",
        "X-Told": words,
        "Content-Type": "application/json",
    }
    body = {"message": words, "error": 401, "title": words, "detail": words, "status": 401}
    return Answer(status=401, headers=headers, body=json.dumps(body))


def _unpacked(header: str) -> str:
    kind, _, packed = header.partition(" ")
    return base64.b64decode(packed).decode() if kind.lower() == "basic" else packed


@pytest.fixture
def house(
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    server: ScriptedServer,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[House]:
    folder = tmp_path / "house"
    folder.mkdir()
    for path in ("/reddit/api/v1/access_token", "/x/2/tweets/search/recent", "/locked"):
        server.route(path, echo)
    concern = "We are worried: the Riverside boxes came late again."
    server.route("/feed", Answer(headers=XML, body=rss(item(1, concern))))
    monkeypatch.setenv("CANARY_REDDIT", CANARIES["reddit"])
    monkeypatch.setenv("CANARY_X", CANARIES["x"])
    monkeypatch.setenv("CANARY_PLUGIN", CANARIES["plug-in"])
    secrets = {"feed.secret": CANARIES["feed"], "smtp.secret": CANARIES["smtp"]}
    for name, value in secrets.items():
        (folder / name).write_text(value + "\n", encoding="utf-8")
        (folder / name).chmod(0o600)
    doorkeeper = Doorkeeper(folder / "mail")
    doorkeeper.directory.mkdir()
    mail = OnAnyPort(
        doorkeeper, hostname="127.0.0.1", port=0, authenticator=doorkeeper, auth_require_tls=False
    )
    mail.start()
    text = CONFIGURATION.format(url=server.url, smtp_port=mail.port)
    (folder / "earshot.toml").write_text(text, encoding="utf-8")
    (folder / "wrong.toml").write_text(
        text.replace("http://", f"http://me:{CANARIES['url']}@"), encoding="utf-8"
    )
    with installed(tmp_path_factory.mktemp("plugin")):
        yield House(folder, server, doorkeeper)
    mail.stop()


def said(house: House) -> dict[str, bytes]:
    """Run every command with all its words; return what each printed."""
    told: dict[str, bytes] = {}
    for command in ("check", "collect"):  # a password in an address is refused by both
        ran = earshot("-vv", command, "--config", house.folder / "wrong.toml")
        assert ran.code == 2
        told[f"{command} wrong.toml"] = (ran.out + ran.err).encode()
    commands: list[list[str | Path]] = [
        ["check"],
        ["check", "--json"],
        ["collect", "--json"],
        ["collect", "--source", "r-foodbanks", "--source", "x-riverside", "--source", "locked"],
        ["cycle"],
        ["cycle", "--json"],
        ["digest", "--output", house.folder / "digest.html", "--send"],
        ["search", "late", "--json"],
        ["alerts", "list"],
    ]
    for n, words in enumerate(commands):
        house.doorkeeper.lets_in = n > 4
        ran = earshot("-vv", *words, "--config", house.config)
        told[" ".join(map(str, words))] = (ran.out + ran.err).encode()
    return told


def left(house: House) -> dict[str, bytes]:
    """Return every file that is there now and was not written by the test."""
    ours = {"earshot.toml", "wrong.toml", "feed.secret", "smtp.secret"}
    return {
        path.name: path.read_bytes()
        for path in house.folder.rglob("*")
        if path.is_file() and path.name not in ours
    }


def forms(canary: str) -> list[bytes]:
    """Return a secret as it could be written: plain, as a part of an address, or packed as logins pack it."""
    logins = [canary, f"outreach:{canary}", f"earshot:{canary}", f"\0earshot\0{canary}"]
    packed = [base64.b64encode(login.encode()).rstrip(b"=") for login in logins]
    return [canary.encode(), quote(canary).encode(), canary.encode("utf-16-le"), *packed]


def test_no_secret_turns_up_anywhere(
    house: House, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """faults.md 90."""
    caplog.set_level(
        logging.CRITICAL, "mail.log"
    )  # what the mail server itself writes down is its own affair
    printed = said(house)
    beside = capfd.readouterr()
    found = left(house) | printed | {"beside": (beside.out + beside.err).encode()}

    leaks = [
        (where, whose)
        for whose, canary in CANARIES.items()
        for form in forms(canary)
        for where, what in found.items()
        if form in what
    ]
    assert leaks == []
    assert {"earshot.db", "digest.html", "0001.eml"} <= set(found)  # it was looked for where it could be
    assert set(house.doorkeeper.told) == {CANARIES["smtp"]}
    assert b"a user name or password in the address is refused" in found["check wrong.toml"]
    for path in ("/reddit/api/v1/access_token", "/x/2/tweets/search/recent", "/locked"):
        assert house.server.asked(path), f"{path} was never asked, so it never had a secret to throw back"
    assert b"no such password" in found["cycle"]  # the server's words came through, the word in them did not
    assert b"Traceback" in found["collect --json"]  # of the plug-in
    assert b"DEBUG" in found["collect --json"]
