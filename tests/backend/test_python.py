import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import archdsl
from archdsl.backend.python import emit

SPECS = Path(__file__).parents[2] / "specs"
CASES = Path(__file__).parents[1] / "cases" / "backend"

SMALL = [
    ("googlenet", "googlenet"),
    ("densenet", "densenet"),
    ("mobilenet", "mobilenet"),
    ("mobilenet", "efficient"),
    ("unet", "unet"),
    ("siamese", "siamese"),
    ("siamese", "pyramid"),
    ("shufflenet", "shufflenet"),
]


@pytest.mark.parametrize(
    ("file", "name"),
    [("lenet", "lenet5"), ("resnet", "resnet18"), ("resnet", "resnet50"), ("vgg", "vgg16_bn")],
)
def test_specs(golden, file, name):
    golden(archdsl.load(SPECS / f"{file}.arch", name).emit().text, "py.txt")


@pytest.mark.parametrize(("file", "name"), SMALL)
def test_modules(golden, case, file, name):
    golden(case(file, name).emit().text, "py.txt")


@pytest.mark.parametrize(("file", "name"), [("siamese", "siamese"), ("googlenet", "googlenet")])
def test_flat(golden, case, file, name):
    golden(case(file, name).emit("flat").text, "py.txt")


@pytest.mark.parametrize(
    ("name", "most"), [("resnet50", 119), ("resnet152", 119), ("resnet18", 110)]
)
def test_a_deep_network_is_a_short_file(name, most):
    assert archdsl.load(SPECS / "resnet.arch", name).emit().text.count("\n") <= most


def test_equal_graphs_give_equal_text(case):
    assert case("unet").emit().text == case("unet").emit().text


@pytest.mark.parametrize("style", ["modules", "flat"])
def test_the_text_does_not_depend_on_the_hash_seed(style):
    program = (
        "import sys, archdsl\n"
        "for file, name in (('googlenet', 'googlenet'), ('mobilenet', 'efficient')):\n"
        f"    sys.stdout.write(archdsl.load(f'{CASES}/{{file}}.arch', name).emit('{style}').text)\n"
    )
    texts = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(texts) == 1


def test_emission_does_not_import_torch():
    program = (
        "import sys, archdsl\n"
        f"archdsl.load('{CASES}/unet.arch', 'unet').emit()\n"
        "assert 'torch' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize("style", ["modules", "flat"])
def test_the_file_imports_only_torch_and_only_what_it_uses(case, style):
    tree = ast.parse(case("unet").emit(style).text)
    imported = {
        alias.asname or alias.name: ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}

    assert all("torch" in statement for statement in imported.values())
    assert imported.keys() <= used


@pytest.mark.parametrize("style", ["modules", "flat"])
def test_every_layer_has_the_line_that_runs_it(case, style):
    graph = case("unet").graph
    source = emit(graph, style)
    lines = source.text.splitlines()

    assert set(source.line_of_node) <= set(graph.nodes)
    written = {"conv_transpose": "deep", "concat": "torch.cat(", "crop": "crop2d("}
    for path, number in source.line_of_node.items():
        assert written.get(graph.nodes[path].layer.kind, "") in lines[number - 1]
    layers = {path for path, node in graph.nodes.items() if node.layer.kind != "input"}
    assert layers <= set(source.line_of_node)


def test_a_style_that_does_not_exist(case):
    with pytest.raises(ValueError, match="the styles are modules and flat"):
        case("unet").emit("dense")


HOSTILE = (
    'cite "x \\ y\u202e" 2020 "{z}\\" \n'
    "## a \\ doc {comment} \u2066 with 'quotes' and \\N{DASH}\n"
    "network n {\n    input x[3, H = 8, W = 8]\n    conv(4, 3x3)\n}\n"
)


@pytest.mark.parametrize("style", ["modules", "flat"])
def test_text_of_the_file_stays_within_the_docstring(style):
    text = archdsl.loads(HOSTILE, path='dir/a""" \u202e.arch').emit(style).text
    doc = ast.get_docstring(ast.parse(text), clean=False)

    assert "\u202e" not in text
    assert "\u2066" not in text
    assert "x \\ y\\u202e, 2020: {z}\\." in doc
    assert "a \\ doc {comment} \\u2066 with 'quotes' and \\N{DASH}" in doc
    assert 'a""" \\u202e.arch' in doc


def test_classes_of_one_name(emitted):
    text = emitted(
        "block net(c) { conv(c, 3x3) -> relu }\n"
        "block steps(c) { net(c) -> net(c) -> relu }\n"
        "network Net { input x[3, H = 8, W = 8]\n net(4) -> steps(8) }\n"
    )
    assert "class Net(nn.Module)" in text
    assert "class Net2(nn.Module)" in text
    assert "class Steps_(nn.Module)" in text


def test_classes_stand_behind_those_they_use(case):
    defined = set()
    for statement in ast.parse(case("googlenet").emit().text).body:
        if isinstance(statement, ast.ClassDef):
            used = {
                n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and n.id[0].isupper()
            }
            assert used - {"F"} <= defined | {"Steps"}
            defined.add(statement.name)
