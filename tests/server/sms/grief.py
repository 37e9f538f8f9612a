"""Run as a program: sends a code that comes to grief in the named way, with the product's logs at their loudest."""

from __future__ import annotations

import asyncio
import logging
import sys
import traceback
from datetime import UTC, datetime

import httpx

from server.logs import set_up_logs
from server.sms.gateway import YuntongxunAccount, YuntongxunGateway, signature
from server.sms.model import SmsFailed
from tests.server.sms.platform import Platform, playing

TOKEN = "7e3f9a51c0d84b6f"
CODE = "604713"
MOBILE = "13800138000"
SECRETS = (TOKEN, CODE, MOBILE, signature("sid", TOKEN, "20261124100000"))
WAYS = {
    "accepts": lambda p: p.says("000000"),
    "refuses": lambda p: p.says("160042"),
    "answers with secrets": lambda p: p.answers(200, CODE.encode() + TOKEN.encode()),
    "fails": lambda p: p.answers(503, CODE.encode()),
    "resets": lambda p: p.resets_after_the_request,
}


async def come_to_grief(way: str, style: str, caller: str) -> None:
    """What the product logs goes to standard error, then what the exception says of itself."""
    set_up_logs("debug", "json" if style == "json" else "console")
    platform = Platform([])
    platform.steps = [WAYS[way](platform)]
    async with playing(platform), httpx.AsyncClient(trust_env=False) as http:
        account = YuntongxunAccount(platform.url, "sid", TOKEN, "app", "1")
        await send(YuntongxunGateway(http, account, lambda: datetime(2026, 11, 24, 2, tzinfo=UTC)), caller)


async def send(gateway: YuntongxunGateway, caller: str) -> None:
    """Send; a careless caller logs the failure with its traceback."""
    try:
        await gateway.send_code(MOBILE, CODE, 5)
    except SmsFailed as failure:
        if caller == "careless":
            logging.getLogger("caller").exception("it failed")
        sys.stderr.write("".join(traceback.format_exception(failure)) + repr(failure))


if __name__ == "__main__":
    asyncio.run(come_to_grief(*sys.argv[1:]))
