"""People for the browser's tests: they sign up, verify and publish through the API, with the page's own cookies."""

from __future__ import annotations

import io
import itertools
import json
import os
import urllib.request
import uuid
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageDraw

from server.identities.model import check_digit
from tests.visitor import API, PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.stack import Stack

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


def sign_up(page: Page, site: Stack, mobile: str) -> None:
    """A new account, signed in on this page."""
    page.request.get(f"{API}/session")
    captcha = str(uuid.uuid4())
    page.request.get(f"{API}/image_codes/{captcha}")
    text = _read(f"{site.sandbox_url}/captcha/{captcha}")["text"]
    asked = {"mobile": mobile, "purpose": "register", "image_code_id": captcha, "image_code": text}
    task = call(page, "POST", "/sms_codes", asked)["task_id"]
    seen = ""
    while (state := call(page, "GET", f"/tasks/{task}?wait=10&seen={seen}")["state"]) not in {
        "sent",
        "failed",
    }:
        seen = state
    code = _read(f"{site.sandbox_url}/inbox/{mobile}")[0]["code"]
    body = {"mobile": mobile, "sms_code": code, "password": PASSWORD, "password2": PASSWORD}
    call(page, "POST", "/users", body)


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


def _read(url: str) -> Any:
    with urllib.request.urlopen(url) as answer:
        return json.load(answer)
