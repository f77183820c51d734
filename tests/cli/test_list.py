import json
from pathlib import Path

import pytest

pytestmark = pytest.mark.usefixtures("here")


def test_a_table(archc, here, golden):
    (here / "cited.arch").write_text(
        'cite "A. Author, B. Other" 1999 "A title"\n'
        "## What it is. And more.\n"
        "network cited {\n    input image[3, H = 8, W = 8]\n    input second[3, 8, 8]\n    add(second)\n}\n"
    )
    ran = archc("list", "small.arch", "cited.arch")

    assert ran.status == 0
    assert ran.err == ""
    golden(ran.out)


def test_without_a_target_it_lists_what_comes_with_the_package(archc):
    ran = archc("list")

    assert ran.status == 0
    assert "resnet50" in ran.out
    assert "25,557,032" in ran.out
    assert "2016 K. He et al." in ran.out


def test_json(archc):
    ran = archc("list", "small.arch", "zoo::lenet5", "--format", "json")
    small, lenet = json.loads(ran.out)["networks"]

    assert small["params"] == 162
    assert small["macs"] == 4 * 8 * 8 * 27 + 40
    assert small["doc"] == "A small network."
    assert small["cite"] is None
    assert lenet["cite"]["year"] == 1998
    assert lenet["cite"]["authors"].startswith("Y. LeCun")


def test_with_errors_alone_there_is_no_table(archc):
    ran = archc("list", "broken.arch")

    assert ran.status == 1
    assert ran.out == ""


@pytest.mark.parametrize("format", ["csv", "markdown"])
def test_one_table(archc, golden, format):
    ran = archc("list", "zoo::lenet5", "small.arch", "--format", format)

    assert (ran.status, ran.err) == (0, "")
    golden(ran.out)


def test_the_readme_shows_the_collection_as_it_is(archc, request, monkeypatch):
    """`--update-golden` writes its table."""
    root = Path(__file__).parents[2]
    monkeypatch.chdir(root)
    readme = root / "README.md"
    before, mark, rest = readme.read_text("utf-8").partition("<!-- archc list specs -->\n")
    table, end, after = rest.partition("<!-- end -->\n")
    written = f"\n{archc('list', 'specs', '--format', 'markdown').out}\n"
    if request.config.getoption("--update-golden"):
        readme.write_text(before + mark + written + end + after, "utf-8")
        return

    assert table == written, "run this test with --update-golden"
