"""House pictures over HTTP, with the real worker making their sizes."""

from __future__ import annotations

import asyncio
import errno
import shutil
import signal
import uuid
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from tornado.httpclient import AsyncHTTPClient

from server.media.model import MAX_FILE_BYTES
from server.photos.service import MAX_PUBLICATIONS
from tests.houses import add_picture, png, publish, put_online, sign_in_new_host
from tests.visitor import API, Answer, Visitor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.stack import Stack

pytestmark = pytest.mark.gen_test(timeout=60)


@pytest.fixture
def host(io_loop: Any, visitor: Visitor) -> Visitor:
    """A signed-in host."""
    io_loop.run_sync(lambda: sign_in_new_host(visitor))
    return visitor


async def test_a_picture_is_there_at_once_and_its_sizes_follow(host: Visitor) -> None:
    house_id = await publish(host)

    added = await add_picture(host, house_id, png(size=(1500, 1000)))
    shown = await host.get(added.data["image_url"])
    end = await host.final_state(added.data["task_id"])
    [image] = await images(host, house_id)

    assert (added.status, set(added.data)) == (201, {"image_id", "image_url", "task_id", "image"})
    assert (added.data["image"]["state"], added.data["image"]["variants"]) == ("processing", None)
    assert added.data["image"]["task_id"] == added.data["task_id"]
    assert (shown.status, shown.headers["Content-Type"]) == (200, "image/webp")
    assert (end["state"], end["reason"], end["detail"]) == ("sent", None, None)
    assert (image["image_id"], image["state"], image["url"]) == (
        added.data["image_id"], "ready", added.data["image_url"],
    )  # fmt: skip
    assert {name: size["width"] for name, size in image["variants"].items()} == {
        "card": 480, "gallery": 1024, "full": 1500,
    }  # fmt: skip
    for size in image["variants"].values():
        webp, jpeg = await host.get(size["webp"]), await host.get(size["jpeg"])
        assert (webp.headers["Content-Type"], jpeg.headers["Content-Type"]) == ("image/webp", "image/jpeg")


async def test_the_owners_other_pages_hear_of_each_picture_and_its_sizes(host: Visitor) -> None:
    house_id = await publish(host)
    before = (await host.get(f"{API}/live/events?after=0")).data["seq"]
    added = await add_picture(host, house_id)
    await host.final_state(added.data["task_id"])

    events: list[dict[str, Any]] = []
    while len(events) < 2:
        answer = await host.get(f"{API}/live/events?after={before + len(events)}&wait=20")
        events += answer.data["events"]

    assert [(event["kind"], event["house_id"], event["images"]) for event in events] == [
        ("house", house_id, 1)
    ] * 2


async def test_only_the_session_that_uploaded_follows_the_task(
    host: Visitor, new_visitor: Callable[[], Visitor]
) -> None:
    stranger = new_visitor()
    await sign_in_new_host(stranger)
    added = await add_picture(host, await publish(host))

    assert (await stranger.get(f"{API}/tasks/{added.data['task_id']}")).status == 404
    assert (await host.get(f"{API}/tasks/{added.data['task_id']}")).status == 200


async def test_pictures_are_changed_by_their_owner_alone(
    host: Visitor, new_visitor: Callable[[], Visitor]
) -> None:
    house_id = await publish(host)
    image_id = (await add_picture(host, house_id)).data["image_id"]
    nobody, stranger = await new_visitor().begin(), new_visitor()
    await sign_in_new_host(stranger)

    refusals = [await every_call(one, house_id, image_id) for one in (nobody, stranger)]
    host.cookies["csrf_token"] = "wrong"
    untold = await every_call(host, house_id, image_id)

    assert refusals[0] == [(401, "4101")] * 3
    assert refusals[1] == [(404, "4002")] * 3
    assert untold == [(403, "4201")] * 3
    assert [image["image_id"] for image in await images(host, house_id)] == [image_id]


async def test_a_house_or_picture_that_is_not_there_is_404(host: Visitor) -> None:
    house_id = await publish(host)
    other_id = await publish(host)
    image_id = (await add_picture(host, other_id)).data["image_id"]

    assert await every_call(host, 10**17, image_id) == [(404, "4002")] * 3
    for path in (
        f"{house_id}/images/{image_id}",
        f"{house_id}/images/0",
        "x/images/1",
        f"{house_id}/images/-1",
    ):
        assert (await host.send("DELETE", f"{API}/houses/{path}")).status == 404
    assert (await host.send("DELETE", f"{API}/houses/{'9' * 30}/images/1")).status == 404
    assert len(await images(host, other_id)) == 1


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"<!doctype html><script>alert(1)</script>", 400),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', 400),
        (b"GIF89a" + bytes(50), 400),
        (png()[:-30], 400),
        (png() + bytes(MAX_FILE_BYTES), 413),
    ],
    ids=["html", "svg", "gif", "damaged", "too large"],
)
async def test_a_file_that_lies_about_itself_is_refused_beside_its_field(
    host: Visitor, content: bytes, status: int
) -> None:
    house_id = await publish(host)

    answer = await add_picture(host, house_id, content)

    assert (answer.status, answer.errno, answer.fields.keys()) == (status, "4302", {"house_image"})
    assert await images(host, house_id) == []


async def test_a_body_without_a_picture_is_refused(host: Visitor) -> None:
    path = f"{API}/houses/{await publish(host)}/images"

    answers = [
        await host.send("POST", path, {"house_image": "x"}),
        await host.call("POST", path, b"", {"Content-Type": "multipart/form-data; boundary=x"}),
        await host.call("POST", path, b"nonsense", {"Content-Type": "multipart/form-data; boundary=x"}),
        await post_file(host, path, png(), "avatar"),
        await post_file(host, path, b"", "house_image"),
        await host.call("POST", path, bytes(9 * 1024 * 1024), {"Content-Type": "image/png"}),
    ]

    assert [answer.status for answer in answers[:5]] == [415, 400, 400, 422, 400]
    assert (answers[4].errno, answers[4].fields.keys()) == ("4302", {"house_image"})
    assert answers[5].status == 413


async def test_twenty_pictures_are_the_most(host: Visitor) -> None:
    house_id = await publish(host)
    for number in range(20):
        assert (await add_picture(host, house_id, png(f"#0000{number:02x}", (20, 20)))).status == 201

    answer = await add_picture(host, house_id)

    assert (answer.status, answer.errno, answer.fields.keys()) == (409, "4004", {"house_image"})
    assert len(await images(host, house_id)) == 20


async def test_the_first_of_the_order_is_the_cover(host: Visitor) -> None:
    house_id = await publish(host)
    ids = [
        (await add_picture(host, house_id, png(colour))).data["image_id"]
        for colour in ("red", "blue", "lime")
    ]

    answer = await put_order(host, house_id, ids[::-1])

    assert [image["image_id"] for image in answer.data["images"]] == ids[::-1]
    assert [image["image_id"] for image in await images(host, house_id)] == ids[::-1]
    owned = (await host.get(f"{API}/user/houses")).data["houses"][0]
    assert (owned["image"]["image_id"], owned["image_count"]) == (ids[2], 3)
    assert owned["img_url"] == owned["image"]["url"]


@pytest.mark.parametrize(
    "value",
    [None, "1", {}, [None], ["1"], [True], [1.5], [0], [-1], [2**70], [[1]], [1] * 2000, [], [7, 7]],
    ids=lambda value: str(value)[:20],
)
async def test_an_order_that_is_no_list_of_pictures_is_refused(host: Visitor, value: object) -> None:
    house_id = await publish(host)
    await add_picture(host, house_id)

    answer = await put_order(host, house_id, value)

    assert (answer.status, answer.errno) == (422, "4103")
    assert {field.split(".")[0] for field in answer.fields} == {"image_ids"}


async def test_an_order_of_other_pictures_than_the_houses_is_a_conflict(host: Visitor) -> None:
    house_id = await publish(host)
    first, second = [
        (await add_picture(host, house_id, png(colour))).data["image_id"] for colour in ("red", "blue")
    ]
    await host.send("DELETE", f"{API}/houses/{house_id}/images/{first}")

    answer = await put_order(host, house_id, [second, first])

    assert (answer.status, answer.errno, answer.fields.keys()) == (409, "4004", {"image_ids"})


async def test_a_deleted_picture_is_gone_and_the_last_of_an_online_house_stays(host: Visitor) -> None:
    house_id = await publish(host)
    await put_online(host, house_id)
    extra = (await add_picture(host, house_id, png("red"))).data["image_id"]
    [first, _] = await images(host, house_id)

    deleted = await host.send("DELETE", f"{API}/houses/{house_id}/images/{extra}")
    again = await host.send("DELETE", f"{API}/houses/{house_id}/images/{extra}")
    last = await host.send("DELETE", f"{API}/houses/{house_id}/images/{first['image_id']}")

    assert [image["image_id"] for image in deleted.data["images"]] == [first["image_id"]]
    assert (again.status, again.errno) == (404, "4002")
    assert (last.status, last.errno, last.fields.keys()) == (409, "4004", {"images"})
    assert len(await images(host, house_id)) == 1


async def test_everybody_sees_a_change_of_an_online_houses_pictures_at_once(
    host: Visitor, new_visitor: Callable[[], Visitor]
) -> None:
    house_id = await publish(host)
    await put_online(host, house_id)
    guest = new_visitor()
    [first] = await images(guest, house_id)  # from now on it is cached
    second = (await add_picture(host, house_id, png("red"))).data["image_id"]

    assert [image["image_id"] for image in await images(guest, house_id)] == [first["image_id"], second]
    await put_order(host, house_id, [second, first["image_id"]])
    assert [image["image_id"] for image in await images(guest, house_id)] == [second, first["image_id"]]
    await host.send("DELETE", f"{API}/houses/{house_id}/images/{second}")
    assert [image["image_id"] for image in await images(guest, house_id)] == [first["image_id"]]
    assert "task_id" not in first


async def test_the_same_file_twice_is_one_object_and_outlives_one_deletion(host: Visitor) -> None:
    house_id, other_id = await publish(host), await publish(host)
    content = png("orchid", (90, 70))
    first, second = [(await add_picture(host, one, content)).data for one in (house_id, other_id)]
    for one in (first, second):
        await host.final_state(one["task_id"])

    await host.send("DELETE", f"{API}/houses/{house_id}/images/{first['image_id']}")

    assert first["image_url"] == second["image_url"]
    [left] = await images(host, other_id)
    assert (await host.get(left["url"])).status == 200
    assert await counts(host, left) == {1}


async def test_a_deleted_house_lets_go_of_its_pictures(host: Visitor) -> None:
    house_id = await publish(host)
    added = await add_picture(host, house_id, png("peru", (900, 70)))
    await host.final_state(added.data["task_id"])
    [image] = await images(host, house_id)
    before = await counts(host, image)

    await host.send("DELETE", f"{API}/houses/{house_id}")

    assert (before, await counts(host, image)) == ({1}, {0})


async def test_a_hundred_uploads_at_once_are_taken_or_refused_in_our_words(
    host: Visitor, request: pytest.FixtureRequest
) -> None:
    house_ids = [await publish(host) for _ in range(5)]
    crowd = AsyncHTTPClient(force_instance=True, max_clients=100)
    request.addfinalizer(crowd.close)
    many = Visitor(crowd, host.base_url, host.services, host.cookies)

    answers = await asyncio.gather(
        *(add_picture(many, house_ids[n % 5], png(f"#00{n:02x}ff", (1200, 900))) for n in range(100))
    )

    statuses = Counter(answer.status for answer in answers)
    assert set(statuses) <= {201, 503}
    assert statuses[201] > 0
    for refused in (answer for answer in answers if answer.status == 503):
        assert refused.errno == "4001"
        assert int(refused.headers["Retry-After"]) in {1, 2}  # the pool's queue, or the database's
    taken = {answer.data["image_id"] for answer in answers if answer.status == 201}
    shown = [image for house_id in house_ids for image in await images(host, house_id)]
    assert {image["image_id"] for image in shown} == taken
    assert {(await host.get(image["url"])).status for image in shown} == {200}


async def test_a_store_that_is_down_refuses_uploads_and_nothing_points_to_nothing(
    host: Visitor, stack: Stack
) -> None:
    house_id = await publish(host)
    content = png("tan", (123, 45))

    with store_down(stack):
        refused = await add_picture(host, house_id, content)
        assert await images(host, house_id) == []
    taken = await add_picture(host, house_id, content)

    assert (refused.status, refused.errno) == (503, "4001")
    assert int(refused.headers["Retry-After"]) > 0
    assert taken.status == 201
    assert (await host.get(taken.data["image_url"])).status == 200


@pytest.fixture
def stopped_worker(host: Visitor, stack: Stack) -> Iterator[None]:
    """The worker stands still until the test lets it go on; whatever happens, the next test finds it running."""
    stack.send("worker", signal.SIGSTOP)
    yield
    stack.send("worker", signal.SIGCONT)


@pytest.mark.usefixtures("stopped_worker")
async def test_sizes_wait_for_a_store_that_comes_back(host: Visitor, stack: Stack) -> None:
    house_id = await publish(host)
    added = await add_picture(host, house_id)

    with store_down(stack):
        stack.send("worker", signal.SIGCONT)
        await published(host, added, 2)
    end = await host.final_state(added.data["task_id"])

    assert (end["state"], end["reason"]) == ("sent", None)
    assert [image["state"] for image in await images(host, house_id)] == ["ready"]


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("zh", "图片存储没有响应，暂时只有原图"), ("en", "The picture store does not answer")],
)
@pytest.mark.usefixtures("stopped_worker")
async def test_sizes_that_cannot_be_made_fail_visibly_and_the_picture_stays(
    host: Visitor, stack: Stack, language: str, sentence: str
) -> None:
    host.language = language
    house_id = await publish(host)
    added = await add_picture(host, house_id)
    await published(host, added, 1)
    async with host.services.database.reading() as cursor:
        await cursor.execute(
            "UPDATE outbox SET publications = %s WHERE task_id = %s",
            (MAX_PUBLICATIONS, added.data["task_id"]),
        )

    with store_down(stack):
        stack.send("worker", signal.SIGCONT)
        end = await host.final_state(added.data["task_id"])

    assert (end["state"], end["reason"]) == ("failed", "store_unavailable")
    assert sentence in end["detail"]
    [image] = await images(host, house_id)
    assert (image["state"], image["variants"]) == ("failed", None)
    assert (await host.get(image["url"])).status == 200


@contextmanager
def store_down(stack: Stack) -> Iterator[None]:
    """A file in place of the store's folder."""
    folder = Path(urlsplit(stack.settings.storage.get_secret_value()).path)
    aside = folder.with_name("aside")
    folder.rename(aside)
    while True:
        try:
            folder.write_text("in the way")
        except IsADirectoryError:  # the worker made it anew: it stores what an earlier test left to do
            merge(folder, aside)
        else:
            break
    try:
        yield
    finally:
        folder.unlink()
        put_back(aside, folder)


def put_back(aside: Path, folder: Path) -> None:
    """Give a folder its name again; what somebody stored under it meanwhile is kept."""
    while True:
        try:
            aside.rename(folder)
        except OSError as error:
            if error.errno != errno.ENOTEMPTY:
                raise
            merge(folder, aside)
        else:
            return


def merge(folder: Path, aside: Path) -> None:
    """What is in one folder belongs into the other."""
    shutil.copytree(folder, aside, dirs_exist_ok=True)
    shutil.rmtree(folder)


async def images(visitor: Visitor, house_id: int) -> list[dict[str, Any]]:
    answer = await visitor.get(f"{API}/houses/{house_id}")
    assert answer.status == 200, answer.body
    return list(answer.data["house"]["images"])


async def put_order(visitor: Visitor, house_id: int, image_ids: object) -> Answer:
    return await visitor.send("PUT", f"{API}/houses/{house_id}/images/order", {"image_ids": image_ids})


async def every_call(visitor: Visitor, house_id: int, image_id: int) -> list[tuple[int, str]]:
    """Status and errno of an upload, an order and a deletion."""
    answers = [
        await add_picture(visitor, house_id),
        await put_order(visitor, house_id, [image_id]),
        await visitor.send("DELETE", f"{API}/houses/{house_id}/images/{image_id}"),
    ]
    return [(answer.status, answer.errno) for answer in answers]


async def post_file(visitor: Visitor, path: str, content: bytes, field: str) -> Answer:
    boundary = uuid.uuid4().hex
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"; filename="a.png"\r\n\r\n'
    body = head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
    return await visitor.call(
        "POST", path, body, {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    )


async def counts(visitor: Visitor, image: dict[str, Any]) -> set[int]:
    """How often the objects of a shown picture are held."""
    urls = {image["url"], *(size[kind] for size in image["variants"].values() for kind in ("webp", "jpeg"))}
    digests = [url.rsplit("/", 1)[1].split(".")[0] for url in urls]
    async with visitor.services.database.reading() as cursor:
        marks = ",".join(["%s"] * len(digests))
        await cursor.execute(f"SELECT ref_count FROM objects WHERE sha256 IN ({marks})", digests)
        return {row["ref_count"] for row in await cursor.fetchall()}


async def published(visitor: Visitor, added: Answer, times: int) -> None:
    """Wait until the task of a picture was handed to the worker so often."""
    for _ in range(200):
        async with visitor.services.database.reading() as cursor:
            await cursor.execute(
                "SELECT publications FROM outbox WHERE task_id = %s", (added.data["task_id"],)
            )
            row = await cursor.fetchone()
        assert row is not None
        if row["publications"] >= times:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the task was not published")
