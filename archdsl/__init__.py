"""archdsl: a compiler for neural-network architectures.

`load` and `loads` give checked networks; everything else is a method of `Network`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from archdsl.network import DiagnosticError as DiagnosticError
    from archdsl.network import Network as Network
    from archdsl.network import check as check
    from archdsl.network import load as load
    from archdsl.network import loads as loads

__version__ = "0.1.0"

__all__ = ["DiagnosticError", "Network", "__version__", "check", "load", "loads"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from archdsl import network

        return getattr(network, name)
    raise AttributeError(f"module 'archdsl' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
