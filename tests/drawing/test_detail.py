"""What each level shows, and in which words."""

from pathlib import Path

import pytest

import archdsl

ROOT = Path(__file__).parents[2]
SPECS = ROOT / "specs"
CASES = ROOT / "tests" / "cases" / "drawing"


@pytest.fixture
def resnet50(spec, read):
    network = spec(SPECS / "resnet.arch", "resnet50")
    return lambda detail, **options: read(network.draw(detail, **options).svg)


def case(name):
    return (CASES / f"{name}.arch").read_text()


def net(body, before=""):
    return f"{before}\nnetwork net {{ input image[8, H = 16, W = 16] {body} }}"


def copies(picture):
    return {part.path: part.copies for part in picture.parts if part.copies > 1}


def around(picture, path):
    """The texts inside a box or frame."""
    part = next(p for p in picture.parts if p.path == path and p.layer != "edges")
    return [words.text for words in picture.words if part.outline.holds(words.area)]


# Stages


def test_stages_stand_in_a_row_with_a_shape_on_every_edge(resnet50):
    picture = resnet50("stages")
    middles = {part.outline.middle[1] for part in picture.boxes}
    assert max(middles) - min(middles) <= 1
    assert around(picture, "conv3") == ["conv3", "bottleneck 128 × 4", "+ skip"]
    assert around(picture, "head") == ["head", "linear, 1000"]
    shapes = ["3×224×224", "64×112×112", "256×56×56", "512×28×28", "1024×14×14", "2048×7×7", "1000"]
    assert [text for text in picture.texts if text in shapes] == shapes


def test_a_row_that_is_too_wide_becomes_columns(look):
    stages = " ".join(f"stage number_{at} {{ conv(8, 3x3) }}" for at in range(12))
    picture = look(net(stages), "stages")
    assert picture.area.right <= 1200
    assert len({part.outline.middle[0] for part in picture.boxes}) < 5


def test_a_stage_says_its_members_without_what_goes_without_saying(look):
    stage = "stage one { conv(8, 3x3) -> batch_norm -> relu  repeat 3 { conv(8, 5x5) -> relu } max_pool(2x2) }"
    assert "3×3 conv, 8, 5×5 conv, 8 × 3" in look(net(stage), "stages").texts
    assert "2×2 max pool, relu" in look(net("stage one { max_pool(2x2) -> relu }"), "stages").texts


def test_a_long_line_is_cut(look):
    stage = "stage one { " + " ".join(f"conv({c}, 3x3)" for c in range(1, 20)) + " }"
    (line,) = [text for text in look(net(stage), "stages").texts if text.startswith("3×3 conv")]
    assert line.endswith("…")


# Blocks


def test_a_block_says_its_name_argument_stride_kernels_and_channels(resnet50):
    picture = resnet50("blocks")
    assert around(picture, "conv3.0") == ["bottleneck 128, /2", "1×1, 3×3, 1×1 (512)"]
    assert around(picture, "conv3.1") == ["bottleneck 128", "1×1, 3×3, 1×1 (512)"]


def test_equal_copies_are_a_pile_and_one_that_differs_stands_before_it(resnet50):
    picture = resnet50("blocks")
    assert copies(picture) == {"conv2.1": 2, "conv3.1": 3, "conv4.1": 5, "conv5.1": 2}
    assert len(picture.box("conv3.1").shapes) == 3
    assert [t for t in picture.texts if t.startswith("× ")] == ["× 2", "× 3", "× 5", "× 2"]
    assert picture.box("conv3.0").outline.bottom < picture.box("conv3.1").outline.top


def test_skips_and_projections_stand_at_the_folded_box(resnet50):
    kinds = {
        edge.ends[1]: edge.ends[2] for edge in resnet50("blocks").edges if edge.ends[2] != "flow"
    }
    assert kinds["conv3.0.add1"] == "projection"
    assert kinds["conv3.1.add1"] == "identity"
    for edge in resnet50("blocks").edges:
        assert edge.shapes[0].dashed == (edge.ends[2] == "projection")


def test_copies_that_grow_fold_with_their_range(look):
    picture = look(case("dense"), "blocks")
    assert copies(picture) == {"block1.0": 6, "block2.0": 12}
    assert {"dense_layer, +32", "× 6", "64 → 256", "128 → 512"} <= set(picture.texts)


def test_copies_that_differ_in_a_rate_fold_with_its_range(look):
    body = "stage s { repeat 2 as i { repeat 3 { unit((i * 3 + index) / 10) } } }"
    unit = "block unit(p) { conv(8, 3x3) -> relu  dropout(p) -> conv(8, 1x1) }"

    assert copies(look(net(body, unit), "blocks")) == {"s.1.0": 3, "s.0.1": 2}
    picture = look(net(body, unit), "layers")
    assert copies(picture) == {"s.1.0": 3, "s.0.1": 2}
    assert [text for text in picture.texts if text.startswith("dropout")] == [
        "dropout 0",
        "dropout 0.1–0.2",
        "dropout 0.3–0.5",
    ]


def test_kernels_are_said_in_short_beside_depthwise_ones(look):
    body = "stage s { unit(8) -> unit(8) }"
    unit = "block unit(out) { conv(32, 1x1) -> relu  depthwise_conv(5x5) -> relu -> conv(16, 1x1) }"

    assert "1×1, 5×5 depthwise, 1×1 (16)" in look(net(body, unit), "blocks").texts


def test_a_gate_is_said_where_it_is_folded(look):
    block = "block gated(c) { mul { | skip | conv(c, 1x1) -> sigmoid } }"
    assert around(look(net("gated(8) as g", block), "blocks"), "g") == ["gated 8", "gate ×"]


def test_a_block_of_one_layer_is_its_layer(look):
    picture = look(
        net("unit(8) as u", "block unit(c) { conv(c, 3x3) -> batch_norm -> relu }"), "blocks"
    )
    assert picture.box("u.conv1").style == "convolution"
    assert {"3×3 conv, 8", "batch norm, relu"} <= set(picture.texts)


def test_paths_of_equal_standing_leave_only_the_channels(look):
    assert around(look(case("inception"), "blocks"), "mixed.a") == ["inception 64", "256"]


# Layers


def test_copies_are_framed(resnet50):
    picture = resnet50("layers")
    assert copies(picture) == {"conv2.1": 2, "conv3.1": 3, "conv4.1": 5, "conv5.1": 2}
    assert {"0", "1–2", "1–3", "1–5"} <= {w.text for w in picture.words if w.bold}
    assert picture.frame("conv3").outline.holds(picture.frame("conv3.1").outline)


def test_equal_copies_on_both_sides_of_another(look):
    picture = look(case("nested"))
    assert copies(picture) == {
        "outer.0": 3,
        "outer.0.0": 2,
        "mixed.0.conv1": 2,
        "mixed.3.conv1": 2,
        "mixed.5": 2,
        "part0.0": 2,
        "part1.0": 2,
    }


def test_norms_and_activations_are_rows_of_the_layer_before(look):
    picture = look(
        net("conv(8, 3x3) -> batch_norm -> relu -> dropout(0.5) -> linear(4) -> softmax(0)")
    )
    box = picture.box("conv1").outline
    for row in ("batch_norm1", "relu1", "dropout1"):
        assert box.holds(picture.box(row).outline)
    assert not box.meets(picture.box("linear1").outline)


def test_a_norm_before_everything_stands_above(look):
    picture = look(case("preactivated"))
    for unit in ("one.0", "two.0"):
        box = picture.box(f"{unit}.conv1").outline
        norm = picture.box(f"{unit}.batch_norm1").outline
        assert norm.top == box.top
        assert box.holds(picture.box(f"{unit}.relu1").outline)
    head = picture.box("head.batch_norm1").outline
    assert head.holds(picture.box("head.relu1").outline)


def test_an_activation_after_a_layer_is_below_it_whatever_begins_the_line(look):
    picture = look(net("flatten -> layer_norm -> linear(64) -> gelu -> linear(8)"))
    assert picture.box("linear1").outline.holds(picture.box("gelu1").outline)
    assert picture.box("linear1").outline.holds(picture.box("layer_norm1").outline)


@pytest.mark.parametrize("layer", ["abs", "dropout(0.5)", "local_response_norm(5)"])
def test_what_belongs_to_no_layer_is_a_box(look, layer):
    picture = look(net(f"max_pool(2x2) -> {layer} -> conv(8, 3x3)"))
    assert len([box for box in picture.boxes if box.visible]) == 5


def test_a_shape_is_told_inside_where_the_rank_changes(look):
    texts = look(net("stage one { conv(8, 3x3) -> max_pool(2x2) -> flatten -> linear(5) }")).texts
    assert texts.count("512") == 1
    assert "8×8×8" not in texts


def test_opening_and_closing_beat_the_level(resnet50):
    opened = resnet50("stages", open=["conv3"])
    assert opened.frame("conv3")
    assert opened.box("conv4").style == "stage"
    assert "conv3.0.conv1" in {part.path for part in opened.boxes}
    closed = resnet50("layers", closed=["conv3", "conv4[2]"])
    assert closed.box("conv3").style == "stage"
    assert closed.box("conv4.2").style == "block"
    assert copies(closed)["conv4.3"] == 3


def test_an_unknown_level_style_engine_or_path_is_refused(spec):
    network = spec(SPECS / "lenet.arch", "lenet5")
    for options in ({"detail": "all"}, {"style": "red"}, {"engine": "neato"}, {"open": ["c9"]}):
        with pytest.raises(ValueError, match=r"all|red|neato|c9"):
            network.draw(**options)


# Heads, inputs, outputs


def test_a_head_of_training_stands_beside_what_follows_it_and_is_dashed(look):
    picture = look(case("heads"), "blocks")
    frame, pill = picture.frame("aux1"), picture.box("output.aux1")
    assert frame.shapes[0].dashed
    assert pill.shapes[0].dashed
    assert not picture.box("output.output").shapes[0].dashed
    (tap,) = [edge for edge in picture.edges if edge.ends[1] == "aux1"]
    assert tap.shapes[0].dashed
    beside = picture.box("body.conv2").outline
    assert beside.right < frame.outline.left
    assert frame.outline.top < beside.bottom
    assert "training only" in picture.texts


def test_a_second_head_begins_below_the_first(look):
    heads = (
        "output one when training { linear(3) } conv(8, 3x3) output two when training { linear(3) }"
    )
    picture = look(net(f"{heads} conv(8, 3x3)"))
    assert picture.frame("one").outline.bottom <= picture.frame("two").outline.top
    assert picture.overlaps() == []


def test_several_inputs_and_outputs_are_pills(look):
    picture = look(case("outputs"))
    assert {p.path for p in picture.boxes if p.style == "input"} == {"input.image", "input.mask"}
    outputs = {p.path for p in picture.boxes if p.style == "output"}
    assert outputs == {"output.deep", "output.boxes", "output.scores"}


def test_the_uses_of_a_share_are_told_apart(look):
    picture = look(case("siamese"))
    assert {frame.path for frame in picture.frames} == {"encode", "encode@2"}
    assert picture.texts.count("shared") == 2


# Words above


def test_title_and_subtitle(resnet50):
    picture = resnet50("blocks")
    assert picture.texts[:2] == [
        "resnet50",
        "blocks · 25.6 M parameters · 4.09 G MACs · shapes C×H×W",
    ]
    assert picture.words[0].bold


def test_a_documentation_is_added_where_it_fits(look):
    wide = " ".join(f"stage s{at} {{ conv(8, 3x3) }}" for at in range(6))
    text = f"## Six stages. And more.\n{net(wide).strip()}"
    assert look(text, "stages").texts[1].endswith(" · Six stages.")
    assert look(text, "blocks").texts[1].endswith("C×H×W")


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "&lt;&#1;&amp;",
        "\"' onload=x",
        "]]><!--",
        "\u202edesrever",
        "\x1b[2J",
    ],
)
def test_a_documentation_is_text(look, hostile):
    wide = " ".join(f"stage s{at} {{ conv(8, 3x3) }}" for at in range(6))
    text = f"## {hostile}\n{net(wide).strip()}"
    try:
        network = archdsl.loads(text)
    except archdsl.DiagnosticError:
        pytest.skip("such a text is no text of the language")
    from archdsl.drawing.text import plain

    picture = look(text, "stages")
    assert picture.texts[1].endswith(plain(hostile))
    assert "desrever" not in network.draw().svg or "\u202e" not in network.draw().svg


def test_paper_needs_no_colours_in_its_legend(resnet50):
    picture = resnet50("blocks", style="paper")
    assert picture.texts[-2:] == ["identity", "projection"]
    assert {shape.fill for part in picture.solid for shape in part.shapes} <= {"#FFFFFF", "none"}


def test_tooltips_say_call_shape_and_figures(resnet50):
    picture = resnet50("layers")
    assert picture.box("conv1.conv1").tooltip == (
        "conv1.conv1 = conv(64, 7x7, stride=2, bias=false): 64×112×112; "
        "9,408 parameters; 118,013,952 MACs"
    )
    assert picture.frame("conv3.0").tooltip.startswith("conv3.0 = bottleneck(width=128, stride=2")


def test_every_part_knows_its_line(resnet50):
    lines = (SPECS / "resnet.arch").read_text().splitlines()
    picture = resnet50("layers")
    assert "7x7" in lines[picture.box("conv1.conv1").line - 1]
    assert "stage head" in lines[picture.frame("head").line - 1]


@pytest.mark.parametrize("detail", ["stages", "blocks"])
def test_a_network_in_a_network_is_open(detail):
    network = archdsl.loads(
        "network trunk {\n    input x[3, H = 8, W = 8]\n"
        "    stage a { conv(4, 3x3) }\n    stage b { conv(4, 3x3) }\n}\n"
        "network n {\n    input x[3, H = 8, W = 8]\n    trunk as backbone -> linear(2)\n}",
        "n",
    )
    svg = network.draw(detail=detail).svg

    assert all(f">{name}<" in svg for name in ("backbone", "a", "b"))
