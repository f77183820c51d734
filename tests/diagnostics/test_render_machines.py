"""Diagnostics for machines: JSON, SARIF, GitHub's commands."""

import json

import pytest

from archdsl.diagnostics.diagnostic import Edit, Label
from archdsl.diagnostics.render_github import github
from archdsl.diagnostics.render_json import diagnostic_json, diagnostics_json
from archdsl.diagnostics.render_sarif import sarif
from archdsl.diagnostics.report import Report
from archdsl.diagnostics.source import Source, Span


@pytest.fixture
def findings():
    source = Source("dir/my file.arch", "let é = 1\nconv(8, 3x3, strid=2)\n")
    other = Source("b.arch", "block b { }\n")
    report = Report()
    report.error(
        "E0505",
        "`conv` has no parameter `strid`",
        Span(source, 23, 28),
        labels=[Label(Span(other, 6, 7), "declared\nhere")],
        notes=["50% of it"],
        help="did you mean `stride`?",
        edits=[Edit(Span(source, 23, 28), "stride")],
    )
    report.warning("W0401", "`é` is never used", Span(source, 4, 5))
    return report.sorted()


def test_json_has_every_field(findings):
    assert diagnostic_json(findings[1]) == {
        "code": "E0505",
        "severity": "error",
        "message": "`conv` has no parameter `strid`",
        "file": "dir/my file.arch",
        "line": 2,
        "column": 14,
        "end_line": 2,
        "end_column": 19,
        "labels": [
            {
                "file": "b.arch",
                "line": 1,
                "column": 7,
                "end_line": 1,
                "end_column": 8,
                "text": "declared\nhere",
            }
        ],
        "notes": ["50% of it"],
        "help": "did you mean `stride`?",
        "edits": [
            {
                "file": "dir/my file.arch",
                "line": 2,
                "column": 14,
                "end_line": 2,
                "end_column": 19,
                "replacement": "stride",
            }
        ],
    }


def test_json_leaves_none_out(findings):
    assert [d["code"] for d in diagnostics_json(findings * 30)] == ["W0401", "E0505"] * 30
    json.dumps(diagnostics_json(findings))


def test_sarif(findings):
    document = sarif(findings, version="1.2.3")
    (run,) = document["runs"]
    warning, error = run["results"]

    assert document["version"] == "2.1.0"
    assert run["tool"]["driver"]["version"] == "1.2.3"
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["E0505", "W0401"]
    assert all(rule["shortDescription"]["text"] for rule in run["tool"]["driver"]["rules"])
    assert (warning["ruleId"], warning["ruleIndex"], warning["level"]) == ("W0401", 1, "warning")
    assert error["message"]["text"].split("\n")[1:] == ["50% of it", "help: did you mean `stride`?"]
    assert error["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "dir/my%20file.arch"},
        "region": {"startLine": 2, "startColumn": 14, "endLine": 2, "endColumn": 19},
    }
    assert error["relatedLocations"][0]["message"]["text"] == "declared\nhere"
    replacement = error["fixes"][0]["artifactChanges"][0]["replacements"][0]
    assert replacement["insertedContent"] == {"text": "stride"}


def test_sarif_of_nothing_is_a_run_without_results():
    assert sarif([], version="1")["runs"][0]["results"] == []


def test_sarif_takes_a_code_that_it_does_not_know(findings):
    report = Report()
    report.error("E9999", "new", findings[0].span)

    assert sarif(report.diagnostics, version="1")["runs"][0]["tool"]["driver"]["rules"] == [
        {"id": "E9999"}
    ]


def test_github_commands_are_one_line_each_and_escaped(findings):
    assert github(findings) == (
        "::warning file=dir/my file.arch,line=1,col=5,endLine=1,endColumn=6,title=W0401"
        "::`é` is never used\n"
        "::error file=dir/my file.arch,line=2,col=14,endLine=2,endColumn=19,title=E0505"
        "::`conv` has no parameter `strid`%0A50%25 of it%0Ahelp: did you mean `stride`?\n"
    )


def test_a_path_cannot_end_githubs_fields():
    report = Report()
    report.error("E0101", "a::b\nc", Span(Source("x,line=9::\n.arch", "a"), 0, 1))

    assert github(report.diagnostics) == (
        "::error file=x%2Cline=9%3A%3A%0A.arch,line=1,col=1,endLine=1,endColumn=2,title=E0101"
        "::a::b%0Ac\n"
    )
