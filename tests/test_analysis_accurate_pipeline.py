"""A spaCy pipeline of the user's own: its entities and categories count, and what it lacks stays with the tier."""

from __future__ import annotations

from pathlib import Path

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc

from analysis import Analysis, open_analyzer
from errors import NeedsAttention
from model import Mention
from tests.analysers import PARTNERS, RIVERSIDE


@Language.component("earshot_test_mood")
def _mood(doc: Doc) -> Doc:
    doc.cats = {"sentiment:negative": 0.9, "sentiment:positive": 0.1, "concern:yes": 0.2, "weather": 1.0}
    return doc


def _saved(nlp: Language, folder: Path) -> str:
    nlp.to_disk(folder)
    return str(folder)


def _analysed(pipeline: str, text: str, lang: str = "en") -> Analysis:
    mention = Mention(channel="x", external_id="1", text=text, lang=lang)
    return open_analyzer(RIVERSIDE, PARTNERS, pipeline=pipeline).analyze([mention])[0]


def test_a_name_within_a_longer_place_of_its_entities_is_anothers(tmp_path: Path) -> None:
    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": "EVENT", "pattern": "Northside Jazz Nights"}])  # type: ignore[attr-defined]
    pipeline = _saved(nlp, tmp_path)

    found = _analysed(pipeline, "We are at Northside Jazz Nights; Northside Shelter has a stall there.")

    spans = [one.because[0] for one in found.annotations if one.kind == "partner"]
    assert [one.text for one in spans] == ["Northside Shelter"]


def test_its_categories_take_over_the_tags_that_they_are_called_as(tmp_path: Path) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("earshot_test_mood")
    pipeline = _saved(nlp, tmp_path)

    found = _analysed(pipeline, "Thank you Riverside, lovely boxes! Could you send more?")

    tags = {one.kind: one for one in found.annotations if one.kind != "intent"}
    assert (tags["sentiment"].label, tags["sentiment"].score, tags["sentiment"].origin) == (
        "negative",
        -0.8,
        "model",
    )
    assert (tags["concern"].label, tags["concern"].confidence) == ("no", 0.8)
    assert [one.label for one in found.annotations if one.kind == "intent"]  # which it does not have


def test_another_language_keeps_what_the_tier_says(tmp_path: Path) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("earshot_test_mood")
    pipeline = _saved(nlp, tmp_path)
    text = "Muchas gracias a todos por la ayuda de ayer."

    found = _analysed(pipeline, text, "es")

    assert [one.label for one in found.annotations if one.kind == "sentiment"] == ["positive"]


def test_a_pipeline_that_is_not_there_is_named_with_the_mend() -> None:
    with pytest.raises(NeedsAttention, match=r"pipeline = 'en_core_web_none': .*python -m spacy download"):
        open_analyzer(RIVERSIDE, PARTNERS, pipeline="en_core_web_none")
