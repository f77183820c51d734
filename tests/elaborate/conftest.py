"""Texts to graphs: what the tests of elaboration ask for."""

import pytest

from archdsl.diagnostics.source import Source
from archdsl.elaborate.elaborate import elaborate
from archdsl.elaborate.limits import DEFAULT_LIMITS
from archdsl.elaborate.program import Program
from archdsl.layers.definition import Family


class Elaborated:
    """What became of one network: its graph, and every finding with that of its file."""

    def __init__(self, result, program):
        self.graph = result.value if result is not None else None
        found = list(program.report.diagnostics)
        if result is not None:
            found += result.report.diagnostics
        program.report.diagnostics = found
        self.findings = program.report.sorted()

    @property
    def codes(self):
        return [finding.code for finding in self.findings]

    @property
    def messages(self):
        return [finding.message for finding in self.findings]

    @property
    def keys(self):
        """The state-dict prefixes, each once, in order."""
        found = {
            node.weights: None for node in self.graph.order if node.layer.family is not Family.INPUT
        }
        return list(found)

    @property
    def paths(self):
        return [node.path for node in self.graph.order]

    @property
    def kinds(self):
        return [node.layer.kind for node in self.graph.order if node.layer.kind != "input"]

    def shape(self, path):
        return self.graph.nodes[path].type.shape

    @property
    def output(self):
        return self.graph.outputs[0].value.type.shape


def framed(steps, before="", image="3, H = 32, W = 32"):
    body = "\n    ".join(line for step in steps for line in step.split("\n"))
    return f"{before}\nnetwork n {{\n    input image[{image}]\n    {body}\n}}\n"


@pytest.fixture
def text():
    """Elaborates the network `n` of a whole text."""

    def run(written, name="n", *, at=None, limits=DEFAULT_LIMITS, arguments=None):
        program = Program(None)
        module = program.load(Source("n.arch", written))
        if module is None or name not in module.networks:
            return Elaborated(None, program)
        result = elaborate(
            module.networks[name], at=at, limits=limits, arguments=arguments, cite=module.cite
        )
        return Elaborated(result, program)

    return run


@pytest.fixture
def steps(text):
    """Elaborates a network of these steps on an image of 32 × 32, which must have no errors."""

    def run(*written, before="", image="3, H = 32, W = 32", **more):
        found = text(framed(written, before, image), **more)
        assert found.graph is not None, found.messages
        return found

    return run


@pytest.fixture
def wrong(text):
    """Elaborates a network of these steps, which must have errors; gives its findings."""

    def run(*written, before="", image="3, H = 32, W = 32", **more):
        found = text(framed(written, before, image), **more)
        assert found.graph is None or found.codes, "nothing was found"
        return found

    return run
