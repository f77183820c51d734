"""What `archc check` says of a network: findings, expectations with both figures, conditions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from archdsl.analysis.expectations import Outcome, Verdict, failures
from archdsl.analysis.legal_inputs import LegalInputs
from archdsl.diagnostics.diagnostic import Diagnostic, Severity
from archdsl.diagnostics.render import clip, count_of, escape
from archdsl.diagnostics.render_json import diagnostics_json
from archdsl.diagnostics.report import Report, once
from archdsl.graph.graph import Graph
from archdsl.reports import at_sizes
from archdsl.reports import legal as legal_report
from archdsl.reports.plain import identity, plain


@dataclass(frozen=True)
class Judged:
    """An expectation and its verdict, both sides as JSON has them."""

    text: str
    line: int
    verdict: Outcome
    left: Any
    right: Any
    source: str | None
    reason: str | None


@dataclass(frozen=True)
class Checked:
    """A network as `archc check` has judged it; plain data, so that it passes between processes.

    `identity` is None where the network, or the file around it, has errors.
    """

    name: str
    file: str
    identity: dict[str, Any] | None = None
    found: tuple[Diagnostic, ...] = ()
    failed: tuple[Diagnostic, ...] = ()
    expectations: tuple[Judged, ...] = ()
    legal: legal_report.Legal | None = None
    at: at_sizes.AtSizes | None = None

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What was found in the text, then the expectations that fail."""
        return self.found + self.failed

    def asked_at(self, at: at_sizes.AtSizes | None) -> Checked:
        """The same with the verdict on the sizes that were asked for.

        Sizes at which the shapes hold can still ask for other weights: that is found here.
        """
        failed = self.failed
        if at is not None and at.finding is not None and self.identity is not None:
            failed = (at.finding, *failed)
        return replace(self, at=at, failed=failed)

    @property
    def counts(self) -> Counter[Outcome]:
        """How many expectations came out how."""
        return Counter(each.verdict for each in self.expectations)


@dataclass
class CheckReport:
    """What the targets came to: the networks, and the findings that belong to none of them."""

    networks: list[Checked] = field(default_factory=list)
    common: list[Diagnostic] = field(default_factory=list)

    def add(self, other: CheckReport) -> None:
        """Add what another file came to."""
        self.networks += other.networks
        self.common += other.common

    def diagnostics(self) -> list[Diagnostic]:
        """Every finding by place, those of a part that several networks share once."""
        found = once(d for network in self.networks for d in network.found)
        failed = [d for network in self.networks for d in network.failed]
        return Report([*self.common, *found, *failed]).sorted()


def judged(
    name: str,
    file: str,
    graph: Graph,
    found: Iterable[Diagnostic],
    verdicts: tuple[Verdict, ...],
    legal: LegalInputs,
    *,
    strict: bool,
) -> Checked:
    """The report on a network without errors.

    Args:
        name: Its name.
        file: The file it is declared in.
        graph: The resolved network.
        found: What was found on the way (warnings).
        verdicts: Its expectations, judged.
        legal: Its legal inputs.
        strict: Whether an expectation that cannot be decided is an error.
    """
    failed: list[Diagnostic] = []
    for verdict in verdicts:
        missed = failures((verdict,)).diagnostics
        if strict and verdict.outcome is Outcome.UNKNOWN:
            missed = [_undecided(verdict)]
        if not _stands_in(verdict, graph):
            missed = [replace(d, notes=(*d.notes, f"of the network {name}")) for d in missed]
        failed += missed
    sizes = legal_report.described(graph, legal)
    if strict:
        failed += [
            Diagnostic("E0646", Severity.ERROR, _unwritten(cause), condition.span)
            for cause, condition in zip(sizes.causes, legal.conditions, strict=True)
            if cause.unknown is not None
        ]
    return Checked(
        name,
        file,
        identity(name, file, graph),
        tuple(found),
        tuple(failed),
        tuple(_judged(verdict) for verdict in verdicts),
        sizes,
    )


def text(report: CheckReport) -> str:
    """A line or so for each network: what was proven, which conditions, how the expectations fare."""
    lines = [line for network in report.networks for line in _lines(network)]
    if len(report.networks) > 1:
        failed = sum(not _is_fine(network) for network in report.networks)
        lines.append(
            f"{failed} of {len(report.networks)} networks have errors"
            if failed
            else f"{len(report.networks)} networks, all without errors"
        )
    return "".join(f"{line}\n" for line in lines)


def json(report: CheckReport) -> dict[str, Any]:
    """The document of `archc check`."""
    return {
        "networks": [_network_json(network) for network in report.networks],
        "diagnostics": diagnostics_json(report.common),
    }


def _undecided(verdict: Verdict) -> Diagnostic:
    message = f"`{verdict.text}` cannot be decided: {verdict.reason}"
    return Diagnostic("E0804", Severity.ERROR, message, verdict.span)


def _unwritten(cause: legal_report.Cause) -> str:
    return f"`{cause.text}` has no closed form: {cause.unknown}"


def _stands_in(verdict: Verdict, graph: Graph) -> bool:
    """Whether an expectation stands in the network's own declaration."""
    own, place = graph.root.span, verdict.span
    return place.source is own.source and own.start <= place.start < own.end


def _judged(verdict: Verdict) -> Judged:
    return Judged(
        verdict.text,
        verdict.span.line,
        verdict.outcome,
        plain(verdict.left),
        plain(verdict.right),
        verdict.source,
        verdict.reason,
    )


def _is_fine(network: Checked) -> bool:
    return network.identity is not None and not any(
        d.severity is Severity.ERROR for d in network.diagnostics
    )


def _lines(network: Checked) -> list[str]:
    head = f"{escape(network.file)}::{network.name}"
    if network.identity is None:
        errors = count_of(network.diagnostics) or "not checked, its file has errors"
        return [f"{head}: {errors}", *([at_sizes.line(network.at)] if network.at else [])]
    said = [_shapes(network.legal), *_expectations(network)]
    warnings = [d for d in network.diagnostics if d.severity is Severity.WARNING]
    if warnings:
        said.append(count_of(warnings))
    lines = [f"{head}: {'; '.join(said)}"]
    if network.at is not None:
        lines.append(at_sizes.line(network.at))
    elif network.legal is not None:
        lines += legal_report.lines(network.legal)
    unknown = [each for each in network.expectations if each.verdict is Outcome.UNKNOWN]
    lines += [f"  unknown: {clip(u.text, 100)}, {u.reason} (line {u.line})" for u in unknown]
    return lines


def _shapes(legal: legal_report.Legal | None) -> str:
    if legal is None or not legal.causes:
        return "shapes proven for every size"
    if legal.unknown:
        return "shapes proven, the legal sizes not all known"
    return "shapes proven for every legal size"


def _expectations(network: Checked) -> list[str]:
    counts = network.counts
    total = len(network.expectations)
    if not total:
        return ["no expectations"]
    s = "s" if total > 1 else ""
    if counts[Outcome.HOLDS] == total:
        return [f"{total} expectation{s} hold{'' if s else 's'}"]
    said = [
        f"{counts[outcome]} {verb if counts[outcome] == 1 else verbs}"
        for outcome, verb, verbs in (
            (Outcome.HOLDS, "holds", "hold"),
            (Outcome.FAILS, "fails", "fail"),
            (Outcome.UNKNOWN, "is unknown", "are unknown"),
            (Outcome.NOT_APPLICABLE, "is not applicable", "are not applicable"),
        )
        if counts[outcome]
    ]
    return [f"of {total} expectation{s} " + ", ".join(said)]


def _network_json(network: Checked) -> dict[str, Any]:
    known = network.identity or {"name": network.name, "file": network.file}
    return {
        **known,
        "diagnostics": diagnostics_json(network.diagnostics),
        "expectations": [
            {
                "text": each.text,
                "line": each.line,
                "verdict": str(each.verdict),
                "left": each.left,
                "right": each.right,
                "source": each.source,
                "reason": each.reason,
            }
            for each in network.expectations
        ],
        "legal_inputs": None if network.legal is None else legal_report.json(network.legal),
        "at": None if network.at is None else at_sizes.json(network.at),
    }
