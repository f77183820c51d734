"""`archc scale`: what is printed, what is written, and what is refused."""

import json

import pytest

SLIM = """\
## A slim network.
network slim(width: scale in 0.5..2 by 0.5 = 1.0, depth: scale = 1.0, classes: int = 10) {
    input image[3, H = 16, W = 16]
    repeat ceil(2 * depth) { conv(round(8 * width), 3x3) -> relu }
    global_avg_pool -> linear(classes)
}
scaling grow(phi, wider: float in [1, 1.25, 1.5], deeper: float in 1..2 by 0.5) {
    width = wider ** phi
    depth = deeper ** phi
    require wider * deeper <= 2.5
}
"""


@pytest.fixture(autouse=True)
def slim(here):
    (here / "slim.arch").write_text(SLIM)
    (here / "pyproject.toml").touch()
    return here


def test_the_best_are_printed_with_their_figures(archc):
    ran = archc("scale", "slim.arch", "--budget", "macs=2x", "--by", "grow(1)", "--top", "3")

    assert ran.status == 0
    assert ran.err == ""
    assert ran.out == (
        "slim  (slim.arch)\n"
        "at most 405,664 macs (2x), by grow(1)\n"
        "9 points of wider and deeper: 3 within the budget, 5 beyond it, 1 that break a require\n"
        "\n"
        "            wider  deeper     MACs  parameters  peak bytes  depth  macs ×\n"
        "as written                 202,832         898      16,384      3       1\n"
        "1               1     1.5  350,288       1,482      16,384      4   1.727\n"
        "2            1.25       1  299,620       1,300      20,480      3   1.477\n"
        "3               1       1  202,832         898      16,384      3   1.000\n"
    )


def test_a_document(archc):
    ran = archc("scale", "slim.arch", "--budget", "params=2K", "--budget", "memory=20K",
                "--format", "json")  # fmt: skip

    found = json.loads(ran.out)["networks"][0]
    assert ran.status == 0
    assert found["name"] == "slim"
    assert found["by"] is None
    assert found["budget"] == [
        {"quantity": "params", "at_most": 2000, "written": "2K"},
        {"quantity": "memory", "at_most": 20000, "written": "20K"},
    ]
    assert found["points"] == 4
    assert found["as_written"]["params"] == 898
    first = found["candidates"][0]
    assert first["point"] == first["coefficients"] == {"width": 1}
    assert first["params"] == 898
    assert first["memory"]["inference_peak"] == 16384


def test_the_first_is_written_as_a_network_that_checks(slim, archc):
    ran = archc("scale", "slim.arch", "--budget", "macs=2x", "--by", "grow(1)",
                "-D", "classes=5", "-o", "out.arch")  # fmt: skip

    assert ran.status == 0
    text = (slim / "out.arch").read_text()
    assert 'from "./slim.arch" import slim, grow\n' in text
    assert "network slim_scaled = slim(classes=5) scaled grow(phi=1, " in text
    assert archc("fmt", "--check", "out.arch").status == 0
    checked = archc("check", "out.arch")
    assert checked.status == 0
    assert "2 expectations hold" in checked.out


def test_a_network_written_to_another_folder_imports_from_there(slim, archc):
    (slim / "deeper").mkdir()
    archc("scale", "slim.arch", "--budget", "macs=2x", "-o", "deeper/out.arch")

    assert 'from "../slim.arch" import slim\n' in (slim / "deeper/out.arch").read_text()
    assert archc("check", "deeper/out.arch").status == 0


def test_to_standard_output_in_place_of_the_table(archc):
    ran = archc("scale", "slim.arch", "--budget", "macs=1x", "-o", "-")

    assert ran.status == 0
    assert ran.out.startswith('from "./slim.arch" import slim\n')
    assert "network slim_scaled = slim(width=1) {" in ran.out


def test_sizes_given_with_at_hold_for_every_point(archc):
    words = ("scale", "slim.arch", "--budget", "macs=1x", "--at", "H=32,W=32")
    found = json.loads(archc(*words, "--format", "json").out)["networks"][0]
    text = archc(*words, "-o", "-").out

    assert found["as_written"]["macs"] == 4 * (202_832 - 80) + 80
    assert "expect" not in text


def test_points_that_cannot_be_built_are_counted_with_the_reason_of_the_first(slim, archc):
    (slim / "slim.arch").write_text(SLIM.replace("round(8 * width)", "5 * width"))
    words = ("scale", "slim.arch", "--budget", "params=1G", "-D", "classes=3")
    found = json.loads(archc(*words, "--format", "json").out)["networks"][0]

    assert (found["points"], found["failing"], len(found["candidates"])) == (4, 2, 2)
    assert found["failure"] == "`out` must be a whole number, and this is 2.5"
    assert (
        "4 points of width: 2 within the budget, 2 that cannot be built\n"
        "the first that cannot be built: `out` must be a whole number, and this is 2.5\n"
    ) in archc(*words).out


def test_progress_is_for_terminals(archc):
    assert archc("scale", "slim.arch", "--budget", "macs=1x").err == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--budget", "macs"], "--budget takes QUANTITY=NUMBER"),
        (["--budget", "macs=2y"], "`macs=2y` is not of this form"),
        (["--budget", "mac=2x"], "did you mean `macs`?"),
        (["--budget", "macs=2x", "--top", "0"], "--top takes a whole number from 1"),
        (["--budget", "macs=2x", "-o", "out.py"], "`out.py` does not end in .arch"),
        (["--budget", "macs=2x", "-o", "-", "--format", "json"], "both want standard output"),
        ([], "--budget"),
    ],
)
def test_usage(archc, words, said):
    ran = archc("scale", "slim.arch", *words)

    assert ran.status == 2
    assert ran.out == ""
    assert said in ran.err


def test_several_networks_cannot_be_scaled_at_once(archc):
    ran = archc("scale", "two.arch", "--budget", "macs=2x")

    assert ran.status == 2
    assert "name one of one, two" in ran.err


def test_a_file_that_the_output_cannot_import_is_a_usage_error(archc, tmp_path_factory):
    apart = tmp_path_factory.mktemp("apart")
    ran = archc("scale", "slim.arch", "--budget", "macs=2x", "-o", str(apart / "out.arch"))

    assert ran.status == 2
    assert "leads out of the root" in ran.err
    assert not (apart / "out.arch").exists()


def test_the_target_itself_is_not_overwritten(slim, archc):
    ran = archc("scale", "slim.arch", "--budget", "macs=2x", "-o", "slim.arch")

    assert ran.status != 0
    assert (slim / "slim.arch").read_text() == SLIM


@pytest.mark.parametrize(
    ("by", "code"),
    [
        ("gorw(1)", "E0401"),
        ("grow", "E0506"),
        ("grow(1", "E0202"),
        ("slim", "E0501"),
        ("3", "E0501"),
    ],
)
def test_what_is_no_rule_is_diagnosed(archc, by, code):
    ran = archc("scale", "slim.arch", "--budget", "macs=2x", "--by", by)

    assert ran.status == 1
    assert ran.out == ""
    assert ran.err.startswith("--by:1:")
    assert f"error[{code}]" in ran.err


def test_a_rule_for_other_coefficients_is_diagnosed(slim, archc):
    (slim / "slim.arch").write_text(SLIM.replace("depth = deeper", "length = deeper"))
    ran = archc("scale", "slim.arch", "--budget", "macs=2x", "--by", "grow(1)", "--format", "json")

    assert ran.status == 1
    assert json.loads(ran.out)["diagnostics"][0]["code"] == "E0430"
