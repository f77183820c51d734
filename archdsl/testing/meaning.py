"""What each layer of the language means, said a second time in plain PyTorch.

Written from the language's reference, not from `archdsl.layers`: it is the other side of the
property tests.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from archdsl.testing import meaning_of_values, meaning_of_weights
from archdsl.testing.meanings import Arguments, Ran, Refused, ran_of

MEANINGS = meaning_of_weights.MEANINGS | meaning_of_values.MEANINGS

_REFUSALS = (
    RuntimeError,
    ValueError,
    IndexError,
    TypeError,
    ZeroDivisionError,
    AssertionError,
    UserWarning,
)


def run_layer(kind: str, arguments: Arguments, operands: Sequence[Tensor]) -> Ran:
    """Run a layer in evaluation mode.

    Raises:
        Refused: it does not run, or its result is empty.
    """
    try:
        made = MEANINGS[kind](arguments, operands)
        ran = ran_of(made, operands)
    except _REFUSALS as error:
        raise Refused(f"{kind}: {error}") from error
    if any(not output.numel() for output in ran.outputs):
        raise Refused(f"{kind} leaves nothing")
    return ran
