"""Reports: order by place, and each finding once."""

from archdsl.diagnostics.diagnostic import Label, Severity
from archdsl.diagnostics.report import Report, once
from archdsl.diagnostics.source import Source, Span

ONE, TWO = Source("a.arch", "0123456789\nabc\n"), Source("b.arch", "0123456789")


def found(report):
    return [(d.span.source.path, d.span.start, d.code) for d in report.sorted()]


def test_findings_are_sorted_by_file_place_and_code():
    report = Report()
    report.error("E0503", "c", Span(TWO, 1, 2))
    report.error("E0501", "b", Span(ONE, 5, 6))
    report.warning("W0401", "a", Span(ONE, 5, 6))
    report.error("E0401", "a", Span(ONE, 11, 12))
    report.error("E0402", "a", Span(ONE, 2, 9))

    assert found(report) == [
        ("a.arch", 2, "E0402"),
        ("a.arch", 5, "E0501"),
        ("a.arch", 5, "W0401"),
        ("a.arch", 11, "E0401"),
        ("b.arch", 1, "E0503"),
    ]
    assert list(report) == report.sorted()


def test_the_same_finding_is_shown_once():
    report = Report()
    for _ in range(3):
        report.error("E0503", "too small", Span(ONE, 1, 2), help="more")

    assert len(report.sorted()) == 1
    report.error("E0503", "too large", Span(ONE, 1, 2))
    assert len(report.sorted()) == 2


def test_only_errors_make_a_run_fail():
    report = Report()
    report.warning("W0401", "unused", Span(ONE, 0, 1))
    assert not report.has_errors
    report.error("E0401", "unknown", Span(ONE, 0, 1))
    assert report.has_errors


def test_a_diagnostic_keeps_everything_that_was_said():
    report = Report()
    label = Label(Span(ONE, 3, 4), "here")
    report.error("E0401", "fact", Span(ONE, 0, 1), labels=[label], notes=["a", "b"], help="do")
    (diagnostic,) = report.diagnostics

    assert diagnostic.severity is Severity.ERROR
    assert diagnostic.labels == (label,)
    assert diagnostic.notes == ("a", "b")
    assert diagnostic.help == "do"
    assert diagnostic.edits == ()


def test_reports_are_joined():
    one, two = Report(), Report()
    one.error("E0401", "a", Span(ONE, 0, 1))
    two.warning("W0401", "b", Span(ONE, 1, 2))
    one.extend(two)

    assert [d.code for d in one.diagnostics] == ["E0401", "W0401"]


def test_a_mistake_in_a_shared_part_is_one_mistake():
    report = Report()
    report.error("E0604", "8 channels", Span(ONE, 1, 2))
    report.error("E0604", "16 channels", Span(ONE, 1, 2))
    report.error("E0604", "8 channels", Span(ONE, 3, 4))

    assert [d.message for d in once(report.diagnostics)] == ["8 channels", "8 channels"]
