"""Which release of the AWS provider is used: by constraints and lock files (facts F3 and F4)."""

from __future__ import annotations

import pytest

from tests.support import codes, linted

OPTIONS = 'metadata_options {\n    http_tokens = "required"\n  }'
TEMPLATE = f'resource "aws_launch_template" "x" {{\n  {OPTIONS}\n}}\n'
INSTANCE = f'resource "aws_instance" "x" {{\n  {OPTIONS}\n}}\n'
ENDPOINT = TEMPLATE.replace("    http_tokens", '    http_endpoint = "enabled"\n    http_tokens')


def required(version: str, source: str = "hashicorp/aws") -> str:
    inner = f'aws = {{\n      source  = "{source}"\n      version = "{version}"\n    }}'
    return f"terraform {{\n  required_providers {{\n    {inner}\n  }}\n}}\n"


def lock(version: str, host: str = "registry.terraform.io") -> str:
    return f'provider "{host}/hashicorp/aws" {{\n  version     = "{version}"\n  constraints = "~> 4.0"\n}}\n'


def called(root: str, inner: str) -> dict[str, str]:
    return {"main.tf": f'{root}module "m" {{\n  source = "./m"\n}}\n', "m/main.tf": f"{inner}{TEMPLATE}"}


CASES = [
    ({"main.tf": required("~> 4.50.0") + TEMPLATE}, ["IMDS004"], "every release of 4.50 drops the options"),
    ({"main.tf": required("4.22.0") + TEMPLATE}, ["IMDS004"], "the first that drops them"),
    ({"main.tf": required(">= 4.22, < 4.61") + TEMPLATE}, ["IMDS004"], "the newest of them drops them"),
    ({"main.tf": required("< 4.61.0") + TEMPLATE}, ["IMDS004"], "4.60 is what would be installed"),
    ({"main.tf": required("~> 3.0") + TEMPLATE}, ["IMDS011"], "the API refuses what 3 sends"),
    ({"main.tf": required("~> 4.0") + INSTANCE}, ["IMDS011"], "instances until 5.3"),
    ({"main.tf": required("5.2.0") + INSTANCE}, ["IMDS011"], "instances until 5.3"),
    (
        {"main.tf": TEMPLATE, ".terraform.lock.hcl": lock("4.50.0")},
        ["IMDS004"],
        "the lock says it without a constraint",
    ),
    (
        {"main.tf": required("~> 4.0") + TEMPLATE, ".terraform.lock.hcl": lock("4.50.0")},
        ["IMDS004"],
        "the lock holds it at a release with the defect",
    ),
    (
        {"main.tf": TEMPLATE, ".terraform.lock.hcl": lock("4.50.0", "registry.opentofu.org")},
        ["IMDS004"],
        "OpenTofu's registry has the same provider",
    ),
    (called(required("~> 4.50.0"), ""), ["IMDS004"], "the caller's constraint holds for the module"),
    (called(required("< 4.61"), required(">= 4.22")), ["IMDS004"], "both are joined"),
    ({"main.tf": required("~> 4.0") + TEMPLATE}, [], "4.67 is what would be installed"),
    ({"main.tf": required("~> 4.61.0") + TEMPLATE}, [], "the first without the defect"),
    ({"main.tf": required(">= 4.22") + TEMPLATE}, [], "at least: the newest is taken"),
    ({"main.tf": required("~> 5.0") + TEMPLATE}, [], "mended long before"),
    ({"main.tf": TEMPLATE}, [], "nothing is said"),
    ({"main.tf": required("~> 4.50.0") + ENDPOINT}, [], "the endpoint is written beside it"),
    ({"main.tf": required("~> 5.3") + INSTANCE}, [], "the endpoint has a default since 5.3"),
    ({"main.tf": required("~> 4.50.0", "acme/aws") + TEMPLATE}, [], "somebody else's provider"),
    (
        {"main.tf": required("~> 4.0") + TEMPLATE, ".terraform.lock.hcl": lock("4.67.0")},
        [],
        "the lock holds it at a release without the defect",
    ),
    (
        {"main.tf": required("4.50.0") + TEMPLATE, ".terraform.lock.hcl": lock("5.0.0")},
        [],
        "the lock wins",
    ),
    ({"main.tf": required("soon") + TEMPLATE}, [], "no constraint"),
    (called("", ""), [], "nobody says it"),
    ({"main.tf": TEMPLATE + "terraform {\n  required_providers {\n    aws = var.x\n  }\n}\n"}, [], "not known"),
]


@pytest.mark.parametrize(("files", "expected", "why"), CASES)
def test_defects_of_the_release_that_is_used(files: dict[str, str], expected: list[str], why: str) -> None:
    assert codes(files) == expected, why


def test_half_of_the_cases_find_nothing() -> None:
    assert sum(not expected for _, expected, _ in CASES) * 2 >= len(CASES)


def test_the_place_that_holds_the_provider_there_is_shown() -> None:
    (finding,) = linted({"main.tf": TEMPLATE, "versions.tf": required("~> 4.50.0")}).findings
    assert [(place.span.path, place.message) for place in finding.related] == [
        ("versions.tf", 'the constraint "~> 4.50.0" keeps the provider there')
    ]
    (finding,) = linted({"main.tf": TEMPLATE, ".terraform.lock.hcl": lock("4.50.0")}).findings
    assert [(place.span.path, place.message) for place in finding.related] == [
        (".terraform.lock.hcl", "4.50.0 is the release that is locked")
    ]
