"""What a repair says of a value that stands elsewhere: what else that decides, and where it could be mended instead."""

from __future__ import annotations

import pytest

from iac_imds_lint.edit import Fix
from tests.support import linted

TOKENS = "  Tokens: {Type: String, Default: optional}\n"
SECURE = '  Secure: {Type: String, Default: "false", AllowedValues: ["true", "false"]}\n'
EITHER = "!If [Is, required, optional]"


def template(name: str, tokens: str) -> str:
    return (
        f"  {name}:\n    Type: AWS::EC2::LaunchTemplate\n    Properties:\n      LaunchTemplateData:\n"
        f"        MetadataOptions: {{HttpEndpoint: enabled, HttpTokens: {tokens}}}\n"
    )


def fix_of(text: str, others: dict[str, str] | None = None) -> Fix:
    """The fix of the first finding."""
    fix = linted({"t.yaml": text, **(others or {})}).findings[0].fix
    assert fix is not None
    return fix


def one_by(tokens: str, before: str, after: str = "") -> Fix:
    return fix_of(f"{before}Resources:\n{template('Web', tokens)}{after}")


TAKEN = "the default of parameter Tokens also decides "
ALONE = "others may use the default of parameter Tokens, though nothing else here does"
SHARED_BY_ALIAS = (
    "  Told:\n    Type: AWS::SNS::Topic\n    Properties: {Subject: &s !Sub '${Tokens}'}\n"
    "  Also:\n    Type: AWS::SNS::Topic\n    Properties: {DisplayName: *s}\n"
)
TOPIC = "  {name}:\n    Type: AWS::SNS::Topic\n    Properties: {{DisplayName: {written}}}\n"


@pytest.mark.parametrize(
    ("before", "after", "note", "why"),
    [
        ("", "", ALONE, "whoever deploys it may give a value"),
        ("", template("Jobs", "!Ref Tokens"), TAKEN + "Jobs's HttpTokens", "another template"),
        ("", template("Jobs", "required") + "Outputs:\n  Told: {Value: !Ref Tokens}\n", TAKEN + "the output Told", "an output"),
        ("Conditions:\n  Is: !Equals [!Ref Tokens, optional]\n", "", TAKEN + "the condition Is", "a condition"),
        ("Rules:\n  Only: {Assertions: [{Assert: !Equals [!Ref Tokens, optional]}]}\n", "", TAKEN + "the rule Only", "a rule"),
        ("", TOPIC.format(name="Told", written="!Sub 'x-${Tokens}'"), TAKEN + "Told's DisplayName", "a part of a text"),
        ("", TOPIC.format(name="Told", written="!Sub ['${Tokens}', {Tokens: a}]"), ALONE, "a name that Fn::Sub brings"),
        ("", TOPIC.format(name="Told", written="!Sub '${!Tokens}'"), ALONE, "what is no name"),
        ("", TOPIC.format(name="Told", written="Tokens"), ALONE, "a text"),
        ("", "  Told:\n    Type: AWS::SNS::Topic\n    Properties: {Tags: [{Key: a, Value: !Ref Tokens}]}\n", TAKEN + "Told's Tags", "a tag, by the property that holds it"),
        ("", "".join(template(f"T{n}", "!Ref Tokens") for n in range(3)), TAKEN + "T0's HttpTokens, T1's HttpTokens and T2's HttpTokens", "three, each by name"),
        ("", "".join(template(f"T{n}", "!Ref Tokens") for n in range(10)), TAKEN + "T0's HttpTokens, T1's HttpTokens, T2's HttpTokens and 7 more", "many"),
        ("", SHARED_BY_ALIAS, TAKEN + "Told's Subject and Also's DisplayName", "what an alias stands for, in each place"),
        ("", "  Inner:\n    Type: AWS::CloudFormation::Stack\n    Properties: {TemplateURL: gone.yaml, Parameters: {T: !Ref Tokens}}\n", TAKEN + "parameter T of stack Inner", "what is passed on"),
        ("Metadata: {AWS::CloudFormation::Interface: {ParameterGroups: [{Parameters: [Tokens]}]}}\n", "", ALONE, "what names it for a form decides nothing"),
    ],
)  # fmt: skip
def test_what_a_default_decides(before: str, after: str, note: str, why: str) -> None:
    fix = one_by("!Ref Tokens", f"Parameters:\n{TOKENS}{before}", after)
    assert (fix.note, fix.applicability.label) == (note, "unsafe"), why


MAPS = "Mappings:\n  M: {a: {Tokens: optional}, b: {Tokens: optional}}\n"
LONE = "others may use the entry a.Tokens of mapping M, though nothing else here does"
BY_A = "!FindInMap [M, a, Tokens]"


@pytest.mark.parametrize(
    ("after", "note", "why"),
    [
        ("", LONE, "nothing else takes it"),
        (template("Jobs", "!FindInMap [M, b, Tokens]"), LONE, "another entry"),
        (template("Jobs", "!FindInMap [N, a, Tokens]"), LONE, "another mapping"),
        (template("Jobs", BY_A), "the entry a.Tokens of mapping M also decides Jobs's HttpTokens", "the same"),
        (template("Jobs", "!FindInMap [M, !Ref AWS::Region, Tokens]"), "the entry a.Tokens of mapping M also decides Jobs's HttpTokens", "any of them"),
    ],
)  # fmt: skip
def test_what_an_entry_of_a_mapping_decides(after: str, note: str, why: str) -> None:
    fix = one_by(BY_A, MAPS, after)
    assert (fix.note, fix.applicability.label) == (note, "unsafe"), why


NEST = "  {name}:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: child.yaml\n      Parameters: {{Tokens: {tokens}}}\n"
CHILD = f"Parameters:\n{TOKENS}Resources:\n{template('Web', '!Ref Tokens')}"


@pytest.mark.parametrize(
    ("written", "child", "note", "why"),
    [
        ("optional", CHILD, "", "the argument is for that stack alone"),
        ("optional", CHILD + template("Jobs", "!Ref Tokens"), "parameter Tokens of stack Inner also decides Jobs's HttpTokens", "what the nested template does with it"),
        ("!Ref Tokens", CHILD, ALONE, "the default of the one around it"),
        ("!Ref Tokens", CHILD + template("Jobs", "!Ref Tokens"), TAKEN + "Jobs's HttpTokens", "through the stack"),
    ],
)  # fmt: skip
def test_what_a_stack_passes(written: str, child: str, note: str, why: str) -> None:
    parent = f"Parameters:\n{TOKENS}Resources:\n{NEST.format(name='Inner', tokens=written)}"
    fix = fix_of(parent, {"child.yaml": child})
    assert (fix.note, fix.applicability.label) == (note, "unsafe" if note else "safe"), why


def test_the_other_stack_is_told() -> None:
    stacks = NEST.format(name="A", tokens="!Ref Tokens") + NEST.format(name="B", tokens="!Ref Tokens")
    fix = fix_of(f"Parameters:\n{TOKENS}Resources:\n{stacks}", {"child.yaml": CHILD})
    assert fix.note == TAKEN + "parameter Tokens of stack B"


SWITCH = f"Parameters:\n{SECURE}Conditions:\n  Is: "
TURNED = [("set the default of parameter Secure to true", '"true"')]


@pytest.mark.parametrize(
    ("condition", "tokens", "alternatives", "why"),
    [
        ('!Equals [!Ref Secure, "true"]', EITHER, TURNED, "the switch could be turned"),
        ('!Equals ["true", !Ref Secure]', EITHER, TURNED, "the other way round"),
        ('!Not [!Equals [!Ref Secure, "false"]]', EITHER, TURNED, "the only other value"),
        ('!Equals [!Ref Secure, "true"]', "!If [Is, required, !Ref AWS::NoValue]", TURNED, "a branch that sets nothing"),
        ('!Equals [!Ref Secure, "true"]', "!If [Is, optional, optional]", [], "turning it changes nothing"),
        ('!Equals [!Ref Secure, "yes"]', EITHER, [], "a value that is not allowed"),
        ('!And [!Equals [!Ref Secure, "true"], !Equals [!Ref AWS::Region, x]]', EITHER, [], "another condition decides as well"),
        ("!Equals [a, b]", EITHER, [], "no parameter"),
    ],
)  # fmt: skip
def test_a_switch_is_offered_beside_the_branch(condition: str, tokens: str, alternatives: object, why: str) -> None:
    fix = one_by(tokens, f"{SWITCH}{condition}\n")
    assert fix.message == 'set the value where Is is false to "required"'
    assert fix.applicability.label == "safe"
    assert [(one.message, one.edits[0].content) for one in fix.alternatives] == alternatives, why
    assert {one.applicability.label for one in fix.alternatives} <= {"unsafe"}


def test_many_rows_are_counted() -> None:
    rows = "".join(f"    r{n}: {{Tokens: optional}}\n" for n in range(9))
    fix = one_by("!FindInMap [M, !Ref AWS::Region, Tokens]", f"Mappings:\n  M:\n{rows}")
    told = [f'the entry r{n}.Tokens of mapping M to "required"' for n in (0, 1)]
    assert fix.message == f"set {told[0]} and {told[1]} and 7 more alike"
    assert [edit.content for edit in fix.edits] == ["required"] * 9


def test_what_one_name_decides_is_found_in_linear_time() -> None:
    many = "".join(template(f"T{n}", "!Ref Tokens") for n in range(600))
    findings = linted({"t.yaml": f"Parameters:\n{TOKENS}Resources:\n{many}"}).findings
    notes = {finding.fix.note.rpartition(" and ")[2] for finding in findings if finding.fix}
    assert (len(findings), notes) == (600, {"many more"})


def test_options_that_an_alias_shares_are_told() -> None:
    own = "MetadataOptions: &o {HttpEndpoint: enabled, HttpTokens: !Ref Tokens}"
    text = f"Parameters:\n{TOKENS}Resources:\n{template('Web', '!Ref Tokens')}{template('Jobs', '!Ref Tokens')}"
    written = "MetadataOptions: {HttpEndpoint: enabled, HttpTokens: !Ref Tokens}"
    fix = fix_of(text.replace(written, own, 1).replace(written, "MetadataOptions: *o", 1))
    assert (fix.note, fix.applicability.label) == (TAKEN + "Jobs's HttpTokens", "unsafe")


@pytest.mark.parametrize("more", ["", template("Jobs", "!Ref Tokens")])
def test_what_an_included_file_takes_besides_is_not_seen(more: str) -> None:
    """Of included files only what is judged is known, not what else takes a value."""
    included = (template("Web", "!Ref Tokens") + more).replace("\n  ", "\n").removeprefix("  ")
    include = "  Fn::Transform: {Name: AWS::Include, Parameters: {Location: o.yaml}}\n"
    child = f"Parameters:\n{TOKENS}Resources:\n{include}{TOPIC.format(name='T', written='a')}"
    parent = f"Resources:\n{NEST.format(name='Inner', tokens='optional')}"
    fix = fix_of(parent, {"child.yaml": child, "o.yaml": included})
    told = "others may use parameter Tokens of stack Inner, though nothing else here does"
    assert ([edit.span.path for edit in fix.edits], fix.note) == (["t.yaml"], told)
    assert fix.applicability.label == "unsafe"
