"""A repository to measure on: the same files from the same seed, as large and as varied as real ones.

A module is a directory of main, variables, outputs, locals and versions; every twentieth calls others. Measured over
public code an HCL file has 2.1 kB in the mean, which the block counts below come to. Which files are of interest (they
declare something that is judged) is the caller's to say, as a share.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

FILES_OF_A_MODULE = 5

_AREAS = ("billing", "catalog", "checkout", "data", "edge", "identity", "observability", "platform", "search", "shared")
_NAMES = (
    "api",
    "archive",
    "batch",
    "cache",
    "events",
    "gateway",
    "ingest",
    "jobs",
    "ledger",
    "media",
    "reports",
    "web",
)
_WORDS = (
    "name of the team that is paged when this is down",
    "keys that encrypt at rest",
    "prefix which every name begins with",
    "list of addresses that may connect",
    "days after which old versions expire",
    "tags added to all that can be tagged",
    "account that the logs are delivered to",
    "zone in which the records are made",
    "whether deletion is protected against",
)

_IGNORED = """\
**/.terraform/*
*.tfstate
*.tfstate.*
crash.log
crash.*.log
*.tfvars
override.tf
*_override.tf
.terraformrc
terraform.rc
"""


@dataclass(frozen=True)
class Size:
    """How large the repository is, and the share of its HCL files and of its templates that are of interest."""

    modules: int = 2000
    templates: int = 500
    interest: float = 0.05


class Written(NamedTuple):
    """What was written: all HCL files and templates, those of interest among them, and their bytes."""

    hcl: int
    hcl_of_interest: int
    templates: int
    templates_of_interest: int
    bytes: int


def write(root: str, size: Size, seed: int) -> Written:
    """Write a repository into the directory ``root``. Equal arguments give equal files."""
    files = dict(repository(size, seed))
    for path, text in files.items():
        place = os.path.join(root, path)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(place, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
    return Written(
        size.modules * FILES_OF_A_MODULE,
        _share(size.modules * FILES_OF_A_MODULE, size.interest),
        size.templates,
        _share(size.templates, size.interest),
        sum(len(text.encode()) for text in files.values()),
    )


def repository(size: Size, seed: int) -> Iterator[tuple[str, str]]:
    """The path and the text of each file."""
    dice = random.Random(seed)
    yield ".gitignore", _IGNORED
    modules = [_module_path(number) for number in range(size.modules)]
    judged = set(dice.sample(range(size.modules), _share(size.modules * FILES_OF_A_MODULE, size.interest)))
    for number, path in enumerate(modules):
        called = dice.sample(modules, min(3, len(modules))) if number % 20 == 19 else []
        for name, text in _module(dice, number, number in judged, [os.path.relpath(to, path) for to in called]):
            yield f"{path}/{name}", text
    judged = set(dice.sample(range(size.templates), _share(size.templates, size.interest)))
    for number in range(size.templates):
        yield f"cloudformation/{_NAMES[number % len(_NAMES)]}-{number:04}.yaml", _template(dice, number in judged)


def small_file(seed: int = 0) -> str:
    """One small HCL file of interest."""
    dice = random.Random(seed)
    return "\n".join(block(dice, "web") for block in _JUDGED)


def _share(count: int, share: float) -> int:
    return round(count * share)


def _module_path(number: int) -> str:
    area, name = _AREAS[number % len(_AREAS)], _NAMES[number // len(_AREAS) % len(_NAMES)]
    return f"terraform/{area}/{name}-{number:04}"


def _module(dice: random.Random, number: int, judged: bool, called: list[str]) -> Iterator[tuple[str, str]]:
    blocks = [dice.choice(_OTHERS)(dice, f"{dice.choice(_NAMES)}_{at}") for at in range(_many(dice, 10))]
    if judged:
        blocks += [dice.choice(_JUDGED)(dice, f"{dice.choice(_NAMES)}_{at}") for at in range(1 + _many(dice, 1.5))]
    blocks += [_call(at, source) for at, source in enumerate(called)]
    variables = [_declaration(*used) for used in _USED_VARIABLES]
    variables += [_variable(dice, at) for at in range(_many(dice, 9))]
    yield "main.tf", "\n".join([_PARTITION, *blocks])
    yield "variables.tf", "\n".join(variables)
    yield "outputs.tf", "\n".join(_output(dice, at) for at in range(_many(dice, 12)))
    yield "locals.tf", _locals(dice, number)
    yield "versions.tf", _VERSIONS


def _many(dice: random.Random, mean: float) -> int:
    """A count as they are in real code: most are small, some are very large."""
    return max(1, min(round(dice.lognormvariate(0, 0.7) * mean / 1.28), 200))


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

  # {dice.choice(_WORDS)}
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
# {dice.choice(_WORDS)}
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
  description = "{dice.choice(_WORDS)}"
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


_OTHERS: tuple[Callable[[random.Random, str], str], ...] = (_bucket, _role, _network, _group)
_JUDGED: tuple[Callable[[random.Random, str], str], ...] = (_instance, _launch_template)


def _call(number: int, source: str) -> str:
    return f"""\
module "part_{number}" {{
  source = "{source}"

  environment = var.environment
  vpc_id      = var.vpc_id
  http_tokens = var.http_tokens
}}
"""


_USED_VARIABLES = (
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


def _declaration(name: str, kind: str, default: str, description: str) -> str:
    return f"""\
variable "{name}" {{
  description = "{description}"
  type        = {kind}
  default     = {default}
}}
"""


def _variable(dice: random.Random, number: int) -> str:
    kind, default = dice.choice((("string", '"main"'), ("number", "3"), ("list(string)", "[]"), ("bool", "true")))
    return _declaration(f"{dice.choice(_NAMES)}_{number}", kind, default, f"The {dice.choice(_WORDS)}")


def _output(dice: random.Random, number: int) -> str:
    name = dice.choice(_NAMES)
    return f"""\
output "{name}_{number}" {{
  description = "The {dice.choice(_WORDS)}"
  value       = "${{local.prefix}}-{name}-{number}"
}}
"""


def _locals(dice: random.Random, number: int) -> str:
    more = "".join(f'    {name:<11} = "{dice.choice(_WORDS)}"\n' for name in dice.sample(_NAMES, 9))
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


_PARTITION = """\
data "aws_partition" "current" {}
"""

_VERSIONS = """\
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


def _template(dice: random.Random, judged: bool) -> str:
    resources = [dice.choice(_PLAIN)(dice, f"Part{at}") for at in range(_many(dice, 11))]
    if judged:
        resources += [_ec2(dice, f"Server{at}") for at in range(1 + _many(dice, 1))]
    return f"""\
AWSTemplateFormatVersion: "2010-09-09"
Description: The {dice.choice(_WORDS)}

Parameters:
  Environment:
    Type: String
    Default: dev
    AllowedValues: [dev, stage, prod]
  Tokens:
    Type: String
    Default: required
  ImageId:
    Type: AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>
    Default: /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64

Conditions:
  IsProduction: !Equals [!Ref Environment, prod]

Resources:
{"".join(resources)}"""


def _bucket_resource(dice: random.Random, name: str) -> str:
    return f"""\
  {name}Bucket:
    Type: AWS::S3::Bucket
    DeletionPolicy: Retain
    Properties:
      BucketName: !Sub "${{Environment}}-{name.lower()}-${{AWS::AccountId}}"
      BucketEncryption:
        ServerSideEncryptionConfiguration:
          - ServerSideEncryptionByDefault:
              SSEAlgorithm: aws:kms
      LifecycleConfiguration:
        Rules:
          - Id: expire
            Status: Enabled
            ExpirationInDays: {dice.randrange(7, 400)}
"""


def _role_resource(dice: random.Random, name: str) -> str:
    return f"""\
  {name}Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {{Service: {dice.choice(("lambda", "ecs-tasks", "events"))}.amazonaws.com}}
            Action: sts:AssumeRole
      Tags:
        - Key: Environment
          Value: !If [IsProduction, production, !Ref Environment]
"""


def _ec2(dice: random.Random, name: str) -> str:
    tokens = dice.choices(
        ("", "required", "optional", "!Ref Tokens", "!If [IsProduction, required, optional]"), (5, 2, 1, 1, 1)
    )
    options = f"      MetadataOptions:\n        HttpEndpoint: enabled\n        HttpTokens: {tokens[0]}\n"
    return f"""\
  {name}:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: !Ref ImageId
      InstanceType: {dice.choice(("t3.micro", "m6i.large"))}
{options if tokens[0] else ""}\
      UserData:
        Fn::Base64: !Sub |
          #!/bin/bash -xe
          /opt/aws/bin/cfn-signal -e $? --stack ${{AWS::StackName}} --resource {name}
"""


_PLAIN: tuple[Callable[[random.Random, str], str], ...] = (_bucket_resource, _role_resource)
