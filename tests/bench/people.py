"""Who books in the benchmarks: seeded people with a session each, and the houses that they book."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from server.services import open_services

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from server.services import Services
    from tests.stack import Stack

Chance = tuple[int, date]


@dataclass(frozen=True)
class Person:
    """Somebody signed in, as headers of a request."""

    user_id: int
    cookie: str
    token: str


@dataclass(frozen=True)
class Crowd:
    """People, the houses that stand open to all of them, and free nights of these, each given out once."""

    people: list[Person]
    houses: list[int]
    free: Iterator[Chance]

    @classmethod
    async def of(cls, stack: Stack, count: int) -> Crowd:
        """So many of the seeded people, signed in; whoever likes may book a night."""
        async with open_services(stack.settings) as services:
            async with services.database.transaction() as cursor:
                await cursor.execute("SELECT id FROM users ORDER BY id LIMIT %s", (count,))
                users = [row["id"] for row in await cursor.fetchall()]
                await cursor.execute("UPDATE houses SET min_nights = 1, verified_guests = 0")
                await cursor.execute("SELECT id FROM houses WHERE status = 'online'")
                houses = [row["id"] for row in await cursor.fetchall()]
            people = [await _sign_in(services, user_id) for user_id in users]
        return cls(people, houses, _chances(houses))


async def give_houses(stack: Stack, hosts: Sequence[Person]) -> None:
    """All houses belong to these people, one after the other."""
    marks = ", ".join(["%s"] * len(hosts))
    async with open_services(stack.settings) as services, services.database.transaction() as cursor:
        await cursor.execute(
            f"UPDATE houses SET owner_id = ELT(1 + MOD(id, %s), {marks})",
            (len(hosts), *(host.user_id for host in hosts)),
        )


class Guest:
    """One connection that books house after house."""

    def __init__(self, url: str, person: Person) -> None:
        parts = urlsplit(url)
        self._place = parts.hostname, parts.port
        self._head = (
            f"POST /api/v1_0/orders HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: application/json\r\n"
            f"Cookie: {person.cookie}\r\nX-CSRFToken: {person.token}\r\nContent-Length: "
        )
        self._streams: Any = None

    async def connect(self) -> None:
        """Open the connection, if it is not."""
        if self._streams is None:
            self._streams = await asyncio.open_connection(*self._place)

    async def book(self, house_id: int, start: date) -> int:
        """One order; returns the status."""
        await self.connect()
        reader, writer = self._streams
        end = start + timedelta(days=1)
        body = json.dumps({"house_id": house_id, "start_date": str(start), "end_date": str(end)})
        writer.write(f"{self._head}{len(body)}\r\n\r\n{body}".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        return int(head.split()[1])


async def _sign_in(services: Services, user_id: int) -> Person:
    session = await services.sessions.begin(user_id)
    return Person(user_id, f"ihome_session={session}", services.sessions.csrf_token(session))


def _chances(houses: list[int]) -> Iterator[Chance]:
    """House after house, and another night in each round."""
    for day in range(400, 700):
        for house_id in houses:
            yield house_id, date.today() + timedelta(days=day)  # noqa: DTZ011 - far ahead
