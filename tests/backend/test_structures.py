"""Structures of all sorts: modules, flat and the interpreter agree bit for bit."""

import pytest

import archdsl

pytest.importorskip("torch")

BLOCKS = """
let cb = conv(bias=false) -> batch_norm

block unit(out, act: layer = relu) { cb(out, 3x3) -> act }

block residual(out, stride = 1) {
    add {
        | cb(out, 3x3, stride=stride) -> relu -> cb(out, 3x3)
        | if stride > 1 or input.channels != out { cb(out, 1x1, stride=stride) }
    }
    relu
}

block gated(out, gate: bool = false, n: int = 1) {
    if gate { conv(out, 1x1) -> sigmoid } else if out > 6 { conv(out, 3x3) } else { relu }
    repeat n { unit(out) }
}

block split(out) {
    conv(out, 1x1) -> chunk(2) as left, right
    from right -> conv(out // 2, 3x3) as changed
    from left -> concat(changed)
}

block deep(out) {
    conv(out, 3x3) as early
    relu -> conv(out, 3x3) -> relu
    output early
}

block merged(out, other: value) {
    conv(out, 1x1) as mine
    from other -> conv(out, 1x1) -> add(mine)
}

block wrapped(inner: block, times: int = 2) { repeat times { inner } -> dropout(0.1) }

block only(out) { unit(out) }

block nothing { }

block maybe(on: bool) { if on { unit(8) } }

block shrinking(depth: int) {
    unit(8)
    if depth > 0 { shrinking(depth - 1) -> conv(8, 1x1) }
}

block optional(out, keep: bool) {
    add {
        | cb(out, 3x3)
        | when keep: skip
    }
}
"""

STRUCTURES = {
    "a chain": "conv(4, 3x3) -> relu -> conv(4, 3x3)",
    "a residual block with and without projection": "residual(8) -> residual(8) -> residual(4, 2)",
    "branches of an if": "gated(8) -> gated(8, gate=true) -> gated(4, n=3) -> gated(8, n=0)",
    "a split": "split(8) -> split(4)",
    "a value that leaves a block early": "deep(4) as late, early\n from early -> add(late)",
    "a value handed to a block": "unit(8) as a -> unit(8) -> merged(4, a) -> merged(4, other=a)",
    "blocks as arguments": "wrapped(unit(8)) -> wrapped(residual(8), times=1) -> wrapped(skip)",
    "a layer as an argument": "unit(4) -> unit(4, tanh) -> unit(4, skip) -> unit(4, prelu)",
    "sole calls": "only(4) -> only(4)\n stage s { only(8) }",
    "blocks that do nothing": "nothing -> unit(8) -> nothing -> maybe(true) -> maybe(false)",
    "a block that calls itself": "shrinking(2) -> shrinking(0)",
    "a path that is left out": "optional(8, true) -> optional(8, false) -> optional(8, true)",
    "nested repeats": "repeat 2 { repeat 2 { unit(8) } -> conv(8, 1x1) }",
    "copies that grow": "repeat 3 { concat { | skip | unit(4) } }",
    "copies that differ": "repeat 3 { if first { unit(4) } else { residual(4) } }",
    "copies by a list": "for c in [4, 8, 8, 6] { unit(c) }\n for i, c in enumerate([4, 4]) { conv(c, 1x1) }",
    "a copy reached by its number": "stage s { repeat 3 { unit(8) } }\n from s[1] -> add(s)",
    "two loops in one body": "stage s { repeat 2 { unit(4) } -> relu\n repeat 2 { residual(4) } }",
    "stages with computed names": 'for i in [1, 2] { stage "s{i}" { unit(4 * i) } -> conv(8, 1x1) }\n conv(4, 1x1) -> concat(s1, s2)',
    "labelled paths": "add { | left: conv(4, 3x3) -> relu | right: unit(4) | conv(4, 1x1) }",
    "paths by a list": "concat { | for k in [1, 3, 5]: conv(2, k) -> relu }",
    "merges of all kinds": "unit(4) as a\n mul { | skip | sigmoid }\n max { | skip | tanh }\n mean { | skip | relu | abs }\n sub { | skip | scale(0.5) } -> concat(a)",
    "merges in merges": "add { | add { | unit(4) | unit(4) } | mul { | unit(4) | concat { | unit(2) | unit(2) } } }",
    "a long skip": "stage a { unit(4) }\n stage b { max_pool(2x2) -> unit(8) }\n conv_transpose(4, 2x2, stride=2) -> concat(a) -> unit(4)",
    "a share": "share s = unit(8)\n s -> s -> relu -> s",
    "a share in stages": "share s = conv(8, 3x3) -> batch_norm\n stage a { unit(8) -> s }\n stage b { s -> unit(8) }\n repeat 2 { unit(8) -> s }",
    "a shared layer in a block": "share s = conv(8, 3x3)\n wrapped(s) -> wrapped(s, times=3)",
    "a share in a share": "share inner = conv(8, 1x1)\n share outer = wrapped(inner)\n outer -> inner -> outer",
    "outputs": "stage a { unit(4) }\n output a\n unit(8) as b\n output b\n output head { global_avg_pool -> linear(3) }",
    "outputs of training": "stage a { unit(4) -> dropout(0.5)\n output one when training { unit(2) -> global_avg_pool }\n unit(4) }\n output two when training { global_avg_pool -> linear(2) }\n dropout(0.5)",
    "two outputs of training at the root": "output one when training { conv(2, 1x1) }\n unit(4)\n output two when training { relu }",
    "an output that uses a share of its stage": "stage a { share s = conv(8, 1x1)\n unit(8) -> s\n output o { s -> relu } }",
    "only named outputs": "unit(4) as a -> unit(8) as b\n output a\n output b",
    "an input read late": "unit(8) -> unit(8) as u\n from x -> add(u)",
    "functions without weights": "stage a { max_pool(2x2) -> flatten }\n linear(4) -> softmax",
    "three spatial axes of calls": "conv(8, (1, 3)) -> conv(8, 3x1, dilation=(2, 1)) -> avg_pool(2x2, ceil_mode=true)",
    "padding like TensorFlow's": "conv(4, 3x3, stride=2, padding=tf_same) -> depthwise_conv(2, padding=tf_same)",
    "layers with helpers": "channel_shuffle(4) -> drop_path(0.3) -> affine -> pad(1) -> upsample(3/2)",
    "names that Python has taken": "stage F { unit(8) }\n stage train { unit(8) }\n conv(8, 3x3) as nn -> conv(8, 3x3) as __w -> relu as x1\n from nn -> add(__w) -> add(x1)",
    "values called like classes": "unit(8) -> unit(8) as Unit -> merged(8, Unit) as Steps -> relu as Net\n stage F { conv(8, 3x3) as early -> relu }\n conv(8, 1x1) -> add(F, Net, Steps, Unit)",
    "an if around a share": "share s = unit(8)\n repeat 3 { if not first { s }\n unit(8) }",
    "a single class for a whole stage": "repeat 2 as k { stage s { unit(4) -> dropout(0.1) } -> conv(8, 1x1) }",
}


@pytest.mark.parametrize("body", STRUCTURES.values(), ids=STRUCTURES)
def test_structure(same, body):
    same(archdsl.loads(f"{BLOCKS}\nnetwork net {{\n input x[8, H = 8, W = 8]\n {body}\n}}\n"))


SEVERAL = {
    "two inputs": "network n { input a[4, H = 6, W = 6]\n input b[4, H, W]\n conv(4, 3x3) -> add(b) }",
    "words and their vectors": "network n { input words[6]: int64\n embedding(5, 4) -> lstm(3) -> linear(5) }",
    "an input without a batch": "network n { input x[6, 5]\n input p[6, 5] unbatched\n add(p) -> linear(4) }",
    "a sequence": "network n { input x[T = 5, 6]\n lstm(4, bidirectional=true) -> attention(2) -> linear(3) }",
    "one axis": "network n { input x[4, L = 16]\n conv(8, 3) -> batch_norm -> relu -> max_pool(2) }",
    "three axes": "network n { input x[2, D = 4, H = 4, W = 4]\n conv(4, 3x3x3) -> batch_norm -> global_avg_pool }",
    "inputs called like classes": "block part { conv(4, 1x1) -> relu }\nnetwork n { input Part[4, 6, 6]\n input N[4, 6, 6]\n part -> part -> add(Part, N) }",
    "an input that is an output": "network n { input x[4, H = 6, W = 6]\n conv(4, 3x3) as y\n output x\n from y -> relu }",
    "a share on values of two sizes": (
        "block part { conv(4, 3x3) -> slice(0, -2, axis=1) -> relu }\n"
        "network n { input a[4, 8, 8]\n input b[4, 6, 6]\n share p = part\n"
        "from a -> p -> global_avg_pool as g\n from b -> p -> p -> global_avg_pool -> add(g) }"
    ),
}


@pytest.mark.parametrize("text", SEVERAL.values(), ids=SEVERAL)
def test_inputs(same, text):
    same(archdsl.loads(text))


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("googlenet", "googlenet"),
        ("densenet", "densenet"),
        ("mobilenet", "mobilenet"),
        ("mobilenet", "efficient"),
        ("unet", "unet"),
        ("siamese", "siamese"),
        ("siamese", "pyramid"),
        ("shufflenet", "shufflenet"),
    ],
)
def test_small_networks(same, case, file, name):
    same(case(file, name))
