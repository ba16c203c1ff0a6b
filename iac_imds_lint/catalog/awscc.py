"""Terraform's ``awscc`` provider: CloudFormation's properties as nested attributes.

Source: hashicorp/terraform-provider-awscc ``docs/resources`` (one page a type), read in its repository.
"""

from __future__ import annotations

from typing import Any

from iac_imds_lint.catalog.aws import EC2_KEYS, ENDPOINT, HOP_LIMIT, TOKENS
from iac_imds_lint.catalog.schema import Control, Dialect, Entry, Fact, Listed, Option, Role, Silence, TemplateKeys
from iac_imds_lint.catalog.services import (
    BATCH_KINDS,
    BEANSTALK_DISRUPTION,
    BEANSTALK_KINDS,
    BEANSTALK_NAMESPACE,
    CONTAINER_BUILDS,
    DISABLE_V1,
    EMR_DISRUPTION,
    EMR_IMDS,
    FLEET_DISRUPTION,
    INSTANT_ONLY,
    NAME_A_TEMPLATE,
    SAVED_DISRUPTION,
    SAVED_ROLES,
)

_DOCS = "https://registry.terraform.io/providers/hashicorp/awscc/latest/docs/resources/"

# The names of these attributes follow awscc's convention (facts: they were not seen in the provider's schema).
_SETTINGS = Control(
    ("option_settings", "*"),
    (DISABLE_V1,),
    listed=Listed("option_name", "value", (("namespace", BEANSTALK_NAMESPACE),)),
)
_KEYS = tuple(key._replace(key="http_protocol_ipv_6") if key.option is Option.IPV6 else key for key in EC2_KEYS)


def _row(name: str, role: Role, control: Control | None, **more: Any) -> Entry:
    page = name.removeprefix("awscc_")
    source = f"terraform-provider-awscc docs/resources/{page}.md"
    return Entry(Dialect.TERRAFORM, name, role, control, source, _DOCS + page, nested="attribute", **more)


def _consumer(name: str, *templates: TemplateKeys, **more: Any) -> Entry:
    settings = {"silence": Silence.NOT_POSSIBLE, "unfixable": NAME_A_TEMPLATE} | more
    return _row(name, Role.CONSUMER, None, templates=templates, **settings)


def _under(*path: str) -> TemplateKeys:
    return TemplateKeys(path, "launch_template_id", "launch_template_name", "version")


ROWS: tuple[Entry, ...] = (
    _row(
        "awscc_ec2_instance",
        Role.CAPACITY,
        Control(("metadata_options",), _KEYS),
        templates=(_under("launch_template"),),
        image_key=("image_id",),
        scripts=(("user_data",),),
    ),
    _row(
        "awscc_ec2_launch_template",
        Role.LAUNCH_TEMPLATE,
        Control(("launch_template_data", "metadata_options"), _KEYS),
        name_key=("launch_template_name",),
        image_key=("launch_template_data", "image_id"),
        scripts=(("launch_template_data", "user_data"),),
    ),
    _row(
        "awscc_autoscaling_launch_configuration",
        Role.LAUNCH_CONFIGURATION,
        Control(("metadata_options",), (ENDPOINT, TOKENS, HOP_LIMIT)),
        name_key=("launch_configuration_name",),
        image_key=("image_id",),
        disruption="a launch configuration cannot be changed: another is created in its place",
        scripts=(("user_data",),),
    ),
    _row(
        "awscc_ec2_ec2_fleet",
        Role.CAPACITY,
        Control(("launch_template_configs", "*", "overrides", "*", "metadata_options"), _KEYS),
        templates=(_under("launch_template_configs", "*", "launch_template_specification"),),
        facts=((Fact.FLEET, ("type",)),),
        gate=INSTANT_ONLY,
        disruption=FLEET_DISRUPTION,
    ),
    _row(
        "awscc_ec2_spot_fleet",
        Role.SPOT_FLEET,
        Control(("spot_fleet_request_config_data", "launch_specifications", "*", "metadata_options"), _KEYS),
        templates=(
            _under("spot_fleet_request_config_data", "launch_template_configs", "*", "launch_template_specification"),
        ),
        inline=("spot_fleet_request_config_data", "launch_specifications"),
        unfixable="a launch specification has no IMDS option; move it to an awscc_ec2_launch_template and name that in "
        "launch_template_configs",
        scripts=(("spot_fleet_request_config_data", "launch_specifications", "*", "user_data"),),
    ),
    _row(
        "awscc_imagebuilder_infrastructure_configuration",
        Role.CAPACITY,
        Control(("instance_metadata_options",), (TOKENS, HOP_LIMIT)),
        hops=CONTAINER_BUILDS,
    ),
    _row(
        "awscc_workspacesinstances_workspace_instance",
        Role.CAPACITY,
        Control(("managed_instance", "metadata_options"), _KEYS),
        silence=Silence.UNDOCUMENTED,
        disruption="the workspace instance is replaced",
    ),
    _row(
        "awscc_emr_security_configuration",
        Role.SECURITY_CONFIGURATION,
        Control(("security_configuration", "InstanceMetadataServiceConfiguration"), EMR_IMDS, document=True),
        silence=Silence.OPTIONAL,
        name_key=("name",),
        disruption=EMR_DISRUPTION,
    ),
    _row(
        "awscc_elasticbeanstalk_environment",
        Role.CAPACITY,
        _SETTINGS,
        silence=Silence.BY_KIND,
        kind="platform",
        names="configuration template",
        templates=(TemplateKeys((), name="template_name", roles=SAVED_ROLES),),
        facts=((Fact.KIND, ("solution_stack_name",)), (Fact.KIND, ("platform_arn",))),
        kinds=BEANSTALK_KINDS,
        disruption=BEANSTALK_DISRUPTION,
    ),
    _row(
        "awscc_elasticbeanstalk_configuration_template",
        Role.CONFIGURATION_TEMPLATE,
        _SETTINGS,
        silence=Silence.BY_KIND,
        kind="platform",
        facts=((Fact.KIND, ("solution_stack_name",)), (Fact.KIND, ("platform_arn",))),
        kinds=BEANSTALK_KINDS,
        disruption=SAVED_DISRUPTION,
    ),
    _consumer(
        "awscc_autoscaling_auto_scaling_group",
        TemplateKeys((), name="launch_configuration_name"),
        _under("launch_template"),
        _under("mixed_instances_policy", "launch_template", "launch_template_specification"),
        _under("mixed_instances_policy", "launch_template", "overrides", "*", "launch_template_specification"),
    ),
    _consumer(
        "awscc_batch_compute_environment",
        _under("compute_resources", "launch_template"),
        _under("compute_resources", "launch_template", "overrides", "*"),
        silence=Silence.PICKED_AMI,
        facts=((Fact.KIND, ("compute_resources", "type")),),
        kinds=BATCH_KINDS,
        renewal="may replace its instances when what it launches from changes",
    ),
    _consumer("awscc_gamelift_game_server_group", _under("launch_template")),
    _consumer(
        "awscc_pcs_compute_node_group", TemplateKeys(("custom_launch_template",), id="template_id", version="version")
    ),
    _consumer(
        "awscc_imagebuilder_distribution_configuration",
        TemplateKeys(("distributions", "*", "launch_template_configurations", "*"), "launch_template_id"),
        TemplateKeys(
            ("distributions", "*", "fast_launch_configurations", "*", "launch_template"),
            "launch_template_id",
            "launch_template_name",
            "launch_template_version",
        ),
        silence=Silence.NO_CAPACITY,
    ),
)
