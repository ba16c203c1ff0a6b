"""Texts that ask for far more than real ones do: each is read in a moment, or refused with a reason."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from iac_imds_lint.source import SourceFile
from iac_imds_lint.terraform.embedded import written_out
from iac_imds_lint.terraform.scan import Scanner
from tests.support import linted
from tests.terraform.expressions import UNKNOWN, plain, value_of
from tests.terraform.test_postures import instance, options


@pytest.fixture(autouse=True)
def within_seconds() -> Iterator[None]:
    """Far more than any of these takes, far less than what it took before."""
    begun = time.process_time()
    yield
    assert time.process_time() - begun < 15


def reason(text: str) -> str:
    (row,) = linted({"main.tf": text}).inventory
    return row.reason


@pytest.mark.parametrize("path", ["main.tf", "main.tf.json"])
def test_a_source_that_does_not_end_is_no_call(path: str) -> None:
    text = ('module "m" {\n source = "' if path == "main.tf" else '"m": {"source": "') + "a" + "/" * 20_000
    assert Scanner().scan(path, text.encode()) is None


@pytest.mark.parametrize("source", ["terraform-aws-modules/eks/aws", "git::https://example.org/a/b.git//c?ref=1"])
def test_a_source_has_two_slashes_or_more(source: str) -> None:
    seen = Scanner().scan("main.tf", f'module "m" {{\n  source = "{source}"\n}}\n'.encode())
    assert seen is not None
    assert seen.remote == (source,)


def doubled(first: str, each: str, times: int = 25) -> str:
    steps = (f"  d{number + 1} = {each.format(f'local.d{number}')}\n" for number in range(times))
    return f"locals {{\n  d0 = {first}\n{''.join(steps)}}}\n"


def test_what_is_shared_is_not_copied() -> None:
    module = {"m/main.tf": 'variable "s" {\n  sensitive = true\n}\n' + instance(options("http_tokens = var.s[0]"))}
    call = doubled('["a"]', "[{0}, {0}]") + 'module "m" {\n  source = "./m"\n  s      = local.d25\n}\n'
    (row,) = linted({"main.tf": call, **module}).inventory
    assert "too large to evaluate" in row.reason


def test_strings_do_not_grow_for_ever() -> None:
    text = doubled('"aaaaaaaaaa"', '"${{{0}}}${{{0}}}"') + instance(options("http_tokens = local.d25"))
    assert "too large to evaluate" in reason(text)


def test_a_long_value_is_shown_in_part() -> None:
    (finding,) = linted({"main.tf": instance(options(f'http_tokens = "{"a" * 500}"'))}).findings
    assert f'"{"a" * 60}…"' in finding.message
    assert "a" * 61 not in finding.message


@pytest.mark.parametrize("text", ['tonumber("1e99999999999999999999")', 'tonumber("-1e-99999999999999999999")'])
def test_an_exponent_beyond_decimals_is_not_told(text: str) -> None:
    assert plain(value_of(text)) == UNKNOWN


def test_a_heredoc_of_many_parts() -> None:
    from iac_imds_lint.terraform.hcl import body_of
    from iac_imds_lint.terraform.tree import parse

    source = SourceFile("main.tf", "x = <<EOT\n[" + ", ".join(["${a.b}", '"${a.b}c"'] * 15_000) + "]\nEOT\n")
    attribute = body_of(source, parse(source)).attribute("x")
    assert attribute is not None
    found = written_out(attribute.read(), source)
    assert found is not None
    assert [type(item).__name__ for item in found.items[:3]] == ["Traversal", "Opaque", "Traversal"]


def test_modules_nested_too_deeply() -> None:
    call = 'module "m" {{\n  source = "{}"\n}}\n'
    files = {f"m{n}/main.tf": call.format(f"../m{n + 1}") for n in range(400)}
    report = linted({**files, "m400/main.tf": instance(""), "m0/web.tf": instance("")})
    assert "aws_instance.x" in [row.resource for row in report.inventory]
    assert any("nested too deeply" in finding.message for finding in report.findings)


def test_a_template_nested_too_deeply() -> None:
    text = '%{ if var.a == "b" }' * 400 + "%{ endif }" * 400
    assert "nested too deeply" in reason(instance(options(f"http_tokens = <<EOT\n{text}\nEOT\n")))


def test_a_launch_template_that_is_an_object() -> None:
    text = 'module "a" {\n  source  = "terraform-aws-modules/autoscaling/aws"\n  version = "8.0.0"\n  create_launch_template = false\n'
    text += '  launch_template_id = { id = "lt-1" }\n}\n'
    assert "IMDS999" not in [finding.rule.code for finding in linted({"main.tf": text}).findings]
