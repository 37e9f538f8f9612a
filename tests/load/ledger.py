"""What a load saw that matters: counts of what may happen, and of what must not."""

from __future__ import annotations

from collections import Counter

FULL = 503

# Each of these is a defect of the site, whatever the load.
MUST_NOT = {
    "server errors": "answers with 500 and above, but for 503, which says that the site is full",
    "unexpected answers": "a status that this call does not document",
    "no answer": "a call, or a websocket's opening, that was broken off or not answered within 20 seconds",
    "wrong prices": "an order that costs something else than its quote said",
    "different replays": "the same request with the same Idempotency-Key, decided otherwise",
    "event gaps": "a live event whose number does not follow its predecessor's",
    "steps back": "an order's version that became smaller on the live channel",
    "late events": "an own order that the live channel did not tell within 5 seconds",
    "lost sockets": "a websocket that ended while its page was there, however it ended",
}


class Ledger:
    """Counts by name. One for a process; locust's workers each print their own."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def count(self, name: str, times: int = 1) -> None:
        """It happened."""
        self.counts[name] += times

    def judge(self, status: int, expected: tuple[int, ...]) -> str | None:
        """What an answer is counted as when it is not expected; status 0 is none at all."""
        if status in expected:
            return None
        if not status:
            name = "no answer"
        elif status == FULL:
            name = "503, full"
        else:
            name = "server errors" if status >= 500 else "unexpected answers"
        self.count(name)
        return name

    @property
    def is_clean(self) -> bool:
        """Whether nothing happened that must not."""
        return not any(self.counts[name] for name in MUST_NOT)

    def lines(self) -> list[str]:
        """What happened, and then every defect with its number."""
        happened = [
            f"  {name:24}{count:10}" for name, count in sorted(self.counts.items()) if name not in MUST_NOT
        ]
        defects = [f"  {name:24}{self.counts[name]:10}  {meaning}" for name, meaning in MUST_NOT.items()]
        return ["What happened", *happened, "What must be 0", *defects]


def seconds_of(value: object) -> float:
    """A Retry-After header in seconds; a second when it is not there."""
    text = str(value or "")
    return float(text) if text.isdecimal() else 1.0
