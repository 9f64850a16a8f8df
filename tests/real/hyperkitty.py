"""A real HyperKitty (which pip installs into .venv-real) on loopback, with SQLite and Django's own server."""

from __future__ import annotations

import mailbox
import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from tests.hyperkitty_scenario import WRITTEN, Sent

LONGEST_START = 60.0
SETTINGS = """
SECRET_KEY = "of-this-test"
ALLOWED_HOSTS = ["*"]
SITE_ID = 1
ROOT_URLCONF = "site_urls"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
INSTALLED_APPS = [
    "hyperkitty", "django_mailman3", "rest_framework", "django_gravatar", "compressor", "haystack",
    "django_extensions", "django_q", "allauth", "allauth.account", "allauth.socialaccount",
    *(f"django.contrib.{name}" for name in ("admin", "auth", "contenttypes", "sessions", "sites", "messages")),
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True, "OPTIONS": {
    "context_processors": [
        "django.template.context_processors.request",
        "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages",
    ]}}]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "archive.db"}}
STATIC_URL = "/static/"
STATIC_ROOT = "static"
HAYSTACK_CONNECTIONS = {"default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}}
Q_CLUSTER = {"sync": True, "orm": "default", "timeout": 60, "retry": 90}
MAILMAN_REST_API_URL = "http://127.0.0.1:9"
MAILMAN_REST_API_USER = MAILMAN_REST_API_PASS = MAILMAN_ARCHIVER_KEY = "none"
MAILMAN_ARCHIVER_FROM = ("127.0.0.1",)
FILTER_VHOST = False
"""
URLS = """
from django.urls import include, path
urlpatterns = [path("archives/", include("hyperkitty.urls"))]
"""
DELETE = """
import sys, django; django.setup()
from hyperkitty.models import Email
found, _ = Email.objects.filter(mailinglist__name=sys.argv[1], message_id=sys.argv[2]).delete()
assert found
"""


@dataclass
class Site:
    """A running HyperKitty."""

    python: Path
    folder: Path
    url: str
    n_lists: int = 0

    def run(self, *command: str) -> None:
        """Run Python in the site, to its end."""
        done = subprocess.run(
            [str(self.python), *command],
            check=False,  # what it said of it is shown below
            cwd=self.folder,
            env=_environ(self.folder),
            capture_output=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr.decode()[-2000:]

    def archive(self) -> RealArchive:
        """Return an archive with a list that no other test has."""
        self.n_lists += 1
        return RealArchive(self, f"{self.url}/archives", f"list-{self.n_lists}@lists.example.org")


@dataclass
class RealArchive:
    """One list of a real HyperKitty, as the scenario wants an archive."""

    site: Site
    base_url: str
    mailing_list: str
    n_sent: int = 0

    def add(self, letters: Sequence[Sent]) -> None:
        path = self.site.folder / f"{self.mailing_list}-{self.n_sent}.mbox"
        box = mailbox.mbox(path)
        for each in letters:
            box.add(self._letter(each))
            self.n_sent += 1
        box.close()
        self.site.run(
            "-m", "django", "hyperkitty_import", "-l", self.mailing_list, "--no-sync-mailman", str(path)
        )

    def delete(self, message_id: str) -> None:
        self.site.run("-c", DELETE, self.mailing_list, message_id)

    def _letter(self, sent: Sent) -> EmailMessage:
        letter = EmailMessage()
        letter["From"] = "Ann of Northside <Ann@northside.example>"
        letter["To"] = self.mailing_list
        letter["Subject"] = f"Boxes {sent.message_id}"
        letter["Date"] = format_datetime(WRITTEN + timedelta(seconds=self.n_sent))
        letter["Message-ID"] = f"<{sent.message_id}>"
        if sent.answers:
            letter["In-Reply-To"] = f"<{sent.answers}>"
        letter.set_content(sent.text)
        return letter


@contextmanager
def running_hyperkitty(python: Path, folder: Path) -> Iterator[Site]:
    """Make a site in a folder, serve it, and end it."""
    (folder / "site_settings.py").write_text(SETTINGS, encoding="utf-8")
    (folder / "site_urls.py").write_text(URLS, encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    site = Site(python, folder, f"http://127.0.0.1:{port}")
    site.run("-m", "django", "migrate", "--verbosity", "0")
    command = [str(python), "-m", "django", "runserver", "--noreload", f"127.0.0.1:{port}"]
    with (folder / "output.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, env=_environ(folder))
    try:
        _wait_for(port, process, folder / "output.log")
        yield site
    finally:
        process.terminate()
        process.wait(15)


def _environ(folder: Path) -> dict[str, str]:
    return {**os.environ, "DJANGO_SETTINGS_MODULE": "site_settings", "PYTHONPATH": str(folder)}


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    ends = time.monotonic() + LONGEST_START
    while time.monotonic() < ends:
        assert process.poll() is None, f"HyperKitty ended by itself: {log.read_text()[-2000:]}"
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        threading.Event().wait(0.1)
    raise AssertionError(f"HyperKitty did not start: {log.read_text()[-2000:]}")
