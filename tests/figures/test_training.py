"""One step of gradient descent lowers the loss of every network of under 30M parameters."""

from pathlib import Path

import pytest

import archdsl

torch = pytest.importorskip("torch")

from archdsl.testing.measure import inputs_of  # noqa: E402 - it needs torch

SPECS = Path(__file__).parents[2] / "specs"
MOST_PARAMETERS = 30_000_000
QUICK = 100_000_000
"""MACs of a sample: above, the test counts among the slow ones."""

HALVINGS = 10


def trained():
    for network in archdsl.check(SPECS).networks:
        cost = network.cost()
        if cost.params < MOST_PARAMETERS:
            marks = [pytest.mark.slow] if cost.macs > QUICK else []
            yield pytest.param(network, id=network.name, marks=marks)


@pytest.fixture(autouse=True)
def _one_thread():
    torch.set_num_threads(1)


@pytest.mark.parametrize("network", list(trained()))
def test_a_step_lowers_the_loss(network):
    model = network.compile(seed=0, weights=False).train()
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout) or type(module).__name__ == "DropPath":
            module.eval()
    inputs = inputs_of(network.graph, batch=2)
    weights = [p for p in model.parameters() if p.requires_grad]
    targets = {}

    def loss():
        found = model(*inputs)
        outputs = {"output": found} if isinstance(found, torch.Tensor) else found
        generator = torch.Generator().manual_seed(1)
        for name, value in outputs.items():
            targets.setdefault(name, torch.rand(value.shape, generator=generator))
        return sum(((value - targets[name]) ** 2).mean() for name, value in outputs.items())

    before = loss()
    gradients = torch.autograd.grad(before, weights)
    start = [weight.detach().clone() for weight in weights]
    # The step that would bring a straight loss to zero: it has the scale of the loss.
    step = before.item() / sum(float(g.square().sum()) for g in gradients)
    for _ in range(HALVINGS + 1):
        with torch.no_grad():
            for weight, origin, gradient in zip(weights, start, gradients, strict=True):
                weight.copy_(origin - step * gradient)
        if loss() < before:
            return
        step /= 2
    pytest.fail(f"no step down to {step * 2} lowers the loss from {before}")
