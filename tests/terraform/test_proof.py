"""What the proof of a changed file in HCL lets through, and what it refuses."""

from __future__ import annotations

import pytest

from iac_imds_lint.edit import Renamed, Wanted
from iac_imds_lint.source import SourceFile
from iac_imds_lint.terraform.proof import unproven

GROUP = 'resource "aws_autoscaling_group" "g" {{\n  {}\n}}\n'
CALL = 'module "m" {{\n  source = "./m"\n  {}\n}}\n'
INSTANCE = 'resource "aws_instance" "i" {{\n  metadata_options {{\n    {}\n  }}\n}}\n'
VARIABLE = 'variable "x" {{\n  default = {}\n}}\n'
TOKENS = Wanted(frozenset({"required", "enabled"}), frozenset({("tokens", "required")}))
VERSION = Wanted(frozenset({"2"}))

# (why, the text around, before, after, what is wanted, whether it is proven)
CASES = [
    ("an option gets its value", INSTANCE, 'http_tokens = "optional"', 'http_tokens = "required"', TOKENS, True),
    ("an option loses its value", INSTANCE, 'http_tokens = "required"', 'http_tokens = "optional"', None, False),
    ("the endpoint is turned off", INSTANCE, 'http_endpoint = "enabled"', 'http_endpoint = "disabled"', None, False),
    ("an option gets that of another", INSTANCE, 'http_tokens = "optional"', 'http_tokens = "enabled"', TOKENS, False),
    (
        "a conditional gives way",
        INSTANCE,
        'http_tokens = var.a ? "optional" : "required"',
        'http_tokens = "required"',
        TOKENS,
        True,
    ),
    ("a number beside", GROUP, "min_size = 1", "min_size = 2", None, False),
    ("a number beside, where one like it is wanted", GROUP, "min_size = 1", "min_size = 2", VERSION, False),
    ("a boolean beside", GROUP, "protect_from_scale_in = false", "protect_from_scale_in = true", None, False),
    ("a name", GROUP, 'name = "a"', 'name = "required"', TOKENS, False),
    (
        "an entry that decides an instance",
        GROUP,
        'for_each = { a = "optional" }',
        'for_each = { a = "required" }',
        TOKENS,
        True,
    ),
    ("an argument that is passed", CALL, "", 'tokens = "required"', TOKENS, True),
    ("an argument of another name", CALL, "", 'name = "required"', TOKENS, False),
    ("an argument with another value", CALL, "", 'tokens = "enabled"', TOKENS, False),
    ("an argument that is changed", CALL, 'tokens = "optional"', 'tokens = "required"', TOKENS, True),
    ("a number of a call that nobody wants", CALL, "size = 1", "size = 2", TOKENS, False),
    ("a number of a call that is wanted", CALL, "imds = 1", "imds = 2", VERSION, True),
    ("a default", VARIABLE, "null", '"required"', TOKENS, True),
    ("a default with a value that nobody wants", VARIABLE, '"optional"', '"disabled"', TOKENS, False),
]


@pytest.mark.parametrize(
    ("around", "before", "after", "wanted", "proven"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_only_what_is_wanted_changes(around: str, before: str, after: str, wanted: Wanted, proven: bool) -> None:
    files = (SourceFile("main.tf", around.format(text)) for text in (before, after))
    reason = unproven(*files, (), wanted)
    assert reason == "" if proven else reason.startswith("it would also change "), reason


BEFORE = """\
resource "aws_launch_configuration" "w" {
  iam_instance_profile = aws_iam_instance_profile.p.arn
  user_data            = "#!/bin/sh"
  ebs_block_device {
    device_name = "/dev/sdb"
    volume_size = 20
  }
  ebs_block_device {
    device_name           = "/dev/sdc"
    volume_size           = 30
    delete_on_termination = false
  }
  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = "required"
  }
}
"""
AFTER = """\
resource "aws_launch_template" "w" {
  user_data = base64encode("#!/bin/sh")
  block_device_mappings {
    device_name = "/dev/sdb"
    ebs {
      volume_size           = 20
      delete_on_termination = true
    }
  }
  block_device_mappings {
    device_name = "/dev/sdc"
    ebs {
      volume_size           = 30
      delete_on_termination = false
    }
  }
  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = "required"
  }
  iam_instance_profile {
    arn = aws_iam_instance_profile.p.arn
  }
  monitoring {
    enabled = true
  }
}
"""
MOVED = (Renamed("main.tf", "aws_launch_configuration.w", "aws_launch_template.w"),)
WRONG = [
    ("volumes that change places", (("= 20", "= 0"), ("= 30", "= 20"), ("= 0\n", "= 30\n")), "a device: /dev/sdb"),
    ("a name that changes", (("/dev/sdc", "/dev/sdd"),), "a device: /dev/sdc"),
    (
        "a volume that would be kept",
        (("delete_on_termination = true", "delete_on_termination = false"),),
        "a device: /dev/sdb",
    ),
    (
        "a volume that would be deleted",
        (("delete_on_termination = false", "delete_on_termination = true"),),
        "a device: /dev/sdc",
    ),
    ("nothing said of a deletion", (("      delete_on_termination = true\n", ""),), "a device: /dev/sdb"),
    ("an ARN for a name", (("    arn =", "    name ="),), "iam_instance_profile"),
    ("a script that is not encoded", (('base64encode("#!/bin/sh")', '"#!/bin/sh"'),), "user_data"),
    (
        "a script that is encoded twice",
        (('base64encode("#!/bin/sh")', 'base64encode(base64encode("#!/bin/sh"))'),),
        "user_data",
    ),
    ("no monitoring", (("enabled = true", "enabled = false"),), "whether there is detailed monitoring"),
    ("an option", (('"required"', '"optional"'),), ".0.http_tokens"),
]


def test_a_migration_is_proven() -> None:
    assert unproven(SourceFile("main.tf", BEFORE), SourceFile("main.tf", AFTER), MOVED) == ""


@pytest.mark.parametrize(("changes", "told"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
def test_a_migration_that_says_something_else_is_not(changes: tuple[tuple[str, str], ...], told: str) -> None:
    after = AFTER
    for old, new in changes:
        assert old in after
        after = after.replace(old, new, 1)
    reason = unproven(SourceFile("main.tf", BEFORE), SourceFile("main.tf", after), MOVED)
    assert reason == f"it would also change {told}"
