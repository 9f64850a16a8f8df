"""Situations: what was said is edited, taken back, or there again."""

from __future__ import annotations

from functools import partial

from tests.probe import Probe, Said
from tests.probe_situation import Situation, situation

CHANGES: list[Situation] = []
changes = partial(situation, CHANGES)


def _edit(probe: Probe, said: Said, text: str) -> str:
    """Edit what was said, a moment ago, and return what it was."""
    before, said.text, said.edited_at = said.text, text, probe.clock.at
    return before


@changes("edits")
def edited(probe: Probe) -> None:
    """One mention with the new words; the old ones are its revision, and no search finds them."""
    said = probe.world.say(3)[1]
    probe.hear()
    before = _edit(probe, said, "Turnips and parsnips.")

    probe.hear_and_ask_again()

    probe.heard_all()
    mention = probe.the(said)
    assert [before in words for words in probe.earlier(mention)] == [True]
    assert mention.edited_at is not None
    assert [each.id for each in probe.found("parsnips")] == [mention.id]
    assert mention.id not in {each.id for each in probe.found("hello")}


@changes("edits")
def edited_twice(probe: Probe) -> None:
    """One mention with the last words; the earlier ones are its revisions, in their order."""
    said = probe.world.say(3)[1]
    probe.hear()
    first = _edit(probe, said, "Turnips and parsnips.")
    probe.hear_and_ask_again()
    second = _edit(probe, said, "Leeks and parsnips.")

    probe.hear_and_ask_again()

    probe.heard_all()
    told = probe.earlier(probe.the(said))
    assert [first in told[0], second in told[1], len(told)] == [True, True, 2]


@changes("edits", "silent edits")
def edited_without_a_mark(probe: Probe) -> None:
    """One mention with the new words, though no date tells of the edit; the old ones are its revision."""
    said = probe.world.say(3)[1]
    probe.hear()
    before, said.text = said.text, "Turnips and parsnips."

    probe.hear_and_ask_again()

    probe.heard_all()
    assert [before in words for words in probe.earlier(probe.the(said))] == [True]


@changes("deletions")
def deleted(probe: Probe) -> None:
    """Its id and its times; no word of it, neither by reading nor by searching. The others stay."""
    said = probe.world.say(3)
    said[1].text = "Turnips and parsnips."
    probe.hear()
    mention = probe.the(said[1])
    said[1].is_gone = True

    probe.hear_and_ask_again()

    probe.heard_all()
    _is_purged(probe, mention.id)
    assert probe.found("parsnips") == []


@changes("edits", "deletions")
def edited_then_deleted(probe: Probe) -> None:
    """Its id and its times; no word of it, not of the earlier text either."""
    said = probe.world.say(3)[1]
    probe.hear()
    _edit(probe, said, "Turnips and parsnips.")
    probe.hear_and_ask_again()
    mention = probe.the(said)
    said.is_gone = True

    probe.hear_and_ask_again()

    probe.heard_all()
    _is_purged(probe, mention.id)


@changes("accounts")
def the_account_is_deleted(probe: Probe) -> None:
    """No word of what it said, and not its name."""
    said = probe.world.say(3)[1]
    probe.hear()
    mention = probe.the(said)
    said.has_lost_its_author = True

    probe.hear_and_ask_again()

    _is_purged(probe, mention.id)
    assert len(probe.standing()) == 2


@changes("deletions", "returns")
def deleted_and_back(probe: Probe) -> None:
    """What was deleted and stands there again: under its old id, with its words."""
    said = probe.world.say(3)[1]
    probe.hear()
    mention = probe.the(said)
    said.is_gone = True
    probe.hear_and_ask_again()
    _is_purged(probe, mention.id)
    said.is_gone = False

    probe.hear_and_ask_again()

    probe.heard_all()
    assert probe.the(said).id == mention.id


def _is_purged(probe: Probe, mention_id: int | None) -> None:
    mention = next(each for each in probe.kept() if each.id == mention_id)
    assert mention.deleted_at is not None, "it was not noticed"
    assert (mention.text, mention.title, mention.url, mention.author, mention.raw) == ("", "", "", None, None)
    assert probe.earlier(mention) == []


@changes()
def gone_before_it_was_heard(probe: Probe) -> None:
    """Nothing of it."""
    probe.world.say(3)[1].is_gone = True

    probe.hear()
    probe.hear_and_ask_again()

    probe.heard_all()


@changes()
def the_list_is_empty_for_one_poll(probe: Probe) -> None:
    """All as before, once: what is not listed was not taken back."""
    said = probe.world.say(3)
    probe.hear()
    for each in said:
        each.is_gone = True
    probe.hear()
    for each in said:
        each.is_gone = False

    probe.hear()

    probe.heard_all()
    assert probe.kept() == probe.standing()
