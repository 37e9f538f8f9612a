"""The rules of SMS codes."""

from __future__ import annotations

import pytest

from server.sms.model import (
    FAILURE_SENTENCES,
    FailureReason,
    SmsCode,
    SmsFailed,
    SmsState,
    SmsTooSoon,
)


def test_a_drawn_code_has_six_digits_and_keeps_leading_zeros(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.sms.model.secrets.randbelow", lambda _limit: 42)

    assert SmsCode.draw().digits == "000042"


def test_drawn_codes_differ() -> None:
    assert len({SmsCode.draw().digits for _ in range(100)}) > 90


@pytest.mark.parametrize("digits", ["", "12345", "1234567", "12345a", "１２３４５６", "12345²", "-12345"])
def test_nothing_but_six_ascii_digits_is_a_code(digits: str) -> None:
    with pytest.raises(ValueError, match="6 digits"):
        SmsCode(digits)


@pytest.mark.parametrize("guess", ["", "123457", "1234567", "１２３４５６", "\ud800", "123456\n"])
def test_a_wrong_guess_of_any_shape_does_not_match(guess: str) -> None:
    assert not SmsCode("123456").matches(guess)


def test_the_right_guess_matches() -> None:
    assert SmsCode("012345").matches("012345")


def test_a_code_lives_as_many_minutes_as_its_text_says() -> None:
    assert SmsCode("123456").minutes == 5


def test_a_code_does_not_show_in_its_repr() -> None:
    assert "123456" not in repr(SmsCode("123456"))


def test_states_only_go_up_and_end_in_sent_or_failed() -> None:
    assert [one.rank for one in SmsState] == [0, 1, 2, 2]
    assert [one for one in SmsState if one.is_final] == [SmsState.SENT, SmsState.FAILED]


def test_every_reason_has_a_sentence_of_its_own() -> None:
    assert set(FAILURE_SENTENCES) == set(FailureReason)
    assert len(set(FAILURE_SENTENCES.values())) == len(FailureReason)


def test_only_two_reasons_leave_open_whether_the_message_arrived() -> None:
    assert {one for one in FailureReason if one.may_have_arrived} == {
        FailureReason.NO_REPLY,
        FailureReason.INTERRUPTED,
    }


def test_too_soon_says_how_long_to_wait_in_words_and_for_the_header() -> None:
    refusal = SmsTooSoon(17)

    assert refusal.retry_after == 17
    assert refusal.message % refusal.params == "请 17 秒后再获取短信验证码"


def test_a_failure_names_its_reason() -> None:
    assert str(SmsFailed(FailureReason.NO_REPLY)) == "SMS failed: no_reply"
