"""Each of our channels keeps the contract that plug-ins are held to; and the contract finds who breaks it."""

from __future__ import annotations

import inspect
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta, timezone

import pytest

from collectors.contract import Batch, Reach
from collectors.contract_suite import Scenario, collector_contract
from collectors.rss import Rss
from errors import EarshotError, NeedsAttention, TryLater
from model import Cursor, Secret
from tests.contract_collectors import acted_feed

TestRss = collector_contract(Scenario(channel="rss", collector=Rss, serve=acted_feed, many=1100))


@dataclass(frozen=True)
class Broken:
    """A collector that is right but for what each of the following does to it."""

    url: str = field(metadata={"says": "the address"})
    username: str = field(metadata={"says": "the user"})
    password: Secret = field(metadata={"says": "the password"})

    def collect(self, cursor: Cursor, reach: Reach) -> Iterator[Batch]:
        yield from Rss(url=self.url, username=self.username, password=self.password).collect(cursor, reach)


class Hasty(Broken):
    """Moves its cursor before the mentions are safe."""

    def collect(self, cursor: Cursor, reach: Reach) -> Iterator[Batch]:
        batches = list(super().collect(cursor, reach))
        yield from (replace(batch, cursor=batches[-1].cursor) for batch in batches)


class Forgetful(Broken):
    """Reads everything again each time."""

    def collect(self, cursor: Cursor, reach: Reach) -> Iterator[Batch]:
        yield from super().collect({}, reach)


class Latecomer(Broken):
    """Goes by the newest date, as three known readers do."""

    def collect(self, cursor: Cursor, reach: Reach) -> Iterator[Batch]:
        since = str(cursor.get("since", ""))
        for batch in super().collect({}, reach):
            new = [mention for mention in batch.mentions if str(mention.published_at) > since]
            newest = max([since, *(str(mention.published_at) for mention in new)])
            yield Batch(mentions=new, cursor={"since": newest}, skipped=batch.skipped)


class Silent(Broken):
    """Drops what it cannot read without a word."""

    def collect(self, cursor: Cursor, reach: Reach) -> Iterator[Batch]:
        yield from (replace(batch, skipped=()) for batch in super().collect(cursor, reach))


class Pythonic(Broken):
    """Has a cursor that only Python understands."""

    def collect(self, cursor: Cursor, reach: Reach) -> Iterator[Batch]:
        yield from (replace(batch, cursor={"at": (1, 2)}) for batch in super().collect(cursor, reach))


class Sleepy(Broken):
    """Waits for what it is told to wait, or nearly."""

    def collect(self, cursor: Cursor, reach: Reach) -> Iterator[Batch]:
        try:
            yield from super().collect(cursor, reach)
        except TryLater:
            time.sleep(0.2)
            raise


class Stubborn(Broken):
    """Treats each fault as one that passes."""

    def collect(self, cursor: Cursor, reach: Reach) -> Iterator[Batch]:
        try:
            yield from super().collect(cursor, reach)
        except NeedsAttention as error:
            raise TryLater(str(error)) from error


class Deaf(Broken):
    """Takes a fault for silence."""

    def collect(self, cursor: Cursor, reach: Reach) -> Iterator[Batch]:
        try:
            yield from super().collect(cursor, reach)
        except EarshotError:
            yield Batch(cursor=cursor)


class Talkative(Broken):
    """Tells its password in an error."""

    def collect(self, cursor: Cursor, reach: Reach) -> Iterator[Batch]:
        try:
            yield from super().collect(cursor, reach)
        except TryLater as error:
            raise TryLater(
                f"{error} for {self.username}:{self.password.reveal()}", after=error.after
            ) from None


class Raw(Broken):
    """Hands on what the wire said."""

    def collect(self, cursor: Cursor, reach: Reach) -> Iterator[Batch]:
        zone = timezone(timedelta(hours=2))
        for batch in super().collect(cursor, reach):
            dirty = [
                replace(
                    each,
                    text=each.text + "\x00",
                    published_at=(each.published_at or reach.now()).astimezone(zone),
                )
                for each in batch.mentions
            ]
            yield replace(batch, mentions=dirty)


class Endless(Broken):
    """Believes in a pause of ten years."""

    def collect(self, cursor: Cursor, reach: Reach) -> Iterator[Batch]:
        try:
            yield from super().collect(cursor, reach)
        except TryLater as error:
            raise TryLater(str(error), after=error.after and timedelta(days=3650)) from error


@pytest.mark.parametrize(
    ("collector", "test"),
    [
        (Hasty, "test_killed_between_two_batches_it_reads_again_rather_than_skips"),
        (Forgetful, "test_nothing_new_gives_nothing_and_keeps_the_cursor"),
        (Latecomer, "test_hears_what_is_said_late_in_the_same_second"),
        (Silent, "test_one_bad_item_among_good_ones_is_skipped_in_words"),
        (Pythonic, "test_goes_on_where_it_stopped"),
        (Stubborn, "test_refused_credentials_wait_for_a_person"),
        (Stubborn, "test_what_is_gone_for_good_waits_for_a_person"),
        (Deaf, "test_trouble_of_the_server_is_tried_later"),
        (Deaf, "test_an_answer_that_is_cut_off_is_tried_later"),
        (Deaf, "test_a_page_in_place_of_an_answer_is_an_error"),
        (Talkative, "test_what_is_not_there_may_come_back"),
        (Raw, "test_its_mentions_are_fit_for_the_store"),
        (Endless, "test_an_endless_pause_is_cut_to_a_day"),
        (Endless, "test_a_pause_that_is_asked_for_is_passed_on_and_not_slept"),
    ],
)
def test_the_contract_finds_who_breaks_it(collector: type, test: str) -> None:
    scenario = Scenario(channel="rss", collector=collector, serve=acted_feed, many=1100)
    contract = collector_contract(scenario)()

    with pytest.raises(AssertionError):
        getattr(contract, test)()


def test_the_contract_finds_who_sleeps() -> None:
    scenario = Scenario(channel="rss", collector=Sleepy, serve=acted_feed, longest=0.1)

    with pytest.raises(AssertionError, match="slept"):
        collector_contract(scenario)().test_trouble_of_the_server_is_tried_later()


def test_the_contract_wants_settings_that_are_explained() -> None:
    @dataclass(frozen=True)
    class Terse:
        url: str

    with pytest.raises(AssertionError, match="url"):
        contract = collector_contract(Scenario(channel="rss", collector=Terse, serve=acted_feed))()
        contract.test_its_settings_are_the_fields_of_a_frozen_dataclass_and_say_what_they_are()


def test_a_right_collector_passes_under_another_name() -> None:
    contract = collector_contract(Scenario(channel="rss", collector=Broken, serve=acted_feed, many=1100))()

    for name, test in inspect.getmembers(contract, inspect.ismethod):
        if name.startswith("test_"):
            test()
