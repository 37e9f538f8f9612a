"""Inventions follow from their numbers, keep the rules of what people type, and are believable."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from statistics import mean
from typing import TYPE_CHECKING

import pytest

from server.accounts.model import check_name
from server.houses.model import HouseForm
from server.identities.model import Identity
from server.seed.invention import DAYS_AHEAD, HouseInventor, invent_user
from server.seed.model import HouseKind, SeededHouse, SeedPlan
from server.seed.places import places

if TYPE_CHECKING:
    from server.houses.model import HouseFields

TODAY = date(2026, 11, 26)
RANGES = {kind: (range(4), range(4, 9)) for kind in HouseKind}


def invent(seed: int = 1, houses: int = 3000, nights: int = 10) -> list[SeededHouse]:
    """All houses of a plan."""
    inventor = HouseInventor(SeedPlan(houses, 50, nights, 3, seed, TODAY), RANGES)
    return [house for number in range(houses // 1000) for house in inventor.batch(number)]


@pytest.fixture(scope="module")
def houses() -> list[SeededHouse]:
    return invent()


def form(fields: HouseFields) -> HouseForm:
    """What a host would have typed for these fields."""
    return HouseForm(
        title=fields.title, address=fields.address, area_id=fields.area_id, price=f"{fields.price_fen / 100:.2f}",
        deposit=f"{fields.deposit_fen / 100:.2f}", room_count=fields.room_count, acreage=fields.acreage,
        unit=fields.layout, capacity=fields.capacity, beds=fields.beds, min_days=fields.min_nights,
        max_days=fields.max_nights, facility=fields.facility_ids,
    )  # fmt: skip


def test_the_same_plan_invents_the_same_houses(houses: list[SeededHouse]) -> None:
    assert invent() == houses


def test_another_seed_invents_other_houses(houses: list[SeededHouse]) -> None:
    assert [one.fields.title for one in invent(seed=2)] != [one.fields.title for one in houses]


def test_every_house_could_have_been_typed_by_its_host(houses: list[SeededHouse]) -> None:
    assert all(form(house.fields).check() == house.fields for house in houses)


def test_a_house_stands_in_its_area(houses: list[SeededHouse]) -> None:
    names = {place.area_id: place.area_name for place in places()}

    assert set(names) == set(range(1, 17))
    assert all(house.fields.address.startswith(names[house.fields.area_id]) for house in houses)
    assert {house.fields.area_id for house in houses} == set(names)


def test_prices_follow_rooms_kind_and_area(houses: list[SeededHouse]) -> None:
    prices = defaultdict(list)
    for house in houses:
        fields = house.fields
        for group in (house.kind, f"area {fields.area_id}", f"{house.kind} {fields.room_count}"):
            prices[group].append(fields.price_fen)

    assert mean(prices[HouseKind.VILLA]) > mean(prices[HouseKind.HUTONG]) > mean(prices[HouseKind.APARTMENT])
    assert mean(prices["apartment 3"]) > mean(prices["apartment 2"]) > mean(prices["apartment 1"])
    apartments = defaultdict(list)
    for house in houses:
        if house.kind is HouseKind.APARTMENT:
            apartments[house.fields.area_id].append(house.fields.price_fen)
    assert mean(apartments[1]) > mean(apartments[6]) > mean(apartments[12])


def test_stays_lie_ahead_one_after_the_other_and_take_the_nights_that_were_asked_for(
    houses: list[SeededHouse],
) -> None:
    for house in houses:
        ends = [0, *(start + length for start, length in house.stays)]
        assert all(start >= end for (start, _), end in zip(house.stays, ends, strict=False))
        assert ends[-1] <= DAYS_AHEAD

    assert mean(sum(length for _, length in house.stays) for house in houses) == pytest.approx(10, rel=0.1)


def test_no_nights_are_taken_when_none_were_asked_for() -> None:
    assert {house.stays for house in invent(houses=1000, nights=0)} == {()}


def test_later_houses_are_newer_and_none_is_from_the_future(houses: list[SeededHouse]) -> None:
    ages = [house.created_at for house in houses]

    assert ages == sorted(ages)
    assert ages[-1].date() <= TODAY
    assert (ages[-1] - ages[0]).days > 800


def test_every_house_has_a_cover_of_its_kind_and_pictures_once(houses: list[SeededHouse]) -> None:
    for house in houses:
        assert house.pictures[0] in RANGES[house.kind][0]
        assert len(set(house.pictures)) == len(house.pictures)

    assert mean(len(house.pictures) for house in houses) == pytest.approx(3, rel=0.1)


def test_people_pass_the_checks_that_people_pass_and_none_is_there_twice() -> None:
    people = [invent_user(1, offset, TODAY) for offset in (*range(1, 2000), 999_999)]

    for person in people:
        assert check_name(person.name) == person.name
        assert Identity.check(person.real_name, person.id_number, TODAY)
    for field in ("mobile", "name", "id_number"):
        assert len({getattr(person, field) for person in people}) == len(people)
