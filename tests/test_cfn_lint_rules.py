"""cfn-lint itself, run on files with our rules: what it reports of them, where, and what turns it off."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest

from iac_imds_lint import rules
from tests.shell import run

pytest.importorskip("cfnlint", reason="cfn-lint is an extra")

from iac_imds_lint.cfn_lint_rules import HOSTED, id_of, judging
from iac_imds_lint.rules import imds012
from iac_imds_lint.source import Problem, Unfollowed

TOP = Path(__file__).resolve().parent.parent
OURS = re.compile(r"[EWI]95\d\d")
CFN_LINT = "from cfnlint.runner import main; main()"
AMI = "ami-0123456789abcdef0"

WEB = f"""Resources:
  Web:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: {AMI}
"""
SECURE = f"{WEB}      MetadataOptions:\n        HttpTokens: required\n"
TOKENS = """Parameters:
  Tokens:
    Type: String
    Default: optional
Resources:
  Template:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData:
        MetadataOptions:
          HttpTokens: !Ref Tokens
"""


SCRIPT = """\
Resources:
  Web:
    Type: AWS::EC2::Instance
    Properties:
      MetadataOptions: {HttpTokens: required}
      UserData:
        Fn::Base64: !Sub |
          id=$(curl http://169.254.169.254/latest/user-data)
"""


class Match(NamedTuple):
    """A match of cfn-lint's JSON: the ID of its rule, where it begins and ends, its path."""

    id: str
    start: tuple[int, int]
    end: tuple[int, int]
    path: tuple[str | int, ...]


class Case(NamedTuple):
    """A template, what our rules report in it, and why."""

    name: str
    text: str | bytes
    matches: tuple[Match, ...]
    why: str


WEB_HEAD = ("Resources", "Web")
AT_WEB = Match("E9501", (2, 3), (2, 6), WEB_HEAD)
NONE: tuple[Match, ...] = ()
POLICY = ("ec2_attributes", "instance_metadata_defaults", "http_tokens", "@@assign")
DATA = ("Resources", "Template", "Properties", "LaunchTemplateData", "MetadataOptions", "HttpTokens")

CASES = [
    Case("unset.yaml", WEB, (AT_WEB,), "an instance without options"),
    Case("secure.yaml", SECURE, NONE, "tokens are required"),
    Case("parameter.yaml", TOKENS, (Match("E9502", (11, 23), (11, 34), DATA),), "the parameter's default is optional"),
    Case("good-parameter.yaml", TOKENS.replace("optional", "required"), NONE, "the parameter's default is required"),
    Case(
        "tabs.json",
        '{\n\t"Resources": {\n\t\t"Web": {\n\t\t\t"Type": "AWS::EC2::Instance",\n\t\t\t"Properties": {'
        f'"ImageId": "{AMI}", "MetadataOptions": {{"HttpTokens": "optional"}}}}\n\t\t}}\n\t}}\n}}\n',
        (Match("E9502", (5, 89), (5, 99), (*WEB_HEAD, "Properties", "MetadataOptions", "HttpTokens")),),
        "JSON has the same places",
    ),
    Case(
        "secure.json",
        '{"Resources": {"Web": {"Type": "AWS::EC2::Instance", "Properties": {'
        f'"ImageId": "{AMI}", "MetadataOptions": {{"HttpTokens": "required"}}}}}}}}}}\n',
        NONE,
        "JSON on one line, tokens required",
    ),
    Case(
        "boot-script.yaml",
        SCRIPT,
        (Match("E9507", (8, 16), (8, 60), (*WEB_HEAD, "Properties", "UserData", "Fn::Base64", "Fn::Sub")),),
        "a call in a boot script is marked where it stands",
    ),
    Case("other.template", WEB, (AT_WEB,), "the name of a file says nothing"),
    Case("crlf.yaml", WEB.replace("\n", "\r\n"), (AT_WEB,), "CRLF counts as one newline"),
    Case(
        "columns.yaml",
        f'Resources:\n  {{"Größe😀": {{Type: AWS::SNS::Topic}}, Web: {{Type: AWS::EC2::Instance, Properties: {{ImageId: {AMI}}}}}}}\n',
        (Match("E9501", (2, 39), (2, 42), WEB_HEAD),),
        "columns are code points",
    ),
    Case("bom.yaml", b"\xef\xbb\xbf" + WEB.encode(), (AT_WEB,), "a byte order mark takes no column"),
    Case(
        "configuration.yaml",
        WEB.replace("EC2::Instance", "AutoScaling::LaunchConfiguration"),
        (AT_WEB, AT_WEB._replace(id="E9503")),
        "a launch configuration, without options",
    ),
    Case(
        "policy.yaml",
        "Resources:\n  Defaults:\n    Type: AWS::Organizations::Policy\n    Properties:\n      Name: x\n"
        "      Type: DECLARATIVE_POLICY_EC2\n      Content: {ec2_attributes: {instance_metadata_defaults: {http_tokens: "
        '{"@@assign": optional}}}}\n',
        (
            Match(
                "W9510",
                (7, 89),
                (7, 97),
                ("Resources", "Defaults", "Properties", "Content", *POLICY),
            ),
        ),
        "a policy that leaves IMDSv1 on",
    ),
    Case(
        "unknown.yaml",
        TOKENS.replace("    Default: optional\n", ""),
        (Match("W9505", (10, 23), (10, 34), DATA),),
        "a parameter without a value",
    ),
    Case("topic.yaml", "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n", NONE, "nothing that launches capacity"),
    Case(
        "sam.yaml",
        "Transform: AWS::Serverless-2016-10-31\n"
        + WEB
        + "  Function:\n    Type: AWS::Serverless::Function\n"
        + "    Properties: {Runtime: python3.13, Handler: a.b, InlineCode: x}\n",
        (Match("E9501", (3, 3), (3, 6), WEB_HEAD),),
        "cfn-lint transforms a SAM template first: the place is that in the file",
    ),
    Case(
        "ignored-in-template.yaml",
        "Metadata: {cfn-lint: {config: {ignore_checks: [E9501]}}}\n" + WEB,
        NONE,
        "cfn-lint's ignore_checks, for the template",
    ),
    Case(
        "ignored-by-prefix.yaml",
        "Metadata: {cfn-lint: {config: {ignore_checks: [E95]}}}\n" + WEB,
        NONE,
        "cfn-lint's ignore_checks takes the beginnings of IDs",
    ),
    Case(
        "other-ignored.yaml",
        "Metadata: {cfn-lint: {config: {ignore_checks: [E9502]}}}\n" + WEB,
        (Match("E9501", (3, 3), (3, 6), WEB_HEAD),),
        "another check is ignored",
    ),
    Case(
        "ignored-in-resource.yaml",
        WEB
        + "    Metadata: {cfn-lint: {config: {ignore_checks: [E9501]}}}\n"
        + f"  Other:\n    Type: AWS::EC2::Instance\n    Properties: {{ImageId: {AMI}}}\n",
        (Match("E9501", (7, 3), (7, 8), ("Resources", "Other")),),
        "cfn-lint's ignore_checks, for one resource of two",
    ),
    Case(
        "ignored-deep.yaml",
        TOKENS.replace(
            "    Properties", "    Metadata: {cfn-lint: {config: {ignore_checks: [E9502]}}}\n    Properties", 1
        ),
        NONE,
        "a match inside of a resource is its own",
    ),
    Case("comment.yaml", WEB.replace("Web:", "Web: # iac-imds-lint: ignore[IMDS001]"), NONE, "our comment"),
    Case("metadata.yaml", WEB + "    Metadata: {iac-imds-lint: {ignore: [IMDS001]}}\n", NONE, "our metadata"),
    Case(
        "unused.yaml",
        SECURE.replace("Web:", "Web: # iac-imds-lint: ignore[IMDS001]"),
        (Match("W9591", (2, 32), (2, 39), WEB_HEAD),),
        "a comment that ignores nothing",
    ),
    Case(
        "unused-ignored.yaml",
        SECURE.replace("Web:", "Web: # iac-imds-lint: ignore[IMDS001]")
        + "    Metadata: {cfn-lint: {config: {ignore_checks: [W9591]}}}\n",
        NONE,
        "a match about a comment is its resource's",
    ),
    Case(
        "settled.yaml",
        "Metadata: {cfn-lint: {config: {configure_rules: {E9501: {account_default: required}}}}}\n" + WEB,
        NONE,
        "cfn-lint's configure_rules says that the account requires tokens",
    ),
    Case(
        "settled-tokens.yaml",
        "Metadata: {cfn-lint: {config: {configure_rules: {E9501: {account_default: required}}}}}\n" + TOKENS,
        (Match("E9502", (12, 23), (12, 34), DATA),),
        "what the template sets overrules the account's default",
    ),
    Case(
        "unsettled.yaml",
        "Metadata: {cfn-lint: {config: {configure_rules: {E9501: {account_default: requierd}}}}}\n" + WEB,
        (Match("E9590", (1, 1), (1, 1), ()),),
        "no such account's default: nothing is judged, once",
    ),
    Case(
        "loop.yaml",
        "Transform: AWS::LanguageExtensions\nResources:\n  Fn::ForEach::Webs:\n    - Name\n    - [A, B]\n    - Web${Name}:\n"
        f"        Type: AWS::EC2::Instance\n        Properties: {{ImageId: {AMI}, MetadataOptions: {{HttpTokens: optional}}}}\n",
        (Match("E9502", (8, 84), (8, 92), ("Resources", "WebA")),),
        "what a loop writes twice is found once, in its body; cfn-lint, too, has written the loop out",
    ),
    Case(
        "include.yaml",
        f"{WEB}      Fn::Transform: {{Name: AWS::Include, Parameters: {{Location: options.yaml}}}}\n",
        (AT_WEB._replace(id="E9502"),),
        "what stands in an included file is shown at the resource",
    ),
    Case("options.yaml", "MetadataOptions:\n  HttpTokens: optional\n", NONE, "a part of a template is none"),
    Case(
        "parent.yaml",
        "Resources:\n  Net:\n    Type: AWS::CloudFormation::Stack\n"
        "    Properties: {TemplateURL: child.yaml, Parameters: {Tokens: optional}}\n",
        (Match("E9502", (2, 3), (2, 6), ("Resources", "Net")),),
        "a nested stack is judged for what its parent gives, and shown there",
    ),
    Case(
        "alias.yaml",
        f"Metadata: {{o: &o {{HttpTokens: optional}}}}\n{WEB}      MetadataOptions: *o\n",
        (Match("E9502", (1, 31), (1, 39), WEB_HEAD),),
        "what an alias stands for is marked where it is written, and is the resource's all the same",
    ),
    Case(
        "good-parent.yaml",
        "Resources:\n  Net:\n    Type: AWS::CloudFormation::Stack\n"
        "    Properties: {TemplateURL: child.yaml, Parameters: {Tokens: required}}\n",
        NONE,
        "the parent requires tokens",
    ),
    Case(
        "child.yaml",
        TOKENS.replace("    Default: optional\n", ""),
        (Match("W9505", (10, 23), (10, 34), DATA),),
        "and by itself, where cfn-lint is run on it",
    ),
    Case(
        "Stack.template.json",
        '{"Resources": {"WebABC": {"Type": "AWS::EC2::Instance",\n'
        f' "Properties": {{"ImageId": "{AMI}"}}, "Metadata": {{"aws:cdk:path": "Stack/Web/Resource"}}}}}}}}\n',
        (Match("E9501", (1, 16), (1, 24), ("Resources", "WebABC")),),
        "what a CDK app writes",
    ),
    Case(
        "serverless.yml",
        "service: x\nresources:\n" + "".join(f"  {line}\n" for line in WEB.splitlines()),
        (Match("E9501", (4, 5), (4, 8), WEB_HEAD),),
        "the template in a configuration of the Serverless Framework",
    ),
    Case(
        "undefined.yaml",
        f"{SECURE}    Condition: Gone\n",
        NONE,
        "cfn-lint says by itself that the condition is not defined",
    ),
    Case(
        "uneven.yaml",
        f"{SECURE}    Condition: C\nConditions: {{C: !Equals [a]}}\n",
        NONE,
        "cfn-lint says by itself that a side of the comparison is missing",
    ),
    Case(
        "circle.yaml",
        f"{SECURE}    Condition: A\nConditions: {{A: !Condition B, B: !Condition A}}\n",
        (Match("E9590", (8, 16), (8, 17), (*WEB_HEAD, "Condition")),),
        "cfn-lint sees no circle of conditions",
    ),
    Case(
        "unread.yaml",
        "Resources:\n  Net:\n    Type: AWS::CloudFormation::Stack\n    Properties: {TemplateURL: broken.yaml}\n",
        (Match("E9590", (1, 1), (1, 1), ()),),
        "a nested stack's template that cannot be read",
    ),
    Case("broken.yaml", WEB + "   x: {\n", NONE, "cfn-lint says by itself that it cannot be read"),
    Case("twice.yaml", WEB + "      ImageId: ami-1\n", NONE, "cfn-lint says by itself that a key is there twice"),
    Case("list.yaml", "- Resources\n- AWS::EC2::Instance\n", NONE, "no template"),
]


def cfn_lint(directory: Path, *arguments: str, text: str | None = None, program: str = CFN_LINT) -> list[Any]:
    """The matches of cfn-lint with our rules, as its JSON has them."""
    command = [sys.executable, "-c", program, "--append-rules", "iac_imds_lint.cfn_lint_rules", "--format", "json"]
    given = {"input": text} if text is not None else {"stdin": subprocess.DEVNULL}
    done = subprocess.run(
        [*command, *arguments], cwd=directory, capture_output=True, encoding="utf-8", check=False, **given
    )
    assert "Traceback" not in done.stderr, done.stderr
    return json.loads(done.stdout)


def ours(found: list[Any]) -> list[Any]:
    return [match for match in found if OURS.fullmatch(match["Rule"]["Id"])]


def matches(found: list[Any]) -> list[Match]:
    """Those of our rules."""
    return [
        Match(match["Rule"]["Id"], *map(_position, _ends(match)), tuple(match["Location"]["Path"] or ()))
        for match in ours(found)
    ]


def _ends(match: Any) -> tuple[Any, Any]:
    return match["Location"]["Start"], match["Location"]["End"]


def _position(place: Any) -> tuple[int, int]:
    return place["LineNumber"], place["ColumnNumber"]


class Lot(NamedTuple):
    """A directory with all cases, and what cfn-lint says of them in one run."""

    directory: Path
    found: list[Any]


@pytest.fixture(scope="module")
def lot(tmp_path_factory: pytest.TempPathFactory) -> Lot:
    directory = tmp_path_factory.mktemp("templates")
    for case in CASES:
        data = case.text.encode() if isinstance(case.text, str) else case.text
        (directory / case.name).write_bytes(data)
    return Lot(directory, cfn_lint(directory, "--", *(case.name for case in CASES)))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_cfn_lint_reports_our_rules(case: Case, lot: Lot) -> None:
    here = [match for match in lot.found if match["Filename"] == case.name]
    assert matches(here) == list(case.matches), case.why


@pytest.mark.parametrize("name", ["broken.yaml", "twice.yaml", "list.yaml"])
def test_what_cfn_lint_cannot_read_is_its_own_to_report(name: str, lot: Lot) -> None:
    assert {match["Rule"]["Id"] for match in lot.found if match["Filename"] == name} == {"E0000"}


def test_the_places_are_those_of_our_own_json(lot: Lot) -> None:
    """For each file that is judged by itself, and in which neither cfn-lint's configuration nor its rules have a say."""
    names = [case.name for case in CASES if b"cfn-lint" not in (lot.directory / case.name).read_bytes()]
    leading = ("parent.yaml", "good-parent.yaml", "child.yaml", "unread.yaml", "include.yaml")
    names = [
        name for name in names if name not in ("broken.yaml", "twice.yaml", "undefined.yaml", "uneven.yaml", *leading)
    ]
    told = json.loads(run(lot.directory, "check", "--output-format", "json", *names).out)
    own = [(f["filename"], f["code"], f["url"], *_own_place(f)) for f in told]
    codes = {id_of(module.RULE): module.RULE.code for module in HOSTED}
    hosted = [
        (m["Filename"], codes[m["Rule"]["Id"]], m["Rule"]["Source"], *map(_position, _ends(m))) for m in ours(lot.found)
    ]
    assert sorted(own) == sorted(one for one in hosted if one[0] in names)
    assert {name for name, *_ in own} >= {"tabs.json", "columns.yaml", "bom.yaml", "sam.yaml", "unused.yaml"}


def _own_place(finding: Any) -> Iterator[tuple[int, int]]:
    for key in ("location", "end_location"):
        yield finding[key]["row"], finding[key]["column"]


def test_the_message_says_what_where_and_what_to_do(lot: Lot) -> None:
    said = {match["Filename"]: match["Message"] for match in ours(lot.found)}
    assert said["unset.yaml"] == (
        "AWS::EC2::Instance Web answers IMDSv1: MetadataOptions is not set; iac-imds-lint check --fix would set "
        'HttpEndpoint to "enabled" and HttpTokens to "required"'
    )
    assert said["parameter.yaml"] == (
        'AWS::EC2::LaunchTemplate Template answers IMDSv1: HttpTokens is "optional"; line 4: the default of parameter '
        'Tokens; iac-imds-lint check --fix --unsafe-fixes would set HttpEndpoint to "enabled" and the default of '
        'parameter Tokens to "required" (unsafe: others may use the default of parameter Tokens, though nothing else here does)'
    )
    assert said["include.yaml"] == (
        'AWS::EC2::Instance Web answers IMDSv1: HttpTokens is "optional"; it stands at options.yaml:2:15; '
        "no fix: Fn::Transform may add MetadataOptions"
    )
    assert said["parent.yaml"].startswith(
        'AWS::EC2::LaunchTemplate Net/Template answers IMDSv1: HttpTokens is "optional"; it stands at child.yaml:10:23; '
        "line 4: parameter Tokens of stack Net; "
    )
    assert "it stands at" not in said["alias.yaml"]
    assert said["unsettled.yaml"] == (
        "nothing is judged: account_default 'requierd' is not known; did you mean 'required'?"
    )
    assert said["unused.yaml"].endswith("; iac-imds-lint check --fix would remove the comment")


@pytest.mark.parametrize(
    ("arguments", "ids", "why"),
    [
        (("--ignore-checks", "E95", "--mandatory-checks", "E9501"), ["E9501"], "mandatory wins over ignored"),
        (("-x", "E9501:account_default=required"), ["E9502"], "the account requires tokens"),
    ],
)
def test_options_of_cfn_lint(arguments: tuple[str, ...], ids: list[str], why: str, lot: Lot) -> None:
    found = cfn_lint(lot.directory, *arguments, "--", "unset.yaml", "parameter.yaml")
    assert sorted(match["Rule"]["Id"] for match in ours(found)) == ids, why


@pytest.mark.parametrize(
    ("settings", "ids", "why"),
    [
        ("", ["E9501"], "nothing is said"),
        ('account-default = "required"\n', [], "the account requires tokens"),
        ('ignore = ["IMDS001"]\n', [], "the rule is ignored"),
        ('ignore = ["IMDS002"]\n', ["E9501"], "another rule is ignored"),
        ('select = ["IMDS002"]\n', [], "another rule is selected"),
        ('exclude = ["unset.yaml"]\n', ["E9501"], "what a user names is not excluded"),
        ("acount-default = 1\n", ["E9590"], "a key that means nothing"),
    ],
)
def test_our_own_configuration_counts(
    settings: str, ids: list[str], why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".iac-imds-lint.toml").write_text(settings)
    (tmp_path / "unset.yaml").write_text(WEB)
    monkeypatch.chdir(tmp_path)
    found = said(Template("unset.yaml"))
    assert [rule for rule, _ in found] == ids, why
    if ids == ["E9590"]:
        assert found[0][1].message.endswith("key 'acount-default' is not known (the nearest is 'account-default')")


def test_cfn_lints_configuration_goes_before_our_own(tmp_path: Path) -> None:
    (tmp_path / ".iac-imds-lint.toml").write_text('account-default = "required"\n')
    (tmp_path / "unset.yaml").write_text(WEB)
    assert matches(cfn_lint(tmp_path, "-x", "E9501:account_default=optional", "--", "unset.yaml")) == [AT_WEB]


def test_a_template_on_standard_input_is_judged(tmp_path: Path) -> None:
    """Its places are those of keys, which cfn-lint knows; others are named by their path."""
    found = cfn_lint(tmp_path, text=TOKENS)
    assert matches(found) == [Match("E9502", (11, 11), (11, 21), DATA)]
    assert "; Parameters/Tokens/Default: the default of parameter Tokens; " in ours(found)[0]["Message"]


def test_a_defect_of_ours_does_not_end_the_run(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(WEB.replace("Properties", "Properteis"))
    program = (
        "from iac_imds_lint.cfn_lint_rules import judging\n"
        "def lint(*given): raise KeyError('x')\n"
        f"judging.lint = lint\n{CFN_LINT}"
    )
    found = cfn_lint(tmp_path, "--", "a.yaml", program=program)
    assert matches(found) == [Match("E9599", (1, 1), (1, 1), ())]
    assert ours(found)[0]["Message"].startswith("judging this template failed (KeyError: 'x' at lint:2): a defect of")
    assert len(found) > 1, "cfn-lint's own rules had their say"


@dataclass(eq=False)
class Template:
    """What our rules ask of cfn-lint's."""

    filename: str | None
    template: Any = field(default_factory=dict)
    context: Any = field(default_factory=SimpleNamespace)


def hosted() -> dict[str, Any]:
    from iac_imds_lint import cfn_lint_rules

    made = {id_of(module.RULE): getattr(cfn_lint_rules, id_of(module.RULE))() for module in HOSTED}
    for rule in made.values():
        rule.configure({})
        rule.child_rules = {key: made[key] for key in rule.child_rules}
    return made


def said(template: Template) -> list[tuple[str, Any]]:
    """The matches of all rules in one template, each with the ID of its rule."""
    return [(rule.id, match) for rule in hosted().values() for match in rule.match(template)]


def test_a_template_is_judged_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    judged = []
    lint = judging.lint
    monkeypatch.setattr(judging, "lint", lambda paths, *rest: judged.append(paths) or lint(paths, *rest))
    (tmp_path / "a.yaml").write_text(WEB)
    path = str(tmp_path / "a.yaml")
    made = hosted()
    for template in (Template(path), Template(path)):
        found = [(rule.id, match.location) for rule in made.values() for match in rule.match(template)]
        assert found == [("E9501", (1, 2, 1, 5))]
    assert judged == [[path], [path]], "each reading of a file is judged by itself, once"


@pytest.mark.parametrize(
    ("sets", "codes", "why"),
    [
        ([], ["E9502"], "the default"),
        ([{"Tokens": "required"}], [], "what is given counts"),
        ([{"Tokens": "required"}, {"Tokens": "optional"}], ["E9502"], "one of two sets is open"),
        ([{"Tokens": "optional"}, {"Tokens": "optional"}], ["E9502"], "what two sets give is said once"),
        ([{"Other": 1, "Tokens": "required"}], [], "a value for something else"),
        ([{"Tokens": None}], ["E9502"], "no value: the default"),
        ([{"Tokens": ["required"]}], [], "a list is a text with commas"),
        ([{"Tokens": ["required", True]}], ["E9511"], "of all its items"),
    ],
)
def test_parameters_given_to_cfn_lint_count(sets: list[Any], codes: list[str], why: str, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(TOKENS)
    context = SimpleNamespace(parameter_sets=[SimpleNamespace(parameters=one) for one in sets])
    template = Template(str(tmp_path / "a.yaml"), context=context)
    assert [rule for rule, _ in said(template)] == codes, why


@pytest.mark.parametrize(
    ("options", "paths", "why"),
    [
        ({}, [("E9501", ["Resources", "Web"])], "nothing is set"),
        ({"HttpTokens": "required"}, [], "tokens are required"),
    ],
)
@pytest.mark.parametrize("filename", [None, "gone.yaml", os.devnull])
def test_what_cannot_be_read_again_is_judged_as_cfn_lint_read_it(
    filename: str | None, options: Any, paths: list[Any], why: str
) -> None:
    properties = {"ImageId": AMI, **({"MetadataOptions": options} if options else {})}
    template = Template(filename, {"Resources": {"Web": {"Type": "AWS::EC2::Instance", "Properties": properties}}})
    found = said(template)
    assert [(rule, match.path) for rule, match in found] == paths, why
    assert not any(hasattr(match, "location") for _, match in found), "cfn-lint knows the places, we do not"


def test_what_is_not_followed_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "a.yaml").write_text(SECURE)
    calls = (Unfollowed("Stack", "https://x/y.yaml", "a.yaml"), Unfollowed("", "s3://x/y.yaml", "a.yaml"))
    lint = judging.lint
    monkeypatch.setattr(judging, "lint", lambda *given: replace(lint(*given), unfollowed=calls))
    monkeypatch.chdir(tmp_path)
    assert said(Template("a.yaml")) == []
    assert caplog.messages == [
        "a.yaml: not followed, so not judged: Stack (https://x/y.yaml)",
        "a.yaml: not followed, so not judged: (s3://x/y.yaml)",
    ]


def test_what_the_template_leads_to_and_cannot_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.yaml").write_text(SECURE)
    problems = (Problem("child.yaml", "not UTF-8: byte 0 is 0xff"), Problem("a.yaml", "something"))
    lint = judging.lint
    monkeypatch.setattr(judging, "lint", lambda *given: replace(lint(*given), problems=problems))
    monkeypatch.chdir(tmp_path)
    assert [(rule, match.message) for rule, match in said(Template("a.yaml"))] == [
        ("E9590", "not everything is judged: child.yaml: not UTF-8: byte 0 is 0xff"),
        ("E9590", "not everything is judged: something"),
    ]


def test_every_rule_that_applies_to_templates_is_one_of_cfn_lints() -> None:
    from cfnlint.helpers import create_rules

    from iac_imds_lint import cfn_lint_rules

    made = {rule.id: rule for rule in create_rules(cfn_lint_rules)}
    assert sorted(made) == sorted(id_of(rule) for rule in rules.RULES if rule is not imds012.RULE)
    for module in HOSTED:
        rule = made[id_of(module.RULE)]
        assert rule.shortdesc == f"{module.RULE.code} {module.RULE.name}"
        assert rule.description.startswith((module.__doc__ or "").partition("\n")[0])
        assert rule.source_url == module.RULE.url
        assert rule.severity[:4] == module.RULE.severity.value[:4]
        assert not rule.experimental
        assert module.RULE.code in rule.tags


def test_the_ids_are_documented_and_keep_their_meaning() -> None:
    page = (TOP / "docs" / "cfn-lint.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([EWI]95\d\d) \| \[(IMDS\d+)\]\(rules/IMDS\d+\.md\) \| (\S+) \|$", page, re.MULTILINE)
    assert rows == [(id_of(module.RULE), module.RULE.code, module.RULE.name) for module in HOSTED]
