"""E043: coefficients, and the rules that set them."""

from __future__ import annotations

from archdsl.diagnostics.code import Code

_WIDE = "network m(width: scale = 1.0) {\n    input image[3, 8, 8]\n    conv(round(8 * width), 3x3)\n}\n"


def _rule(name: str) -> str:
    return f"scaling grow(phi) {{ {name} = 1.5 ** phi }}\n"


SCALING: tuple[Code, ...] = (
    Code(
        "E0430",
        "a coefficient that the network does not take",
        "A `scaling` rule sets, by name, parameters of type `scale` of the network behind whose call "
        "it is written, and the network has each of them.",
        f"{_WIDE}{_rule('depth')}network n = m() scaled grow(2)\n",
        f"{_WIDE}{_rule('width')}network n = m() scaled grow(2)\n",
    ),
    Code(
        "E0431",
        "a coefficient given twice",
        "A coefficient comes from the arguments of the call or from the rule behind `scaled`.",
        f"{_WIDE}{_rule('width')}network n = m(width=2) scaled grow(2)\n",
        f"{_WIDE}{_rule('width')}network n = m() scaled grow(2)\n",
    ),
    Code(
        "E0432",
        "a network scaled twice",
        "One rule sets the coefficients of a network; an instance of a scaled network is scaled "
        "already.",
        f"{_WIDE}{_rule('width')}network n = m() scaled grow(1)\nnetwork o = n() scaled grow(1)\n",
        f"{_WIDE}{_rule('width')}network n = m() scaled grow(1)\nnetwork o = m() scaled grow(2)\n",
    ),
)
