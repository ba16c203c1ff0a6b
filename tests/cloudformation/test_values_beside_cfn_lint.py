"""Values as cfn-lint's resolvers have them, for what both of us know."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import pytest

from iac_imds_lint.value import Known, known_text, possibilities
from tests.cloudformation.reading import TOKENS, instance, resource

pytest.importorskip("cfnlint", reason="cfn-lint is an extra")

REST = """
Transform: AWS::LanguageExtensions
Parameters:
  Env: {Type: String, Default: prod}
  Side: {Type: String, AllowedValues: [left, right]}
  Ids: {Type: CommaDelimitedList, Default: "a,b,c"}
Mappings:
  Sizes: {prod: {Tokens: required, List: [a, b]}, dev: {Tokens: optional}, left: {Tokens: l}, right: {Tokens: r}}
"""

WRITTEN = [
    "required",
    "!Ref Env",
    "!Ref Side",
    "!Join ['-', [a, b]]",
    "!Join ['-', [a, !Ref Env]]",
    "!Join ['', [!Ref Side, s]]",
    "!Join [',', !Ref Ids]",
    "!Select [1, [a, b]]",
    "!Select ['0', [a, b]]",
    "!Select [2, !Ref Ids]",
    "!Select [1, !Split [',', 'a,b']]",
    "!Select [0, !Split ['-', !Sub '${Env}-x']]",
    "!Select [1, !FindInMap [Sizes, prod, List]]",
    "!FindInMap [Sizes, prod, Tokens]",
    "!FindInMap [Sizes, !Ref Env, Tokens]",
    "!FindInMap [Sizes, !Ref Side, Tokens]",
    "!Sub required",
    "!Sub '${Env}'",
    "!Sub 'a${Env}b'",
    "!Sub '${Side}s'",
    "!Sub ['${x}-${Env}', {x: y}]",
    "!Join ['', !Split ['-', a-b]]",
]


@pytest.mark.parametrize("written", WRITTEN)
def test_both_know_the_same(written: str) -> None:
    text = instance(f"MetadataOptions:\n  HttpTokens: {written}", REST)
    ours = [value for _, value in possibilities(resource(text).option(TOKENS))]
    assert all(isinstance(value, Known) for value in ours)
    assert {known_text(value) for value in ours} == theirs(written)


@lru_cache(maxsize=1)
def validator() -> Any:
    from cfnlint.context import create_context_for_template
    from cfnlint.decode import decode_str
    from cfnlint.jsonschema import CfnTemplateValidator
    from cfnlint.template import Template

    template = Template("t.yaml", decode_str(instance("", REST))[0], ["us-east-1"])
    return CfnTemplateValidator({}).evolve(cfn=template, context=create_context_for_template(template))


def theirs(written: str) -> set[str]:
    """What cfn-lint resolves a value in the template to."""
    from cfnlint.decode import decode_str

    decoded, problems = decode_str(f"value: {written}")
    assert not problems
    return {str(value) for value, _, error in validator().resolve_value(decoded["value"]) if error is None}
