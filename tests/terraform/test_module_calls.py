"""Calls of registry and git modules: what they come to by version and arguments, and how they are mended there."""

from __future__ import annotations

from pathlib import Path

import pytest

from iac_imds_lint.catalog import modules
from iac_imds_lint.catalog.module_schema import ModuleRow
from iac_imds_lint.engine import Options
from iac_imds_lint.model import AccountDefault
from iac_imds_lint.terraform.scan import KNOWN_MODULES
from tests.shell import run
from tests.support import linted, texts_after

EC2, ASG, EKS = (f"terraform-aws-modules/{name}/aws" for name in ("ec2-instance", "autoscaling", "eks"))
CP = "cloudposse/ec2-instance/aws"
GIT = "git::https://github.com/terraform-aws-modules/terraform-aws-ec2-instance.git"
OPTIONAL = 'metadata_options = { http_tokens = "optional" }'
REQUIRED = 'metadata_options = { http_endpoint = "enabled", http_tokens = "required" }'
GROUP = "eks_managed_node_groups = { a = { %s } }"
V1, V2, OFF, UNKNOWN = "v1-allowed", "v2-required", "imds-disabled", "unknown"


def call(source: str, version: str = "", *arguments: str) -> str:
    constraint = (f'version = "{version}"',) if version else ()
    return "\n  ".join((f'module "m" {{\n  source = "{source}"', *constraint, *arguments)) + "\n}\n"


# The text, the posture at each address, the codes that are found, and why.
CASES = [
    (call(EC2, "5.6.0"), {"module.m": V1}, ["IMDS012"], "tokens are optional by default before 5.8.0"),
    (call(EC2, "5.8.0"), {"module.m": V2}, [], "they are required since"),
    (call(EC2, "~> 6.0"), {"module.m": V2}, [], "6 requires them"),
    (call(EC2, "~> 5.6.0"), {"module.m": V1}, ["IMDS012"], "every release of 5.6 leaves IMDSv1 on"),
    (call(EC2, "~> 5.0"), {"module.m": UNKNOWN}, ["IMDS005"], "5.0 to 5.7 leave it on, 5.8 does not"),
    (call(EC2), {"module.m": UNKNOWN}, ["IMDS005"], "no version is asked for"),
    (call(EC2, "5.6.0", REQUIRED), {"module.m": V2}, [], "the call asks for tokens"),
    (call(EC2, "", REQUIRED), {"module.m": V2}, [], "whatever version takes the argument"),
    (call(EC2, "~> 5.0", OPTIONAL), {"module.m": V1}, ["IMDS012"], "the call asks for IMDSv1 in every version"),
    (call(EC2, "6.0.0", OPTIONAL), {"module.m": V1}, ["IMDS012"], "the call overrides the default"),
    (call(EC2, "6.0.0", "metadata_options = {}"), {"module.m": V2}, [], "an object with defaults of its own"),
    (call(EC2, "5.8.0", "metadata_options = {}"), {"module.m": V1}, ["IMDS012"], "an empty map sends nothing"),
    (call(EC2, "5.8.0", "metadata_options = { http_put_response_hop_limit = 2 }"), {"module.m": V2}, [], "by lookup"),
    (call(EC2, "5.7.0", "metadata_options = { http_put_response_hop_limit = 2 }"), {"module.m": V1}, ["IMDS012"], "it"),
    (call(EC2, "5.7.0", 'metadata_options = { http_endpoint = "disabled" }'), {"module.m": OFF}, [], "IMDS is off"),
    (call(EC2, "2.0.0"), {"module.m": V1}, ["IMDS012"], "no argument decides"),
    (call(EC2, "5.6.0", "create = false"), {}, [], "nothing is launched"),
    (call(EC2, "5.6.0", "count = 0"), {}, [], "nothing is called"),
    (call(EC2, "5.6.0", "count = 2"), {"module.m[0]": V1, "module.m[1]": V1}, ["IMDS012"], "one finding for both"),
    (
        call(
            EC2,
            "5.6.0",
            'for_each = { a = "optional", b = "required" }',
            "metadata_options = { http_tokens = each.value }",
        ),
        {'module.m["a"]': V1, 'module.m["b"]': V2},
        ["IMDS012"],
        "each by its own argument",
    ),
    (call(EC2, "6.0.0", "create_spot_instance = true"), {"module.m": V1}, ["IMDS012"], "spot requests have no options"),
    (call(EC2, "5.6.0", "metadata_options = var.x"), {"module.m": UNKNOWN}, ["IMDS005"], "var.x is not here"),
    (call(EC2, "5.6.0", "create = var.x"), {"module.m": V1}, ["IMDS012"], "it may be created"),
    (call(EC2, "6.0.0", "create = var.x"), {"module.m": V2}, [], "strict if it is created"),
    (call(EC2, "5.6.0", "metadata_options = null"), {"module.m": UNKNOWN}, ["IMDS005"], "Terraform refuses null"),
    (call(f"{GIT}?ref=v5.6.0"), {"module.m": V1}, ["IMDS012"], "a tag is a version"),
    (call(f"{GIT}?ref=v5.8.0"), {"module.m": V2}, [], "a tag is a version"),
    (call(f"{GIT}?ref=master"), {"module.m": UNKNOWN}, ["IMDS005"], "a branch is none"),
    (call(GIT, "", REQUIRED), {"module.m": V2}, [], "the argument decides"),
    (call("github.com/terraform-aws-modules/terraform-aws-ec2-instance?ref=v6.1.0"), {"module.m": V2}, [], "by GitHub"),
    (call("app.terraform.io/acme/ec2-instance/aws", "1.0.0"), {}, [], "a registry of one's own"),
    (call("terraform-aws-modules/vpc/aws", "5.0.0"), {}, [], "it launches nothing that is known"),
    (call(f"{EKS}//modules/karpenter", "19.0.0"), {}, [], "a submodule without instances"),
    (call(ASG, "8.0.0"), {"module.m": V1}, ["IMDS012"], "an empty default before 9"),
    (call(ASG, "9.0.0"), {"module.m": V2}, [], "tokens are required since 9"),
    (call(ASG, "8.0.0", REQUIRED), {"module.m": V2}, [], "the call asks for tokens"),
    (call(ASG, "~> 8.0", "create = false"), {}, [], "nothing is launched"),
    (
        call(ASG, "8.0.0", "create_launch_template = false", 'launch_template_id = "lt-1"'),
        {"module.m": UNKNOWN},
        ["IMDS005"],
        "a template that is not here decides",
    ),
    (
        call(ASG, "8.0.0", "create_launch_template = false", "launch_template_id = aws_launch_template.x.id")
        + f'resource "aws_launch_template" "x" {{\n  {REQUIRED.replace(" = {", " {", 1).replace(", ", chr(10) + "  ")}\n}}\n',
        {"module.m": V2, "aws_launch_template.x": V2},
        [],
        "a template of this code decides",
    ),
    (call(EKS, "20.0.0"), {}, [], "a cluster without nodes"),
    (call(EKS, "20.0.0", GROUP % ""), {'module.m.eks_managed_node_groups["a"]': V2}, [], "required since 18"),
    (
        call(EKS, "20.0.0", GROUP % OPTIONAL),
        {'module.m.eks_managed_node_groups["a"]': V1},
        ["IMDS012"],
        "an element says otherwise",
    ),
    (
        call(EKS, "20.0.0", f"eks_managed_node_group_defaults = {{ {OPTIONAL} }}", GROUP % ""),
        {'module.m.eks_managed_node_groups["a"]': V1},
        ["IMDS012"],
        "the defaults say otherwise",
    ),
    (
        call(EKS, "20.0.0", f"eks_managed_node_group_defaults = {{ {OPTIONAL} }}", GROUP % REQUIRED),
        {'module.m.eks_managed_node_groups["a"]': V2},
        [],
        "the element wins over the defaults",
    ),
    (call(EKS, "", GROUP % ""), {'module.m.eks_managed_node_groups["a"]': V2}, [], "the argument came with 18"),
    (call(EKS, "20.0.0", GROUP % "create = false"), {}, [], "nothing is launched"),
    (
        call(EKS, "20.0.0", "eks_managed_node_groups = var.groups"),
        {"module.m.eks_managed_node_groups": UNKNOWN},
        ["IMDS005"],
        "which groups there are is not here",
    ),
    (
        call(EKS, "17.24.0", 'worker_groups = [{ name = "a" }, { metadata_http_tokens = "required" }]'),
        {"module.m.worker_groups[0]": V1, "module.m.worker_groups[1]": V2},
        ["IMDS012"],
        "a list, each by its own",
    ),
    (
        call(EKS, "17.24.0", 'workers_group_defaults = { metadata_http_tokens = "required" }', "worker_groups = [{}]"),
        {"module.m.worker_groups[0]": V2},
        [],
        "the defaults of the call",
    ),
    (call(EKS, "17.24.0", "worker_groups = [{}]", "create_eks = false"), {}, [], "nothing is launched"),
    (call(CP, "0.50.0"), {"module.m": V2}, [], "required by default"),
    (call(CP, "0.50.0", "metadata_http_tokens_required = false"), {"module.m": V1}, ["IMDS012"], "turned off"),
    (call(CP, "0.50.0", "metadata_http_endpoint_enabled = false"), {"module.m": OFF}, [], "IMDS is off"),
    (call(CP, "0.50.0", "enabled = false"), {}, [], "nothing is launched"),
    (call(CP, "0.10.0"), {"module.m": V1}, ["IMDS012"], "no argument decides"),
    (call("umotif-public/bastion/aws", "2.8.0"), {"module.m": V1}, ["IMDS012"], "no version has an argument"),
    (
        call("cattle-ops/gitlab-runner/aws", "8.0.0", "runner_metadata_options = " + OPTIONAL.partition("= ")[2]),
        {
            "module.m (runner manager)": UNKNOWN,
            "module.m (workers of docker+machine)": V2,
            "module.m (workers of docker-autoscaler)": V2,
        },
        ["IMDS005"],
        "Terraform wants the whole object",
    ),
]


@pytest.mark.parametrize(("text", "expected", "codes", "why"), CASES)
def test_a_call(text: str, expected: dict[str, str], codes: list[str], why: str) -> None:
    report = linted({"main.tf": text})
    assert {row.resource: row.posture.value for row in report.inventory} == expected, why
    assert [finding.rule.code for finding in report.findings] == codes, why
    assert not report.problems


def test_half_of_the_cases_find_nothing() -> None:
    assert len(CASES) >= 50
    assert sum(not codes for _, _, codes, _ in CASES) * 2 >= len(CASES)


def _example(source: str, version: str, rest: str) -> str:
    return f'module "m" {{\n  source  = "{source}"\n  version = "{version}"\n{rest}}}\n'


WRITTEN = """
  metadata_options = {
    http_endpoint = "enabled"
    http_tokens   = "required"
  }
"""
MENDED = [
    (EC2, "5.6.0", "", WRITTEN, "where nothing is written"),
    (EC2, "~> 5.0", "", WRITTEN, "where versions differ"),
    (
        EC2,
        "5.6.0",
        '  metadata_options = {\n    http_tokens = "optional"\n  }\n',
        WRITTEN.removeprefix("\n"),
        "where the object is written",
    ),
    (
        EC2,
        "5.6.0",
        '  metadata_options = { http_tokens = "optional" }\n',
        '  metadata_options = { http_tokens = "required", http_endpoint = "enabled" }\n',
        "on one line",
    ),
    (
        CP,
        "0.50.0",
        "  metadata_http_tokens_required = false\n",
        "  metadata_http_tokens_required = true\n",
        "a boolean stays one",
    ),
    (
        "cloudposse/ec2-bastion-server/aws",
        "0.10.0",
        '\n  name = "b"\n',
        '\n  name                          = "b"\n  metadata_http_tokens_required = true\n',
        "an argument of its own, no endpoint: it is on",
    ),
    (
        EKS,
        "17.24.0",
        '  worker_groups = [\n    {\n      name = "a"\n    }\n  ]\n',
        '  worker_groups = [\n    {\n      name                 = "a"\n      metadata_http_tokens = "required"\n    }\n  ]\n',
        "an element of a list",
    ),
    (
        EKS,
        "20.0.0",
        '  eks_managed_node_groups = {\n    a = {\n      metadata_options = {\n        http_tokens = "optional"\n      }\n    }\n  }\n',
        (
            '  eks_managed_node_groups = {\n    a = {\n      metadata_options = {\n        http_endpoint = "enabled"\n'
            '        http_tokens   = "required"\n      }\n    }\n  }\n'
        ),
        "an element of a map",
    ),
]


@pytest.mark.parametrize(("source", "version", "before", "after", "why"), MENDED)
def test_a_call_is_mended(source: str, version: str, before: str, after: str, why: str) -> None:
    text = _example(source, version, before)
    mended = texts_after({"main.tf": text})["main.tf"]
    assert mended == _example(source, version, after), why
    assert linted({"main.tf": mended}).findings == (), why


@pytest.mark.parametrize("row", modules(), ids=lambda row: row.title)
def test_the_byte_search_finds_every_module_of_the_catalog(row: ModuleRow) -> None:
    for source in (row.source, *row.aliases, *row.git):
        assert KNOWN_MODULES.search(source.encode())


OPEN = call(EC2, "5.6.0")


def test_a_named_file_is_judged_by_itself() -> None:
    files = {"a.tf": OPEN, "b.tf": OPEN.replace('"m"', '"other"')}
    assert [f.affected for f in linted(files, paths=("a.tf",)).findings] == [("module.m",)]


def test_a_comment_at_the_call_covers_its_groups() -> None:
    text = call(EKS, "17.24.0", "worker_groups = [{}]").replace("{\n", "{\n  # iac-imds-lint: ignore[IMDS012] no\n", 1)
    assert linted({"main.tf": text}).findings == ()


def test_the_account_default_decides_what_a_module_does_not_send() -> None:
    files = {"main.tf": call(ASG, "8.0.0")}
    report = linted(files, Options(account_default=AccountDefault.REQUIRED))
    assert [(row.posture.value, row.decided_by.value) for row in report.inventory] == [
        ("v2-required", "account-default")
    ]
    assert report.findings == ()


def test_a_local_module_of_several_calls_is_one_finding() -> None:
    files = {
        "main.tf": 'module "a" {\n  source = "./m"\n}\nmodule "b" {\n  source = "./m"\n}\n',
        "m/main.tf": OPEN,
    }
    (finding,) = linted(files).findings
    assert finding.affected == ("module.a.module.m", "module.b.module.m")
    assert finding.span.path == "m/main.tf"


def test_an_argument_of_the_caller_decides() -> None:
    inner = 'variable "tokens" {\n  default = "required"\n}\n' + call(
        EC2, "5.6.0", "metadata_options = { http_tokens = var.tokens }"
    )
    files = {"main.tf": 'module "a" {\n  source = "./m"\n  tokens = "optional"\n}\n', "m/main.tf": inner}
    (finding,) = linted(files).findings
    assert finding.fix is not None
    assert {edit.span.path for edit in finding.fix.edits} == {"m/main.tf", "main.tf"}
    assert linted(texts_after(files)).findings == ()


def test_the_finding_says_which_version_it_is_about() -> None:
    (finding,) = linted({"main.tf": OPEN}).findings
    assert finding.message == (
        'module.m answers IMDSv1: metadata_options is not set, and version "5.6.0" of '
        "terraform-aws-modules/ec2-instance/aws leaves it on then"
    )
    (finding,) = linted({"main.tf": call(EC2, "~> 5.0")}).findings
    assert finding.message.endswith(
        'terraform-aws-modules/ec2-instance/aws leaves IMDSv1 on from 5.0.0 before 5.8.0, and version "~> 5.0" admits them'
    )


def test_a_version_that_has_no_argument_is_told_which_has() -> None:
    (finding,) = linted({"main.tf": call(EC2, "2.0.0")}).findings
    assert finding.fix_unavailable == (
        "this version of the module has no argument for it: raise the version to 2.16.0 or later, which takes an "
        "argument for it, or to 5.8.0 or later, which requires tokens"
    )


def test_what_is_not_followed_is_one_line_and_no_failure(tmp_path: Path) -> None:
    calls = "".join(f'module "{n}" {{\n  source = "acme/{n}/aws"\n}}\n' for n in "abcd")
    (tmp_path / "main.tf").write_text(calls)
    ran = run(tmp_path, "check")
    assert (ran.status, ran.out) == (0, b"")
    assert ran.err.splitlines()[0] == (
        "4 module calls were not followed, the code is not here (run terraform init): acme/a/aws, "
        "acme/b/aws, acme/c/aws, ..."
    )


SPELLINGS = {
    "another argument with braces first": 'module "m" {\n  providers = { aws = aws.w }\n  source    = "%s"\n  version   = "5.6.0"\n}\n',
    "an interpolation first": 'module "m" {\n  name    = "x-${var.e}"\n  source  = "%s"\n  version = "5.6.0"\n}\n',
    "a brace in a comment": 'module "m" { # see {docs}\n  source  = "%s"\n  version = "5.6.0"\n}\n',
    "a comment in the head": 'module "m" /* x */ {\n  source  = "%s"\n  version = "5.6.0"\n}\n',
    "a name in another alphabet": 'module "mü" {\n  source  = "%s"\n  version = "5.6.0"\n}\n',
    "JSON with another key first": '{"module": {"m": {"//": {"x": 1}, "version": "5.6.0", "source": "%s"}}}',
}


@pytest.mark.parametrize("why", SPELLINGS)
def test_a_call_is_found_however_it_is_spelt(why: str) -> None:
    """The byte search alone decides whether a file without any resource is looked at."""
    name = "main.tf.json" if why.startswith("JSON") else "main.tf"
    report = linted({name: SPELLINGS[why] % "terraform-aws-modules/ec2-instance/aws"})
    assert [finding.rule.code for finding in report.findings] == ["IMDS012"]


def test_a_repository_with_one_slash_is_found() -> None:
    source = "git@github.com:terraform-aws-modules/terraform-aws-ec2-instance.git?ref=v5.6.1"
    report = linted({"main.tf": f'module "m" {{\n  source = "{source}"\n}}\n'})
    assert [finding.rule.code for finding in report.findings] == ["IMDS012"]
