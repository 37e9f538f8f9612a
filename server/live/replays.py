"""What listeners missed: of all that come at once, MySQL is asked once how far their logs go."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from server.live.model import REPLAY_LIMIT

if TYPE_CHECKING:
    from server.live.model import Listener, LiveEvent
    from server.live.service import LiveService

READ_AT_ONCE = 4  # logs; of the connections of a process, requests have the others


@dataclass
class _Question:
    """Users who are asked about in one statement."""

    user_ids: set[int] = field(default_factory=set)
    answer: asyncio.Task[dict[int, int]] | None = None


class Replays:
    """Whoever asks while a statement runs is answered by the next one, together with all who came meanwhile."""

    def __init__(self, live: LiveService) -> None:
        self._live = live
        self._one_by_one = asyncio.Lock()
        self._places = asyncio.Semaphore(READ_AT_ONCE)
        self._next: _Question | None = None

    async def since(self, listener: Listener, user_id: int, seq: int | None) -> tuple[int, list[LiveEvent]]:
        """The seq that the listener is at now, and the events after `seq` (None, or beyond the newest: none).

        Raises StoreUnavailable.
        """
        newest = await self._newest(user_id)
        if seq is None or seq >= newest:
            return newest, []
        async with self._places:
            if listener.close_code is not None:  # it did not wait for its turn
                return seq, []
            events = await self._live.after(user_id, seq)
        read = events[-1].seq if events else seq
        if len(events) < REPLAY_LIMIT:  # what is still missing up to the newest was purged
            read = max(read, newest)
        return read, events

    async def _newest(self, user_id: int) -> int:
        question = self._next
        if question is None:
            question = self._next = _Question()
            question.answer = asyncio.create_task(self._ask(question))
            question.answer.add_done_callback(_read)
        question.user_ids.add(user_id)
        assert question.answer is not None  # noqa: S101 - made above
        return (await asyncio.shield(question.answer)).get(user_id, 0)

    async def _ask(self, question: _Question) -> dict[int, int]:
        async with self._one_by_one:
            self._next = None
            return await self._live.last_seqs(sorted(question.user_ids))


def _read(answer: asyncio.Task[dict[int, int]]) -> None:
    """Look at a failure that nobody waits for any more, or asyncio logs it as lost."""
    if not answer.cancelled():
        answer.exception()
