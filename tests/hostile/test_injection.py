"""Texts that try to become code, markup or commands in what is made of them."""

import ast
import json
import xml.etree.ElementTree as ET

import pytest

PAYLOADS = [
    '__import__("os").system("touch canary")',
    "'; import os; os.system('touch canary') #",
    "'''\nimport os\nos.system('touch canary')\n'''",
    '"""); open("canary", "w") #',
    "{open('canary','w')}",
    "%(x)s %s %n",
    "{0.__class__.__mro__}",
    "${jndi:ldap://x}",
    "\\N{BULLET}\\x41\\u0041",
    "\\",
    "x\\",
    "<script>alert(1)</script>",
    '"><svg onload=alert(1)>',
    "]]><!--",
    "&lt;&amp;&#1;&#x0;",
    "<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>&a;",
    "<b>bold</b>",
    "<TABLE><TR><TD>x</TD></TR></TABLE>",
    'a" image="/etc/passwd',
    'x"]; evil [label="y',
    "a:p:s];evil[label=PWN",
    "\\G \\N \\L \\l \\r",
    "$(touch canary) `touch canary`",
    "; touch canary",
    "| touch canary",
    "../../../etc/passwd",
    "C:\\windows\\x",
    "file:///etc/passwd",
    "=HYPERLINK(1)",
    "@SUM(1)",
    "[link](javascript:alert(1))",
    "![x](http://example.org)",
    "::error::fake",
    "%0A::error::fake",
    "\u2028\u2029",
    "\u202eevil\u202c",
    "\x1b[2J",
    "e\u0301 é",
    "漢字かな",
    "\U0001f600",
    "a" * 5_000,
]

NETWORK = """\
CITE
## DOC
network n {
    input x[3, H = 8, W = 8]
    stage s { conv(4, 3x3) -> relu }
    expect params == 112 "SOURCE"
    # COMMENT
}
"""
PLACES = ("CITE", "DOC", "SOURCE", "COMMENT")


def framed(place, payload):
    """A network with the payload in a place of free text, as far as it fits there."""
    payload = payload.replace("\n", " ")
    if place == "CITE":
        payload = payload.replace('"', "'")
        payload = f'cite "{payload}" 2000 "{payload}"'
    if place == "SOURCE":
        payload = payload.replace('"', "'")
    filled = {"CITE": 'cite "A" 2000 "T"', **dict.fromkeys(PLACES[1:], "text"), place: payload}
    text = NETWORK
    for name, value in filled.items():
        text = text.replace(name, value)
    return text


@pytest.fixture
def written(archc, here):
    """Writes a text, and gives a function that runs a command on it; the canary must not appear."""

    def write(text):
        (here / "case.arch").write_text(text)

        def run(*words):
            ran = archc(words[0], "case.arch", *words[1:])
            assert ran.status in (0, 1), ran.err[:500]
            assert not (here / "canary").exists()
            assert "\x1b" not in ran.out + ran.err
            return ran

        return run

    return write


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda text: ascii(text)[:40])
@pytest.mark.parametrize("place", PLACES)
def test_free_text_stays_text(written, place, payload):
    run = written(framed(place, payload))
    checked = run("check", "--format", "json")
    json.loads(checked.out)
    if checked.status == 1:
        return

    source = run("compile")
    module = ast.parse(source.out)
    assert {type(node) for node in module.body} <= {
        ast.Expr,
        ast.Import,
        ast.ImportFrom,
        ast.ClassDef,
        ast.FunctionDef,
        ast.Assign,
    }
    assert not [
        node for node in ast.walk(module) if isinstance(node, ast.Name) and node.id == "open"
    ]
    root = ET.fromstring(run("draw", "-o", "-").out)
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert "script" not in tags
    assert "image" not in tags
    assert not [name for element in root.iter() for name in element.attrib if name.startswith("on")]
    dot = run("draw", "-o", "-", "--to", "dot").out
    assert "evil [" not in dot.replace('\\"', "").partition('"')[0]
    json.loads(run("list", "--format", "json").out)
    assert all(len(line) < 2_000 for line in run("list").out.splitlines())
    run("expand")
    run("cost")


EXPRESSIONS = [
    '__import__("os").system("touch canary")',
    "().__class__.__bases__[0].__subclasses__()",
    "lambda: 0",
    'open("canary", "w")',
    "eval('1')",
    "exec('1')",
    "[].append(1)",
    '"".format(1)',
    "f'{1}'",
    "(yield)",
    "(a := 1)",
    "print(1)",
    "x.__class__",
    "globals()",
    "sympify('1')",
    "conv.__init__.__globals__",
]


@pytest.mark.parametrize("expression", EXPRESSIONS)
@pytest.mark.parametrize(
    "frame",
    [
        "let a = {}\nnetwork n {{\n    input x[1]\n    linear(a)\n}}\n",
        "network n {{\n    input x[1]\n    linear({})\n}}\n",
        "network n {{\n    input x[{}]\n    relu\n}}\n",
        "network n {{\n    input x[1]\n    relu\n    expect params == {}\n}}\n",
        'network n {{\n    input x[1]\n    stage "s{{{}}}" {{ relu }}\n}}\n',
    ],
)
def test_python_is_not_the_language(refused, here, frame, expression):
    refused(frame.format(expression.replace('"', "") if 'stage "' in frame else expression))

    assert not (here / "canary").exists()


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_python_behind_an_option_is_usage(archc, here, expression):
    (here / "case.arch").write_text("network n(a = 1) {\n    input x[1]\n    linear(a)\n}\n")
    ran = archc("check", "case.arch", "-D", f"a={expression}")

    assert ran.status == 2
    assert not (here / "canary").exists()


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda text: ascii(text)[:40])
@pytest.mark.parametrize(
    "frame", ["network {} {{ input x[1] relu }}", "block {} {{ relu }}", "let {} = 1", "relu as {}"]
)
def test_a_name_is_a_word(refused, here, frame, payload):
    if payload == "a" * 5_000:
        payload += "!"
    refused(frame.format(payload))

    assert not (here / "canary").exists()


@pytest.mark.parametrize(
    ("first", "second"),
    [("fi", "ﬁ"), ("a", "\u0430"), ("K", "\u212a"), ("e\u0301", "\xe9"), ("x", "x\u200d")],
)
def test_names_that_look_alike_never_meet(refused, first, second):
    refused(f"let {first} = 1\nlet {second} = 2\n")


def test_a_comment_that_turns_the_text_around_is_shown(archc, here):
    text = "network n {\n    input x[1]\n    relu # \u202e } tixe\n    reul\n}\n"
    (here / "case.arch").write_text(text)
    ran = archc("check", "case.arch")

    assert ran.status == 1
    assert "\u202e" not in ran.err


def test_findings_for_github_are_one_line_each(archc, here):
    (here / "a,b:c%.arch").write_text("network n {\n    input x[1]\n    reul\n}\n")
    ran = archc("check", "a,b:c%.arch", "--format", "github")

    assert ran.out.startswith("::error file=a%2Cb%3Ac%25.arch,line=3,")
    assert ran.out.count("\n") == 1
