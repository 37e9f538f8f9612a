"""The demo's people and houses, as texts: all different, all within the rules, from everywhere."""

from __future__ import annotations

from collections import Counter
from datetime import date

from server.accounts.model import check_mobile, check_name
from server.identities.model import Identity
from server.seed.curated import HOSTS, HOUSES, PEOPLE
from server.seed.demo import demo_form, demo_id_number
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
    for number, (mobile, name, _, real_name) in enumerate(PEOPLE):
        assert check_mobile(mobile) == mobile
        assert check_name(name) == name
        if real_name is not None:
            assert Identity.check(real_name, demo_id_number(number), date(2026, 11, 26))
    assert all(PEOPLE[number][3] for number in HOSTS)
    assert {house[1] for house in HOUSES} == set(range(len(HOSTS)))
