"""What this site sends by itself: the messages of webhooks, and how their receiver verifies them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers.openapi.calls import JSON
from handlers.openapi.examples import example_of
from handlers.shapes.webhooks import WebhookMessageShape

if TYPE_CHECKING:
    from handlers.openapi.schemas import Schemas
    from handlers.openapi.texts import Texts

NAME = "orderMessage"
ABOUT = """
Something happened to an order of your houses.

This is what your server receives at the address of a webhook (`POST /user/webhooks` makes one), as Standard Webhooks
1.0.0 says. At least once: a message may come twice, with the same `webhook-id`. A failed one comes again later, after
younger ones.

**Verifying.** The signature is `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`; the key is what follows
`whsec_` in the webhook's secret, decoded from base64. Take the body as it came, before any JSON parser; compare in
constant time with each signature of the header: for 24 hours after a new secret there are two. Refuse what is older
than five minutes: it may be a replay.

**Answering.** Any 2xx within ten seconds means that you have it. Everything else, a redirect as well, is a failure:
tried again, eight times in all within about a day. 410 disables the webhook.
"""
HEADERS = {
    "webhook-id": (
        "names the message, the same in every attempt: remember it to do things once",
        {"type": "string"},
        "msg_1f0c9a7be2d84b5f8a3e6c07",
    ),
    "webhook-timestamp": (
        "when this attempt was made, in seconds since 1970",
        {"type": "string", "pattern": "^[0-9]+$"},
        "1795680000",
    ),
    "webhook-signature": (
        "one or more signatures with spaces between",
        {"type": "string", "pattern": "^v1,[A-Za-z0-9+/=]+( v1,[A-Za-z0-9+/=]+)*$"},
        "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
    ),
}
ANSWERS = {
    "2XX": "You have it.",
    "410": "Nobody wants this any more: the webhook is disabled.",
    "default": "A failure: the message comes again.",
}
VERIFIES = '''import base64, hashlib, hmac, os

KEY = base64.b64decode(os.environ["WEBHOOK_SECRET"].removeprefix("whsec_"))


def is_genuine(headers, body, now):
    """Whether one of the signatures is ours, and the message is young."""
    stamp = headers.get("webhook-timestamp", "")
    if not stamp.isdigit() or abs(now - int(stamp)) > 300:
        return False
    signed = f"{headers.get('webhook-id')}.{stamp}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
    given = headers.get("webhook-signature", "").split(" ")
    return any(hmac.compare_digest(one.encode(), expected.encode()) for one in given)
'''


def webhooks(schemas: Schemas, texts: Texts) -> dict[str, Any]:
    """The document's webhooks. Nobody shows us who they are: we call, and sign."""
    title, _, rest = texts.say(ABOUT).partition("\n\n")
    schema = schemas.of(WebhookMessageShape)
    content = {"schema": schema, "example": example_of(schema, schemas.components)}
    operation = {
        "operationId": NAME,
        "tags": ["webhooks"],
        "summary": title,
        "description": f"{title}\n\n{rest}",
        "parameters": [_header(name, texts) for name in HEADERS],
        "requestBody": {"required": True, "content": {JSON: content}},
        "responses": {status: {"description": texts.say(meaning)} for status, meaning in ANSWERS.items()},
        "security": [],
        "x-codeSamples": [{"lang": "Python", "source": VERIFIES}],
    }
    return {NAME: {"post": operation}}


def _header(name: str, texts: Texts) -> dict[str, Any]:
    meaning, schema, example = HEADERS[name]
    return {
        "name": name,
        "in": "header",
        "required": True,
        "description": texts.say(meaning),
        "schema": schema,
        "example": example,
    }
