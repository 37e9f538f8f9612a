"""Amounts and numbers as providers write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.payments.model import RefundCause, fen, payment_number, refund_number, yuan


@pytest.mark.parametrize(
    ("amount", "text"), [(0, "0.00"), (1, "0.01"), (10, "0.10"), (1999, "19.99"), (100_000_000, "1000000.00")]
)
def test_amounts_are_written_with_two_decimals(amount: int, text: str) -> None:
    assert yuan(amount) == text


@given(st.integers(min_value=0, max_value=10**11 - 1))
def test_an_amount_survives_the_way_there_and_back(amount: int) -> None:
    assert fen(yuan(amount)) == amount


@pytest.mark.parametrize(("text", "amount"), [("5", 500), ("5.1", 510), ("0.29", 29), ("019.99", 1999)])
def test_other_writings_of_an_amount_are_read_exactly(text: str, amount: int) -> None:
    assert fen(text) == amount


@pytest.mark.parametrize(
    "text", ["", ".5", "5.", "1.999", "-1", "+1", "1e3", "NaN", "1,000", " 1", "1\n", "１", "9999999999.00"]
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no amount"):
        fen(text)


def test_numbers_fit_their_columns_and_differ_by_cause() -> None:
    number = payment_number("20261125" + "0" * 12, 1)
    refunds = {refund_number(number, cause) for cause in RefundCause}

    assert (len(number), number.isalnum()) == (24, True)
    assert len(refunds) == len(RefundCause)
    assert max(map(len, refunds)) <= 28
