import pytest

from archdsl.backend.names import (
    Namespace,
    cap_words,
    is_plain_attribute,
    local_word,
    network_class,
)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("resnet50", "ResNet50"),
        ("densenet121", "DenseNet121"),
        ("lenet5_1998", "LeNet5_1998"),
        ("mobilenet_v2", "MobileNetV2"),
        ("unet", "UNet"),
        ("net", "Net"),
        ("network1", "Network1"),
        ("vgg16_bn", "Vgg16Bn"),
        ("_", "Unnamed"),
        ("_9x", "N9x"),
        ("ResNet", "ResNet"),
    ],
)
def test_classes_of_networks(name, wanted):
    assert network_class(name) == wanted


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("conv_bn_act", "ConvBnAct"), ("up", "Up"), ("net", "Net"), ("stage_2_3", "Stage2_3")],
)
def test_classes_of_blocks(name, wanted):
    assert cap_words(name) == wanted


def test_a_name_is_given_once():
    names = Namespace({"self"})

    assert [names.claim(w) for w in ("a", "a", "a", "x1", "x1", "self", "self")] == [
        "a", "a2", "a3", "x1", "x1_2", "self_", "self_2",
    ]  # fmt: skip
    assert "a3" in names
    assert "b" not in names


@pytest.mark.parametrize(
    ("word", "local"), [("a", "a"), ("_a", "v_a"), ("__b__", "v__b__"), ("0", "v0")]
)
def test_locals_begin_with_a_letter(word, local):
    assert local_word(word) == local


@pytest.mark.parametrize(
    ("name", "is_plain"),
    [("conv1", True), ("_a", True), ("__a", False), ("0", False), ("if", False)],
)
def test_attributes_that_python_reads_as_they_stand(name, is_plain):
    assert is_plain_attribute(name) is is_plain
