"""Reading a body without trusting its size: one cap for what comes over the wire and for what it unpacks to."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Iterable, Iterator

PIECE = 65536
CODINGS = ("gzip", "x-gzip", "deflate")
ACCEPT = "gzip, deflate"
"""What is asked for. Neither br nor zstd: a server that sends them unasked is told so, and nothing is unpacked."""


class OversizeError(Exception):
    """A body is larger than the cap, packed or unpacked."""


class UnreadableError(Exception):
    """A body is not what its Content-Encoding says, or it ends in the middle."""


def gathered(pieces: Iterable[bytes], encoding: str, *, cap: int, check: Callable[[], object]) -> bytes:
    """Return the unpacked body, at most ``cap`` bytes. ``check`` is called per piece, and may raise to stop.

    Memory stays under twice the cap, also for nested codings: each stage hands on pieces of 64 KiB, and each
    stage is capped, or a bomb that unpacks to nothing would still cost the time of its inside.
    """
    stream = capped(pieces, cap)
    for coding in reversed(codings(encoding)):
        stream = capped(unpacked(stream, coding, check=check), cap)
    # getvalue hands its buffer over without a copy; joining a list would hold all of it twice. Closed at the end,
    # or the traceback of an error would keep what was read.
    with io.BytesIO() as body:
        for piece in stream:
            body.write(piece)
            check()
        return body.getvalue()


def codings(encoding: str) -> list[str]:
    """Take a Content-Encoding header apart, in the order in which the codings were applied."""
    names = [name.strip().lower() for name in encoding.split(",")]
    names = [name for name in names if name not in ("", "identity")]
    unknown = [name for name in names if name not in CODINGS]
    if unknown:
        raise UnreadableError(f"it is packed as {unknown[0][:20]!r}, which was not asked for")
    if len(names) > 2:
        raise UnreadableError(f"it is packed {len(names)} times over")
    return names


def capped(pieces: Iterable[bytes], cap: int) -> Iterator[bytes]:
    """Hand pieces on until they are more than the cap."""
    total = 0
    for piece in pieces:
        total += len(piece)
        if total > cap:
            raise OversizeError
        yield piece


def unpacked(pieces: Iterable[bytes], coding: str, *, check: Callable[[], object]) -> Iterator[bytes]:
    """Unpack gzip (several members too), zlib, or the bare deflate that some servers send as "deflate"."""
    stream = zlib.decompressobj(zlib.MAX_WBITS | 32)
    begun, members = b"", 0
    for piece in pieces:
        while piece:
            check()
            if stream.eof:
                stream, members = zlib.decompressobj(zlib.MAX_WBITS | 32), members + 1
            try:
                out = stream.decompress(piece, PIECE)
            except zlib.error as error:
                if members:  # padding after the end, as many servers send
                    return
                if begun or coding != "deflate" or not _bare(piece):
                    raise UnreadableError("its compression is broken") from error
                stream = zlib.decompressobj(-zlib.MAX_WBITS)
                continue
            begun = begun or piece[:1]
            yield out
            piece = stream.unused_data if stream.eof else stream.unconsumed_tail
    if begun and not stream.eof:
        yield from _rest(stream)


def _bare(piece: bytes) -> bool:
    try:
        zlib.decompressobj(-zlib.MAX_WBITS).decompress(piece, 1)
    except zlib.error:
        return False
    return True


def _rest(stream: zlib._Decompress) -> Iterator[bytes]:
    """Hand on what the last piece still held back; a stream that then has no end was cut off."""
    while not stream.eof:
        out = stream.decompress(stream.unconsumed_tail, PIECE)
        if not out:
            raise UnreadableError("its compressed body was cut off")
        yield out
