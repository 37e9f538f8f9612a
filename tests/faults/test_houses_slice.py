"""Parts die while houses are published and looked at: reads go on, and nothing points to nothing."""

from __future__ import annotations

import asyncio
import hashlib
import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pymysql
import pytest

from server.clock import SystemClock
from server.identities import repository as identities_repository
from server.local.state import DATABASE
from server.nights.model import today_at
from server.photos.model import MAX_PHOTOS
from server.services import open_services
from tests.houses import FIELDS, insert_user, png
from tests.visitor import API

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.stack import Stack

HEAL_SECONDS = 25
AT_ONCE = 60


@dataclass(frozen=True)
class Host:
    """A verified host with a house that is online, on the site as it is now."""

    stack: Stack
    http: httpx.Client
    house_id: int

    @property
    def path(self) -> str:
        """The house in the API."""
        return f"{API}/houses/{self.house_id}"

    def edit(self, title: str) -> httpx.Response:
        """Write another title."""
        return self.http.put(self.path, json={**FIELDS, "title": title})

    def upload(self, content: bytes) -> httpx.Response:
        """Add a picture."""
        return self.http.post(f"{self.path}/images", files={"house_image": ("room.png", content)})

    def photos(self) -> list[dict[str, Any]]:
        """The pictures as everybody sees them."""
        return list(httpx.get(f"{self.stack.url}{self.path}", timeout=30).json()["data"]["house"]["images"])

    def stored(self) -> dict[str, list[tuple[Any, ...]]]:
        """What MySQL says of the house and its pictures."""
        return {
            "house": _sql(self.stack, "SELECT title, version FROM houses WHERE id = %s", self.house_id),
            "images": _sql(self.stack, "SELECT id FROM house_images WHERE house_id = %s", self.house_id),
            "tasks": _sql(self.stack, "SELECT COUNT(*) FROM outbox WHERE name = 'photos.variants'"),
        }


@pytest.fixture
def host(broken: Stack) -> Iterator[Host]:
    """A new one for each test; its first picture is ready."""
    with httpx.Client(base_url=broken.url, timeout=30) as client:
        client.cookies.update(asyncio.run(_sign_in_new_host(broken)))
        client.headers["X-CSRFToken"] = client.cookies["csrf_token"]
        house_id = client.post(f"{API}/houses", json=FIELDS).json()["data"]["house_id"]
        host = Host(broken, client, house_id)
        assert host.upload(png()).status_code == 201
        assert client.put(f"{host.path}/status", json={"status": "online"}).status_code == 200
        _until(lambda: all(photo["state"] == "ready" for photo in host.photos()))
        yield host


@pytest.fixture(params=["killed", "stopped"])
def without_redis(request: pytest.FixtureRequest, host: Host) -> Iterator[Host]:
    """Redis is gone, or does not answer; sessions are back afterwards."""
    stack = host.stack
    if request.param == "killed":
        time.sleep(1.2)  # the append-only file is written once a second
        stack.stop("redis", signal.SIGKILL)
    else:
        stack.send("redis", signal.SIGSTOP)
    try:
        yield host
    finally:
        if request.param == "killed":
            stack.start_redis()
        else:
            stack.send("redis", signal.SIGCONT)
        _until(lambda: host.http.get(f"{API}/user/houses").status_code == 200)
        _until(lambda: _is_worked_for(stack))


def test_without_redis_every_public_read_comes_from_mysql_for_strangers_and_for_those_who_had_signed_in(
    without_redis: Host,
) -> None:
    host = without_redis
    _sql(host.stack, "UPDATE houses SET title = '只有 MySQL 知道' WHERE id = %s", host.house_id)

    with httpx.Client(base_url=host.stack.url, timeout=30) as stranger:
        answers = [visitor.get(path) for path in _public_reads(host) for visitor in (stranger, host.http)]

    assert [(answer.url, answer.status_code) for answer in answers if answer.status_code != 200] == []
    assert max(answer.elapsed.total_seconds() for answer in answers) < 1.5  # no client's patience
    _until(lambda: _title(host) == "只有 MySQL 知道", seconds=3)


def test_those_who_had_signed_in_hardly_wait_for_a_redis_that_is_gone(without_redis: Host) -> None:
    host, waits = without_redis, []

    for _ in range(5):
        time.sleep(0.6)  # longer than Redis is left alone after a time-out
        waits.append(host.http.get(host.path).elapsed.total_seconds())

    assert sorted(waits)[2] < 0.6  # connecting takes twice 0.4 s to fail


def test_with_redis_that_change_behind_its_back_is_not_seen(host: Host) -> None:
    """The negative control of the tests above: what they read would have come from the cache."""
    _until(lambda: _is_worked_for(host.stack))
    _title(host)
    _sql(host.stack, "UPDATE houses SET title = '只有 MySQL 知道' WHERE id = %s", host.house_id)

    time.sleep(1.5)  # longer than a process keeps what it has read

    assert _title(host) == FIELDS["title"]


def test_without_redis_nobody_is_known_and_nothing_is_written(without_redis: Host) -> None:
    host = without_redis
    before = host.stored()

    refused = [host.edit("没有写进去"), host.upload(png("red"))]

    assert [(one.status_code, one.json()["errno"]) for one in refused] == [(503, "4001")] * 2
    assert all("Retry-After" in one.headers for one in refused)
    assert host.stored() == before


def test_garbage_in_the_cache_is_a_miss(host: Host) -> None:
    paths = [path for path in _public_reads(host) if path.startswith(API)]
    before = {path: _data(host, path) for path in paths}
    spoilt = _spoil(host.stack)
    time.sleep(1.1)  # what the process has in its own memory is over

    after = {path: _data(host, path) for path in paths}

    assert spoilt
    assert after == before


def test_a_store_that_is_down_refuses_and_nothing_points_to_it(host: Host) -> None:
    media = host.stack.folder.root / "media"
    before = host.stored()
    away = _replace_with_a_file(media)
    try:
        refused = host.upload(png("orange"))
        while_down = host.stored()
    finally:
        media.unlink()
        away.rename(media)

    assert (refused.status_code, refused.json()["errno"]) == (503, "4001")
    assert "Retry-After" in refused.headers
    assert while_down == before
    assert host.upload(png("orange")).status_code == 201
    _expect_stored_pictures(host, 2)


def test_of_many_uploads_at_once_as_many_as_a_house_holds_are_taken_and_stored(host: Host) -> None:
    contents = [png((number * 4, 80, 160), (400, 300)) for number in range(AT_ONCE)]

    with ThreadPoolExecutor(AT_ONCE) as pool:
        statuses = Counter(answer.status_code for answer in pool.map(host.upload, contents))

    assert set(statuses) <= {201, 409, 503}
    assert 0 < statuses[201] <= MAX_PHOTOS - 1
    assert len(host.stored()["images"]) == 1 + statuses[201]
    _expect_stored_pictures(host, 1 + statuses[201])


def test_a_killed_mysql_is_503_and_what_was_acknowledged_is_there_afterwards(host: Host) -> None:
    acknowledged = host.edit("断电前改好的标题")
    host.stack.stop("mariadb", signal.SIGKILL)
    try:
        search = httpx.get(f"{host.stack.url}{API}/houses?{_stay()}", timeout=30)
        write = host.edit("断电时改的标题")
        upload = host.upload(png("purple"))
    finally:
        host.stack.start_mariadb()

    assert acknowledged.status_code == 200
    assert [one.status_code for one in (search, write, upload)] == [503] * 3
    assert all("Retry-After" in one.headers for one in (search, write, upload))
    _until(lambda: host.edit("又能改了").status_code == 200)
    assert _title(host) == "又能改了"
    _expect_stored_pictures(host, 1)
    assert "Traceback" not in host.stack.log("serve")


def test_a_killed_worker_leaves_pictures_to_the_next_one(host: Host) -> None:
    host.stack.stop("worker", signal.SIGKILL)
    uploaded = host.upload(png("teal")).json()["data"]["image"]
    shown = host.photos()
    host.stack.start("worker")

    assert (uploaded["state"], uploaded["variants"]) == ("processing", None)
    assert [photo["state"] for photo in shown] == ["ready", "processing"]
    _expect_stored_pictures(host, 2)


def _is_worked_for(stack: Stack) -> bool:
    """Whether nothing waits for the worker. kombu may end it when the broker goes away while a task runs."""
    stack.revive("worker")
    return _sql(stack, "SELECT COUNT(*) FROM outbox WHERE done_at IS NULL") == [(0,)]


def _public_reads(host: Host) -> list[str]:
    page = f"/house/{host.house_id}"
    lists = [f"{API}/{name}" for name in ("areas", "facilities", "houses", "houses/index")]
    return [*lists, f"{API}/houses?{_stay()}", host.path, f"{host.path}/calendar", "/", "/search.html", page]


def _stay() -> str:
    start = today_at(SystemClock().now()) + timedelta(days=20)
    return f"sd={start}&ed={start + timedelta(days=2)}"


def _data(host: Host, path: str) -> Any:
    answer = httpx.get(host.stack.url + path, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def _title(host: Host) -> str:
    return str(_data(host, host.path)["house"]["title"])


def _spoil(stack: Stack) -> int:
    """Write something else over every cached body; returns how many there were."""
    cache, spoilt = stack.cache(), 0
    for key in cache.scan_iter(match="*"):
        if cache.type(key) == "hash":
            for name in cache.hkeys(key):
                cache.hset(key, name, "{garbage")
                spoilt += 1
    return spoilt


def _replace_with_a_file(folder: Path) -> Path:
    away = folder.with_name("media.away")
    folder.rename(away)
    folder.touch()
    return away


def _expect_stored_pictures(host: Host, count: int) -> None:
    """All are ready, and each address serves the bytes that it names."""
    _until(lambda: [photo["state"] for photo in host.photos()] == ["ready"] * count, seconds=40)
    for photo in host.photos():
        sizes = photo["variants"].values()
        for address in {photo["url"], *(size[kind] for size in sizes for kind in ("webp", "jpeg"))}:
            served = httpx.get(host.stack.url + address, timeout=30)
            assert served.status_code == 200
            assert hashlib.sha256(served.content).hexdigest() == address.rsplit("/", 1)[1].split(".")[0]


def _sql(stack: Stack, statement: str, *arguments: object) -> list[tuple[Any, ...]]:
    socket = str(stack.folder.mysql_socket)
    with (
        pymysql.connect(
            unix_socket=socket, user="root", database=DATABASE, charset="utf8mb4", autocommit=True
        ) as database,
        database.cursor() as cursor,
    ):
        cursor.execute(statement, arguments)
        return list(cursor.fetchall())


def _until(holds: Callable[[], bool], seconds: float = HEAL_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not heal"
        time.sleep(0.1)


async def _sign_in_new_host(stack: Stack) -> dict[str, str]:
    async with open_services(stack.settings) as services:
        user_id = await insert_user(services)
        async with services.database.transaction() as cursor:
            await identities_repository.insert(cursor, user_id, ("sealed", "sealed"), f"{user_id:064}")
        session = await services.sessions.begin(user_id)
        return {"ihome_session": session, "csrf_token": services.sessions.csrf_token(session)}
