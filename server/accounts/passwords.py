"""argon2id at OWASP's floor, in threads; an unknown phone costs the same time as a wrong password."""

from __future__ import annotations

from typing import TYPE_CHECKING

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

if TYPE_CHECKING:
    from server.workers import Workers

MEMORY_KIB, ROUNDS, LANES = 19 * 1024, 2, 1


class Passwords:
    """Hashes and verifies, off the event loop."""

    def __init__(self, workers: Workers) -> None:
        self._workers = workers
        self._hasher = PasswordHasher(time_cost=ROUNDS, memory_cost=MEMORY_KIB, parallelism=LANES)
        self._nobody = self._hasher.hash("nobody has this password")

    async def hash(self, password: str) -> str:
        """The encoded hash with its parameters. Raises Overloaded."""
        return await self._workers.run("password", self._hasher.hash, password)

    async def verify(self, stored: str | None, password: str) -> bool:
        """Whether the password is right; None (no such user) takes the same time and is never right."""
        right = await self._workers.run("password", self._verify, stored or self._nobody, password)
        return right and stored is not None

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except VerificationError:
            return False
