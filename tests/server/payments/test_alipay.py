"""Alipay's protocol on the wire: what we ask, and what of the answers we believe."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from server.payments import alipay, rsa2
from server.payments.alipay import QUERY, REFUND, REFUND_QUERY, Alipay, AlipayAccount, verified_answer
from server.payments.model import (
    BadNotice,
    Checkout,
    ProviderFailed,
    ProviderRefused,
    Refund,
    RefundStatus,
    Trade,
    TradeState,
)
from tests.server.payments.vectors import PKCS8, PUBLIC
from tests.server.sms.platform import Platform, playing

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

NOW = datetime(2026, 11, 25, 16, 30, 5, tzinfo=UTC)
NUMBER = "20261125000000000001P001"
KEY = rsa2.read_private_key(PKCS8)  # plays both sides: one key is enough here
APP, SELLER = "2021000000000001", "2088000000000001"
REFUND_ROW = Refund(7, f"{NUMBER}RC", 1, NUMBER, 500, RefundStatus.QUEUED, None, "task")
CHECKOUT = Checkout(NUMBER, 1999, "爱家租房订单 1&2=3", 899, "/order/7", mobile=False)


def account(url: str = "https://gateway.example/gateway.do") -> AlipayAccount:
    return AlipayAccount(url, APP, SELLER, KEY, rsa2.read_public_key(PUBLIC), "https://ihome.example")


def provider(
    http: httpx.AsyncClient | None = None, url: str = "https://gateway.example/gateway.do"
) -> Alipay:
    return Alipay(http or httpx.AsyncClient(trust_env=False), account(url), lambda: NOW)


def query_of(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True, strict_parsing=True))


def signed(method: str, answer: dict[str, Any], **extra: Any) -> bytes:
    """An answer as the gateway signs it."""
    text = json.dumps(answer, ensure_ascii=False)
    name = method.replace(".", "_") + "_response"
    more = "".join(f',"{key}":{json.dumps(value)}' for key, value in extra.items())
    return f'{{"{name}":{text},"sign":"{rsa2.sign(KEY, text.encode())}"{more}}}'.encode()


def success(method: str, **more: Any) -> bytes:
    return signed(method, {"code": "10000", "msg": "Success", "out_trade_no": NUMBER, **more})


def refusal(method: str, sub_code: str, code: str = "40004") -> bytes:
    return signed(method, {"code": code, "msg": "Business Failed", "sub_code": sub_code, "sub_msg": "交易"})


def ask(script: Callable[[Platform], list], call: Callable[[Alipay], Awaitable[Any]]) -> tuple[Platform, Any]:
    """One call to a scripted gateway: what it saw, and the result or the failure."""

    async def scenario() -> tuple[Platform, Any]:
        platform = Platform([])
        platform.steps = script(platform)
        async with playing(platform), httpx.AsyncClient(trust_env=False) as http:
            try:
                return platform, await call(provider(http, f"{platform.url}/gateway.do"))
            except (ProviderFailed, ProviderRefused) as failure:
                return platform, failure

    return asyncio.run(scenario())


def answered(*bodies: bytes) -> Callable[[Platform], list]:
    return lambda platform: [platform.answers(200, body) for body in bodies]


def refund(client: Alipay) -> Awaitable[None]:
    return client.refund(REFUND_ROW)


def look(client: Alipay) -> Awaitable[Trade]:
    return client.query(NUMBER)


def form(**changes: str | None) -> dict[str, str]:
    """A notice of a payment, signed after the changes."""
    params = {
        "app_id": APP,
        "seller_id": SELLER,
        "notify_id": "2026112500222123456789012345678901",
        "out_trade_no": NUMBER,
        "trade_no": "2026112522001400000000000001",
        "trade_status": "TRADE_SUCCESS",
        "total_amount": "19.99",
        "subject": "爱家租房订单",
    }
    params = {name: value for name, value in {**params, **changes}.items() if value is not None}
    return {**params, "sign_type": "RSA2", "sign": rsa2.sign(KEY, rsa2.notice_content(params))}


def test_the_way_to_the_cashier_is_a_signed_request_for_the_exact_amount() -> None:
    url = provider().pay_url(CHECKOUT)

    params = query_of(url)
    content = json.loads(params.pop("biz_content"))
    assert url.startswith("https://gateway.example/gateway.do?")
    assert content == {
        "out_trade_no": NUMBER,
        "total_amount": "19.99",
        "subject": "爱家租房订单 1&2=3",
        "product_code": "FAST_INSTANT_TRADE_PAY",
        "timeout_express": "14m",
        "request_from_url": "https://ihome.example/order/7",
    }
    assert rsa2.is_signed(KEY.public_key(), rsa2.request_content(query_of(url)), params.pop("sign"))
    assert params == {
        "app_id": APP,
        "method": "alipay.trade.page.pay",
        "format": "JSON",
        "charset": "utf-8",
        "sign_type": "RSA2",
        "timestamp": "2026-11-26 00:30:05",  # in China
        "version": "1.0",
        "notify_url": "https://ihome.example/api/v1_0/payments/alipay/notify",
        "return_url": "https://ihome.example/api/v1_0/payments/alipay/return",
    }


def test_a_phone_is_sent_to_the_cashier_for_phones() -> None:
    params = query_of(provider().pay_url(Checkout(NUMBER, 5, "x", 60, "/order/7", mobile=True)))

    content = json.loads(params["biz_content"])
    assert params["method"] == "alipay.trade.wap.pay"
    assert (content["product_code"], content["quit_url"]) == (
        "QUICK_WAP_WAY",
        "https://ihome.example/order/7",
    )
    assert (content["total_amount"], content["timeout_express"]) == ("0.05", "1m")


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("TRADE_SUCCESS", TradeState.PAID),
        ("TRADE_FINISHED", TradeState.PAID),
        ("TRADE_CLOSED", TradeState.CLOSED),
        ("WAIT_BUYER_PAY", TradeState.WAITING),
    ],
)
def test_a_notice_is_read(status: str, state: TradeState) -> None:
    notice = provider().read_notice(form(trade_status=status, notify_id="n-1"))

    assert (notice.notice_id, notice.trade_status) == ("n-1", status)
    assert notice.trade == Trade(NUMBER, state, "2026112522001400000000000001", 1999)


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({**form(), "total_amount": "0.01"}, "signature"),
        ({**form(), "sign": ""}, "signature"),
        ({**form(), "sign_type": "RSA"}, "signature"),
        ({name: value for name, value in form().items() if name != "sign_type"}, "signature"),
        ({name: value for name, value in form().items() if name != "sign"}, "signature"),
        ({}, "signature"),
        (form(app_id="2021000000000002"), "foreign application"),
        (form(app_id=None), "foreign application"),
        (form(seller_id="2088000000000002"), "foreign seller"),
        (form(seller_id=None), "foreign seller"),
        (form(trade_status="TRADE_PENDING"), "malformed"),
        (form(trade_status=None), "malformed"),
        (form(out_trade_no=None), "malformed"),
        (form(out_trade_no="x' OR 1"), "malformed"),
        (form(trade_no="交易"), "malformed"),
        (form(notify_id=None), "malformed"),
        (form(notify_id="n" * 129), "malformed"),
        (form(total_amount="19.999"), "malformed"),
        (form(total_amount=None), "malformed"),
    ],
)
def test_what_is_not_alipays_word_to_us_is_refused(params: dict[str, str], reason: str) -> None:
    with pytest.raises(BadNotice) as refused:
        provider().read_notice(params)

    assert refused.value.reason == reason


def test_without_the_check_of_the_signature_a_forged_notice_would_be_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The negative control."""
    monkeypatch.setattr(rsa2, "is_signed", lambda *_: True)

    assert provider().read_notice({**form(), "total_amount": "0.01"}).trade.amount_fen == 1


def test_a_return_names_its_payment_only_when_alipay_signed_it() -> None:
    assert provider().read_return(form()) == NUMBER
    with pytest.raises(BadNotice):
        provider().read_return({**form(), "out_trade_no": "other"})


def test_a_refund_is_asked_for_as_documented() -> None:
    platform, outcome = ask(answered(success(REFUND, fund_change="Y")), refund)

    head, _, body = platform.requests[0].partition(b"\r\n\r\n")
    params = dict(parse_qsl(body.decode()))
    assert outcome is None
    assert head.startswith(b"POST /gateway.do?charset=utf-8 ")
    assert b"Content-Type: application/x-www-form-urlencoded" in head
    assert rsa2.is_signed(KEY.public_key(), rsa2.request_content(params), params["sign"])
    assert params["method"] == "alipay.trade.refund"
    assert json.loads(params["biz_content"]) == {
        "out_trade_no": NUMBER,
        "refund_amount": "5.00",
        "out_request_no": f"{NUMBER}RC",
    }


def test_a_refund_that_moved_no_money_now_is_looked_up() -> None:
    found = success(
        REFUND_QUERY, out_request_no=f"{NUMBER}RC", refund_amount="5.00", refund_status="REFUND_SUCCESS"
    )

    platform, outcome = ask(answered(success(REFUND, fund_change="N"), found), refund)

    assert outcome is None
    assert len(platform.requests) == 2


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"refund_status": "REFUND_PROCESSING", "out_request_no": f"{NUMBER}RC", "refund_amount": "5.00"},
        {"refund_status": "REFUND_SUCCESS", "out_request_no": f"{NUMBER}RD", "refund_amount": "5.00"},
        {"refund_status": "REFUND_SUCCESS", "out_request_no": f"{NUMBER}RC", "refund_amount": "4.00"},
    ],
)
def test_a_refund_that_cannot_be_found_is_asked_for_again(facts: dict[str, str]) -> None:
    _, outcome = ask(answered(success(REFUND, fund_change="N"), success(REFUND_QUERY, **facts)), refund)

    assert isinstance(outcome, ProviderFailed)


@pytest.mark.parametrize(
    "code",
    [
        "ACQ.TRADE_NOT_EXIST",
        "ACQ.TRADE_HAS_CLOSE",
        "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL",
        "ACQ.TRADE_STATUS_ERROR",
    ],
)
def test_a_refusal_that_stays_is_final(code: str) -> None:
    _, outcome = ask(answered(refusal(REFUND, code)), refund)

    assert isinstance(outcome, ProviderRefused)
    assert outcome.reason == code


@pytest.mark.parametrize(
    "body",
    [
        refusal(REFUND, "ACQ.SYSTEM_ERROR"),
        refusal(REFUND, "ACQ.SELLER_BALANCE_NOT_ENOUGH"),
        refusal(REFUND, "isp.unknow-error", "20000"),
        refusal(REFUND, "isv.invalid-signature", "40002"),
        b'{"error_response":{"code":"40002","sub_code":"isv.invalid-app-id"}}',
        b'{"alipay_trade_refund_response":{"code":"10000","fund_change":"Y"}}',
        refusal(REFUND, "ACQ.TRADE_NOT_EXIST").replace(b"TRADE_NOT", b"TRADE_NOR"),
        success(REFUND, fund_change="Y").replace(NUMBER.encode(), b"20261125000000000002P001"),
        signed(REFUND, {"code": "10000", "out_trade_no": "20261125000000000002P001", "fund_change": "Y"}),
        success(QUERY, fund_change="Y"),
        b"",
        b"sorry",
        b"[1]",
        b"null",
        b"\xff\xfe",
        b"[" * 60_000,
    ],
)
def test_what_may_be_otherwise_tomorrow_or_is_not_alipays_word_is_asked_again(body: bytes) -> None:
    _, outcome = ask(answered(body), refund)

    assert isinstance(outcome, ProviderFailed)
    assert outcome.reason.isascii()
    assert len(outcome.reason) <= 64


@pytest.mark.parametrize("status", [302, 400, 404, 500, 502, 503])
def test_a_status_that_is_none_of_the_gateways_says_nothing(status: int) -> None:
    _, outcome = ask(lambda p: [p.answers(status, success(REFUND, fund_change="Y"))], refund)

    assert isinstance(outcome, ProviderFailed)
    assert outcome.reason == f"http {status}"


@pytest.mark.parametrize(
    "step", ["keeps_silent", "drips", "resets_at_once", "resets_after_the_request", "floods"]
)
def test_a_lost_answer_ends_in_time(step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alipay, "TOTAL_SECONDS", 0.5)

    platform, outcome = ask(lambda p: [getattr(p, step)], refund)

    assert isinstance(outcome, ProviderFailed)
    assert outcome.reason in {"unreachable", "unreadable"}
    assert platform.sent_bytes < 32 * 1024 * 1024


@pytest.mark.parametrize("url", ["ftp://127.0.0.1", "nonsense", "http://127.0.0.1:9/"])
def test_nobody_at_the_address_is_a_failure_like_others(url: str) -> None:
    async def scenario() -> None:
        async with httpx.AsyncClient(trust_env=False) as http:
            await provider(http, url).query(NUMBER)

    with pytest.raises(ProviderFailed):
        asyncio.run(scenario())


def test_a_query_tells_state_and_amount() -> None:
    facts = {"trade_status": "TRADE_SUCCESS", "trade_no": "t1", "total_amount": "19.99"}

    _, outcome = ask(answered(success(QUERY, **facts)), look)

    assert outcome == Trade(NUMBER, TradeState.PAID, "t1", 1999)


def test_a_trade_that_never_began_is_no_failure() -> None:
    _, outcome = ask(answered(refusal(QUERY, "ACQ.TRADE_NOT_EXIST")), look)

    assert outcome == Trade(NUMBER, TradeState.ABSENT)


@pytest.mark.parametrize(
    "facts",
    [
        {"trade_status": "SOMETHING", "trade_no": "t1", "total_amount": "19.99"},
        {"trade_status": "TRADE_SUCCESS", "total_amount": "19.99"},
        {"trade_status": "TRADE_SUCCESS", "trade_no": "t1", "total_amount": 19.99999},
        {"trade_status": "TRADE_SUCCESS", "trade_no": "t1", "total_amount": "19.99", "out_trade_no": "x"},
    ],
)
def test_a_query_that_answers_something_else_is_not_believed(facts: dict[str, Any]) -> None:
    _, outcome = ask(answered(success(QUERY, **facts)), look)

    assert isinstance(outcome, ProviderFailed)


def test_only_the_signed_characters_are_read() -> None:
    """Whatever stands beside the signed object: a second one of that name, or one deep within another."""
    good, key = success(QUERY, trade_status="TRADE_CLOSED").decode(), KEY.public_key()
    name = "alipay_trade_query_response"
    fake = f'"{name}":{{"code":"10000","trade_status":"TRADE_SUCCESS"}}'

    assert verified_answer(key, QUERY, good.encode())["trade_status"] == "TRADE_CLOSED"
    for forged in ("{" + fake + "," + good[1:], '{"x":{' + fake + "}," + good[1:]):
        with pytest.raises(ProviderFailed):
            verified_answer(key, QUERY, forged.encode())
    doubled = good[:-1] + "," + fake + "}"
    assert verified_answer(key, QUERY, doubled.encode())["trade_status"] == "TRADE_CLOSED"


def test_neither_key_nor_signature_shows_in_a_repr() -> None:
    assert "RSA" not in repr(account())
