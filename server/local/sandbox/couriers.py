"""Brings the played Alipay's notices to the site, again and again until it says `success`."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import httpx

from server.local.sandbox.trades import PAID, Notice, Notifying, Trade
from server.payments import rsa2
from server.payments.alipay import CHINA_TIME
from server.payments.model import yuan

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

    from server.local.sandbox.trades import Trades

# Alipay's own 4, 10, 10 minutes, 1, 2, 6 and 15 hours, where two minutes are one second.
PAUSES = (0.0, 2.0, 5.0, 5.0, 30.0, 60.0, 180.0, 450.0)
ANSWER_SECONDS = 10.0
BUYER_ID = "2088000000000042"


@dataclass(frozen=True)
class Delays:
    """How long Alipay waits before each try to bring a notice, in seconds."""

    pauses: tuple[float, ...] = PAUSES


@dataclass(frozen=True)
class Merchant:
    """The one application that is played for: its ids, its public key, and the key that Alipay signs with."""

    app_id: str
    seller_id: str
    public_key: RSAPublicKey
    signing_key: RSAPrivateKey


class Couriers:
    """One for each notice that is on its way."""

    def __init__(
        self, merchant: Merchant, trades: Trades, now: Callable[[], datetime], delays: Delays = Delays()
    ) -> None:
        self._merchant = merchant
        self._trades = trades
        self._now = now
        self._delays = delays
        self._under_way: set[asyncio.Task[None]] = set()
        self._http: httpx.AsyncClient | None = None

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Bring notices, also those that were under way when the sandbox ended."""
        async with httpx.AsyncClient(trust_env=False, timeout=ANSWER_SECONDS) as self._http:
            for trade in self._trades.newest_first():
                for notice in trade.notices:
                    if not notice.acknowledged and notice.tries < len(self._delays.pauses):
                        self._send_out(trade, notice)
            try:
                yield
            finally:
                for task in self._under_way:
                    task.cancel()
                await asyncio.gather(*self._under_way, return_exceptions=True)

    async def tell(self, trade: Trade, **more: str) -> None:
        """Notify the merchant of the trade's state from now on."""
        if trade.notifying is Notifying.OFF:
            return
        notice = Notice(self.notice_params(trade, **more))
        trade.notices.append(notice)
        await self._trades.save(trade)
        self._send_out(trade, notice)

    def notice_params(self, trade: Trade, **more: str) -> dict[str, str]:
        """What a notice says, without its signature."""
        amount, moment = yuan(trade.amount_fen), self.moment()
        params = {
            "notify_type": "trade_status_sync",
            "notify_id": f"{self._now():%Y%m%d}{secrets.token_hex(13)}",
            "notify_time": moment,
            "charset": "utf-8",
            "version": "1.0",
            "app_id": self._merchant.app_id,
            "auth_app_id": self._merchant.app_id,
            "seller_id": self._merchant.seller_id,
            "buyer_id": BUYER_ID,
            "out_trade_no": trade.out_trade_no,
            "trade_no": trade.trade_no,
            "trade_status": trade.status,
            "subject": trade.subject,
            "total_amount": amount,
            "gmt_create": china_time(trade.created_at),
            **({"receipt_amount": amount, "buyer_pay_amount": amount} if trade.status == PAID else {}),
            **({"gmt_payment": china_time(trade.paid_at)} if trade.paid_at else {}),
        }
        return {**params, **more}

    def signed(self, params: dict[str, str], key: RSAPrivateKey | None = None) -> dict[str, str]:
        """A notice, or an address that leads back, as Alipay signs it."""
        signature = rsa2.sign(key or self._merchant.signing_key, rsa2.notice_content(params))
        return {**params, "sign_type": rsa2.SIGN_TYPE, "sign": signature}

    def moment(self) -> str:
        """Now, as Alipay writes it."""
        return china_time(self._now().isoformat())

    async def bring(self, url: str, form: dict[str, str]) -> tuple[int, str]:
        """One try: HTTP status (0: no answer) and the beginning of the answer."""
        assert self._http is not None  # noqa: S101 - `working` made it
        try:
            answer = await self._http.post(url, data=form)
        except httpx.HTTPError:
            return 0, ""
        return answer.status_code, answer.text[:100]

    def _send_out(self, trade: Trade, notice: Notice) -> None:
        task = asyncio.create_task(self._insist(trade, notice))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _insist(self, trade: Trade, notice: Notice) -> None:
        form = self.signed(notice.params)
        while notice.tries < len(self._delays.pauses) and not notice.acknowledged:
            await asyncio.sleep(self._delays.pauses[notice.tries])
            if trade.notifying is Notifying.OFF:
                return
            copies = 2 if trade.notifying is Notifying.TWICE else 1
            answers = await asyncio.gather(*(self.bring(trade.notify_url, form) for _ in range(copies)))
            notice.tries += 1
            notice.acknowledged = any(text.strip() == "success" for _, text in answers)
            await self._trades.save(trade)


def china_time(moment: str) -> str:
    """An ISO 8601 moment as Alipay writes it."""
    return datetime.fromisoformat(moment).astimezone(CHINA_TIME).strftime("%Y-%m-%d %H:%M:%S")
