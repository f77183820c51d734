"""A mistake planted in a good text is one error, with its code, where it was planted.

The good texts are the specs. Of each kind some mistakes are planted, as a seed has it; most kinds
must be told without exception, and nine in ten of all.
"""

import random
from collections import Counter
from pathlib import Path

import pytest

from archdsl.diagnostics.render import render
from archdsl.diagnostics.report import Report
from archdsl.network import Failure, open_target
from archdsl.testing.mistakes import KINDS

SPECS = Path(__file__).parents[2] / "specs"
SLOW_TO_CHECK = {"resnet_cifar", "preact_resnet", "densenet", "efficientnet", "mobilenet_v1"}
OF_A_KIND = 2
OF_A_KIND_SLOWLY = 12
LEAST = 0.5
"""Of each kind, where many are planted."""


@pytest.fixture(scope="module")
def texts(tmp_path_factory):
    """The specs, and a copy of them in which one at a time is spoilt."""
    folder = tmp_path_factory.mktemp("specs")
    found = {path.name: path.read_text() for path in sorted(SPECS.glob("*.arch"))}
    for name, text in found.items():
        (folder / name).write_text(text)
    return folder, found


def planted(kind, texts, count):
    """So many mistakes of a kind, in as many files as there are."""
    choose = random.Random(kind.name)
    ways = {}
    for name, text in texts.items():
        if found := list(kind.plant(text)):
            ways[name] = found
    quick = [name for name in ways if Path(name).stem not in SLOW_TO_CHECK] or list(ways)
    choose.shuffle(quick)
    seen = set()
    for number in range(count):
        name = quick[number % len(quick)]
        which = choose.randrange(len(ways[name]))
        if (name, which) not in seen:
            seen.add((name, which))
            yield name, ways[name][which]


def errors_of(path):
    """What `archc check` calls an error: of the text, then expectations that fail."""
    loaded = open_target(str(path))
    found = list(loaded.report.diagnostics)
    for result in loaded.results:
        if not isinstance(result, Failure):
            found += [each for verdict in result.check() for each in verdict.findings]
    return [each for each in Report(found).sorted() if each.severity == "error"]


def is_told(kind, texts, name, mistake):
    """Whether there is one error, of the kind's code, at the place."""
    folder, found = texts
    path = folder / name
    path.write_text(mistake.text)
    try:
        errors = errors_of(path)
    finally:
        path.write_text(found[name])
    told = (
        len(errors) == 1
        and errors[0].code in kind.codes
        and mistake.is_found_by(errors[0], str(path))
    )
    if not told:
        print(f"\n{kind.name}, {name}, {len(errors)} errors, wanted {kind.codes}")
        print(render(errors[:3]))
    return told


def test_there_are_many_kinds():
    names = [kind.name for kind in KINDS]

    assert len(names) == len(set(names)) >= 40


def test_planted_mistakes(texts, request):
    count = OF_A_KIND_SLOWLY if request.config.getoption("--slow") else OF_A_KIND
    tried, told = Counter(), Counter()
    for kind in KINDS:
        for name, mistake in planted(kind, texts[1], count):
            tried[kind.name] += 1
            told[kind.name] += is_told(kind, texts, name, mistake)
    for kind in KINDS:
        print(f"{kind.name:45} {told[kind.name]} of {tried[kind.name]}")
    print(f"{told.total()} of {tried.total()} are one error with its code where it is")

    assert [kind.name for kind in KINDS if not tried[kind.name]] == []
    assert told.total() >= 0.9 * tried.total()
    few = {name for name, times in tried.items() if times >= 6 and told[name] < LEAST * times}
    assert few == set()
