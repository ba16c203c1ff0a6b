"""What becomes of a launch configuration in HCL, argument by argument, and of each way to refer to one.

Whole files are among the fixtures, ``migrate-*`` and ``stays-migrate-*``.
"""

from __future__ import annotations

from textwrap import dedent, indent

import pytest

from iac_imds_lint.edit import Applicability, Fix, apply
from iac_imds_lint.source import SourceFile
from iac_imds_lint.terraform.migration.references import Address, mentions
from iac_imds_lint.writing import unproven
from tests.support import linted, texts_after

OPTIONS = """\
metadata_options {
  http_endpoint = "enabled"
  http_tokens   = "required"
}
"""
MONITORED = """\
monitoring {
  enabled = true
}
"""


DESTROYED = "the launch configuration is destroyed and a template created; what runs stays until it is replaced"
IGNORED = "its lifecycle ignores changes of the options: what runs already keeps answering"


def block(type: str, *parts: str, name: str = "web") -> str:
    inside = indent(
        "\n".join(dedent(part).strip("\n") + "\n" for part in parts if part), "  ", lambda line: line.strip()
    )
    return f'resource "{type}" "{name}" {{\n{inside}}}\n'


def configuration(*parts: str) -> str:
    return block("aws_launch_configuration", *parts, OPTIONS)


def template(*parts: str) -> str:
    """The template that the parts make, the monitoring behind the options where it is in none of them."""
    monitored = () if any("monitoring {" in part for part in parts) else (MONITORED,)
    return block("aws_launch_template", parts[0], OPTIONS, *parts[1:], *monitored)


def migration(files: dict[str, str], address: str = "aws_launch_configuration.web") -> Fix:
    report = linted(files)
    found = [f for f in report.findings if f.rule.code == "IMDS003" and f.resource and f.resource.address == address]
    assert len(found) == 1
    assert found[0].fix is not None, found[0].fix_unavailable
    return found[0].fix


def by_hand(files: dict[str, str]) -> list[str]:
    """What is left to do, each with the text that it is about."""
    steps = migration(files).by_hand
    return [f"{files[step.span.path][step.span.start : step.span.end]}: {step.message}" for step in steps]


KEPT = [
    ('image_id = "ami-1"', 'image_id = "ami-1"', "an argument of both"),
    (
        'user_data_base64 = "aGk="\nname_prefix = "abc"',
        'user_data = "aGk="\nname_prefix = "abc"',
        "not aligned before, nor then",
    ),
    (
        'user_data_base64 = "aGk="\nname_prefix      = "abc"',
        'user_data   = "aGk="\nname_prefix = "abc"',
        "aligned anew",
    ),
    ('security_groups=["sg-1"]', 'vpc_security_group_ids=["sg-1"]', "spaced as its author does"),
    ('user_data = "#!/bin/sh"', 'user_data = base64encode("#!/bin/sh")', "plain text is encoded"),
    (
        'user_data = "aGVsbG8gd29ybGQ="',
        'user_data = "aGVsbG8gd29ybGQ="',
        "what decodes is encoded, to the provider as well",
    ),
    ('user_data = ""', 'user_data = base64encode("")', "nothing is text"),
    ("user_data = null", "user_data = null", "null cannot be encoded"),
    ("user_data = base64gzip(local.x)", "user_data = base64gzip(local.x)", "encoded by its function"),
    ('user_data = textencodebase64(var.x, "UTF-8")', 'user_data = textencodebase64(var.x, "UTF-8")', "so as well"),
    (
        'user_data = var.on ? file("a") : null',
        'user_data = var.on ? base64encode(file("a")) : null',
        "the arm that is not null is encoded",
    ),
    (
        'user_data = var.on ? null : file("a")',
        'user_data = var.on ? null : base64encode(file("a"))',
        "whichever arm that is",
    ),
    (
        'user_data = var.on ? base64encode(file("a")) : null',
        'user_data = var.on ? base64encode(file("a")) : null',
        "nothing of it is plain",
    ),
    (
        'user_data = var.a ? file("a") : file("b")',
        'user_data = base64encode(var.a ? file("a") : file("b"))',
        "both arms are plain",
    ),
    (
        'user_data = "${file("boot.sh")}"',
        'user_data = base64encode("${file("boot.sh")}")',
        "written as Terraform 0.11 wanted it",
    ),
    (
        "user_data = var.maybe",
        "user_data = var.maybe == null ? null : base64encode(var.maybe)",
        "null unless somebody gives a value",
    ),
    (
        "user_data        = var.maybe\nuser_data_base64 = var.encoded",
        "user_data = var.encoded != null ? var.encoded : var.maybe == null ? null : base64encode(var.maybe)",
        "two arguments of which one is given",
    ),
    ('vpc_classic_link_id = "vpc-1"\nkey_name            = "k"', 'key_name = "k"', "EC2-Classic is no more"),
    (
        "lifecycle = {\n  create_before_destroy = true\n}",
        "lifecycle = {\n  create_before_destroy = true\n}",
        "0.11's way",
    ),
]
VARIABLES = """
variable "maybe" {
  type    = string
  default = null
}

variable "encoded" {
  default = null
}

variable "empty" {
  default = ""
}

variable "flag" {
  type    = bool
  default = null
}
"""


@pytest.mark.parametrize(("before", "after", "why"), KEPT)
def test_what_stays_an_argument(before: str, after: str, why: str) -> None:
    files = {"main.tf": configuration(before), "variables.tf": VARIABLES}
    assert texts_after(files)["main.tf"] == template(after), why
    assert by_hand(files) == []


MOVED = [
    ('iam_instance_profile = "web"', 'iam_instance_profile {\n  name = "web"\n}', "a name"),
    ('iam_instance_profile = "arn:aws:iam::1:x"', 'iam_instance_profile {\n  arn = "arn:aws:iam::1:x"\n}', "an ARN"),
    (
        'iam_instance_profile = "arn:aws:iam::${var.account}:instance-profile/x"',
        'iam_instance_profile {\n  arn = "arn:aws:iam::${var.account}:instance-profile/x"\n}',
        "an ARN by how it begins",
    ),
    ("iam_instance_profile = module.x.arn", "iam_instance_profile {\n  arn = module.x.arn\n}", "an ARN by its name"),
    (
        "iam_instance_profile = var.maybe # why",
        (
            'dynamic "iam_instance_profile" {\n  for_each = compact([var.maybe]) # why\n\n'
            "  content {\n    name = iam_instance_profile.value\n  }\n}"
        ),
        "it may be null",
    ),
    (
        "placement_tenancy = var.empty",
        'dynamic "placement" {\n  for_each = compact([var.empty])\n\n  content {\n    tenancy = placement.value\n  }\n}',
        "it may be empty",
    ),
    ("placement_tenancy = null", "", "null is nothing"),
    ('spot_price = ""', "", "no price is on demand"),
    (
        'spot_price = var.on ? "0.1" : ""',
        (
            'dynamic "instance_market_options" {\n  for_each = compact([var.on ? "0.1" : ""])\n\n  content {\n'
            '    market_type = "spot"\n\n    spot_options {\n      max_price = instance_market_options.value\n    }\n  }\n}'
        ),
        "one of two arms is empty",
    ),
    ("enable_monitoring = null", "monitoring {\n  enabled = true\n}", "null is what is done by itself"),
    ("enable_monitoring = var.flag", "monitoring {\n  enabled = coalesce(var.flag, true)\n}", "it may be null"),
    ("enable_monitoring = var.other", "monitoring {\n  enabled = var.other\n}", "nothing says so"),
    ("associate_public_ip_address = null", "", "null asks for nothing"),
    (
        'associate_public_ip_address = "true"',
        'network_interfaces {\n  associate_public_ip_address = "true"\n  delete_on_termination       = true\n}',
        "a text is as good",
    ),
    (
        '# groups\nsecurity_groups = [\n  "sg-1",\n]\n# address\nassociate_public_ip_address = false',
        (
            "# address\nnetwork_interfaces {\n  associate_public_ip_address = false\n  delete_on_termination       = true\n"
            '  # groups\n  security_groups = [\n    "sg-1",\n  ]\n}'
        ),
        "comments go with what they are about",
    ),
]


@pytest.mark.parametrize(("before", "after", "why"), MOVED)
def test_what_becomes_a_block(before: str, after: str, why: str) -> None:
    files = {"main.tf": configuration('key_name = "k"', before), "variables.tf": VARIABLES}
    assert texts_after(files)["main.tf"] == template('key_name = "k"', after), why
    assert by_hand(files) == []


DEVICES = [
    (
        'ebs_block_device { device_name = "b" }',
        'block_device_mappings {\n  device_name = "b"\n\n  ebs {\n    delete_on_termination = true\n  }\n}',
        "on one line",
    ),
    (
        'ebs_block_device {\n  device_name = "b"\n  no_device   = false\n  volume_size = 1 # GiB\n\n  # the end\n}',
        (
            'block_device_mappings {\n  device_name = "b"\n\n  ebs {\n    volume_size           = 1 # GiB\n'
            "    delete_on_termination = true\n\n    # the end\n  }\n}"
        ),
        "nothing is left out",
    ),
    (
        'ebs_block_device {\n  device_name           = "b"\n  delete_on_termination = var.flag\n}',
        (
            'block_device_mappings {\n  device_name = "b"\n\n  ebs {\n'
            "    delete_on_termination = coalesce(var.flag, true)\n  }\n}"
        ),
        "null is what is done by itself",
    ),
    (
        'ebs_block_device {\n  device_name           = "b"\n  delete_on_termination = null\n}',
        'block_device_mappings {\n  device_name = "b"\n\n  ebs {\n    delete_on_termination = true\n  }\n}',
        "and so is a null that is written",
    ),
    (
        'dynamic "ebs_block_device" {\n  for_each = var.x\n  content {\n    device_name = ebs_block_device.value\n  }\n}',
        (
            'dynamic "block_device_mappings" {\n  for_each = var.x\n  iterator = ebs_block_device\n  content {\n'
            "    device_name = ebs_block_device.value\n\n    ebs {\n      delete_on_termination = true\n    }\n  }\n}"
        ),
        "generated, by the same iterator",
    ),
]


@pytest.mark.parametrize(("before", "after", "why"), DEVICES)
def test_block_devices(before: str, after: str, why: str) -> None:
    files = {"main.tf": block("aws_launch_configuration", 'image_id = "a"', OPTIONS, before), "variables.tf": VARIABLES}
    assert texts_after(files)["main.tf"] == template('image_id = "a"', after), why


ROOTS = [
    ("data.aws_ami.x.id", "data.aws_ami.x.root_device_name", "the data source knows"),
    ('data.aws_ami.x["a"].image_id', 'data.aws_ami.x["a"].root_device_name', "each of them knows"),
    ("local.image", "data.aws_ami.x.root_device_name", "a local that is no more than that"),
]


@pytest.mark.parametrize(("image", "device", "why"), ROOTS)
def test_a_root_device_that_is_known(image: str, device: str, why: str) -> None:
    files = {
        "main.tf": configuration(f"image_id = {image}", "root_block_device {\n  volume_size = 9\n}"),
        "locals.tf": 'locals {\n  image = data.aws_ami.x.id\n}\n\ndata "aws_ami" "x" {}\n',
    }
    text = texts_after(files)["main.tf"]
    assert f"  block_device_mappings {{\n    device_name = {device}\n\n    ebs {{\n      volume_size" in text, why
    assert by_hand(files) == []


ASSUMED = [
    ("user_data = var.unknown", "var.unknown is taken to be plain text"),
    ("user_data = module.x.user_data_base64", "module.x.user_data_base64 is taken to be base64 text"),
    ("iam_instance_profile = var.unknown", "var.unknown is taken to be a name, not an ARN"),
    (
        'vpc_classic_link_id = "vpc-1"',
        "vpc_classic_link_id is left out: it speaks of EC2-Classic, which is retired, and its links with it",
    ),
    ("user_data = data.template_file.x.rendered", ""),
    ('user_data = file("x")', ""),
    ("iam_instance_profile = aws_iam_instance_profile.x.id", ""),
    ("iam_instance_profile = aws_iam_instance_profile.x[0].name", ""),
]


@pytest.mark.parametrize(("argument", "note"), ASSUMED)
def test_what_is_taken_for_granted_is_said(argument: str, note: str) -> None:
    fix = migration({"main.tf": configuration(argument), "variables.tf": 'variable "unknown" {}\n'})
    destroyed = "the launch configuration is destroyed and a template created; what runs stays until it is replaced"
    assert fix.note == "; ".join(filter(None, (destroyed, note)))
    assert fix.applicability is Applicability.UNSAFE


ENCODED_ELSEWHERE = """
data "template_cloudinit_config" "c" {
  count = 2
}

data "cloudinit_config" "plain" {
  base64_encode = false
}

data "template_file" "t" {
  count = 1
}

locals {
  encoded = base64encode(file("unread"))
  two     = { a = base64encode(file("unread")), b = file("unread") }
  one     = { a = base64encode(file("unread")) }
}

variable "x" {}

variable "many" {
  default = {}
}

variable "none" {
  default = null
}
"""

ENCODED = [
    ("element(data.template_cloudinit_config.c.*.rendered, 0)", "picked from all"),
    ("element(data.template_cloudinit_config.c.*, 0).rendered", "picked, and then its attribute"),
    ("data.template_cloudinit_config.c.*.rendered[0]", "picked by a number"),
    ("one(data.template_cloudinit_config.c[*].rendered)", "the only one"),
    ('element(concat(data.template_cloudinit_config.c.*.rendered, [""]), 0)', "one, or nothing"),
    ('sensitive(base64encode("hello there"))', "hidden"),
    ('lookup({ a = base64encode(file("unread")) }, "a", null)', "looked up, or null"),
    ('lookup(local.one, var.x, "")', "looked up in a local, or empty"),
    ("local.one[var.x]", "whichever it is"),
    ('local.two["a"]', "this one, and not the other"),
    ('[base64encode("x y"), "z z"][0]', "this one of two"),
    ("trimspace(local.encoded)", "without the blanks around it"),
    ('"${local.encoded}"', "as Terraform 0.11 wanted it"),
    ('replace(local.encoded, "\\n", "")', "without the ends of its lines"),
    ('format("%s", local.encoded)', "as a text"),
    ('join("", [local.encoded])', "as a list of one"),
    ("try(local.encoded, null)", "or null"),
    ('var.x ? local.encoded : ""', "or nothing, which is nothing in base64 too"),
    ('file("script.b64")', "what a file holds that can be read"),
    ('trimspace(file("script.b64"))', "and what is made of that"),
    ('jsondecode(file("script.json"))', "whatever makes it, by its value"),
]


@pytest.mark.parametrize(("value", "why"), ENCODED)
def test_what_is_base64_already_is_not_encoded_again(value: str, why: str) -> None:
    files = {
        "main.tf": configuration(f"user_data = {value}"),
        "more.tf": ENCODED_ELSEWHERE,
        "script.b64": "aGVsbG8gd29ybGQK\n",
        "script.json": '"aGVsbG8gd29ybGQK"',
    }
    assert texts_after(files)["main.tf"] == template(f"user_data = {value}"), why
    assert "taken to be" not in migration(files).note


PLAIN = [
    ("data.cloudinit_config.plain.rendered", "", "what is asked not to be in base64"),
    ("element(data.template_file.t.*.rendered, 0)", "", "a rendered file"),
    ('"echo ${local.encoded}"', "", "a script with something in base64 in it"),
    ('format("echo %s", local.encoded)', "", "so as well"),
    ('join("\\n", ["#!/bin/sh", local.encoded])', "", "and so in lines"),
    ('templatefile("unread", { cert = local.encoded })', "", "in a file"),
    ('replace(data.template_file.t[0].rendered, "\\r", "")', "", "changed text is text"),
    ('local.two["b"]', "", "this one, and not the other"),
    ('replace(var.x, "a", "b")', "var.x is taken to be plain text", "nothing is known of it"),
    ('"${var.x}\\n"', "var.x is taken to be plain text", "nor with the end of a line"),
    ('coalesce(var.none, file("unread"))', "var.none is taken to be plain text", "never null"),
]


@pytest.mark.parametrize(("value", "note", "why"), PLAIN)
def test_what_is_plain_is_encoded(value: str, note: str, why: str) -> None:
    files = {"main.tf": configuration(f"user_data = {value}"), "more.tf": ENCODED_ELSEWHERE}
    assert texts_after(files)["main.tf"] == template(f"user_data = base64encode({value})"), why
    assert migration(files).note.endswith(note or "until it is replaced")


def test_a_text_that_may_not_be_there_is_encoded_where_it_is() -> None:
    value = 'lookup(var.many, "user_data", null)'
    files = {"main.tf": configuration(f"user_data = {value}"), "more.tf": ENCODED_ELSEWHERE}
    encoded = f"user_data = {value} == null ? null : base64encode({value})"
    assert texts_after(files)["main.tf"] == template(encoded)


MIXED = "encode user_data in base64 unless it is already: what it is made of is"
EITHER = "encode user_data in base64 where it is plain text: a template takes nothing else"
IN_DOUBT = [
    ('replace(local.encoded, "a", "b")', MIXED, "nobody knows what comes of that"),
    ('"${local.encoded}${local.encoded}"', MIXED, "two that are joined"),
    ("substr(data.template_cloudinit_config.c[0].rendered, 0, 9)", MIXED, "a part"),
    ("local.two[var.x]", EITHER, "one of two"),
    ("coalesce(var.none, local.encoded)", EITHER, "what is given, or this"),
]


@pytest.mark.parametrize(("value", "told", "why"), IN_DOUBT)
def test_what_may_be_base64_already_makes_a_draft(value: str, told: str, why: str) -> None:
    files = {"main.tf": configuration(f"user_data = {value}"), "more.tf": ENCODED_ELSEWHERE}
    assert by_hand(files) == [f"user_data = {value}: {told}"], why


def group_named(text: str) -> list[str]:
    return [f"write the ID of the security group {text}: a name does not do"]


WEB_BY_NAME = group_named("in place of aws_security_group.web.name")
GROUPS = [
    ('["sg-1", aws_security_group.web.id]', [], "IDs"),
    ('["sg-${var.env}"]', [], "an ID by how it begins"),
    ("aws_security_group.web[*].id", [], "IDs of all"),
    ('compact(concat(var.ids, [""]))', [], "nothing is no name"),
    ("[for group in aws_security_group.web : group.id]", [], "IDs of each"),
    ("[module.groups.web_id]", [], "what a module gives"),
    ("null", [], "none"),
    ('["default"]', group_named("default"), "a name"),
    ('["${var.env}-web"]', group_named("${var.env}-web"), "a name that is put together"),
    ("[aws_security_group.web.name]", WEB_BY_NAME, "a group's name"),
    ('["${aws_security_group.web.name}"]', WEB_BY_NAME, "as Terraform 0.11 wanted it"),
    ("aws_security_group.web.*.name", WEB_BY_NAME, "names of all"),
    ("[for group in aws_security_group.web : group.name]", WEB_BY_NAME, "names of each"),
    (
        "[data.aws_security_group.web.name]",
        group_named("in place of data.aws_security_group.web.name"),
        "what a data source found",
    ),
    ("flatten([var.ids, [aws_security_group.web.name]])", WEB_BY_NAME, "one among others"),
    ("local.groups", WEB_BY_NAME, "in a local"),
    ('[var.env ? aws_security_group.web.name : "sg-1"]', WEB_BY_NAME, "in a condition"),
    ('split(",", aws_security_group.web.name)', WEB_BY_NAME, "taken apart"),
    ("var.defaults", group_named("web"), "in the default of a variable"),
]
GROUPS_ELSEWHERE = """
variable "ids" {}

variable "env" {}

variable "defaults" {
  default = ["sg-1", "web"]
}

locals {
  groups = [aws_security_group.web.name, "sg-1"]
}
"""


@pytest.mark.parametrize("beside", ["", "associate_public_ip_address = true"])
@pytest.mark.parametrize(("value", "steps", "why"), GROUPS)
def test_names_of_security_groups_are_left(value: str, steps: list[str], why: str, beside: str) -> None:
    files = {"main.tf": configuration(f"security_groups = {value}", beside), "more.tf": GROUPS_ELSEWHERE}
    assert [step.message for step in migration(files).by_hand] == steps, why


def test_groups_that_a_call_names_are_left() -> None:
    module = configuration("security_groups = var.groups") + '\nvariable "groups" {}\n'
    call = 'module "m" {\n  source = "./m"\n  groups = [aws_security_group.a.name]\n}\n'
    group = 'resource "aws_security_group" "a" {}\n'
    files = {"main.tf": call + group, "m/main.tf": module}
    fix = migration(files, "module.m.aws_launch_configuration.web")
    assert [step.message for step in fix.by_hand] == group_named("in place of aws_security_group.a.name")


def test_groups_that_are_called_names_are_told() -> None:
    files = {"main.tf": configuration("security_groups = var.group_names"), "more.tf": 'variable "group_names" {}\n'}
    assert migration(files).note.endswith("; var.group_names is taken to give IDs of security groups, not names")


NAMES = "of 3 to 125 characters out of letters, digits and ().-/_"


NAMES = "of 3 to 125 letters, digits and ().-/_"
NO_DEVICE = (
    'no_device = "true" is what the provider sends, where EC2 documents an empty string: '
    "see that the template's version leaves the device out"
)
DRAFTS = [
    ('name = "a b"', f'name = "a b": choose a name {NAMES}'),
    ('name = "ab"', f'name = "ab": choose a name {NAMES}'),
    ('name = "x y ${var.z}"', f'name = "x y ${{var.z}}": choose a name {NAMES}'),
    (f'name = "{"x" * 126}"', f'name = "{"x" * 126}": choose a name {NAMES}'),
    (
        'name_prefix = "a-"',
        f'name_prefix = "a-": choose a name_prefix {NAMES.replace("125", "99")}',
    ),
    ("colour = 1", "colour = 1: colour has no mapping: write what it means for a launch template"),
    ("paint {}", "paint {}: paint has no mapping: write what it means for a launch template"),
    (
        "root_block_device = {}",
        "root_block_device = {}: root_block_device has no mapping: write what it means for a launch template",
    ),
    (
        "root_block_device {}",
        (
            'root_block_device {}: the draft guesses device_name = "/dev/xvda": write the image\'s own root device, '
            "which the provider looked up for a launch configuration"
        ),
    ),
    (
        'ephemeral_block_device {\n  device_name = "b"\n  no_device   = true\n}',
        "no_device: " + NO_DEVICE,
    ),
    (
        "iam_instance_profile = var.a ? aws_iam_instance_profile.x.arn : aws_iam_instance_profile.x.name",
        (
            "iam_instance_profile = var.a ? aws_iam_instance_profile.x.arn : aws_iam_instance_profile.x.name: "
            "write arn where it is an ARN and name where it is a name: it may be either"
        ),
    ),
    (
        'user_data = var.a ? base64encode("x") : file("y")',
        (
            'user_data = var.a ? base64encode("x") : file("y"): '
            "encode user_data in base64 where it is plain text: a template takes nothing else"
        ),
    ),
]


@pytest.mark.parametrize(("argument", "step"), DRAFTS)
def test_what_has_no_mapping_makes_a_draft(argument: str, step: str) -> None:
    files = {"main.tf": configuration(argument)}
    assert [text.replace("  ", "").replace("\n", "") for text in by_hand(files)] == [step.replace("\n", "")]
    assert migration(files).applicability is Applicability.DISPLAY_ONLY
    assert texts_after(files) == files, "a draft is never applied"


GOOD_NAMES = [
    'name = "web"',
    f'name = "{"x" * 125}"',
    'name = "a(b)/c.d_e-f"',
    'name_prefix = "web"',
    'name = "${var.x}-a"',
]


@pytest.mark.parametrize("argument", GOOD_NAMES)
def test_a_name_that_a_template_may_have(argument: str) -> None:
    assert by_hand({"main.tf": configuration(argument)}) == []


WEB = block("aws_launch_configuration", OPTIONS)
REFERENCES = [
    ("aws_launch_configuration.web.name", "aws_launch_template.web.{}", "by name"),
    ("aws_launch_configuration.web.id", "aws_launch_template.web.{}", "by ID, which is the same"),
    ('"${aws_launch_configuration.web.id}"', '"${{aws_launch_template.web.{}}}"', "as Terraform 0.11 wanted it"),
    ("aws_launch_configuration.web[0].id", "aws_launch_template.web[0].{}", "by a number"),
    ("aws_launch_configuration.web.0.id", "aws_launch_template.web.0.{}", "by a number, as once"),
    ("aws_launch_configuration.web[each.key].id", "aws_launch_template.web[each.key].{}", "by a key"),
    ("aws_launch_configuration.web.*.id[count.index]", "aws_launch_template.web.*.{}[count.index]", "one of all"),
    (
        'element(concat(aws_launch_configuration.web.*.name, [""]), 0)',
        'element(concat(aws_launch_template.web.*.{}, [""]), 0)',
        "the first, if there is one",
    ),
    ('join("", aws_launch_configuration.web[*].id)', 'join("", aws_launch_template.web[*].{})', "the only one"),
    ("one(aws_launch_configuration.web[*].id)", "one(aws_launch_template.web[*].{})", "the only one"),
    ("(aws_launch_configuration.web.id)", "(aws_launch_template.web.{})", "in parentheses"),
]


@pytest.mark.parametrize(("before", "after", "why"), REFERENCES)
def test_a_group_launches_from_the_template(before: str, after: str, why: str) -> None:
    files = {
        "launch.tf": WEB,
        "group.tf": block("aws_autoscaling_group", f"min_size             = 1\nlaunch_configuration = {before}"),
    }
    named, version = (after.format(attribute) for attribute in ("id", "latest_version"))
    launched = f"launch_template {{\n  id      = {named}\n  version = {version}\n}}"
    fix = migration(files)
    assert fix.by_hand == ()
    source = SourceFile("group.tf", files["group.tf"])
    changed = apply(source, fix.edits)
    assert changed.text == block("aws_autoscaling_group", "min_size = 1", launched), why
    assert unproven(source, changed, fix.renamed) == "", why


CHOICES = [
    "var.a ? aws_launch_configuration.web.name : aws_launch_configuration.web2.name",
    "var.old ? aws_launch_configuration.web.name : null",
    "coalesce(var.a, aws_launch_configuration.web.name)",
    '"${aws_launch_configuration.web.name}-x"',
    'replace(aws_launch_configuration.web.name, "a", "b")',
    'join("-", [aws_launch_configuration.web.name, "x"])',
]


@pytest.mark.parametrize("value", CHOICES)
def test_what_depends_on_more_than_one_reference_is_left(value: str) -> None:
    files = {"main.tf": WEB + block("aws_autoscaling_group", f"launch_configuration = {value}")}
    told = "it chooses between launch configurations: write launch_template with the chosen one's id and latest_version"
    assert by_hand(files) == [f"launch_configuration = {value}: {told}"]


USES = [
    ('output "x" {\n  value = aws_launch_configuration.web.image_id\n}\n', "image_id", "an attribute of both"),
    (
        'output "x" {\n  value = [ # as in a.\n    aws_launch_configuration.web.image_id\n  ]\n}\n',
        "image_id",
        "behind a comment that ends as a reference goes on",
    ),
    ('resource "x" "y" {\n  depends_on = [aws_launch_configuration.web]\n}\n', "", "an order"),
    (
        'output "x" {\n  value = aws_launch_configuration.web.metadata_options[0].http_tokens\n}\n',
        "http_tokens",
        "an argument of a block that both have",
    ),
    (
        'output "x" {\n  value = aws_launch_configuration.web[var.a[0]].name_prefix\n}\n',
        "name_prefix",
        "an index in an index",
    ),
    ('output "x" {\n  value = length(aws_launch_configuration.web)\n}\n', "", "how many there are"),
    ('output "x" {\n  value = length( aws_launch_configuration.web.*.name ) > 0\n}\n', "name", "so by their names"),
    ('output "x" {\n  value = keys(aws_launch_configuration.web)\n}\n', "", "their keys"),
    (
        'resource "x" "y" {\n  for_each = aws_launch_configuration.web\n  name     = each.key\n}\n',
        "",
        "one for each, of which only the key is taken",
    ),
    ('resource "x" "y" {\n  depends_on = ["aws_launch_configuration.web"]\n}\n', "", "an order, as once"),
]


@pytest.mark.parametrize(("text", "attribute", "why"), USES)
def test_what_means_the_same_is_renamed(text: str, attribute: str, why: str) -> None:
    files = {"main.tf": WEB, "uses.tf": text}
    assert texts_after(files)["uses.tf"] == text.replace("_configuration.", "_template."), why


def test_what_was_replaced_with_a_configuration_is_replaced_with_each_version() -> None:
    text = 'resource "x" "y" {\n  lifecycle {\n    replace_triggered_by = [aws_launch_configuration.web.id]\n  }\n}\n'
    after = text.replace("aws_launch_configuration.web.id", "aws_launch_template.web.latest_version")
    assert texts_after({"main.tf": WEB, "uses.tf": text})["uses.tf"] == after


NOT_REFERENCES = [
    "# aws_launch_configuration.web.name\n",
    'output "x" {\n  value = "aws_launch_configuration.web.name"\n}\n',
    'output "x" {\n  value = file("aws_launch_configuration.web.name")\n}\n',
    'output "x" {\n  value = "$${aws_launch_configuration.web.name}"\n}\n',
    'output "x" {\n  value = terraform_data.aws_launch_configuration.web\n}\n',
    'output "x" {\n  value = data.aws_launch_configuration.web.name\n}\n',
    'output "x" {\n  value = aws_launch_configuration.web2.name\n}\n',
    'output "x" {\n  value = aws_launch_configuration.web-2.name\n}\n',
]


@pytest.mark.parametrize("text", NOT_REFERENCES)
def test_what_is_no_reference_stays(text: str) -> None:
    files = {"main.tf": WEB, "other.tf": text}
    after = texts_after(files)
    assert after["other.tf"] == text
    assert after["main.tf"].startswith('resource "aws_launch_template" "web"')


LEFT = [
    (
        'output "x" {\n  value = length(aws_launch_configuration.web.name)\n}\n',
        "aws_launch_configuration.web.name: this is a launch template's name afterwards: look at what uses it",
    ),
    (
        'resource "x" "y" {\n  for_each = aws_launch_configuration.web\n  name     = each.value.name\n}\n',
        "aws_launch_configuration.web: each launch configuration is a launch template afterwards",
    ),
    (
        'output "x" {\n  value = aws_launch_configuration.web.user_data\n}\n',
        (
            "aws_launch_configuration.web.user_data: a configuration's user_data is a hash, "
            "a template's the script in base64: write what is meant"
        ),
    ),
    (
        'output "x" {\n  value = aws_launch_configuration.web.metadata_options\n}\n',
        (
            "aws_launch_configuration.web.metadata_options: "
            "a launch template's metadata_options have more arguments: look at what takes them"
        ),
    ),
    (
        'output "x" {\n  value = aws_launch_configuration.web.user_data_base64\n}\n',
        (
            "aws_launch_configuration.web.user_data_base64: "
            "a launch template has no user_data_base64 of that kind: it is its user_data"
        ),
    ),
    (
        'output "x" {\n  value = aws_launch_configuration.web.root_block_device[0].volume_size\n}\n',
        (
            "aws_launch_configuration.web.root_block_device[0].volume_size: a launch template has no "
            "root_block_device.volume_size of that kind: the devices are in its block_device_mappings"
        ),
    ),
    (
        'output "x" {\n  value = aws_launch_configuration.web.name\n}\n',
        "aws_launch_configuration.web.name: this is a launch template's name afterwards: look at what uses it",
    ),
    (
        'output "x" {\n  value = aws_launch_configuration.web\n}\n',
        "aws_launch_configuration.web: each launch configuration is a launch template afterwards",
    ),
    (
        'output "x" {\n  value = aws_launch_configuration.web.spot_price\n}\n',
        (
            "aws_launch_configuration.web.spot_price: a launch template has no spot_price of that kind: "
            "max_price is in its instance_market_options"
        ),
    ),
    (
        "moved {\n  from = aws_launch_configuration.old\n  to   = aws_launch_configuration.web\n}\n",
        "aws_launch_configuration.web: a launch template cannot be moved so: take this block out",
    ),
    (
        'import {\n  to = aws_launch_configuration.web\n  id = "web"\n}\n',
        "aws_launch_configuration.web: a launch template cannot be imported so: take this block out",
    ),
    (
        block(
            "aws_autoscaling_group", "launch_configuration = aws_launch_configuration.web.name\n\nlaunch_template {}"
        ),
        (
            "launch_configuration = aws_launch_configuration.web.name: "
            "the group launches from something else as well: write one launch_template for it"
        ),
    ),
]


@pytest.mark.parametrize(("text", "step"), LEFT)
def test_what_means_something_else_afterwards_is_left(text: str, step: str) -> None:
    files = {"main.tf": WEB, "other.tf": text}
    assert by_hand(files) == [step]
    assert texts_after(files) == files


IGNORING = [
    ("[launch_configuration]", True, "the argument itself"),
    ('["launch_configuration", tag]', True, "as once, beside another"),
    ("[launch_template]", True, "what comes in its place"),
    ("all", True, "everything"),
    ('["*"]', True, "everything, as once"),
    ("[desired_capacity]", False, "something else"),
    ("[]", False, "nothing"),
]


@pytest.mark.parametrize(("names", "keeps", "why"), IGNORING)
def test_a_group_that_ignores_what_it_launches_from_would_keep_it(names: str, keeps: bool, why: str) -> None:
    lifecycle = f"lifecycle {{\n  ignore_changes = {names}\n}}"
    group = block("aws_autoscaling_group", "launch_configuration = aws_launch_configuration.web.name", "", lifecycle)
    step = (
        f"ignore_changes = {names}: the group ignores changes of what it launches from: take that out for the apply "
        "that migrates it, or it keeps the configuration, whose destruction then fails"
    )
    assert by_hand({"main.tf": WEB + group}) == ([step] if keeps else []), why


def drafted(files: dict[str, str], path: str) -> str:
    """A file as the draft of a migration has it."""
    return apply(SourceFile(path, files[path]), migration(files).edits).text


def test_a_draft_names_nothing_that_is_gone() -> None:
    uses = (
        'output "x" {\n  value = "${aws_launch_configuration.web.name}-x"\n}\n'
        + block(
            "aws_autoscaling_group",
            "launch_configuration = var.a ? aws_launch_configuration.web.name : var.b",
            name="c",
        )
        + block("aws_autoscaling_group", 'name = "${aws_launch_configuration.web.name}-g"', name="d")
    )
    files = {"main.tf": WEB, "uses.tf": uses}
    assert drafted(files, "uses.tf") == uses.replace("_configuration.", "_template.")
    moved = "removed {\n  from = aws_launch_configuration.web\n}\n"
    assert drafted({"main.tf": WEB, "uses.tf": moved}, "uses.tf") == moved, "the state knows it by that name"


TAKERS = [
    (
        {
            "group.tf": block(
                "aws_autoscaling_group",
                "for_each             = { a = aws_launch_configuration.web.name }\nlaunch_configuration = each.value",
            )
        },
        (
            "launch_configuration = each.value: it takes the launch configuration's name from each.value: "
            "give it the template's id and latest_version there, and write launch_template with them"
        ),
        "from a map of names",
    ),
    (
        {
            "call.tf": 'module "g" {\n  source = "./g"\n  lc     = aws_launch_configuration.web.name\n}\n',
            "g/main.tf": 'variable "lc" {}\n' + block("aws_autoscaling_group", "launch_configuration = var.lc"),
        },
        (
            "launch_configuration = var.lc: it takes the launch configuration's name from var.lc: "
            "give it the template's id and latest_version there, and write launch_template with them"
        ),
        "in another module",
    ),
]


@pytest.mark.parametrize(("files", "step", "why"), TAKERS)
def test_a_group_that_takes_the_name_from_elsewhere_is_told(files: dict[str, str], step: str, why: str) -> None:
    assert step in by_hand({"main.tf": WEB, **files}), why


def test_a_group_for_each_of_them_is_told() -> None:
    group = "for_each             = aws_launch_configuration.web\nlaunch_configuration = each.value.name"
    text = configuration('for_each = toset(["a"])') + block("aws_autoscaling_group", group)
    *_, step = migration({"main.tf": text}, 'aws_launch_configuration.web["a"]').by_hand
    told = "write launch_template with id = each.value.id and version = each.value.latest_version"
    assert (text[step.span.start : step.span.end], step.message) == ("launch_configuration = each.value.name", told)


LOOKED_UP = [
    ("user_data", "", "in base64 on both"),
    ("metadata_options[0].http_tokens", "", "in a block of both"),
    ("name", "this is a launch template's name afterwards: look at what uses it", "the name of another thing"),
    (
        "enable_monitoring",
        "data.aws_launch_template has no enable_monitoring: enabled is in its monitoring",
        "in another place",
    ),
]


@pytest.mark.parametrize(("attribute", "told", "why"), LOOKED_UP)
def test_what_a_data_source_has_as_well(attribute: str, told: str, why: str) -> None:
    data = 'data "aws_launch_configuration" "d" {\n  name = aws_launch_configuration.web.name\n}\n'
    output = f'output "x" {{\n  value = data.aws_launch_configuration.d.{attribute}\n}}\n'
    files = {"main.tf": WEB, "data.tf": data, "output.tf": output}
    text = f"data.aws_launch_configuration.d.{attribute}"
    assert by_hand(files) == ([f"{text}: {told}"] if told else []), why
    assert drafted(files, "output.tf") == output.replace("_configuration.", "_template."), why


def test_a_group_that_launches_by_a_data_source_is_left() -> None:
    data = 'data "aws_launch_configuration" "d" {\n  name = aws_launch_configuration.web.name\n}\n'
    group = block("aws_autoscaling_group", "launch_configuration = data.aws_launch_configuration.d.name")
    told = "write launch_template with the id and latest_version of data.aws_launch_template.d"
    assert f"launch_configuration = data.aws_launch_configuration.d.name: {told}" in by_hand(
        {"main.tf": WEB, "data.tf": data + group}
    )


ADDRESSED = [
    ("associate_public_ip_address = true", "network_interfaces", "the groups are the interface's"),
    ("associate_public_ip_address = null", "vpc_security_group_ids", "nothing is said of an address"),
    ("associate_public_ip_address = var.maybe", "network_interfaces", "whoever runs it may say"),
    ('key_name = "k"', "vpc_security_group_ids", "nor here"),
]


@pytest.mark.parametrize(("argument", "name", "why"), ADDRESSED)
def test_security_groups_are_ignored_where_they_are(argument: str, name: str, why: str) -> None:
    lifecycle = "lifecycle {\n  ignore_changes = [security_groups]\n}"
    files = {"main.tf": configuration(argument, 'security_groups = ["sg-1"]', lifecycle), "variables.tf": VARIABLES}
    assert f"    ignore_changes = [{name}]\n" in texts_after(files)["main.tf"], why


def test_that_a_guard_does_not_keep_it_is_said() -> None:
    told = "its prevent_destroy does not keep it: it speaks of the template from then on"
    guarded = migration({"main.tf": configuration("lifecycle {\n  prevent_destroy = true\n}")})
    assert (guarded.note.rpartition("; ")[2], guarded.by_hand) == (told, ())
    assert told not in migration({"main.tf": configuration("lifecycle {\n  prevent_destroy = false\n}")}).note


NAMED = [
    ('name = "web"', True, "one name"),
    ('name = "web-${var.a}"', True, "whatever that is, it is the same one"),
    ("name = null", False, "none"),
    ('name_prefix = "web-"', False, "a new one each time"),
    ("", False, "one that the provider makes"),
]


@pytest.mark.parametrize(("name", "collides", "why"), NAMED)
def test_a_configuration_with_a_name_cannot_be_replaced_beside_it(name: str, collides: bool, why: str) -> None:
    text = block("aws_launch_configuration", name) if name else block("aws_launch_configuration", 'image_id = "a"')
    told = (
        "its name is fixed, and another of that name cannot be created beside it: "
        "take name_prefix, with create_before_destroy"
    )
    notes = {f.rule.code: f.fix.note for f in linted({"main.tf": text}).findings if f.fix}
    assert (told in notes["IMDS001"]) == collides, why
    assert told not in notes["IMDS003"], "the template may have the name"


def test_a_group_that_names_it_by_a_text_is_left() -> None:
    group = block("aws_autoscaling_group", 'launch_configuration = "web"')
    files = {"main.tf": configuration('name = "web"'), "group.tf": group}
    told = (
        "it names the launch configuration by a text: write launch_template with the template's id and latest_version"
    )
    assert by_hand(files) == [f'launch_configuration = "web": {told}']


def test_an_order_that_a_variable_holds_is_told() -> None:
    group = block(
        "aws_autoscaling_group",
        "launch_configuration = aws_launch_configuration.web.id\ntermination_policies = var.order",
    )
    variable = 'variable "order" {\n  default = ["OldestLaunchConfiguration"]\n}\n'
    note = migration({"main.tf": WEB, "group.tf": group, "variables.tf": variable}).note
    told = "var.order says OldestLaunchConfiguration, which is OldestLaunchTemplate of what launches from a template"
    assert note.endswith(f"; {told}")


def test_a_data_source_whose_name_is_taken_is_left() -> None:
    looking = 'data "aws_launch_configuration" "web" {\n  name = aws_launch_configuration.web.name\n}\n'
    taken = 'data "aws_launch_template" "web" {\n  name = "other"\n}\n'
    told = "a data source of that name looks a launch template up already: name this one otherwise"
    assert by_hand({"main.tf": WEB, "data.tf": looking + taken}) == [f"aws_launch_configuration.web.name: {told}"]


def test_options_that_are_generated_for_nothing_are_left() -> None:
    generated = 'dynamic "metadata_options" {\n  for_each = []\n  content {\n    http_tokens = "required"\n  }\n}'
    (step,) = by_hand({"main.tf": block("aws_launch_configuration", generated)})
    assert step.endswith(": metadata_options is generated by a dynamic block: see that it requires tokens")


def test_an_override_is_left() -> None:
    override = block("aws_launch_configuration", 'key_name = "k"')
    files = {"main.tf": WEB, "main_override.tf": override}
    told = "it is declared here as well: migrate what is written here likewise"
    assert by_hand(files) == [f'resource "aws_launch_configuration" "web": {told}']


def test_instances_that_differ_are_all_thought_of() -> None:
    """One call gives a profile, the other none: the block may be missing."""
    module = configuration("iam_instance_profile = var.profile") + '\nvariable "profile" {}\n'
    calls = (
        'module "a" {\n  source  = "./m"\n  profile = "a"\n}\n\nmodule "b" {\n  source  = "./m"\n  profile = null\n}\n'
    )
    after = texts_after({"main.tf": calls, "m/main.tf": module})["m/main.tf"]
    assert 'dynamic "iam_instance_profile" {\n    for_each = compact([var.profile])\n' in after


def test_every_name_that_is_taken_is_passed_over() -> None:
    others = "".join(block("aws_launch_template", OPTIONS, name=n) for n in ("web", "web_launch_configuration"))
    after = texts_after({"main.tf": WEB, "others.tf": others})["main.tf"]
    assert after.startswith('resource "aws_launch_template" "web_launch_configuration_2" {\n')


def test_a_configuration_that_says_nothing_on_one_line() -> None:
    after = texts_after({"main.tf": 'resource "aws_launch_configuration" "web" { image_id = "a" }\n'})["main.tf"]
    assert after == block("aws_launch_template", 'image_id = "a"', MONITORED, OPTIONS)


PROVEN_NOT = [
    ("monitoring {\n    enabled = true\n  }", "monitoring {\n    enabled = false\n  }", "monitoring"),
    ('key_name = "k"', 'key_name = "j"', "key_name"),
    ('device_name = "b"', 'device_name = "c"', "a device"),
    ("delete_on_termination = true", "delete_on_termination = false", "a device"),
    ('name = "p"', 'name = "q"', "iam_instance_profile"),
    ('base64encode("u")', '"u2"', "user_data"),
    ("# why", "", "comment"),
    ("min_size = 1", "min_size = 7", "min_size"),
    ("web.latest_version", "web.default_version", "launch_template"),
    ('"OldestLaunchTemplate"', '"OldestLaunchConfiguration"', "termination_policies"),
    ("aws_launch_template.web.key_name", "aws_launch_configuration.web.key_name", "refers to"),
]


@pytest.mark.parametrize(("written", "wrong", "told"), PROVEN_NOT)
def test_a_migration_that_says_something_else_is_not_proven(written: str, wrong: str, told: str) -> None:
    group = 'min_size = 1\nlaunch_configuration = aws_launch_configuration.web.name\ntermination_policies = ["OldestLaunchConfiguration"]'
    arguments = 'key_name = "k" # why\niam_instance_profile = "p"\nuser_data = "u"'
    device = 'ebs_block_device {\n  device_name = "b"\n}'
    output = 'output "x" {\n  value = aws_launch_configuration.web.key_name\n}\n'
    before = SourceFile("main.tf", configuration(arguments, device) + block("aws_autoscaling_group", group) + output)
    fix = migration({"main.tf": before.text})
    after = apply(before, fix.edits)
    assert unproven(before, after, fix.renamed) == ""
    assert after.text.count(written) >= 1, after.text
    assert told in unproven(before, SourceFile("main.tf", after.text.replace(written, wrong, 1)), fix.renamed)


def test_references_in_each_syntax() -> None:
    hcl = SourceFile("a.tf", 'output "x" {\n  value = [aws_launch_configuration.web["a"].name]\n}\n')
    json = SourceFile("a.tf.json", '{"output":{"x":{"value":["${aws_launch_configuration.web[\\"a\\"].name}"]}}}')
    for source in (hcl, json):
        (found,) = mentions(source, Address("aws_launch_configuration", "web"))
        assert (found.attribute, found.block, found.path) == ("name", ("output", "x"), ("value",))
        assert source.slice(found.address) == "aws_launch_configuration.web"


def test_a_text_of_several_lines_in_a_device_stays_where_it_is() -> None:
    device = "  ebs_block_device {\n    snapshot_id = trimspace(<<EOF\nsnap-1\n  two\nEOF\n    )\n    device_name = var.name\n  }\n"
    files = {"main.tf": configuration().replace("{\n", f"{{\n{device}", 1)}
    after = apply(SourceFile("main.tf", files["main.tf"]), migration(files).edits).text
    assert after.partition("\n  metadata_options")[0] == (
        'resource "aws_launch_template" "web" {\n  block_device_mappings {\n    device_name = var.name\n\n    ebs {\n'
        "      snapshot_id = trimspace(<<EOF\nsnap-1\n  two\nEOF\n    )\n"
        "      delete_on_termination = true\n    }\n  }"
    )


OFF = 'metadata_options {\n  http_endpoint = "disabled"\n}\n'
OPTIONAL = OPTIONS.replace("required", "optional")


@pytest.mark.parametrize(
    ("options", "expected", "why"),
    [
        (OFF, OFF, "IMDS that is off stays off"),
        (OPTIONAL, OPTIONS, "tokens are required"),
        ("", OPTIONS, "also where nothing is said"),
    ],
)
def test_the_options_of_a_migration(options: str, expected: str, why: str) -> None:
    image = 'image_id = "ami-1"'
    text = block("aws_launch_configuration", image, options)
    parts = (image, expected, MONITORED) if options else (image, MONITORED, expected)
    fix = migration({"main.tf": text})
    after = apply(SourceFile("main.tf", text), fix.edits).text
    assert after == block("aws_launch_template", *parts), why
    assert fix.note == DESTROYED, "nothing is said of a configuration that could not be changed: it is none any more"


def test_what_an_edit_of_the_options_disturbs_is_said_of_a_migration_too() -> None:
    fix = migration({"main.tf": configuration("lifecycle {\n  ignore_changes = [metadata_options]\n}")})
    assert fix.note == f"{DESTROYED}; {IGNORED}"


def test_configurations_of_the_cloud_control_provider_say_what_they_become() -> None:
    report = linted({"main.tf": 'resource "awscc_autoscaling_launch_configuration" "web" {\n  image_id = "ami-1"\n}\n'})
    found = [finding for finding in report.findings if finding.rule.code == "IMDS003"]
    assert [finding.fix for finding in found] == [None]
    assert found[0].fix_unavailable.startswith(
        "its arguments are those of CloudFormation: write an awscc_ec2_launch_template, with these in launch_template_data"
    )


def test_a_comment_behind_a_block_of_devices_stays_behind_it() -> None:
    devices = (
        'ephemeral_block_device {\n    device_name  = "/dev/sdc"\n    virtual_name = "ephemeral0"\n  } # of lines\n'
        '  ephemeral_block_device { device_name = "/dev/sdd" } # of one\n'
        '  dynamic "ephemeral_block_device" {\n    for_each = []\n    content {\n'
        "      device_name = ephemeral_block_device.value\n    } # inner\n  } # outer"
    )
    after = texts_after({"main.tf": configuration(devices)})["main.tf"]
    assert [line.strip() for line in after.splitlines() if "# " in line] == [
        "} # of lines",
        "} # of one",
        "} # inner",
        "} # outer",
    ]


def test_what_was_written_about_an_argument_that_nothing_takes_up_stays() -> None:
    gone = (
        '# above\n  vpc_classic_link_id = "vpc-1" # behind\n'
        "  # of none\n  spot_price = null # as ever\n  # of no address\n  associate_public_ip_address = null # here"
    )
    after = texts_after({"main.tf": configuration(gone)})["main.tf"]
    comments = [line.strip() for line in after.splitlines() if line.strip().startswith("#")]
    assert comments == ["# above", "# behind", "# of none", "# as ever", "# of no address", "# here"]
    assert "spot" not in after


def test_comments_behind_all_that_makes_devices_stay() -> None:
    before = configuration(
        'ephemeral_block_device {\n  device_name  = "a"\n  virtual_name = "b"\n} # one }',
        'dynamic "ebs_block_device" {\n  for_each = var.d\n  content {\n    device_name = "c"\n  } // two\n} /* three */',
    )
    (after,) = texts_after({"main.tf": before}).values()
    assert [line.strip() for line in after.splitlines() if "}" in line and line.strip() != "}"] == [
        "} # one }",
        "} // two",
        "} /* three */",
    ]


@pytest.mark.parametrize(
    "argument",
    [
        'vpc_classic_link_id = "vpc-1"',
        "spot_price = null",
        "iam_instance_profile = null",
        "associate_public_ip_address = null",
    ],
)
def test_comments_of_what_says_nothing_any_more_stay(argument: str) -> None:
    before = configuration(f'image_id = "ami-1"\n\n# above\n{argument} # behind\nkey_name = "k"')
    (after,) = texts_after({"main.tf": before}).values()
    assert "# above" in after
    assert "# behind" in after
