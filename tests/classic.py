"""A classic page of another team in tests: jQuery's habits, the csrf cookie and header, and 200 on every answer."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from tests.houses import png
from tests.visitor import PASSWORD

if TYPE_CHECKING:
    from tests.stack import Stack
    from tests.visitor import Answer, Visitor

CLASSIC = "/api/v1.0"
JSON, FORM = "application/json", "application/x-www-form-urlencoded; charset=UTF-8"
HOUSE: dict[str, Any] = {
    "title": "什刹海边的小院", "price": "100", "area_id": "2", "address": "西城区后海北沿 12 号", "room_count": "2",
    "acreage": "60", "unit": "两室一厅", "capacity": "4", "beds": "双人床：2x1.8x2张", "deposit": "50.5",
    "min_days": "1", "max_days": "0", "facility": ["7", "8"],
}  # fmt: skip


@dataclass
class Front:
    """One browser with a classic front end."""

    visitor: Visitor

    async def open(self) -> Front:
        """Get the cookies, as a page brings them."""
        await self.get("/session")
        return self

    async def get(self, path: str, **query: object) -> Answer:
        """`$.get(url, data)`."""
        return await self._call("GET", f"{path}?{urlencode(query)}" if query else path)

    async def json(self, method: str, path: str, body: Any = None, kind: str = JSON) -> Answer:
        """`$.ajax` with `JSON.stringify(data)`."""
        return await self._call(method, path, json.dumps(body).encode() if body is not None else b"", kind)

    async def form(self, method: str, path: str, fields: Any, kind: str = FORM) -> Answer:
        """`$.ajax` with an object, or `serialize()`."""
        return await self._call(method, path, urlencode(fields, doseq=True).encode(), kind)

    async def upload(self, path: str, field: str, content: bytes | None = None, **fields: object) -> Answer:
        """`ajaxSubmit` of a form with a file."""
        boundary = uuid.uuid4().hex
        parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
                 for name, value in fields.items()]  # fmt: skip
        parts.append(
            f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"; filename="a.png"\r\n'
            "Content-Type: image/png\r\n\r\n"
        )
        body = "".join(parts).encode() + (content or png()) + f"\r\n--{boundary}--\r\n".encode()
        return await self._call("POST", path, body, f"multipart/form-data; boundary={boundary}")

    async def raw(self, method: str, path: str, body: bytes, **headers: str) -> Answer:
        """Anything else."""
        answer = await self.visitor.call(method, CLASSIC + path, body, headers)
        return checked(answer)

    async def _call(
        self, method: str, path: str, body: bytes | None = None, kind: str | None = None
    ) -> Answer:
        headers = {"Content-Type": kind} if kind else {}
        return checked(await self.visitor.call(method, CLASSIC + path, body, headers))

    async def solve(self, page_id: str | None = None) -> dict[str, str]:
        """The query of a fresh captcha with its right answer."""
        named = page_id is not None
        page_id = page_id or str(uuid.uuid4())
        picture = await self.get(f"/image_codes/{page_id}")
        assert picture.headers["Content-Type"] == "image/png"
        redis = self.visitor.services.captcha._redis
        pattern = redis.key("captcha", "*" if named else page_id)
        [name] = [key async for key in redis.scan_iter(match=pattern)]
        return {"image_code_id": page_id, "image_code": str(await redis.get(name))}

    async def code_for(self, stack: Stack, mobile: str) -> str:
        """Ask for a code and read it on the phone: it was sent when the answer came."""
        asked = await self.get(f"/sms_codes/{mobile}", **await self.solve())
        assert asked.errno == "0", asked.body
        inbox = await self.visitor.client.fetch(f"{stack.sandbox_url}/inbox/{mobile}")
        return str(json.loads(inbox.body)[0]["code"])

    async def sign_up(self, stack: Stack, mobile: str, **fields: str) -> Answer:
        """A new account, signed in."""
        code = await self.code_for(stack, mobile)
        return await self.json(
            "POST", "/users", {"mobile": mobile, "sms_code": code, "password": PASSWORD, **fields}
        )

    async def sign_in(self, mobile: str, password: str = PASSWORD) -> Answer:
        """Try to sign in."""
        return await self.json("POST", "/sessions", {"mobile": mobile, "password": password})

    async def publish(self, **changes: Any) -> int:
        """A house without a picture."""
        answer = await self.json("POST", "/houses/info", {**HOUSE, **changes})
        assert answer.errno == "0", answer.body
        return int(answer.data["house_id"])

    async def publish_online(self, **changes: Any) -> int:
        """A house with a picture."""
        house_id = await self.publish(**changes)
        added = await self.upload("/houses/image", "house_image", house_id=house_id)
        assert added.errno == "0", added.body
        return house_id


def checked(answer: Answer) -> Answer:
    """Every answer is 200, and its errno a string; only a picture is no JSON."""
    assert answer.status == 200
    if "json" in answer.headers.get("Content-Type", ""):
        shape = {"errno", "errmsg", "data"} if answer.json["errno"] == "0" else {"errno", "errmsg"}
        assert set(answer.json) == shape
        assert all(isinstance(answer.json[name], str) and answer.json[name] for name in ("errno", "errmsg"))
    return answer
