"""Requests to strangers: pinned to the address that was checked, bounded in time and size, redirects not followed."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import TYPE_CHECKING

import pytest

from server.outgoing import service
from server.outgoing.model import (
    BadCertificate,
    NotPublic,
    OutgoingRefused,
    Reach,
    TookTooLong,
    UnknownName,
    Unreachable,
)
from server.outgoing.service import Outgoing, Reply, Request, open_client, system_resolver
from server.workers import Workers
from tests.server.outgoing.strangers import Names, answering, authority, stranger

if TYPE_CHECKING:
    import ssl
    from pathlib import Path

pytestmark = pytest.mark.gen_test(timeout=30)


async def fetch(
    url: str, names: Names, reach: Reach = Reach.LOOPBACK, trust: ssl.SSLContext | None = None, **request
) -> Reply:
    async with open_client(trust) as client:
        return await Outgoing(client, names, reach).fetch(url, Request(**request))


async def reason(url: str, names: Names, reach: Reach = Reach.PUBLIC) -> str:
    with pytest.raises(OutgoingRefused) as refusal:
        await fetch(url, names, reach)
    return refusal.value.reason


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["::1"],
        ["169.254.169.254"],
        ["10.0.0.7"],
        ["100.100.100.200"],
        ["::ffff:10.0.0.7"],
        ["fd00:ec2::254"],
        ["64:ff9b::a9fe:a9fe"],
        ["2002:a9fe:a9fe::"],
        ["8.8.8.8", "10.0.0.7"],
        ["10.0.0.7", "8.8.8.8"],
        ["8.8.8.8", "2606:4700::1111", "9.9.9.9", "1.1.1.1", "::1"],
    ],
)
async def test_a_name_with_one_address_that_is_not_public_is_refused(addresses: list[str]) -> None:
    names = Names(hooks_example_com=[addresses])

    assert await reason("https://hooks.example.com/", names) == "not_public"
    assert names.asked == ["hooks.example.com"]


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "[::1]", "169.254.169.254", "[::ffff:127.0.0.1]", "①②⑦.0.0.1", "0.0.0.0"]
)
async def test_an_address_that_is_not_public_is_refused_without_asking_for_a_name(host: str) -> None:
    names = Names()

    assert await reason(f"https://{host}/", names) == "not_public"
    assert names.asked == []


async def test_a_name_without_an_address_is_unknown() -> None:
    assert await reason("https://hooks.example.com/", Names()) == "unknown_name"


async def test_checking_asks_and_sends_nothing() -> None:
    heard: list[bytes] = []
    names = Names(hooks_example_com=[["127.0.0.1"]])

    async with stranger(answering(heard=heard)) as port, open_client() as client:
        target = await Outgoing(client, names, Reach.LOOPBACK).check(f"http://hooks.example.com:{port}/a")
        with pytest.raises(NotPublic):
            await Outgoing(client, names, Reach.PUBLIC).check("https://hooks.example.com/a")
        with pytest.raises(UnknownName):
            await Outgoing(client, Names(), Reach.PUBLIC).check("https://hooks.example.com/a")

    assert target.authority == f"hooks.example.com:{port}"
    assert heard == []


async def test_a_name_that_leads_elsewhere_a_moment_later_is_not_asked_twice() -> None:
    heard: list[bytes] = []
    names = Names(hooks_example_com=[["127.0.0.1"], ["10.0.0.7"]])

    async with stranger(answering(heard=heard)) as port:
        reply = await fetch(f"http://hooks.example.com:{port}/hook?a=1", names, method="POST", content=b"{}")

    assert (reply.status, reply.content, reply.is_whole) == (200, b"ok", True)
    assert names.asked == ["hooks.example.com"]
    head = heard[0].split(b"\r\n")
    assert head[0] == b"POST /hook?a=1 HTTP/1.1"
    assert f"Host: hooks.example.com:{port}".encode() in head


async def test_the_next_request_is_checked_anew() -> None:
    names = Names(hooks_example_com=[["127.0.0.1"], ["10.0.0.7"]])

    async with stranger(answering()) as port, open_client() as client:
        outgoing = Outgoing(client, names, Reach.LOOPBACK)
        await outgoing.fetch(f"http://hooks.example.com:{port}/", Request())
        with pytest.raises(NotPublic):
            await outgoing.fetch(f"http://hooks.example.com:{port}/", Request())


async def test_the_certificate_must_be_the_names(tmp_path: Path) -> None:
    shown, trust = authority(tmp_path, "hooks.example.com")
    seen: list[str | None] = []
    shown.sni_callback = lambda _socket, name, _context: seen.append(name)
    names = Names(hooks_example_com=[["127.0.0.1"]], other_example_com=[["127.0.0.1"]])

    async with stranger(answering(), tls=shown) as port:
        reply = await fetch(f"https://hooks.example.com:{port}/", names, trust=trust)
        with pytest.raises(BadCertificate):
            await fetch(f"https://other.example.com:{port}/", names, trust=trust)
        with pytest.raises(BadCertificate):
            await fetch(f"https://hooks.example.com:{port}/", names)

    assert reply.status == 200
    assert seen == ["hooks.example.com", "other.example.com", "hooks.example.com"]


async def test_a_redirect_comes_back_as_it_is() -> None:
    heard: list[bytes] = []
    names = Names(hooks_example_com=[["127.0.0.1"]])

    async with stranger(answering(heard=heard)) as inside:
        away = answering(302, b"", f"Location: http://127.0.0.1:{inside}/secret")
        async with stranger(away) as port:
            reply = await fetch(f"http://hooks.example.com:{port}/", names)

    assert (reply.status, reply.headers["location"]) == (302, f"http://127.0.0.1:{inside}/secret")
    assert heard == []


async def test_a_proxy_of_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[bytes] = []

    async with stranger(answering(heard=heard)) as proxy, stranger(answering(body=b"direct")) as port:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy}")
        reply = await fetch(f"http://hooks.example.com:{port}/", Names(hooks_example_com=[["127.0.0.1"]]))

    assert (reply.content, heard) == (b"direct", [])


async def test_a_huge_body_is_read_up_to_what_was_asked_for() -> None:
    sent = 0

    async def flood(_request: bytes, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 X\r\nContent-Length: 1000000000\r\n\r\n")
        while True:
            writer.write(b"x" * 65_536)
            sent += 65_536
            await writer.drain()

    async with stranger(flood) as port:
        reply = await fetch(f"http://127.0.0.1:{port}/", Names(), max_bytes=1000)

    assert (reply.status, reply.content, reply.is_whole) == (200, b"x" * 1000, False)
    assert sent < 50_000_000


async def test_a_packed_body_is_not_unpacked() -> None:
    async with stranger(answering(200, b"\x1f\x8b not gzip", "Content-Encoding: gzip")) as port:
        reply = await fetch(f"http://127.0.0.1:{port}/", Names())

    assert reply.content == b"\x1f\x8b not gzip"


async def test_a_body_that_never_ends_leaves_the_status() -> None:
    async def drip(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 202 X\r\nContent-Length: 100\r\n\r\n")
        while True:
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(0.05)

    async with stranger(drip) as port:
        reply = await fetch(f"http://127.0.0.1:{port}/", Names(), total_seconds=1.0)

    assert (reply.status, reply.is_whole) == (202, False)


async def hang(_request: bytes, _writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(20)


async def reset(_request: bytes, writer: asyncio.StreamWriter) -> None:
    linger = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()


async def babble(_request: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"SSH-2.0-OpenSSH\r\n")
    await writer.drain()


async def endless_head(_request: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 X\r\n")
    while True:
        writer.write(b"X-Filler: " + b"x" * 8000 + b"\r\n")
        await writer.drain()


@pytest.mark.parametrize(
    ("behave", "refusal"),
    [(hang, TookTooLong), (reset, Unreachable), (babble, Unreachable), (endless_head, Unreachable)],
)
async def test_a_server_that_does_not_answer_is_given_up(behave, refusal: type[OutgoingRefused]) -> None:
    async with stranger(behave) as port:
        with pytest.raises(refusal):
            await fetch(f"http://127.0.0.1:{port}/", Names(), total_seconds=1.0)


async def test_a_closed_port_is_unreachable_and_the_next_address_is_tried() -> None:
    names = Names(hooks_example_com=[["127.0.0.2", "127.0.0.1"]])

    async with stranger(answering()) as port:
        reply = await fetch(f"http://hooks.example.com:{port}/", names)
        with pytest.raises(Unreachable):
            await fetch(f"http://127.0.0.2:{port}/", Names())

    assert reply.status == 200


async def test_a_request_that_was_sent_is_not_sent_to_the_next_address() -> None:
    heard: list[bytes] = []

    async def note_and_reset(request: bytes, writer: asyncio.StreamWriter) -> None:
        heard.append(request)
        await reset(request, writer)

    async with stranger(note_and_reset, "0.0.0.0") as port:
        names = Names(hooks_example_com=[["127.0.0.1", "127.0.0.2"]])
        with pytest.raises(Unreachable):
            await fetch(f"http://hooks.example.com:{port}/", names, method="POST", content=b"{}")

    assert len(heard) == 1


async def test_a_resolver_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    woken = asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow(*_args: object, **_more: object) -> list[object]:
        asyncio.run_coroutine_threadsafe(woken.wait(), loop).result(10)
        return []

    monkeypatch.setattr(service.socket, "getaddrinfo", slow)
    monkeypatch.setattr(service, "RESOLVE_SECONDS", 0.2)
    workers = Workers({"names": 1})

    assert await system_resolver(workers)("hooks.example.com") == []

    woken.set()
    await workers.close()


async def test_the_machines_resolver_finds_this_machine_and_no_invented_name() -> None:
    workers = Workers({"names": 2})
    resolve = system_resolver(workers)

    assert {str(address) for address in await resolve("localhost")} <= {"127.0.0.1", "::1"}
    assert await resolve("localhost")
    assert await resolve("nobody.invalid") == []
    assert await resolve("a" * 300) == []
    await workers.close()
