"""What launches from a template, a configuration or a cluster: its posture, by every way of naming what it names.

At least half of the cases are ones that nothing is to be found in.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest

from tests.support import linted, postures

V1, V2, OFF, OPEN = "v1-allowed", "v2-required", "imds-disabled", "unknown"
NOTHING: list[str] = []
OLD_TOLD = "IMDS003 Old AWS::AutoScaling::LaunchConfiguration Old is a launch configuration, which new accounts and instance types cannot use"
WEAK_TOLD = "IMDS001 Weak AWS::EC2::LaunchTemplate Weak answers IMDSv1: MetadataOptions is not set"


def answering(code: str, why: str) -> str:
    """A finding of what is judged, by its code."""
    return f"{code} X KIND X answers IMDSv1: {why}"


def undecided(why: str) -> str:
    return f"IMDS005 X whether KIND X answers IMDSv1 is not decided here: {why}"


def elsewhere(what: str) -> str:
    return undecided(f"what it launches from is not in this code ({what})")


def stale(version: str) -> str:
    return (
        f"IMDS006 X KIND X launches {version} of Good: a change of the template makes a newer version, which does not "
        "reach it"
    )


HEAD = """Parameters:
  P: {Type: String}
  Named: {Type: String, Default: named}
  One: {Type: String, Default: "1"}
  Latest: {Type: String, Default: $Latest}
  Stage: {Type: String, AllowedValues: [dev, prod]}
  Id: {Type: String, Default: lt-1}
Conditions:
  C: !Equals [!Ref P, x]
  Never: !Equals [a, b]
Resources:
"""
REQUIRED = "{MetadataOptions: {HttpTokens: required, HttpEndpoint: enabled}}"


def template(name: str, data: str = REQUIRED, called: str = "") -> str:
    named = f"LaunchTemplateName: {called}, " if called else ""
    return f"  {name}:\n    Type: AWS::EC2::LaunchTemplate\n    Properties: {{{named}LaunchTemplateData: {data}}}\n"


def resource(kind: str, properties: str, name: str = "X") -> str:
    return f"  {name}:\n    Type: {kind}\n    Properties: {{{properties}}}\n"


GOOD, WEAK = template("Good"), template("Weak", "{}")
GROUP, INSTANCE = "AWS::AutoScaling::AutoScalingGroup", "AWS::EC2::Instance"
NODES, BATCH = "AWS::EKS::Nodegroup", "AWS::Batch::ComputeEnvironment"
BY_ID = "LaunchTemplateId: !Ref Good, Version: !GetAtt Good.LatestVersionNumber"
WEAK_ID = "LaunchTemplateId: !Ref Weak, Version: !GetAtt Weak.LatestVersionNumber"


class Case(NamedTuple):
    """``told`` are all findings of the template, those of what it launches from included: code, resource and message, in
    which KIND stands for the type of what is judged.
    """

    why: str
    kind: str
    properties: str
    expected: str
    told: list[str] = NOTHING
    others: str = GOOD


def named(how: str, called: str, expected: str, why: str, told: list[str] = NOTHING) -> Case:
    """A group that names a template in one way, and the template's own name."""
    text = f"LaunchTemplate: {{LaunchTemplateName: {how}, Version: $Latest}}"
    return Case(why, GROUP, text, expected, told, template("Good", called=called))


def version(text: str, why: str, told: list[str] = NOTHING) -> Case:
    written = f", Version: {text}" if text else ""
    return Case(why, GROUP, f"LaunchTemplate: {{LaunchTemplateId: !Ref Good{written}}}", V2, told)


BY_TEMPLATE = [
    Case("by Ref", GROUP, f"LaunchTemplate: {{{BY_ID}}}", V2),
    Case("by Ref of a weak one, which is the finding", GROUP, f"LaunchTemplate: {{{WEAK_ID}}}", V1, [WEAK_TOLD], WEAK),
    Case("by GetAtt of its ID", GROUP, "LaunchTemplate: {LaunchTemplateId: !GetAtt Good.LaunchTemplateId, Version: $Latest}", V2),
    Case("by Sub of it alone", GROUP, "LaunchTemplate: {LaunchTemplateId: !Sub '${Good}', Version: $Latest}", V2),
    Case("an ID where a name is asked for still says which", GROUP, "LaunchTemplate: {LaunchTemplateName: !Ref Good, Version: $Latest}", V2),
    Case("an ID by a parameter's default is of another stack", GROUP, "LaunchTemplate: {LaunchTemplateId: !Ref Id, Version: $Latest}", OPEN, [elsewhere('"lt-1"')]),
    Case("an ID of another stack", GROUP, "LaunchTemplate: {LaunchTemplateId: !ImportValue exported, Version: $Latest}", OPEN, [elsewhere("export exported of another stack is known at deployment only")]),
    Case("two that agree", GROUP, "LaunchTemplate: {LaunchTemplateId: !If [C, !Ref Good, !Ref Also], Version: $Latest}", V2, NOTHING, GOOD + template("Also")),
    Case("two of which one is weak: that one is the finding", GROUP, "LaunchTemplate: {LaunchTemplateId: !If [C, !Ref Good, !Ref Weak], Version: $Latest}", OPEN, [WEAK_TOLD], GOOD + WEAK),
    Case("a condition that never holds", GROUP, "LaunchTemplate: {LaunchTemplateId: !If [Never, !Ref Weak, !Ref Good], Version: $Latest}", V2, [WEAK_TOLD], GOOD + WEAK),
    Case("nothing is named: it cannot launch", GROUP, "MinSize: 1", OPEN, [undecided("what it launches from is not written here")]),
    Case("a template or a policy, by a condition", GROUP, f"LaunchTemplate: !If [C, {{{BY_ID}}}, !Ref AWS::NoValue], MixedInstancesPolicy: !If [C, !Ref AWS::NoValue, {{LaunchTemplate: {{LaunchTemplateSpecification: {{{BY_ID}}}}}}}]", V2),
    Case("a policy's template", GROUP, f"MixedInstancesPolicy: {{LaunchTemplate: {{LaunchTemplateSpecification: {{{BY_ID}}}}}}}", V2),
    Case("a policy's override that says nothing", GROUP, f"MixedInstancesPolicy: {{LaunchTemplate: {{LaunchTemplateSpecification: {{{BY_ID}}}, Overrides: [{{InstanceType: a}}]}}}}", V2),
    Case("a policy's override by another template", GROUP, f"MixedInstancesPolicy: {{LaunchTemplate: {{LaunchTemplateSpecification: {{{BY_ID}}}, Overrides: [{{LaunchTemplateSpecification: {{{WEAK_ID}}}}}]}}}}", V1, [WEAK_TOLD], GOOD + WEAK),
    Case("an override that is there by a condition", GROUP, f"MixedInstancesPolicy: {{LaunchTemplate: {{LaunchTemplateSpecification: {{{BY_ID}}}, Overrides: [!If [C, {{LaunchTemplateSpecification: {{{WEAK_ID}}}}}, !Ref AWS::NoValue]]}}}}", V1, [WEAK_TOLD], GOOD + WEAK),
    Case("overrides by a list of parameters", GROUP, f"MixedInstancesPolicy: {{LaunchTemplate: {{LaunchTemplateSpecification: {{{BY_ID}}}, Overrides: !Ref P}}}}", OPEN, [elsewhere("parameter P has no default")]),
    Case("it copies an instance", GROUP, "InstanceId: i-0123456789abcdef0", OPEN, [elsewhere("it takes its launch parameters from an instance, and AWS does not document whether metadata options are among these")]),
    Case("a launch configuration that copies an instance", "AWS::AutoScaling::LaunchConfiguration", "InstanceId: i-0123456789abcdef0", OPEN, [OLD_TOLD.replace("Old", "X"), undecided("its instance to copy is not in this code (it takes its launch parameters from an instance, and AWS does not document whether metadata options are among these)")]),
    Case("it copies one, and says what it wants", "AWS::AutoScaling::LaunchConfiguration", "InstanceId: i-0123456789abcdef0, MetadataOptions: {HttpTokens: required}", V2, [OLD_TOLD.replace("Old", "X")]),
]  # fmt: skip

BY_NAME = [
    named("named", "named", V2, "the same literal"),
    named("!Ref Named", "named", V2, "a parameter's default"),
    named("!Sub '${Named}'", "named", V2, "the same after substitution"),
    named("other", "named", OPEN, "another literal", [elsewhere('"other"')]),
    named("!Sub '${AWS::StackName}-lt'", "!Sub '${AWS::StackName}-lt'", V2, "not known, but spelt alike"),
    named("!Sub '${AWS::StackName}-lt'", "!Join ['-', [!Ref AWS::StackName, lt]]", V2, "the same by Join"),
    named("!Join ['', [!Ref P, '-', !Ref AWS::Region]]", "!Sub '${P}-${AWS::Region}'", V2, "parameters have one value in a stack"),
    named("!Sub ['${S}-lt', {S: !Ref AWS::StackName}]", "!Sub '${AWS::StackName}-lt'", V2, "a name of Sub's own is looked through"),
    named("!Ref P", "!Ref P", V2, "the parameter itself"),
    named("!Sub '${Stage}-lt'", "!Sub '${Stage}-lt'", V2, "one of two names, but one at a time"),
    named("!Sub '${AWS::Region}-lt'", "!Sub '${AWS::StackName}-lt'", OPEN, "another pseudo parameter", [elsewhere("AWS::Region is known at deployment only")]),
    named("!Sub '${AWS::StackName}-lt2'", "!Sub '${AWS::StackName}-lt'", OPEN, "another text around it", [elsewhere("AWS::StackName is known at deployment only")]),
    named("'${AWS::StackName}-lt'", "!Sub '${AWS::StackName}-lt'", OPEN, "a literal is not substituted", [elsewhere('"${AWS::StackName}-lt"')]),
    named("!ImportValue name", "!ImportValue name", OPEN, "exports are not compared", [elsewhere("export name of another stack is known at deployment only")]),
    Case("two templates of that name: no saying which", GROUP, "LaunchTemplate: {LaunchTemplateName: !Sub '${AWS::StackName}-lt', Version: $Latest}", OPEN, [elsewhere("AWS::StackName is known at deployment only")], template("Good", called="!Sub '${AWS::StackName}-lt'") + template("Also", called="!Sub '${AWS::StackName}-lt'")),
    Case("a configuration by its name", GROUP, "LaunchConfigurationName: !Sub '${AWS::StackName}-lc'", V2, [OLD_TOLD], resource("AWS::AutoScaling::LaunchConfiguration", "LaunchConfigurationName: !Sub '${AWS::StackName}-lc', MetadataOptions: {HttpTokens: required}", "Old")),
]  # fmt: skip

VERSIONS = [
    version("!GetAtt Good.LatestVersionNumber", "the newest, as the template counts"),
    version("!Sub '${Good.LatestVersionNumber}'", "the same by Sub"),
    version("$Latest", "the newest, as EC2 counts"),
    version("!Ref Latest", "the newest by a parameter's default"),
    version("!Ref P", "which one is not decided"),
    version("!If [C, $Latest, '1']", "one branch is the newest"),
    version("'1'", "pinned", [stale("version 1")]),
    version("1", "pinned by a number", [stale("version 1")]),
    version("!Ref One", "pinned by a parameter's default", [stale("version 1")]),
    version("$Default", "the default, which CloudFormation never moves", [stale("the default version")]),
    version("!GetAtt Good.DefaultVersionNumber", "the default, as the template counts", [stale("the default version")]),
    version("", "no version is the default", [stale("the default version")]),
]

TYPES = [
    Case("an instance's template", INSTANCE, f"LaunchTemplate: {{{BY_ID}}}", V2),
    Case("a template under a condition, and nothing else", INSTANCE, f"LaunchTemplate: !If [C, {{{BY_ID}}}, !Ref AWS::NoValue]", OPEN, [undecided("v1-allowed if C is false; v2-required as Good says if C is true")]),
    Case("a weak template under a condition: the instance is a finding of its own", INSTANCE, f"LaunchTemplate: !If [C, {{{WEAK_ID}}}, !Ref AWS::NoValue]", V1, [WEAK_TOLD, answering("IMDS001", "MetadataOptions is not set")], WEAK),
    Case("its own options beside that", INSTANCE, f"LaunchTemplate: !If [C, {{{BY_ID}}}, !Ref AWS::NoValue], MetadataOptions: {{HttpTokens: required}}", V2),
    Case("nodes by ID", NODES, "LaunchTemplate: {Id: !Ref Good, Version: !GetAtt Good.LatestVersionNumber}", V2),
    Case("nodes by name", NODES, "LaunchTemplate: {Name: named, Version: $Latest}", V2, NOTHING, template("Good", called="named")),
    Case("nodes of AL2023", NODES, "AmiType: AL2023_x86_64_STANDARD", V2),
    Case("nodes of AL2: not documented", NODES, "AmiType: AL2_x86_64", OPEN, [undecided("it names no launch template, and what its kind of AMI gets without one is not documented")]),
    Case("nodes of AL2023 or of a template", NODES, "AmiType: AL2023_x86_64_STANDARD, LaunchTemplate: !If [C, {Id: !Ref Good, Version: $Latest}, !Ref AWS::NoValue]", V2),
    Case("nodes of AL2 or of a template", NODES, "AmiType: AL2_x86_64, LaunchTemplate: !If [C, {Id: !Ref Good, Version: $Latest}, !Ref AWS::NoValue]", OPEN, [undecided("unknown (it names no launch template, and what its kind of AMI gets without one is not documented) if C is false; v2-required as Good says if C is true")]),
    Case("a compute environment's template", BATCH, f"ComputeResources: {{Type: EC2, LaunchTemplate: {{{BY_ID}}}}}", V2),
    Case("an override for some instance types", BATCH, f"ComputeResources: {{Type: EC2, LaunchTemplate: {{{BY_ID}, Overrides: [{{{WEAK_ID}, TargetInstanceTypes: [a]}}]}}}}", V1, [WEAK_TOLD], GOOD + WEAK),
    Case("without a template its AMI decides", BATCH, "ComputeResources: {Type: SPOT}", OPEN, [undecided("its AMI decides, and nothing here says what that asks for")]),
    Case("game servers", "AWS::GameLift::GameServerGroup", f"LaunchTemplate: {{{BY_ID}}}", V2),
    Case("a node group of PCS", "AWS::PCS::ComputeNodeGroup", "CustomLaunchTemplate: {TemplateId: !Ref Good, Version: !GetAtt Good.LatestVersionNumber}", V2),
    Case("a spot fleet's templates", "AWS::EC2::SpotFleet", f"SpotFleetRequestConfigData: {{LaunchTemplateConfigs: [{{LaunchTemplateSpecification: {{{BY_ID}}}, Overrides: [{{InstanceType: a}}]}}]}}", V2),
    Case("launch specifications have no such option", "AWS::EC2::SpotFleet", "SpotFleetRequestConfigData: {LaunchSpecifications: [{ImageId: a}]}", V1, [answering("IMDS001", "its launch specifications have no IMDS options")]),
    Case("one in which it is written in vain", "AWS::EC2::SpotFleet", "SpotFleetRequestConfigData: {LaunchSpecifications: [{ImageId: a}, {MetadataOptions: {HttpTokens: required}}]}", V1, [answering("IMDS004", "its MetadataOptions has no effect, a launch specification has no metadata options")]),
]  # fmt: skip


def without_capacity(kind: str, properties: str, why: str) -> Case:
    return Case(why, kind, properties, "", NOTHING)


NONE = [
    without_capacity(BATCH, "ComputeResources: {Type: FARGATE}", "Fargate runs no instances"),
    without_capacity(BATCH, "ServiceRole: a", "an unmanaged environment runs those of others"),
    without_capacity("AWS::ImageBuilder::DistributionConfiguration", "Distributions: [{LaunchTemplateConfigurations: [{LaunchTemplateId: !Ref Weak}]}]", "it writes images into templates"),
    without_capacity("AWS::ECS::CapacityProvider", "ManagedInstancesProvider: {InstanceLaunchTemplate: {}}", "it has no control over tokens"),
    without_capacity("AWS::Lambda::CapacityProvider", "CapacityProviderName: a", "it has none either"),
    without_capacity("AWS::Cloud9::EnvironmentEC2", "InstanceType: a", "it has none either"),
    without_capacity("AWS::EC2::Host", "InstanceType: a", "a host launches nothing by itself"),
]  # fmt: skip

FLEET = "AWS::EC2::EC2Fleet"


def fleet(kind: str, *overrides: str, launched: str = WEAK_ID) -> str:
    listed = f", Overrides: [{', '.join(overrides)}]" if overrides else ""
    typed = f"Type: {kind}, " if kind else ""
    return f"{typed}LaunchTemplateConfigs: [{{LaunchTemplateSpecification: {{{launched}}}{listed}}}]"


HARD, SOFT, PLAIN = (
    "{MetadataOptions: {HttpTokens: required}}",
    "{MetadataOptions: {HttpTokens: optional}}",
    "{InstanceType: a}",
)
FLEETS = [
    Case("as its template", FLEET, fleet("maintain", launched=BY_ID), V2),
    Case("its override asks for it", FLEET, fleet("instant", HARD), V2, [WEAK_TOLD], WEAK),
    Case("its override leaves it open", FLEET, fleet("instant", SOFT, launched=BY_ID), V1, [answering("IMDS002", 'HttpTokens is "optional"')]),
    Case("one of two overrides says nothing", FLEET, fleet("instant", HARD, PLAIN), V1, [WEAK_TOLD], WEAK),
    Case("one of two overrides says nothing, its template does", FLEET, fleet("instant", HARD, PLAIN, launched=BY_ID), V2),
    Case("one of two overrides leaves it open", FLEET, fleet("instant", HARD, SOFT, launched=BY_ID), V1, [answering("IMDS002", 'HttpTokens is "optional"')]),
    Case("one of them is not known", FLEET, fleet("instant", HARD, "{MetadataOptions: {HttpTokens: !Ref P}}", launched=BY_ID), OPEN, [undecided("parameter P has no default")]),
    Case("what is not known beside what says nothing", FLEET, fleet("instant", PLAIN, "{MetadataOptions: !Ref P}", launched=BY_ID), OPEN, [undecided("parameter P has no default")]),
    Case("an override by a condition leaves it open", FLEET, fleet("instant", HARD, f"!If [C, {SOFT}, !Ref AWS::NoValue]", launched=BY_ID), V1, [answering("IMDS002", 'HttpTokens is "optional"')]),
    Case("an override by a condition asks for it", FLEET, fleet("instant", HARD, f"!If [C, {HARD}, !Ref AWS::NoValue]"), V2, [WEAK_TOLD], WEAK),
    Case("of type maintain: the override does not count", FLEET, fleet("maintain", HARD), V1, [WEAK_TOLD, answering("IMDS004", "its MetadataOptions has no effect, EC2 supports these for fleets of type instant only")], WEAK),
    Case("of no type: it maintains", FLEET, fleet("", SOFT, launched=BY_ID), V2),
    Case("of a type that is not known", FLEET, fleet("!Ref P", HARD, launched=BY_ID), OPEN, [undecided("its options count for some kinds only (EC2 supports these for fleets of type instant only), and which it is, is not decided here")]),
    Case("of a type that is one of two", FLEET, fleet("!If [C, instant, maintain]", HARD, launched=BY_ID), OPEN, [undecided("its options count for some kinds only (EC2 supports these for fleets of type instant only), and which it is, is not decided here")]),
    Case("of a type that never is another", FLEET, fleet("!If [Never, maintain, instant]", HARD, launched=BY_ID), V2),
]  # fmt: skip

KINDS = [
    Case("a notebook", "AWS::SageMaker::NotebookInstance", "InstanceMetadataServiceConfiguration: {MinimumInstanceMetadataServiceVersion: '2'}", V2),
    Case("a notebook that says nothing", "AWS::SageMaker::NotebookInstance", "InstanceType: a", V1, [answering("IMDS001", "InstanceMetadataServiceConfiguration is not set")]),
    Case("a builder of images", "AWS::ImageBuilder::InfrastructureConfiguration", "InstanceMetadataOptions: {HttpTokens: required}", V2),
    Case("a streaming fleet", "AWS::AppStream::Fleet", "DisableIMDSV1: true", V2),
    Case("a streaming fleet, by a text", "AWS::AppStream::ImageBuilder", "DisableIMDSV1: 'true'", V2),
    Case("a streaming fleet that leaves it on", "AWS::AppStream::AppBlockBuilder", "DisableIMDSV1: false", V1, [answering("IMDS002", "DisableIMDSV1 is false")]),
    Case("a streaming fleet that says nothing", "AWS::AppStream::Fleet", "Name: a", OPEN, [undecided("AWS does not document what happens when it is not set")]),
    Case("a workspace", "AWS::WorkspacesInstances::WorkspaceInstance", "ManagedInstance: {MetadataOptions: {HttpTokens: required}}", V2),
    Case("a workspace that turns it off", "AWS::WorkspacesInstances::WorkspaceInstance", "ManagedInstance: {MetadataOptions: {HttpEndpoint: disabled}}", OFF),
]  # fmt: skip

CASES = [*BY_TEMPLATE, *BY_NAME, *VERSIONS, *TYPES, *NONE, *FLEETS, *KINDS]


def text_of(case: Case) -> str:
    return HEAD + case.others + resource(case.kind, case.properties)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.kind} {case.why}")
def test_posture_and_findings(case: Case) -> None:
    files = {"t.yaml": text_of(case)}
    assert postures(files).get("X", "") == case.expected, case.why
    found = [f"{one.rule.code} {one.resource and one.resource.address} {one.message}" for one in linted(files).findings]
    assert sorted(found) == sorted(told.replace("KIND", case.kind) for told in case.told), case.why


def test_half_of_the_cases_find_nothing() -> None:
    assert 2 * sum(case.told == NOTHING for case in CASES) >= len(CASES)


REASONS = [
    (
        "InstanceId: i-1",
        GROUP,
        (
            "whether AWS::AutoScaling::AutoScalingGroup X answers IMDSv1 is not decided here: what it launches from is "
            "not in this code (it takes its launch parameters from an instance, and AWS does not document whether metadata "
            "options are among these)"
        ),
    ),
    (
        fleet("!Ref P", HARD, launched=BY_ID),
        FLEET,
        (
            "whether AWS::EC2::EC2Fleet X answers IMDSv1 is not decided here: its options count for some kinds only "
            "(EC2 supports these for fleets of type instant only), and which it is, is not decided here"
        ),
    ),
    (
        fleet("request", HARD, launched=BY_ID),
        FLEET,
        (
            "AWS::EC2::EC2Fleet X ignores what it says about IMDS: its MetadataOptions has no effect, EC2 supports these for "
            "fleets of type instant only"
        ),
    ),
    (
        "LaunchTemplate: {LaunchTemplateId: !Ref Good}",
        GROUP,
        (
            "AWS::AutoScaling::AutoScalingGroup X launches the default version of Good: a change of the template makes a newer "
            "version, which does not reach it"
        ),
    ),
    (
        f"LaunchTemplate: !If [C, {{{BY_ID}}}, !Ref AWS::NoValue]",
        INSTANCE,
        (
            "whether AWS::EC2::Instance X answers IMDSv1 is not decided here: v1-allowed if C is "
            "false; v2-required as Good says if C is true"
        ),
    ),
]


@pytest.mark.parametrize(("properties", "kind", "message"), REASONS)
def test_messages_say_what_is_missing(properties: str, kind: str, message: str) -> None:
    (finding,) = linted({"t.yaml": HEAD + GOOD + resource(kind, properties)}).findings
    assert finding.message == message


@pytest.mark.parametrize(("called", "named_by"), [("", "!Ref Old"), ("LaunchConfigurationName: old, ", "old")])
def test_a_launch_configuration_lists_its_groups(called: str, named_by: str) -> None:
    old = resource("AWS::AutoScaling::LaunchConfiguration", f"{called}MetadataOptions: {{HttpTokens: required}}", "Old")
    groups = resource(GROUP, f"LaunchConfigurationName: {named_by}", "A") + resource(
        GROUP, f"LaunchConfigurationName: {named_by}", "B"
    )
    (finding,) = linted({"t.yaml": HEAD + old + groups}).findings
    assert (finding.rule.code, finding.consumers) == ("IMDS003", ("A", "B"))


def test_a_weak_template_lists_who_launches_from_it() -> None:
    users = resource(GROUP, f"LaunchTemplate: {{{WEAK_ID}}}", "A") + resource(
        NODES, "LaunchTemplate: {Id: !Ref Weak, Version: $Latest}", "B"
    )
    (finding,) = linted({"t.yaml": HEAD + WEAK + users}).findings
    assert finding.consumers == ("A", 'B (version "$Latest")')
