"""Terraform's ``awscc`` provider: CloudFormation's properties as nested attributes.

Source: hashicorp/terraform-provider-awscc ``docs/resources`` (one page a type), read in its repository.
"""

from __future__ import annotations

from typing import Any

from iac_imds_lint.catalog.aws import EC2_KEYS, ENDPOINT, HOP_LIMIT, TOKENS
from iac_imds_lint.catalog.schema import Control, Dialect, Entry, Option, Role, TemplateKeys

_DOCS = "https://registry.terraform.io/providers/hashicorp/awscc/latest/docs/resources/"

_KEYS = tuple(key._replace(key="http_protocol_ipv_6") if key.option is Option.IPV6 else key for key in EC2_KEYS)


def _row(name: str, role: Role, control: Control | None, **more: Any) -> Entry:
    page = name.removeprefix("awscc_")
    source = f"terraform-provider-awscc docs/resources/{page}.md"
    return Entry(Dialect.TERRAFORM, name, role, control, source, _DOCS + page, nested="attribute", **more)


ROWS: tuple[Entry, ...] = (
    _row(
        "awscc_ec2_instance",
        Role.CAPACITY,
        Control(("metadata_options",), _KEYS),
        templates=(TemplateKeys(("launch_template",), "launch_template_id", "launch_template_name", "version"),),
        image_key=("image_id",),
    ),
    _row(
        "awscc_ec2_launch_template",
        Role.LAUNCH_TEMPLATE,
        Control(("launch_template_data", "metadata_options"), _KEYS),
        name_key=("launch_template_name",),
        image_key=("launch_template_data", "image_id"),
    ),
    _row(
        "awscc_autoscaling_launch_configuration",
        Role.LAUNCH_CONFIGURATION,
        Control(("metadata_options",), (ENDPOINT, TOKENS, HOP_LIMIT)),
        name_key=("launch_configuration_name",),
        image_key=("image_id",),
        disruption="a launch configuration cannot be changed: another is created in its place",
    ),
    _row(
        "awscc_ec2_ec2_fleet",
        Role.CAPACITY,
        Control(("launch_template_configs", "*", "overrides", "*", "metadata_options"), _KEYS),
        templates=(
            TemplateKeys(
                ("launch_template_configs", "*", "launch_template_specification"),
                "launch_template_id",
                "launch_template_name",
                "version",
            ),
        ),
    ),
    _row(
        "awscc_imagebuilder_infrastructure_configuration",
        Role.CAPACITY,
        Control(("instance_metadata_options",), (TOKENS, HOP_LIMIT)),
    ),
    _row(
        "awscc_workspacesinstances_workspace_instance",
        Role.CAPACITY,
        Control(("managed_instance", "metadata_options"), _KEYS),
        disruption="the workspace instance is replaced",
    ),
    _row(
        "awscc_emr_security_configuration",
        Role.CAPACITY,
        None,
        undecided="the JSON of an EMR security configuration is not read yet",
    ),
    _row(
        "awscc_elasticbeanstalk_environment",
        Role.CAPACITY,
        None,
        undecided="Elastic Beanstalk settings and platform defaults are not read yet",
    ),
    _row(
        "awscc_elasticbeanstalk_configuration_template",
        Role.CAPACITY,
        None,
        undecided="Elastic Beanstalk settings and platform defaults are not read yet",
    ),
    _row(
        "awscc_autoscaling_auto_scaling_group",
        Role.CONSUMER,
        None,
        templates=(
            TemplateKeys((), name="launch_configuration_name"),
            TemplateKeys(("launch_template",), "launch_template_id", "launch_template_name", "version"),
        ),
    ),
)
