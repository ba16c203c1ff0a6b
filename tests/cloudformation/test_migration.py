"""Launch configurations of templates made into launch templates: each property, each way to refer to one."""

from __future__ import annotations

import json

import pytest

from iac_imds_lint.cloudformation import proof
from iac_imds_lint.documents.compare import plain
from iac_imds_lint.documents.yaml_reader import read
from iac_imds_lint.edit import Applicability, Fix, apply
from iac_imds_lint.source import Problem, SourceFile
from tests.support import linted

GROUP = "  Group:\n    Type: AWS::AutoScaling::AutoScalingGroup\n    Properties:\n"
BASE = "      ImageId: ami-1\n      MetadataOptions: {HttpEndpoint: enabled, HttpTokens: required}\n"
DATA = {"ImageId": "ami-1", "MetadataOptions": {"HttpEndpoint": "enabled", "HttpTokens": "required"}}
NAMED = {"LaunchTemplateId": {"!Ref": "LaunchTemplate"}, "Version": {"!GetAtt": "LaunchTemplate.LatestVersionNumber"}}


def template(
    properties: str = "", more: str = "", group: str = "LaunchConfigurationName: !Ref LC", top: str = ""
) -> str:
    """A configuration with these properties, and a group; ``more`` are other resources and sections."""
    own = f"Resources:\n  LC:\n    Type: AWS::AutoScaling::LaunchConfiguration\n    Properties:\n{BASE}"
    lines = "".join(f"      {line}\n" for line in properties.splitlines())
    return top + own + lines + f"{GROUP}      {group}\n" + more


def fix(text: str, path: str = "t.yaml") -> Fix | str:
    """The migration of the first configuration, or why there is none."""
    found = next(finding for finding in linted({path: text}).findings if finding.rule.code == "IMDS003")
    return found.fix or found.fix_unavailable


def migrated(text: str) -> tuple[Fix, dict[str, object]]:
    """The migration, proven, with the resources that come of it."""
    done = fix(text)
    assert isinstance(done, Fix), done
    before = SourceFile("t.yaml", text)
    after = apply(before, done.edits)
    assert proof.unproven(before, after, done.renamed) == ""
    documents = read(after)
    assert not isinstance(documents, Problem)
    return done, plain(documents[0])["Resources"]


def data(text: str) -> dict[str, object]:
    """What the template of a migration holds, which leaves nothing to do by hand."""
    done, resources = migrated(text)
    assert (done.applicability, done.by_hand) == (Applicability.UNSAFE, ())
    found = resources["LaunchTemplate"]
    assert isinstance(found, dict)
    assert found["Type"] == "AWS::EC2::LaunchTemplate"
    inner = found["Properties"]["LaunchTemplateData"]
    assert isinstance(inner, dict)
    return inner


NAME_STEP = "write a name that a template may have: 3 to 128 letters, digits and ().-/_"
LOOP = (
    "  Fn::ForEach::Topics: [N, [A, B], {'T${N}': {Type: AWS::SNS::Topic, Properties: {DisplayName: {Ref: '%s'}}}}]\n"
    "Transform: AWS::LanguageExtensions\n"
)
NOTHING = {"!Ref": "AWS::NoValue"}
SPOT = {"MarketType": "spot", "SpotOptions": {"MaxPrice": "0.1"}}


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ("", {}),
        ("KeyName: k", {"KeyName": "k"}),
        ("KernelId: aki-1\nRamDiskId: ari-1", {"KernelId": "aki-1", "RamDiskId": "ari-1"}),
        ("EbsOptimized: 'true'", {"EbsOptimized": "true"}),
        ("UserData: aGk=", {"UserData": "aGk="}),
        ("UserData: !Base64 hi", {"UserData": {"!Base64": "hi"}}),
        ("InstanceMonitoring: false", {"Monitoring": {"Enabled": False}}),
        (
            "InstanceMonitoring: !If [C, 'false', !Ref AWS::NoValue]",
            {"Monitoring": {"Enabled": {"!If": ["C", "false", True]}}},
        ),
        ("PlacementTenancy: dedicated", {"Placement": {"Tenancy": "dedicated"}}),
        ("SpotPrice: '0.1'", {"InstanceMarketOptions": SPOT}),
        ("SpotPrice: !If [C, '0.1', !Ref AWS::NoValue]", {"InstanceMarketOptions": {"!If": ["C", SPOT, NOTHING]}}),
        ("SpotPrice: !If\n- C\n- !Ref AWS::NoValue\n- '0.1'", {"InstanceMarketOptions": {"!If": ["C", NOTHING, SPOT]}}),
        ("IamInstanceProfile: web", {"IamInstanceProfile": {"Name": "web"}}),
        ("IamInstanceProfile: arn:aws:iam::1:x", {"IamInstanceProfile": {"Arn": "arn:aws:iam::1:x"}}),
        ("IamInstanceProfile: !Ref P", {"IamInstanceProfile": {"Name": {"!Ref": "P"}}}),
        ("IamInstanceProfile: !GetAtt P.Arn", {"IamInstanceProfile": {"Arn": {"!GetAtt": "P.Arn"}}}),
        (
            "IamInstanceProfile: !Sub 'arn:${AWS::Partition}:iam::1:x'",
            {"IamInstanceProfile": {"Arn": {"!Sub": "arn:${AWS::Partition}:iam::1:x"}}},
        ),
        (
            "IamInstanceProfile: !If [C, !Ref P, !GetAtt P.Arn]",
            {"IamInstanceProfile": {"!If": ["C", {"Name": {"!Ref": "P"}}, {"Arn": {"!GetAtt": "P.Arn"}}]}},
        ),
        ("IamInstanceProfile: !If [C, a, b]", {"IamInstanceProfile": {"Name": {"!If": ["C", "a", "b"]}}}),
        ("SecurityGroups: [sg-1, !Ref In]", {"SecurityGroupIds": ["sg-1", {"!Ref": "In"}]}),
        ("SecurityGroups: [!Ref Out]", {"SecurityGroupIds": [{"!GetAtt": "Out.GroupId"}]}),
        ("SecurityGroups: !Ref Ids", {"SecurityGroupIds": {"!Ref": "Ids"}}),
        (
            "AssociatePublicIpAddress: false\nSecurityGroups: [sg-1]",
            {
                "NetworkInterfaces": [
                    {
                        "DeviceIndex": 0,
                        "AssociatePublicIpAddress": False,
                        "DeleteOnTermination": True,
                        "Groups": ["sg-1"],
                    }
                ]
            },
        ),
        (
            "AssociatePublicIpAddress: true",
            {"NetworkInterfaces": [{"DeviceIndex": 0, "AssociatePublicIpAddress": True, "DeleteOnTermination": True}]},
        ),
        (
            "BlockDeviceMappings: [{DeviceName: a, Ebs: {VolumeSize: 8}}]",
            {"BlockDeviceMappings": [{"DeviceName": "a", "Ebs": {"VolumeSize": 8, "DeleteOnTermination": True}}]},
        ),
        (
            "BlockDeviceMappings: [{DeviceName: a, Ebs: {DeleteOnTermination: false}}]",
            {"BlockDeviceMappings": [{"DeviceName": "a", "Ebs": {"DeleteOnTermination": False}}]},
        ),
        (
            "BlockDeviceMappings: [{DeviceName: a, NoDevice: true}, {DeviceName: b, VirtualName: ephemeral0}]",
            {
                "BlockDeviceMappings": [
                    {"DeviceName": "a", "NoDevice": ""},
                    {"DeviceName": "b", "VirtualName": "ephemeral0"},
                ]
            },
        ),
        ("ClassicLinkVPCId: vpc-1", {}),
    ],
)
def test_properties(properties: str, expected: dict[str, object]) -> None:
    more = (
        "  P: {Type: AWS::IAM::InstanceProfile, Properties: {Roles: [r]}}\n"
        "  In: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: d, VpcId: vpc-1}}\n"
        "  Out: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: d}}\n"
    )
    top = "Parameters: {Ids: {Type: 'List<AWS::EC2::SecurityGroup::Id>'}}\nConditions: {C: !Equals [!Ref AWS::Region, a]}\n"
    assert data(template(properties, more, top=top)) == {**DATA, "Monitoring": {"Enabled": True}, **expected}


@pytest.mark.parametrize(
    ("properties", "more", "step"),
    [
        ("SecurityGroups: [web]", "", "write the ID of the security group web: a name does not do"),
        ("InstanceId: i-1", "", "say what InstanceId is on a launch template, which has none"),
        (
            "LaunchConfigurationName: a b",
            "",
            "write a name that a template may have: 3 to 128 letters, digits and ().-/_",
        ),
        (
            "BlockDeviceMappings: !FindInMap [A, B, C]",
            "",
            "see that each volume says DeleteOnTermination: a template keeps volumes, unless it does",
        ),
        (
            "UserData: !Base64 cfn-init --resource LC",
            "",
            "write LaunchTemplate where Resources/LC/Properties/UserData/Fn::Base64 says LC, if the resource is meant",
        ),
        (
            "UserData: {Fn::Base64: {Fn::Join: ['', ['cfn-init -r ', LC]]}}",
            "",
            (
                "write LaunchTemplate where Resources/LC/Properties/UserData/Fn::Base64/Fn::Join says LC,"
                " if the resource is meant"
            ),
        ),
        (
            "",
            "Outputs: {Name: {Value: !Ref LC}}\n",
            "see who reads Outputs/Name/Value: it gives the ID of LaunchTemplate, where it gave the name of LC",
        ),
        (
            "",
            "Outputs: {Name: {Value: !Sub 'x-${LC}'}}\n",
            "see who reads Outputs/Name/Value: it gives the ID of LaunchTemplate, where it gave the name of LC",
        ),
        (
            "",
            "  S: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: 'https://x', Parameters: {N: !Ref LC}}}\n",
            "pass the ID of LaunchTemplate and its LatestVersionNumber to S, and launch from these there",
        ),
        ("LaunchConfigurationName: ab", "", NAME_STEP),
        ("LaunchConfigurationName: !Sub 'my web ${AWS::StackName}'", "", NAME_STEP),
        (
            "",
            LOOP % "X${N}",
            "see that X${N}, which a loop completes, never comes to LC",
        ),
    ],
)
def test_what_is_left_by_hand_makes_a_draft(properties: str, more: str, step: str) -> None:
    done, _ = migrated(template(properties, more))
    assert done.applicability is Applicability.DISPLAY_ONLY
    assert [one.message for one in done.by_hand] == [step]


@pytest.mark.parametrize(
    ("properties", "top", "note"),
    [
        ("ClassicLinkVPCId: vpc-1", "", "ClassicLinkVPCId is dropped: EC2-Classic is gone"),
        (
            "IamInstanceProfile: !Ref P",
            "Parameters: {P: {Type: String}}\n",
            "the parameter P is taken to give the instance profile's name",
        ),
        (
            "IamInstanceProfile: !ImportValue profile-arn",
            "",
            "Fn::ImportValue is taken to give the instance profile's ARN",
        ),
        (
            "SecurityGroups: [!Ref G]",
            "Parameters: {G: {Type: String}}\n",
            "G is taken to give IDs of security groups, not names",
        ),
        ("", "Transform: Mine\n", "what Mine writes is taken not to name LC"),
    ],
)
def test_what_is_taken_for_granted_is_said(properties: str, top: str, note: str) -> None:
    done, _ = migrated(template(properties, top=top))
    assert done.applicability is Applicability.UNSAFE
    assert note in done.note.split("; ")


@pytest.mark.parametrize(
    ("anchored", "text", "step", "why"),
    [
        (
            "yes",
            template("BlockDeviceMappings: [{DeviceName: a, NoDevice: *x}]"),
            'write NoDevice: "" where the device is to be left out, else nothing',
            "a flag",
        ),
        (
            "{VolumeSize: 8}",
            template("BlockDeviceMappings: [{DeviceName: a, Ebs: *x}]"),
            "write DeleteOnTermination: true for the volume, which a template keeps otherwise",
            "what is said of a volume",
        ),
        (
            "{DeviceName: a, Ebs: {VolumeSize: 8}}",
            template("BlockDeviceMappings: [*x]"),
            "write DeleteOnTermination: true for the volume that a YAML alias stands for",
            "a device",
        ),
        (
            "OldestLaunchConfiguration",
            template(group="LaunchConfigurationName: !Ref LC\n      TerminationPolicies: [*x, Default]"),
            "write OldestLaunchTemplate for OldestLaunchConfiguration",
            "one policy of a list",
        ),
        (
            "[OldestLaunchConfiguration]",
            template(group="LaunchConfigurationName: !Ref LC\n      TerminationPolicies: *x"),
            "write OldestLaunchTemplate for OldestLaunchConfiguration",
            "the list of policies",
        ),
        (
            "",
            template(group="LaunchConfigurationName: !Ref LC").replace("  Group:", "  Group: &g") + "  Other: *g\n",
            "let Group launch from LaunchTemplate: others share it through a YAML alias",
            "a group",
        ),
        (
            "",
            template().replace("    Properties:\n      Launch", "    Properties: &p\n      Launch")
            + "  Other: {Type: AWS::AutoScaling::AutoScalingGroup, Properties: *p}\n",
            "let Group launch from LaunchTemplate: others share it through a YAML alias",
            "the properties of a group",
        ),
    ],
)
def test_what_an_alias_shares_is_left_by_hand(anchored: str, text: str, step: str, why: str) -> None:
    """An edit of it would change what others say."""
    done = fix(f"Shared: &x {anchored}\n{text}" if anchored else text)
    assert isinstance(done, Fix), done
    assert ([one.message for one in done.by_hand], done.applicability) == ([step], Applicability.DISPLAY_ONLY), why
    assert not [edit for edit in done.edits if edit.span.end < text.index("Resources:")], why


def test_what_is_written_out_stands_before_the_user_data_at_the_end() -> None:
    """A script is long: what follows it is overlooked."""
    for properties, expected in (
        ("UserData: aGk=", ["ImageId", "MetadataOptions", "Monitoring", "UserData"]),
        ("UserData: aGk=\nKeyName: k", ["ImageId", "MetadataOptions", "UserData", "KeyName", "Monitoring"]),
        ("KeyName: k", ["ImageId", "MetadataOptions", "KeyName", "Monitoring"]),
    ):
        assert list(data(template(properties))) == expected


SERVERLESS = (
    "service: web\nprovider: {name: aws}\nresources:\n  Resources:\n    LC:\n"
    "      Type: AWS::AutoScaling::LaunchConfiguration\n      Properties: {ImageId: a}\n"
)
EXTENDED = ["write LaunchTemplate for LC in the extensions of the resources"]


@pytest.mark.parametrize(
    ("more", "expected", "why"),
    [
        ("", [], "nothing extends it"),
        ("  extensions: {LC: {Properties: {ImageId: b}}}\n", EXTENDED, "the framework finds it by its name"),
        ("  extensions: {Other: {Properties: {ImageId: b}}}\n", [], "another is extended"),
    ],
)
def test_extensions_of_a_framework(more: str, expected: list[str], why: str) -> None:
    done = fix(SERVERLESS + more, "serverless.yml")
    assert isinstance(done, Fix)
    assert [one.message for one in done.by_hand] == expected, why


INITIALISED = ["let cfn-init read LaunchTemplate: its metadata goes with the resource"]


@pytest.mark.parametrize(
    ("metadata", "script", "expected", "why"),
    [
        ("AWS::CloudFormation::Init: {config: {}}", "", INITIALISED, "a script elsewhere names the resource"),
        (
            "AWS::CloudFormation::Init: {config: {}}",
            "UserData: !Base64 cfn-init -r LC",
            [
                "write LaunchTemplate where Resources/LC/Properties/UserData/Fn::Base64 says LC, if the resource is meant"
            ],
            "the script is here, and told",
        ),
        ("Owner: web", "", [], "other metadata"),
    ],
)
def test_what_cfn_init_reads(metadata: str, script: str, expected: list[str], why: str) -> None:
    text = template(script).replace("    Properties:\n", f"    Metadata: {{{metadata}}}\n    Properties:\n", 1)
    done, _ = migrated(text)
    assert [one.message for one in done.by_hand] == expected, why


def test_a_configuration_of_an_included_file_is_named_where_nobody_sees_it() -> None:
    files = {
        "t.yaml": "AWSTemplateFormatVersion: 2010-09-09\nResources:\n"
        "  Fn::Transform: {Name: AWS::Include, Parameters: {Location: o.yaml}}\n",
        "o.yaml": "LC:\n  Type: AWS::AutoScaling::LaunchConfiguration\n  Properties: {ImageId: a}\n",
    }
    (found,) = [finding for finding in linted(files).findings if finding.rule.code == "IMDS003"]
    assert found.fix is not None
    assert [one.message for one in found.fix.by_hand] == [
        "write LaunchTemplate for LC in the templates that include this file"
    ]


@pytest.mark.parametrize("name", ["web-1", "!Sub 'web-${AWS::StackName}'", "!Sub '${AWS::StackName}-${AWS::Region}'"])
def test_names_that_a_template_may_have_are_kept(name: str) -> None:
    done, _ = migrated(template(f"LaunchConfigurationName: {name}"))
    assert (done.applicability, done.by_hand) == (Applicability.UNSAFE, ())


def test_a_name_that_a_substitution_brings_itself_is_another() -> None:
    topic = "  S: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Sub ['${LC}', {LC: a}]}}\n"
    done, resources = migrated(template(more=topic))
    assert done.by_hand == ()
    assert resources["S"] == {
        "Type": "AWS::SNS::Topic",
        "Properties": {"DisplayName": {"!Sub": ["${LC}", {"LC": "a"}]}},
    }


@pytest.mark.parametrize(
    ("profile", "wrong", "why"),
    [
        ("web", ("Name: web", "Arn: web"), "a literal is a name"),
        ("arn:aws:iam::1:x", ("Arn: arn:aws:iam::1:x", "Name: arn:aws:iam::1:x"), "unless it is an ARN"),
        ("!GetAtt P.Arn", ("Arn: !GetAtt P.Arn", "Name: !GetAtt P.Arn"), "an attribute is what it is called"),
    ],
)
def test_a_profile_as_what_it_is_not_is_not_proven(profile: str, wrong: tuple[str, str], why: str) -> None:
    text = template(
        f"IamInstanceProfile: {profile}", "  P: {Type: AWS::IAM::InstanceProfile, Properties: {Roles: [r]}}\n"
    )
    done, _ = migrated(text)
    before = SourceFile("t.yaml", text)
    after = apply(before, done.edits)
    changed = SourceFile("t.yaml", after.text.replace(*wrong))
    place = "Resources/LaunchTemplate/Properties/LaunchTemplateData/IamInstanceProfile"
    assert changed.text != after.text
    assert proof.unproven(before, changed, done.renamed).startswith(f"{place}/"), why


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ("LaunchConfigurationName: !Ref LC", NAMED),
        ("LaunchConfigurationName: !Ref 'LC' # why", NAMED),
        (
            "LaunchConfigurationName: {Ref: LC}",
            {
                "LaunchTemplateId": {"Ref": "LaunchTemplate"},
                "Version": {"Fn::GetAtt": ["LaunchTemplate", "LatestVersionNumber"]},
            },
        ),
        ("LaunchConfigurationName: !If [C, !Ref LC, !Ref LC]", {"!If": ["C", NAMED, NAMED]}),
        ("LaunchConfigurationName: !If [C, !Ref AWS::NoValue, !Ref LC]", {"!If": ["C", NOTHING, NAMED]}),
    ],
)
def test_groups(group: str, expected: object) -> None:
    done, resources = migrated(template(group=group, top="Conditions: {C: !Equals [!Ref AWS::Region, a]}\n"))
    found = resources["Group"]
    assert isinstance(found, dict)
    assert found["Properties"] == {"LaunchTemplate": expected}
    assert done.by_hand == ()


@pytest.mark.parametrize(
    ("name", "taken", "expected"),
    [
        ("WebLaunchConfig", "", "WebLaunchTemplate"),
        ("WebLaunchConfiguration80", "", "WebLaunchTemplate80"),
        ("LaunchConfiguration", "", "LaunchTemplate"),
        ("WebLC", "", "WebLaunchTemplate"),
        ("TLC", "", "TLCLaunchTemplate"),
        ("Web", "", "WebLaunchTemplate"),
        ("WebLC", "WebLaunchTemplate", "WebLaunchTemplate2"),
    ],
)
def test_the_new_id(name: str, taken: str, expected: str) -> None:
    more = f"  {taken}: {{Type: AWS::SNS::Topic}}\n" if taken else ""
    done = fix(template(more=more).replace("LC", name))
    assert isinstance(done, Fix)
    assert [(one.before, one.after) for one in done.renamed] == [(name, expected)]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            (
                "X: &x {ImageId: a, InstanceType: t}\nResources:\n  LC:\n    Type: AWS::AutoScaling::LaunchConfiguration\n"
                "    Properties: *x\n"
            ),
            "LC is not migrated: others share it through a YAML alias",
        ),
        (
            (
                "X: &x {ImageId: a}\nResources:\n  LC:\n    Type: AWS::AutoScaling::LaunchConfiguration\n"
                "    Properties:\n      <<: *x\n      InstanceType: t\n"
            ),
            "its properties come through a YAML merge key, which others share",
        ),
        (
            (
                "X: &x {DeletionPolicy: Retain}\nResources:\n  LC:\n    <<: *x\n"
                "    Type: AWS::AutoScaling::LaunchConfiguration\n    Properties:\n      ImageId: a\n"
            ),
            "LC is not migrated: others share it through a YAML alias",
        ),
        (
            (
                "X: &x\n  LC:\n    Type: AWS::AutoScaling::LaunchConfiguration\n    Properties:\n      ImageId: a\n"
                "Resources: *x\n"
            ),
            "LC is not migrated: others share it through a YAML alias",
        ),
        (
            "Resources:\n  LC:\n    Type: AWS::AutoScaling::LaunchConfiguration\n",
            "LC has no properties that could be read: migrate it by hand",
        ),
        (
            (
                "Resources:\n  LC:\n    Type: AWS::AutoScaling::LaunchConfiguration\n    Properties:\n      ImageId: a\n"
                "      Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://a/b}}\n"
            ),
            "Fn::Transform may add properties that are not seen here: migrate it by hand",
        ),
    ],
)
def test_what_is_not_migrated_says_why(text: str, reason: str) -> None:
    assert fix(text) == reason


IN_A = "Conditions: {C: !Equals [!Ref AWS::Region, a], D: !Equals [!Ref AWS::Region, b]}\n"
BIG = (
    "  Big:\n    Type: AWS::AutoScaling::LaunchConfiguration\n"
    "    Properties: {ImageId: ami-1, MetadataOptions: {HttpEndpoint: enabled, HttpTokens: required}}\n"
)
HUGE = BIG.replace("Big", "Huge")


def _named(name: str) -> dict[str, object]:
    return {"LaunchTemplateId": {"!Ref": name}, "Version": {"!GetAtt": f"{name}.LatestVersionNumber"}}


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ("!If [C, !Ref LC, !Ref Big]", {"!If": ["C", NAMED, _named("BigLaunchTemplate")]}),
        (
            "!If [C, !Ref Huge, !If [D, !Ref Big, !Ref LC]]",
            {"!If": ["C", _named("HugeLaunchTemplate"), {"!If": ["D", _named("BigLaunchTemplate"), NAMED]}]},
        ),
        (
            "\n        Fn::If:\n          - C\n          - !Ref Big\n          - !Ref LC",
            {"Fn::If": ["C", _named("BigLaunchTemplate"), NAMED]},
        ),
    ],
)
def test_configurations_that_a_group_chooses_from_are_migrated_together(group: str, expected: object) -> None:
    text = template(more=BIG + HUGE, group=f"LaunchConfigurationName: {group}", top=IN_A)
    done, resources = migrated(text)
    found = resources["Group"]
    assert isinstance(found, dict)
    assert found["Properties"] == {"LaunchTemplate": expected}
    assert done.applicability is Applicability.UNSAFE
    assert {one.before for one in done.renamed} == {name for name in ("LC", "Big", "Huge") if f"Ref {name}" in group}


def test_each_of_them_has_the_same_edits() -> None:
    text = template(more=BIG, group="LaunchConfigurationName: !If [C, !Ref LC, !Ref Big]", top=IN_A)
    fixes = [one.fix for one in linted({"t.yaml": text}).findings if one.rule.code == "IMDS003"]
    one, other = (fix for fix in fixes if fix is not None)
    assert (one.edits, one.renamed) == (other.edits, other.renamed)
    assert "Big becomes a launch template as well, for Group chooses from both" in one.note
    assert "LC becomes a launch template as well, for Group chooses from both" in other.note


def test_what_another_needs_done_by_hand_makes_a_draft_of_both() -> None:
    other = BIG.replace("ImageId: ami-1", "ImageId: ami-1, InstanceId: i-1")
    done, _ = migrated(template(more=other, group="LaunchConfigurationName: !If [C, !Ref LC, !Ref Big]", top=IN_A))
    assert [step.message for step in done.by_hand] == ["say what InstanceId is on a launch template, which has none"]


@pytest.mark.parametrize(
    ("more", "other", "why"),
    [
        ("X: &x {ImageId: ami-1}\n", BIG.replace("{ImageId: ami-1,", "{<<: *x,"), "it is not migrated"),
        ("", BIG.replace("  Big:\n", "  Big: # iac-imds-lint: ignore[IMDS003]\n"), "the user wants it left alone"),
        ("Parameters: {Big: {Type: String}}\n", "", "it is no configuration of this template"),
    ],
)
def test_what_cannot_be_migrated_with_it_is_left_by_hand(more: str, other: str, why: str) -> None:
    text = template(more=other, group="LaunchConfigurationName: !If [C, !Ref LC, !Ref Big]", top=more + IN_A)
    done = fix(text)
    assert isinstance(done, Fix)
    assert [step.message for step in done.by_hand] == [
        "let Group launch from LaunchTemplate: what it launches from in another case has to be a launch template as well"
    ], why
    after = read(apply(SourceFile("t.yaml", text), done.edits))
    assert not isinstance(after, Problem)


def test_what_the_values_of_this_run_leave_out_is_migrated_with_what_they_take() -> None:
    top = "Parameters: {Size: {Type: String, Default: big}}\nConditions: {C: !Equals [!Ref Size, big]}\n"
    small = BIG.replace("  Big:\n", "  Small:\n    Condition: Never\n")
    text = template(more=small, group="LaunchConfigurationName: !If [C, !Ref LC, !Ref Small]", top=top)
    text = text.replace("big]}", "big], Never: !Not [!Condition C]}")
    done, resources = migrated(text)
    found = resources["Group"]
    assert isinstance(found, dict)
    assert found["Properties"] == {"LaunchTemplate": {"!If": ["C", NAMED, _named("SmallLaunchTemplate")]}}
    assert done.by_hand == ()


def test_more_configurations_than_can_be_overlooked_are_left_by_hand() -> None:
    names = [f"C{number}x" for number in range(40)]
    more = "".join(BIG.replace("Big", name) for name in names)
    choice = "!Ref LC"
    for name in names:
        choice = f"!If [C, !Ref {name}, {choice}]"
    done = fix(template(more=more, group=f"LaunchConfigurationName: {choice}", top=IN_A))
    assert isinstance(done, Fix)
    assert [(one.before, one.after) for one in done.renamed] == [("LC", "LaunchTemplate")]
    assert done.applicability is Applicability.DISPLAY_ONLY


WEB = {"Resources": {"LC": {"Type": "AWS::AutoScaling::LaunchConfiguration", "Properties": {"ImageId": "a"}}}}


@pytest.mark.parametrize("indent", [None, 1, 2, 4, "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_json_stays_json_in_its_layout(indent: int | str | None, newline: str) -> None:
    text = json.dumps(WEB, indent=indent).replace("\n", newline)
    done = fix(text, "t.json")
    assert isinstance(done, Fix)
    after = apply(SourceFile("t.json", text), done.edits).text
    assert after == json.dumps(json.loads(after), indent=indent).replace("\n", newline)


def test_a_patch_that_is_no_json_any_more_is_not_proven() -> None:
    before = SourceFile("t.json", json.dumps(WEB))
    after = SourceFile("t.json", json.dumps(WEB).replace('"a"', "a"))
    assert proof.unproven(before, after) == "the patched text is no JSON any more"


def test_each_line_keeps_its_own_newline() -> None:
    text = template("# why\nKeyName: k # who\nUserData:\n  Fn::Base64: |\n    one\n    two")
    lines = text.split("\n")
    mixed = "".join(line + ("\r\n" if number % 3 == 0 else "\n") for number, line in enumerate(lines[:-1]))
    done = fix(mixed)
    assert isinstance(done, Fix)
    after = apply(SourceFile("t.yaml", mixed), done.edits).text
    ends = {line.strip(): line.endswith("\r") for line in after.split("\n")}
    before = {line.strip(): line.endswith("\r") for line in mixed.split("\n")}
    assert {line: ends[line] for line in before if line in ends} == {
        line: end for line, end in before.items() if line in ends
    }
    assert {"# why", "KeyName: k # who", "one", "two", "ImageId: ami-1"} <= before.keys() & ends.keys()
    assert not ends["LaunchTemplateData:"]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_json_keeps_the_newline_of_each_line(newline: str) -> None:
    other = "\n" if newline == "\r\n" else "\r\n"
    text = (
        json.dumps(WEB, indent=2)
        .replace("\n", newline)
        .replace(f'"Properties": {{{newline}', f'"Properties": {{{other}')
    )
    done = fix(text, "t.json")
    assert isinstance(done, Fix)
    after = apply(SourceFile("t.json", text), done.edits).text
    assert f'"Properties": {{{other}' in after
    assert after.replace("\r\n", "\n") == json.dumps(json.loads(after), indent=2)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ("UserData: !Base64 '#!/bin/sh\n\n  # LC is small\n\n  reboot'", "a comment of a script"),
        ("UserData:\n  Fn::Base64: |\n    #!/bin/sh\n      # see LC\n    reboot", "a comment that is indented"),
        (
            'UserData: {Fn::Base64: {Fn::Join: [\'\', ["#!/bin/sh\\n", "# see LC\\n", reboot]]}}',
            "one of a joined script",
        ),
        ("LaunchConfigurationName: !Sub '${AWS::StackName}-LC'", "part of a name that something gets"),
        ("UserData: !Base64 echo LCs", "a longer word"),
    ],
)
def test_what_reaches_no_resource_by_name_is_left(more: str, why: str) -> None:
    done, _ = migrated(template(more))
    assert done.by_hand == (), why


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ("UserData: !Base64 cfn-init -r LC", "cfn-init"),
        ("UserData: !Base64 cfn-init -rLC", "an option that is written together with its value"),
        ("UserData: !Base64 cfn-signal --resource=LC", "cfn-signal"),
        ("UserData: !Base64 aws cloudformation describe-stack-resource --logical-resource-id LC", "the command line"),
        ("UserData: !Base64 /opt/deploy LC", "a program of the user's"),
        ("UserData: {Fn::Base64: {Fn::Join: ['', ['x=1', '#', ' LC']]}}", "a joined text in which # begins no comment"),
        ("UserData: {Fn::Base64: {Fn::Join: [' ', ['deploy', '# LC']]}}", "a piece that begins no line"),
        ("UserData: !Base64 'deploy LC # LC'", "a command with a comment"),
        ("UserData:\n  Fn::Base64: |\n    # LC\n    deploy LC", "a comment, and a command"),
    ],
)
def test_what_may_reach_a_resource_by_name_makes_a_draft(more: str, why: str) -> None:
    done, _ = migrated(template(more))
    assert len(done.by_hand) == 1, why
    assert done.by_hand[0].message.startswith("write LaunchTemplate where Resources/LC/Properties/UserData/"), why


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("path=Resources.LC.Metadata.AWS::CloudFormation::Init", "cfn-hup's configuration"),
        ("LC", "a resource that is asked for"),
        ("arn:aws:autoscaling:*:*:launchConfiguration:*:launchConfigurationName/stack-LC-*", "names that it gave"),
    ],
)
def test_what_other_resources_say_makes_a_draft(text: str, why: str) -> None:
    done, _ = migrated(template(more=f"  Asking: {{Type: Custom::Asking, Properties: {{ResourceName: '{text}'}}}}\n"))
    assert [step.message for step in done.by_hand] == [
        "write LaunchTemplate where Resources/Asking/Properties/ResourceName says LC, if the resource is meant"
    ], why


def test_blanks_at_the_end_of_a_text_stay() -> None:
    text = template("UserData:\n  Fn::Base64: |\n    one\n\n      \n    two")
    assert data(text)["UserData"] == {"Fn::Base64": "one\n\n  \ntwo\n"}


def test_properties_in_tabs_below_blanks_are_moved_by_tabs() -> None:
    text = json.dumps(WEB, indent=2).replace('        "ImageId": "a"', '\t\t\t\t"ImageId": [\n\t\t\t\t\t"a"\n\t\t\t\t]')
    done = fix(text, "t.json")
    assert isinstance(done, Fix)
    after = apply(SourceFile("t.json", text), done.edits).text
    assert '\t\t\t\t"LaunchTemplateData": {\n\t\t\t\t\t"ImageId": [\n\t\t\t\t\t\t"a"\n\t\t\t\t\t],\n' in after
