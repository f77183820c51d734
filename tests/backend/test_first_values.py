"""Where first values that rules ask for are written: one loop over the modules, or beside them."""

import textwrap
import threading

import pytest

import archdsl

torch = pytest.importorskip("torch")

UNIT = """
block unit(out, bias: bool = true) { conv(out, 3x3, bias=bias) -> batch_norm -> relu }
"""

NET = """
network net {
    input x[3, H = 8, W = 8]
    unit(8, false) -> unit(8) -> unit(4)
    global_avg_pool -> linear(3) as fc
    RULES
}
"""


def network(rules, before=UNIT, body=NET):
    return archdsl.loads(before + body.replace("RULES", rules), "net")


def ending(text):
    """The first values at the end of the network's constructor."""
    constructor = text[text.index("class Net(") :]
    constructor = constructor[: constructor.index("    def forward")]
    _, _, end = constructor.partition("self.fc = nn.Linear(4, 3)\n")
    return textwrap.dedent(end).strip()


@pytest.mark.parametrize("style", ["modules", "flat"])
def test_a_rule_for_all_modules_of_a_class_is_one_loop(style):
    net = network(
        'init conv { weight = kaiming_normal(mode="fan_out")  bias = zeros }\n'
        "init batch_norm { weight = constant(0.5) }\n"
        "init linear { weight = normal(std=0.01) }"
    )
    text = net.emit(style).text

    assert (
        ending(text)
        == textwrap.dedent("""\
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, mode="fan_out")
                if layer.bias is not None:
                    nn.init.zeros_(layer.bias)
            elif isinstance(layer, nn.BatchNorm2d):
                nn.init.constant_(layer.weight, val=0.5)
            elif isinstance(layer, nn.Linear):
                nn.init.normal_(layer.weight, std=0.01)
        """).strip()
    )
    assert text.count("nn.init") == 4


def test_classes_that_start_alike_stand_together():
    net = network("init conv { weight = zeros }\ninit batch_norm { weight = zeros }")

    assert "if isinstance(layer, (nn.Conv2d, nn.BatchNorm2d)):" in net.emit().text


@pytest.mark.parametrize(
    "rules",
    [
        "init unit1.conv1 { weight = zeros }",
        "init conv { weight = zeros }\ninit unit1.conv1 { weight = ones }",
        "init linear { weight = zeros }",
    ],
)
def test_where_some_start_otherwise_or_there_are_few_it_stands_beside_them(rules):
    text = network(rules).emit().text

    assert "self.modules()" not in text
    assert "nn.init.zeros_(self." in text


def test_a_layers_argument_keeps_its_class_out_of_the_loop(same):
    block = "block unit(out, bias = true) { conv(out, 3x3, bias=bias) -> batch_norm(init=zeros) }\n"
    net = network("init batch_norm { weight = ones  bias = ones }", block)
    text = net.emit().text

    assert "nn.init.zeros_(self.batch_norm1.weight)" in text
    assert "nn.init.ones_(layer.bias)" in text
    assert "nn.init.ones_(layer.weight)" not in text
    same(net)


def test_linear_layers_that_pytorch_makes_for_itself_are_left_alone(same):
    body = """
network net {
    input x[6, 8]
    repeat 3 { add { | attention(2) -> linear(8) | skip } }
    linear(3) as fc
    init linear { weight = zeros }
}
"""
    net = network("", "", body)

    assert net.compile().state_dict()["0.attention1.out_proj.weight"].abs().sum() > 0
    same(net)


ALL = """
block unit(out) {
    conv(out, 3x3) -> batch_norm -> relu
    init batch_norm1 { weight = uniform(0.5, 1.5) }
}
network net {
    input x[4, H = 8, W = 8]
    conv(4, 3x3, padding=tf_same, stride=2)
    stage a {
        unit(4) -> conv(4, 3x3, groups=2)
        init conv { weight = identity  bias = normal(std=0.5) }
    }
    share s = conv(4, 3x3)
    s -> unit(6) -> conv(6, 3x3, init=truncated_normal(std=0.1)) -> sparse_conv(4, 3x3, [[0], [1, 2], [3], [4, 5]])
    s -> conv_transpose(4, 4x4, stride=2, padding=1) -> group_norm(2) -> prelu
    flatten -> linear(8) as fc
    init conv { weight = orthogonal  bias = truncated_normal }
    init conv_transpose { weight = bilinear }
    init sparse_conv { weight = uniform(-1, 1) }
    init group_norm { weight = ones }
    init linear { weight = xavier_normal(gain=2) }
    init prelu { weight = constant(0.1) }
}
"""


def test_rules_of_every_sort_are_the_interpreters(same):
    same(network("", "", ALL))


@pytest.mark.parametrize("style", ["modules", "flat"])
def test_one_seed_one_start(style):
    net = network("", "", ALL)
    made = net.compile(seed=3, style=style).state_dict()
    wanted = net.compile(seed=3).state_dict()

    assert list(made) == list(wanted)
    assert all(torch.equal(made[key], wanted[key]) for key in wanted)


def test_initialisers_of_other_threads_are_theirs():
    net = network("init conv { weight = orthogonal }")
    stop = threading.Event()
    wrong = []

    def fill():
        while not stop.is_set():
            tensor = torch.nn.init.trunc_normal_(torch.zeros(4))
            if not tensor.any():
                wrong.append(tensor)

    other = threading.Thread(target=fill)
    other.start()
    for _ in range(5):
        net.compile(seed=0)
    stop.set()
    other.join()

    assert not wrong
    assert torch.nn.init.orthogonal_.__module__ == "torch.nn.init"
    assert torch.nn.init.orthogonal_.__name__ == "orthogonal_"
