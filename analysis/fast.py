"""The fast tier: a spaCy pipeline of named components, each of which adds its part to the mention's reading."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence

import spacy
from spacy.language import Language
from spacy.tokens import Doc

from analysis.concern import Concern
from analysis.contract import Analysis
from analysis.faults import faults
from analysis.fold import fold
from analysis.intents import intents
from analysis.language import LanguageTeller
from analysis.names import Names, names_version
from analysis.naming import naming
from analysis.needs import needs
from analysis.reading import KEY, Reading, reading_of
from analysis.rulebook import languages, version
from analysis.sentiment import sentiment
from analysis.signals import Signals
from model import Mention, Organisation, Partner


class FastAnalyzer:
    """Tags by rules. ``versions`` names each component's version; ``version`` is one hash of them all."""

    name = "fast"

    def __init__(self, organisation: Organisation, partners: Sequence[Partner]) -> None:
        ruled = tuple(language for language in organisation.languages if language in languages())
        self._nlp = spacy.blank("xx")
        names = Names(self._nlp, organisation, partners)
        self.versions: Mapping[str, str] = {
            "language": "py3langid-1",
            "partners": names_version(organisation, partners),
            **{subject: version(subject) for subject in ("sentiment", "intents", "needs", "concern")},
        }
        self.version = hashlib.sha256(repr(sorted(self.versions.items())).encode()).hexdigest()[:12]
        parts: tuple[tuple[str, Callable[[Doc], Doc]], ...] = (
            ("language", LanguageTeller(organisation.languages, ruled)),
            ("names", names),
            ("naming", naming(self.versions["partners"])),
            ("signals", Signals(self._nlp, ruled)),
            ("faults", faults),
            ("sentiment", sentiment),
            ("intents", intents),
            ("needs", needs),
            ("concern", Concern(self._nlp, names)),
        )
        for name, part in parts:
            _add(self._nlp, name, part)

    def analyze(self, mentions: Sequence[Mention]) -> Sequence[Analysis]:
        """Return one Analysis a mention, in order; what comes after ``fold.CAP`` code points is left out."""
        with (
            self._nlp.memory_zone()
        ):  # else the vocabulary grows with every new word, for as long as Earshot runs
            return [self._analysis(mention) for mention in mentions]

    def _analysis(self, mention: Mention) -> Analysis:
        folded = fold(mention.text, mention.title)
        doc = self._nlp.make_doc(folded.text)
        doc.user_data[KEY] = Reading(
            mention, folded, written=[token.text for token in doc], words=[token.lower_ for token in doc]
        )
        reading = reading_of(self._nlp(doc))
        return Analysis(reading.lang, tuple(reading.annotations))


class _Slot:
    """A place in the pipeline for a callable that was made with an organisation's names, which no config can hold."""

    judge: Callable[[Doc], Doc]

    def __call__(self, doc: Doc) -> Doc:
        return self.judge(doc)


@Language.factory("earshot_slot")
def _slot(nlp: Language, name: str) -> _Slot:  # noqa: ARG001  spaCy passes both by name
    return _Slot()


def _add(nlp: Language, name: str, judge: Callable[[Doc], Doc]) -> None:
    slot = nlp.add_pipe("earshot_slot", name=name)
    assert isinstance(slot, _Slot)
    slot.judge = judge
