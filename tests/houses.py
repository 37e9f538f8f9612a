"""Hosts and houses for tests."""

from __future__ import annotations

import itertools
import os
from io import BytesIO
from typing import TYPE_CHECKING, Any

from PIL import Image

from server.areas import repository as areas_repository
from server.houses import repository as houses_repository
from server.houses.model import HouseForm
from server.identities import repository as identities_repository
from tests.visitor import API

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from server.db import Cursor, Row
    from server.services import Services
    from tests.visitor import Answer, Visitor

FIELDS: dict[str, Any] = {
    "title": "后海北沿的四合院",
    "address": "西城区后海北沿 12 号",
    "area_id": 2,
    "price": "19.99",
    "deposit": "500",
    "room_count": 2,
    "acreage": 60,
    "unit": "两室一厅",
    "capacity": 4,
    "beds": "双人床 1 张，单人床 2 张",
    "min_days": 1,
    "max_days": 30,
    "facility": [1, 3, 7],
}
_numbers = itertools.count(1)


# What hangs on a house, with the column that says which.
HOUSE_TABLES = {
    "houses": "id",
    "house_words": "house_id",
    "house_facilities": "house_id",
    "house_nights": "house_id",
    "house_prices": "house_id",
    "house_images": "house_id",
    "calendar_feeds": "house_id",
    "calendar_conflicts": "house_id",
    "calendar_exports": "house_id",
}


async def insert_user(services: Services) -> int:
    """A user that never signed up; returns the id."""
    number = next(_numbers)
    mobile = f"135{os.getpid() % 10_000:04}{number:04}"
    async with services.database.transaction() as cursor:
        await cursor.execute(
            "INSERT INTO users (mobile, name, password_hash) VALUES (%s, %s, %s)",
            (mobile, f"房东{os.getpid()}x{number}", "-"),
        )
        return cursor.lastrowid


async def sign_in_new_user(visitor: Visitor) -> int:
    """A signed-in user without the SMS round; returns the id."""
    user_id = await insert_user(visitor.services)
    await sign_in_again(visitor, user_id)
    return user_id


async def sign_in_again(visitor: Visitor, user_id: int) -> None:
    """One more session of this user."""
    sessions = visitor.services.sessions
    session = await sessions.begin(user_id)
    visitor.cookies |= {"ihome_session": session, "csrf_token": sessions.csrf_token(session)}


async def sign_in_new_host(visitor: Visitor) -> int:
    """A signed-in user who passed the real-name check; returns the id."""
    user_id = await sign_in_new_user(visitor)
    async with visitor.services.database.transaction() as cursor:
        await identities_repository.insert(cursor, user_id, ("sealed", "sealed"), f"{user_id:064}")
    return user_id


async def publish(host: Visitor, **changes: Any) -> int:
    """A draft of this host; returns its id."""
    answer = await host.send("POST", f"{API}/houses", {**FIELDS, **changes})
    assert answer.status == 201, answer.body
    return int(answer.data["house_id"])


async def put_online(host: Visitor, house_id: int) -> None:
    """A picture, and the house is there for everybody."""
    added = await add_picture(host, house_id)
    assert added.status == 201, added.body
    moved = await host.send("PUT", f"{API}/houses/{house_id}/status", {"status": "online"})
    assert moved.status == 200, moved.body


async def publish_online(host: Visitor, **changes: Any) -> int:
    """A house of this host that is online; returns its id."""
    house_id = await publish(host, **changes)
    await put_online(host, house_id)
    return house_id


async def add_picture(host: Visitor, house_id: int, content: bytes | None = None) -> Answer:
    """Upload a picture to a house."""
    return await upload(host, f"{API}/houses/{house_id}/images", "house_image", content or png())


async def upload(visitor: Visitor, path: str, field: str, content: bytes, **texts: str) -> Answer:
    """Send one file in a form, with texts before it."""
    line, part = "------houses\r\n", 'Content-Disposition: form-data; name="{}"'
    before = "".join(f"{line}{part.format(name)}\r\n\r\n{text}\r\n" for name, text in texts.items())
    head = f'{before}{line}{part.format(field)}; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'
    body = head.encode() + content + b"\r\n------houses--\r\n"
    return await visitor.call(
        "POST", path, body, {"Content-Type": "multipart/form-data; boundary=----houses"}
    )


async def upload_calendar(
    host: Visitor, path: str, content: bytes | None, name: str | None = "file", key: str | None = None
) -> Answer:
    """Import a calendar from a file; `path` is where the house's calendars are."""
    boundary = "----calendars"
    parts = []
    if name is not None:
        parts.append(b'Content-Disposition: form-data; name="name"\r\n\r\n' + name.encode())
    if content is not None:
        head = b'Content-Disposition: form-data; name="calendar"; filename="a.ics"\r\n'
        parts.append(head + b"Content-Type: text/calendar\r\n\r\n" + content)
    body = b"".join(b"--" + boundary.encode() + b"\r\n" + part + b"\r\n" for part in parts)
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    headers |= {"Idempotency-Key": key} if key else {}
    return await host.call("POST", f"{path}/file", body + f"--{boundary}--\r\n".encode(), headers)


async def insert_house(
    cursor: Cursor, owner_id: int, *, status: str = "online", order_count: int = 0, **changes: Any
) -> int:
    """A house in MySQL alone, as it would be after publishing and moving: no picture, no event, no cache told."""
    fields = {**FIELDS, **changes}
    amounts = {name: str(fields[name]) for name in ("price", "deposit")}
    form = HouseForm(**{**fields, **amounts, "facility": tuple(fields["facility"])})
    house_id = await houses_repository.insert(cursor, owner_id, form.check())
    await cursor.execute(
        "UPDATE houses SET status = %s, order_count = %s WHERE id = %s", (status, order_count, house_id)
    )
    if status == "online":
        await areas_repository.count_online(cursor, fields["area_id"], 1)
    return house_id


async def insert_houses(services: Services, owner_id: int, houses: Iterable[dict[str, Any]]) -> list[int]:
    """Several of them; each dict holds what differs from FIELDS."""
    async with services.database.transaction() as cursor:
        return [await insert_house(cursor, owner_id, **changes) for changes in houses]


async def take_nights(services: Services, house_id: int, nights: Iterable[date], kind: str = "order") -> None:
    """Rows of nights that are not free, in MySQL alone."""
    async with services.database.transaction() as cursor:
        await cursor.executemany(
            "INSERT INTO house_nights (house_id, night, kind) VALUES (%s, %s, %s)",
            [(house_id, night, kind) for night in nights],
        )


async def rows(services: Services, statement: str, *arguments: object) -> list[Row]:
    """What MySQL says, or does, by itself."""
    async with services.database.reading() as cursor:
        await cursor.execute(statement, arguments)
        return await cursor.fetchall()


async def stored(services: Services, house_id: int) -> dict[str, list[Row]]:
    """Everything in MySQL of one house."""
    return {
        table: await rows(services, f"SELECT * FROM {table} WHERE {column} = %s", house_id)
        for table, column in HOUSE_TABLES.items()
    }


async def empty_town(services: Services) -> None:
    """No houses at all."""
    async with services.database.transaction() as cursor:
        for table in HOUSE_TABLES:
            await cursor.execute(f"DELETE FROM {table}")
        await cursor.execute("UPDATE areas SET online_count = 0")


async def count_online(services: Services) -> dict[int, int]:
    """How many houses each area says that it has, without those that have none."""
    counted = await rows(services, "SELECT id, online_count FROM areas WHERE online_count > 0")
    return {row["id"]: row["online_count"] for row in counted}


def png(colour: str = "steelblue", size: tuple[int, int] = (320, 240)) -> bytes:
    """A small picture."""
    out = BytesIO()
    Image.new("RGB", size, colour).save(out, "PNG")
    return out.getvalue()
