"""Resources as the model has them: every field from the template's text."""

from __future__ import annotations

import pytest

from iac_imds_lint.catalog import Dialect, Role, entries
from iac_imds_lint.cloudformation.load import Template
from iac_imds_lint.directive import Directive, Inside, Mistake
from iac_imds_lint.finding import Hiding
from iac_imds_lint.model import DecidedBy, Posture
from iac_imds_lint.script import Script
from iac_imds_lint.source import Position, Problem, SourceFile, Span
from iac_imds_lint.value import ABSENT, Absent, Branches, Handle, Known, Origin, Unknown
from tests.cloudformation.reading import ENDPOINT, HOP_LIMIT, TOKENS, instance, load, resource, template, verdict


def test_every_field_of_a_resource() -> None:
    text = instance(
        "MetadataOptions:\n  HttpTokens: required\n  HttpPutResponseHopLimit: 2\n"
        "LaunchTemplate: {LaunchTemplateId: !Ref Base, Version: !GetAtt Base.LatestVersionNumber}\n"
        "UserData: !Base64 'curl http://169.254.169.254/latest/meta-data/'",
        "  Base:\n    Type: AWS::EC2::LaunchTemplate\n    Properties: {LaunchTemplateName: base}\n",
    )
    source = SourceFile("t.yaml", text)
    web, base = template(text).resources
    assert (web.entry.type, web.address, web.renews) == (
        "AWS::EC2::Instance",
        "Web",
        True,
    )
    (script,) = web.boot
    assert isinstance(script, Script)
    assert (script.what, script.language) == ("UserData", None)
    assert script.text.content == "curl http://169.254.169.254/latest/meta-data/"
    assert source.slice(web.head) == "Web"
    assert source.slice(web.body).startswith("Web:\n    Type")
    assert source.slice(web.body).endswith("/meta-data/'")
    assert isinstance(web.container, Known)
    assert [(source.slice(o.span), o.what, o.literal) for o in web.container.origins] == [
        ("MetadataOptions", "here", True)
    ]
    assert set(web.options) == {TOKENS, HOP_LIMIT}
    assert web.option(ENDPOINT) == ABSENT
    (reference,) = web.references
    assert isinstance(reference.target, Unknown)
    assert reference.target.handle == Handle("Base", "Ref")
    assert isinstance(reference.version, Unknown)
    assert reference.version.handle == Handle("Base", "LatestVersionNumber")
    assert source.slice(reference.span) == "!Ref Base"
    assert isinstance(web.image, Known)
    assert web.image.content == "ami-1"
    assert isinstance(base.name, Known)
    assert base.name.content == "base"
    assert (base.container, base.inline, base.boot, base.renews) == (ABSENT, ABSENT, (), False)


@pytest.mark.parametrize("kind", sorted(entries(Dialect.CLOUDFORMATION)))
def test_every_type_of_the_catalog_can_be_read_bare(kind: str) -> None:
    (found,) = template(f"Resources:\n  Web:\n    Type: {kind}\n").resources
    assert (found.container, found.options, found.references, found.inline) == (ABSENT, {}, (), ABSENT)


@pytest.mark.parametrize(
    ("properties", "expected", "why"),
    [
        ("", ABSENT, "not written"),
        ("MetadataOptions: !Ref P", Unknown, "given by a parameter"),
        ("MetadataOptions: []", Unknown, "a list"),
        ("MetadataOptions: {}", Known, "empty, and written"),
        ("MetadataOptions: !If [C, {}, {HttpTokens: a}]", Known, "written on both sides"),
        ("MetadataOptions: !If [C, {}, !Ref AWS::NoValue]", Branches, "written on one side"),
        ("MetadataOptions: !If [X, {}, !Ref AWS::NoValue]", Unknown, "an undefined condition"),
        ("MetadataOptions:", Absent, "null"),
        ("MetadataOptions: !Ref AWS::NoValue", Absent, "AWS::NoValue"),
    ],
)
def test_the_container(properties: str, expected: object, why: str) -> None:
    rest = "Parameters: {P: {Type: String}}\nConditions: {C: !Equals [!Ref P, x]}\n"
    found = resource(instance(properties, rest)).container
    assert (found == ABSENT) if expected is ABSENT else isinstance(found, expected), why  # type: ignore[arg-type]


def test_a_type_whose_option_stands_among_its_properties() -> None:
    text = "Resources:\n  Web:\n    Type: AWS::AppStream::Fleet\n    Properties: {DisableIMDSV1: true}\n"
    found = resource(text)
    assert found.container == Known(True, (Origin(found.head, "here"),))
    assert found.option(TOKENS) == Known(True, (Origin(Span("t.yaml", 82, 86), "here", True),))


def fleet(kind: str, properties: str) -> str:
    return f"Resources:\n  Web:\n    Type: AWS::EC2::{kind}\n    Properties: {properties}\n"


def test_the_most_open_of_options_in_a_list_counts() -> None:
    written = "{LaunchTemplateConfigs: [{Overrides: [{MetadataOptions: {HttpTokens: required}}, {MetadataOptions: {HttpTokens: optional}}]}]}"
    found = resource(fleet("EC2Fleet", written))
    assert isinstance(found.container, Known)
    assert [origin.what for origin in found.container.origins] == ["here"]
    assert found.option(TOKENS) == Known("optional", found.option(TOKENS).origins)
    for nothing in ("[{}]", "[{}, {MetadataOptions: {HttpTokens: required}}]", "[]", "!Ref AWS::NoValue"):
        silent = resource(fleet("EC2Fleet", f"{{LaunchTemplateConfigs: [{{Overrides: {nothing}}}]}}"))
        assert isinstance(silent.container, Absent), "as open as its template"
        assert silent.options == {}


def test_lists_may_be_conditional() -> None:
    rest = "Parameters: {P: {Type: String}}\nConditions: {C: !Equals [!Ref P, x]}\n"
    lists = "[{LaunchTemplateSpecification: {LaunchTemplateId: a}}], {LaunchTemplateSpecification: !Ref P}"
    found = resource(fleet("EC2Fleet", f"{{LaunchTemplateConfigs: !If [C, {lists}]}}") + rest)
    assert [reference.target[0] for reference in found.references] == ["a", "parameter P has no default"]


def test_a_spot_fleets_launch_specifications_have_no_options() -> None:
    written = "{SpotFleetRequestConfigData: {LaunchSpecifications: [{MetadataOptions: {HttpTokens: required}}]}}"
    found = resource(fleet("SpotFleet", written))
    assert found.entry.role is Role.SPOT_FLEET
    assert isinstance(found.container, Known)
    assert isinstance(found.inline, Known)
    empty = resource(fleet("SpotFleet", "{SpotFleetRequestConfigData: {LaunchSpecifications: []}}"))
    assert (empty.container, empty.inline) == (ABSENT, ABSENT)
    unread = resource(fleet("SpotFleet", "{SpotFleetRequestConfigData: {LaunchSpecifications: !Ref AWS::Region}}"))
    assert isinstance(unread.inline, Unknown)


GROUP = "Resources:\n  Web:\n    Type: AWS::AutoScaling::AutoScalingGroup\n    Properties:\n      "


@pytest.mark.parametrize(
    ("properties", "targets"),
    [
        ("LaunchConfigurationName: !Ref A", [Handle("A", "Ref")]),
        ("LaunchConfigurationName: name", ["name"]),
        ("LaunchTemplate: {LaunchTemplateName: name, Version: '1'}", ["name"]),
        ("LaunchTemplate: {LaunchTemplateId: !Ref A}", [Handle("A", "Ref")]),
        ("LaunchTemplate: {Version: '1'}", ["LaunchTemplate names no launch template"]),
        ("LaunchTemplate: !Ref AWS::NoValue", []),
        ("LaunchTemplate: !Ref AWS::Region", ["AWS::Region is known at deployment only"]),
        (
            """MixedInstancesPolicy:
        LaunchTemplate:
          LaunchTemplateSpecification: {LaunchTemplateId: !Ref A}
          Overrides: [{LaunchTemplateSpecification: {LaunchTemplateId: !Ref B}}, {InstanceType: t}]""",
            [Handle("A", "Ref"), Handle("B", "Ref")],
        ),
        ("Cooldown: 1", []),
    ],
)
def test_references(properties: str, targets: list[object]) -> None:
    rest = "".join(f"  {name}:\n    Type: AWS::EC2::LaunchTemplate\n" for name in "AB")
    found = resource(f"{GROUP}{properties}\n{rest}").references
    told = [r.target.content if isinstance(r.target, Known) else r.target for r in found]
    assert [(t.handle or t.reason) if isinstance(t, Unknown) else t for t in told] == targets
    assert all(reference.span.end > reference.span.start for reference in found)


def test_a_reference_that_is_not_decided_is_one() -> None:
    rest = "Parameters: {P: {Type: String}}\nConditions: {C: !Equals [!Ref P, x]}\n"
    written = "LaunchTemplate: !If [C, {LaunchTemplateName: a}, !Ref AWS::NoValue]"
    (reference,) = resource(instance(written, rest)).references
    assert isinstance(reference.target, Branches)
    (reference,) = resource(instance("LaunchTemplate: !If [C, {Version: a}, {}]", rest)).references
    assert reference.target == Unknown("LaunchTemplate names no launch template")


@pytest.mark.parametrize(
    ("policy", "renews", "why"),
    [
        ("", False, "no policy: what runs is left alone"),
        ("AutoScalingRollingUpdate: {}", True, "in batches"),
        ("AutoScalingRollingUpdate: !If [C, {MinInstancesInService: 1}, !Ref AWS::NoValue]", True, "perhaps"),
        ("AutoScalingReplacingUpdate: {WillReplace: true}", True, "the group itself is replaced"),
        ("AutoScalingReplacingUpdate: {WillReplace: !Ref Will}", True, "the group itself is replaced, perhaps"),
        ("AutoScalingReplacingUpdate: {WillReplace: 'false'}", False, "it is not replaced"),
        ("AutoScalingReplacingUpdate: {}", False, "WillReplace is false where it is not written"),
        ("AutoScalingScheduledAction: {IgnoreUnmodifiedGroupSizeProperties: true}", False, "about sizes alone"),
    ],
)
def test_a_group_renews_where_its_update_policy_replaces(policy: str, renews: bool, why: str) -> None:
    rest = "Parameters: {Will: {Type: String}}\nConditions: {C: !Equals [!Ref Will, x]}\n" if "!" in policy else ""
    written = f"\n    UpdatePolicy: {{{policy}}}" if policy else ""
    assert resource(f"{rest}{GROUP}Cooldown: 1{written}\n").renews is renews, why


METADATA = "    Metadata: {iac-imds-lint: {ignore: [IMDS001]}}\n"


def test_metadata_suppresses() -> None:
    text = instance("", METADATA) + "  B:\n    Type: AWS::EC2::Instance\n"
    loaded = template(text)
    source = loaded.source
    (said,) = loaded.told.said
    assert isinstance(said, Directive)
    assert said == Directive(said.span, said.codes, Inside(loaded.resources[0].body), Hiding.METADATA)
    assert source.slice(said.span) == "iac-imds-lint: {ignore: [IMDS001]}"
    assert [(code.code, source.slice(code.span)) for code in said.codes] == [("IMDS001", "IMDS001")]
    both = template(text + "Metadata: {iac-imds-lint: {ignore: [IMDS002, IMDS001]}}\n")
    reaches = [one.reach for one in both.told.said if isinstance(one, Directive)]
    assert reaches == [Inside(Span("t.yaml", 0, len(both.source.text) - 1)), Inside(both.resources[0].body)]


@pytest.mark.parametrize(
    "written", ["{}", "{ignore: }", "{ignore: []}", "{ignore: IMDS001}", "{ignore: [1]}", "all", ""]
)
def test_a_suppression_without_a_list_of_codes_is_a_mistake(written: str) -> None:
    loaded = template(instance("", f"    Metadata: {{iac-imds-lint: {written}}}\n"))
    words = (
        "Metadata iac-imds-lint takes ignore with a list of codes, "
        "such as {ignore: [IMDS002], reason: legacy agent, until: 2027-01-31}"
    )
    assert [one.message for one in loaded.told.said if isinstance(one, Mistake)] == [words]
    assert len(loaded.told.said) == 1


def test_other_metadata_is_left_alone() -> None:
    loaded = template(instance("", "    Metadata: {cfn-lint: {config: {}}}\n") + "Metadata: [a]\n")
    assert (loaded.told.problems, loaded.told.said) == ((), ())


def test_duplicate_keys_are_problems_of_what_is_read() -> None:
    loaded = template(
        instance("MetadataOptions: {HttpTokens: a, HttpTokens: b}\nTags: [{Key: a, Key: b}, !Sub [x, {y: 1, y: 2}]]")
        + "  Web:\n    Type: AWS::EC2::Instance\n"
        + "  Other:\n    Type: AWS::S3::Bucket\n    Properties: {a: 1, a: 2}\n"
        + "Parameters: {P: {Type: String}, P: {Type: String}}\n"
    )
    said = [(problem.reason.split(" is ")[0], problem.position) for problem in loaded.told.problems]
    assert said == [("the key P", Position(13, 33)), ("the key Web", Position(8, 3))]
    assert len(loaded.resources) == 1, "the last one counts"
    inner = template(
        instance("MetadataOptions: {HttpTokens: a, HttpTokens: b}\nTags: [{Key: a, Key: b}, !Sub [x, {y: 1, y: 2}]]")
    )
    assert [problem.reason for problem in inner.told.problems] == [
        f"the key {key} is written twice; the last one counts" for key in ("HttpTokens", "Key", "y")
    ]
    value = inner.resources[0].option(TOKENS)
    assert isinstance(value, Known)
    assert value.content == "b"


def test_what_is_no_template_or_broken_passes_through() -> None:
    assert load(SourceFile("t", "a: b")) is None
    broken = load(SourceFile("t", "Resources:\n  Web:\n    Type: AWS::EC2::Instance\n  a: b: c\n"))
    assert isinstance(broken, Template)
    assert [resource.address for resource in broken.resources] == ["Web"]
    (problem,) = broken.told.problems
    assert problem._replace(left_out=()) == Problem(
        "t", "mapping values are not allowed in this context", Position(4, 7)
    )


@pytest.mark.parametrize(
    ("properties", "posture", "reason"),
    [
        ("", Posture.V1_ALLOWED, "nothing at any level asks for IMDSv2"),
        ("MetadataOptions: {HttpTokens: required}", Posture.V2_REQUIRED, "tokens are required"),
        ("MetadataOptions: {HttpTokens: optional}", Posture.V1_ALLOWED, "tokens are optional"),
        ("MetadataOptions: {HttpEndpoint: disabled}", Posture.IMDS_DISABLED, "IMDS is turned off"),
        ("MetadataOptions: !If [C, {HttpTokens: required}, {HttpTokens: required}]", Posture.V2_REQUIRED, None),
        (
            "MetadataOptions: !If [C, {HttpTokens: required}, !Ref AWS::NoValue]",
            Posture.UNKNOWN,
            "v1-allowed if C is false; v2-required if C is true",
        ),
        (
            "MetadataOptions: !If [C, {HttpTokens: required, HttpEndpoint: enabled}, {HttpEndpoint: disabled}]",
            Posture.V2_REQUIRED,
            "tokens are required",
        ),
        (
            "MetadataOptions: {httpTokens: required}",
            Posture.UNKNOWN,
            "httpTokens is written where HttpTokens is meant, and names of properties are case-sensitive",
        ),
        (
            "metadataOptions: {HttpTokens: required}",
            Posture.UNKNOWN,
            "metadataOptions is written where MetadataOptions is meant, and names of properties are case-sensitive",
        ),
        ("MetadataOptions: {HttpTokens: required, httpTokens: optional}", Posture.V2_REQUIRED, "tokens are required"),
        ("MetadataOptions: {HttpToken: required}", Posture.V1_ALLOWED, None),
        ("MetadataOptions: {HttpTokens: !Ref P}", Posture.UNKNOWN, "parameter P has no default"),
        ("MetadataOptions: !GetAtt A.B", Posture.UNKNOWN, "A is no resource of this template"),
        ("LaunchTemplate: {LaunchTemplateId: !Ref Good}", Posture.V2_REQUIRED, None),
        ("LaunchTemplate: {LaunchTemplateName: bad}", Posture.V1_ALLOWED, None),
        (
            "LaunchTemplate: {LaunchTemplateId: !Ref Good}\nMetadataOptions: {HttpTokens: optional}",
            Posture.V1_ALLOWED,
            "tokens are optional",
        ),
    ],
)
def test_postures(properties: str, posture: Posture, reason: str | None) -> None:
    rest = (
        "  Good:\n    Type: AWS::EC2::LaunchTemplate\n"
        "    Properties: {LaunchTemplateData: {MetadataOptions: {HttpTokens: required}}}\n"
        "  Bad:\n    Type: AWS::EC2::LaunchTemplate\n    Properties: {LaunchTemplateName: bad}\n"
        "Parameters: {P: {Type: String}}\nConditions: {C: !Equals [!Ref P, x]}\n"
    )
    found = verdict(instance(properties, rest))
    assert found.posture is posture
    assert reason in (None, found.reason)
    if "LaunchTemplate" in properties and "optional" not in properties:
        assert found.decided_by is DecidedBy.LAUNCH_TEMPLATE
