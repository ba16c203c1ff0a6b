"""Half-typed code: what can be read is judged, nothing false is said, and the error is told once where it is.

``¦`` is the cursor. It stands in the text where somebody is typing, and is taken out.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from iac_imds_lint.report import Report
from tests.shell import run, tree
from tests.support import linted

UNREADABLE = 3


class Half(NamedTuple):
    """A text that does not parse, where that is told and in which words; what else is found, and why."""

    text: str
    place: str
    words: str
    found: tuple[str, ...]
    why: str


def told(report: Report) -> list[tuple[str, str]]:
    """Where something cannot be read, as "path:row:column", and why."""
    found = [finding for finding in report.findings if finding.rule.code == "IMDS900"]
    return [(_place(report, finding.span.path, finding.span.start), _words(finding.message)) for finding in found]


def _words(message: str) -> str:
    return message.removeprefix("this file cannot be read: ")


def _place(report: Report, path: str, offset: int) -> str:
    row, column = report.sources.read(path).position(offset)  # type: ignore[union-attr]
    return f"{path}:{row}:{column}"


def others(report: Report) -> tuple[str, ...]:
    """What else is found: codes with addresses."""
    judged = [finding for finding in report.findings if finding.rule.code != "IMDS900"]
    return tuple(sorted(f"{finding.rule.code} {address}" for finding in judged for address in finding.affected))


def compare(half: Half, path: str) -> None:
    """Assert that a file is told of as its case says."""
    report = linted({path: half.text.replace("¦", "")})
    assert told(report) == [(f"{path}:{half.place}", half.words)], half.why
    assert others(report) == half.found, half.why


# --- HCL -------------------------------------------------------------------------------------------------------------

BEFORE = 'resource "aws_instance" "before" {\n  ami = "ami-1"\n}\n\n'
AFTER = '\nresource "aws_instance" "after" {\n  ami = "ami-1"\n}\n'
BOTH = ("IMDS001 aws_instance.after", "IMDS001 aws_instance.before")


def typed(body: str) -> str:
    """An instance that is typed between two others; its first line is the fifth."""
    return f'{BEFORE}resource "aws_instance" "typed" {{\n{body}}}\n{AFTER}'


HCL = [
    Half(typed("  http_tok¦\n"), "6:3", "after http_tok a value or a block is missing", BOTH, "a word that is begun"),
    Half(typed("  ami = ¦\n"), "6:7", "ami has no value", BOTH, "no value yet"),
    Half(typed("  ami = = ¦\n"), "6:3", "this is not an argument or a block that can be read", BOTH, "twice an ="),
    Half(typed('  ami = "ami-¦\n'), "6:9", 'this " has no other one on its line', BOTH, "a string is begun"),
    Half(typed('  ami = "${var.¦\n'), "6:10", "this ${ is not closed", BOTH, "a template is begun"),
    Half(typed('  ami = "x${var.¦}"\n'), "6:3", "this is not an argument or a block that can be read", BOTH, "a name"),
    Half(
        typed('  metadata_options {\n    http_tokens = "opt¦\n  }\n'),
        "7:19",
        'this " has no other one on its line',
        BOTH,
        "options are being written: nothing is said of them",
    ),
    Half(typed("  metadata_options {¦\n"), "6:20", "this { is not closed", BOTH, "a block is begun"),
    Half(
        typed("  metadata_options {\n    http_¦\n  }\n"),
        "7:5",
        "after http_ a value or a block is missing",
        BOTH,
        "in it",
    ),
    Half(typed("  tags = {¦\n"), "6:10", "this { is not closed", BOTH, "an object is begun"),
    Half(typed("  ami = foo(¦\n  b = 1\n"), "6:12", "this ( is not closed", BOTH, "a call is begun"),
    Half(
        typed("  }¦\n  metadata_options {\n  }\n"), "7:3", "this is not part of a block", BOTH, "it is closed too early"
    ),
    Half(
        typed("  user_data = <<EOF¦\n"),
        "6:15",
        "this heredoc has no line EOF that ends it",
        BOTH,
        "it swallows the rest",
    ),
    Half(typed("  /* ami¦\n"), "6:3", "this comment has no */", BOTH, "so does a comment"),
    Half(BEFORE + 'resource "aws_inst¦' + "\n" + AFTER, "5:10", 'this " has no other one on its line', BOTH, "a head"),
    Half(BEFORE + "reso¦\n" + AFTER, "5:1", "after reso a value or a block is missing", BOTH, "a word"),
    Half(BEFORE + "}¦\n" + AFTER, "5:1", "nothing opens this }", BOTH, "a bracket apart from all"),
    Half(BEFORE + 'resource "aws_instance" "typed" {¦\n' + AFTER, "5:33", "this { is not closed", BOTH, "no end yet"),
    Half(
        BEFORE + 'resource "aws_instance" "typed" ¦\n  ami = "a"\n}\n' + AFTER,
        "5:1",
        "this has no {",
        BOTH,
        "no beginning",
    ),
    Half(
        BEFORE + AFTER.rstrip().removesuffix("}") + "¦",
        "6:33",
        "this { is not closed",
        ("IMDS001 aws_instance.before",),
        "at the end of the file",
    ),
    Half(
        BEFORE.replace("ami-1", "größe").replace("\n", "\r\n") + typed("  ami =¦\n").replace("\n", "\r\n"),
        "10:7",
        "ami has no value",
        ("IMDS001 aws_instance.after", "IMDS001 aws_instance.before"),
        "CRLF and what is not ASCII move nothing",
    ),
]


@pytest.mark.parametrize("half", HCL, ids=lambda half: half.why)
@pytest.mark.parametrize("suffix", ["tf", "tofu"])
def test_hcl(half: Half, suffix: str) -> None:
    compare(half, f"main.{suffix}")


NESTED = [
    Half(
        typed('  http_tok¦\n  metadata_options {\n    http_tokens = "required"\n  }\n'),
        "6:3",
        "after http_tok a value or a block is missing",
        BOTH,
        "the grammar takes both lines for the head of one block: the options are not lost by that",
    ),
]


@pytest.mark.parametrize("half", NESTED, ids=lambda half: half.why)
def test_a_word_above_a_block(half: Half) -> None:
    compare(half, "main.tf")


@pytest.mark.parametrize(
    ("text", "found", "why"),
    [
        (typed('  ami = "ami-1"\n'), (*BOTH, "IMDS001 aws_instance.typed"), "it is complete"),
        (typed("  ami = var.\n    x\n"), (*BOTH, "IMDS001 aws_instance.typed"), "an expression goes on where it likes"),
        (BEFORE + "# reso\n" + AFTER, BOTH, "a comment"),
        (BEFORE + "/*\nreso\n*/\n" + AFTER, BOTH, "a comment over several lines"),
        (BEFORE + "locals {\n  a = <<EOF\nreso\nlocals {\nEOF\n}\n" + AFTER, BOTH, "what a heredoc holds"),
    ],
)
def test_what_is_no_error(text: str, found: tuple[str, ...], why: str) -> None:
    report = linted({"main.tf": text})
    assert told(report) == [], why
    assert others(report) == tuple(sorted(found)), why


# --- YAML ------------------------------------------------------------------------------------------------------------

INSTANCE = "  {}:\n    Type: AWS::EC2::Instance\n    Properties:\n      ImageId: ami-1\n{}"
TWO = ("IMDS001 After", "IMDS001 Before")


def template(inside: str) -> str:
    """A template with an instance that is typed between two others; its first line is the sixth."""
    return (
        f"Resources:\n{INSTANCE.format('Before', '')}{INSTANCE.format('Typed', inside)}{INSTANCE.format('After', '')}"
    )


YAML = [
    Half(
        template("      HttpTok¦\n"), "10:7", "could not find expected ':' while scanning a simple key", TWO, "no colon"
    ),
    Half(
        template("      MetadataOptions:\n        HttpEndpoint: enabled\n        HttpTok¦\n"),
        "12:9",
        "could not find expected ':' while scanning a simple key",
        TWO,
        "an option is begun",
    ),
    Half(
        template('      MetadataOptions: {HttpTokens: "opt¦\n'),
        "10:37",
        "found unexpected end of stream while scanning a quoted scalar",
        TWO,
        "a quote in braces",
    ),
    Half(
        template("      MetadataOptions: {HttpTok¦\n"),
        "10:24",
        "did not find expected ',' or '}' while parsing a flow mapping",
        TWO,
        "a brace is open",
    ),
    Half(
        template("      Tags: [¦\n"),
        "10:13",
        "did not find expected ',' or ']' while parsing a flow sequence",
        TWO,
        "[",
    ),
    Half(
        template('      KeyName: "x¦\n'),
        "10:16",
        "found unexpected end of stream while scanning a quoted scalar",
        TWO,
        "a quote swallows the rest",
    ),
    Half(
        template("       KeyName: x¦\n"),
        "10:15",
        "mapping values are not allowed in this context",
        TWO,
        "indented too deeply",
    ),
    Half(
        template("     KeyName: x¦\n"),
        "10:6",
        "did not find expected key while parsing a block mapping",
        TWO,
        "not indented enough",
    ),
    Half(
        template("      -¦\n"),
        "10:7",
        "did not find expected key while parsing a block mapping",
        TWO,
        "an item where there is no list",
    ),
    Half(
        template("\tKeyName: x¦\n"),
        "10:1",
        "found a tab character that violates indentation while scanning a plain scalar",
        TWO,
        "a tab",
    ),
    Half(
        template("      KeyName: x: y¦\n"), "10:17", "mapping values are not allowed in this context", TWO, "two colons"
    ),
    Half(template("      ImageId: *im¦\n"), "10:16", "found undefined alias 'im'", TWO, "an alias that is not there"),
    Half(
        f"Resources:\n{INSTANCE.format('Before', '')}  Typ¦\n{INSTANCE.format('After', '')}",
        "6:3",
        "could not find expected ':' while scanning a simple key",
        TWO,
        "the name of a resource",
    ),
    Half(
        f"Resources:\n{INSTANCE.format('Before', '')}{INSTANCE.format('After', '')}Outp¦\n",
        "10:1",
        "could not find expected ':' while scanning a simple key",
        TWO,
        "a section is begun",
    ),
]


@pytest.mark.parametrize("half", YAML, ids=lambda half: half.why)
def test_yaml(half: Half) -> None:
    compare(half, "t.yaml")


@pytest.mark.parametrize("half", YAML, ids=lambda half: half.why)
def test_yaml_in_a_configuration_of_the_serverless_framework(half: Half) -> None:
    inner = half.text.replace("¦", "").replace("\n", "\n    ").rstrip(" ")
    text = f"service: shop\nresources:\n    {inner}"
    report = linted({"serverless.yml": text})
    row, column = half.place.split(":")
    if "\t" not in text:
        assert told(report) == [(f"serverless.yml:{int(row) + 2}:{int(column) + 4}", half.words)], half.why
    assert others(report) == half.found, half.why


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Resour¦\n  A:\n    Type: AWS::EC2::Instance\n", "the section is being written"),
        ("kind: Pod\nspec: {¦\n", "it is no template"),
        ("{{ x }}\nResources:\n  A:\n    Type: AWS::EC2::Instance\n", "a template of templates"),
    ],
)
def test_what_is_not_recognisable_as_a_template_is_not_judged(text: str, why: str) -> None:
    report = linted({"t.yaml": text.replace("¦", "")})
    assert (told(report), others(report)) == ([], ()), why


# --- JSON ------------------------------------------------------------------------------------------------------------


def json_template(inside: str) -> str:
    """A template with an instance that is typed between two others; its properties begin in the sixth line."""
    return f"""\
{{
  "Resources": {{
    "Before": {{"Type": "AWS::EC2::Instance"}},
    "Typed": {{
      "Type": "AWS::EC2::Instance",
      "Properties": {{
        "ImageId": "ami-1"{inside}
      }}
    }},
    "After": {{"Type": "AWS::EC2::Instance"}}
  }}
}}
"""


JSON = [
    Half(json_template(',\n        "HttpTok¦'), "8:17", "Invalid control character", TWO, "a string is begun"),
    Half(json_template('¦\n        "KeyName": "x"'), "8:9", "Expecting ',' delimiter", TWO, "no comma"),
    Half(json_template(',\n        "MetadataOptions": {¦'), "8:28", "this { is not closed", TWO, "a brace"),
    Half(json_template(',\n        "Tags": [¦'), "9:7", "Expecting value", TWO, "a bracket"),
    Half(
        json_template("").replace('"ami-1"\n      }', '"ami-1"'),
        "6:21",
        "this { is not closed",
        TWO,
        "no end of properties",
    ),
    Half(json_template("").replace('"Typed": {', '"Typed": ¦'), "5:13", "Expecting ',' delimiter", TWO, "no beginning"),
    Half(
        json_template("").replace('    "After"', '    "Ne¦\n    "After"'),
        "10:8",
        "Invalid control character",
        ("IMDS001 After", "IMDS001 Before", "IMDS001 Typed"),
        "a name",
    ),
]
NO_YAML = [
    Half(json_template(',\n        "HttpTok¦"'), "9:7", "Expecting ':' delimiter", TWO, "no colon"),
    Half(json_template(',\n        "HttpTok":¦'), "9:7", "Expecting value", TWO, "no value"),
    Half(json_template(",¦"), "7:27", "a comma before the closing bracket, which JSON does not allow", TWO, "a comma"),
    Half(json_template(',\n        "KeyName": x¦'), "8:20", "Expecting value", TWO, "no quotes"),
]


@pytest.mark.parametrize("half", JSON, ids=lambda half: half.why)
def test_json(half: Half) -> None:
    compare(half, "t.json")


@pytest.mark.parametrize("half", NO_YAML, ids=lambda half: half.why)
def test_json_that_is_yaml_is_judged_as_that(half: Half) -> None:
    report = linted({"t.json": half.text.replace("¦", "")})
    assert told(report) == [], half.why
    assert others(report) == ("IMDS001 After", "IMDS001 Before", "IMDS001 Typed"), half.why


@pytest.mark.parametrize("half", [*JSON, *NO_YAML], ids=lambda half: half.why)
def test_terraforms_json(half: Half) -> None:
    """The same texts with Terraform's names at the same places."""
    text = half.text.replace('"Resources": {', '"resource": {"aws_instance": {').replace("¦", "")
    text = re.sub(r'\{"Type": "AWS::EC2::Instance"\}', '{"ami": "a"}', text)
    text = (
        text.replace('"Type": "AWS::EC2::Instance",', '"name": "AWS::EC2::Instance",').removesuffix("  }\n}\n")
        + "  }}\n}\n"
    )
    report = linted({"main.tf.json": text})
    assert told(report) == [(f"main.tf.json:{half.place}", half.words)], half.why
    assert others(report) == tuple(one.replace(" ", " aws_instance.") for one in half.found), half.why


# --- Other files -----------------------------------------------------------------------------------------------------

TOKENS = 'resource "aws_instance" "x" {\n  ami = "a"\n  metadata_options {\n    http_tokens = var.t\n  }\n}\n'
OPTIONAL = ("IMDS002 aws_instance.x",)
CALL = 'module "m" {\n  source = "./m"\n  t      = "optional"\n%s}\n'
IN_MODULE = {"m/main.tf": TOKENS, "m/variables.tf": 'variable "t" {\n  type = string\n}\n'}
OF_MODULE = ("IMDS002 module.m.aws_instance.x",)


@pytest.mark.parametrize(
    ("files", "broken", "found", "why"),
    [
        (
            {"main.tf": TOKENS, "v.tf": 'variable "t" {\n  default = "optional"\n  descr¦\n}\n'},
            "v.tf",
            OPTIONAL,
            "the default is there",
        ),
        ({"main.tf": TOKENS, "v.tf": 'variable "t" {\n  default = ¦\n}\n'}, "v.tf", (), "the default is being written"),
        ({"main.tf": TOKENS, "v.tf": 'variable "t" {\n  def¦\n}\n'}, "v.tf", (), "it may become the default"),
        ({"main.tf": TOKENS, "v.tf": 'variable "t¦\n'}, "v.tf", (), "it is not known which variable that is"),
        ({"main.tf": TOKENS, "v.tf": 'variable "u" {¦\n'}, "v.tf", (), "what follows may be anything"),
        (
            {"main.tf": TOKENS.replace("var.t", "local.t"), "l.tf": 'locals {\n  t = "optional"\n  u = ¦\n}\n'},
            "l.tf",
            OPTIONAL,
            "another local is being written",
        ),
        (
            {"main.tf": TOKENS.replace("var.t", "local.t"), "l.tf": 'locals {\n  t = "opt¦\n}\n'},
            "l.tf",
            (),
            "the local is being written",
        ),
        (
            {"main.tf": TOKENS, "v.tf": 'variable "t" {}\n', "terraform.tfvars": 't = "optional"\nu = ¦\n'},
            "terraform.tfvars",
            OPTIONAL,
            "another value is being written",
        ),
        (
            {"main.tf": TOKENS, "v.tf": 'variable "t" {}\n', "terraform.tfvars": 't = "opt¦\n'},
            "terraform.tfvars",
            (),
            "the value is being written",
        ),
        (
            {
                "main.tf": 'resource "aws_launch_configuration" "lc" {\n  name = var.n\n}\nvariable "n" {}\n',
                "terraform.tfvars": 'n = "a¦\n',
            },
            "terraform.tfvars",
            ("IMDS001 aws_launch_configuration.lc", "IMDS003 aws_launch_configuration.lc"),
            "a name decides nothing",
        ),
        ({"main.tf": CALL % "  x = ¦\n", **IN_MODULE}, "main.tf", OF_MODULE, "another argument is being written"),
        ({"main.tf": (CALL % "").rstrip("}\n") + "¦\n", **IN_MODULE}, "main.tf", OF_MODULE, "the call has no end"),
        (
            {"main.tf": CALL % "", **IN_MODULE, "m/variables.tf": 'variable "t" {\n  ty¦\n}\n'},
            "m/variables.tf",
            OF_MODULE,
            "the module that is called is being written",
        ),
        (
            {"main.tf": CALL % "", **IN_MODULE, "m/main.tf": TOKENS + "reso¦\n"},
            "m/main.tf",
            OF_MODULE,
            "a word in the module that is called",
        ),
        (
            {
                "a.tf": 'resource "aws_instance" "x" {¦',
                "z.tf": TOKENS,
                "v.tf": 'variable "t" {\n  default = "optional"\n}\n',
            },
            "a.tf",
            OPTIONAL,
            "what is being written in a file before may yet get another name",
        ),
        (
            {
                "main.tf": TOKENS,
                "v.tf": 'variable "t" {\n  default = "optional"\n}\n',
                "z.tf": 'resource "aws_instance" "x" {¦',
            },
            "z.tf",
            OPTIONAL,
            "what is being written in a file behind may yet get another name",
        ),
    ],
)
def test_values_from_a_file_that_is_being_written(
    files: dict[str, str], broken: str, found: tuple[str, ...], why: str
) -> None:
    """What the file no longer says is not told as undecided wherever it is used: that it cannot be read is enough."""
    report = linted({path: text.replace("¦", "") for path, text in files.items()})
    assert [finding.span.path for finding in report.findings if finding.is_unread] == [broken], why
    assert others(report) == found, why


REFERRING = INSTANCE.format("W", "      MetadataOptions: {HttpTokens: !Ref T}\n")
CHILD = f"Parameters:\n  T:\n    Type: String\nResources:\n{REFERRING}"
PARENT = (
    "Resources:\n  S:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: child.yaml\n"
    "      Parameters:\n        T: optional\n"
)


@pytest.mark.parametrize(
    ("files", "found", "why"),
    [
        ({"p.yaml": PARENT, "child.yaml": CHILD + "Outp¦\n"}, ("IMDS002 S/W",), "a section of the nested template"),
        ({"p.yaml": PARENT + "  New¦\n", "child.yaml": CHILD}, ("IMDS002 S/W",), "a resource beside the stack"),
        (
            {"p.yaml": PARENT, "child.yaml": CHILD.replace("    Type: String", "    Type: String\n    De¦")},
            ("IMDS002 S/W",),
            "a parameter that is passed",
        ),
        ({"p.yaml": CHILD.replace("Type: String", "Type: String\n    Def¦")}, (), "the default is being written"),
        (
            {"p.yaml": CHILD.replace("Type: String", "Type: String\n    Default: optional\n    Desc¦")},
            ("IMDS002 W",),
            "the default is there",
        ),
    ],
)
def test_templates_that_are_being_written(files: dict[str, str], found: tuple[str, ...], why: str) -> None:
    report = linted({path: text.replace("¦", "") for path, text in files.items()})
    assert len([finding for finding in report.findings if finding.is_unread]) == 1, why
    assert others(report) == found, why


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("main.tf", typed("  http_tok\n")),
        ("t.yaml", template("      HttpTok\n")),
        ("t.json", json_template(',\n        "HttpTok')),
    ],
)
def test_the_command_fails_and_writes_nothing_into_a_broken_file(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    before = tree(tmp_path)
    ran = run(tmp_path, "check", "--fix", "--unsafe-fixes", "--output-format", "concise")
    assert ran.status == UNREADABLE
    assert tree(tmp_path) == before
    assert len(re.findall("IMDS900", ran.out.decode())) == 1
    assert len(re.findall("IMDS001", ran.out.decode())) == 2


LAUNCHED = (
    'resource "aws_launch_configuration" "lc" {\n  image_id = "ami-1"\n}\n'
    'resource "aws_autoscaling_group" "g" {\n  launch_configuration = aws_launch_configuration.lc.name\n%s}\n'
)


@pytest.mark.parametrize(
    ("inside", "why"),
    [
        ("  lifecycle {\n    create_be¦\n  }\n", "a line of a nested block is begun"),
        ("  tags = [data.¦]\n", "a list holds a name that is begun"),
        ("  tag {\n¦\n", "a block has no end"),
    ],
)
def test_who_launches_from_a_resource_decides_nothing_of_it(inside: str, why: str) -> None:
    report = linted({"main.tf": (LAUNCHED % inside).replace("¦", "")})
    assert len([finding for finding in report.findings if finding.is_unread]) == 1, why
    assert "IMDS001 aws_launch_configuration.lc" in others(report), why


# --- Typing ----------------------------------------------------------------------------------------------------------


def _states(whole: str, first: str, last: str) -> Iterator[str]:
    """A text in which what stands between two words is typed, one character after the other."""
    start, end = whole.index(first), whole.index(last)
    return (whole[:at] + "\n" + whole[end:] for at in range(start, end))


OPTIONS = '  metadata_options {\n    http_endpoint = "enabled"\n    http_tokens   = "${var.x}"\n  }\n  tags = { a = [1, 2] }\n'
YAML_OPTIONS = '      MetadataOptions:\n        HttpEndpoint: enabled\n        HttpTokens: "required"\n      Tags: [{Key: a, Value: b}]\n'
JSON_OPTIONS = ',\n        "MetadataOptions": {\n          "HttpTokens": "required"\n        },\n        "Tags": [1]'


@pytest.mark.parametrize(
    ("path", "whole", "first", "last", "neighbours"),
    [
        ("main.tf", typed(OPTIONS), "metadata_options", '\nresource "aws_instance" "after"', BOTH),
        ("main.tf", typed(OPTIONS), 'resource "aws_instance" "typed"', '\nresource "aws_instance" "after"', BOTH),
        ("t.yaml", template(YAML_OPTIONS), "      MetadataOptions", "  After:", TWO),
        ("t.json", json_template(JSON_OPTIONS), '\n        "MetadataOptions"', '\n      }\n    },\n    "After"', TWO),
    ],
)
def test_typing(path: str, whole: str, first: str, last: str, neighbours: tuple[str, ...]) -> None:
    """In no state is anything said of what stands beside, but what is always said; and one error at most is told."""
    for text in _states(whole, first, last):
        report = linted({path: text})
        assert Counter(neighbours) - Counter(others(report)) == Counter(), text
        unread = [finding for finding in report.findings if finding.is_unread]
        assert len(unread) <= 1, text
        if unread:
            assert others(report) == neighbours, text


@pytest.mark.parametrize("seed", range(4))
def test_random_edits_of_a_statement(seed: int) -> None:
    """Whatever is inserted into one block of HCL, its neighbours stay as they are."""
    rng = random.Random(seed)
    whole = typed(OPTIONS)
    start, end = whole.index("  metadata_options"), whole.index('\nresource "aws_instance" "after"') - 2
    for _ in range(60):
        at = rng.randrange(start, end)
        word = rng.choice(["{", "}", '"', "[", "]", "(", ")", "= =", "${", "<<EOF", "%{", ",", "x", ".", "\n"])
        report = linted({"main.tf": whole[:at] + word + whole[at:]})
        assert not [finding for finding in report.findings if finding.rule.code == "IMDS999"]
        if any(finding.is_unread for finding in report.findings):
            assert others(report) == BOTH, whole[:at] + "¦" + word + whole[at:]
            assert len(told(report)) == 1
