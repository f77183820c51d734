"""The bytes kept for backward are those of the storages that autograd holds on to."""

from archdsl.testing.verification import Verification
from archdsl.testing.verify import compare_kept


def test_on_random_networks(running):
    """Of values that lie in memory as they are: of others PyTorch keeps copies, or does not."""
    whole = 0
    for case in running:
        found = Verification("n", "n.arch")
        compare_kept(found, case.graph)
        whole += not found.comparisons[0].remark

        assert found.agrees, f"seed {case.seed}\n{found.text()}\n{case.text}"
    print(f"\n{whole} of {len(running)} networks compared as a whole, the others in part")

    assert whole > 0.5 * len(running)
