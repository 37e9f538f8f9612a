"""What a guest said of a house after the stay, and what the host answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from server.db import Row


@dataclass(frozen=True)
class Review:
    """One review with its writer's name."""

    rating: int
    comment: str
    reply: str | None
    guest_name: str
    guest_avatar_key: str | None
    created_at: datetime

    def view(self) -> dict[str, Any]:
        """As clients see it."""
        return {
            "comment": self.comment,
            "user_name": self.guest_name,
            "user_avatar": f"/media/{self.guest_avatar_key}" if self.guest_avatar_key else None,
            "ctime": self.created_at.strftime("%Y-%m-%d %H:%M:%S"),
            "rating": self.rating,
            "reply": self.reply,
        }

    @classmethod
    def from_row(cls, row: Row) -> Review:
        """A row of `reviews` with the guest's name and picture."""
        return cls(
            row["rating"], row["comment"], row["reply"], row["guest_name"], row["guest_avatar_key"],
            row["created_at"],
        )  # fmt: skip
