"""Fixes away from the resource, by the public command: in a file of parameters' values, in a mapping's entry."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.shell import Ran, run, tree
from tests.support import texts_after

TEMPLATE = """\
Parameters:
  Tokens: {Type: String, AllowedValues: [optional, required]}
Resources:
  Web:
    Type: AWS::EC2::Instance
    Properties:
      MetadataOptions: {HttpEndpoint: enabled, HttpTokens: !Ref Tokens}
"""

LISTED = """\
[
  {"ParameterKey": "Other",  "ParameterValue": "optional"},
  {"ParameterKey": "Tokens", "ParameterValue": "%s"}
]
"""

OF_A_PIPELINE = """\
{"Tags": {"Tokens": "optional"},
 "Parameters": {"Other": "optional", "Tokens" : "%s"}}
"""

OF_DEPLOY = """\
[
  "Other=optional",
  "Tokens=%s"
]
"""

FORMS = {
    "the CLI's": LISTED,
    "deploy's": OF_DEPLOY,
    "CodePipeline's": OF_A_PIPELINE,
    "without a last newline": LISTED.rstrip("\n"),
}


def files(directory: Path, **contents: str) -> Path:
    """A directory with these files; their names have an underscore for the dot."""
    for name, text in contents.items():
        (directory / name.replace("_", ".")).write_bytes(text.encode())
    return directory


def found(ran: Ran) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads(ran.out)
    return entries


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_value_in_a_file_is_mended_in_that_file(form: str, newline: str, tmp_path: Path) -> None:
    before, after = ((FORMS[form] % value).replace("\n", newline) for value in ("optional", "required"))
    given = files(tmp_path, t_yaml=TEMPLATE, p_json=before)
    (given / "p.json").chmod(0o640)
    ran = run(given, "check", "--fix", "--unsafe-fixes", "--parameter-file", "p.json", "t.yaml")
    assert (ran.status, tree(given)) == (0, {"p.json": after.encode(), "t.yaml": TEMPLATE.encode()})
    assert stat.S_IMODE((given / "p.json").stat().st_mode) == 0o640
    again = run(given, "check", "--fix", "--unsafe-fixes", "--parameter-file", "p.json", "t.yaml")
    assert (again.status, tree(given)["p.json"]) == (0, after.encode())


def test_the_patch_names_the_file_of_values(tmp_path: Path) -> None:
    given = files(tmp_path, t_yaml=TEMPLATE, p_json=LISTED % "optional")
    ran = run(given, "check", "--diff", "--unsafe-fixes", "--parameter-file", "p.json", "t.yaml")
    assert ran.out.decode() == (
        "--- a/p.json\n"
        "+++ b/p.json\n"
        "@@ -1,4 +1,4 @@\n"
        " [\n"
        '   {"ParameterKey": "Other",  "ParameterValue": "optional"},\n'
        '-  {"ParameterKey": "Tokens", "ParameterValue": "optional"}\n'
        '+  {"ParameterKey": "Tokens", "ParameterValue": "required"}\n'
        " ]\n"
    )
    assert tree(given)["p.json"].decode() == LISTED % "optional"


def test_a_value_in_a_file_is_no_safe_fix(tmp_path: Path) -> None:
    given = files(tmp_path, t_yaml=TEMPLATE, p_json=LISTED % "optional")
    ran = run(given, "check", "--fix", "--parameter-file", "p.json", "--output-format", "json", "t.yaml")
    (one,) = found(ran)
    assert (ran.status, one["fix"]["applicability"]) == (1, "unsafe")
    assert one["fix"]["message"] == 'set parameter Tokens in p.json to "required"'
    assert tree(given)["p.json"].decode() == LISTED % "optional"


def test_a_value_that_the_parameter_does_not_allow_is_not_written(tmp_path: Path) -> None:
    template = TEMPLATE.replace("[optional, required]", "[optional, none]")
    given = files(tmp_path, t_yaml=template, p_json=LISTED % "optional")
    ran = run(
        given, "check", "--fix", "--unsafe-fixes", "--parameter-file", "p.json", "--output-format", "json", "t.yaml"
    )
    (one,) = found(ran)
    assert one["fix"] is None
    assert 'parameter Tokens does not allow "required"' in one["fix_unavailable"]
    assert tree(given) == {"p.json": (LISTED % "optional").encode(), "t.yaml": template.encode()}


def test_a_value_of_the_command_line_is_nothing_to_mend(tmp_path: Path) -> None:
    given = files(tmp_path, t_yaml=TEMPLATE)
    ran = run(
        given, "check", "--fix", "--unsafe-fixes", "--parameter", "Tokens=optional", "--output-format", "json", "t.yaml"
    )
    (one,) = found(ran)
    assert (one["fix"], tree(given)) == (None, {"t.yaml": TEMPLATE.encode()})
    assert "--parameter" in one["fix_unavailable"]


MAPPED = """\
Parameters:
  Stage: {Type: String, Default: dev}
Mappings:
  Imds:
    dev: {Tokens: %s, Endpoint: enabled} # optional so far
    prod: {Tokens: required, Endpoint: enabled}
    test: {Tokens: optional, Endpoint: enabled}
Resources:
  Web:
    Type: AWS::EC2::Instance
    Properties:
      MetadataOptions:
        HttpEndpoint: !FindInMap [Imds, !Ref Stage, Endpoint]
        HttpTokens: !FindInMap [Imds, !Ref Stage, Tokens]
Outputs:
  Tokens: {Value: !FindInMap [Imds, dev, Tokens]}
"""


def test_the_entry_of_a_mapping_that_decides_is_mended_alone(tmp_path: Path) -> None:
    given = files(tmp_path, t_yaml=MAPPED % "optional")
    (one,) = found(run(given, "check", "--output-format", "json", "t.yaml"))
    assert one["fix"]["applicability"] == "unsafe"
    assert one["fix"]["message"] == 'set the entry dev.Tokens of mapping Imds to "required"'
    ran = run(given, "check", "--fix", "--unsafe-fixes", "t.yaml")
    assert (ran.status, tree(given)["t.yaml"].decode()) == (0, MAPPED % "required")
    assert run(given, "check", "--fix", "--unsafe-fixes", "t.yaml").status == 0
    assert tree(given)["t.yaml"].decode() == MAPPED % "required"


INCLUDED = "{'Fn::Transform': {Name: AWS::Include, Parameters: {Location: o.yaml}}}"


@pytest.mark.parametrize(
    ("options", "held", "after", "why"),
    [
        (
            f"!If [Always, {INCLUDED}, !Ref AWS::NoValue]",
            "HttpEndpoint: enabled\nHttpTokens: optional\n",
            "HttpEndpoint: enabled\nHttpTokens: required\n",
            "a branch that is included whole",
        ),
        (
            f"{{HttpEndpoint: enabled, HttpTokens: !Sub ['${{A}}', {{A: {INCLUDED}}}]}}",
            "optional\n",
            "required\n",
            "a value that is included",
        ),
        (
            INCLUDED,
            "HttpTokens: optional\n",
            "HttpTokens: optional\n",
            "a key may be missing there: nothing is written",
        ),
        (INCLUDED, "HttpTokens: required\n", "HttpTokens: required\n", "nothing is to be mended"),
    ],
)
def test_what_is_included(options: str, held: str, after: str, why: str) -> None:
    conditions = "Conditions: {Always: !Equals [a, a]}\n"
    web = f"{{Type: AWS::EC2::Instance, Properties: {{ImageId: ami-1, MetadataOptions: {options}}}}}"
    files = {"t.yaml": f"{conditions}Resources: {{Web: {web}}}\n", "o.yaml": held}
    assert texts_after(files) == {**files, "o.yaml": after}, why


CHILD = """Parameters: {T: {Type: String}}
Resources:
  Web:
    Type: AWS::EC2::Instance
    Properties: {ImageId: ami-1, MetadataOptions: {HttpEndpoint: enabled, HttpTokens: !Ref T}}
"""


@pytest.mark.parametrize(
    ("kind", "passed", "after", "why"),
    [
        ("Stack", "{T: optional}", "{T: required}", "a literal"),
        (
            "Stack",
            "{T: !If [Dev, optional, required]}",
            "{T: !If [Dev, required, required]}",
            "the branch that is taken",
        ),
        (
            "StackSet",
            "[{ParameterKey: T, ParameterValue: optional}]",
            "[{ParameterKey: T, ParameterValue: required}]",
            "an item of a list",
        ),
        ("Stack", "{T: required}", "{T: required}", "nothing is to be mended"),
        ("Stack", "{T: !ImportValue x}", "{T: !ImportValue x}", "another stack decides"),
    ],
)
def test_what_a_parent_passes(kind: str, passed: str, after: str, why: str) -> None:
    def parent(parameters: str) -> str:
        nested = f"{{Type: AWS::CloudFormation::{kind}, Properties: {{TemplateURL: c.yaml, Parameters: {parameters}}}}}"
        return f"Conditions: {{Dev: !Equals [a, a]}}\nResources: {{Net: {nested}}}\n"

    assert texts_after({"p.yaml": parent(passed), "c.yaml": CHILD}) == {"p.yaml": parent(after), "c.yaml": CHILD}, why
