"""The classic prefix: what holds for every call, and accounts as the classic pages use them."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from handlers.classic import accounts
from server.accounts.service import AccountService
from tests.browser.people import id_number
from tests.classic import CLASSIC, FORM, HOUSE, JSON, Front
from tests.houses import png, sign_in_new_host, sign_in_new_user
from tests.visitor import API, PASSWORD, Visitor

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.stack import Stack

    NewVisitor = Callable[[], Visitor]

pytestmark = pytest.mark.gen_test(timeout=60)
MALFORMED = [
    b"", b"null", b"[]", b'"text"', b"1", b"{", b'{"mobile":', b"\xef\xbb\xbf{}", b"\xff\xfe{\0}\0",
    b'{"mobile":"\xff"}',
    b'{"mobile":"1\\u0000","password":"x"}', b'{"mobile":"\\ud800","password":"x"}', b'{"mobile":NaN}',
    b'{"mobile":1e400}',
    b'{"mobile":' + b"1" * 5000 + b"}", b'{"a":' * 100_000, b'{"mobile":"a","mobile":"b"}',
    b'{"mobile":true,"password":"x"}',
    b'{"mobile":{"a":1},"password":"x"}', b'{"mobile":[["1"]],"password":"x"}', b"mobile=%FF&password=x",
    b"&".join(b"a%d=1" % number for number in range(300)), b"mobile=1&mobile=2&password=x",
]  # fmt: skip


@pytest.fixture
def front(visitor: Visitor) -> Front:
    """One page of a fresh visitor."""
    return Front(visitor)


@pytest.fixture
def new_front(new_visitor: NewVisitor) -> Callable[[], Front]:
    """Makes pages of fresh visitors."""
    return lambda: Front(new_visitor())


async def test_whatever_happens_is_200_and_the_errno_tells(front: Front) -> None:
    await front.open()
    token = front.visitor.cookies["csrf_token"]
    large = b'{"mobile":"' + b"1" * 70_000 + b'"}'

    refused = {
        "4101": await front.get("/user"),
        "4002": await front.get("/no/such/call"),
        "4201": await front.json("PATCH", "/sessions", {}),
        "4103": await front.raw("POST", "/sessions", large, **{"Content-Type": JSON}),
    }
    foreign = await front.raw("POST", "/sessions", b"{}", **{"X-CSRFToken": "0" * len(token)})
    bare = await front.raw("POST", "/sessions", b"{}", **{"X-CSRFToken": ""})
    missing = await front.get("/houses/999999999")
    unlike = await front.get("/houses/abc")

    assert {answer.errno for answer in refused.values()} == set(refused)
    assert [answer.errno for answer in (foreign, bare, missing, unlike)] == ["4201", "4201", "4002", "4002"]
    assert refused["4201"].headers["Allow"] == "GET, POST, DELETE, HEAD, OPTIONS"


async def test_the_same_calls_on_the_other_prefix_have_right_statuses(visitor: Visitor) -> None:
    """The negative control: it is the prefix that turns refusals into 200."""
    await visitor.begin()

    statuses = [
        (await visitor.get(f"{API}/user")).status,
        (await visitor.get(f"{API}/no/such/call")).status,
        (await visitor.send("PATCH", f"{API}/sessions", {})).status,
        (await visitor.send("POST", f"{API}/sessions", {"mobile": "1" * 70_000})).status,
    ]

    assert statuses == [401, 404, 405, 413]


async def test_a_used_up_limit_is_200_too(front: Front) -> None:
    await front.open()

    answer = await front.json("POST", "/users", {})
    calls = 1
    while answer.errno == "4103" and calls < 61:  # a new minute may begin once
        answer, calls = await front.json("POST", "/users", {}), calls + 1

    assert answer.errno == "4201"
    assert calls > 30
    assert int(answer.headers["Retry-After"]) > 0


async def test_a_defect_of_ours_is_200_and_says_nothing_of_it(
    front: Front, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def broken(*_arguments: Any) -> None:
        raise RuntimeError("the secret detail")

    await front.open()
    monkeypatch.setattr(AccountService, "sign_in", broken)

    answer = await front.sign_in("13700000000")

    assert answer.errno == "4500"
    assert "secret" not in answer.body.decode()


@pytest.mark.parametrize("kind", [JSON, FORM, "text/plain", ""], ids=["json", "form", "text", "none"])
async def test_malformed_bodies_are_refused_whatever_they_call_themselves(front: Front, kind: str) -> None:
    await front.open()

    answers = [await front.raw("POST", "/sessions", body, **{"Content-Type": kind}) for body in MALFORMED]

    assert {answer.errno for answer in answers} == {"4103"}


async def test_a_multipart_body_that_breaks_off_is_refused(front: Front) -> None:
    await sign_in_new_user(front.visitor)
    broken = b'--x\r\nContent-Disposition: form-data; name="house_id"\r\n\r\n1'

    answer = await front.raw(
        "POST", "/houses/image", broken, **{"Content-Type": "multipart/form-data; boundary=x"}
    )

    assert answer.errno == "4103"


async def test_a_refusal_of_several_fields_is_one_sentence_that_names_them(front: Front) -> None:
    await sign_in_new_host(front.visitor)

    wrong = await front.json("POST", "/houses/info", {**HOUSE, "title": "一", "room_count": "99"})
    missing = await front.json("POST", "/houses/info", {**HOUSE, "title": ""})

    assert wrong.json["errmsg"] == "标题需要 2 到 64 个字; 房间数应为 1 到 50"
    assert missing.json["errmsg"] == "title: 请填写这一项"


@pytest.mark.parametrize("how", ["json", "form", "json-as-form", "json-as-text"])
async def test_registration_goes_as_the_pages_do_it(
    front: Front, stack: Stack, mobile: str, how: str
) -> None:
    await front.open()
    code = await front.code_for(stack, mobile)
    body = {"mobile": mobile, "sms_code": code, "password": PASSWORD}
    anonymous = dict(front.visitor.cookies)

    match how:
        case "json":
            done = await front.json("POST", "/users", {**body, "password2": PASSWORD})
        case "form":
            done = await front.form("POST", "/users", {**body, "password2": PASSWORD})
        case _:
            done = await front.json("POST", "/users", body, FORM if how == "json-as-form" else "text/plain")
    who = await front.get("/session")
    replayed = await front.json("POST", "/users", body)

    assert done.errno == "0"
    assert who.data == {"user_id": done.data["user_id"], "name": done.data["name"]}
    assert front.visitor.cookies["csrf_token"] != anonymous["csrf_token"]
    assert replayed.errno in {"4103", "4003"}


async def test_registration_needs_the_code_and_the_same_password_twice(
    front: Front, stack: Stack, mobile: str
) -> None:
    await front.open()
    code = await front.code_for(stack, mobile)

    differs = await front.json(
        "POST",
        "/users",
        {"mobile": mobile, "sms_code": code, "password": PASSWORD, "password2": "another one"},
    )
    wrong = await front.json("POST", "/users", {"mobile": mobile, "sms_code": "000000", "password": PASSWORD})
    weak = await front.json("POST", "/users", {"mobile": mobile, "sms_code": code, "password": "123456"})

    assert [answer.errno for answer in (differs, wrong, weak)] == ["4103"] * 3
    assert differs.json["errmsg"] == "两次输入的密码不一致"


async def test_the_answer_to_an_sms_waits_for_the_platform(front: Front, mobile: str) -> None:
    await front.open()

    refused = await front.get("/sms_codes/13900000001", **await front.solve())
    sent = await front.get(f"/sms_codes/{mobile}", **await front.solve())
    too_soon = await front.get(f"/sms_codes/{mobile}", **await front.solve())

    assert (refused.errno, refused.json["errmsg"]) == ("4301", "手机号码有误，无法接收短信")
    assert sent.errno == "0"
    assert too_soon.errno == "4201"


async def test_an_sms_whose_fate_is_unknown_is_not_called_sent(
    front: Front, mobile: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await front.open()
    monkeypatch.setattr(accounts, "SMS_SECONDS", 0.0)

    answer = await front.get(f"/sms_codes/{mobile}", **await front.solve())

    assert (answer.errno, answer.json["errmsg"]) == ("4301", accounts.STILL_SENDING)


async def test_an_sms_needs_a_captcha_that_is_used_once(front: Front, mobile: str) -> None:
    await front.open()
    solved = await front.solve()

    wrong = await front.get(f"/sms_codes/{mobile}", **{**solved, "image_code": "????"})
    burnt = await front.get(f"/sms_codes/{mobile}", **solved)
    without = await front.get(f"/sms_codes/{mobile}", image_code="undefined")
    nobody = await front.get("/sms_codes/12345", **await front.solve())

    assert [answer.errno for answer in (wrong, burnt, without, nobody)] == ["4103"] * 4
    assert nobody.json["errmsg"] == "请输入 11 位手机号"


async def test_a_page_may_call_its_captcha_anything_and_shares_it_with_nobody(
    new_front: Callable[[], Front], mobile: str
) -> None:
    one, other = await new_front().open(), await new_front().open()
    solved = await one.solve("1732500000000")

    stolen = await other.get(f"/sms_codes/{mobile}", **solved)
    own = await one.get(f"/sms_codes/{mobile}", **solved)
    endless = await one.get(f"/image_codes/{'1' * 65}")

    assert (stolen.errno, own.errno, endless.errno) == ("4103", "0", "4103")


async def test_sign_in_and_out_by_json_and_form(front: Front, stack: Stack, mobile: str) -> None:
    await front.open()
    await front.sign_up(stack, mobile)

    out = await front.json("DELETE", "/session")
    nobody = await front.get("/session")
    wrong = await front.sign_in(mobile, "not the password")
    by_form = await front.form("POST", "/sessions", {"mobile": mobile, "password": PASSWORD})
    name = (await front.get("/session")).data["name"]
    await front.json("DELETE", "/session")
    by_json = await front.json("POST", "/sessions", {"mobile": int(mobile), "password": PASSWORD})

    assert [one.errno for one in (out, nobody, wrong, by_form, by_json)] == ["0", "4101", "4106", "0", "0"]
    assert by_json.data["name"] == name


async def test_pages_differ_in_one_and_many(front: Front, stack: Stack, mobile: str) -> None:
    await front.open()
    await front.sign_up(stack, mobile)

    who = [(await front.get(path)).data for path in ("/session", "/sessions")]
    same = [(await front.get(path)).data for path in ("/user/auth", "/users/auth")]
    renamed = await front.json("PUT", "/user/name", {"name": f"小明{uuid.uuid4().hex[:6]}"})
    orders = [(await front.get(path, role="custom")).data for path in ("/orders", "/user/orders")]
    out = await front.json("DELETE", "/sessions")
    back = await front.json("POST", "/session", {"mobile": mobile, "password": PASSWORD})

    assert who[0] == who[1]
    assert same[0] == same[1]
    assert orders == [{"orders": []}] * 2
    assert [one.errno for one in (renamed, out, back)] == ["0"] * 3


async def test_after_three_failures_no_captcha_is_asked_for_but_after_five_nobody_gets_in(
    front: Front, stack: Stack, mobile: str
) -> None:
    await front.open()
    await front.sign_up(stack, mobile)

    failures = [(await front.sign_in(mobile, f"guess number {n}")).errno for n in range(4)]
    right = await front.sign_in(mobile)
    more = [(await front.sign_in(mobile, f"guess number {n}")).errno for n in range(5)]
    refused = await front.sign_in(mobile)

    assert (failures, right.errno) == (["4106"] * 4, "0")
    assert more == ["4106", "4202", "4202", "4202", "4202"]  # the address keeps its four failures
    assert refused.errno == "4202"
    assert int(refused.headers["Retry-After"]) <= 300


async def test_both_prefixes_count_the_same_failures(front: Front, stack: Stack, mobile: str) -> None:
    """Nobody gets more guesses by changing the prefix, and ours still demands its captcha."""
    await front.open()
    await front.sign_up(stack, mobile)
    visitor = front.visitor

    ours = [(await visitor.sign_in(mobile, f"guess number {n}")).errno for n in range(2)]
    classic = await front.sign_in(mobile, "the third guess")
    captcha = await visitor.sign_in(mobile)
    last = [(await front.sign_in(mobile, f"more guesses {n}")).errno for n in range(2)]
    solved = await visitor.sign_in(mobile, **await visitor.solve_captcha())
    after = await front.sign_in(mobile)

    assert [*ours, classic.errno, *last] == ["4106"] * 5
    assert (captcha.status, captcha.fields.keys()) == (422, {"image_code"})
    assert (solved.status, solved.errno) == (429, "4202")
    assert after.errno == "4202"


async def test_the_account_is_guarded_wherever_the_guesses_come_from(
    front: Front, stack: Stack, mobile: str
) -> None:
    await front.open()
    await front.sign_up(stack, mobile)
    redis = stack.redis()
    prefix = front.visitor.services.settings.redis_prefix

    answers = []
    for n in range(6):
        answers.append((await front.sign_in(mobile, f"guess number {n}")).errno)
        redis.delete(f"{prefix}access_127.0.0.1")  # as if the next one came from another address

    assert answers == ["4106"] * 5 + ["4201"]


async def test_the_profile_has_the_classic_fields(front: Front, stack: Stack, mobile: str) -> None:
    await front.open()
    await front.sign_up(stack, mobile)

    before = (await front.get("/user")).data
    uploaded = await front.upload("/users/avatar", "avatar", png())
    after = (await front.get("/user")).data

    assert set(before) == {"user_id", "name", "mobile", "avatar", "create_time"}
    assert before["mobile"] == f"{mobile[:3]}****{mobile[-4:]}"
    assert before["avatar"] == ""
    assert after["avatar"] == uploaded.data["avatar_url"]
    assert (await front.visitor.get(after["avatar"])).headers["Content-Type"] == "image/webp"


async def test_bad_avatars_say_why(front: Front) -> None:
    await sign_in_new_user(front.visitor)

    answers = [
        await front.upload("/users/avatar", "avatar", b"no picture"),
        await front.upload("/users/avatar", "other", png()),
        await front.upload("/users/avatar", "avatar", b"\x89PNG" + b"\0" * (9 * 1024 * 1024)),
    ]

    assert [answer.errno for answer in answers] == ["4302", "4103", "4103"]


async def test_a_taken_name_is_4001_here(new_front: Callable[[], Front]) -> None:
    one, other = new_front(), new_front()
    await sign_in_new_user(one.visitor)
    await sign_in_new_user(other.visitor)
    name = f"小明{uuid.uuid4().hex[:6]}"

    mine = await one.json("PUT", "/users/name", {"name": name})
    taken = await other.json("PUT", "/users/name", {"name": name})
    by_form = await other.form("PUT", "/users/name", {"name": f"{name}二"})
    scripted = await other.json("PUT", "/users/name", {"name": "<script>alert(1)</script>"})

    assert (mine.errno, mine.data) == ("0", {"name": name})
    assert [one.errno for one in (taken, by_form, scripted)] == ["4001", "0", "4103"]
    assert (await other.visitor.send("PUT", f"{API}/users/name", {"name": name})).errno == "4003"


async def test_the_real_name_check_goes_once_and_is_masked(front: Front) -> None:
    await sign_in_new_user(front.visitor)
    number = id_number()

    before = await front.get("/users/auth")
    wrong = await front.json("POST", "/users/auth", {"real_name": "张三丰", "id_card": "110101199001010000"})
    passed = await front.form("POST", "/users/auth", {"real_name": "张三丰", "id_card": number})
    again = await front.json("POST", "/users/auth", {"real_name": "张三丰", "id_card": number})
    after = await front.get("/users/auth")

    assert before.data == {"real_name": None, "id_card": None}
    assert [one.errno for one in (wrong, passed, again)] == ["4103", "0", "4003"]
    assert after.data["real_name"] == "张*"
    assert number not in json.dumps(after.json)


async def test_errmsg_follows_the_visitors_language(front: Front) -> None:
    front.visitor.language = "en"

    assert (await front.get("/session")).json["errmsg"] == "Please log in first"


async def test_the_cookie_can_be_read_as_the_pages_read_it(front: Front) -> None:
    """`document.cookie.match("\\\\bcsrf_token=([^;]*)\\\\b")` ends at a word's end."""
    answer = await front.get("/session")

    lines = answer.headers.get_list("Set-Cookie")
    [csrf] = [line for line in lines if line.startswith("csrf_token=")]
    [session] = [line for line in lines if line.startswith("ihome_session=")]
    assert front.visitor.cookies["csrf_token"].isalnum()
    assert "httponly" not in csrf.lower()
    assert "httponly" in session.lower()


async def test_tokens_of_programs_are_not_for_this_prefix(front: Front) -> None:
    answer = await front.raw("GET", "/user", b"", Authorization="Bearer ihome_" + "0" * 43)

    assert answer.errno == "4101"
    assert (await front.visitor.get(f"{CLASSIC}/nothing")).status == 200
