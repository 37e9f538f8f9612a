"""One table for all that was measured: the budget, the figure, what it is compared with, and whether it holds."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Line:
    """One measurement. `limit` is what `judged` may not pass; `at_least` says from which side. None judges nothing."""

    what: str
    figure: float
    unit: str
    compared_with: str = ""
    compared: float | None = None
    budget: str = ""
    judged: float | None = None
    limit: float | None = None
    at_least: bool = False

    @property
    def ratio(self) -> float | None:
        """The figure by what it is compared with."""
        return self.figure / self.compared if self.compared else None

    @property
    def holds(self) -> bool | None:
        """Whether the budget is kept; None where there is none."""
        if self.limit is None or self.judged is None:
            return None
        return self.judged >= self.limit if self.at_least else self.judged <= self.limit

    def as_record(self) -> dict[str, Any]:
        """For machines."""
        return {**asdict(self), "ratio": self.ratio, "holds": self.holds}


def rendered(lines: Sequence[Line]) -> str:
    """The table."""
    head = f"{'':54}{'figure':>10} {'unit':12}{'compared with':36}{'':>10}{'ratio':>8}  {'budget':24}"
    return "\n".join([head.rstrip(), *(_row(line) for line in lines)])


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that so large a share of them does not pass; NaN of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")


def _row(line: Line) -> str:
    compared = "" if line.compared is None else _number(line.compared)
    ratio = "" if line.ratio is None else f"{line.ratio:.2f}"
    verdict = {None: "", True: "pass", False: "FAIL"}[line.holds]
    return (
        f"{line.what:54}{_number(line.figure):>10} {line.unit:12}{line.compared_with:36}{compared:>10}{ratio:>8}"
        f"  {line.budget:24}{verdict}"
    ).rstrip()


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.2f}"
