"""A page's live channel, as locust's people keep it open: however a websocket ends, it is counted, and opened again."""

from __future__ import annotations

import json
import random
import time
from typing import TYPE_CHECKING, Any

from websocket import (
    ABNF,
    WebSocketBadStatusException,
    WebSocketException,
    create_connection,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from websocket import WebSocket

    from tests.load.ledger import Ledger

OPENING_SECONDS = 20.0
SILENCE_SECONDS = 90.0  # the site pings every 25 s
SETTLED_SECONDS = 5.0  # as in static/js/live.js, as all that follows
FIRST_SECONDS, MOST_SECONDS = 0.5, 30.0
SLOW_RETRY_SECONDS = 60.0
POLICY, SIGNED_OUT, TOO_MANY = 1008, 4001, 4003


class Listening:
    """One page: `told` has the newest version of each order. Runs in a thread, or a greenlet, until that is ended."""

    def __init__(self, url: str, ledger: Ledger, silence_seconds: float = SILENCE_SECONDS) -> None:
        self.told: dict[int, int] = {}
        self.seq: int | None = None
        self._url = url
        self._ledger = ledger
        self._silence_seconds = silence_seconds
        self._tries = 0

    def listen(self, cookies: Callable[[], str]) -> None:
        """Be there, with the cookies that the page has by then, unless the site signs the page out."""
        code = None
        while code != SIGNED_OUT:
            code = None
            if socket := self._open(cookies()):
                began = time.monotonic()
                code = self._until_it_ends(socket)
                if time.monotonic() - began > SETTLED_SECONDS:
                    self._tries = 0
            time.sleep(self._seconds_to_wait(code))

    def _open(self, cookies: str) -> WebSocket | None:
        """A websocket, or None; why not is counted."""
        status = 0
        try:
            socket = create_connection(
                f"{self._url.replace('http', 'ws', 1)}/api/v1_0/live",
                cookie=cookies, origin=self._url, timeout=OPENING_SECONDS,
            )  # fmt: skip
        except WebSocketBadStatusException as refusal:
            status = refusal.status_code
        except (OSError, WebSocketException):
            pass
        else:
            self._ledger.count("sockets")
            socket.settimeout(self._silence_seconds)
            return socket
        self._ledger.judge(status, ())
        return None

    def _until_it_ends(self, socket: WebSocket) -> int | None:
        """The code that it was closed with; None when there was none."""
        code = None
        try:
            socket.send(json.dumps({"op": "hello", "last_seq": self.seq}))
            while code is None:
                kind, content = socket.recv_data()
                if kind == ABNF.OPCODE_CLOSE:
                    code = int.from_bytes(content[:2])
                else:
                    self._hear(json.loads(content))
        except (OSError, WebSocketException, ValueError):
            pass  # broken off, silent for too long, or not to be read
        finally:
            socket.shutdown()
        self._ledger.count("too many sockets" if code == TOO_MANY else "lost sockets")
        return code

    def _seconds_to_wait(self, code: int | None) -> float:
        if code in (POLICY, TOO_MANY):
            return SLOW_RETRY_SECONDS * (0.5 + random.random())
        ceiling = min(MOST_SECONDS, FIRST_SECONDS * 2**self._tries)
        self._tries = min(self._tries + 1, 10)
        return random.random() * ceiling

    def _hear(self, message: dict[str, Any]) -> None:
        if message["op"] == "ready":
            for event in message["events"]:
                self._take(event)
            self.seq = max(self.seq or 0, message["seq"])
        elif message["op"] == "event":
            self._take(message)

    def _take(self, event: dict[str, Any]) -> None:
        """One event of this user: its number follows, its order's version grows."""
        if self.seq is not None and event["seq"] > self.seq + 1:
            self._ledger.count("event gaps")
        self.seq = max(self.seq or 0, event["seq"])
        if event["kind"] == "order":
            if event["version"] < self.told.get(event["order_id"], 0):
                self._ledger.count("steps back")
            self.told[event["order_id"]] = event["version"]
