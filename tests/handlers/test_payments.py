"""Payments with the real worker and the sandbox's cashier: paid, late, double, forged, lost, cancelled, given back."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from tornado.httpserver import HTTPServer

from server.orders import repository as orders_repository
from server.payments import report, repository, service
from server.payments.model import Checkout, RefundTooLarge
from tests.payments import NOTIFY, Booking, book, eventually, number_of, query_of, tell
from tests.visitor import API, Visitor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from handlers.application import IhomeApplication
    from tests.stack import Stack

    NewVisitor = Callable[[], Visitor]

pytestmark = pytest.mark.gen_test(timeout=90)
AMOUNT, DEPOSIT = 25_000, 5_000
RETURN = f"{API}/payments/alipay/return"


@pytest.fixture(autouse=True)
def at_the_public_address(io_loop: Any, app: IhomeApplication, stack: Stack) -> Iterator[None]:
    """Let the sandbox's notices find the application."""
    server = HTTPServer(app)
    server.listen(stack.port, "127.0.0.1")
    yield
    server.stop()
    io_loop.run_sync(server.close_all_connections)


@pytest.fixture
def booking(io_loop: Any, new_visitor: NewVisitor, stack: Stack) -> Booking:
    """An order that waits for its payment."""
    return io_loop.run_sync(lambda: book(new_visitor, stack))


async def test_a_guest_pays_at_the_cashier_and_both_sides_hear_of_it(booking: Booking) -> None:
    seqs = [
        (await one.get(f"{API}/live/events?after=0")).data["seq"] for one in (booking.guest, booking.host)
    ]
    cashier = booking.stack.sandbox_url + await booking.open(await booking.pay_url())

    paid = await booking.fetch(cashier, "POST", b"action=pay")
    await booking.until("PAID")

    heard = [
        (await one.get(f"{API}/live/events?after={seq}&wait=10")).data["events"][0]
        for one, seq in zip((booking.guest, booking.host), seqs, strict=True)
    ]
    back = await booking.guest.get(
        paid.headers["Location"].removeprefix(f"http://127.0.0.1:{booking.stack.port}")
    )
    assert [(one["kind"], one["event"], one["status"], one["role"]) for one in heard] == [
        ("order", "pay", "PAID", "guest"),
        ("order", "pay", "PAID", "host"),
    ]
    assert (back.status, back.headers["Location"]) == (302, f"/payComplete.html?order_id={booking.order_id}")
    assert await booking.payments() == ["paid"]
    assert await booking.refunds() == []


async def test_a_phone_gets_the_cashier_for_phones_and_the_same_payment(booking: Booking) -> None:
    desk = await booking.pay_url(**{"User-Agent": "Mozilla/5.0 (X11; Linux x86_64)"})
    phone = await booking.pay_url(**{"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) Mobile/15E148"})

    methods = [query_of(url)["method"] for url in (desk, phone)]
    assert methods == ["alipay.trade.page.pay", "alipay.trade.wap.pay"]
    assert number_of(desk) == number_of(phone)
    assert await booking.payments() == ["created"]


async def test_many_clicks_open_one_payment(booking: Booking) -> None:
    urls = await asyncio.gather(*(booking.pay_url() for _ in range(8)))

    assert len({number_of(url) for url in urls}) == 1
    assert await booking.payments() == ["created"]


async def test_only_the_guest_pays_and_only_what_waits_for_it(
    booking: Booking, new_visitor: NewVisitor
) -> None:
    nobody = await new_visitor().begin()
    by_the_host = await booking.begin(booking.host)
    by_nobody = await booking.begin(nobody)
    await booking.hold(59)
    too_late = await booking.begin()
    await booking.hold(70)
    await booking.paid()
    again = await booking.begin()

    assert (by_the_host.status, by_nobody.status) == (404, 401)
    assert (too_late.status, too_late.errno, list(too_late.fields)) == (409, "4004", ["order_id"])
    assert (again.status, again.errno) == (409, "4004")


async def test_a_browser_that_returns_or_never_does_changes_nothing(booking: Booking) -> None:
    number = await booking.visit()
    notice = booking.guest.services.payments._provider  # the client that checks what returns
    forged = await booking.guest.get(f"{RETURN}?{urlencode({'out_trade_no': number, 'sign': 'x'})}")
    garbled = await booking.guest.get(f"{RETURN}?out_trade_no=%FF&out_trade_no=2")
    bare = await booking.guest.get(RETURN)
    await booking.control(number, notifying="off")
    genuine = (await booking.control(number, "/pay"))["return_url"]
    assert notice.read_return(query_of(genuine)) == number

    returned = await booking.guest.get(genuine.removeprefix(f"http://127.0.0.1:{booking.stack.port}"))

    assert [one.headers["Location"] for one in (forged, garbled, bare)] == ["/orders.html"] * 3
    assert returned.headers["Location"] == f"/payComplete.html?order_id={booking.order_id}"
    assert (await booking.order())["status"] == "WAIT_PAYMENT"
    assert await booking.payments() == ["created"]


async def test_money_that_comes_after_the_hold_goes_back_by_itself(booking: Booking) -> None:
    number = await booking.visit()
    await booking.expire()

    await booking.control(number, "/pay")
    await booking.until_refunded(("late", AMOUNT, "done"))

    assert (await booking.order())["status"] == "CANCELED"
    assert await booking.payments() == ["paid"]
    assert (await booking.trade(number))["refunds"] == {f"{number}RL": AMOUNT}


async def test_money_for_a_cancelled_order_goes_back_by_itself(booking: Booking) -> None:
    number = await booking.visit()
    assert (await booking.act(booking.host, "cancel", reason="水管坏了")).status == 200

    await booking.control(number, "/pay")
    await booking.until_refunded(("late", AMOUNT, "done"))

    assert (await booking.order())["status"] == "CANCELED"


async def test_the_second_payment_of_a_paid_order_goes_back_and_the_first_stays(booking: Booking) -> None:
    second = await another_payment(booking)
    first = await booking.paid()

    await booking.control(second, "/pay")
    await booking.until_refunded(("twice", AMOUNT, "done"))

    assert (await booking.order())["status"] == "PAID"
    assert (await booking.trade(first))["refunds"] == {}
    assert (await booking.act(booking.guest, "cancel")).status == 200
    await booking.until_refunded(("twice", AMOUNT, "done"), ("cancel", AMOUNT, "done"))
    assert (await booking.trade(first))["refunds"] == {f"{first}RC": AMOUNT}
    assert (await booking.trade(second))["refunds"] == {f"{second}RT": AMOUNT}


async def test_a_notice_that_comes_again_pays_once(booking: Booking, new_visitor: NewVisitor) -> None:
    number = await booking.visit()
    await booking.control(number, notifying="twice")
    await booking.control(number, "/pay")
    await booking.until("PAID")
    provider = new_visitor()

    form = await genuine_notice(booking, number)
    same = await asyncio.gather(*(tell(provider, form) for _ in range(10)))
    others = await asyncio.gather(*(booking.control(number, "/notices") for _ in range(5)))

    assert {(one.status, one.body) for one in same} == {(200, b"success")}
    assert {(one["status"], one["answer"]) for one in others} == {(200, "success")}
    assert await booking.events() == ["place", "pay"]
    assert await booking.refunds() == []


async def test_notices_at_once_of_an_unpaid_order_pay_it_once(booking: Booking) -> None:
    number = await booking.visit()
    await booking.control(number, notifying="off")
    await booking.control(number, "/pay")

    answers = await asyncio.gather(*(booking.control(number, "/notices") for _ in range(10)))

    assert {(one["status"], one["answer"]) for one in answers} == {(200, "success")}
    assert await booking.events() == ["place", "pay"]


async def test_without_the_locks_notices_at_once_would_collide(
    booking: Booking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control of the test above: the history's key refuses what the locks should have kept apart."""
    number = await booking.visit()
    await booking.control(number, notifying="off")
    await booking.control(number, "/pay")
    waiting, everybody = iter(range(4)), asyncio.Barrier(4)

    async def look(cursor: Any, wanted: str) -> Any:
        await cursor.execute(
            "SELECT id, number, order_id, amount_fen, status FROM payments WHERE number = %s", (wanted,)
        )
        found = repository._payment(await cursor.fetchone())
        if next(waiting, None) is not None:  # not when a transaction is run again
            await everybody.wait()
        return found

    monkeypatch.setattr(orders_repository, "lock", orders_repository.find)
    monkeypatch.setattr(repository, "lock_payment", look)

    answers = await asyncio.gather(*(booking.control(number, "/notices") for _ in range(4)))

    statuses = [one["status"] for one in answers]
    assert statuses.count(500) >= 1
    assert await booking.events() == ["place", "pay"]  # the history's key is the last guard


@pytest.mark.parametrize(
    "wish",
    [
        {"params": {"total_amount": "0.01"}},
        {"params": {"total_amount": "250.01"}},
        {"params": {"app_id": "2021000000000001"}},
        {"params": {"seller_id": "2088000000000001"}},
        {"params": {"out_trade_no": "20261125999999999999P001"}},
        {"params": {"trade_status": "TRADE_PENDING"}},
        {"params": {"notify_id": ""}},
        {"forged": True},
    ],
    ids=str,
)
async def test_what_is_not_alipays_word_about_this_payment_is_a_failure_and_changes_nothing(
    booking: Booking, wish: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    number = await booking.visit()
    await booking.control(number, notifying="off")
    await booking.control(number, "/pay")

    told = await booking.control(number, "/notices", **wish)

    assert (told["status"], told["answer"]) == (400, "failure")
    assert (await booking.order())["status"] == "WAIT_PAYMENT"
    assert await booking.payments() == ["created"]
    assert (
        await booking.sql(
            "SELECT 1 FROM payment_notices n JOIN payments p ON p.id = n.payment_id WHERE p.number = %s",
            number,
        )
        == []
    )
    assert "sign=" not in "".join(capsys.readouterr())


async def test_without_the_check_of_the_amount_a_fen_would_pay_an_order(
    booking: Booking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control of the test above."""
    number = await booking.visit()
    await booking.control(number, notifying="off")
    await booking.control(number, "/pay")
    read = type(booking.guest.services.payments._provider).read_notice

    def generous(self: Any, form: dict[str, str]) -> Any:
        notice = read(self, form)
        trade = service.Trade(notice.trade.number, notice.trade.state, notice.trade.trade_no, AMOUNT)
        return type(notice)(notice.notice_id, trade, notice.trade_status)

    monkeypatch.setattr(type(booking.guest.services.payments._provider), "read_notice", generous)

    told = await booking.control(number, "/notices", params={"total_amount": "0.01"})

    assert told["answer"] == "success"
    assert (await booking.order())["status"] == "PAID"


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/x-www-form-urlencoded", b""),
        ("application/x-www-form-urlencoded", b"sign=%FF"),
        ("application/x-www-form-urlencoded", b"sign=a&sign=b"),
        ("application/x-www-form-urlencoded", b"app_id=\x00"),
        ("application/x-www-form-urlencoded", b"&" * 5000),
        ("application/json", b'{"out_trade_no": "1"}'),
        ("text/plain", b"success"),
        ("multipart/form-data", b"nonsense"),
    ],
)
async def test_whatever_is_sent_the_answer_is_one_word_and_no_defect(
    visitor: Visitor, content_type: str, body: bytes
) -> None:
    answer = await visitor.call("POST", NOTIFY, body, {"Content-Type": content_type})

    assert answer.status in {400, 422}
    assert answer.body == b"failure"
    assert answer.headers["Content-Type"].startswith("text/plain")


async def test_a_notice_needs_no_session_and_other_writes_still_need_their_token(booking: Booking) -> None:
    stranger = Visitor(booking.guest.client, booking.guest.base_url, booking.guest.services)
    number = await booking.visit()
    await booking.control(number, notifying="off")
    await booking.control(number, "/pay")

    told = await tell(stranger, await genuine_notice(booking, number))
    refused = await booking.begin(stranger)

    assert (told.status, told.body) == (200, b"success")
    assert stranger.cookies == {}
    assert (refused.status, refused.errno) == (403, "4201")


async def test_a_closed_trade_ends_its_payment_and_a_new_one_may_begin(booking: Booking) -> None:
    number = await booking.visit()

    told = await booking.control(number, "/notices", params={"trade_status": "TRADE_CLOSED"})
    next_number = await booking.visit()

    assert told["answer"] == "success"
    assert await booking.payments() == ["closed", "created"]
    assert (number[-4:], next_number[-4:]) == ("P001", "P002")
    await booking.paid()
    assert await booking.payments() == ["closed", "paid"]


async def test_money_for_a_payment_that_was_thought_closed_still_pays(booking: Booking) -> None:
    number = await booking.visit()
    await booking.control(number, "/notices", params={"trade_status": "TRADE_CLOSED"})

    await booking.control(number, "/pay")
    await booking.until("PAID")

    assert await booking.payments() == ["paid"]


async def test_a_refunds_own_notice_changes_nothing(booking: Booking) -> None:
    number = await booking.paid()
    assert (await booking.act(booking.guest, "cancel")).status == 200
    await booking.until_refunded(("cancel", AMOUNT, "done"))

    async def told() -> bool:
        return all(one["acknowledged"] for one in (await booking.trade(number))["notices"])

    await eventually(told)

    assert [one["params"]["trade_status"] for one in (await booking.trade(number))["notices"]] == [
        "TRADE_SUCCESS",
        "TRADE_CLOSED",
    ]
    assert await booking.payments() == ["paid"]
    assert await booking.events() == ["place", "pay", "cancel"]


async def test_payment_and_cancellation_at_once_end_in_one_of_two_ways(
    new_visitor: NewVisitor, stack: Stack
) -> None:
    """Either it was paid and is cancelled with a refund, or it was cancelled and the late money goes back."""
    for _ in range(5):
        booking = await book(new_visitor, stack)
        number = await booking.visit()
        await booking.control(number, notifying="off")
        await booking.control(number, "/pay")

        told, cancelled = await asyncio.gather(
            booking.control(number, "/notices"), booking.act(booking.guest, "cancel")
        )

        assert (told["answer"], cancelled.status) == ("success", 200)
        cause = {("place", "pay", "cancel"): "cancel", ("place", "cancel"): "late"}[
            tuple(await booking.events())
        ]
        await booking.until_refunded((cause, AMOUNT, "done"))
        assert sum((await booking.trade(number))["refunds"].values()) == AMOUNT


@pytest.mark.parametrize("trouble", ["down", "poor", "silent"])
async def test_a_refund_that_goes_wrong_is_tried_again_until_it_is_done_once(
    booking: Booking, trouble: str
) -> None:
    number = await booking.paid()
    await booking.control(number, refunding=trouble)
    assert (await booking.act(booking.guest, "cancel")).status == 200
    await eventually(lambda: was_published(booking, 2))
    before = await booking.refunds()

    await booking.control(number, refunding="normal")
    await booking.until_refunded(("cancel", AMOUNT, "done"))

    assert before == [("cancel", AMOUNT, "queued")]
    assert (await booking.trade(number))["refunds"] == {f"{number}RC": AMOUNT}


async def test_both_sides_hear_that_a_refund_is_done(booking: Booking) -> None:
    await booking.paid()
    assert (await booking.act(booking.guest, "cancel")).status == 200
    await booking.until_refunded(("cancel", AMOUNT, "done"))

    for side in (booking.guest, booking.host):
        events = (await side.get(f"{API}/live/events?after=0")).data["events"]
        mine = [one for one in events if one["kind"] == "order"]
        assert [one["event"] for one in mine] == ["place", "pay", "cancel", "refund"]
        assert mine[-1]["version"] == mine[-2]["version"]
        assert mine[-1]["status"] == "CANCELED"


async def test_a_refund_is_given_up_after_many_tries_and_then_failed(
    booking: Booking, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await booking.paid()
    await booking.control(number, refunding="down")
    monkeypatch.setattr(service, "MAX_PUBLICATIONS", 0)
    assert (await booking.act(booking.guest, "cancel")).status == 200
    [row] = await booking.sql("SELECT id, task_id FROM refunds WHERE order_id = %s", booking.order_id)

    outcome = await booking.guest.services.payments.refund(row["task_id"], row["id"])
    again = await booking.guest.services.payments.refund(row["task_id"], row["id"])

    assert outcome == again == {"state": "failed", "reason": "http 503"}
    assert await booking.refunds() == [("cancel", AMOUNT, "failed")]
    [task] = await booking.sql("SELECT done_at FROM outbox WHERE task_id = %s", row["task_id"])
    assert task["done_at"] is not None
    await booking.control(number, refunding="normal")


async def test_a_refund_that_the_provider_refuses_is_failed_at_once(booking: Booking) -> None:
    number = await booking.paid()
    await booking.sql(
        "UPDATE payments SET number = CONCAT(LEFT(number, 21), '999') WHERE number = %s", number
    )

    assert (await booking.act(booking.guest, "cancel")).status == 200
    await booking.until_refunded(("cancel", AMOUNT, "failed"))

    [row] = await booking.sql("SELECT failure FROM refunds WHERE order_id = %s", booking.order_id)
    assert row["failure"] == "ACQ.TRADE_NOT_EXIST"


async def test_a_lost_notice_is_found_while_the_order_is_still_held(booking: Booking) -> None:
    number = await booking.visit()
    await booking.control(number, notifying="off")
    await booking.control(number, "/pay")
    payments = booking.guest.services.payments
    await payments.check()
    calm = (await booking.order())["status"]

    await booking.hold(30)
    await asyncio.gather(payments.check(), payments.check())
    await payments.check()

    assert calm == "WAIT_PAYMENT"
    assert await booking.events() == ["place", "pay"]
    assert await booking.payments() == ["paid"]


async def test_money_of_a_lost_notice_goes_back_when_the_order_is_over(booking: Booking) -> None:
    number = await booking.visit()
    await booking.control(number, notifying="off")
    await booking.control(number, "/pay")
    await booking.expire()

    await booking.guest.services.payments.check()
    await booking.until_refunded(("late", AMOUNT, "done"))

    assert await booking.payments() == ["paid"]


async def test_a_payment_that_nobody_began_is_closed_with_its_order(booking: Booking) -> None:
    await booking.pay_url()
    await booking.hold(30)
    await booking.guest.services.payments.check()
    before = await booking.payments()
    await booking.expire()

    await booking.guest.services.payments.check()

    assert (before, await booking.payments()) == (["created"], ["closed"])


async def test_the_look_for_lost_notices_survives_a_silent_provider(
    booking: Booking, monkeypatch: pytest.MonkeyPatch
) -> None:
    await booking.visit()
    await booking.hold(30)

    async def silent(_self: Any, _number: str) -> None:
        raise service.ProviderFailed("unreachable")

    monkeypatch.setattr(type(booking.guest.services.payments._provider), "query", silent)

    outcome = await booking.guest.services.payments.check()

    assert outcome["settled"] == 0
    assert await booking.payments() == ["created"]


async def test_refunds_never_exceed_the_payment_whoever_asks_at_once(booking: Booking) -> None:
    await booking.paid()
    database = booking.guest.services.database

    async def give_back(cause: str, amount_fen: int) -> str | None:
        async with database.transaction() as cursor:
            await orders_repository.lock(cursor, booking.order_id)
            return await repository.add_refund(cursor, booking.order_id, cause, amount_fen)

    results = await asyncio.gather(
        give_back("cancel", AMOUNT - 1), give_back("deposit", DEPOSIT), return_exceptions=True
    )

    assert sorted(type(one).__name__ for one in results) == ["RefundTooLarge", "str"]
    with pytest.raises(RefundTooLarge):
        await give_back("deposit" if await causes(booking) == ["cancel"] else "cancel", AMOUNT)
    assert len(await booking.refunds()) == 1


async def test_one_cause_gives_back_once_and_nothing_gives_back_nothing(booking: Booking) -> None:
    database = booking.guest.services.database

    async def give_back(amount_fen: int) -> str | None:
        async with database.transaction() as cursor:
            return await repository.add_refund(cursor, booking.order_id, "deposit", amount_fen)

    unpaid = await give_back(DEPOSIT)
    await booking.paid()
    answers = [await give_back(0), await give_back(DEPOSIT), await give_back(DEPOSIT)]

    assert unpaid is None
    assert answers[0] is answers[2] is None
    assert answers[1] is not None
    await booking.until_refunded(("deposit", DEPOSIT, "done"))
    with pytest.raises(RefundTooLarge):
        async with database.transaction() as cursor:
            await repository.add_refund(cursor, booking.order_id, "cancel", -5)


async def test_the_task_of_a_refund_that_is_gone_ends(booking: Booking) -> None:
    outcome = await booking.guest.services.payments.refund("refund-of-nothing", 10**15)

    assert outcome == {"state": "failed", "reason": "unknown"}


async def test_an_operator_sees_failed_refunds_and_queues_them_anew(
    booking: Booking, capsys: pytest.CaptureFixture[str]
) -> None:
    number = await booking.paid()
    hidden = number[:-3] + "999"
    await booking.sql("UPDATE payments SET number = %s WHERE number = %s", hidden, number)
    assert (await booking.act(booking.guest, "cancel")).status == 200
    await booking.until_refunded(("cancel", AMOUNT, "failed"))
    payments = booking.guest.services.payments

    told = await report.refunds(payments, again=False)
    await booking.sql("UPDATE payments SET number = %s WHERE number = %s", number, hidden)
    await report.refunds(payments, again=True)

    await booking.until_refunded(("cancel", AMOUNT, "done"))
    lines = capsys.readouterr().out
    assert told == 1
    assert f"{hidden}RC  order {booking.order_id}  250.00 yuan  failed: ACQ.TRADE_NOT_EXIST" in lines
    assert f"{hidden}RC  order {booking.order_id}  250.00 yuan  queued anew" in lines
    assert (await booking.trade(number))["refunds"] == {f"{hidden}RC": AMOUNT}


async def another_payment(booking: Booking) -> str:
    """A second way to the cashier, open beside the first: what nobody gets by clicking."""
    number = await booking.visit()
    other = number[:-3] + "002"
    await booking.sql(
        "INSERT INTO payments (number, order_id, amount_fen) VALUES (%s, %s, %s)",
        other,
        booking.order_id,
        AMOUNT,
    )
    provider = booking.guest.services.payments._provider
    await booking.open(provider.pay_url(Checkout(other, AMOUNT, "第二笔", 600, "/", mobile=False)))
    await booking.sql("UPDATE payments SET status = 'closed' WHERE number = %s", other)
    return other


async def genuine_notice(booking: Booking, number: str) -> dict[str, str]:
    """A notice that Alipay could send, signed by the sandbox's key."""
    from server.local.sandbox.couriers import Couriers, Merchant
    from server.local.state import sandbox_alipay_key
    from server.payments.rsa2 import read_private_key

    settings = booking.stack.settings
    key = read_private_key(sandbox_alipay_key(booking.stack.folder.root))
    merchant = Merchant(settings.alipay_app_id, settings.alipay_seller_id, key.public_key(), key)
    trade = await booking.trade(number)
    params = {
        "app_id": merchant.app_id,
        "seller_id": merchant.seller_id,
        "notify_id": f"test-{number}",
        "out_trade_no": number,
        "trade_no": trade["trade_no"],
        "trade_status": "TRADE_SUCCESS",
        "total_amount": "250.00",
        "charset": "utf-8",
    }
    return Couriers(merchant, None, None).signed(params)  # type: ignore[arg-type]


async def causes(booking: Booking) -> list[str]:
    return [cause for cause, _, _ in await booking.refunds()]


async def was_published(booking: Booking, times: int) -> bool:
    """Whether the refund's task was published so often."""
    [row] = await booking.sql(
        "SELECT o.publications FROM outbox o JOIN refunds r ON r.task_id = o.task_id WHERE r.order_id = %s",
        booking.order_id,
    )
    return bool(row["publications"] >= times)
