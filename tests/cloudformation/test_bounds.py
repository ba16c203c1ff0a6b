"""Mistakes and hostile texts: each is a finding or a reason, in bounded time, and never a crash."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

import pytest

from tests.support import linted

# Twice as much takes twice as long where time is linear, four times as long where it is quadratic.
_MOST_GROWTH = 3
# Seconds of CPU below which a measurement says more of the clock than of us.
_MEASURABLE = 0.02

Files: TypeAlias = "dict[str, str]"

WEB = (
    "  Web:\n    Type: AWS::EC2::Instance\n    Properties: {MetadataOptions: {HttpEndpoint: enabled, HttpTokens: %s}}\n"
)
LANGUAGE = "Transform: AWS::LanguageExtensions\n"


def judged(files: Mapping[str, str | bytes]) -> tuple[dict[str, str], list[str]]:
    """Posture by address, and the codes found."""
    report = linted(files)
    assert "IMDS999" not in [finding.rule.code for finding in report.findings]
    return {row.resource: row.posture.value for row in report.inventory}, [f.rule.code for f in report.findings]


@pytest.mark.parametrize(
    ("text", "reason", "why"),
    [
        (f"Resources:\n{WEB % '!Ref Web'}", "Web is known after deployment only", "Ref of itself"),
        (f"Resources:\n{WEB % '!If [Gone, required, optional]'}", "condition Gone is not defined", "no such condition"),
        (
            f"Conditions: {{A: !Condition B, B: !Condition A}}\nResources:\n{WEB % '!If [A, required, optional]'}",
            "condition A refers to itself",
            "conditions in a circle",
        ),
        (
            (
                "Mappings: {Regions: {eu-west-1: {Tokens: required}}}\n"
                f"Resources:\n{WEB % '!FindInMap [Regions, us-east-1, Tokens]'}"
            ),
            "mapping Regions has no key us-east-1",
            "a key that a mapping lacks",
        ),
        (f"Resources:\n{WEB % '!FindInMap [Gone, a, b]'}", "mapping Gone is not defined", "no such mapping"),
        (f"Resources:\n{WEB % '!Ref Gone'}", "Gone is no parameter or resource of this template", "no such name"),
        (f"Resources:\n{WEB % '!GetAtt Gone.X'}", "Gone is no resource of this template", "nor here"),
    ],
)
def test_mistakes_have_a_reason(text: str, reason: str, why: str) -> None:
    (finding,) = linted({"t.yaml": text}).findings
    assert finding.rule.code == "IMDS005", why
    assert finding.message == f"whether AWS::EC2::Instance Web answers IMDSv1 is not decided here: {reason}", why
    assert finding.fix_unavailable == ("decide it: by a literal, a default or a parameter file (--parameter-file)")


def test_a_brace_that_is_not_closed_is_never_a_token() -> None:
    (row,) = linted({"t.yaml": "Resources:\n" + WEB % "!Sub '${Tokens'"}).inventory
    assert row.posture.value == "unknown"


@pytest.mark.parametrize(
    ("files", "codes", "why"),
    [
        ({"t.yaml": ""}, [], "an empty file"),
        ({"t.json": " \n"}, [], "a blank one"),
        ({"t.yaml": "---\n---\n"}, [], "empty documents"),
        (
            {"t.yaml": f"Resources:\n{WEB % 'required'}---\nResources:\n{WEB % 'required'}"},
            [],
            "two templates",
        ),
        ({"t.yaml": f"Resources:\n{WEB % 'required'}{WEB % 'required'}"}, ["IMDS900"], "one name twice"),
        ({"t.yaml": f"Resources:\n{WEB % 'required'}  Net: {{Type: AWS::CloudFormation::Stack}}\n"}, [], "no template"),
        ({"t.yaml": f"Resources:\n{WEB % 'required'}  Net: AWS::CloudFormation::Stack\n"}, [], "no resource"),
        ({"t.yaml": f"Transform: [[{{}}], AWS::Include]\nResources:\n{WEB % 'required'}"}, [], "an odd transform"),
    ],
)
def test_files_with_little_or_too_much_in_them(files: dict[str, str], codes: list[str], why: str) -> None:
    assert judged(files)[1] == codes, why


def test_the_largest_template_that_there_may_be() -> None:
    filler = "    Metadata: {Note: '" + "x" * 1_800 + "'}\n"
    text = "Parameters: {T: {Type: String, Default: required}}\nResources:\n" + "".join(
        WEB.replace("Web", f"Web{number}") % "!Ref T" + filler for number in range(500)
    )
    assert len(text) > 900_000
    found, codes = judged({"t.yaml": text})
    assert found == {f"Web{number}": "v2-required" for number in range(500)}
    assert codes == []


def loops(depth: int, width: int) -> str:
    """Loops in loops, each over ``width`` items."""
    text, indentation, name = f"{LANGUAGE}Resources:\n", "  ", ""
    for level in range(depth):
        items = ", ".join(f"i{number}" for number in range(width))
        text += (
            f"{indentation}Fn::ForEach::L{level}:\n{indentation}- N{level}\n{indentation}- [{items}]\n{indentation}- "
        )
        indentation += "  "
        name += f"${{N{level}}}"
        text += "" if level == depth - 1 else "A: b\n"
    return text + f"W{name}: {{Type: AWS::EC2::Instance}}\n"


def test_loops_that_write_too_much_are_cut_short_and_say_so() -> None:
    text = loops(5, 40).replace(
        "{Type: AWS::EC2::Instance}", "{Type: AWS::EC2::Instance, Properties: {ImageId: '${N0}'}}"
    )
    found, _ = judged({"t.yaml": text})
    assert "Wi0i0i0i0i0" in found
    assert any("${N" in address for address in found)


def stack(name: str, url: str, parameters: str = "") -> str:
    """A nested stack among resources."""
    passed = f", Parameters: {{{parameters}}}" if parameters else ""
    return f"  {name}: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: {url}{passed}}}}}\n"


def stacks(width: int) -> Files:
    """Nine levels of stacks, each of which nests so many."""
    files = {"s9.yaml": f"Resources:\n{WEB % 'required'}"}
    for level in range(9):
        nested = "".join(stack(f"S{n}", f"s{level + 1}.yaml") for n in range(width))
        files[f"s{level}.yaml"] = f"Resources:\n{nested}"
    return files


def test_stacks_that_nest_too_many_are_cut_short_and_told() -> None:
    report = linted(stacks(20))
    assert {row.posture.value for row in report.inventory} == {"v2-required"}
    assert any(one.source.endswith("one stack or level of stacks too many") for one in report.unfollowed)


def test_stacks_that_nest_too_deep_are_told() -> None:
    files = {
        f"s{level}.yaml": f"Resources:\n  S: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: s{level + 1}.yaml}}}}\n"
        for level in range(60)
    }
    report = linted(files)
    assert report.inventory == ()
    assert report.unfollowed[0].source == "s21.yaml, one stack or level of stacks too many"


def includes(width: int) -> Files:
    """Twelve levels of files, each of which includes the next one so often, in the place of an option."""
    include = "{Name: AWS::Include, Parameters: {Location: f%d.yaml}}"
    files = {"t.yaml": f"Resources:\n{WEB.replace('%s}}', '{Fn::Transform: ' + include % 0 + '}}}')}"}
    for level in range(12):
        items = ", ".join(f"{{'Fn::Transform': {include % (level + 1)}}}" for _ in range(width))
        files[f"f{level}.yaml"] = f"[{items}]\n"
    return {**files, "f12.yaml": "a: b\n"}


def test_includes_that_include_too_much_are_unknown() -> None:
    assert judged(includes(12))[0] == {"Web": "unknown"}


def aliases(times: int) -> Files:
    """A file of aliases that is included so often."""
    bomb = "a0: &a0 [x, x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 14))
    include = "{'Fn::Transform': {Name: AWS::Include, Parameters: {Location: bomb.yaml}}}"
    tags = ", ".join([include] * times)
    text = f"Resources:\n{WEB % 'required'}  Other:\n    Type: AWS::EC2::Instance\n    Properties: {{Tags: [{tags}]}}\n"
    return {"t.yaml": text, "bomb.yaml": bomb}


def test_a_file_of_aliases_that_is_included_often_is_bounded() -> None:
    assert judged(aliases(300))[0] == {"Web": "v2-required", "Other": "v1-allowed"}


def webs(values: Iterable[str], head: str) -> Files:
    """A template with an instance for each of these values of HttpTokens."""
    bodies = "".join(WEB.replace("Web", f"Web{number}") % value for number, value in enumerate(values))
    return {"t.yaml": f"{head}Resources:\n{bodies}"}


def resources(count: int) -> Files:
    """So many instances."""
    return webs(["!Ref T"] * count, "Parameters: {T: {Type: String, Default: required}}\n")


def conditions(count: int) -> Files:
    """So many conditions on one parameter, each with an instance of its own."""
    written = "".join(f"  C{n}: !Equals [!Ref P, x{n}]\n" for n in range(count))
    head = f"Parameters: {{P: {{Type: String}}}}\nConditions:\n{written}"
    return webs((f"!If [C{n}, required, optional]" for n in range(count)), head)


def rows(count: int) -> Files:
    """A mapping of so many rows, each of which decides an instance."""
    written = "".join(f"    r{n}: {{T: required}}\n" for n in range(count))
    return webs((f"!FindInMap [M, r{n}, T]" for n in range(count)), f"Mappings:\n  M:\n{written}")


def names(count: int) -> Files:
    """So many launch templates, each with a group that names it by what is known at deployment only."""
    name = "LaunchTemplateName: !Sub '${AWS::StackName}-%d'"
    bodies = "".join(
        f"  T{n}: {{Type: AWS::EC2::LaunchTemplate, Properties: {{{name % n}, LaunchTemplateData: {{}}}}}}\n"
        f"  A{n}: {{Type: AWS::AutoScaling::AutoScalingGroup, Properties: {{LaunchTemplate: {{{name % n}, Version: $Latest}}}}}}\n"
        for n in range(count)
    )
    return {"t.yaml": f"Resources:\n{bodies}"}


def _configuration(number: int) -> str:
    kind = "Type: AWS::AutoScaling::LaunchConfiguration"
    options = "MetadataOptions: {HttpEndpoint: enabled, HttpTokens: required}"
    return f"  L{number}:\n    {kind}\n    Properties: {{ImageId: ami-1, {options}}}\n"


def _launching(number: int, name: str) -> str:
    kind = "Type: AWS::AutoScaling::AutoScalingGroup"
    return f"  G{number}: {{{kind}, Properties: {{LaunchConfigurationName: {name}}}}}\n"


def configurations(count: int) -> Files:
    """So many launch configurations, each with a group, and an output of its name."""
    bodies = "".join(_configuration(n) + _launching(n, f"!Ref L{n}") for n in range(count))
    given = "".join(f"  O{n}: {{Value: !Ref L{n}}}\n" for n in range(count))
    return {"t.yaml": f"Resources:\n{bodies}Outputs:\n{given}"}


def choices(count: int) -> Files:
    """So many groups in a ring, each of which chooses from its own configuration and the next one's."""
    head = "Conditions: {C: !Equals [!Ref AWS::Region, a]}\n"
    chosen = (_launching(n, f"!If [C, !Ref L{n}, !Ref L{(n + 1) % count}]") for n in range(count))
    bodies = "".join(_configuration(n) + group for n, group in enumerate(chosen))
    return {"t.yaml": f"{head}Resources:\n{bodies}"}


def pairs(count: int) -> Files:
    """So many groups that choose from two configurations of their own, one of which is not created."""
    head = "Parameters: {P: {Type: String, Default: a}}\nConditions: {C: !Equals [!Ref P, a], N: !Not [!Condition C]}\n"
    bodies = "".join(
        _configuration(2 * n)
        + _configuration(2 * n + 1).replace("    Type", "    Condition: N\n    Type")
        + _launching(n, f"!If [C, !Ref L{2 * n}, !Ref L{2 * n + 1}]")
        for n in range(count)
    )
    return {"t.yaml": f"{head}Resources:\n{bodies}"}


def spoken(count: int) -> Files:
    """So many texts of a joined script, each of which names one configuration."""
    words = ", ".join('"cfn-init -r L0"' for _ in range(count))
    script = f"  S: {{Type: Custom::S, Properties: {{Text: {{Fn::Join: ['', [{words}]]}}}}}}\n"
    return {"t.yaml": f"Resources:\n{_configuration(0)}{script}"}


def outputs(count: int) -> Files:
    """So many stacks, each of which is given an output of the one before it."""
    child = "Parameters: {P: {Type: String, Default: required}}\nOutputs: {O: {Value: !Ref P}}\nResources:\n"
    given = ["", *(f"P: !GetAtt S{n}.Outputs.O" for n in range(count - 1))]
    nested = "".join(stack(f"S{n}", "c.yaml", parameters) for n, parameters in enumerate(given))
    return {"t.yaml": f"Resources:\n{nested}", "c.yaml": child + WEB % "!Ref P"}


def seconds(make: Callable[[int], Files], size: int, run: int) -> float:
    """The CPU time that linting takes; each run has other texts, for what is read is kept."""
    files = {path: f"{text}# {run}\n" for path, text in make(size).items()}
    begun = time.process_time()
    report = linted(files)
    taken = time.process_time() - begun
    assert "IMDS999" not in {finding.rule.code for finding in report.findings}
    return max(taken, _MEASURABLE)


def grows(make: Callable[[int], Files], size: int) -> bool:
    """Whether twice the size takes too long in the fastest of three runs, and of three more on a machine that is busy."""
    few, many = [], []
    for run in range(6):
        few.append(seconds(make, size, run))
        many.append(seconds(make, 2 * size, run))
        if run >= 2 and min(many) < _MOST_GROWTH * min(few):
            return False
    return True


@pytest.mark.parametrize(
    ("make", "size"),
    [
        (resources, 200),
        (conditions, 200),
        (rows, 200),
        (names, 150),
        (outputs, 60),
        (configurations, 150),
        (choices, 150),
        (pairs, 100),
        (spoken, 600),
        (lambda size: {"t.yaml": loops(1, size)}, 400),
        (lambda size: {"t.yaml": loops(5, size)}, 20),
        (stacks, 10),
        (includes, 6),
        (aliases, 4),
    ],
    ids=[
        "resources",
        "conditions",
        "rows",
        "names",
        "outputs",
        "configurations",
        "choices",
        "pairs",
        "spoken",
        "turns",
        "loops",
        "stacks",
        "includes",
        "aliases",
    ],
)
def test_twice_as_much_takes_at_most_three_times_as_long(make: Callable[[int], Files], size: int) -> None:
    assert not grows(make, size)
