"""A later report of a run, after edits, hides what the first one was narrowed by: so many, and no more."""

from __future__ import annotations

import pytest

from iac_imds_lint import narrowing
from iac_imds_lint.edit import Applicability
from iac_imds_lint.engine import Options
from iac_imds_lint.finding import Hiding, Suppressed, Suppression
from iac_imds_lint.fixer import repair
from tests.support import linted

WEAK = 'resource "aws_instance" "a" {\n  ami = "ami-1"\n}\n'
UNUSED = "# iac-imds-lint: ignore[IMDS003]\n"


@pytest.mark.parametrize("hiding", [Hiding.BASELINE, Hiding.UNCHANGED, Hiding.TOLD])
def test_of_several_alike_as_many_stay_hidden_as_were(hiding: Hiding) -> None:
    """Two comments are alike but for their place: the finding that is not known is told after an edit as well."""
    before = linted({"main.tf": f"{UNUSED}{WEAK}{UNUSED}locals {{}}\n"})
    first = next(finding for finding in before.findings if finding.rule.code == "IMDS901")
    narrowed = narrowing.without(before, [Suppressed(first, Suppression(hiding))])
    after = linted({"main.tf": f"\n{UNUSED}{WEAK}{UNUSED}locals {{}}\n"})
    left = narrowing.as_before(after, narrowed)
    assert sorted(finding.rule.code for finding in left.findings) == ["IMDS001", "IMDS901"]
    assert [one.by for one in left.suppressed] == [Suppression(hiding)]


SHARED = {
    "main.tf": """
resource "aws_instance" "known" {
  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = var.tokens
  }
}

resource "aws_instance" "new" {
}
""",
    "outputs.tf": 'output "tokens" {\n  value = var.tokens\n}\n',
    "variables.tf": 'variable "tokens" {\n  default = "optional"\n}\n',
}


def test_what_is_hidden_stays_so_when_another_fix_is_applied() -> None:
    """The hidden finding was told with what its fix knows of other users; after an edit no fix is written yet."""
    before = linted(SHARED)
    known = next(finding for finding in before.findings if finding.rule.code == "IMDS002")
    assert [one.span.path for one in known.related if one.by_fix] == ["outputs.tf"]
    narrowed = narrowing.without(before, [Suppressed(known, Suppression(Hiding.BASELINE))])
    outcome = repair(narrowed, Options(), Applicability.UNSAFE)
    assert [after.path for _, after in outcome.changed] == ["main.tf"]
    assert outcome.report.findings == ()


def test_what_a_comment_hides_is_not_hidden_again() -> None:
    """It is in the code, and the later report has read that itself."""
    before = linted({"main.tf": f"# iac-imds-lint: ignore[IMDS001] x\n{WEAK}"})
    assert [one.by.hiding for one in before.suppressed] == [Hiding.COMMENT]
    after = linted({"main.tf": WEAK})
    assert narrowing.as_before(after, before) == after
