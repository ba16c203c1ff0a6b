"""Code lenses on launch templates: the posture, who uses them, and whether a new version reaches these."""

from __future__ import annotations

from typing import NamedTuple

import pytest

pytest.importorskip("lsprotocol")
pytest.importorskip("pygls")

from lsprotocol import types

from iac_imds_lint.engine import Options
from iac_imds_lint.lsp.abilities import abilities
from iac_imds_lint.lsp.lens import SHOW, lenses
from tests.lsp_places import found


class Case(NamedTuple):
    """A file ``main.tf`` or ``t.yaml`` with others beside it, and the titles of its lenses in order."""

    why: str
    files: dict[str, str]
    titles: list[str]


def template(name: str = "web", tokens: str = '"optional"', more: str = "") -> str:
    options = f'  metadata_options {{\n    http_endpoint = "enabled"\n    http_tokens   = {tokens}\n  }}\n'
    return f'resource "aws_launch_template" "{name}" {{\n{more}{options}}}\n'


def group(
    version: str = "", name: str = "web", kind: str = "aws_autoscaling_group", of: str = "aws_launch_template.web.id"
) -> str:
    asked = f"    version = {version}\n" if version else ""
    return f'resource "{kind}" "{name}" {{\n  launch_template {{\n    id = {of}\n{asked}  }}\n}}\n'


def stack(name: str, version: str = "") -> str:
    asked = f"        Version: {version}\n" if version else ""
    return (
        "Resources:\n  Web:\n    Type: AWS::EC2::LaunchTemplate\n    Properties:\n      LaunchTemplateName: web\n"
        "      LaunchTemplateData:\n        ImageId: ami-1\n  Group:\n    Type: AWS::AutoScaling::AutoScalingGroup\n"
        f"    Properties:\n      LaunchTemplate:\n        {name}\n{asked}"
    )


LATEST = "aws_launch_template.web.latest_version"
REFRESHED = group(LATEST).replace('"web" {', '"web" {\n  instance_refresh {\n    strategy = "Rolling"\n  }', 1)
CONFIGURATION = 'resource "aws_launch_configuration" "web" {\n  image_id = "ami-1"\n}\n'
OF_CONFIGURATION = (
    'resource "aws_autoscaling_group" "web" {\n  launch_configuration = aws_launch_configuration.web.name\n}\n'
)
MODULE = {
    "m/main.tf": template() + group('"1"') + 'output "id" {\n  value = aws_launch_template.web.id\n}\n',
    "main.tf": 'module "m" {\n  source = "./m"\n}\n' + group('"$Latest"', of="module.m.id"),
}
COUNTED = template(more="  count = 2\n")
OPEN = group('"$Latest"', "other", of="var.id") + 'variable "id" {}\n'
ASKED = group("var.v") + 'variable "v" {}\n'

LAUNCHES = 'aws_autoscaling_group.g{} ("$Latest": next launches)'

USED = [
    Case(
        "what it launches from then on",
        {"main.tf": template() + group('"$Latest"')},
        ['v1-allowed · used by 1: aws_autoscaling_group.web ("$Latest": next launches)'],
    ),
    Case(
        "the newest, by its attribute",
        {"main.tf": template() + group(LATEST)},
        ["v1-allowed · used by 1: aws_autoscaling_group.web (latest_version: next launches)"],
    ),
    Case(
        "what runs is replaced",
        {"main.tf": template() + REFRESHED},
        ["v1-allowed · used by 1: aws_autoscaling_group.web (latest_version: next apply renews it)"],
    ),
    Case(
        "EKS finds $Latest changed",
        {"main.tf": template() + group('"$Latest"', kind="aws_eks_node_group")},
        ['v1-allowed · used by 1: aws_eks_node_group.web ("$Latest": next apply renews it)'],
    ),
    Case(
        "pinned",
        {"main.tf": template() + group('"2"')},
        ["v1-allowed · used by 1: aws_autoscaling_group.web (version 2: not reached)"],
    ),
    Case(
        "the default stays",
        {"main.tf": template() + group()},
        ["v1-allowed · used by 1: aws_autoscaling_group.web (the default version: not reached)"],
    ),
    Case(
        "the default follows",
        {"main.tf": template(more="  update_default_version = true\n") + group()},
        ["v1-allowed · used by 1: aws_autoscaling_group.web (the default version: next launches)"],
    ),
    Case(
        "which version is not decided",
        {"main.tf": template() + ASKED},
        ["v1-allowed · used by 1: aws_autoscaling_group.web (a version that is not known: reach not known)"],
    ),
    Case(
        "more than are told by name",
        {"main.tf": template(tokens='"required"') + "".join(group('"$Latest"', f"g{i}") for i in range(5))},
        [f"v2-required · used by 5: {', '.join(map(LAUNCHES.format, range(3)))} and 2 more"],
    ),
    Case(
        "the instances of one block are one user",
        {"main.tf": template() + group('"1"').replace('"web" {', '"web" {\n  count = 2', 1)},
        ["v1-allowed · used by 1: aws_autoscaling_group.web[*] (version 1: not reached)"],
    ),
    Case(
        "a launch configuration has no versions, and is to go",
        {"main.tf": CONFIGURATION + OF_CONFIGURATION},
        ["v1-allowed · migrate to a launch template · used by 1: aws_autoscaling_group.web"],
    ),
    Case(
        "CloudFormation, by an attribute",
        {"t.yaml": stack("LaunchTemplateId: !Ref Web", "!GetAtt Web.LatestVersionNumber")},
        ["v1-allowed · used by 1: Group (LatestVersionNumber: next launches)"],
    ),
    Case(
        "CloudFormation, by its name and pinned",
        {"t.yaml": stack("LaunchTemplateName: web", '"1"')},
        ["v1-allowed · used by 1: Group (version 1: not reached)"],
    ),
]
OUTPUT = 'output "id" {\n  value = aws_launch_template.web.id\n}\n'
REMOTE = 'module "g" {\n  source             = "example.org/group/aws"\n  launch_template_id = aws_launch_template.web.id\n}\n'
NOT_CREATED = group('"1"').replace('"web" {', '"web" {\n  count = 0', 1)
CERTAIN = "v1-allowed · no consumer in this configuration"
LIKELY = "v1-allowed · no consumer found with these values"

UNUSED = [
    Case("nothing is there", {"main.tf": template()}, [CERTAIN]),
    Case("instances of nothing else", {"main.tf": COUNTED}, [CERTAIN]),
    Case(
        "the name of another one begins so",
        {"main.tf": template() + "locals {\n  a = aws_launch_template.web2.id\n}\n"},
        [CERTAIN],
    ),
    Case("something launches from what is not known", {"main.tf": template() + OPEN}, [LIKELY]),
    Case("a group names it by what is not here", {"t.yaml": stack("LaunchTemplateName: other", '"1"')}, [LIKELY]),
    Case("what would launch from it is not created", {"main.tf": template() + NOT_CREATED}, [LIKELY]),
    Case("a module that is not here takes it", {"main.tf": template() + REMOTE}, [LIKELY]),
    Case("callers elsewhere may take it", {"main.tf": template() + OUTPUT}, [LIKELY]),
    Case("the same from another file", {"main.tf": template(), "outputs.tf": OUTPUT}, [LIKELY]),
    Case("what stands beside it cannot be read", {"main.tf": template() + "resource {{{"}, [LIKELY]),
    Case(
        "nor can a file beside it",
        {"main.tf": template(), "other.tf": 'resource "aws_autoscaling_group" "g" {{{'},
        [LIKELY],
    ),
    Case(
        "each of several, one of which is used",
        {"main.tf": template() + template("other", '"required"') + group('"1"')},
        [
            "v1-allowed · used by 1: aws_autoscaling_group.web (version 1: not reached)",
            "v2-required · no consumer in this configuration",
        ],
    ),
]
NONE = [
    Case("no template here", {"main.tf": 'resource "aws_instance" "x" {\n}\n'}, []),
    Case("a data source", {"main.tf": 'data "aws_launch_template" "web" {\n  name = "web"\n}\n'}, []),
    Case("a template in another file", {"main.tf": group('"1"'), "web.tf": template()}, []),
    Case("it is not created", {"main.tf": template(more="  count = 0\n")}, []),
]


def titles(path: str, files: dict[str, str], options: Options | None = None) -> list[str]:
    report, asked = found(files, options)
    return [lens.title for lens in lenses(path, report, asked)]


@pytest.mark.parametrize("case", [*USED, *UNUSED, *NONE], ids=lambda case: case.why)
def test_titles(case: Case) -> None:
    assert titles(next(iter(case.files)), case.files) == case.titles


def test_a_module_is_shown_with_who_calls_it_and_names_are_short() -> None:
    first, second = '("$Latest": next launches)', "(version 1: not reached)"
    names = f"aws_autoscaling_group.web {first}, aws_autoscaling_group.web {second}"
    assert titles("m/main.tf", MODULE) == [f"v1-allowed · used by 2: {names}"]


def test_instances_may_differ() -> None:
    call = 'module "{0}" {{\n  source = "./m"\n  tokens = "{1}"\n}}\n'
    files = {
        "main.tf": call.format("a", "optional") + call.format("b", "required") + call.format("c", "required"),
        "m/main.tf": template(tokens="var.tokens") + 'variable "tokens" {}\n',
    }
    assert titles("m/main.tf", files) == ["v1-allowed (1), v2-required (2) · no consumer in this configuration"]


@pytest.mark.parametrize(
    ("rest", "told"),
    [("", ""), (group('"1"'), " · used by 1: aws_autoscaling_group.web (version 1: not reached)")],
)
def test_a_module_that_very_many_call(rest: str, told: str) -> None:
    calls = {f"r{i}/main.tf": 'module "m" {\n  source = "../m"\n}\n' for i in range(9)}
    expected = [f"v1-allowed{told} · more root modules were not looked at"]
    assert titles("m/main.tf", {**calls, "m/main.tf": template() + rest}) == expected


def test_no_migration_is_asked_for_where_that_is_ignored() -> None:
    expected = ["v1-allowed · used by 1: aws_autoscaling_group.web"]
    assert titles("main.tf", {"main.tf": CONFIGURATION + OF_CONFIGURATION}, Options(ignore=("IMDS003",))) == expected
    text = "# iac-imds-lint: ignore[IMDS003] legacy\n" + CONFIGURATION + OF_CONFIGURATION
    assert titles("main.tf", {"main.tf": text}) == expected


def test_a_lens_leads_to_its_users() -> None:
    files = {"main.tf": template() + group('"1"')}
    report, asked = found(files)
    (lens,) = lenses("main.tf", report, asked)
    marked = [files["main.tf"][span.start : span.end] for span in (lens.head, *lens.users)]
    assert marked == ['resource "aws_launch_template" "web"', 'resource "aws_autoscaling_group" "web"']


@pytest.mark.parametrize(
    ("experimental", "expected"),
    [
        ({"commands": [SHOW]}, {SHOW}),
        ({"commands": [1, SHOW, None]}, {SHOW}),
        ({"commands": SHOW}, set()),
        ({"commands": None}, set()),
        ({}, set()),
        ([SHOW], set()),
        (None, set()),
    ],
)
def test_a_client_says_which_commands_it_has(experimental: object, expected: set[str]) -> None:
    assert abilities(types.ClientCapabilities(experimental=experimental)).commands == expected
