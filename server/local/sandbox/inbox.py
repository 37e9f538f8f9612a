"""The messages that the sandbox accepted: kept in memory, on disk as JSON lines, and told to listening pages."""

from __future__ import annotations

import asyncio
import json
from collections import Counter, deque
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEPT = 500
LINES_BEFORE_REWRITE = 2 * KEPT
LISTENER_BACKLOG = 50


@dataclass(frozen=True)
class Message:
    """One SMS as it would reach a phone; `received_at` is ISO 8601 in UTC.

    `texts` are what fills the template's places; of a notice, `code` and `minutes` are None.
    """

    mobile: str
    code: str | None
    minutes: int | None
    template_id: str
    message_sid: str
    received_at: str
    texts: tuple[str, ...] = ()


class Inbox:
    """The newest KEPT messages. What `add` returned from survives a kill of the sandbox."""

    def __init__(self, file: Path) -> None:
        self.attempts: Counter[str] = Counter()
        self._file = file
        self._lines = 0
        self._is_torn = False
        self._messages: deque[Message] = deque(self._read(), maxlen=KEPT)
        self._writing = asyncio.Lock()
        self._listeners: set[asyncio.Queue[Message]] = set()

    def newest_first(self, mobile: str | None = None) -> list[Message]:
        """All messages, or those for one number."""
        return [one for one in reversed(self._messages) if mobile in {None, one.mobile}]

    async def add(self, message: Message) -> None:
        """Keep a message; it is on disk when this returns."""
        async with self._writing:
            self._messages.append(message)
            await asyncio.to_thread(self._write, message, tuple(self._messages))
        for queue in self._listeners:
            if not queue.full():  # a page that does not read catches up when it reconnects
                queue.put_nowait(message)

    @contextmanager
    def listening(self) -> Iterator[asyncio.Queue[Message]]:
        """A queue of the messages from now on."""
        queue: asyncio.Queue[Message] = asyncio.Queue(LISTENER_BACKLOG)
        self._listeners.add(queue)
        try:
            yield queue
        finally:
            self._listeners.discard(queue)

    def _read(self) -> Iterator[Message]:
        if not self._file.exists():
            return
        text = self._file.read_text("utf-8", errors="replace")
        self._is_torn = not text.endswith("\n")
        for line in text.splitlines():
            self._lines += 1
            message = _parse(line)
            if message:
                yield message

    def _write(self, message: Message, all_kept: tuple[Message, ...]) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        if self._lines < LINES_BEFORE_REWRITE:
            with self._file.open("a", encoding="utf-8") as file:
                file.write("\n" * self._is_torn + _line(message))
            self._lines += 1
            self._is_torn = False
            return
        fresh = self._file.with_suffix(".new")
        fresh.write_text("".join(map(_line, all_kept)), encoding="utf-8")
        fresh.replace(self._file)
        self._lines = len(all_kept)


def _line(message: Message) -> str:
    return json.dumps(asdict(message), ensure_ascii=False) + "\n"


def _parse(line: str) -> Message | None:
    """A line, or None for one that a kill tore or that an older sandbox wrote otherwise."""
    try:
        values: Any = json.loads(line)
    except ValueError:
        return None
    if not isinstance(values, dict) or set(values) | {"texts"} != {one.name for one in fields(Message)}:
        return None
    return Message(**{**values, "texts": tuple(values.get("texts", ()))})
