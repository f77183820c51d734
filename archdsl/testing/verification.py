"""What a verification found: predictions beside measurements, as text and as JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

_MOST_DETAILS = 8


class Agreement(StrEnum):
    """Whether a measurement is what was predicted."""

    AGREES = "agrees"
    DIFFERS = "differs"
    NOT_RUN = "not run"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One thing that was predicted and measured.

    `details` name what differs, or say why nothing was run; `remark` says what was left out.
    """

    subject: str
    predicted: Any
    measured: Any
    agreement: Agreement
    details: tuple[str, ...] = ()
    remark: str = ""


@dataclass
class Verification:
    """Every comparison of a network."""

    name: str
    file: str
    comparisons: list[Comparison] = field(default_factory=list)

    @property
    def agrees(self) -> bool:
        """Whether nothing that was measured differs from what was predicted."""
        return all(c.agreement is not Agreement.DIFFERS for c in self.comparisons)

    def compare(
        self,
        subject: str,
        predicted: Any,
        measured: Any,
        details: tuple[str, ...] = (),
        remark: str = "",
    ) -> None:
        """Add a comparison, which agrees where both are equal and no detail differs."""
        same = predicted == measured and not details
        agreement = Agreement.AGREES if same else Agreement.DIFFERS
        comparison = Comparison(subject, predicted, measured, agreement, details, remark)
        self.comparisons.append(comparison)

    def not_run(self, subject: str, why: str) -> None:
        """Add a comparison that was not made."""
        self.comparisons.append(Comparison(subject, None, None, Agreement.NOT_RUN, (why,)))

    def text(self) -> str:
        """A table for people: a line for each comparison, and what differs below it."""
        verdict = "as predicted" if self.agrees else "NOT as predicted"
        lines = [f"{self.name} ({self.file}): {verdict}"]
        width = max((len(c.subject) for c in self.comparisons), default=0)
        for comparison in self.comparisons:
            lines.append(f"  {comparison.subject:{width}}  {_outcome(comparison)}")
            remark = (comparison.remark,) if comparison.remark else ()
            below = (*_shortened(comparison.details), *remark)
            lines += [f"  {'':{width}}  {line}" for line in below]
        return "\n".join(lines) + "\n"

    def json(self) -> dict[str, Any]:
        """The same for programs."""
        return {
            "name": self.name,
            "file": self.file,
            "agrees": self.agrees,
            "comparisons": [
                {
                    "subject": c.subject,
                    "agreement": str(c.agreement),
                    "predicted": c.predicted,
                    "measured": c.measured,
                    "details": list(c.details),
                    "remark": c.remark,
                }
                for c in self.comparisons
            ],
        }


def _outcome(comparison: Comparison) -> str:
    measured = _figure(comparison.measured)
    match comparison.agreement:
        case Agreement.NOT_RUN:
            return "not run"
        case Agreement.AGREES:
            return measured
    return f"DIFFERS: {_figure(comparison.predicted)} predicted, {measured} measured"


def _figure(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def _shortened(details: tuple[str, ...]) -> list[str]:
    if len(details) <= _MOST_DETAILS:
        return list(details)
    return [*details[:_MOST_DETAILS], f"... and {len(details) - _MOST_DETAILS} more"]
