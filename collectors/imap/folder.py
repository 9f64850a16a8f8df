"""How a mailbox's name is written in a command: quoted, and beyond ASCII in IMAP's own UTF-7 (RFC 3501, 5.1.3)."""

from __future__ import annotations

import re
from binascii import b2a_base64

_BEYOND = re.compile(r"[^\x20-\x7e]+")


def quoted(value: str) -> str:
    """Return a string as a command takes it; the caller has refused control characters."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def folder_name(name: str) -> str:
    """Return a mailbox's name ready for EXAMINE."""
    return quoted(_BEYOND.sub(_shifted, name.replace("&", "&-")))


def _shifted(match: re.Match[str]) -> str:
    packed = b2a_base64(match[0].encode("utf-16-be"), newline=False).decode("ascii")
    return "&" + packed.rstrip("=").replace("/", ",") + "-"
