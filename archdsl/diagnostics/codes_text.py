"""E01, E02 and the first limits: what is wrong with a text before it means anything."""

from __future__ import annotations

from archdsl.diagnostics.code import Code
from archdsl.diagnostics.example import network

TEXT: tuple[Code, ...] = (
    Code(
        "E0101",
        "a file that declares nothing",
        "A file declares networks, blocks, constants or functions; this one has none.",
        "# Only a comment.\n",
        network("relu"),
    ),
    Code(
        "E0102",
        "a file that is no text",
        "A specification is plain text, saved as UTF-8. This file is in another encoding, or of "
        "another kind altogether: an archive, a picture, a program.",
    ),
    Code(
        "E0103",
        "a text that is never closed",
        'A text stands between two `"` on one line; it cannot hold a `"` itself.',
        network('expect params == 0 "section 3.1'),
        network('expect params == 0 "section 3.1"'),
    ),
    Code(
        "E0104",
        "quotes of another kind",
        'A text stands in double quotes, `"..."`, whatever it holds. Single quotes, curly quotes '
        "and three quotes in a row are not of the language.",
        network("expect params == 0 'section 3.1'"),
        network('expect params == 0 "section 3.1"'),
    ),
    Code(
        "E0105",
        "a number that is none",
        "A number is written `1_000`, `2.5`, `1e-3` or `4.1G` (K, M, G and T stand right behind "
        "it), a size `3x3`. It ends where no letter, digit or underscore follows.",
        network("conv(8, 3x)"),
        network("conv(8, 3x3)"),
    ),
    Code(
        "E0106",
        "a character that is not of the language",
        "Outside texts and comments a specification is written in ASCII: letters, digits, `_` "
        "and a few marks. A look-alike from elsewhere (`×` for `x`, `−` for `-`, a space that "
        "does not break) is not the same character.",
        network("conv(8, 3×3)"),
        network("conv(8, 3x3)"),
    ),
    Code(
        "E0107",
        "a brace without partner in a text",
        "In a stage's name, and where a named value or a path is wanted, `{...}` in a text is "
        "computed. Braces come in pairs there, and hold one expression and no comment.",
        network('stage "conv{1" { relu }'),
        network('stage "conv{1}" { relu }'),
    ),
)

GRAMMAR: tuple[Code, ...] = (
    Code(
        "E0201",
        "something that cannot stand here",
        "No construct of the language goes on with this. `archc explain language` has them all.",
        network("* relu"),
        network("relu"),
    ),
    Code(
        "E0202",
        "a bracket without its partner",
        "Every `(`, `[` and `{` is closed by the bracket of its kind, and nothing else is.",
        network("conv(8, 3x3"),
        network("conv(8, 3x3)"),
    ),
    Code(
        "E0203",
        "something is missing",
        "A construct has been begun and lacks a part: a step behind `->`, a value behind `=`, "
        "a name, a body.",
        network("conv(8, 3x3) ->"),
        network("conv(8, 3x3) -> relu"),
    ),
    Code(
        "E0204",
        "a comma is missing",
        "Arguments, elements, parameters and expectations are separated by commas.",
        network("conv(8 3x3)"),
        network("conv(8, 3x3)"),
    ),
    Code(
        "E0205",
        "a word of the language as a name",
        "Some words are reserved: they begin statements or join expressions. They may be an "
        "argument's name before `=` and a field behind `.`, and no name elsewhere.",
        network("conv(8, 3x3) as input"),
        network("conv(8, 3x3) as stem"),
    ),
    Code(
        "E0206",
        "a misspelt word of the language",
        "Here a word of the language is wanted, and what stands here is nearly one.",
        network("stag conv1 { relu }"),
        network("stage conv1 { relu }"),
    ),
    Code(
        "E0207",
        "a habit from another language",
        "The construct is of Python or another language. Here bodies stand in braces, a function "
        "is one expression, values get their name behind `as` or `let`, a comment begins with "
        "`#`.",
        network("if 1 < 2: relu"),
        network("if 1 < 2 { relu }"),
    ),
    Code(
        "E0208",
        "a comparison that is none",
        "Two values are compared by one of `== != < <= > >= ~ in`. A single `=` gives a name to "
        "a value, and comparisons do not chain.",
        network("expect params = 0"),
        network("expect params == 0"),
    ),
    Code(
        "E0209",
        "`within` without a tolerance to give",
        "`within 2%` widens `~`, `<=` and `>=`. Other comparisons have nothing to widen.",
        network("expect params == 0 within 1%"),
        network("expect params <= 0 within 1%"),
    ),
    Code(
        "E0210",
        "`edition` in the middle of a file",
        "`edition 1` says which edition of the language a file is written in, before anything "
        "else.",
        network("relu") + "edition 1\n",
        "edition 1\n" + network("relu"),
    ),
    Code(
        "E0211",
        "no such type",
        "The types of parameters are int, float, bool, string, list, size, block, layer, value "
        "and scale.",
        network("b(8)", before="block b(width: integer) { conv(width, 3x3) }"),
        network("b(8)", before="block b(width: int) { conv(width, 3x3) }"),
    ),
    Code(
        "E0212",
        "brackets of the wrong kind",
        "Arguments stand in `( )`, elements and the sizes of an input in `[ ]`, bodies and the "
        "paths of a merge in `{ }`.",
        network("conv[8, 3x3]"),
        network("conv(8, 3x3)"),
    ),
    Code(
        "E0213",
        "a merge that is no word",
        "A merge is named by one word in front of its paths, such as `add` or `concat`.",
        network("joins.add { | skip }"),
        network("add { | skip }"),
    ),
    Code(
        "E0214",
        "a number that is not whole",
        "Years and editions are whole numbers.",
        'cite "A. Author" 2016.5 "A title"\n' + network("relu"),
        'cite "A. Author" 2016 "A title"\n' + network("relu"),
    ),
    Code(
        "E0215",
        "a statement out of place",
        "Networks, blocks, functions and imports stand at the top of a file; steps, stages and "
        "inputs in the body of a network or block.",
        "conv(8, 3x3)\n",
        network("conv(8, 3x3)"),
    ),
)

SYNTAX_LIMITS: tuple[Code, ...] = (
    Code(
        "E0320",
        "brackets nested too deep",
        "Brackets and braces may stand in each other 200 deep.",
        f"let a = {'[' * 201}1{']' * 201}\n",
        f"let a = {'[' * 150}1{']' * 150}\n",
    ),
    Code(
        "E0321",
        "a line that is too long",
        "A line has at most 65,536 characters.",
    ),
    Code(
        "E0322",
        "a word, number or text that is too long",
        "A word or number has at most 255 characters, a text 16,000.",
        f"let {'a' * 256} = 1\n",
        f"let {'a' * 255} = 1\n",
    ),
    Code(
        "E0323",
        "a number beyond 2**63 - 1",
        "A number as it is written is at most 9,223,372,036,854,775,807.",
        "let a = 9_223_372_036_854_775_808\n",
        "let a = 9_223_372_036_854_775_807\n",
    ),
    Code(
        "E0324",
        "an expression or body nested too deep",
        "Operators and bodies may stand in each other 200 deep, brackets included.",
        f"let a = {'-' * 250}1\n",
        f"let a = {'-' * 150}1\n",
    ),
)

ALLOWANCES: tuple[Code, ...] = (
    Code(
        "W0101",
        "an allowance of what is not there",
        "A comment `# allow W0601: why` keeps a warning silent, at its place or at a call that led "
        "there. This one speaks of a warning that the line does not have.",
        "# allow W0401: read by hand\n" + network("conv(8, 3x3)"),
        network("conv(8, 3x3)"),
    ),
    Code(
        "W0102",
        "an allowance without a reason",
        "A comment that allows a warning says why, behind a colon.",
        network("# allow W0401", "relu as spare", "from image -> tanh"),
        network("# allow W0401: for a later version", "relu as spare", "from image -> tanh"),
    ),
)
