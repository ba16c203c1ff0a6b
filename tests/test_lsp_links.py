"""Document links: which codes lead to their rule's page, and which do not."""

from __future__ import annotations

import pytest

pytest.importorskip("lsprotocol")
pytest.importorskip("pygls")

from iac_imds_lint.lsp.links import codes, tooltip
from iac_imds_lint.rules import CODES
from iac_imds_lint.source import SourceFile

RESOURCE = 'resource "aws_instance" "web" {\n}\n'
STACK = """\
Metadata:
  iac-imds-lint:
    ignore: [IMDS001]
Resources:
  Web: # iac-imds-lint: ignore[IMDS002] legacy
    Type: AWS::EC2::Instance
    Metadata:
      iac-imds-lint: {ignore: ["IMDS005", IMDS777], reason: about IMDS003}
"""
JSON_STACK = """\
{"Resources": {"Web": {"Type": "AWS::EC2::Instance",
  "Metadata": {"iac-imds-lint": {"ignore": ["IMDS001", "IMDS999"]}}}}}
"""
TF_JSON = """\
{"//": "iac-imds-lint: ignore-file[IMDS003]",
 "resource": {"aws_instance": {"web": {"//": "iac-imds-lint: ignore[IMDS001, IMDS002] legacy"}}}}
"""
TOML = """\
ignore = ["IMDS003", 'IMDS008'] # not "IMDS001"
select = ["IMDS002"]
per-path-ignores = {"legacy/" = ["IMDS007"]}
note = "see IMDS005"
"""

LINKED = [
    ("main.tf", "# iac-imds-lint: ignore[IMDS002, IMDS003] about IMDS001\n" + RESOURCE, ["IMDS002", "IMDS003"]),
    ("main.tf", "// iac-imds-lint: ignore-file[IMDS001]\n" + RESOURCE, ["IMDS001"]),
    ("main.tf", RESOURCE.replace("{", "{ /* iac-imds-lint: ignore[IMDS001] */"), ["IMDS001"]),
    ("x.auto.tfvars", 'tokens = "optional" # iac-imds-lint: ignore[IMDS002]\n', ["IMDS002"]),
    ("t.yaml", STACK, ["IMDS001", "IMDS002", "IMDS005"]),
    ("t.json", JSON_STACK, ["IMDS001", "IMDS999"]),
    ("main.tf.json", TF_JSON, ["IMDS003", "IMDS001", "IMDS002"]),
    (".iac-imds-lint.toml", TOML, ["IMDS003", "IMDS002", "IMDS007"]),
    ("pyproject.toml", "[tool.iac-imds-lint]\n" + TOML, ["IMDS003", "IMDS002", "IMDS007"]),
]


@pytest.mark.parametrize(("path", "text", "expected"), LINKED, ids=[path for path, _, _ in LINKED])
def test_codes_that_lead_to_a_page(path: str, text: str, expected: list[str]) -> None:
    found = sorted(codes(SourceFile(path, text)), key=lambda code: code.span)
    assert [code.code for code in found] == expected
    assert [text[code.span.start : code.span.end] for code in found] == expected


@pytest.mark.parametrize(
    ("why", "path", "text"),
    [
        ("a code that no rule has", "main.tf", "# iac-imds-lint: ignore[IMDS777]\n" + RESOURCE),
        ("the name of a rule", "main.tf", "# iac-imds-lint: ignore[optional-http-tokens]\n" + RESOURCE),
        ("a code in lower case", "main.tf", "# iac-imds-lint: ignore[imds002]\n" + RESOURCE),
        ("another comment", "main.tf", "# see IMDS002\n" + RESOURCE),
        ("another tool's comment", "main.tf", "# checkov:skip=CKV_AWS_79: IMDS002\n" + RESOURCE),
        ("no list", "main.tf", "# iac-imds-lint: IMDS002\n" + RESOURCE),
        ("a text", "main.tf", 'locals {\n  a = "iac-imds-lint: ignore[IMDS002]"\n}\n'),
        ("metadata of another kind", "t.yaml", STACK.replace("iac-imds-lint", "other")),
        ("a template that cannot be read", "t.json", JSON_STACK.replace("]}}}", "]")),
        ("a code with an escape", "notes.json", '{"a": "IMDS002"}'),
        ("another program's configuration", "pyproject.toml", TOML),
        ("another TOML file", "other.toml", TOML),
        ("an empty file", "main.tf", ""),
    ],
)
def test_what_leads_nowhere(why: str, path: str, text: str) -> None:
    assert list(codes(SourceFile(path, text))) == []


def test_the_tooltip_is_the_name_and_the_summary() -> None:
    assert tooltip("IMDS901") == (
        "unused-suppression: A suppression that ignores nothing, or is not what it was meant to be"
    )
    assert [code for code in CODES if "\n" in tooltip(code) or tooltip(code).endswith((":", ": "))] == []
