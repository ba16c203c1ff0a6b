"""Blocks of HCL as real modules have them: ``OTHERS`` are of no interest here, ``JUDGED`` are."""

from __future__ import annotations

import random
from collections.abc import Callable

from benchmark_dice import NAMES, WORDS


def _bucket(dice: random.Random, name: str) -> str:
    return f"""\
resource "aws_s3_bucket" "{name}" {{
  bucket        = "${{local.prefix}}-{name.replace("_", "-")}"
  force_destroy = {dice.choice(("true", "false"))}

  tags = merge(local.tags, {{
    Name = "${{local.prefix}}-{name.replace("_", "-")}"
    Data = "{dice.choice(("internal", "public", "confidential"))}"
  }})
}}

resource "aws_s3_bucket_lifecycle_configuration" "{name}" {{
  bucket = aws_s3_bucket.{name}.id

  # {dice.choice(WORDS)}
  rule {{
    id     = "expire"
    status = "Enabled"

    filter {{}}

    noncurrent_version_expiration {{
      noncurrent_days = {dice.randrange(7, 400)}
    }}
  }}
}}
"""


def _role(dice: random.Random, name: str) -> str:
    actions = ("s3:GetObject", "s3:ListBucket", "sqs:SendMessage", "kms:Decrypt", "logs:PutLogEvents")
    listed = "".join(f'      "{action}",\n' for action in dice.sample(actions, 3))
    return f"""\
data "aws_iam_policy_document" "{name}" {{
  statement {{
    sid    = "Allow{dice.randrange(100)}"
    effect = "Allow"
    actions = [
{listed}    ]
    resources = ["arn:${{data.aws_partition.current.partition}}:s3:::${{local.prefix}}-*/*"]
  }}
}}

resource "aws_iam_role_policy" "{name}" {{
  name   = "${{local.prefix}}-{name}"
  role   = var.role_name
  policy = data.aws_iam_policy_document.{name}.json
}}
"""


def _network(dice: random.Random, name: str) -> str:
    block = dice.randrange(256)
    return f"""\
# {dice.choice(WORDS)}
resource "aws_subnet" "{name}" {{
  for_each = toset(var.zones)

  vpc_id            = var.vpc_id
  cidr_block        = cidrsubnet("10.{block}.0.0/16", 8, index(var.zones, each.key))
  availability_zone = each.key

  tags = {{
    Name = "${{local.prefix}}-{name}-${{each.key}}"
  }}
}}
"""


def _group(dice: random.Random, name: str) -> str:
    port = dice.choice((80, 443, 5432, 6379, 8080, 9090))
    return f"""\
resource "aws_security_group" "{name}" {{
  name_prefix = "${{local.prefix}}-{name}-"
  description = "{dice.choice(WORDS)}"
  vpc_id      = var.vpc_id

  ingress {{
    description = "from the load balancer"
    from_port   = {port}
    to_port     = {port}
    protocol    = "tcp"
    cidr_blocks = var.environment == "prod" ? var.allowed : concat(var.allowed, ["10.0.0.0/8"])
  }}

  egress {{
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }}

  lifecycle {{
    create_before_destroy = true
  }}
}}
"""


def _options(dice: random.Random) -> str:
    """The options of one resource as real code has them: most leave them out, many require, few are undecided."""
    tokens = dice.choices(
        (
            "",
            '"required"',
            '"optional"',
            "var.http_tokens",
            "local.http_tokens",
            'var.hardened ? "required" : "optional"',
        ),
        (40, 35, 6, 8, 4, 7),
    )[0]
    if not tokens:
        return ""
    return f"""
  metadata_options {{
    http_endpoint = "enabled"
    http_tokens   = {tokens}
  }}
"""


def _instance(dice: random.Random, name: str) -> str:
    return f"""\
resource "aws_instance" "{name}" {{
  ami                    = var.image_id
  instance_type          = "{dice.choice(("t3.micro", "t3.large", "m6i.xlarge", "c7g.large"))}"
  subnet_id              = var.subnet_id
  vpc_security_group_ids = var.security_group_ids
{_options(dice)}
  root_block_device {{
    volume_size = {dice.randrange(8, 200)}
    encrypted   = true
  }}

  tags = merge(local.tags, {{ Name = "${{local.prefix}}-{name}" }})
}}
"""


def _launch_template(dice: random.Random, name: str) -> str:
    return f"""\
resource "aws_launch_template" "{name}" {{
  name_prefix   = "${{local.prefix}}-{name}-"
  image_id      = var.image_id
  instance_type = "{dice.choice(("t3.small", "m6i.large", "r6g.large"))}"
{_options(dice)}
  user_data = base64encode(<<-EOT
    #!/bin/bash
    set -euo pipefail
    echo "${{var.environment}}" > /etc/environment-name
    systemctl restart {name}
  EOT
  )
}}

resource "aws_autoscaling_group" "{name}" {{
  name_prefix         = "${{local.prefix}}-{name}-"
  min_size            = 1
  max_size            = {dice.randrange(2, 40)}
  vpc_zone_identifier = var.subnet_ids

  launch_template {{
    id      = aws_launch_template.{name}.id
    version = "$Latest"
  }}
}}
"""


OTHERS: tuple[Callable[[random.Random, str], str], ...] = (_bucket, _role, _network, _group)
JUDGED: tuple[Callable[[random.Random, str], str], ...] = (_instance, _launch_template)


def call(number: int, source: str) -> str:
    """A call of a local module."""
    return f"""\
module "part_{number}" {{
  source = "{source}"

  environment = var.environment
  vpc_id      = var.vpc_id
  http_tokens = var.http_tokens
}}
"""


USED_VARIABLES = (
    ("environment", "string", '"dev"', "Where this runs: dev, stage or prod"),
    ("vpc_id", "string", '"vpc-0123456789abcdef0"', "The network that all of it is in"),
    ("subnet_id", "string", "null", "The subnet of single instances"),
    ("subnet_ids", "list(string)", "[]", "The subnets of groups"),
    ("security_group_ids", "list(string)", "[]", "The groups that instances are in"),
    ("zones", "list(string)", '["eu-west-1a", "eu-west-1b"]', "The availability zones that are used"),
    ("allowed", "list(string)", "[]", "The addresses that may connect"),
    ("role_name", "string", '"service"', "The role that policies are attached to"),
    ("image_id", "string", '"ami-0123456789abcdef0"', "The image that instances start from"),
    ("http_tokens", "string", '"required"', "Whether sessions are required"),
    ("hardened", "bool", "true", "Whether the stricter choices are made"),
)


def declaration(name: str, kind: str, default: str, description: str) -> str:
    """The declaration of a variable."""
    return f"""\
variable "{name}" {{
  description = "{description}"
  type        = {kind}
  default     = {default}
}}
"""


def variable(dice: random.Random, number: int) -> str:
    """The declaration of a variable that nothing uses."""
    kind, default = dice.choice((("string", '"main"'), ("number", "3"), ("list(string)", "[]"), ("bool", "true")))
    return declaration(f"{dice.choice(NAMES)}_{number}", kind, default, f"The {dice.choice(WORDS)}")


def output(dice: random.Random, number: int) -> str:
    """An output."""
    name = dice.choice(NAMES)
    return f"""\
output "{name}_{number}" {{
  description = "The {dice.choice(WORDS)}"
  value       = "${{local.prefix}}-{name}-{number}"
}}
"""


def local_values(dice: random.Random, number: int) -> str:
    """The local values of a module."""
    more = "".join(f'    {name:<11} = "{dice.choice(WORDS)}"\n' for name in dice.sample(NAMES, 9))
    return f"""\
locals {{
  prefix      = "${{var.environment}}-{number:04}"
  http_tokens = var.hardened ? "required" : "optional"

  tags = {{
    Environment = var.environment
    Module      = "{number:04}"
{more}  }}
}}
"""


PARTITION = """\
data "aws_partition" "current" {}
"""

VERSIONS = """\
terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.40, < 7.0"
    }
  }
}
"""
