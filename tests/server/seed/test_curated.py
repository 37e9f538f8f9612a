"""The demo's people and houses, as texts: all different, all within the rules, from everywhere."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from server.accounts.model import check_mobile, check_name
from server.identities.model import Identity
from server.orders.model import check_comment, check_reply
from server.seed.curated import HOSTS, HOUSES, PEOPLE
from server.seed.curated_stays import GUESTS, ME, PAST_STAYS, REVIEWS, STORIES, Ending
from server.seed.demo import demo_form, demo_id_number
from server.seed.demo_terms import demo_terms, is_instant
from server.seed.model import HouseKind
from server.seed.places import places


def test_no_two_houses_have_the_same_title_or_address() -> None:
    assert len(HOUSES) == 60
    assert len({house[3] for house in HOUSES}) == 60
    assert len({house[4] for house in HOUSES}) == 60


def test_every_area_and_every_kind_has_houses_and_every_address_begins_with_its_area() -> None:
    names = {place.area_id: place.area_name for place in places()}

    assert min(Counter(house[2] for house in HOUSES)[area_id] for area_id in names) >= 2
    assert min(Counter(house[0] for house in HOUSES)[kind] for kind in HouseKind) >= 5
    assert [house for house in HOUSES if not house[4].startswith(names[house[2]])] == []


def test_every_house_could_have_been_typed_by_its_host() -> None:
    assert all(demo_form(number).check().title == HOUSES[number][3] for number in range(len(HOUSES)))


def test_every_person_could_have_signed_up_and_every_host_passes_the_check() -> None:
    for number, (mobile, name, _, real_name) in enumerate((*PEOPLE, *GUESTS)):
        assert check_mobile(mobile) == mobile
        assert check_name(name) == name
        if real_name is not None:
            assert Identity.check(real_name, demo_id_number(number), date(2026, 11, 26))
    assert all(PEOPLE[number][3] for number in HOSTS)
    assert {house[1] for house in HOUSES} == set(range(len(HOSTS)))
    assert len({person[1] for person in (*PEOPLE, *GUESTS)}) == len(PEOPLE) + len(GUESTS)


@pytest.mark.parametrize(
    "today", [date(2026, 11, 26), date(2027, 1, 1), date(2028, 2, 29), date(2039, 12, 31)]
)
def test_the_terms_of_every_house_could_have_been_typed_by_its_host_on_any_day(today: date) -> None:
    terms = [demo_terms(number, today).check(today) for number in range(len(HOUSES))]

    assert {one.cancellation for one in terms} == {"flexible", "moderate", "strict"}
    assert (
        {one.instant_booking for one in terms}
        == {one.weekend_price_fen is None for one in terms}
        == {True, False}
    )
    assert 20 <= len([one for one in terms if one.special]) < 60


def test_reviews_are_all_different_could_have_been_typed_and_are_not_all_praise() -> None:
    reviews = [review for texts in REVIEWS.values() for review in texts]

    assert len({comment for _, comment, _ in reviews}) == len(reviews)
    for rating, comment, reply in reviews:
        assert check_comment(comment, rating) == (comment, rating)
        assert reply is None or check_reply(reply) == reply
    ratings = Counter(rating for rating, _, _ in reviews)
    assert set(ratings) == {3, 4, 5}
    assert ratings[5] > ratings[4] > ratings[3] > 3
    assert 15 < len([reply for _, _, reply in reviews if reply]) < 50
    assert 40 <= sum(PAST_STAYS) <= 80


def test_the_two_accounts_have_the_orders_that_show_every_state() -> None:
    hosted = Counter(ending for number, _, _, _, ending in STORIES if HOSTS[HOUSES[number][1]] == 0)
    booked = {ending for _, guest, _, _, ending in STORIES if guest == ME}

    assert hosted[Ending.ASKED] == 2
    assert set(hosted) == {Ending.ASKED, Ending.ACCEPTED, Ending.PAID, Ending.REFUSED, Ending.LEFT}
    assert booked == {Ending.PAID, Ending.LEFT, Ending.REVIEWED, Ending.GIVEN_UP}
    assert not any(is_instant(number) for number, *_ in STORIES)
