"""The component that finds who is named: us (name, aliases, programmes, accounts) and each partner.

Case, accents and apostrophes do not matter, the longest name wins, and another thing of the same name is none
("Northside Shelter Road"). The lists behind that judgement lie in ``names.toml``.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from analysis.authors import same_handle
from analysis.fold import fold, fold_phrase
from analysis.namesakes import is_another
from analysis.namewords import namewords_version, spellings
from analysis.reading import KEY, Name, Reading, Who, reading_of
from model import Organisation, Partner

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc


_ENOUGH_OF_PARENT = 1_000
"""Code points of what is answered in which names are looked for."""


_NOBODY = Organisation(name="")


class Names:
    """Finds the names of one organisation and its partners in a doc; ``know`` tells it of others."""

    def __init__(
        self, nlp: Language, organisation: Organisation = _NOBODY, partners: Sequence[Partner] = ()
    ) -> None:
        self._nlp = nlp
        self.know(organisation, partners)

    def know(self, organisation: Organisation, partners: Sequence[Partner]) -> None:
        """Look for these names from now on, and for no others."""
        from spacy.matcher import PhraseMatcher

        self._matcher = PhraseMatcher(self._nlp.vocab, attr="LOWER")
        self._called: dict[int, tuple[Who, str]] = {}
        self._handles = _handles(organisation, partners)
        self._shouted: set[str] = set()
        if organisation.name:
            self._add("us", organisation.name, (organisation.name, *organisation.aliases))
        for programme in organisation.programmes:
            self._add("us", programme, (programme,))
        for partner in partners:
            self._add("partner", partner.name, (partner.name, *partner.aliases))

    def _add(self, who: Who, name: str, called: Sequence[str]) -> None:
        key = f"{who}:{name}"
        self._called.setdefault(self._nlp.vocab.strings.add(key), (who, name))
        for one in called:
            spelt = tuple(spelling for spelling in variants(one) if spelling)
            self._matcher.add(key, [self._nlp.tokenizer(spelling) for spelling in spelt])
            if _is_acronym(one):
                self._shouted.add(one.lower())

    def __call__(self, doc: Doc) -> Doc:
        """Fill ``names`` and ``parent`` of the doc's reading, and the doc's spans ``us`` and ``partners``."""
        reading = reading_of(doc)
        mention = reading.mention
        reading.names = self.named(doc, mention.channel)
        if reading.names:
            for group, who in (("us", "us"), ("partners", "partner")):
                doc.spans[group] = [doc[one.start : one.end] for one in reading.names if one.who == who]
        if mention.parent_text:
            folded = fold(mention.parent_text[:_ENOUGH_OF_PARENT])
            reading.parent = self._nlp.make_doc(folded.text)
            names = self.named(reading.parent, mention.channel)
            reading.parent.user_data[KEY] = Reading(mention, folded, names=names)
        return doc

    def named(self, doc: Doc, channel: str) -> list[Name]:
        """Return who is named in a doc that was written on ``channel``, in the order of the text."""
        found: list[tuple[Who, str, int, int]] = []
        matches = self._matcher(doc)
        if len(matches) > 1:
            matches = sorted(matches, key=lambda match: (match[1] - match[2], match[1]))
        taken: set[int] = set()
        for key, start, end in matches:
            if taken.intersection(range(start, end)):
                continue
            taken.update(range(start, end))
            if self._is_shouted_here(doc, start, end) and not is_another(doc, start, end):
                found.append((*self._called[key], start, end))
        found.extend(self._accounts(doc, channel))
        return [
            Name(who, name, start, end, doc[start].idx, doc[end - 1].idx + len(doc[end - 1]))
            for who, name, start, end in sorted(found, key=lambda one: one[2:])
        ]

    def _is_shouted_here(self, doc: Doc, start: int, end: int) -> bool:
        """Whether an acronym that could be a word ("AID", "ACT") stands in capitals here; true for other names."""
        written = doc[start:end].text
        return written.lower() not in self._shouted or written.isupper()

    def _accounts(self, doc: Doc, channel: str) -> Iterator[tuple[Who, str, int, int]]:
        handles = self._handles.get(channel)
        if not handles:
            return
        for token in doc:
            known = handles.get(same_handle(token.text)) if "@" in token.text or "/" in token.text else None
            if known:
                yield (*known, token.i, token.i + 1)


def names_version(organisation: Organisation, partners: Sequence[Partner]) -> str:
    """Return the version of what is found here: a hash of names, aliases, programmes, accounts and word lists."""
    called = [
        (
            organisation.name,
            organisation.aliases,
            organisation.programmes,
            sorted(organisation.handles.items()),
        ),
        *sorted((partner.name, partner.aliases, sorted(partner.handles.items())) for partner in partners),
    ]
    digest = hashlib.sha256(repr((namewords_version(), called)).encode("utf-8", "replace"))
    return f"names-{digest.hexdigest()[:12]}"


def variants(name: str) -> tuple[str, ...]:
    """Return the ways in which a name is written: with and without apostrophes, hyphens, dots, "the" or "&"."""
    plain = fold_phrase(name)
    choices = [_spelt(word) for word in plain.split()]
    forms = {plain} | {" ".join(words) for words in itertools.islice(itertools.product(*choices), 32)}
    for form in tuple(forms):
        forms.update(
            (form.replace("'", ""), form.replace("-", " "), form.replace(".", ""), form.replace(" - ", " "))
        )
        forms.add(form.removeprefix("the ").removeprefix("The "))
    forms.add(plain.replace(" ", "").replace("'", "").replace("-", ""))
    return tuple(sorted(" ".join(form.split()) for form in forms if form.strip()))


def _spelt(word: str) -> tuple[str, ...]:
    bare = word.lower().rstrip(".")
    for group in spellings():
        if bare in group:
            dotted = tuple(f"{one}." for one in group if len(one) == 2)
            return (word, *group, *dotted)
    return (word,)


def _is_acronym(name: str) -> bool:
    """Whether a name in capitals reads as a word in small letters: "AID" does, "RFN" does not."""
    return name.isupper() and len(name) < 6 and any(vowel in name for vowel in "AEIOU")


def _handles(
    organisation: Organisation, partners: Sequence[Partner]
) -> dict[str, dict[str, tuple[Who, str]]]:
    by_channel: dict[str, dict[str, tuple[Who, str]]] = {}
    owners: list[tuple[Who, Organisation | Partner]] = [("us", organisation)]
    owners.extend(("partner", partner) for partner in partners)
    for who, owner in owners:
        for channel, handles in owner.handles.items():
            for handle in handles:
                by_channel.setdefault(channel, {}).setdefault(same_handle(handle), (who, owner.name))
    return by_channel
