"""Books the cheapest house and waits for its host's answer: `python book.py 后海 2027-01-08 2027-01-10`.
Needs tornado. IHOME_TOKEN is a token with the scopes read and orders, IHOME_URL is the site."""

import asyncio
import json
import os
import sys
from urllib.parse import urlencode

from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest
from tornado.websocket import websocket_connect

API = os.environ.get("IHOME_URL", "http://127.0.0.1:8000") + "/api/v1_0"
LIVE = "ws" + API.removeprefix("http") + "/live"
HEADERS = {"Authorization": f"Bearer {os.environ['IHOME_TOKEN']}", "Content-Type": "application/json"}


async def call(method, path, body=None):
    """The answer's data; a refusal ends the program. Where waiting helps, the same goes again with the same key."""
    headers = {**HEADERS, "Accept-Language": "en", "Idempotency-Key": os.urandom(16).hex()}
    request = HTTPRequest(API + path, method, headers, body and json.dumps(body))
    while (answer := await AsyncHTTPClient().fetch(request, raise_error=False)).code in {429, 503, 599}:
        await asyncio.sleep(int(answer.headers.get("Retry-After", 2)))
    found = json.loads(answer.body)
    return found["data"] if found["errno"] == "0" else sys.exit(f"{found['errmsg']} ({method} {path})")


async def follow(seq=None):
    """Says whenever something happened to the user. A connection that breaks is made again; nothing is missed."""
    while True:
        try:
            socket = await websocket_connect(HTTPRequest(LIVE, headers=HEADERS), ping_interval=20)
            await socket.write_message(json.dumps({"op": "hello", "last_seq": seq}))
            while text := await socket.read_message():
                seq = json.loads(text)["seq"]  # of a `ready` with what was missed, or of an `event`
                yield seq
        except (OSError, HTTPClientError) as error:
            if getattr(error, "code", 0) in {401, 403}:
                sys.exit("The token does not let us in any more.")
        await asyncio.sleep(1)


async def main(words, start, end):
    query = urlencode({"q": words, "sd": start, "ed": end, "sk": "price-inc"})
    [house, *_] = (await call("GET", f"/houses?{query}"))["houses"] or sys.exit("No house is free then.")
    news = follow()
    await anext(news)  # connected: from here on nothing is missed, however quick the host is
    wish = {"house_id": house["house_id"], "start_date": start, "end_date": end}
    order = (await call("POST", "/orders", wish))["order"]
    print(f"Asked for {house['title']}, order {order['number']}.", flush=True)
    while order["status"] == "WAIT_ACCEPT":
        await anext(news)
        order = (await call("GET", f"/orders/{order['order_id']}"))["order"]
    if order["status"] != "WAIT_PAYMENT":
        sys.exit(f"{order['status']}: {order['reason']}")
    print(f"Accepted. Pay ¥{order['amount'] / 100:.2f} before {order['expires_at']} UTC.")


asyncio.run(main(*sys.argv[1:]))
