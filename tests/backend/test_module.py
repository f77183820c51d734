import copy
import io
import linecache
import pickle  # noqa: TID251 - a module that cannot be pickled is a defect
import subprocess
import sys
import traceback

import pytest

import archdsl

torch = pytest.importorskip("torch")

from torch.utils._python_dispatch import TorchDispatchMode  # noqa: E402

from archdsl.backend import module as backend  # noqa: E402 - it needs torch
from archdsl.backend.module import DeviceMissing, Mismatch, build, load  # noqa: E402
from archdsl.backend.python import emit  # noqa: E402

TINY = "network n { input x[3, H = 8, W = 8]\n stage a { conv(4, 3x3) -> batch_norm -> relu }\n"
TINY += " repeat 2 { conv(4, 3x3) -> dropout(0.1) }\n global_avg_pool -> linear(2) }\n"

STARTED = """
block b(c) {
    conv(c, 3x3, init=kaiming_normal(mode="fan_out")) -> batch_norm(init=zeros) -> relu
    conv(c, 1x1)
}
network n {
    input x[3, H = 8, W = 8]
    b(4) -> b(8) -> conv_transpose(8, 4x4, stride=2, padding=1, groups=8, init=bilinear)
    sparse_conv(2, 3x3, [[0, 1], [2]], init=normal(std=0.5))
    global_avg_pool -> linear(3, init=truncated_normal(std=0.02))
}
"""


@pytest.fixture
def tiny():
    return archdsl.loads(TINY)


@pytest.fixture
def image():
    return torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(0))


def test_the_module_is_the_text(tiny):
    made = tiny.compile()
    source = tiny.emit().text
    file = sys.modules[type(made).__module__].__file__

    assert "".join(linecache.getlines(file)) == source
    assert type(made).__name__ == "N"
    assert load(source, emit(tiny.graph).known) is sys.modules[type(made).__module__]


def test_a_traceback_shows_the_emitted_line(tiny):
    made = tiny.compile()
    with pytest.raises(RuntimeError) as raised:
        made(torch.zeros(2, 5, 8, 8))
    shown = "".join(traceback.format_exception(raised.value))

    assert "x = self.a(x)" in shown


@pytest.mark.parametrize("style", ["modules", "flat"])
def test_it_deep_copies(tiny, image, style):
    made = tiny.compile(seed=1, style=style).eval()
    copied = copy.deepcopy(made)
    wanted = made(image)
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.zero_()

    assert torch.equal(copied(image), wanted)
    assert type(copied) is type(made)


@pytest.mark.parametrize("style", ["modules", "flat"])
def test_it_unpickles_in_another_process(tiny, image, style, tmp_path):
    made = tiny.compile(seed=1, style=style).eval()
    (tmp_path / "made").write_bytes(pickle.dumps((made, made.a, image)))
    program = (
        "import pickle, sys, torch\n"
        f"made, part, image = pickle.load(open(r'{tmp_path / 'made'}', 'rb'))\n"
        "assert not made.training and part is made.a\n"
        "sys.stdout.buffer.write(pickle.dumps(made(image).detach()))\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)

    assert torch.equal(pickle.loads(ran.stdout), made(image))


def test_a_part_pickles_by_itself(tiny, image):
    part = tiny.compile(seed=1).a
    restored = pickle.loads(pickle.dumps(part.eval()))

    assert torch.equal(restored(image), part(image))


def test_what_is_unpickled_is_checked_first(tiny):
    made = tiny.compile()
    restored, (text, name, *known), _ = made.__reduce_ex__(4)
    hostile = text.replace("super().__init__()", "super().__init__(); __import__('os')", 1)

    with pytest.raises(ValueError, match="emitted code never holds"):
        restored(hostile, name, *known)


def test_the_state_dict_saves_and_loads(tiny, image):
    first, second = tiny.compile(seed=1).eval(), tiny.compile(seed=2, style="flat").eval()
    stream = io.BytesIO()
    torch.save(first.state_dict(), stream)
    stream.seek(0)
    second.load_state_dict(torch.load(stream, weights_only=True))

    assert torch.equal(first(image), second(image))


def test_a_seed_decides_the_weights_and_leaves_the_global_state(tiny):
    torch.manual_seed(3)
    before = torch.get_rng_state()
    made = [tiny.compile(seed=seed, style=s) for seed in (1, 2) for s in ("modules", "flat")]

    assert torch.equal(torch.get_rng_state(), before)
    keys = [m.state_dict()["a.conv1.weight"] for m in made]
    assert torch.equal(keys[0], keys[1])
    assert torch.equal(keys[2], keys[3])
    assert not torch.equal(keys[0], keys[2])


def test_without_a_seed_it_is_the_plain_constructor(tiny):
    torch.manual_seed(4)
    ours = tiny.compile().state_dict()
    namespace = {}
    exec(tiny.emit().text, namespace)
    torch.manual_seed(4)
    plain = namespace["N"]().state_dict()

    assert list(ours) == list(plain)
    assert all(torch.equal(ours[key], plain[key]) for key in ours)


def test_first_values_are_those_of_the_text():
    made = archdsl.loads(STARTED).compile(seed=0)

    fan_out = 8 * 9
    assert made.b2.conv1.weight.std().item() == pytest.approx((2 / fan_out) ** 0.5, rel=0.15)
    assert not made.b1.batch_norm1.weight.any()
    assert made.sparse_conv1.weight.std().item() == pytest.approx(0.5, rel=0.4)
    assert torch.equal(made.conv_transpose1.weight[0, 0], made.conv_transpose1.weight[7, 0])
    assert made.linear1.bias.abs().max() > 0


class Draws(TorchDispatchMode):
    """Counts the random numbers that tensors are filled with."""

    count = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if func in (torch.ops.aten.uniform_.default, torch.ops.aten.normal_.default):
            self.count += args[0].numel()
        return func(*args, **(kwargs or {}))


def test_every_tensor_is_filled_once():
    network = archdsl.loads(STARTED.replace("truncated_normal", "normal"))
    with Draws() as draws:
        made = network.compile(seed=0)
    fixed = ("batch_norm1.weight", "batch_norm1.bias", "conv_transpose1.weight")
    random = [p for name, p in made.named_parameters() if not name.endswith(fixed)]

    # What is multiplied once it has been filled cannot wait for other values.
    twice = made.sparse_conv1.weight.numel()
    assert draws.count == sum(p.numel() for p in random) + twice


def test_first_values_are_the_interpreters(same):
    same(archdsl.loads(STARTED))


def test_dtype(tiny):
    made = tiny.compile(dtype="float64")

    assert {p.dtype for p in made.parameters()} == {torch.float64}
    assert made.a.batch_norm1.num_batches_tracked.dtype == torch.int64
    with pytest.raises(ValueError, match="the dtypes are float64, float32"):
        tiny.compile(dtype="int8")


def test_meta_device(tiny):
    assert {p.device.type for p in tiny.compile(device="meta").parameters()} == {"meta"}


@pytest.mark.parametrize("device", ["cuda", "cuda:77", "toaster", "mps"])
def test_a_device_that_is_not_there(tiny, device):
    if device == "cuda" and torch.cuda.is_available():
        pytest.skip("it is there")
    with pytest.raises(DeviceMissing, match=device):
        tiny.compile(device=device)


def test_an_emitter_that_errs_is_found_out(tiny, monkeypatch):
    keys = backend.state_keys(tiny.graph)
    monkeypatch.setattr(backend, "state_keys", lambda _: dict(reversed(keys.items())))
    with pytest.raises(Mismatch, match="the order of the keys"):
        build(tiny.graph)
    monkeypatch.setattr(backend, "state_keys", lambda _: {**keys, "a.conv1.weight": (1,)})
    with pytest.raises(Mismatch, match=r"a\.conv1\.weight"):
        build(tiny.graph)


def test_modes_are_the_leaves_own_in_flat(tiny, image):
    made = tiny.compile(style="flat")
    made.get_submodule("a.batch_norm1").eval()
    before = made.get_submodule("a.batch_norm1").running_mean.clone()
    made(image)

    assert torch.equal(made.get_submodule("a.batch_norm1").running_mean, before)
    assert made.get_submodule("a.batch_norm1").num_batches_tracked == 0


@pytest.mark.parametrize("style", ["modules", "flat"])
def test_it_learns(tiny, image, style):
    made = tiny.compile(seed=0, style=style)
    optimiser = torch.optim.SGD(made.parameters(), lr=0.05)
    losses = []
    for _ in range(10):
        optimiser.zero_grad()
        loss = (made(image) - 1).square().mean()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())

    assert losses[-1] < losses[0]
