"""Examples read by the very pipeline that runs later: tokens, names, zones, facts; laid out on one sheet."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import numpy as np
import spacy
from spacy.tokens import Doc

from analysis.names import Names
from analysis.readers import doc_of
from analysis.reading import reading_of
from analysis.sheet import FACTS, Sheet, lay_out
from analysis.training.examples import NOBODY, Example
from analysis.vocabulary import Vocabulary


def docs_of(examples: Sequence[Example]) -> list[Doc]:
    """Return the examples as docs with their names found. The language is the one that the label says."""
    nlp = spacy.blank("xx")
    names = Names(nlp)
    docs: list[Doc] = []
    for named, told in groupby(examples, key=lambda example: example.named):
        names.know(named.organisation, named.partners)
        for example in told:
            doc = names(doc_of(nlp, example.mention()))
            reading_of(doc).lang = example.lang
            docs.append(doc)
    return docs


def sheet_of(examples: Sequence[Example]) -> tuple[Sheet, Vocabulary]:
    """Return one sheet of all examples, and the vocabulary that knows what each word is made of."""
    vocabulary = Vocabulary(most=10_000_000)
    sheet = lay_out(docs_of(examples), vocabulary)
    public = np.array([example.named is NOBODY for example in examples])
    # a channel would be nothing but the name of the public set
    told = ~np.outer(public, [fact.startswith("on ") for fact in FACTS])
    np.logical_and(sheet.facts, told, out=sheet.facts)
    return sheet, vocabulary
