import pytest

import archdsl
from archdsl.backend.allow import Forbidden, Known, check
from archdsl.backend.python import emit

NETWORK = """
block unit(out, n: int = 1, gate: bool = false) {
    repeat n { conv(out, 3x3) -> batch_norm }
    if gate { add { | skip | sigmoid } }
    drop_path(0.1)
}
network net {
    input x[3, H = 8, W = 8]
    unit(4) as a -> unit(8, 3, true) as b
    stage s { conv(4, 1x1) -> chunk(2) as l, r
              from l -> add(r) -> flatten }
    output s
    output t when training { linear(2) }
    from b -> relu
}
"""


@pytest.fixture(params=["modules", "flat"])
def source(request):
    return emit(archdsl.loads(NETWORK).graph, request.param)


def changed(text, here, instead):
    """The text with something else in place of what stands in a class of its own, else anywhere."""
    own = text.index("class Unit(")
    head, tail = (text[:own], text[own:]) if here in text[own:] else ("", text)
    assert here in tail
    return head + tail.replace(here, instead, 1)


def test_emitted_code_passes(source):
    assert check(source.text, source.known).body


HOSTILE = [
    ("super().__init__()", "super().__init__(); import os"),
    ("super().__init__()", "super().__init__(); __import__('os').system('true')"),
    ("super().__init__()", "super().__init__(); open('f', 'w')"),
    ("super().__init__()", "super().__init__(); exec('1')"),
    ("super().__init__()", "super().__init__(); getattr(self, '__class__')"),
    ("super().__init__()", "super().__init__(); getattr(nn, 'Module')"),
    ("super().__init__()", "super().__init__(); self.__class__ = 1"),
    ("super().__init__()", "super().__init__(); self.load_state_dict(1)"),
    ("super().__init__()", "super().__init__(); self.x = torch.load('f')"),
    ("super().__init__()", "super().__init__(); self.x = torch.ops.load_library('f')"),
    ("super().__init__()", "super().__init__(); self.x = nn.Upsample(2)"),
    ("super().__init__()", "super().__init__(); self.x = F"),
    ("super().__init__()", "super().__init__(); self.x = lambda: 0"),
    ("super().__init__()", "super().__init__(); self.x = [i for i in (1, 2)]"),
    ("super().__init__()", "super().__init__(); self.x = f'{1}'"),
    ("super().__init__()", "super().__init__(); self.x = b''"),
    ("super().__init__()", "super().__init__(); self.x = 1j"),
    ("super().__init__()", "super().__init__(); self.x = (y := 1)"),
    ("super().__init__()", "super().__init__(); self.x: int = 1"),
    ("super().__init__()", "super().__init__(); self.x = self.y.__dict__"),
    ("super().__init__()", "super().__init__(); torch = 1"),
    ("super().__init__()", "super().__init__(); range = 1"),
    ("super().__init__()", "super().__init__(); global y"),
    ("super().__init__()", "super().__init__(); assert self"),
    ("super().__init__()", "super().__init__(); raise ValueError"),
    ("super().__init__()", "super().__init__(); yield 1"),
    ("super().__init__()", "super().__init__(); isinstance(self, nn.Module)"),
    ("super().__init__()", "super().__init__(); isinstance(nn, (nn.Conv2d, nn.Linear))"),
    ("super().__init__()", "super().__init__(); self.x = self is not 1"),
    ("super().__init__()", "super().__init__(); self.x = self is None"),
    ("def forward(self, x)", "def forward(self, *x)"),
    ("def forward(self, x)", "def forward(self, x: int)"),
    ("def forward(self, x)", "def forward(self, x=print())"),
    ("def forward(self, x)", "def forward(self, torch)"),
    ("def forward(self, x)", "async def forward(self, x)"),
    ("def forward(self, x)", "def __call__(self, x)"),
    ("class Net(nn.Module):", "class Net(nn.Module, metaclass=type):"),
    ("class Net(nn.Module):", "class Net(object):"),
    ("class Net(nn.Module):", "@torch.no_grad()\nclass Net(nn.Module):"),
    ("import torch", "import torch\nimport os"),
    ("import torch", "from os import *"),
    ("class DropPath(nn.Module):", "class DropPath(nn.Module):\n    import os\n"),
    ("keep / (1 - p)", "keep / (1 + p)"),
]


@pytest.mark.parametrize(("here", "instead"), HOSTILE, ids=[h[1][-40:] for h in HOSTILE])
def test_what_the_emitter_never_writes_is_refused(here, instead):
    source = emit(archdsl.loads(NETWORK).graph)
    with pytest.raises(Forbidden):
        check(changed(source.text, here, instead), source.known)


def test_a_refusal_says_where_and_what():
    source = emit(archdsl.loads(NETWORK).graph)
    text = changed(source.text, "super().__init__()", "print('\u202e')")
    number = text[: text.index("print")].count("\n") + 1

    with pytest.raises(Forbidden, match=rf"line {number}: emitted code never holds .*\\u202e"):
        check(text, source.known)


def test_no_names_of_pytorch_but_those_of_the_definitions(source):
    with pytest.raises(Forbidden, match="Conv2d"):
        check(source.text, Known(source.known.targets - {"nn.Conv2d"}, source.known.sources))


def test_no_helpers_but_those_of_the_definitions(source):
    with pytest.raises(Forbidden):
        check(source.text, Known(source.known.targets, ()))


def test_no_python_at_all():
    with pytest.raises(Forbidden, match="the text is no Python"):
        check("class", Known())
    with pytest.raises(Forbidden, match="the text is no Python"):
        check("\0", Known())
