"""Who may call what: every verb of every call by everybody, each answer written down.

The request is right in everything but who sends it, so that what is refused is the person. Administrators may nothing
that others may not: their column is that of another user.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from handlers.houses import HouseStatusHandler
from handlers.operations import operation_of
from handlers.routes import CALLS
from handlers.security import METHODS, allowed_methods
from handlers.tokens import TokensHandler
from server.houses import repository as houses_repository
from server.tokens.model import Scope
from tests.access import WORDS, Case, ask, differences, set_scene
from tests.visitor import API, Visitor

if TYPE_CHECKING:
    from handlers.base import BaseHandler
    from server.db import Cursor, Row

NewVisitor = Callable[[], Visitor]
pytestmark = [pytest.mark.gen_test(timeout=120), pytest.mark.usefixtures("close_sockets")]

# The third column names a person who may. `weak` is that person's program with a token of every scope but the right
# one, `strong` with the right scope alone; where no scope is right they hold all. `csrf` is the person's browser
# without the CSRF token. Rows follow each other on one scene: what they change in people stands for the next.
TABLE = """
                                                            nobody other  guest  host   admin  weak   strong csrf
GET    /image_codes/{page}                            host  image  image  image  image  image  weak   weak   -
POST   /sms_codes                                     host  asked  asked  asked  asked  asked  weak   weak   forged
GET    /tasks/{task}                                  host  hidden hidden hidden ok     hidden weak   hidden -
POST   /users                                         host  asked  asked  asked  asked  asked  weak   weak   forged
PUT    /users/password                                host  asked  asked  asked  asked  asked  weak   weak   forged
PUT    /users/name                                    host  login  ok     ok     ok     ok     weak   weak   forged
POST   /users/avatar                                  host  login  ok     ok     ok     ok     weak   weak   forged
GET    /users/auth                                    host  login  ok     ok     ok     ok     weak   weak   -
GET    /user                                          host  login  ok     ok     ok     ok     weak   ok     -
GET    /user/tokens                                   host  login  ok     ok     ok     ok     weak   weak   -
POST   /user/tokens                                   host  login  made   made   made   made   weak   weak   forged
DELETE /user/tokens/{token}                           host  login  hidden hidden ok     hidden weak   weak   forged
GET    /user/webhooks                                 host  login  ok     ok     ok     ok     weak   ok     -
POST   /user/webhooks                                 host  login  made   made   made   made   weak   made   forged
PUT    /user/webhooks/{hook}                          host  login  hidden hidden ok     hidden weak   ok     forged
DELETE /user/webhooks/{hook}                          host  login  hidden hidden ok     hidden weak   ok     forged
POST   /user/webhooks/{hook}/secret                   host  login  hidden hidden made   hidden weak   made   forged
POST   /user/webhooks/{hook}/ping                     host  login  hidden hidden made   hidden weak   made   forged
GET    /user/webhooks/{hook}/deliveries               host  login  hidden hidden ok     hidden weak   ok     -
POST   /user/webhooks/{hook}/deliveries/{sent}/resend host  login  hidden hidden made   hidden weak   made   forged
POST   /sessions                                      host  failed failed failed failed failed weak   weak   forged
DELETE /sessions                                      host  login  ok     ok     ok     ok     weak   weak   forged
GET    /session                                       host  login  ok     ok     ok     ok     weak   weak   -
DELETE /session                                       host  login  ok     ok     ok     ok     weak   weak   forged
GET    /areas                                         host  ok     ok     ok     ok     ok     weak   ok     -
GET    /facilities                                    host  ok     ok     ok     ok     ok     weak   ok     -
GET    /openapi.json                                  host  text   text   text   text   text   weak   text   -
GET    /asyncapi.json                                 host  text   text   text   text   text   weak   text   -
GET    /user/houses                                   host  login  ok     ok     ok     ok     weak   ok     -
GET    /houses                                        host  ok     ok     ok     ok     ok     weak   ok     -
POST   /houses                                        host  login  proof  proof  made   proof  weak   made   forged
POST   /users/auth                                    host  login  made   made   exists made   weak   weak   forged
GET    /houses/index                                  host  ok     ok     ok     ok     ok     weak   ok     -
GET    /houses/{house}                                host  ok     ok     ok     ok     ok     weak   ok     -
GET    /houses/{draft}                                host  hidden hidden hidden ok     hidden weak   ok     -
PUT    /houses/{house}                                host  login  hidden hidden ok     hidden weak   ok     forged
DELETE /houses/{house}                                host  login  hidden hidden ok     hidden weak   ok     forged
PUT    /houses/{house}/status                         host  login  hidden hidden ok     hidden weak   ok     forged
GET    /houses/{house}/calendar                       host  ok     ok     ok     ok     ok     weak   ok     -
GET    /houses/{draft}/calendar                       host  hidden hidden hidden ok     hidden weak   ok     -
POST   /houses/{house}/blocks                         host  login  hidden hidden made   hidden weak   made   forged
DELETE /houses/{house}/blocks                         host  login  hidden hidden ok     hidden weak   ok     forged
GET    /houses/{house}/calendars                      host  login  hidden hidden ok     hidden weak   ok     -
POST   /houses/{house}/calendars                      host  login  hidden hidden made   hidden weak   made   forged
POST   /houses/{house}/calendars/file                 host  login  hidden hidden made   hidden weak   made   forged
GET    /houses/{house}/calendars/export               host  login  hidden hidden ok     hidden weak   ok     -
POST   /houses/{house}/calendars/export               host  login  hidden hidden made   hidden weak   made   forged
DELETE /houses/{house}/calendars/export               host  login  hidden hidden ok     hidden weak   ok     forged
GET    /houses/{house}/calendars/{feed}               host  login  hidden hidden ok     hidden weak   ok     -
PUT    /houses/{house}/calendars/{feed}               host  login  hidden hidden ok     hidden weak   ok     forged
DELETE /houses/{house}/calendars/{feed}               host  login  hidden hidden ok     hidden weak   ok     forged
POST   /houses/{house}/calendars/{feed}/sync          host  login  hidden hidden queued hidden weak   queued forged
POST   /houses/{house}/quote                          guest ok     ok     ok     ok     ok     weak   ok     forged
GET    /houses/{house}/prices                         host  login  hidden hidden ok     hidden weak   ok     -
PUT    /houses/{house}/prices                         host  login  hidden hidden ok     hidden weak   ok     forged
POST   /houses/{house}/images                         host  login  hidden hidden made   hidden weak   made   forged
PUT    /houses/{draft}/images/order                   host  login  hidden hidden ok     hidden weak   ok     forged
DELETE /houses/{draft}/images/{image}                 host  login  hidden hidden ok     hidden weak   ok     forged
GET    /orders                                        guest login  ok     ok     ok     ok     weak   ok     -
POST   /orders                                        guest login  made   made   clash  made   weak   made   forged
GET    /orders/{wish}                                 guest login  hidden ok     ok     hidden weak   ok     -
PUT    /orders/{wish}/status:accept                   host  login  hidden clash  ok     hidden weak   ok     forged
PUT    /orders/{wish}/status:cancel                   guest login  hidden ok     clash  hidden weak   ok     forged
PUT    /orders/{stayed}/comment                       guest login  hidden ok     clash  hidden weak   ok     forged
POST   /orders/{reviewed}/reply                       host  login  hidden clash  made   hidden weak   made   forged
POST   /orders/{unpaid}/payment                       guest login  hidden ok     hidden hidden weak   ok     forged
POST   /payments/alipay/notify                        host  bad    bad    bad    bad    bad    none   none   bad
GET    /payments/alipay/return                        host  onward onward onward onward onward onward onward -
GET    /live                                          host  open   open   open   open   open   weak   open   -
GET    /live/events                                   host  login  ok     ok     ok     ok     weak   ok     -
GET    /live/houses/{house}                           host  ok     ok     ok     ok     ok     weak   ok     -
GET    /live/houses/{draft}                           host  hidden hidden hidden ok     hidden weak   ok     -
GET    //healthz                                      host  ok     ok     ok     ok     ok     ok     ok     -
GET    //readyz                                       host  ok     ok     ok     ok     ok     ok     ok     -
GET    //metrics                                      host  text   text   text   text   text   text   text   -
"""
CASES = [Case.read(line) for line in TABLE.strip().splitlines()[1:]]


def missing(calls: list[tuple[str, type[BaseHandler]]]) -> set[str]:
    """Verbs of calls that no row is about."""
    written = {f"{case.verb} {case.route[0]}" for case in CASES}
    verbs = {
        f"{verb} {pattern}"
        for pattern, handler in calls
        for verb in allowed_methods(handler)
        if verb in METHODS
    }
    return verbs - written


def cases_of(*names: str) -> list[Case]:
    """Some rows."""
    return [case for case in CASES if case.name in names]


async def test_everybody_is_answered_as_it_is_written(new_visitor: NewVisitor) -> None:
    scene = await set_scene(new_visitor)

    assert await differences(scene, CASES) == {}


def test_every_verb_of_every_call_has_a_row() -> None:
    assert missing(CALLS) == set()


def test_a_call_without_a_row_would_be_found() -> None:
    assert missing([*CALLS, (API + r"/secrets", TokensHandler)]) == {
        f"GET {API}/secrets",
        f"POST {API}/secrets",
    }


def test_administrators_may_what_any_other_user_may() -> None:
    assert [case.name for case in CASES if case.said["admin"] != case.said["other"]] == []


async def test_a_write_that_needs_no_csrf_token_any_more_would_be_found(
    new_visitor: NewVisitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HouseStatusHandler, "csrf_exempt", True)
    cases = cases_of("PUT /houses/{house}/status", "PUT /houses/{house}")

    found = await differences(await set_scene(new_visitor), cases)

    assert found == {"PUT /houses/{house}/status": {"csrf": (WORDS["forged"], WORDS["ok"])}}


async def test_a_house_that_anybody_may_change_would_be_found(
    new_visitor: NewVisitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lock_any(cursor: Cursor, house_id: int, _owner_id: int) -> Row | None:
        await cursor.execute("SELECT * FROM houses WHERE id = %s FOR UPDATE", (house_id,))
        return await cursor.fetchone()

    monkeypatch.setattr(houses_repository, "lock_owned", lock_any)

    found = await differences(await set_scene(new_visitor), cases_of("PUT /houses/{house}/status"))

    assert found == {
        "PUT /houses/{house}/status": dict.fromkeys(
            ("other", "guest", "admin"), (WORDS["hidden"], WORDS["ok"])
        )
    }


async def test_a_call_for_people_that_takes_tokens_would_be_found(
    new_visitor: NewVisitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = await set_scene(new_visitor)
    cases = cases_of("POST /user/tokens")
    secret = await scene.caller(cases[0], "strong")
    contract = operation_of(TokensHandler, "POST")
    assert contract is not None
    monkeypatch.setitem(TokensHandler.post.__dict__, "operation", replace(contract, scope=Scope.READ))

    heard = await ask(secret, cases[0], {})

    assert heard == WORDS["made"] != WORDS[cases[0].said["strong"]]


@pytest.mark.parametrize("name", ["GET /orders", "GET /user/tokens", "PUT /houses/{house}/status"])
async def test_a_handler_that_opens_by_mistake_still_shows_nobody_anything(
    new_visitor: NewVisitor, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    [case] = cases_of(name)
    monkeypatch.setattr(case.route[1], "is_public", True)

    assert await differences(await set_scene(new_visitor), [case]) == {}
