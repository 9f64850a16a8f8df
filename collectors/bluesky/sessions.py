"""The sessions of this process: one for each account, whatever number of sources reads and rechecks by it.

A server allows 300 sign-ins a day, and a source is read more often than that. So a session is made once, kept
here for all, and kept in the cursors for the next process.
"""

from __future__ import annotations

from hashlib import blake2b

from model import Cursor, Json, Secret

_kept: dict[bytes, str] = {}


def kept_session(base: str, handle: str, password: Secret) -> str | None:
    """Return the newest session of this account on this server, if this process has one."""
    return _kept.get(_key(base, handle, password))


def keep_session(base: str, handle: str, password: Secret, session: str) -> None:
    """Keep a session in place of an older one."""
    _kept[_key(base, handle, password)] = session


def forget_sessions() -> None:
    """Forget all of them, as a new process has."""
    _kept.clear()


def of_cursor(cursor: Cursor, base: str, handle: str) -> str | None:
    """Return the session that a cursor holds, if it is this account's on this server."""
    told = cursor.get("session")
    if not isinstance(told, dict) or told.get("of") != _owner(base, handle):
        return None
    session = told.get("string")
    return session if isinstance(session, str) else None


def for_cursor(session: str, base: str, handle: str) -> Json:
    """Return what a cursor holds of a session."""
    return {"of": _owner(base, handle), "string": session}


def _owner(base: str, handle: str) -> str:
    return f"{handle} at {base}"


def _key(base: str, handle: str, password: Secret) -> bytes:
    told = "\x00".join((base, handle, password.reveal()))
    return blake2b(told.encode("utf-8", "surrogatepass"), digest_size=16).digest()
