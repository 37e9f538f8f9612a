"""Every address of the classic prefix."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.classic import accounts, houses, orders

if TYPE_CHECKING:
    from handlers.base import BaseHandler

_PREFIX = r"/api/v1\.0"
_ORDER = _PREFIX + r"/orders/([0-9]{1,18})"
NO_CLASSIC_CALL = _PREFIX + r"/.*"

CLASSIC_CALLS: list[tuple[str, type[BaseHandler]]] = [
    (_PREFIX + r"/image_codes?/([^/]+)", accounts.ClassicImageCode),
    (_PREFIX + r"/sms_codes?/([^/]+)", accounts.ClassicSmsCode),
    (_PREFIX + r"/users", accounts.ClassicUsers),
    (_PREFIX + r"/users?/name", accounts.ClassicName),
    (_PREFIX + r"/users?/avatar", accounts.ClassicAvatar),
    (_PREFIX + r"/users?/auth", accounts.ClassicRealNameCheck),
    (_PREFIX + r"/user", accounts.ClassicProfile),
    (_PREFIX + r"/sessions?", accounts.ClassicSession),
    (_PREFIX + r"/areas", houses.ClassicAreas),
    (_PREFIX + r"/houses", houses.ClassicHouses),
    (_PREFIX + r"/houses/info", houses.ClassicNewHouse),
    (_PREFIX + r"/houses/image", houses.ClassicHouseImage),
    (_PREFIX + r"/houses/index", houses.ClassicHomeHouses),
    (_PREFIX + r"/houses/([0-9]{1,18})", houses.ClassicHouse),
    (_PREFIX + r"/user/houses", houses.ClassicOwnHouses),
    (_PREFIX + r"/orders", orders.ClassicOrders),
    (_PREFIX + r"/user/orders", orders.ClassicOwnOrders),
    (_ORDER + r"/status", orders.ClassicOrderStatus),
    (_ORDER + r"/comment", orders.ClassicOrderComment),
    (_ORDER + r"/payment", orders.ClassicOrderPayment),
    (_PREFIX + r"/order/payment", orders.ClassicPaymentResult),
]
