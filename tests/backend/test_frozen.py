"""What is frozen stays as it is through training steps, in both styles of emitted code."""

import copy
import pickle  # noqa: TID251 - a module that cannot be pickled is a defect

import pytest

import archdsl

torch = pytest.importorskip("torch")

NET = """
block unit(w) {
    add { | conv(w, 3x3, bias=false) -> batch_norm | skip }
    relu
}
network base {
    input image[4, H = 8, W = 8]
    stage a { repeat 2 { unit(4) } }
    stage b { conv(6, 3x3, bias=false) -> batch_norm -> relu }
    stage head { global_avg_pool -> linear(3) as fc }
}
network net = base() { STATEMENTS }
"""


def network(statements):
    return archdsl.loads(NET.replace("STATEMENTS", statements), "net")


@pytest.fixture(params=["modules", "flat"])
def style(request):
    return request.param


def trained(module, steps=3):
    """The keys of the tensors that some training steps change."""
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    module.train()
    optimiser = torch.optim.SGD([p for p in module.parameters() if p.requires_grad], lr=0.1)
    generator = torch.Generator().manual_seed(0)
    for _ in range(steps):
        optimiser.zero_grad()
        image = torch.randn(4, 4, 8, 8, generator=generator)
        (module(image) - 1).square().mean().backward()
        optimiser.step()
    after = module.state_dict()
    return {name for name, tensor in before.items() if not torch.equal(tensor, after[name])}


def test_training_changes_all_the_rest(style):
    made = network("freeze all except b.batch_norm1, head").compile(seed=0, style=style)

    assert trained(made) == {
        *("b.batch_norm1.weight", "b.batch_norm1.bias"),
        *("b.batch_norm1.running_mean", "b.batch_norm1.running_var"),
        *("b.batch_norm1.num_batches_tracked", "head.fc.weight", "head.fc.bias"),
    }


def test_a_part_that_is_set_to_training_keeps_its_statistics(style):
    made = network("freeze a").compile(seed=0, style=style)
    made.eval()
    made.a.train()
    made.a[0].batch_norm1.train()

    assert made.a[0].training
    assert not made.a[0].batch_norm1.training
    assert not any(name.startswith("a.") for name in trained(made))


def test_copies_and_pickles_are_frozen_too(style):
    made = network("freeze a, head").compile(seed=0, style=style)
    for again in (copy.deepcopy(made), pickle.loads(pickle.dumps(made))):
        assert {name.partition(".")[0] for name in trained(again)} == {"b"}


def test_it_is_still_a_batch_norm(style):
    norm = network("freeze a").compile(style=style).a[0].batch_norm1

    assert isinstance(norm, torch.nn.BatchNorm2d)
    assert type(norm).__name__ == "FrozenBatchNorm2d"


def test_without_statistics_only_parameters_are_spoken_of(style):
    source = network("freeze head").emit(style).text

    assert "BatchNorm" not in source[source.index("def freeze") : source.index("class ")]
    assert "        freeze(self.head)\n" in source


@pytest.mark.parametrize(
    ("statements", "call"),
    [
        ("freeze all", "freeze(self)"),
        ("freeze all except head", "freeze(self.a, self.b)"),
        ("freeze a, b.batch_norm1, head.fc", "freeze(self.a, self.b.batch_norm1, self.head)"),
        ("freeze a[1], a[0].conv1", "freeze(self.a[0].conv1, self.a[1])"),
        ("freeze a[*].conv1", "freeze(self.a[0].conv1, self.a[1].conv1)"),
    ],
)
def test_the_largest_parts_are_named(style, statements, call):
    assert f"        {call}\n" in network(statements).emit(style).text


def test_the_same_part_of_many_copies_is_one_expression(style):
    text = NET.replace("repeat 2", "repeat 6").replace(
        "STATEMENTS", "freeze a[*].conv1  unfreeze a[1]"
    )
    source = archdsl.loads(text, "net").emit(style).text
    made = archdsl.loads(text, "net").compile(style=style)

    assert "*(self.a[i].conv1 for i in range(2, 6))" in source
    frozen = {name for name, p in made.named_parameters() if not p.requires_grad}
    assert {name for name in frozen if "conv1" in name} == {
        f"a.{n}.conv1.weight" for n in (0, 2, 3, 4, 5)
    }


def test_nothing_is_said_where_nothing_is_frozen(style):
    assert "freeze" not in network("freeze a unfreeze all").emit(style).text


def test_first_values_are_those_of_the_network_that_is_not_frozen(style):
    rule = "init conv { weight = kaiming_normal } init head.fc { weight = orthogonal }"
    free = network(rule).compile(seed=3, style=style).state_dict()
    made = network(f"freeze b, head {rule}").compile(seed=3, style=style).state_dict()

    assert all(torch.equal(made[name], free[name]) for name in free)


def test_the_source_by_itself_is_the_same_module(style):
    net = network("freeze all except head")
    namespace = {"__name__": "by_itself"}
    exec(net.emit(style).text, namespace)
    alone = namespace["Net"]()

    assert {name.partition(".")[0] for name in trained(alone)} == {"head"}


def test_it_compiles_and_exports():
    made = network("freeze all except head").compile(seed=0)
    image = torch.randn(2, 4, 8, 8)
    exported = torch.export.export(made.eval(), (image,))

    assert torch.equal(exported.module()(image), made(image))
    traced = torch.compile(made.train(), backend="eager", fullgraph=True)
    assert torch.equal(traced(image), made(image))
