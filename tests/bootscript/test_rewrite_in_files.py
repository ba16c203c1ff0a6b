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

from tests.bootscript.running import run, skip_unless_possible
from tests.support import texts_after

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
    content = loader.construct_scalar(node) if isinstance(node, yaml.ScalarNode) else read(node, deep=True)  # type: ignore
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
