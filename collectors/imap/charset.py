"""From the bytes of a letter to text, whatever charset it claims. Nothing here raises: there is always a text."""

from __future__ import annotations

import codecs
import re

# Encodings of text that a letter may be in. Python knows others by name: punycode and idna take quadratic time,
# utf-7 and unicode_escape make markup out of harmless bytes.
_TEXTUAL = re.compile(
    r"utf-8(-sig)?$|utf-16|utf-32|cp\d|iso8859|iso2022|koi8|mac-|gb|big5|euc_|shift_jis|hz$|johab$|tis-620$|ptcp154"
)
_SUPERSETS = {
    "iso8859-1": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "ascii": "utf-8",
}
_ODD_NAMES = re.compile(r"^(?:x-|cs)(?=[a-z])|-(?:i|e)$")  # x-gbk, cswindows1252, iso-8859-8-i


def text_of(body: bytes, charset: str) -> str:
    """Return bytes as text: by what they claim where that can be, else as UTF-8, else as Windows-1252."""
    for codec in (_codec(charset), "utf-8"):
        if codec is None:
            continue
        try:
            return body.decode(codec)
        except UnicodeDecodeError:
            continue
    return body.decode("cp1252", "replace").replace("\ufffd", "")


def _codec(charset: str) -> str | None:
    name = charset.strip().strip("\"'").lower()
    for tried in (name, _ODD_NAMES.sub("", name)):
        try:
            found = codecs.lookup(tried).name
        except (LookupError, ValueError):
            continue
        found = _SUPERSETS.get(found, found)
        if _TEXTUAL.match(found):
            return found
    return None
