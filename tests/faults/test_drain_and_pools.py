"""A stop cuts nobody off, and the worker works with processes as it does with threads."""

from __future__ import annotations

import asyncio
import json
import signal
import time
from typing import TYPE_CHECKING

import httpx
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from tests.faults.test_accounts_slice import API, _ask, _inbox, _until_final

if TYPE_CHECKING:
    from tests.stack import Stack


def test_sigterm_answers_what_is_in_flight_and_closes_sockets_with_1001(
    broken: Stack, http: httpx.Client, mobile: str
) -> None:
    broken.stop("worker", signal.SIGKILL)
    task_id = _ask(broken, http, mobile)
    cookies = "; ".join(f"{name}={value}" for name, value in http.cookies.items())

    async def stop_while_waiting() -> tuple[int, int | None]:
        async with httpx.AsyncClient(base_url=broken.url, cookies=http.cookies, timeout=20) as client:
            poll = asyncio.create_task(client.get(f"{API}/tasks/{task_id}?wait=2&seen=queued"))
            url = broken.url.replace("http", "ws") + f"{API}/live"
            headers = {"Cookie": cookies, "Origin": broken.url}
            socket = await websocket_connect(HTTPRequest(url, headers=headers))
            await socket.write_message(json.dumps({"op": "ping"}))
            await socket.read_message()
            await asyncio.sleep(0.3)
            stopping = asyncio.to_thread(broken.stop, "serve")
            stopped = asyncio.create_task(stopping)
            while await socket.read_message() is not None:
                pass
            answer = await poll
            await stopped
            socket.close()
            return answer.status_code, socket.close_code

    status, close_code = asyncio.run(stop_while_waiting())
    broken.start("serve", ready_url=f"{broken.url}/healthz")

    assert (status, close_code) == (200, 1001)


def test_a_prefork_worker_sends_too(broken: Stack, http: httpx.Client, mobile: str) -> None:
    broken.overrides["worker_pool"] = "prefork"
    broken.overrides["worker_concurrency"] = 2
    broken.start("worker")
    try:
        final = _until_final(http, _ask(broken, http, mobile))
    finally:
        broken.stop("worker")
        time.sleep(0.1)

    assert final["state"] == "sent"
    assert len(_inbox(broken, mobile)) == 1
