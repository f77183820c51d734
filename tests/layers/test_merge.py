import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from archdsl.layers.definition import Operations, Reject, Saved, Window
from archdsl.layers.merge import Add, Concat, Matmul, Max, Mean, Mul, Sub
from archdsl.layers.merge_source import OVER_BATCH
from archdsl.layers.torch_call import Infix, Operand, TorchCall
from archdsl.shapes.condition import Equal
from archdsl.shapes.dim import product, substitute, symbol
from archdsl.shapes.tensor import DTYPE_BYTES, TensorType

torch = pytest.importorskip("torch")

H, W = symbol("H", 8), symbol("W", 6)
IMAGE = TensorType((4, 5, 6))
ALONE = TensorType((4, 5, 6), batched=False)
ELEMENTWISE = [Add(), Sub(), Mul(), Max(), Mean()]


@st.composite
def operands(draw):
    """Shapes that are mostly equal, some with one axis changed, cut off or of length 1."""
    shape = draw(st.lists(st.integers(1, 3), min_size=1, max_size=4))
    shapes = []
    for _ in range(draw(st.integers(2, 3))):
        other = list(shape)
        match draw(st.sampled_from(["same", "same", "one", "other", "gate", "vector"])):
            case "one":
                other[draw(st.integers(0, len(shape) - 1))] = 1
            case "other":
                other[draw(st.integers(0, len(shape) - 1))] += 1
            case "gate":
                other[1:] = [1] * (len(shape) - 1)
            case "vector":
                other = other[:1]
        shapes.append(other)
    return shapes


@given(st.sampled_from(["add", "sub", "mul", "max", "mean"]), operands())
def test_elementwise_merges_accept_and_give_what_a_run_does(against_torch, kind, shapes):
    event(f"{kind} accepted: {against_torch.accepts(kind, *shapes)}")


@given(operands(), st.integers(-4, 4))
def test_concat_accepts_and_gives_what_a_run_does(against_torch, shapes, axis):
    if len({len(shape) for shape in shapes}) == 1:
        event(f"accepted: {against_torch.accepts('concat', *shapes, axis=axis)}")


@given(
    st.lists(st.integers(1, 3), max_size=2),
    st.tuples(*[st.integers(1, 4)] * 3),
    st.sampled_from(["fits", "inner", "rank", "before"]),
)
def test_matmul_accepts_and_gives_what_a_run_does(against_torch, before, sides, fault):
    n, k, m = sides
    left, right = [*before, n, k], [*before, k, m]
    match fault:
        case "inner":
            right[-2] += 1
        case "rank":
            right = right[1:]
        case "before" if before:
            right[0] += 1
    event(f"accepted: {against_torch.accepts('matmul', left, right)}")


@pytest.mark.parametrize("count", [2, 3, 4])
@pytest.mark.parametrize("layer", [*ELEMENTWISE, Concat(), Concat(-1)], ids=str)
def test_a_merge_is_pytorchs(against_torch, layer, count):
    against_torch.check(layer, *[IMAGE] * count)
    against_torch.check(layer, *[ALONE] * count)


@pytest.mark.parametrize("layer", [*ELEMENTWISE, Concat(1)], ids=str)
def test_an_operand_without_a_batch_is_spread(against_torch, layer):
    against_torch.check(layer, IMAGE, ALONE)
    against_torch.check(layer, ALONE, IMAGE)
    run = against_torch.run(layer, ALONE, IMAGE).runs[0]
    batched = [run.values[0].expand(2, 4, 5, 6), run.values[1]]
    again = against_torch.call(layer, batched, IMAGE, IMAGE)

    assert torch.equal(run.results[0], again)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (TensorType((3, 4)), TensorType((4, 5))),
        (TensorType((2, 3, 4)), TensorType((2, 4, 5))),
        (TensorType((3, 4)), TensorType((4, 5), batched=False)),
        (TensorType((3, 4), batched=False), TensorType((4, 5))),
        (TensorType((2, 3, 4)), TensorType((2, 4, 5), batched=False)),
        (TensorType((2, 3, 4), batched=False), TensorType((2, 4, 5))),
        (TensorType((3, 4), batched=False), TensorType((4, 5), batched=False)),
    ],
    ids=str,
)
def test_matmul_is_pytorchs(against_torch, left, right):
    against_torch.check(Matmul(), left, right)
    y = Matmul().output(left, right)

    assert Matmul().operations(left, right, y) == Operations(y.elements * 4)
    assert Matmul().window(left, right) == Window(whole=True)


GATES = [(4,), (4, 1, 1)]


@pytest.mark.parametrize("batched", [True, False])
@pytest.mark.parametrize("gate", GATES)
@pytest.mark.parametrize("first", [True, False])
def test_a_gate_weighs_each_channel(against_torch, gate, first, batched):
    types = [TensorType(gate, batched=batched), IMAGE]
    if not first:
        types.reverse()
    against_torch.check(Mul(), *types)
    run = against_torch.run(Mul(), *types).runs[0]
    weights, value = run.values if first else run.values[::-1]

    expected = value * weights.reshape(2 if batched else 1, 4, 1, 1)
    assert torch.equal(run.results[0], expected)
    assert Mul().output(*types) == IMAGE


@pytest.mark.parametrize("gate", GATES)
def test_gates_and_values_mix(against_torch, gate):
    types = [TensorType(gate), IMAGE, TensorType((4,)), IMAGE]
    against_torch.check(Mul(), *types)
    against_torch.check(Mul(), TensorType(gate), TensorType((4,)), IMAGE)
    against_torch.check(
        Mul(), TensorType(gate, batched=False), TensorType((4,), "float32", False), IMAGE
    )

    assert Mul().operations(*types, IMAGE).other == {"mul": 3 * IMAGE.elements}


def test_operations():
    for layer in (Add(), Sub(), Mul(), Max()):
        assert layer.operations(IMAGE, IMAGE, IMAGE, IMAGE).other == {layer.kind: 240}
    assert Mean().operations(IMAGE, IMAGE, IMAGE, IMAGE).other == {"mean": 360}
    assert Concat().operations(IMAGE, IMAGE, IMAGE) == Operations()


def test_calls_are_the_ones_an_engineer_writes():
    a, b, c = map(Operand, range(3))

    assert Add().functional(IMAGE, IMAGE) == TorchCall("+", (a, b))
    assert Mul().functional(IMAGE, IMAGE, IMAGE) == TorchCall("*", (a, b, c))
    assert Mean().functional(IMAGE, IMAGE, IMAGE) == TorchCall(
        "/", (Infix("+", Infix("+", a, b), c), 3)
    )
    assert Max().functional(IMAGE, IMAGE, IMAGE) == TorchCall(
        "torch.maximum", (TorchCall("torch.maximum", (a, b)), c)
    )
    assert Concat().functional(IMAGE, IMAGE) == TorchCall("torch.cat", ((a, b), 1))
    assert Concat(-1).functional(ALONE, ALONE) == TorchCall("torch.cat", ((a, b), 2))
    assert Concat().functional(ALONE, IMAGE) == TorchCall(
        "torch.cat", ((TorchCall(OVER_BATCH, (a, b)), b), 1)
    )
    assert Matmul().functional(IMAGE, IMAGE) == TorchCall("@", (a, b))


def at(condition, sizes):
    return substitute(condition.left, sizes) == substitute(condition.right, sizes)


def test_paths_that_agree_for_some_sizes_only():
    """An up-sampled half beside the whole: equal where H is even."""
    deep = TensorType((4, 2 * (H // 2), 6))
    (condition,) = Add().conditions(TensorType((4, H, 6)), deep)

    assert condition.holds
    assert condition.reason == "the same height on each path of `add`"
    assert [n for n in range(1, 9) if at(condition, {"H": n})] == [2, 4, 6, 8]


def test_equal_forms_ask_nothing():
    x = TensorType((4, H, product((H, W))))

    for layer in ELEMENTWISE:
        assert list(layer.conditions(x, x, x)) == []


def test_a_number_wins_over_a_size():
    assert Add().output(TensorType((4, H, 6)), TensorType((4, 8, W))).dims == (4, 8, 6)
    assert Concat(2).output(TensorType((4, H, W)), TensorType((4, 8, 2))).dims == (4, 8, W + 2)


def test_concat_adds_sizes_and_holds_products():
    flat = TensorType((product((4, H, W)),))
    (condition,) = Concat().conditions(flat, TensorType((H,)))

    assert condition == Equal(flat.dims[0], 192, condition.reason)
    assert Concat().output(flat, TensorType((H,))).dims == (H + 192,)


@given(st.integers(1, 40), st.integers(1, 3), st.integers(1, 3), st.sampled_from(["add", "concat"]))
def test_conditions_are_what_a_run_asks(against_torch, n, stride, other, kind):
    """Two strided paths over n elements join where they have as many, whatever n is."""
    size = symbol("n", n)
    shapes = [(2, (size + s - 1) // s) for s in (stride, other)]
    merge = Add() if kind == "add" else Concat()
    plain = [(2, -(-n // s)) for s in (stride, other)]
    accepted = against_torch.accepts(kind, *plain)
    try:
        conditions = list(merge.conditions(*map(TensorType, shapes)))
    except Reject:
        assert not accepted
    else:
        assert accepted
        assert all(condition.holds for condition in conditions)


@pytest.mark.parametrize(
    ("layer", "types", "code", "part", "help"),
    [
        (Add(), (IMAGE,), "E0637", "here is only the flow", "add(NAME)"),
        (
            Add(),
            (TensorType((64, 8, 8)), TensorType((128, 4, 4))),
            "E0641",
            "`add` joins 64×8×8 and 128×4×4: channels, height and width differ",
            "path 1 fits with `conv(128, 1x1, stride=2)` at its end",
        ),
        (
            Add(),
            (TensorType((256, 8, 8)), TensorType((64, 8, 8))),
            "E0641",
            "channels differ",
            "path 2 fits with `conv(256, 1x1)` at its end",
        ),
        (
            Concat(),
            (TensorType((3, 8, 9)), TensorType((5, 8, 5))),
            "E0641",
            "`concat` joins 3×8×9 and 5×8×5: width differs",
            "end path 1 with `crop(NAME)`",
        ),
        (Add(), (TensorType((3, 8, 2)), TensorType((3, 2, 8))), "E0641", "height and width", None),
        (Sub(), (IMAGE, TensorType((4,))), "E0641", "4×5×6 and 4: 3 and 1 axes", None),
        (Max(), (TensorType((4, 5)), TensorType((4, 1))), "E0641", "length differs", None),
        (Mul(), (IMAGE, TensorType((4, 1, 6))), "E0641", "height differs", "path 1 with `crop"),
        (Add(), (IMAGE, TensorType((3, 4, 6))), "E0641", "channels and height differ", None),
        (Mul(), (IMAGE, TensorType((5,))), "E0641", "a gate weighs each channel", None),
        (Mul(), (IMAGE, TensorType((4, 1))), "E0641", "3 and 2 axes", None),
        (Add(), (IMAGE, TensorType((4, 5, 6), "int64")), "E0601", "float32 and int64", None),
        (Sub(), (TensorType((4,), "bool"),) * 2, "E0601", "does not take bool", None),
        (Mean(), (TensorType((4,), "int64"),) * 2, "E0601", "does not take int64", None),
        (Matmul(), (TensorType((4, 5), "bool"),) * 2, "E0601", "does not take bool", None),
        (Concat(3), (IMAGE, IMAGE), "E0608", "`axis` is 3", None),
        (Matmul(), (IMAGE, IMAGE), "E0641", "the inner sides are 6 and 5", None),
        (Matmul(), (TensorType((2, 3, 3)), TensorType((4, 3, 3))), "E0641", "are 2 and 4", None),
        (Matmul(), (TensorType((3,)), TensorType((3,))), "E0641", "both must be matrices", None),
        (Matmul(), (IMAGE,) * 3, "E0637", "joins two values, and here are 3", None),
    ],
)
def test_refusals_say_what_parts(against_torch, layer, types, code, part, help):
    with pytest.raises(Reject) as refused:
        against_torch.outputs(layer, *types)

    assert refused.value.code == code
    assert part in refused.value.message
    if help is None:
        assert refused.value.help is None
    else:
        assert help in refused.value.help


@pytest.mark.parametrize("dtype", DTYPE_BYTES)
@pytest.mark.parametrize("layer", [*ELEMENTWISE, Concat(), Matmul()], ids=str)
def test_dtypes_are_those_of_pytorch(against_torch, layer, dtype):
    x = TensorType((3, 3), dtype)
    values = [torch.ones(2, 3, 3).to(getattr(torch, dtype))] * 2
    try:
        keeps = str(against_torch.call(layer, values, x, x).dtype) == f"torch.{dtype}"
    except RuntimeError:
        keeps = False
    try:
        accepted = against_torch.outputs(layer, x, x)[0].dtype == dtype
    except Reject:
        accepted = False

    assert accepted == keeps
    if accepted and not dtype.startswith(("float", "bfloat")):
        assert layer.saved(x, x, x) == Saved()


def test_labels():
    assert [layer.label(IMAGE) for layer in ELEMENTWISE] == ["add", "sub", "mul", "max", "mean"]
    assert Concat().label(IMAGE) == "concat"
    assert Concat(-1).label(IMAGE) == "concat, axis 2"
