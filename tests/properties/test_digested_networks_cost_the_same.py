"""Where equal blocks are elaborated and costed once, a network costs what its nodes cost."""

from archdsl.analysis.cost import cost
from archdsl.analysis.totals import Total, Totals
from archdsl.diagnostics.source import Source
from archdsl.elaborate.program import Program


def test_on_random_networks(running):
    blocks = 0
    for case in running:
        module = Program(None).load(Source("n.arch", case.text))
        totals = Totals()

        assert totals.of(module.networks["n"], {}).value == Total.of(cost(case.graph)), case.text
        blocks += sum(digest is not None for digest in totals.digests.known.values())
    print(f"\n{blocks} blocks digested")

    assert blocks >= 300
