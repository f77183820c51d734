"""Files that the commands are tried on."""

import pytest

SMALL = """\
## A small network.
network small(classes: int = 10) {
    input image[3, H = 8, W = 8]
    stage body { conv(4, 3x3) -> relu }
    global_avg_pool -> linear(classes)
    expect params == 162, body.shape == [4, 8, 8]
}
"""

TWO = """\
network one {
    input image[3, H = 8, W = 8]
    conv(4, 3x3)
}
network two {
    input image[3, H = 8, W = 8]
    conv(5, 3x3)
}
network template(width) {
    input image[3, H = 8, W = 8]
    conv(width, 3x3)
}
"""

BROKEN = """\
network broken {
    input image[3, H = 8, W = 8]
    cnov(4, 3x3)
}
"""

FAILING = """\
network failing {
    input image[3, H = 8, W = 8]
    conv(4, 3x3)
    expect params == 113, macs ~ 7K "the paper"
}
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A working folder with a file of each sort; paths in messages are relative to it."""
    for name, text in (
        ("small", SMALL),
        ("two", TWO),
        ("broken", BROKEN),
        ("failing", FAILING),
        ("blocks", "block b { relu }\n"),
    ):
        (tmp_path / f"{name}.arch").write_text(text)
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path
