"""Signatures by the standard's own vectors, the times of attempts, and how many may fly at once."""

from __future__ import annotations

import base64
import itertools
from datetime import datetime

import pytest

from server.orders.model import Event
from server.webhooks.model import (
    DELAYS,
    EXCERPT_LENGTH,
    PING,
    NoEvents,
    Parcel,
    body_of,
    chosen_events,
    excerpt_of,
    new_message_id,
    new_secret,
    seconds_until_next,
    sign,
)
from server.webhooks.traffic import IN_ALL, TO_FAILING, TO_ONE_SERVER, Candidate, fair_share

# The vector of the standard's own libraries: github.com/standard-webhooks/standard-webhooks, libraries/*/test.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE_ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
TIMESTAMP = 1614265330
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def parcel(*secrets: str) -> Parcel:
    return Parcel(1, 2, 3, "https://x.example/", MESSAGE_ID, "place", BODY.decode(), 1, secrets)


def test_a_signature_is_that_of_the_standards_vector() -> None:
    assert sign(SECRET, MESSAGE_ID, TIMESTAMP, BODY) == SIGNATURE
    assert sign(SECRET.removeprefix("whsec_"), MESSAGE_ID, TIMESTAMP, BODY) == SIGNATURE


@pytest.mark.parametrize(
    "changed",
    [
        (SECRET, MESSAGE_ID, TIMESTAMP, BODY + b" "),
        (SECRET, MESSAGE_ID, TIMESTAMP + 1, BODY),
        (SECRET, MESSAGE_ID + "x", TIMESTAMP, BODY),
        ("whsec_" + base64.b64encode(b"y" * 24).decode(), MESSAGE_ID, TIMESTAMP, BODY),
    ],
)
def test_everything_that_is_signed_counts(changed: tuple[str, str, int, bytes]) -> None:
    assert sign(*changed) != SIGNATURE


def test_the_headers_are_the_standards() -> None:
    headers = parcel(SECRET).headers(TIMESTAMP)

    assert headers == {
        "Content-Type": "application/json; charset=utf-8",
        "webhook-id": MESSAGE_ID,
        "webhook-timestamp": str(TIMESTAMP),
        "webhook-signature": SIGNATURE,
    }


def test_two_secrets_make_two_signatures_with_the_newest_first() -> None:
    other = new_secret()

    signatures = parcel(other, SECRET).headers(TIMESTAMP)["webhook-signature"].split(" ")

    assert signatures == [sign(other, MESSAGE_ID, TIMESTAMP, BODY), SIGNATURE]


def test_a_secret_has_256_bits_behind_the_standards_prefix() -> None:
    secrets = {new_secret() for _ in range(10)}

    assert len(secrets) == 10
    assert {len(base64.b64decode(one.removeprefix("whsec_"), validate=True)) for one in secrets} == {32}


def test_a_message_id_has_nothing_that_could_shift_what_is_signed() -> None:
    assert all(one.startswith("msg_") and "." not in one for one in (new_message_id() for _ in range(10)))


def test_eight_attempts_are_made_within_about_a_day() -> None:
    waits = [seconds_until_next(attempts, "place", 0.5) for attempts in range(1, 10)]

    assert waits[:7] == list(DELAYS)
    assert waits[7:] == [None, None]
    assert 20 * 3600 < sum(DELAYS) < 28 * 3600
    assert all(later >= earlier * 2.5 for earlier, later in itertools.pairwise(DELAYS))


def test_attempts_that_failed_together_do_not_come_again_together() -> None:
    waits = {seconds_until_next(3, "place") for _ in range(50)}

    assert len(waits) > 40
    assert all(wait is not None and 240 <= wait <= 360 for wait in waits)


def test_a_test_event_has_one_attempt() -> None:
    assert seconds_until_next(1, PING) is None


def test_without_a_choice_everything_is_heard() -> None:
    assert chosen_events(None) == frozenset(Event)
    assert chosen_events([Event.PAY, Event.PAY]) == {Event.PAY}
    with pytest.raises(NoEvents):
        chosen_events([])


@pytest.mark.parametrize(
    ("content", "kept"),
    [
        (b"  ok\r\n", "ok"),
        ("好的".encode(), "好的"),
        (b"\xff\xfe\x00a", "\ufffd\ufffd a"),
        (b"a\x1b[31mb\x07", "a [31mb"),
        ("\u202eabc\u2066".encode(), "abc"),
        (b"x" * 5000, "x" * EXCERPT_LENGTH),
        ("好".encode() * 5000, "好" * EXCERPT_LENGTH),
    ],
)
def test_an_excerpt_is_short_text_without_control_characters(content: bytes, kept: str) -> None:
    assert excerpt_of(content) == kept


def test_a_test_event_names_no_order() -> None:
    assert body_of(PING, datetime(2026, 11, 26, 8, 0, 0), None) == {  # noqa: DTZ001 - MySQL's are naive
        "kind": "ping", "event": "ping", "at": "2026-11-26 08:00:00", "version": None, "order": None,
    }  # fmt: skip


def candidates(count: int, server: str = "{}.example", *, failing: bool = False) -> list[Candidate]:
    return [Candidate(n, f"https://{server.format(n)}/x", failing) for n in range(count)]


def test_no_more_fly_than_there_is_room_for() -> None:
    flying = candidates(10, "other{}.example")

    assert len(fair_share(candidates(100), flying)) == IN_ALL - 10
    assert fair_share(candidates(100), candidates(IN_ALL, "other{}.example")) == []


def test_one_server_gets_a_few_at_a_time() -> None:
    many = [*candidates(20, "same.example"), *candidates(3)]

    chosen = fair_share(many, candidates(1, "same.example"))

    assert [one.server for one in chosen].count("same.example") == TO_ONE_SERVER - 1
    assert len(chosen) == TO_ONE_SERVER - 1 + 3


def test_a_crowd_that_fails_leaves_room_for_those_that_answer() -> None:
    failing = candidates(100, "bad{}.example", failing=True)

    assert len(fair_share(failing, [])) == TO_FAILING
    assert len(fair_share([*failing, *candidates(10)], [])) == TO_FAILING + 10
