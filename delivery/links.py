"""Which links may stand in a letter: http and https to a plain host, written in ASCII; every other one is dropped."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit, urlunsplit

LONGEST = 2_000  # longer ones are cut by mail programs anyway
_HOST = re.compile(r"[a-z0-9._-]+|\[[0-9a-f:.]+\]")
_KEPT = "/:?#[]@!$&()*+,;=%~-._"  # not the apostrophe and not the backslash


def safe_link(url: str) -> str | None:
    """Return the URL fit for an href and for plain text, or None where it leads anywhere but to a web page.

    No ``javascript:``, ``data:`` or other scheme, no user name before the host (it is there to deceive), no
    control character or blank; a host in another script is shown as the punycode that it is.
    """
    if len(url) > LONGEST or re.search(r"[\x00-\x20\x7f-\xa0\u2028\u2029]", url):
        return None
    try:
        parts = urlsplit(url)
        host, port = _ascii_host(parts.hostname or ""), parts.port
    except ValueError:  # also UnicodeError: a host that no resolver would take
        return None
    if parts.scheme.lower() not in ("http", "https") or "@" in parts.netloc or not _HOST.fullmatch(host):
        return None
    netloc = f"{host}:{port}" if port else host
    rest = (quote(part, safe=_KEPT, errors="replace") for part in (parts.path, parts.query, parts.fragment))
    return urlunsplit((parts.scheme.lower(), netloc, *rest))


def _ascii_host(host: str) -> str:
    if ":" in host:
        return f"[{host}]"
    return host if host.isascii() else host.encode("idna").decode("ascii")
