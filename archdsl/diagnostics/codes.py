"""The one table of diagnostic codes: what each means, a text that causes it, the mended text.

Families of a hundred by phase: E01 text, E02 grammar, E03 limits, E04 names and graph,
E05 values, E06 shapes, E07 imports, E08 expectations, E09 weights; W for warnings.
A code is never reused.
"""

from __future__ import annotations

from archdsl.diagnostics import (
    codes_deriving,
    codes_expectations,
    codes_imports,
    codes_limits,
    codes_lints,
    codes_names,
    codes_scaling,
    codes_shapes,
    codes_text,
    codes_values,
    codes_weights,
)
from archdsl.diagnostics.code import Code

CODES: dict[str, Code] = {
    code.code: code
    for code in sorted(
        (
            *codes_text.TEXT,
            *codes_text.GRAMMAR,
            *codes_text.SYNTAX_LIMITS,
            *codes_text.ALLOWANCES,
            *codes_limits.LIMITS,
            *codes_lints.LINTS,
            *codes_names.NAMES,
            *codes_names.WARNINGS,
            *codes_scaling.SCALING,
            *codes_deriving.DERIVING,
            *codes_values.VALUES,
            *codes_shapes.LAYERS,
            *codes_shapes.SIZES,
            *codes_shapes.WARNINGS,
            *codes_imports.IMPORTS,
            *codes_expectations.EXPECTATIONS,
            *codes_weights.WEIGHTS,
        ),
        key=lambda code: code.code,
    )
}
