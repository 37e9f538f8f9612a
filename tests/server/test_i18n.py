"""Which language a visitor gets, and what weighs how much in an Accept-… header."""

from __future__ import annotations

import pytest

from server.i18n import MAX_ACCEPTED, choose_language, weights


def test_names_weigh_one_unless_they_say_otherwise() -> None:
    assert weights("br, GZIP;q=0.5 , *; q=0") == {"br": 1.0, "gzip": 0.5, "*": 0.0}


@pytest.mark.parametrize("quality", ["2", "-1", "x", "nan", "1e-1", "0.1234", "", "１"])
def test_a_malformed_weight_is_none(quality: str) -> None:
    assert weights(f"gzip;q={quality}") == {"gzip": 0.0}


def test_other_parameters_do_not_weigh() -> None:
    assert weights("text/html;level=1;q=0.3, a;x=0") == {"text/html": 0.3, "a": 1.0}


def test_endless_headers_are_read_to_a_bound() -> None:
    assert len(weights(",".join(f"x{number}" for number in range(10_000)))) == MAX_ACCEPTED
    assert weights(",,;q=1,") == {}


def test_an_explicit_wish_comes_first_and_chinese_last() -> None:
    assert choose_language("en", "zh") == "en"
    assert choose_language("fr", "en;q=0.1") == "en"
    assert choose_language(None, "fr, de") == choose_language(None, None) == "zh"
