"""How an entry is written in Redis: a checksum, a kind, the entry's own expiry, and the body."""

from __future__ import annotations

import hashlib
import struct

from server.cache.model import Cached, Missing, Outcome, cached

# Kind (B: a body, N: nothing there) and the wall clock's second at which the entry ends.
HEADER = ">cd"
HEADER_BYTES = 9
CHECKSUM_BYTES = 16


def pack(outcome: Outcome, expires_at: float, place: bytes) -> bytes:
    """The entry for `place`, which the checksum covers: the bytes mean nothing anywhere else."""
    kind, payload = (b"B", outcome.body) if isinstance(outcome, Cached) else (b"N", outcome.name.encode())
    content = struct.pack(HEADER, kind, expires_at) + payload
    return _checksum(content, place) + content


def unpack(blob: bytes, place: bytes, now: float) -> Outcome | None:
    """What the entry says. None when it is over, damaged, or another place's."""
    checksum, content = blob[:CHECKSUM_BYTES], blob[CHECKSUM_BYTES:]
    if len(content) < HEADER_BYTES or checksum != _checksum(content, place):
        return None
    kind, expires_at = struct.unpack_from(HEADER, content)
    payload = content[HEADER_BYTES:]
    if expires_at <= now:
        return None
    return cached(payload) if kind == b"B" else Missing.named(payload.decode())


def _checksum(content: bytes, place: bytes) -> bytes:
    digest = hashlib.blake2b(len(place).to_bytes(4, "big"), digest_size=CHECKSUM_BYTES)
    digest.update(place)
    digest.update(content)
    return digest.digest()
