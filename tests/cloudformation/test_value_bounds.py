"""Values of templates that are made to take for ever: each comes to an end, and says why."""

from __future__ import annotations

import time
import tracemalloc

import pytest

from tests.cloudformation.reading import TOKENS, instance, resource
from tests.cloudformation.test_evaluate import told

TOO_DEEP = "? its functions and conditions are nested too deeply to be followed"
TOO_MANY = "? it depends on too many undecided conditions"
TOO_LONG = "? it is longer than a template may be"
SHOWN = "${" * 30 + "…"
SECONDS = 2.0

OPEN = "Parameters:\n" + "".join(f"  P{n}: {{Type: String}}\n" for n in range(60))
ATOMS = "".join(f"  A{n}: !Equals [!Ref P{n}, x]\n" for n in range(60))


def shared_conditions(one: str, other: str) -> str:
    """40 conditions, each of which asks the next one twice."""
    steps = "".join(
        f"  C{n}: !{one} [!Condition C{n + 1}, !{other} [!Condition C{n + 1}, !Condition A{n}]]\n" for n in range(40)
    )
    return f"{OPEN}Conditions:\n{ATOMS}{steps}  C40: !Equals [!Ref P59, x]\n"


def aliased(step: str, first: str, steps: int = 12) -> str:
    """A metadata section in which each anchor names the one before it twice, ``steps`` times."""
    lines = [f"  a0: &a0 {first}"]
    lines += [f"  a{n + 1}: &a{n + 1} {step.format(below=f'*a{n}', n=n)}" for n in range(steps)]
    return "Metadata:\n" + "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("before", "written", "rest", "expected", "why"),
    [
        ("", "!If [C0, a, b]", shared_conditions("And", "Or"), ("C0", {"C0 is true": "a", "C0 is false": "b"}), "conditions that share parts"),
        ("", "!If [C0, a, b]", shared_conditions("Or", "And"), ("C0", {"C0 is true": "a", "C0 is false": "b"}), "the other way round"),
        (aliased("!If [A{n}, {below}, {below}]", "x"), "*a12", f"{OPEN}Conditions:\n{ATOMS}", None, "a tree of conditions"),
        (aliased("!Join ['', [{below}, {below}]]", "x"), "*a12", "", "x" * 2**12, "a text that doubles"),
        (aliased("!If [A{n}, !Join ['', [{below}]], !Join ['', [{below}]]]", "x", 10), "*a10", f"{OPEN}Conditions:\n{ATOMS}", None, "a tree of conditions through functions"),
        (aliased("!FindInMap [M, {below}, {below}]", "!Ref P0"), "*a12", OPEN + "Mappings:\n  M: {a: {a: a, b: b}, b: {a: b, b: a}}\n", None, "mappings in mappings"),
        ("", f"!Join ['', [{', '.join(['a'] * 10_000)}]]", "", "a" * 10_000, "a long list"),
        ("", f"!Join ['', [{', '.join(['!Ref P0'] * 10_000)}]]", OPEN, "? parameter P0 has no default", "a long list of what is not known"),
        ("", f"!Join ['', [{', '.join(['!If [A0, a, b]'] * 2_000)}]]", f"{OPEN}Conditions:\n{ATOMS}", TOO_MANY, "a long list of what is not decided"),
        ("", f"!Join ['', [{', '.join(f'!If [A{n}, a, b]' for n in range(60))}]]", f"{OPEN}Conditions:\n{ATOMS}", TOO_MANY, "a list of many conditions"),
        ("", f"!Sub '{'${P0}' * 10_000}'", OPEN, "? parameter P0 has no default", "a long text"),
        ("", f"!Sub '{'${D}' * 50_000}'", f"Parameters: {{D: {{Type: String, Default: {'d' * 4_000}}}}}\n", TOO_LONG, "a text that would have 200 MB"),
        ("", f"!Join ['{'d' * 4_000}', [{', '.join(['a'] * 10_000)}]]", "", TOO_LONG, "a list that would make 40 MB"),
        ("", f"!Sub '{'${' * 50_000}}}'", OPEN, f"? Fn::Sub takes ${{{SHOWN}}} for a name, and it is none: write ${{!{SHOWN}}}", "a name of 100 kB"),
        ("", f"'{{{{resolve:{'a' * 50_000}'", "", "? a dynamic reference is resolved at deployment only", "a dynamic reference that does not end"),
        ("", f"'{'${env(' * 20_000}'", "", "${env(" * 20_000, "variables of another framework that do not end"),
        ("", f"!Sub '{'${' * 10_000}'", OPEN, "? Fn::Sub has a ${ that no } closes", "many open braces"),
        ("", "!Ref P", f"Parameters:\n  P: {{Type: String, AllowedValues: [{', '.join(map(str, range(10_000)))}]}}\n", "? parameter P has no default and more than 16 allowed values", "many allowed values"),
        ("", "!If [C, a, b]", f"Parameters:\n  P: {{Type: String, AllowedValues: [{', '.join(map(str, range(10_000)))}]}}\nConditions:\n  C: !Equals [!Ref P, 5]\n", ("C", {"C is true": "a", "C is false": "b"}), "a condition on them"),
        ("", "!If [C, a, b]", f"{OPEN}Conditions:\n  C: !Or [{', '.join(f'!Equals [!Ref P0, x{n}]' for n in range(1_000))}]\n", ("C", {"C is true": "a", "C is false": "b"}), "a long list of comparisons"),
        ("", "!If [C0, a, b]", f"{OPEN}Conditions:\n{''.join(f'  C{n}: !Not [!Condition C{n + 1}]{chr(10)}' for n in range(3_000))}", TOO_DEEP, "a long chain of conditions"),
        ("", "!Join ['', [" * 30 + "a" + "]]" * 30, "", "a", "functions in functions"),
        ("", "!If [A0, " * 30 + "a" + ", b]" * 30, f"{OPEN}Conditions:\n{ATOMS}", ("A0", {"A0 is true": "a", "A0 is false": "b"}), "one condition in itself"),
        ("", "".join(f"!If [A{n}, " for n in range(11)) + "a" + ", b]" * 11, f"{OPEN}Conditions:\n{ATOMS}", None, "some conditions in each other"),
        ("", "".join(f"!If [A{n}, " for n in range(40)) + "a" + ", b]" * 40, f"{OPEN}Conditions:\n{ATOMS}", None, "many conditions in each other"),
        ("", "!Join ['', !Split ['a', '" + "a" * 100_000 + "']]", "", "", "a text that is split into many"),
    ],
)  # fmt: skip
def test_it_ends(before: str, written: str, rest: str, expected: object, why: str) -> None:
    text = before + instance(f"MetadataOptions:\n  HttpTokens: {written}", rest)
    start = time.process_time()
    found = told(resource(text).option(TOKENS))
    assert time.process_time() - start < SECONDS, why
    if expected is not None:
        assert found == expected, why


def test_a_text_that_no_template_can_hold_is_not_made() -> None:
    long = aliased("!Join ['', [{below}, {below}]]", "x" * 1000)
    found = resource(long + instance("MetadataOptions:\n  HttpTokens: *a12")).option(TOKENS)
    assert told(found) == TOO_LONG


def test_a_text_is_measured_before_it_is_made() -> None:
    defaults = f"Parameters: {{D: {{Type: String, Default: {'d' * 4_000}}}}}\n"
    text = instance(f"MetadataOptions:\n  HttpTokens: !Sub '{'${D}' * 25_000}'", defaults)
    tracemalloc.start()
    resource(text)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 50_000_000


def test_a_template_of_500_resources_is_read_in_linear_time() -> None:
    """1 MB: the limit of CloudFormation."""

    def seconds(resources: int) -> float:
        start = time.process_time()
        assert told(resource(large(resources), "R0").option(TOKENS)) == EXPECTED
        return time.process_time() - start

    seconds(10)
    few, many = seconds(100), seconds(400)
    assert many < 8 * few + 0.2


EXPECTED = (
    "A1",
    {
        "A1 is true": ("P0", {"P0 is a": "required", "P0 is b": "optional"}),
        "A1 is false": "? parameter P1 has no default",
    },
)


def large(resources: int) -> str:
    options = "{HttpEndpoint: enabled, HttpTokens: !If [A1, !FindInMap [M, !Ref P0, Tokens], !Sub '${P1}x']}"
    data = "#!/bin/bash\\n" + "echo 0123456789\\n" * 90
    bodies = "".join(
        f"  R{n}:\n    Type: AWS::EC2::LaunchTemplate\n    Condition: A2\n    Properties:\n      LaunchTemplateData:\n"
        f'        MetadataOptions: {options}\n        UserData: {{"Fn::Base64": !Sub "{data}"}}\n'
        for n in range(resources)
    )
    mapping = "Mappings:\n  M: {a: {Tokens: required}, b: {Tokens: optional}}\n"
    return f"{OPEN}Conditions:\n{ATOMS}{mapping}Resources:\n{bodies}"
