"""The login guard: failures counted per address (`access_<ip>`) and per account before a password is looked at."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from server.accounts.model import AccountRefused, AddressRefused
from server.captcha.model import CaptchaRequired

if TYPE_CHECKING:
    from server.redis import StateRedis

CAPTCHA_FROM = 3
REFUSED_FROM = 5
REFUSAL_SECONDS = 300

# One step for all, so that a hundred guesses at once are a hundred counts, one after the other.
ATTEMPT = """
local highest = 0
for i = 1, 2 do
  local failures = tonumber(redis.call('GET', KEYS[i]) or '0')
  if failures >= tonumber(ARGV[1]) then return {i, redis.call('TTL', KEYS[i])} end
  highest = math.max(highest, failures)
end
if highest >= tonumber(ARGV[2]) and ARGV[3] == '0' then return {3, 0} end
for i = 1, 2 do
  highest = math.max(highest, redis.call('INCR', KEYS[i]))
  redis.call('EXPIRE', KEYS[i], ARGV[4])
end
return {0, highest}
"""
# A success gives the address its count back, but not below nothing, and clears the account.
SUCCESS = """
local left = tonumber(redis.call('GET', KEYS[1]) or '0')
if left > 1 then redis.call('DECR', KEYS[1]) else redis.call('DEL', KEYS[1]) end
redis.call('DEL', KEYS[2])
"""


class _Verdict(IntEnum):
    COUNTED = 0
    ADDRESS_REFUSED = 1
    ACCOUNT_REFUSED = 2
    CAPTCHA_REQUIRED = 3


class LoginGuard:
    """Both policies for failures; without Redis nobody signs in (503)."""

    def __init__(self, redis: StateRedis, *, lifted: bool = False) -> None:
        """`lifted`: addresses do not count, accounts do."""
        self._redis = redis
        self._lifted = lifted
        self._attempt = redis.register_script(ATTEMPT)
        self._success = redis.register_script(SUCCESS)

    async def count(self, address: str, mobile: str, *, captcha_solved: bool) -> bool:
        """Count an attempt as failed until `forgive`; returns whether the next one needs a captcha.

        Raises AddressRefused, AccountRefused, CaptchaRequired (none of them counts), StoreUnavailable.
        """
        verdict, number = await self._attempt(
            keys=self._keys(address, mobile),
            args=[REFUSED_FROM, CAPTCHA_FROM, int(captcha_solved), REFUSAL_SECONDS],
        )
        match _Verdict(verdict):
            case _Verdict.ADDRESS_REFUSED:
                raise AddressRefused(retry_after=max(1, number))
            case _Verdict.ACCOUNT_REFUSED:
                raise AccountRefused(retry_after=max(1, number))
            case _Verdict.CAPTCHA_REQUIRED:
                raise CaptchaRequired
        return int(number) >= CAPTCHA_FROM

    async def forgive(self, address: str, mobile: str) -> None:
        """The password was right."""
        await self._success(keys=self._keys(address, mobile))

    def _keys(self, address: str, mobile: str) -> list[str]:
        place = f"access_{address}_{mobile}" if self._lifted else f"access_{address}"
        return [self._redis.key(place), self._redis.key(f"access_account_{mobile}")]
