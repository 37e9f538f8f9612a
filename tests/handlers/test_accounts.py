"""Accounts over HTTP: sign up, sign in, guard, sessions, profile."""

from __future__ import annotations

import asyncio
import io
import uuid
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.programs import new_program
from tests.visitor import API, PASSWORD, Answer, Visitor

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.stack import Stack

pytestmark = pytest.mark.gen_test(timeout=60)


async def test_sign_up_signs_in_and_shows_the_masked_mobile(
    visitor: Visitor, stack: Stack, mobile: str
) -> None:
    await visitor.begin()

    await visitor.sign_up(stack, mobile)
    profile = await visitor.get(f"{API}/user")

    assert profile.status == 200
    assert profile.data["mobile"] == f"{mobile[:3]}****{mobile[-4:]}"
    assert (await visitor.get(f"{API}/session")).data["name"] == profile.data["name"]


async def test_sign_up_refuses_a_taken_mobile(
    new_visitor: Callable[[], Visitor], stack: Stack, mobile: str, services: object
) -> None:
    first = await new_visitor().begin()
    await first.sign_up(stack, mobile)
    await _let_time_pass(first, mobile)

    second = await new_visitor().begin()
    code = await second.code_for(stack, mobile)
    answer = await second.send("POST", f"{API}/users", _sign_up_body(mobile, code))

    assert (answer.status, answer.errno) == (409, "4003")
    assert "mobile" in answer.fields


async def test_an_sms_code_works_once(new_visitor: Callable[[], Visitor], stack: Stack, mobile: str) -> None:
    visitor = await new_visitor().begin()
    code = await visitor.code_for(stack, mobile, "reset")
    body = {**_sign_up_body(mobile, code)}

    wrong_purpose = await visitor.send("POST", f"{API}/users", body)
    unknown = await visitor.send("PUT", f"{API}/users/password", body)

    assert (wrong_purpose.status, wrong_purpose.fields.keys()) == (422, {"sms_code"})
    assert (unknown.status, unknown.errno) == (404, "4104")


async def test_a_code_is_dead_after_five_wrong_guesses(visitor: Visitor, stack: Stack, mobile: str) -> None:
    await visitor.begin()
    code = await visitor.code_for(stack, mobile)
    wrong = "000000" if code != "000000" else "111111"

    answers = [await visitor.send("POST", f"{API}/users", _sign_up_body(mobile, wrong)) for _ in range(5)]
    right_too_late = await visitor.send("POST", f"{API}/users", _sign_up_body(mobile, code))

    assert {answer.status for answer in answers} == {422}
    assert right_too_late.status == 422
    assert "次数过多" in right_too_late.fields["sms_code"]


async def test_a_hundred_parallel_sign_ups_with_one_code_make_one_account(
    visitor: Visitor, stack: Stack, mobile: str
) -> None:
    await visitor.begin()
    code = await visitor.code_for(stack, mobile)

    answers = await asyncio.gather(
        *(visitor.send("POST", f"{API}/users", _sign_up_body(mobile, code)) for _ in range(20))
    )

    assert [answer.status for answer in answers].count(201) == 1
    assert all(answer.status in {201, 409, 422} for answer in answers)


async def test_passwords_are_checked_beside_their_fields(visitor: Visitor, mobile: str) -> None:
    await visitor.begin()

    short = await visitor.send("POST", f"{API}/users", _sign_up_body(mobile, "123456", "short", "short"))
    differing = await visitor.send(
        "POST", f"{API}/users", _sign_up_body(mobile, "123456", PASSWORD, PASSWORD + "x")
    )

    assert short.fields.keys() == {"password"}
    assert differing.fields.keys() == {"password2"}


async def test_sign_in_rotates_the_session_and_signs_out(
    new_visitor: Callable[[], Visitor], stack: Stack, mobile: str
) -> None:
    await (await new_visitor().begin()).sign_up(stack, mobile)
    visitor = await new_visitor().begin()
    before = visitor.cookies["ihome_session"]

    signed_in = await visitor.sign_in(mobile)
    after = visitor.cookies["ihome_session"]
    signed_out = await visitor.send("DELETE", f"{API}/session")

    assert signed_in.status == 201
    assert before != after
    assert signed_out.status == 200
    visitor.cookies["ihome_session"] = after
    assert (await visitor.get(f"{API}/user")).errno == "4101"


async def test_sign_out_everywhere_ends_the_other_session_too(
    new_visitor: Callable[[], Visitor], stack: Stack, mobile: str
) -> None:
    phone, laptop = await new_visitor().begin(), await new_visitor().begin()
    await phone.sign_up(stack, mobile)
    await laptop.sign_in(mobile)

    await laptop.send("DELETE", f"{API}/sessions")

    assert (await phone.get(f"{API}/user")).status == 401


async def test_password_reset_revokes_every_session(
    new_visitor: Callable[[], Visitor], stack: Stack, mobile: str
) -> None:
    visitor = await new_visitor().begin()
    await visitor.sign_up(stack, mobile)
    await _let_time_pass(visitor, mobile)
    stranger = await new_visitor().begin()
    code = await stranger.code_for(stack, mobile, "reset")

    reset = await stranger.send(
        "PUT", f"{API}/users/password", _sign_up_body(mobile, code, "a new password", "a new password")
    )

    assert reset.status == 200
    assert (await visitor.get(f"{API}/user")).status == 401
    assert (await stranger.sign_in(mobile)).errno == "4106"
    assert (await stranger.sign_in(mobile, "a new password")).status == 201


@pytest.mark.usefixtures("close_sockets")
async def test_password_reset_revokes_every_token(
    new_visitor: Callable[[], Visitor], stack: Stack, mobile: str
) -> None:
    # given: a user whose program listens, and the same person without the password
    visitor = await new_visitor().begin()
    await visitor.sign_up(stack, mobile)
    program = await new_program(visitor)
    socket = await program.open_socket()
    before = await program.get(f"{API}/user")
    await _let_time_pass(visitor, mobile)
    owner = await new_visitor().begin()
    code = await owner.code_for(stack, mobile, "reset")

    # when
    body = _sign_up_body(mobile, code, "a new password", "a new password")
    reset = await owner.send("PUT", f"{API}/users/password", body)

    # then
    assert (before.status, reset.status) == (200, 200)
    assert await socket.closed() == 4001
    assert (await program.get(f"{API}/user")).status == 401


async def test_the_third_failure_demands_a_captcha_and_the_fifth_refuses(
    new_visitor: Callable[[], Visitor], stack: Stack, mobile: str
) -> None:
    await (await new_visitor().begin()).sign_up(stack, mobile)
    visitor = await new_visitor().begin()

    failures = [await visitor.sign_in(mobile, "wrong password") for _ in range(3)]
    without = await visitor.sign_in(mobile)
    with_captcha = [
        await visitor.sign_in(mobile, "wrong password", **await visitor.solve_captcha()) for _ in range(2)
    ]
    refused = await visitor.sign_in(mobile, **await visitor.solve_captcha())

    assert [answer.errno for answer in failures] == ["4106"] * 3
    assert ["image_code" in answer.fields for answer in failures] == [False, False, True]
    assert (without.status, without.fields.keys()) == (422, {"image_code"})
    assert [answer.errno for answer in with_captcha] == ["4106"] * 2
    assert (refused.status, refused.errno) == (429, "4202")
    assert 290 <= int(refused.headers["Retry-After"]) <= 300


async def test_the_right_password_with_a_captcha_opens_after_three_failures(
    new_visitor: Callable[[], Visitor], stack: Stack, mobile: str
) -> None:
    await (await new_visitor().begin()).sign_up(stack, mobile)
    visitor = await new_visitor().begin()
    for _ in range(3):
        await visitor.sign_in(mobile, "wrong password")

    answer = await visitor.sign_in(mobile, **await visitor.solve_captcha())

    assert answer.status == 201


async def test_a_hundred_parallel_guesses_are_five_looks_at_the_password(
    new_visitor: Callable[[], Visitor], stack: Stack, mobile: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await (await new_visitor().begin()).sign_up(stack, mobile)
    visitor = await new_visitor().begin()
    passwords = visitor.services.accounts._doors.passwords
    looks = 0
    verify = passwords.verify

    async def counted(stored: str | None, password: str) -> bool:
        nonlocal looks
        looks += 1
        return await verify(stored, password)

    monkeypatch.setattr(passwords, "verify", counted)

    answers = await asyncio.gather(*(visitor.sign_in(mobile, f"guess number {n}") for n in range(100)))

    assert looks == 3  # from the third failure a captcha is demanded, and these guesses have none
    assert sum(answer.errno == "4106" for answer in answers) == 3
    assert all(answer.status in {401, 422, 429} for answer in answers)


async def test_without_atomic_counting_parallel_guesses_pass_the_limit(
    new_visitor: Callable[[], Visitor], stack: Stack, mobile: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: count after the check, and more than five passwords are looked at."""
    await (await new_visitor().begin()).sign_up(stack, mobile)
    visitor = await new_visitor().begin()
    guard, redis = visitor.services.accounts._doors.guard, visitor.services.captcha._redis

    async def naive(address: str, phone: str, *, captcha_solved: bool) -> bool:
        failures = int(await redis.get(redis.key("naive", phone)) or 0)
        assert failures < 5, "refused"
        await asyncio.sleep(0.05)
        await redis.incr(redis.key("naive", phone))
        return False

    monkeypatch.setattr(guard, "count", naive)

    answers = await asyncio.gather(*(visitor.sign_in(mobile, f"guess number {n}") for n in range(30)))

    assert sum(answer.errno == "4106" for answer in answers) > 5


async def test_unknown_phones_answer_like_wrong_passwords(visitor: Visitor, mobile: str) -> None:
    await visitor.begin()

    answer = await visitor.sign_in(mobile)

    assert (answer.status, answer.errno) == (401, "4106")


async def test_rename_tells_taken_names_and_bad_ones(
    new_visitor: Callable[[], Visitor], stack: Stack, mobile: str
) -> None:
    one, two = await new_visitor().begin(), await new_visitor().begin()
    await one.sign_up(stack, mobile)
    await two.sign_up(stack, str(int(mobile) + 500))
    name = f"王小明{uuid.uuid4().hex[:6]}"

    renamed = await one.send("PUT", f"{API}/users/name", {"name": f"  {name} "})
    taken = await two.send("PUT", f"{API}/users/name", {"name": name})
    scripted = await two.send("PUT", f"{API}/users/name", {"name": "<script>alert(1)</script>"})

    assert renamed.data == {"name": name}
    assert (taken.status, taken.errno, taken.fields.keys()) == (409, "4003", {"name"})
    assert (scripted.status, scripted.fields.keys()) == (422, {"name"})


async def test_an_avatar_is_re_encoded_and_served_for_ever(
    visitor: Visitor, stack: Stack, mobile: str
) -> None:
    await visitor.begin()
    await visitor.sign_up(stack, mobile)

    answer = await _upload(visitor, _png(900, 600))
    served = await visitor.get(answer.data["avatar_url"])
    again = await visitor.get(answer.data["avatar_url"], **{"If-None-Match": served.headers["ETag"]})

    assert answer.status == 200
    picture = Image.open(io.BytesIO(served.body))
    assert (picture.format, picture.size) == ("WEBP", (512, 512))
    assert "immutable" in served.headers["Cache-Control"]
    assert again.status == 304


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 400),
        (b"not a picture", 400),
        (b"", 400),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * (9 * 1024 * 1024), 413),
    ],
    ids=["svg", "text", "empty", "nine-megabytes"],
)
async def test_bad_avatars_are_refused_with_a_sentence(
    visitor: Visitor, stack: Stack, mobile: str, content: bytes, status: int
) -> None:
    await visitor.begin()
    await visitor.sign_up(stack, mobile)

    answer = await _upload(visitor, content)

    assert answer.status == status
    assert answer.json["errmsg"]
    assert (await visitor.get(f"{API}/user")).data["avatar_url"] is None


async def _let_time_pass(visitor: Visitor, mobile: str) -> None:
    """Make this phone's codes look two hours old: the database keeps the time."""
    async with visitor.services.database.reading() as cursor:
        await cursor.execute(
            "UPDATE sms_codes SET created_at = created_at - INTERVAL 2 HOUR WHERE mobile = %s", (mobile,)
        )


def _sign_up_body(mobile: str, code: str, password: str = PASSWORD, again: str = PASSWORD) -> dict[str, str]:
    return {"mobile": mobile, "sms_code": code, "password": password, "password2": again}


def _png(width: int, height: int) -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(out, "PNG")
    return out.getvalue()


async def _upload(visitor: Visitor, content: bytes) -> Answer:
    boundary = uuid.uuid4().hex
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="avatar"; filename="me.png"\r\n\r\n'
    body = head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
    kind = f"multipart/form-data; boundary={boundary}"
    return await visitor.call("POST", f"{API}/users/avatar", body, {"Content-Type": kind})
