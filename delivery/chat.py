"""The way out to chats, phones and desks: everything that Apprise reaches, in a process of its own.

Apprise's hundred and more services open their sockets by libraries of their own. In a process of its own each try
ends when its time is over, whatever hangs; the gate holds every socket of it; no proxy and no login of this machine's
environment is used, only the proxy of the file; and nothing of Apprise is loaded where it is not needed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from delivery.answers import verdict, without
from errors import EarshotError, NeedsAttention, Unreachable
from model import Message, Secret, Way
from net.addresses import PUBLIC, Rules
from text import clean, one_line

DEADLINE = 30.0  # seconds for one letter; an alert that hangs is tried again
HOUSE = Path(__file__).resolve().parent.parent
KEPT_OF_THE_ENVIRONMENT = (
    "PATH",
    "LANG",
    "LC_ALL",
    "TZ",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "COVERAGE_PROCESS_START",
)
MISSING = "Apprise is not installed: pip install 'earshot[apprise]'"


@dataclass(frozen=True, slots=True)
class ChatTransport:
    """Hands letters to one address of Apprise's. ``deadline`` in seconds, for the whole of one try.

    ``proxy`` is asked for what Apprise sends by HTTP, which is nearly all of it.
    """

    chat: Way
    rules: Rules = PUBLIC
    deadline: float = field(default=DEADLINE, kw_only=True)
    proxy: Secret | None = field(default=None, kw_only=True)

    def send(self, message: Message, *, now: datetime) -> None:  # noqa: ARG002 - the chat has its own clock
        """Hand one message over; see the contract. Its text is cut to what the service takes."""
        said = self._asked({"subject": one_line(message.subject), "text": clean(message.text)})
        trouble = self._trouble(said)
        if trouble is not None:
            raise trouble

    def look(self) -> None:
        """Return when Apprise can read the address; NeedsAttention where it cannot. Nothing is sent."""
        trouble = self._trouble(self._asked({}))
        if trouble is not None:
            raise trouble

    @property
    def _where(self) -> str:
        return f"the chat {self.chat.name!r}"

    def _asked(self, letter: dict[str, str]) -> dict[str, Any]:
        """Return what the child answers; the address goes through a pipe, where no list of processes shows it."""
        if find_spec("apprise") is None:
            raise NeedsAttention(f"{self._where}: {MISSING}")
        question = {
            "address": self.chat.address.reveal(),
            "letter": letter,
            "private": self.rules.allow_private_networks,
            "loopback": self.rules.loopback_only,
            "proxy": None if self.proxy is None else self.proxy.reveal(),
        }
        try:
            ended = subprocess.run(
                [sys.executable, "-P", "-m", "delivery.chat_child"],
                input=json.dumps(question).encode(),
                capture_output=True,
                check=False,
                timeout=self.deadline,
                env=_environment(),
                cwd="/",
            )
        except subprocess.TimeoutExpired:
            words = f"{self._where} timed out: not taken within {self.deadline:g} s"
            raise Unreachable(words) from None
        try:
            said: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
        except (ValueError, IndexError):
            complaint = self._safe(ended.stderr.decode("utf-8", "replace")[-300:])
            raise Unreachable(
                f"{self._where}: its process ended with {ended.returncode}: {complaint}"
            ) from None
        return said

    def _trouble(self, said: dict[str, Any]) -> EarshotError | None:
        words = self._safe(str(said.get("told", "")))
        if said["end"] == "taken":
            return None
        if said["end"] == "refused by the gate":
            return NeedsAttention(f"{self._where}: {words}")
        if said["end"] == "no address":
            return NeedsAttention(f"{self._where}: Apprise cannot read its address; see docs/delivery.md")
        if said["end"] == "answered":
            after = None if said["after"] is None else timedelta(seconds=said["after"])
            body = self._safe(str(said["body"]), most=2_000).encode()
            wrong = verdict(int(said["status"]), body, where=self._where, after=after)
            if wrong is not None:
                return wrong
        return Unreachable(f"{self._where} did not take it: {words or 'it does not say why'}")

    def _safe(self, words: str, most: int = 300) -> str:
        """Words of Apprise's or the service's as one line, without any part of the address: tokens stand in it."""
        return one_line(without(words, self.chat.address.reveal()), most)


def _environment() -> dict[str, str]:
    """The child's environment: no proxy, no home with logins in it, no secret of ours."""
    kept = {name: os.environ[name] for name in KEPT_OF_THE_ENVIRONMENT if name in os.environ}
    path = os.pathsep.join(filter(None, (str(HOUSE), os.environ.get("PYTHONPATH"))))
    return {**kept, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8", "HOME": "/nonexistent", "NO_PROXY": "*"}
