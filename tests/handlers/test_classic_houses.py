"""Houses on the classic prefix: published in strings, seen once they have a picture, found, shown."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from server.clock import SystemClock
from server.nights.model import today_at
from tests.classic import FORM, HOUSE, Front
from tests.houses import (
    insert_user,
    png,
    rows,
    sign_in_again,
    sign_in_new_host,
    sign_in_new_user,
    take_nights,
)
from tests.visitor import API, Visitor

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.gen_test(timeout=60)
SCRIPT = "<script>alert(1)</script>"
SUMMARY = {
    "house_id", "title", "price", "area_name", "img_url", "room_count", "order_count", "address", "user_avatar",
    "ctime",
}  # fmt: skip
HOUSE_FIELDS = {
    "hid", "user_id", "user_name", "user_avatar", "title", "price", "address", "room_count", "acreage", "unit",
    "capacity", "beds", "deposit", "min_days", "max_days", "img_urls", "facilities", "comments",
}  # fmt: skip


@pytest.fixture
def host(io_loop: Any, new_visitor: Callable[[], Visitor]) -> Front:
    """A page of a host who passed the real-name check."""
    front = Front(new_visitor())
    io_loop.run_sync(lambda: sign_in_new_host(front.visitor))
    return front


@pytest.fixture
def guest(io_loop: Any, new_visitor: Callable[[], Visitor]) -> Front:
    """A page of nobody in particular."""
    return io_loop.run_sync(lambda: Front(new_visitor()).open())


def day(number: int) -> str:
    """A date so many days from today at the houses."""
    return (today_at(SystemClock().now()) + timedelta(days=number)).isoformat()


async def test_areas_are_a_list_of_ids_and_names(guest: Front) -> None:
    areas = (await guest.get("/areas")).data

    assert areas[0] == {"aid": 1, "aname": "东城区"}
    assert len(areas) == 16


async def test_a_house_is_published_in_strings_and_seen_with_its_first_picture(
    host: Front, guest: Front
) -> None:
    house_id = await host.publish()

    before = await guest.get(f"/houses/{house_id}")
    uploaded = await host.upload("/houses/image", "house_image", house_id=house_id)
    after = await guest.get(f"/houses/{house_id}")

    assert before.errno == "4002"
    house = after.data["house"]
    assert after.data["user_id"] == -1
    assert set(house) == HOUSE_FIELDS
    assert (house["hid"], house["price"], house["deposit"]) == (house_id, 10_000, 5_050)
    assert (house["facilities"], house["min_days"], house["max_days"]) == ([7, 8], 1, 0)
    assert house["img_urls"] == [uploaded.data["image_url"]]
    assert (await guest.visitor.get(house["img_urls"][0])).status == 200


async def test_the_viewer_of_a_house_is_told_apart_from_its_host(host: Front, guest: Front) -> None:
    house_id = await host.publish_online()
    viewer_id = await sign_in_new_user(guest.visitor)

    own = (await host.get(f"/houses/{house_id}")).data
    other = (await guest.get(f"/houses/{house_id}")).data

    assert own["user_id"] == own["house"]["user_id"]
    assert other["user_id"] == viewer_id != other["house"]["user_id"]


@pytest.mark.parametrize(
    "facility",
    [["7", "8"], [7, 8], "7,8", "7", [], None],
    ids=["texts", "numbers", "commas", "one", "none", "null"],
)
async def test_facilities_come_in_many_ways(host: Front, facility: Any) -> None:
    house_id = await host.publish(facility=facility)

    kept = (await host.get(f"/houses/{house_id}")).data["house"]["facilities"]
    assert kept == {"7": [7], "7,8": [7, 8]}.get(str(facility), [7, 8] if facility else [])


@pytest.mark.parametrize("name", ["facility", "facility[]"])
async def test_a_form_repeats_the_name_of_a_list(host: Front, name: str) -> None:
    fields = {**{key: value for key, value in HOUSE.items() if key != "facility"}, name: ["7", "8"]}

    published = await host.form("POST", "/houses/info", fields)
    sloppy = await host.json("POST", "/houses/info", HOUSE, FORM)

    house_ids = [answer.data["house_id"] for answer in (published, sloppy)]
    houses = [(await host.get(f"/houses/{house_id}")).data["house"] for house_id in house_ids]
    assert [house["facilities"] for house in houses] == [[7, 8], [7, 8]]


async def test_what_is_left_empty_has_its_usual_value_or_is_asked_for(host: Front) -> None:
    usual = await host.publish(deposit="", min_days="", max_days="", house_id="")

    missing = await host.json("POST", "/houses/info", {**HOUSE, "price": ""})

    house = (await host.get(f"/houses/{usual}")).data["house"]
    assert (house["deposit"], house["min_days"], house["max_days"]) == (0, 1, 0)
    assert (missing.errno, missing.json["errmsg"]) == ("4103", "price: 请填写这一项")


@pytest.mark.parametrize(
    "changes",
    [
        {"price": "-1"}, {"price": "1e3"}, {"price": "19.999"}, {"price": True}, {"price": "99999999999999"},
        {"area_id": "77"}, {"area_id": "1.5"}, {"area_id": "１"}, {"capacity": "-2"}, {"capacity": "0"},
        {"room_count": "1" * 5000}, {"min_days": "3", "max_days": "2"}, {"facility": ["99"]}, {"facility": ["a"]},
        {"facility": {"1": "2"}}, {"facility": [["7"]]}, {"facility": ["7", "7"]}, {"title": "x" * 5000},
        {"title": "标题\0"}, {"title": ["a", "b"]},
    ],
    ids=str,
)  # fmt: skip
async def test_bad_fields_publish_nothing(host: Front, changes: dict[str, Any]) -> None:
    answer = await host.json("POST", "/houses/info", {**HOUSE, **changes})

    assert answer.errno == "4103"
    assert (await host.get("/user/houses")).data["houses"] == []


async def test_nineteen_yuan_ninety_nine_are_1999_fen(host: Front) -> None:
    """Also as a number of JSON, which is read by its characters."""
    house_ids = [await host.publish(price="19.99"), await host.publish(price=19.99)]

    prices = [(await host.get(f"/houses/{house_id}")).data["house"]["price"] for house_id in house_ids]
    assert prices == [1999, 1999]


async def test_only_real_name_checked_people_publish(guest: Front) -> None:
    await sign_in_new_user(guest.visitor)

    answer = await guest.json("POST", "/houses/info", HOUSE)

    assert (answer.errno, answer.json["errmsg"]) == ("4105", "请先完成实名认证")


async def test_nobody_adds_pictures_to_anothers_house(host: Front, guest: Front) -> None:
    house_id = await host.publish()
    await sign_in_new_host(guest.visitor)

    foreign = await guest.upload("/houses/image", "house_image", house_id=house_id)
    unreadable = await host.upload("/houses/image", "house_image", b"no picture", house_id=house_id)
    nothing = await host.upload("/houses/image", "other", house_id=house_id)
    unnamed = await host.upload("/houses/image", "house_image")
    huge = await host.upload("/houses/image", "house_image", b"\0" * (9 * 1024 * 1024), house_id=house_id)

    assert [one.errno for one in (foreign, unreadable, nothing, unnamed, huge)] == [
        "4002",
        "4302",
        "4302",
        "4103",
        "4103",
    ]
    assert (await guest.get(f"/houses/{house_id}")).errno == "4002"


async def test_a_house_that_its_host_took_offline_stays_there(host: Front, guest: Front) -> None:
    house_id = await host.publish_online()
    moved = await host.visitor.send("PUT", f"{API}/houses/{house_id}/status", {"status": "offline"})

    added = await host.upload("/houses/image", "house_image", png("tomato"), house_id=house_id)

    assert (moved.status, added.errno) == (200, "0")
    assert (await guest.get(f"/houses/{house_id}")).errno == "4002"


async def test_the_own_houses_are_listed_newest_first_drafts_too(host: Front) -> None:
    first, second = await host.publish_online(), await host.publish(title="还没有图片的小院")

    houses = (await host.get("/user/houses")).data["houses"]

    assert [house["house_id"] for house in houses] == [second, first]
    assert all(set(house) == SUMMARY for house in houses)
    assert houses[0]["img_url"] == ""
    assert houses[1]["img_url"].startswith("/media/")


async def test_many_own_houses_come_at_once_up_to_a_hundred(host: Front) -> None:
    owner_id = (await host.get("/user")).data["user_id"]
    await rows(
        host.visitor.services,
        "INSERT INTO houses (owner_id, area_id, title, address, price_fen, deposit_fen, room_count, acreage, layout,"
        " capacity, beds, min_nights, max_nights, facility_mask, search_text)"
        " SELECT %s, 1, '很多', '地址地址', 100, 0, 1, 1, '一室', 1, '床', 1, 0, 0, '' FROM"
        " (WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 105) SELECT i FROM n) AS m",
        owner_id,
    )

    houses = (await host.get("/user/houses")).data["houses"]

    assert len({house["house_id"] for house in houses}) == len(houses) == 100


async def test_home_is_a_list(host: Front, guest: Front) -> None:
    await host.publish_online()

    houses = (await guest.get("/houses/index")).data

    assert 1 <= len(houses) <= 5
    assert all(set(house) == SUMMARY for house in houses)


async def test_a_query_that_says_a_thing_twice_is_refused(guest: Front) -> None:
    twice = await guest.raw("GET", "/houses?aid=1&aid=2", b"")
    listed = await guest.raw("GET", "/houses?sk[]=new", b"")

    assert (twice.errno, listed.errno) == ("4103", "4103")


async def test_the_search_takes_the_pages_query(host: Front, guest: Front) -> None:
    cheap = await host.publish_online(area_id="13", price="1")
    dear = await host.publish_online(area_id="13", price="2")

    found = await guest.get("/houses", aid=13, sd="", ed="", sk="price-inc", p=1)
    mine = [house["house_id"] for house in found.data["houses"] if house["house_id"] in {cheap, dear}]
    anywhere = await guest.get(
        "/houses", aid="undefined", sd="undefined", ed="", sk="", p="", aname="x", role="y"
    )
    beyond = await guest.get("/houses", aid=13, p=50)

    assert mine == [cheap, dear]
    assert set(found.data) == {"total_page", "houses", "current_page"}
    assert all(set(house) == SUMMARY for house in found.data["houses"])
    assert anywhere.errno == "0"
    assert (beyond.data["houses"], beyond.data["current_page"]) == ([], 50)


@pytest.mark.parametrize(
    "query",
    [
        {"sk": "id; DROP TABLE houses"}, {"p": "0"}, {"p": "-1"}, {"p": "51"}, {"p": "1e9"}, {"aid": "x"},
        {"aid": "-1"}, {"sd": "2026-02-30"}, {"sd": "0000-00-00"}, {"sd": "20300101"}, {"sd": "2020-01-01"},
        {"sd": "2031-01-02", "ed": "2031-01-01"}, {"sd": "2031-01-02", "ed": "2031-01-02"}, {"sd": "a\0"},
    ],
    ids=str,
)  # fmt: skip
async def test_a_bad_query_is_refused(guest: Front, query: dict[str, str]) -> None:
    assert (await guest.get("/houses", **query)).errno == "4103"


async def test_taken_nights_are_not_found_and_one_day_is_one_night(host: Front, guest: Front) -> None:
    house_id = await host.publish_online(area_id="14")
    night = today_at(SystemClock().now()) + timedelta(days=20)
    await take_nights(host.visitor.services, house_id, [night])

    async def is_found(**dates: str) -> bool:
        found = await guest.get("/houses", aid=14, **dates)
        return house_id in {house["house_id"] for house in found.data["houses"]}

    assert not await is_found(sd=day(20), ed=day(21))
    assert await is_found(sd=day(21), ed=day(22))
    assert await is_found(sd=day(19), ed=day(20))
    assert not await is_found(sd=day(20))
    assert await is_found(sd=day(21))
    assert not await is_found(ed=day(21))


async def test_what_people_wrote_cannot_become_markup(host: Front, guest: Front) -> None:
    """These pages write a title with `.html()`; our own prefix answers it as it is."""
    house_id = await host.publish_online(title=SCRIPT)

    classic = (await guest.get(f"/houses/{house_id}")).body.decode()
    ours = (await guest.visitor.get(f"{API}/houses/{house_id}")).data["house"]["title"]

    assert "<" not in classic
    assert "＜script＞alert(1)＜/script＞" in classic.replace("\\/", "/")
    assert ours == SCRIPT


async def test_times_are_those_of_the_houses(host: Front) -> None:
    house_id = await host.publish()
    await rows(
        host.visitor.services, "UPDATE houses SET created_at = '2026-03-01 20:00:00' WHERE id = %s", house_id
    )

    [house] = (await host.get("/user/houses")).data["houses"]

    assert house["ctime"] == "2026-03-02"


async def test_a_session_that_ended_publishes_nothing(host: Front) -> None:
    user_id = await insert_user(host.visitor.services)
    await sign_in_again(host.visitor, user_id)
    await host.visitor.services.sessions.end_all(user_id)

    assert (await host.json("POST", "/houses/info", HOUSE)).errno == "4101"
