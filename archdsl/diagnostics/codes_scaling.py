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
    Code(
        "E0433",
        "nothing to be searched",
        "`archc scale` tries every point of finite domains (`in [1, 2]`, `in 1.0..1.4 by 0.05`): of the "
        "open parameters of the rule behind `--by`, else of the network's own of type `scale`.",
    ),
    Code(
        "E0434",
        "too many points",
        "`archc scale` tries every combination of the values of all parameters that are searched, and "
        "at most 100,000. Arguments of the rule and `-D` leave fewer.",
    ),
    Code(
        "E0435",
        "a budget that nothing meets",
        "Every point that `archc scale` tried is beyond the budget. The least that can be reached is "
        "shown with its point.",
    ),
    Code(
        "E0436",
        "no point that makes a network",
        "Every point that `archc scale` tried breaks a `require` of the rule or of the network, or "
        "cannot be built.",
    ),
)
