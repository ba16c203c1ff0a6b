"""IMDS013: policies that mean to enforce IMDSv2, by hand, each with why it does or does not."""

from __future__ import annotations

import json
from typing import NamedTuple

import pytest

from iac_imds_lint.edit import Applicability
from tests.support import linted, postures, texts_after

INSTANCES = "arn:aws:ec2:*:*:instance/*"
ANYWHERE = "arn:*:ec2:*:*:instance/*"
TOKENS = "ec2:MetadataHttpTokens"
CHANGED = "ec2:Attribute/HttpTokens"
HOPS = "ec2:MetadataHttpPutResponseHopLimit"
ENDPOINT = "ec2:MetadataHttpEndpoint"
DELIVERY = "ec2:RoleDelivery"
RUN = "ec2:RunInstances"
MODIFY = "ec2:ModifyInstanceMetadataOptions"
BUT_ADMINS = {"StringNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/admin"}}


def statement(condition: object, action: object = RUN, resource: object = INSTANCES, effect: str = "Deny") -> dict:
    return {"Sid": "S", "Effect": effect, "Action": action, "Resource": resource, "Condition": condition}


def launch(**condition: object) -> dict:
    return statement({operator: {TOKENS: value} for operator, value in condition.items()})


def but_for(element: str, pattern: str, **condition: str) -> dict:
    """A launch's statement on all but what a pattern stands for."""
    whole = launch(**condition)
    return {**{name: value for name, value in whole.items() if name != element}, f"Not{element}": pattern}


def change(condition: object, action: object = MODIFY) -> dict:
    return statement(condition, action)


def delivery(operator: str, value: object) -> dict:
    return statement({operator: {DELIVERY: value}}, "*", "*")


def policy(*statements: dict) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, indent=2)


def scp(*statements: dict) -> str:
    return f'resource "aws_organizations_policy" "p" {{\n  content = <<EOT\n{policy(*statements)}\nEOT\n}}\n'


class Found(NamedTuple):
    """What is said, and the text that is pointed at."""

    told: str
    marked: str


def found(text: str, path: str = "main.tf") -> list[Found]:
    report = linted({path: text})
    own = [one for one in report.findings if one.rule.code == "IMDS013"]
    return [Found(one.message.partition("as meant: ")[2], text[one.span.start : one.span.end]) for one in own]


OPEN = "does not deny launches that leave IMDSv1 on"
SHUT = "denies every launch, those that require IMDSv2 too"
INVERTED = "denies launches that require IMDSv2 and lets launches that leave IMDSv1 on through"
REOPENED = "does not deny changes that turn IMDSv1 on"
WEAK = [
    (launch(StringEquals="required"), INVERTED, '"StringEquals"', "the operator is the wrong way round"),
    (launch(StringLike="required"), INVERTED, '"StringLike"', "likewise"),
    (launch(StringEquals=["required"]), INVERTED, '"StringEquals"', "a list of one is that one"),
    (launch(StringNotEquals="optional"), INVERTED, '"StringNotEquals"', "the value is the wrong way round"),
    (launch(StringEqualsIgnoreCase="REQUIRED"), INVERTED, '"StringEqualsIgnoreCase"', "whatever the case"),
    (launch(StringEqualsIfExists="required"), INVERTED, '"StringEqualsIfExists"', "IfExists changes absent keys only"),
    (launch(StringNotEquals="Required"), SHUT, '"Required"', "values are compared with their case"),
    (launch(StringNotEquals="true"), SHUT, '"StringNotEquals"', "no such value: everything is unequal to it"),
    (launch(StringEquals="Optional"), OPEN, '"Optional"', "values are compared with their case"),
    (launch(StringNotEquals=["required", "optional"]), OPEN, '"StringNotEquals"', "none of both: each is one of both"),
    (launch(StringNotLike="*"), OPEN, '"StringNotLike"', "everything is like that"),
    (statement({"StringNotEquals": {TOKENS.lower(): "Required"}}), SHUT, '"Required"', "keys have no case"),
    (statement({"StringNotEquals": {"ec2:HttpTokens": "required"}}), SHUT, '"ec2:HttpTokens"', "no such key: absent"),
    (statement({"StringEquals": {"ec2:HttpTokens": "optional"}}), OPEN, '"ec2:HttpTokens"', "no such key: absent"),
    (
        statement({"StringNotEquals": {TOKENS: "required"}, "NumericGreaterThan": {HOPS: "2"}}),
        OPEN,
        f'"{HOPS}"',
        "both have to hold: one hop is enough to pass",
    ),
    (
        statement({"StringNotEquals": {TOKENS: "required", ENDPOINT: "enabled"}}),
        OPEN,
        f'"{ENDPOINT}"',
        "both have to hold: IMDS only has to be on",
    ),
    (
        statement({"StringNotEquals": {TOKENS: "required"}, "StringNotLike": {"aws:PrincipalArn": "*"}}),
        OPEN,
        '"*"',
        "everybody is left out",
    ),
    (
        statement(
            {
                "StringNotEquals": {TOKENS: "required"},
                "ArnNotLike": {"aws:PrincipalArn": ["arn:aws:iam::1:role/a", "*"]},
            }
        ),
        OPEN,
        '"*"',
        "everybody is left out, by the second of two",
    ),
    (launch(StringNotEquals="required "), SHUT, '"required "', "blanks count"),
    (
        statement({"StringNotEquals": {TOKENS: "required"}}, RUN, "*"),
        SHUT,
        '"*"',
        "the AMI and the subnet have no such key",
    ),
    (statement({"StringNotEquals": {TOKENS: "required"}, **BUT_ADMINS}, RUN, "*"), SHUT, '"*"', "but for admins"),
    (statement({"StringNotEqualsIfExists": {TOKENS: "required"}}, RUN, "*"), SHUT, '"*"', "IfExists holds if absent"),
    (statement({"StringEqualsIfExists": {TOKENS: "optional"}}, RUN, "*"), SHUT, '"*"', "IfExists holds if absent"),
    (statement({"ForAllValues:StringNotEquals": {TOKENS: "required"}}, RUN, "*"), SHUT, '"*"', "it holds if absent"),
    (statement({"StringEquals": {TOKENS: "required"}}, "ec2:RunInstance?"), INVERTED, '"StringEquals"', "a pattern"),
    (
        statement({"StringNotEquals": {TOKENS: "required", "aws:RequestedRegion": "eu-west-1"}}, RUN, "*"),
        SHUT,
        '"*"',
        "in all other Regions",
    ),
    (but_for("Action", "iam:*", StringEquals="required"), INVERTED, '"StringEquals"', "launches are not left out"),
    (
        statement({"StringNotEquals": {TOKENS: "required"}}, RUN, "arn:aws:ec2:*:*:volume/*"),
        "denies every request that it is about",
        '"arn:aws:ec2:*:*:volume/*"',
        "volumes have no such key",
    ),
    (
        statement({"StringEquals": {TOKENS: "optional"}}, RUN, ["arn:aws:ec2:*:*:volume/*"]),
        OPEN,
        '"arn:aws:ec2:*:*:volume/*"',
        "volumes have no such key",
    ),
    (
        statement(
            {"StringEquals": {TOKENS: "optional"}}, ["ec2:CreateLaunchTemplate", "ec2:CreateLaunchTemplateVersion"]
        ),
        OPEN,
        '"ec2:CreateLaunchTemplate"',
        "templates have no such key",
    ),
    (change({"StringEquals": {CHANGED: "required"}}), "lets changes that turn IMDSv1 on through", '"StringEquals"', ""),
    (change({"StringNotEquals": {CHANGED: ["optional", "required"]}}), REOPENED, '"StringNotEquals"', "both pass"),
    (
        change({"StringNotEquals": {CHANGED: "required"}}, [MODIFY, RUN]),
        "denies every launch, because launches have no",
        f'"{MODIFY}"',
        "launches have another key",
    ),
    (
        change({"StringEquals": {CHANGED: "optional"}}, RUN),
        REOPENED,
        f'"{RUN}"',
        "launches have another key",
    ),
    (delivery("NumericLessThan", "1.0"), "does not deny requests with", '"NumericLessThan"', "1.0 is no less"),
    (
        delivery("NumericLessThanEquals", "2.0"),
        "denies every request with",
        '"NumericLessThanEquals"',
        "2.0 is as well",
    ),
    (delivery("NumericGreaterThanEquals", 2), "denies requests with credentials that IMDSv2", '"NumericGrea', ""),
    (
        delivery("StringEquals", "2.0"),
        "does not deny requests with",
        '"StringEquals"',
        "1.0 is not 2.0 as a text either",
    ),
    (
        statement({"StringNotEquals": {TOKENS: "required"}}, effect="Allow"),
        "allows launches that leave IMDSv1 on, and denies nothing",
        '"Allow"',
        "the effect was meant to be Deny",
    ),
]

FINE = [
    (launch(StringNotEquals="required"), "AWS's own example"),
    (launch(StringNotEqualsIfExists="required"), "absent keys are denied as well"),
    (launch(StringNotLike="required"), "no wildcard in it"),
    (launch(StringNotEqualsIgnoreCase="Required"), "the case does not count"),
    (launch(**{"ForAllValues:StringNotEquals": "required"}), "holds for one value, and for none"),
    (launch(**{"ForAnyValue:StringNotEquals": "required"}), "holds for the one value"),
    (statement({"ForAnyValue:StringNotEquals": {TOKENS: "required"}}, RUN, "*"), "it does not hold if absent"),
    (
        statement({"ForAllValues:StringEqualsIfExists": {TOKENS: "optional"}}, RUN, "*"),
        "what both say of absent keys is not documented",
    ),
    (
        statement({"StringNotEquals": {TOKENS: "required"}, "ForAllValues:StringNotLike": {"aws:PrincipalArn": "*"}}),
        "it holds for requests without the key",
    ),
    (but_for("Resource", "*", StringNotEquals="required"), "nothing is left"),
    (launch(StringNotEquals=[]), "what a list of nothing comes to is not documented"),
    (but_for("Action", "ec2:*", StringEquals="required"), "launches are left out"),
    (but_for("Resource", "arn:aws:ec2:*:*:volume/*", StringNotEquals="required"), "instances are not left out"),
    (launch(StringEquals="optional"), "what a silent launch has for the key is not documented"),
    (launch(Null="true"), "means that tokens are to be said"),
    (launch(Bool="true"), "what that comes to is not documented"),
    (statement({"StringNotEquals": {TOKENS: "required"}, **BUT_ADMINS}), "an exception for some"),
    (statement({"StringNotEquals": {TOKENS: "required"}, "StringEquals": {ENDPOINT: "enabled"}}), "if IMDS is on"),
    (statement({"StringNotEquals": {TOKENS: "required"}, "StringEquals": {"aws:RequestedRegion": "x"}}), "one Region"),
    (statement({"StringNotEquals": {TOKENS: "required"}}, "ec2:Run*", f"{INSTANCES[:-1]}i-*"), "patterns"),
    (
        statement({"StringNotEquals": {TOKENS: "required"}}, RUN, "$${aws:PrincipalTag/where}"),
        "a resource that nobody knows",
    ),
    (statement({"StringNotEquals": {TOKENS: "required"}}, RUN, [INSTANCES, "arn:aws:ec2:*:*:volume/*"][:1]), "a list"),
    (
        statement({"StringNotEquals": {TOKENS: "required"}, "Null": {"ec2:InstanceType": "false"}}, RUN, "*"),
        "it is held to instances by another key",
    ),
    (
        statement({"StringNotEquals": {TOKENS: "required"}, "Null": {TOKENS: "false"}}, RUN, "*"),
        "it is held to requests that have the key",
    ),
    (statement({"StringEquals": {TOKENS: "required"}}, MODIFY), "what is strict stays as it is"),
    (statement({"StringNotEquals": {TOKENS: "required"}}, "ec2:StartInstances"), "about instances that there are"),
    (statement({"StringEquals": {TOKENS: "required"}}, effect="Allow"), "allows the right ones"),
    (statement({"StringEquals": {TOKENS: "optional"}}, effect="Allow"), "may be an exception that is meant"),
    (statement({"NumericGreaterThan": {HOPS: "3"}}), "about hops"),
    (statement({"StringEquals": {ENDPOINT: "enabled"}}), "about IMDS as a whole"),
    (change({"StringNotEquals": {CHANGED: "required"}, "Null": {CHANGED: False}}), "AWS's own example"),
    (change({"StringNotEquals": {CHANGED: "required"}}), "denies other changes as well, as is meant or not"),
    (change({"StringEquals": {CHANGED: "optional"}}), "what a change does not say stays"),
    (change({"StringNotEquals": {CHANGED: "required"}, "StringEquals": {"ec2:Attribute": "HttpTokens"}}), "of 2023"),
    (change({"Null": {CHANGED: "false"}}), "nobody changes tokens"),
    (delivery("NumericLessThan", "2.0"), "AWS's own example"),
    (delivery("NumericLessThan", 2), "a number is as good"),
    (delivery("NumericLessThanEquals", "1.0"), "the same versions"),
    (delivery("NumericEquals", "1.0"), "the same version"),
    (delivery("StringEquals", "1.0"), "how a number is compared as a text is not documented"),
    (delivery("StringNotEquals", "2.0"), "on the role of an instance the key is always there"),
    (statement({"StringEquals": {"ec2:InstanceType": "t3.micro"}}), "about something else"),
    (statement({}), "without a condition"),
    (statement("StringEquals"), "no policy"),
]


@pytest.mark.parametrize(("weak", "told", "marked", "why"), WEAK)
def test_it_is_found(weak: dict, told: str, marked: str, why: str) -> None:
    (one,) = found(scp(weak))
    assert one.told.startswith('its statement "S" '), why
    assert told in one.told, why
    assert one.marked.startswith(marked), why


@pytest.mark.parametrize(("fine", "why"), FINE)
def test_nothing_is_found(fine: dict, why: str) -> None:
    assert found(scp(fine)) == [], why


def test_what_another_statement_denies_is_denied() -> None:
    useless, right = launch(StringEquals="Optional"), launch(StringNotEquals="required")
    assert found(scp(useless, right)) == []
    assert found(scp(useless, {**right, "Condition": {**right["Condition"], **BUT_ADMINS}})) == [], "but to admins"
    assert found(scp(useless, {"Effect": "Deny", "Action": RUN, "Resource": "*"})) == [], "nobody launches at all"
    assert found(scp({**right, "Effect": "Allow"}, right)) == [], "what is allowed as well is denied all the same"
    assert len(found(scp(launch(StringEquals="required"), right))) == 1, "what is right is denied all the same"
    small = statement({"StringEquals": {"ec2:InstanceType": "t3.micro"}})
    assert len(found(scp(useless, small))) == 1, "it denies a few launches, whatever their tokens"
    volumes = statement({"StringEquals": {TOKENS: "optional"}}, RUN, "arn:aws:ec2:*:*:volume/*")
    assert found(scp(volumes, right)) == [], "what is of no use does no harm"
    elsewhere = {**right, "Resource": "arn:aws:ec2:*:*:volume/*", "Condition": {"Bool": {"aws:X": "true"}}}
    assert len(found(scp(useless, elsewhere))) == 1, "that is about something else"
    assert len(found(scp(useless, change({"StringEquals": {CHANGED: "optional"}})))) == 1, "that is about changes"


def test_the_whole_text() -> None:
    (one,) = linted({"main.tf": scp(launch(StringNotEquals="Required"))}).findings
    assert one.message == (
        'aws_organizations_policy.p does not enforce IMDSv2 as meant: its statement "S" denies every launch, those '
        'that require IMDSv2 too, because "Required" is compared to the letter, and EC2 says "required"'
    )
    assert one.label == '"Required" is compared to the letter, and EC2 says "required"'
    assert (one.rule.name, one.rule.severity.value, one.posture) == ("weak-imds-policy", "warning", None)


def test_a_policy_has_no_posture() -> None:
    assert postures({"main.tf": scp(launch(StringEquals="required"))}) == {}


BAD = 'StringEquals = { "ec2:MetadataHttpTokens" = "required" }'
OBJECT = """{
    Version = "2012-10-17"
    Statement = [{
      Effect = "Deny", Action = "ec2:RunInstances", Resource = "arn:aws:ec2:*:*:instance/*"
      Condition = { StringEquals = { "ec2:MetadataHttpTokens" = "required" } }
    }]
  }"""
HOLDERS = [
    ('resource "aws_iam_policy" "p" {\n  policy = jsonencode(%s)\n}\n', "aws_iam_policy.p"),
    ('resource "aws_iam_role_policy" "p" {\n  policy = jsonencode(%s)\n}\n', "aws_iam_role_policy.p"),
    ('resource "aws_iam_user_policy" "p" {\n  policy = jsonencode(%s)\n}\n', "aws_iam_user_policy.p"),
    ('resource "aws_iam_group_policy" "p" {\n  policy = jsonencode(%s)\n}\n', "aws_iam_group_policy.p"),
    (
        (
            'resource "aws_iam_role" "p" {\n  inline_policy {\n    name = "a"\n  }\n'
            "  inline_policy {\n    policy = jsonencode(%s)\n  }\n}\n"
        ),
        "aws_iam_role.p",
    ),
    (
        'resource "aws_ssoadmin_permission_set_inline_policy" "p" {\n  inline_policy = jsonencode(%s)\n}\n',
        "aws_ssoadmin_permission_set_inline_policy.p",
    ),
    ('resource "aws_organizations_policy" "p" {\n  content = jsonencode(%s)\n}\n', "aws_organizations_policy.p"),
    (
        'resource "awscc_iam_managed_policy" "p" {\n  policy_document = jsonencode(%s)\n}\n',
        "awscc_iam_managed_policy.p",
    ),
    (
        'resource "awscc_iam_role" "p" {\n  policies = [{ policy_document = jsonencode(%s) }]\n}\n',
        "awscc_iam_role.p",
    ),
    (
        'locals {\n  p = %s\n  t = jsonencode(local.p)\n}\nresource "aws_iam_policy" "p" {\n  policy = local.t\n}\n',
        "aws_iam_policy.p",
    ),
    (
        'resource "aws_iam_policy" "p" {\n  for_each = toset(["a", "b"])\n  policy = jsonencode(%s)\n}\n',
        'aws_iam_policy.p["a"]',
    ),
]


@pytest.mark.parametrize(("holder", "address"), HOLDERS)
def test_it_is_found_wherever_it_stands(holder: str, address: str) -> None:
    text = holder % OBJECT
    (one,) = linted({"main.tf": text}).findings
    assert one.resource is not None
    assert one.resource.address == address
    assert text[one.span.start : one.span.end] == "StringEquals"


def test_it_is_found_in_terraforms_json() -> None:
    value = policy(launch(StringEquals="required"))
    text = json.dumps({"resource": {"aws_iam_policy": {"p": {"policy": value}}}})
    assert [one.told.partition(",")[0] for one in found(text, "main.tf.json")] == [f'its statement "S" {INVERTED}']
    whole = json.dumps({"data": {"aws_iam_policy_document": {"d": {"statement": [BLOCK]}}}})
    assert [one.marked for one in found(whole, "main.tf.json")] == ['"StringEquals"']


BLOCK = {
    "effect": "Deny",
    "actions": [RUN],
    "resources": [INSTANCES],
    "condition": [{"test": "StringEquals", "variable": TOKENS, "values": ["required"]}],
}

DOCUMENT = """data "aws_iam_policy_document" "d" {
  %s
  statement {
    sid       = "S"
    effect    = "Deny"
    actions   = ["ec2:RunInstances"]
    resources = [%s]
    condition {
      test     = "%s"
      variable = "ec2:MetadataHttpTokens"
      values   = [%s]
    }
  }
}
"""
HERE = f'"{INSTANCES}"'
DOCUMENTS = [
    (DOCUMENT % ("", HERE, "StringEquals", '"required"'), ['"StringEquals"']),
    (DOCUMENT % ("", '"*"', "StringNotEquals", '"required"'), ['"*"']),
    (DOCUMENT % ("", HERE, "StringNotEquals", '"Required"'), ['"Required"']),
    (DOCUMENT % ("", HERE, "StringNotEquals", '"required"'), []),
    (DOCUMENT % ("", HERE, "StringNotEquals", "var.v") + 'variable "v" {}\n', []),
    (DOCUMENT % ("", HERE, "StringNotEquals", '"&{aws:PrincipalTag/imds}"'), []),
    (DOCUMENT % ("", "var.v", "StringNotEquals", '"required"') + 'variable "v" {}\n', []),
    (DOCUMENT % ("override_policy_documents = [var.v]", HERE, "StringEquals", '"required"'), []),
    (DOCUMENT % ("source_policy_documents = [var.v]", HERE, "StringEquals", '"required"'), ['"StringEquals"']),
    (DOCUMENT % ("count = 0", HERE, "StringEquals", '"required"'), []),
]


@pytest.mark.parametrize(("text", "marked"), DOCUMENTS)
def test_documents_in_blocks(text: str, marked: list[str]) -> None:
    assert [one.marked for one in found(text)] == marked


def test_blocks_that_may_not_be_there() -> None:
    dynamic = 'dynamic "condition" {\n for_each = var.more\n content {\n test = "StringEquals"\n variable = "ec2:X"\n values = ["x"]\n }\n }\n    condition'
    text = (DOCUMENT % ("", '"*"', "StringNotEquals", '"required"')).replace("condition", dynamic, 1)
    assert found(text + 'variable "more" {}\n') == [], "it may be held to instances"
    assert len(found(text + 'variable "more" {\n  default = []\n}\n')) == 1, "it is not"


def test_a_document_and_what_uses_it_are_one_finding() -> None:
    use = 'resource "aws_iam_policy" "p" {\n  policy = data.aws_iam_policy_document.d.json\n}\n'
    report = linted({"main.tf": DOCUMENT % ("", HERE, "StringEquals", '"required"') + use})
    assert [one.affected for one in report.findings] == [("data.aws_iam_policy_document.d",)]


def test_an_override_counts() -> None:
    wrong = f'resource "aws_iam_policy" "p" {{\n  policy = jsonencode({OBJECT})\n}}\n'
    right = wrong.replace("StringEquals", "StringNotEquals")
    assert linted({"main.tf": wrong, "main_override.tf": right}).findings == ()
    (one,) = linted({"main.tf": right, "main_override.tf": wrong}).findings
    assert one.span.path == "main_override.tf"


def test_a_document_in_a_file_is_found_there() -> None:
    text = policy(launch(StringEquals="required"))
    files = {
        "main.tf": 'resource "aws_organizations_policy" "p" {\n  content = file("${path.module}/scp.json")\n}\n',
        "scp.json": text,
    }
    (one,) = linted(files).findings
    assert (one.rule.code, one.span.path, text[one.span.start : one.span.end]) == (
        "IMDS013",
        "scp.json",
        '"StringEquals"',
    )


UNDECIDED = (
    'variable "strict" {\n  type = bool\n}\nresource "aws_iam_policy" "p" {\n  policy = var.strict ? %s : %s\n}\n'
)
WRONG, RIGHT = f"jsonencode({OBJECT})", f"jsonencode({OBJECT.replace('StringEquals', 'StringNotEquals')})"


def test_what_is_not_decided_is_found_where_all_of_it_is_weak() -> None:
    assert found(UNDECIDED % (WRONG, RIGHT)) == []
    assert len(found(UNDECIDED % (WRONG, WRONG))) == 1


TEMPLATE = """Conditions:
  Strict: !Equals [!Ref AWS::Region, eu-west-1]
Resources:
  P:
    Type: %s
    Properties:
%s
"""
STATEMENT = """Version: "2012-10-17"
Statement:
  - Sid: S
    Effect: Deny
    Action: ec2:RunInstances
    Resource: !Sub "arn:${AWS::Partition}:ec2:*:*:instance/*"
    Condition:
      StringEquals:
        ec2:MetadataHttpTokens: required
"""


def indented(text: str, by: int) -> str:
    return "".join(f"{' ' * by}{line}\n" for line in text.splitlines())


TEMPLATES = [
    ("AWS::IAM::ManagedPolicy", "      PolicyDocument:\n" + indented(STATEMENT, 8)),
    ("AWS::IAM::Policy", "      PolicyDocument:\n" + indented(STATEMENT, 8)),
    ("AWS::IAM::RolePolicy", "      PolicyDocument:\n" + indented(STATEMENT, 8)),
    (
        "AWS::IAM::Role",
        "      Policies:\n        - PolicyName: a\n          PolicyDocument:\n" + indented(STATEMENT, 12),
    ),
    ("AWS::IAM::Group", "      Policies:\n        - PolicyDocument:\n" + indented(STATEMENT, 12)),
    ("AWS::SSO::PermissionSet", "      InlinePolicy:\n" + indented(STATEMENT, 8)),
    ("AWS::Organizations::Policy", "      Content:\n" + indented(STATEMENT, 8)),
    ("AWS::Organizations::Policy", "      Content: |\n" + indented(policy(launch(StringEquals="required")), 8)),
    ("AWS::Organizations::Policy", "      Content: !Sub |\n" + indented(policy(launch(StringEquals="required")), 8)),
]


@pytest.mark.parametrize(("type", "properties"), TEMPLATES)
def test_it_is_found_in_templates(type: str, properties: str) -> None:
    text = TEMPLATE % (type, properties)
    (one,) = found(text, "template.yaml")
    assert one.told.startswith(f'its statement "S" {INVERTED}')
    assert one.marked.strip('"') == "StringEquals"
    assert found(text.replace("StringEquals", "StringNotEquals"), "template.yaml") == []


def test_conditions_in_templates() -> None:
    text = TEMPLATE % ("AWS::IAM::ManagedPolicy", "      PolicyDocument:\n" + indented(STATEMENT, 8))
    either = text.replace("required", "!If [Strict, required, Required]").replace("StringEquals:", "StringNotEquals:")
    assert found(either, "template.yaml") == [], "one of both is right"
    left_out = text.replace("Strict: !Equals [!Ref AWS::Region, eu-west-1]", "Strict: !Equals [a, b]")
    left_out = left_out.replace("    Properties:", "    Condition: Strict\n    Properties:")
    assert linted({"template.yaml": left_out}).findings == (), "it is not created"


FIXED = [
    (scp(launch(StringNotEquals="Required")), '"Required"', '"required"'),
    (
        scp(statement({"StringNotEquals": {TOKENS: "required"}}, RUN, "*")),
        '"Resource": "*"',
        f'"Resource": "{ANYWHERE}"',
    ),
    (DOCUMENT % ("", HERE, "StringEquals", '"required"'), "StringEquals", "StringNotEquals"),
    (DOCUMENT % ("", '"*"', "StringNotEquals", '"required"'), '"*"', f'"{ANYWHERE}"'),
    (DOCUMENT % ("", HERE, "StringNotEquals", '"Required"'), '"Required"', '"required"'),
]


@pytest.mark.parametrize(("text", "old", "new"), FIXED)
def test_one_literal_is_mended(text: str, old: str, new: str) -> None:
    assert texts_after({"main.tf": text}) == {"main.tf": text.replace(old, new)}
    assert texts_after({"main.tf": text}, Applicability.SAFE) == {"main.tf": text}, "it is unsafe"


def test_one_literal_is_mended_in_templates() -> None:
    text = TEMPLATE % ("AWS::IAM::ManagedPolicy", "      PolicyDocument:\n" + indented(STATEMENT, 8))
    text = text.replace("StringEquals", "StringNotEquals").replace("required", "Required")
    assert texts_after({"template.yaml": text}) == {"template.yaml": text.replace("Required", "required")}


def test_what_is_not_mended_is_told() -> None:
    (one,) = linted({"main.tf": scp(launch(StringEquals="required"))}).findings
    assert one.fix is None
    assert one.fix_unavailable == (f'write: Deny {RUN} on {ANYWHERE} where StringNotEquals {TOKENS} "required"')


def test_hostile_patterns_take_no_time() -> None:
    text = scp(statement({"StringNotLike": {TOKENS: "*a" * 2000}}, "*a" * 2000))
    assert found(text) == [], "it ends, and is about nothing that launches"
