"""The bad-input corpus against every call: a 4xx in our format, never a 5xx, and nothing changed."""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from handlers.accounts import NameHandler
from tests.bad_input import MEANINGS, ODD_IDS, QUERY_VALUES, VALUES, bodies, forms, places, with_value
from tests.calls import REQUESTS, declared, pattern_of, set_scene
from tests.houses import FIELDS, rows
from tests.stack import Stack
from tests.visitor import API

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tornado.ioloop import IOLoop

    from server.services import Services
    from tests.calls import Call, Scene
    from tests.visitor import Answer, Visitor

pytestmark = pytest.mark.gen_test(timeout=110)

# It leads a browser on, whatever comes.
LENIENT = {"GET /payments/alipay/return"}
WITH_BODY = [call for call in REQUESTS if call.body is not None and not call.file]
WITH_FILE = [call for call in REQUESTS if call.file]
WITH_QUERY = [call for call in REQUESTS if call.query and call.name not in LENIENT]
WITH_PLACE = [call for call in REQUESTS if "{" in call.path]
COMMENT = next(call for call in REQUESTS if call.path.endswith("/comment"))
REFUSED = frozenset({400, 404, 409, 413, 415, 422})
# Calls that look at a proof first: a captcha, a code by SMS, a password.
PROVEN = {"POST /sms_codes", "POST /users", "PUT /users/password", "POST /sessions"}
# Values that are right in these fields.
SOUND = {
    ("days", "null"),
    ("enabled", "true"),
    ("events", "null"),
    ("instant", "true"),
    ("quote", "null"),
    ("version", "null"),
    ("wants_verified", "true"),
    ("weekend_price", "null"),
}
# Calls that leave alone what is null.
PARTIAL = {"PUT /user/webhooks/{hook}", "PUT /houses/{house}/calendars/{feed}"}
# The same for queries; free text is what people look for.
SOUND_IN_QUERIES = {
    ("price_min", "fraction"),
    ("price_max", "fraction"),
    ("wait", "ten-digits"),
    ("after", "ten-digits"),
}
FREE_TEXT = {"q"}
Request = tuple[str, str, bytes | None, str]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """MariaDB and Redis alone: no worker, so that nothing changes but by requests. No limits by address."""
    stack = Stack(tmp_path_factory.mktemp("still"), rate_limits="load-test")
    try:
        stack.start_servers()
        yield stack
    finally:
        stack.stop_all()


@pytest.fixture
def scene(io_loop: IOLoop, http_server: object, new_visitor: Callable[[], Visitor]) -> Scene:
    """People and what they have."""
    made: Scene = io_loop.run_sync(lambda: set_scene(new_visitor))
    return made


def test_every_call_has_a_right_request() -> None:
    assert {pattern_of(call) for call in REQUESTS} == declared()


async def test_the_right_requests_are_right(scene: Scene) -> None:
    answers = {call.name: (call.status, (await scene.send(call)).status) for call in REQUESTS if call.status}

    assert {name: found for name, found in answers.items() if found[0] != found[1]} == {}


async def test_broken_bodies_are_refused_everywhere_and_change_nothing(scene: Scene) -> None:
    troubles = await sweep(scene, WITH_BODY, broken_bodies)

    assert not troubles, "\n".join(troubles)


async def test_wrong_values_are_refused_in_every_field_and_change_nothing(scene: Scene) -> None:
    troubles = await sweep(scene, WITH_BODY, wrong_values)

    assert not troubles, "\n".join(troubles)


async def test_broken_forms_are_refused_everywhere_and_change_nothing(scene: Scene) -> None:
    troubles = await sweep(scene, WITH_FILE, broken_forms)

    assert not troubles, "\n".join(troubles)


async def test_wrong_queries_are_refused_everywhere_and_change_nothing(scene: Scene) -> None:
    troubles = await sweep(scene, WITH_QUERY, wrong_queries)

    assert not troubles, "\n".join(troubles)


async def test_odd_ids_name_nothing_and_change_nothing(scene: Scene) -> None:
    troubles = await sweep(scene, WITH_PLACE, odd_ids)

    assert not troubles, "\n".join(troubles)


async def test_what_is_only_unusual_is_taken(scene: Scene) -> None:
    host, guest = scene.people["host"], scene.people["guest"]
    text = "👩‍🚀 𠮷野家 <b>&amp; 'quotes'</b> \\u0000 ؀"
    fields = {**FIELDS, "address": "后海 🏠 𠮷 12 号 '; --", "price": 19.99, "deposit": 0}

    published = await host.send("POST", f"{API}/houses", fields)
    told = await guest.send("PUT", scene.path(COMMENT), {"comment": text, "rating": 5})
    found = await guest.get(f"{API}/houses?q=%F0%9F%98%80&sk=&aid=&price_max=999999999")
    again = await guest.get(f"{API}/houses/00{scene.names['house']}")

    shown = (await host.get(f"{API}/houses/{published.data['house_id']}")).data["house"]
    assert (shown["address"], shown["price"], shown["deposit"]) == (fields["address"], 1999, 0)
    assert told.data["order"]["comment"] == text
    assert found.data["houses"] == []
    assert again.data["house"]["house_id"] == scene.names["house"]


async def test_a_handler_that_trusts_its_input_would_be_caught(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def trusting(self: NameHandler) -> None:
        name = str(json.loads(self.request.body)["name"])[:20]
        await rows(self.services, "UPDATE users SET name = %s WHERE id = %s", name, self.user_id)
        self.succeed({"name": name})

    monkeypatch.setattr(NameHandler, "put", trusting)
    calls = [call for call in WITH_BODY if call.path == "/users/name"]

    def few(scene: Scene, call: Call) -> list[Request]:
        return [one for one in broken_bodies(scene, call) if one[0] in {"null", "twins"}]

    troubles = await sweep(scene, calls, few)

    assert [trouble[:28] for trouble in troubles] == [
        "PUT /users/name: null: 500 b",
        "PUT /users/name: twins: 200 ",
        "PUT /users/name: users chang",
    ]


def broken_bodies(scene: Scene, call: Call) -> Iterator[Request]:
    """The call with bodies that are none."""
    for name, (content, kind) in bodies(scene.body(call)).items():
        yield name, scene.path(call), content, kind


def broken_forms(scene: Scene, call: Call) -> Iterator[Request]:
    """The call with forms that are none."""
    for name, (content, kind) in forms(str(call.file), call.body or {}, call.content).items():
        yield name, scene.path(call), content, kind


def wrong_values(scene: Scene, call: Call) -> Iterator[Request]:
    """The call with one field wrong."""
    right = scene.body(call)
    for way in places(right):
        field = str(next(name for name in reversed(way) if isinstance(name, str)))
        for name, value in {**VALUES, **MEANINGS.get(field, {})}.items():
            place = ".".join(str(one) for one in way)
            is_left_alone = call.name in PARTIAL and name == "null" and len(way) == 1
            if (place, name) not in SOUND and not is_left_alone:
                yield f"{place} {name}", scene.path(call), with_value(right, way, value), "application/json"


def wrong_queries(scene: Scene, call: Call) -> Iterator[Request]:
    """The call with one name of its query wrong, twice, or unknown."""
    for name in set(call.query) - FREE_TEXT:
        others = urlencode({other: value for other, value in call.query.items() if other != name})
        twice = {"twice": f"{call.query[name]}&{name}={call.query[name]}"}
        for title, value in {**QUERY_VALUES, **twice}.items():
            if (name, title) not in SOUND_IN_QUERIES:
                yield f"{name} {title}", f"{scene.path(call)}?{name}={value}&{others}", None, ""


def odd_ids(scene: Scene, call: Call) -> Iterator[Request]:
    """The call with one place of its path that names nothing."""
    content = None if call.body is None else json.dumps(scene.body(call)).encode()
    for place in re.findall(r"{(\w+)}", call.path):
        for odd in ODD_IDS:
            path = f"{scene.path(call, **{place: odd})}?{urlencode(call.query)}"
            yield f"{place} {odd[:30]}", path, content, "application/json"


async def sweep(
    scene: Scene, calls: Iterable[Call], make: Callable[[Scene, Call], Iterable[Request]]
) -> list[str]:
    """Send what is made of each call; what was not refused in our format, and what changed."""
    troubles = []
    for call in calls:
        before = await digest(scene.services)
        for name, path, content, kind in make(scene, call):
            headers = {"Content-Type": kind} if content is not None else {}
            answer = await ask(scene.people[call.who], (call.method, path, content, headers))
            if not is_refused(call, answer):
                troubles.append(f"{call.name}: {name}: {answer.status} {answer.body[:60]!r}")
        after = await digest(scene.services)
        troubles += [f"{call.name}: {table} changed" for table in after if after[table] != before[table]]
    return troubles


async def ask(visitor: Visitor, request: tuple[str, str, bytes | None, dict[str, str]]) -> Answer:
    """The answer; once more when a store of this busy machine did not answer in time."""
    answer = await visitor.call(*request)
    if answer.status == 503 and "Retry-After" in answer.headers:
        await asyncio.sleep(int(answer.headers["Retry-After"]))
        answer = await visitor.call(*request)
    return answer


def is_refused(call: Call, answer: Answer) -> bool:
    """Whether an answer says what was wrong with the request, and not who may send it."""
    proofs = {401, 403, 429} if call.name in PROVEN else set()
    return answer.status in REFUSED | proofs and "json" in answer.headers.get("Content-Type", "")


async def digest(services: Services) -> dict[str, int]:
    """A checksum of each table; of the outbox, where publishing is noted by itself, how much is in it."""
    tables = {name for row in await rows(services, "SHOW TABLES") for name in row.values()}
    summed = await rows(services, f"CHECKSUM TABLE {', '.join(tables - {'outbox'})}")
    [outbox] = await rows(services, "SELECT COUNT(*) AS tasks FROM outbox")
    return {row["Table"].partition(".")[2]: row["Checksum"] for row in summed} | {"outbox": outbox["tasks"]}
