"""E04: names, flows, and what the graph is made of."""

from __future__ import annotations

from archdsl.diagnostics.code import Code
from archdsl.diagnostics.example import network

_NETWORK_M = "network m {\n    input image[3, 8, 8]\n    relu\n}"

NAMES: tuple[Code, ...] = (
    Code(
        "E0401",
        "an unknown name",
        "A name stands for what a declaration, a parameter or an `as` above gave it, or for a "
        "built-in layer or function. This one stands for nothing.",
        network("cnov(8, 3x3)"),
        network("conv(8, 3x3)"),
    ),
    Code(
        "E0402",
        "a name declared twice",
        "Names at the top of a file are declared once.",
        network("conv(width, 3x3)", before="let width = 8\nlet width = 16"),
        network("conv(width, 3x3)", before="let width = 8"),
    ),
    Code(
        "E0403",
        "a name that hides another",
        "A name inside a body may not be one of an enclosing body or of the file, so that a "
        "reader never has to ask which is meant.",
        network("let width = 16", "conv(width, 3x3)", before="let width = 8"),
        network("let wide = 16", "conv(wide, 3x3)", before="let width = 8"),
    ),
    Code(
        "E0404",
        "a path that leads nowhere",
        "A path names stages, labels and copies from the inside out, as in `enc1.x` or "
        "`conv4[3].conv2`.",
        network('conv(8, 3x3) -> concat("enc1")'),
        network("stage enc1 { conv(8, 3x3) }", "conv(8, 3x3) -> concat(enc1)"),
    ),
    Code(
        "E0405",
        "two parts with one name",
        "State-dict keys follow from the names in the text, so two parts of one body cannot have "
        "the same. The same holds for outputs.",
        network("conv(8, 3x3) as a", "conv(8, 3x3) as a"),
        network("conv(8, 3x3) as a", "conv(8, 3x3) as b"),
    ),
    Code(
        "E0406",
        "a flow that nothing uses",
        "`from` goes on from another value. The one left behind must be named, joined or made an "
        "output, or its layers would be for nothing.",
        network("conv(8, 3x3) -> relu", "from image -> conv(8, 3x3)"),
        network("conv(8, 3x3) -> relu as left", "from image -> conv(8, 3x3) -> add(left)"),
    ),
    Code(
        "E0407",
        "nothing flows",
        "A network starts at its first `input`.",
        "network n {\n    conv(8, 3x3)\n}\n",
        network("conv(8, 3x3)"),
    ),
    Code(
        "E0408",
        "no such network",
        "The name after `::`, or what an instance calls, must be a network.",
        "block b { relu }\nnetwork n = b()\n",
        f"{_NETWORK_M}\nnetwork n = m()\n",
    ),
    Code(
        "E0409",
        "something that cannot be called",
        "A step is a layer, a block, a chain or a share; in an expression functions can be called "
        "too.",
        network("width", before="let width = 8"),
        network("conv(width, 3x3)", before="let width = 8"),
    ),
    Code(
        "E0412",
        "a merge of both kinds",
        "A merge joins either named values, `add(c1)`, or paths, `add { | ... | ... }`.",
        network("conv(8, 3x3) as c", "add(c) { | conv(8, 3x3) | skip }"),
        network("conv(8, 3x3) as c", "add { | conv(8, 3x3) | from c }"),
    ),
    Code(
        "E0413",
        "more names than values",
        "`as a, b` binds the outputs of one step; there must be as many.",
        network("conv(8, 3x3) as a, b", "add(a)"),
        network("conv(8, 3x3) -> chunk(2) as a, b", "from a -> add(b)"),
    ),
    Code(
        "E0414",
        "a stage's name that is no word",
        "A computed stage name becomes part of the weights' names, so it must be an identifier.",
        network('stage "{1}" { conv(8, 3x3) }'),
        network('stage "conv{1}" { conv(8, 3x3) }'),
    ),
    Code(
        "E0415",
        "a join that is none",
        "Paths in braces are joined by add, sub, mul, concat, max, mean or matmul.",
        network("relu { | conv(8, 3x3) | skip }"),
        network("add { | conv(3, 3x3) | skip }"),
    ),
    Code(
        "E0416",
        "no path to join",
        "Every path of the merge stands under a condition, and none holds.",
        network("add { | when 1 > 2: conv(3, 3x3) }"),
        network("add { | conv(3, 3x3) | when 1 > 2: skip }"),
    ),
    Code(
        "E0417",
        "an input in a part",
        "Inputs belong to a network, not to its stages or blocks.",
        network("stage s { input second[3, 32, 32] }"),
        network("input second[3, H, W]", "from image -> add(second)"),
    ),
    Code(
        "E0418",
        "something made of itself",
        "A constant cannot be computed from itself, nor a network be an instance of itself.",
        network("conv(a, 3x3)", before="let a = b + 1\nlet b = a"),
        network("conv(b, 3x3)", before="let a = 8\nlet b = a"),
    ),
    Code(
        "E0419",
        "no such size",
        "A size given from outside (`--at H=320`) must be one that an input declares: "
        "`input image[3, H = 224, W = 224]`.",
    ),
    Code(
        "E0420",
        "a parameter that is bound",
        "An instance has given this parameter its value; only those it leaves open can be given "
        "from outside.",
    ),
    Code(
        "E0421",
        "a step in an instance",
        "An instance is a call of a network. Its body holds expectations and edits, not a flow.",
        f"{_NETWORK_M}\nnetwork n = m() {{ relu }}\n",
        f"{_NETWORK_M}\nnetwork n = m() {{ expect params == 0 }}\n",
    ),
    Code(
        "E0422",
        "a share that does not fit its use",
        "Every use of a share takes the same weights. Here they would need other dimensions than "
        "at the first use.",
        network("share s = conv(8, 3x3)", "s -> s"),
        network("share s = conv(3, 3x3)", "s -> s"),
    ),
    Code(
        "E0423",
        "a value of training alone",
        "What stands in an `output ... when training` is not computed in evaluation, so nothing "
        "that is may depend on it.",
        network("output aux when training { conv(3, 3x3) }", "from aux -> relu"),
        network("output aux when training { conv(3, 3x3) -> relu }", "relu"),
    ),
    Code(
        "E0440",
        "a rule that speaks of nothing",
        "An `init` rule names a kind of layer, or a part by its path, and fills weights of the body "
        "it stands in. There it names none.",
        network("conv(8, 3x3)", "init linear { weight = zeros }"),
        network("conv(8, 3x3)", "init conv { weight = zeros }"),
    ),
    Code(
        "E0441",
        "a weight that no layer of the rule has",
        "An `init` rule names weights as PyTorch does (`weight`, `bias`). Of a part it fills those "
        "that its layers have, and at least one of them must have it.",
        network("conv(8, 3x3, bias=false)", "init conv { weight = zeros  bias = zeros }"),
        network("conv(8, 3x3, bias=false)", "init conv { weight = zeros }"),
    ),
)

WARNINGS: tuple[Code, ...] = (
    Code(
        "W0401",
        "a named value that is never used",
        "The value is computed, named, and nothing uses it. It is emitted and counted, so that "
        "the figures say what runs.",
        network("conv(3, 3x3) as spare", "from image -> relu"),
        network("conv(3, 3x3) -> relu"),
    ),
)
