import pytest
from hypothesis import given
from hypothesis import strategies as st

from archdsl.layers.convolution import Conv, ConvTranspose, DepthwiseConv
from archdsl.layers.definition import REQUIRED, InitialiserValue, Kind, Reject, Weight
from archdsl.layers.initialisation import INITIALISERS, call, check, grouped, missing, value_of
from archdsl.layers.linear import Linear
from archdsl.shapes.tensor import TensorType

torch = pytest.importorskip("torch")

from archdsl.testing.interpret import Bindings, evaluate, initialise  # noqa: E402

DIMS = [(), (5,), (4, 6), (4, 2, 3), (4, 2, 3, 3), (4, 2, 3, 2, 3), (2, 2, 1, 2, 1, 2)]

EXAMPLES = {
    "constant": {"val": 0.5},
    "normal": {"mean": 1.0, "std": 0.01},
    "truncated_normal": {"std": 0.1},
    "uniform": {"a": -0.5},
    "kaiming_normal": {"mode": "fan_out", "nonlinearity": "relu"},
    "kaiming_uniform": {"a": 0.25},
    "xavier_normal": {"gain": 2.0},
    "xavier_uniform": {"gain": 2.0},
    "orthogonal": {"gain": 2.0},
}
PYTORCHS = {"truncated_normal": "trunc_normal_"}


def filled(weight, fill):
    """A weight that was NaN all over, filled with the random numbers of one seed."""
    torch.manual_seed(0)
    tensor = torch.full(weight.dims, float("nan"))
    with torch.no_grad():
        fill(tensor)
    return tensor


def by_definition(weight):
    return filled(weight, lambda tensor: evaluate(call(weight), Bindings([tensor])))


def started(layer, x):
    """A layer's module, its weight filled as it asks."""
    module = evaluate(layer.module(x), Bindings())
    with torch.no_grad():
        evaluate(call(layer.weights(x)[0]), Bindings([module.weight]))
    return module


@pytest.mark.parametrize("name", INITIALISERS)
@pytest.mark.parametrize("dims", DIMS, ids=str)
def test_a_weight_is_refused_where_pytorch_refuses_it(name, dims):
    weight = Weight("weight", dims, init=value_of(name, EXAMPLES.get(name, {})))
    try:
        ran = filled(weight, lambda tensor: initialise(tensor, weight.init))
    except (ValueError, RuntimeError, TypeError):
        ran = None
    if name == "bilinear" and len(dims) < 3:
        ran = None  # a plane without sides is 1 everywhere: no kernel to speak of

    if ran is None:
        with pytest.raises(Reject) as refused:
            check(weight)
        assert (refused.value.code, refused.value.field) == ("E0620", "init")
        assert str(list(dims)) in refused.value.message
    else:
        check(weight)
        assert torch.equal(by_definition(weight), ran)
        assert not ran.isnan().any()


@pytest.mark.parametrize("name", INITIALISERS.keys() - {"bilinear", "identity"})
def test_an_initialiser_is_pytorchs(name):
    for arguments in ({}, EXAMPLES.get(name, {})):
        init = value_of(name, arguments)
        if missing(init):
            continue
        weight = Weight("weight", (4, 2, 3, 3), init=init)
        function = getattr(torch.nn.init, PYTORCHS.get(name, f"{name}_"))
        expected = filled(weight, lambda tensor, f=function, a=arguments: f(tensor, **a))

        assert torch.equal(by_definition(weight), expected)


@pytest.mark.parametrize("name", INITIALISERS)
def test_defaults_are_pytorchs(name):
    """An argument equal to its default is left out, so a default of ours must be PyTorch's."""
    initialiser = INITIALISERS[name]
    defaults = {s.name: s.default for s in initialiser.parameters if s.default is not REQUIRED}
    init = value_of(name, defaults)

    assert init == InitialiserValue(name)
    if defaults:
        weight = Weight("weight", (4, 2, 3, 3), init=init)
        function = getattr(torch.nn.init, PYTORCHS.get(name, f"{name}_"))
        expected = filled(weight, lambda tensor: function(tensor, **defaults))
        assert torch.equal(by_definition(weight), expected)


def test_choices_are_those_that_pytorch_knows():
    for spec in INITIALISERS["kaiming_normal"].parameters:
        if spec.kind is Kind.STRING:
            for choice in spec.choices:
                torch.nn.init.kaiming_normal_(torch.empty(2, 2), **{spec.name: choice})


def test_arguments_stand_in_one_order():
    one = value_of("normal", {"std": 0.01, "mean": 1.0})
    other = value_of("normal", {"mean": 1.0, "std": 0.01})

    assert one == other
    assert str(one) == "normal(mean=1, std=0.01)"
    assert str(value_of("kaiming_normal", {"mode": "fan_out"})) == 'kaiming_normal(mode="fan_out")'
    assert str(value_of("zeros", {})) == "zeros"


@pytest.mark.parametrize(
    ("name", "arguments", "field", "part"),
    [
        ("normal", {"std": -1.0}, "std", "at least 0, and this is -1"),
        ("uniform", {"a": 2.0}, "a", "`a` is 2, and must be at most `b`, 1"),
        ("truncated_normal", {"std": 0.0}, "std", "greater than 0"),
        ("truncated_normal", {"mean": 3.0}, "mean", "between `a` and `b`, -2 and 2"),
        ("truncated_normal", {"a": 3.0, "b": -3.0}, "mean", "between `a` and `b`, 3 and -3"),
    ],
)
def test_arguments_that_do_not_go_together(name, arguments, field, part):
    with pytest.raises(Reject) as refused:
        value_of(name, arguments)

    assert (refused.value.code, refused.value.field) == ("E0503", field)
    assert part in refused.value.message


def test_a_constant_needs_its_value():
    assert missing(value_of("constant", {})) == ("val",)
    assert missing(value_of("constant", {"val": 0.0})) == ()
    assert value_of("constant", {"val": 0.0}).arguments == (("val", 0.0),)


@given(st.integers(1, 9))
def test_bilinear_planes_are_symmetric_and_largest_in_the_middle(size):
    plane = by_definition(Weight("weight", (1, 1, size), init=InitialiserValue("bilinear")))[0, 0]

    assert torch.equal(plane, plane.flip(0))
    assert plane.max() == plane[size // 2] == (1 if size % 2 else 1 - 0.5 / ((size + 1) // 2))


@pytest.mark.parametrize("groups", [1, 2, 4])
def test_a_bilinear_transposed_convolution_interpolates(groups):
    """Twice the size, as PyTorch's bilinear upsampling but for the border."""
    x = TensorType((4, 6, 7))
    init = InitialiserValue("bilinear")
    layer = ConvTranspose(4, 4, 2, 1, groups=groups, bias=False, init=init)
    image = torch.randn(1, 4, 6, 7)
    ours = started(layer, x)(image)
    theirs = torch.nn.functional.interpolate(image, scale_factor=2, mode="bilinear")

    assert ours[..., 1:-1, 1:-1].allclose(theirs[..., 1:-1, 1:-1], atol=1e-6)


@pytest.mark.parametrize(
    "layer",
    [
        Conv(4, 3, bias=False, init=InitialiserValue("identity")),
        Conv(4, 3, groups=2, bias=False, init=InitialiserValue("identity")),
        DepthwiseConv(3, bias=False, init=InitialiserValue("identity")),
        ConvTranspose(4, 3, 1, 1, groups=2, bias=False, init=InitialiserValue("identity")),
        Linear(5, bias=False, init=InitialiserValue("identity")),
    ],
    ids=str,
)
def test_identity_leaves_a_value_as_it_is(layer):
    value = torch.randn(2, 4, 6, 5)

    assert torch.equal(started(layer, TensorType((4, 6, 5)))(value), value)


def test_only_identity_asks_for_groups():
    for name in INITIALISERS:
        init = value_of(name, EXAMPLES.get(name, {}))
        assert grouped(init, 1) is init
        assert (grouped(init, 2) == init) == (name != "identity")
    assert grouped(None, 2) is None
