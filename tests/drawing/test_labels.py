"""What a drawing writes in a box."""

import pytest

import archdsl
from archdsl.drawing.labels import argument_of, sentence

TEXT = """\
block squeeze(out) {{ conv(out, 1x1) -> relu }}
block unit(expand, out, kernel) {{ squeeze(expand) -> conv(64, kernel) -> conv(out, 1x1) }}
block wide(width, times) {{ conv(width, 1x1) -> conv(width * times, 1x1) }}
block many(times, each) {{ repeat times {{ conv(16, 1x1) }} -> conv(12, each) }}
network n {{
    input image[3, H = 8, W = 8]
    {call} as it
    relu
}}
"""


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ("unit(6, 24, 3)", 24),
        ("wide(8, 4)", 8),
        ("wide(times=4, width=8)", 8),
        ("many(2, 3)", 2),
        ("squeeze(5)", 5),
    ],
)
def test_of_several_numbers_a_width_is_told(call, told):
    graph = archdsl.loads(TEXT.format(call=call)).graph
    region = next(region for region in graph.regions if region.name == "it")

    assert argument_of(region) == told


def test_a_sentence_is_without_the_marks_of_code():
    assert (
        sentence("The stride is `unit`'s own. The rest is not told.") == "The stride is unit's own."
    )
