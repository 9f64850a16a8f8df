"""The sessions of this process: one for each account, whatever number of sources reads and rechecks by it.

A server allows 300 sign-ins a day, and a source is read more often than that. So a session is made once, kept
here for all, and kept in the cursors for the next process: sealed by the app password, for a store is copied, backed
up and read by analysts, and a session signs in for weeks.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from functools import lru_cache
from hashlib import blake2b, scrypt
from threading import Lock
from typing import TYPE_CHECKING

from model import Cursor, Json, Secret

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

_kept: dict[bytes, str] = {}
_turns: dict[bytes, Lock] = {}


def kept_session(base: str, handle: str, password: Secret) -> str | None:
    """Return the newest session of this account on this server, if this process has one."""
    return _kept.get(_key(base, handle, password))


def keep_session(base: str, handle: str, password: Secret, session: str) -> None:
    """Keep a session in place of an older one."""
    _kept[_key(base, handle, password)] = session


def turn_of(base: str, handle: str, password: Secret) -> Lock:
    """Return what is held to come to a session: sources of one account are read at once, and one signs in for all."""
    return _turns.setdefault(_key(base, handle, password), Lock())


def forget_sessions() -> None:
    """Forget all of them, as a new process has."""
    _kept.clear()


def of_cursor(cursor: Cursor, base: str, handle: str, password: Secret) -> str | None:
    """Return the session that a cursor holds sealed, if it is this account's on this server and opens."""
    from cryptography.fernet import InvalidToken

    told = cursor.get("session")
    if not isinstance(told, dict) or told.get("of") != _owner(base, handle):
        return None
    sealed = told.get("sealed")
    if not isinstance(sealed, str):
        return None
    try:
        return _seal(base, handle, password.reveal()).decrypt(sealed.encode("utf-8", "replace")).decode()
    except (InvalidToken, UnicodeDecodeError):
        return None  # the password is another one now: it signs in anew


def for_cursor(session: str, base: str, handle: str, password: Secret) -> Json:
    """Return what a cursor holds of a session: no store and no backup opens it without the app password."""
    sealed = _seal(base, handle, password.reveal()).encrypt(session.encode())
    return {"of": _owner(base, handle), "sealed": sealed.decode()}


@lru_cache(maxsize=64)
def _seal(base: str, handle: str, password: str) -> Fernet:
    """Return what seals an account's sessions: 65 ms of CPU (measured), lest a weak password be simply guessed."""
    from cryptography.fernet import Fernet

    salt = f"earshot: {_owner(base, handle)}".encode("utf-8", "surrogatepass")
    key = scrypt(password.encode("utf-8", "surrogatepass"), salt=salt, n=2**14, r=8, p=1, dklen=32)
    return Fernet(urlsafe_b64encode(key))


def _owner(base: str, handle: str) -> str:
    return f"{handle} at {base}"


def _key(base: str, handle: str, password: Secret) -> bytes:
    told = "\x00".join((base, handle, password.reveal()))
    return blake2b(told.encode("utf-8", "surrogatepass"), digest_size=16).digest()
