import json

import pytest

from archdsl.cli.new import STARTER

pytestmark = pytest.mark.usefixtures("here")


def test_the_starter_passes(archc):
    ran = archc("new", "mine.arch")

    assert ran == (0, "mine.arch is written; next: archc check mine.arch\n", "")
    checked = archc("check", "mine.arch", "--strict")
    assert checked.status == 0
    assert checked.err == ""
    assert "4 expectations hold" in checked.out


def test_the_starter_is_in_canonical_form(archc):
    archc("new", "mine.arch")

    assert archc("fmt", "--check", "mine.arch").status == 0


def test_a_file_that_exists_is_left(archc, here):
    before = (here / "small.arch").read_text()
    ran = archc("new", "small.arch")

    assert ran == (2, "", "archc: `small.arch` exists already; it is left as it is\n")
    assert (here / "small.arch").read_text() == before


def test_a_broken_link_counts_as_existing(archc, here):
    (here / "link.arch").symlink_to("nowhere.arch")

    assert archc("new", "link.arch").status == 2
    assert not (here / "nowhere.arch").exists()


@pytest.mark.parametrize("name", ["mine.txt", "mine", "mine.arch/"])
def test_another_ending_is_usage(archc, name):
    ran = archc("new", name)

    assert ran.status == 2
    assert "does not end in .arch" in ran.err


def test_a_folder_that_is_missing(archc):
    ran = archc("new", "nowhere/mine.arch")

    assert ran == (3, "", "archc: cannot write nowhere/mine.arch: there is no folder `nowhere`\n")


def test_json(archc, here):
    assert json.loads(archc("new", "mine.arch", "--format", "json").out)["file"] == "mine.arch"
    assert (here / "mine.arch").read_text() == STARTER
