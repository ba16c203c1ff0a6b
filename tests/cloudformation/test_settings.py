"""Options among settings and in JSON: postures of Beanstalk and EMR in templates, and what a repair writes.

At least half of the cases are ones that nothing is to be found in.
"""

from __future__ import annotations

import json
from typing import NamedTuple

import pytest

from iac_imds_lint.source import SourceFile
from tests.cloudformation.reading import TOKENS, template
from tests.support import linted, postures, texts_after

V1, V2, OPEN = "v1-allowed", "v2-required", "unknown"
ENV, SAVED = "AWS::ElasticBeanstalk::Environment", "AWS::ElasticBeanstalk::ConfigurationTemplate"
AL2, AL2023 = "64bit Amazon Linux 2 v3.5.0 running Docker", "64bit Amazon Linux 2023 v4.3.0 running Docker"
HEAD = """Parameters:
  P: {Type: String}
  On: {Type: String, Default: "true"}
  Two: {Type: Number, Default: 2}
  Text: {Type: String, Default: '{"InstanceMetadataServiceConfiguration": {"MinimumInstanceMetadataServiceVersion": 2, "HttpPutResponseHopLimit": 1}}'}
Conditions:
  C: !Equals [!Ref P, x]
  Never: !Equals [a, b]
Resources:
"""


class Case(NamedTuple):
    why: str
    properties: str
    expected: str
    others: str = ""


def resource(kind: str, properties: str, name: str = "X") -> str:
    return f"  {name}:\n    Type: {kind}\n    Properties: {{{properties}}}\n"


def setting(
    value: str = "'true'", name: str = "DisableIMDSv1", namespace: str = "aws:autoscaling:launchconfiguration"
) -> str:
    return f"{{Namespace: '{namespace}', OptionName: {name}, Value: {value}}}"


def settings(*some: str, platform: str = AL2) -> str:
    stack = f"SolutionStackName: {platform}, " if platform else ""
    return f"{stack}OptionSettings: [{', '.join(some)}]"


TRUE, FALSE, OTHER = setting(), setting("'false'"), setting("t3.small", "InstanceType")
NONE = "!Ref AWS::NoValue"
BEANSTALK = [
    Case("it is disabled here", settings(TRUE), V2),
    Case("a boolean becomes a text", settings(setting("true")), V2),
    Case("among others", settings(OTHER, TRUE, OTHER), V2),
    Case("it is left on here", settings(FALSE, platform=AL2023), V1),
    Case("AWS does not say how True is read", settings(setting("'True'")), OPEN),
    Case("no value that AWS documents", settings(setting("'yes'")), OPEN),
    Case("another option: the platform counts", settings(OTHER, platform=AL2023), V2),
    Case("another option: the platform leaves it on", settings(OTHER), V1),
    Case("names are told apart by case", settings(setting(name="disableimdsv1"), platform=AL2), V1),
    Case("no such option in that namespace", settings(setting("'false'", namespace="aws:ec2:instances"), platform=AL2023), V2),
    Case("no list at all", f"SolutionStackName: {AL2023}", V2),
    Case("an empty list", settings(platform=AL2023), V2),
    Case("no value: the platform counts", settings(setting(NONE), platform=AL2023), V2),
    Case("a list that is not there", f"SolutionStackName: {AL2023}, OptionSettings: {NONE}", V2),
    Case("both say the same", settings(TRUE, TRUE), V2),
    Case("which one counts is not documented", settings(TRUE, FALSE), OPEN),
    Case("a parameter's default", settings(setting("!Ref On")), V2),
    Case("a parameter that no one gives", settings(setting("!Ref P")), OPEN),
    Case("substituted", settings(setting("!Sub '${On}'")), V2),
    Case("a namespace that is not known may be ours", settings(setting(namespace="").replace("''", "!Ref P"), platform=AL2023), OPEN),
    Case("a namespace that is not known beside another name", settings(setting(name="MinSize", namespace="").replace("''", "!Ref P"), platform=AL2023), V2),
    Case("what is written out counts beside what may be ours", settings(setting(namespace="").replace("''", "!Ref P"), TRUE), V2),
    Case("an element that is not known", settings("!Ref P", platform=AL2023), OPEN),
    Case("there by a condition: else the platform leaves it on", settings(f"!If [C, {TRUE}, {NONE}]"), OPEN),
    Case("there by a condition: the platform says the same", settings(f"!If [C, {TRUE}, {NONE}]", platform=AL2023), V2),
    Case("both branches are ours and agree", settings(f"!If [C, {TRUE}, {setting('true')}]"), V2),
    Case("both branches are ours and differ", settings(f"!If [C, {TRUE}, {FALSE}]"), OPEN),
    Case("one branch is another option, and the platform agrees", settings(f"!If [C, {TRUE}, {OTHER}]", platform=AL2023), V2),
    Case("a value by a condition", settings(setting("!If [C, 'true', 'true']")), V2),
    Case("a condition that never holds", settings(f"!If [Never, {FALSE}, {TRUE}]"), V2),
    Case("the whole list by a condition, alike", f"SolutionStackName: {AL2}, OptionSettings: !If [C, [{TRUE}, {OTHER}], [{TRUE}]]", V2),
    Case("the whole list by a condition, without it in one", f"SolutionStackName: {AL2}, OptionSettings: !If [C, [{TRUE}], [{OTHER}]]", OPEN),
    Case("two under opposite branches are never there together", settings(f"!If [C, {TRUE}, {NONE}]", f"!If [C, {NONE}, {TRUE}]"), V2),
    Case("the list by a parameter", f"SolutionStackName: {AL2023}, OptionSettings: !Ref P", OPEN),
    Case("by ARN of the platform", "PlatformArn: 'arn:aws:elasticbeanstalk:eu-west-1::platform/Node.js 20 running on 64bit Amazon Linux 2023/6.1.0'", V2),
    Case("by ARN of an old platform", "PlatformArn: 'arn:aws:elasticbeanstalk:eu-west-1::platform/Python 3.8 running on 64bit Amazon Linux 2/3.3.9'", V1),
    Case("a platform of one's own", "PlatformArn: 'arn:aws:elasticbeanstalk:eu-west-1:1:platform/my/1.0.0'", OPEN),
    Case("a platform that is not known", "SolutionStackName: !Ref P", OPEN),
    Case("one of two platforms, alike", f"SolutionStackName: !If [C, {AL2023}, 64bit Windows Server 2022 v2.14.1 running IIS 10.0]", V2),
    Case("one of two platforms, unlike", f"SolutionStackName: !If [C, {AL2023}, {AL2}]", OPEN),
    Case("no platform at all", "ApplicationName: a", OPEN),
    Case("the configuration template says it", "TemplateName: !Ref T", V2, resource(SAVED, settings(TRUE), "T")),
    Case("the configuration template's platform", "TemplateName: !Ref T", V2, resource(SAVED, f"SolutionStackName: {AL2023}", "T")),
    Case("the configuration template leaves it on", "TemplateName: !Ref T", V1, resource(SAVED, settings(OTHER), "T")),
    Case("what the environment sets wins", f"TemplateName: !Ref T, OptionSettings: [{TRUE}]", V2, resource(SAVED, settings(FALSE), "T")),
    Case("a configuration template of a template", "TemplateName: !Ref T", V2, resource(SAVED, "SourceConfiguration: {TemplateName: !Ref S, ApplicationName: a}", "T") + resource(SAVED, settings(TRUE), "S")),
    Case("configuration templates in a circle", "TemplateName: !Ref T", OPEN, resource(SAVED, "SourceConfiguration: {TemplateName: !Ref T, ApplicationName: a}", "T")),
    Case("a configuration template from elsewhere", "TemplateName: mine", OPEN),
]  # fmt: skip


@pytest.mark.parametrize("case", BEANSTALK, ids=lambda case: case.why)
def test_an_environment(case: Case) -> None:
    assert postures({"t.yaml": HEAD + resource(ENV, case.properties) + case.others})["X"] == case.expected, case.why


def test_a_long_chain_of_configuration_templates_is_not_followed_to_its_end() -> None:
    chain = "".join(
        resource(SAVED, f"SourceConfiguration: {{TemplateName: !Ref T{n + 1}, ApplicationName: a}}", f"T{n}")
        for n in range(400)
    )
    report = linted({"t.yaml": HEAD + chain + resource(SAVED, settings(TRUE), "T400")})
    found = {row.resource: row for row in report.inventory}
    assert found["T0"].posture.value == OPEN
    assert found["T0"].reason == "what it takes its settings from leads back to it, or too far"
    assert found["T400"].posture.value == V2
    assert "IMDS999" not in {finding.rule.code for finding in report.findings}


def test_more_conditional_settings_than_can_be_followed_are_not_decided() -> None:
    there = f"!If [C, {TRUE}, {NONE}]"
    (finding,) = linted({"t.yaml": HEAD + resource(ENV, settings(*[there] * 50))}).findings
    assert finding.message.endswith("it depends on too many undecided conditions")


EMR, CLUSTER = "AWS::EMR::SecurityConfiguration", "AWS::EMR::Cluster"


def imds(version: str = "2") -> str:
    return f'"InstanceMetadataServiceConfiguration": {{"MinimumInstanceMetadataServiceVersion": {version}, "HttpPutResponseHopLimit": 1}}'


KEY = '"EncryptionConfiguration": {"AwsKmsKey": "${Key.Arn}"}'
REQUIRED = (
    "{InstanceMetadataServiceConfiguration: {MinimumInstanceMetadataServiceVersion: 2, HttpPutResponseHopLimit: 1}}"
)
DOCUMENTS = [
    Case("an object", REQUIRED, V2),
    Case("an object that leaves it open", REQUIRED.replace(": 2", ": 1"), V1),
    Case("a text where AWS documents a number", REQUIRED.replace(": 2", ": '2'"), OPEN),
    Case("an object without", "{EncryptionConfiguration: {AwsKmsKey: !GetAtt Key.Arn}}", V1),
    Case("a parameter's default in it", REQUIRED.replace(": 2", ": !Ref Two"), V2),
    Case("a parameter that no one gives in it", REQUIRED.replace(": 2", ": !Ref P"), OPEN),
    Case("one of two objects, alike", f"!If [C, {REQUIRED}, {REQUIRED}]", V2),
    Case("one of two objects, unlike", f"!If [C, {REQUIRED}, {{}}]", OPEN),
    Case("an object by a condition that never holds", f"!If [Never, {{}}, {REQUIRED}]", V2),
    Case("a text in quotes", f"'{{{imds()}}}'", V2),
    Case("a text with escapes", json.dumps(f"{{{imds()}}}"), V2),
    Case("a text that leaves it open", f"'{{{imds('1')}}}'", V1),
    Case("a text without", "'{}'", V1),
    Case("substituted beside it", f"!Sub '{{{KEY}, {imds()}}}'", V2),
    Case("substituted beside nothing", f"!Sub '{{{KEY}}}'", V1),
    Case("substituted by a default", f"!Sub '{{{imds('${Two}')}}}'", V2),
    Case("substituted by what no one gives", f"!Sub '{{{imds('${P}')}}}'", OPEN),
    Case("substituted by a name of its own", f"!Sub ['{{{imds('${V}')}}}', {{V: !Ref Two}}]", V2),
    Case("escapes and a substitution", f"!Sub {json.dumps('{' + imds('${Two}') + '}')}", V2),
    Case("in the long spelling", f"{{'Fn::Sub': '{{{KEY}, {imds()}}}'}}", V2),
    Case("as a text by function", f"!ToJsonString {REQUIRED}", V2),
    Case("as a text by function, without", "!ToJsonString {EncryptionConfiguration: {K: !GetAtt Key.Arn}}", V1),
    Case("a parameter's default that is a text", "!Ref Text", V2),
    Case("a text that is no JSON", "'{'", OPEN),
    Case("a list", "[]", OPEN),
    Case("a parameter that no one gives", "!Ref P", OPEN),
]  # fmt: skip


@pytest.mark.parametrize("case", DOCUMENTS, ids=lambda case: case.why)
def test_a_security_configuration(case: Case) -> None:
    text = f"{HEAD}  X:\n    Type: {EMR}\n    Properties:\n      SecurityConfiguration: {case.properties}\n  Key: {{Type: 'AWS::KMS::Key'}}\n"
    assert postures({"t.yaml": text})["X"] == case.expected, case.why


GOOD = resource(EMR, f"SecurityConfiguration: {REQUIRED}, Name: strong", "Good")
CLUSTERS = [
    Case("by Ref", "SecurityConfiguration: !Ref Good, ReleaseLabel: emr-6.9.0", V2, GOOD),
    Case("by name", "SecurityConfiguration: strong", V2, GOOD),
    Case("from elsewhere", "SecurityConfiguration: other", OPEN, GOOD),
    Case("under a condition", "SecurityConfiguration: !If [C, !Ref Good, !Ref AWS::NoValue], ReleaseLabel: emr-5.20.0", OPEN, GOOD),
    Case("none, and what its release does is not documented", "ReleaseLabel: emr-6.9.0", OPEN),
    Case("none, and its release needs IMDSv1", "ReleaseLabel: emr-5.20.0", V1),
]  # fmt: skip


@pytest.mark.parametrize("case", CLUSTERS, ids=lambda case: case.why)
@pytest.mark.parametrize(("kind", "key"), [("InstanceGroupConfig", "JobFlowId"), ("InstanceFleetConfig", "ClusterId")])
def test_a_cluster_and_what_joins_it(case: Case, kind: str, key: str) -> None:
    joins = resource(f"AWS::EMR::{kind}", f"{key}: !Ref X", "Joins")
    found = postures({"t.yaml": HEAD + resource(CLUSTER, case.properties) + case.others + joins})
    assert (found["X"], found["Joins"]) == (case.expected, case.expected), case.why


def test_what_joins_a_cluster_of_another_stack_is_not_decided() -> None:
    (finding,) = linted({"t.yaml": HEAD + resource("AWS::EMR::InstanceGroupConfig", "JobFlowId: !Ref P")}).findings
    assert finding.message == (
        "whether AWS::EMR::InstanceGroupConfig X answers IMDSv1 is not decided here: its cluster is not in this "
        "code (parameter P has no default)"
    )


def test_the_places_in_a_substituted_text() -> None:
    text = f"{HEAD}  X:\n    Type: {EMR}\n    Properties:\n      SecurityConfiguration: !Sub |\n        {{\n          {KEY},\n          {imds('1')}\n        }}\n"
    (found,) = template(text).resources
    source = SourceFile("t.yaml", text)
    assert [source.slice(origin.span) for origin in found.container.origins] == [
        '"InstanceMetadataServiceConfiguration"'
    ]  # type: ignore[union-attr]
    (origin,) = found.option(TOKENS).origins
    assert (source.slice(origin.span), origin.literal) == ("1", True)


MESSAGES = [
    (ENV, settings(OTHER), "AWS::ElasticBeanstalk::Environment X answers IMDSv1: DisableIMDSv1 is not set"),
    (ENV, settings(FALSE), 'AWS::ElasticBeanstalk::Environment X answers IMDSv1: DisableIMDSv1 is "false"'),
    (
        ENV,
        settings(setting("'yes'")),
        'AWS::ElasticBeanstalk::Environment X will be refused: DisableIMDSv1 is "yes", not "true" or "false"',
    ),
    (
        ENV,
        settings("!Ref P"),
        (
            "whether AWS::ElasticBeanstalk::Environment X answers IMDSv1 is not decided here: whether one of its "
            "settings is DisableIMDSv1 is not decided here: parameter P has no default"
        ),
    ),
    (
        EMR,
        "SecurityConfiguration: {}",
        "AWS::EMR::SecurityConfiguration X answers IMDSv1: InstanceMetadataServiceConfiguration is not set",
    ),
    (
        EMR,
        "SecurityConfiguration: '{'",
        (
            "whether AWS::EMR::SecurityConfiguration X answers IMDSv1 is not decided here: the text of "
            "SecurityConfiguration is not JSON"
        ),
    ),
    (CLUSTER, "ReleaseLabel: emr-5.20.0", "AWS::EMR::Cluster X answers IMDSv1: it names no security configuration"),
]


@pytest.mark.parametrize(("kind", "properties", "message"), MESSAGES)
def test_messages_call_things_by_their_names(kind: str, properties: str, message: str) -> None:
    (finding,) = linted({"t.yaml": HEAD + resource(kind, properties)}).findings
    assert finding.message == message


SET = 'Namespace: aws:autoscaling:launchconfiguration, OptionName: DisableIMDSv1, Value: "true"'
LINES = """{0}Namespace: aws:autoscaling:launchconfiguration
{1}OptionName: DisableIMDSv1
{1}Value: "true"
"""
REPAIRS = [
    ("another setting in dashes", "      OptionSettings:\n      - Namespace: a\n        OptionName: b # c\n", "      OptionSettings:\n      - Namespace: a\n        OptionName: b # c\n" + LINES.format("      - ", "        ")),
    ("dashes that stand further in", "      OptionSettings:\n          -   Namespace: a\n              OptionName: b\n", "      OptionSettings:\n          -   Namespace: a\n              OptionName: b\n" + LINES.format("          -   ", "              ")),
    ("a function is the last", "      OptionSettings:\n        - !If [C, {Namespace: a, OptionName: b}, !Ref AWS::NoValue]\n", "      OptionSettings:\n        - !If [C, {Namespace: a, OptionName: b}, !Ref AWS::NoValue]\n" + LINES.format("        - ", "          ")),
    ("brackets", "      OptionSettings: [{Namespace: a, OptionName: b}]\n", f"      OptionSettings: [{{Namespace: a, OptionName: b}}, {{{SET}}}]\n"),
    ("no list", "      ApplicationName: a\n", "      ApplicationName: a\n      OptionSettings:\n" + LINES.format("        - ", "          ")),
    ("a text", f"      OptionSettings: [{FALSE}]\n", f"      OptionSettings: [{TRUE}]\n"),
    ("a boolean", f"      OptionSettings: [{setting('false')}]\n", f"      OptionSettings: [{setting('true')}]\n"),
    ("an empty list stays: there is no layout to follow", "      OptionSettings: []\n", "      OptionSettings: []\n"),
    ("a list by a condition stays", "      OptionSettings: !If [C, [], []]\n", "      OptionSettings: !If [C, [], []]\n"),
    ("the last is an alias: no layout to follow", "      OptionSettings: [&a {Namespace: a, OptionName: b}, *a]\n", "      OptionSettings: [&a {Namespace: a, OptionName: b}, *a]\n"),
    ("the branch that counts", "      OptionSettings: [" + setting("!If [Never, 'true', 'false']") + "]\n", "      OptionSettings: [" + setting("!If [Never, 'true', 'true']") + "]\n"),
]  # fmt: skip


@pytest.mark.parametrize(("why", "before", "after"), REPAIRS, ids=[why for why, _, _ in REPAIRS])
def test_a_setting_is_written(why: str, before: str, after: str) -> None:
    head = f"{HEAD}  X:\n    Type: {ENV}\n    Properties:\n      SolutionStackName: {AL2}\n"
    files = {"t.yaml": head + before}
    assert texts_after(files) == {"t.yaml": head + after}, why
    assert texts_after(texts_after(files)) == {"t.yaml": head + after}, "once is enough"


@pytest.mark.parametrize("indent", [None, 2, 4, "\t"])
@pytest.mark.parametrize("listed", [None, [{"Namespace": "a", "OptionName": "b"}]], ids=["none", "one"])
def test_a_setting_is_written_into_json(indent: int | str | None, listed: list[dict[str, str]] | None) -> None:
    properties: dict[str, object] = {"SolutionStackName": AL2, "CNAMEPrefix": "a"}
    if listed is not None:
        properties["OptionSettings"] = listed
    before = {"Resources": {"X": {"Type": ENV, "Properties": properties}}}
    ours = {"Namespace": "aws:autoscaling:launchconfiguration", "OptionName": "DisableIMDSv1", "Value": "true"}
    after = {"Resources": {"X": {"Type": ENV, "Properties": {**properties, "OptionSettings": [*(listed or []), ours]}}}}
    assert texts_after({"t.json": json.dumps(before, indent=indent)}) == {"t.json": json.dumps(after, indent=indent)}


DOCUMENT_REPAIRS = [
    ("an object", "\n        Other: a\n", "\n        Other: a\n        InstanceMetadataServiceConfiguration:\n          MinimumInstanceMetadataServiceVersion: 2\n          HttpPutResponseHopLimit: 1\n"),
    ("an object with one member", "\n        InstanceMetadataServiceConfiguration:\n          HttpPutResponseHopLimit: 2\n", "\n        InstanceMetadataServiceConfiguration:\n          HttpPutResponseHopLimit: 2\n          MinimumInstanceMetadataServiceVersion: 2\n"),
    ("a block of text", ' |\n        {\n          "A": {}\n        }\n', ' |\n        {\n          "A": {},\n          "InstanceMetadataServiceConfiguration": {\n            "MinimumInstanceMetadataServiceVersion": 2,\n            "HttpPutResponseHopLimit": 1\n          }\n        }\n'),
    ("a substituted block", f" !Sub |\n        {{{KEY}, {imds('1')}}}\n", f" !Sub |\n        {{{KEY}, {imds('2')}}}\n"),
    ("a text in quotes", f" '{{{imds('1')}}}'\n", f" '{{{imds('2')}}}'\n"),
    ("an empty text in quotes", " '{}'\n", " '{\"InstanceMetadataServiceConfiguration\": {\"MinimumInstanceMetadataServiceVersion\": 2, \"HttpPutResponseHopLimit\": 1}}'\n"),
    ("a name of Sub's own stays", f" !Sub ['{{{imds('${V}')}}}', {{V: 1}}]\n", f" !Sub ['{{{imds('${V}')}}}', {{V: 2}}]\n"),
    ("a text with escapes stays", f" {json.dumps('{' + imds('1') + '}')}\n", f" {json.dumps('{' + imds('1') + '}')}\n"),
    ("a condition stays", " !If [C, {}, {}]\n", " !If [C, {}, {}]\n"),
]  # fmt: skip


@pytest.mark.parametrize(("why", "before", "after"), DOCUMENT_REPAIRS, ids=[why for why, _, _ in DOCUMENT_REPAIRS])
def test_a_document_is_completed(why: str, before: str, after: str) -> None:
    head = f"{HEAD}  X:\n    Type: {EMR}\n    Properties:\n      SecurityConfiguration:"
    key = "  Key:\n    Type: AWS::KMS::Key\n"
    assert texts_after({"t.yaml": head + before + key}) == {"t.yaml": head + after + key}, why


UNWRITTEN = [
    (EMR, f"SecurityConfiguration: {json.dumps('{}')[:-1]} \\n\"", 'add "InstanceMetadataServiceConfiguration": {"MinimumInstanceMetadataServiceVersion": 2, "HttpPutResponseHopLimit": 1} to the JSON of SecurityConfiguration'),
    (EMR, 'SecurityConfiguration: "{}"', 'add "InstanceMetadataServiceConfiguration": {"MinimumInstanceMetadataServiceVersion": 2, "HttpPutResponseHopLimit": 1} to the JSON of SecurityConfiguration'),
    (ENV, settings(), "OptionSettings has to be a list to hold {Namespace: aws:autoscaling:launchconfiguration, OptionName: DisableIMDSv1, Value: true} as well"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "properties", "told"), UNWRITTEN)
def test_where_nothing_is_written_it_is_said_what_to_write(kind: str, properties: str, told: str) -> None:
    (finding,) = linted({"t.yaml": HEAD + resource(kind, properties)}).findings
    assert finding.fix is None
    assert told in finding.fix_unavailable


def test_overrides_of_a_fleet_are_completed_together() -> None:
    head = "Resources:\n  F:\n    Type: AWS::EC2::EC2Fleet\n    Properties:\n      Type: instant\n      LaunchTemplateConfigs:\n        - Overrides:\n"
    before = "            - InstanceType: a\n              MetadataOptions:\n                HttpTokens: optional\n            - MetadataOptions: {HttpTokens: optional}\n            - MetadataOptions: {HttpTokens: required}\n"
    after = "            - InstanceType: a\n              MetadataOptions:\n                HttpEndpoint: enabled\n                HttpTokens: required\n            - MetadataOptions: {HttpEndpoint: enabled, HttpTokens: required}\n            - MetadataOptions: {HttpEndpoint: enabled, HttpTokens: required}\n"
    assert texts_after({"t.yaml": head + before}) == {"t.yaml": head + after}


ALL = [*BEANSTALK, *DOCUMENTS, *CLUSTERS]


def test_half_of_the_cases_find_nothing() -> None:
    assert 2 * sum(case.expected == V2 for case in ALL) >= len(ALL)
