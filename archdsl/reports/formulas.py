"""What `archc cost --symbolic` says: figures as formulas over the sizes of the inputs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, count
from string import ascii_lowercase
from textwrap import wrap
from typing import Any, TypeAlias

from archdsl.analysis.cost import CostReport, samples_symbol
from archdsl.analysis.fitted import FittedReport, Tried
from archdsl.analysis.legal_inputs import LegalInputs
from archdsl.diagnostics.render import escape
from archdsl.reports.plain import identity
from archdsl.reports.table import columns
from archdsl.shapes.dim import Dim, Floor, Symbol
from archdsl.shapes.formula import Formula, Largest, expanded
from archdsl.shapes.formula import text as terms_text
from archdsl.shapes.residues import Mixed, Polynomial, Residues, residues_of
from archdsl.shapes.sizes import TooLong

Formulas: TypeAlias = CostReport | FittedReport

_QUANTITIES = ("macs", "flops", "activations")
_MOST_CANDIDATES = 2
_MOST_TERMS = 24


def text(name: str, file: str, report: Formulas, legal: LegalInputs) -> str:
    """The formulas of a network; below them those on the class of the default sizes, by stage too."""
    graph = report.graph
    figures = {label: _expanded(figure) for label, figure in _figures(report).items()}
    symbols = _symbols(report)
    names = _names(figures.values(), symbols)
    samples = samples_symbol(graph)
    lines = [f"{name}  ({escape(file)})", _over(report), ""]
    lines[2:2] = [f"  {each.text(parameter)}" for parameter, each in _tried(report).items()]
    lines += _rows([(label, _said(each, names, samples)) for label, each in figures.items()])
    if names:
        where = ", ".join(f"{short} = {dim}" for dim, short in names.items())
        lines += ["", *_rows([("where", where)])]
    residues = _residues(report, legal)
    if residues is not None and residues.periods.keys() - {samples, *_tried(report)}:
        lines += ["", *_on_class(report, residues)]
    return "".join(f"{line}\n" for line in lines)


def json(name: str, file: str, report: Formulas, legal: LegalInputs) -> dict[str, Any]:
    """The formulas of a network and of each stage."""
    graph = report.graph
    residues = _residues(report, legal)
    samples = samples_symbol(graph)
    return {
        **identity(name, file, graph),
        "symbols": dict(_symbols(report)),
        "tried": {
            parameter: {"step": each.step, "values": list(each.values), "not_at": list(each.bad)}
            for parameter, each in _tried(report).items()
        },
        "formulas": _formulas_json(report),
        "class": None
        if residues is None
        else {
            "sizes": residues.text(but={samples, *_tried(report)}),
            **_class_json(report, residues),
        },
        "stages": [
            {"path": path, **_formulas_json(report.of_region(region.id))}
            for path, region in graph.stages.items()
        ],
    }


def _figures(figures: Any) -> dict[str, Any]:
    memory = figures.memory
    return {
        "parameters": figures.params,
        "MACs": figures.macs,
        "FLOPs": figures.flops,
        "activations": figures.activations,
        "weights, bytes": memory.weights,
        "peak in inference, bytes": memory.inference_peak,
        "saved in training, bytes": memory.training_saved,
    }


def _over(report: Formulas) -> str:
    symbols = [f"{name} ({default} by default)" for name, default in _symbols(report).items()]
    said = ", ".join(symbols) or "no sizes"
    return f"over {said}; memory over {samples_symbol(report.graph)}"


def _symbols(report: Formulas) -> dict[str, int]:
    """What the formulas are over, the number of samples left out, each with its default."""
    sizes = {name: symbol.default for name, symbol in report.graph.symbols.items()}
    return {**sizes, **{name: each.value for name, each in _tried(report).items()}}


def _tried(report: Formulas) -> Mapping[str, Tried]:
    """The parameters that the formulas are over, and for which of their values they hold."""
    return report.tried if isinstance(report, FittedReport) else {}


def _said(figure: Any, names: Mapping[Dim, str], samples: str) -> str:
    if isinstance(figure, Largest):
        shown = [_said(each, names, samples) for each in figure.candidates[:_MOST_CANDIDATES]]
        more = len(figure.candidates) - len(shown)
        if more:
            return f"the largest of {len(figure.candidates)} (all with --format json)"
        return f"max({', '.join(shown)})"
    if isinstance(figure, Formula):
        if len(figure.terms) > _MOST_TERMS:
            return f"a sum of {len(figure.terms)} products (all with --format json)"
        named = {tuple(names.get(d, str(d)) for d in m): c for m, c in figure.terms.items()}
        return _polynomial_text(named, samples)
    return f"{figure:_}"


def _expanded(figure: Any) -> Any:
    if isinstance(figure, Largest):
        return Largest(tuple([expanded(each) for each in figure.candidates]))
    return expanded(figure)


def _names(figures: Iterable[Any], symbols: Iterable[str]) -> dict[Dim, str]:
    """Short names for the dimensions that are no plain symbols: `h32` for `ceil(H/32)`."""
    dims: dict[Dim, None] = {}
    for figure in figures:
        if isinstance(figure, Formula) and len(figure.terms) <= _MOST_TERMS:
            dims.update(dict.fromkeys(d for factors in figure.terms for d in factors))
    found: dict[Dim, str] = {}
    taken = set(symbols)
    for dim in sorted(dims, key=lambda d: (sorted(d.symbols), _rate(d), str(d))):
        if len(dim.terms) == 1 and not dim.constant and isinstance(dim.terms[0][0], Symbol):
            continue
        rate = _rate(dim)
        short = f"{''.join(sorted(dim.symbols)).lower()}{rate if rate > 1 else ''}"
        further = chain(ascii_lowercase, (f"_{n}" for n in count(1)))
        chosen = short if rate > 1 else f"{short}_"
        while chosen in taken:
            chosen = f"{short}{next(further)}"
        taken.add(chosen)
        found[dim] = chosen
    return found


def _rate(dim: Dim) -> int:
    """What a dimension divides its symbol by."""
    return max([atom.den for atom, _ in dim.terms if isinstance(atom, Floor)], default=1)


def _residues(report: Formulas, legal: LegalInputs) -> Residues | None:
    """The class of the default sizes, where figures have one."""
    defaults = {samples_symbol(report.graph): 1, **_symbols(report)}
    box = legal.boxes[0] if legal.boxes else {}
    least = {name: box[name].smallest if name in box else 1 for name in defaults}
    try:
        return residues_of(_figures(report).values(), defaults, least)
    except (Mixed, TooLong):
        return None


def _on_class(report: Formulas, residues: Residues) -> list[str]:
    samples = samples_symbol(report.graph)
    rows = [(name, _polynomials(f, residues, samples)) for name, f in _figures(report).items()]
    # A number is said above.
    changing = [row for row in rows if any(c.isalpha() for c in row[1])]
    stages = [
        (
            f"  {path}",
            _polynomials(each.params, residues, samples),
            _polynomials(each.macs, residues, samples),
        )
        for path, region in report.graph.stages.items()
        for each in [report.of_region(region.id)]
    ]
    lines = [f"at {residues.text(but={samples, *_tried(report)})}", *_rows(changing)]
    if stages:
        lines += ["", columns([("  stage", "params", "MACs"), *stages], "lrl").rstrip("\n")]
    return lines


def _rows(rows: Sequence[tuple[str, str]]) -> list[str]:
    """Labels, and beside them what they are, in lines of 100 columns."""
    width = max(len(label) for label, _ in rows) + 4
    lines: list[str] = []
    for label, said in rows:
        first, *more = wrap(said, 100 - width, break_long_words=False, break_on_hyphens=False)
        lines.append(f"  {label}".ljust(width) + first)
        lines += [" " * width + line for line in more]
    return lines


def _polynomials(figure: Any, residues: Residues, samples: str) -> str:
    found = [_polynomial_text(p, samples) for p in residues.largest(figure)]
    return found[0] if len(found) == 1 else f"max({', '.join(found)})"


def _polynomial_text(polynomial: Polynomial, samples: str) -> str:
    """`1_314*h*w - 20*(h + w) + 3`: sums of single sizes that count alike are put together."""
    alike: dict[tuple[int, tuple[str, ...]], list[str]] = {}
    for names, coefficient in polynomial.items():
        sizes = [name for name in names if name != samples]
        if len(sizes) == 1:
            rest = tuple(name for name in names if name == samples)
            alike.setdefault((coefficient, rest), []).append(sizes[0])
    terms = dict(polynomial)
    for (coefficient, rest), sizes in alike.items():
        if len(sizes) > 1:
            terms = {
                m: c
                for m, c in terms.items()
                if c != coefficient or sorted(m) not in [sorted((size, *rest)) for size in sizes]
            }
            terms[(" + ".join(sorted(sizes)), *rest)] = coefficient
    return terms_text(terms, str)


def _formulas_json(figures: Any) -> dict[str, Any]:
    memory = figures.memory
    peak: Any = memory.inference_peak
    candidates = peak.candidates if isinstance(peak, Largest) else (peak,)
    return {
        "params": _number(figures.params),
        **{name: str(getattr(figures, name)) for name in _QUANTITIES},
        "memory": {
            "weights": _number(memory.weights),
            "inference_peak": [str(each) for each in candidates],
            "training_saved": str(memory.training_saved),
        },
    }


def _number(figure: Any) -> int | str:
    """A figure that depends on no size is a number; over parameters it may be a formula."""
    return figure if isinstance(figure, int) else str(figure)


def _class_json(report: Formulas, residues: Residues) -> dict[str, Any]:
    samples = samples_symbol(report.graph)
    return {
        name: _polynomial_text(residues.polynomial(getattr(report, name)), samples)
        for name in _QUANTITIES
    }
