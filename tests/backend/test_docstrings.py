import ast

import pytest

import archdsl
from archdsl.backend.docstrings import harmless


@pytest.mark.parametrize(
    "text", ['"""', "\\", "\\n", "a\nb", "\u202e", "\u200b", "\ud800", "\x00", 'x" + "', "{}", "é×"]
)
def test_harmless_text_means_itself_and_hides_nothing(text):
    written = harmless(text)
    shown = ast.literal_eval(f'"""a {written} """')

    assert written.isprintable()
    assert '"""' not in written.replace('\\"', "")
    for character in text:
        assert character in shown or character.encode("unicode_escape").decode() in shown


BLOCK = "block unit(out, stride = 1) { conv(out, 3x3, stride=stride) -> relu }\n"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("unit(4)", "[8, 16, 16] -> [4, 16, 16]; <text>:1"),
        ("unit(4) -> unit(6)", "[in_channels, H, W] -> [out, H, W]; <text>:1"),
        ("unit(8) -> unit(8)", "[8, H, W] -> [8, H, W]; <text>:1"),
        ("unit(4, 2) -> unit(6)", "[in_channels, H, W] -> [out, H / stride, W / stride]; <text>:1"),
        ("unit(4, 2) -> unit(6, 2)", "[in_channels, H, W] -> [out, H / 2, W / 2]; <text>:1"),
        ("unit(4, 3) -> unit(6, 2)", "<text>:1"),
    ],
)
def test_shapes_are_stated_where_they_hold_for_every_instance(emitted, body, said):
    text = emitted(f"{BLOCK}network net {{ input x[8, H = 16, W = 16]\n {body} }}\n")

    assert f'class Unit(nn.Module):\n    """{said}"""' in text


def test_the_file_says_what_it_is(case):
    doc = ast.get_docstring(ast.parse(case("googlenet").emit().text))

    assert doc.startswith("googlenet of googlenet.arch")
    assert "C. Szegedy et al., 2015: Going deeper with convolutions." in doc
    assert "image [3, 64, 64] -> output [10], aux1 [10] when training" in doc
    assert f"{case('googlenet').cost().params:,} parameters" in doc


@pytest.mark.parametrize(
    ("title", "said"),
    [("Networks", "A. Author, 2020: Networks."), ("Why?", "A. Author, 2020: Why?")],
)
def test_a_cited_title_ends_once(title, said):
    text = f'network n {{ cite "A. Author" 2020 "{title}"\n input x[1]\n relu }}\n'

    assert f"\n{said}\n" in archdsl.loads(text).emit().text
