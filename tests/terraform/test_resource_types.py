"""Postures of the types whose options are called or nested differently, and of ``awscc``'s nested attributes."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from tests.support import postures

V1, V2, OFF, OPEN = "v1-allowed", "v2-required", "imds-disabled", "unknown"


class Case(NamedTuple):
    type: str
    why: str
    inside: str
    expected: str
    before: str = ""


def block(name: str, inside: str) -> str:
    return f"  {name} {{\n    {inside}\n  }}\n"


def generated(name: str, elements: str, inside: str) -> str:
    return f'  dynamic "{name}" {{\n    for_each = {elements}\n    content {{\n      {inside}\n    }}\n  }}\n'


OPEN_VARIABLE = 'variable "on" {}\n'
TOKENS, OPTIONAL = 'http_tokens = "required"', 'http_tokens = "optional"'

NOTEBOOK, SERVICE = "aws_sagemaker_notebook_instance", "instance_metadata_service_configuration"
VERSION = "minimum_instance_metadata_service_version"
NOTEBOOKS = [
    Case(NOTEBOOK, "both versions are supported by default", "", V1),
    Case(NOTEBOOK, "a block without the version sends none", f"  {SERVICE} {{}}\n", V1),
    Case(NOTEBOOK, "version 2 is asked for", block(SERVICE, f'{VERSION} = "2"'), V2),
    Case(NOTEBOOK, "Terraform makes a text of a number", block(SERVICE, f"{VERSION} = 2"), V2),
    Case(NOTEBOOK, "version 1 is left on", block(SERVICE, f'{VERSION} = "1"'), V1),
    Case(NOTEBOOK, "null is not written", block(SERVICE, f"{VERSION} = null"), V1),
    Case(NOTEBOOK, "an element, a block", generated(SERVICE, "[2]", f"{VERSION} = {SERVICE}.value"), V2),
    Case(NOTEBOOK, "no element, no block", generated(SERVICE, "[]", f"{VERSION} = 2"), V1),
    Case(NOTEBOOK, "with or without", generated(SERVICE, "var.on ? [2] : []", f"{VERSION} = 2"), OPEN, OPEN_VARIABLE),
    Case(NOTEBOOK, "no such version", block(SERVICE, f'{VERSION} = "3"'), OPEN),
    Case(NOTEBOOK, "the account's default is not asked", "", V1, 'resource "aws_ec2_instance_metadata_defaults" "d" {\n  http_tokens = "required"\n}\n'),
]  # fmt: skip

BUILDER, IMDS = "aws_imagebuilder_infrastructure_configuration", "instance_metadata_options"
ACCOUNT = 'resource "aws_ec2_instance_metadata_defaults" "d" {\n  http_tokens = "required"\n}\n'
BUILDERS = [
    Case(BUILDER, "no level asks for IMDSv2", "", V1),
    Case(BUILDER, "the account's default counts", "", V2, ACCOUNT),
    Case(BUILDER, "only the hop limit is set", block(IMDS, "http_put_response_hop_limit = 2"), V1),
    Case(BUILDER, "the account's default counts for tokens", block(IMDS, "http_put_response_hop_limit = 2"), V2, ACCOUNT),
    Case(BUILDER, "asked for", block(IMDS, TOKENS), V2),
    Case(BUILDER, "left open, over the account's default", block(IMDS, OPTIONAL), V1, ACCOUNT),
    Case(BUILDER, "null is not written", block(IMDS, "http_tokens = null"), V1),
    Case(BUILDER, "an element, a block", generated(IMDS, "[1]", TOKENS), V2),
    Case(BUILDER, "no element, no block", generated(IMDS, "[]", TOKENS), V1),
    Case(BUILDER, "with or without", generated(IMDS, "var.on ? [1] : []", TOKENS), OPEN, OPEN_VARIABLE),
]  # fmt: skip

SPOT, OPTIONS = "aws_spot_instance_request", "metadata_options"
TEMPLATE = 'resource "aws_launch_template" "l" {\n  name = "l"\n  metadata_options {\n    http_endpoint = "enabled"\n    http_tokens = "required"\n  }\n}\n'
WEAK = 'resource "aws_launch_template" "l" {\n  name = "l"\n}\n'
IMAGE = 'resource "aws_ami" "a" {\n  name = "a"\n  imds_support = "v2.0"\n}\nresource "aws_ec2_instance_metadata_defaults" "d" {\n  http_tokens = "no-preference"\n}\n'
SPOTS = [
    Case(SPOT, "no level asks for IMDSv2", "", V1),
    Case(SPOT, "RequestSpotInstances drops the options", block(OPTIONS, TOKENS), V1),
    Case(SPOT, "RequestSpotInstances drops the options", block(OPTIONS, 'http_endpoint = "disabled"'), V1),
    Case(SPOT, "RequestSpotInstances drops the options", block(OPTIONS, "http_tokens = null"), V1),
    Case(SPOT, "RequestSpotInstances drops the template", block("launch_template", "id = aws_launch_template.l.id"), V1, TEMPLATE),
    Case(SPOT, "the account's default counts", "", V2, ACCOUNT),
    Case(SPOT, "the account's default counts, optional or not", block(OPTIONS, OPTIONAL), V2, ACCOUNT),
    Case(SPOT, "the image asks for it", "  ami = aws_ami.a.id\n", V2, IMAGE),
    Case(SPOT, "dropped, generated or not", generated(OPTIONS, "var.on ? [1] : []", TOKENS), V1, OPEN_VARIABLE),
]  # fmt: skip

FLEET = "aws_spot_fleet_request"
SPECIFICATION = block("launch_specification", 'ami = "ami-0123456789abcdef0"')
BY_TEMPLATE = block(
    "launch_template_config",
    'launch_template_specification {\n      id = aws_launch_template.l.id\n      version = "1"\n    }',
)
FLEETS = [
    Case(FLEET, "a launch specification has no options", SPECIFICATION, V1),
    Case(FLEET, "the account's default counts", SPECIFICATION, V2, ACCOUNT),
    Case(FLEET, "its template asks for it", BY_TEMPLATE, V2, TEMPLATE),
    Case(FLEET, "its template does not", BY_TEMPLATE, V1, WEAK),
    Case(FLEET, "a template that is not here", block("launch_template_config", 'launch_template_specification {\n      id = "lt-1"\n      version = "1"\n    }'), OPEN),
    Case(FLEET, "one of each element", generated("launch_template_config", "[aws_launch_template.l.id]", 'launch_template_specification {\n        id = launch_template_config.value\n        version = "1"\n      }'), V2, TEMPLATE),
]  # fmt: skip

CC_INSTANCE, CC_TEMPLATE, CC_FLEET = "awscc_ec2_instance", "awscc_ec2_launch_template", "awscc_ec2_ec2_fleet"
CC_LOCAL = 'locals {\n  required = { http_tokens = "required" }\n  optional = { http_tokens = "optional" }\n}\n'
OBJECTS = [
    ("nothing is written", "null", V1, ""),
    ("an object without tokens", "{ http_put_response_hop_limit = 2 }", V1, ""),
    ("asked for", f"{{ {TOKENS} }}", V2, ""),
    ("left open", f"{{ {OPTIONAL} }}", V1, ""),
    ("turned off", '{ http_endpoint = "disabled" }', OFF, ""),
    ("null is not written", "{ http_tokens = null }", V1, ""),
    ("IPv6 has another name here", f'{{ http_protocol_ipv_6 = "enabled", {TOKENS} }}', V2, ""),
    ("a local", "local.required", V2, CC_LOCAL),
    ("a local", "local.optional", V1, CC_LOCAL),
    ("the last one wins", "merge(local.optional, local.required)", V2, CC_LOCAL),
    ("the last one wins", 'merge(local.required, { http_tokens = "optional" })', V1, CC_LOCAL),
    ("a variable's default", "var.o", V2, 'variable "o" {\n  default = { http_tokens = "required" }\n}\n'),
    ("a variable that no one gives", "var.o", OPEN, 'variable "o" {}\n'),
    ("both branches ask for it", 'var.on ? local.required : { http_tokens = "required", http_endpoint = "enabled" }', V2, CC_LOCAL + OPEN_VARIABLE),
    ("either may come", "var.on ? local.required : local.optional", OPEN, CC_LOCAL + OPEN_VARIABLE),
    ("null in one branch", "var.on ? local.required : null", OPEN, CC_LOCAL + OPEN_VARIABLE),
    ("a member of a local", "{ http_tokens = local.required.http_tokens }", V2, CC_LOCAL),
]  # fmt: skip
DATA = [
    ("the whole of it by a local", "local.d", V2, 'locals {\n  d = { metadata_options = { http_tokens = "required" } }\n}\n'),
    ("the whole of it by a local", "local.d", V1, 'locals {\n  d = { image_id = "ami-1" }\n}\n'),
    ("merged", "merge(local.d, { metadata_options = local.required })", V2, 'locals {\n  d = { image_id = "ami-1" }\n}\n' + CC_LOCAL),
    ("one unknown member beside", "{ image_id = var.on, metadata_options = local.required }", V2, OPEN_VARIABLE + CC_LOCAL),
    ("the whole of it not known", "var.on", OPEN, OPEN_VARIABLE),
    ("in one branch only", 'var.on ? { metadata_options = local.required } : { image_id = "ami-1" }', OPEN, OPEN_VARIABLE + CC_LOCAL),
]  # fmt: skip
AWSCC = [
    *(Case(CC_INSTANCE, why, f"  metadata_options = {text}\n", expected, before) for why, text, expected, before in OBJECTS),
    *(Case(CC_TEMPLATE, why, f"  launch_template_data = {{ metadata_options = {text} }}\n", expected, before) for why, text, expected, before in OBJECTS),
    *(Case("awscc_workspacesinstances_workspace_instance", why, f"  managed_instance = {{ metadata_options = {text} }}\n", OPEN if expected == V1 and "optional" not in text else expected, before) for why, text, expected, before in OBJECTS),
    *(Case(CC_TEMPLATE, why, f"  launch_template_data = {text}\n", expected, before) for why, text, expected, before in DATA),
    Case("awscc_imagebuilder_infrastructure_configuration", "asked for", f"  instance_metadata_options = {{ {TOKENS} }}\n", V2),
    Case("awscc_imagebuilder_infrastructure_configuration", "left open", f"  instance_metadata_options = {{ {OPTIONAL} }}\n", V1),
    Case("awscc_autoscaling_launch_configuration", "asked for", f"  metadata_options = {{ {TOKENS} }}\n", V2),
    Case("awscc_autoscaling_launch_configuration", "tokens are optional beside other options", '  metadata_options = { http_endpoint = "enabled" }\n', V1),
]  # fmt: skip


INSTANT = '  type = "instant"\n'


def configs(*configs: str) -> str:
    return f"{INSTANT}  launch_template_configs = [{', '.join(configs)}]\n"


def config(*overrides: str, template: str = "awscc_ec2_launch_template.l.launch_template_id") -> str:
    listed = f", overrides = [{', '.join(overrides)}]" if overrides else ""
    return f'{{ launch_template_specification = {{ launch_template_id = {template}, version = "1" }}{listed} }}'


CC_STRONG = f'resource "{CC_TEMPLATE}" "l" {{\n  launch_template_data = {{ metadata_options = {{ {TOKENS} }} }}\n}}\n'
CC_WEAK = f'resource "{CC_TEMPLATE}" "l" {{\n  launch_template_data = {{}}\n}}\n'
HARD, SOFT = f"{{ metadata_options = {{ {TOKENS} }} }}", f"{{ metadata_options = {{ {OPTIONAL} }} }}"
PLAIN = '{ instance_type = "m5.large" }'
CC_FLEETS = [
    Case(CC_FLEET, "as its template", configs(config()), V2, CC_STRONG),
    Case(CC_FLEET, "as its template", configs(config(PLAIN)), V1, CC_WEAK),
    Case(CC_FLEET, "the override asks for it", configs(config(HARD)), V2, CC_WEAK),
    Case(CC_FLEET, "one of two overrides leaves it open", configs(config(HARD, SOFT)), V1, CC_STRONG),
    Case(CC_FLEET, "one of two configs leaves it open", configs(config(HARD), config(SOFT)), V1, CC_STRONG),
    Case(CC_FLEET, "one of two overrides says nothing: as the template", configs(config(HARD, PLAIN)), V1, CC_WEAK),
    Case(CC_FLEET, "one of two overrides says nothing: as the template", configs(config(HARD, PLAIN)), V2, CC_STRONG),
    Case(CC_FLEET, "one of two configs has no overrides: as its template", configs(config(HARD), config()), V1, CC_WEAK),
    Case(CC_FLEET, "both ask for it", configs(config(HARD, HARD)), V2, CC_WEAK),
    Case(CC_FLEET, "by a local", INSTANT + "  launch_template_configs = [local.c]\n", V2, CC_WEAK + f"locals {{\n  c = {config(HARD)}\n}}\n"),
    Case(CC_FLEET, "an override that is not known", configs(config("var.on")), OPEN, CC_STRONG + OPEN_VARIABLE),
    Case(CC_FLEET, "of type maintain: no override counts", configs(config(HARD)).replace("instant", "maintain"), V1, CC_WEAK),
    Case(CC_FLEET, "of no type: it maintains", configs(config(SOFT)).replace(INSTANT, ""), V2, CC_STRONG),
    Case(CC_FLEET, "of a type that is not known", configs(config(HARD)).replace('"instant"', "var.on"), OPEN, CC_WEAK + OPEN_VARIABLE),
    Case(CC_FLEET, "an undecided override beside one that says nothing", configs(config("var.on", PLAIN)), OPEN, CC_STRONG + OPEN_VARIABLE),
    Case(CC_FLEET, "a condition between lists", INSTANT + "  launch_template_configs = var.on ? [local.c] : [local.c]\n", V2, CC_WEAK + OPEN_VARIABLE + f"locals {{\n  c = {config(HARD)}\n}}\n"),
]  # fmt: skip

CASES = [*NOTEBOOKS, *BUILDERS, *SPOTS, *FLEETS, *AWSCC, *CC_FLEETS]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.type} {case.why}")
def test_posture(case: Case) -> None:
    text = f'{case.before}resource "{case.type}" "x" {{\n{case.inside}}}\n'
    assert postures({"main.tf": text})[f"{case.type}.x"] == case.expected, case.why
