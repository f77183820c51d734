"""Weights from and to files: what is loaded, what is refused, and that nothing changes then."""

import json
import os
import random
import struct

import pytest

import archdsl

torch = pytest.importorskip("torch")

from safetensors.torch import load_file, save_file  # noqa: E402 - it needs torch

from archdsl.backend.weights import load, stored  # noqa: E402
from archdsl.backend.weights_check import WeightsRefused  # noqa: E402

BASE = """
network base(classes = 10) {
    input image[3, H = 16, W = 16]
    stage a { repeat 2 { conv(8, 3x3, bias=false) -> batch_norm -> relu } }
    global_avg_pool -> linear(classes) as fc
}
"""

NAMED = BASE + 'network n = base() { weights "w.safetensors" }\n'


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "archdsl.toml").touch()
    (tmp_path / "n.arch").write_text(NAMED)
    return tmp_path


@pytest.fixture
def state(folder):
    """The state of a network of the base, in a file beside the text."""
    state = archdsl.load(folder / "n.arch", "base").compile(seed=7).state_dict()
    save_file(state, folder / "w.safetensors")
    return state


def equal(left, right):
    return left.keys() == right.keys() and all(
        left[key].dtype == right[key].dtype and torch.equal(left[key], right[key]) for key in right
    )


def refused(network, **options):
    """The codes and messages of a build that is refused."""
    with pytest.raises(archdsl.DiagnosticError) as raised:
        network.compile(**options)
    return [(d.code, d.message) for d in raised.value.diagnostics]


@pytest.mark.parametrize("style", ["modules", "flat"])
def test_a_file_is_loaded_by_key(folder, state, style):
    made = archdsl.load(folder / "n.arch", "n").compile(seed=1, style=style)

    assert equal(made.state_dict(), state)


def test_only_building_opens_the_file(folder):
    network = archdsl.load(folder / "n.arch", "n")

    assert network.check() == ()
    assert network.cost().params == archdsl.load(folder / "n.arch", "base").cost().params
    assert "nn.Module" in network.emit().text
    assert refused(network) == [("E0901", "`w.safetensors` cannot be read: there is no such file")]


def test_what_is_written_is_read_again(folder):
    other = archdsl.load(folder / "n.arch", "base")
    made = other.compile(seed=2)
    (folder / "w.safetensors").write_bytes(stored(made, "base", "1.2"))

    assert equal(load_file(folder / "w.safetensors"), made.state_dict())
    assert equal(archdsl.load(folder / "n.arch", "n").compile().state_dict(), made.state_dict())


def test_bytes_depend_on_the_state_alone(folder):
    network = archdsl.load(folder / "n.arch", "base")
    one = stored(network.compile(seed=2), "base", "1.2")
    other = stored(network.compile(seed=2, style="flat"), "base", "1.2")
    length = int.from_bytes(one[:8], "little")

    assert one == other
    assert length % 8 == 0
    assert list(json.loads(one[8 : 8 + length])["__metadata__"].items()) == [
        ("archdsl", "1.2"),
        ("network", "base"),
    ]


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64"])
def test_a_file_may_have_the_dtype_that_is_built(folder, dtype):
    network = archdsl.load(folder / "n.arch", "base")
    half = network.compile(seed=4, dtype=dtype)
    (folder / "w.safetensors").write_bytes(stored(half, "base", "1"))
    named = archdsl.load(folder / "n.arch", "n")

    assert equal(named.compile(dtype=dtype).state_dict(), half.state_dict())
    assert {code for code, _ in refused(named)} == {"E0906"}


def test_the_texts_dtype_becomes_the_one_that_is_built(folder, state):
    made = archdsl.load(folder / "n.arch", "n").compile(dtype="float16").state_dict()

    assert torch.equal(made["fc.weight"], state["fc.weight"].half())


def test_the_path_is_relative_to_the_declaring_file(folder, state):
    below = folder / "specs"
    below.mkdir()
    (below / "m.arch").write_text('from "../n.arch" import n\nnetwork m = n()\n')

    assert equal(archdsl.load(below / "m.arch", "m").compile().state_dict(), state)


def test_a_text_without_a_place_can_name_no_file():
    network = archdsl.loads(NAMED, "n")

    assert refused(network) == [("E0901", "a text without a place on disk can name no file")]


@pytest.mark.usefixtures("state")
def test_links_and_folders_are_refused(folder, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "w.safetensors"
    (folder / "w.safetensors").replace(elsewhere)
    (folder / "w.safetensors").symlink_to(elsewhere)
    with pytest.raises(archdsl.DiagnosticError, match="symbolic link leads out of the root"):
        archdsl.load(folder / "n.arch", "n")

    (folder / "w.safetensors").unlink()
    (folder / "w.safetensors").mkdir()
    network = archdsl.load(folder / "n.arch", "n")
    assert refused(network)[0][0] == "E0901"

    (folder / "w.safetensors").rmdir()
    os.mkfifo(folder / "w.safetensors")
    assert "it is a pipe" in refused(network)[0][1]


def test_later_files_win(folder, state):
    text = NAMED + 'network later = n() { weights "later.safetensors" }\n'
    (folder / "n.arch").write_text(text)
    later = {key: tensor + 1 for key, tensor in state.items()}
    save_file(later, folder / "later.safetensors")

    assert equal(archdsl.load(folder / "n.arch", "later").compile().state_dict(), later)


def test_nothing_changes_where_one_of_two_files_does_not_fit(folder, state):
    text = NAMED + 'network later = n() { weights "later.safetensors" }\n'
    (folder / "n.arch").write_text(text)
    wrong = {**state, "fc.bias": torch.zeros(3)}
    save_file(wrong, folder / "later.safetensors")
    network = archdsl.load(folder / "n.arch", "later")
    own = {key: torch.full_like(tensor, 5) for key, tensor in state.items()}

    with pytest.raises(WeightsRefused) as raised:
        load(network.graph, own)

    assert [d.code for d in raised.value.report.diagnostics] == ["E0905"]
    assert all((tensor == 5).all() for tensor in own.values())


def test_a_shared_layer_is_there_once(folder):
    text = """
network n {
    input image[4, H = 8, W = 8]
    share s = conv(4, 3x3)
    s -> relu -> s
    weights "w.safetensors"
}
"""
    (folder / "n.arch").write_text(text)
    state = {"s.weight": torch.ones(4, 4, 3, 3), "s.bias": torch.zeros(4)}
    save_file(state, folder / "w.safetensors")

    assert equal(archdsl.load(folder / "n.arch", "n").compile().state_dict(), state)


def test_a_header_may_be_as_long_as_a_pickle_begins(folder, state):
    filler = {"filler": "x" * 0x0480}
    save_file(state, folder / "w.safetensors", metadata=filler)
    content = (folder / "w.safetensors").read_bytes()
    length = int.from_bytes(content[:8], "little")
    text = content[8 : 8 + length].rstrip(b" ")
    text += b" " * ((0x0480 - len(text)) % 0x10000)
    assert len(text).to_bytes(8, "little").startswith(b"\x80\x04")
    (folder / "w.safetensors").write_bytes(
        len(text).to_bytes(8, "little") + text + content[8 + length :]
    )

    assert equal(archdsl.load(folder / "n.arch", "n").compile().state_dict(), state)


# What is no file of weights

TENSOR = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}


def header(content, data=b"", length=None):
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def with_tensor(**changed):
    return {"a": {**TENSOR, **changed}}


UNSOUND = {
    "empty": b"",
    "seven bytes": b"\0" * 7,
    "nothing but zeros": b"\0" * 8,
    "header beyond the file": header({}, length=2**63 - 1),
    "header of all ones": b"\xff" * 16,
    "header cut off": header({"a": TENSOR}, b"\0" * 8)[:30],
    "a large header": header(b" " * (2 * 1024 * 1024)),
    "a list": header([]),
    "a number": header(b"1"),
    "no JSON": header(b"{'a': 1}"),
    "no UTF-8": header(b'{"\xff": 1}'),
    "deep JSON": header(b"[" * 100_000),
    "a long number": header(b'{"a": ' + b"9" * 5000 + b"}"),
    "not a number": header(b'{"a": {"dtype": "F32", "shape": [NaN], "data_offsets": [0, 8]}}'),
    "a key twice": header(b'{"a": {}, "a": {}}'),
    "an entry that is none": header({"a": 3}),
    "no shape": header({"a": {"dtype": "F32", "data_offsets": [0, 8]}}),
    "an unknown dtype": header(with_tensor(dtype="F33"), b"\0" * 8),
    "a dtype that is none": header(with_tensor(dtype=["F32"]), b"\0" * 8),
    "a negative side": header(with_tensor(shape=[-2]), b"\0" * 8),
    "a side of half": header(with_tensor(shape=[2.5]), b"\0" * 8),
    "a side that is true": header(with_tensor(shape=[True, 2]), b"\0" * 8),
    "a huge side": header(with_tensor(shape=[2**62, 2**62]), b"\0" * 8),
    "offsets the wrong way": header(with_tensor(data_offsets=[8, 0]), b"\0" * 8),
    "three offsets": header(with_tensor(data_offsets=[0, 8, 8]), b"\0" * 8),
    "too few bytes for the shape": header(with_tensor(shape=[3]), b"\0" * 8),
    "a gap in front": header(with_tensor(data_offsets=[8, 16]), b"\0" * 16),
    "an overlap": header({"a": TENSOR, "b": {**TENSOR, "data_offsets": [4, 12]}}, b"\0" * 12),
    "bytes left over": header({"a": TENSOR}, b"\0" * 9),
    "cut off": header({"a": TENSOR}, b"\0" * 7),
    "a zip archive": b"PK\x03\x04" + b"\0" * 100,
    "a pickle": b"\x80\x04\x95" + b"\0" * 100,
    "a pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
}


@pytest.mark.parametrize("content", UNSOUND.values(), ids=UNSOUND)
def test_what_is_no_sound_file_is_refused(folder, content):
    (folder / "w.safetensors").write_bytes(content)
    ((code, message),) = refused(archdsl.load(folder / "n.arch", "n"))

    assert code == "E0902"
    assert message.startswith("`w.safetensors` is no sound safetensors file: ")


@pytest.mark.usefixtures("state")
def test_every_prefix_of_a_file_is_refused(folder):
    content = (folder / "w.safetensors").read_bytes()
    network = archdsl.load(folder / "n.arch", "n")
    for length in {*range(40), *range(40, len(content), 97), len(content) - 1}:
        (folder / "w.safetensors").write_bytes(content[:length])

        assert refused(network)[0][0] == "E0902", length


def test_damaged_files_are_refused_or_load(folder, state):
    """Bytes of the header changed at random: never a traceback, never a tensor of another form."""
    content = (folder / "w.safetensors").read_bytes()
    network = archdsl.load(folder / "n.arch", "n")
    length = int.from_bytes(content[:8], "little")
    draw = random.Random(0)
    codes = set()
    for _ in range(1_000):
        damaged = bytearray(content)
        for _ in range(draw.randint(1, 3)):
            damaged[draw.randrange(8 + length)] = draw.choice(b'0123456789"{}[],:-eEnF\x00\xff ')
        (folder / "w.safetensors").write_bytes(damaged)
        own = {key: tensor.clone() for key, tensor in state.items()}
        try:
            load(network.graph, own)
        except WeightsRefused as raised:
            codes |= {d.code for d in raised.report.diagnostics}
            assert equal(own, state)
        assert {k: t.shape for k, t in own.items()} == {k: t.shape for k, t in state.items()}

    assert {"E0902", "E0903", "E0904"} <= codes


def test_a_file_is_never_shown_as_it_is(folder):
    key = "\x1b[31m\u202e" + "x" * 100_000
    (folder / "w.safetensors").write_bytes(header({key: TENSOR}, b"\0" * 8))
    with pytest.raises(archdsl.DiagnosticError) as raised:
        archdsl.load(folder / "n.arch", "n").compile()
    shown = str(raised.value)

    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert len(shown) < 20_000
