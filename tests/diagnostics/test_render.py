"""Diagnostics as text: the fact, the place, carets, notes, help."""

import pytest

from archdsl.diagnostics.diagnostic import Label
from archdsl.diagnostics.render import MOST_CHARACTERS, count_of, escape, render, render_one
from archdsl.diagnostics.report import Report
from archdsl.diagnostics.source import Source, Span

TEXT = """let width = 8
network n {
    input image[3, 32, 32]
    conv(width, 3x3, strid=2)
}
"""


def span(source, text, occurrence=0):
    start = -1
    for _ in range(occurrence + 1):
        start = source.text.index(text, start + 1)
    return Span(source, start, start + len(text))


@pytest.fixture
def source():
    return Source("n.arch", TEXT)


def one(where, message="fact", **more):
    report = Report()
    report.error("E0505", message, where, **more)
    return report.diagnostics[0]


def test_a_whole_one(source):
    shown = render_one(
        one(
            span(source, "strid"),
            "`conv` has no parameter `strid`",
            labels=[Label(span(source, "width", 0), "declared here")],
            notes=["its parameters are out,\nkernel, stride"],
            help="did you mean `stride`?",
        )
    )

    assert shown == (
        "n.arch:4:22: error[E0505]: `conv` has no parameter `strid`\n"
        "  |\n"
        "1 | let width = 8\n"
        "  |     ----- declared here\n"
        "...\n"
        "4 |     conv(width, 3x3, strid=2)\n"
        "  |                      ^^^^^\n"
        "  = note: its parameters are out,\n"
        "  =       kernel, stride\n"
        "  = help: did you mean `stride`?\n"
    )


def test_the_first_line_is_one_that_editors_understand(source):
    assert render_one(one(span(source, "conv"))).startswith("n.arch:4:5: error[E0505]: fact\n")


def test_labels_in_another_file_are_shown_with_it(source):
    other = Source("other.arch", "block b { relu }\n")
    shown = render_one(one(span(source, "conv"), labels=[Label(span(other, "relu"), "there")]))

    assert shown.endswith("  in other.arch:1:11\n1 | block b { relu }\n  |           ---- there\n")


def test_a_span_over_lines_is_marked_to_the_end_of_the_first(source):
    shown = render_one(one(Span(source, source.text.index("network"), len(source.text))))

    assert "2 | network n {\n  | ^^^^^^^^^^^\n" in shown


def test_an_empty_span_still_has_a_caret(source):
    assert "  |     ^\n" in render_one(one(Span(source, 4, 4)))


def test_an_empty_file_has_no_excerpt():
    assert render_one(one(Span(Source("n.arch", ""), 0, 0))) == "n.arch:1:1: error[E0505]: fact\n"


def test_tabs_are_four_columns_and_wide_letters_two():
    source = Source("n.arch", "\tlet 宽 = x\n")
    shown = render_one(one(span(source, "x")))

    assert "1 |     let 宽 = x\n  |              ^\n" in shown


def test_long_lines_are_clipped_around_the_mark():
    source = Source("n.arch", "a" * 500 + "MARK" + "b" * 500)
    shown = render_one(one(span(source, "MARK")))
    line, carets = shown.split("\n")[2:4]

    assert len(line) < 120
    assert line[carets.index("^") : carets.rindex("^") + 1] == "MARK"


def test_long_messages_and_labels_are_clipped(source):
    shown = render_one(
        one(span(source, "conv"), "m" * 5_000, labels=[Label(span(source, "let"), "l" * 5_000)])
    )

    assert len(shown) < 2_000


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J", r"\x1b[2J"),
        ("\x1b]52;c;aGk=\x07", r"\x1b]52;c;aGk=\x07"),
        ("a\x08b", r"a\x08b"),
        ("\u202e", r"\u202e"),
        ("\U000e0041", r"\U000e0041"),
        ("a\u200bb", r"a\u200bb"),
        ("é宽", "é宽"),
    ],
)
def test_nothing_that_moves_a_cursor_or_hides_reaches_the_terminal(text, shown):
    source = Source(f"{text}.arch", f"let a = {text}\n")
    rendered = render_one(one(span(source, "let"), text, notes=[text], help=text))

    assert escape(text) == shown
    assert rendered.count(shown) == 5
    assert "\x1b" not in rendered


def test_colour_adds_escapes_and_nothing_else(source):
    import re

    diagnostic = one(span(source, "conv"), labels=[Label(span(source, "let"), "x")], help="do")
    coloured = render_one(diagnostic, colour=True)

    assert "\x1b[1;31merror[E0505]\x1b[0m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == render_one(diagnostic)


def test_a_warning_is_yellow(source):
    report = Report()
    report.warning("W0401", "unused", span(source, "conv"))

    assert "\x1b[1;33mwarning[W0401]" in render(report.diagnostics, colour=True)


# Many


def many(source, errors, warnings=0):
    report = Report()
    for number in range(warnings):
        report.warning("W0401", f"warning {number}", span(source, "let"))
    for number in range(errors):
        report.error("E0401", f"error {number}", span(source, "conv"))
    return report.diagnostics


def test_an_empty_line_stands_between_two(source):
    shown = render(many(source, 2))

    assert shown.count("\n\nn.arch:") == 1
    assert not shown.endswith("\n\n")


def test_at_most_twenty_are_shown_and_the_rest_counted(source):
    shown = render(many(source, 25))

    assert shown.count("error[E0401]") == 20
    assert shown.endswith("\n... and 5 more errors\n")


def test_errors_come_before_warnings_where_not_all_are_shown(source):
    shown = render(many(source, 19, warnings=10))

    assert shown.count("error[") == 19
    assert shown.count("warning[") == 1
    assert shown.endswith("... and 9 more warnings\n")


def test_a_report_is_bounded(source):
    report = Report()
    for number in range(20):
        notes = [f"{'n' * 900} {n}" for n in range(60)]
        report.error("E0401", f"error {number}", span(source, "conv"), notes=notes)

    assert len(render(report.diagnostics)) < MOST_CHARACTERS + 70_000
    assert "more errors" in render(report.diagnostics)


def test_very_many_labels_are_bounded(source):
    labels = [Label(span(source, "conv"), f"label {n}") for n in range(500)]

    assert "440 more places" in render_one(one(span(source, "let"), labels=labels))


def test_nothing_is_nothing():
    assert render([]) == ""


@pytest.mark.parametrize(
    ("errors", "warnings", "said"),
    [(1, 0, "1 error"), (2, 1, "2 errors and 1 warning"), (0, 3, "3 warnings")],
)
def test_counts_are_said_in_words(source, errors, warnings, said):
    assert count_of(many(source, errors, warnings)) == said
