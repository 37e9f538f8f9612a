"""What the demo's hosts ask beside the base price, and on which terms."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from server.nights.model import HORIZON
from server.prices.model import PriceForm, SpecialForm
from server.quotes.model import Cancellation
from server.seed.curated import HOUSES
from server.seed.model import HouseKind

if TYPE_CHECKING:
    from collections.abc import Iterator

# Weekend price in percent, off a week and a month in percent, yuan for cleaning, policy.
KIND_TERMS: dict[HouseKind, tuple[int, int, int, int, Cancellation]] = {
    HouseKind.HUTONG: (115, 8, 20, 60, Cancellation.MODERATE),
    HouseKind.APARTMENT: (110, 10, 25, 0, Cancellation.FLEXIBLE),
    HouseKind.LOFT: (120, 8, 0, 80, Cancellation.MODERATE),
    HouseKind.VILLA: (130, 10, 0, 300, Cancellation.STRICT),
    HouseKind.CABIN: (130, 12, 0, 100, Cancellation.MODERATE),
}
INSTANT_KINDS = frozenset({HouseKind.APARTMENT, HouseKind.LOFT})
# The first day of each Chinese year.
SPRING_FESTIVALS = (
    (2027, 2, 6), (2028, 1, 26), (2029, 2, 13), (2030, 2, 3), (2031, 1, 23), (2032, 2, 11), (2033, 1, 31),
    (2034, 2, 19), (2035, 2, 8), (2036, 1, 28),
)  # fmt: skip
DAY = timedelta(days=1)


def demo_terms(number: int, today: date) -> PriceForm:
    """What the host of a curated house typed into the form of prices."""
    kind, yuan = HOUSES[number][0], HOUSES[number][5]
    weekend, weekly, monthly, cleaning, cancellation = KIND_TERMS[kind]
    is_cheaper_for_long = number % 3 != 1
    return PriceForm(
        weekend_price=raised(yuan, weekend) if number % 4 != 3 else None,
        weekly_percent=weekly if is_cheaper_for_long else 0,
        monthly_percent=monthly if is_cheaper_for_long else 0,
        cleaning_fee=str(cleaning if number % 2 == 0 or kind is HouseKind.VILLA else 0),
        instant=is_instant(number),
        cancellation=cancellation,
        wants_verified=kind is HouseKind.VILLA and number > 40,
        special=tuple(_special(number, yuan, today)),
    )


def raised(yuan: int, percent: int) -> str:
    """A higher price that ends as prices like to."""
    return str(yuan * percent // 1000 * 10 + 8)


def is_instant(number: int) -> bool:
    """Whether the host takes everybody."""
    return HOUSES[number][0] in INSTANT_KINDS and number % 2 == 1


def _special(number: int, yuan: int, today: date) -> Iterator[SpecialForm]:
    """New Year at every third house, the Spring Festival at every second one."""
    if number % 3 == 0:
        eve = date(today.year, 12, 31)
        yield SpecialForm(eve, eve + 3 * DAY, raised(yuan, 150))
    ahead = (eve for eve in (date(*day) - DAY for day in SPRING_FESTIVALS) if eve >= today)
    eve_of_spring = next(ahead, None)
    if number % 2 == 0 and eve_of_spring and eve_of_spring + 7 * DAY <= today + HORIZON:
        yield SpecialForm(eve_of_spring, eve_of_spring + 7 * DAY, raised(yuan, 180))
