"""Whole modules and templates that launch instances, with what decides their options and what launches from them.

Each comment is there once, and says a number.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from hypothesis import strategies as st

from tests.generating import Generated, Layout, indented, layouts, options_blocks, unindented_heredocs

IMAGE = '"ami-0123456789abcdef0"'
LITERAL_OPTIONS = st.sampled_from(
    ("", 'metadata_options {\n\thttp_endpoint = "enabled"\n\thttp_tokens = "required"\n}\n')
)


class Module(NamedTuple):
    """Files by name."""

    files: dict[str, bytes]
    comments: tuple[str, ...]


class Comments:
    """Comments that are told apart, drawn where one may stand."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw
        self.said: list[str] = []

    def above(self) -> str:
        """A line of its own, or none."""
        kind = self._draw(st.sampled_from(("", "", "", "# %s\n", "// %s\n", "/* %s\n   } */\n", "\n", "\n# %s\n")))
        return kind % self._next() if "%s" in kind else kind

    def behind(self) -> str:
        """At the end of a line, or none."""
        kind = self._draw(st.sampled_from(("", "", "", "", " # %s", " // { %s")))
        return kind % self._next() if kind else ""

    def _next(self) -> str:
        self.said.append(f"größer:{len(self.said)}:")
        return self.said[-1]


# An argument of a launch configuration and how it may be written; what stands in one line may have a comment behind.
CONFIGURATION: dict[str, tuple[str, ...]] = {
    "name": ('name = "web"', 'name_prefix = "web-"', 'name = "web servers"', 'name_prefix = "${var.name}-"'),
    "instance_type": ('instance_type = "t3.micro"', "instance_type = var.type"),
    "key_name": ('key_name = "k"',),
    "profile": (
        'iam_instance_profile = "web"',
        "iam_instance_profile = aws_iam_instance_profile.p.name",
        "iam_instance_profile = aws_iam_instance_profile.p.arn",
        "iam_instance_profile = var.profile",
        'iam_instance_profile = "${aws_iam_instance_profile.p.id}"',
        'iam_instance_profile = var.v2 ? "a" : null',
    ),
    "groups": (
        'security_groups = ["sg-0123456789abcdef0"]',
        "security_groups = var.groups",
        'security_groups = [\n\t"sg-0123456789abcdef0", # in a list }\n\t"sg-0123456789abcdef1",\n]',
        "security_groups = concat(var.groups, [aws_vpc.bystander.default_security_group_id])",
    ),
    "address": (
        "associate_public_ip_address = true",
        "associate_public_ip_address = false",
        "associate_public_ip_address = var.public",
    ),
    "monitoring": ("enable_monitoring = false", "enable_monitoring = true", "enable_monitoring = var.public"),
    "ebs_optimized": ("ebs_optimized = true",),
    "tenancy": ('placement_tenancy = "dedicated"', "placement_tenancy = var.profile"),
    "price": ('spot_price = "0.02"', "spot_price = var.profile", "spot_price = null"),
    "script": (
        'user_data = "#!/bin/sh"',
        "user_data = var.script",
        'user_data = base64encode("#!/bin/sh")',
        'user_data_base64 = base64encode("#!/bin/sh")',
        'user_data = file("${path.module}/boot.sh")',
        "user_data = <<-EOT\n\t#!/bin/sh\n\techo } # { %{ if true }${var.name}%{ endif }\nEOT",
        "user_data = <<EOF\n#!/bin/sh\nf() {\n}\nEOF",
        'user_data = join("\\n", [\n\t"#!/bin/sh",\n\tvar.script,\n])',
    ),
    "root": (
        "root_block_device {\n\tvolume_size = 20 # GiB\n\tencrypted   = true\n}",
        "root_block_device { volume_size = 20 }",
        "root_block_device {}",
    ),
    "disk": (
        'ebs_block_device {\n\tdevice_name = "/dev/sdb"\n\tvolume_size = 20\n}',
        'ebs_block_device {\n\tvolume_size = 20\n\tdelete_on_termination = false\n\tdevice_name = "/dev/sdb"\n}',
        'ebs_block_device {\n\tdevice_name = "/dev/sdb"\n\tno_device = true\n}',
        'dynamic "ebs_block_device" {\n\tfor_each = var.disks\n\tcontent {\n\t\tdevice_name = ebs_block_device.value\n\t}\n}',
        'dynamic "ebs_block_device" {\n\tfor_each = var.disks\n\titerator = disk\n\n\tcontent {\n\t\tdevice_name = disk.value\n\t\tvolume_size = 1\n\t}\n}',
    ),
    "ephemeral": ('ephemeral_block_device {\n\tdevice_name = "/dev/sdc"\n\tvirtual_name = "ephemeral0"\n}',),
    "lifecycle": (
        "lifecycle {\n\tcreate_before_destroy = true\n}",
        "lifecycle { create_before_destroy = true }",
        "lifecycle {\n\tignore_changes = [image_id, security_groups, user_data]\n}",
    ),
    "unknown": ('vpc_classic_link_id = "vpc-1"', "depends_on = [aws_vpc.bystander]"),
}
REPEATED = (("", "aws_launch_configuration.%s"), ("count = 2", "aws_launch_configuration.%s[0]"))
KEYED = ('for_each = toset(["a", "b"])', 'aws_launch_configuration.%s["a"]')
SPLATS = (
    "element(aws_launch_configuration.%s.*.name, 0)",
    'join("", aws_launch_configuration.%s[*].id)',
    "aws_launch_configuration.%s.*.name[0]",
)
GROUP: dict[str, tuple[str, ...]] = {
    "zones": ('availability_zones = ["eu-central-1a"]',),
    "policies": (
        'termination_policies = ["OldestLaunchConfiguration", "Default"]',
        'termination_policies = [\n\t"OldestLaunchConfiguration", # in a list ]\n]',
    ),
    "tag": ('tag {\n\tkey = "a"\n\tvalue = "b"\n\tpropagate_at_launch = true\n}',),
    "refresh": ('instance_refresh {\n\tstrategy = "Rolling"\n}',),
    "lifecycle": ("lifecycle {\n\tignore_changes = [launch_configuration]\n}",),
    "depends": ("depends_on = [aws_vpc.bystander, %(configuration)s]",),
    "name": ('name = "web"', 'name = "web-${%(reference)s.name}"'),
}
USES = (
    'output "name" {\n\tvalue = %(reference)s.name\n}\n',
    'output "image" {\n\tvalue = %(reference)s.image_id\n}\n',
    'resource "aws_eip" "e" {\n\tdepends_on = [%(configuration)s]\n}\n',
)
VARIABLES = """variable "name" {
	default = "web"
}
variable "type" {
	default = "t3.micro"
}
variable "profile" {
	type = string
	default = null
}
variable "script" {
	default = "#!/bin/sh"
}
variable "groups" {
	default = []
}
variable "public" {
	type = bool
	default = null
}
variable "disks" {
	default = []
}
variable "unset" {}
variable "v2" {
	type = bool
}
locals {
	tokens = "optional"
}
"""
BYSTANDERS = """resource "aws_vpc" "bystander" {
	cidr_block = "10.0.0.0/16" # metadata_options {
}
resource "aws_iam_instance_profile" "p" {}
data "aws_ami" "a" {}
"""


@st.composite
def modules(draw: st.DrawFn) -> Module:
    """Files of a Terraform configuration in HCL, of one module or with another that it calls twice."""
    layout = draw(layouts("  ", "    ", "\t"))
    comments = Comments(draw)
    default = draw(st.sampled_from(('"optional"', '"required"', "null")))
    variables = VARIABLES + f'variable "tokens" {{\n\tdefault = {default}{comments.behind()}\n}}\n'
    launching, using = [], []
    for number in range(draw(st.integers(1, 2))):
        launches, uses = _configuration(draw, comments, f"x{number}")
        launching.append(launches)
        using.append(uses)
    template = f'resource "aws_launch_template" "y" {{\n{_body([draw(options_blocks())])}}}\n'
    main = [*launching, template, comments.above() + BYSTANDERS]
    files = {"main.tf": main, "groups.tf": using, "variables.tf": [variables]}
    if draw(st.booleans()):
        files = {"main.tf": [*main, *using, variables]}
    if draw(st.booleans()):
        calls = [f'module "m{n}" {{\n\tsource = "./m"\n\tunset = 1\n\tv2 = true\n{_passed(draw)}}}\n' for n in (1, 2)]
        files = {f"m/{name}": parts for name, parts in files.items()} | {"main.tf": calls}
    elif draw(st.booleans()):
        files["terraform.tfvars"] = [f'tokens = "optional"{comments.behind()}\n']
    return _laid_out(layout, {name: "\n".join(parts) for name, parts in files.items()}, comments)


def _passed(draw: st.DrawFn) -> str:
    return draw(st.sampled_from(("", '\ttokens = "optional"\n', '\ttokens = "required"\n', '\tprofile = "web"\n')))


def _laid_out(layout: Layout, texts: Mapping[str, str], comments: Comments) -> Module:
    said = tuple(comments.said)
    return Module({name: layout.file(name, text, said).data for name, text in texts.items()}, said)


def _configuration(draw: st.DrawFn, comments: Comments, name: str) -> tuple[str, str]:
    """A launch configuration, and the groups and other things that use it."""
    repeated, reference = draw(st.sampled_from((*REPEATED, KEYED)))
    image = draw(st.sampled_from((IMAGE, "data.aws_ami.a.id", "data.aws_ami.a.image_id")))
    pieces = _drawn(draw, comments, CONFIGURATION, {"root"} if image == IMAGE and draw(st.booleans()) else set())
    pieces = [f"image_id = {image}{comments.behind()}\n", *pieces, draw(st.one_of(LITERAL_OPTIONS, options_blocks()))]
    pieces = ([f"{repeated}\n"] if repeated else []) + draw(st.permutations(pieces))
    head = f'{comments.above()}resource "aws_launch_configuration" "{name}" {{{comments.behind()}\n'
    launches = f"{head}{_body([*pieces, comments.above()])}}}\n"
    words = {"reference": reference % name, "configuration": f"aws_launch_configuration.{name}"}
    used = [_group(draw, comments, f"{name}g{n}", repeated, words) for n in range(draw(st.integers(0, 2)))]
    used += [use % words for use in draw(st.lists(st.sampled_from(USES), max_size=1))]
    return launches, "\n".join(used).replace('"name"', f'"name_{name}"').replace('"e"', f'"e_{name}"')


def _group(draw: st.DrawFn, comments: Comments, name: str, repeated: str, words: Mapping[str, str]) -> str:
    reference = words["reference"]
    written = [f"{reference}.name", f"{reference}.id", f'"${{{reference}.name}}"']
    if repeated.startswith("count"):
        written += [splat % words["configuration"].rpartition(".")[2] for splat in SPLATS]
    pieces = _drawn(draw, comments, GROUP, {"policies", "refresh", "lifecycle"})
    line = f"launch_configuration = {draw(st.sampled_from(written))}{comments.behind()}\n"
    pieces = [piece % words for piece in draw(st.permutations([*pieces, comments.above() + line]))]
    body = _body(["max_size = 1\n", *pieces])
    return f'resource "aws_autoscaling_group" "{name}" {{\n{body}}}\n'


def _drawn(draw: st.DrawFn, comments: Comments, table: Mapping[str, tuple[str, ...]], seldom: set[str]) -> list[str]:
    """Some of what a table offers, each with comments of its own."""
    chosen = draw(st.lists(st.sampled_from(sorted(table)), max_size=6, unique=True))
    pieces = []
    for key in chosen:
        if key in seldom and draw(st.booleans()):
            continue
        piece = draw(st.sampled_from(table[key]))
        behind = "" if re.search(r"EO[TF]$", piece) else comments.behind()
        pieces.append(f"{comments.above()}{piece}{behind}\n")
    return pieces


def _body(pieces: list[str]) -> str:
    return unindented_heredocs(indented("".join(pieces)))


# --- Terraform's JSON ------------------------------------------------------------------------------------------------

JSON_CONFIGURATION: dict[str, tuple[Any, ...]] = {
    "name_prefix": ("web-", "${var.name}-"),
    "instance_type": ("t3.micro",),
    "iam_instance_profile": ("web", "${var.profile}", "${aws_iam_instance_profile.p.arn}"),
    "security_groups": (["sg-0123456789abcdef0"], "${var.groups}"),
    "associate_public_ip_address": (True, False, "${var.public}"),
    "enable_monitoring": (True, False),
    "placement_tenancy": ("dedicated",),
    "spot_price": ("0.02", "${var.profile}"),
    "user_data": ('#!/bin/sh\necho "größer"\n', "${var.script}", '${base64encode("x")}', "a$${b}%%{c}\\n"),
    "root_block_device": ({"volume_size": 20}, [{"encrypted": True}]),
    "ebs_block_device": (
        {"device_name": "/dev/sdb"},
        [{"device_name": "/dev/sdb", "volume_size": 1}, {"device_name": "/dev/sdc", "delete_on_termination": False}],
    ),
    "metadata_options": ({"http_tokens": "optional"}, [{"http_endpoint": "enabled", "http_tokens": "required"}], {}),
    "lifecycle": ({"create_before_destroy": True}, [{"create_before_destroy": True}]),
    "//": ("a comment",),
}


@st.composite
def json_modules(draw: st.DrawFn) -> Module:
    """The same in Terraform's JSON."""
    count = draw(st.sampled_from((None, 2)))
    body = {"image_id": draw(st.sampled_from(("ami-0123456789abcdef0", "${data.aws_ami.a.id}")))}
    body |= _members(draw, JSON_CONFIGURATION) | ({"count": count} if count else {})
    body = dict(draw(st.permutations(list(body.items()))))
    reference = "aws_launch_configuration.x" + ("[0]" if count else "")
    group: dict[str, Any] = {"max_size": 1, "min_size": 1, "launch_configuration": f"${{{reference}.name}}"}
    group |= _members(draw, {"termination_policies": (["OldestLaunchConfiguration"],), "tag": ([{"key": "a"}],)})
    uses: dict[str, Any] = {"aws_launch_configuration": {"x": [body] if draw(st.booleans()) else body}}
    if draw(st.booleans()):
        uses["aws_autoscaling_group"] = {"g": dict(draw(st.permutations(list(group.items()))))}
    uses |= {"aws_vpc": {"bystander": {"cidr_block": "10.0.0.0/16"}}, "aws_iam_instance_profile": {"p": {}}}
    whole: dict[str, Any] = {"resource": uses, "data": {"aws_ami": {"a": {}}}}
    names = {"name": "web", "profile": None, "script": "#!/bin/sh", "groups": [], "public": None}
    whole["variable"] = {name: {"default": default} for name, default in names.items()}
    whole["output"] = draw(st.sampled_from(({}, {"name": {"value": f"${{{reference}.name}}"}})))
    return _dumped(draw, "main.tf.json", whole)


def _members(draw: st.DrawFn, table: Mapping[str, tuple[Any, ...]]) -> dict[str, Any]:
    keys = draw(st.lists(st.sampled_from(sorted(table)), max_size=6, unique=True))
    return {key: draw(st.sampled_from(table[key])) for key in keys}


def _dumped(draw: st.DrawFn, name: str, whole: Mapping[str, Any]) -> Module:
    layout = draw(layouts("\t"))
    indent = draw(st.sampled_from((None, 2, 4, "\t")))
    text = json.dumps(whole, indent=indent, ensure_ascii=draw(st.booleans()))
    return Module({name: _file(layout, name, text + "\n").data}, ())


def _file(layout: Layout, name: str, text: str) -> Generated:
    return layout.file(name, text, ())


# --- Templates -------------------------------------------------------------------------------------------------------

REF = {"Ref": "Profile"}
TEMPLATE_CONFIGURATION: dict[str, tuple[Any, ...]] = {
    "InstanceType": ("t3.micro",),
    "IamInstanceProfile": (REF, "web", {"Fn::GetAtt": ["P", "Arn"]}, {"Ref": "P"}),
    "SecurityGroups": (["sg-0123456789abcdef0"], [{"Ref": "Group"}]),
    "AssociatePublicIpAddress": (True, False, "true"),
    "InstanceMonitoring": (True, False),
    "PlacementTenancy": ("dedicated",),
    "SpotPrice": ("0.02", {"Fn::If": ["Maybe", "0.02", {"Ref": "AWS::NoValue"}]}),
    "UserData": ({"Fn::Base64": "#!/bin/sh\necho größer\n"}, {"Fn::Base64": {"Fn::Sub": "echo ${AWS::Region}\n"}}),
    "BlockDeviceMappings": (
        [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 20}}],
        [{"DeviceName": "/dev/sdb", "NoDevice": True}, {"DeviceName": "/dev/sdc", "VirtualName": "ephemeral0"}],
    ),
    "MetadataOptions": (
        {"HttpTokens": "optional"},
        {"HttpTokens": {"Ref": "Tokens"}},
        {"HttpTokens": {"Fn::FindInMap": ["M", "a", "tokens"]}},
        {"HttpEndpoint": "enabled", "HttpTokens": "required"},
    ),
}
ABOUT: dict[str, tuple[Any, ...]] = {
    "Condition": ("Maybe",),
    "DependsOn": ("V", ["V"]),
    "Metadata": ({"Comment": "größer"},),
}


@st.composite
def whole_templates(draw: st.DrawFn) -> Mapping[str, Any]:
    """The content of a template with a launch configuration, what decides its options, and what launches from it."""
    properties = {"ImageId": "ami-0123456789abcdef0"} | _members(draw, TEMPLATE_CONFIGURATION)
    name = draw(st.sampled_from(("LC", "WebLaunchConfig", "Web")))
    resources: dict[str, Any] = {
        name: {
            "Type": "AWS::AutoScaling::LaunchConfiguration",
            **_members(draw, ABOUT),
            "Properties": dict(draw(st.permutations(list(properties.items())))),
        },
        "V": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
        "P": {"Type": "AWS::IAM::InstanceProfile", "Properties": {"Roles": ["r"]}},
        "Group": {"Type": "AWS::EC2::SecurityGroup", "Properties": {"GroupDescription": "g", "VpcId": {"Ref": "V"}}},
    }
    for number in range(draw(st.integers(0, 2))):
        inside = {"MinSize": "1", "MaxSize": "1", "LaunchConfigurationName": {"Ref": name}, "AvailabilityZones": ["a"]}
        inside |= draw(st.sampled_from(({}, {"TerminationPolicies": ["OldestLaunchConfiguration", "Default"]})))
        about = draw(st.sampled_from(({}, {"DependsOn": name}, {"DependsOn": ["V", name]})))
        group = {"Type": "AWS::AutoScaling::AutoScalingGroup", **about, "Properties": inside}
        resources[f"G{number}"] = group
    whole = {
        "Parameters": {
            "Tokens": {"Type": "String", "Default": "optional"},
            "Profile": {"Type": "String"},
        },
        "Mappings": {"M": {"a": {"tokens": "optional"}}},
        "Conditions": {"Maybe": {"Fn::Equals": [{"Ref": "Profile"}, "a"]}},
        "Resources": dict(draw(st.permutations(list(resources.items())))),
    }
    outputs = draw(st.sampled_from(({}, {"Outputs": {"Name": {"Value": {"Ref": name}}}})))
    return dict(draw(st.permutations(list(whole.items())))) | outputs


@st.composite
def json_stacks(draw: st.DrawFn) -> Module:
    """A template in JSON."""
    return _dumped(draw, "template.json", draw(whole_templates()))


@st.composite
def stacks(draw: st.DrawFn) -> Module:
    """A template in YAML, in blocks and braces, with long and short functions, and comments everywhere."""
    layout = draw(layouts("  ", "    "))
    comments = Comments(draw)
    text = "".join(_yaml(draw, comments, draw(whole_templates())))
    return _laid_out(layout, {"template.yaml": text}, comments)


def _yaml(draw: st.DrawFn, comments: Comments, mapping: Mapping[str, Any]) -> Iterator[str]:
    """The lines of a mapping, one tab for each level."""
    for key, value in mapping.items():
        if draw(st.sampled_from((False, False, False, True))):
            yield from _said(comments, "# %s\n")
        short = _short(draw, value)
        block = isinstance(value, str) and value.endswith("\n")
        behind = "".join(_said(comments, " # %s")) if draw(st.sampled_from((False, False, False, True))) else ""
        if short is not None:
            yield f"{key}: {short}{behind}\n"
        elif block:
            yield f"{key}: |\n{indented(value)}"
        elif isinstance(value, dict):
            yield f"{key}:{behind}\n{indented(''.join(_yaml(draw, comments, value)))}"
        else:
            yield f"{key}:{behind}\n{indented(''.join(_items(draw, value)))}"


def _said(comments: Comments, form: str) -> Iterator[str]:
    comments.said.append(f"größer:{len(comments.said)}:")
    yield form % comments.said[-1]


def _items(draw: st.DrawFn, items: list[Any]) -> Iterator[str]:
    for item in items:
        yield f"- {_short(draw, item) or json.dumps(item, ensure_ascii=False)}\n"


def _short(draw: st.DrawFn, value: Any) -> str | None:
    """A value on the line of its key: a scalar, a function in its short form, or braces."""
    if isinstance(value, str) and value.endswith("\n"):
        return None
    if not isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, dict) and list(value) == ["Ref"] and draw(st.booleans()):
        return f"!Ref {value['Ref']}"
    if isinstance(value, dict) and list(value) == ["Fn::GetAtt"] and draw(st.booleans()):
        return f"!GetAtt {'.'.join(value['Fn::GetAtt'])}"
    inner = json.dumps(value, ensure_ascii=False)
    return inner if len(inner) < 60 and draw(st.booleans()) else None


MODULES = {"hcl": modules(), "tf.json": json_modules(), "yaml": stacks(), "json": json_stacks()}
