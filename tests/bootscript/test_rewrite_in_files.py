"""Scripts that are rewritten where they stand in Terraform and CloudFormation, and run as these make them.

What they make is made here by means of its own, not by the readers whose places the edits come from.
"""

from __future__ import annotations

import ast
import json
import re
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from iac_imds_lint.edit import Edit
from iac_imds_lint.source import SourceFile
from tests.bootscript.running import run, skip_unless_possible
from tests.support import linted, texts_after

URL = "http://169.254.169.254/latest/meta-data"
INSTANCE = """\
resource "aws_instance" "web" {
  ami           = "ami-0123456789abcdef0"
  instance_type = "t3.micro"
  user_data     = %s
}
"""
TEMPLATE = """\
Resources:
  Web:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: ami-0123456789abcdef0
      UserData:
"""
PSEUDO = {"AWS::Region": "eu-west-1", "AWS::StackName": "web"}


class Case(NamedTuple):
    """Files, and how the script comes out of one of them; what it prints; whether the token is a line of its own."""

    why: str
    files: dict[str, str]
    made: Callable[[dict[str, str]], str]
    out: str
    lines: int = 1

    def __str__(self) -> str:
        return self.why


def heredoc(files: dict[str, str]) -> str:
    body = re.search(r"<<-?EOF\n(.*?)^ *EOF$", files["main.tf"], re.DOTALL | re.MULTILINE)
    assert body is not None
    return template(textwrap.dedent(body[1]))


def template(text: str) -> str:
    """A template of Terraform's with one variable, and without directives."""
    parts = re.split(r"(\$\$\{)", text)
    return "".join("${" if part == "$${" else re.sub(r"\$\{(?:var\.)?name\}", "web", part) for part in parts)


def quoted(files: dict[str, str]) -> str:
    written = re.search(r'user_data +=( "(?:\\.|[^"\\])*")', files["main.tf"])
    assert written is not None
    return template(str(ast.literal_eval(written[1].strip())))


def cloudformation(files: dict[str, str]) -> str:
    text = files["t.yaml"] if "t.yaml" in files else files["t.json"]
    return str(value(yaml.load(text, Loader)["Resources"]["Web"]["Properties"]["UserData"]))


class Loader(yaml.SafeLoader):
    """Reads the short forms of functions."""


def function(loader: Loader, name: str, node: yaml.Node) -> dict[str, Any]:
    read = loader.construct_sequence if isinstance(node, yaml.SequenceNode) else loader.construct_mapping
    content = loader.construct_scalar(node) if isinstance(node, yaml.ScalarNode) else read(node, deep=True)  # type: ignore[arg-type]
    return {name if name == "Ref" else f"Fn::{name}": content}


Loader.add_multi_constructor("!", function)


def value(node: Any) -> Any:
    match node:
        case {"Fn::Base64": inner}:
            return value(inner)
        case {"Fn::Sub": str() as text}:
            return re.sub(r"\$\{(!?)([^}]*)\}", lambda m: f"${{{m[2]}}}" if m[1] else PSEUDO[m[2]], text)
        case {"Fn::Join": [separator, parts]}:
            return separator.join(value(part) for part in parts)
        case {"Ref": name}:
            return PSEUDO[name]
        case _:
            return node


def yaml_template(user_data: str) -> dict[str, str]:
    return {"t.yaml": TEMPLATE + textwrap.indent(user_data, " " * 8)}


CASES = [
    Case(
        "a heredoc whose indentation is taken away",
        {
            "main.tf": 'variable "name" {\n  default = "web"\n}\n\n'
            + INSTANCE
            % f"""<<-EOF
    #!/bin/bash
    set -eu
    if true; then
      id=$(curl -s {URL}/instance-id)
      echo "${{var.name}}-$${{id}}"
    fi
  EOF"""
        },
        heredoc,
        "web-i-0123456789abcdef0\n",
    ),
    Case(
        "a heredoc with interpolation in the call itself",
        {
            "main.tf": 'variable "name" {\n  default = "web"\n}\n\n'
            + INSTANCE
            % f"""<<EOF
#!/bin/sh
echo "${{var.name}} $(curl -s -A "${{var.name}}" {URL}/mac)"
EOF"""
        },
        heredoc,
        "web 06:12:34:56:78:9a\n",
    ),
    Case(
        "a quoted string",
        {"main.tf": INSTANCE % rf'"#!/bin/bash\nID=$(curl -s \"{URL}/instance-id\")\necho \"$${{ID}}\"\n"'},
        quoted,
        "i-0123456789abcdef0\n",
    ),
    Case(
        "a template with a variable for its host",
        {
            "main.tf": INSTANCE % 'templatefile("${path.module}/boot.tftpl", { name = "web" })',
            "boot.tftpl": "#!/bin/bash\nHOST=http://169.254.169.254\n"
            'ZONE=$(curl -s "$${HOST}/latest/meta-data/placement/availability-zone")\necho "${name} in $${ZONE%?}"\n',
        },
        lambda files: template(files["boot.tftpl"]),
        "web in eu-west-1\n",
    ),
    Case(
        "a file",
        {
            "main.tf": INSTANCE % 'file("${path.module}/boot.sh")',
            "boot.sh": f"#!/bin/bash\nfor what in mac ami-id; do\n  curl -s {URL}/$what\n  echo\ndone\n",
        },
        lambda files: files["boot.sh"],
        "06:12:34:56:78:9a\nami-0123456789abcdef0\n",
    ),
    Case(
        "Fn::Sub of a block",
        yaml_template(
            f"""\
Fn::Base64: !Sub |
  #!/bin/bash -xe
  ID=$(curl -s {URL}/instance-id)
  echo "${{AWS::StackName}} ${{!ID}}"
"""
        ),
        cloudformation,
        "web i-0123456789abcdef0\n",
    ),
    Case(
        "a block without a function",
        yaml_template(
            f"""\
Fn::Base64: |
  #!/bin/bash
  echo `curl -s {URL}/instance-type`
"""
        ),
        cloudformation,
        "t3.micro\n",
    ),
    Case(
        "Fn::Join of lines",
        yaml_template(
            f"""\
Fn::Base64: !Join
  - ""
  - - "#!/bin/bash\\n"
    - "ip=$(curl -s {URL}/local-ipv4)\\n"
    - "echo "
    - !Ref AWS::Region
    - " $ip\\n"
"""
        ),
        cloudformation,
        "eu-west-1 10.0.1.23\n",
    ),
    Case(
        "Fn::Join of lines in JSON",
        {
            "t.json": json.dumps(
                {
                    "Resources": {
                        "Web": {
                            "Type": "AWS::EC2::Instance",
                            "Properties": {
                                "ImageId": "ami-0123456789abcdef0",
                                "UserData": {
                                    "Fn::Base64": {
                                        "Fn::Join": [
                                            "\n",
                                            ["#!/bin/bash", f'ID="$(curl -s {URL}/instance-id)"', 'echo "$ID"', ""],
                                        ]
                                    }
                                },
                            },
                        }
                    }
                },
                indent=2,
            )
        },
        cloudformation,
        "i-0123456789abcdef0\n",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_script_is_rewritten_where_it_stands(case: Case, tmp_path: Path) -> None:
    skip_unless_possible()
    before, after = case.made(case.files), case.made(texts_after(case.files))
    assert run(before, tmp_path / "before-optional", required=False).effects.out == case.out
    assert run(before, tmp_path / "before-required", required=True).effects.out != case.out
    assert after.count("\n") == before.count("\n") + case.lines
    for mode in (True, False):
        ran = run(after, tmp_path / f"after-{mode}", required=mode)
        assert (ran.effects.out, ran.effects.status, ran.token_requests, ran.refused) == (case.out, 0, 1, 0), ran.said


CONDITIONS = [
    (
        "the first call is in a condition, and another one is not",
        '    %{ if var.name != "" ~}\n    curl -s @/mac\n    %{ endif ~}\n    curl -s @/ami-id\n',
        True,
    ),
    (
        "the calls are in two conditions",
        "    %{ if true ~}\n    curl -s @/mac\n    %{ endif ~}\n    %{ if true ~}\n    curl -s @/mac\n    %{ endif ~}\n",
        True,
    ),
    (
        "all calls are in one condition",
        "    %{ if true ~}\n    curl -s @/mac\n    curl -s @/ami-id\n    %{ endif ~}\n",
        False,
    ),
    (
        "the first call is in none",
        '    curl -s @/ami-id\n    %{ for what in ["mac"] ~}\n    curl -s @/${what}\n    %{ endfor ~}\n',
        False,
    ),
]


@pytest.mark.parametrize(("why", "body", "is_draft"), CONDITIONS, ids=[case[0] for case in CONDITIONS])
def test_a_request_is_not_written_where_a_condition_leaves_it_out(why: str, body: str, is_draft: bool) -> None:
    body = body.replace("@", URL)
    files = {
        "main.tf": 'variable "name" {\n  default = "web"\n}\n' + INSTANCE % f"<<-EOF\n    #!/bin/bash\n{body}  EOF"
    }
    fixes = [one.fix for one in linted(files).findings if one.rule.code == "IMDS007"]
    assert [(fix is not None and bool(fix.edits), bool(fix and fix.by_hand)) for fix in fixes] == [
        (not is_draft, is_draft)
    ] * 2
    told = {step.message.partition(":")[0] for fix in fixes if fix for step in fix.by_hand}
    expected = "ask with a token (a condition of the template decides which calls there are)"
    assert told == ({expected} if is_draft else set())


def test_a_request_is_not_written_where_a_condition_of_a_template_leaves_it_out() -> None:
    files = {
        "t.yaml": "Conditions:\n  More: !Equals [!Ref AWS::Region, eu-west-1]\n"
        + yaml_template(
            f"""\
Fn::Base64: !Join
  - ""
  - - "#!/bin/bash\\n"
    - !If [More, "curl -s {URL}/mac\\n", ""]
    - "curl -s {URL}/ami-id\\n"
"""
        )["t.yaml"]
    }
    found = [one for one in linted(files).findings if one.rule.code == "IMDS007"]
    assert found
    assert all(one.fix is None or not one.fix.edits or "If [More" not in told(one.fix.edits[0], files) for one in found)


SHARED = f"curl -s {URL}/mac\n"
REQUEST = (
    '=$(curl -fsS -X PUT -H "X-aws-ec2-metadata-token-ttl-seconds: 21600" "http://169.254.169.254/latest/api/token")'
)
USER_DATA = 'user_data = templatefile("${path.module}/boot.tpl", { first = %s, last = file("${path.module}/last.sh") })'


def shared(first: str, other: str, more: str = "") -> dict[str, str]:
    """Two instances whose user data begin differently, and end with the same file."""
    body = 'resource "aws_instance" "%s" {\n  ami           = "ami-0"\n  instance_type = "t3.micro"\n  %s\n}\n'
    wholes = [body % (name, USER_DATA % text) for name, text in (("web", first), ("other", other))]
    return {
        "main.tf": "".join(wholes),
        "boot.tpl": "#!/bin/bash\n${first}\n${last}\n",
        "last.sh": SHARED,
        "first.sh": more,
    }


def test_a_file_that_several_scripts_run_asks_with_a_token_in_each_of_them() -> None:
    after = texts_after(shared('file("${path.module}/first.sh")', '"TOKEN=x"', f"curl -s {URL}/ami-id\n"))
    first = f'IMDS_TOKEN{REQUEST}\ncurl -H "X-aws-ec2-metadata-token: $IMDS_TOKEN" -s {URL}/ami-id\n'
    last = f'IMDS_TOKEN{REQUEST}\ncurl -H "X-aws-ec2-metadata-token: $IMDS_TOKEN" -s {URL}/mac\n'
    assert (after["first.sh"], after["last.sh"]) == (first, last), "one name that both scripts have free"


def test_what_two_scripts_want_otherwise_is_not_written() -> None:
    found = linted(shared('"set -e"', '"set -u"')).findings
    (one,) = (one for one in found if one.rule.code == "IMDS007")
    assert one.fix is None
    assert "other scripts have these calls as well" in (one.fix_unavailable or "")


def told(edit: Edit, files: dict[str, str]) -> str:
    """The line that an edit goes into."""
    source = SourceFile(edit.span.path, files[edit.span.path])
    return source.line(source.position(edit.span.start).row)
