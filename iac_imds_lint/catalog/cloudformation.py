"""CloudFormation's resource types that decide, or lead to, what IMDS answers.

Source unless a row says otherwise: the resource type's schema (the CloudFormation registry), which also says what an
update replaces.
"""

from __future__ import annotations

from typing import Any

from iac_imds_lint.catalog.schema import (
    Control,
    Dialect,
    Entry,
    Fact,
    Kind,
    Option,
    OptionKey,
    Role,
    Silence,
    TemplateKeys,
)

_DOCS = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
_SCHEMA = "resource type schema"

_ENABLED = ("enabled", "disabled")
_TOKENS = OptionKey(Option.TOKENS, "HttpTokens", ("optional", "required"), "required")
_ENDPOINT = OptionKey(Option.ENDPOINT, "HttpEndpoint", _ENABLED, "enabled")
_HOP_LIMIT = OptionKey(Option.HOP_LIMIT, "HttpPutResponseHopLimit", range(1, 65))
_EC2_KEYS = (
    _ENDPOINT,
    _TOKENS,
    _HOP_LIMIT,
    OptionKey(Option.IPV6, "HttpProtocolIpv6", _ENABLED),
    OptionKey(Option.TAGS, "InstanceMetadataTags", _ENABLED),
)
_DISABLE_V1 = Control((), (OptionKey(Option.TOKENS, "DisableIMDSV1", ("true", "false"), "true"),))
_LAUNCH_TEMPLATE = TemplateKeys(("LaunchTemplate",), "LaunchTemplateId", "LaunchTemplateName", "Version")
_SPECIFICATION = ("LaunchTemplate", "LaunchTemplateSpecification")
_NAME_A_TEMPLATE = "it has no IMDS options of its own: name a launch template that requires tokens"


def _row(name: str, role: Role, control: Control | None, source: str = _SCHEMA, **more: Any) -> Entry:
    page = "aws-resource-" + name.removeprefix("AWS::").replace("::", "-").lower() + ".html"
    return Entry(Dialect.CLOUDFORMATION, name, role, control, source, _DOCS + page, **more)


def _consumer(name: str, *templates: TemplateKeys, source: str = _SCHEMA, **more: Any) -> Entry:
    settings = {"silence": Silence.NOT_POSSIBLE, "unfixable": _NAME_A_TEMPLATE} | more
    return _row(name, Role.CONSUMER, None, source, templates=templates, **settings)


def _under(path: tuple[str, ...]) -> TemplateKeys:
    return TemplateKeys(path, "LaunchTemplateId", "LaunchTemplateName", "Version")


ROWS: tuple[Entry, ...] = (
    _row(
        "AWS::EC2::Instance",
        Role.CAPACITY,
        Control(("MetadataOptions",), _EC2_KEYS),
        "resource type schema (MetadataOptions since August 2025, updated without interruption)",
        templates=(_LAUNCH_TEMPLATE,),
        image_key=("ImageId",),
        renewal="is replaced when what it launches from changes",
    ),
    _row(
        "AWS::EC2::LaunchTemplate",
        Role.LAUNCH_TEMPLATE,
        Control(("LaunchTemplateData", "MetadataOptions"), _EC2_KEYS),
        name_key=("LaunchTemplateName",),
        image_key=("LaunchTemplateData", "ImageId"),
    ),
    _row(
        "AWS::AutoScaling::LaunchConfiguration",
        Role.LAUNCH_CONFIGURATION,
        Control(("MetadataOptions",), (_ENDPOINT, _TOKENS, _HOP_LIMIT)),
        name_key=("LaunchConfigurationName",),
        image_key=("ImageId",),
        disruption="a launch configuration cannot be changed: CloudFormation creates another in its place",
    ),
    _row(
        "AWS::EC2::SpotFleet",
        Role.SPOT_FLEET,
        Control(("SpotFleetRequestConfigData", "LaunchSpecifications", "*", "MetadataOptions"), _EC2_KEYS),
        templates=(
            _under(("SpotFleetRequestConfigData", "LaunchTemplateConfigs", "*", "LaunchTemplateSpecification")),
        ),
        inline=("SpotFleetRequestConfigData", "LaunchSpecifications"),
        unfixable="a launch specification has no IMDS option; move it to an AWS::EC2::LaunchTemplate and name that in "
        "LaunchTemplateConfigs",
    ),
    _row(
        "AWS::EC2::EC2Fleet",
        Role.CAPACITY,
        Control(("LaunchTemplateConfigs", "*", "Overrides", "*", "MetadataOptions"), _EC2_KEYS),
        templates=(_under(("LaunchTemplateConfigs", "*", "LaunchTemplateSpecification")),),
    ),
    _row(
        "AWS::SageMaker::NotebookInstance",
        Role.CAPACITY,
        Control(
            ("InstanceMetadataServiceConfiguration",),
            (OptionKey(Option.TOKENS, "MinimumInstanceMetadataServiceVersion", ("1", "2"), "2"),),
        ),
        "resource type schema; botocore sagemaker InstanceMetadataServiceConfiguration (defaults to IMDSv1)",
        silence=Silence.OPTIONAL,
    ),
    _row(
        "AWS::ImageBuilder::InfrastructureConfiguration",
        Role.CAPACITY,
        Control(("InstanceMetadataOptions",), (_TOKENS, _HOP_LIMIT)),
    ),
    _row("AWS::AppStream::Fleet", Role.CAPACITY, _DISABLE_V1, silence=Silence.UNDOCUMENTED),
    _row("AWS::AppStream::ImageBuilder", Role.CAPACITY, _DISABLE_V1, silence=Silence.UNDOCUMENTED),
    _row("AWS::AppStream::AppBlockBuilder", Role.CAPACITY, _DISABLE_V1, silence=Silence.UNDOCUMENTED),
    _row(
        "AWS::WorkspacesInstances::WorkspaceInstance",
        Role.CAPACITY,
        Control(("ManagedInstance", "MetadataOptions"), _EC2_KEYS),
        silence=Silence.UNDOCUMENTED,
        disruption="the workspace instance is replaced",
    ),
    _row(
        "AWS::EMR::SecurityConfiguration",
        Role.CAPACITY,
        None,
        "EMR Management Guide, instance metadata service (InstanceMetadataServiceConfiguration)",
        undecided="the JSON of an EMR security configuration is not read yet",
    ),
    _row(
        "AWS::ElasticBeanstalk::Environment",
        Role.CAPACITY,
        None,
        "Elastic Beanstalk command-options-general (DisableIMDSv1; the default depends on the platform)",
        undecided="Elastic Beanstalk settings and platform defaults are not read yet",
    ),
    _row(
        "AWS::ElasticBeanstalk::ConfigurationTemplate",
        Role.CAPACITY,
        None,
        "Elastic Beanstalk command-options-general (DisableIMDSv1; the default depends on the platform)",
        undecided="Elastic Beanstalk settings and platform defaults are not read yet",
    ),
    _row(
        "AWS::Organizations::Policy",
        Role.DECLARATIVE_POLICY,
        None,
        "resource type schema; Organizations User Guide, declarative policy syntax (instance metadata defaults)",
        silence=Silence.NO_CAPACITY,
        facts=((Fact.KIND, ("Type",)), (Fact.CONTENT, ("Content",))),
        kinds=(Kind("DECLARATIVE_POLICY_EC2", Silence.EC2_DEFAULT),),
        unfixable='write "required" for http_tokens into the content of the policy',
    ),
    _consumer(
        "AWS::AutoScaling::AutoScalingGroup",
        TemplateKeys((), name="LaunchConfigurationName"),
        _LAUNCH_TEMPLATE,
        _under(("MixedInstancesPolicy", *_SPECIFICATION)),
        _under(("MixedInstancesPolicy", "LaunchTemplate", "Overrides", "*", "LaunchTemplateSpecification")),
        renewal="replaces its instances (UpdatePolicy) when what it launches from changes",
        renewal_key=("UpdatePolicy",),
    ),
    _consumer(
        "AWS::EKS::Nodegroup",
        TemplateKeys(("LaunchTemplate",), "Id", "Name", "Version"),
        source="resource type schema; EKS User Guide, Amazon Linux 2023 (without a template: IMDSv2 required)",
        silence=Silence.UNDOCUMENTED,
        facts=((Fact.KIND, ("AmiType",)),),
        kinds=(Kind("AL2023", Silence.REQUIRED),),
        renewal="replaces all its nodes when what it launches from changes",
    ),
    _consumer(
        "AWS::Batch::ComputeEnvironment",
        _under(("ComputeResources", "LaunchTemplate")),
        _under(("ComputeResources", "LaunchTemplate", "Overrides", "*")),
        source="resource type schema; Batch User Guide, compute environments (the AMI decides; Fargate has none)",
        silence=Silence.PICKED_AMI,
        facts=((Fact.KIND, ("ComputeResources", "Type")),),
        kinds=(Kind("FARGATE", Silence.NO_CAPACITY), Kind(None, Silence.NO_CAPACITY)),
        renewal="may replace its instances when what it launches from changes",
    ),
    _consumer("AWS::GameLift::GameServerGroup", _LAUNCH_TEMPLATE),
    _consumer(
        "AWS::PCS::ComputeNodeGroup", TemplateKeys(("CustomLaunchTemplate",), id="TemplateId", version="Version")
    ),
    _consumer(
        "AWS::ImageBuilder::DistributionConfiguration",
        TemplateKeys(("Distributions", "*", "LaunchTemplateConfigurations", "*"), "LaunchTemplateId"),
        TemplateKeys(
            ("Distributions", "*", "FastLaunchConfigurations", "*", "LaunchTemplate"),
            "LaunchTemplateId",
            "LaunchTemplateName",
            "LaunchTemplateVersion",
        ),
        source="resource type schema (it writes images into templates, and launches nothing of the user's)",
        silence=Silence.NO_CAPACITY,
    ),
)
