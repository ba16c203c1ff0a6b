"""``Fn::ForEach``: what its loops write, where that is known and where it is not."""

from __future__ import annotations

import pytest

from tests.cloudformation.reading import instance, verdict
from tests.support import codes, linted, postures, texts_after

WEBS = """
Transform: AWS::LanguageExtensions
Parameters:
  Given: {Type: CommaDelimitedList, Default: "a, b"}
  Open: {Type: CommaDelimitedList}
Mappings:
  Names: {web: {All: [x, y], a: [optional], b: [required]}}
Conditions:
  Always: !Equals [a, a]
  Fn::ForEach::Conditions:
  - N
  - [a, b]
  - Is${N}: !Equals [!Ref N, a]
Resources:
  Fn::ForEach::Webs:
"""
PLAIN = "      Type: AWS::EC2::Instance\n      Properties: {MetadataOptions: {HttpEndpoint: enabled, HttpTokens: %s}}\n"


def loop(collection: str, key: str, tokens: str, rest: str = "") -> str:
    """A template with a loop over ``N`` that writes an instance at ``key`` with these tokens."""
    return f"{WEBS}  - N\n  - {collection}\n  - {key}:\n{PLAIN % tokens}{rest}"


STRICT, WEAK, OPEN = "v2-required", "v1-allowed", "unknown"


@pytest.mark.parametrize(
    ("text", "expected", "why"),
    [
        (loop("[a, b]", "Web${N}", "optional"), {"Weba": WEAK, "Webb": WEAK}, "a list, the same in each turn"),
        (loop("[required]", "Web${N}", "!Ref N"), {"Webrequired": STRICT}, "Ref of the identifier"),
        (loop("[required]", "W", "'${N}'"), {"W": STRICT}, "the identifier in a text"),
        (loop("[requi]", "W", "!Sub '${N}red'"), {"W": STRICT}, "the identifier in Fn::Sub"),
        (loop("[r-e-q]", "W", "'&{N}uired'"), {"W": STRICT}, "without what is no letter, in a text"),
        (loop("[a-1, b.2]", "Web&{N}", "required"), {"Weba1": STRICT, "Webb2": STRICT}, "and in a key"),
        (loop("[a]", "Web${N}", "{Ref: N}"), {"Weba": OPEN}, "a text that is no token is refused, not followed"),
        (loop("!Ref Given", "Web${N}", "required"), {"Weba": STRICT, "Webb": STRICT}, "a list parameter"),
        (loop("[!Ref Given, c]", "Web${N}", "required"), {f"Web{n}": STRICT for n in "abc"}, "a list in a list"),
        (loop("!FindInMap [Names, web, All]", "Web${N}", "required"), {"Webx": STRICT, "Weby": STRICT}, "a mapping"),
        (loop("[]", "Web${N}", "optional", "  Other: {Type: AWS::EC2::Instance}\n"), {"Other": WEAK}, "no turn"),
        (loop("[a, a]", "Web${N}", "required"), {"Weba": STRICT}, "an item that is there twice"),
        (loop("[a, b]", "Web${N}", "!If [Always, required, !Ref N]"), {"Weba": STRICT, "Webb": STRICT}, "in Fn::If"),
        (loop("!Ref Open", "Web${N}", "required"), {"Web${N}": STRICT}, "items that do not matter"),
        (loop("!Ref Open", "Web${N}", "optional"), {"Web${N}": WEAK}, "nor do they here"),
        (loop("!Ref Open", "Web${N}", "!Ref N"), {"Web${N}": OPEN}, "items that do"),
        (loop("!Ref Open", "Web${N}", "!Sub 'x${N}'"), {"Web${N}": OPEN}, "and in Fn::Sub"),
        (
            (
                f"{WEBS}  - N\n  - [a, b]\n  - Fn::ForEach::Inner:\n    - M\n    - !FindInMap [Names, web, !Ref N]\n"
                f"    - W${{N}}${{M}}:\n{PLAIN.replace('      ', '        ') % '!Ref M'}"
            ),
            {"Waoptional": WEAK, "Wbrequired": STRICT},
            "a loop in a loop, over what the outer item names",
        ),
        (
            f"{WEBS}  - N\n  - [a, b]\n  - Web${{N}}:\n      Condition: Is${{N}}\n{PLAIN % 'optional'}",
            {"Weba": WEAK},
            "conditions that a loop writes, by name",
        ),
    ],
)
def test_what_loops_write(text: str, expected: dict[str, str], why: str) -> None:
    assert postures({"t.yaml": text}) == expected, why


def test_json_has_loops_as_well() -> None:
    text = """{"Transform": "AWS::LanguageExtensions", "Resources": {"Fn::ForEach::A": ["N", ["a", "b"], {"Web${N}":
    {"Type": "AWS::EC2::Instance", "Properties": {"MetadataOptions": {"HttpTokens": {"Fn::Sub": "${N}"}}}}}]}}"""
    assert postures({"t.json": text}) == {"Weba": "unknown", "Webb": "unknown"}


def test_a_loop_among_properties_writes_them() -> None:
    text = (
        "Transform: AWS::LanguageExtensions\nResources:\n  Web:\n    Type: AWS::EC2::Instance\n    Properties:\n"
        "      MetadataOptions:\n        Fn::ForEach::Options:\n        - N\n        - [Endpoint, Tokens]\n"
        "        - Http${N}: !FindInMap [Values, '${N}', V]\n"
        "Mappings: {Values: {Endpoint: {V: enabled}, Tokens: {V: required}}}\n"
    )
    assert postures({"t.yaml": text}) == {"Web": STRICT}


def test_a_reference_follows_the_turn() -> None:
    text = loop("[a, b]", "Asg${N}", "x").replace("AWS::EC2::Instance", "AWS::AutoScaling::AutoScalingGroup")
    text = text.replace(
        "{MetadataOptions: {HttpEndpoint: enabled, HttpTokens: x}}",
        "{LaunchTemplate: {LaunchTemplateId: !Ref 'Lt${N}', Version: !GetAtt ['Lt${N}', LatestVersionNumber]}}",
    )
    tokens = "Properties: {LaunchTemplateData: {MetadataOptions: {HttpEndpoint: enabled, HttpTokens: %s}}}"
    text += "".join(
        f"  Lt{name}: {{Type: AWS::EC2::LaunchTemplate, {tokens % value}}}\n"
        for name, value in (("a", "required"), ("b", "optional"))
    )
    assert postures({"t.yaml": text}) == {"Asga": STRICT, "Asgb": WEAK, "Lta": STRICT, "Ltb": WEAK}


def test_one_finding_for_all_turns_mends_the_body() -> None:
    text = loop("[a, b]", "Web${N}", "optional")
    (finding,) = linted({"t.yaml": text}).findings
    assert finding.affected == ("Weba", "Webb")
    assert text[finding.span.start : finding.span.end] == "optional"
    assert texts_after({"t.yaml": text})["t.yaml"] == loop("[a, b]", "Web${N}", "required")


def test_an_item_is_not_changed_in_the_collection() -> None:
    (finding,) = linted({"t.yaml": loop("[optional]", "Web${N}", "!Ref N")}).findings
    assert finding.fix is None
    assert finding.fix_unavailable == "HttpTokens is computed, not written: change the expression"


@pytest.mark.parametrize(
    ("collection", "reason"),
    [
        ("!Ref Open", "the collection of the loop Webs is not known: parameter Open has no default"),
        (
            "!Ref Gone",
            "the collection of the loop Webs is not known: Gone is no parameter or resource of this template",
        ),
        ("text", "the collection of the loop Webs is no list"),
        ("[!Ref AWS::Region]", "an item of the loop Webs is not known: AWS::Region is known at deployment only"),
        ("[[[a]]]", "an item of the loop Webs is not known"),
    ],
)
def test_why_an_item_is_not_known(collection: str, reason: str) -> None:
    (row,) = linted({"t.yaml": loop(collection, "Web${N}", "!Ref N")}).inventory
    assert (row.resource, row.reason) == ("Web${N}", reason)


@pytest.mark.parametrize("odd", ["[a]", "[N, [a]]", "[N, [a], b]", "{a: b}"])
def test_what_is_no_loop_writes_nothing(odd: str) -> None:
    text = f"Resources:\n  Fn::ForEach::Odd: {odd}\n  Web: {{Type: AWS::EC2::Instance}}\n"
    assert postures({"t.yaml": text}) == {"Web": WEAK}


_NAMED = """Transform: AWS::LanguageExtensions
Parameters: {Open: {Type: String}, Which: {Type: String, AllowedValues: [A, B]}}
Resources:
  LtA: {Type: AWS::EC2::LaunchTemplate, Properties: {LaunchTemplateData: {MetadataOptions: {HttpTokens: required}}}}
  LtB: {Type: AWS::EC2::LaunchTemplate, Properties: {LaunchTemplateData: {ImageId: ami-1}}}
  Fn::ForEach::Groups:
    - N
    - [A, B]
    - Group${N}:
        Type: AWS::AutoScaling::AutoScalingGroup
        Properties: {LaunchTemplate: {LaunchTemplateId: %s, Version: !GetAtt [!Sub "Lt${N}", LatestVersionNumber]}}
"""


@pytest.mark.parametrize(
    ("named", "expected", "why"),
    [
        ('!Ref {Fn::Sub: "Lt${N}"}', ("as LtA says", "as LtB says"), "a name by the variable of the loop"),
        ("!Ref {Fn::Join: ['', [Lt, !Ref N]]}", ("as LtA says", "as LtB says"), "another function"),
        ("!Ref LtA", ("as LtA says", "as LtA says"), "a name as it is"),
        ("!Ref {Fn::Sub: '${Open}'}", ("parameter Open has no default",) * 2, "a name that is not known"),
        ("!Ref {Fn::Sub: 'Gone${N}'}", ("GoneA is no parameter", "GoneB is no parameter"), "a name of nothing"),
        ("!Ref {Fn::Split: [',', 'a,b']}", ("the name that Ref takes is no text",) * 2, "no name"),
        ("!Ref {Fn::Sub: 'Lt${Which}'}", ("v2-required as LtA says if Which is A",) * 2, "one of two names"),
    ],
)
def test_a_reference_by_a_function(named: str, expected: tuple[str, str], why: str) -> None:
    for group, reason in zip(("GroupA", "GroupB"), expected, strict=True):
        assert reason in verdict(_NAMED % named, group).reason, why


def test_a_version_by_a_function_keeps_no_old_version() -> None:
    assert "IMDS006" not in codes({"t.yaml": _NAMED % '!Ref {Fn::Sub: "Lt${N}"}'})


def test_a_reference_by_a_function_needs_the_transform() -> None:
    text = instance("LaunchTemplate: {LaunchTemplateId: !Ref {Fn::Sub: Lt}, Version: 1}")
    assert "this use of Ref is not understood" in verdict(text).reason


LOOPED = """
Transform: AWS::LanguageExtensions
Resources:
  Web:
    Type: AWS::EC2::Instance
    Properties:
"""
LOOP = "      Fn::ForEach::P: [K, [ImageId, KeyName], {'${K}': x}]\n"


@pytest.mark.parametrize(
    ("properties", "why"),
    [(LOOP, "the loop is all that there is"), (f"{LOOP}      EbsOptimized: true\n", "there is more beside the loop")],
)
def test_properties_that_a_loop_writes_are_completed_by_hand(properties: str, why: str) -> None:
    (finding,) = linted({"t.yaml": LOOPED + properties}).findings
    assert finding.fix_unavailable == (
        "Fn::ForEach::P writes what stands beside MetadataOptions: add it by hand, beside the loop or in its body"
    ), why
