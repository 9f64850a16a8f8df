"""The spaCy pipeline that reads: language and names, each a registered component that is saved without its names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc

from analysis.fold import fold
from analysis.language import LanguageTeller
from analysis.names import Names
from analysis.reading import KEY, Reading
from model import Mention, Organisation, Partner

LANGUAGE, NAMES = "earshot_language", "earshot_names"


class _Kept:
    """A component that has nothing to save: what it knows comes from the configuration each time."""

    def to_disk(self, _path: Path, *, exclude: Sequence[str] = ()) -> None:
        """Save nothing."""

    def from_disk(self, _path: Path, *, exclude: Sequence[str] = ()) -> Any:  # noqa: ARG002  spaCy passes it
        """Load nothing."""
        return self


class LanguageComponent(LanguageTeller, _Kept):
    """Tells the language."""


class NamesComponent(Names, _Kept):
    """Finds us and the partners."""


@Language.factory(LANGUAGE)
def _language(nlp: Language, name: str) -> LanguageComponent:  # noqa: ARG001  spaCy passes both by name
    return LanguageComponent()


@Language.factory(NAMES)
def _names(nlp: Language, name: str) -> NamesComponent:  # noqa: ARG001  spaCy passes both by name
    return NamesComponent(nlp)


def configure(nlp: Language, organisation: Organisation, partners: Sequence[Partner]) -> None:
    """Tell the components whom to look for, and which languages there are."""
    language, names = nlp.get_pipe(LANGUAGE), nlp.get_pipe(NAMES)
    assert isinstance(language, LanguageComponent)
    assert isinstance(names, NamesComponent)
    language.speak(organisation.languages)
    names.know(organisation, partners)


def doc_of(nlp: Language, mention: Mention) -> Doc:
    """Return a mention as a doc whose reading has begun: tokens, and no component yet."""
    folded = fold(mention.text, mention.title)
    doc = nlp.make_doc(folded.text)
    doc.user_data[KEY] = Reading(mention, folded)
    return doc
