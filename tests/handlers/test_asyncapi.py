"""The document of the websocket: handed out, whole, and what the server says is held against it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest

from server.live.model import CloseCode
from tests.contract import talk
from tests.sockets import Socket

if TYPE_CHECKING:
    from tests.visitor import Visitor

ADDRESS = "/api/v1_0/asyncapi.json"
PONG = {"op": "pong"}
TASK = {"op": "task", "task": "x", "state": "sent", "reason": None, "detail": None}


@pytest.mark.gen_test(timeout=30)
async def test_anybody_gets_the_document(visitor: Visitor) -> None:
    document = (await visitor.get(ADDRESS)).json

    assert document["asyncapi"] == "3.0.0"
    assert document["channels"]["live"]["address"] == "/api/v1_0/live"
    assert {"hello", "watch", "follow", "ping"} <= set(document["operations"])


@pytest.mark.gen_test(timeout=30)
async def test_every_close_code_is_explained(visitor: Visitor) -> None:
    document = (await visitor.get(ADDRESS)).json

    codes = set(document["channels"]["live"]["x-close-codes"])

    assert codes == {str(int(code)) for code in CloseCode} | {"1009"}


@pytest.mark.gen_test(timeout=30)
async def test_every_reference_leads_somewhere_and_every_example_holds(visitor: Visitor) -> None:
    document = (await visitor.get(ADDRESS)).json
    schemas = {"components": {"schemas": document["components"]["schemas"]}}

    for reference in references(document):
        found: Any = document
        for name in reference.split("/")[1:]:
            found = found[name]
    for message in document["components"]["messages"].values():
        validator = jsonschema_rs.Draft202012Validator({**message["payload"], **schemas})
        assert [
            error.message for one in message["examples"] for error in validator.iter_errors(one["payload"])
        ] == []


@pytest.mark.gen_test(timeout=30)
@pytest.mark.usefixtures("close_sockets")
async def test_what_the_server_says_is_held_against_the_document(visitor: Visitor) -> None:
    await visitor.begin()
    socket = await Socket.open(visitor)
    known = talk()._told
    talk()._told = jsonschema_rs.Draft202012Validator({"not": {}})
    try:
        await socket.send(op="ping")
        with pytest.raises(AssertionError, match="no message that the server sends"):
            await socket.get()
    finally:
        talk()._told = known


@pytest.mark.parametrize(
    "message",
    [
        {**PONG, "at": 1},
        {**TASK, "state": "gone"},
        {**TASK, "task": 7},
        {"op": "event", "seq": 1, "kind": "rumour"},
    ],
    ids=["an extra field", "an unknown state", "a wrong type", "an unknown kind"],
)
def test_a_message_that_is_not_as_documented_is_found(message: dict[str, Any]) -> None:
    assert talk().differences(PONG) == talk().differences(TASK) == []
    assert len(talk().differences(message)) == 1


def references(part: Any) -> list[str]:
    """Everything that the document refers to."""
    if isinstance(part, list):
        return [found for one in part for found in references(one)]
    if not isinstance(part, dict):
        return []
    own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
    return own + [found for one in part.values() for found in references(one)]
