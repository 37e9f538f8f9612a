"""The picture captcha: drawn off the loop, kept in Redis for 180 s, burnt by any attempt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.captcha import model, picture
from server.captcha.model import CaptchaNotStored, WrongCaptcha
from server.errors import StoreUnavailable

if TYPE_CHECKING:
    from server.redis import StateRedis
    from server.workers import Workers


class CaptchaService:
    """Issues and burns captchas."""

    def __init__(self, redis: StateRedis, workers: Workers) -> None:
        self._redis = redis
        self._workers = workers

    async def issue(self, page_id: str) -> bytes:
        """A new PNG for the page's id. Raises BadCaptchaId, Overloaded, CaptchaNotStored."""
        key = self._redis.key("captcha", model.captcha_id(page_id))
        text = model.new_text()
        drawn = await self._workers.run("captcha", picture.draw, text)
        try:
            await self._redis.set(key, text, ex=model.TTL_SECONDS)
        except StoreUnavailable as error:
            raise CaptchaNotStored(retry_after=error.retry_after) from error
        return drawn

    async def burn(self, page_id: str, answer: str) -> None:
        """Use a captcha up, right or wrong. Raises WrongCaptcha, StoreUnavailable."""
        expected = await self._redis.getdel(self._redis.key("captcha", model.captcha_id(page_id)))
        if expected is None or not model.same(str(expected), answer):
            raise WrongCaptcha
