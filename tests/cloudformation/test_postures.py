"""Every type of a template that decides what IMDS answers: secure, weak, silent, undecided and turned off, and why."""

from __future__ import annotations

import pytest

from iac_imds_lint.engine import Options
from iac_imds_lint.model import AccountDefault
from tests.cloudformation.answers import (
    OFF_HERE,
    OPEN,
    REFUSED,
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
    imds,
    launch_template,
    parameters,
    resource,
    template,
    web,
)


def one(kind: str, properties: str = "", *others: str) -> str:
    """A template of one resource ``Web`` of this kind, and of others."""
    return template(resource("Web", kind, properties), *others)


def found(code: str, at: str = "Web", fix: str = "") -> Found:
    return Found(code, "Web", at, fix)


INSTANCES = [
    Case("instance", "no level asks for IMDSv2", web(), {"Web": V1_SILENT}, (found("IMDS001", fix="safe"),)),
    Case("instance-required", "asked for", imds("required"), {"Web": V2_HERE}),
    Case(
        "instance-optional",
        "left open; MetadataOptions is updated in place",
        imds("optional"),
        {"Web": V1_HERE},
        (found("IMDS002", "optional", "safe"),),
    ),
    Case(
        "instance-endpoint-only",
        "the endpoint says nothing of tokens",
        web("MetadataOptions: {HttpEndpoint: enabled}"),
        {"Web": V1_SILENT},
        (found("IMDS002", "MetadataOptions", "safe"),),
    ),
    Case(
        "instance-empty",
        "empty options ask for nothing",
        web("MetadataOptions: {}"),
        {"Web": V1_SILENT},
        (found("IMDS002", "MetadataOptions", "safe"),),
    ),
    Case("instance-off", "no IMDS, no IMDSv1", web("MetadataOptions: {HttpEndpoint: disabled}"), {"Web": OFF_HERE}),
    Case(
        "instance-off-optional",
        "tokens do not matter where IMDS is off",
        web("MetadataOptions: {HttpEndpoint: disabled, HttpTokens: optional}"),
        {"Web": OFF_HERE},
    ),
    Case(
        "instance-no-value",
        "AWS::NoValue removes the property",
        imds("!Ref AWS::NoValue"),
        {"Web": V1_SILENT},
        (found("IMDS002", "!Ref AWS::NoValue"),),
    ),
    Case(
        "instance-wrong-case",
        "EC2 knows optional and required only",
        imds("Required"),
        {"Web": REFUSED},
        (found("IMDS011", "Required", "safe"),),
    ),
    Case(
        "instance-account-required",
        "the account's default counts where nothing is set at launch",
        web(),
        {"Web": "v2-required by account-default"},
        options=Options(account_default=AccountDefault("required")),
    ),
    Case(
        "instance-account-optional",
        "an explicit default of the account overrides the AMI",
        web(),
        {"Web": "v1-allowed by account-default"},
        (found("IMDS001", fix="safe"),),
        options=Options(account_default=AccountDefault("optional")),
    ),
    Case(
        "instance-over-the-account",
        "what is set at launch comes before the account's default",
        imds("optional"),
        {"Web": V1_HERE},
        (found("IMDS002", "optional", "safe"),),
        options=Options(account_default=AccountDefault("required")),
    ),
    Case(
        "instance-boot-script",
        "its script asks IMDS without a token, and would fail",
        web("UserData: !Base64 'curl http://169.254.169.254/latest/meta-data/instance-id'"),
        {"Web": V1_SILENT},
        (found("IMDS001", fix="unsafe"), found("IMDS007", "curl http")),
    ),
    Case(
        "bucket",
        "nothing that launches",
        template(resource("Files", "AWS::S3::Bucket", "BucketName: imds")),
        {},
    ),
]

TEMPLATES = [
    Case("template", "no level asks for IMDSv2", template(WEAK), {"Weak": V1_SILENT}, (WEAK_FOUND._replace(fix="safe"),)),
    Case("template-required", "asked for", template(STRICT), {"Strict": V2_HERE}),
    Case(
        "template-optional",
        "left open",
        template(launch_template("Web", "{HttpTokens: optional}")),
        {"Web": V1_HERE},
        (found("IMDS002", "optional", "safe"),),
    ),
    Case(
        "template-hop-limit-only",
        "the options are written, and say nothing of tokens",
        template(launch_template("Web", "{HttpPutResponseHopLimit: 2}")),
        {"Web": V1_SILENT},
        (found("IMDS002", "MetadataOptions", "safe"),),
    ),
    Case(
        "template-off",
        "what launches from it has no IMDS",
        template(launch_template("Web", "{HttpEndpoint: disabled}")),
        {"Web": OFF_HERE},
    ),
    Case(
        "template-options-in-the-wrong-place",
        "MetadataOptions is no property of the template itself, only of its data",
        template(resource("Web", "AWS::EC2::LaunchTemplate", "LaunchTemplateData: {ImageId: ami-1}\nMetadataOptions: {HttpTokens: required}")),
        {"Web": V1_SILENT},
        (found("IMDS001"),),
    ),
]  # fmt: skip

CONFIGURATION = "AWS::AutoScaling::LaunchConfiguration"
OLD = found("IMDS003", fix="unsafe")
BASE = "ImageId: ami-1\nInstanceType: t3.micro\n"
CONFIGURATIONS = [
    Case(
        "configuration",
        "nothing is sent; it cannot be changed in place",
        one(CONFIGURATION, BASE),
        {"Web": V1_SILENT},
        (found("IMDS001", fix="unsafe"), OLD),
    ),
    Case(
        "configuration-required",
        "asked for; CloudFormation sends it with or without the endpoint",
        one(CONFIGURATION, f"{BASE}MetadataOptions: {{HttpTokens: required}}"),
        {"Web": V2_HERE},
        (OLD,),
    ),
    Case(
        "configuration-optional",
        "left open",
        one(CONFIGURATION, f"{BASE}MetadataOptions: {{HttpTokens: optional, HttpEndpoint: enabled}}"),
        {"Web": V1_HERE},
        (found("IMDS002", "optional", "unsafe"), OLD),
    ),
    Case(
        "configuration-hop-limit-only",
        "tokens are optional where Auto Scaling gets other options without them",
        one(CONFIGURATION, f"{BASE}MetadataOptions: {{HttpPutResponseHopLimit: 1}}"),
        {"Web": V1_SILENT},
        (found("IMDS002", "MetadataOptions", "unsafe"), OLD),
    ),
    Case(
        "configuration-off",
        "no IMDS, but still a launch configuration",
        one(CONFIGURATION, f"{BASE}MetadataOptions: {{HttpEndpoint: disabled}}"),
        {"Web": OFF_HERE},
        (OLD,),
    ),
]


def fleet(overrides: str, type: str = "Type: instant", named: str = "LaunchTemplateId: !Ref Weak", *others: str) -> str:
    specification = f"LaunchTemplateSpecification: {{{named}, Version: $Latest}}"
    configs = f"LaunchTemplateConfigs:\n- {specification}\n  Overrides: [{overrides}]\n{type}"
    return one("AWS::EC2::EC2Fleet", configs, *(others or (WEAK,)))


WITH, WITHOUT = "{MetadataOptions: {HttpTokens: required}}", "{InstanceType: t3.micro}"
BY_STRICT = "LaunchTemplateId: !Ref Strict"
FLEETS = [
    Case("fleet-weak", "the template answers", fleet(WITHOUT), {"Web": V1_THERE, "Weak": V1_SILENT}, (WEAK_FOUND,)),
    Case(
        "fleet-strict",
        "the template answers",
        fleet(WITHOUT, "Type: instant", BY_STRICT, STRICT),
        {"Web": V2_THERE, "Strict": V2_HERE},
    ),
    Case(
        "fleet-overrides-required",
        "an instant fleet takes options from its overrides, and each asks for IMDSv2",
        fleet(f"{WITH}, {WITH}"),
        {"Web": V2_HERE, "Weak": V1_SILENT},
        (WEAK_FOUND,),
    ),
    Case(
        "fleet-one-override-without",
        "the other override launches what the template says",
        fleet(f"{WITH}, {WITHOUT}"),
        {"Web": V1_THERE, "Weak": V1_SILENT},
        (WEAK_FOUND,),
    ),
    Case(
        "fleet-override-optional",
        "an override comes before the template",
        fleet("{MetadataOptions: {HttpTokens: optional}}", "Type: instant", BY_STRICT, STRICT),
        {"Web": V1_HERE, "Strict": V2_HERE},
        (found("IMDS002", "optional"),),
    ),
    Case(
        "fleet-maintained",
        "options of overrides are for instant fleets only; a fleet is maintained unless it says otherwise",
        fleet(WITH, ""),
        {"Web": V1_THERE, "Weak": V1_SILENT},
        None,
    ),
    Case(
        "fleet-requested",
        "options of overrides are for instant fleets only: optional ones do not weaken the template",
        fleet("{MetadataOptions: {HttpTokens: optional}}", "Type: request", BY_STRICT, STRICT),
        {"Web": V2_THERE, "Strict": V2_HERE},
        None,
    ),
    Case(
        "fleet-of-another-template",
        "what lt-1 says is not here",
        fleet(WITHOUT, "Type: instant", "LaunchTemplateId: lt-1", STRICT),
        {"Web": OPEN, "Strict": V2_HERE},
        (found("IMDS005", "lt-1", "none"),),
        {"Web": ("not in this code",)},
    ),
    Case(
        "spot-specifications",
        "launch specifications have no IMDS options, and EC2's default counts",
        one("AWS::EC2::SpotFleet", "SpotFleetRequestConfigData: {LaunchSpecifications: [{ImageId: ami-1}]}"),
        {"Web": V1_SILENT},
        (found("IMDS001", fix="none"),),
    ),
    Case(
        "spot-specifications-with-options",
        "options in a launch specification are no property of it",
        one("AWS::EC2::SpotFleet", "SpotFleetRequestConfigData:\n  LaunchSpecifications:\n  - MetadataOptions: {HttpTokens: required}"),
        {"Web": V1_SILENT},
        (found("IMDS004", "MetadataOptions", "display-only"),),
    ),
    Case(
        "spot-strict",
        "its template answers",
        one("AWS::EC2::SpotFleet", "SpotFleetRequestConfigData:\n  LaunchTemplateConfigs:\n  - LaunchTemplateSpecification: {LaunchTemplateId: !Ref Strict, Version: !GetAtt Strict.LatestVersionNumber}", STRICT),
        {"Web": V2_THERE, "Strict": V2_HERE},
    ),
    Case(
        "spot-weak",
        "its template answers, and has the finding",
        one("AWS::EC2::SpotFleet", "SpotFleetRequestConfigData:\n  LaunchTemplateConfigs:\n  - LaunchTemplateSpecification: {LaunchTemplateId: !Ref Weak, Version: !GetAtt Weak.LatestVersionNumber}", WEAK),
        {"Web": V1_THERE, "Weak": V1_SILENT},
        (WEAK_FOUND,),
    ),
]  # fmt: skip

NOTEBOOK = "AWS::SageMaker::NotebookInstance"


def notebook(version: str) -> str:
    return one(NOTEBOOK, f"InstanceMetadataServiceConfiguration: {{MinimumInstanceMetadataServiceVersion: {version}}}")


BUILDER, STREAM, WORKSPACE = (
    "AWS::ImageBuilder::InfrastructureConfiguration",
    "AWS::AppStream::Fleet",
    "AWS::WorkspacesInstances::WorkspaceInstance",
)
SERVICES = [
    Case("notebook", "SageMaker leaves both versions on", one(NOTEBOOK), {"Web": V1_SILENT}, (found("IMDS001"),)),
    Case("notebook-two", "version 2 at least", notebook("'2'"), {"Web": V2_HERE}),
    Case("notebook-number", "CloudFormation makes a text of a number", notebook("2"), {"Web": V2_HERE}),
    Case("notebook-one", "version 1 answers", notebook("1"), {"Web": V1_HERE}, (found("IMDS002", "1"),)),
    Case("notebook-three", "no such version", notebook("3"), {"Web": REFUSED}, (found("IMDS011", "3"),)),
    Case("builder", "EC2's default counts; container builds need two hops", one(BUILDER), {"Web": V1_SILENT}, (found("IMDS001", fix="unsafe"),)),
    Case("builder-required", "asked for", one(BUILDER, "InstanceMetadataOptions: {HttpTokens: required}"), {"Web": V2_HERE}),
    Case("builder-optional", "left open", one(BUILDER, "InstanceMetadataOptions: {HttpTokens: optional}"), {"Web": V1_HERE}, (found("IMDS002", "optional", "unsafe"),)),
    Case("builder-hop-limit-only", "the hop limit says nothing of tokens", one(BUILDER, "InstanceMetadataOptions: {HttpPutResponseHopLimit: 2}"), {"Web": V1_SILENT}, (found("IMDS002", "InstanceMetadataOptions", "safe"),)),
    Case("stream", "AppStream does not document its default", one(STREAM), {"Web": OPEN}, (found("IMDS005"),), {"Web": ("not document",)}),
    Case("stream-true", "IMDSv1 is disabled", one(STREAM, "DisableIMDSV1: true"), {"Web": V2_HERE}),
    Case("stream-false", "IMDSv1 is not disabled", one(STREAM, "DisableIMDSV1: false"), {"Web": V1_HERE}, (found("IMDS002", "false"),)),
    Case("stream-builder", "IMDSv1 is disabled", one("AWS::AppStream::ImageBuilder", "DisableIMDSV1: 'true'"), {"Web": V2_HERE}),
    Case("stream-app-block-builder", "IMDSv1 is disabled", one("AWS::AppStream::AppBlockBuilder", "DisableIMDSV1: true"), {"Web": V2_HERE}),
    Case("workspace", "its default is not documented", one(WORKSPACE), {"Web": OPEN}, (found("IMDS005"),), {"Web": ("not document",)}),
    Case("workspace-required", "asked for", one(WORKSPACE, "ManagedInstance: {MetadataOptions: {HttpTokens: required}}"), {"Web": V2_HERE}),
    Case("workspace-off", "no IMDS", one(WORKSPACE, "ManagedInstance: {MetadataOptions: {HttpEndpoint: disabled}}"), {"Web": OFF_HERE}),
    Case("workspace-optional", "left open; a change replaces it", one(WORKSPACE, "ManagedInstance: {MetadataOptions: {HttpTokens: optional}}"), {"Web": V1_HERE}, (found("IMDS002", "optional", "unsafe"),)),
    Case("lightsail", "no type that has IMDS options", one("AWS::Lightsail::Instance", "BundleId: nano_3_0"), {}),
    Case("cloud9", "no type that has IMDS options", one("AWS::Cloud9::EnvironmentEC2", "InstanceType: t3.micro"), {}),
    Case("distribution", "it writes images into templates and launches nothing of the user's", one("AWS::ImageBuilder::DistributionConfiguration", "Distributions: [{Region: eu-west-1, LaunchTemplateConfigurations: [{LaunchTemplateId: lt-1}]}]"), {}),
    Case("notebook-by-default", "the parameter's default is the version", notebook("!Ref V") + "Parameters: {V: {Type: String, Default: '2', AllowedValues: ['1', '2']}}\n", {"Web": V2_HERE}),
    Case("builder-required-with-hop-limit", "asked for", one(BUILDER, "InstanceMetadataOptions: {HttpTokens: required, HttpPutResponseHopLimit: 2}"), {"Web": V2_HERE}),
    Case("stream-by-condition", "disabled on both sides", one(STREAM, "DisableIMDSV1: !If [C, true, 'true']") + "Conditions: {C: !Equals [!Ref AWS::Region, eu-west-1]}\n", {"Web": V2_HERE}),
    Case("codebuild", "no type that has IMDS options", one("AWS::CodeBuild::Fleet", "BaseCapacity: 1"), {}),
]  # fmt: skip

AL2 = "64bit Amazon Linux 2 v3.5.0 running Docker"
AL2023 = "64bit Amazon Linux 2023 v4.3.0 running Python 3.11"
ENVIRONMENT, SAVED = "AWS::ElasticBeanstalk::Environment", "AWS::ElasticBeanstalk::ConfigurationTemplate"


def settings(value: str, namespace: str = "aws:autoscaling:launchconfiguration") -> str:
    return f"OptionSettings:\n- {{Namespace: '{namespace}', OptionName: DisableIMDSv1, Value: {value}}}\n"


def environment(inside: str, *others: str) -> str:
    return one(ENVIRONMENT, f"ApplicationName: app\n{inside}", *others)


def saved(inside: str) -> str:
    return resource("Saved", SAVED, f"ApplicationName: app\n{inside}")


def platform(name: str, stack: str, posture: str, *findings: Found) -> Case:
    return Case(
        name,
        "the default of the platform counts",
        environment(f"SolutionStackName: {stack}"),
        {"Web": posture},
        findings,
    )


SILENT_ENVIRONMENT = found("IMDS001", fix="unsafe")
BEANSTALK = [
    Case("beanstalk-true", "disabled, whatever the platform", environment(settings("true") + f"SolutionStackName: {AL2}"), {"Web": V2_HERE}),
    Case("beanstalk-false", "left on, whatever the platform", environment(settings("'false'") + f"SolutionStackName: {AL2023}"), {"Web": V1_HERE}, (found("IMDS002", "'false'", "unsafe"),)),
    platform("beanstalk-al2", AL2, V1_SILENT, SILENT_ENVIRONMENT),
    platform("beanstalk-al2023", AL2023, V2_SILENT),
    platform("beanstalk-windows-2019", "64bit Windows Server 2019 v2.11.3 running IIS 10.0", V1_SILENT, SILENT_ENVIRONMENT),
    platform("beanstalk-windows-2022", "64bit Windows Server Core 2022 v2.12.0 running IIS 10.0", V2_SILENT),
    Case("beanstalk-arn", "the platform may be named by its ARN", environment("PlatformArn: 'arn:aws:elasticbeanstalk:eu-west-1::platform/Python 3.11 running on 64bit Amazon Linux 2023/4.0.1'"), {"Web": V2_SILENT}),
    Case("beanstalk-other-namespace", "a setting of that name in another namespace is another setting", environment(settings("true", "aws:elasticbeanstalk:environment") + f"SolutionStackName: {AL2}"), {"Web": V1_SILENT}, (SILENT_ENVIRONMENT,)),
    Case("beanstalk-no-platform", "no one says which platform", environment("CNAMEPrefix: web"), {"Web": OPEN}, (found("IMDS005"),), {"Web": ("DisableIMDSv1", "platform")}),
    Case("beanstalk-open-platform", "a parameter says which platform", environment("SolutionStackName: !Ref Stack") + "Parameters: {Stack: {Type: String}}\n", {"Web": OPEN}, (found("IMDS005", "!Ref Stack"),), {"Web": ("platform", "Stack")}),
    Case("beanstalk-saved", "a configuration template has the same settings", template(saved(settings("true") + f"SolutionStackName: {AL2}")), {"Saved": V2_HERE}),
    Case("beanstalk-from-saved", "the environment takes the settings of its configuration template", environment("TemplateName: !Ref Saved", saved(settings("true"))), {"Web": V2_THERE, "Saved": V2_HERE}),
    Case("beanstalk-over-saved", "settings of the environment come before those of its configuration template", environment("TemplateName: !Ref Saved\n" + settings("false"), saved(settings("true"))), {"Web": V1_HERE, "Saved": V2_HERE}, (found("IMDS002", "false", "unsafe"),)),
    platform("beanstalk-windows-2025", "64bit Windows Server 2025 v2.16.0 running IIS 10.0", V2_SILENT),
    Case("beanstalk-true-by-default", "the parameter's default is the value", environment(settings("!Ref V") + f"SolutionStackName: {AL2}") + "Parameters: {V: {Type: String, Default: 'true'}}\n", {"Web": V2_HERE}),
]  # fmt: skip

EMR = "AWS::EMR::SecurityConfiguration"
OPEN_TYPE = "Parameters: {V: {Type: String}}\n"


def emr(version: str) -> str:
    return f"{{InstanceMetadataServiceConfiguration: {{MinimumInstanceMetadataServiceVersion: {version}, HttpPutResponseHopLimit: 1}}}}"


EMR_JSON = '{"InstanceMetadataServiceConfiguration": {"MinimumInstanceMetadataServiceVersion": %s, "HttpPutResponseHopLimit": 1}}'
CLUSTER = resource("Cluster", "AWS::EMR::Cluster", "Name: c\nReleaseLabel: emr-7.1.0\nSecurityConfiguration: !Ref Web")
EMR_CASES = [
    Case("emr-object", "version 2 at least", one(EMR, f"SecurityConfiguration: {emr('2')}"), {"Web": V2_HERE}),
    Case("emr-object-one", "version 1 answers; it cannot be changed in place", one(EMR, f"SecurityConfiguration: {emr('1')}"), {"Web": V1_HERE}, (found("IMDS002", "1", "unsafe"),)),
    Case("emr-silent", "EMR's default is version 1", one(EMR, "SecurityConfiguration: {EncryptionConfiguration: {EnableInTransitEncryption: false}}"), {"Web": V1_SILENT}, (found("IMDS001", fix="unsafe"),)),
    Case("emr-text", "the JSON may be a text", one(EMR, f"SecurityConfiguration: '{EMR_JSON % 2}'"), {"Web": V2_HERE}),
    Case("emr-text-one", "the JSON may be a text", one(EMR, f"SecurityConfiguration: '{EMR_JSON % 1}'"), {"Web": V1_HERE}, (found("IMDS002", "1"),)),
    Case("emr-to-json-string", "Fn::ToJsonString gives the text of the object", one(EMR, f"SecurityConfiguration:\n  Fn::ToJsonString: {emr('2')}") + "Transform: AWS::LanguageExtensions\n", {"Web": V2_HERE}),
    Case("emr-open", "a parameter says which version", one(EMR, f"SecurityConfiguration: {emr('!Ref V')}") + OPEN_TYPE, {"Web": OPEN}, (found("IMDS005", "!Ref V"),), {"Web": ("V",)}),
    Case("emr-cluster", "the security configuration answers", one(EMR, f"SecurityConfiguration: {emr('2')}", CLUSTER), {"Web": V2_HERE, "Cluster": V2_THERE}),
    Case("emr-cluster-weak", "the security configuration answers, and has the finding", one(EMR, f"SecurityConfiguration: {emr('1')}", CLUSTER), {"Web": V1_HERE, "Cluster": V1_THERE}, (found("IMDS002", "1", "unsafe"),)),
]  # fmt: skip

POLICY = "AWS::Organizations::Policy"


def policy(tokens: str) -> str:
    return f"Name: imds\nType: DECLARATIVE_POLICY_EC2\nContent: {{ec2_attributes: {{instance_metadata_defaults: {{http_tokens: {{'@@assign': {tokens}}}}}}}}}"


POLICIES = [
    Case("policy-required", "the default of every account under it", one(POLICY, policy("required")), {"Web": V2_HERE}),
    Case("policy-optional", "it leaves IMDSv1 on", one(POLICY, policy("optional")), {"Web": V1_HERE}, (found("IMDS010", "optional", "none"),)),
    Case("policy-of-another-type", "no policy of EC2", one(POLICY, "Name: scp\nType: SERVICE_CONTROL_POLICY\nContent: {Version: '2012-10-17'}"), {}),
    Case("policy-by-default", "the parameter's default is the value", one(POLICY, policy("!Ref V")) + "Parameters: {V: {Type: String, Default: required}}\n", {"Web": V2_HERE}),
    Case("policy-of-nothing", "a declarative policy that says nothing of tokens is none of ours", one(POLICY, "Name: a\nType: DECLARATIVE_POLICY_EC2\nContent: {ec2_attributes: {serial_console_access: {status: {'@@assign': disabled}}}}"), {}),
]  # fmt: skip


@pytest.mark.parametrize(
    "case",
    parameters(INSTANCES, TEMPLATES, CONFIGURATIONS, FLEETS, SERVICES, BEANSTALK, EMR_CASES, POLICIES),
)
def test_the_answer(case: Case) -> None:
    compare(case)
