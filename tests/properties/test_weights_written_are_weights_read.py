"""The weights of a random network, written to a file, are those of the network that names it."""

import archdsl
from archdsl.layers.definition import Family

NETWORKS = 100


def has_weights(graph):
    return any(
        node.layer.family is not Family.INPUT
        and node.tensors(*[graph.type_of(port) for port in node.inputs])
        for node in graph.order
    )


def test_on_random_networks(running, tmp_path):
    import torch

    from archdsl.backend.weights import stored

    (tmp_path / "archdsl.toml").touch()
    tried = 0
    for case in running:
        if tried == NETWORKS or not has_weights(case.graph):
            continue
        tried += 1
        file = tmp_path / "n.arch"
        file.write_text(f'{case.text}\nnetwork named = n() {{ weights "w.safetensors" }}\n')
        made = archdsl.load(file, "n").compile(seed=case.seed)
        (tmp_path / "w.safetensors").write_bytes(stored(made, "n", "1"))
        wanted = made.state_dict()
        named = archdsl.load(file, "named")
        for style in ("modules", "flat"):
            state = named.compile(seed=case.seed + 1, style=style).state_dict()

            assert list(state) == list(wanted), case.text
            assert all(torch.equal(state[key], wanted[key]) for key in wanted), case.text
    assert tried == NETWORKS
