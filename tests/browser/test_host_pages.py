"""A host in a real browser: identity, publishing, pictures, order, status, calendar, and what goes wrong."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pymysql
import pytest
from playwright.sync_api import expect

from server.db import connection_arguments
from tests.browser import people

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Locator, Page

    from tests.stack import Stack

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
TEXTS = {
    "title": "胡同里的安静小院",
    "address": "东城区鼓楼东大街 8 号",
    "room_count": "2",
    "acreage": "60",
    "capacity": "4",
    "unit": "两室一厅一卫",
    "beds": "双人床 2 张",
    "price": "398.50",
    "deposit": "500",
    "max_days": "30",
}
DAY = "new Date(Date.now() + 8 * 3600e3 + {} * 864e5).toISOString().slice(0, 10)"


@pytest.fixture
def host(page: Page, site: Stack, mobile: str) -> Page:
    """A verified host's phone."""
    people.become_host(page, site, mobile)
    return page


@pytest.fixture
def other_page(page: Page) -> Iterator[Page]:
    """A second page of the same visitor."""
    second = page.context.new_page()
    page.bring_to_front()  # chromium draws a page that is behind another once a second
    yield second
    second.close()


def test_a_stranger_verifies_publishes_sorts_pictures_and_goes_online(
    page: Page, site: Stack, mobile: str
) -> None:
    people.sign_up(page, site, mobile)

    _verify(page)
    _publish(page)
    _upload(page, 3)
    first, second, third = _order(page)
    _tool(page, third, "data-earlier").press("Enter")
    expect(_tool(page, third, "data-earlier")).to_be_focused()
    _expect_order(page, [first, third, second])
    page.locator("#standing [data-move=online]").click()

    expect(page.locator("#standing .chip--online")).to_be_visible()
    page.reload()
    _expect_order(page, [first, third, second])
    house = people.call(page, "GET", f"/houses/{_house_id(page)}")["house"]
    assert [photo["image_id"] for photo in house["images"]] == [first, third, second]
    assert (house["status"], house["price"], house["facilities"]) == ("online", 39850, [1, 13])


def test_the_identity_is_masked_and_read_only_once_it_was_checked(
    page: Page, site: Stack, mobile: str
) -> None:
    people.sign_up(page, site, mobile)
    page.goto("/auth.html")
    page.fill("#real_name", "张三丰")
    page.fill("#id_card", "110105194912310021")
    page.locator("#auth-form [type=submit]").click()
    expect(page.locator("#id_card-error")).to_have_text("身份证号不对，请核对每一位")
    assert page.input_value("#id_card") == "110105194912310021"

    number = people.id_number()
    page.fill("#id_card", number.lower())
    page.locator("#auth-form [type=submit]").click()

    expect(page.locator("#verified-title")).to_be_visible()
    assert number not in page.content()
    assert "张三丰" not in page.content()
    assert page.locator("form#auth-form").count() == 0


def test_errors_stand_beside_their_fields_and_what_was_typed_survives_a_reload(host: Page) -> None:
    host.goto("/newhouse.html")
    _fill(host, {**TEXTS, "price": "12.345", "max_days": "400", "title": "短"})
    host.locator("[name=facility][value='7']").check()

    host.locator("#house-form [type=submit]").click()

    expect(host.locator("#title-error")).to_have_text("标题需要 2 到 64 个字")
    expect(host.locator("#price-error")).to_have_text("请填写金额，单位元，最多两位小数")
    expect(host.locator("#area_id-error")).to_have_text("请选择城区")
    expect(host.locator("#title")).to_be_focused()
    host.reload()
    expect(host.locator("#restored")).to_be_visible()
    assert (host.input_value("#price"), host.input_value("#title")) == ("12.345", "短")
    assert host.locator("[name=facility][value='7']").is_checked()


def test_what_the_server_refuses_stands_beside_its_field_too(host: Page) -> None:
    host.goto("/newhouse.html")
    _fill(host, {**TEXTS, "title": "小院\u200b\u202e子"})
    host.select_option("#area_id", "1")

    host.locator("#house-form [type=submit]").click()

    expect(host.locator("#title-error")).to_have_text("标题需要 2 到 64 个字")
    assert host.input_value("#address") == TEXTS["address"]


def test_a_file_that_only_calls_itself_a_picture_says_why_it_is_refused(host: Page) -> None:
    host.goto(f"/house/{people.publish(host)}/edit")
    liar = {
        "name": "room.png",
        "mimeType": "image/png",
        "buffer": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    }
    text = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"hello"}

    host.set_input_files("#house_image", [liar, text])

    refused = host.locator(".shot--failed")
    expect(refused).to_have_count(2)
    assert all(error.strip() for error in refused.locator("[data-error]").all_inner_texts())
    expect(refused.last.locator("[data-error]")).to_have_text("请选 JPEG、PNG 或 WebP 图片")
    assert refused.locator("[data-retry]:visible").count() == 0
    refused.first.locator("[data-remove]").click()
    expect(refused).to_have_count(1)
    expect(host.locator("[data-image]")).to_have_count(0)


def test_an_upload_that_broke_off_is_tried_again(host: Page) -> None:
    host.goto(f"/house/{people.publish(host)}/edit")
    host.route("**/images", lambda route: route.abort(), times=1)

    host.set_input_files("#house_image", [_file(1)])
    host.locator(".shot--failed [data-retry]").click()

    expect(host.locator("[data-image]")).to_have_count(1)
    expect(host.locator(".shot--upload")).to_have_count(0)


def test_a_mouse_drags_a_picture_to_another_place(host: Page) -> None:
    house_id = _house_with_pictures(host, 3)
    host.set_viewport_size({"width": 1280, "height": 900})
    host.goto(f"/house/{house_id}/edit")
    expect(host.locator("[data-image]")).to_have_count(3)
    first, second, third = _order(host)

    _drag(host, _shot(host, third).locator(".shot__picture"), _shot(host, first))

    _expect_order(host, [third, first, second])
    expect(_shot(host, third).locator(".shot__cover")).to_be_visible()
    _expect_saved(host, house_id, [third, first, second])


def test_a_finger_drags_a_picture_by_its_grip(browser: Browser, host: Page, site: Stack) -> None:
    house_id = _house_with_pictures(host, 3)
    context = browser.new_context(
        base_url=site.url, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True,
        storage_state=host.context.storage_state(),
    )  # fmt: skip
    phone = context.new_page()
    phone.goto(f"/house/{house_id}/edit")
    expect(phone.locator("[data-image]")).to_have_count(3)
    first, second, third = _order(phone)

    _shot(phone, second).scroll_into_view_if_needed()
    _swipe(phone, _shot(phone, first).locator("[data-grip]"), _shot(phone, second).locator("[data-grip]"))

    _expect_order(phone, [second, first, third])
    _expect_saved(host, house_id, [second, first, third])
    context.close()


def test_deleting_the_cover_asks_and_makes_the_next_one_the_cover(host: Page) -> None:
    house_id = _house_with_pictures(host, 2)
    host.goto(f"/house/{house_id}/edit")
    expect(host.locator("[data-image]")).to_have_count(2)
    first, second = _order(host)

    _tool(host, first, "data-delete").click()
    host.locator("dialog [value=decline]").click()
    _expect_order(host, [first, second])
    _tool(host, first, "data-delete").click()
    host.locator("dialog [value=agree]").click()

    _expect_order(host, [second])
    expect(_shot(host, second).locator(".shot__cover")).to_be_visible()
    expect(_tool(host, second, "data-delete")).to_be_focused()


def test_the_sizes_of_a_picture_arrive_without_a_reload(host: Page) -> None:
    host.goto(f"/house/{people.publish(host)}/edit")

    host.set_input_files("#house_image", [_file(60)])

    expect(host.locator("[data-image][data-state=ready]")).to_have_count(1)
    expect(host.locator("[data-image] source[type='image/webp']")).to_have_count(1)


def test_fields_saved_on_another_page_show_by_themselves_unless_they_are_being_edited(
    host: Page, other_page: Page
) -> None:
    house_id = people.publish(host)
    for one in (host, other_page):
        one.goto(f"/house/{house_id}/edit")
        expect(one.locator("#standing .chip--draft")).to_be_visible()
    other_page.fill("#address", "东城区旧鼓楼大街 100 号")

    _save(host, "title", "改过的标题")
    expect(host.locator("#house-title")).to_have_text("改过的标题")
    other_page.bring_to_front()
    other_page.locator("#house-form [type=submit]").click()

    expect(other_page.locator(".conflict")).to_be_focused()
    expect(other_page.locator(".conflict tbody tr")).to_have_count(2)
    assert other_page.input_value("#address") == "东城区旧鼓楼大街 100 号"
    other_page.locator("[data-keep=mine]").click()
    expect(host.locator("#address")).to_have_value("东城区旧鼓楼大街 100 号")
    house = people.call(host, "GET", f"/houses/{house_id}")["house"]
    assert house["title"] == people.HOUSE["title"]


def test_a_picture_added_meanwhile_is_no_conflict(host: Page) -> None:
    house_id = people.publish(host)
    host.goto(f"/house/{house_id}/edit")
    expect(host.locator("#standing .chip--draft")).to_be_visible()
    host.fill("#title", "加了图片也能存")
    people.add_picture(host, house_id, people.picture(9))

    host.locator("#house-form [type=submit]").click()

    expect(host.locator("#house-title")).to_have_text("加了图片也能存")
    expect(host.locator(".conflict")).to_have_count(0)


def test_own_houses_follow_changes_and_offer_the_next_step(host: Page, other_page: Page) -> None:
    house_id = _house_with_pictures(host, 1)
    empty = people.publish(host, title="还没有图片的房子")
    host.goto("/myhouse.html")
    card = host.locator(f"[data-house='{house_id}']")
    expect(card.locator(".chip--draft")).to_be_visible()
    expect(host.locator(f"[data-house='{empty}'] [data-move]")).to_have_count(0)
    other_page.goto("/myhouse.html")

    card.locator("[data-move=online]").click()

    expect(card.locator(".chip--online")).to_be_visible()
    followed = other_page.locator(f"[data-house='{house_id}']")
    expect(followed.locator(".chip--online")).to_be_visible()
    other_page.bring_to_front()
    followed.locator("[data-move=offline]").click()
    other_page.locator("dialog [value=agree]").click()
    expect(card.locator(".chip--offline")).to_be_visible()


def test_a_house_is_deleted_after_a_question_and_the_list_says_how_to_begin(host: Page) -> None:
    house_id = people.publish(host)
    host.goto("/myhouse.html")

    host.locator(f"[data-house='{house_id}'] [data-delete]").click()
    host.keyboard.press("Escape")
    expect(host.locator(f"[data-house='{house_id}'] [data-delete]")).to_be_focused()
    host.locator(f"[data-house='{house_id}'] [data-delete]").click()
    host.locator("dialog [value=agree]").click()

    expect(host.locator(".owned-none a")).to_have_attribute("href", "/newhouse.html")


def test_unverified_hosts_are_shown_the_way(page: Page, site: Stack, mobile: str) -> None:
    people.sign_up(page, site, mobile)

    for path in ("/myhouse.html", "/newhouse.html"):
        page.goto(path)
        expect(page.locator(".way a")).to_have_attribute("href", f"/auth.html?from={path}")
    assert page.locator("#house-form").count() == 0


def test_nights_are_closed_and_opened_by_keyboard_and_a_second_page_follows(
    host: Page, other_page: Page
) -> None:
    house_id = people.publish(host)
    for one in (host, other_page):
        one.goto(f"/house/{house_id}/calendar")
        expect(one.locator("#live-dot")).to_have_attribute("data-state", "live")
    days = [host.evaluate(DAY.format(n)) for n in (31, 32, 33)]
    host.locator("[data-day][tabindex='0']").focus()
    host.keyboard.press("PageDown")
    _walk(host, days[0])

    for key in ("Enter", "ArrowRight", "ArrowRight", "Enter"):
        host.keyboard.press(key)
    host.locator("#block").click()

    kinds = host.locator("[data-day][data-kind=block]")
    expect(kinds).to_have_count(len([day for day in days if day[:7] == days[0][:7]]))
    nights = people.call(host, "GET", f"/houses/{house_id}/calendar")["nights"]
    assert nights == [{"night": day, "kind": "block"} for day in days]
    other_page.bring_to_front()
    other_page.locator("[data-later]").click()
    expect(other_page.locator(f"[data-day='{days[0]}']")).to_have_attribute("data-kind", "block")
    other_page.locator(f"[data-day='{days[0]}']").click()
    other_page.locator("#open").click()
    expect(host.locator(f"[data-day='{days[0]}'][data-kind]")).to_have_count(0)


def test_nights_of_guests_cannot_be_chosen(host: Page, site: Stack) -> None:
    house_id = people.publish(host)
    booked = host.evaluate(DAY.format(1))
    _book(site, house_id, booked)

    host.goto(f"/house/{house_id}/calendar")
    expect(host.locator("[data-day]").first).to_be_visible()
    if not host.locator(f"[data-day='{booked}']").count():
        host.locator("[data-later]").click()
    night = host.locator(f"[data-day='{booked}']")

    expect(night).to_have_attribute("data-kind", "order")
    expect(night).to_have_attribute("aria-disabled", "true")
    night.click(force=True)
    expect(host.locator("#block")).to_be_hidden()
    expect(host.locator("#open")).to_be_hidden()


@pytest.mark.parametrize(("width", "lang"), [(390, "zh"), (1280, "en")])
def test_the_hosts_pages_are_accessible_and_do_not_scroll_sideways(host: Page, width: int, lang: str) -> None:
    house_id = _house_with_pictures(host, 2)
    host.set_viewport_size({"width": width, "height": 900})
    host.emulate_media(reduced_motion="reduce", color_scheme="dark" if lang == "en" else "light")
    for path in (
        "/auth.html",
        "/myhouse.html",
        "/newhouse.html",
        f"/house/{house_id}/edit",
        f"/house/{house_id}/calendar",
    ):
        host.goto(f"{path}?lang={lang}")
        expect(host.locator("[aria-busy=true]")).to_have_count(0)

        assert _violations(host) == [], path
        assert host.evaluate("document.documentElement.scrollWidth") <= width, path


def test_a_picture_without_a_description_would_be_found(host: Page) -> None:
    """The negative control of the test above."""
    host.goto("/auth.html")
    host.evaluate("document.querySelector('main').append(new Image(40, 40))")

    assert _violations(host) == ["image-alt"]


def test_a_strange_house_is_not_there_to_edit(host: Page, browser: Browser, site: Stack, mobile: str) -> None:
    house_id = people.publish(host)
    context = browser.new_context(base_url=site.url, locale="zh-CN")
    stranger = context.new_page()

    nobody = stranger.goto(f"/house/{house_id}/edit")
    people.sign_up(stranger, site, str(int(mobile) + 100))
    answers = [stranger.goto(f"/house/{house_id}/{page}") for page in ("edit", "calendar")]

    assert nobody is not None
    assert "/login.html?from=" in nobody.url
    assert [answer.status for answer in answers if answer] == [404, 404]
    context.close()


def _violations(page: Page) -> list[str]:
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run().then(found => found.violations.map(one => one.id))")
    return list(found)


def _verify(page: Page) -> None:
    page.goto("/newhouse.html")
    page.locator(".way a").click()
    page.fill("#real_name", "张三丰")
    page.fill("#id_card", people.id_number())
    page.locator("#auth-form [type=submit]").click()
    page.wait_for_url("**/newhouse.html")


def _publish(page: Page) -> None:
    _fill(page, TEXTS)
    page.select_option("#area_id", "1")
    for facility in ("1", "13"):
        page.locator(f"[name=facility][value='{facility}']").check()
    page.locator("#house-form [type=submit]").click()
    page.wait_for_url("**/house/*/edit")


def _fill(page: Page, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        page.fill(f"#house-form [name={name}]", text)


def _save(page: Page, name: str, text: str) -> None:
    page.fill(f"#{name}", text)
    page.locator("#house-form [type=submit]").click()


def _file(hue: int) -> dict[str, object]:
    return {"name": f"room-{hue}.png", "mimeType": "image/png", "buffer": people.picture(hue)}


def _upload(page: Page, count: int) -> None:
    page.set_input_files("#house_image", [_file(40 * number) for number in range(count)])
    expect(page.locator("[data-image]")).to_have_count(count)
    expect(page.locator(".shot--upload")).to_have_count(0)


def _house_with_pictures(page: Page, count: int) -> int:
    house_id = people.publish(page)
    for number in range(count):
        people.add_picture(page, house_id, people.picture(40 * number, (400, 300)))
    return house_id


def _house_id(page: Page) -> int:
    return int(page.url.split("/house/")[1].split("/")[0])


def _order(page: Page) -> list[int]:
    return [int(one.get_attribute("data-image") or 0) for one in page.locator("[data-image]").all()]


def _expect_order(page: Page, image_ids: list[int]) -> None:
    expect(page.locator("[data-image]")).to_have_count(len(image_ids))
    for index, image_id in enumerate(image_ids):
        expect(page.locator("[data-image]").nth(index)).to_have_attribute("data-image", str(image_id))


def _expect_saved(page: Page, house_id: int, image_ids: list[int]) -> None:
    page.goto(f"/house/{house_id}/edit")
    _expect_order(page, image_ids)


def _shot(page: Page, image_id: int) -> Locator:
    return page.locator(f"[data-image='{image_id}']")


def _tool(page: Page, image_id: int, tool: str) -> Locator:
    return _shot(page, image_id).locator(f"[{tool}]")


def _middle(place: Locator) -> tuple[float, float]:
    box = place.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def _drag(page: Page, what: Locator, where: Locator) -> None:
    with page.expect_response("**/images/order"):
        page.mouse.move(*_middle(what))
        page.mouse.down()
        page.mouse.move(*_middle(where), steps=6)
        page.mouse.up()


def _swipe(page: Page, what: Locator, where: Locator) -> None:
    """One finger, as the browser's own protocol moves it."""
    (x, y), (to_x, to_y) = _middle(what), _middle(where)
    finger = page.context.new_cdp_session(page)
    points = [(x + (to_x - x) * part / 5, y + (to_y - y) * part / 5) for part in range(6)]
    with page.expect_response("**/images/order"):
        for number, (at_x, at_y) in enumerate(points):
            kind = "touchMove" if number else "touchStart"
            finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": at_x, "y": at_y}]})
        finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def _walk(page: Page, day: str) -> None:
    """Go to a date with the arrow keys only."""
    for _ in range(40):
        now = str(page.evaluate("document.activeElement.dataset.day"))
        if now == day:
            return
        page.keyboard.press("ArrowRight" if now < day else "ArrowLeft")
    raise AssertionError(day)


def _book(site: Stack, house_id: int, night: str) -> None:
    """A night that a guest has, as the booking will write it."""
    arguments = connection_arguments(site.settings.mysql_url)
    arguments["database"] = arguments.pop("db")
    with pymysql.connect(**arguments, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO house_nights (house_id, night, order_id, kind) VALUES (%s, %s, 1, 'order')",
            (house_id, night),
        )
