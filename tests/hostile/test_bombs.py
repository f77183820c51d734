"""Small texts that ask for a great deal."""

import pytest


def network(body, before=""):
    return f"{before}network n {{\n    input x[3, H = 8, W = 8]\n    {body}\n}}\n"


def nested(opener, depth, body="relu"):
    return opener * depth + body + " }" * depth


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (network("repeat 1_000_000_000 { relu }"), "E0301"),
        (network("repeat 1_000_000_000_000_000_000 { relu }"), "E0301"),
        (network("repeat 1_000_000_000 {}"), None),
        (network("repeat 10 ** 4000 { relu }"), None),
        (network(nested("repeat 1000 { ", 3)), None),
        (network(nested("repeat 2 { ", 60)), None),
        (network(nested("repeat 2 { ", 60, "")), None),
        (network(nested("for a in range(1000) { ", 1, nested("for b in range(1000) { ", 1))), None),
        (
            network(
                "b64",
                "block b0 { relu }\n"
                + "".join(f"block b{i + 1} {{ b{i} -> b{i} }}\n" for i in range(64)),
            ),
            None,
        ),
        (
            network(
                "b24",
                "block b0 { relu }\n"
                + "".join(f"block b{i + 1} {{ b{i} -> b{i} }}\n" for i in range(24)),
            ),
            None,
        ),
        (
            network(
                "conv(len(a9), 3x3)",
                "let a0 = [0] * 10\n"
                + "".join(f"let a{i + 1} = {' + '.join([f'a{i}'] * 10)}\n" for i in range(9)),
            ),
            None,
        ),
        (network("conv(len(range(10 ** 12)), 3x3)"), None),
        (network("conv(len([0] * 10 ** 9), 3x3)"), None),
        (network("conv(len([[0] * 1000] * 1000 + [1]) * 0 + sum([0] * 10 ** 7), 3x3)"), None),
        (network("conv(sum([a * b for a in range(10000) for b in range(10000)]), 3x3)"), None),
        (
            network("repeat 80 { concat { | skip | skip } }"),
            "E0308",
        ),
        (network("conv(9 ** 9 ** 9 ** 9, 3x3)"), "E0305"),
        (network("conv(2 ** 10_000_000_000, 3x3)"), "E0305"),
        (network("conv(int(2 ** 0.5 ** -10_000), 3x3)"), None),
        (
            network(
                "conv(a70, 3x3)",
                "let a0 = 2\n" + "".join(f"let a{i + 1} = a{i} * a{i}\n" for i in range(70)),
            ),
            "E0305",
        ),
        (
            network(
                "conv(f(60), 3x3)",
                "def f(n) = if n < 2 then 1 else f(n - 1) + f(n - 2)\n",
            ),
            None,
        ),
        (network("b(1_000_000_000)", "block b(k) { if k > 0 { relu -> b(k - 1) } }\n"), "E0302"),
        (network('stage "{s}" { relu }', 'let s = "a" * 10 ** 9\n'), None),
        (network("conv(4_000_000_000_000, 4_000_000_000_000)"), None),
        (network("linear(9_223_372_036_854_775_807)"), None),
        (network("upsample(1_000_000_000_000)"), None),
        (network("pad(10 ** 18)"), None),
        (network("conv_transpose(8, 3x3, stride=10 ** 18)"), None),
        (network("reshape(" + "1, " * 100 + "192)"), None),
        (network("drop_path(0.5)" + " -> chunk(3) as a, b, c -> add(a)" * 2), None),
    ],
    ids=lambda value: " ".join(str(value).split())[-60:],
)
def test_is_refused_before_it_grows(refused, text, code):
    refused(text, code)


def test_an_amplification_is_refused_and_can_be_allowed(refused, archc):
    text = network("for a in range(150) { for b in range(100) { relu } }")
    ran = refused(text, "E0303")

    assert "--max-nodes" in ran.err
    assert archc("check", "case.arch", "--max-nodes", "20000").status == 0


def test_imports_that_double_are_each_read_once(accepted, here):
    for i in range(40):
        (here / f"f{i}.arch").write_text(
            f'from "./f{i + 1}.arch" import b{i + 1}\nblock b{i} {{ b{i + 1} }}\n'
            if i < 20
            else f"block b{i} {{ relu }}\n"
        )
    accepted(f'from "./f0.arch" import b0\n{network("b0")}')


def test_a_large_linear_layer_costs_nothing_to_check(archc, here):
    (here / "case.arch").write_text(
        "network n {\n    input x[1_000_000]\n    linear(1_000_000)\n}\n"
    )
    ran = archc("cost", "case.arch")

    assert ran.status == 0
    assert "1,000,001,000,000" in ran.out


def test_a_join_of_fifty_thousand_inputs(accepted):
    names = [f"a{i}" for i in range(3_000)]
    body = "".join(f"from x -> relu as {name}\n" for name in names)
    accepted(network(f"{body}from x -> add(\n{', '.join(names)})"))


def test_a_value_with_many_consumers(accepted):
    paths = "\n".join(["| relu"] * 5_000)
    accepted(network(f"add {{ {paths} }}"))


def test_many_parameters(accepted):
    parameters = ",\n".join(f"p{i} = {i}" for i in range(5_000))
    accepted(f"block b({parameters}) {{ relu }}\n{network('b')}")


def test_many_misses_with_many_candidates(refused):
    lets = "".join(f"let candidate_name_{i:05} = {i}\n" for i in range(1_000))
    misses = "\n".join(f"candidate_nmae_{i:05}" for i in range(500))
    ran = refused(f"{lets}{network(misses)}", "E0401")

    assert ran.err.count("error[") == 20


def test_a_dense_block_of_48(accepted):
    accepted(network("repeat 48 { concat { | skip | conv(12, 1x1) -> conv(4, 3x3) } }"))
