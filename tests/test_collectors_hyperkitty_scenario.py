"""Channel hyperkitty before an archive that is played: the scenario that a real HyperKitty is held to as well."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.hyperkitty_scenario import HyperKittyScenario, Sent
from tests.hyperkitty_service import LIST, HyperKittyService, letter
from tests.scripted import Answer, ScriptedServer


class PlayedArchive:
    """The fake, as the scenario wants an archive."""

    def __init__(self, server: ScriptedServer) -> None:
        self.base_url = f"{server.url}/archives"
        self.mailing_list = LIST
        self._service = HyperKittyService(server)
        nowhere = "/archives/api/list/nobody@lists.example.org"
        server.route(f"{nowhere}/emails/", Answer(500, body="<h1>Server Error (500)</h1>"))

    def add(self, letters: Sequence[Sent]) -> None:
        new = [letter(each.message_id, each.text, answers=each.answers) for each in letters]
        self._service.letters = [*reversed(new), *self._service.letters]

    def delete(self, message_id: str) -> None:
        kept = [each for each in self._service.letters if each["message_id"] != message_id]
        self._service.letters = kept


@pytest.fixture
def archive(server: ScriptedServer) -> PlayedArchive:
    return PlayedArchive(server)


class TestPlayed(HyperKittyScenario):
    """The scenario, before the fake."""
