"""Terraform's ``aws`` provider: resource types that decide, or lead to, what IMDS answers.

Sources: ``TFS`` is ``terraform providers schema -json`` of provider 5.100.0; ``WIRE`` the request bodies that it sends;
a path is a file of hashicorp/terraform-provider-aws; ``EC2UG`` the EC2 User Guide.
"""

from __future__ import annotations

from typing import Any

from iac_imds_lint.catalog.schema import (
    Control,
    Defect,
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
    NAME_A_SECURITY_CONFIGURATION,
    NAME_A_TEMPLATE,
    SAVED_DISRUPTION,
    SAVED_ROLES,
)

_DOCS = "https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/"

ENABLED = ("enabled", "disabled")
TOKENS = OptionKey(Option.TOKENS, "http_tokens", ("optional", "required"), "required")
ENDPOINT = OptionKey(Option.ENDPOINT, "http_endpoint", ENABLED, "enabled")
HOP_LIMIT = OptionKey(Option.HOP_LIMIT, "http_put_response_hop_limit", range(1, 65))
IPV6 = OptionKey(Option.IPV6, "http_protocol_ipv6", ENABLED)
TAGS = OptionKey(Option.TAGS, "instance_metadata_tags", ENABLED)
EC2_KEYS = (ENDPOINT, TOKENS, HOP_LIMIT, IPV6, TAGS)

_METADATA_OPTIONS = Control(("metadata_options",), EC2_KEYS)

_INSTANCE_DEFECTS = (
    Defect(
        "0",
        "5.3.0",
        Option.ENDPOINT,
        "the provider before 5.3.0 sends an empty http_endpoint where none is written",
        "terraform-provider-aws issue 25547; CHANGELOG 5.3.0 (24774: http_endpoint is enabled by default)",
        refused=True,
    ),
)
_TEMPLATE_DEFECTS = (
    Defect(
        "0",
        "4.22.0",
        Option.ENDPOINT,
        "the provider before 4.22 sends an empty http_endpoint where none is written",
        "terraform-provider-aws issue 12564 (A value of '' is not valid for http-endpoint)",
        refused=True,
    ),
    Defect(
        "4.22.0",
        "4.61.0",
        Option.ENDPOINT,
        "the provider from 4.22 to 4.60 drops every option unless http_endpoint is set",
        "terraform-provider-aws issues 25909 (4.22) and 29024 (4.50); CHANGELOG 4.61.0 (30107)",
    ),
)


def _row(name: str, role: Role, control: Control | None, source: str, **more: Any) -> Entry:
    docs = _DOCS + name.removeprefix("aws_")
    return Entry(Dialect.TERRAFORM, name, role, control, source, docs, **more)


def _consumer(name: str, *templates: TemplateKeys, source: str = "TFS", **more: Any) -> Entry:
    settings = {"silence": Silence.NOT_POSSIBLE, "unfixable": NAME_A_TEMPLATE} | more
    return _row(name, Role.CONSUMER, None, source, templates=templates, **settings)


_SETTINGS = Control(
    ("setting", "*"), (DISABLE_V1,), listed=Listed("name", "value", (("namespace", BEANSTALK_NAMESPACE),))
)
_LAUNCH_TEMPLATE = TemplateKeys(("launch_template",), "id", "name", "version")

ROWS: tuple[Entry, ...] = (
    _row(
        "aws_instance",
        Role.CAPACITY,
        _METADATA_OPTIONS,
        "TFS; WIRE (no block: nothing is sent); internal/service/ec2/ec2_instance.go (no ForceNew on metadata_options)",
        templates=(_LAUNCH_TEMPLATE,),
        image_key=("ami",),
        renewal="is replaced when what it launches from changes",
        resolves_latest=True,
        defects=_INSTANCE_DEFECTS,
        scripts=(("user_data",), ("user_data_base64",)),
    ),
    _row(
        "aws_launch_template",
        Role.LAUNCH_TEMPLATE,
        _METADATA_OPTIONS,
        "TFS; WIRE (an empty block sends nothing); internal/service/ec2/ec2_launch_template.go",
        name_key=("name",),
        image_key=("image_id",),
        facts=((Fact.FOLLOWS_LATEST, ("update_default_version",)), (Fact.DEFAULT_VERSION, ("default_version",))),
        defects=_TEMPLATE_DEFECTS,
        scripts=(("user_data",),),
    ),
    _row(
        "aws_launch_configuration",
        Role.LAUNCH_CONFIGURATION,
        Control(("metadata_options",), (ENDPOINT, TOKENS, HOP_LIMIT)),
        "TFS; WIRE; internal/service/autoscaling/launch_configuration.go (every argument ForceNew)",
        name_key=("name",),
        image_key=("image_id",),
        facts=(
            (Fact.USER_DATA, ("user_data",)),
            (Fact.PROFILE, ("iam_instance_profile",)),
            (Fact.GROUPS, ("security_groups",)),
            (Fact.PRICE, ("spot_price",)),
            (Fact.TENANCY, ("placement_tenancy",)),
            (Fact.MONITORED, ("enable_monitoring",)),
            (Fact.NAME_PREFIX, ("name_prefix",)),
        ),
        disruption="a launch configuration cannot be changed: the provider creates another in its place",
        collision="its name is fixed, and another of that name cannot be created beside it: "
        "take name_prefix, with create_before_destroy",
        scripts=(("user_data",), ("user_data_base64",)),
    ),
    _row(
        "aws_spot_instance_request",
        Role.SPOT_REQUEST,
        _METADATA_OPTIONS,
        "WIRE; botocore ec2 RequestSpotLaunchSpecification (it has no MetadataOptions)",
        templates=(_LAUNCH_TEMPLATE,),
        image_key=("ami",),
        unfixable="RequestSpotInstances takes no metadata options; use aws_instance with "
        'instance_market_options { market_type = "spot" } and metadata_options',
        scripts=(("user_data",), ("user_data_base64",)),
    ),
    _row(
        "aws_spot_fleet_request",
        Role.SPOT_FLEET,
        Control(("launch_specification", "*", "metadata_options"), EC2_KEYS),
        "TFS (launch_specification has no IMDS argument); botocore ec2 SpotFleetLaunchSpecification",
        templates=(
            TemplateKeys(("launch_template_config", "*", "launch_template_specification"), "id", "name", "version"),
        ),
        inline=("launch_specification",),
        unfixable="a launch_specification has no IMDS option; move it to an aws_launch_template and name that in "
        "launch_template_config",
        scripts=(("launch_specification", "*", "user_data"),),
    ),
    _row(
        "aws_sagemaker_notebook_instance",
        Role.CAPACITY,
        Control(
            ("instance_metadata_service_configuration",),
            (OptionKey(Option.TOKENS, "minimum_instance_metadata_service_version", ("1", "2"), "2"),),
        ),
        "TFS; botocore sagemaker InstanceMetadataServiceConfiguration (defaults to IMDSv1); "
        "internal/service/sagemaker/notebook_instance.go (an update stops and starts it)",
        silence=Silence.OPTIONAL,
        disruption="the provider stops and starts the notebook instance to change it",
    ),
    _row(
        "aws_imagebuilder_infrastructure_configuration",
        Role.CAPACITY,
        Control(("instance_metadata_options",), (TOKENS, HOP_LIMIT)),
        "TFS; botocore imagebuilder InstanceMetadataOptions",
        hops=CONTAINER_BUILDS,
    ),
    _row(
        "aws_emr_security_configuration",
        Role.SECURITY_CONFIGURATION,
        Control(("configuration", "InstanceMetadataServiceConfiguration"), EMR_IMDS, document=True),
        EMR_SOURCE,
        silence=Silence.OPTIONAL,
        name_key=("name",),
        disruption=EMR_DISRUPTION,
    ),
    _row(
        "aws_elastic_beanstalk_environment",
        Role.CAPACITY,
        _SETTINGS,
        BEANSTALK_SOURCE,
        silence=Silence.BY_KIND,
        kind="platform",
        names="configuration template",
        templates=(TemplateKeys((), name="template_name", roles=SAVED_ROLES),),
        facts=((Fact.KIND, ("solution_stack_name",)), (Fact.KIND, ("platform_arn",))),
        kinds=BEANSTALK_KINDS,
        disruption=BEANSTALK_DISRUPTION,
    ),
    _row(
        "aws_elastic_beanstalk_configuration_template",
        Role.CONFIGURATION_TEMPLATE,
        _SETTINGS,
        BEANSTALK_SOURCE,
        silence=Silence.BY_KIND,
        kind="platform",
        name_key=("name",),
        facts=((Fact.KIND, ("solution_stack_name",)),),
        kinds=BEANSTALK_KINDS,
        disruption=SAVED_DISRUPTION,
    ),
    _row(
        "aws_ec2_instance_metadata_defaults",
        Role.ACCOUNT_DEFAULT,
        Control(
            (),
            (
                ENDPOINT._replace(allowed=(*ENABLED, "no-preference"), secure=""),
                TOKENS._replace(allowed=("optional", "required", "no-preference")),
                HOP_LIMIT._replace(allowed=range(-1, 65)),
                TAGS._replace(allowed=(*ENABLED, "no-preference")),
            ),
        ),
        "TFS; EC2UG configuring-instance-metadata-options (order of precedence)",
        disruption="it counts for every launch in the Region that says nothing of its own",
    ),
    _row(
        "aws_ami",
        Role.IMAGE,
        Control((), (OptionKey(Option.TOKENS, "imds_support", ("v2.0",), "v2.0"),)),
        "TFS; internal/service/ec2/ec2_ami.go (ForceNew); EC2UG configuring-instance-metadata-options (precedence)",
        disruption="the AMI is registered anew: imds_support is set at registration only",
    ),
    _row(
        "aws_organizations_policy",
        Role.DECLARATIVE_POLICY,
        None,
        "TFS; Organizations User Guide, declarative policy syntax (instance metadata defaults)",
        silence=Silence.NO_CAPACITY,
        facts=((Fact.KIND, ("type",)), (Fact.CONTENT, ("content",))),
        kinds=(Kind("DECLARATIVE_POLICY_EC2", Silence.EC2_DEFAULT),),
        unfixable='write "required" for http_tokens into the content of the policy',
    ),
    _consumer(
        "aws_autoscaling_group",
        TemplateKeys((), name="launch_configuration"),
        _LAUNCH_TEMPLATE,
        TemplateKeys(
            ("mixed_instances_policy", "launch_template", "launch_template_specification"),
            "launch_template_id",
            "launch_template_name",
            "version",
        ),
        TemplateKeys(
            ("mixed_instances_policy", "launch_template", "override", "*", "launch_template_specification"),
            "launch_template_id",
            "launch_template_name",
            "version",
        ),
        renewal="replaces its instances (instance_refresh) when what it launches from changes",
        renewal_keys=(("instance_refresh",),),
    ),
    _consumer(
        "aws_eks_node_group",
        _LAUNCH_TEMPLATE,
        source="TFS; EKS User Guide, Amazon Linux 2023 (without a template: IMDSv2 required)",
        silence=Silence.UNDOCUMENTED,
        facts=((Fact.KIND, ("ami_type",)),),
        kinds=EKS_KINDS,
        renewal="replaces all its nodes when what it launches from changes",
        # EKS answers with a number, so that the provider finds "$Latest" changed at every plan.
        resolves_latest=True,
    ),
    _consumer(
        "aws_ec2_fleet",
        TemplateKeys(
            ("launch_template_config", "*", "launch_template_specification"),
            "launch_template_id",
            "launch_template_name",
            "version",
        ),
    ),
    _consumer(
        "aws_batch_compute_environment",
        TemplateKeys(("compute_resources", "launch_template"), "launch_template_id", "launch_template_name", "version"),
        source="TFS; Batch User Guide, compute environments (the AMI decides; Fargate launches no instances)",
        silence=Silence.PICKED_AMI,
        facts=((Fact.KIND, ("compute_resources", "type")),),
        kinds=BATCH_KINDS,
        renewal="may replace its instances when what it launches from changes",
    ),
    _consumer(
        "aws_emr_cluster",
        TemplateKeys((), name="security_configuration", roles=(Role.SECURITY_CONFIGURATION,)),
        source=f"TFS; {EMR_CLUSTER_SOURCE}",
        silence=Silence.UNDOCUMENTED,
        kind="release",
        names="security configuration",
        facts=((Fact.KIND, ("release_label",)),),
        kinds=EMR_RELEASES,
        unfixable=NAME_A_SECURITY_CONFIGURATION,
        renewal="is replaced when its security configuration changes",
    ),
    _consumer("aws_gamelift_game_server_group", _LAUNCH_TEMPLATE),
    _consumer(
        "aws_imagebuilder_distribution_configuration",
        TemplateKeys(("distribution", "*", "launch_template_configuration", "*"), "launch_template_id"),
        TemplateKeys(
            ("distribution", "*", "fast_launch_configuration", "*", "launch_template"),
            "launch_template_id",
            "launch_template_name",
            "launch_template_version",
        ),
        source="TFS (it writes images into templates, and launches nothing of the user's)",
        silence=Silence.NO_CAPACITY,
    ),
)
