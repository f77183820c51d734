"""What is emitted traces without a break: `torch.compile(fullgraph=True)` and `torch.export`."""

import pytest

import archdsl

torch = pytest.importorskip("torch")

TEXT = """
let cb = conv(bias=false) -> batch_norm

block residual(out, stride = 1) {
    add {
        | cb(out, 3x3, stride=stride) -> relu -> cb(out, 3x3)
        | if stride > 1 or input.channels != out { cb(out, 1x1, stride=stride) }
    }
    relu
}

block tail(count: int) {
    conv(8, 1x1) as kept
    repeat count { residual(8) }
    add(kept)
}

network net {
    input x[3, H = 16, W = 16]
    share s = conv(8, 1x1)
    stage a { cb(8, 3x3) -> relu -> s }
    stage b {
        repeat 2 { residual(8 * (index + 1), stride=2) }
        conv(8, 1x1) -> s
    }
    tail(2) -> tail(3) -> chunk(2) as l, r
    output aux when training { global_avg_pool -> dropout(0.2) -> linear(2) }
    from l -> add(r) -> global_avg_pool -> linear(3)
}
"""


@pytest.fixture(params=["modules", "flat"])
def made(request):
    torch.set_num_threads(1)
    return archdsl.loads(TEXT).compile(seed=0, style=request.param)


@pytest.fixture
def image():
    return torch.randn(2, 3, 16, 16, generator=torch.Generator().manual_seed(0))


def test_torch_compile(made, image):
    made.eval()
    compiled = torch.compile(made, fullgraph=True, backend="aot_eager")

    assert torch.equal(compiled(image), made(image))


def test_torch_compile_in_training(made, image):
    compiled = torch.compile(made.train(), fullgraph=True, backend="aot_eager")
    outputs = compiled(image)
    sum(o.sum() for o in outputs.values()).backward()

    assert list(outputs) == ["output", "aux"]
    assert all(p.grad is not None for p in made.parameters())


def test_torch_export(made, image):
    made.eval()
    program = torch.export.export(made, (image,))

    assert torch.equal(program.module()(image), made(image))
    assert set(program.state_dict) == set(made.state_dict())
