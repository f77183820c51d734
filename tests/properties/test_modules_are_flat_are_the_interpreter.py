"""Both styles of emitted code are, bit for bit, the graph run node by node.

Keys and their order, fresh weights, outputs in evaluation and in training, gradients, running
statistics.
"""

from archdsl.testing.verification import Verification
from archdsl.testing.verify import compare_runs


def difference(case):
    found = Verification("n", "n.arch")
    compare_runs(found, case.graph)
    return None if found.agrees else f"seed {case.seed}\n{found.text()}\n{case.text}"


def test_on_random_networks(running):
    wrong = [found for case in running if (found := difference(case)) is not None]

    assert wrong == []
