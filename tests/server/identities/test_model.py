"""Which names and ID numbers pass, what is shown of them, and what never is."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.errors import BadFields
from server.identities.model import BAD_CHECK, BAD_NAME, BAD_SHAPE, TOO_YOUNG, Identity, check_digit

STANDARD = "11010519491231002X"  # the example in GB 11643
TODAY = date(2026, 11, 25)


def problems(real_name: str = "张三", id_number: str = STANDARD, today: date = TODAY) -> dict[str, str]:
    try:
        Identity.check(real_name, id_number, today)
    except BadFields as refused:
        return dict(refused.problems)
    return {}


def numbered(first: str) -> str:
    """The number with the right check digit."""
    return first + check_digit(first)


def test_the_standards_example_passes_also_with_a_small_x_and_spaces_around() -> None:
    identity = Identity.check("张三", f" {STANDARD.lower()} ", TODAY)

    assert identity.id_number == STANDARD


@pytest.mark.parametrize(
    "name",
    [
        "张三",
        "欧阳小明",
        "阿卜杜热西提·麦麦提",
        "〇一",
        "𠮷田",
        "Zoë O’Neill-Smith",
        "Li Na",
        "张" * 32,
        "A" * 64,
    ],
)
def test_names_of_people_pass(name: str) -> None:
    assert problems(name) == {}


@pytest.mark.parametrize(
    "name",
    [
        "",
        "张",
        "张 三",
        "张三1",
        "·张三",
        "张··三",
        "张三<b>",
        "Li  2",
        "A",
        "张Li",
        "张" * 33,
        "A" * 65,
        "张\u200b三",
    ],
)
def test_what_is_no_name_is_refused(name: str) -> None:
    assert problems(name) == {"real_name": BAD_NAME}


@pytest.mark.parametrize("dot", ["•", "・", "‧", "．"])
def test_any_dot_between_the_parts_of_a_name_becomes_the_same(dot: str) -> None:
    assert Identity.check(f"阿迪力{dot}买买提", STANDARD, TODAY).real_name == "阿迪力·买买提"


@pytest.mark.parametrize(
    "number",
    [
        "",
        "1101051949123100",
        "１１０１０５１９４９１２３１００２Ｘ",
        "١١٠١٠٥١٩٤٩١٢٣١٠٠٢X",
        "11010519491231002Y",
        "X10105194912310021",
        "11010519491231002X1",
    ],
)
def test_a_number_of_another_shape_is_refused(number: str) -> None:
    assert problems(id_number=number) == {"id_card": BAD_SHAPE}


@given(position=st.integers(0, 16), step=st.integers(1, 9))
def test_one_wrong_digit_is_always_found(position: int, step: int) -> None:
    wrong = str((int(STANDARD[position]) + step) % 10)

    assert problems(id_number=STANDARD[:position] + wrong + STANDARD[position + 1 :]) == {
        "id_card": BAD_CHECK
    }


@given(position=st.integers(0, 15))
def test_two_neighbours_that_changed_places_are_always_found(position: int) -> None:
    swapped = list(STANDARD)
    swapped[position], swapped[position + 1] = swapped[position + 1], swapped[position]

    number = "".join(swapped)

    assert number == STANDARD or problems(id_number=number) == {"id_card": BAD_CHECK}


@pytest.mark.parametrize(
    "first", ["11010519490230002", "11010519491331002", "11010518991231002", "11010520261126002"],
    ids=["30-february", "month-13", "before-1900", "tomorrow"],
)  # fmt: skip
def test_a_birth_date_that_cannot_be_is_refused_though_the_check_digit_is_right(first: str) -> None:
    assert problems(id_number=numbered(first)) == {"id_card": BAD_CHECK}


@pytest.mark.parametrize("first", ["00010519491231002", "99010519491231002", "11000019491231002"])
def test_a_region_that_cannot_be_is_refused_though_the_check_digit_is_right(first: str) -> None:
    assert problems(id_number=numbered(first)) == {"id_card": BAD_CHECK}


def test_permanent_residence_cards_pass() -> None:
    assert problems("Li Na", numbered("91184019800101002")) == {}


def test_one_may_pass_from_the_eighteenth_birthday_on() -> None:
    number, leap = numbered("11010520081125002"), numbered("11010520080229002")

    assert problems(id_number=number, today=date(2026, 11, 24)) == {"id_card": TOO_YOUNG}
    assert problems(id_number=number, today=date(2026, 11, 25)) == {}
    assert problems(id_number=leap, today=date(2026, 2, 28)) == {"id_card": TOO_YOUNG}
    assert problems(id_number=leap, today=date(2026, 3, 1)) == {}


def test_both_fields_are_named_at_once() -> None:
    assert problems("", "") == {"real_name": BAD_NAME, "id_card": BAD_SHAPE}


def test_only_the_mask_is_shown() -> None:
    identity = Identity.check("欧阳小明", STANDARD, TODAY)

    assert identity.masked() == {"real_name": "欧*", "id_card": "1101************2X"}
    assert "欧阳" not in repr(identity)
    assert STANDARD not in repr(identity)
