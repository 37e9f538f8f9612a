"""Books the cheapest house and waits for its host's answer: `python book.py 后海 2027-01-08 2027-01-10`.
Needs tornado. IHOME_TOKEN is a token with the scopes read and orders, IHOME_URL is the site."""

import asyncio
import json
import os
import sys

from tornado import httpclient, httputil, websocket

API = os.environ.get("IHOME_URL", "http://127.0.0.1:8000").rstrip("/") + "/api/v1_0"
HEADERS = {"Authorization": f"Bearer {os.environ.get('IHOME_TOKEN')}", "Content-Type": "application/json"}


async def call(method, path, body=None):  # noqa: RET503 - the last round returns or exits
    """The answer's data; a refusal ends the program. Where waiting helps, the same goes again with the same key."""
    headers = {**HEADERS, "Accept-Language": "en", "Idempotency-Key": os.urandom(16).hex()}
    request = httpclient.HTTPRequest(API + path, method, headers, body and json.dumps(body))
    for pause in (1, 2, 4, 0):
        try:
            return json.loads((await httpclient.AsyncHTTPClient().fetch(request)).body)["data"]
        except (OSError, httpclient.HTTPClientError) as error:
            reply = error.response if getattr(error, "code", 599) < 500 else None
            if not pause or (reply and reply.code != 429 and b"Idempotency-Key" not in reply.body):
                sys.exit(f"{json.loads(reply.body)['errmsg'] if reply else error} ({method} {path} at {API})")
        await asyncio.sleep(int(reply.headers.get("Retry-After", pause)) if reply else pause)


async def follow(seq=None):
    """Says whenever something happened to the user. A connection that breaks is made again; nothing is missed."""
    request = httpclient.HTTPRequest(f"ws{API[4:]}/live", headers=HEADERS)
    while True:
        try:
            socket = await websocket.websocket_connect(request, ping_interval=20)
            await socket.write_message(json.dumps({"op": "hello", "last_seq": seq}))
            while text := await socket.read_message():
                yield (seq := json.loads(text)["seq"])  # of `ready` with what was missed, or of an `event`
        except (OSError, httpclient.HTTPClientError, websocket.WebSocketClosedError) as error:
            if getattr(error, "code", 0) in {401, 403}:
                sys.exit("The token does not let us in any more.")
        await asyncio.sleep(1)


async def main(words, start, end):
    got = await call("GET", httputil.url_concat("/houses?sk=price-inc", {"q": words, "sd": start, "ed": end}))
    [house, *_] = got["houses"] or sys.exit("No house is free then.")
    await anext(news := follow())  # connected: from here on nothing is missed, however quick the host is
    wish = {"house_id": house["house_id"], "start_date": start, "end_date": end}
    order = (await call("POST", "/orders", wish))["order"]
    print(f"Asked for {house['title']}, order {order['number']}.", flush=True)
    while order["status"] == "WAIT_ACCEPT":
        await anext(news)
        order = (await call("GET", f"/orders/{order['order_id']}"))["order"]
    if order["status"] != "WAIT_PAYMENT":
        sys.exit(f"{order['status']}: {order['reason']}")
    print(f"Accepted. Pay ¥{order['amount'] / 100:.2f} before {order['expires_at']} UTC.")


asyncio.run(main(*sys.argv[1:]) if len(sys.argv) == 4 and "IHOME_TOKEN" in os.environ else sys.exit(__doc__))
