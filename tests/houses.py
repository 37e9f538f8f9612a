"""Hosts and houses for tests."""

from __future__ import annotations

import itertools
import os
from io import BytesIO
from typing import TYPE_CHECKING, Any

from PIL import Image

from server.identities import repository as identities_repository
from tests.visitor import API

if TYPE_CHECKING:
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


async def sign_in_new_user(visitor: Visitor) -> int:
    """A signed-in user without the SMS round; returns the id."""
    services = visitor.services
    number = next(_numbers)
    mobile = f"135{os.getpid() % 10_000:04}{number:04}"
    async with services.database.transaction() as cursor:
        await cursor.execute(
            "INSERT INTO users (mobile, name, password_hash) VALUES (%s, %s, %s)",
            (mobile, f"房东{os.getpid()}x{number}", "-"),
        )
        user_id = cursor.lastrowid
    session = await services.sessions.begin(user_id)
    visitor.cookies |= {"ihome_session": session, "csrf_token": services.sessions.csrf_token(session)}
    return user_id


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
    boundary = "----houses"
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="house_image"; filename="a.png"\r\n'
        "Content-Type: image/png\r\n\r\n"
    )
    body = head.encode() + (content or png()) + f"\r\n--{boundary}--\r\n".encode()
    return await host.call(
        "POST",
        f"{API}/houses/{house_id}/images",
        body,
        {"Content-Type": f"multipart/form-data; boundary={boundary}"},
    )


def png(colour: str = "steelblue", size: tuple[int, int] = (320, 240)) -> bytes:
    """A small picture."""
    out = BytesIO()
    Image.new("RGB", size, colour).save(out, "PNG")
    return out.getvalue()
