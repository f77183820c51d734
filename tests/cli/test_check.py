import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.usefixtures("here")


def document(ran):
    return json.loads(ran.out)


def test_a_good_network_in_one_line(archc):
    ran = archc("check", "small.arch")

    assert ran == (0, "small.arch::small: shapes proven for every size; 2 expectations hold\n", "")


def test_several_networks_end_with_a_count(archc):
    ran = archc("check", "two.arch", "small.arch")

    assert ran.out == (
        "two.arch::one: shapes proven for every size; no expectations\n"
        "two.arch::two: shapes proven for every size; no expectations\n"
        "small.arch::small: shapes proven for every size; 2 expectations hold\n"
        "3 networks, all without errors\n"
    )


def test_a_file_of_blocks_is_fine(archc):
    assert archc("check", "blocks.arch") == (0, "", "")


def test_a_failing_expectation_shows_both_figures(archc, golden):
    ran = archc("check", "failing.arch")

    assert ran.status == 1
    assert ran.out == (
        "failing.arch::failing: shapes proven for every size; of 2 expectations 1 holds, 1 fails\n"
    )
    golden(ran.err)


def test_an_error_is_counted_and_shown(archc, golden):
    ran = archc("check", "broken.arch", "small.arch")

    assert ran.status == 1
    assert ran.out == (
        "broken.arch::broken: 1 error\n"
        "small.arch::small: shapes proven for every size; 2 expectations hold\n"
        "1 of 2 networks have errors\n"
    )
    golden(ran.err)


def test_networks_of_a_file_with_errors_outside_them_are_not_checked(archc, here):
    (here / "twice.arch").write_text((here / "small.arch").read_text() + "let a = 1\nlet a = 2\n")
    ran = archc("check", "twice.arch")

    assert ran.status == 1
    assert ran.out == "twice.arch::small: not checked, its file has errors\n"
    assert ran.err.startswith("twice.arch:9:5: error[E0402]: ")


def test_a_constant_without_a_value_fails_the_networks_that_use_it(archc, here):
    (here / "late.arch").write_text(
        "let width = 8 // 0\nnetwork n {\n    input image[3, H = 8, W = 8]\n    conv(width, 3x3)\n}\n"
    )
    ran = archc("check", "late.arch")

    assert ran.status == 1
    assert ran.err.count("error[") == 1
    assert ran.err.startswith("late.arch:1:18: error[E0504]: ")


def test_a_mistake_in_a_shared_block_is_one_message(archc, here):
    block = "block b { conv(4, 3x3, groups=2) }\n"
    network = "network {} {{\n    input image[3, H = 8, W = 8]\n    b\n}}\n"
    (here / "shared.arch").write_text(block + network.format("m") + network.format("n"))
    ran = archc("check", "shared.arch")

    assert ran.status == 1
    assert ran.err.count("error[") == 1
    assert ran.out.splitlines()[:2] == ["shared.arch::m: 1 error", "shared.arch::n: 1 error"]


def test_conditions_are_reported_with_their_cause(archc, here):
    (here / "c.arch").write_text(
        "network n {\n    input image[3, H = 32, W = 32]\n"
        "    conv(8, 5x5, padding=valid) as c1\n    conv(8, 3x3, stride=2, padding=valid) as c2\n"
        "    conv(8, 5x5, padding=valid) as c3\n}\n"
    )
    ran = archc("check", "c.arch")

    assert ran.status == 0
    lines = ran.out.splitlines()
    assert lines[0] == "c.arch::n: shapes proven for every legal size; no expectations"
    assert lines[1] == "  legal  H >= 15 and W >= 15; smallest H=15,W=15"
    assert lines[2].endswith("c3: must be as long as the kernel; ceil(H/2) - 3 >= 5 (line 5)")


def test_a_condition_that_always_holds_is_none(archc):
    ran = archc("check", "zoo::resnet50")

    assert ran.status == 0
    assert ": shapes proven for every size; " in ran.out


def test_a_flatten_pins_the_sizes(archc, here):
    (here / "f.arch").write_text(
        "network n {\n    input image[3, H = 32, W = 32]\n"
        "    max_pool(4x4) -> flatten -> linear(2) as fc\n}\n"
    )
    conditions = document(archc("check", "f.arch", "--format", "json"))["networks"][0][
        "legal_inputs"
    ]["conditions"]

    assert conditions[-1]["text"] == "3*floor(H/4)*floor(W/4) == 192"
    assert conditions[-1]["symbols"] == ["H", "W"]
    assert conditions[-1]["line"] == 3
    assert conditions[-1]["cause"].startswith("fc: ")


def test_an_undecided_expectation_is_visible_and_fails_when_strict(archc, here):
    (here / "u.arch").write_text(
        "network n {\n    input image[3, H = 8, W = 8]\n    relu\n    expect macs < H\n}\n"
    )
    ran = archc("check", "u.arch")
    assert ran.status == 0
    assert "of 1 expectation 1 is unknown" in ran.out
    assert "  unknown: macs < H, " in ran.out

    strict = archc("check", "u.arch", "--strict")
    assert strict.status == 1
    assert strict.err.startswith("u.arch:4:12: error[E0804]: `macs < H` cannot be decided: ")


def test_expectations_are_not_applicable_under_other_arguments(archc):
    ran = archc("check", "small.arch", "-D", "classes=3")

    assert ran.status == 0
    assert "of 2 expectations 2 are not applicable" in ran.out


def test_an_inherited_expectation_says_whose_it_is(archc, here):
    (here / "t.arch").write_text(
        "network t(width) {\n    input image[3, H = 8, W = 8]\n    conv(width, 3x3)\n"
        "    expect params == 112\n}\nnetwork four = t(4)\nnetwork five = t(5)\n"
    )
    ran = archc("check", "t.arch")

    assert ran.status == 1
    assert ran.err.startswith("t.arch:4:12: error[E0803]: ")
    assert ran.err.count("error[") == 1
    assert "note: of the network five" in ran.err


def test_warnings_do_not_fail(archc, here):
    (here / "w.arch").write_text(
        "network n {\n    input image[3, H = 8, W = 8]\n    relu as spare\n    from image -> tanh\n}\n"
    )
    ran = archc("check", "w.arch")

    assert ran.status == 0
    assert ran.out.endswith("; 1 warning\n")
    assert ran.err.startswith("w.arch:3:13: warning[W0401]: ")


def test_the_json_of_a_good_network(archc):
    ran = archc("check", "small.arch", "--format", "json")

    assert ran.status == 0
    assert document(ran) == {
        "format_version": 1,
        "networks": [
            {
                "name": "small",
                "file": "small.arch",
                "parameters": {"classes": 10},
                "inputs": [{"name": "image", "shape": [3, 8, 8], "dtype": "float32"}],
                "outputs": [{"name": "output", "shape": [10], "dtype": "float32"}],
                "diagnostics": [],
                "expectations": [
                    {
                        "text": "params == 162",
                        "line": 6,
                        "verdict": "holds",
                        "left": 162,
                        "right": 162,
                        "source": None,
                        "reason": None,
                    },
                    {
                        "text": "body.shape == [4, 8, 8]",
                        "line": 6,
                        "verdict": "holds",
                        "left": [4, 8, 8],
                        "right": [4, 8, 8],
                        "source": None,
                        "reason": None,
                    },
                ],
                "legal_inputs": {
                    "text": "",
                    "conditions": [],
                    "smallest": {"H": 1, "W": 1},
                    "pins": None,
                    "training": None,
                },
                "at": None,
            }
        ],
        "diagnostics": [],
    }


def test_the_json_of_errors(archc, here):
    (here / "syntax.arch").write_text("network {\n")
    ran = archc("check", "broken.arch", "failing.arch", "syntax.arch", "--format", "json")
    found = document(ran)

    assert ran.status == 1
    broken, failing = found["networks"]
    assert [d["code"] for d in broken["diagnostics"]] == ["E0401"]
    assert broken["legal_inputs"] is None
    assert [d["code"] for d in failing["diagnostics"]] == ["E0803"]
    assert failing["expectations"][0]["verdict"] == "fails"
    assert (failing["expectations"][0]["left"], failing["expectations"][0]["right"]) == (112, 113)
    assert failing["expectations"][1]["source"] == "the paper"
    assert {d["file"] for d in found["diagnostics"]} == {"syntax.arch"}


def test_sarif(archc):
    ran = archc("check", "broken.arch", "failing.arch", "--format", "sarif")
    (run,) = json.loads(ran.out)["runs"]

    assert ran.status == 1
    assert [result["ruleId"] for result in run["results"]] == ["E0401", "E0803"]
    assert run["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] == 3


def test_github(archc):
    ran = archc("check", "broken.arch", "--format", "github")

    assert ran.status == 1
    assert ran.out.startswith("::error file=broken.arch,line=3,col=5,endLine=3,endColumn=9,")
    assert ran.out.count("\n") == 1


@pytest.mark.parametrize("format", ["text", "json", "sarif", "github"])
def test_the_format_changes_neither_status_nor_stderr(archc, format):
    as_text = archc("check", "broken.arch", "two.arch")
    ran = archc("check", "broken.arch", "two.arch", "--format", format)

    assert ran.status == as_text.status == 1
    assert ran.err == as_text.err


def test_many_files_at_a_time_say_the_same(archc):
    files = ["small.arch", "broken.arch", "two.arch", "failing.arch"]

    assert archc("check", *files, "-j", "2") == archc("check", *files)


def test_a_file_that_is_missing_among_many(archc):
    ran = archc("check", "small.arch", "missing.arch", "-j", "2")

    assert ran == (2, "", "archc: missing.arch: there is no such file\n")


@pytest.mark.parametrize("number", ["0", "-1", "257", "x", ""])
def test_what_is_no_number_of_jobs_is_usage(archc, number):
    ran = archc("check", "small.arch", "-j", number)

    assert ran == (2, "", "archc: -j takes a whole number from 1 to 256\n")


def test_at_most_twenty_are_shown_and_the_rest_counted(archc, here):
    lines = "".join(f"    cnov{i}(8)\n" for i in range(30))
    (here / "many.arch").write_text(f"network n {{\n    input image[3]\n{lines}}}\n")
    ran = archc("check", "many.arch")

    assert ran.err.count("error[") == 20
    assert ran.err.endswith("... and 10 more errors\n")


UP = (
    "network n {\n    input image[3, H = 32, W = 32]\n    conv(8, 3x3) as wide -> max_pool(2x2)\n"
    "    conv_transpose(8, 2x2, stride=2) -> concat(wide)\n}\n"
)


def test_sizes_that_a_join_refuses_come_with_the_nearest_legal_ones(archc, here):
    (here / "u.arch").write_text(UP)
    ran = archc("check", "u.arch", "--at", "H=27")

    assert ran.status == 1
    assert ran.out == (
        "u.arch::n: 1 error\n"
        "  at H=27,W=32  refused: `concat1` joins 8×26×32 and 8×27×32 (line 4); "
        "nearest legal H=26,W=32 (crop 1) and H=28,W=32 (pad 1)\n"
    )
    assert ran.err.startswith("u.arch:4:41: error[E0641]: ")


def test_sizes_of_standard_input_are_judged_too(archc):
    ran = archc("check", "-", "--at", "H=30,W=34", stdin=UP)

    assert ran.status == 0
    assert ran.out.endswith("\n  at H=30,W=34  legal\n")


def test_json_has_the_verdict_on_sizes(archc, here):
    (here / "u.arch").write_text(UP)
    at = document(archc("check", "u.arch", "--at", "W=1", "--format", "json"))["networks"][0]["at"]

    assert at == {
        "sizes": {"H": 32, "W": 1},
        "legal": False,
        "refused": "`max_pool1` gets 8×32×1, and is made for 8×32×32",
        "path": "max_pool1",
        "line": 3,
        "below": None,
        "above": {"H": 32, "W": 2},
    }


def test_many_files_are_checked_side_by_side(tmp_path):
    """In a process of its own, as users start it: the same words, and nothing on stderr."""
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(12):
        (folder / f"{number:02}.arch").write_text(
            f"network n{number} {{\n    input x[3, H = 8, W = 8]\n    conv(4, 3x3)\n}}\n"
        )
    (folder / "13.arch").write_text("network broken {\n    cnov\n}\n")
    archc = [
        sys.executable,
        "-c",
        "import sys; from archdsl.cli.main import main; sys.exit(main())",
    ]

    usual, alone = (
        subprocess.run(
            [*archc, "check", ".", *words],
            check=False,
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=120,
        )
        for words in ([], ["-j", "1"])
    )

    assert usual.returncode == alone.returncode == 1
    assert usual.stdout == alone.stdout
    assert usual.stderr == alone.stderr
    assert usual.stdout.count("shapes proven") == 12
