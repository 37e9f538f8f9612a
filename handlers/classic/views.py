"""Our answers in the classic shapes: amounts in fen, times as the clocks at the houses show them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from server.nights.model import HOUSE_TIME
from server.orders.model import OrderStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.accounts.model import User

NOBODY = -1
TIME = "%Y-%m-%d %H:%M:%S"
SUMMARY = ("house_id", "title", "price", "area_name", "room_count", "order_count", "address")
HOUSE = (
    "hid", "user_id", "user_name", "title", "price", "address", "room_count", "acreage", "unit", "capacity", "beds",
    "deposit", "min_days", "max_days", "img_urls", "facilities",
)  # fmt: skip
ORDER = ("order_id", "title", "start_date", "end_date", "days", "amount", "status")


def user_view(user: User) -> dict[str, Any]:
    """The own profile; the mobile stays masked."""
    return {
        "user_id": user.user_id,
        "name": user.name,
        "mobile": user.masked_mobile,
        "avatar": user.avatar_url or "",
        "create_time": user.created_at.replace(tzinfo=UTC).astimezone(HOUSE_TIME).strftime(TIME),
    }


def summary_view(house: Mapping[str, Any]) -> dict[str, Any]:
    """A house in a list."""
    return {
        **{name: house[name] for name in SUMMARY},
        "img_url": house["img_url"] or "",
        "user_avatar": house["user_avatar"] or "",
        "ctime": local_time(house["ctime"]).split()[0],
    }


def house_view(house: Mapping[str, Any], viewer_id: int | None) -> dict[str, Any]:
    """A whole house, and who looks at it."""
    comments = [
        {
            "comment": said["comment"],
            "user_name": said["user_name"],
            "ctime": local_time(said["ctime"]),
        }
        for said in house["comments"]
    ]
    shown = {name: house[name] for name in HOUSE}
    shown |= {"user_avatar": house["user_avatar"] or "", "comments": comments}
    return {"user_id": NOBODY if viewer_id is None else viewer_id, "house": shown}


def order_view(order: Mapping[str, Any]) -> dict[str, Any]:
    """An order in a list; the comment of one that came to nothing is why."""
    is_dead = OrderStatus(order["status"]).is_dead
    return {
        **{name: order[name] for name in ORDER},
        "img_url": order["img_url"] or "",
        "ctime": local_time(order["ctime"]),
        "comment": (order["reason"] if is_dead else order["comment"]) or "",
    }


def local_time(text: str) -> str:
    """A time in UTC, as our answers have it, at the houses: the pages print what they get."""
    moment = datetime.strptime(text, TIME).replace(tzinfo=UTC)
    return moment.astimezone(HOUSE_TIME).strftime(TIME)
