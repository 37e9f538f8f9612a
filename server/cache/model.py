"""What is cached: values encoded once, and the refusals that say that nothing is there."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from server.errors import NoSuchThing


@dataclass(frozen=True)
class CacheKey:
    """What is read. All names of a tag are dropped together; both come from checked values, never from raw input."""

    tag: str
    name: str
    ttl_seconds: float


@dataclass(frozen=True)
class Cached:
    """A value as it goes on the wire; `etag` is quoted, ready for the header.

    `forms` keeps what readers make of the body, for as long as this process keeps the body.
    """

    body: bytes
    etag: str
    forms: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True)
class Missing:
    """Nothing is there; `kind` is what the reader refuses with."""

    kind: type[NoSuchThing]

    @property
    def name(self) -> str:
        """How the kind is called in Redis."""
        return f"{self.kind.__module__}.{self.kind.__qualname__}"

    @classmethod
    def named(cls, name: str) -> Missing:
        """The kind of that name; a kind that this process does not know is a plain NoSuchThing."""
        kinds = [NoSuchThing]
        for kind in kinds:
            if cls(kind).name == name:
                return cls(kind)
            kinds += kind.__subclasses__()
        return cls(NoSuchThing)


Outcome = Cached | Missing


def encode(value: object) -> Cached:
    """Compact JSON in UTF-8, safe inside HTML."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    return cached(text.encode())


def cached(body: bytes) -> Cached:
    """Bytes that `encode` made."""
    return Cached(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"')
