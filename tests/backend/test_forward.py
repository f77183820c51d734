"""How a forward reads: what stands inside what, and what values are called."""

import pytest

import archdsl


def forward(text, name="Net"):
    """The statements of the forward of one class."""
    own = text[text.index(f"class {name}(") :]
    body = own[own.index("def forward(") :].split("\n\n\n")[0]
    return [line.strip() for line in body.splitlines()]


def net(body, before="", given="input x[8, H = 8, W = 8]"):
    return f"{before}\nnetwork net {{\n    {given}\n    {body}\n}}\n"


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        (
            "conv(4, 3x3) -> batch_norm -> relu\nconv(4, 3x3) -> batch_norm",
            [
                "x = F.relu(self.batch_norm1(self.conv1(x)))",
                "return self.batch_norm2(self.conv2(x))",
            ],
        ),
        (
            "batch_norm -> relu -> conv(4, 1x1)",
            ["x = F.relu(self.batch_norm1(x))", "return self.conv1(x)"],
        ),
        (
            "global_avg_pool -> linear(3) -> softmax",
            ["return F.softmax(self.linear1(x.mean((2, 3))), dim=1)"],
        ),
        (
            "concat { | conv(2, 1x1) -> relu | conv(2, 3x3) | skip }",
            ["a = F.relu(self.conv1(x))", "return torch.cat((a, self.conv2(x), x), 1)"],
        ),
        (
            "add { | conv(8, 1x1) | conv(8, 3x3) } -> relu",
            ["return F.relu(self.conv1(x) + self.conv2(x))"],
        ),
        (
            "mul { | skip | add { | skip | sigmoid } }",
            ["a = x + torch.sigmoid(x)", "return x * a"],
        ),
        (
            "conv(8, 1x1) as early -> relu -> conv(8, 1x1) -> add(early)",
            ["early = self.early(x)", "x = F.relu(early)", "return self.conv2(x) + early"],
        ),
        (
            "chunk(2) as left, right\nfrom right -> relu -> concat(left)",
            ["left, right = x.chunk(2, 1)", "return torch.cat((F.relu(right), left), 1)"],
        ),
        (
            "chunk(4) as a, _, b\nfrom a -> add(b)",
            ["a, _, b, _ = x.chunk(4, 1)", "return a + b"],
        ),
        ("relu -> tanh", ["return torch.tanh(F.relu(x))"]),
        (
            "conv(8, 3x3) -> relu\nconv(8, 3x3) -> relu -> add(x)",
            ["y = F.relu(self.conv1(x))", "y = F.relu(self.conv2(y))", "return y + x"],
        ),
        ("reshape(4, -1) -> linear(2)", ["return self.linear1(x.reshape(x.shape[0], 4, -1))"]),
        (
            "conv(8, 3x3) -> relu -> reshape(4, -1)",
            ["x = F.relu(self.conv1(x))", "return x.reshape(x.shape[0], 4, -1)"],
        ),
    ],
)
def test_statements(emitted, body, lines):
    assert forward(emitted(net(body)))[1:] == lines


def test_the_inputs_have_their_names(emitted):
    text = emitted(
        net("conv(8, 1x1) -> add(right)", given="input left[8, 4, 4]\ninput right[8, 4, 4]")
    )

    assert forward(text)[:2] == [
        "def forward(self, left, right):",
        "return self.conv1(left) + right",
    ]


def test_a_value_parameter_has_its_name(emitted):
    block = "block up(out, lateral: value) { conv(out, 1x1) -> add(lateral) }"
    text = emitted(net("conv(4, 1x1) as a -> conv(8, 3x3) -> up(4, a) -> up(4, lateral=a)", block))

    assert forward(text, "Up")[0] == "def forward(self, x, lateral):"


def test_stages_are_statements_and_what_is_used_later_has_their_name(emitted):
    text = emitted(net("stage one { conv(4, 1x1) }\nstage two { conv(4, 1x1) }\nadd(one)"))

    assert forward(text)[1:] == [
        "one = self.one(x)",
        "x = self.two(one)",
        "return x + one",
    ]


def test_outputs(emitted):
    one = emitted(net("conv(4, 1x1) as a\noutput a\nfrom a -> relu"))
    two = emitted(net("output side { relu }\nconv(4, 1x1)"))

    assert forward(one)[-1] == 'return {"output": F.relu(x), "a": x}'
    assert forward(two)[1:] == [
        "side = F.relu(x)",
        "x = self.conv1(x)",
        'return {"output": x, "side": side}',
    ]


def test_outputs_of_training(emitted):
    text = emitted(net("conv(4, 1x1)\noutput aux when training { conv(2, 1x1) }\nrelu"))

    assert forward(text)[1:] == [
        "x = self.conv1(x)",
        "if self.training:",
        "aux = self.aux(x)",
        "x = F.relu(x)",
        "if self.training:",
        'return {"output": x, "aux": aux}',
        "return x",
    ]


def test_a_value_that_leaves_a_stage_early(emitted):
    text = emitted(net("stage s { conv(4, 1x1) as early -> relu }\nconcat(s.early)"))

    assert forward(text, "S")[1:] == ["x = self.early(x)", "return F.relu(x), x"]
    assert forward(text)[1:] == ["x, early = self.s(x)", "return torch.cat((x, early), 1)"]


def test_shares_are_handed_in(emitted):
    text = emitted(net("share s = conv(8, 1x1) -> relu\nstage a { conv(8, 3x3) -> s }\ns"))

    assert forward(text, "A")[0] == "def forward(self, x, s):"
    assert forward(text)[1:] == ["x = self.a(x, self.s)", "return self.s(x)"]


@pytest.mark.parametrize("word", ["torch", "nn", "F", "getattr", "lambda_", "Steps", "crop2d"])
def test_labels_that_would_hide_what_the_code_needs(same, word):
    same(
        archdsl.loads(
            net(
                f"conv(8, 3x3) as {word} -> relu -> conv(8, 1x1)\n"
                f"pad(1) -> crop({word}) -> concat({word})\nstage {word}s {{ conv(4, 1x1) }}"
            )
        )
    )


def test_paths_that_go_on_from_a_branch_have_flows_of_their_own(emitted):
    block = """
block unit(out) {
    let same = input.channels == out
    if not same { relu }
    add {
        | if same { batch_norm }
          conv(out, 3x3) -> relu
          if same { batch_norm }
          conv(out, 3x3)
        | if not same { conv(out, 1x1) }
    }
}"""
    text = emitted(net("unit(8) -> unit(4)", block))

    assert forward(text, "Unit") == [
        "def forward(self, x):",
        "if not self.same:",
        "x = F.relu(x)",
        "a = x",
        "if self.same:",
        "a = self.batch_norm1(x)",
        "a = F.relu(self.conv1(a))",
        "if self.same:",
        "a = self.batch_norm2(a)",
        "a = self.conv2(a)",
        "b = x",
        "if not self.same:",
        "b = self.conv3(x)",
        "return a + b",
    ]
