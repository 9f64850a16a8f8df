"""Situations: odd words, and odd things among the others."""

from __future__ import annotations

from functools import partial

from tests.probe import Probe
from tests.probe_situation import Situation, situation
from text import LONGEST_TEXT

WORDS: list[Situation] = []
words = partial(situation, WORDS)


@words()
def a_thing_of_five_megabytes(probe: Probe) -> None:
    """The others; of the big one the beginning, or a word on why not."""
    probe.world.say(1)
    (big,) = probe.world.say(1, text="Turnips and parsnips. " * 240_000)
    probe.world.say(1)

    told = probe.hear()
    probe.hear()

    heard = [f"{each.title}\n{each.text}" for each in probe.standing()]
    cut = [each for each in heard if "parsnips" in each]
    assert len(heard) - len(cut) == 2
    assert len(cut) == 1 or told.skipped
    assert all(len(each) <= LONGEST_TEXT + 500 < len(big.text) for each in cut)


@words()
def nul_and_marks_that_turn_text_round(probe: Probe) -> None:
    """The words, without what nobody sees."""
    text = "Post \x00number\u202e one\u2066 says\u0007 hello."
    (said,) = probe.world.say(1, text=text)
    probe.world.say(1)

    probe.hear()

    mention = next(each for each in probe.standing() if "number 2" not in f"{each.title}{each.text}")
    heard = f"{mention.title} {mention.text}"
    assert not set(said.text) & set("\x00\x07\u202e\u2066") & set(heard)
    assert "hello" in heard
    assert len(probe.standing()) == 2


@words()
def letters_of_all_scripts(probe: Probe) -> None:
    """Each letter as it was written."""
    probe.world.say(1, text="Grüße, señor! Здравствуйте, 你好, नमस्ते, 안녕하세요 🍞👩‍🌾")

    probe.hear()

    probe.heard_all()


@words()
def words_that_look_like_markup(probe: Probe) -> None:
    """What somebody typed, as typed."""
    probe.world.say(1, text="Is 2 < 3 & 4 > 3? I typed <script>alert(1)</script> and &amp; there.")

    probe.hear()

    probe.heard_all()


@words("surrogates")
def half_a_character(probe: Probe) -> None:
    """The words around it; the others as well."""
    probe.world.say(1, text="Turnips \ud83d and parsnips.")
    probe.world.say(1)

    probe.hear()

    assert len(probe.standing()) == 2
    assert len(probe.found("parsnips")) == 1


@words()
def no_words_at_all(probe: Probe) -> None:
    """The others; nothing is heard twice."""
    probe.world.say(1)
    probe.world.say(1, text="")
    probe.world.say(1)
    probe.hear()
    before = probe.kept()

    probe.hear()

    assert sum("says hello" in f"{each.title}{each.text}" for each in before) == 2
    assert probe.kept() == before


@words()
def one_that_cannot_be_read(probe: Probe) -> None:
    """All the others, and it is told in words that one was skipped."""
    probe.world.say(4)
    probe.world.has_bad_item = True

    told = probe.hear()
    probe.hear()

    assert told.skipped
    assert all(" " in line.strip() and "Traceback" not in line for line in told.skipped)
    probe.heard_all()
