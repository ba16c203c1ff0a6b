"""One root module as large as they get: many variables and locals, and many calls of one child."""

from __future__ import annotations

import os

VARIABLES, LOCALS, CALLS = 300, 200, 100

_CHILD = """variable "name" {
  type = string
}

variable "imds" {
  type = object({
    tokens = optional(string, "required")
    hop    = optional(number, 1)
  })
}

locals {
  template = "${var.name}-${var.imds.hop}"
}

resource "aws_launch_template" "this" {
  name = local.template

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = var.imds.tokens
    http_put_response_hop_limit = var.imds.hop
  }
}

resource "aws_autoscaling_group" "this" {
  for_each = toset(["a", "b"])
  name     = "${local.template}-${each.key}"

  launch_template {
    id      = aws_launch_template.this.id
    version = aws_launch_template.this.latest_version
  }
}

output "template" {
  value = aws_launch_template.this.id
}
"""


def write(directory: str) -> int:
    """Write the module and its child; how many bytes they have."""
    texts = {
        "variables.tf": "".join(map(_variable, range(VARIABLES))),
        "locals.tf": "locals {\n" + "".join(map(_local, range(LOCALS))) + "}\n",
        "main.tf": "".join(map(_call, range(CALLS))),
        os.path.join("child", "main.tf"): _CHILD,
    }
    for name, text in texts.items():
        path = os.path.join(directory, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    return sum(map(len, texts.values()))


def _variable(number: int) -> str:
    members = f"    tokens = optional(string)\n    hop    = optional(number, {number % 4 + 1})\n"
    type = f"  type = object({{\n{members}  }})\n"
    return f'variable "v{number}" {{\n{type}  default = {{ tokens = "required" }}\n}}\n\n'


def _local(number: int) -> str:
    if number < 7:
        return f"  l{number} = var.v{number}\n"
    return f"  l{number} = merge(var.v{number}, {{ name = local.l{number % 7}.tokens }})\n"


def _call(number: int) -> str:
    return (
        f'module "m{number}" {{\n  source = "./child"\n  name   = format("group-%03d", {number})\n'
        f"  imds = {{\n    tokens = try(local.l{number % LOCALS}.tokens, null)\n"
        f"    hop    = coalesce(var.v{number * 3 % VARIABLES}.hop, 1)\n  }}\n}}\n\n"
    )
