"""Random keys of this store, made once: what they hash cannot be guessed from a copy elsewhere."""

from __future__ import annotations

import hashlib
import secrets

from sqlalchemy import Column, Connection, Table, select

from storage.engines import insert_once
from storage.schema import metadata
from storage.types import PlainText

keys = Table(
    "keys",
    metadata,
    Column("name", PlainText, primary_key=True),
    Column("value", PlainText, nullable=False),
)


def key(connection: Connection, name: str) -> str:
    """Return the key of this name, in hex; it is made at the first need."""
    value = known_key(connection, name)
    if value is None:
        keep_key(connection, name, secrets.token_hex(32))
        value = connection.execute(select(keys.c.value).where(keys.c.name == name)).scalar_one()
    return value


def known_key(connection: Connection, name: str) -> str | None:
    """Return the key of this name, or None where none was made."""
    return connection.execute(select(keys.c.value).where(keys.c.name == name)).scalar()


def keep_key(connection: Connection, name: str, value: str) -> None:
    """Keep a key, unless there is one of this name."""
    connection.execute(insert_once(connection, keys).values(name=name, value=value))


def keyed_hash(key: str, said: str) -> str:
    """Return the hash of a text that nobody can compute without the key, in hex."""
    whole = said.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(whole, key=bytes.fromhex(key), digest_size=16).hexdigest()
