"""What is said of legal sizes: their closed form, and who asks for each condition."""

import archdsl
from archdsl.reports import legal

UP = """
block up(out, skip: value) {
    conv_transpose(out, 2x2, stride=2) as deep
    from skip -> concat(deep) -> conv(out, 3x3) -> relu
}
network n {
    input image[3, H = 32, W = 32]
    stage enc1 { conv(8, 3x3) -> relu }
    stage enc2 { max_pool(2x2) -> conv(8, 3x3) -> relu }
    max_pool(2x2) -> conv(8, 3x3) -> relu
    stage dec2 { up(8, enc2) }
    stage dec1 { up(8, enc1) }
}
"""


def said(text):
    network = archdsl.loads(text)
    return legal.lines(legal.described(network.graph, network.legal_inputs))


def data(text):
    network = archdsl.loads(text)
    return legal.json(legal.described(network.graph, network.legal_inputs))


def network(body, head="input image[3, H = 32, W = 32]"):
    return f"network n {{\n    {head}\n    {body}\n}}\n"


def test_nothing_is_said_where_every_size_is_legal():
    assert said(network("conv(8, 3x3)")) == []


def test_joins_are_named_with_where_their_paths_parted_and_alike_ones_together():
    assert said(UP) == [
        "  legal  H % 4 == 0 and W % 4 == 0; smallest H=4,W=4",
        (
            "         H % 4 in {0, 1}, W % 4 in {0, 1}  dec2.concat1 joins floor(H/2) and "
            "2*floor(H/4), parted at enc2 (floor(H/2) = x): equal when x % 2 == 0 (line 4)"
        ),
        "         ... dec1.concat1 alike",
    ]


def test_a_bound_says_which_layer_and_what_it_comes_from():
    assert said(network("max_pool(2x2) -> conv(8, 5x5, padding=valid)")) == [
        "  legal  H >= 10 and W >= 10; smallest H=10,W=10",
        "         H >= 10, W >= 10  conv1: must be as long as the kernel; floor(H/2) >= 5 (line 3)",
    ]


def test_pins_are_a_rectangle_and_the_others_counted():
    assert said(network("max_pool(8x8) -> flatten -> linear(2)")) == [
        "  legal  32 <= H <= 39 and 32 <= W <= 39, or 4 other rectangles; smallest H=32,W=32",
        (
            "         3*floor(H/8)*floor(W/8) == 48  linear1: must be 48, the features that the weights "
            "are made for (line 3)"
        ),
    ]
    pins = data(network("max_pool(8x8) -> flatten -> linear(2)"))["pins"]
    assert pins[0] == {"H": "32 <= H <= 39", "W": "32 <= W <= 39"}
    assert {"H": "8 <= H <= 15", "W": "128 <= W <= 135"} in pins
    assert len(pins) == 5


def test_what_training_asks_is_said_where_it_is_more():
    body = (
        "conv(8, 3x3) -> relu\n    output aux when training { conv(8, 9x9, padding=valid) }\n"
        "    conv(8, 3x3, padding=valid)\n"
    )
    assert said(network(body)) == [
        "  legal  H >= 3 and W >= 3; smallest H=3,W=3",
        "         H >= 3, W >= 3  conv2: must be as long as the kernel (line 5)",
        "  training  H >= 9 and W >= 9; smallest H=9,W=9",
        "            H >= 9, W >= 9  aux.conv1: must be as long as the kernel (line 4)",
    ]


def test_what_has_no_closed_form_is_said_with_what_was_tried():
    body = "from a -> concat(b, axis=1) -> flatten -> linear(4)"
    head = "input a[1, H = 4, V = 4]\n    input b[1, W = 4, V]"

    assert said(network(body, head)) == [
        "  legal  (H + W)*V == 32; smallest H=4,V=4,W=4",
        (
            "         unknown: (H + W)*V == 32  linear1: must be 32, the features that the weights are "
            "made for (line 4); a size of it depends on several symbols; "
            "of the sizes from 1 to 512, all alike, 1 keeps it"
        ),
    ]


def test_a_tie_between_symbols_is_a_text():
    body = "from a -> add(b)"
    head = "input a[3, H = 32, 8]\n    input b[3, W = 32, 8]"
    assert said(network(body, head)) == [
        "  legal  H == W; smallest H=1,W=1",
        "         H == W  add1 joins H and W (line 4)",
    ]


def test_json_holds_all_of_a_condition():
    found = data(UP)

    assert found["text"] == "H % 4 == 0 and W % 4 == 0"
    assert found["smallest"] == {"H": 4, "W": 4}
    assert found["training"] is None
    assert found["conditions"][-1] == {
        "text": "W % 2 == 0",
        "symbols": ["W"],
        "line": 4,
        "cause": "dec1.concat1 joins W and 2*floor(W/2), parted at enc1 (W = x): "
        "equal when x % 2 == 0",
        "path": "dec1.concat1",
        "also": [],
        "relation": "W == 2*floor(W/2)",
        "parting": {"at": "enc1", "length": "W", "alike": "x % 2 == 0"},
        "unknown": None,
    }
