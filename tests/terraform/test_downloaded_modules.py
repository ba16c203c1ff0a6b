"""Modules that ``terraform init`` has downloaded: judged as they are, answered for by the call in the user's code."""

from __future__ import annotations

import json

import pytest

from iac_imds_lint.edit import Applicability
from tests.support import linted, repaired, texts_after

COPY = ".terraform/modules"
EC2 = "terraform-aws-modules/ec2-instance/aws"
# As versions before 5.8.0 of terraform-aws-modules/ec2-instance have it.
KNOWN = """variable "metadata_options" {
  type    = map(string)
  default = {}
}

resource "aws_instance" "this" {
  metadata_options {
    http_endpoint = lookup(var.metadata_options, "http_endpoint", "enabled")
    http_tokens   = lookup(var.metadata_options, "http_tokens", "optional")
  }
}
"""
PASSED = """variable "tokens" {
  default = "%s"
}

resource "aws_instance" "a" {
  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = var.tokens
  }
}
"""
FIXED = 'resource "aws_instance" "a" {}\nresource "aws_launch_template" "b" {}\n'
STRICT = PASSED.replace("%s", "required")
OPEN = PASSED.replace("%s", "optional")


def initialised(main: str, modules: dict[str, tuple[str, str, str]]) -> dict[str, str]:
    """A root as ``terraform init`` leaves it: ``modules`` are (source, version, code) by the names of the calls."""
    listed = [{"Key": "", "Source": "", "Dir": "."}]
    files = {"main.tf": main}
    for key, (source, version, code) in modules.items():
        where = f"{COPY}/{key}"
        listed.append({"Key": key, "Source": f"registry.terraform.io/{source}", "Version": version, "Dir": where})
        files[f"{where}/main.tf"] = code
    return {**files, f"{COPY}/modules.json": json.dumps({"Modules": listed})}


def call(source: str, *arguments: str) -> str:
    return "\n  ".join((f'module "m" {{\n  source = "{source}"', *arguments)) + "\n}\n"


CASES = [
    ("", OPEN, ["IMDS012"], "nothing is passed"),
    ('tokens = "optional"', STRICT, ["IMDS012"], "the call asks for IMDSv1"),
    ("", FIXED, ["IMDS012"], "two resources, one call, one finding"),
    ("tokens = var.x", STRICT, ["IMDS005"], "not decided here"),
    ("", "variable", [], "a copy without resources, though it does not parse"),
    ("", STRICT, [], "the module asks for tokens"),
    ('tokens = "required"', OPEN, [], "the call asks for tokens"),
    ("count = 0", OPEN, [], "nothing is called"),
    (
        "",
        STRICT.replace("aws_instance", "aws_launch_configuration"),
        [],
        "what is deprecated in it is not the user's to change",
    ),
    ("", STRICT.replace("required", "Required"), ["IMDS005"], "a wrong value is not the user's to change"),
]


@pytest.mark.parametrize(("arguments", "code", "codes", "why"), CASES)
def test_a_downloaded_module(arguments: str, code: str, codes: list[str], why: str) -> None:
    main = call("acme/web/aws", *filter(None, (arguments,)))
    found = linted(initialised(main, {"m": ("acme/web/aws", "1.0.0", code)}), paths=("main.tf",)).findings
    assert [finding.rule.code for finding in found] == codes, why
    assert {finding.span.path for finding in found} <= {"main.tf"}


def test_what_the_call_passes_is_mended_there() -> None:
    files = initialised(call("acme/web/aws", 'tokens = "optional"'), {"m": ("acme/web/aws", "1.0.0", STRICT)})
    after = texts_after(files)
    assert after["main.tf"] == files["main.tf"].replace("optional", "required")
    assert {path for path in files if after[path] != files[path]} == {"main.tf"}


def test_the_catalog_says_how_to_mend_a_module_that_it_knows() -> None:
    files = initialised(call(EC2, 'version = "5.6.0"'), {"m": (EC2, "5.6.0", KNOWN)})
    (finding,) = linted(files).findings
    assert (finding.rule.code, finding.span.path, finding.affected) == (
        "IMDS012",
        "main.tf",
        ("module.m.aws_instance.this",),
    )
    assert finding.fix is not None
    assert finding.fix.applicability is Applicability.SAFE
    assert f"{COPY}/m/main.tf" in {place.span.path for place in finding.related}
    after = texts_after(files)
    assert "metadata_options = {" in after["main.tf"]
    assert linted(after).findings == ()


def test_an_argument_of_an_unknown_module_is_named() -> None:
    (finding,) = linted(initialised(call("acme/web/aws"), {"m": ("acme/web/aws", "1.0.0", OPEN)})).findings
    assert finding.fix is None
    assert finding.fix_unavailable == "ask for tokens by the argument tokens of module.m"


def test_a_copy_is_never_changed() -> None:
    files = initialised(call("acme/web/aws"), {"m": ("acme/web/aws", "1.0.0", OPEN + FIXED.replace('"a"', '"c"'))})
    assert repaired(files).changed == ()


def test_a_call_in_a_copy_is_answered_for_by_the_outermost_one() -> None:
    inner = call("acme/inner/aws").replace('"m"', '"inner"')
    files = initialised(
        call("acme/web/aws"), {"m": ("acme/web/aws", "1.0.0", inner), "m.inner": ("acme/inner/aws", "1.0.0", OPEN)}
    )
    (finding,) = linted(files).findings
    assert finding.message.startswith("module.m answers IMDSv1: acme/web/aws leaves it on")
    assert finding.span.path == "main.tf"


def test_a_local_module_of_the_user_is_the_place_of_its_calls() -> None:
    inner = call("acme/web/aws").replace('"m"', '"inner"')
    files = initialised('module "local" {\n  source = "./local"\n}\n', {"local.inner": ("acme/web/aws", "1.0.0", OPEN)})
    (finding,) = linted({**files, "local/main.tf": inner}).findings
    assert finding.span.path == "local/main.tf"


def test_what_is_neither_here_nor_known_is_told() -> None:
    vpc = 'module "vpc" {\n  source = "terraform-aws-modules/vpc/aws"\n}\n'
    report = linted({"main.tf": vpc})
    assert (report.findings, report.problems, report.exit.value) == ((), (), 0)
    assert [(one.address, one.source) for one in report.unfollowed] == [("", "terraform-aws-modules/vpc/aws")]
    files = initialised(vpc, {"vpc": ("terraform-aws-modules/vpc/aws", "5.0.0", "")})
    assert linted(files).unfollowed == ()


def recorded(files: dict[str, str], source: str) -> dict[str, str]:
    """The same, but for the source that Terraform has recorded for its copy."""
    listed = json.loads(files[f"{COPY}/modules.json"])
    listed["Modules"][1]["Source"] = source
    return {**files, f"{COPY}/modules.json": json.dumps(listed)}


SAME = [
    ("acme/web/aws", "registry.terraform.io/acme/web/aws"),
    ("acme/web/aws", "registry.opentofu.org/acme/web/aws"),
    ("acme/web/aws", "acme/web/aws"),
    ("acme/web/aws//modules/a", "registry.terraform.io/acme/web/aws//modules/a"),
    ("app.terraform.io/acme/web/aws", "app.terraform.io/acme/web/aws"),
    ("github.com/acme/web", "git::https://github.com/acme/web.git"),
    ("bitbucket.org/acme/web", "git::https://bitbucket.org/acme/web.git"),
    ("git@github.com:acme/group/web.git?ref=v1.0.0", "git::ssh://git@github.com/acme/group/web.git?ref=v1.0.0"),
    ("git::https://example.com/acme/web.git?ref=v1.0.0", "git::https://example.com/acme/web.git?ref=v1.0.0"),
    ("https://example.com/web.zip", "https://example.com/web.zip"),
    ("acme.s3.amazonaws.com/modules/web.zip", "s3::https://s3.amazonaws.com/acme/modules/web.zip"),
]
OTHER = [
    ("acme/web/aws", "registry.terraform.io/acme/other/aws"),
    ("acme/web/aws", "app.terraform.io/acme/web/aws"),
    ("acme/web/aws", "registry.terraform.io/acme/web/aws//modules/a"),
    ("acme/web/aws", "./web"),
    ("acme/web/aws", ""),
    ("acme/web/aws", "git::https://github.com/acme/web.git"),
    ("github.com/acme/web?ref=v2.0.0", "git::https://github.com/acme/web.git?ref=v1.0.0"),
    ("git::https://example.com/acme/web.git", "git::https://example.com/acme/web.git?ref=v1.0.0"),
    ("https://example.com/web-2.zip", "https://example.com/web-1.zip"),
]


@pytest.mark.parametrize(("source", "before"), SAME)
def test_a_copy_is_judged_whatever_the_spelling_of_its_source(source: str, before: str) -> None:
    report = linted(recorded(initialised(call(source), {"m": (source, "1.0.0", OPEN)}), before), paths=("main.tf",))
    assert ([finding.rule.code for finding in report.findings], report.unfollowed) == (["IMDS012"], ())


@pytest.mark.parametrize(("source", "before"), OTHER)
def test_a_copy_from_elsewhere_is_not_believed(source: str, before: str) -> None:
    report = linted(recorded(initialised(call(source), {"m": (source, "1.0.0", OPEN)}), before), paths=("main.tf",))
    assert report.findings == ()
    assert [(one.address, one.source) for one in report.unfollowed] == [("module.m", source)]


VERSIONS = [
    ("1.2.3", "", True),
    ("1.2.3", "1.2.3", True),
    ("1.2.3", "~> 1.0", True),
    ("1.2.3", ">= 1.0, < 2.0", True),
    ("2.0.0-rc1", "2.0.0-rc1", True),
    ("2.0.0-rc1", "", True),
    ("1.2.3", "~> 2.0", False),
    ("1.2.3", "1.2.4", False),
    ("1.2.3", ">= 1.0, != 1.2.3", False),
    ("2.0.0-rc1", ">= 1.0", False),
    ("2.0.0", "2.0.0-rc1", False),
    ("", "1.0.0", False),
]


@pytest.mark.parametrize(("version", "constraint", "believed"), VERSIONS)
def test_a_copy_is_believed_if_its_version_is_admitted(version: str, constraint: str, believed: bool) -> None:
    arguments = (f'version = "{constraint}"',) if constraint else ()
    main = call("acme/web/aws", *arguments)
    report = linted(initialised(main, {"m": ("acme/web/aws", version, OPEN)}), paths=("main.tf",))
    assert [finding.rule.code for finding in report.findings] == (["IMDS012"] if believed else [])
    assert len(report.unfollowed) == (not believed)


def test_in_place_of_a_stale_copy_the_catalog_is_asked() -> None:
    files = initialised(call(EC2, 'version = "5.6.0"'), {"m": (EC2, "6.0.0", STRICT)})
    (finding,) = linted(files, paths=("main.tf",)).findings
    assert (finding.rule.code, finding.span.path) == ("IMDS012", "main.tf")
    assert not any(COPY in place.span.path for place in finding.related)


LITERAL = PASSED.replace("var.tokens", '"optional"').replace("%s", "")


def test_a_literal_in_a_copy_is_never_changed() -> None:
    """No call decides it, so the copy would be the only place to write."""
    files = initialised(call("acme/web/aws"), {"m": ("acme/web/aws", "1.0.0", LITERAL)})
    (finding,) = linted(files, paths=("main.tf",)).findings
    assert finding.fix is None
    assert repaired(files).changed == ()


def test_a_copy_is_not_changed_if_it_is_named_either() -> None:
    path = f"{COPY}/m/main.tf"
    (finding,) = linted({path: LITERAL}).findings
    assert (finding.rule.code, finding.fix) == ("IMDS002", None)
    assert finding.fix_unavailable == f"{path} is a copy that Terraform downloaded: change the call"
    assert repaired({path: LITERAL}).changed == ()
