"""Calendars over HTTP: import from addresses and files, the task, the live event, and the house's own calendar."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from server.calendars.model import MAX_BYTES, MAX_FEEDS
from server.calendars.reading import Frame, read_calendar
from server.logs import hide_secrets
from server.tasks import SCHEDULE
from tests.houses import publish_online, rows, sign_in_new_host, sign_in_new_user, stored
from tests.houses import upload_calendar as upload
from tests.server.calendars.foreign import calendar_of, foreign
from tests.sockets import Socket
from tests.visitor import API, Visitor

if TYPE_CHECKING:
    from server.services import Services
    from tests.stack import Stack

NewVisitor = Callable[[], Visitor]
pytestmark = pytest.mark.gen_test(timeout=60)


async def begin(new_visitor: NewVisitor) -> tuple[Visitor, str]:
    """A host, and where the calendars of its house are."""
    host = new_visitor()
    await sign_in_new_host(host)
    return host, f"{API}/houses/{await publish_online(host)}/calendars"


def day(visitor: Visitor, number: int) -> date:
    return visitor.services.nights.today + timedelta(days=number)


def span(visitor: Visitor, first: int, end: int) -> tuple[date, date]:
    return day(visitor, first), day(visitor, end)


async def test_a_calendar_is_imported_watched_listed_and_deleted(new_visitor: NewVisitor) -> None:
    host, path = await begin(new_visitor)
    async with foreign(calendar_of(span(host, 3, 5))) as site:
        added = await host.send("POST", path, {"name": "  Airbnb ", "url": site.url})
        state = await host.final_state(added.data["task_id"])
        listed = await host.get(path)
    one = f"{path}/{added.data['calendar_id']}"
    shown = await host.get(one)
    deleted = await host.send("DELETE", one)
    nights = (await host.get(path.removesuffix("s"))).data["nights"]

    assert (added.status, added.data["state"], added.data["name"]) == (201, "waiting", "Airbnb")
    assert added.headers["Location"] == one
    assert shown.data == listed.data["calendars"][0]
    assert state["state"] == "sent"
    [calendar] = listed.data["calendars"]
    assert (calendar["state"], calendar["nights"], calendar["events"], calendar["task_id"]) == (
        "ok",
        2,
        1,
        None,
    )
    assert "0123456789" not in listed.body.decode()
    assert (deleted.status, nights) == (200, [])
    assert (await host.send("DELETE", one)).status == 404


async def test_open_pages_hear_of_a_reading(new_visitor: NewVisitor, close_sockets: None) -> None:
    del close_sockets
    host, path = await begin(new_visitor)
    socket = await Socket.open(host)
    await socket.send(op="hello", last_seq=None)
    await socket.until("ready")
    async with foreign(calendar_of(span(host, 3, 5))) as site:
        added = await host.send("POST", path, {"name": "Airbnb", "url": site.url})
        heard: list[dict[str, Any]] = []
        while not heard or heard[-1]["state"] == "waiting":
            event = await socket.until("event")
            heard += [event] if event["kind"] == "calendar" else []

    assert heard[-1] | {"seq": 0} == {
        "op": "event", "seq": 0, "kind": "calendar", "house_id": int(path.split("/")[4]),
        "calendar_id": added.data["calendar_id"], "state": "ok", "reason": None, "events": 1, "nights": 2,
        "conflicts": 0,
    }  # fmt: skip


async def test_a_failed_reading_says_why_in_plain_words(new_visitor: NewVisitor) -> None:
    host, path = await begin(new_visitor)
    async with foreign(b"<html>") as site:
        added = await host.send("POST", path, {"name": "Airbnb", "url": site.url})
        state = await host.final_state(added.data["task_id"])
        again = await host.send("POST", f"{path}/{added.data['calendar_id']}/sync")
        site.content = calendar_of(span(host, 3, 5))
        later = await host.send("POST", f"{path}/{added.data['calendar_id']}/sync")
        better = await host.final_state(later.data["task_id"])

    assert (state["state"], state["reason"]) == ("failed", "not_a_calendar")
    assert state["detail"] == "内容不是 iCalendar 日历"
    assert (again.status, again.data["calendar_id"]) == (202, added.data["calendar_id"])
    assert better["state"] == "sent"


async def test_name_and_address_change(new_visitor: NewVisitor) -> None:
    host, path = await begin(new_visitor)
    async with (
        foreign(calendar_of(span(host, 3, 5))) as site,
        foreign(calendar_of(span(host, 8, 9))) as other,
    ):
        added = await host.send("POST", path, {"name": "Airbnb", "url": site.url})
        await host.final_state(added.data["task_id"])
        one = f"{path}/{added.data['calendar_id']}"
        renamed = await host.send("PUT", one, {"name": "Booking.com"})
        pointed = await host.send("PUT", one, {"url": other.url.replace("0123", "3210")})
        await host.final_state(pointed.data["task_id"])
        nights = (await host.get(path.removesuffix("s"))).data["nights"]

    assert (renamed.data["name"], renamed.data["state"]) == ("Booking.com", "ok")
    assert [one["night"] for one in nights] == [str(day(host, 8))]
    assert (await host.send("PUT", one, {"name": " "})).fields == {"name": "名称应为 1 到 64 个字"}


async def test_a_file_is_imported_and_replaced(new_visitor: NewVisitor) -> None:
    host, path = await begin(new_visitor)

    first = await upload(host, path, calendar_of(span(host, 3, 5)))
    second = await upload(host, path, calendar_of(span(host, 4, 6)))
    one = f"{path}/{first.data['calendar_id']}"

    assert (first.status, first.data["kind"], first.data["nights"]) == (201, "file", 2)
    assert first.data["calendar_id"] == second.data["calendar_id"]
    assert [one["night"] for one in (await host.get(path.removesuffix("s"))).data["nights"]] == [
        str(day(host, 4)),
        str(day(host, 5)),
    ]
    assert (await host.send("PUT", one, {"url": "https://example.com/"})).fields.keys() == {"url"}


@pytest.mark.parametrize(
    ("content", "name", "status", "field"),
    [
        (b"<html>", "a", 422, "calendar"),
        (b"", "a", 422, "calendar"),
        (calendar_of()[:-9], "a", 422, "calendar"),
        (None, "a", 422, "calendar"),
        (calendar_of(), "", 422, "name"),
        (calendar_of(), None, 422, "name"),
        (calendar_of(), "长" * 65, 422, "name"),
        (calendar_of() + b" " * MAX_BYTES, "a", 422, "calendar"),
        (calendar_of() + b" " * (MAX_BYTES + 40_000), "a", 413, None),
    ],
    ids=["html", "empty", "cut", "no file", "empty name", "no name", "long name", "large", "too large"],
)
async def test_a_file_that_cannot_be_read_is_refused(
    content: bytes | None, name: str | None, status: int, field: str | None, new_visitor: NewVisitor
) -> None:
    host, path = await begin(new_visitor)

    refused = await upload(host, path, content, name)

    assert refused.status == status, refused.body
    assert set(refused.fields) == ({field} if field else set())
    assert (await host.get(path)).data == {"calendars": []}


@pytest.mark.parametrize(
    "url",
    [
        "", "x", "ftp://example.com/a.ics", "javascript:alert(1)", "https://", "https://user:pw@127.0.0.1/a.ics",
        "http://10.0.0.1/a.ics", "http://169.254.169.254/latest/meta-data", "webcal://192.168.1.1/a.ics",
        "http://[fd00::1]/a.ics", "http://0x7f000001.example.invalid/", "file:///etc/passwd", "https://\u4f60 .cn/",
    ],
)  # fmt: skip
async def test_an_address_that_nobody_should_be_sent_to_is_refused(url: str, new_visitor: NewVisitor) -> None:
    host, path = await begin(new_visitor)

    refused = await host.send("POST", path, {"name": "Airbnb", "url": url})

    assert (refused.status, set(refused.fields)) == (422, {"url"}), refused.body


async def test_a_house_has_so_many_calendars_and_each_its_own_name(new_visitor: NewVisitor) -> None:
    host, path = await begin(new_visitor)
    for number in range(MAX_FEEDS):
        assert (await upload(host, path, calendar_of(), f"file {number}")).status == 201

    too_many = await upload(host, path, calendar_of(), "one more")
    async with foreign(calendar_of()) as site:
        calendar_id = (await host.get(path)).data["calendars"][0]["calendar_id"]
        await host.send("DELETE", f"{path}/{calendar_id}")
        same_name = await host.send("POST", path, {"name": "file 1", "url": site.url})
        renamed = await host.send("PUT", f"{path}/{calendar_id + 1}", {"name": "file 2"})
        added = await host.send("POST", path, {"name": "address", "url": site.url})
        file_of_its_name = await upload(host, path, calendar_of(), "address")

    assert (too_many.status, same_name.status, renamed.status) == (409, 409, 409)
    assert set(same_name.fields) == set(renamed.fields) == {"name"}
    assert (added.status, file_of_its_name.status) == (201, 409)


async def test_calendars_of_others_are_not_there(new_visitor: NewVisitor) -> None:
    host, path = await begin(new_visitor)
    added = await upload(host, path, calendar_of(span(host, 3, 5)))
    other, other_path = await begin(new_visitor)
    one = added.data["calendar_id"]
    body = {"name": "x", "url": "https://example.com/"}

    answers = [
        await other.get(path),
        await other.send("POST", path, body),
        await upload(other, path, calendar_of()),
        await other.get(f"{path}/{one}"),
        await other.get(f"{other_path}/{one}"),
        await other.send("PUT", f"{path}/{one}", {"name": "x"}),
        await other.send("PUT", f"{other_path}/{one}", {"name": "x"}),
        await other.send("DELETE", f"{path}/{one}"),
        await other.send("DELETE", f"{other_path}/{one}"),
        await other.send("POST", f"{path}/{one}/sync"),
        await other.send("POST", f"{other_path}/{one}/sync"),
        await other.get(f"{path}/export"),
        await other.send("POST", f"{path}/export"),
        await other.send("DELETE", f"{path}/export"),
    ]

    assert [answer.status for answer in answers] == [404] * len(answers)
    assert {answer.errno for answer in answers} == {"4002"}
    assert len((await host.get(path)).data["calendars"]) == 1


async def test_a_request_that_comes_twice_adds_one_calendar(new_visitor: NewVisitor) -> None:
    host, path = await begin(new_visitor)
    async with foreign(calendar_of()) as site:
        headers = {"Idempotency-Key": "one", "Content-Type": "application/json"}
        body = json.dumps({"name": "Airbnb", "url": site.url}).encode()
        first, second = [await host.call("POST", path, body, headers) for _ in range(2)]
        other = await host.call("POST", path, body.replace(b"Airbnb", b"Other"), headers)
    files = [await upload(host, path, calendar_of(), "file", key="two") for _ in range(2)]
    addresses = [
        await host.call("POST", f"{path}/export", b"", {"Idempotency-Key": "three"}) for _ in range(2)
    ]

    assert first.data == second.data
    assert other.status == 422
    assert files[0].data == files[1].data
    assert addresses[0].data == addresses[1].data
    assert len((await host.get(path)).data["calendars"]) == 2
    kept = await rows(host.services, "SELECT answer FROM idempotency")
    assert "0123456789abcdef" not in repr(kept)
    assert addresses[0].data["url"].rpartition("-")[2] not in repr(kept)


async def export_of(host: Visitor, path: str) -> str:
    """The path of a house's calendar."""
    made = await host.send("POST", f"{path}/export")
    assert made.status == 201, made.body
    return str(made.data["url"]).removeprefix(host.services.settings.public_url)


async def test_other_sites_read_a_houses_calendar_by_its_secret_address(new_visitor: NewVisitor) -> None:
    host, path = await begin(new_visitor)
    guest = new_visitor()
    await sign_in_new_user(guest)
    house_id = int(path.split("/")[4])
    stay = {"start_date": str(day(host, 5)), "end_date": str(day(host, 7))}
    placed = await guest.send("POST", f"{API}/orders", {"house_id": house_id, "guests": 1, **stay})
    block = {"start_date": str(day(host, 10)), "end_date": str(day(host, 12))}
    await host.send("POST", f"{API}/houses/{house_id}/blocks", block)
    await upload(host, path, calendar_of(span(host, 20, 22)))
    address = await export_of(host, path)

    read = await new_visitor().get(address)
    seen = read_calendar(read.body, Frame(0, "other.example", day(host, 0)))

    assert (read.status, read.headers["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert read.headers["Cache-Control"].startswith("private")
    assert sorted((one.first, one.end) for one in seen.events.values()) == [
        span(host, 5, 7),
        span(host, 10, 12),
    ]
    text = read.body.decode().replace("\r\n ", "")
    assert f"order-{placed.data['order']['number']}@" in text
    assert {line for line in text.split("\r\n") if line.startswith("SUMMARY")} == {
        "SUMMARY:已预订 (iHome)",
        "SUMMARY:不可预订",
    }
    [name] = await rows(host.services, "SELECT name FROM users ORDER BY id DESC LIMIT 1")
    assert name["name"] not in text


async def test_an_unchanged_calendar_is_not_sent_again(new_visitor: NewVisitor) -> None:
    host, path = await begin(new_visitor)
    address = await export_of(host, path)
    reader = new_visitor()

    first = await reader.get(address)
    again = await reader.get(address, **{"If-None-Match": first.headers["Etag"]})
    head = await reader.call("HEAD", address)
    block = {"start_date": str(day(host, 10)), "end_date": str(day(host, 12))}
    await host.send("POST", path.replace("/calendars", "/blocks"), block)
    changed = await reader.get(address, **{"If-None-Match": first.headers["Etag"]})

    assert (again.status, again.body) == (304, b"")
    assert (head.status, head.body, head.headers["Etag"]) == (200, b"", first.headers["Etag"])
    assert changed.status == 200


async def test_a_new_address_ends_the_one_before_and_none_ends_both(new_visitor: NewVisitor) -> None:
    host, path = await begin(new_visitor)
    reader = new_visitor()
    before = (await host.get(f"{path}/export")).data
    first, second = await export_of(host, path), await export_of(host, path)
    shown = (await host.get(f"{path}/export")).data["url"]

    statuses = [(await reader.get(address)).status for address in (first, second)]
    ended = await host.send("DELETE", f"{path}/export")
    third = await export_of(host, path) if (await reader.get(second)).status == 404 else ""

    assert before == {"url": None}
    assert shown.endswith(second)
    assert statuses == [404, 200]
    assert ended.data == {"url": None}
    assert (await reader.get(third)).status == 200
    assert len({first, second, third}) == 3


@pytest.mark.parametrize("change", ["", "0-", "-", "9" * 30 + "-"])
async def test_a_guessed_address_is_not_there(change: str, new_visitor: NewVisitor) -> None:
    host, path = await begin(new_visitor)
    address = await export_of(host, path)
    house, _, digest = address.removeprefix("/calendars/").removesuffix(".ics").partition("-")
    wrong = f"{house}-{'0' * 40}" if change == "" else change + digest

    answers = [
        await new_visitor().get(f"/calendars/{guess}.ics") for guess in (wrong, f"{house}-{digest[:-1]}")
    ]

    assert [answer.status for answer in answers] == [404, 404]


def test_no_log_line_has_a_calendars_address() -> None:
    path = f"/calendars/7-{'0123456789' * 4}.ics"

    assert hide_secrets(None, "", {"event": "request", "path": path})["path"] == "/calendars/7-***.ics"


async def test_addresses_are_compared_in_constant_time(
    new_visitor: NewVisitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    host, path = await begin(new_visitor)
    address = await export_of(host, path)
    compared: list[int] = []
    real = hmac.compare_digest
    monkeypatch.setattr(hmac, "compare_digest", lambda a, b: compared.append(len(a)) or real(a, b))

    await new_visitor().get(address)

    assert 40 in compared


async def test_a_due_calendar_is_read_by_the_worker(
    new_visitor: NewVisitor, services: Services, stack: Stack
) -> None:
    host, path = await begin(new_visitor)
    async with foreign(calendar_of(span(host, 3, 5))) as site:
        added = await host.send("POST", path, {"name": "Airbnb", "url": site.url})
        await host.final_state(added.data["task_id"])
        site.content = calendar_of(span(host, 3, 6))
        await rows(
            services, "UPDATE calendar_feeds SET next_at = NOW(6) WHERE id = %s", added.data["calendar_id"]
        )
        house_id = int(path.split("/")[4])
        version = await services.nights.version(None, house_id)
        swept = await services.calendar_sync.sweep()
        heard = await host.get(f"{API}/live/houses/{house_id}?after={version}&wait=20")
        [calendar] = (await host.get(path)).data["calendars"]

    assert swept["queued"] >= 1
    assert "0123456789abcdef" not in stack.log("worker")
    assert heard.data["version"] == version + 1
    assert (calendar["nights"], calendar["state"]) == (3, "ok")
    assert SCHEDULE["calendars"]["task"] == "calendars.sweep"


async def test_guests_and_a_calendar_that_want_the_same_nights_never_both_get_them(
    new_visitor: NewVisitor, services: Services
) -> None:
    host, path = await begin(new_visitor)
    house_id = int(path.split("/")[4])
    guests = [new_visitor() for _ in range(6)]
    for guest in guests:
        await sign_in_new_user(guest)
    async with foreign(calendar_of()) as site:
        added = await host.send("POST", path, {"name": "Airbnb", "url": site.url})
        await host.final_state(added.data["task_id"])
        for number in range(6):
            first = 5 + 4 * number
            site.content = calendar_of(span(host, first, first + 3))
            stay = {"start_date": str(day(host, first + 1)), "end_date": str(day(host, first + 4))}
            body = {"house_id": house_id, "guests": 1, **stay}
            asked, *answers = await asyncio.gather(
                host.send("POST", f"{path}/{added.data['calendar_id']}/sync"),
                *(guest.send("POST", f"{API}/orders", body) for guest in guests),
            )
            assert (await host.final_state(asked.data["task_id"]))["state"] == "sent"
            statuses = sorted(answer.status for answer in answers)
            assert statuses in ([201, *[409] * 5], [409] * 6)
            kinds = await rows(
                services,
                "SELECT kind, COUNT(*) AS nights FROM house_nights WHERE house_id = %s AND night >= %s AND night < %s"
                " GROUP BY kind",
                house_id,
                day(host, first),
                day(host, first + 4),
            )
            booked = statuses[0] == 201
            assert {one["kind"]: one["nights"] for one in kinds} == (
                {"ical": 1, "order": 3} if booked else {"ical": 3}
            )


async def test_a_deleted_house_leaves_no_calendar(new_visitor: NewVisitor, services: Services) -> None:
    host, path = await begin(new_visitor)
    address = await export_of(host, path)
    added = await upload(host, path, calendar_of(span(host, 3, 5)))
    house_id = int(path.split("/")[4])
    deleted = await host.send("DELETE", f"{API}/houses/{house_id}")

    assert deleted.status == 200
    assert not any((await stored(services, house_id)).values())
    assert (
        await rows(services, "SELECT * FROM calendar_events WHERE feed_id = %s", added.data["calendar_id"])
        == []
    )
    assert (await new_visitor().get(address)).status == 404


async def test_signed_out_visitors_have_no_calendars(new_visitor: NewVisitor) -> None:
    _, path = await begin(new_visitor)

    assert (await new_visitor().get(path)).status == 401
    assert (await new_visitor().get(f"{path}/export")).status == 401
