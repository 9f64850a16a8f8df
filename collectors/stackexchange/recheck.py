"""Asking again about questions, answers and comments: what the API no longer lists is deleted."""

from __future__ import annotations

from collections.abc import Sequence

from collectors.contract import Rechecked
from collectors.json_pages import Table, each_read, number_of, rows, table
from collectors.stackexchange.client import Client
from collectors.stackexchange.wire import Site, answer, question
from model import Mention


def asked_again(external_ids: Sequence[str], client: Client, site: Site) -> Rechecked:
    """Return what became of at most a hundred mentions.

    A comment is told as gone or unchanged: it may be edited for five minutes only, and an answer about it does
    not say to which question it belongs.
    """
    edited: list[Mention] = []
    gone: list[str] = []
    unchanged = 0
    for letter, method, key, read in (
        ("q", "questions/{}", "question_id", lambda told: question(told, site).item.mention),
        ("a", "answers/{}", "answer_id", lambda told: answer(told, site)[0].mention),
        ("c", "comments/{}", "comment_id", _nothing),
    ):
        asked = [each[1:] for each in external_ids if each.startswith(letter) and each[1:].isdecimal()]
        if not asked or not client.may_ask(method):
            continue
        told = rows(client.get(method, {}, ids=";".join(asked)), "items", "stackexchange")
        there = {number_of(table(each), key) for each in told}
        gone += [f"{letter}{each}" for each in asked if int(each) not in there]
        mentions, _skipped = each_read(told, read)
        edited += [mention for mention in mentions if mention is not None]
        unchanged += sum(mention is None for mention in mentions)
    return Rechecked(edited=edited, gone=gone, unchanged=unchanged, quota=client.quota, wait=client.wait)


def _nothing(_told: Table) -> Mention | None:
    return None
