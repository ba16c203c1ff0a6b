"""What counts as proven of options that are no keys of one mapping, and of files of parameters' values."""

from __future__ import annotations

import json

import pytest

from tests.cloudformation.test_proof import unproven

OURS = {"Namespace": "aws:autoscaling:launchconfiguration", "OptionName": "DisableIMDSv1", "Value": "false"}
OTHER = {"Namespace": "aws:elasticbeanstalk:environment", "OptionName": "LoadBalancerIsShared", "Value": "false"}
DOCUMENT = {"InstanceMetadataServiceConfiguration": {"MinimumInstanceMetadataServiceVersion": 1}}
WEAK, STRONG = json.dumps(DOCUMENT), json.dumps(DOCUMENT).replace("1", "2")


def beanstalk(*settings: object) -> str:
    return of("AWS::ElasticBeanstalk::Environment", {"OptionSettings": list(settings)})


def emr(document: object) -> str:
    return of("AWS::EMR::SecurityConfiguration", {"SecurityConfiguration": document})


def fleet(**properties: object) -> str:
    return of("AWS::EC2::EC2Fleet", properties)


def of(kind: str, properties: object) -> str:
    return json.dumps({"Resources": {"X": {"Type": kind, "Properties": properties}}})


def on(setting: dict[str, str]) -> dict[str, str]:
    return {**setting, "Value": "true"}


@pytest.mark.parametrize(
    ("before", "after", "place", "why"),
    [
        (beanstalk(OTHER, OURS), beanstalk(OTHER, on(OURS)), "", "our setting, wherever it stands"),
        (
            beanstalk(OTHER, OURS),
            beanstalk(on(OTHER), OURS),
            "Resources/X/Properties/OptionSettings/0/Value",
            "another",
        ),
        (
            beanstalk({**OURS, "Namespace": "a"}),
            beanstalk(on({**OURS, "Namespace": "a"})),
            "Resources/X/Properties/OptionSettings/0/Value",
            "one of that name in another namespace",
        ),
        (
            beanstalk({"OptionName": OURS["OptionName"], "Value": "false"}),
            beanstalk({"OptionName": OURS["OptionName"], "Value": "true"}),
            "Resources/X/Properties/OptionSettings/0/Value",
            "one without a namespace",
        ),
        (
            beanstalk(OURS),
            beanstalk({**OURS, "OptionName": "true"}),
            "Resources/X/Properties/OptionSettings/0/OptionName",
            "the name of ours",
        ),
        (beanstalk(OURS), beanstalk(OURS, on(OURS)), "", "ours is added"),
        (beanstalk(OURS), beanstalk(OURS, on(OTHER)), "Resources/X/Properties/OptionSettings/1", "another is added"),
        (emr(WEAK), emr(STRONG), "", "a text"),
        (emr({"Fn::Sub": WEAK}), emr({"Fn::Sub": STRONG}), "", "a text that is substituted"),
        (emr({"Fn::Sub": [WEAK, {}]}), emr({"Fn::Sub": [STRONG, {}]}), "", "with names of its own"),
        (
            emr({"Fn::Sub": ["${A}", {"A": WEAK}]}),
            emr({"Fn::Sub": ["${A}", {"A": STRONG}]}),
            "Resources/X/Properties/SecurityConfiguration/Fn::Sub/1/A",
            "a name that is inserted may stand elsewhere too",
        ),
        (
            emr({"Fn::Join": ["", [WEAK]]}),
            emr({"Fn::Join": ["", [STRONG]]}),
            "Resources/X/Properties/SecurityConfiguration/Fn::Join/1/0",
            "a part of a text is no text",
        ),
        (
            emr(WEAK),
            emr(STRONG.replace("Service", "Servant")),
            "Resources/X/Properties/SecurityConfiguration",
            "another member of the text",
        ),
        (
            of("AWS::EMR::SecurityConfiguration", {"Name": WEAK}),
            of("AWS::EMR::SecurityConfiguration", {"Name": STRONG}),
            "Resources/X/Properties/Name",
            "a text that is no document",
        ),
        (
            fleet(LaunchTemplateConfigs=[{"Overrides": [{"MetadataOptions": {"HttpTokens": "optional"}}]}]),
            fleet(LaunchTemplateConfigs=[{"Overrides": [{"MetadataOptions": {"HttpTokens": "required"}}]}]),
            "",
            "an option of an override",
        ),
        (
            fleet(LaunchTemplateConfigs=[{"HttpTokens": "optional"}]),
            fleet(LaunchTemplateConfigs=[{"HttpTokens": "required"}]),
            "Resources/X/Properties/LaunchTemplateConfigs/0/HttpTokens",
            "one that stands too high",
        ),
        (
            fleet(LaunchTemplateConfigs={"a": {"Overrides": {"b": {"MetadataOptions": {"HttpTokens": "optional"}}}}}),
            fleet(LaunchTemplateConfigs={"a": {"Overrides": {"b": {"MetadataOptions": {"HttpTokens": "required"}}}}}),
            "Resources/X/Properties/LaunchTemplateConfigs/a/Overrides/b/MetadataOptions/HttpTokens",
            "mappings where lists belong",
        ),
    ],
)
def test_what_a_patch_may_change(before: str, after: str, place: str, why: str) -> None:
    assert unproven(before, after) == (f"{place} would change as well" if place else ""), why


def pairs(**values: object) -> str:
    return json.dumps({"Parameters": values, "Tags": {"a": "b"}})


@pytest.mark.parametrize(
    ("after", "place", "why"),
    [
        (pairs(T="required"), "", "a value becomes secure"),
        (pairs(T="weak"), "Parameters/T", "it does not"),
        (pairs(T="optional", U="required"), "Parameters/U", "a parameter is added"),
        (pairs(), "Parameters/T", "one is taken away"),
        (pairs(T="optional").replace('{"a": "b"}', '"required"'), "Tags", "a mapping becomes a text"),
        (pairs(T="optional").replace('"b"', '["required"]'), "Tags/a", "a text becomes a list"),
        (f"[{pairs(T='optional')}]", "the file", "a list becomes of a mapping"),
    ],
)
def test_what_a_patch_may_change_in_a_parameter_file(after: str, place: str, why: str) -> None:
    assert unproven(pairs(T="optional"), after) == (f"{place} would change as well" if place else ""), why
