"""JSON in a property, with what Fn::Sub inserts into it."""

from __future__ import annotations

import pytest

from iac_imds_lint.posture import World
from tests.cloudformation.reading import template

_HELD = """Parameters:
  V: {Type: String, Default: "2"}
  Open: {Type: String}
  Deep: {Type: String, Default: "%s"}
Resources:
  S:
    Type: AWS::EMR::SecurityConfiguration
    Properties:
      SecurityConfiguration: !Sub |
        {"InstanceMetadataServiceConfiguration": {"MinimumInstanceMetadataServiceVersion": %s}}
"""


@pytest.mark.parametrize(
    ("inserted", "posture", "reason", "why"),
    [
        ("${V}", "v2-required", "", "a number without quotes"),
        ("2", "v2-required", "", "no insertion"),
        ("1", "v1-allowed", "", "no insertion"),
        ('"${V}"', "unknown", 'how the text "2" is read', "in quotes it is a text"),
        ('"${Open}"', "unknown", "parameter Open has no default", "in quotes, and not known"),
        ('"1${Open}"', "unknown", "parameter Open has no default", "a part of what is in quotes"),
        ("${Open}", "unknown", "parameter Open has no default", "without quotes, and not known"),
        ("${Deep}", "unknown", '[[[…" is no JSON', "a text that is nested too deeply to be read is no crash"),
    ],
)
def test_what_is_inserted_into_json(inserted: str, posture: str, reason: str, why: str) -> None:
    world = World(template(_HELD % ("[" * 100_000, inserted)).resources)
    found = world.verdict(world.resources[0])
    assert found.posture.value == posture, (found, why)
    assert reason in found.reason, why
