"""The fast tier: the spaCy pipeline that lies in ``analysis/models/fast``, told who we and our partners are."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from spacy.language import Language
from spacy.tokens import Doc

from analysis import component, readers
from analysis.batches import AT_ONCE
from analysis.component import Model
from analysis.contract import Analysis
from analysis.names import names_version
from analysis.naming import named
from analysis.reading import reading_of
from analysis.tokens import quicken
from errors import NeedsAttention
from model import Mention, Organisation, Partner

FOLDER = Path(__file__).parent / "models" / "fast"


_MUCH = 3_000_000
"""Code points after which the words that were met are forgotten: after each batch, half of the time went into meeting
them again; at this many they take some 20 MB."""


class FastAnalyzer:
    """Tags by the fast model. ``versions`` names each component's version; ``version`` is one hash of them all."""

    name = "fast"

    def __init__(
        self,
        organisation: Organisation,
        partners: Sequence[Partner],
        *,
        missed_concern_costs: float = 10.0,
        folder: Path = FOLDER,
    ) -> None:
        self._nlp = load(folder)
        model = self._nlp.get_pipe(component.MODEL)
        assert isinstance(model, Model)
        model.weigh(missed_concern_costs)
        self._words = ExitStack()
        self._fixed = {"language": "py3langid-2", "model": model.version, "costs": repr(missed_concern_costs)}
        self.know(organisation, partners)

    def know(self, organisation: Organisation, partners: Sequence[Partner]) -> None:
        """Read for this organisation from now on."""
        self._forget()
        readers.configure(self._nlp, organisation, partners)
        self._begin()  # after it: the names stay when words are forgotten
        self.versions: Mapping[str, str] = {**self._fixed, "partners": names_version(organisation, partners)}
        # Without the names: where they change, only what says them is asked again (stages/reanalyze.py).
        fixed = {**self._fixed, "languages": ",".join(organisation.languages)}
        self.version = hashlib.sha256(repr(sorted(fixed.items())).encode()).hexdigest()[:12]

    def analyze(self, mentions: Sequence[Mention]) -> Sequence[Analysis]:
        """Return one Analysis a mention, in order; what comes after ``fold.CAP`` code points is left out."""
        self._read += sum(len(mention.text) + len(mention.title) for mention in mentions)
        if self._read > _MUCH:
            self._forget()
            self._begin()
        docs = (readers.doc_of(self._nlp, mention) for mention in mentions)
        return [self._analysis(doc) for doc in self._nlp.pipe(docs, batch_size=AT_ONCE)]

    def _forget(self) -> None:
        """Let spaCy drop the words that it has met, else it grows for as long as Earshot runs."""
        self._words.close()

    def _begin(self) -> None:
        self._words.enter_context(self._nlp.memory_zone())
        self._read = 0

    def _analysis(self, doc: Doc) -> Analysis:
        reading = reading_of(doc)
        partners = named(reading, self.versions["partners"])
        return Analysis(reading.lang, (*partners, *reading.annotations))


def load(folder: Path) -> Language:
    """Return the pipeline of a folder; NeedsAttention where it is missing, cut or of another version."""
    import spacy

    try:
        nlp = spacy.load(folder)
    except (OSError, ValueError, KeyError) as error:
        raise NeedsAttention(
            f"the fast model in {folder} cannot be read ({error}); install Earshot again, or make it anew"
            " (make train DATA=…)"
        ) from error
    quicken(nlp)
    return nlp
