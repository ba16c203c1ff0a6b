"""Nothing of a sensitive value is shown anywhere."""

from __future__ import annotations

import pytest

from tests.support import linted
from tests.terraform.test_postures import instance, options

SECRET = 'variable "secret" {\n  default   = "hunter2"\n  sensitive = true\n}\n'
EXPRESSIONS = [
    "{ a = 1 }[var.secret]",
    "file(var.secret)",
    "templatefile(var.secret, {})",
    'file("../../${var.secret}")',
    'fileset(".", "**/${var.secret}")',
    'fileset("../../${var.secret}", "*")',
    "{ for k in [1, 2] : var.secret => k }",
    "keys({ (var.secret) = 1 })[0]",
    '[for x in sensitive(["hunter2"]) : x][0]'.replace('"hunter2"', "var.secret"),
    "coalesce(sensitive([nonsensitive(var.secret)])...)",
    "[for x in sensitive([nonsensitive(var.secret)]) : x][0]",
    "tomap(sensitive({ a = nonsensitive(var.secret), b = [] })).a",
]


def shown(text: str) -> str:
    report = linted({"main.tf": SECRET + text})
    related = [(f.message, f.label, f.related, f.resource and f.resource.address) for f in report.findings]
    return str(related) + str([(row.resource, row.reason) for row in report.inventory])


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_option(expression: str) -> None:
    text = shown(instance(options(f"http_tokens = {expression}")))
    assert "aws_instance.x" in text
    assert "hunter2" not in text


@pytest.mark.parametrize("each", ["toset([var.secret])", "{ (var.secret) = 1 }"])
def test_an_address(each: str) -> None:
    text = shown(f'resource "aws_instance" "x" {{\n  for_each = {each}\n}}\n')
    assert "aws_instance.x" in text
    assert "hunter2" not in text
