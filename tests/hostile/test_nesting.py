"""Depth: brackets, operators, bodies, chains, calls."""

import pytest

HEAD = "network n {\n    input x[3, H = 8, W = 8]\n"


def network(body):
    return f"{HEAD}    {body}\n}}\n"


@pytest.mark.parametrize("bracket", ["(", "[", "{"])
@pytest.mark.parametrize("number", [201, 300, 5_000, 100_000])
def test_open_brackets(refused, bracket, number):
    refused(f"let a = \n{bracket * min(number, 60_000)}\n{bracket * max(0, number - 60_000)}")


@pytest.mark.parametrize(
    ("before", "after"), [("(", ")"), ("[", "]"), ("f(", ")"), ("-(", ")"), ("not (", ")")]
)
@pytest.mark.parametrize("depth", [250, 1_000, 5_000])
def test_balanced_brackets(refused, before, after, depth):
    refused(f"let a =\n{before * depth}1{after * depth}\n{network('conv(a, 3x3)')}", "E0320")


@pytest.mark.parametrize("depth", [1, 50, 150])
def test_brackets_within_the_limit(accepted, depth):
    accepted(f"let a = {'(' * depth}1{')' * depth}\n{network('conv(a, 3x3)')}")


@pytest.mark.parametrize("terms", [500, 5_000, 20_000])
def test_a_flat_sum_is_not_deep(accepted, terms):
    written = "\n+ ".join(["1"] * terms)
    accepted(f"let a = {written}\n{network(f'conv(a - {terms - 1}, 3x3)')}")


def test_a_sum_beyond_the_steps(refused):
    written = "\n+ ".join(["1"] * 200_000)
    refused(f"let a = {written}\n{network('conv(a, 3x3)')}", "E0310")


@pytest.mark.parametrize("operator", ["-", "not "])
@pytest.mark.parametrize("number", [300, 20_000])
def test_a_chain_of_prefixes(refused, operator, number):
    written = "\n".join([operator * 100] * (number // 100))
    refused(f"let a = {written} 1\n{network('conv(a, 3x3)')}")


def test_powers_group_from_the_right(refused):
    refused(f"let a = {' ** '.join(['1'] * 5_000)}\n{network('conv(a, 3x3)')}")


@pytest.mark.parametrize(
    "opener", ["repeat 1 {", "if true {", "stage s {", "for a in [1] {", "add { |"]
)
@pytest.mark.parametrize("depth", [250, 1_000, 5_000])
def test_nested_bodies(refused, opener, depth):
    refused(network("\n".join([opener] * depth) + " relu " + "}\n" * depth), "E0320")


@pytest.mark.parametrize("opener", ["repeat 1 {", "if true {", "for a{} in [1] {{", "add {{ |"])
def test_bodies_within_the_limit_are_built(accepted, opener):
    depth = 90
    openers = "\n".join(opener.replace("{}", str(i)).replace("{{", "{") for i in range(depth))
    accepted(network(openers + " relu " + "}\n" * depth))


def test_else_if_is_not_nesting(accepted):
    arms = " else ".join(f"if {i} == 3 {{ relu }}" for i in range(150))
    accepted(network(arms))


def test_blocks_in_blocks(refused):
    blocks = "".join(f"block b{i} {{ b{i + 1} }}\n" for i in range(2_000))
    refused(f"{blocks}block b2000 {{ relu }}\n{network('b0')}", "E0302")


def test_functions_in_functions(refused):
    functions = "".join(f"def f{i}(x) = f{i + 1}(x)\n" for i in range(2_000))
    refused(f"{functions}def f2000(x) = x\n{network('conv(f0(1), 3x3)')}", "E0311")


def test_constants_in_constants(archc, here):
    lets = "".join(f"let a{i} = a{i + 1} + 1\n" for i in range(3_000))
    (here / "case.arch").write_text(f"{lets}let a3000 = 1\n{network('conv(a0, 3x3)')}")
    ran = archc("check", "case.arch")

    assert ran.status in (0, 1)
    assert "internal" not in ran.err


def test_instances_of_instances(refused):
    instances = "".join(f"network m{i} = m{i + 1}()\n" for i in range(200))
    refused(f"{instances}network m200 {{\n    input x[1]\n    relu\n}}\n", "E0302")


@pytest.mark.parametrize("body", ["b(k - 1)", "if k > 0 { b(k - 1) }", "repeat k { b(k - 1) }"])
def test_recursion(refused, body):
    refused(f"block b(k) {{ {body} }}\n{network('b(1_000_000_000)')}")


def test_a_long_chain_is_built(accepted):
    accepted(network("\n".join(["relu"] * 20_000)), command=("check", "--max-nodes", "30000"))


def test_a_long_arrow_chain_is_built(accepted):
    accepted(network("\n-> ".join(["relu"] * 3_000)))


def test_a_long_list_of_declarations(refused):
    refused("".join(f"let a{i} = {i}\n" for i in range(10_001)), "E0304")
