"""The trades that the played Alipay knows: their states, refunds and notices, kept one file each."""

from __future__ import annotations

import asyncio
import json
import secrets
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WAITING, PAID, CLOSED = "WAIT_BUYER_PAY", "TRADE_SUCCESS", "TRADE_CLOSED"


class Notifying(StrEnum):
    """What becomes of a trade's notices."""

    NORMAL = "normal"
    OFF = "off"  # lost: none is sent
    TWICE = "twice"  # each comes twice at once


class Refunding(StrEnum):
    """What becomes of a trade's refunds."""

    NORMAL = "normal"
    DOWN = "down"  # 503
    POOR = "poor"  # the seller's balance is too small
    SILENT = "silent"  # done, and the connection reset without an answer


@dataclass
class Notice:
    """One notice: what it says (without its signature), how often it went out, whether `success` came back."""

    params: dict[str, str]
    tries: int = 0
    acknowledged: bool = False


@dataclass
class Trade:
    """One trade. Times are ISO 8601 in UTC."""

    trade_no: str
    out_trade_no: str
    subject: str
    amount_fen: int
    method: str
    created_at: str
    expires_at: str
    notify_url: str
    return_url: str
    back_url: str
    status: str = WAITING
    paid_at: str | None = None
    refunds: dict[str, int] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)
    notifying: Notifying = Notifying.NORMAL
    refunding: Refunding = Refunding.NORMAL

    def look(self, now: datetime) -> str:
        """The status; one that waited too long is closed by looking at it."""
        if self.status == WAITING and now >= datetime.fromisoformat(self.expires_at):
            self.status = CLOSED
        return self.status

    @property
    def refunded_fen(self) -> int:
        """What went back so far."""
        return sum(self.refunds.values())


class Trades:
    """All trades. What `save` returned from survives a kill of the sandbox."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._trades = {trade.out_trade_no: trade for trade in self._read()}
        self._writing = asyncio.Lock()

    def find(self, out_trade_no: str) -> Trade | None:
        """By the merchant's number."""
        return self._trades.get(out_trade_no)

    def find_by_trade_no(self, trade_no: str) -> Trade | None:
        """By our own number."""
        return next((trade for trade in self._trades.values() if trade.trade_no == trade_no), None)

    def newest_first(self) -> list[Trade]:
        """All of them."""
        return sorted(self._trades.values(), key=lambda trade: trade.created_at, reverse=True)

    async def save(self, trade: Trade) -> None:
        """Keep a trade as it is now; it is on disk when this returns."""
        self._trades[trade.out_trade_no] = trade
        async with self._writing:
            await asyncio.to_thread(
                self._write, trade.trade_no, json.dumps(asdict(trade), ensure_ascii=False)
            )

    def _read(self) -> Iterator[Trade]:
        for path in sorted(self._folder.glob("*.json")):
            trade = _parse(path.read_text("utf-8", errors="replace"))
            if trade:
                yield trade

    def _write(self, trade_no: str, text: str) -> None:
        draft = self._folder / f".{secrets.token_hex(8)}"
        draft.write_text(text, encoding="utf-8")
        draft.replace(self._folder / f"{trade_no}.json")


def new_trade_no(now: datetime) -> str:
    """A number as Alipay gives them: 28 digits that begin with the day."""
    return f"{now:%Y%m%d}22001{secrets.randbelow(10**15):015}"


def _parse(text: str) -> Trade | None:
    """A trade, or None for a file that an older sandbox wrote otherwise."""
    try:
        values: Any = json.loads(text)
        if set(values) != {one.name for one in fields(Trade)}:
            return None
        notices = [Notice(**one) for one in values["notices"]]
        kinds = {"notifying": Notifying(values["notifying"]), "refunding": Refunding(values["refunding"])}
    except (ValueError, TypeError):
        return None
    return Trade(**{**values, **kinds, "notices": notices})
