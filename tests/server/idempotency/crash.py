"""Run as a program: books with a key, and dies by SIGKILL at the named point. Settings come from the environment."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

from server.idempotency import repository
from server.local.configuration import read_settings
from server.nights.model import Stay
from server.orders.service import Wish
from server.services import open_services


def die(*_: Any) -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("killed processes go no further")


async def book(point: str, guest_id: int, house_id: int, days: tuple[str, str]) -> None:
    async with open_services(read_settings(Path.cwd())) as services:
        finish = repository.finish

        async def finish_and_die(*args: Any) -> None:
            await finish(*args)
            die()

        if point == "before the commit":
            repository.finish = finish_and_die  # type: ignore[assignment]
        else:
            services.orders._moves.wake = die  # type: ignore[method-assign]
        once = services.idempotency.once(guest_id, "k-1", "POST /orders", b"{}")
        stay = Stay(*(date.fromisoformat(day) for day in days))
        await services.orders.place(guest_id, Wish(house_id, stay, 1), once, "zh")


if __name__ == "__main__":
    asyncio.run(book(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), (sys.argv[4], sys.argv[5])))
