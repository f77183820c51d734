"""Comments that allow warnings."""

import pytest

import archdsl

BODY = """
block scored(width) {{
    global_avg_pool(keep=true)
    conv(width, 1x1, bias=false) -> batch_norm{inside}
}}
network n {{
    input image[3, H = 32, W = 32]
    {before}
    scored(4){behind}
}}
"""


def codes(text, tmp_path):
    path = tmp_path / "n.arch"
    path.write_text(text)
    return [d.code for d in archdsl.check(path).report.sorted()]


def written(**comments):
    return BODY.format(**{"inside": "", "before": "", "behind": "", **comments})


def test_nothing_is_allowed_unasked(tmp_path):
    assert codes(written(), tmp_path) == ["W0601"]


@pytest.mark.parametrize(
    "comment",
    [
        {"inside": "  # allow W0601: many samples"},
        {"behind": "  # allow W0601: many samples"},
        {"before": "# allow W0601: many samples"},
        {"before": "#allow W0401,W0601 : many samples\n    # and more of them\n"},
    ],
)
def test_at_the_place_or_at_a_call_that_led_there(tmp_path, comment):
    unused = ["W0101"] if "W0401" in str(comment) else []

    assert codes(written(**comment), tmp_path) == unused


@pytest.mark.parametrize(
    "comment",
    [
        {"before": "# allow W0401: another"},
        {"before": "# allow W0601: a line too far\n    relu"},
    ],
)
def test_elsewhere_it_is_of_no_use(tmp_path, comment):
    assert sorted(codes(written(**comment), tmp_path)) == ["W0101", "W0601"]


def test_errors_are_never_allowed(tmp_path):
    text = "network n {\n    input image[3, H = 8, W = 8]\n    cnov(3)  # allow E0401: no\n}\n"

    assert codes(text, tmp_path) == ["E0401"]


def test_one_network_of_many_does_not_judge_the_others_allowances(tmp_path):
    path = tmp_path / "n.arch"
    path.write_text(
        written(behind="  # allow W0601: many") + "network m {\n    input x[1]\n    relu\n}\n"
    )

    assert [d.code for d in archdsl.load(path, "m").report.sorted()] == []
