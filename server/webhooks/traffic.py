"""How many deliveries may be on their way at once: in all, to one server, and to webhooks that fail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

IN_ALL = 32
TO_ONE_SERVER = 4
TO_FAILING = 16  # a crowd of servers that hang leaves room for those that answer


@dataclass(frozen=True)
class Candidate:
    """A delivery whose time has come, the oldest of its webhook."""

    delivery_id: int
    url: str
    is_failing: bool

    @property
    def server(self) -> str:
        """Whom it goes to: name and port."""
        return urlsplit(self.url).netloc


def fair_share(candidates: Iterable[Candidate], on_the_way: Iterable[Candidate]) -> list[Candidate]:
    """Those of the candidates, in their order, that may go now beside the others."""
    flying, chosen = list(on_the_way), []
    for candidate in candidates:
        if _admits(candidate, flying):
            flying.append(candidate)
            chosen.append(candidate)
    return chosen


def _admits(candidate: Candidate, flying: list[Candidate]) -> bool:
    return (
        len(flying) < IN_ALL
        and sum(one.server == candidate.server for one in flying) < TO_ONE_SERVER
        and not (candidate.is_failing and sum(one.is_failing for one in flying) >= TO_FAILING)
    )
