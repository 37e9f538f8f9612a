"""Signed quotes: what was offered comes back, and nothing else does."""

from __future__ import annotations

import base64
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.nights.model import InThePast, Stay
from server.quotes.model import BadQuote, Cancellation, Line, LineKind, Quote, QuoteExpired
from server.quotes.service import LIFE, QuoteService
from server.quotes.tokens import Offered
from server.sealing import Seal

SEAL = Seal("secret", "quote")
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
STAY = Stay(date(2026, 11, 27), date(2026, 11, 29))
LINES = st.lists(
    st.builds(Line, st.sampled_from(LineKind), st.integers(1, 365), st.integers(-(10**9), 10**9)), max_size=9
)
QUOTES = st.builds(
    Quote,
    st.builds(
        lambda start, nights: Stay(start, start + timedelta(days=nights)),
        st.dates(date(2026, 1, 1), date(2030, 1, 1)),
        st.integers(1, 365),
    ),
    st.integers(1, 50),
    LINES.map(tuple),
    st.sampled_from(Cancellation),
)
PRICED = Quote(STAY, 2, (Line(LineKind.NIGHTS, 2, 39_800),), Cancellation.STRICT)


class StillClock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> datetime:
        """When it stands."""
        return self.time


@given(quote=QUOTES, house_id=st.integers(1, 10**17), expires=st.integers(0, 2**40))
def test_a_quote_comes_back_as_it_was_signed(quote: Quote, house_id: int, expires: int) -> None:
    offered = Offered(house_id, quote, expires)

    assert Offered.parse(offered.token(SEAL), SEAL) == offered


@given(place=st.integers(0, 10**6), character=st.characters())
def test_a_token_with_another_character_is_none_of_ours(place: int, character: str) -> None:
    token = Offered(7, PRICED, 2_000_000_000).token(SEAL)
    place %= len(token)
    changed = token[:place] + character + token[place + 1 :]

    if changed != token:
        with pytest.raises(BadQuote):
            Offered.parse(changed, SEAL)


@pytest.mark.parametrize(
    "token", ["", ".", "a", "a.b", "a.b.c", "x" * 10_000, "报价", "\ud800", ".".join(["é", "é"])]
)
def test_what_nobody_signed_is_no_quote(token: str) -> None:
    with pytest.raises(BadQuote):
        Offered.parse(token, SEAL)


def test_a_cheaper_quote_with_the_old_signature_is_refused() -> None:
    token = Offered(7, PRICED, 2_000_000_000).token(SEAL)
    body, _, digest = token.partition(".")
    content = json.loads(base64.urlsafe_b64decode(body + "=="))
    content[-1][0][2] = 1
    cheaper = base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")

    for changed in (f"{cheaper}.{digest}", f"{cheaper}.", cheaper):
        with pytest.raises(BadQuote):
            Offered.parse(changed, SEAL)


@pytest.mark.parametrize("seal", [Seal("secret", "cursor"), Seal("another secret", "quote")])
def test_a_signature_for_another_purpose_or_with_another_secret_is_refused(seal: Seal) -> None:
    with pytest.raises(BadQuote):
        Offered.parse(Offered(7, PRICED, 2_000_000_000).token(seal), SEAL)


def test_without_the_signature_a_changed_price_would_be_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: with a comparison that always agrees, the cheaper quote passes."""
    monkeypatch.setattr("server.quotes.tokens.hmac.compare_digest", lambda *_: True)
    cheaper = Quote(STAY, 2, (Line(LineKind.NIGHTS, 2, 1),), Cancellation.STRICT)

    forged = Offered(7, cheaper, 2_000_000_000).token(Seal("guessed", "quote"))

    assert Offered.parse(forged, SEAL).quote == cheaper


def test_a_quote_of_an_older_format_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    token = Offered(7, PRICED, 2_000_000_000).token(SEAL)
    monkeypatch.setattr("server.quotes.tokens.FORMAT", 2)

    with pytest.raises(BadQuote):
        Offered.parse(token, SEAL)


def test_a_quote_is_good_for_ten_minutes_and_not_a_second_more() -> None:
    clock, token = StillClock(), Offered(7, PRICED, int((NOW + LIFE).timestamp())).token(SEAL)
    service = _service(clock)

    clock.time = NOW + LIFE - timedelta(microseconds=1)
    assert service.redeem(token, 7, STAY, 2) == PRICED
    clock.time = NOW + LIFE
    with pytest.raises(QuoteExpired):
        service.redeem(token, 7, STAY, 2)


def test_a_quote_for_tonight_ends_with_the_day_at_the_houses() -> None:
    clock, tonight = StillClock(), Stay(date(2026, 11, 25), date(2026, 11, 26))
    midnight = datetime(2026, 11, 25, 16, tzinfo=UTC)  # in Beijing
    promised = Quote(tonight, 2, PRICED.lines, PRICED.cancellation)
    token = Offered(7, promised, int(midnight.timestamp()) + 300).token(SEAL)

    clock.time = midnight - timedelta(seconds=1)
    assert _service(clock).redeem(token, 7, tonight, 2) == promised
    clock.time = midnight
    with pytest.raises(InThePast):
        _service(clock).redeem(token, 7, tonight, 2)


@pytest.mark.parametrize(
    ("house_id", "stay", "guests"),
    [
        (8, STAY, 2),
        (7, STAY, 3),
        (7, Stay(STAY.start, STAY.end + timedelta(days=1)), 2),
        (7, Stay(STAY.start - timedelta(days=1), STAY.end), 2),
    ],
    ids=["house", "guests", "end", "start"],
)
def test_a_quote_is_good_for_its_own_house_stay_and_guests_only(
    house_id: int, stay: Stay, guests: int
) -> None:
    token = Offered(7, PRICED, 2_000_000_000).token(SEAL)

    with pytest.raises(BadQuote):
        _service(StillClock()).redeem(token, house_id, stay, guests)


def _service(clock: StillClock) -> QuoteService:
    """A service that needs no database for what it promised."""
    return QuoteService(cast("Any", None), clock, SEAL)
