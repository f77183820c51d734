"""Parameters and buffers are those of PyTorch's own modules, a shared one counted once."""

from archdsl.analysis.cost import cost


def test_on_random_networks(running):
    wrong = [
        case.text
        for case in running
        if (cost(case.graph).params, cost(case.graph).buffers)
        != (case.ran.trace.parameters, case.ran.trace.buffers)
    ]

    assert wrong == []
