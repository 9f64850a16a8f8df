"""The process that hands one letter to Apprise: it may be killed at any moment, and knows of nothing else.

``python -P -m delivery.chat_child`` reads the question from its standard input and answers with a line of JSON.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import apprise
import requests
from requests.adapters import HTTPAdapter

from delivery.trimming import calls_nobody, trimmed
from errors import EarshotError, NeedsAttention
from model import Secret
from net.answers import retry_after
from net.gate import Rules, guard
from net.http import Http
from net.proxy import taken_apart
from net.requests_session import sent

STEP = 10.0  # seconds for a connection, and for each reading of an answer
KEPT = 4_000  # bytes of an answer


class Heard:
    """What came of the requests that Apprise made, in order: the last bad answer counts, else the last."""

    def __init__(self) -> None:
        self.answers: list[requests.Response] = []
        self.refused = ""
        self.words: list[str] = []

    def listen(self) -> None:
        """Hear every answer of the process, and keep requests to one step: a letter is told to one address only."""
        send = requests.Session.send

        def heard(
            session: requests.Session, request: requests.PreparedRequest, **options: Any
        ) -> requests.Response:
            options["allow_redirects"] = False
            try:
                answer = send(session, request, **options)
            except EarshotError as error:
                if isinstance(error, NeedsAttention):
                    self.refused = str(error)
                raise requests.ConnectionError(str(error)) from error
            self.answers.append(answer)
            return answer

        requests.Session.send = heard  # type: ignore[method-assign,assignment]

    def last_word(self) -> dict[str, object]:
        """Return the answer to judge: the first whose status is bad, else the last."""
        bad = [answer for answer in self.answers if not answer.ok or answer.is_redirect]
        chosen = (bad or self.answers[-1:])[0]
        after = retry_after(chosen.headers.get("retry-after"), now=datetime.now(UTC))
        return {
            "end": "answered",
            "status": chosen.status_code,
            "body": chosen.content[:KEPT].decode("utf-8", "replace"),
            "after": None if after is None else after.total_seconds(),
        }


class Complaints(logging.Handler):
    """What Apprise says of its troubles; it says them to its log alone."""

    def __init__(self, heard: Heard) -> None:
        super().__init__(logging.WARNING)
        self.heard = heard

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the words, and those of an error that came with them."""
        error = record.exc_info[1] if record.exc_info else None
        self.heard.words += [record.getMessage(), *([str(error)] if error else [])]


def main() -> None:
    """Answer the question on standard input."""
    question = json.load(sys.stdin)
    rules = Rules(allow_private_networks=question["private"], loopback_only=question["loopback"])
    if question["proxy"] is None:
        guard(rules)
    else:
        _go_by(Secret(question["proxy"]), rules)
    json.dump(hand_over(question["address"], question["letter"]), sys.stdout)


def _go_by(proxy: Secret, rules: Rules) -> None:
    """Send all that goes by requests through a client of ours, which asks the proxy and checks what it is asked."""
    known = taken_apart(proxy)
    guard(rules, trusted=[(known.host, known.port)])
    http = Http(rules, proxy=proxy, deadline=timedelta(seconds=STEP))

    def send(
        _adapter: HTTPAdapter, request: requests.PreparedRequest, **_options: object
    ) -> requests.Response:
        return sent(http, request)

    HTTPAdapter.send = send  # type: ignore[method-assign,assignment]


def hand_over(address: str, letter: dict[str, str]) -> dict[str, object]:
    """Return how it ended: taken, no address, refused by the gate, answered, failed; without a letter, read only."""
    heard = Heard()
    heard.listen()
    logging.getLogger("apprise").addHandler(Complaints(heard))
    # Nothing that a stranger wrote is a template, an escape or an emoji's name; nothing is kept on the disk.
    asset = apprise.AppriseAsset(
        storage_mode="memory",
        allow_templates=False,
        service_timeout=0,
        interpret_escapes=False,
        interpret_emojis=False,
        app_id="Earshot",
    )
    service = apprise.Apprise.instantiate(address, asset=asset)
    if service is None:
        return {"end": "no address"}
    if not letter:
        return {"end": "taken"}
    return _told(service, letter, asset, heard)


def _told(
    service: apprise.NotifyBase, letter: dict[str, str], asset: apprise.AppriseAsset, heard: Heard
) -> dict[str, object]:
    service.socket_connect_timeout = service.socket_read_timeout = STEP
    title = calls_nobody(letter["subject"])
    most = service.body_maxlen - (len(title) + 10 if service.title_maxlen <= 0 else 0)
    everyone = apprise.Apprise(asset=asset)
    everyone.add(service)
    taken = everyone.notify(
        body=trimmed(calls_nobody(letter["text"]), max(most, 1)),
        title=title[: service.title_maxlen] if service.title_maxlen > 0 else title,
        body_format=apprise.NotifyFormat.TEXT,
    )
    if heard.refused:
        return {"end": "refused by the gate", "told": heard.refused}
    if heard.answers:
        last = heard.last_word()
        return {**last, "told": " ".join(heard.words)} if not taken or _says_no(last) else {"end": "taken"}
    return {"end": "taken"} if taken else {"end": "failed", "told": " ".join(heard.words)}


def _says_no(last: dict[str, object]) -> bool:
    from delivery.answers import verdict

    return verdict(int(str(last["status"])), str(last["body"]).encode(), where="") is not None


if __name__ == "__main__":
    main()
