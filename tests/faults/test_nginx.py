"""Debian's nginx with our configuration in front of two web processes."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from tornado.httpclient import HTTPRequest
from tornado.web import Application
from tornado.websocket import WebSocketClientConnection, websocket_connect

from handlers.serving import make_server
from tests.stack import ROOT, Stack, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

API = "/api/v1_0"
UNPACKED = ROOT / "build/bootstrap/nginx/usr/sbin/nginx"
CONFIGURATION = ROOT / "deploy/nginx/ihome.conf"
# What an operator changes, too: addresses, names, folders. TLS goes, for there is no certificate.
TLS_LINES = ("ssl_certificate", "return 301")


def nginx_program() -> str:
    """The one of the system, or the one that `make test` unpacked."""
    found = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
    return found or str(UNPACKED)


def adapted(port: int, upstreams: list[int], folder: Path) -> str:
    """Our configuration with this test's ports and folders, without TLS."""
    text = CONFIGURATION.read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.strip().startswith(TLS_LINES)]
    return moved("\n".join(lines).replace("listen 443 ssl http2;", "listen 443;"), port, upstreams, folder)


def moved(text: str, port: int, upstreams: list[int], folder: Path) -> str:
    """The same with this test's ports and folders."""
    for old, new in (
        ("    listen 80;", f"    listen 127.0.0.1:{free_port()};"),
        ("    listen 443", f"    listen 127.0.0.1:{port}"),
        ("127.0.0.1:8000", f"127.0.0.1:{upstreams[0]}"),
        ("127.0.0.1:8010", f"127.0.0.1:{upstreams[1]}"),
        ("/srv/ihome/static/", f"{ROOT}/static/"),
        ("/var/cache/nginx/ihome", str(folder / "cache")),
        ("/var/log/nginx/ihome.log", str(folder / "access.log")),
        ("/var/log/nginx/error.log", str(folder / "error.log")),
    ):
        assert old in text
        text = text.replace(old, new)
    return text


def whole(text: str, folder: Path) -> str:
    """A main configuration around ours."""
    temporary = "\n".join(
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    types = "types { text/css css; text/javascript js; image/svg+xml svg; }"
    return (
        f"daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log warn;\n"
        f"{'user root;' if os.getuid() == 0 else ''}\n"
        f"events {{ worker_connections 1024; }}\nhttp {{\n{types}\naccess_log off;\n{temporary}\n{text}\n}}\n"
    )


class Front:
    """nginx and two web processes, by name."""

    def __init__(self, stack: Stack, port: int, ports: dict[str, int]) -> None:
        self.stack = stack
        self.url = f"http://127.0.0.1:{port}"
        self.ports = ports
        self.access_log = stack.folder.root.parent / "access.log"
        self.error_log = stack.folder.root.parent / "error.log"

    def start_web(self, name: str) -> None:
        """One web process, ready."""
        port = self.ports[name]
        self.stack.start(
            "serve", name=name, ready_url=f"http://127.0.0.1:{port}/readyz", port=port, public_url=self.url,
            trusted_proxies="127.0.0.1/32",
        )  # fmt: skip


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """A site with nginx before it."""
    folder = tmp_path_factory.mktemp("front")
    stack = Stack(folder / "stack", rate_limits="load-test")
    front = Front(stack, free_port(), {"web-1": free_port(), "web-2": free_port()})
    try:
        stack.start_servers()
        stack.start_outside()
        stack.start("beat")
        for name in front.ports:
            front.start_web(name)
        port = int(front.url.rsplit(":", 1)[1])
        path = folder / "nginx.conf"
        path.write_text(whole(adapted(port, list(front.ports.values()), folder), folder), "utf-8")
        stack.run_beside("nginx", (nginx_program(), "-e", f"{folder}/error.log", "-c", str(path)))
        stack._until_answers(f"{front.url}/healthz")
        yield front
    finally:
        stack.stop_all()


def test_pages_calls_static_files_and_operators_addresses(front: Front) -> None:
    with httpx.Client(base_url=front.url, trust_env=False) as client:
        page = client.get("/")
        areas = client.get(f"{API}/areas")
        style = client.get("/static/dist/app.css?v=1")
        unversioned = client.get("/static/dist/app.css")
        hidden = client.get("/static/.hidden")
        missing = client.get("/static/dist/nothing.css?v=1")
        operators = [client.get(path) for path in ("/metrics", "/readyz", "/status")]

    assert page.status_code == areas.status_code == style.status_code == 200
    assert style.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert unversioned.headers["Cache-Control"] == "no-cache"
    assert "Tornado" not in style.headers["Server"]
    assert hidden.status_code == 404
    assert missing.status_code == 404
    assert "Cache-Control" not in missing.headers
    assert [answer.status_code for answer in operators] == [404] * 3
    assert not any("X-Request-Id" in answer.headers for answer in operators)  # the site gives each answer one
    assert "X-Request-Id" in page.headers


def test_the_visitors_address_is_the_one_nginx_saw_and_not_the_one_claimed(front: Front) -> None:
    # given: a limit by address is lifted here, so the log of failed logins tells who was seen
    claimed = {"X-Forwarded-For": "203.0.113.9"}

    with httpx.Client(base_url=front.url, trust_env=False) as client:
        client.get(f"{API}/session")
        headers = {**claimed, "X-CSRFToken": client.cookies["csrf_token"]}
        body = {"mobile": "13800138999", "password": "wrong password"}
        refused = client.post(f"{API}/sessions", json=body, headers=headers)
    keys = list(front.stack.redis().keys("*access_*"))

    assert refused.status_code == 401
    assert any("access_127.0.0.1" in key for key in keys)
    assert not any("203.0.113.9" in key for key in keys)


def test_the_secret_address_of_a_calendar_stays_out_of_the_log(front: Front) -> None:
    with httpx.Client(base_url=front.url, trust_env=False) as client:
        client.get("/calendars/7-not-to-be-seen.ics")
        client.get("/search.html?q=seen")

    deadline = time.monotonic() + 10
    while "/search.html?q=seen" not in (log := front.access_log.read_text("utf-8")):
        assert time.monotonic() < deadline, log  # nginx writes a line after its answer
        time.sleep(0.05)
    assert "not-to-be-seen" not in log
    assert '"GET /calendars/***" 404' in log


async def _socket(front: Front, cookies: dict[str, str]) -> WebSocketClientConnection:
    cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
    url = front.url.replace("http", "ws") + f"{API}/live"
    socket = await websocket_connect(HTTPRequest(url, headers={"Cookie": cookie, "Origin": front.url}))
    await socket.write_message(json.dumps({"op": "ping"}))
    assert json.loads(await socket.read_message() or "")["op"] == "pong"
    return socket


def test_websockets_reach_both_processes_through_nginx(front: Front) -> None:
    async def open_many() -> dict[str, float]:
        async with httpx.AsyncClient(base_url=front.url, trust_env=False) as client:
            await client.get(f"{API}/session")
            sockets = [await _socket(front, dict(client.cookies)) for _ in range(8)]
            counts = {}
            for name, port in front.ports.items():
                metrics = (await client.get(f"http://127.0.0.1:{port}/metrics")).text
                line = next(one for one in metrics.splitlines() if one.startswith("ihome_websockets "))
                counts[name] = float(line.split()[1])
            for socket in sockets:
                socket.close()
                assert await socket.read_message() is None  # closed, before the loop is gone
        return counts

    counts = asyncio.run(open_many())

    assert sum(counts.values()) >= 8
    assert min(counts.values()) > 0


def test_a_rolling_restart_fails_no_request(front: Front) -> None:
    async def restart_under_load() -> Counter[tuple[str, int]]:
        answers: Counter[tuple[str, int]] = Counter()
        done = asyncio.Event()

        async def call(client: httpx.AsyncClient, method: str, path: str) -> None:
            while not done.is_set():
                headers = {"X-CSRFToken": client.cookies["csrf_token"]}
                answer = await client.request(
                    method, path, json={} if method == "POST" else None, headers=headers
                )
                answers[method, answer.status_code] += 1
                await asyncio.sleep(0.01)

        async with httpx.AsyncClient(base_url=front.url, trust_env=False, timeout=20) as client:
            await client.get(f"{API}/session")
            calls = [("GET", f"{API}/areas"), ("POST", f"{API}/sessions")] * 4
            callers = [asyncio.create_task(call(client, *one)) for one in calls]
            for name in front.ports:
                await asyncio.to_thread(front.stack.stop, name, signal.SIGTERM)
                await asyncio.to_thread(front.start_web, name)
            done.set()
            await asyncio.gather(*callers)
        return answers

    answers = asyncio.run(restart_under_load())

    assert set(answers) == {("GET", 200), ("POST", 422)}
    assert min(answers.values()) > 100


def test_a_process_that_answers_nobody_is_noticed(front: Front) -> None:
    # the control of the test above: with both processes gone there is nothing to fall back to
    for name in front.ports:
        front.stack.stop(name)
    try:
        with httpx.Client(base_url=front.url, trust_env=False) as client:
            client.get("/calendars/7-not-to-be-seen.ics")
            status = client.get(f"{API}/areas").status_code
            complaints = front.error_log.read_text("utf-8")
    finally:
        for name in front.ports:
            front.start_web(name)

    assert status == 502
    assert f"{API}/areas" in complaints  # nginx complains before it answers
    assert "not-to-be-seen" not in complaints


def test_nginx_lets_a_kept_connection_go_before_the_site_does() -> None:
    written = re.search(r"upstream ihome \{[^}]*keepalive_timeout (\d+)s;", CONFIGURATION.read_text("utf-8"))
    server = make_server(Application())

    assert written
    assert int(written[1]) < server.conn_params.header_timeout


def test_nginx_accepts_the_whole_file_with_a_certificate(tmp_path: Path) -> None:
    # given: all of the file but for ports and folders, and a certificate that nobody trusts
    write_certificate(tmp_path / "fullchain.pem", tmp_path / "privkey.pem")
    text = CONFIGURATION.read_text("utf-8").replace("/etc/ssl/ihome", str(tmp_path))
    path = tmp_path / "nginx.conf"
    path.write_text(whole(moved(text, free_port(), [8000, 8010], tmp_path), tmp_path), "utf-8")

    looked = subprocess.run(
        (nginx_program(), "-e", f"{tmp_path}/error.log", "-t", "-c", str(path)),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert looked.returncode == 0, looked.stderr
    assert "test is successful" in looked.stderr


def write_certificate(certificate: Path, private_key: Path) -> None:
    """One for ihome.example, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "ihome.example")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    private_key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
