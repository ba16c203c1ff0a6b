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
    Listed,
    Option,
    OptionKey,
    Role,
    Silence,
    TemplateKeys,
)
from iac_imds_lint.catalog.services import (
    BATCH_KINDS,
    BEANSTALK_DISRUPTION,
    BEANSTALK_KINDS,
    BEANSTALK_NAMESPACE,
    BEANSTALK_SOURCE,
    CONTAINER_BUILDS,
    DISABLE_V1,
    EKS_KINDS,
    EMR_CLUSTER_SOURCE,
    EMR_DISRUPTION,
    EMR_IMDS,
    EMR_RELEASES,
    EMR_SOURCE,
    FLEET_DISRUPTION,
    INSTANT_ONLY,
    NAME_A_SECURITY_CONFIGURATION,
    NAME_A_TEMPLATE,
    SAVED_DISRUPTION,
    SAVED_ROLES,
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
_LAUNCH_TEMPLATE = TemplateKeys(("LaunchTemplate",), "LaunchTemplateId", "LaunchTemplateName", "Version")
_SPECIFICATION = ("LaunchTemplate", "LaunchTemplateSpecification")
_SETTINGS = Control(
    ("OptionSettings", "*"), (DISABLE_V1,), listed=Listed("OptionName", "Value", (("Namespace", BEANSTALK_NAMESPACE),))
)
_PLATFORM = ((Fact.KIND, ("SolutionStackName",)), (Fact.KIND, ("PlatformArn",)))
_COPIED = TemplateKeys(
    (),
    id="InstanceId",
    unread="it takes its launch parameters from an instance, and AWS does not document whether metadata options are "
    "among these",
)
# EMR: an instance group or fleet is added to a cluster, whose security configuration counts for all that it launches.
_OF_A_CLUSTER: dict[str, Any] = {
    "source": "resource type schema (it joins a cluster, whose security configuration is for all its instances)",
    "names": "cluster",
    "unfixable": "the security configuration of its cluster decides: set MinimumInstanceMetadataServiceVersion to 2 "
    "there",
}
_STREAMING_DISRUPTION = "images have to run an agent of January 16, 2024 or later"


def _row(name: str, role: Role, control: Control | None, source: str = _SCHEMA, **more: Any) -> Entry:
    page = "aws-resource-" + name.removeprefix("AWS::").replace("::", "-").lower() + ".html"
    return Entry(Dialect.CLOUDFORMATION, name, role, control, source, _DOCS + page, **more)


def _consumer(name: str, *templates: TemplateKeys, source: str = _SCHEMA, **more: Any) -> Entry:
    settings = {"silence": Silence.NOT_POSSIBLE, "unfixable": NAME_A_TEMPLATE} | more
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
        scripts=(("UserData",),),
    ),
    _row(
        "AWS::EC2::LaunchTemplate",
        Role.LAUNCH_TEMPLATE,
        Control(("LaunchTemplateData", "MetadataOptions"), _EC2_KEYS),
        name_key=("LaunchTemplateName",),
        image_key=("LaunchTemplateData", "ImageId"),
        scripts=(("LaunchTemplateData", "UserData"),),
    ),
    _row(
        "AWS::AutoScaling::LaunchConfiguration",
        Role.LAUNCH_CONFIGURATION,
        Control(("MetadataOptions",), (_ENDPOINT, _TOKENS, _HOP_LIMIT)),
        templates=(_COPIED,),
        names="instance to copy",
        name_key=("LaunchConfigurationName",),
        image_key=("ImageId",),
        disruption="a launch configuration cannot be changed: CloudFormation creates another in its place",
        scripts=(("UserData",),),
    ),
    _row(
        "AWS::EC2::SpotFleet",
        Role.SPOT_FLEET,
        Control(("SpotFleetRequestConfigData", "LaunchSpecifications", "*", "MetadataOptions"), _EC2_KEYS),
        templates=(
            _under(("SpotFleetRequestConfigData", "LaunchTemplateConfigs", "*", "LaunchTemplateSpecification")),
        ),
        inline=("SpotFleetRequestConfigData", "LaunchSpecifications"),
        renewal="may be replaced when what it launches from changes",
        unfixable="a launch specification has no IMDS option; move it to an AWS::EC2::LaunchTemplate and name that in "
        "LaunchTemplateConfigs",
        scripts=(("SpotFleetRequestConfigData", "LaunchSpecifications", "*", "UserData"),),
    ),
    _row(
        "AWS::EC2::EC2Fleet",
        Role.CAPACITY,
        Control(("LaunchTemplateConfigs", "*", "Overrides", "*", "MetadataOptions"), _EC2_KEYS),
        "resource type schema (LaunchTemplateConfigs is replaced); EC2 API, FleetLaunchTemplateOverridesRequest "
        "(MetadataOptions for fleets of type instant only)",
        templates=(_under(("LaunchTemplateConfigs", "*", "LaunchTemplateSpecification")),),
        facts=((Fact.FLEET, ("Type",)),),
        gate=INSTANT_ONLY,
        disruption=FLEET_DISRUPTION,
        renewal="is replaced when what it launches from changes",
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
        hops=CONTAINER_BUILDS,
    ),
    *(
        _row(
            f"AWS::AppStream::{kind}",
            Role.CAPACITY,
            Control((), (OptionKey(Option.TOKENS, "DisableIMDSV1", ("true", "false"), "true"),)),
            "resource type schema; botocore appstream (DisableIMDSV1; no default is documented)",
            silence=Silence.UNDOCUMENTED,
            disruption=disruption,
        )
        for kind, disruption in (
            ("Fleet", _STREAMING_DISRUPTION),
            ("ImageBuilder", _STREAMING_DISRUPTION),
            ("AppBlockBuilder", ""),
        )
    ),
    _row(
        "AWS::WorkspacesInstances::WorkspaceInstance",
        Role.CAPACITY,
        Control(("ManagedInstance", "MetadataOptions"), _EC2_KEYS),
        silence=Silence.UNDOCUMENTED,
        disruption="the workspace instance is replaced",
    ),
    _row(
        "AWS::EMR::SecurityConfiguration",
        Role.SECURITY_CONFIGURATION,
        Control(("SecurityConfiguration", "InstanceMetadataServiceConfiguration"), EMR_IMDS, document=True),
        f"resource type schema (an object or a text; replaced); {EMR_SOURCE}",
        silence=Silence.OPTIONAL,
        name_key=("Name",),
        disruption=f"{EMR_DISRUPTION}; CloudFormation refuses to replace one that has a Name",
    ),
    _row(
        "AWS::ElasticBeanstalk::Environment",
        Role.CAPACITY,
        _SETTINGS,
        f"resource type schema; {BEANSTALK_SOURCE}",
        silence=Silence.BY_KIND,
        kind="platform",
        names="configuration template",
        templates=(TemplateKeys((), name="TemplateName", roles=SAVED_ROLES),),
        facts=_PLATFORM,
        kinds=BEANSTALK_KINDS,
        disruption=BEANSTALK_DISRUPTION,
    ),
    _row(
        "AWS::ElasticBeanstalk::ConfigurationTemplate",
        Role.CONFIGURATION_TEMPLATE,
        _SETTINGS,
        f"resource type schema; {BEANSTALK_SOURCE}",
        silence=Silence.BY_KIND,
        kind="platform",
        names="configuration template",
        templates=(TemplateKeys(("SourceConfiguration",), name="TemplateName", roles=SAVED_ROLES),),
        facts=_PLATFORM,
        kinds=BEANSTALK_KINDS,
        disruption=SAVED_DISRUPTION,
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
        _COPIED,
        renewal="replaces its instances (UpdatePolicy) when what it launches from changes",
        renewal_keys=(
            ("UpdatePolicy", "AutoScalingRollingUpdate"),
            ("UpdatePolicy", "AutoScalingReplacingUpdate", "WillReplace"),
        ),
    ),
    _consumer(
        "AWS::EKS::Nodegroup",
        TemplateKeys(("LaunchTemplate",), "Id", "Name", "Version"),
        source="resource type schema; EKS User Guide, Amazon Linux 2023 (without a template: IMDSv2 required)",
        silence=Silence.UNDOCUMENTED,
        facts=((Fact.KIND, ("AmiType",)),),
        kinds=EKS_KINDS,
        renewal="replaces all its nodes when what it launches from changes",
    ),
    _consumer(
        "AWS::Batch::ComputeEnvironment",
        _under(("ComputeResources", "LaunchTemplate")),
        _under(("ComputeResources", "LaunchTemplate", "Overrides", "*")),
        source="resource type schema; Batch User Guide, compute environments (the AMI decides; Fargate has none)",
        silence=Silence.PICKED_AMI,
        facts=((Fact.KIND, ("ComputeResources", "Type")),),
        kinds=BATCH_KINDS,
        renewal="may replace its instances when what it launches from changes",
    ),
    _consumer(
        "AWS::EMR::Cluster",
        TemplateKeys((), name="SecurityConfiguration", roles=(Role.SECURITY_CONFIGURATION,)),
        source=f"resource type schema; {EMR_CLUSTER_SOURCE}",
        silence=Silence.UNDOCUMENTED,
        kind="release",
        names="security configuration",
        facts=((Fact.KIND, ("ReleaseLabel",)),),
        kinds=EMR_RELEASES,
        unfixable=NAME_A_SECURITY_CONFIGURATION,
        renewal="is replaced when its security configuration changes",
    ),
    _consumer(
        "AWS::EMR::InstanceGroupConfig", TemplateKeys((), id="JobFlowId", roles=(Role.CONSUMER,)), **_OF_A_CLUSTER
    ),
    _consumer(
        "AWS::EMR::InstanceFleetConfig", TemplateKeys((), id="ClusterId", roles=(Role.CONSUMER,)), **_OF_A_CLUSTER
    ),
    _consumer("AWS::GameLift::GameServerGroup", _LAUNCH_TEMPLATE),
    _consumer(
        "AWS::PCS::ComputeNodeGroup",
        TemplateKeys(("CustomLaunchTemplate",), id="TemplateId", version="Version"),
        renewal="may replace its instances when what it launches from changes",
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
