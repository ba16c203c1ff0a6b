"""What instances of a template boot with: what it says, where that stands, and what can be written into it."""

from __future__ import annotations

import base64
import gzip

import pytest

from iac_imds_lint.bootscript import formats
from iac_imds_lint.cloudformation import load as loading
from iac_imds_lint.edit import Edit, apply, joined
from iac_imds_lint.inputs import Inputs
from iac_imds_lint.script import Language, Part, Script, Unseen
from iac_imds_lint.source import SourceFile, Span
from iac_imds_lint.texts import STAND_IN, Splice
from tests.cloudformation.reading import instance, sources_of

MARK = "MARK"
HEAD = "Parameters:\n  Known: {Type: String, Default: v}\n  Open: {Type: String}\n  Odd: {Type: String, NoEcho: true, Default: hidden}\n"


def boot(text: str, address: str = "Web", path: str = "t.yaml") -> tuple[Script | Unseen, ...]:
    source = SourceFile(path, text)
    loaded = loading.load(source, sources_of(source), Inputs())
    assert isinstance(loaded, tuple), loaded
    return next(one.boot for template in loaded for one in template.resources if one.address == address)


def scripts(text: str, address: str = "Web", path: str = "t.yaml") -> list[Script]:
    return [one for one in boot(text, address, path) if isinstance(one, Script)]


def contents(text: str, address: str = "Web") -> list[str]:
    return [one.text.content for one in scripts(text, address)]


def unseen(text: str, address: str = "Web") -> list[tuple[str, str]]:
    """What is not seen: what is written there, and why."""
    return [(text[one.span.start : one.span.end], one.reason) for one in boot(text, address) if isinstance(one, Unseen)]


def user_data(written: str, rest: str = HEAD) -> str:
    return instance(f"UserData:\n  {written}", rest)


def spliced(text: str, splice: Splice | None) -> str:
    assert splice is not None
    edits = joined(Edit(one.span, one.content, one.says) for one in splice.all)
    return apply(SourceFile("t.yaml", text), edits).text


# What UserData is, and what an instance then sees of it.
SEEN = {
    "a literal": ("Fn::Base64: curl MARK", ["curl MARK"]),
    "a short form": ("!Base64 curl MARK", ["curl MARK"]),
    "a block": ("Fn::Base64: |\n    #!/bin/bash\n    curl MARK\n", ["#!/bin/bash\ncurl MARK\n"]),
    "Sub": ("Fn::Base64: !Sub 'a ${Known} MARK ${!b}'", ["a v MARK ${b}"]),
    "Sub, long": ("Fn::Base64:\n    Fn::Sub: 'a ${Known} MARK'", ["a v MARK"]),
    "Sub, of what is not known": ("!Base64 {'Fn::Sub': 'a ${Open}${AWS::Region} MARK'}", [f"a {STAND_IN * 2} MARK"]),
    "Sub, with variables": (
        "Fn::Base64:\n    Fn::Sub: ['${x} ${ y } MARK ${Known}', {x: 1, y: !Ref Known}]",
        ["1 v MARK v"],
    ),
    "Sub, a variable of its own that is not known": (
        "Fn::Base64:\n    Fn::Sub: ['${x} MARK', {x: !GetAtt A.b}]",
        [f"{STAND_IN} MARK"],
    ),
    "Sub, a name that is none": ("Fn::Base64: !Sub '${a b} MARK'", [f"{STAND_IN} MARK"]),
    "Sub, a dynamic reference": ("Fn::Base64: !Sub 'a {{resolve:ssm:b}} MARK'", [f"a {STAND_IN} MARK"]),
    "Join": (
        "Fn::Base64: !Join ['', ['#!/bin/bash\\n', !Ref Known, \"\\n\", 'curl MARK']]",
        ["#!/bin/bash\\nv\ncurl MARK"],
    ),
    "Join, with newlines": ('!Base64 {"Fn::Join": ["\\n", [a, !Sub "b ${Known}", MARK]]}', ["a\nb v\nMARK"]),
    "Join, what is not there has no delimiter": (
        "!Base64 {'Fn::Join': ['-', [a, !Ref AWS::NoValue, MARK]]}",
        ["a-MARK"],
    ),
    "Join in Join": (
        "Fn::Base64: !Join ['\n\n    ', [a, !Join [' ', [curl, !Join ['', [MARK, /b]]]]]]",
        ["a\ncurl MARK/b"],
    ),
    "a parameter": ("Fn::Base64: !Ref Script", ["curl MARK"]),
    "a mapping": ("Fn::Base64: !FindInMap [Scripts, a, b]", ["curl MARK"]),
    "Select": ("Fn::Base64: !Select [1, [a, curl MARK]]", ["curl MARK"]),
    "Split": ("Fn::Base64: !Select [1, !Split ['|', 'a|curl MARK']]", ["curl MARK"]),
    "no Base64": ("!Sub 'curl ${Known} MARK'", ["curl v MARK"]),
    "a number": ("!Base64 12", ["12"]),
    "an undecided condition": ("Fn::Base64: !If [C, curl MARK, curl b]", ["curl MARK", "curl b"]),
    "an undecided condition around": ("!If [C, !Base64 curl MARK, !Ref AWS::NoValue]", ["curl MARK"]),
    "an undecided condition within": (
        "Fn::Base64: !Join ['', [a, !If [C, MARK, b], !If [C, c, d]]]",
        ["aMARKc", "abd"],
    ),
    "an undecided condition in a variable": (
        "Fn::Base64:\n    Fn::Sub: ['${x} MARK', {x: !If [C, 1, 2]}]",
        ["1 MARK", "2 MARK"],
    ),
    "what the deployment chooses": ("!Base64 {Ref: Chosen}", ["curl MARK", "b"]),
}
REST = (
    HEAD
    + "  Script: {Type: String, Default: curl MARK}\n  Chosen: {Type: String, AllowedValues: [curl MARK, b]}\n"
    + "Mappings: {Scripts: {a: {b: curl MARK}}}\nConditions: {C: !Equals [!Ref Open, x]}\n"
)


@pytest.mark.parametrize("name", SEEN)
def test_what_an_instance_sees_of_its_user_data(name: str) -> None:
    written, expected = SEEN[name]
    text = user_data(written, REST)
    assert contents(text) == expected


@pytest.mark.parametrize(
    "name", [name for name in SEEN if name not in ("a number", "Split", "what the deployment chooses")]
)
def test_every_mark_is_found_where_it_stands(name: str) -> None:
    text = user_data(SEEN[name][0], REST)
    found = [one.text for one in scripts(text) if MARK in one.text.content]
    assert found
    for one in found:
        at = one.content.index(MARK)
        span = one.span(at, at + 4)
        assert text[span.start : span.end] == MARK


def test_what_a_split_gives_stands_where_the_whole_is() -> None:
    text = user_data(SEEN["Split"][0])
    (found,) = scripts(text)
    span = found.text.span(5, 9)
    assert text[span.start : span.end] == "!Select [1, !Split ['|', 'a|curl MARK']]"


def test_a_call_with_an_insertion_is_marked_as_it_is_written() -> None:
    text = user_data("Fn::Base64: !Sub 'id=$(curl http://${Known}/${x}) # ${!y}'\n", HEAD)
    (found,) = scripts(text)
    at, end = found.text.content.index("curl"), found.text.content.index(")")
    span = found.text.span(at, end)
    assert text[span.start : span.end] == "curl http://${Known}/${x}"


def test_more_conditions_than_can_be_told_apart_are_each_seen_in_both_ways() -> None:
    names = [f"C{number}" for number in range(12)]
    conditions = "".join(f"  {name}: !Equals [!Ref Open, {name}]\n" for name in names)
    items = ", ".join(f"!If [{name}, 'yes-{name} ', 'no-{name} ']" for name in names)
    found = contents(user_data(f"Fn::Base64: !Join ['', [{items}]]", f"{HEAD}Conditions:\n{conditions}"))
    assert len(found) <= 16
    told = {word for content in found for word in content.split()}
    # One parameter decides all of these: no two are true at once.
    assert told >= {f"no-{name}" for name in names}
    assert all(content.count("yes-") <= 1 for content in found)


def test_a_parameter_with_no_echo_is_not_shown() -> None:
    text = user_data("Fn::Base64: !Sub 'a ${Odd} b'")
    (found,) = scripts(text)
    assert found.text.content == f"a {STAND_IN} b"
    assert found.text.unknown(0, 20) == "parameter Odd, which has NoEcho, and is not shown"
    assert "hidden" not in found.text.content


# What UserData is of which nothing is seen, what of that is marked, and why.
NOT_SEEN = {
    "a parameter": ("Fn::Base64: !Ref Open", "!Ref Open", "parameter Open has no default"),
    "the whole of it": ("!Ref Open", "!Ref Open", "parameter Open has no default"),
    "only that": ("Fn::Base64: !Sub '${Open}'", "${Open}", "parameter Open has no default"),
    "an attribute": (
        "Fn::Base64: !GetAtt Maker.Script",
        "!GetAtt Maker.Script",
        "Maker is no resource of this template",
    ),
    "an import": (
        "Fn::Base64: !ImportValue x",
        "!ImportValue x",
        "export x of another stack is known at deployment only",
    ),
    "a macro": (
        "Fn::Base64: {Fn::Transform: {Name: M, Parameters: {}}}",
        "{Fn::Transform: {Name: M, Parameters: {}}}",
        "Fn::Transform has the macro M write it at deployment",
    ),
    "a hidden parameter": ("!Base64 {Ref: Odd}", "{Ref: Odd}", "parameter Odd, which has NoEcho, and is not shown"),
    "a file that rain embeds": (
        "!Base64 {'Fn::Sub': !Rain::Embed a.sh}",
        "{'Fn::Sub': !Rain::Embed a.sh}",
        "rain writes a.sh here before it is deployed",
    ),
    "a secret": (
        "!Base64 '{{resolve:secretsmanager:a}}'",
        "{{resolve:secretsmanager:a}}",
        "the secret a is read at deployment only",
    ),
    "a file of the Serverless Framework": (
        "Fn::Base64: ${file(a.sh)}",
        "${file(a.sh)}",
        "${file(a.sh)} is a variable of the Serverless Framework",
    ),
}


@pytest.mark.parametrize("name", NOT_SEEN)
def test_why_user_data_is_not_seen(name: str) -> None:
    written, marked, why = NOT_SEEN[name]
    text = user_data(written)
    assert contents(text) == []
    assert [reason.removesuffix(", unless the SAM transform makes it") for _, reason in unseen(text)] == [why]
    if name != "an attribute":
        assert [place for place, _ in unseen(text)] == [marked]


def parts(text: str) -> list[Part | Unseen]:
    return [one for script in scripts(text) for one in formats.parts(script)]


def test_base64_is_read() -> None:
    encoded = base64.b64encode(b"#!/bin/bash\ncurl x\n").decode()
    (part,) = parts(instance(f"UserData: {encoded}"))
    assert isinstance(part, Part)
    assert part.text.content == "#!/bin/bash\ncurl x\n"


def test_a_word_that_might_be_base64_is_text() -> None:
    (part,) = parts(instance("UserData: reboot"))
    assert isinstance(part, Part)
    assert part.text.content == "reboot"


def test_what_is_compressed_is_told() -> None:
    encoded = base64.b64encode(gzip.compress(b"#!/bin/bash\ncurl x\n")).decode()
    text = instance(f"UserData: {encoded}")
    at = text.index(encoded)
    assert parts(text) == [
        Unseen(Span("t.yaml", at, at + len(encoded)), "it is compressed with gzip, which is not read")
    ]


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        ("AWS::EC2::Instance", "UserData: !Base64 a"),
        ("AWS::EC2::LaunchTemplate", "LaunchTemplateData: {UserData: !Base64 a}"),
        ("AWS::AutoScaling::LaunchConfiguration", "UserData: !Base64 a"),
        ("AWS::EC2::SpotFleet", "SpotFleetRequestConfigData: {LaunchSpecifications: [{UserData: !Base64 a}]}"),
    ],
)
def test_every_type_that_has_user_data(kind: str, properties: str) -> None:
    assert contents(f"Resources:\n  Web:\n    Type: {kind}\n    Properties:\n      {properties}\n") == ["a"]


def test_no_user_data_is_no_script() -> None:
    assert boot(instance("ImageId: a")) == ()
    assert boot(instance("UserData: !Ref AWS::NoValue")) == ()
    assert boot(instance("UserData: !Base64 ''")) == ()


def init(config: str, properties: str = "ImageId: ami-1", kind: str = "AWS::EC2::Instance") -> str:
    lines = "".join(f"          {line}\n" for line in config.splitlines())
    body = f"    Properties:\n      {properties}\n" if properties else ""
    head = f"Resources:\n  Web:\n    Type: {kind}\n{body}    Metadata:\n      AWS::CloudFormation::Init:\n"
    return f"{head}        config:\n{lines}"


S, W, P, B = Language.SHELL, Language.POWERSHELL, Language.PYTHON, Language.BATCH

# What a config says, and what of it is run: its name, its language, what it says.
RUN = {
    "a command": ("commands:\n  a:\n    command: curl MARK", [("the command a", S, "curl MARK")]),
    "a command and its test": (
        "commands:\n  a: {command: 'curl MARK', test: test -e b}",
        [("the test of the command a", S, "test -e b"), ("the command a", S, "curl MARK")],
    ),
    "a command as a list": (
        "commands:\n  a:\n    command: [curl, -s, 'http://MARK', a b, 'it''s']",
        [("the command a", S, r"curl -s http://MARK 'a b' 'it'\''s'")],
    ),
    "a command that is put together": (
        "commands: {a: {command: !Join [' ', [curl, !Sub '${AWS::Region}', MARK]]}}",
        [("the command a", S, f"curl {STAND_IN} MARK")],
    ),
    "a command of Windows": (
        "commands: {a: {command: 'powershell.exe -File MARK'}}\nfiles: {'c:\\cfn\\a.ps1': {content: irm MARK}}",
        [("the command a", B, "powershell.exe -File MARK"), (r"c:\cfn\a.ps1", W, "irm MARK")],
    ),
    "a script": ("files:\n  /a.sh:\n    content: |\n      curl MARK\n", [("/a.sh", S, "curl MARK\n")]),
    "a script by its first line": (
        "files:\n  /a:\n    content: !Sub |\n      #!/usr/bin/env python3\n      MARK\n",
        [("/a", P, "#!/usr/bin/env python3\nMARK\n")],
    ),
    "a script by its mode": ("files: {/a: {mode: '000755', content: curl MARK}}", [("/a", S, "curl MARK")]),
    "a script by who runs it": (
        "commands: {a: {command: sh /a}}\nfiles: {/a: {content: curl MARK}}",
        [("the command a", S, "sh /a"), ("/a", S, "curl MARK")],
    ),
    "a script among words": (
        "commands: {a: {command: [sudo, bash, -c, curl MARK | a]}}",
        [("the command a", S, "curl MARK | a")],
    ),
    "a unit": (
        "files:\n  /etc/systemd/system/a.service:\n    content: |\n      [Service]\n      ExecStart=/bin/curl MARK\n",
        [("/etc/systemd/system/a.service", S, "/bin/curl MARK\n")],
    ),
    "a script by its mode, as YAML reads it": (
        "files: {/a: {mode: 000755, content: curl MARK}}",
        [("/a", S, "curl MARK")],
    ),
    "a hook": (
        "files:\n  /etc/cfn/hooks.d/a.conf:\n    content: |\n      [a]\n      action=/bin/curl MARK\n      runas=root\n",
        [("the action of /etc/cfn/hooks.d/a.conf", S, "/bin/curl MARK")],
    ),
    "no script: a configuration": ("files: {/etc/a.conf: {mode: '000600', content: curl MARK}}", []),
    "no script: an object": ("files: {/a.sh: {content: {curl: MARK}}}", []),
    "no script: a link": ("files: {/a.sh: {mode: '120755', content: /b/MARK}}", []),
    "nothing that is run": ("packages: {yum: {curl: []}}\nservices: {sysvinit: {a: {enabled: true}}}", []),
}


@pytest.mark.parametrize("name", RUN)
def test_what_cfn_init_runs(name: str) -> None:
    config, expected = RUN[name]
    text = init(config)
    said = [
        (
            one.what.removesuffix(" of AWS::CloudFormation::Init").removesuffix(" in AWS::CloudFormation::Init"),
            one.language,
            one.text.content,
        )
        for one in scripts(text)
    ]
    assert said == expected
    for one in scripts(text):
        at = one.text.content.find(MARK)
        span = one.text.span(at, at + 4)
        assert at < 0 or text[span.start : span.end] == MARK


def test_a_file_in_base64_is_read() -> None:
    encoded = base64.b64encode(b"curl x").decode()
    assert contents(init(f"files: {{/a.sh: {{encoding: base64, content: {encoded}}}}}")) == ["curl x"]


def test_a_script_that_is_fetched_is_told_and_an_archive_is_not() -> None:
    text = init("files:\n  /a.sh: {source: 'https://b/c'}\n  /d.tar.gz: {source: 'https://e/f', mode: '000755'}")
    assert unseen(text) == [
        ("https://b/c", "/a.sh in AWS::CloudFormation::Init is fetched from https://b/c when the instance boots")
    ]


def test_all_configs_are_read_and_config_sets_are_none() -> None:
    config = "{configSets: {default: [one]}, one: {commands: {a: {command: b}}}, two: {commands: {a: {command: c}}}}"
    assert contents(instance("", f"    Metadata: {{AWS::CloudFormation::Init: {config}}}\n")) == ["b", "c"]


CALLER = """\
Resources:
  Template:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData:
        UserData:
          Fn::Base64: !Sub |
            #!/bin/bash
            /opt/aws/bin/cfn-init -v --stack ${AWS::StackName} %s --region ${AWS::Region}
  Group:
    Type: AWS::AutoScaling::AutoScalingGroup
    Metadata: {AWS::CloudFormation::Init: {config: {commands: {a: {command: curl MARK}}}}}
    Properties: {LaunchTemplate: {LaunchTemplateId: !Ref Template, Version: 1}}
  Handle:
    Type: AWS::CloudFormation::WaitConditionHandle
    Metadata: {AWS::CloudFormation::Init: {config: {commands: {b: {command: wget MARK}}}}}
"""


@pytest.mark.parametrize(
    ("call", "runs", "group"),
    [
        ("--resource Group", ["curl MARK"], []),
        ("--resource=Group", ["curl MARK"], []),
        ("-r 'Group'", ["curl MARK"], []),
        ("\\\n              -r Group", ["curl MARK"], []),
        ("-r Handle", ["wget MARK"], ["curl MARK"]),
        ("-r Nothing", [], ["curl MARK"]),
        ("-r ${AWS::StackName}", [], ["curl MARK"]),
        ("; echo -r Group", [], ["curl MARK"]),
    ],
)
def test_whose_metadata_cfn_init_takes(call: str, runs: list[str], group: list[str]) -> None:
    text = CALLER.replace("%s", call)
    assert contents(text, "Template")[1:] == runs
    assert contents(text, "Group") == group


# A list that Fn::Join puts together, and what it is when a line is put before "curl".
INSERTED = {
    "YAML, without quotes, newlines between": (
        "!Base64\n  Fn::Join:\n    - \"\\n\"\n    - - '#!/bin/bash'\n      - curl MARK\n      - end\n",
        "T=$(a b)\nx\n",
        "      - T=$(a b)\n      - 'x'\n      - curl MARK\n",
    ),
    "YAML, what needs quotes": (
        "!Base64\n  Fn::Join:\n    - \"\\n\"\n    - - '#!/bin/bash'\n      - curl MARK\n",
        'T=$(a -H "b: c")\n',
        "      - 'T=$(a -H \"b: c\")'\n      - curl MARK\n",
    ),
    "YAML, each with its newline": (
        '!Base64\n  Fn::Join:\n    - \'\'\n    - - "#!/bin/bash\\n"\n      - "curl MARK\\n"\n',
        'T="a"\n',
        '      - "T=\\"a\\"\\n"\n      - "curl MARK\\n"\n',
    ),
    "YAML, in an item with Sub": (
        "!Base64\n  Fn::Join:\n    - \"\\n\"\n    - - '#!/bin/bash'\n      - !Sub 'curl MARK ${Known}'\n",
        "T=${x}\n",
        "      - 'T=${x}'\n      - !Sub 'curl MARK ${Known}'\n",
    ),
    "YAML, in a list of one line": (
        "!Base64 {'Fn::Join': [\"\\n\", ['#!/bin/bash', \"curl MARK\"]]}\n",
        "T=a\nU=b\n",
        '[\'#!/bin/bash\', "T=a", "U=b", "curl MARK"]',
    ),
    "JSON, each with its newline": (
        '{"Fn::Base64": {"Fn::Join": ["", [\n  "#!/bin/bash\\n",\n  "curl MARK\\n"\n]]}}\n',
        'T="a"\n',
        '\n  "#!/bin/bash\\n",\n  "T=\\"a\\"\\n",\n  "curl MARK\\n"\n',
    ),
    "a block is written into": (
        "!Base64\n  Fn::Join:\n    - ''\n    - - |\n        curl MARK\n      - end\n",
        "T=a\n",
        "    - - |\n        T=a\n        curl MARK\n",
    ),
}


@pytest.mark.parametrize("name", INSERTED)
def test_lines_are_put_before_a_line_as_items_of_the_list(name: str) -> None:
    written, new, expected = INSERTED[name]
    text = instance("UserData: " + written)
    (before,) = scripts(text)
    at = before.text.content.index("curl")
    after = spliced(text, before.text.splice(at, at, new))
    assert expected.replace("\n", "\n      ").rstrip(" ").lstrip("\n ") in after
    assert contents(after) == [before.text.content[:at] + new + before.text.content[at:]]


# What UserData is, what is written in place of MARK, and what it then is; None where it cannot be written there.
WRITTEN = {
    "Sub: what looks like an insertion": ("Fn::Base64: !Sub 'a MARK'", "${T} $T", "Fn::Base64: !Sub 'a ${!T} $T'"),
    "Sub, in a block": (
        "Fn::Base64: !Sub |\n    MARK\n",
        "T=${x%%.*}\nb",
        "Fn::Base64: !Sub |\n          T=${!x%%.*}\n          b\n",
    ),
    "no Sub": ("Fn::Base64: 'a MARK'", "${T}", "Fn::Base64: 'a ${T}'"),
    "a parameter": ("Fn::Base64: !Ref Script", "x", "Default: curl x"),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_what_is_written_is_spelt_for_its_function(name: str) -> None:
    written, new, expected = WRITTEN[name]
    text = user_data(written, REST)
    (before,) = scripts(text)
    at = before.text.content.index(MARK)
    after = spliced(text, before.text.splice(at, at + 4, new))
    assert expected in after
    assert contents(after) == [before.text.content.replace(MARK, new)]


def test_what_is_inserted_is_not_written_into() -> None:
    (found,) = scripts(user_data("Fn::Base64: !Sub 'a ${Known} b'"))
    assert found.text.splice(2, 3, "x") is None


def test_a_word_of_a_command_that_is_a_list_is_not_written_into() -> None:
    (found,) = scripts(init("commands: {a: {command: [curl, MARK]}}"))
    assert found.text.splice(4, 4, " -H a") is None


def test_what_an_included_file_writes_stands_in_that_file() -> None:
    parts = "UserData: !Base64 'curl MARK'\n"
    text = instance("Fn::Transform: {Name: AWS::Include, Parameters: {Location: part.yaml}}")
    source = SourceFile("t.yaml", text)
    sources = sources_of(source).with_changes([SourceFile("part.yaml", parts)])
    loaded = loading.load(source, sources, Inputs())
    assert isinstance(loaded, tuple), loaded
    (found,) = loaded[0].resources[0].boot
    assert isinstance(found, Script)
    span = found.text.span(5, 9)
    assert (span.path, parts[span.start : span.end]) == ("part.yaml", MARK)
