"""What a verb takes and gives, declared beside it: programs' access and the interface document come from here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from server.media.model import (
    AnimatedPicture,
    DamagedPicture,
    EmptyFile,
    FileTooLarge,
    NotAPicture,
    PictureTooLarge,
)
from server.nights.model import EndsTooEarly, InThePast, TooFarAhead, TooLong

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from handlers.wire import Body, Query
    from server.errors import IhomeError
    from server.tokens.model import Scope

V = TypeVar("V", bound="Callable[..., Any]")
READS = frozenset({"GET", "HEAD", "OPTIONS"})
# Refusals that several calls share.
PICTURES = (EmptyFile, NotAPicture, DamagedPicture, AnimatedPicture, PictureTooLarge, FileTooLarge)
STAYS = (EndsTooEarly, TooLong, InThePast, TooFarAhead)
RAW = "a document of its own, without our envelope"


@dataclass(frozen=True)
class Deprecation:
    """Since when nobody should begin to use a call, when it goes away, and the page that says what to use instead."""

    since: datetime
    sunset: datetime | None
    notice: str


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One verb's contract.

    `answer` is the shape of the success's `data` (a pydantic model, or a type over models such as `list[AreaShape]`),
    or RAW for JSON that is not in our envelope;
    `refusals` are those of its own: what every call of its kind can be refused for is added by the document.
    `scope` is what a token must hold; without one the verb is for browsers only. `once` takes an Idempotency-Key,
    `cached` answers an ETag and 304, `media_type` is the success's when it is not our envelope (empty: no body).

    `name` is the operation's stable id in the interface document (placeOrder). `others` are answers in our envelope
    with a status that is no success and no refusal either. `refused_as` is what refusals look like to a caller that
    does not read our format: a media type, or empty where every refusal looks like the success.
    """

    name: str = ""
    answer: Any = None
    status: int = 200
    body: type[Body] | None = None
    form: type[Body] | None = None
    form_type: str = "multipart/form-data"
    query: type[Query] | None = None
    refusals: tuple[type[IhomeError], ...] = ()
    scope: Scope | None = None
    once: bool = False
    cached: bool = False
    media_type: str = "application/json"
    refused_as: str = "application/json"
    others: Mapping[int, Any] = field(default_factory=dict)
    deprecation: Deprecation | None = None


def operation(**contract: Any) -> Callable[[V], V]:
    """Declare a verb's contract: the fields of `Operation`."""

    def declare(verb: V) -> V:
        verb.__dict__["operation"] = Operation(**contract)
        return verb

    return declare


def operation_of(handler: type[object], method: str) -> Operation | None:
    """The contract of a handler's verb; HEAD has GET's."""
    verb = getattr(handler, "get" if method == "HEAD" else method.lower(), None)
    found: Operation | None = getattr(verb, "operation", None)
    return found
