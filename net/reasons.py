"""From what went wrong on the wire to what should happen next, with the reason in words."""

from __future__ import annotations

import http.client
import ssl
from datetime import timedelta

from errors import EarshotError, NeedsAttention, TryLater
from net.addresses import shown
from net.bodies import OversizeError, UnreadableError


def explained(error: BaseException, url: str, *, deadline: timedelta, max_bytes: int) -> EarshotError:
    """Return the error to raise for a request that failed.

    A bad certificate is TryLater too. Most are an expiry that is mended within days, or a hotel's login page
    that answers for everyone: switching every source off for those until a person comes would be worse than
    asking again, more and more rarely, with the reason in view. Nothing was sent, so nothing leaks.
    """
    where = shown(url)
    if isinstance(error, OversizeError):
        return NeedsAttention(
            f"{where} answers with more than {max_bytes / 1048576:g} MiB; give a smaller page or feed"
        )
    if isinstance(error, UnreadableError):
        return TryLater(f"{where}: the answer cannot be read: {error}")
    root = _root(error)
    if isinstance(root, TimeoutError):
        return TryLater(f"{where} timed out: no whole answer within {deadline.total_seconds():g} s")
    if isinstance(root, ssl.SSLCertVerificationError):
        return TryLater(f"{where}: its certificate is not accepted (TLS: {root.verify_message})")
    if isinstance(root, ssl.SSLError):
        return TryLater(f"{where}: no secure connection (TLS: {root.reason or 'broken off'})")
    return TryLater(f"{where}: {_reason(root)}")


def _root(error: BaseException) -> BaseException:
    """Return what lies under urllib3's wrapping: its errors carry the first one in args or as the cause."""
    from urllib3.exceptions import HTTPError
    from urllib3.exceptions import TimeoutError as UrllibTimeout

    if isinstance(error, UrllibTimeout):
        return TimeoutError()
    if not isinstance(error, HTTPError):
        return error
    inner = [part for part in (*reversed(error.args), error.__cause__) if isinstance(part, BaseException)]
    return _root(inner[0]) if inner else error


def _reason(error: BaseException) -> str:
    if isinstance(error, http.client.RemoteDisconnected):
        return "the connection was closed without an answer"
    if isinstance(error, ConnectionResetError):
        return "the connection was reset"
    if isinstance(error, http.client.IncompleteRead) or "ended prematurely" in str(error):
        return "the answer was cut off"
    if isinstance(error, OSError):
        return f"the connection broke ({error.strerror or type(error).__name__})"
    return f"it does not speak HTTP as it should ({type(error).__name__})"
