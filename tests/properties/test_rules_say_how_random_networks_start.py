"""Random networks with random `init` rules: who starts how, in the graph and in every form of it.

What the rules say is worked out here from the graph without rules: of those that speak of a weight
the last one holds, whatever the layer's kind or place.
"""

import math
import random
import re

import pytest

import archdsl
from archdsl.layers.definition import Family

NETWORKS = 250

ANY = ["zeros", "ones", "constant(0.5)", "normal(std=0.1)", "uniform(-0.5, 0.25)"]
ANY += ["truncated_normal(std=0.5)"]
OF_CHANNELS = ["kaiming_normal", 'kaiming_normal(mode="fan_out")', "kaiming_uniform(a=2)"]
OF_CHANNELS += ["xavier_normal", "xavier_uniform(gain=2)", "orthogonal", "orthogonal(gain=0.5)"]


def weights_of(graph):
    """The trainable weights without a dot in their names: (kind, path, name) to dimensions."""
    return {
        (node.layer.kind, node.weights, weight.name): weight.dims
        for node in graph.order
        if node.layer.family is not Family.INPUT
        for weight in node.tensors(*[graph.type_of(port) for port in node.inputs])
        if weight.trainable and "." not in weight.name
    }


def text_path(path):
    """A path as a rule names it; None for a name that the text spells otherwise."""
    if re.search(r"_(\.|$)", path) or path[0].isdigit():
        return None
    return re.sub(r"\.(\d+)(?=\.|$)", r"[\1]", path)


def rules_for(graph, draw):
    """Rules as text, and what each weight starts as by the last of them."""
    known = weights_of(graph)
    wanted = {}
    rules = []
    for _ in range(draw.randint(1, 5)):
        kind, path, name = draw.choice(list(known))
        target = text_path(path) if draw.random() < 0.3 else None
        matched = [
            key
            for key in known
            if key[2] == name and (key[0] == kind if target is None else key[1] == path)
        ]
        plain = kind == "sparse_conv" or any(len(known[key]) < 2 for key in matched)
        init = draw.choice(ANY if plain else ANY + OF_CHANNELS)
        rules.append(f"init {target or kind} {{ {name} = {init} }}")
        wanted.update({key[1:]: (init, known[key]) for key in matched})
    return rules, wanted


def with_rules(text, rules):
    """The network's text with rules somewhere in front of its closing brace."""
    body, brace, _ = text.rpartition("}")
    return f"{body}\n    " + "\n    ".join(rules) + f"\n{brace}\n"


@pytest.fixture(scope="module")
def ruled(running):
    """Random networks that have weights, each with random rules."""
    found = []
    for case in running:
        if len(found) < NETWORKS and weights_of(case.graph):
            rules, wanted = rules_for(case.graph, random.Random(case.seed))
            found.append((with_rules(case.text, rules), wanted))
    assert len(found) == NETWORKS
    return found


def test_the_last_rule_that_speaks_of_a_weight_holds(properties, ruled):
    for text, wanted in ruled:
        graph, findings = properties.compiled(text)
        assert graph is not None, f"{[f.message for f in findings]}\n{text}"
        started = {
            (node.weights, weight.name): weight.init
            for node in graph.order
            for weight in node.tensors(*[graph.type_of(port) for port in node.inputs])
            if weight.init is not None
        }
        assert started.keys() == wanted.keys(), text
        for key, (init, _) in wanted.items():
            assert started[key].name == init.partition("(")[0], text


def test_every_form_starts_alike(properties, ruled):
    from archdsl.testing.verification import Verification
    from archdsl.testing.verify import compare_runs

    for text, _ in ruled:
        graph, _findings = properties.compiled(text)
        found = Verification("n", "n.arch")
        compare_runs(found, graph)

        assert found.agrees, f"{found.text()}\n{text}"


# Distributions

LARGE = """
network n {{
    input image[64, H = 8, W = 8]
    conv(128, 3x3, groups={groups}) as a
    init a {{ weight = {init} }}
}}
"""

FAN_IN, FAN_OUT = 64 * 9, 128 * 9
GAIN = math.sqrt(2)

SPREAD = [
    ("normal(0.5, 0.1)", 0.5, 0.1),
    ("uniform(-1, 3)", 1.0, 4 / math.sqrt(12)),
    ("truncated_normal(std=0.1)", 0.0, 0.1),
    ("kaiming_normal", 0.0, GAIN / math.sqrt(FAN_IN)),
    ('kaiming_normal(mode="fan_out")', 0.0, GAIN / math.sqrt(FAN_OUT)),
    ('kaiming_normal(nonlinearity="linear")', 0.0, 1 / math.sqrt(FAN_IN)),
    ("kaiming_uniform(a=1)", 0.0, 1 / math.sqrt(FAN_IN)),
    ("xavier_normal", 0.0, math.sqrt(2 / (FAN_IN + FAN_OUT))),
    ("xavier_uniform(gain=3)", 0.0, 3 * math.sqrt(2 / (FAN_IN + FAN_OUT))),
    ("constant(2)", 2.0, 0.0),
    ("zeros", 0.0, 0.0),
    ("ones", 1.0, 0.0),
]


@pytest.mark.parametrize(("init", "mean", "deviation"), SPREAD, ids=[s[0] for s in SPREAD])
@pytest.mark.parametrize("style", ["modules", "flat"])
def test_a_large_weight_has_the_mean_and_deviation(init, mean, deviation, style):
    pytest.importorskip("torch")
    network = archdsl.loads(LARGE.format(groups=1, init=init))
    weight = network.compile(seed=0, style=style).a.weight
    assert weight.mean().item() == pytest.approx(mean, abs=0.02 * deviation + 1e-6)
    assert weight.std().item() == pytest.approx(deviation, rel=0.02)


def test_orthogonal_rows_are_orthogonal():
    torch = pytest.importorskip("torch")
    network = archdsl.loads(LARGE.format(groups=1, init="orthogonal(gain=2)"))
    rows = network.compile(seed=0).a.weight.flatten(1)

    assert torch.allclose(rows @ rows.T, 4 * torch.eye(128), atol=1e-4)


def test_an_identity_passes_each_group_of_channels():
    torch = pytest.importorskip("torch")
    network = archdsl.loads(LARGE.format(groups=2, init="identity"))
    made = network.compile(seed=0)
    image = torch.randn(1, 64, 8, 8)
    with torch.no_grad():
        made.a.bias.zero_()
        passed = made(image).unflatten(1, (2, 64))[:, :, :32]

    assert torch.equal(passed.flatten(1, 2), image)
