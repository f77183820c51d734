"""Names that are missing, taken, reserved, or look like others."""

import ast

import pytest


def network(body):
    return f"network n {{\n    input x[3, H = 8, W = 8]\n    {body}\n}}\n"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (network("cnov(8, 3x3)"), "E0401"),
        (network("conv(width, 3x3)"), "E0401"),
        (network("conv(b, 3x3)\n    let b = 3"), "E0401"),
        (network("add(c)\n    conv(3, 3x3) as c"), "E0401"),
        (network("add(c) as c"), "E0401"),
        (network("from nowhere"), "E0401"),
        (network('concat("no where")'), "E0404"),
        (network('concat("enc1")'), "E0404"),
        (network("let a = a"), "E0401"),
        (f"let a = b\nlet b = a\n{network('conv(a, 3x3)')}", "E0418"),
        (f"let a = a\n{network('conv(a, 3x3)')}", "E0418"),
        ("network n = n()\n", "E0418"),
        ("network n = m()\nnetwork m = n()\n", "E0418"),
        ("network n = relu()\n", "E0408"),
        ("network n = missing()\n", "E0401"),
        (f"let a = 1\nlet a = 2\n{network('relu')}", "E0402"),
        (f"block b {{ relu }}\nblock b {{ tanh }}\n{network('b')}", "E0402"),
        (network("relu") + network("tanh"), "E0402"),
        (f"let n = 1\n{network('relu')}", "E0402"),
        (f"let a = 1\n{network('let a = 2')}", "E0403"),
        (network("let x = 2"), "E0403"),
        (network("relu as a\n    add(a) as a"), "E0405"),
        (network("stage s { relu }\n    stage s { relu }"), "E0405"),
        (network("stage s { relu }\n    relu as s"), "E0405"),
        (network("add { | a: relu | a: tanh }"), "E0405"),
        (network("conv(3, 3x3) as class_\n    add(class_) as class_"), "E0405"),
        ("network n {\n    relu\n}\n", "E0407"),
        ("network n {}\n", "E0407"),
        ("network n {\n    input x[1]\n    input x[1]\n    relu\n}\n", None),
        (network("relu\n    from x -> tanh"), "E0406"),
        (network("8"), None),
        (network("x"), "E0409"),
        (network("n"), None),
        (network("len(3)"), "E0409"),
        (network("stage s { input y[3] }"), "E0417"),
        (network('stage "{1}" { relu }'), "E0414"),
        (network('stage "a b" { relu }'), "E0414"),
        (network('stage "" { relu }'), None),
        (network('stage "../up" { relu }'), "E0414"),
        (network("output output { relu }"), None),
        (network("chunk(3) as a, b, c, d"), "E0413"),
        (network("expect parms == 0"), None),
        (network("expect nowhere.params == 0"), None),
        (network("expect params"), "E0802"),
        (network("expect params ~ params"), "E0802"),
        ("block b { expect params == 0 }\n" + network("b"), "E0801"),
        ("block b(a, a) { relu }\n" + network("b(1, 2)"), None),
        (network("share s = relu -> s"), None),
        ("block b(act: layr = relu) { act }\n" + network("b"), None),
    ],
    ids=lambda value: " ".join(str(value).split())[-60:],
)
def test_is_refused(refused, text, code):
    refused(text, code)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (network("cnov(8, 3x3)"), "conv"),
        (network("Conv2d(8, 3x3)"), "conv"),
        (network("conv(8, 3x3, strid=2)"), "stride"),
        (network("BatchNorm2d"), "batch_norm"),
        (network("conv(8, 3x3) as left\n    from lefft"), "left"),
        ('from "std" import bottelneck\n' + network("relu"), "bottleneck"),
        ("block b(act: layr = relu) { act }\n" + network("b"), "layer"),
    ],
)
def test_did_you_mean(refused, text, meant):
    assert f"help: did you mean `{meant}`?" in refused(text).err


RESERVED_IN_PYTHON = [
    "forward", "training", "self", "torch", "class", "None", "True", "def", "lambda", "half",
    "type", "train", "eval", "add_module", "state_dict", "_modules", "__class__", "__init__",
    "__w", "nn", "F", "x", "super", "range", "print", "exec", "match", "case", "append", "Module",
]  # fmt: skip


@pytest.mark.parametrize("name", RESERVED_IN_PYTHON)
def test_a_name_that_python_needs_is_renamed(archc, here, name):
    (here / "case.arch").write_text(
        f"network n {{\n    input image[3, H = 8, W = 8]\n    conv(4, 3x3) as {name}\n}}\n"
    )
    ran = archc("compile", "case.arch")

    if ran.status == 1:
        assert ran.err.startswith("case.arch:3:")
        return
    assert ran.status == 0, ran.err
    ast.parse(ran.out)
    assert not any(isinstance(node, ast.Global) for node in ast.walk(ast.parse(ran.out)))


@pytest.mark.parametrize("name", ["forward", "torch", "nn", "F", "class_", "Module", "super"])
@pytest.mark.parametrize(
    "frame",
    [
        "block {0}(c) {{ conv(c, 3x3) -> relu }}\nnetwork n {{ input i[3, H = 8, W = 8]\n {0}(4) -> {0}(4) }}\n",
        "network {0} {{ input i[3, H = 8, W = 8]\n conv(4, 3x3) }}\n",
        "network n({0} = 4) {{ input i[3, H = 8, W = 8]\n conv({0}, 3x3) }}\n",
        "network n {{ input {0}[3, H = 8, W = 8]\n conv(4, 3x3) }}\n",
        "network n {{ input i[3, H = 8, W = 8]\n stage {0} {{ conv(4, 3x3) }} }}\n",
        "network n {{ input i[3, H = 8, W = 8]\n conv(4, 3x3)\n output {0} {{ conv(2, 1x1) }} }}\n",
    ],
)
def test_names_of_all_sorts_become_python(archc, here, frame, name):
    (here / "case.arch").write_text(frame.format(name))
    ran = archc("compile", "case.arch")

    assert ran.status == 0, ran.err
    ast.parse(ran.out)


def test_a_value_never_used_is_a_warning(accepted):
    ran = accepted(network("relu as spare\n    from x -> tanh"))

    assert ": warning[W0401]: " in ran.err


def test_files_of_networks_that_differ_in_capitals_do_not_collide(archc, here):
    (here / "case.arch").write_text(
        "network unit {\n    input x[1]\n    relu\n}\nnetwork UNIT {\n    input x[1]\n    relu\n}\n"
    )
    ran = archc("compile", "case.arch", "-o", "out/")

    assert ran.status == 2
    assert not (here / "out").exists()
