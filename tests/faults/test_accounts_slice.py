"""Parts die while people sign up: nothing is lost, nothing is sent twice, and everybody is told the truth."""

from __future__ import annotations

import asyncio
import json
import signal
import time
import uuid
from typing import TYPE_CHECKING, Any

import httpx
import pymysql
import pytest
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from server.local.state import DATABASE

if TYPE_CHECKING:
    from tests.stack import Stack

API = "/api/v1_0"
SLOW_NUMBER = "13900000002"


def test_a_dead_worker_leaves_the_sms_queued_and_it_goes_out_once(
    broken: Stack, http: httpx.Client, mobile: str
) -> None:
    broken.stop("worker", signal.SIGKILL)

    task_id = _ask(broken, http, mobile)
    time.sleep(3)  # longer than the redelivery of this stack: it was published more than once
    waiting = _state(http, task_id)
    broken.start("worker")
    final = _until_final(http, task_id)
    time.sleep(3)

    assert waiting["state"] == "queued"
    assert final["state"] == "sent"
    assert len(_inbox(broken, mobile)) == 1


def test_a_worker_killed_while_it_sends_never_sends_twice(broken: Stack, http: httpx.Client) -> None:
    task_id = _ask(broken, http, SLOW_NUMBER)
    deadline = time.monotonic() + 5
    while not _is_claimed(broken, task_id):
        assert time.monotonic() < deadline, "the worker never began"
        time.sleep(0.02)

    broken.stop("worker", signal.SIGKILL)
    broken.start("worker")
    final = _until_final(http, task_id, seconds=40)

    assert (final["state"], final["reason"]) == ("failed", "interrupted")
    assert len(_inbox(broken, SLOW_NUMBER)) <= 1


def test_redis_gone_is_503_in_under_a_second_and_pages_still_load(
    broken: Stack, http: httpx.Client, mobile: str
) -> None:
    broken.stop("redis")
    try:
        began = time.monotonic()
        captcha = http.get(f"{API}/image_codes/{uuid.uuid4()}")
        login = http.post(f"{API}/sessions", json={"mobile": mobile, "password": "a password"})
        page = http.get("/login.html")
        elapsed = time.monotonic() - began
    finally:
        broken.start_redis()

    assert (captcha.status_code, captcha.json()["errno"], captcha.json()["errmsg"]) == (
        503,
        "4001",
        "保存验证码失败",
    )
    assert (login.status_code, login.json()["errno"]) == (503, "4001")
    assert "Retry-After" in login.headers
    assert page.status_code == 200
    assert elapsed < 3
    assert _until_final(http, _ask(broken, http, mobile))["state"] == "sent"


def test_a_redis_that_does_not_answer_is_503_in_under_a_second(
    broken: Stack, http: httpx.Client, mobile: str
) -> None:
    broken.send("redis", signal.SIGSTOP)
    try:
        began = time.monotonic()
        login = http.post(f"{API}/sessions", json={"mobile": mobile, "password": "a password"})
        elapsed = time.monotonic() - began
        alive = http.get("/healthz")
        ready = http.get("/readyz")
    finally:
        broken.send("redis", signal.SIGCONT)

    assert (login.status_code, login.json()["errno"]) == (503, "4001")
    assert elapsed < 1.5  # not speed: a refusal that waits for the client's patience is none
    assert alive.status_code == 200
    assert ready.json()["data"]["redis"] is False


def test_mysql_gone_is_503_and_heals_by_itself(broken: Stack, http: httpx.Client, mobile: str) -> None:
    solved = _captcha(broken, http)
    broken.stop("mariadb", signal.SIGKILL)
    try:
        refused = http.post(f"{API}/sms_codes", json={"mobile": mobile, "purpose": "register", **solved})
        page = http.get("/")
    finally:
        broken.start_mariadb()

    assert (refused.status_code, refused.json()["errno"]) == (503, "4001")
    assert page.status_code == 200
    assert _until_final(http, _ask(broken, http, mobile))["state"] == "sent"
    assert "Traceback" not in broken.log("serve")


def test_redis_restarts_while_a_socket_watches(broken: Stack, http: httpx.Client, mobile: str) -> None:
    broken.stop("worker", signal.SIGKILL)
    task_id = _ask(broken, http, mobile)

    async def watch() -> list[str]:
        cookies = "; ".join(f"{name}={value}" for name, value in http.cookies.items())
        headers = {"Cookie": cookies, "Origin": broken.url}
        url = broken.url.replace("http", "ws") + f"{API}/live"
        socket = await websocket_connect(HTTPRequest(url, headers=headers))
        await socket.write_message(json.dumps({"op": "watch", "task": task_id}))
        states = [json.loads(str(await socket.read_message()))["state"]]
        await asyncio.to_thread(broken.stop, "redis")
        await asyncio.to_thread(broken.start_redis)
        await asyncio.to_thread(broken.start, "worker")
        async with asyncio.timeout(40):
            while states[-1] not in {"sent", "failed"}:
                states.append(json.loads(str(await socket.read_message()))["state"])
        socket.close()
        while await socket.read_message() is not None:
            pass
        return states

    states = asyncio.run(watch())

    assert states[0] == "queued"
    assert states[-1] == "sent"
    assert len(_inbox(broken, mobile)) == 1


def test_no_secret_is_in_any_log(broken: Stack, http: httpx.Client, mobile: str) -> None:
    _until_final(http, _ask(broken, http, mobile))
    code = _inbox(broken, mobile)[0]["code"]

    logs = "".join(broken.log(name) for name in ("serve", "worker", "beat"))

    assert mobile not in logs
    assert f" {code}" not in logs
    assert broken.settings.sms_auth_token.get_secret_value() not in logs
    assert broken.settings.secret_key.get_secret_value() not in logs


def _captcha(stack: Stack, http: httpx.Client) -> dict[str, str]:
    page_id = str(uuid.uuid4())
    deadline = time.monotonic() + 5
    while http.get(f"{API}/image_codes/{page_id}").status_code != 200:
        assert time.monotonic() < deadline, "the site did not heal"
        time.sleep(0.1)
    text = httpx.get(f"{stack.sandbox_url}/captcha/{page_id}").json()["text"]
    return {"image_code_id": page_id, "image_code": text}


def _ask(stack: Stack, http: httpx.Client, mobile: str) -> str:
    """Ask for a code until the healed site takes it; returns the task."""
    deadline = time.monotonic() + 10
    while True:
        body = {"mobile": mobile, "purpose": "register", **_captcha(stack, http)}
        answer = http.post(f"{API}/sms_codes", json=body)
        if answer.status_code == 202:
            return str(answer.json()["data"]["task_id"])
        assert answer.status_code == 503, answer.text
        assert time.monotonic() < deadline
        time.sleep(0.3)


def _state(http: httpx.Client, task_id: str, query: str = "") -> dict[str, Any]:
    return dict(http.get(f"{API}/tasks/{task_id}{query}").json()["data"])


def _until_final(http: httpx.Client, task_id: str, seconds: float = 30) -> dict[str, Any]:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        state = _state(http, task_id, "?wait=5&seen=sending")
        if state["state"] in {"sent", "failed"}:
            return state
    pytest.fail(f"still {state['state']}")


def _is_claimed(stack: Stack, task_id: str) -> bool:
    """Whether a worker has begun to send the code."""
    socket = str(stack.folder.mysql_socket)
    with pymysql.connect(unix_socket=socket, user="root", database=DATABASE) as database:
        cursor = database.cursor()
        cursor.execute("SELECT state FROM sms_codes WHERE task_id = %s", (task_id,))
        row = cursor.fetchone()
    return row is not None and row[0] == "sending"


def _inbox(stack: Stack, mobile: str) -> list[dict[str, Any]]:
    return list(httpx.get(f"{stack.sandbox_url}/inbox/{mobile}").json())
