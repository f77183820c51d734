"""Characters and words that look like the language and are not it."""

import pytest


def network(line):
    return f"network n {{\n    input x[3, H = 8, W = 8]\n    {line}\n}}\n"


@pytest.mark.parametrize(
    "line",
    [
        'conv(8, 3x3) as "unterminated',
        'stage "open { relu }',
        "conv(8, 1e400)",
        "conv(8, 1e5)",
        "conv(8, nan)",
        "conv(8, inf)",
        "dropout(-inf)",
        "conv(٣, 3x3)",
        "conv(8², 3x3)",
        "conv(\uff11, 3x3)",
        "conv(8, 3×3)",
        "conv(8, 3x3, stride\uff1d2)",
        "conv(8 − 1, 3x3)",
        "conv(“8”, 3x3)",
        "conv(\u20188\u2019, 3x3)",
        "conv('8', 3x3)",
        "conv(8; 3x3)",
        "conv(8\u037e 3x3)",
        "conv(8, 3x3) → relu",
        "conv(8, 3x3) => relu",
        "conv(8, 3x3) - > relu",
        "conv(4.1 G, 3x3)",
        "conv(2x, 3x3)",
        "conv(0x10, 3x3)",
        "conv(1__0, 3x3)",
        "conv(1_, 3x3)",
        "conv(.5, 3x3)",
        "conv(5., 3x3)",
        "conv(3xx3, 1)",
        "conv(1%, 3x3)",
        "conv(8, 3x3)!",
        "conv(8, 3x3) ?",
        "conv(8, 3x3) \\ relu",
        "conv(8, 3x3) `relu`",
        "conv(8 = 8, 3x3)",
        "conv(8 === 8, 3x3)",
        "conv(8 <> 8, 3x3)",
        "conv(8 && 8, 3x3)",
        "conv(1 << 99999999999, 3x3)",
        "conv(8, 3x3) and",
        "ﬁre",
        "reLu\u0301",
        "r\u0435lu",
        "\u03c1elu",
        "$relu",
        "@relu",
        "relu()()",
        "if = 3",
        "let if = 3",
        "relu as for",
        "stage for { relu }",
    ],
)
def test_what_is_not_the_language_is_refused_in_its_line(refused, line):
    ran = refused(network(line))

    assert ran.err.startswith("case.arch:3:")


@pytest.mark.parametrize(
    ("line", "suggestion"),
    [
        ("conv(8, 3×3)", "write `3x3`"),
        ("conv(8, 3x3, stride\uff1d2)", "write `=`"),
        ("conv(8 − 1, 3x3)", "write `-`"),
        ("conv(“8”, 3x3)", 'write `"8"`'),
        ("conv(8, 3x3) → relu", "write `->`"),
        ("conv(8\u037e 3x3)", "greek question mark"),
    ],
)
def test_a_look_alike_is_named(refused, line, suggestion):
    ran = refused(network(line))

    assert suggestion in ran.err


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("}" * 10_000, id="closers"),
        pytest.param("{" * 150, id="openers"),
        pytest.param("+ - * / -> | , = < > " * 500, id="operators"),
        pytest.param("@ § $ ? ! " * 1_000, id="strangers"),
        pytest.param(
            "network n { input x[1]\n" + "relo\n" * 10_000 + "}", id="ten thousand errors"
        ),
        pytest.param("relu " * 10_000, id="steps outside"),
        pytest.param("network " * 5_000, id="one word"),
        pytest.param("| " * 5_000, id="bars"),
        pytest.param("a" * 200 + " = ", id="a lone assignment"),
        pytest.param("a." * 3_000 + "a", id="dots"),
        pytest.param('"' * 9_999, id="quotes"),
        pytest.param("#\n" * 5_000 + "(", id="comments"),
        pytest.param("network n {" * 190, id="networks in networks"),
        pytest.param("0x" * 3_000, id="sizes"),
        pytest.param("1" + "x1" * 120, id="a long size"),
        pytest.param("1_" * 120, id="underscores"),
        pytest.param("-" * 5_000 + "1", id="minus"),
    ],
)
def test_soup_takes_a_moment_and_twenty_messages(refused, text):
    refused(text)


def test_what_is_left_over_is_counted(refused):
    ran = refused("network n {\n    input x[1]\n" + "    relo\n" * 1_000 + "}\n", "E0401")

    assert ran.err.count("error[") == 20
    assert ran.err.endswith("... and 980 more errors\n")


def test_every_prefix_of_a_file_is_diagnosed_or_fine(archc, here):
    text = (
        'cite "A" 2000 "T"\nlet cb = conv(bias=false) -> batch_norm\n'
        "block b(out, stride = 1) {\n    add {\n        | cb(out, 3x3, stride=stride) -> relu\n"
        "        | when stride == 1: skip\n    }\n}\n"
        "network n(c: int in [3, 5] = 3) {\n    input x[3, H = 8, W = 8] where H % 2 == 0\n"
        '    for i, k in enumerate([1, 2]) { stage "s{i + 1}" { repeat k { b(3) } } }\n'
        '    expect params ~ 1K within 90%, s1.shape == [3, 8, 8] "t"\n}\n'
    )
    for end in range(len(text)):
        (here / "p.arch").write_text(text[:end])
        ran = archc("check", "p.arch")
        assert ran.status in (0, 1), (end, ran.err)
        if ran.status:
            assert ran.err.startswith("p.arch:"), (end, ran.err)
            assert ": error[E" in ran.err.splitlines()[0]


def test_every_deletion_of_a_character_is_diagnosed_or_fine(archc, here):
    text = (
        "block b(out, stride = 1) {\n    add { | conv(out, 3x3, stride=stride) | skip }\n}\n"
        "network n {\n    input x[3, H = 8, W = 8]\n    stage s { repeat 2 { b(3) } }\n"
        "    expect s.shape == [3, 8, 8]\n}\n"
    )
    for at in range(len(text)):
        (here / "p.arch").write_text(text[:at] + text[at + 1 :])
        ran = archc("check", "p.arch")
        assert ran.status in (0, 1), (at, ran.err)
        assert "internal" not in ran.err
