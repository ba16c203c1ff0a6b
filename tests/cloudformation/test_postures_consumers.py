"""What launches from templates and configurations: answered for by them, and which version of them it launches.

The versions are EC2's own: the default one is the first until somebody moves it, which CloudFormation cannot
(AWS::EC2::LaunchTemplate, return values).
"""

from __future__ import annotations

import pytest

from tests.cloudformation.answers import (
    OFF_HERE,
    OFF_THERE,
    ONE_OF,
    OPEN,
    STRICT,
    V1_HERE,
    V1_SILENT,
    V1_THERE,
    V2_HERE,
    V2_SILENT,
    V2_THERE,
    WEAK,
    WEAK_FOUND,
    Case,
    Found,
    compare,
    given,
    launch_template,
    parameters,
    resource,
    template,
    web,
)
from tests.support import linted

GROUP = "AWS::AutoScaling::AutoScalingGroup"
LATEST, NEWEST = "Version: !GetAtt Strict.LatestVersionNumber", "Version: $Latest"
BY_STRICT, BY_WEAK = "LaunchTemplateId: !Ref Strict", "LaunchTemplateId: !Ref Weak"
OPEN_PARAMETER = "Parameters: {P: {Type: String}}\nConditions: {C: !Equals [!Ref P, x]}\n"

EITHER_OR = OPEN_PARAMETER.replace("x]}", "x], D: !Not [!Condition C]}")


def found(code: str, at: str = "", fix: str = "none") -> Found:
    return Found(code, "Web", at, fix)


STALE, UNSURE = "IMDS006", "IMDS005"


def group(properties: str, *others: str, rest: str = "") -> str:
    return template(resource("Web", GROUP, f"MinSize: '1'\nMaxSize: '1'\n{properties}"), *others, rest=rest)


def by(named: str, version: str = NEWEST, *others: str, rest: str = "") -> str:
    """A group that launches from a template that is named so; without others, from ``Strict``."""
    return group(f"LaunchTemplate: {{{', '.join(filter(None, (named, version)))}}}", *(others or (STRICT,)), rest=rest)


def strict(name: str, why: str, text: str, *findings: Found, options: object = None) -> Case:
    """A case in which ``Web`` takes what ``Strict`` says."""
    more = {"options": options} if options else {}
    return Case(name, why, text, {"Web": V2_THERE, "Strict": V2_HERE}, findings, **more)  # type: ignore[arg-type]


def unknown(name: str, why: str, text: str, *says: str, rows: dict[str, str] | None = None) -> Case:
    """A case in which what ``Web`` launches from is not in the code."""
    return Case(
        name,
        why,
        text,
        {"Web": OPEN, **({"Strict": V2_HERE} if rows is None else rows)},
        (found(UNSURE),),
        {"Web": says},
    )


NAMED = launch_template("Strict", "{HttpTokens: required}", "LaunchTemplateName: web")
BY_SUB = launch_template("Strict", "{HttpTokens: required}", "LaunchTemplateName: !Sub '${Env}-web'")
BY_STACK = launch_template("Strict", "{HttpTokens: required}", "LaunchTemplateName: !Sub '${AWS::StackName}-web'")
ENV = "Parameters: {Env: {Type: String, Default: prod}, P: {Type: String}}\n"
NAMES = [
    strict("by-ref", "Ref of a template is its ID", by(BY_STRICT)),
    Case("by-ref-weak", "the hole is the template's finding", by(BY_WEAK, NEWEST, WEAK), {"Web": V1_THERE, "Weak": V1_SILENT}, (WEAK_FOUND,)),
    Case("by-ref-off", "nothing that it launches has IMDS", by("LaunchTemplateId: !Ref Off", NEWEST, launch_template("Off", "{HttpEndpoint: disabled}")), {"Web": OFF_THERE, "Off": OFF_HERE}),
    strict("by-attribute", "LaunchTemplateId is an attribute as well", by("LaunchTemplateId: !GetAtt Strict.LaunchTemplateId")),
    strict("by-sub-of-ref", "a Sub of nothing else is a Ref", by("LaunchTemplateId: !Sub '${Strict}'")),
    strict("by-name", "the name that the template has", by("LaunchTemplateName: web", NEWEST, NAMED)),
    strict("by-name-of-parameter", "the parameter's default is the name that the template has", by("LaunchTemplateName: !Ref N", NEWEST, NAMED, rest="Parameters: {N: {Type: String, Default: web}}\n")),
    strict("by-name-of-sub", "both names come to prod-web", by("LaunchTemplateName: prod-web", NEWEST, BY_SUB, rest=ENV)),
    strict("by-name-of-two-subs", "both names come to dev-web", by("LaunchTemplateName: !Sub '${Env}-web'", NEWEST, BY_SUB, rest=ENV), options=given(Env="dev")),
    strict("by-name-of-the-stack", "both names are of the same stack", by("LaunchTemplateName: !Sub '${AWS::StackName}-web'", NEWEST, BY_STACK, rest=ENV)),
    unknown("by-name-of-another-stack", "the name is another one", by("LaunchTemplateName: !Sub '${P}-web'", NEWEST, BY_STACK, rest=ENV), "not in this code"),
    unknown("by-another-name", "names differ by case", by("LaunchTemplateName: Web", NEWEST, NAMED), "not in this code"),
    unknown("by-literal-id", "what lt-1 says is not here", by("LaunchTemplateId: lt-0123456789abcdef0"), "not in this code"),
    unknown("by-parameter", "whoever deploys it decides", by("LaunchTemplateId: !Ref P", rest=OPEN_PARAMETER), "parameter P"),
    unknown("by-import", "another stack exports it", by("LaunchTemplateId: !ImportValue web-template"), "web-template"),
    unknown("by-nothing", "CloudFormation refuses it", by("", NEWEST), "names no launch template"),
    unknown("by-instance", "the settings are those of an instance that runs", group("InstanceId: i-0123456789abcdef0", STRICT)),
    strict("by-ref-long-form", "the long form is the same", by("LaunchTemplateId: {Ref: Strict}", "Version: {'Fn::GetAtt': [Strict, LatestVersionNumber]}")),
    strict("by-name-of-join", "the joined text is the name that the template has", by("LaunchTemplateName: !Join ['', [w, eb]]", NEWEST, NAMED)),
]  # fmt: skip

VERSIONS = [
    strict("latest-attribute", "the newest version is the one that is written", by(BY_STRICT, LATEST)),
    strict("latest", "the newest version is the one that is written", by(BY_STRICT, "Version: $Latest")),
    strict("latest-by-sub", "a Sub of nothing else is a GetAtt", by(BY_STRICT, "Version: !Sub '${Strict.LatestVersionNumber}'")),
    strict("version-open", "whoever deploys it decides", by(BY_STRICT, "Version: !Ref P", rest=OPEN_PARAMETER)),
    strict("version-one-or-newest", "one branch is the newest", by(BY_STRICT, "Version: !If [C, $Latest, '1']", rest=OPEN_PARAMETER)),
    strict("default", "a new version does not become the default", by(BY_STRICT, "Version: $Default"), found(STALE, "$Default")),
    strict("default-attribute", "a new version does not become the default", by(BY_STRICT, "Version: !GetAtt Strict.DefaultVersionNumber"), found(STALE, "!GetAtt")),
    strict("no-version", "without a version it is the default one", by(BY_STRICT, ""), found(STALE, "!Ref Strict")),
    strict("pinned", "a new version does not reach it", by(BY_STRICT, "Version: 1"), found(STALE, "1")),
    strict("pinned-by-parameter", "a new version does not reach it", by(BY_STRICT, "Version: !Ref V", rest="Parameters: {V: {Type: String, Default: '3'}}\n"), found(STALE, "!Ref V")),
    Case("pinned-weak", "mending the template does not reach it", by(BY_WEAK, "Version: '1'", WEAK), {"Web": V1_THERE, "Weak": V1_SILENT}, (WEAK_FOUND, found(STALE))),
    strict("unpinned-as-given", "the newest, as it is given", by(BY_STRICT, "Version: !Ref V", rest="Parameters: {V: {Type: String, Default: '3'}}\n"), options=given(V="$Latest")),
]  # fmt: skip


def mixed(named: str, overrides: str, *others: str) -> str:
    return group(
        "MixedInstancesPolicy:\n  LaunchTemplate:\n"
        f"    LaunchTemplateSpecification: {{{named}, {NEWEST}}}\n    Overrides: [{overrides}]",
        *others,
    )


def override(named: str) -> str:
    return f"{{InstanceType: t3.micro, LaunchTemplateSpecification: {{{named}, {NEWEST}}}}}"


BOTH = {"Strict": V2_HERE, "Weak": V1_SILENT}
CONFIGURATION = "AWS::AutoScaling::LaunchConfiguration"


def configuration(options: str = "", name: str = "") -> str:
    return resource("Old", CONFIGURATION, f"ImageId: ami-1\nInstanceType: t3.micro\n{name}\n{options}")


OLD = Found("IMDS003", "Old", "Old", "unsafe")
UNSET = Found("IMDS001", "Old", "Old", "unsafe")
GROUPS = [
    strict("mixed", "its template answers", mixed(BY_STRICT, "{InstanceType: t3.micro}, {InstanceType: t3.small}", STRICT)),
    strict("mixed-strict-override", "every template that it may take is strict", mixed(BY_STRICT, override(BY_STRICT), STRICT)),
    Case("mixed-weak-override", "as open as the most open template", mixed(BY_STRICT, override(BY_WEAK), STRICT, WEAK), {"Web": V1_THERE, **BOTH}, (WEAK_FOUND,)),
    Case("mixed-weak", "as open as the most open template", mixed(BY_WEAK, override(BY_STRICT), STRICT, WEAK), {"Web": V1_THERE, **BOTH}, (WEAK_FOUND,)),
    Case("one-of-two", "it depends on which, and the weak one has its finding", by("LaunchTemplateId: !If [C, !Ref Strict, !Ref Weak]", NEWEST, STRICT, WEAK, rest=OPEN_PARAMETER), {"Web": ONE_OF, **BOTH}, (WEAK_FOUND,)),
    Case("one-of-two-as-given", "what is given decides which", by("LaunchTemplateId: !If [C, !Ref Strict, !Ref Weak]", NEWEST, STRICT, WEAK, rest=OPEN_PARAMETER), {"Web": V2_THERE, **BOTH}, (WEAK_FOUND,), options=given(P="x")),
    strict("one-or-the-same", "it does not matter which", by("LaunchTemplateId: !If [C, !Ref Strict, !GetAtt Strict.LaunchTemplateId]", rest=OPEN_PARAMETER)),
    Case("one-that-is-not-created", "the other is not created, and not launched from", by("LaunchTemplateId: !If [C, !Ref Strict, !Ref Weak]", NEWEST, STRICT, resource("Weak", "AWS::EC2::LaunchTemplate", "LaunchTemplateData: {ImageId: ami-1}", "Condition: D"), rest=EITHER_OR), {"Web": V2_THERE, "Strict": V2_HERE}, options=given(P="x")),
    Case("configuration", "a launch configuration answers as a template does", group("LaunchConfigurationName: !Ref Old", configuration()), {"Web": V1_THERE, "Old": V1_SILENT}, (UNSET, OLD)),
    Case("configuration-required", "asked for, but a launch configuration", group("LaunchConfigurationName: !Ref Old", configuration("MetadataOptions: {HttpTokens: required}")), {"Web": V2_THERE, "Old": V2_HERE}, (OLD,)),
    Case("configuration-off", "nothing that it launches has IMDS", group("LaunchConfigurationName: !Ref Old", configuration("MetadataOptions: {HttpEndpoint: disabled}")), {"Web": OFF_THERE, "Old": OFF_HERE}, (OLD,)),
    Case("configuration-by-name", "the name that the configuration has", group("LaunchConfigurationName: old", configuration("MetadataOptions: {HttpTokens: required}", "LaunchConfigurationName: old")), {"Web": V2_THERE, "Old": V2_HERE}, (OLD._replace(fix="display-only"),)),
    unknown("configuration-elsewhere", "what it says is not here", group("LaunchConfigurationName: older", STRICT), "not in this code"),
    Case("mixed-off", "nothing that it launches has IMDS", mixed("LaunchTemplateId: !Ref Off", "{InstanceType: t3.micro}", launch_template("Off", "{HttpEndpoint: disabled}")), {"Web": OFF_THERE, "Off": OFF_HERE}),
    Case("mixed-strict-and-off", "neither answers IMDSv1", mixed(BY_STRICT, override("LaunchTemplateId: !Ref Off"), STRICT, launch_template("Off", "{HttpEndpoint: disabled}")), {"Web": V2_THERE, "Strict": V2_HERE, "Off": OFF_HERE}),
]  # fmt: skip


def instance(options: str = "", named: str = BY_STRICT, version: str = NEWEST, *others: str) -> str:
    written = f"\nMetadataOptions: {options}" if options else ""
    return web(f"LaunchTemplate: {{{named}, {version}}}{written}", "") + "".join(others or (STRICT,))


INSTANCES = [
    strict("instance", "nothing is set on it: its template counts", instance()),
    strict("instance-pinned", "a new version does not reach it", instance("", BY_STRICT, "Version: '1'"), found(STALE, "'1'")),
    Case("instance-weak", "its template answers, and has the finding", instance("", BY_WEAK, NEWEST, WEAK), {"Web": V1_THERE, "Weak": V1_SILENT}, (WEAK_FOUND,)),
    Case("instance-over-weak", "its own options come before the template's", instance("{HttpTokens: required}", BY_WEAK, NEWEST, WEAK), {"Web": V2_HERE, "Weak": V1_SILENT}, (WEAK_FOUND,)),
    Case("instance-optional-over-strict", "its own options come before the template's", instance("{HttpTokens: optional}"), {"Web": V1_HERE, "Strict": V2_HERE}, (found("IMDS002", "optional", "safe"),)),
    Case("instance-off-over-weak", "its own options come before the template's", instance("{HttpEndpoint: disabled}", BY_WEAK, NEWEST, WEAK), {"Web": OFF_HERE, "Weak": V1_SILENT}, (WEAK_FOUND,)),
    Case("instance-hop-limit-over-strict", "whether the template's tokens are kept is not documented", instance("{HttpPutResponseHopLimit: 2}"), {"Web": OPEN, "Strict": V2_HERE}, (found(UNSURE, "MetadataOptions"),), {"Web": ("Strict",)}),
    Case("instance-hop-limit-over-weak", "neither asks for IMDSv2", instance("{HttpPutResponseHopLimit: 2}", BY_WEAK, NEWEST, WEAK), {"Web": V1_THERE, "Weak": V1_SILENT}, (WEAK_FOUND,)),
    Case("instance-pinned-over", "its own options do not depend on the version", instance("{HttpTokens: required}", BY_STRICT, "Version: '1'"), {"Web": V2_HERE, "Strict": V2_HERE}),
    strict("instance-by-name", "the name that the template has", instance("", "LaunchTemplateName: web", NEWEST, NAMED)),
    Case("instance-of-off", "its template turns IMDS off", instance("", "LaunchTemplateId: !Ref Off", NEWEST, launch_template("Off", "{HttpEndpoint: disabled}")), {"Web": OFF_THERE, "Off": OFF_HERE}),
    Case("instance-required-over-strict", "both ask for it", instance("{HttpTokens: required}"), {"Web": V2_HERE, "Strict": V2_HERE}),
]  # fmt: skip

NODES, BATCH = "AWS::EKS::Nodegroup", "AWS::Batch::ComputeEnvironment"


def nodes(properties: str, *others: str, rest: str = "") -> str:
    return template(resource("Web", NODES, f"ClusterName: c\n{properties}"), *others, rest=rest)


def batch(resources: str, *others: str, type: str = "MANAGED") -> str:
    inside = f"\nComputeResources: {{{resources}}}" if resources else ""
    return template(resource("Web", BATCH, f"Type: {type}{inside}"), *others)


PCS, SERVERS = "AWS::PCS::ComputeNodeGroup", "AWS::GameLift::GameServerGroup"
SERVICES = [
    Case("nodes-al2023", "without a template EKS requires IMDSv2 on Amazon Linux 2023", nodes("AmiType: AL2023_x86_64_STANDARD"), {"Web": V2_SILENT}),
    Case("nodes-al2023-by-default", "the parameter's default is the kind", nodes("AmiType: !Ref A", rest="Parameters: {A: {Type: String, Default: AL2023_ARM_64_STANDARD}}\n"), {"Web": V2_SILENT}),
    unknown("nodes-al2", "what EKS does without a template is not documented for it", nodes("AmiType: AL2_x86_64"), "launch template", rows={}),
    unknown("nodes-of-no-kind", "the kind is chosen by EKS", nodes("Subnets: [subnet-1]"), "launch template", rows={}),
    strict("nodes-strict", "the template answers, whatever the kind", nodes("AmiType: AL2_x86_64\nLaunchTemplate: {Id: !Ref Strict, Version: !GetAtt Strict.LatestVersionNumber}", STRICT)),
    strict("nodes-by-name", "the name that the template has", nodes("LaunchTemplate: {Name: web, Version: !GetAtt Strict.LatestVersionNumber}", NAMED)),
    strict("nodes-pinned", "a new version does not reach it", nodes("LaunchTemplate: {Id: !Ref Strict, Version: '1'}", STRICT), found(STALE, "'1'")),
    Case("nodes-weak", "the template answers, and has the finding", nodes("AmiType: AL2_x86_64\nLaunchTemplate: {Id: !Ref Weak, Version: !GetAtt Weak.LatestVersionNumber}", WEAK), {"Web": V1_THERE, "Weak": V1_SILENT}, (WEAK_FOUND,)),
    Case("batch-fargate", "Fargate launches no instances of the user's", batch("Type: FARGATE"), {}),
    Case("batch-fargate-spot", "Fargate launches no instances of the user's", batch("Type: FARGATE_SPOT"), {}),
    Case("batch-unmanaged", "it launches nothing by itself", batch("", type="UNMANAGED"), {}),
    unknown("batch-without", "the AMI that Batch chooses decides", batch("Type: EC2"), "AMI", rows={}),
    strict("batch-strict", "its template answers", batch(f"Type: SPOT, LaunchTemplate: {{{BY_STRICT}, {NEWEST}}}", STRICT)),
    Case("batch-weak-override", "as open as the most open template", batch(f"Type: EC2, LaunchTemplate: {{{BY_STRICT}, {NEWEST}, Overrides: [{{{BY_WEAK}, {NEWEST}, TargetInstanceTypes: [m5]}}]}}", STRICT, WEAK), {"Web": V1_THERE, **BOTH}, (WEAK_FOUND,)),
    strict("batch-default", "a new version does not become the default", batch(f"Type: EC2, LaunchTemplate: {{{BY_STRICT}}}", STRICT), found(STALE)),
    strict("servers", "its template answers", template(resource("Web", SERVERS, f"LaunchTemplate: {{{BY_STRICT}, {LATEST}}}"), STRICT)),
    strict("cluster-nodes", "its template answers", template(resource("Web", PCS, f"CustomLaunchTemplate: {{TemplateId: !Ref Strict, {LATEST}}}"), STRICT)),
    Case("cluster-nodes-weak", "its template answers, and has the finding", template(resource("Web", PCS, "CustomLaunchTemplate: {TemplateId: !Ref Weak, Version: !GetAtt Weak.LatestVersionNumber}"), WEAK), {"Web": V1_THERE, "Weak": V1_SILENT}, (WEAK_FOUND,)),
    unknown("cluster-nodes-elsewhere", "what lt-1 says is not here", template(resource("Web", PCS, "CustomLaunchTemplate: {TemplateId: lt-1, Version: '1'}"), STRICT), "not in this code"),
    Case("nodes-off", "the template turns IMDS off", nodes("LaunchTemplate: {Id: !Ref Off, Version: !GetAtt Off.LatestVersionNumber}", launch_template("Off", "{HttpEndpoint: disabled}")), {"Web": OFF_THERE, "Off": OFF_HERE}),
    strict("servers-by-name", "the name that the template has", template(resource("Web", SERVERS, f"LaunchTemplate: {{LaunchTemplateName: web, {LATEST}}}"), NAMED)),
    strict("batch-by-name", "the name that the template has", batch(f"Type: EC2, LaunchTemplate: {{LaunchTemplateName: web, {NEWEST}}}", NAMED)),
]  # fmt: skip


@pytest.mark.parametrize("case", parameters(NAMES, VERSIONS, GROUPS, INSTANCES, SERVICES))
def test_the_answer(case: Case) -> None:
    compare(case)


def test_a_weak_template_is_one_finding_with_all_that_launch_from_it() -> None:
    groups = [resource(name, GROUP, f"LaunchTemplate: {{{BY_WEAK}, {NEWEST}}}") for name in ("A", "B")]
    (finding,) = linted({"t.yaml": template(*groups, WEAK)}).findings
    assert finding.resource is not None
    assert finding.resource.address == "Weak"
    assert finding.consumers == ('A (version "$Latest")', 'B (version "$Latest")')
