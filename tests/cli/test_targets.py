import json
import os

import pytest

pytestmark = pytest.mark.usefixtures("here")


def names(ran):
    return [network["name"] for network in json.loads(ran.out)["networks"]]


def listed(archc, *words, **options):
    return archc("list", *words, "--format", "json", **options)


def test_a_file_gives_its_concrete_networks(archc):
    assert names(listed(archc, "two.arch")) == ["one", "two"]


def test_a_network_of_a_file(archc):
    assert names(listed(archc, "two.arch::two")) == ["two"]


def test_several_targets(archc):
    assert names(listed(archc, "small.arch", "two.arch::one")) == ["small", "one"]


def test_standard_input(archc, here):
    ran = listed(archc, "-", stdin=(here / "small.arch").read_text())

    assert names(ran) == ["small"]
    assert json.loads(ran.out)["networks"][0]["file"] == "<stdin>"


def test_a_folder_is_walked_in_order(archc, here):
    (here / "broken.arch").unlink()
    (here / "sub").mkdir()
    (here / "sub" / "a.arch").write_text("network deep {\n    input x[1]\n    relu\n}\n")
    (here / ".hidden").mkdir()
    (here / ".hidden" / "b.arch").write_text("not read")

    assert names(listed(archc, ".")) == ["failing", "small", "deep", "one", "two"]


def test_a_network_of_a_folder_leaves_other_files_alone(archc):
    ran = listed(archc, ".::small")

    assert names(ran) == ["small"]
    assert ran.status == 0


def test_a_name_that_a_folder_lacks_is_diagnosed(archc):
    ran = archc("cost", ".::smal")

    assert ran.status == 1
    assert ran.out == ""
    assert ran.err.startswith(
        ".:1:1: error[E0408]: no file of the folder declares a network `smal`"
    )
    assert "did you mean `small`?" in ran.err


def test_a_name_that_a_file_lacks_is_diagnosed(archc):
    ran = archc("cost", "two.arch::tow")

    assert ran.status == 1
    assert ran.err.startswith("two.arch:1:1: error[E0408]: ")
    assert "did you mean `two`?" in ran.err


def test_the_zoo(archc):
    assert "resnet50" in names(listed(archc))
    assert names(listed(archc, "zoo::lenet5")) == ["lenet5"]


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("missing.arch", "missing.arch: there is no such file"),
        ("small.arch/x.arch", "small.arch/x.arch: there is no such file"),
        ("", ": there is no such file"),
        ("a\0b", "a\\x00b: no file can have this name"),
        ("small.arch::", "`small.arch::` names no network behind `::`"),
        ("empty", "the folder `empty` has no .arch files"),
        ("blocks.arch", "blocks.arch declares no network that can be built as it stands"),
    ],
)
def test_what_is_no_target_is_usage(archc, target, says):
    ran = archc("cost", target)

    assert ran.status == 2
    assert ran.out == ""
    assert ran.err.startswith(f"archc: {says}")


def test_a_pipe_is_refused(archc, here):
    os.mkfifo(here / "pipe.arch")
    ran = archc("cost", "pipe.arch")

    assert ran == (
        3,
        "",
        "archc: cannot read pipe.arch: it is a pipe, not a regular file\n",
    )


def test_a_closed_standard_input(monkeypatch):
    from archdsl.cli.main import main

    monkeypatch.setattr("sys.stdin", None)

    assert main(["cost", "-"]) == 3


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file(archc, here):
    (here / "small.arch").chmod(0)

    assert archc("cost", "small.arch").status == 3


# -D


def output_shape(ran):
    return json.loads(ran.out)["networks"][0]["outputs"][0]["shape"]


def test_a_parameter_is_given_from_outside(archc):
    assert output_shape(listed(archc, "small.arch", "-D", "classes=17")) == [17]


def test_a_template_becomes_concrete(archc):
    assert output_shape(listed(archc, "two.arch::template", "-D", "width=6")) == [6, 8, 8]


@pytest.mark.parametrize(
    ("definition", "code"),
    [
        ("classes=true", "E0501"),
        ("classes=-1", "E0503"),
        ("classes=0.5", "E0501"),
        ("classe=10", "E0505"),
    ],
)
def test_a_value_that_does_not_suit_is_diagnosed(archc, definition, code):
    ran = archc("cost", "small.arch", "-D", definition)

    assert ran.status == 1
    assert ran.out == ""
    assert f": error[{code}]: " in ran.err.splitlines()[0]


def test_a_template_that_still_lacks_an_argument_is_diagnosed(archc):
    ran = archc("cost", "two.arch::template")

    assert ran.status == 1
    assert ran.err.startswith("two.arch:9:9: error[E0506]: `template` needs `width`")


@pytest.mark.parametrize(
    "definition",
    ["classes", "=3", "cl asses=3", "é=3", "classes=", "classes=1 2", "classes=conv", "classes=1+1",
     "classes=1\nlet b = 2", "classes=}", "classes=" + "9" * 400, "for=3", "classes=[1, x]"],
)  # fmt: skip
def test_what_is_no_name_and_literal_is_usage(archc, definition):
    ran = archc("cost", "small.arch", "-D", definition)

    assert ran.status == 2
    assert ran.out == ""
    assert ran.err.startswith("archc: ")


def test_a_parameter_given_twice_is_usage(archc):
    ran = archc("cost", "small.arch", "-D", "classes=1", "-D", "classes=2")

    assert ran == (2, "", "archc: -D gives `classes` twice\n")


# --at


def input_shape(ran):
    return json.loads(ran.out)["networks"][0]["inputs"][0]["shape"]


@pytest.mark.parametrize(
    "options", [["--at", "H=16,W=12"], ["--at", "H=16", "--at", "W=12"], ["--at=W=12,H=1_6"]]
)
def test_sizes_are_given_from_outside(archc, options):
    assert input_shape(listed(archc, "small.arch", *options)) == [3, 16, 12]


def test_a_size_that_no_input_has_is_diagnosed(archc):
    ran = archc("cost", "small.arch", "--at", "h=16")

    assert ran.status == 1
    assert ran.err.startswith("small.arch:2:9: error[E0419]: ")


def test_a_size_that_where_rules_out_is_diagnosed_there(archc, here):
    (here / "w.arch").write_text(
        "network n {\n    input image[3, H = 32, W = 32] where H % 32 == 0\n    relu\n}\n"
    )
    ran = archc("check", "w.arch", "--at", "H=40")

    assert ran.status == 1
    assert ran.err.startswith("w.arch:2:42: error[E0642]: ")


def test_a_size_that_a_layer_refuses_is_diagnosed_there(archc, here):
    (here / "c.arch").write_text(
        "network n {\n    input image[3, H = 8, W = 8]\n    conv(2, 5x5, padding=valid)\n}\n"
    )
    ran = archc("check", "c.arch", "--at", "H=3")

    assert ran.status == 1
    assert ran.err.startswith("c.arch:3:13: error[E0605]: ")


@pytest.mark.parametrize(
    "sizes",
    ["H", "H=", "=3", "H=0", "H=-1", "H=1.5", "H=x", "H=16,", "H=16,H=17", "H=9223372036854775808",
     "H=" + "9" * 5000, "H=1e3", "H=1__"],
)  # fmt: skip
def test_what_is_no_name_and_size_is_usage(archc, sizes):
    ran = archc("cost", "small.arch", "--at", sizes)

    assert ran.status == 2
    assert ran.out == ""
    assert ran.err.startswith("archc: --at")


# --root and --max-nodes


def test_the_root_bounds_imports(archc, here):
    (here / "inside").mkdir()
    (here / "inside" / "n.arch").write_text(
        'from "../blocks.arch" import b\nnetwork n {\n    input x[1]\n    b\n}\n'
    )
    (here / "pyproject.toml").write_text("")

    assert archc("check", "inside/n.arch").status == 0
    refused = archc("check", "inside/n.arch", "--root", "inside")
    assert refused.status == 1
    assert refused.err.startswith("inside/n.arch:1:6: error[E0702]: ")


def test_a_root_that_is_no_folder_is_usage(archc):
    ran = archc("check", "small.arch", "--root", "nowhere")

    assert ran == (2, "", "archc: --root: there is no folder `nowhere`\n")


def test_max_nodes_bounds_a_network(archc):
    ran = archc("check", "small.arch", "--max-nodes", "3")

    assert ran.status == 1
    assert ": error[E0301]: " in ran.err


def test_max_nodes_allows_more(archc, here):
    (here / "long.arch").write_text(
        "network n {\n    input x[1]\n    for a in range(150) { for b in range(100) { relu } }\n}\n"
    )

    assert archc("check", "long.arch").status == 1
    assert archc("check", "long.arch", "--max-nodes", "20000").status == 0


@pytest.mark.parametrize("number", ["0", "-1", "1000001", "many", "1.5", "", "9" * 5000])
def test_what_is_no_number_of_nodes_is_usage(archc, number):
    ran = archc("check", "small.arch", "--max-nodes", number)

    assert ran == (2, "", "archc: --max-nodes takes a whole number from 1 to 1,000,000\n")


def test_errors_in_one_network_leave_the_others(archc, here):
    (here / "both.arch").write_text(
        (here / "small.arch").read_text() + (here / "broken.arch").read_text()
    )
    ran = listed(archc, "both.arch")

    assert ran.status == 1
    assert names(ran) == ["small"]
    assert [d["code"] for d in json.loads(ran.out)["diagnostics"]] == ["E0401"]
    assert ran.err.startswith("both.arch:10:5: error[E0401]: ")
