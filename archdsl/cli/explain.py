"""Print a page of the reference: about a diagnostic, a layer, or the language.

`archc explain E0641`, `archc explain conv`, `archc explain language`; without a topic, the
topics.
"""

from __future__ import annotations

import argparse

from archdsl.cli.exits import Exit
from archdsl.cli.output import Output, Usage, shown_path
from archdsl.cli.targets import add_format


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `archc explain`."""
    parser.add_argument(
        "topic",
        nargs="?",
        metavar="TOPIC",
        help="a code, a layer, an initialiser, a section of the language, or a page: language, layers, "
        "initialisers, diagnostics",
    )
    add_format(parser)


def run(arguments: argparse.Namespace, output: Output) -> Exit:
    """Print the page of a topic, or the list of topics."""
    from archdsl.reference import pages

    if arguments.topic is None:
        listed = pages.topics()
        if output.is_text:
            for kind, names in listed.items():
                output.result(f"{kind}: {', '.join(names)}\n")
        else:
            output.document({"topics": listed})
        return Exit.OK
    topic = pages.find(arguments.topic)
    if topic is None:
        from archdsl.diagnostics.suggest import did_you_mean

        meant = did_you_mean(arguments.topic, pages.names())
        also = meant or "`archc explain` lists the topics"
        raise Usage(f"nothing is known of `{shown_path(arguments.topic)}`; {also}")
    if output.is_text:
        output.result(topic.text)
    else:
        output.document({"topic": topic.name, "kind": topic.kind, "text": topic.text})
    return Exit.OK
