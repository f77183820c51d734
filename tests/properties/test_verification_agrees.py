"""`archc verify` finds nothing to object to in random networks, every part of it."""

from types import SimpleNamespace

from archdsl.testing.verify import verify

EVERY = 20


def test_on_random_networks(running):
    for case in running[::EVERY]:
        found = verify(SimpleNamespace(name="n", file="n.arch", graph=case.graph))

        assert found.agrees, f"seed {case.seed}\n{found.text()}\n{case.text}"
