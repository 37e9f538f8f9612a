"""Tells scripts and load tests what a captcha picture says, without using it up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from server.captcha.model import BadCaptchaId, captcha_id
from server.errors import StoreUnavailable

if TYPE_CHECKING:
    from server.redis import StateRedis


class Captchas:
    """Reads the product's captchas where the product keeps them."""

    def __init__(self, redis: StateRedis) -> None:
        self._redis = redis

    def routes(self) -> list[web.RouteDef]:
        """What the sandbox serves about captchas."""
        return [web.get("/captcha/{image_code_id}", self.text)]

    async def text(self, request: web.Request) -> web.Response:
        """{"text": …}; 404 when there is no such captcha, or not any more; 503 without Redis."""
        try:
            key = self._redis.key("captcha", captcha_id(request.match_info["image_code_id"]))
            text = await self._redis.get(key)
        except BadCaptchaId:
            text = None
        except StoreUnavailable:
            return web.json_response({"error": "redis does not answer"}, status=503)
        if text is None:
            return web.json_response({"error": "no such captcha"}, status=404)
        return web.json_response({"text": text})
