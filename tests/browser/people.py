"""People for the browser's tests: they sign up, verify and publish through the API, with the page's own cookies."""

from __future__ import annotations

import asyncio
import io
import itertools
import json
import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from PIL import Image, ImageDraw

from server.accounts import repository as accounts_repository
from server.accounts.model import first_name
from server.identities.model import check_digit
from server.services import open_services
from tests.visitor import API

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from playwright.sync_api import Page

    from server.services import Services
    from tests.stack import Stack

T = TypeVar("T")
HOUSE = {
    "title": "鼓楼旁的安静小院", "address": "东城区鼓楼东大街 8 号", "area_id": 1, "price": "398.50", "deposit": "500",
    "room_count": 2, "acreage": 60, "unit": "两室一厅一卫", "capacity": 4, "beds": "双人床 2 张", "min_days": 1,
    "max_days": 30, "facility": [1, 2, 3],
}  # fmt: skip
_births = itertools.count(os.getpid() % 5000)


def call(page: Page, method: str, path: str, body: Any = None) -> Any:
    """The data of an answer to this page's visitor."""
    token = next((one["value"] for one in page.context.cookies() if one["name"] == "csrf_token"), "")
    headers = {"X-CSRFToken": token, "Content-Type": "application/json"}
    content = None if body is None else json.dumps(body)
    answer = page.request.fetch(API + path, method=method, headers=headers, data=content)
    assert answer.ok, answer.text()
    return answer.json()["data"]


def run_with(site: Stack, work: Callable[[Services], Coroutine[Any, Any, T]]) -> T:
    """Run with services of the site in a thread: playwright's loop occupies this one."""

    async def go() -> T:
        async with open_services(site.settings) as services:
            return await work(services)

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, go()).result()


def sign_in(page: Page, site: Stack, user_id: int) -> None:
    """Make this page's visitor a user who is there already."""

    async def begin(services: Services) -> tuple[str, str]:
        session = await services.sessions.begin(user_id)
        return session, services.sessions.csrf_token(session)

    session, token = run_with(site, begin)
    cookies = {"ihome_session": session, "csrf_token": token}
    page.context.add_cookies(
        [{"name": name, "value": value, "url": site.url} for name, value in cookies.items()]
    )


def sign_up(page: Page, site: Stack, mobile: str) -> None:
    """A new account, signed in on this page, without the SMS: test_sign_up.py goes the whole way."""

    async def insert(services: Services) -> int:
        async with services.database.transaction() as cursor:
            return await accounts_repository.insert(cursor, mobile, first_name(), "-")

    sign_in(page, site, run_with(site, insert))


def id_number() -> str:
    """A valid ID number that nobody has."""
    born = next(_births)
    first = (
        f"110105{1960 + born // 336 % 40}{1 + born // 28 % 12:02d}{1 + born % 28:02d}{os.getpid() % 1000:03d}"
    )
    return first + check_digit(first)


def become_host(page: Page, site: Stack, mobile: str) -> None:
    """A new verified account, signed in on this page."""
    sign_up(page, site, mobile)
    call(page, "POST", "/users/auth", {"real_name": "张三丰", "id_card": id_number()})


def publish(page: Page, **fields: Any) -> int:
    """A draft of this page's host."""
    return int(call(page, "POST", "/houses", {**HOUSE, **fields})["house_id"])


def add_picture(page: Page, house_id: int, content: bytes) -> int:
    """A picture of an own house."""
    token = next(one["value"] for one in page.context.cookies() if one["name"] == "csrf_token")
    answer = page.request.post(
        f"{API}/houses/{house_id}/images",
        headers={"X-CSRFToken": token},
        multipart={"house_image": {"name": "room.png", "mimeType": "image/png", "buffer": content}},
    )
    assert answer.ok, answer.text()
    return int(answer.json()["data"]["image_id"])


def picture(hue: int, size: tuple[int, int] = (1200, 900)) -> bytes:
    """A PNG of a room in one colour; `hue` 0 to 255 tells pictures apart."""
    image = Image.new("HSV", size, (hue, 90, 220)).convert("RGB")
    draw = ImageDraw.Draw(image)
    draw.rectangle((size[0] // 8, size[1] // 6, size[0] // 2, size[1] // 2), fill="white")
    draw.rectangle((0, size[1] * 3 // 4, size[0], size[1]), fill=(120, 90, 70))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()
