"""What an area and a facility are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from server.db import Row
    from server.i18n import Language

AREAS_TAG = "areas"
FACILITIES_TAG = "facilities"


@dataclass(frozen=True)
class Area:
    """A district, and how many houses are online in it."""

    area_id: int
    name: str
    name_en: str
    online_count: int

    def view(self, language: Language) -> dict[str, Any]:
        """As clients see it."""
        name = self.name_en if language == "en" else self.name
        return {"aid": self.area_id, "aname": name, "count": self.online_count}

    @classmethod
    def from_row(cls, row: Row) -> Area:
        """A row of `areas`."""
        return cls(row["id"], row["name"], row["name_en"], row["online_count"])


@dataclass(frozen=True)
class Facility:
    """What a house can have; `icon` names a symbol of the pages."""

    facility_id: int
    name: str
    name_en: str
    icon: str

    def view(self, language: Language) -> dict[str, Any]:
        """As clients see it."""
        name = self.name_en if language == "en" else self.name
        return {"id": self.facility_id, "name": name, "icon": self.icon}

    @classmethod
    def from_row(cls, row: Row) -> Facility:
        """A row of `facilities`."""
        return cls(row["id"], row["name"], row["name_en"], row["icon"])
