"""Quotes as signed text: the client carries what it was offered, and cannot change it."""

from __future__ import annotations

import base64
import hmac
import json
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from server.nights.model import Stay
from server.quotes.model import BadQuote, Cancellation, Line, LineKind, Quote

if TYPE_CHECKING:
    from server.sealing import Seal

FORMAT = 1


@dataclass(frozen=True)
class Offered:
    """A quote for one house, good until `expires`, in seconds since 1970."""

    house_id: int
    quote: Quote
    expires: int

    def token(self, seal: Seal) -> str:
        """As clients carry it: readable, with a keyed digest over all of it."""
        text = base64.urlsafe_b64encode(json.dumps(self._content(), separators=(",", ":")).encode())
        body = text.decode().rstrip("=")
        return f"{body}.{seal.digest(body)}"

    @classmethod
    def parse(cls, token: str, seal: Seal) -> Offered:
        """What `token` was made of. Raises BadQuote for anything else."""
        body, _, digest = token.partition(".")
        if not (token.isascii() and hmac.compare_digest(digest, seal.digest(body))):
            raise BadQuote
        form, *content = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        if form != FORMAT:
            raise BadQuote
        house_id, start, end, guests, cancellation, expires, lines = content
        stay = Stay(date.fromisoformat(start), date.fromisoformat(end))
        read = tuple(Line(LineKind(kind), quantity, price_fen) for kind, quantity, price_fen in lines)
        return cls(house_id, Quote(stay, guests, read, Cancellation(cancellation)), expires)

    def _content(self) -> list[object]:
        quote = self.quote
        return [
            FORMAT,
            self.house_id,
            quote.stay.start.isoformat(),
            quote.stay.end.isoformat(),
            quote.guests,
            quote.cancellation.value,
            self.expires,
            [[line.kind.value, line.quantity, line.unit_price_fen] for line in quote.lines],
        ]
