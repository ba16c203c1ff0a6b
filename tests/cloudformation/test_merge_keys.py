"""Options that a YAML merge key or an alias brings: written beside it, never where others share them."""

from __future__ import annotations

import pytest

from tests.support import linted, repaired, texts_after

SHARED = "others share it through a YAML alias"
BASE = (
    "x-opts: &opts {{HttpTokens: {tokens}{more}}}\nResources:\n  Web:\n    Type: AWS::EC2::Instance\n    Properties:\n"
)


def text(properties: str, tokens: str = "optional", more: str = "") -> str:
    return BASE.format(tokens=tokens, more=more) + "".join(f"      {line}\n" for line in properties.splitlines())


# The properties before and after ("" where there is no fix), and why that is so.
WRITTEN = [
    (
        "MetadataOptions:\n  <<: *opts\n  HttpPutResponseHopLimit: 2",
        "MetadataOptions:\n  <<: *opts\n  HttpPutResponseHopLimit: 2\n  HttpEndpoint: enabled\n  HttpTokens: required",
        "its own key comes before the merged one",
    ),
    (
        "MetadataOptions:\n  <<: *opts",
        "MetadataOptions:\n  <<: *opts\n  HttpEndpoint: enabled\n  HttpTokens: required",
        "all of it is merged",
    ),
    (
        "MetadataOptions: {<<: *opts}",
        "MetadataOptions: {HttpEndpoint: enabled, HttpTokens: required, <<: *opts}",
        "in braces, where nobody knows where the merge key ends",
    ),
    (
        "MetadataOptions: {\n  <<: *opts }",
        "MetadataOptions: {HttpEndpoint: enabled, HttpTokens: required,\n  <<: *opts }",
        "in braces on several lines",
    ),
    (
        "MetadataOptions:\n  <<: {HttpTokens: optional}",
        "MetadataOptions:\n  <<: {HttpTokens: optional}\n  HttpEndpoint: enabled\n  HttpTokens: required",
        "what is merged may stand there itself",
    ),
    (
        "MetadataOptions:\n  <<: [*opts, {HttpEndpoint: enabled}]",
        "MetadataOptions:\n  <<: [*opts, {HttpEndpoint: enabled}]\n  HttpTokens: required",
        "what is right already is left",
    ),
    (
        "<<: {MetadataOptions: *opts}\nImageId: ami-1",
        "<<: {MetadataOptions: *opts}\nImageId: ami-1\nMetadataOptions:\n  HttpEndpoint: enabled\n  HttpTokens: required",
        "the container is merged, and holds nothing else",
    ),
    (
        "<<: {MetadataOptions: {HttpTokens: optional, HttpPutResponseHopLimit: 2, InstanceMetadataTags: enabled}}",
        (
            "<<: {MetadataOptions: {HttpTokens: optional, HttpPutResponseHopLimit: 2, InstanceMetadataTags: enabled}}\n"
            "MetadataOptions:\n  HttpEndpoint: enabled\n  HttpTokens: required\n"
            "  HttpPutResponseHopLimit: 2\n  InstanceMetadataTags: enabled"
        ),
        "its own mapping would hide the others, so they are said again",
    ),
]


@pytest.mark.parametrize(("before", "after", "why"), WRITTEN)
def test_options_are_written_beside_a_merge_key(before: str, after: str, why: str) -> None:
    assert texts_after({"t.yaml": text(before)}) == {"t.yaml": text(after)}, why
    assert linted({"t.yaml": text(after)}).findings == ()


@pytest.mark.parametrize(
    ("properties", "tokens", "reason", "why"),
    [
        ("MetadataOptions: *opts", "optional", f"HttpTokens is not changed: {SHARED}", "an alias has nothing beside it"),
        ("MetadataOptions: {HttpTokens: &t optional}\nTags: [{Key: t, Value: *t}]", "x", f"HttpTokens is not changed: {SHARED}", "the anchor's own place is shared as well"),
        (
            "<<: {MetadataOptions: {HttpTokens: optional, HttpPutResponseHopLimit: !Ref Hops}}",
            "optional", f"MetadataOptions is not changed: {SHARED}", "a function is not copied",
        ),
        (
            "MetadataOptions: {<<: *opts}", "!If [C, optional, optional]",
            "HttpTokens depends on C, which is not decided here", "the branches are shared",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_written_beside(properties: str, tokens: str, reason: str, why: str) -> None:
    rest = "Conditions: {C: !Equals [!Ref AWS::Region, a]}\nParameters: {Hops: {Type: Number}}\n"
    files = {"t.yaml": text(properties, tokens) + rest}
    assert [finding.fix_unavailable for finding in linted(files).findings] == [reason], why
    assert repaired(files).changed == ()


def test_of_those_that_share_options_each_is_mended_that_can_be() -> None:
    shared = text("MetadataOptions: *opts\n")
    other = "  Db:\n    Type: AWS::EC2::Instance\n    Properties:\n      MetadataOptions:\n        <<: *opts\n"
    own = "        HttpEndpoint: enabled\n        HttpTokens: required\n"
    assert texts_after({"t.yaml": shared + other}) == {"t.yaml": shared + other + own}
    (left,) = linted({"t.yaml": shared + other + own}).findings
    assert (left.affected, left.fix_unavailable) == (("Web",), f"HttpTokens is not changed: {SHARED}")
