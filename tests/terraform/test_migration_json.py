"""Launch configurations in Terraform's JSON become templates: argument by argument, and what refers to them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from iac_imds_lint.edit import Fix, apply
from iac_imds_lint.source import SourceFile
from iac_imds_lint.terraform import proof
from iac_imds_lint.terraform.migration import json_strings
from tests.support import linted

REQUIRED = {"http_endpoint": "enabled", "http_tokens": "required"}
SAID = {"metadata_options": REQUIRED, "monitoring": {"enabled": True}}


def document(body: dict[str, Any], **more: Any) -> str:
    """A configuration that requires tokens, with a body and with more beside it."""
    resource = {"aws_launch_configuration": {"web": {**body, "metadata_options": REQUIRED}}}
    return json.dumps({"resource": resource | more.pop("resource", {}), **more})


def fix_of(text: str) -> Fix:
    found = [f for f in linted({"main.tf.json": text}).findings if f.rule.code == "IMDS003"]
    assert len(found) == 1
    assert found[0].fix is not None, found[0].fix_unavailable
    return found[0].fix


def after(text: str) -> dict[str, Any]:
    """The document as the fix leaves it, which is proven unless it is a draft."""
    fix, source = fix_of(text), SourceFile("main.tf.json", text)
    done = apply(source, fix.edits)
    if not fix.by_hand:
        assert proof.unproven(source, done, fix.renamed) == ""
    found: dict[str, Any] = json.loads(done.text)
    return found


def body_after(body: dict[str, Any], **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = after(document(body, **more))["resource"]["aws_launch_template"]["web"]
    return found


def variable(name: str, **more: Any) -> dict[str, Any]:
    return {"variable": {name: more}}


@pytest.mark.parametrize(
    ("why", "body", "expected", "more"),
    [
        ("it stays", {"image_id": "ami-1", "key_name": "k"}, {"image_id": "ami-1", "key_name": "k"}, {}),
        ("null is nothing", {"iam_instance_profile": None, "spot_price": None}, {}, {}),
        ("no price at all", {"spot_price": ""}, {}, {}),
        (
            "an ARN",
            {"iam_instance_profile": "arn:aws:iam::1:x"},
            {"iam_instance_profile": {"arn": "arn:aws:iam::1:x"}},
            {},
        ),
        ("a name", {"iam_instance_profile": "web"}, {"iam_instance_profile": {"name": "web"}}, {}),
        (
            "a profile that may be absent",
            {"iam_instance_profile": "${var.p}"},
            {
                "dynamic": {
                    "iam_instance_profile": {
                        "for_each": "${compact([var.p])}",
                        "content": {"name": "${iam_instance_profile.value}"},
                    }
                }
            },
            variable("p", default=None),
        ),
        ("groups", {"security_groups": "${var.sg}"}, {"vpc_security_group_ids": "${var.sg}"}, variable("sg")),
        (
            "no groups, an address",
            {"associate_public_ip_address": True},
            {"network_interfaces": {"associate_public_ip_address": True, "delete_on_termination": True}},
            {},
        ),
        (
            "an address that is null",
            {"associate_public_ip_address": None, "security_groups": ["sg-1"]},
            {"vpc_security_group_ids": ["sg-1"]},
            {},
        ),
        ("monitoring that is null", {"enable_monitoring": None}, {}, {}),
        (
            "monitoring that may be null",
            {"enable_monitoring": "${var.m}"},
            {"monitoring": {"enabled": "${coalesce(var.m, true)}"}},
            variable("m", default=None),
        ),
        ("text", {"user_data": "a b"}, {"user_data": '${base64encode("a b")}'}, {}),
        ("base64 already", {"user_data": "YSBi"}, {"user_data": "YSBi"}, {}),
        ("encoded already", {"user_data": '${filebase64("x")}'}, {"user_data": '${filebase64("x")}'}, {}),
        ("by another name", {"user_data_base64": "${var.u}"}, {"user_data": "${var.u}"}, variable("u")),
        ("null", {"user_data": None}, {}, {}),
        ("null, and by another name", {"user_data": None, "user_data_base64": "YSBi"}, {"user_data": "YSBi"}, {}),
        (
            "null by another name",
            {"user_data": "a b", "user_data_base64": None},
            {"user_data": '${base64encode("a b")}'},
            {},
        ),
        (
            "a script that may be absent",
            {"user_data": "${var.u}"},
            {"user_data": "${var.u == null ? null : base64encode(var.u)}"},
            variable("u", default=None),
        ),
        (
            "a script by a condition",
            {"user_data": '${var.u ? "a:b c" : null}'},
            {"user_data": '${var.u ? base64encode("a:b c") : null}'},
            variable("u"),
        ),
        (
            "a script by the other arm",
            {"user_data": '${var.u ? null : "a b"}'},
            {"user_data": '${(var.u ? null : "a b") == null ? null : base64encode(var.u ? null : "a b")}'},
            variable("u"),
        ),
        (
            "picked from what is in base64",
            {"user_data": "${element(data.cloudinit_config.c.*.rendered, 0)}"},
            {"user_data": "${element(data.cloudinit_config.c.*.rendered, 0)}"},
            {"data": {"cloudinit_config": {"c": {"count": 1}}}},
        ),
        (
            "a function, by its value",
            {"user_data": '${sensitive(base64encode("hello there"))}'},
            {"user_data": '${sensitive(base64encode("hello there"))}'},
            {},
        ),
        (
            "a script that may not be there",
            {"user_data": '${lookup(var.u, "x", null)}'},
            {"user_data": '${lookup(var.u, "x", null) == null ? null : base64encode(lookup(var.u, "x", null))}'},
            variable("u"),
        ),
        ("EC2-Classic", {"vpc_classic_link_id": "vpc-1", "vpc_classic_link_security_groups": ["x"]}, {}, {}),
        ("no devices", {"ebs_block_device": []}, {}, {}),
        (
            "one device in a list",
            {"ebs_block_device": [{"device_name": "/dev/b"}]},
            {"block_device_mappings": [{"device_name": "/dev/b", "ebs": {"delete_on_termination": True}}]},
            {},
        ),
        (
            "one device that is kept",
            {"ebs_block_device": {"delete_on_termination": False, "device_name": "/dev/b"}},
            {"block_device_mappings": {"device_name": "/dev/b", "ebs": {"delete_on_termination": False}}},
            {},
        ),
        (
            "nothing is left out",
            {"ebs_block_device": {"device_name": "/dev/b", "no_device": False, "volume_size": 1}},
            {
                "block_device_mappings": {
                    "device_name": "/dev/b",
                    "ebs": {"volume_size": 1, "delete_on_termination": True},
                }
            },
            {},
        ),
        (
            "what is ignored",
            {"lifecycle": [{"ignore_changes": ["user_data_base64", "user_data", "ebs_block_device", "tags"]}]},
            {"lifecycle": [{"ignore_changes": ["user_data", "block_device_mappings", "tags"]}]},
            {},
        ),
        ("all is ignored", {"lifecycle": {"ignore_changes": "all"}}, {"lifecycle": {"ignore_changes": "all"}}, {}),
    ],
)
def test_arguments(why: str, body: dict[str, Any], expected: dict[str, Any], more: dict[str, Any]) -> None:
    assert fix_of(document(body, **more)).by_hand == ()
    assert body_after(body, **more) == SAID | expected, why


@pytest.mark.parametrize(
    ("why", "body", "told", "more"),
    [
        ("an argument of no launch configuration", {"tags": {"a": "b"}}, "tags has no mapping", {}),
        ("a name of two letters", {"name": "ab"}, "choose a name of 3 to 125 letters", {}),
        (
            "a device is left out",
            {"ebs_block_device": {"device_name": "b", "no_device": True}},
            'no_device = "true"',
            {},
        ),
        (
            "two scripts",
            {"user_data": "a b", "user_data_base64": "${var.x}"},
            "write this and user_data as one",
            variable("x"),
        ),
        ("a root device of an image that is not looked up", {"root_block_device": {"iops": 1}}, "own root device", {}),
        ("blocks that are computed", {"ebs_block_device": "${var.x}"}, "write ebs_block_device as", variable("x")),
        (
            "made of what is in base64",
            {"user_data": "${upper(base64encode(var.x))}"},
            "unless it is already",
            variable("x"),
        ),
        ("a group by its name", {"security_groups": ["default"]}, "security group default", {}),
        (
            "a group by its name, and an address",
            {"security_groups": ["${aws_security_group.x.name}"], "associate_public_ip_address": True},
            "in place of aws_security_group.x.name",
            {},
        ),
        ("marks that strip blanks", {"user_data": "a\n%{ if true ~}\n b\n%{ endif }"}, "encode user_data", {}),
        (
            "an unknown dynamic block",
            {"dynamic": {"tag": {"for_each": [], "content": {}}}},
            "tag has no mapping",
            {},
        ),
        (
            "an output of its name",
            {},
            "this is a launch template's name afterwards",
            {"output": {"n": {"value": "${aws_launch_configuration.web.name}"}}},
        ),
        (
            "a group that takes the name from a map",
            {},
            "it takes the launch configuration's name from each.value: give it the template's id",
            {
                "resource": {
                    "aws_autoscaling_group": {
                        "w": {
                            "for_each": {"a": "${aws_launch_configuration.web.name}"},
                            "launch_configuration": "${each.value}",
                        }
                    }
                }
            },
        ),
        (
            "a group that ignores it",
            {},
            "the group ignores changes of what it launches from",
            {
                "resource": {
                    "aws_autoscaling_group": {
                        "w": {
                            "launch_configuration": "${aws_launch_configuration.web.name}",
                            "lifecycle": [{"ignore_changes": ["launch_configuration"]}],
                        }
                    }
                }
            },
        ),
        (
            "a group that chooses",
            {},
            "it chooses between launch configurations",
            {
                "resource": {
                    "aws_autoscaling_group": {"w": {"launch_configuration": "${aws_launch_configuration.web.name}-x"}}
                }
            },
        ),
    ],
)
def test_drafts(why: str, body: dict[str, Any], told: str, more: dict[str, Any]) -> None:
    messages = [step.message for step in fix_of(document(body, **more)).by_hand]
    assert any(told in message for message in messages), (why, messages)
    after(document(body, **more))


@pytest.mark.parametrize(
    ("written", "encoded"),
    [
        (r'"a"', r'"${f(\"a\")}"'),
        (r'"\"\\\n\t"', r'"${f(\"\\\"\\\\\\n\\t\")}"'),
        (r'"\u0001\u003c\u00fcü"', r'"${f(\"\\u0001\u003c\u00fcü\")}"'),
        (r'"$${a} %%{b} $ {"', r'"${f(\"$${a} %%{b} $ {\")}"'),
        (r'"${a}"', r'"${f(a)}"'),
        (r'"${~ a ~}"', r'"${~ f(a) ~}"'),
        (r'"${a}${b}"', r'"${f(\"${a}${b}\")}"'),
        (r'"x ${g(\"}\\\"${y}\")}\n"', r'"${f(\"x ${g(\"}\\\"${y}\")}\\n\")}"'),
        (r'"%{ if a }\"%{ endif }"', r'"${f(\"%{ if a }\\\"%{ endif }\")}"'),
    ],
)
def test_strings_keep_their_escapes(written: str, encoded: str) -> None:
    assert json_strings.encoded(written, "f") == encoded


@pytest.mark.parametrize("written", ['"x ${a"', '"x ${a ~} b"', r'"x ${a /* } */}"', r'"x ${<<E\n}\nE\n}"'])
def test_strings_that_are_not_understood_are_left_alone(written: str) -> None:
    assert json_strings.encoded(written, "f") is None


BEFORE = document(
    {"image_id": "ami-1", "user_data": "a b", "security_groups": ["sg-1"], "ebs_block_device": {"device_name": "b"}},
    resource={"aws_autoscaling_group": {"w": {"launch_configuration": "${aws_launch_configuration.web.name}"}}},
)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"image_id": "ami-1"', '"image_id": "ami-2"'),
        ("a b", "a c"),
        ('base64encode(\\"a b\\")', 'base64gzip(\\"a b\\")'),
        ('"vpc_security_group_ids"', '"security_group_names"'),
        ('["sg-1"]', '["sg-2"]'),
        ('"enabled": true', '"enabled": false'),
        ('"delete_on_termination": true', '"delete_on_termination": false'),
        ("latest_version", "default_version"),
        ('"version": ', '"id2": '),
        ("${aws_launch_template.web.id}", "${aws_launch_template.other.id}"),
        ('"aws_autoscaling_group": {"w"', '"aws_autoscaling_group": {"x"'),
    ],
)
def test_what_says_something_else_is_not_proven(old: str, new: str) -> None:
    fix, source = fix_of(BEFORE), SourceFile("main.tf.json", BEFORE)
    done = apply(source, fix.edits)
    assert proof.unproven(source, done, fix.renamed) == ""
    assert old in done.text
    assert proof.unproven(source, SourceFile(done.path, done.text.replace(old, new)), fix.renamed) != ""


def test_a_reference_that_is_left_is_not_proven() -> None:
    text = document({}, output={"n": {"value": "${aws_launch_configuration.web.name}"}})
    fix, source = fix_of(text), SourceFile("main.tf.json", text)
    fix = fix._replace(edits=tuple(edit for edit in fix.edits if edit.content != "aws_launch_template.web.name"))
    told = "it would still refer to aws_launch_configuration.web.name"
    assert proof.unproven(source, apply(source, fix.edits), fix.renamed) == told
