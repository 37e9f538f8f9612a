"""What orders should do, in plain Python: the oracle of the stateful test. Knows nothing of the product's code."""

from __future__ import annotations

from dataclasses import dataclass, field

NIGHT_FEN, DEPOSIT_FEN = 10_000, 5_000
# Who may do what in which state, and where it leads.
STEPS = {
    ("WAIT_ACCEPT", "host", "accept"): "WAIT_PAYMENT",
    ("WAIT_ACCEPT", "host", "reject"): "REJECTED",
    ("WAIT_ACCEPT", "guest", "cancel"): "CANCELED",
    ("WAIT_ACCEPT", "system", "expire"): "CANCELED",
    ("WAIT_PAYMENT", "guest", "cancel"): "CANCELED",
    ("WAIT_PAYMENT", "host", "cancel"): "CANCELED",
    ("WAIT_PAYMENT", "system", "expire"): "CANCELED",
    ("WAIT_PAYMENT", "system", "pay"): "PAID",
    ("PAID", "guest", "cancel"): "CANCELED",
    ("PAID", "host", "cancel"): "CANCELED",
    ("PAID", "system", "check_out"): "WAIT_COMMENT",
    ("WAIT_COMMENT", "guest", "comment"): "COMPLETE",
    ("WAIT_COMMENT", "system", "complete"): "COMPLETE",
}
DEAD = frozenset({"CANCELED", "REJECTED"})
# Days before the check-in, and the percentage of the nights that comes back from there on.
POLICIES = {"flexible": ((1, 100),), "moderate": ((5, 100), (1, 50)), "strict": ((14, 100), (7, 50))}


@dataclass
class ModelHouse:
    """A house as its host has it."""

    house_id: int
    host_id: int
    instant: bool
    cleaning_fen: int = 0
    cancellation: str = "flexible"
    blocked: set[int] = field(default_factory=set)

    def price(self, nights: int) -> int:
        """A stay, with cleaning and deposit."""
        return nights * NIGHT_FEN + self.cleaning_fen + DEPOSIT_FEN


@dataclass
class ModelOrder:
    """An order as both sides should see it; days count from today."""

    order_id: int
    guest_id: int
    house: ModelHouse
    first: int
    nights: int
    amount_fen: int
    cleaning_fen: int
    cancellation: str
    status: str
    events: list[str] = field(default_factory=lambda: ["place"])
    refunds: list[tuple[str, int]] = field(default_factory=list)
    payment: str | None = None
    is_paid: bool = False
    due: bool = False
    comment: str | None = None
    reply: str | None = None

    @property
    def days(self) -> set[int]:
        return set(range(self.first, self.first + self.nights))

    @property
    def has_began(self) -> bool:
        return self.first < 0

    def role_of(self, user_id: int) -> str | None:
        return {self.guest_id: "guest", self.house.host_id: "host"}.get(user_id)

    def may(self, role: str, event: str) -> bool:
        """Whether this side can do it now."""
        if event == "cancel" and self.status == "PAID" and self.has_began:
            return False
        if event == "reply":
            return role == "host" and self.status == "COMPLETE" and bool(self.comment) and not self.reply
        return (self.status, role, event) in STEPS

    def take(self, role: str, event: str) -> None:
        """It happened."""
        self.refunds += self.given_back(role, event)
        self.status = STEPS.get((self.status, role, event), self.status)
        self.events.append(event)
        self.due = False

    def given_back(self, role: str, event: str) -> list[tuple[str, int]]:
        """What goes back with it."""
        if self.status != "PAID":
            return []
        if event == "check_out":
            return [("deposit", DEPOSIT_FEN)]
        if event != "cancel":
            return []
        whole = self.cleaning_fen + DEPOSIT_FEN
        percent = next((percent for least, percent in POLICIES[self.cancellation] if self.first >= least), 0)
        nights = self.amount_fen - whole
        return [("cancel", self.amount_fen if role == "host" else whole + nights * percent // 100)]

    def actions(self, role: str) -> list[str]:
        """What this side's page offers."""
        names = ("accept", "reject", "cancel", "comment", "reply")
        found = [name for name in names if self.may(role, name)]
        return ["pay", *found] if role == "guest" and self.status == "WAIT_PAYMENT" else found
