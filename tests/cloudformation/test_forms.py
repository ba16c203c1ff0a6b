"""Every shape that a template comes in: languages, frameworks, included files, conditions on resources."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from iac_imds_lint.edit import Applicability
from iac_imds_lint.engine import Options
from iac_imds_lint.source import Position, Uncreated, Unfollowed
from tests.cloudformation.answers import given
from tests.shell import run
from tests.support import linted, postures, texts_after

STRICT, WEAK, OPEN = "v2-required", "v1-allowed", "unknown"
OPTIONS = "MetadataOptions: {HttpEndpoint: enabled, HttpTokens: %s}"


def web(tokens: str, rest: str = "") -> str:
    return f"Resources:\n  Web:\n    Type: AWS::EC2::Instance\n{rest}    Properties: {{{OPTIONS % tokens}}}\n"


def serverless(resources: str, head: str = "service: shop\nprovider: {name: aws}\n") -> str:
    """The Serverless Framework's file with these lines under ``resources``."""
    return f"{head}resources:\n" + "".join(f"  {line}\n" for line in resources.splitlines())


@pytest.mark.parametrize(
    ("text", "expected", "why"),
    [
        ("\ufeff" + web("required"), {"Web": STRICT}, "a byte order mark"),
        (web("optional").replace("\n", "\r\n"), {"Web": WEAK}, "Windows' line ends"),
        (
            (
                "Defs: {O: &o {HttpEndpoint: enabled, HttpTokens: required}}\nResources:\n"
                "  Web: {Type: AWS::EC2::Instance, Properties: {MetadataOptions: *o}}\n"
            ),
            {"Web": STRICT},
            "an alias",
        ),
        (
            (
                "Defs: {O: &o {HttpEndpoint: enabled, HttpTokens: required}}\nResources:\n"
                "  Web: {Type: AWS::EC2::Instance, Properties: {MetadataOptions: {<<: *o, HttpTokens: optional}}}\n"
            ),
            {"Web": WEAK},
            "a merge key, and a key of its own over it",
        ),
        (f"a: b\n---\n{web('required')}", {"Web": STRICT}, "the second of two documents"),
        (
            "Transform: AWS::Serverless-2016-10-31\nGlobals: {Function: {Timeout: 3}}\n" + web("optional"),
            {"Web": WEAK},
            "SAM: a plain resource is one of CloudFormation's",
        ),
        (
            '{\n\t"Resources": {\n\t\t"Web": {\n\t\t\t"Type": "AWS::EC2::Instance"\n\t\t}\n\t}\n}',
            {"Web": WEAK},
            "JSON with tabs",
        ),
        (serverless(web("required")), {"Web": STRICT}, "Serverless Framework"),
        (serverless(web("optional")), {"Web": WEAK}, "and one that leaves it open"),
        (
            serverless(
                "- ${file(more.yml)}\n- Resources:\n    Web: {Type: AWS::EC2::Instance}\n- Resources:\n"
                "    Db: {Type: AWS::EC2::Instance}\n"
            ),
            {"Web": WEAK, "Db": WEAK},
            "its resources as a list",
        ),
        (
            serverless("Parameters: {T: {Type: String, Default: required}}\n" + web("!Ref T")),
            {"Web": STRICT},
            "its parameters",
        ),
        (serverless(web('"${self:custom.tokens}"')), {"Web": OPEN}, "a variable of the framework's"),
        (serverless(web("!Sub '${opt:tokens, \"required\"}'")), {"Web": OPEN}, "and in Fn::Sub"),
        (
            serverless("extensions: {WebLogGroup: {Properties: {RetentionInDays: 3}}}\n" + web("required")),
            {"Web": STRICT},
            "extensions of what the framework makes have no type",
        ),
        (serverless("Resources: {B: {Type: AWS::S3::Bucket}}\n"), {}, "nothing that launches"),
        ("resources:\n  Resources: {W: {Type: AWS::EC2::Instance}}\n", {}, "no service: some other file"),
        (web('"${self:custom.tokens}"'), {"Web": OPEN}, "a file that serverless.yml draws in"),
        (web('"${tokens:-optional}"'), {"Web": OPEN}, "a shell's variable is a text that EC2 refuses"),
    ],
)
def test_forms(text: str, expected: dict[str, str], why: str) -> None:
    assert postures({"t.yaml": text}) == expected, why


@pytest.mark.parametrize(
    ("conditions", "expected", "why"),
    [
        ("{C: !Equals [a, a]}", {"Web": WEAK}, "it is created"),
        ("{C: !Equals [a, b]}", {}, "it is not"),
        ("{C: !Not [!Equals [a, a]]}", {}, "nor here"),
        ("{C: !Equals [!Ref AWS::Region, eu-west-1]}", {"Web": WEAK}, "it may be"),
        ("{C: !Equals [!Ref P, dev]}", {"Web": WEAK}, "by the parameter's default it is"),
        ("{C: !Equals [!Ref P, prod]}", {}, "by the parameter's default it is not"),
    ],
)
def test_a_resource_whose_condition_is_false_launches_nothing(
    conditions: str, expected: dict[str, str], why: str
) -> None:
    head = f"Parameters: {{P: {{Type: String, Default: dev}}}}\nConditions: {conditions}\n"
    assert postures({"t.yaml": head + web("optional", "    Condition: C\n")}) == expected, why


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        ("Gone", "condition Gone is not defined"),
        ("[C]", "the Condition of Web is no name of a condition"),
    ],
)
def test_a_broken_condition_is_told_and_the_resource_judged(condition: str, reason: str) -> None:
    report = linted({"t.yaml": web("optional", f"    Condition: {condition}\n")})
    assert [finding.rule.code for finding in report.findings] == ["IMDS900", "IMDS002"]
    assert report.findings[0].message == f"{reason}; Web is judged as if it were created"
    assert report.findings[1].fix is not None


def test_serverless_is_mended_in_its_place() -> None:
    for wrap in (lambda text: text, lambda text: "- " + text.replace("\n", "\n  ").rstrip() + "\n"):
        before = serverless("# ours\n" + wrap(web("optional")))
        assert texts_after({"serverless.yml": before}) == {"serverless.yml": before.replace("optional", "required")}


def test_a_variable_of_the_framework_has_a_reason_and_no_fix() -> None:
    (finding,) = linted({"serverless.yml": serverless(web('"${self:custom.tokens}"'))}).findings
    assert finding.message.endswith("${self:custom.tokens} is a variable of the Serverless Framework")
    assert finding.fix is None


def test_a_broken_serverless_file_is_told() -> None:
    report = linted({"serverless.yml": serverless(web("optional")) + "x: [\n"})
    assert [finding.rule.code for finding in report.findings] == ["IMDS002", "IMDS900"]


def cdk(*resources: tuple[str, str]) -> str:
    """A template of resources by their types and the paths of their constructs."""
    made = {f"R{n}": {"Type": kind, "Metadata": {"aws:cdk:path": path}} for n, (kind, path) in enumerate(resources)}
    return json.dumps({"Resources": made}, indent=1)


GROUP, TEMPLATE = "AWS::AutoScaling::AutoScalingGroup", "AWS::EC2::LaunchTemplate"


@pytest.mark.parametrize(
    ("resources", "told", "why"),
    [
        ([("AWS::EC2::Instance", "S/Web/Resource")], "set requireImdsv2: true on S/Web", "an Instance"),
        (
            [("AWS::EC2::Instance", "S/Host/Resource/Resource")],
            "set requireImdsv2: true on S/Host",
            "a BastionHostLinux",
        ),
        (
            [("AWS::EC2::Instance", "S/Web")],
            'set metadataOptions.httpTokens: "required" on S/Web',
            "a CfnInstance has no requireImdsv2",
        ),
        (
            [("AWS::EC2::Instance", "S/Vpc/PublicSubnet1/NatInstance/Resource")],
            "add InstanceRequireImdsv2Aspect to S/Vpc/PublicSubnet1/NatInstance",
            "a VPC makes it",
        ),
        ([(TEMPLATE, "S/Lt/Resource")], "set requireImdsv2: true on S/Lt", "a LaunchTemplate"),
        (
            [(TEMPLATE, "S/Lt")],
            'set launchTemplateData.metadataOptions.httpTokens: "required" on S/Lt',
            "a CfnLaunchTemplate",
        ),
        (
            [(TEMPLATE, "S/Asg/LaunchTemplate/Resource"), (GROUP, "S/Asg/ASG")],
            "set requireImdsv2: true on S/Asg",
            "an AutoScalingGroup makes it",
        ),
        (
            [(TEMPLATE, "S/Own/LaunchTemplate/Resource"), (GROUP, "S/Asg/ASG")],
            "set requireImdsv2: true on S/Own/LaunchTemplate",
            "one of the user's that has the same name",
        ),
        (
            [
                (TEMPLATE, "S/Cluster/Asg/LaunchTemplate/Resource"),
                (GROUP, "S/Cluster/Asg/ASG"),
                ("AWS::ECS::Cluster", "S/Cluster/Resource"),
            ],
            "add AutoScalingGroupRequireImdsv2Aspect to S/Cluster/Asg",
            "addCapacity of a cluster takes no requireImdsv2",
        ),
        (
            [
                (TEMPLATE, "S/Cluster/Asg/LaunchTemplate/Resource"),
                (GROUP, "S/Cluster/Asg/ASG"),
                ("Custom::AWSCDK-EKS-Cluster", "S/Cluster/Resource/Resource/Default"),
            ],
            "add AutoScalingGroupRequireImdsv2Aspect to S/Cluster/Asg",
            "and of one of EKS",
        ),
    ],
)
def test_the_construct_that_takes_the_option_is_named(resources: list[tuple[str, str]], told: str, why: str) -> None:
    finding = linted({"cdk.out/S.template.json": cdk(*resources)}).findings[0]
    assert finding.fix_unavailable == f"a CDK app writes this template: {told} there, and synthesise it again", why


def test_a_launch_configuration_of_the_cdk_names_its_group() -> None:
    text = cdk(("AWS::AutoScaling::LaunchConfiguration", "S/Asg/LaunchConfig"), (GROUP, "S/Asg/ASG"))
    told = {found.rule.code: found.fix_unavailable for found in linted({"cdk.out/S.template.json": text}).findings}
    assert told["IMDS001"] == (
        "a CDK app writes this template: set requireImdsv2: true on S/Asg there, and synthesise it again"
    )


@pytest.mark.parametrize(
    ("files", "written", "why"),
    [
        ({"cdk.out/S.template.json": ""}, False, "where the CDK writes"),
        ({"dist/S.template.json": "", "dist/cdk.out": '{"version": "36.0.0"}'}, False, "where it was told to write"),
        ({"assets/S.template.json": ""}, True, "a copy that is kept"),
        ({"S.template.json": ""}, True, "at the top"),
    ],
)
def test_a_copy_of_what_the_cdk_wrote_is_mended(files: dict[str, str], written: bool, why: str) -> None:
    path = next(iter(files))
    (finding,) = linted({**files, path: cdk(("AWS::EC2::Instance", "S/Web/Resource"))}).findings
    assert (finding.fix is not None) is written, why
    if finding.fix is not None:
        assert finding.fix.applicability is Applicability.UNSAFE
        assert finding.fix.note == (
            "a CDK app wrote this template, and its next synthesis does so again: set requireImdsv2: true on S/Web "
            "there as well"
        )


CDK = '{"Resources": {"W1A": {"Type": "%s", "Metadata": {"aws:cdk:path": "App/Web/Resource"}%s}}}'


@pytest.mark.parametrize(
    ("kind", "rest", "title", "remedy"),
    [
        ("AWS::EC2::Instance", "", "AWS::EC2::Instance W1A (App/Web/Resource)", "requireImdsv2: true"),
        ("AWS::EC2::LaunchTemplate", "", "AWS::EC2::LaunchTemplate W1A (App/Web/Resource)", "requireImdsv2: true"),
        (
            "AWS::AppStream::Fleet",
            ', "Properties": {"DisableIMDSV1": false}',
            "AWS::AppStream::Fleet W1A (App/Web/Resource)",
            "DisableIMDSV1",
        ),
    ],
)
def test_the_cdk_is_told_where_to_change_what(kind: str, rest: str, title: str, remedy: str) -> None:
    (finding,) = linted({"cdk.out/App.template.json": CDK % (kind, rest)}).findings
    assert finding.message.startswith(title)
    assert finding.resource is not None
    assert finding.resource.address == "W1A"
    told = f"a CDK app writes this template: set {remedy} on App/Web there, and synthesise it again"
    assert finding.fix_unavailable == told


INCLUDE = "{Name: AWS::Include, Parameters: {Location: %s}}"
INSTANCE = "  Web:\n    Type: AWS::EC2::Instance\n    Properties:\n"
HEAD = "AWSTemplateFormatVersion: '2010-09-09'\n"
FILES = {
    "tokens.yaml": "HttpEndpoint: enabled\nHttpTokens: required\n",
    "tokens.json": '{"HttpEndpoint": "enabled", "HttpTokens": "required"}',
    "properties.yaml": "MetadataOptions:\n  Fn::Transform: " + INCLUDE % "tokens.yaml" + "\n",
    "resources.yaml": "Other:\n  Type: AWS::EC2::Instance\n",
    "whole.yaml": "Resources:\n  Other:\n    Type: AWS::EC2::Instance\n",
    "circle.yaml": "Fn::Transform: " + INCLUDE % "circle.yaml" + "\n",
    "broken.yaml": "a: b: c\n",
    "list.yaml": "- a\n",
    "empty.yaml": "",
}


def including(name: str) -> str:
    return f"{HEAD}Resources:\n{INSTANCE}      MetadataOptions:\n        Fn::Transform: {INCLUDE % name}\n"


@pytest.mark.parametrize(
    ("text", "expected", "why"),
    [
        (including("tokens.yaml"), {"Web": STRICT}, "options"),
        (including("tokens.json"), {"Web": STRICT}, "from JSON"),
        (including("!Sub 'tokens.yaml'"), {"Web": STRICT}, "a location by a function"),
        (
            f"Resources:\n{INSTANCE}      MetadataOptions: !Transform {INCLUDE % 'tokens.yaml'}\n",
            {"Web": STRICT},
            "the short form",
        ),
        (f"Resources:\n{INSTANCE}      Fn::Transform: {INCLUDE % 'properties.yaml'}\n", {"Web": STRICT}, "two levels"),
        (
            including("tokens.yaml") + "        HttpTokens: optional\n",
            {"Web": WEAK},
            "the mapping's own key beside what is included",
        ),
        (f"{HEAD}Resources:\n  Fn::Transform: {INCLUDE % 'resources.yaml'}\n", {"Other": WEAK}, "a whole section"),
        (
            f"{HEAD}Transform: {INCLUDE % 'whole.yaml'}\nResources:\n  Web: {{Type: AWS::EC2::Instance}}\n",
            {"Other": WEAK, "Web": WEAK},
            "at the top",
        ),
        (including("s3://bucket/tokens.yaml"), {"Web": OPEN}, "from S3"),
        (including("gone.yaml"), {"Web": OPEN}, "from nowhere"),
    ],
)
def test_includes(text: str, expected: dict[str, str], why: str) -> None:
    report = linted({**FILES, "t.yaml": text}, paths=("t.yaml",))
    assert {row.resource: row.posture.value for row in report.inventory} == expected, why


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("s3://b/t.yaml", "it is included from s3://b/t.yaml, which is not read"),
        ("gone.yaml", "it is included from gone.yaml, which is not there"),
        ("empty.yaml", "it is included from empty.yaml, which is not there"),
        ("../t.yaml", "it is included from ../t.yaml, which is not in the project"),
        ("broken.yaml", "it is included from broken.yaml, which cannot be read"),
        ("circle.yaml", "it is included from circle.yaml, which includes itself"),
        (
            "!ImportValue x",
            "it is included from a file whose location is not known (export x of another stack is known",
        ),
    ],
)
def test_why_an_include_is_not_followed(name: str, reason: str) -> None:
    report = linted({**FILES, "t.yaml": including(name)}, paths=("t.yaml",))
    (row,) = report.inventory
    assert row.reason.startswith(reason)


def test_a_section_from_elsewhere_is_counted() -> None:
    text = (
        f"{HEAD}Resources:\n{INSTANCE}      {OPTIONS % 'required'}\n  Fn::Transform: {INCLUDE % 's3://b/more.yaml'}\n"
    )
    assert linted({"t.yaml": text}).unfollowed == (Unfollowed("", "s3://b/more.yaml", "t.yaml"),)


def test_what_leads_to_an_included_resource_is_told() -> None:
    files = {
        "p.yaml": "Resources:\n  Net: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: t.yaml}}\n",
        "t.yaml": f"{HEAD}Resources:\n  Fn::Transform: {INCLUDE % 'more.yaml'}\n",
        "more.yaml": "Other: {Type: AWS::EC2::Instance}\n",
    }
    (finding,) = linted(files).findings
    assert [(one.span.path, one.message) for one in finding.related] == [
        ("p.yaml", "nested here"),
        ("t.yaml", "included here"),
    ]


def test_what_is_included_is_found_where_it_is_written() -> None:
    files = {"t.yaml": including("weak.yaml"), "weak.yaml": "HttpEndpoint: enabled\nHttpTokens: optional\n"}
    (finding,) = linted(files, paths=("t.yaml",)).findings
    assert (finding.rule.code, finding.span.path, finding.span.start) == ("IMDS002", "weak.yaml", 34)


def test_an_included_resource_is_mended_in_its_file() -> None:
    text = f"{HEAD}Resources:\n  Fn::Transform: {INCLUDE % 'resources.yaml'}\n"
    files = {"t.yaml": text, "resources.yaml": FILES["resources.yaml"]}
    mended = FILES["resources.yaml"] + (
        "  Properties:\n    MetadataOptions:\n      HttpEndpoint: enabled\n      HttpTokens: required\n"
    )
    assert texts_after(files) == {"t.yaml": text, "resources.yaml": mended}


@pytest.mark.parametrize(
    ("text", "told", "why"),
    [
        ("Mappings: {M: {a: {t: x}}, M: {b: {t: x}}}\n", ["M"], "a mapping"),
        ("Mappings: {M: {a: {t: x}, a: {u: x}}}\n", ["a"], "a key of one"),
        ("Mappings: {M: {a: {t: x, t: y}}}\n", ["t"], "an entry"),
        ("Parameters: {P: {Type: String, Default: a, Default: b}}\n", ["Default"], "a default"),
        ("Conditions: {C: !Equals [a, b], C: !Equals [a, a]}\n", ["C"], "a condition"),
        ("Outputs: {O: {Value: a}, O: {Value: b}}\n", ["O"], "an output"),
        ("Mappings: {M: {a: {t: x}, b: {t: x}}, N: {a: {t: x}}}\n", [], "one key in two mappings"),
        ("Rules: {R: {a: b, a: c}}\n", [], "nothing is read there"),
    ],
)
def test_keys_that_are_written_twice_are_told_where_something_is_read(text: str, told: list[str], why: str) -> None:
    messages = [finding.message for finding in linted({"t.yaml": text + web("required")}).findings]
    assert messages == [f"the key {key} is written twice; the last one counts" for key in told], why


SPOT = web("optional", "    Condition: UseSpot\n").replace("Web", "Spot")
USES = "Parameters: {Use: {Type: String%s}}\nConditions: {UseSpot: !Equals [!Ref Use, 'yes']}\n"


@pytest.mark.parametrize(
    ("text", "options", "expected", "why"),
    [
        (USES % ", Default: 'no'" + SPOT, Options(), [("Spot", "UseSpot")], "by a default"),
        (USES % ", Default: 'yes'" + SPOT, Options(), [], "it is created"),
        (USES % "" + SPOT, Options(), [], "it may be"),
        (USES % ", Default: 'no'" + SPOT, given(Use="yes"), [], "it is created with what the user gives"),
        (USES % ", Default: 'yes'" + SPOT, given(Use="no"), [], "the user leaves it out, and knows"),
        (USES % ", Default: 'no'" + SPOT, given(Use="no"), [], "and as the default does"),
        (USES % ", Default: 'no'" + SPOT, given(Other="no"), [("Spot", "UseSpot")], "what is given is another one"),
        ("Conditions: {UseSpot: !Equals [a, b]}\n" + SPOT, Options(), [("Spot", "UseSpot")], "always"),
        (
            USES % ", Default: 'no'" + SPOT.replace("AWS::EC2::Instance", "AWS::S3::Bucket"),
            Options(),
            [],
            "no resource of ours",
        ),
        (
            USES % ", Default: 'no'" + "Resources:\n  Net: {Type: AWS::CloudFormation::Stack, Condition: UseSpot}\n",
            Options(),
            [("Net", "UseSpot")],
            "a stack, whatever it nests",
        ),
    ],
)
def test_what_is_not_created_is_told(text: str, options: Options, expected: list[tuple[str, str]], why: str) -> None:
    report = linted({"t.yaml": text}, options)
    assert report.uncreated == tuple(Uncreated(address, condition, "t.yaml") for address, condition in expected), why


def test_the_command_names_what_is_not_created(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(USES % ", Default: 'no'" + SPOT)
    told = (
        "1 resource is not created with these parameter values, and not judged: Spot (UseSpot is false) in t.yaml; "
        "give others with --parameter\n"
    )
    assert run(tmp_path, "check").err.startswith(told)
    assert run(tmp_path, "inventory").err.startswith(told)
    for name in ("u.yaml", "v.yaml", "w.yaml"):
        (tmp_path / name).write_text(USES % ", Default: 'no'" + SPOT)
    assert run(tmp_path, "check").err.startswith(
        "4 resources are not created with these parameter values, and not judged: Spot (UseSpot is false) in t.yaml, "
        "Spot (UseSpot is false) in u.yaml, Spot (UseSpot is false) in v.yaml, ...; give others with --parameter\n"
    )
    assert "not created" not in run(tmp_path, "check", "--parameter", "Use=yes").err


@pytest.mark.parametrize(
    ("head", "value", "reason"),
    [
        ("Transform: AWS::Serverless-2016-10-31\n", "!Ref ServerlessRestApi", "parameter or resource"),
        ("Transform: [AWS::Serverless-2016-10-31]\n", "!GetAtt HandlerRole.Arn", "resource"),
    ],
)
def test_what_sam_may_make_is_told_with_that(head: str, value: str, reason: str) -> None:
    (row,) = linted({"t.yaml": head + web(value)}).inventory
    assert row.reason.endswith(f"is no {reason} of this template, unless the SAM transform makes it")


def test_a_value_is_given_for_a_parameter_that_is_included() -> None:
    text = f"{HEAD}Transform: {INCLUDE % 'p.yaml'}\n" + web("!Ref T")
    files = {"t.yaml": text, "p.yaml": "Parameters: {T: {Type: String, Default: required}}\n"}
    assert postures(files) == {"Web": STRICT}
    report = linted(files, given(T="optional"), paths=("t.yaml",))
    assert {row.resource: row.posture.value for row in report.inventory} == {"Web": WEAK}
    assert report.undeclared_parameters == ()
    assert linted(files, given(U="optional"), paths=("t.yaml",)).undeclared_parameters == ("U",)


def test_keys_that_are_written_twice_leave_the_rest_readable() -> None:
    text = web("optional") + "  Web:\n    Type: AWS::EC2::Instance\n    Properties: {ImageId: a, ImageId: b}\n"
    report = linted({"t.yaml": text})
    assert [(finding.rule.code, finding.message) for finding in report.findings] == [
        ("IMDS001", "AWS::EC2::Instance Web answers IMDSv1: MetadataOptions is not set"),
        ("IMDS900", "the key Web is written twice; the last one counts"),
        ("IMDS900", "the key ImageId is written twice; the last one counts"),
    ]
    at = report.sources.read("t.yaml")
    assert at is not None
    assert [at.position(finding.span.start) for finding in report.findings] == [  # type: ignore[union-attr]
        Position(5, 3),
        Position(5, 3),
        Position(7, 30),
    ]
