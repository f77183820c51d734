"""Every syntax error of a text in one run, each as the person who made it would say it."""

from __future__ import annotations

from archdsl.diagnostics.report import Report
from archdsl.diagnostics.source import Source, Span
from archdsl.syntax import mistakes_brackets as brackets
from archdsl.syntax import mistakes_habits as habits
from archdsl.syntax import mistakes_parts as parts
from archdsl.syntax import mistakes_signs as signs
from archdsl.syntax import mistakes_words as words
from archdsl.syntax.build_expressions import MOST_ERRORS, ParsePart
from archdsl.syntax.characters import mend
from archdsl.syntax.lexer import Tokens
from archdsl.syntax.recovery import Finding, Recovery
from archdsl.syntax.trouble import Trouble

# The first that knows the mistake has the word; the last knows them all.
_MISTAKES = (
    brackets.open_at_the_end,
    brackets.open_at_a_declaration,
    brackets.open_before_else,
    parts.declaration_in_a_body,
    signs.comment_of_c,
    signs.joined,
    habits.colon_for_brace,
    words.unit_of_size,
    words.half_a_number,
    habits.returned,
    words.misspelt,
    habits.block_as_function,
    habits.choice_of_python,
    habits.value_of_block,
    habits.sizes_of_input,
    habits.assigned,
    habits.import_of_python,
    brackets.open_in_a_statement,
    words.quotes_left_out,
    words.quotes_too_many,
    words.reserved_as_name,
    words.another_word,
    brackets.import_in_brackets,
    brackets.loop_in_brackets,
    brackets.square_for_round,
    brackets.round_for_square,
    brackets.list_in_braces,
    brackets.bar_left_out,
    brackets.comma_left_out,
    brackets.comma_too_many,
    signs.equal_once,
    signs.equal_twice,
    signs.comparisons_in_a_row,
    signs.comparison_of_a_step,
    signs.arrow_without_step,
    habits.joined_otherwise,
    signs.bar_outside,
    brackets.brace_left_out,
    parts.else_without_if,
    parts.declaration_without_word,
    parts.outside_of_bodies,
    parts.missing,
    brackets.closed_wrongly,
    parts.unexpected,
)


def report_errors(
    source: Source,
    tokens: Tokens,
    part: ParsePart,
    report: Report,
    symbol: str,
    stopped: int | None,
) -> None:
    """Report what is wrong with a text that does not follow the grammar.

    `part` parses the computed parts of texts, `symbol` is what the whole should be, `stopped`
    the first token that does not follow, where all of them are tokens. After a mistake reading
    goes on as if it had not been made where that can be told, else at the next statement, path
    or closing brace. Takes time in proportion to the text.
    """
    known = len(report.diagnostics)
    if known >= MOST_ERRORS:
        return
    mended = mend(source, tokens, report, MOST_ERRORS)
    Recovery(source, mended, report, part, symbol).run(_diagnose, stopped)
    if len(report.diagnostics) == known:
        at = stopped or 0
        span = Span(source, tokens.starts[at], tokens.ends[at])
        report.error("E0201", "this does not follow what stands before it", span)


def _diagnose(reading: Recovery) -> Finding:
    trouble = Trouble(reading)
    for mistake in _MISTAKES:
        found = mistake(trouble)
        if found is not None:
            return found
    raise AssertionError("the last knows them all")
