"""Code of derived networks and of networks in networks: the same modules, under the same keys."""

import pytest

import archdsl

torch = pytest.importorskip("torch")

BASE = """
block unit(w, stride = 1) {
    add {
        | conv(w, 3x3, stride=stride, bias=false) -> batch_norm
        | projection: if stride > 1 or input.channels != w { conv(w, 1x1, stride=stride, bias=false) }
    }
    relu
}
network base {
    input image[3, H = 16, W = 16]
    stage low { conv(8, 3x3) as first -> batch_norm -> relu }
    stage high { repeat 4 { unit(16, stride = if first then 2 else 1) } }
    output early when training { from low -> global_avg_pool -> linear(3) }
    stage head { global_avg_pool -> linear(10) as fc }
}
"""


def network(edits, more=""):
    return archdsl.loads(f"{BASE}\nnetwork net = base() {{ {edits} }}\n{more}", "net")


EDITS = [
    "replace head { global_avg_pool -> dropout(0.2) -> linear(32) -> relu -> linear(4) as fc }",
    "replace head.fc { linear(4) }",
    "replace high { conv(16, 3x3) }",
    "replace high[1] { conv(16, 3x3) }",
    "replace high[1] { conv(16, 3x3) -> relu }",
    "replace high[0].projection { conv(16, 3x3, stride=2) }",
    "replace high[1].projection { conv(16, 1x1) -> batch_norm }",
    "remove high[0].projection replace high[0].conv1 { conv(8, 1x1) } replace high[1].add1 { conv(16, 1x1) }",
    "remove high[1]",
    "remove high[0] remove high[2] replace high[1] { conv(16, 1x1) }",
    "remove high[2].add1",
    "remove high[3].relu1",
    "remove high",
    "remove early",
    "replace early { global_avg_pool }",
    "replace early { conv(3, 1x1) -> batch_norm -> flatten }",
    "insert after high { batch_norm -> stage more { conv(8, 1x1) } -> relu }",
    "insert after low.first { conv(8, 1x1) } insert after low { conv(8, 1x1) }",
    "replace low { share twin = conv(3, 3x3)  twin -> relu -> twin } replace high { unit_like(16) }",
]  # fmt: skip


@pytest.mark.parametrize("edits", EDITS)
def test_every_form_is_the_same(same, edits):
    if "unit_like" in edits:
        edits = edits.replace("unit_like(16)", "repeat 2 { conv(16, 3x3) -> batch_norm }")
    same(network(f"{edits} freeze all except head"))
    same(network(edits))


def classes(source):
    """The classes of our own by name, without what stands above them."""
    return {
        part.partition("(")[0]: part
        for part in source.split("\nclass ")[1:]
        if not part.startswith("Steps")
    }


def test_a_head_that_was_replaced_is_a_class_like_any_other():
    source = network(EDITS[0]).emit().text

    assert (
        classes(source)["Head"].rstrip()
        == '''\
Head(nn.Module):
    """[16, 8, 8] -> [4]; <text>:17"""

    def __init__(self):
        super().__init__()
        self.dropout1 = nn.Dropout(0.2)
        self.linear1 = nn.Linear(16, 32)
        self.fc = nn.Linear(32, 4)

    def forward(self, x):
        x = self.dropout1(x.mean((2, 3)))
        x = F.relu(self.linear1(x))
        return self.fc(x)'''
    )


def test_copies_that_are_left_keep_their_numbers():
    source = network("remove high[1]").emit().text

    assert "**numbered(*(Unit2() for _ in range(2)), start=2)" in source
    made = network("remove high[1]").compile()
    assert list(made.high._modules) == ["0", "2", "3"]


def test_trained_weights_fit_what_no_edit_touches():
    base = archdsl.loads(BASE, "base").compile(seed=1).eval()
    made = network("remove head").compile(seed=2).eval()
    state = made.state_dict()
    state.update({k: t for k, t in base.state_dict().items() if k in state})
    made.load_state_dict(state)
    image = torch.randn(2, 3, 16, 16)

    assert set(base.state_dict()) - set(state) == {"head.fc.weight", "head.fc.bias"}
    assert torch.equal(base.head(made(image)), base(image))


DETECTOR = """
network features = base() { remove head  freeze low }
network net {
    input image[3, H = 32, W = 16]
    features as backbone
    conv(4, 1x1) as top
    from backbone.low -> max_pool(2x2) -> conv(4, 1x1) -> add(top)
}
"""


def test_a_network_in_a_network_is_a_class_with_its_name(same):
    net = archdsl.loads(BASE + DETECTOR, "net")
    source = net.emit().text

    same(net)
    assert "self.backbone = Features()" in source
    assert "freeze(self.backbone.low)" in source
    assert "early" not in source


def test_a_network_is_itself_in_another():
    whole = archdsl.loads(BASE + "network net { input x[3, H = 16, W = 16]\n base as b }", "net")
    alone = archdsl.loads(BASE, "base").compile(seed=3).eval()
    made = whole.compile(seed=4).eval()
    made.b.load_state_dict({k: t for k, t in alone.state_dict().items() if "early" not in k})
    image = torch.randn(2, 3, 16, 16)

    assert torch.equal(made(image), alone(image))


def test_a_shared_network_has_one_set_of_weights(same):
    text = (
        BASE + "network features = base() { replace head { global_avg_pool } remove high[2] }\n"
        "network net {\n    input left[3, H = 16, W = 16]\n    input right[3, H, W]\n"
        "    share encode = features\n    encode as a\n"
        "    from right -> encode -> sub(a) -> abs -> linear(1)\n}"
    )
    net = archdsl.loads(text, "net")

    same(net)
    assert {key.partition(".")[0] for key in net.compile().state_dict()} == {"encode", "linear1"}
