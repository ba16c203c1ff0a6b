"""Plans: what will exist after apply, whom it refers to, where it stands, and what is said of a plan that is none.

The plans under ``fixtures/plan`` are what Terraform 1.11.4 with provider 5.100.0 made of the configurations beside them,
cut down to what is read; ``existing`` had a state in which some of it exists.
"""

from __future__ import annotations

import copy
import json
import random
import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iac_imds_lint import files
from iac_imds_lint.engine import Options
from iac_imds_lint.files import FileSystem
from iac_imds_lint.output import concise, full, json_report, table
from iac_imds_lint.output.style import Style
from iac_imds_lint.output.view import View
from iac_imds_lint.report import Report
from tests.shell import run
from tests.support import linted
from tests.test_properties import examples

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures" / "plan"

REQUIRED = {"http_endpoint": "enabled", "http_tokens": "required"}
OPTIONAL = {"http_endpoint": "enabled", "http_tokens": "optional"}
COMPUTED = {"metadata_options": True}
BLOCK = {"metadata_options": [{"http_endpoint": {}, "http_tokens": {}}]}


def refers(*references: str) -> dict[str, Any]:
    """An expression that refers to these."""
    return {"references": list(references)}


def by_id(*references: str) -> dict[str, Any]:
    """The expressions of an instance that names its template by an id."""
    return {"launch_template": [{"id": refers(*references)}]}


class Item(NamedTuple):
    """A member of ``resource_changes`` and what the configuration has for it; None where it has nothing."""

    address: str
    after: dict[str, Any] | None = None
    unknown: dict[str, Any] | None = None
    expressions: dict[str, Any] | None = None
    actions: tuple[str, ...] = ("create",)
    sensitive: Any = None
    more: dict[str, Any] | None = None
    deposed: str = ""

    @property
    def named(self) -> tuple[str, str]:
        """Type and name."""
        match = re.search(r"(aws\w*)\.(\w+)(?:\[[^\]]*\])?$", self.address)
        assert match
        return match[1], match[2]

    def change(self) -> dict[str, Any]:
        type, name = self.named
        change = {
            "actions": list(self.actions),
            "before": None,
            "after": self.after,
            "after_unknown": self.unknown if self.unknown is not None else {},
            "after_sensitive": self.sensitive if self.sensitive is not None else {},
        }
        found = {"address": self.address, "mode": "managed", "type": type, "name": name, "change": change}
        return {**found, **({"deposed": self.deposed} if self.deposed else {})}

    def configured(self) -> dict[str, Any]:
        type, name = self.named
        found = {"address": f"{type}.{name}", "mode": "managed", "type": type, "name": name}
        return {**found, "provider_config_key": "aws", "expressions": self.expressions or {}, **(self.more or {})}


def plan(*items: Item, calls: dict[str, Any] | None = None, **more: Any) -> str:
    """The JSON of a plan of these resources; those of modules stand in the configuration that ``calls`` have."""
    own = {item.named: item.configured() for item in items if not item.address.startswith("module.")}
    return json.dumps(
        {
            "format_version": "1.2",
            "terraform_version": "1.11.4",
            "resource_changes": [item.change() for item in items],
            "configuration": {
                "provider_config": {"aws": {"name": "aws"}, "aws.west": {"name": "aws", "alias": "west"}},
                "root_module": {"resources": list(own.values()), "module_calls": calls or {}},
            },
            **more,
        }
    )


def module(*items: Item, source: str = "./m", given: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """A module call in the configuration of a plan, with what the module declares and its outputs."""
    outputs = {name: {"expression": expression} for name, expression in more.pop("outputs", {}).items()}
    inner = {"resources": [item.configured() for item in items], "outputs": outputs, **more.pop("inner", {})}
    return {"source": source, "expressions": given or {}, "module": inner, **more}


def postures(text: str) -> dict[str, str]:
    return {row.resource: row.posture.value for row in linted({"plan.json": text}).inventory}


WEB = "aws_instance.web"
LT = "aws_launch_template.t"
DEFAULTS = "aws_ec2_instance_metadata_defaults.d"
V1, V2, OFF, UNKNOWN = "v1-allowed", "v2-required", "imds-disabled", "unknown"


def web(**more: Any) -> Item:
    """An instance that is created without a block."""
    return Item(WEB, {"ami": "ami-1"}, COMPUTED, {"ami": {}}, **more)


def template(address: str = LT, options: dict[str, Any] | None = None, **more: Any) -> Item:
    """A new launch template with these options, the required ones unless others are given."""
    after = {"metadata_options": [REQUIRED if options is None else options], **more.pop("after", {})}
    return Item(address, after, {"id": True, "metadata_options": [{}]}, BLOCK, **more)


def user(*references: str, address: str = WEB, **more: Any) -> Item:
    """A new instance that launches from a template whose id is not known yet."""
    unknown = {"metadata_options": True, "launch_template": [{"id": True, "name": True}]}
    return Item(address, {"launch_template": [{"version": "$Default"}]}, unknown, by_id(*references), **more)


def existing(tokens: str, actions: tuple[str, ...] = ("no-op",)) -> Item:
    """An instance that exists already, with what the API answered, and no block in the configuration."""
    return Item(WEB, {"id": "i-1", "metadata_options": [{**REQUIRED, "http_tokens": tokens}]}, {}, {}, actions)


def default_of(provider: str) -> Item:
    """An account default that requires tokens."""
    return Item(DEFAULTS, {"http_tokens": "required"}, {}, {"http_tokens": {}}, more={"provider_config_key": provider})


def inherits(provider: str) -> dict[str, Any]:
    """The call of a module that calls another, in which an instance has that provider."""
    return module(inner={"module_calls": {"b": module(web(more={"provider_config_key": provider}))}})


CASES = {
    "nothing is set, so it is computed": (plan(web()), {WEB: V1}),
    "tokens are required": (plan(Item(WEB, {"metadata_options": [REQUIRED]}, {}, BLOCK)), {WEB: V2}),
    "tokens are optional": (plan(Item(WEB, {"metadata_options": [OPTIONAL]}, {}, BLOCK)), {WEB: V1}),
    "IMDS is off": (plan(Item(WEB, {"metadata_options": [{"http_endpoint": "disabled"}]}, {}, BLOCK)), {WEB: OFF}),
    "tokens wait for another resource": (
        plan(
            Item(
                WEB,
                {"metadata_options": [{"http_endpoint": "enabled"}]},
                {"metadata_options": [{"http_tokens": True}]},
                {"metadata_options": [{"http_tokens": refers("terraform_data.x.output", "terraform_data.x")}]},
            )
        ),
        {WEB: UNKNOWN},
    ),
    "the block is there, tokens are not in it": (
        plan(
            Item(
                WEB,
                {"metadata_options": [{"http_endpoint": "enabled"}]},
                {"metadata_options": [{"http_tokens": True}]},
                {"metadata_options": [{"http_endpoint": {"constant_value": "enabled"}}]},
            )
        ),
        {WEB: V1},
    ),
    "a dynamic block is not in the configuration of a plan: tokens may wait": (
        plan(
            Item(
                WEB,
                {"metadata_options": [{"http_endpoint": "enabled"}]},
                {"metadata_options": [{"http_tokens": True}]},
                {},
            )
        ),
        {WEB: UNKNOWN},
    ),
    "a dynamic block with known tokens": (plan(Item(WEB, {"metadata_options": [REQUIRED]}, {}, {})), {WEB: V2}),
    "deleted": (plan(web(actions=("delete",))), {}),
    "forgotten": (plan(web(actions=("forget",))), {}),
    "a data source is read": (plan(web(actions=("read",))), {}),
    "replaced: as if created": (plan(web(actions=("delete", "create"))), {WEB: V1}),
    "replaced, the new one first": (plan(web(actions=("create", "delete"))), {WEB: V1}),
    "forgotten and created anew": (plan(web(actions=("create", "forget"))), {WEB: V1}),
    "a deposed object is deleted, the current one stays": (
        plan(
            Item(WEB, None, actions=("delete",), deposed="abcd"), Item(WEB, {"metadata_options": [REQUIRED]}, {}, BLOCK)
        ),
        {WEB: V2},
    ),
    "exists with optional tokens, whoever set them": (plan(existing("optional")), {WEB: V1}),
    "exists with required tokens, whoever set them": (plan(existing("required")), {WEB: V2}),
    "updated in another respect": (plan(existing("required", ("update",))), {WEB: V2}),
    "an existing template whose options are empty strings": (
        plan(
            Item(LT, {"id": "lt-1", "metadata_options": [{"http_endpoint": "", "http_tokens": ""}]}, {}, {}, ("no-op",))
        ),
        {LT: V1},
    ),
    "a new template by its id": (plan(template(), user(f"{LT}.id", LT)), {LT: V2, WEB: V2}),
    "a new template by its name": (
        plan(
            template(after={"name": "strict"}), Item(WEB, {"launch_template": [{"name": "strict"}]}, COMPUTED, by_id())
        ),
        {LT: V2, WEB: V2},
    ),
    "an existing template by its literal id": (
        plan(
            Item(LT, {"id": "lt-0abc", "metadata_options": [REQUIRED]}, {}, BLOCK, ("no-op",)),
            Item(WEB, {"launch_template": [{"id": "lt-0abc"}]}, COMPUTED, {"launch_template": [{"id": {}}]}),
        ),
        {LT: V2, WEB: V2},
    ),
    "a template that is not in the plan": (
        plan(Item(WEB, {"launch_template": [{"id": "lt-0other"}]}, COMPUTED, {"launch_template": [{"id": {}}]})),
        {WEB: UNKNOWN},
    ),
    "a template that is deleted": (
        plan(template(actions=("delete",)), user(f"{LT}.id", LT)),
        {WEB: UNKNOWN},
    ),
    "one of two templates, by a condition": (
        plan(template(), template("aws_launch_template.u", OPTIONAL), user(f"{LT}.id", LT, "aws_launch_template.u.id")),
        {LT: V2, "aws_launch_template.u": V1, WEB: UNKNOWN},
    ),
    "a template of an index": (
        plan(template(f"{LT}[0]"), template(f"{LT}[1]", OPTIONAL), user(f"{LT}[0].id", f"{LT}[0]", LT)),
        {f"{LT}[0]": V2, f"{LT}[1]": V1, WEB: V2},
    ),
    "templates by count.index": (
        plan(
            template(f"{LT}[0]"),
            template(f"{LT}[1]", OPTIONAL),
            *(user(LT, "count.index", address=f"{WEB}[{number}]") for number in (0, 1)),
        ),
        {f"{LT}[0]": V2, f"{LT}[1]": V1, f"{WEB}[0]": V2, f"{WEB}[1]": V1},
    ),
    "an index that is computed in another way": (
        plan(template(f"{LT}[0]"), template(f"{LT}[1]", OPTIONAL), user(LT, "var.which")),
        {f"{LT}[0]": V2, f"{LT}[1]": V1, WEB: UNKNOWN},
    ),
    "templates by each.value": (
        plan(
            template(f'{LT}["a"]'),
            template(f'{LT}["b"]', OPTIONAL),
            *(
                user("each.value.id", "each.value", address=f'{WEB}["{key}"]', more={"for_each_expression": refers(LT)})
                for key in "ab"
            ),
        ),
        {f'{LT}["a"]': V2, f'{LT}["b"]': V1, f'{WEB}["a"]': V2, f'{WEB}["b"]': V1},
    ),
    "a template by the output of a module": (
        plan(
            template(f"module.m.{LT}"),
            user("module.m.id", "module.m"),
            calls={"m": module(template(), outputs={"id": refers(f"{LT}.id", LT)})},
        ),
        {f"module.m.{LT}": V2, WEB: V2},
    ),
    "a template by a field of an output": (
        plan(
            template(f"module.m.{LT}"),
            user("module.m.all.id", "module.m.all", "module.m"),
            calls={"m": module(template(), outputs={"all": refers(LT)})},
        ),
        {f"module.m.{LT}": V2, WEB: V2},
    ),
    "a template by the variable of a module": (
        plan(
            template(),
            user("var.template", address=f"module.m.{WEB}"),
            calls={"m": module(user("var.template"), given={"template": refers(f"{LT}.id", LT)})},
        ),
        {LT: V2, f"module.m.{WEB}": V2},
    ),
    "from one module's output to another's variable, each in its instance": (
        plan(
            template('module.t["a"].aws_launch_template.t'),
            template('module.t["b"].aws_launch_template.t', OPTIONAL),
            *(user("var.template", address=f'module.m["{key}"].{WEB}') for key in "ab"),
            calls={
                "t": module(template(), outputs={"id": refers(f"{LT}.id", LT)}),
                "m": module(user("var.template"), given={"template": refers("module.t", "each.key")}),
            },
        ),
        {
            'module.t["a"].aws_launch_template.t': V2,
            'module.t["b"].aws_launch_template.t': V1,
            f'module.m["a"].{WEB}': V2,
            f'module.m["b"].{WEB}': V1,
        },
    ),
    "a local value is not in a plan": (plan(template(), user("local.template")), {LT: V2, WEB: UNKNOWN}),
    "an output that leads back to itself": (
        plan(
            user("module.m.id"),
            calls={"m": module(outputs={"id": refers("module.m.id", "var.x")}, given={"x": refers("module.m.id")})},
        ),
        {WEB: UNKNOWN},
    ),
    "a launch configuration without http_endpoint": (
        plan(
            Item(
                "aws_launch_configuration.c",
                {"metadata_options": [{"http_tokens": "required"}]},
                {"metadata_options": [{"http_endpoint": True}]},
                {"metadata_options": [{"http_tokens": {}}]},
            )
        ),
        {"aws_launch_configuration.c": V1},
    ),
    "a nested attribute of awscc": (
        plan(
            Item(
                "awscc_ec2_launch_template.t",
                {"launch_template_data": {"metadata_options": REQUIRED}},
                {},
                {"launch_template_data": {"constant_value": {"metadata_options": REQUIRED}}},
            )
        ),
        {"awscc_ec2_launch_template.t": V2},
    ),
    "a nested attribute of awscc that is not set": (
        plan(Item("awscc_ec2_instance.i", {}, {"metadata_options": True}, {"image_id": {}})),
        {"awscc_ec2_instance.i": V1},
    ),
    "a nested attribute of awscc that waits": (
        plan(
            Item(
                "awscc_ec2_instance.i",
                {"metadata_options": {"http_endpoint": "enabled"}},
                {"metadata_options": {"http_tokens": True}},
                {"metadata_options": refers("terraform_data.x.output")},
            )
        ),
        {"awscc_ec2_instance.i": UNKNOWN},
    ),
    "overrides of an awscc fleet": (
        plan(
            Item(
                "awscc_ec2_ec2_fleet.f",
                {"type": "instant", "launch_template_configs": [{"overrides": [{"metadata_options": REQUIRED}]}]},
                {},
                {
                    "type": {"constant_value": "instant"},
                    "launch_template_configs": {"constant_value": [{"overrides": [{"metadata_options": REQUIRED}]}]},
                },
            )
        ),
        {"awscc_ec2_ec2_fleet.f": V2},
    ),
    "overrides of an awscc fleet, one of them open": (
        plan(
            Item(
                "awscc_ec2_ec2_fleet.f",
                {
                    "type": "instant",
                    "launch_template_configs": [{"overrides": [{"metadata_options": o} for o in (REQUIRED, OPTIONAL)]}],
                },
                {},
                {"type": {"constant_value": "instant"}, "launch_template_configs": refers("var.configs")},
            )
        ),
        {"awscc_ec2_ec2_fleet.f": V1},
    ),
    "a notebook": (
        plan(
            Item(
                "aws_sagemaker_notebook_instance.n",
                {"instance_metadata_service_configuration": [{"minimum_instance_metadata_service_version": "2"}]},
                {},
                {},
            )
        ),
        {"aws_sagemaker_notebook_instance.n": V2},
    ),
    "an account default of the same provider": (
        plan(web(), Item("aws_ec2_instance_metadata_defaults.d", {"http_tokens": "required"}, {}, {"http_tokens": {}})),
        {WEB: V2, "aws_ec2_instance_metadata_defaults.d": V2},
    ),
    "an account default of another provider": (
        plan(
            web(),
            Item(
                "aws_ec2_instance_metadata_defaults.d",
                {"http_tokens": "required"},
                {},
                {"http_tokens": {}},
                more={"provider_config_key": "aws.west"},
            ),
        ),
        {WEB: V1, "aws_ec2_instance_metadata_defaults.d": V2},
    ),
    "an account default of another Region": (
        plan(web(), Item("aws_ec2_instance_metadata_defaults.d", {"http_tokens": "required", "region": "us-west-2"})),
        {WEB: V1, "aws_ec2_instance_metadata_defaults.d": V2},
    ),
    "a provider that a module inherits from far above, of several": (
        plan(
            Item(f"module.a.module.b.{WEB}", {}, COMPUTED),
            default_of("aws"),
            calls={"a": inherits("module.a.module.b:aws")},
        ),
        {f"module.a.module.b.{WEB}": V1, DEFAULTS: V2},
    ),
    "a provider that a module inherits from far above, the only one": (
        plan(
            Item(f"module.a.module.b.{WEB}", {}, COMPUTED),
            default_of("aws"),
            calls={"a": inherits("module.a.module.b:aws")},
        )
        .replace('"aws.west"', '"module.a.module.b:aws"')
        .replace('"alias": "west"', '"module_address": "module.a.module.b"'),
        {f"module.a.module.b.{WEB}": V2, DEFAULTS: V2},
    ),
    "a spot request has no options, whatever is written": (
        plan(Item("aws_spot_instance_request.s", {"metadata_options": [REQUIRED]}, {}, BLOCK)),
        {"aws_spot_instance_request.s": V1},
    ),
    "only planned values": (
        json.dumps(
            {
                "format_version": "1.0",
                "terraform_version": "1.0.0",
                "planned_values": {
                    "root_module": {
                        "resources": [
                            {
                                "address": WEB,
                                "mode": "managed",
                                "type": "aws_instance",
                                "name": "web",
                                "values": {"metadata_options": [REQUIRED]},
                            }
                        ],
                        "child_modules": [
                            {
                                "address": "module.m",
                                "resources": [
                                    {
                                        "address": f"module.m.{WEB}",
                                        "mode": "managed",
                                        "type": "aws_instance",
                                        "name": "web",
                                        "values": {"metadata_options": [OPTIONAL]},
                                    }
                                ],
                            }
                        ],
                    }
                },
            }
        ),
        {WEB: V2, f"module.m.{WEB}": V1},
    ),
    "a state": (
        json.dumps(
            {
                "format_version": "1.0",
                "terraform_version": "1.0.0",
                "values": {
                    "root_module": {
                        "resources": [
                            {
                                "address": LT,
                                "mode": "managed",
                                "type": "aws_launch_template",
                                "name": "t",
                                "values": {"id": "lt-1", "metadata_options": [REQUIRED]},
                            },
                            {
                                "address": WEB,
                                "mode": "managed",
                                "type": "aws_instance",
                                "name": "web",
                                "values": {"launch_template": [{"id": "lt-1"}], "metadata_options": []},
                            },
                        ]
                    }
                },
            }
        ),
        {LT: V2, WEB: V2},
    ),
}


@pytest.mark.parametrize("why", CASES)
def test_what_exists_after_apply(why: str) -> None:
    text, expected = CASES[why]
    report = linted({"plan.json": text})
    assert not [finding.message for finding in report.findings if finding.rule.code in ("IMDS900", "IMDS999")]
    assert postures(text) == expected


CREATED = {
    "aws_ami.own": V2,
    "aws_autoscaling_group.mixed": V1,
    "aws_autoscaling_group.old": V1,
    "aws_ec2_instance_metadata_defaults.west": V2,
    "aws_instance.bare[0]": V1,
    "aws_instance.bare[1]": V1,
    'aws_instance.each["a"]': V2,
    'aws_instance.each["b"]': V1,
    "aws_instance.from_first": V2,
    "aws_instance.from_name": V2,
    "aws_instance.from_strict[0]": V2,
    "aws_instance.from_strict[1]": V1,
    "aws_instance.late": UNKNOWN,
    "aws_instance.latedyn": V1,
    "aws_instance.nodyn": V1,
    "aws_instance.own": UNKNOWN,
    "aws_instance.secret": V1,
    "aws_instance.west": V2,
    "aws_launch_configuration.old": V1,
    "aws_launch_template.empty": V1,
    "aws_launch_template.plain": V1,
    "aws_launch_template.strict[0]": V2,
    "aws_launch_template.strict[1]": V1,
    "module.fleet.aws_instance.direct": V2,
    "module.fleet.aws_instance.local": UNKNOWN,
    'module.fleets["a"].aws_instance.direct': V2,
    'module.fleets["a"].aws_instance.local': UNKNOWN,
    'module.fleets["b"].aws_instance.direct': V1,
    'module.fleets["b"].aws_instance.local': UNKNOWN,
    'module.template["a"].aws_launch_template.this': V2,
    'module.template["b"].aws_launch_template.this': V1,
}
EXISTING = {
    "aws_autoscaling_group.in_group": V1,
    "aws_instance.by_changed": V2,
    "aws_instance.by_id": V2,
    "aws_instance.changed": V2,
    "aws_instance.kept": V1,
    "aws_instance.moved": V1,
    "aws_launch_template.changes": V2,
    "aws_launch_template.known": V2,
    "aws_launch_template.plain": V1,
}

NESTED = {
    "aws_eks_node_group.nodes": UNKNOWN,
    "aws_ec2_instance_metadata_defaults.west": V2,
    "aws_imagebuilder_infrastructure_configuration.images": V1,
    "aws_instance.by_coalesce": V2,
    'aws_instance.by_each["0"]': V2,
    "aws_instance.by_one": V2,
    "aws_instance.by_two_levels": V1,
    "aws_launch_template.half": UNKNOWN,
    "aws_launch_template.maybe[0]": V2,
    "aws_sagemaker_notebook_instance.notes": V1,
    "aws_sagemaker_notebook_instance.two": V2,
    "aws_spot_fleet_request.fleet": UNKNOWN,
    "aws_spot_fleet_request.specs": V1,
    'module.outer[0].module.inner.aws_launch_template.this["only"]': V2,
    'module.outer[1].module.inner.aws_launch_template.this["only"]': V1,
    "module.regional.aws_instance.here": V2,
}


@pytest.mark.parametrize(("name", "expected"), [("created", CREATED), ("existing", EXISTING), ("nested", NESTED)])
def test_plans_that_terraform_made(name: str, expected: dict[str, str]) -> None:
    assert postures((FIXTURES / name / "plan.json").read_text()) == expected


def test_who_uses_a_template_is_known_through_groups_and_modules() -> None:
    rows = {
        row.resource: row.consumers for row in linted({"p": (FIXTURES / "created" / "plan.json").read_text()}).inventory
    }
    assert "aws_autoscaling_group.mixed" in rows["aws_launch_template.strict[1]"]
    assert "aws_autoscaling_group.mixed" in rows['module.template["b"].aws_launch_template.this']
    assert rows["aws_launch_configuration.old"] == ("aws_autoscaling_group.old",)


# --- Places ----------------------------------------------------------------------------------------------------------


def configuration(name: str) -> dict[str, str]:
    """The files of a fixture by their paths in ``infra``."""
    top = FIXTURES / name
    return {f"infra/{path.relative_to(top).as_posix()}": path.read_text() for path in top.rglob("*") if path.is_file()}


PLACED = Options(configuration="infra")


def places(report: Report) -> list[tuple[str, str, int]]:
    """Code, file and row of each finding."""
    told = json.loads(json_report.render(report, View()))
    return [(entry["code"], entry["filename"], entry["location"]["row"]) for entry in told]


def test_a_finding_stands_at_the_address_in_the_plan() -> None:
    text = json.dumps(json.loads(plan(web())), indent=2)
    (finding,) = linted({"plan.json": text}).findings
    assert text[finding.span.start : finding.span.end] == f'"{WEB}"'
    assert text.rindex('"resource_changes"', 0, finding.span.start)


@pytest.mark.parametrize(("pinned", "expected"), [({"default_version": {}}, 1), ({}, 0)])
def test_only_a_default_version_that_is_written_is_pinned(pinned: dict[str, Any], expected: int) -> None:
    after = {"id": "lt-1", "default_version": 1, "update_default_version": not pinned, "metadata_options": [REQUIRED]}
    consumer = Item(WEB, {"launch_template": [{"id": "lt-1", "version": "$Default"}]}, COMPUTED, by_id())
    text = plan(Item(LT, after, {}, {**BLOCK, **pinned, "update_default_version": {}}, ("no-op",)), consumer)
    assert [f.rule.code for f in linted({"p": text}).findings].count("IMDS006") == expected


def test_equal_instances_of_one_block_are_one_finding() -> None:
    found = linted({"p": plan(*(Item(f"{WEB}[{n}]", {"ami": "a"}, COMPUTED, {"ami": {}}) for n in range(3)))}).findings
    assert [finding.affected for finding in found] == [(f"{WEB}[0]", f"{WEB}[1]", f"{WEB}[2]")]


def test_a_finding_stands_in_the_configuration_that_is_named() -> None:
    found = linted(configuration("created"), PLACED, ("infra/plan.json",))
    assert ("IMDS001", "infra/main.tf", 34) in places(found)
    assert ("IMDS002", "infra/modules/template/main.tf", 5) in places(found)
    assert not [path for _, path, _ in places(found) if path == "infra/plan.json"]
    (weak,) = (f for f in found.findings if f.span.path == "infra/modules/template/main.tf")
    assert [(related.message, related.span.path) for related in weak.related] == [("called here", "infra/main.tf")]


def test_what_the_configuration_does_not_have_stays_in_the_plan() -> None:
    texts = {"infra/main.tf": "", "plan.json": plan(web())}
    assert places(linted(texts, PLACED, ("plan.json",))) == [("IMDS001", "plan.json", 1)]


def test_a_dynamic_block_in_the_configuration_leaves_open_what_the_plan_does_not_say() -> None:
    rows = {r.resource: r for r in linted(configuration("created"), PLACED, ("infra/plan.json",)).inventory}
    assert rows["aws_instance.latedyn"].posture.value == UNKNOWN
    assert rows["aws_instance.bare[0]"].posture.value == V1


def test_one_cause_is_one_finding_where_the_configuration_is_linted_too() -> None:
    found = linted(configuration("created"), PLACED)
    heads = [(finding.rule.code, finding.resource.head) for finding in found.findings if finding.resource]
    assert len(heads) == len(set(heads))
    assert not [path for _, path, _ in places(found) if path == "infra/plan.json"]
    by_head = {head: [code for code, other in heads if other == head] for _, head in heads}
    assert not [codes for codes in by_head.values() if "IMDS005" in codes and len(codes) > 1]
    assert any(finding.fix for finding in found.findings), "the configuration's own findings keep their fixes"


def test_a_plan_decides_what_the_configuration_leaves_open() -> None:
    texts = {
        "main.tf": 'variable "t" {\n  type = string\n}\n'
        'resource "aws_instance" "web" {\n  metadata_options {\n    http_endpoint = "enabled"\n'
        "    http_tokens   = var.t\n  }\n}\n",
        "plan.json": plan(Item(WEB, {"metadata_options": [REQUIRED]}, {}, BLOCK)),
    }
    assert [code for code, _, _ in places(linted(texts))] == ["IMDS005"]
    assert places(linted(texts, Options(configuration=""))) == []


def test_a_comment_in_the_configuration_covers_what_a_plan_says() -> None:
    texts = {
        "infra/main.tf": '# iac-imds-lint: ignore[IMDS001] in a private network\nresource "aws_instance" "web" {\n}\n',
        "plan.json": plan(web()),
    }
    assert places(linted(texts, PLACED, ("plan.json",))) == []
    texts["plan.json"] = plan(existing("required"))
    assert places(linted(texts, PLACED, ("plan.json",))) == [], "whether it is needed is for the configuration to say"


def test_what_looks_like_a_comment_in_a_plan_is_none() -> None:
    script = "#!/bin/sh\n# iac-imds-lint: ignore[IMDS001] no\n# iac-imds-lint: ignore\n"
    text = json.dumps(json.loads(plan(web()._replace(after={"user_data": script}))), indent=1)
    assert [code for code, _, _ in places(linted({"plan.json": text}))] == ["IMDS001"]


def test_a_plan_has_no_fix() -> None:
    told = json.loads(
        json_report.render(linted({"p": plan(web(), Item(LT, {"metadata_options": [OPTIONAL]}, {}, BLOCK))}), View())
    )
    assert [entry["fix"] for entry in told] == [None, None]
    assert {entry["fix_unavailable"] for entry in told} == {"run the linter on the configuration to fix it"}


def test_a_sensitive_value_is_not_shown() -> None:
    item = Item(
        WEB,
        {"metadata_options": [{"http_endpoint": "enabled", "http_tokens": "Geheim"}]},
        {},
        BLOCK,
        sensitive={"metadata_options": [{"http_tokens": True}]},
    )
    for text in (plan(item), json.dumps(json.loads(plan(item)), indent=2)):
        report = linted({"plan.json": text})
        told = (
            full.render(report, View(Style(False)))
            + concise.render(report, View(Style(False)))
            + json_report.render(report, View())
        )
        assert "a sensitive value" in told
        assert "Geheim" not in json_report.render(report, View()) + concise.render(report, View(Style(False)))
        assert "Geheim" not in table.inventory(report, Style(False))


# --- What is a plan, and what is a broken one ------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["plan", "plan.json", "a.template", "tfplan.txt", "x.yaml"])
def test_a_plan_is_known_by_its_content(name: str) -> None:
    assert [code for code, _, _ in places(linted({name: plan(web())}))] == ["IMDS001"]


@pytest.mark.parametrize(
    "text",
    [
        '{"format_version": "1.0", "terraform_version": "1.0", "Resources": {"A": {"Type": "AWS::EC2::Instance"}}}',
        json.dumps({"Description": '"format_version" "terraform_version" "values" aws_instance', "Resources": {"A": {"Type": "AWS::EC2::Instance"}}}),
        json.dumps({"Metadata": {"format_version": 1, "terraform_version": 1, "values": ["aws_instance"]},
                    "Resources": {"A": {"Type": "AWS::EC2::Instance"}}}),
    ],
)  # fmt: skip
def test_a_template_that_speaks_of_plans_is_a_template(text: str) -> None:
    assert [row.resource for row in linted({"t.json": text}).inventory] == ["A"]


def test_a_plan_is_never_a_template() -> None:
    text = plan(web(), Resources={"A": {"Type": "AWS::EC2::Instance"}})
    assert list(postures(text)) == [WEB]


@pytest.mark.parametrize(
    "text",
    [
        '{"format_version": "1.0", "provider_schemas": {"x": "aws_instance"}}',
        '{"x": {"format_version": 1, "terraform_version": 1, "values": "aws_instance"}}',
        '{"format_version": "1.0", "terraform_version": "1.0", "x": {"values": "aws_instance"}}',
        "[]",
        "{}",
    ],
)
def test_other_json_is_passed_over(text: str) -> None:
    assert linted({"x.json": text}).findings == ()


BROKEN = {
    "truncated": (plan(web())[:-3], "this file cannot be read: "),
    "truncated in a string": (plan(web())[:200] + '"resource_changes" "aws_instance', "this file cannot be read: "),
    "deep": (plan(web())[:-1] + ', "x": ' + "[" * 100_000 + "]" * 100_000 + "}", "nested more than 100 levels deep"),
    "not a number": (plan(web())[:-1] + ', "x": NaN}', "NaN is not a JSON value"),
    "another major version": (plan(web()).replace('"1.2"', '"2.0"'), "a plan of format version 2.0, not 1"),
    "no version": (plan(web()).replace('"1.2"', "null"), "a plan of format version None, not 1"),
    "an object of changes": (plan(web(), resource_changes={"a": 1}), "resource_changes is no list"),
    "a number for a change": (plan(web(), resource_changes=[1]), "resource_changes[0] is no object"),
    "a change without an address": (
        plan(web(), resource_changes=[{"type": "aws_instance"}]),
        "has no type and address",
    ),
    "a change that is none": (
        plan(web(), resource_changes=[{"type": "aws_instance", "address": WEB, "change": []}]),
        f"resource_changes[0] ({WEB}) has no change with actions",
    ),
    "a creation of nothing": (plan(Item(WEB)), f"resource_changes[0] ({WEB}) has no values after the change"),
    "a planned value that is none": (
        json.dumps(
            {
                "format_version": "1.0",
                "terraform_version": "1.0.0",
                "planned_values": {"root_module": {"resources": [{"mode": "data"}, {"type": "aws_instance"}]}},
            }
        ),
        "planned_values has a resource without type, address and values",
    ),
    "planning failed": (plan(web(), errored=True), "planning failed, so this plan is not complete"),
}


@pytest.mark.parametrize("why", BROKEN)
def test_a_broken_plan_is_told(why: str) -> None:
    text, words = BROKEN[why]
    report = linted({"plan.json": text})
    told = [finding.message for finding in report.findings if finding.rule.code == "IMDS900"]
    assert len(told) == 1
    assert words in told[0]
    assert report.exit == 3


def test_a_huge_number_is_no_defect() -> None:
    options = {**REQUIRED, "http_put_response_hop_limit": 0}
    text = plan(Item(WEB, {"metadata_options": [options]}, {}, BLOCK)).replace(": 0}", ": " + "9" * 5000 + "}")
    assert postures(text) == {WEB: V2}


@pytest.mark.parametrize(
    "address", ['aws_instance.web["\u001b[31m"]', "aws_instance.\ud800", "x" * 5000, "", 'module.["a']
)
def test_a_strange_address_is_shown_harmlessly(address: str) -> None:
    change = Item(WEB, {}, COMPUTED).change() | {"address": address}
    report = linted({"plan.json": plan(web(), resource_changes=[change])})
    told = full.render(report, View(Style(False))) + json_report.render(report, View())
    assert told.encode()
    assert "\x1b" not in told


# --- The command -----------------------------------------------------------------------------------------------------


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A directory with a configuration and, elsewhere, its plan."""
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "main.tf").write_text('resource "aws_instance" "web" {\n  ami = "ami-1"\n}\n')
    (tmp_path / "tfplan.json").write_text(plan(web()))
    return tmp_path


def test_a_plan_on_the_command_line(place: Path) -> None:
    ran = run(place, "check", "--output-format", "concise", "tfplan.json")
    assert ran.status == 1
    assert b"tfplan.json:1:" in ran.out
    assert b"IMDS001 aws_instance.web answers IMDSv1" in ran.out


@pytest.mark.parametrize("directory", ["infra", "./infra/", "infra/../infra"])
def test_the_source_of_a_plan(place: Path, directory: str) -> None:
    ran = run(place, "check", "--output-format", "concise", "--source", directory, "tfplan.json")
    assert ran.out.startswith(b"infra/main.tf:1:1: error IMDS001 aws_instance.web")
    assert b"infra/main.tf:1" in run(place, "inventory", "--source", directory, "tfplan.json").out


def test_plan_and_configuration_in_one_run(place: Path) -> None:
    ran = run(place, "check", "--output-format", "concise", "--source", "infra", ".")
    assert (
        ran.out
        == b"infra/main.tf:1:1: error IMDS001 aws_instance.web answers IMDSv1: metadata_options is not set [safe fix]\n"
    )
    assert run(
        place / "infra", "check", "--output-format", "concise", "--source", ".", "../tfplan.json"
    ).out.startswith(b"main.tf:1:1:")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--source", "infar"), "no such directory: infar (the nearest is infra)"),
        (("--source", "infra/main.tf"), "--source takes a directory, and infra/main.tf is none"),
        (("--source", "infra", "--fix"), "--source is for plans, and a plan cannot be fixed"),
        (("--source", "infra", "--diff"), "--source is for plans, and a plan cannot be fixed"),
    ],
)
def test_wrong_use(place: Path, arguments: tuple[str, ...], words: str) -> None:
    ran = run(place, "check", *arguments, "tfplan.json")
    assert ran.status == 2
    assert words in ran.err


def test_fixing_beside_a_plan(place: Path) -> None:
    before = (place / "tfplan.json").read_bytes()
    ran = run(place, "check", "--fix", "--output-format", "concise", ".")
    assert "fixed in infra/main.tf\n" in ran.err
    assert b"tfplan.json:1" in ran.out, "the plan is as it was: it has to be made anew"
    assert (place / "tfplan.json").read_bytes() == before


def test_a_plan_in_terraforms_own_format(place: Path) -> None:
    (place / "p.tfplan").write_bytes(
        b"PK\x03\x04\x14\0\x08\0\x08\0\0\0\0\0" + b"\0" * 12 + b"\6\0\0\0tfplan" + b"\0" * 40
    )
    ran = run(place, "check", "p.tfplan")
    assert ran.status == 3
    assert "convert it by `terraform show -json`" in ran.err


def test_a_plan_in_utf_16(place: Path) -> None:
    (place / "u.json").write_text(plan(web()), encoding="utf-16")
    ran = run(place, "check", "u.json")
    assert ran.status == 3
    assert "u.json: a plan in UTF-16, as PowerShell writes it: convert it to UTF-8" in ran.err


def test_a_large_plan_is_read(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_BYTES", 200)
    assert run(place, "check", "tfplan.json").status == 1
    monkeypatch.setattr(files, "MOST_PLAN_BYTES", 300)
    found = FileSystem().data(str(place / "tfplan.json"))
    assert not isinstance(found, bytes)
    assert found is not None
    assert "not read" in found.reason


# --- Whatever is in it -----------------------------------------------------------------------------------------------

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-1, 3), st.just(10**400), st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["", "required", "optional", "aws_instance.web", "module.m.id", "var.x", "aws_launch_template", "[", "\ud800"]),
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["references", "constant_value", "after", "id", "metadata_options", "module"]),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=5,
)
SEEDS = [json.loads((FIXTURES / name / "plan.json").read_text()) for name in ("created", "existing", "nested")]


def paths_of(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every node of a tree."""
    members = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(found for key, inner in members for found in paths_of(inner, (*path, key)))]


PATHS = [paths_of(seed) for seed in SEEDS]


def changed(root: Any, path: tuple[Any, ...], value: Any) -> None:
    """Put a value at a path, as far as it still leads somewhere."""
    node = root
    for key in path[:-1]:
        if not isinstance(node, dict | list) or (
            isinstance(node, list) and not (isinstance(key, int) and key < len(node))
        ):
            return
        if isinstance(node, dict) and key not in node:
            return
        node = node[key]
    if isinstance(node, dict) or (isinstance(node, list) and isinstance(path[-1], int) and path[-1] < len(node)):
        node[path[-1]] = value


@examples(60)
@given(st.data())
def test_any_values_in_a_plan_are_judged_or_told(data: st.DataObject) -> None:
    number = data.draw(st.integers(0, len(SEEDS) - 1))
    root = copy.deepcopy(SEEDS[number])
    drawn = random.Random(data.draw(st.integers(0, 10**6)))
    for _ in range(data.draw(st.integers(1, 12))):
        changed(root, drawn.choice(PATHS[number][1:]), data.draw(VALUES))
    everything_is_told(json.dumps(root).encode())


@examples(60)
@given(st.integers(0, 10**6), st.integers(1, 6))
def test_any_bytes_in_a_plan_are_judged_or_told(seed: int, times: int) -> None:
    drawn = random.Random(seed)
    text = bytearray((FIXTURES / drawn.choice(("created", "existing")) / "plan.json").read_bytes())
    for _ in range(times):
        at = drawn.randrange(len(text))
        match drawn.randrange(3):
            case 0:
                text[at] = drawn.randrange(256)
            case 1:
                del text[at : at + drawn.randrange(1, 200)]
            case _:
                text[at:at] = drawn.choice((b'"', b"}", b"[", b",", b"\\", b"null", b"{}"))
    everything_is_told(bytes(text))


def everything_is_told(data: bytes) -> None:
    """Nothing is a defect of ours, and every report can be printed."""
    texts: dict[str, str | bytes] = {**configuration("created"), "infra/plan.json": data}
    for options in (Options(), PLACED):
        report = linted(texts, options, ("infra/plan.json",))
        assert not [finding.message for finding in report.findings if finding.rule.code == "IMDS999"]
        told = (
            full.render(report, View(Style(False)))
            + concise.render(report, View(Style(True)))
            + json_report.render(report, View())
        )
        assert (told + table.inventory(report, Style(False))).encode()
