"""Nested stacks: each template under the parameters that its parents pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from iac_imds_lint.engine import lint
from iac_imds_lint.source import Unfollowed
from iac_imds_lint.sources import Sources
from tests.shell import run
from tests.support import MemoryFiles, linted, postures, texts_after

STRICT, WEAK, OPEN = "v2-required", "v1-allowed", "unknown"

CHILD = """
Parameters:
  Tokens: {Type: String, Default: optional}
Conditions:
  IsOpen: !Equals [!Ref Tokens, optional]
Resources:
  Lt:
    Type: AWS::EC2::LaunchTemplate
    Properties: {LaunchTemplateData: {MetadataOptions: {HttpEndpoint: enabled, HttpTokens: !Ref Tokens}}}
Outputs:
  Id: {Value: !Ref Lt}
  Tokens: {Value: !Ref Tokens}
  Side: {Value: !If [IsOpen, optional, required]}
"""
GROUP = """
Parameters: {Template: {Type: String}}
Resources:
  Asg:
    Type: AWS::AutoScaling::AutoScalingGroup
    Properties: {LaunchTemplate: {LaunchTemplateId: !Ref Template, Version: !Ref V}}
"""


def stack(name: str, url: str, parameters: str = "", rest: str = "") -> str:
    """A nested stack among resources."""
    passed = f", Parameters: {{{parameters}}}" if parameters else ""
    return f"  {name}:\n    Type: AWS::CloudFormation::Stack\n{rest}    Properties: {{TemplateURL: {url}{passed}}}\n"


def parent(*stacks: str, head: str = "") -> str:
    return f"{head}Resources:\n{''.join(stacks)}"


@pytest.mark.parametrize(
    ("text", "expected", "why"),
    [
        (parent(stack("Net", "./child.yaml")), {"Net/Lt": WEAK}, "the child's own default"),
        (parent(stack("Net", "child.yaml", "Tokens: required")), {"Net/Lt": STRICT}, "what is passed counts instead"),
        (parent(stack("Net", "child.yaml", "Tokens: !Ref AWS::NoValue")), {"Net/Lt": WEAK}, "nothing is passed"),
        (parent(stack("Net", "child.yaml", "Tokens: !ImportValue x")), {"Net/Lt": OPEN}, "what is not known"),
        (parent(stack("Net", "child.yaml", "Other: required")), {"Net/Lt": WEAK}, "no parameter of the child"),
        (
            parent(
                stack("Net", "child.yaml", "Tokens: !Ref T"),
                head="Parameters: {T: {Type: String, Default: required}}\n",
            ),
            {"Net/Lt": STRICT},
            "a parameter that is passed on",
        ),
        (
            parent(stack("Net", "!Ref Url"), head="Parameters: {Url: {Type: String, Default: child.yaml}}\n"),
            {"Net/Lt": WEAK},
            "a location by a parameter",
        ),
        (
            parent(stack("A", "child.yaml", "Tokens: required"), stack("B", "child.yaml", "Tokens: optional")),
            {"A/Lt": STRICT, "B/Lt": WEAK},
            "one template in two stacks",
        ),
        (
            parent(
                stack("A", "child.yaml", "Tokens: required"),
                stack("B", "child.yaml", "Tokens: !GetAtt A.Outputs.Tokens"),
            ),
            {"A/Lt": STRICT, "B/Lt": STRICT},
            "an output that is passed on",
        ),
        (
            parent(
                stack("A", "child.yaml", "Tokens: required"),
                stack("B", "child.yaml", "Tokens: !Sub '${A.Outputs.Side}'"),
            ),
            {"A/Lt": STRICT, "B/Lt": STRICT},
            "an output in Fn::Sub, by the child's condition",
        ),
        (
            parent(stack("A", "child.yaml"), stack("B", "group.yaml", "Template: !GetAtt A.Outputs.Id")),
            {"A/Lt": WEAK, "B/Asg": WEAK},
            "a group in one stack launches from the template of another",
        ),
        (
            parent(
                stack("A", "child.yaml", "Tokens: required"),
                "  Asg:\n    Type: AWS::AutoScaling::AutoScalingGroup\n"
                "    Properties: {LaunchTemplate: {LaunchTemplateId: !GetAtt A.Outputs.Id, Version: '1'}}\n",
            ),
            {"A/Lt": STRICT, "Asg": STRICT},
            "and one in the parent",
        ),
        (
            parent(stack("A", "child.yaml", "Tokens: !GetAtt A.Outputs.Tokens")),
            {"A/Lt": OPEN},
            "its own output is passed to it",
        ),
        (
            parent(
                stack("A", "child.yaml", "Tokens: !GetAtt B.Outputs.Tokens"),
                stack("B", "child.yaml", "Tokens: !GetAtt A.Outputs.Tokens"),
            ),
            {"A/Lt": OPEN, "B/Lt": OPEN},
            "two that wait for each other",
        ),
        (parent(stack("A", "child.yaml", "Tokens: !GetAtt A.Outputs.No")), {"A/Lt": OPEN}, "no such output"),
        (
            parent(
                stack("A", "child.yaml", rest="    Condition: Never\n"), head="Conditions: {Never: !Equals [a, b]}\n"
            ),
            {},
            "a stack that is not created",
        ),
        (parent(stack("Mid", "mid.yaml")), {"Mid/Net/Lt": STRICT}, "two levels"),
        (
            parent("  App: {Type: AWS::Serverless::Application, Properties: {Location: child.yaml}}\n"),
            {"App/Lt": WEAK},
            "an application of SAM",
        ),
    ],
)
def test_a_child_is_judged_under_its_parents(text: str, expected: dict[str, str], why: str) -> None:
    files = {
        "p.yaml": text,
        "child.yaml": CHILD,
        "group.yaml": GROUP.replace("!Ref V", "'1'"),
        "mid.yaml": parent(stack("Net", "child.yaml", "Tokens: required")),
    }
    assert {row.resource: row.posture.value for row in linted(files, paths=("p.yaml",)).inventory} == expected, why


def test_what_a_parent_reaches_is_not_judged_by_itself() -> None:
    files = {"p.yaml": parent(stack("Net", "sub/c.yaml", "Tokens: required")), "sub/c.yaml": CHILD, "o.yaml": CHILD}
    assert postures(files) == {"Net/Lt": STRICT, "Lt": WEAK}


def test_what_no_parent_here_reaches_is_judged_by_itself() -> None:
    files = {"p.yaml": parent(stack("Net", "sub/c.yaml", "Tokens: required")), "sub/c.yaml": CHILD}
    assert {row.resource: row.posture.value for row in linted(files, paths=("sub/c.yaml",)).inventory} == {"Lt": WEAK}


NEVER = "Conditions: {Never: !Equals [a, b]}\n"
NOT_CREATED = parent(stack("A", "c.yaml", rest="    Condition: Never\n"), head=NEVER)


@pytest.mark.parametrize(
    ("others", "expected", "why"),
    [
        ({"p.yaml": parent(stack("Net", "c.yaml", "Tokens: required"))}, {"Net/Lt": STRICT}, "its parent"),
        (
            {
                "p.yaml": parent(stack("Net", "c.yaml", "Tokens: !Ref T"), head="Parameters: {T: {Type: String}}\n"),
                "q.yaml": parent(stack("Top", "./p.yaml", "T: required")),
            },
            {"Top/Net/Lt": STRICT},
            "and the parent of that",
        ),
        (
            {
                "p.yaml": parent(
                    stack("Net", "!Sub './${N}/c.yaml'"), head="Parameters: {N: {Type: String, Default: .}}\n"
                )
            },
            {"Net/Lt": WEAK},
            "by a function",
        ),
        ({"p.yaml": parent(stack("Net", "other/c.yaml"))}, {"Lt": WEAK}, "another file of that name"),
        ({"p.yaml": parent(stack("Net", "d.yaml")), "d.yaml": CHILD}, {"Lt": WEAK}, "a parent of another one"),
        ({"notes.yaml": "a: c.yaml\n"}, {"Lt": WEAK}, "no template"),
        ({"p.yaml": NOT_CREATED}, {"Lt": WEAK}, "a stack that is not created"),
    ],
)
def test_a_child_that_is_named_alone_is_judged_as_its_parents_call_it(
    others: dict[str, str], expected: dict[str, str], why: str
) -> None:
    report = lint(("c.yaml",), Sources(MemoryFiles({"c.yaml": CHILD, **others})), callers=tuple(others))
    assert {row.resource: row.posture.value for row in report.inventory} == expected, why
    assert {finding.span.path for finding in report.findings} <= {"c.yaml"}, why
    assert report.problems == (), why


def test_parents_are_looked_for_in_the_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "p.yaml").write_text(
        parent(stack("Net", "sub/c.yaml", "Tokens: required")) + "  W: {Type: AWS::EC2::Instance}\n"
    )
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/c.yaml").write_text(CHILD)
    assert run(tmp_path, "check", "sub/c.yaml").status == 0
    assert b"Net/Lt" in run(tmp_path, "inventory", "sub/c.yaml").out
    assert run(tmp_path, "check", "p.yaml").status == 1


BY_NAME = parent(stack("Net", "!Sub '${Name}.yaml'"), head="Parameters: {Name: {Type: String, Default: %s}}\n")


@pytest.mark.parametrize(
    ("files", "expected", "why"),
    [
        ({"p.yaml": NOT_CREATED, "c.yaml": CHILD}, {"Lt": WEAK}, "nothing creates it: it is a template by itself"),
        ({"p.yaml": NOT_CREATED}, {}, "the file was not named"),
        (
            {"p.yaml": NOT_CREATED, "q.yaml": parent(stack("B", "c.yaml", "Tokens: required")), "c.yaml": CHILD},
            {"B/Lt": STRICT},
            "another stack creates it",
        ),
        (
            {"p.yaml": NOT_CREATED, "c.yaml": parent(stack("D", "d.yaml")), "d.yaml": CHILD},
            {"D/Lt": WEAK},
            "it nests another one",
        ),
        (
            {"p.yaml": NOT_CREATED, "c.yaml": "a: b: c\nResources:\n  W:\n    Type: AWS::EC2::Instance\n"},
            {"W": WEAK},
            "a part of it cannot be read",
        ),
    ],
)
def test_a_child_that_no_stack_creates_is_judged_by_itself(
    files: dict[str, str], expected: dict[str, str], why: str
) -> None:
    rows = linted(files, paths=tuple(path for path in files if path != "c.yaml" or why != "the file was not named"))
    assert {row.resource: row.posture.value for row in rows.inventory} == expected, why


@pytest.mark.parametrize(
    ("files", "expected", "why"),
    [
        (
            {"z.yaml": BY_NAME % "mid", "mid.yaml": parent(stack("D", "c.yaml")), "c.yaml": CHILD},
            ["Net/D/Lt"],
            "a parent that a value leads to, and that comes before in order",
        ),
        (
            {"a.yaml": BY_NAME % "mid", "mid.yaml": parent(stack("D", "c.yaml")), "c.yaml": CHILD},
            ["Net/D/Lt"],
            "and after",
        ),
        (
            {"z.yaml": BY_NAME % "y", "y.yaml": BY_NAME % "x", "x.yaml": parent(stack("D", "c.yaml")), "c.yaml": CHILD},
            ["Net/Net/D/Lt"],
            "two levels",
        ),
        (
            {
                "a.yaml": parent(stack("B", "!Ref U"), "  L: {Type: AWS::EC2::LaunchTemplate}\n").replace(
                    "Resources", "Parameters: {U: {Type: String, Default: b.yaml}}\nResources"
                ),
                "b.yaml": parent(stack("A", "!Ref U"), "  M: {Type: AWS::EC2::LaunchTemplate}\n").replace(
                    "Resources", "Parameters: {U: {Type: String, Default: a.yaml}}\nResources"
                ),
            },
            ["B/M", "L"],
            "two that nest each other: one stays",
        ),
        (
            {"z.yaml": BY_NAME % "gone", "mid.yaml": parent(stack("D", "c.yaml")), "c.yaml": CHILD},
            ["D/Lt"],
            "a value that leads elsewhere",
        ),
    ],
)
def test_nothing_is_judged_twice(files: dict[str, str], expected: list[str], why: str) -> None:
    report = linted(files)
    assert sorted(row.resource for row in report.inventory) == expected, why
    assert sorted(name for finding in report.findings for name in finding.affected) == expected, why


@pytest.mark.parametrize(
    ("files", "told", "why"),
    [
        (
            {
                "p.yaml": parent(
                    stack("Net", "c.yaml"),
                    "  Asg: {Type: AWS::AutoScaling::AutoScalingGroup, Properties: {LaunchTemplate: {LaunchTemplateId: !GetAtt Net.Outputs.Id, Version: '1'}}}\n",
                )
            },
            "set Version to the LatestVersionNumber of Net/Lt, which an output has to pass on",
            "in another stack, Fn::GetAtt does not reach it",
        ),
        (
            {"p.yaml": parent(stack("Net", "own.yaml"))},
            "set Version to !GetAtt Lt.LatestVersionNumber",
            "in one nested stack, by the name that it has there",
        ),
    ],
)
def test_where_the_newest_version_is_from(files: dict[str, str], told: str, why: str) -> None:
    own = (
        GROUP.replace("!Ref V", "'1'").replace("!Ref Template", "!Ref Lt") + "  Lt: {Type: AWS::EC2::LaunchTemplate}\n"
    )
    report = linted({**files, "c.yaml": CHILD, "own.yaml": own}, paths=("p.yaml",))
    assert [found.fix_unavailable for found in report.findings if found.rule.code == "IMDS006"] == [told], why


def test_a_name_that_nothing_here_has_is_told() -> None:
    text = GROUP.replace("LaunchTemplateId: !Ref Template", "LaunchTemplateName: fleet").replace("!Ref V", "'1'")
    (row,) = linted({"t.yaml": text}).inventory
    assert row.reason == 'what it launches from is not in this code ("fleet")'


USED = """Resources:
  Asg:
    Type: AWS::AutoScaling::AutoScalingGroup
    Properties: {LaunchTemplate: {LaunchTemplateId: !GetAtt Net.Outputs.Id, Version: '1'}}
"""


@pytest.mark.parametrize(
    ("net", "why"),
    [
        (stack("Net", "https://s3.amazonaws.com/b/t.yaml"), "https://s3.amazonaws.com/b/t.yaml"),
        (stack("Net", "gone.yaml"), "gone.yaml, which is not there"),
        (stack("Net", "broken.yaml"), "broken.yaml, which cannot be read"),
        (stack("Net", "!Ref Url"), "Url is no parameter or resource of this template"),
        (stack("Net", "c.yaml", rest="    Condition: Never\n"), "it is not created, for Never is false"),
    ],
)
def test_an_output_of_a_stack_that_is_not_read_names_it(net: str, why: str) -> None:
    files = {"p.yaml": NEVER + USED + net, "c.yaml": CHILD, "broken.yaml": "Resources: {A: {Type: AWS::EC2::Instance\n"}
    (row,) = linted(files, paths=("p.yaml",)).inventory
    assert row.reason == (
        f"what it launches from is not in this code (Net.Outputs.Id is of a stack that is not read: {why})"
    )


def test_two_parents_are_one_finding_that_names_both() -> None:
    files = {"a.yaml": parent(stack("A", "c.yaml")), "b.yaml": parent(stack("B", "c.yaml")), "c.yaml": CHILD}
    (finding,) = linted(files).findings
    assert finding.span.path == "c.yaml"
    assert finding.affected == ("A/Lt", "B/Lt")
    assert [(one.span.path, one.message) for one in finding.related] == [
        ("c.yaml", "the default of parameter Tokens"),
        ("a.yaml", "nested here"),
        ("b.yaml", "nested here"),
        ("c.yaml", "also decided by the default of parameter Tokens"),
        ("c.yaml", "also decided by the default of parameter Tokens"),
    ]


def test_what_is_passed_is_changed_in_the_parent() -> None:
    files = {"p.yaml": parent(stack("Net", "c.yaml", "Tokens: optional")), "c.yaml": CHILD}
    (finding,) = linted(files).findings
    assert [(one.span.path, one.message) for one in finding.related] == [
        ("p.yaml", "parameter Tokens of stack Net"),
        ("p.yaml", "nested here"),
        ("c.yaml", "also decided by parameter Tokens of stack Net"),
        ("c.yaml", "also decided by parameter Tokens of stack Net"),
    ]
    assert texts_after(files) == {**files, "p.yaml": parent(stack("Net", "c.yaml", "Tokens: required"))}


BY_REGION = """Mappings: {M: {us-east-1: {v: %s}, eu-west-1: {v: %s}}}
"""
BOTH_WAYS = CHILD.replace(
    "Side: {Value: !If [IsOpen, optional, required]}", "Side: {Value: !FindInMap [M, !Ref AWS::Region, v]}"
)


def test_a_mapping_of_the_child_is_not_taken_for_the_parents() -> None:
    """The words of a mapping's condition hold " in " themselves."""
    lt = "  Own: {Type: AWS::EC2::LaunchTemplate, Properties: {LaunchTemplateData: {MetadataOptions: {HttpTokens: !GetAtt Net.Outputs.Side}}}}\n"
    again = stack("Again", "child.yaml", "Tokens: !GetAtt Net.Outputs.Side")
    files = {
        "p.yaml": parent(stack("Net", "c.yaml"), lt, again),
        "c.yaml": BY_REGION % ("optional", "required") + BOTH_WAYS,
        "child.yaml": CHILD,
    }
    rows = {row.resource: row for row in linted(files, paths=("p.yaml",)).inventory}
    assert rows["Own"].reason == rows["Again/Lt"].reason, "named once, however many templates it crosses"
    assert rows["Own"].reason.count(" in stack Net") == 2
    assert {name: row.posture.value for name, row in rows.items()} == {"Net/Lt": WEAK, "Own": OPEN, "Again/Lt": OPEN}


EITHER = (
    "Parameters: {Old: {Type: String, AllowedValues: ['yes', 'no']}}\nConditions: {Old: !Equals [!Ref Old, 'yes']}\n"
)
STRONG = CHILD.replace("Default: optional", "Default: required")
ASG = "  Asg: {Type: AWS::AutoScaling::AutoScalingGroup, Properties: {LaunchTemplate: {LaunchTemplateId: !GetAtt Net.Outputs.Id, Version: '1'}}}\n"


@pytest.mark.parametrize(
    ("text", "expected", "unfollowed", "why"),
    [
        (
            parent(stack("Net", "!If [Old, old.yaml, new.yaml]"), head=EITHER),
            {"Net[Old is true]/Lt": WEAK, "Net[Old is false]/Lt": STRICT},
            [],
            "both are judged",
        ),
        (
            parent(stack("Net", "!If [Old, old.yaml, old.yaml]", "Tokens: !If [Old, optional, required]"), head=EITHER),
            {"Net[Old is true]/Lt": WEAK, "Net[Old is false]/Lt": STRICT},
            [],
            "each with what it is given then",
        ),
        (
            parent(stack("Net", "!If [Old, old.yaml, 'https://s3.amazonaws.com/b/t.yaml']"), head=EITHER),
            {"Net[Old is true]/Lt": WEAK},
            ["Net[Old is false] (https://s3.amazonaws.com/b/t.yaml)"],
            "the one that is here, and the other is told",
        ),
        (
            parent(stack("Net", "!If [Old, old.yaml, !Ref AWS::NoValue]"), head=EITHER),
            {"Net[Old is true]/Lt": WEAK},
            ["Net[Old is false] (TemplateURL is not set)"],
            "one that CloudFormation would refuse",
        ),
        (
            parent(stack("Net", "!Sub '${Old}.yaml'"), head=EITHER),
            {},
            ["Net[Old is yes] (yes.yaml, which is not there)", "Net[Old is no] (no.yaml, which is not there)"],
            "a name by a parameter",
        ),
        (
            parent(
                stack("Net", "!If [Old, old.yaml, new.yaml]"),
                head=EITHER.replace("AllowedValues", "Default: 'yes', AllowedValues"),
            ),
            {"Net/Lt": WEAK},
            [],
            "a default decides",
        ),
        (
            parent(stack("Net", "!If [Old, new.yaml, new.yaml]"), ASG, head=EITHER),
            {"Net[Old is true]/Lt": STRICT, "Net[Old is false]/Lt": STRICT, "Asg": STRICT},
            [],
            "an output of either",
        ),
    ],
)
def test_a_template_at_one_of_two_places(text: str, expected: dict[str, str], unfollowed: list[str], why: str) -> None:
    files = {"p.yaml": text, "old.yaml": CHILD, "new.yaml": STRONG}
    report = linted(files, paths=("p.yaml",))
    assert {row.resource: row.posture.value for row in report.inventory} == expected, why
    assert [f"{one.address} ({one.source})" for one in report.unfollowed] == unfollowed, why


def stack_set(properties: str) -> str:
    return f"  Set:\n    Type: AWS::CloudFormation::StackSet\n    Properties: {{StackSetName: s, {properties}}}\n"


TOKENS = "Parameters: [{ParameterKey: Other, ParameterValue: x}, {ParameterKey: Tokens, ParameterValue: %s}]"
INSTANCES = "StackInstancesGroup: [{Regions: [eu-west-1], ParameterOverrides: [{ParameterKey: %s, ParameterValue: x}]}]"


@pytest.mark.parametrize(
    ("text", "expected", "unfollowed", "why"),
    [
        (stack_set("TemplateURL: c.yaml"), {"Set/Lt": WEAK}, [], "the child's own default"),
        (stack_set(f"TemplateURL: c.yaml, {TOKENS % 'required'}"), {"Set/Lt": STRICT}, [], "what the set gives"),
        (
            stack_set(f"TemplateURL: c.yaml, {TOKENS % 'required'}, {INSTANCES % 'Tokens'}"),
            {"Set/Lt": OPEN},
            [],
            "its instances may have another value",
        ),
        (
            stack_set(f"TemplateURL: c.yaml, {TOKENS % 'required'}, {INSTANCES % 'Other'}"),
            {"Set/Lt": STRICT},
            [],
            "of another parameter",
        ),
        (
            stack_set("TemplateURL: c.yaml, Parameters: !ImportValue x"),
            {"Set/Lt": OPEN},
            [],
            "nobody knows what is given",
        ),
        (
            stack_set("TemplateBody: 'Resources: {W: {Type: AWS::EC2::Instance}}'"),
            {},
            ["Set (the text in its TemplateBody)"],
            "a template in a text",
        ),
        (
            stack_set("TemplateURL: 'https://s3.amazonaws.com/b/t.yaml'"),
            {},
            ["Set (https://s3.amazonaws.com/b/t.yaml)"],
            "in S3",
        ),
        (
            "  Web: {Type: My::Ec2::Web::MODULE, Properties: {}}\n",
            {},
            ["Web (My::Ec2::Web::MODULE, a module of the CloudFormation registry)"],
            "a module, and nothing else",
        ),
        (
            "  Web: {Type: My::Ec2::Web::MODULE, Condition: Never}\n  Q: {Type: AWS::SQS::Queue}\n",
            {},
            [],
            "one that is not created",
        ),
        ("  Web: {Type: Custom::Module}\n  Q: {Type: AWS::SQS::Queue}\n", {}, [], "no module"),
    ],
)
def test_stack_sets_and_modules(text: str, expected: dict[str, str], unfollowed: list[str], why: str) -> None:
    report = linted({"p.yaml": parent(text, head=NEVER), "c.yaml": CHILD}, paths=("p.yaml",))
    assert {row.resource: row.posture.value for row in report.inventory} == expected, why
    assert [f"{one.address} ({one.source})" for one in report.unfollowed] == unfollowed, why


def test_a_list_of_parameters_that_is_not_known_is_not_a_default() -> None:
    net = stack("Net", "c.yaml").replace("}\n", ", Parameters: !If [Old, {Tokens: required}, {Tokens: optional}]}\n")
    (row,) = linted({"p.yaml": parent(net, head=EITHER), "c.yaml": CHILD}, paths=("p.yaml",)).inventory
    assert row.reason == "v1-allowed if Old is false in p.yaml; v2-required if Old is true in p.yaml"


def test_a_condition_of_the_parent_is_not_taken_for_the_childs() -> None:
    head = "Parameters: {P: {Type: String}}\nConditions: {IsOpen: !Equals [!Ref P, x]}\n"
    files = {
        "p.yaml": parent(stack("Net", "c.yaml", "Tokens: !If [IsOpen, required, optional]"), head=head),
        "c.yaml": CHILD,
    }
    (row,) = linted(files).inventory
    assert row.reason == ("v1-allowed if IsOpen is false in p.yaml; v2-required if IsOpen is true in p.yaml")


@pytest.mark.parametrize(
    ("text", "told", "why"),
    [
        (stack("A", "https://s3.amazonaws.com/b/t.yaml"), "https://s3.amazonaws.com/b/t.yaml", "in S3"),
        (stack("A", "gone.yaml"), "gone.yaml, which is not there", "no such file"),
        (stack("A", "../out.yaml"), "../out.yaml, which is not in the project", "out of the project"),
        (stack("A", "p.yaml"), "p.yaml, which nests itself", "a circle"),
        (stack("A", "notes.yaml"), "notes.yaml, which is no template", "something else"),
        (stack("A", "!ImportValue u"), "the export u of another stack is known at deployment only", "by an import"),
        (stack("A", "[x]"), "TemplateURL is no path", "a list"),
    ],
)
def test_what_is_not_followed_is_told(text: str, told: str, why: str) -> None:
    report = linted({"p.yaml": parent(text), "notes.yaml": "a: b\n"})
    assert report.inventory == (), why
    (unfollowed,) = report.unfollowed
    assert (unfollowed.address, unfollowed.path) == ("A", "p.yaml"), why
    if "import" not in why:
        assert unfollowed.source == told, why


def test_a_circle_of_two_is_followed_once() -> None:
    files = {
        "a.yaml": parent(stack("B", "b.yaml")),
        "b.yaml": parent(stack("A", "a.yaml"), "  Lt: {Type: AWS::EC2::LaunchTemplate}\n"),
    }
    report = linted(files)
    assert {row.resource: row.posture.value for row in report.inventory} == {"B/Lt": WEAK}
    assert report.unfollowed == (Unfollowed("B/A", "a.yaml, which nests itself", "b.yaml"),)


def test_a_broken_child_is_a_finding_of_its_own_file() -> None:
    files = {
        "p.yaml": parent(stack("A", "c.yaml")),
        "c.yaml": "Resources:\n  W:\n    Type: AWS::EC2::Instance\n    a: b: c\n",
    }
    assert [(f.rule.code, f.span.path) for f in linted(files).findings] == [("IMDS900", "c.yaml")]


def test_the_file_that_the_cdk_names_counts_before_the_url() -> None:
    text = (
        '{"Resources": {"Net": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": {"Fn::Join": ["",'
        ' ["https://s3.", {"Ref": "AWS::URLSuffix"}]]}}, "Metadata": {"aws:asset:path": "n.nested.template.json"}}}}'
    )
    child = '{"Resources": {"W": {"Type": "AWS::EC2::Instance", "Metadata": {"aws:cdk:path": "App/Net/W/Resource"}}}}'
    (finding,) = linted({"cdk.out/p.template.json": text, "cdk.out/n.nested.template.json": child}).findings
    assert finding.message == (
        "AWS::EC2::Instance Net/W (App/Net/W/Resource) answers IMDSv1: MetadataOptions is not set"
    )
    assert finding.fix_unavailable == (
        "a CDK app writes this template: set requireImdsv2: true on App/Net/W there, and synthesise it again"
    )


def test_comments_in_a_child_count_though_only_the_parent_is_named() -> None:
    child = CHILD.replace("  Lt:\n", "  Lt: # iac-imds-lint: ignore[IMDS002] known\n")
    files = {"p.yaml": parent(stack("A", "c.yaml")), "c.yaml": child}
    report = linted(files, paths=("p.yaml",))
    assert report.findings == ()
    assert [found.rule.code for found, _ in report.suppressed] == ["IMDS002"]


def test_the_command_counts_what_is_not_followed(tmp_path: Path) -> None:
    far = stack("Far", "https://s3.amazonaws.com/b/t.yaml")
    (tmp_path / "one.yaml").write_text(parent(far))
    assert (
        "1 nested stack, module or include was not followed: Far (https://s3.amazonaws.com/b/t.yaml)\n"
        in run(tmp_path, "check").err
    )
    (tmp_path / "two.yaml").write_text(parent(stack("Gone", "gone.yaml")))
    told = "2 nested stacks, modules or includes were not followed: Far (https://s3.amazonaws.com/b/t.yaml), Gone (gone.yaml, which is not there)\n"
    ran = run(tmp_path, "check")
    assert told in ran.err
    assert ran.status == 0


def test_what_git_ignores_is_read_where_it_is_named(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".gitignore").write_text("cdk.out\n")
    (tmp_path / "cdk.out").mkdir()
    (tmp_path / "cdk.out/App.template.json").write_text('{"Resources": {"W": {"Type": "AWS::EC2::Instance"}}}')
    assert run(tmp_path, "check").out == b""
    for named in ("cdk.out", "cdk.out/App.template.json"):
        assert run(tmp_path, "check", "--output-format", "concise", named).out.startswith(
            b"cdk.out/App.template.json:1:"
        )


_PARENT = """
Mappings:
  M: {a-1: {E: enabled}, b-1: {E: disabled}}
Resources:
  Child:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: child.yaml
      Parameters: {Endpoint: !FindInMap [M, !Ref Where, E]}
Parameters: {Where: {Type: String}}
"""
_CHILD_WITH_A_MAPPING = """
Parameters: {Endpoint: {Type: String}, Where: {Type: String}}
Mappings:
  M: {a-1: {T: required}, b-1: {T: optional}}
Resources:
  Web:
    Type: AWS::EC2::Instance
    Properties:
      MetadataOptions: {HttpEndpoint: !Ref Endpoint, HttpTokens: !FindInMap [M, !Ref Where, T]}
"""


def test_keys_of_two_templates_are_two_questions() -> None:
    files = {"t.yaml": _PARENT, "child.yaml": _CHILD_WITH_A_MAPPING}
    (row,) = [row for row in linted(files, paths=("t.yaml",)).inventory if row.resource == "Child/Web"]
    assert row.reason == (
        "v2-required if Where is a-1 in t.yaml and Where is a-1; v1-allowed if Where is a-1 in t.yaml and Where is b-1;"
        " imds-disabled if Where is b-1 in t.yaml and Where is a-1;"
        " imds-disabled if Where is b-1 in t.yaml and Where is b-1"
    )
