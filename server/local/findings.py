"""What the doctor says about one thing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: well, or wrong with a sentence that mends it. What is not `needed` only warns."""

    name: str
    well: bool
    detail: str
    remedy: str = ""
    needed: bool = True

    def lines(self) -> str:
        """For people: a mark, what was found, and how to mend it."""
        mark = "✓" if self.well else ("✗" if self.needed else "!")
        line = f"{mark} {self.name}: {self.detail}"
        return line if self.well else f"{line}\n    → {self.remedy}"


def is_well(findings: list[Finding]) -> bool:
    """Whether everything that is needed is there and right."""
    return all(finding.well or not finding.needed for finding in findings)
