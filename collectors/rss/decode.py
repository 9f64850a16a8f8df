"""From bytes to text, whatever the feed says of its encoding. Nothing here raises: there is always a text.

Three places may name the encoding (a byte order mark, the HTTP header, the XML declaration), and each of them lies
somewhere. What decodes strictly as UTF-8 and is not plain ASCII is UTF-8, in practice always.
"""

from __future__ import annotations

import codecs
import re

_BOMS = (
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
)
_WIDE = {  # which of the first four bytes are zero, when the text begins with two ASCII characters
    "0001": "utf-32-be",
    "1000": "utf-32-le",
    "0101": "utf-16-be",
    "1010": "utf-16-le",
}
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_DECLARED = re.compile(rb"^\s{0,100}<\?xml[^>]{1,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})")
# Encodings of text that a feed may be in. Python knows others by name: punycode and idna take quadratic time,
# utf-7 and unicode_escape make markup out of harmless bytes.
_TEXTUAL = re.compile(
    r"(cp\d|iso8859|iso2022|koi8|mac-|ascii$|gb|big5|euc_|shift_jis|hz$|johab$|tis-620$|ptcp154|kz1048)"
)
_SINGLE_BYTE = re.compile(r"(ascii|cp125\d|iso8859|koi8|mac-|tis-620)")
_SUPERSETS = {"iso8859-1": "cp1252", "gb2312": "gb18030", "gbk": "gb18030"}
_ESCAPED = {  # what surrogateescape leaves of a byte that is no UTF-8, read as Windows-1252
    0xDC00 + byte: bytes([byte]).decode("cp1252", "replace").replace("\ufffd", "") for byte in range(128, 256)
}


def decode(body: bytes, content_type: str = "") -> str:
    """Return the text of a feed, without a byte order mark."""
    for mark, codec in _BOMS:
        if body.startswith(mark):
            return (
                _mended(body[len(mark) :]) if codec == "utf-8" else body[len(mark) :].decode(codec, "replace")
            )
    wide = _WIDE.get("".join("1" if byte else "0" for byte in body[:4]))
    if wide is not None:
        return body.decode(wide, "replace")
    return _narrow(body, _declared(body, content_type))


def _declared(body: bytes, content_type: str) -> list[str]:
    """Return Python's names of what the document and then the header say; the document knows better.

    UTF-16 and UTF-32 are not among them: the bytes would have shown it.
    """
    in_document = _DECLARED.match(body)
    in_header = _CHARSET.search(content_type)
    names = [in_document[1].decode("ascii", "replace")] if in_document else []
    names += [in_header[1]] if in_header else []
    codecs_named = [codec for name in names if (codec := _codec(name)) is not None]
    return [codec for codec in codecs_named if codec == "utf-8" or _TEXTUAL.match(codec)]


def _codec(name: str) -> str | None:
    try:
        return codecs.lookup(name).name
    except LookupError:
        return None


def _narrow(body: bytes, declared: list[str]) -> str:
    if all(codec == "utf-8" or _SINGLE_BYTE.match(codec) for codec in declared):
        try:
            return body.decode("utf-8")
        except UnicodeDecodeError:
            pass
    if "utf-8" not in declared:
        for codec in declared:
            try:
                return body.decode(_SUPERSETS.get(codec, codec))
            except UnicodeDecodeError:
                continue
    return _mended(body)


def _mended(body: bytes) -> str:
    """Read UTF-8 with some Windows-1252 pasted in, as editors and old databases leave it."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode("utf-8", "surrogateescape").translate(_ESCAPED)
