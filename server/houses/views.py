"""Houses as clients see them: the summary in lists and the whole house. Amounts in fen, times in UTC."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.houses.model import House
    from server.i18n import Language
    from server.photos.model import Photo
    from server.reviews.model import Review


def summary_view(house: House, cover: Photo | None, language: Language) -> dict[str, Any]:
    """A house in a list."""
    return {
        "house_id": house.house_id,
        **_common(house, language),
        "img_url": cover.url if cover else None,
        "image": cover.view() if cover else None,
        "user_name": house.owner_name,
        "user_avatar": _media(house.owner_avatar_key),
    }


def owned_view(house: House, photos: Sequence[Photo], language: Language) -> dict[str, Any]:
    """A house in its owner's list."""
    return {
        **summary_view(house, photos[0] if photos else None, language),
        "status": house.status.value,
        "version": house.version,
        "image_count": len(photos),
    }


def house_view(
    house: House, photos: Sequence[Photo], facility_ids: Sequence[int], reviews: Sequence[Review],
    language: Language,
) -> dict[str, Any]:  # fmt: skip
    """The whole house."""
    return {
        "hid": house.house_id,
        "house_id": house.house_id,
        "user_id": house.owner_id,
        "user_name": house.owner_name,
        "user_avatar": _media(house.owner_avatar_key),
        **_common(house, language),
        **_terms(house),
        "img_urls": [photo.url for photo in photos],
        "images": [photo.view() for photo in photos],
        "facilities": list(facility_ids),
        "comments": [review.view() for review in reviews],
        "status": house.status.value,
        "version": house.version,
    }


def _common(house: House, language: Language) -> dict[str, Any]:
    return {
        "title": house.title,
        "price": house.price_fen,
        "area_id": house.area_id,
        "area_name": house.area_name_en if language == "en" else house.area_name,
        "address": house.address,
        "room_count": house.room_count,
        "acreage": house.acreage,
        "unit": house.layout,
        "beds": house.beds,
        "capacity": house.capacity,
        "order_count": house.order_count,
        "rating": house.rating,
        "ctime": house.created_at.strftime("%Y-%m-%d %H:%M:%S"),
    }


def _terms(house: House) -> dict[str, Any]:
    return {
        "deposit": house.deposit_fen,
        "min_days": house.min_nights,
        "max_days": house.max_nights,
        "weekend_price": house.weekend_price_fen,
        "weekly_percent": house.weekly_percent,
        "monthly_percent": house.monthly_percent,
        "cleaning_fee": house.cleaning_fee_fen,
        "instant": house.instant_booking,
        "cancellation": house.cancellation.value,
        "wants_verified": house.verified_guests,
    }


def _media(key: str | None) -> str | None:
    return f"/media/{key}" if key else None
