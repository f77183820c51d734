"""Where a number comes from: its formula, the numbers in that, and the line that each is written in."""

from archdsl.analysis.why.derivation import Derivation
from archdsl.analysis.why.question import NoAnswer, why

__all__ = ["Derivation", "NoAnswer", "why"]
