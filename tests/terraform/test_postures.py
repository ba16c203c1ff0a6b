"""Small Terraform configurations with the posture of every resource, and why. Half of them answer no IMDSv1."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from tests.support import postures

AMI = 'ami = "ami-0123456789abcdef0"'


class Case(NamedTuple):
    name: str
    why: str
    text: str | dict[str, str]
    expected: dict[str, str]


def instance(inside: str, type: str = "aws_instance") -> str:
    return f'resource "{type}" "x" {{\n  {AMI}\n{inside}\n}}\n'


def options(inside: str) -> str:
    return f"  metadata_options {{\n    {inside}\n  }}"


V1, V2, OFF, OPEN = "v1-allowed", "v2-required", "imds-disabled", "unknown"
X = "aws_instance.x"

CASES = [
    # Literals.
    Case("nothing", "no level asks for IMDSv2", instance(""), {X: V1}),
    Case("required", "asked for at the resource", instance(options('http_tokens = "required"')), {X: V2}),
    Case("optional", "left open at the resource", instance(options('http_tokens = "optional"')), {X: V1}),
    Case("endpoint-only", "the provider sends no tokens then", instance(options('http_endpoint = "enabled"')), {X: V1}),
    Case("empty-block", "an empty block sends nothing", instance("  metadata_options {}"), {X: V1}),
    Case("disabled", "no IMDS, no IMDSv1", instance(options('http_endpoint = "disabled"')), {X: OFF}),
    Case(
        "disabled-optional",
        "tokens do not matter where IMDS is off",
        instance(options('http_endpoint = "disabled"\n    http_tokens = "optional"')),
        {X: OFF},
    ),
    Case(
        "disabled-or-required",
        "nobody knows which, and neither answers IMDSv1",
        'variable "on" {}\n'
        + instance(
            options('http_endpoint = var.on ? "enabled" : "disabled"\n    http_tokens = var.on ? "required" : null')
        ),
        {X: V2},
    ),
    Case(
        "disabled-or-optional",
        "one of them answers IMDSv1",
        'variable "on" {}\n' + instance(options('http_endpoint = var.on ? "enabled" : "disabled"')),
        {X: OPEN},
    ),
    Case("null", "null is as good as not written", instance(options("http_tokens = null")), {X: V1}),
    Case("wrong-case", "the API refuses it: no posture", instance(options('http_tokens = "Required"')), {X: OPEN}),
    Case("escaped", "escapes are read", instance(options('http_tokens = "re\\u0071uired"')), {X: V2}),
    Case(
        "single-interpolation",
        "a template of one part is that part",
        instance(options('http_tokens = "${"required"}"')),
        {X: V2},
    ),
    Case("in-parentheses", "parentheses change nothing", instance(options('http_tokens = ("required")')), {X: V2}),
    # Variables and locals.
    Case(
        "default-required",
        "the default decides",
        'variable "t" {\n  default = "required"\n}\n' + instance(options("http_tokens = var.t")),
        {X: V2},
    ),
    Case(
        "default-optional",
        "the default decides",
        'variable "t" {\n  default = "optional"\n}\n' + instance(options("http_tokens = var.t")),
        {X: V1},
    ),
    Case("no-default", "no one decides", 'variable "t" {}\n' + instance(options("http_tokens = var.t")), {X: OPEN}),
    Case("not-declared", "no one decides", instance(options("http_tokens = var.t")), {X: OPEN}),
    Case(
        "default-null",
        "a null default is not set",
        'variable "t" {\n  default = null\n}\n' + instance(options("http_tokens = var.t")),
        {X: V1},
    ),
    Case(
        "variable-in-another-file",
        "a module is a directory",
        {
            "main.tf": instance(options("http_tokens = var.t")),
            "variables.tf": 'variable "t" {\n  default = "required"\n}\n',
        },
        {X: V2},
    ),
    Case(
        "tfvars-over-default",
        "terraform.tfvars beats the default",
        {
            "main.tf": 'variable "t" {\n  default = "required"\n}\n' + instance(options("http_tokens = var.t")),
            "terraform.tfvars": 't = "optional"\n',
        },
        {X: V1},
    ),
    Case(
        "auto-tfvars-last",
        "the last auto.tfvars beats the others",
        {
            "main.tf": 'variable "t" {}\n' + instance(options("http_tokens = var.t")),
            "terraform.tfvars": 't = "optional"\n',
            "a.auto.tfvars": 't = "optional"\n',
            "b.auto.tfvars": 't = "required"\n',
        },
        {X: V2},
    ),
    Case(
        "local",
        "a local decides",
        'locals {\n  t = "required"\n}\n' + instance(options("http_tokens = local.t")),
        {X: V2},
    ),
    Case(
        "local-of-local-of-variable",
        "chains are followed",
        'variable "t" {\n  default = "required"\n}\nlocals {\n  a = var.t\n  b = local.a\n}\n'
        + instance(options("http_tokens = local.b")),
        {X: V2},
    ),
    Case(
        "local-cycle",
        "a cycle decides nothing and ends",
        "locals {\n  a = local.b\n  b = local.a\n}\n" + instance(options("http_tokens = local.a")),
        {X: OPEN},
    ),
    Case(
        "member-of-local",
        "objects and their members are read",
        'locals {\n  imds = { tokens = "required", "hop" = 2 }\n}\n'
        + instance(options('http_tokens = local.imds["tokens"]')),
        {X: V2},
    ),
    Case(
        "missing-member",
        "Terraform would refuse it: nothing is decided",
        "locals {\n  imds = {}\n}\n" + instance(options("http_tokens = local.imds.tokens")),
        {X: OPEN},
    ),
    Case(
        "element",
        "elements of lists are read",
        'locals {\n  t = ["optional", "required"]\n}\n' + instance(options("http_tokens = local.t[1]")),
        {X: V2},
    ),
    # Conditionals.
    Case(
        "condition-true",
        "decided by a default",
        'variable "v2" {\n  default = true\n}\n' + instance(options('http_tokens = var.v2 ? "required" : "optional"')),
        {X: V2},
    ),
    Case(
        "condition-false",
        "decided by a default",
        'variable "v2" {\n  default = false\n}\n' + instance(options('http_tokens = var.v2 ? "required" : "optional"')),
        {X: V1},
    ),
    Case(
        "condition-text",
        'Terraform converts "true" to a boolean',
        'variable "v2" {\n  default = "true"\n}\n'
        + instance(options('http_tokens = var.v2 ? "required" : "optional"')),
        {X: V2},
    ),
    Case(
        "condition-compared",
        "equality and negation are evaluated",
        'variable "env" {\n  default = "prod"\n}\n'
        + instance(options('http_tokens = !(var.env == "dev") && var.env != "test" ? "required" : "optional"')),
        {X: V2},
    ),
    Case(
        "condition-open-branches-differ",
        "either may come",
        'variable "v2" {}\n' + instance(options('http_tokens = var.v2 ? "required" : "optional"')),
        {X: OPEN},
    ),
    Case(
        "condition-open-branches-agree",
        "both branches are the same",
        'variable "v2" {}\n' + instance(options('http_tokens = var.v2 ? "required" : "required"')),
        {X: V2},
    ),
    Case(
        "condition-open-both-weak",
        "null falls back to optional: both branches answer IMDSv1",
        'variable "v2" {}\n' + instance(options('http_tokens = var.v2 ? "optional" : null')),
        {X: V1},
    ),
    Case(
        "short-circuit",
        "false && x is false whatever x is",
        'variable "x" {}\n' + instance(options('http_tokens = false && var.x ? "optional" : "required"')),
        {X: V2},
    ),
    Case(
        "function",
        "what a provider's function gives is not known",
        instance(options('http_tokens = provider::x::lower("REQUIRED")')),
        {X: OPEN},
    ),
    Case(
        "endpoint-open-tokens-required",
        "on or off, no IMDSv1",
        'variable "e" {}\n' + instance(options('http_endpoint = var.e\n    http_tokens = "required"')),
        {X: V2},
    ),
    Case(
        "endpoint-open-tokens-optional",
        "off would be safe, on would not",
        'variable "e" {}\n' + instance(options('http_endpoint = var.e\n    http_tokens = "optional"')),
        {X: OPEN},
    ),
    # Dynamic blocks.
    Case(
        "dynamic-one",
        "one element, one block",
        instance(
            '  dynamic "metadata_options" {\n    for_each = [1]\n    content {\n      http_tokens = "required"\n    }\n  }'
        ),
        {X: V2},
    ),
    Case(
        "dynamic-value",
        "the iterator carries the element",
        'locals {\n  o = [{ tokens = "required" }]\n}\n'
        + instance(
            '  dynamic "metadata_options" {\n    for_each = local.o\n    iterator = each_option\n    content {\n'
            "      http_tokens = each_option.value.tokens\n    }\n  }"
        ),
        {X: V2},
    ),
    Case(
        "dynamic-none",
        "no element, no block",
        instance(
            '  dynamic "metadata_options" {\n    for_each = []\n    content {\n      http_tokens = "required"\n    }\n  }'
        ),
        {X: V1},
    ),
    Case(
        "dynamic-open",
        "whether there is a block is not decided",
        'variable "o" {}\n'
        + instance(
            '  dynamic "metadata_options" {\n    for_each = var.o\n    content {\n      http_tokens = "required"\n    }\n  }'
        ),
        {X: OPEN},
    ),
    Case(
        "dynamic-conditional-open",
        "without the block IMDSv1 answers",
        'variable "on" {}\n'
        + instance(
            '  dynamic "metadata_options" {\n    for_each = var.on ? [1] : []\n    content {\n'
            '      http_tokens = "required"\n    }\n  }'
        ),
        {X: OPEN},
    ),
    # Launch templates.
    Case(
        "template-inherited",
        "the instance says nothing: its template does",
        instance(options('http_tokens = "required"'), "aws_launch_template")
        + 'resource "aws_instance" "y" {\n  launch_template {\n    id = aws_launch_template.x.id\n  }\n}\n',
        {"aws_launch_template.x": V2, "aws_instance.y": V2},
    ),
    Case(
        "template-overridden",
        "what the instance says wins",
        instance(options('http_tokens = "required"'), "aws_launch_template")
        + instance(
            options('http_tokens = "optional"') + "\n  launch_template {\n    id = aws_launch_template.x.id\n  }"
        ),
        {"aws_launch_template.x": V2, X: V1},
    ),
    Case(
        "template-mended",
        "what the instance says wins",
        instance("", "aws_launch_template")
        + instance(
            options('http_tokens = "required"') + "\n  launch_template {\n    id = aws_launch_template.x.id\n  }"
        ),
        {"aws_launch_template.x": V1, X: V2},
    ),
    Case(
        "template-weak",
        "the instance inherits the hole",
        instance("", "aws_launch_template") + instance("  launch_template {\n    id = aws_launch_template.x.id\n  }"),
        {"aws_launch_template.x": V1, X: V1},
    ),
    Case(
        "template-by-name",
        "templates are found by a literal name",
        instance('  name = "web"\n' + options('http_tokens = "required"'), "aws_launch_template")
        + instance('  launch_template {\n    name = "web"\n  }'),
        {"aws_launch_template.x": V2, X: V2},
    ),
    Case(
        "template-elsewhere",
        "a template that is not here decides",
        instance('  launch_template {\n    id = "lt-0123456789abcdef0"\n  }'),
        {X: OPEN},
    ),
    Case(
        "template-partly-overridden",
        "AWS does not document whether the template's tokens are kept",
        instance(options('http_tokens = "required"'), "aws_launch_template")
        + instance(
            options("http_put_response_hop_limit = 2") + "\n  launch_template {\n    id = aws_launch_template.x.id\n  }"
        ),
        {"aws_launch_template.x": V2, X: OPEN},
    ),
    Case(
        "template-off-instance-on",
        "the instance turns on what its template turns off, and asks for no token",
        instance(options('http_endpoint = "disabled"'), "aws_launch_template")
        + instance(
            options('http_endpoint = "enabled"') + "\n  launch_template {\n    id = aws_launch_template.x.id\n  }"
        ),
        {"aws_launch_template.x": OFF, X: V1},
    ),
    Case(
        "template-off-instance-with-a-block",
        "the provider sends http_endpoint = enabled with any block of an instance",
        instance(options('http_endpoint = "disabled"'), "aws_launch_template")
        + instance(
            options("http_put_response_hop_limit = 2") + "\n  launch_template {\n    id = aws_launch_template.x.id\n  }"
        ),
        {"aws_launch_template.x": OFF, X: V1},
    ),
    Case(
        "template-off",
        "the instance inherits that IMDS is off",
        instance(options('http_endpoint = "disabled"'), "aws_launch_template")
        + instance("  launch_template {\n    id = aws_launch_template.x.id\n  }"),
        {"aws_launch_template.x": OFF, X: OFF},
    ),
    Case(
        "template-indexed",
        "an index leads to the same template",
        instance("  count = 1\n" + options('http_tokens = "required"'), "aws_launch_template")
        + instance("  launch_template {\n    id = aws_launch_template.x[0].id\n  }"),
        {"aws_launch_template.x[0]": V2, X: V2},
    ),
    # Account defaults and images.
    Case(
        "account-required",
        "the account's default fills what is not set",
        instance("") + 'resource "aws_ec2_instance_metadata_defaults" "d" {\n  http_tokens = "required"\n}\n',
        {X: V2, "aws_ec2_instance_metadata_defaults.d": V2},
    ),
    Case(
        "account-required-in-the-region-of-the-provider",
        "a Region that is written out is the provider's own",
        'provider "aws" {\n  region = "eu-west-1"\n}\n'
        + instance('  region = "eu-west-1"')
        + 'resource "aws_ec2_instance_metadata_defaults" "d" {\n  http_tokens = "required"\n}\n',
        {X: V2, "aws_ec2_instance_metadata_defaults.d": V2},
    ),
    Case(
        "account-required-in-another-region",
        "account defaults are one Region's",
        'provider "aws" {\n  region = "eu-west-1"\n}\n'
        + instance('  region = "eu-west-2"')
        + 'resource "aws_ec2_instance_metadata_defaults" "d" {\n  http_tokens = "required"\n}\n',
        {X: V1, "aws_ec2_instance_metadata_defaults.d": V2},
    ),
    Case(
        "account-optional-beats-image",
        "an account default of optional overrides the image (precedence)",
        'resource "aws_ami" "a" {\n  name = "a"\n  imds_support = "v2.0"\n}\n'
        'resource "aws_ec2_instance_metadata_defaults" "d" {\n  http_tokens = "optional"\n}\n'
        'resource "aws_instance" "x" {\n  ami = aws_ami.a.id\n}\n',
        {"aws_ami.a": V2, "aws_ec2_instance_metadata_defaults.d": V1, X: V1},
    ),
    Case(
        "account-of-another-region",
        "defaults are per Region",
        instance("")
        + 'resource "aws_ec2_instance_metadata_defaults" "d" {\n  provider = aws.other\n  http_tokens = "required"\n}\n',
        {X: V1, "aws_ec2_instance_metadata_defaults.d": V2},
    ),
    Case(
        "image",
        "an account default that is not in this code could override the image",
        'resource "aws_ami" "a" {\n  name = "a"\n  imds_support = "v2.0"\n}\nresource "aws_instance" "x" {\n  ami = aws_ami.a.id\n}\n',
        {"aws_ami.a": V2, X: OPEN},
    ),
    # Other types.
    Case(
        "configuration-without-endpoint",
        "the provider drops tokens without http_endpoint (F1)",
        instance(options('http_tokens = "required"'), "aws_launch_configuration"),
        {"aws_launch_configuration.x": V1},
    ),
    Case(
        "configuration-with-endpoint",
        "both are sent",
        instance(options('http_endpoint = "enabled"\n    http_tokens = "required"'), "aws_launch_configuration"),
        {"aws_launch_configuration.x": V2},
    ),
    Case(
        "configuration-without-tokens-under-a-default",
        "Auto Scaling sets tokens to optional where other options are sent without them",
        instance(options('http_endpoint = "enabled"'), "aws_launch_configuration")
        + 'resource "aws_ec2_instance_metadata_defaults" "d" {\n  http_tokens = "required"\n}\n',
        {"aws_launch_configuration.x": V1, "aws_ec2_instance_metadata_defaults.d": V2},
    ),
    Case(
        "configuration-without-options-under-a-default",
        "nothing is sent, so the account's default counts",
        instance("", "aws_launch_configuration")
        + 'resource "aws_ec2_instance_metadata_defaults" "d" {\n  http_tokens = "required"\n}\n',
        {"aws_launch_configuration.x": V2, "aws_ec2_instance_metadata_defaults.d": V2},
    ),
    Case(
        "spot-request",
        "the provider sends no options for spot requests (F2)",
        instance(options('http_endpoint = "enabled"\n    http_tokens = "required"'), "aws_spot_instance_request"),
        {"aws_spot_instance_request.x": V1},
    ),
    Case(
        "spot-fleet-of-specifications",
        "a launch specification has no options (F5)",
        'resource "aws_spot_fleet_request" "x" {\n  launch_specification {\n    ami = "a"\n  }\n}\n',
        {"aws_spot_fleet_request.x": V1},
    ),
    Case(
        "spot-fleet-of-templates",
        "the template decides",
        instance(options('http_tokens = "required"'), "aws_launch_template")
        + 'resource "aws_spot_fleet_request" "x" {\n  launch_template_config {\n    launch_template_specification {\n'
        "      id = aws_launch_template.x.id\n      version = 1\n    }\n  }\n}\n",
        {"aws_launch_template.x": V2, "aws_spot_fleet_request.x": V2},
    ),
    Case(
        "fleet-of-two-templates",
        "a fleet is as open as the most open of its templates",
        instance(options('http_tokens = "required"'), "aws_launch_template")
        + 'resource "aws_spot_fleet_request" "x" {\n  launch_template_config {\n    launch_template_specification {\n'
        "      id = aws_launch_template.x.id\n      version = 1\n    }\n  }\n  launch_template_config {\n"
        '    launch_template_specification {\n      id = "lt-0123456789abcdef0"\n      version = 1\n    }\n  }\n}\n',
        {"aws_launch_template.x": V2, "aws_spot_fleet_request.x": OPEN},
    ),
    Case(
        "notebook-nothing",
        "SageMaker's default is IMDSv1 and v2",
        'resource "aws_sagemaker_notebook_instance" "x" {\n  name = "x"\n}\n',
        {"aws_sagemaker_notebook_instance.x": V1},
    ),
    Case(
        "notebook-number",
        "a number is as good as its text",
        'resource "aws_sagemaker_notebook_instance" "x" {\n  instance_metadata_service_configuration {\n'
        "    minimum_instance_metadata_service_version = 2\n  }\n}\n",
        {"aws_sagemaker_notebook_instance.x": V2},
    ),
    Case(
        "image-builder",
        "no endpoint there; tokens decide",
        'resource "aws_imagebuilder_infrastructure_configuration" "x" {\n  instance_metadata_options {\n'
        '    http_tokens = "required"\n  }\n}\n',
        {"aws_imagebuilder_infrastructure_configuration.x": V2},
    ),
    Case(
        "beanstalk",
        "nothing says which platform it has, whose default counts",
        'resource "aws_elastic_beanstalk_environment" "x" {\n  name = "x"\n}\n',
        {"aws_elastic_beanstalk_environment.x": OPEN},
    ),
    Case(
        "awscc-nested-attributes",
        "awscc writes attributes, not blocks",
        'resource "awscc_ec2_launch_template" "x" {\n  launch_template_data = {\n    metadata_options = {\n'
        '      http_tokens = "required"\n    }\n  }\n}\n',
        {"awscc_ec2_launch_template.x": V2},
    ),
    Case(
        "awscc-null-attribute",
        "a null object is not set",
        'resource "awscc_ec2_instance" "x" {\n  metadata_options = null\n}\n',
        {"awscc_ec2_instance.x": V1},
    ),
    Case(
        "awscc-conditional-object",
        "each branch is looked into",
        'variable "v2" {\n  default = true\n}\nresource "awscc_ec2_instance" "x" {\n'
        '  metadata_options = var.v2 ? { http_tokens = "required" } : null\n}\n',
        {"awscc_ec2_instance.x": V2},
    ),
    # What launches nothing, and what is not ours.
    Case("count-zero", "nothing is launched", instance("  count = 0"), {}),
    Case(
        "count-zero-by-condition",
        "nothing is launched",
        'variable "on" {\n  default = false\n}\n' + instance("  count = var.on ? 1 : 0"),
        {},
    ),
    Case("for-each-empty", "nothing is launched", instance("  for_each = {}"), {}),
    Case("data-source", "a data source launches nothing", 'data "aws_instance" "x" {\n  instance_id = "i-1"\n}\n', {}),
    Case("in-a-comment", "comments declare nothing", '# resource "aws_instance" "x" {}\n', {}),
    Case("in-a-string", "strings declare nothing", 'locals {\n  a = "resource aws_instance x {}"\n}\n', {}),
    # Modules.
    Case(
        "module-per-call",
        "each call is judged with its own arguments",
        {
            "main.tf": 'module "good" {\n  source = "./m"\n  t = "required"\n}\nmodule "bad" {\n  source = "./m"\n}\n',
            "m/main.tf": 'variable "t" {\n  default = "optional"\n}\n' + instance(options("http_tokens = var.t")),
        },
        {"module.good.aws_instance.x": V2, "module.bad.aws_instance.x": V1},
    ),
    Case(
        "module-output",
        "outputs lead to the template of another module",
        {
            "main.tf": 'module "t" {\n  source = "./t"\n}\nresource "aws_instance" "x" {\n  launch_template {\n'
            "    id = module.t.id\n  }\n}\n",
            "t/main.tf": instance(options('http_tokens = "required"'), "aws_launch_template")
            + 'output "id" {\n  value = aws_launch_template.x.id\n}\n',
        },
        {"module.t.aws_launch_template.x": V2, X: V2},
    ),
    Case(
        "module-cycle",
        "the call that leads back is not followed (and told)",
        {
            "a/main.tf": 'module "b" {\n  source = "../b"\n}\n' + instance(options('http_tokens = "required"')),
            "b/main.tf": 'module "a" {\n  source = "../a"\n}\n',
        },
        {X: V2},
    ),
    Case(
        "override",
        "an override file's block replaces the original's",
        {
            "main.tf": instance(options('http_tokens = "optional"')),
            "main_override.tf": 'resource "aws_instance" "x" {\n' + options('http_tokens = "required"') + "\n}\n",
        },
        {X: V2},
    ),
    Case(
        "override-of-a-call",
        "an override file's arguments replace the call's",
        {
            "main.tf": 'module "m" {\n  source = "./m"\n  t = "required"\n}\n',
            "override.tf": 'module "m" {\n  source = "./m"\n  t = "optional"\n}\n',
            "m/main.tf": 'variable "t" {}\n' + instance(options("http_tokens = var.t")),
        },
        {"module.m.aws_instance.x": V1},
    ),
    Case(
        "account-default-that-may-not-be",
        "whether the default is created is not decided",
        'variable "on" {}\n' + instance("") + 'resource "aws_ec2_instance_metadata_defaults" "d" {\n'
        '  count = var.on ? 1 : 0\n  http_tokens = "required"\n}\n',
        {X: OPEN, "aws_ec2_instance_metadata_defaults.d[0]": V2},
    ),
    Case(
        "templates-of-one-name",
        "names are unique in a Region only: each instance takes the one of its provider",
        'resource "aws_launch_template" "west" {\n  provider = aws.west\n  name = "web"\n}\n'
        'resource "aws_launch_template" "east" {\n  provider = aws.east\n  name = "web"\n'
        + options('http_tokens = "required"')
        + "\n}\n"
        + "".join(
            f'resource "aws_instance" "{name}" {{\n  provider = aws.{name}\n  launch_template {{\n    name = "web"\n  }}\n}}\n'
            for name in ("west", "east", "north")
        ),
        {
            "aws_launch_template.west": V1,
            "aws_launch_template.east": V2,
            "aws_instance.west": V1,
            "aws_instance.east": V2,
            "aws_instance.north": OPEN,
        },
    ),
    Case(
        "conditions-of-two-modules",
        "both say var.x, and mean different variables",
        {
            "main.tf": 'variable "x" {}\nvariable "y" {}\nmodule "m" {\n  source = "./m"\n  x = var.y\n'
            '  t = var.x ? "required" : "optional"\n}\n',
            "m/main.tf": 'variable "x" {}\nvariable "t" {}\n'
            + instance(options('http_tokens = "required"'), "aws_launch_template")
            + 'resource "aws_instance" "x" {\n  launch_template {\n    id = aws_launch_template.x.id\n  }\n'
            '  dynamic "metadata_options" {\n    for_each = var.x ? [1] : []\n    content {\n      http_tokens = var.t\n    }\n  }\n}\n',
        },
        {"module.m.aws_launch_template.x": V2, "module.m.aws_instance.x": OPEN},
    ),
    Case(
        "a-comment-between-labels",
        "legal, if strange",
        'variable /* c */ "t" {\n  default = "required"\n}\n' + instance(options("http_tokens = var.t")),
        {X: V2},
    ),
    Case(
        "json-array", "the root may be a list", {"main.tf.json": '[{"resource": {"aws_instance": {"x": {}}}}]'}, {X: V1}
    ),
    Case(
        "a-very-long-number",
        "no number of Terraform's, but no reason to stop",
        f"locals {{\n  n = {'9' * 5000}\n}}\n"
        + instance(options("http_tokens = local.n"))
        + instance("").replace('"x"', '"y"'),
        {X: OPEN, "aws_instance.y": V1},
    ),
    Case(
        "too-many-conditions",
        "2^30 ends are not looked at",
        "".join(f'variable "c{n}" {{}}\n' for n in range(30))
        + 'locals {\n  l0 = "required"\n'
        + "".join(f"  l{n + 1} = var.c{n} ? local.l{n} : local.l{n}\n" for n in range(30))
        + "}\n"
        + instance(options("http_tokens = local.l30")),
        {X: OPEN},
    ),
    Case(
        "tofu-shadows",
        "OpenTofu reads main.tofu in place of main.tf",
        {
            "main.tf": instance(options('http_tokens = "optional"')),
            "main.tofu": instance(options('http_tokens = "required"')),
        },
        {X: V2},
    ),
    # JSON syntax.
    Case(
        "json",
        "blocks are objects",
        {"main.tf.json": '{"resource": {"aws_instance": {"x": {"metadata_options": {"http_tokens": "required"}}}}}'},
        {X: V2},
    ),
    Case(
        "json-list",
        "blocks are lists of objects as well",
        {
            "main.tf.json": '{"resource": [{"aws_instance": [{"x": [{"metadata_options": [{"http_tokens": "optional"}]}]}]}]}'
        },
        {X: V1},
    ),
    Case(
        "json-expression",
        "strings are templates",
        {
            "main.tf.json": '{"variable": {"t": {"default": "required"}},'
            ' "resource": {"aws_instance": {"x": {"metadata_options": {"http_tokens": "${var.t}"}}}}}'
        },
        {X: V2},
    ),
    Case(
        "json-and-hcl",
        "both syntaxes make one module",
        {
            "main.tf.json": '{"resource": {"aws_instance": {"x": {"metadata_options": {"http_tokens": "${var.t}"}}}}}',
            "variables.tf": 'variable "t" {\n  default = "optional"\n}\n',
        },
        {X: V1},
    ),
    Case(
        "json-empty-list",
        "a list of no blocks is no block",
        {"main.tf.json": '{"resource": {"aws_instance": {"x": {"metadata_options": []}}}}'},
        {X: V1},
    ),
    Case(
        "json-comment",
        "a // key is a comment",
        {"main.tf.json": '{"//": "x", "resource": {"aws_instance": {"//": "y", "x": {"//": "z"}}}}'},
        {X: V1},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_posture(case: Case) -> None:
    files = {"main.tf": case.text} if isinstance(case.text, str) else case.text
    assert postures(files) == case.expected, case.why
