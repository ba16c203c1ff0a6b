"""What parameters come to: given, by default, or one of what they allow; from the command line and from files."""

from __future__ import annotations

from pathlib import Path

import pytest

from iac_imds_lint.cloudformation import parameter_files
from iac_imds_lint.cloudformation.load import Template
from iac_imds_lint.engine import Options
from iac_imds_lint.inputs import Inputs
from iac_imds_lint.source import Problem, SourceFile
from tests.cloudformation.reading import TOKENS, instance, load, verdict
from tests.cloudformation.test_evaluate import told
from tests.shell import run
from tests.support import linted


def value_of(declared: str, given: str | None = None, written: str = "!Ref P") -> object:
    text = instance(f"MetadataOptions:\n  HttpTokens: {written}", f"Parameters:\n  P: {declared}\n")
    loaded = load(SourceFile("t.yaml", text), Inputs(parameters={} if given is None else {"P": given}))
    assert isinstance(loaded, Template)
    return told(loaded.resources[0].option(TOKENS))


NONE = "? parameter P has no default"


@pytest.mark.parametrize(
    ("declared", "expected", "why"),
    [
        ("{Type: String, Default: required}", "required", "a default"),
        ("{Type: String, Default: 5}", "5", "a number is a text"),
        ("{Type: String, Default: true}", "true", "a boolean is a text"),
        ("{Type: String, Default: ''}", "", "an empty text is one"),
        ("{Type: String}", NONE, "nothing"),
        ("{Type: String, Default: null}", NONE, "null is nothing"),
        ("{}", NONE, "not even a type"),
        ("{Type: AWS::EC2::Image::Id, Default: ami-1}", "ami-1", "a type of AWS"),
        ("{Type: Number, Default: 2}", 2, "a number"),
        ("{Type: Number, Default: '2'}", 2, "a number in quotes"),
        ("{Type: Number, Default: ' -1.5 '}", -1.5, "a fraction"),
        ("{Type: Number, Default: '01'}", "01", "a number that Ref gives as it is written"),
        ("{Type: Number, Default: '2.50'}", "2.50", "a fraction that Ref gives as it is written"),
        ("{Type: Number, Default: two}", "? parameter P is a Number, and its value is none", "no number"),
        ("{Type: Number, Default: 1e999}", "? parameter P is a Number, and its value is none", "no number that there is"),
        ("{Type: CommaDelimitedList, Default: 'a, b'}", ["a", "b"], "a list, trimmed"),
        ("{Type: CommaDelimitedList, Default: a}", ["a"], "a list of one"),
        ("{Type: List<Number>, Default: '1,2'}", ["1", "2"], "a list of numbers"),
        ("{Type: List<AWS::EC2::Subnet::Id>}", NONE, "a list that is not known"),
        ("{Type: CommaDelimitedList, AllowedValues: [a, b]}", NONE, "any of them, in any number"),
        ("{Type: CommaDelimitedList, Default: [a, b]}", "? the default of parameter P is no text", "a list for a text"),
        ("{Type: String, Default: !Ref X}", "? the default of parameter P is no text", "a function"),
        ("{Type: AWS::SSM::Parameter::Value<String>, Default: /x}", "? parameter P is read from the Systems Manager parameter store at deployment", "the name of something"),
        ("{Type: 'AWS::SSM::Parameter::Value<List<String>>', Default: /x}", "? parameter P is read from the Systems Manager parameter store at deployment", "the name of a list"),
        ("{Type: AWS::SSM::Parameter::Name, Default: /x}", "/x", "a name as such"),
        ("{Type: String, Default: '{{resolve:ssm:/x}}'}", "? the Systems Manager parameter /x is read at deployment only", "a dynamic reference"),
        ("{Type: String, AllowedValues: [a]}", "a", "nothing else is allowed"),
        ("{Type: String, AllowedValues: [a, b]}", ("parameter P", {"P is a": "a", "P is b": "b"}), "one of them"),
        ("{Type: String, AllowedValues: [true, false]}", ("parameter P", {"P is true": "true", "P is false": "false"}), "texts, too"),
        ("{Type: Number, AllowedValues: [1, '2']}", ("parameter P", {"P is 1": 1, "P is 2": 2}), "numbers"),
        ("{Type: String, AllowedValues: [a, a, b]}", ("parameter P", {"P is a": "a", "P is b": "b"}), "one is written twice"),
        ("{Type: String, AllowedValues: []}", NONE, "nothing is listed"),
        ("{Type: String, AllowedValues: [[a]]}", NONE, "no texts"),
        ("{Type: String, AllowedValues: a}", NONE, "no list"),
        ("{Type: String, Default: a, AllowedValues: [a, b]}", "a", "the default counts"),
        ("{Type: String, Default: c, AllowedValues: [a, b]}", ("parameter P", {"P is a": "a", "P is b": "b"}), "CloudFormation refuses the default"),
        ("[a]", "? parameter P is not declared as a mapping", "a list"),
        ("required", "? parameter P is not declared as a mapping", "a text"),
        ("", "? parameter P is not declared as a mapping", "null"),
    ],
)  # fmt: skip
def test_without_a_given_value(declared: str, expected: object, why: str) -> None:
    assert value_of(declared) == expected, why


@pytest.mark.parametrize(
    ("declared", "given", "expected", "why"),
    [
        ("{Type: String}", "x", "x", "nothing else says anything"),
        ("{Type: String, Default: d}", "x", "x", "before the default"),
        ("{Type: String, Default: d}", "", "", "an empty text is one"),
        ("{Type: String}", " x=y ", " x=y ", "as it is"),
        ("{Type: Number}", "2", 2, "a number"),
        ("{Type: Number}", "x", "? parameter P is a Number, and its value is none", "no number"),
        ("{Type: CommaDelimitedList}", "a, b", ["a", "b"], "a list"),
        ("{Type: String, AllowedValues: [a, b]}", "b", "b", "one that is allowed"),
        ("{Type: Number, AllowedValues: [1, 2]}", "2", 2, "a number that is allowed"),
        ("{Type: String, AllowedValues: [true, false]}", "true", "true", "a boolean as text"),
        ("{Type: String, AllowedValues: [a, b]}", "c", '? parameter P does not allow "c"', "one that is not"),
        ("{Type: String, Default: a, AllowedValues: [a, b]}", "c", '? parameter P does not allow "c"', "nor does a default help"),
        ("{Type: String, AllowedValues: [a], NoEcho: true}", "c", "? parameter P does not allow the value that is given", "what must not be shown"),
        ("{Type: String, AllowedValues: [a, b]}", "A", '? parameter P does not allow "A"', "letters count"),
        ("{Type: AWS::SSM::Parameter::Value<String>}", "/x", "? parameter P is read from the Systems Manager parameter store at deployment", "the name of something"),
        ("{Type: String}", "{{resolve:ssm:/x}}", "? the Systems Manager parameter /x is read at deployment only", "a dynamic reference"),
        ("[a]", "x", "? parameter P is not declared as a mapping", "no parameter"),
    ],
)  # fmt: skip
def test_with_a_given_value(declared: str, given: str, expected: object, why: str) -> None:
    assert value_of(declared, given) == expected, why


TEMPLATE = instance(
    "MetadataOptions:\n  HttpEndpoint: enabled\n  HttpTokens: !Ref Tokens",
    "Parameters:\n  Tokens: {Type: String, Default: optional}\n  Env: {Type: String}\n",
)
LIST = '[\n  {"ParameterKey": "Tokens", "ParameterValue": "required"},\n  {"ParameterKey": "Env", "ParameterValue": "x"}\n]\n'


def ways(inputs: Inputs, files: dict[str, str], template: str = TEMPLATE) -> list[tuple[str, str, str, bool, bool]]:
    """The way of HttpTokens: path, text, what it is, whether it can be replaced, whether it is hidden."""
    report = linted({"t.yaml": template, **files}, Options(inputs=inputs), ("t.yaml",))
    loaded = load_with(report.sources, template, inputs)
    way = loaded.resources[0].option(TOKENS).origins
    texts = {"t.yaml": template, **files}
    return [(o.span.path, texts[o.span.path][o.span.start : o.span.end], o.what, o.literal, o.sensitive) for o in way]


def load_with(sources, template: str, inputs: Inputs) -> Template:
    from iac_imds_lint.cloudformation import load as loading

    (loaded,) = loading.load(SourceFile("t.yaml", template), sources, inputs)
    assert isinstance(loaded, Template)
    return loaded


HERE = ("t.yaml", "!Ref Tokens", "here", False, False)


def test_the_command_line_is_named_at_the_parameter() -> None:
    last = ("t.yaml", "Tokens", "parameter Tokens, given by --parameter", False, False)
    assert ways(Inputs(parameters={"Tokens": "required"}), {}) == [HERE, last]


def test_a_file_is_named_and_its_value_can_be_replaced() -> None:
    last = ("p.json", '"required"', "parameter Tokens in p.json", True, False)
    assert ways(Inputs(parameter_files=("p.json",)), {"p.json": LIST}) == [HERE, last]


@pytest.mark.parametrize(
    ("written", "place", "literal", "why"),
    [
        ('["Tokens=required"]', "required", True, "the value stands behind the name"),
        ('["Tok\\u0065ns=required"]', '"Tok\\u0065ns=required"', False, "with an escape, its place is not known"),
    ],
)
def test_a_pair_in_one_text(written: str, place: str, literal: bool, why: str) -> None:
    last = ("p.json", place, "parameter Tokens in p.json", literal, False)
    assert ways(Inputs(parameter_files=("p.json",)), {"p.json": written}) == [HERE, last], why


def test_a_pair_in_a_plain_text() -> None:
    last = ("p.yaml", "required", "parameter Tokens in p.yaml", True, False)
    assert ways(Inputs(parameter_files=("p.yaml",)), {"p.yaml": "- Tokens=required # so\n"}) == [HERE, last]


@pytest.mark.parametrize(
    "inputs", [Inputs(), Inputs(parameters={"Tokens": "required"}), Inputs(parameter_files=("p.json",))]
)
def test_what_is_not_to_be_shown_has_no_place(inputs: Inputs) -> None:
    template = TEMPLATE.replace("Default: optional", "Default: optional, NoEcho: true")
    last = ("t.yaml", "Tokens", "parameter Tokens, which has NoEcho", False, True)
    assert ways(inputs, {"p.json": LIST}, template) == [HERE, last]


@pytest.mark.parametrize(
    "written",
    [
        "!Sub 'x${P}'",
        "!Join ['', [x, !Ref P]]",
        "!Select [0, !Split [',', !Ref P]]",
        "!Base64 {Ref: P}",
        "!Select [0, !Ref L]",
    ],
)
def test_what_is_made_of_a_secret_is_one(written: str) -> None:
    rest = "Parameters:\n  P: {Type: String, Default: p4ss, NoEcho: true}\n  L: {Type: CommaDelimitedList, Default: 'p4ss', NoEcho: true}\n"
    files = {"t.yaml": instance(f"MetadataOptions:\n  HttpTokens: {written}", rest)}
    (row,) = linted(files).inventory
    told_of = " ".join((*(f.message for f in linted(files).findings), str(row.reason)))
    assert "p4ss" not in told_of
    assert "cDRzcw" not in told_of
    assert "a sensitive value" in told_of


@pytest.mark.parametrize(
    ("inputs", "expected", "why"),
    [
        (Inputs(), "v1-allowed", "the default"),
        (Inputs(parameters={"Tokens": "required"}), "v2-required", "the command line"),
        (Inputs(parameter_files=("p.json",)), "v2-required", "a file"),
        (Inputs(parameter_files=("p.json", "q.json")), "v1-allowed", "a later file wins"),
        (Inputs(parameter_files=("q.json", "p.json")), "v2-required", "whichever it is"),
        (
            Inputs(parameters={"Tokens": "optional"}, parameter_files=("p.json",)),
            "v1-allowed",
            "the command line wins over files",
        ),
        (Inputs(variables={"Tokens": "required"}), "v1-allowed", "variables are for Terraform"),
        (Inputs(parameters={"tokens": "required"}), "v1-allowed", "letters count"),
        (Inputs(parameters={"Other": "required"}), "v1-allowed", "another parameter"),
    ],
)
def test_what_wins(inputs: Inputs, expected: str, why: str) -> None:
    files = {"t.yaml": TEMPLATE, "p.json": LIST, "q.json": '{"Parameters": {"Tokens": "optional"}}'}
    (row,) = linted(files, Options(inputs=inputs), ("t.yaml",)).inventory
    assert row.posture.value == expected, why


def test_names_that_no_template_declares_are_told_apart_from_variables() -> None:
    inputs = Inputs(variables={"v": "1"}, parameters={"Tokens": "required", "Nothing": "x"})
    report = linted({"t.yaml": TEMPLATE}, Options(inputs=inputs))
    assert (report.undeclared, report.undeclared_parameters) == (("v",), ("Nothing",))


@pytest.mark.parametrize(
    ("text", "expected", "why"),
    [
        (LIST, {"Tokens": "required", "Env": "x"}, "what create-stack takes"),
        ('["Tokens=required", "Env=a=b", "Empty="]', {"Tokens": "required", "Env": "a=b", "Empty": ""}, "what deploy takes"),
        ('{"Parameters": {"Tokens": "required"}, "Tags": {"a": "b"}}', {"Tokens": "required"}, "what CodePipeline takes"),
        ('{"Parameters": {}}', {}, "nothing is given"),
        ("[]", {}, "nothing is listed"),
        ('[{"ParameterKey": "Env", "UsePreviousValue": true}]', {}, "the stack's own value is not known"),
        ('[{"ParameterKey": "Env", "UsePreviousValue": true, "ParameterValue": "x"}]', {}, "nor is it where one is written beside it"),
        ('[{"ParameterKey": "Env", "UsePreviousValue": false, "ParameterValue": "x"}]', {"Env": "x"}, "a new value"),
        ('[{"ParameterKey": "Env", "ParameterValue": "x", "ResolvedValue": "y"}]', {"Env": "x"}, "what describe-stacks prints"),
        ('[{"ParameterKey": "Env", "ParameterValue": 5}]', {"Env": "5"}, "a number as text"),
        ('{"Parameters": {"A": true, "A": false}}', {"A": "false"}, "the last one counts"),
        ("Parameters:\n  Tokens: required\n", {"Tokens": "required"}, "YAML"),
        ("template-file-path: t.yaml\nparameters:\n  Tokens: required\ntags: {}\n", {"Tokens": "required"}, "a deployment file of Git sync"),
        ("- ParameterKey: Tokens\n  ParameterValue: required\n", {"Tokens": "required"}, "a list in YAML"),
        ("- Tokens=required\n", {"Tokens": "required"}, "pairs in YAML"),
    ],
)  # fmt: skip
def test_a_parameter_file(text: str, expected: dict[str, str], why: str) -> None:
    values = parameter_files.read(SourceFile("p", text))
    assert isinstance(values, dict)
    assert {name: written.text for name, written in values.items()} == expected, why


FORMS = 'a parameter file is a list of {"ParameterKey": ..., "ParameterValue": ...} or of "NAME=VALUE", or a mapping {"Parameters": {NAME: VALUE}}'


@pytest.mark.parametrize(
    ("text", "position", "why"),
    [
        ('{"Tokens": "required"}', (1, 1), "names alone, which no tool takes"),
        ('"Tokens=required"', (1, 1), "a text"),
        ('["Tokens"]', (1, 2), "no value"),
        ('["=x"]', (1, 2), "no name"),
        ("[1]", (1, 2), "a number"),
        ('[{"ParameterKey": "A", "ParameterValue": "x"},\n {"Key": "B", "Value": "x"}]', (2, 2), "the keys of tags"),
        ('[{"ParameterKey": "A"}]', (1, 2), "no value and no reason"),
        ('[{"ParameterKey": 1, "ParameterValue": "x"}]', (1, 2), "a number for a name"),
        ('[{"ParameterKey": "A", "ParameterValue": ["x"]}]', (1, 2), "a list for a value"),
        ('{"Parameters": {"A": null}}', (1, 22), "null for a value"),
        ('{"Parameters": ["A=b"]}', (1, 1), "a list where a mapping belongs"),
        ("a: 1\n---\nb: 2\n", None, "two documents"),
        ("", None, "nothing"),
    ],
)  # fmt: skip
def test_what_is_no_parameter_file(text: str, position: tuple[int, int] | None, why: str) -> None:
    found = parameter_files.read(SourceFile("p.json" if text.startswith(("{", "[", '"')) else "p.yaml", text))
    assert isinstance(found, Problem), why
    assert (found.reason, found.position) == (FORMS, position), why


def test_the_command_takes_parameters(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(TEMPLATE)
    (tmp_path / "p.json").write_text(LIST)
    assert run(tmp_path, "check").status == 1
    clean = "No findings in 1 file.\n"
    assert run(tmp_path, "check", "t.yaml", "--parameter", "Tokens=required")[::2] == (0, clean)
    assert run(tmp_path, "check", "t.yaml", "--parameter-file", "p.json")[::2] == (0, clean)
    told_of = run(tmp_path, "check", "t.yaml", "--parameter", "Tokens=required", "--parameter", "Tokns=x")
    undeclared = "--parameter Tokns: no template that is judged here declares a parameter of that name\n"
    assert told_of[::2] == (0, undeclared + clean)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--parameter", "Tokens"), "Error: --parameter takes NAME=VALUE, not 'Tokens'\n"),
        (("--parameter", "=x"), "Error: --parameter takes NAME=VALUE, not ''\n"),
        (("--parameter-file", "q.json"), "Error: no such file: q.json (the nearest is p.json)\n"),
        (("--parameter-file", "p.json"), f"Error: p.json:1:1: {FORMS}\n"),
        (("--parameter-file", "broken.json"), "Error: broken.json:1:2: "),
    ],
)
def test_wrong_use(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    (tmp_path / "t.yaml").write_text(TEMPLATE)
    (tmp_path / "p.json").write_text('{"Tokens": "required"}')
    (tmp_path / "broken.json").write_text("{]")
    found = run(tmp_path, "check", *arguments)
    assert (found.status, found.out) == (2, b"")
    assert found.err.startswith(said) if said.endswith(" ") else found.err == said


_SECRETS = """
Mappings:
  M: {p4ss: {p4ss: weak}, other: {p4ss: weak}}
  N: {a: {b: c}}
Parameters:
  P:
    Type: String
    NoEcho: true
    Default: p4ss
  L:
    Type: CommaDelimitedList
    NoEcho: true
    Default: p4ss,p4ss
  N:
    Type: Number
    NoEcho: true
    Default: 4711
  J:
    Type: String
    NoEcho: true
    Default: '{"InstanceMetadataServiceConfiguration": {"MinimumInstanceMetadataServiceVersion": "p4ss"}}'
  D:
    Type: String
    NoEcho: true
    Default: '{{resolve:ssm:p4ss}}'
  A:
    Type: String
    NoEcho: true
    AllowedValues:
      - p4ss
      - p4ss2
"""


@pytest.mark.parametrize("form", ["full", "concise", "json"])
@pytest.mark.parametrize(
    "written",
    [
        *("!Ref P", "!Ref L", "!Ref N", "!Ref D", "!Ref A", "!Sub '${P}'", "!Sub 'x${P}${N}'"),
        *("!Sub ['${x}', {x: !Ref P}]", "!Sub '{{resolve:ssm:${P}}}'", "!Sub ['${x}', {x: !Ref L}]"),
        *("!Join [!Ref P, [a, b]]", "!Join ['', [x, !Ref A]]", "!Join ['-', !Ref L]", "!Select [!Ref N, [a]]"),
        *("!Select [!Ref P, [a]]", "!Select [0, !Ref L]", "!Split [!Ref P, 'xp4ssy']", "!Split [',', !Ref P]"),
        *("!FindInMap [M, !Ref P, !Ref P]", "!FindInMap [M, !Ref P, x]", "!FindInMap [M, x, !Ref P]"),
        *("!FindInMap [N, !Ref P, b]", "!FindInMap [!Ref P, a, b]", "!FindInMap [N, a, !Ref P]"),
        *("!ImportValue {Ref: P}", "!GetAtt [Web, !Ref P]", "!Base64 {Ref: P}", "{'Fn::GetAZs': !Ref P}"),
        *("{'Fn::Transform': {Name: !Ref P}}", "{'Fn::Length': !Ref L}", "{'Fn::ToJsonString': {a: !Ref P}}"),
        *("{'Fn::ToJsonString': [[!Ref P], !Ref N]}", "!Cidr [!Ref P, 1, 1]"),
    ],
)
def test_no_function_shows_a_secret(written: str, form: str, tmp_path: Path) -> None:
    emr = (
        f"  Emr:\n    Type: AWS::EMR::SecurityConfiguration\n    Properties:\n      SecurityConfiguration: {written}\n"
        "  Json:\n    Type: AWS::EMR::SecurityConfiguration\n    Properties:\n      SecurityConfiguration: !Ref J\n"
        "  Named:\n    Type: AWS::EC2::Instance\n    Properties:\n      LaunchTemplate:\n"
        f"        LaunchTemplateName: {written}\n        Version: 1\n"
        "  Env:\n    Type: AWS::ElasticBeanstalk::Environment\n    Properties:\n      OptionSettings:\n"
        "        - Namespace: aws:autoscaling:launchconfiguration\n          OptionName: DisableIMDSv1\n"
        f"          Value: {written}\n"
    )
    options = f"MetadataOptions:\n  HttpPutResponseHopLimit: {written}\n  HttpTokens: {written}"
    text = "Transform: AWS::LanguageExtensions\n" + instance(options, emr + _SECRETS)
    (tmp_path / "t.yaml").write_text(text)
    done = run(tmp_path, "check", "t.yaml", "--output-format", form)
    told = "\n".join(line for line in done.out.decode().splitlines() if " | " not in line)  # the user's own lines
    assert "IMDS" in told
    for secret in ("p4ss", "cDRzcw", "4711"):
        assert secret not in told, told


FRACTION = "Conditions: {Old: !Equals ['8.0', !Ref V]}\n"


@pytest.mark.parametrize(
    ("declared", "expected", "why"),
    [
        ("Default: '8.0', AllowedValues: [8.0, 7.4]", "v1-allowed", "the text is allowed, whatever YAML makes of 8.0"),
        ("Default: '7.4', AllowedValues: [8.0, 7.4]", "v2-required", "another text"),
        ("Default: '8.0', AllowedValues: ['8.0', '7.4']", "v1-allowed", "texts are texts"),
        ("Default: 8.0", "unknown", "how this becomes a text is documented nowhere"),
        ("Default: 7.4", "v2-required", "there is one way to write this"),
    ],
)
def test_a_number_with_an_empty_fraction(declared: str, expected: str, why: str) -> None:
    options = "MetadataOptions: {HttpTokens: !If [Old, optional, required]}"
    text = instance(options, f"Parameters: {{V: {{Type: String, {declared}}}}}\n{FRACTION}")
    assert verdict(text).posture.value == expected, why
