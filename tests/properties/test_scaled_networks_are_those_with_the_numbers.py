"""A scaled network is the same network with the coefficients written as numbers."""

import hypothesis.strategies as st
from hypothesis import given

import archdsl

NETWORK = """
def multiplied(c, width) = make_divisible(c * width, 8)

block unit(out, stride = 1, drop = 0.0) {
    conv(out, 3x3, stride=stride, bias=false) -> batch_norm -> relu
    if drop > 0 { dropout(drop) }
}

network base(width: scale = 1.0, depth: scale = 1.0, resolution: scale = 1.0) {
    let side = round(48 * resolution)
    input image[3, H = side, W = side]
    for i, (channels, n) in enumerate([(16, 1), (24, 2), (40, 3)]) {
        stage "s{i}" {
            repeat ceil(n * depth) as k {
                unit(multiplied(channels, width), if first then 2 else 1, 0.01 * k)
            }
        }
    }
    global_avg_pool -> linear(10)
}

scaling compound(phi, alpha = 1.2, beta = 1.1, gamma = 1.15) {
    depth = alpha ** phi
    width = beta ** phi
    resolution = gamma ** phi
}
"""
factors = st.decimals("0.7", "1.5", places=2).map(str)


@given(st.integers(-2, 4), factors, factors, factors)
def test_scaled_networks_are_those_with_the_numbers(phi, alpha, beta, gamma):
    scaled = f"network x = base() scaled compound({phi}, {alpha}, {beta}, {gamma})"
    numbers = (
        f"network x = base(depth={alpha} ** ({phi}), width={beta} ** ({phi}), "
        f"resolution={gamma} ** ({phi}))"
    )

    ours = archdsl.loads(f"{NETWORK}{scaled}\n", "x")
    theirs = archdsl.loads(f"{NETWORK}{numbers}\n", "x")

    assert ours.expand() == theirs.expand()
    assert ours.cost().macs == theirs.cost().macs
    assert ours.cost().memory == theirs.cost().memory
    assert ours.emit().text.split("\n", 3)[3] == theirs.emit().text.split("\n", 3)[3]
