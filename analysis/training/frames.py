"""What the encoder reads of an example, to learn from or to teach by; names are found as the runtime does."""

from __future__ import annotations

from collections.abc import Iterator

import spacy

from analysis.encoding import Framed
from analysis.fold import fold
from analysis.framing import Frame, Named, framer
from analysis.names import Names
from analysis.training.examples import Example


class Frames:
    """Frames examples; what an organisation needs is made once."""

    def __init__(self) -> None:
        self._nlp = spacy.blank("xx")
        self._made: dict[str, tuple[Frame, Names]] = {}

    def of(self, example: Example) -> Framed:
        """Return what the encoder reads of an example."""
        named = example.named
        if named.slug not in self._made:
            finder = Names(self._nlp, named.organisation, named.partners if named.slug else ())
            self._made[named.slug] = framer(named.organisation), finder
        frame, finder = self._made[named.slug]
        return frame(example.mention(), self._names(example, finder) if named.slug else ())

    def _names(self, example: Example, finder: Names) -> Iterator[Named]:
        folded = fold(example.text, example.title)
        doc = self._nlp.make_doc(folded.text)
        for name in finder.named(doc, example.channel):
            span = doc[name.start : name.end]
            place, start, end, _ = folded.place(span.start_char, span.end_char)
            yield place, start, end, "us" if name.who == "us" else "partner"
