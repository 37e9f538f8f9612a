"""The sandbox as Alipay: the cashier, notices that come again, queries, refunds, and what it refuses."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

import pytest

from server.payments import rsa2
from server.payments.model import (
    ProviderFailed,
    ProviderRefused,
    Refund,
    RefundStatus,
    Trade,
    TradeState,
)
from tests.server.local.sandbox.bank import KEY, NUMBER, Bank, Shop, origin, run_in
from tests.stack import free_port

if TYPE_CHECKING:
    from pathlib import Path


def test_a_guest_pays_and_the_merchant_hears_of_it_first(tmp_path: Path) -> None:
    async def scenario(here: Bank) -> None:
        path = await here.visit()
        page = await here.http.get(here.url + path)
        paid = await here.decide(path)
        await here.shop.until(1)

        notice = here.client.read_notice(here.shop.notices[0])
        back = urlsplit(paid.headers["location"])
        query = dict(parse_qsl(back.query))
        assert page.status_code == 200
        assert "19.99" in page.text
        assert "爱家租房订单 &lt;1&gt;" in page.text
        assert notice.trade == Trade(NUMBER, TradeState.PAID, path.rsplit("/", 1)[1], 1999)
        assert paid.status_code == 303
        assert back.path == "/api/v1_0/payments/alipay/return"
        assert here.client.read_return(query) == NUMBER
        assert "trade_status" not in query  # a return proves no payment, as with the real one

    run_in(tmp_path, scenario)


def test_the_cashiers_form_may_end_at_the_merchant_and_nowhere_else(tmp_path: Path) -> None:
    async def scenario(here: Bank) -> None:
        page = await here.http.get(here.url + await here.visit())
        inbox = await here.http.get(here.url + "/inbox")

        policy = page.headers["content-security-policy"]
        assert f"form-action 'self' {origin(here.shop_url)};" in policy
        assert "script-src" not in policy
        assert "default-src 'none'" in policy
        assert "form-action 'none'" in inbox.headers["content-security-policy"]
        assert page.headers["x-content-type-options"] == "nosniff"

    run_in(tmp_path, scenario)


def test_leaving_the_cashier_pays_nothing_and_leads_back(tmp_path: Path) -> None:
    async def scenario(here: Bank) -> None:
        left = await here.decide(await here.visit(), "cancel")

        assert left.headers["location"] == f"{here.shop_url}/order/7"
        assert (await here.trade())["status"] == "WAIT_BUYER_PAY"
        assert here.shop.notices == []

    run_in(tmp_path, scenario)


def test_a_trade_is_paid_once(tmp_path: Path) -> None:
    async def scenario(here: Bank) -> None:
        path = await here.visit()
        answers = await asyncio.gather(*(here.decide(path) for _ in range(5)))
        await here.shop.until(1)

        assert sorted(one.status_code for one in answers) == [303, 409, 409, 409, 409]
        assert "付款成功" in (await here.http.get(here.url + path)).text
        again = await here.http.get(here.pay_url())
        assert again.status_code == 400
        assert "ACQ.TRADE_HAS_SUCCESS" in again.text

    run_in(tmp_path, scenario)


def test_a_second_visit_is_the_same_trade_and_other_facts_are_refused(tmp_path: Path) -> None:
    async def scenario(here: Bank) -> None:
        assert await here.visit() == await here.visit(mobile=True)

        other = await here.http.get(here.pay_url(amount_fen=1))

        assert (other.status_code, "ACQ.CONTEXT_INCONSISTENT" in other.text) == (400, True)

    run_in(tmp_path, scenario)


def test_a_trade_that_waited_too_long_is_closed(tmp_path: Path) -> None:
    async def scenario(here: Bank) -> None:
        path = await here.visit(seconds=899)  # 14 whole minutes
        here.late = timedelta(minutes=13, seconds=59)
        before = (await here.client.query(NUMBER)).state
        here.late = timedelta(minutes=14)

        assert (before, (await here.client.query(NUMBER)).state) == (TradeState.WAITING, TradeState.CLOSED)
        assert (await here.decide(path)).status_code == 409
        assert "ACQ.TRADE_HAS_CLOSE" in (await here.http.get(here.pay_url())).text
        assert here.shop.notices == []

    run_in(tmp_path, scenario)


def test_a_notice_comes_again_with_the_same_id_until_it_hears_success(tmp_path: Path) -> None:
    async def scenario(here: Bank) -> None:
        await here.paid()
        await here.shop.until(3)
        await asyncio.sleep(0.2)

        assert len(here.shop.notices) == 3
        assert len({notice["notify_id"] for notice in here.shop.notices}) == 1
        [notice] = (await here.trade())["notices"]
        assert (notice["tries"], notice["acknowledged"]) == (3, True)

    run_in(tmp_path, scenario, shop=Shop(deaf_for=2), pauses=(0, 0.05, 0.05, 0.05, 0.05))


@pytest.mark.parametrize("word", ["failure", "SUCCESS", '{"errno":"0"}', ""])
def test_nothing_but_success_ends_the_tries_before_their_time(tmp_path: Path, word: str) -> None:
    async def scenario(here: Bank) -> None:
        await here.paid()
        await here.shop.until(3)
        await asyncio.sleep(0.2)

        assert len(here.shop.notices) == 3
        assert (await here.trade())["notices"][0]["acknowledged"] is False

    run_in(tmp_path, scenario, shop=Shop(says=word))


def test_a_restart_goes_on_with_trades_and_notices(tmp_path: Path) -> None:
    first, second, port = Shop(says="failure"), Shop(), free_port()

    async def before(here: Bank) -> None:
        await here.paid()
        await here.shop.until(1)
        await asyncio.sleep(0.2)  # the try is written down

    async def after(here: Bank) -> None:
        await here.shop.until(1)
        await asyncio.sleep(0.2)

        assert [one["notify_id"] for one in second.notices] == [first.notices[0]["notify_id"]]
        assert (await here.client.query(NUMBER)).state is TradeState.PAID

    run_in(tmp_path, before, shop=first, pauses=(0, 3600), shop_port=port)
    (tmp_path / "alipay" / "torn.json").write_text('{"trade_no": "2')
    run_in(tmp_path, after, shop=second, pauses=(0, 0, 0), shop_port=port)
    run_in(tmp_path, lambda _: asyncio.sleep(0.2), shop=second, pauses=(0, 0, 0), shop_port=port)

    assert len(second.notices) == 1


def test_a_query_knows_every_state(tmp_path: Path) -> None:
    async def scenario(here: Bank) -> None:
        absent = await here.client.query(NUMBER)
        await here.visit()
        waiting = await here.client.query(NUMBER)
        await here.paid()
        paid = await here.client.query(NUMBER)

        assert absent == Trade(NUMBER, TradeState.ABSENT)
        assert (waiting.state, waiting.amount_fen) == (TradeState.WAITING, 1999)
        assert (paid.state, paid.trade_no) == (TradeState.PAID, (await here.trade())["trade_no"])

    run_in(tmp_path, scenario)


def test_refunds_move_money_once_and_never_more_than_was_paid(tmp_path: Path) -> None:
    async def scenario(here: Bank) -> None:
        with pytest.raises(ProviderRefused, match="支付平台") as absent:
            await here.refund()
        await here.visit()
        with pytest.raises(ProviderRefused) as unpaid:
            await here.refund()
        await here.paid()

        await here.refund(500)
        await here.refund(500)  # the same request again
        with pytest.raises(ProviderRefused) as other:
            await here.refund(501)
        with pytest.raises(ProviderRefused) as over:
            await here.refund(1500, "RD")
        await here.refund(1499, "RD")

        reasons = [one.value.reason for one in (absent, unpaid, other, over)]
        trade = await here.trade()
        assert reasons == [
            "ACQ.TRADE_NOT_EXIST",
            "ACQ.TRADE_STATUS_ERROR",
            "ACQ.DISCORDANT_REPEAT_REQUEST",
            "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL",
        ]
        assert trade["refunds"] == {f"{NUMBER}RC": 500, f"{NUMBER}RD": 1499}
        assert trade["status"] == "TRADE_CLOSED"

    run_in(tmp_path, scenario)


def test_what_an_invented_order_gives_back_was_paid_though_nobody_paid_it_here(tmp_path: Path) -> None:
    seeded = "20261125777000000001P001"

    async def scenario(here: Bank) -> None:
        refund = Refund(1, f"{seeded}RD", 1, seeded, 500, RefundStatus.QUEUED, None, "t")

        await here.client.refund(refund)
        await here.client.refund(refund)

        trade = await here.trade(seeded)
        assert (trade["status"], trade["refunds"]) == ("TRADE_CLOSED", {f"{seeded}RD": 500})
        assert (await here.client.query(f"{seeded[:-1]}2")).state is TradeState.ABSENT
        assert here.shop.notices == []

    run_in(tmp_path, scenario)


def test_refunds_are_told_as_notices_of_their_own(tmp_path: Path) -> None:
    async def scenario(here: Bank) -> None:
        await here.paid()
        await here.refund(500)
        await here.refund(1499, "RD")
        await here.shop.until(3)

        told = [(one["trade_status"], one.get("refund_fee")) for one in here.shop.notices]
        assert sorted(told, key=str) == [
            ("TRADE_CLOSED", "19.99"), ("TRADE_SUCCESS", "5.00"), ("TRADE_SUCCESS", None),
        ]  # fmt: skip
        assert len({one["notify_id"] for one in here.shop.notices}) == 3
        assert all(here.client.read_notice(one).trade.amount_fen == 1999 for one in here.shop.notices)

    run_in(tmp_path, scenario)


def test_refunds_go_wrong_by_a_switch(tmp_path: Path) -> None:
    async def scenario(here: Bank) -> None:
        await here.paid()
        reasons = []
        for word in ("down", "poor", "silent"):
            await here.control(refunding=word)
            with pytest.raises(ProviderFailed) as failure:
                await here.refund()
            reasons.append(failure.value.reason)
        done = (await here.trade())["refunds"]
        await here.control(refunding="normal")
        await here.refund()

        assert reasons == ["http 503", "ACQ.SELLER_BALANCE_NOT_ENOUGH", "unreachable"]
        assert done == {f"{NUMBER}RC": 500} == (await here.trade())["refunds"]

    run_in(tmp_path, scenario)


def test_notices_go_wrong_by_a_switch_and_any_can_be_sent(tmp_path: Path) -> None:
    async def scenario(here: Bank) -> None:
        await here.visit()
        await here.control(notifying="off")
        await here.control("/pay")
        lost = len(here.shop.notices)
        late = (await here.control("/notices")).json()
        wrong = (await here.control("/notices", params={"total_amount": "0.01"})).json()
        forged = (await here.control("/notices", forged=True)).json()

        assert lost == 0
        assert (late["status"], late["answer"]) == (200, "success")
        assert here.client.read_notice(here.shop.notices[0]).trade.state is TradeState.PAID
        assert here.client.read_notice(here.shop.notices[1]).trade.amount_fen == 1
        assert not rsa2.are_notice_params_signed(KEY.public_key(), here.shop.notices[2])
        assert len({late["notify_id"], wrong["notify_id"], forged["notify_id"]}) == 3

    run_in(tmp_path, scenario)


def test_every_notice_may_come_twice_at_once(tmp_path: Path) -> None:
    async def scenario(here: Bank) -> None:
        await here.visit()
        await here.control(notifying="twice")
        await here.control("/pay")
        await here.shop.until(2)

        assert here.shop.notices[0] == here.shop.notices[1]

    run_in(tmp_path, scenario)


def test_foreign_callers_and_changed_requests_are_refused(tmp_path: Path) -> None:
    async def scenario(here: Bank) -> None:
        stranger = rsa2.read_private_key(rsa2.new_pair()[0])
        reasons = []
        for client in (here.client_of(app_id="2021000000000002"), here.client_of(key=stranger)):
            with pytest.raises(ProviderFailed) as failure:
                await client.query(NUMBER)
            reasons.append(failure.value.reason)
        changed = await here.http.get(here.pay_url().replace("19.99", "00.01"))

        assert reasons == ["isv.invalid-app-id", "isv.invalid-signature"]
        assert (changed.status_code, "isv.invalid-signature" in changed.text) == (400, True)
        assert (await here.http.get(f"{here.url}/alipay/trades")).json() == []

    run_in(tmp_path, scenario)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/alipay/cashier/2026", 404),
        ("POST", "/alipay/cashier/2026", 404),
        ("GET", "/alipay/trades/none", 404),
        ("GET", "/gateway.do", 200),
        ("POST", "/gateway.do", 200),
    ],
)
def test_what_is_not_there_or_says_nothing_is_no_defect(
    tmp_path: Path, method: str, path: str, status: int
) -> None:
    async def scenario(here: Bank) -> None:
        assert (await here.http.request(method, here.url + path)).status_code == status

    run_in(tmp_path, scenario)


def test_switches_want_json_so_that_other_sites_pages_cannot_send_them(tmp_path: Path) -> None:
    async def scenario(here: Bank) -> None:
        await here.visit()
        pay = f"{here.url}/alipay/trades/{NUMBER}/pay"

        answers = [
            await here.http.post(pay, data={"a": "b"}),
            await here.http.post(pay, content=b"{}", headers={"Content-Type": "text/plain"}),
            await here.http.post(pay, content=b"nonsense", headers={"Content-Type": "application/json"}),
            await here.http.post(pay, json=[1]),
            await here.control(notifying="sometimes"),
        ]

        assert [one.status_code for one in answers] == [415, 415, 400, 422, 422]
        assert (await here.trade())["status"] == "WAIT_BUYER_PAY"

    run_in(tmp_path, scenario)
