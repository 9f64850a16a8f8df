"""Lists of feeds as other readers write and take them: OPML 2.0 (http://opml.org/spec2.opml).

A list comes from strangers: it is read as a stream, without entities, whatever its size and depth.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

from errors import NeedsAttention
from text import one_line

LARGEST = 64 * 1024 * 1024
DEEPEST = 2_000


@dataclass(frozen=True, slots=True)
class Outline:
    """One entry of a list; ``url`` is empty for a folder, and for what is no feed."""

    title: str
    url: str


def read_opml(file: BinaryIO, name: str) -> Iterator[Outline]:
    """Yield every outline in order, folders too; raise NeedsAttention for what is no OPML or too large.

    A list that breaks off yields what stands before the break, and then raises.
    """
    from lxml import etree

    body = file.read(LARGEST + 1)
    if len(body) > LARGEST:
        raise NeedsAttention(f"{name} is larger than {LARGEST // 2**20} MiB; split it")
    if b"<!ENTITY" in body[:100_000]:
        raise NeedsAttention(
            f"{name} declares entities of its own, which no list of feeds needs; export it anew"
        )
    events = etree.iterparse(
        BytesIO(body),
        events=("start", "end"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=True,
    )
    try:
        yield from _outlines(events, name)
    except etree.XMLSyntaxError as error:
        raise NeedsAttention(
            f"{name} is no whole OPML: {one_line(str(error.msg), 120)}; export it anew"
        ) from error


def _outlines(events: Iterable[tuple[str, object]], name: str) -> Iterator[Outline]:
    depth = 0
    for event, element in events:
        tag = str(element.tag).rpartition("}")[2].lower()  # type: ignore[attr-defined]
        if event == "end":
            depth -= 1
            element.clear()  # type: ignore[attr-defined]  # memory stays that of one entry
            continue
        depth += 1
        if depth == 1 and tag != "opml":
            raise NeedsAttention(f"{name} is no OPML: it begins with <{one_line(tag, 40)}>")
        if depth > DEEPEST:
            raise NeedsAttention(f"{name} is nested deeper than {DEEPEST} levels; export it anew")
        if tag == "outline":
            said = {str(key).lower(): str(value) for key, value in element.attrib.items()}  # type: ignore[attr-defined]
            title = said.get("title") or said.get("text") or ""
            yield Outline(one_line(title, 200), said.get("xmlurl", "").strip())


def write_opml(outlines: Iterable[Outline], title: str) -> bytes:
    """Return an OPML document of feeds, which this program and other readers take."""
    from lxml import etree

    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = one_line(title)
    body = etree.SubElement(root, "body")
    for outline in outlines:
        etree.SubElement(
            body, "outline", type="rss", text=outline.title, title=outline.title, xmlUrl=outline.url
        )
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
