import pytest

from archdsl.drawing.text import ADVANCES, clip, plain, width

# Advances in thousandths of an em, rounded up, of Arial (whose metrics Liberation Sans has) and
# of DejaVu Sans, as the fonts' own tables give them.
ARIAL = {" ": 278, "0": 556, "1": 556, "A": 667, "M": 833, "W": 944, "i": 222, "m": 833, "@": 1015}
DEJAVU = {" ": 318, "0": 637, "1": 637, "A": 685, "M": 863, "W": 989, "i": 278, "m": 975, "@": 1000}


@pytest.mark.parametrize("character", ARIAL)
def test_an_advance_is_the_larger_of_the_two_fonts(character):
    larger = max(ARIAL[character], DEJAVU[character])
    assert larger <= ADVANCES[character] <= larger + 1


def test_the_table_has_every_character_that_a_drawing_writes_itself():
    assert {chr(code) for code in range(32, 127)} | set("×→·–−…") == set(ADVANCES)


def test_a_width_is_rounded_up():
    assert width("i", 9) == 3  # 2.502 px
    assert width("iiii", 10) == 12  # 11.12 px
    assert width("", 11) == 0


def test_a_character_that_is_not_in_the_table_is_an_em_wide():
    assert width("网络", 11) == 22


def test_bold_is_wider_by_eleven_percent():
    assert width("0" * 100, 10, bold=True) == 708  # 637 px × 1.11 = 707.07


def test_a_text_that_fits_is_not_cut():
    assert clip("bottleneck", 11, width("bottleneck", 11)) == "bottleneck"


def test_a_cut_text_fits_and_ends_in_an_ellipsis():
    for room in range(15, 200):
        cut = clip("3×3 conv × 13, 2×2 max pool × 5, linear", 9, room)
        assert width(cut, 9) <= room
        assert cut.endswith(("…", "linear"))


def test_no_comma_stands_before_an_ellipsis():
    assert clip("one, two", 9, width("one, t", 9)) == "one…"


def test_plain_keeps_one_line_of_printable_text():
    assert plain("a\x00b\nc\td\x1b[2J\x07") == "a b c d [2J"
    assert plain("left\u202eright\u2066") == "left right"  # bidirectional controls
    assert plain("x\ufffey\ud800z") == "x y z"  # no XML holds these


def test_plain_cuts_what_is_too_long():
    assert len(plain("x" * 5000)) == 1000
    assert plain("x" * 5000).endswith("…")
