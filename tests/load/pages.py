"""Pages as far as the live channel sees them: they come back as static/js/live.js does, and miss nothing."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.load.thin import LIVE, Refused, dial

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.load.thin import Address, ThinSocket

# As in static/js/live.js, backoff.js and longpoll.js.
CONNECT_SECONDS = 4.0
PING_SECONDS = 25.0
PONG_SECONDS = 8.0
SETTLED_SECONDS = 5.0
ATTEMPTS_BEFORE_POLLING = 2
FIRST_SECONDS, MOST_SECONDS = 0.5, 30.0
UNWELCOME, SLOW_RETRY_SECONDS = {1008, 4003}, 60.0
WAIT_SECONDS, HELD_SECONDS, SPACING_SECONDS = 20, 28.0, 0.3

dice = random.Random()


@dataclass
class Tally:
    """What happened to the connections of all pages."""

    refused: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    polls: Counter[str] = field(default_factory=Counter)
    missed: int = 0
    repeated: int = 0


class Backoff:
    """Anywhere between zero and a ceiling that doubles each time."""

    def __init__(self) -> None:
        self.tries = 0

    def next(self) -> float:
        """Seconds to wait."""
        ceiling = min(MOST_SECONDS, FIRST_SECONDS * 2**self.tries)
        self.tries = min(self.tries + 1, 10)
        return dice.random() * ceiling


class Page:
    """One page. `heard` gets its events, and whether each came by itself or with what was missed."""

    def __init__(
        self,
        address: Address,
        cookie: str,
        tally: Tally,
        heard: Callable[[dict[str, Any], bool], None] | None = None,
    ) -> None:
        self.address = address
        self.cookie = cookie
        self.tally = tally
        self.seq: int | None = None
        self.is_live = False
        self.pings = False
        self.changed: Callable[[Page], None] = lambda _page: None
        self._heard = heard
        self._socket: ThinSocket | None = None
        self._ready: asyncio.Future[None] | None = None
        self._backoff = Backoff()
        self._failures = 0
        self._unwelcome = False
        self._poll: asyncio.Task[None] | None = None
        self._timers: dict[str, asyncio.TimerHandle] = {}

    async def live(self) -> None:
        """Be there until cancelled."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                self._unwelcome = False
                if socket := await self._connect():
                    began = loop.time()
                    self._welcome()
                    self._judge(await socket.ended)
                    self._part()
                    if loop.time() - began > SETTLED_SECONDS:
                        self._backoff.tries = 0
                self._failures += 1
                if self._unwelcome or self._failures >= ATTEMPTS_BEFORE_POLLING:
                    self._begin_polling()
                slow = SLOW_RETRY_SECONDS * (0.5 + dice.random())
                await asyncio.sleep(slow if self._unwelcome else self._backoff.next())
        finally:
            self._part()
            self._stop_polling()

    async def _connect(self) -> ThinSocket | None:
        """A websocket that has said `ready`, or None; why not is counted."""
        why = "no ready in 4 s"
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                self._socket = await dial(self.address, self.cookie, self._hear)
                self._ready = asyncio.get_running_loop().create_future()
                self._socket.ended.add_done_callback(self._ended)
                self._socket.send(json.dumps({"op": "hello", "last_seq": self.seq}))
                await self._ready
                return self._socket
        except Refused as refused:
            why = str(refused.status)
        except ConnectionRefusedError:
            why = "nobody listens"
        except TimeoutError:
            pass
        except OSError:
            why = "broken off"
            if self._socket and self._socket.ended.done() and (code := self._socket.ended.result()):
                why, self._unwelcome = f"closed with {code}", code in UNWELCOME
        self.tally.refused[why] += 1
        self._part()
        return None

    def _welcome(self) -> None:
        self._failures = 0
        self._stop_polling()
        self.is_live = True
        self.changed(self)
        if self.pings:
            self._later("ping", PING_SECONDS, self._ping)

    def _part(self) -> None:
        if self._socket:
            self._socket.abort()
        self._socket = None
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        if self.is_live:
            self.is_live = False
            self.changed(self)

    def _ended(self, _future: asyncio.Future[int | None]) -> None:
        if self._ready and not self._ready.done():
            self._ready.set_exception(ConnectionError("ended before it was ready"))

    def _hear(self, text: str) -> None:
        message = json.loads(text)
        if pong := self._timers.pop("pong", None):
            pong.cancel()
        if message["op"] == "ready":
            self._take(message["events"], message["seq"], by_itself=False)
            if self._ready and not self._ready.done():
                self._ready.set_result(None)
        elif message["op"] == "event":
            self._take([message], message["seq"], by_itself=True)
        elif message["op"] == "error":
            self.tally.errors[message["reason"]] += 1

    def _take(self, events: list[dict[str, Any]], up_to: int, *, by_itself: bool) -> None:
        """Each event once and in order; whatever is skipped was missed."""
        for event in events:
            if self.seq is not None and event["seq"] <= self.seq:
                self.tally.repeated += 1
                continue
            if self.seq is not None:
                self.tally.missed += event["seq"] - self.seq - 1
            self.seq = event["seq"]
            if self._heard:
                self._heard(event, by_itself)
        if self.seq is not None:
            self.tally.missed += max(0, up_to - self.seq)
        self.seq = max(self.seq or 0, up_to)

    def _ping(self) -> None:
        if self._socket:
            self._socket.send('{"op":"ping"}')
            if "pong" not in self._timers:
                self._later("pong", PONG_SECONDS, self._socket.abort)
            self._later("ping", PING_SECONDS, self._ping)

    def _later(self, name: str, seconds: float, what: Callable[[], None]) -> None:
        self._timers[name] = asyncio.get_running_loop().call_later(seconds, what)

    def _judge(self, code: int | None) -> None:
        self.tally.lost[str(code)] += 1
        self._unwelcome = code in UNWELCOME

    def _begin_polling(self) -> None:
        if self._heard and not self._poll:
            self._poll = asyncio.create_task(self._stand_in())

    def _stop_polling(self) -> None:
        if self._poll:
            self._poll.cancel()
            self._poll = None

    async def _stand_in(self) -> None:
        """Long-polls while the websocket does not come back."""
        backoff = Backoff()
        loop = asyncio.get_running_loop()
        while True:
            began, after = loop.time(), self.seq
            query = "after=0&wait=0" if after is None else f"after={after}&wait={WAIT_SECONDS}"
            try:
                async with asyncio.timeout(HELD_SECONDS):
                    status, retry_after, answer = await self._ask(f"{LIVE}/events?{query}")
            except (OSError, TimeoutError, EOFError):
                status, retry_after, answer = 0, 0, {}
            self.tally.polls[str(status or "no answer")] += 1
            if status == 200:
                events = [] if after is None else answer["data"]["events"]
                self._take(events, answer["data"]["seq"], by_itself=False)
                backoff.tries = 0
                await asyncio.sleep(SPACING_SECONDS if loop.time() - began < 1 else 0)
            else:
                await asyncio.sleep(max(1.0, retry_after) + backoff.next())

    async def _ask(self, path: str) -> tuple[int, float, dict[str, Any]]:
        """Status, Retry-After and body of a GET. Raises OSError, EOFError."""
        reader, writer = await asyncio.open_connection(self.address.host, self.address.port)
        try:
            head = f"GET {path} HTTP/1.1\r\nHost: {self.address.netloc}\r\nConnection: close\r\n"
            writer.write(f"{head}Cookie: {self.cookie}\r\n\r\n".encode())
            first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            named = dict(line.lower().split(": ", 1) for line in lines if line)
            body = await reader.readexactly(int(named.get("content-length", 0)))
            return int(first.split()[1]), float(named.get("retry-after", 0)), json.loads(body or b"{}")
        finally:
            writer.close()
