import json

import pytest

from archdsl.diagnostics.codes import CODES
from archdsl.layers import registry


@pytest.mark.parametrize("code", ["E0641", "e0641"])
def test_a_code(archc, code):
    ran = archc("explain", code)

    assert ran.status == 0
    assert ran.out.startswith(f"## E0641: {CODES['E0641'].title}\n")
    assert CODES["E0641"].explanation in ran.out
    assert ran.out.count("```arch") == 2


def test_a_layer(archc):
    ran = archc("explain", "conv")

    assert ran.status == 0
    assert ran.out.startswith("## conv\n")
    assert "`conv(out, kernel, stride=1, padding=same, " in ran.out
    assert "- `out` (a whole number, at least 1): " in ran.out
    assert "## depthwise_conv" not in ran.out


@pytest.mark.parametrize(
    ("topic", "begins"),
    [
        ("language", "# The language\n"),
        ("layers", "# Layers\n"),
        ("diagnostics", "# Diagnostics\n"),
        ("bottleneck", "## bottleneck\n"),
        ("expectations", "## Expectations\n"),
        ("names of weights", "## Names of weights\n"),
    ],
)
def test_pages_blocks_and_sections(archc, topic, begins):
    ran = archc("explain", topic)

    assert ran.status == 0
    assert ran.out.startswith(begins)


def test_everything_that_has_a_name_is_explained(archc):
    for topic in (*registry.names(), *CODES):
        assert archc("explain", topic).status == 0, topic


@pytest.mark.parametrize(
    ("topic", "also"),
    [
        ("cnov", "did you mean `conv`?"),
        ("E0642x", "did you mean `E0642`?"),
        ("qqqqqqqqqq", "`archc explain` lists the topics"),
        ("\x1b[2J", "`archc explain` lists the topics"),
    ],
)
def test_an_unknown_topic(archc, topic, also):
    ran = archc("explain", topic)

    assert ran.status == 2
    assert ran.out == ""
    assert ran.err.startswith("archc: nothing is known of `")
    assert ran.err.endswith(f"; {also}\n")
    assert "\x1b" not in ran.err


def test_the_topics(archc):
    ran = archc("explain")

    assert ran.status == 0
    assert "conv, depthwise_conv" in ran.out
    assert "E0641" in ran.out


def test_json(archc):
    found = json.loads(archc("explain", "conv", "--format", "json").out)

    assert (found["topic"], found["kind"]) == ("conv", "layer")
    assert found["text"] == archc("explain", "conv").out

    listed = json.loads(archc("explain", "--format", "json").out)["topics"]
    assert listed["page"] == ["language", "layers", "initialisers", "diagnostics"]
