"""Hover, code lenses and document links as a client gets them: whole answers of a real process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("lsprotocol")
pytest.importorskip("pygls")

from iac_imds_lint.lsp.lens import SHOW
from iac_imds_lint.lsp.links import tooltip
from iac_imds_lint.rules import RULES
from tests.lsp_client import replaced, serving, span, uri

MAIN = """\
resource "aws_launch_template" "web" {
  /* 😀 */ metadata_options {
    http_endpoint = "enabled"
    /* 😀 */ http_tokens = var.tokens # iac-imds-lint: ignore[IMDS777, IMDS007]
  }
}

resource "aws_autoscaling_group" "web" {
  launch_template {
    id      = aws_launch_template.web.id
    version = "1"
  }
}
"""
VARIABLES = 'variable "tokens" {\n  default = "optional"\n}\n'
FILES = {"main.tf": MAIN, "variables.tf": VARIABLES}
URLS = {rule.code: rule.url for rule in RULES}
HEAD = span((0, 0), (0, 36))
TITLE = "v1-allowed · used by 1: aws_autoscaling_group.web (version 1: not reached)"
LATEST = 'v1-allowed · used by 1: aws_autoscaling_group.web ("$Latest": next launches)'


def at(path: Path, line: int, character: int) -> dict[str, Any]:
    return {"textDocument": {"uri": uri(path)}, "position": {"line": line, "character": character}}


def of(path: Path) -> dict[str, Any]:
    return {"textDocument": {"uri": uri(path)}}


def plain(posture: str, decided: str, said: str, *lines: str) -> str:
    return "\n".join((posture, "", decided, "", f"- http_tokens is {said}", *(f"- {line}" for line in lines)))


USED = "used by aws_autoscaling_group.web (version 1: the next version does not reach it)"
OPTIONAL = plain(
    "v1-allowed: aws_launch_template.web answers IMDSv1",
    "Decided on the resource: tokens are optional.",
    '"optional": line 4 → the default of var.tokens (variables.tf:2)',
    USED,
    f"IMDS002 ({URLS['IMDS002']}) optional-http-tokens",
)
REQUIRED = plain(
    "v2-required: aws_launch_template.web requires IMDSv2",
    "Decided on the resource: tokens are required.",
    '"required": line 4 → the default of var.tokens (variables.tf:2)',
    USED,
)


def test_a_hover_follows_what_is_typed_elsewhere_and_counts_columns_as_the_client_does(tmp_path: Path) -> None:
    main, variables = tmp_path / "main.tf", tmp_path / "variables.tf"
    with serving(tmp_path, files=FILES) as client:
        client.open(main)
        client.open(variables)
        place = span((3, 27), (3, 37))
        told = client.request("textDocument/hover", at(main, 3, 27))
        assert told == {"contents": {"kind": "plaintext", "value": OPTIONAL}, "range": place}
        client.change(variables, replaced((1, 13), (1, 21), "required"))
        told = client.request("textDocument/hover", at(main, 3, 36))
        assert told == {"contents": {"kind": "plaintext", "value": REQUIRED}, "range": place}
        assert client.request("textDocument/hover", at(main, 3, 37)) is None


def test_a_client_that_shows_markdown_gets_it(tmp_path: Path) -> None:
    capabilities = {"textDocument": {"hover": {"contentFormat": ["markdown", "plaintext"]}}}
    with serving(tmp_path, files=FILES, capabilities=capabilities) as client:
        told = client.request("textDocument/hover", at(tmp_path / "variables.tf", 0, 3))
    assert told["contents"]["kind"] == "markdown"
    assert told["contents"]["value"].splitlines()[0] == "**v1-allowed**: `aws_launch_template.web` answers IMDSv1"
    assert told["range"] == span((0, 0), (0, 17))


def test_a_lens_is_a_title_for_a_client_that_knows_no_command(tmp_path: Path) -> None:
    with serving(tmp_path, files=FILES) as client:
        told = client.request("textDocument/codeLens", of(tmp_path / "main.tf"))
    assert told == [{"range": HEAD, "command": {"title": TITLE, "command": ""}}]


def test_a_lens_leads_to_the_users_where_the_client_can_show_them(tmp_path: Path) -> None:
    main = tmp_path / "main.tf"
    with serving(tmp_path, files=FILES, capabilities={"experimental": {"commands": [SHOW]}}) as client:
        told = client.request("textDocument/codeLens", of(main))
    user = {"uri": uri(main), "range": span((7, 0), (7, 38))}
    arguments = [uri(main), {"line": 0, "character": 0}, [user]]
    assert told == [{"range": HEAD, "command": {"title": TITLE, "command": SHOW, "arguments": arguments}}]


def test_a_client_is_told_to_ask_for_lenses_again_where_they_are_others(tmp_path: Path) -> None:
    main, group = tmp_path / "main.tf", tmp_path / "group.tf"
    split = MAIN.index('resource "aws_autoscaling_group"')
    files = {"main.tf": MAIN[:split], "group.tf": MAIN[split:], "variables.tf": VARIABLES}
    with serving(tmp_path, files=files, capabilities={"workspace": {"codeLens": {"refreshSupport": True}}}) as client:
        client.diagnostics(main)
        client.open(main)
        client.open(group)
        assert client.request("textDocument/codeLens", of(main))[0]["command"]["title"] == TITLE
        client.diagnostics(group, client.change(group, replaced((0, 0), (0, 0), "\n")))
        client.change(group, replaced((4, 15), (4, 16), "$Latest"))
        client.wait("workspace/codeLens/refresh")
        assert client.request("textDocument/codeLens", of(main))[0]["command"]["title"] == LATEST
        asked = [message["method"] for message in client.seen].count("workspace/codeLens/refresh")
    assert asked == 1


def test_codes_lead_to_their_pages(tmp_path: Path) -> None:
    main, toml = tmp_path / "main.tf", tmp_path / ".iac-imds-lint.toml"
    files = {**FILES, ".iac-imds-lint.toml": 'ignore = ["IMDS007"]\n'}
    shows = {"textDocument": {"documentLink": {"tooltipSupport": True}}}
    with serving(tmp_path, files=files, capabilities=shows) as client:
        told = client.request("textDocument/documentLink", of(main))
        configured = client.request("textDocument/documentLink", of(toml))
    link = {"target": URLS["IMDS007"], "tooltip": tooltip("IMDS007")}
    assert told == [{"range": span((3, 71), (3, 78)), **link}]
    assert configured == [{"range": span((0, 11), (0, 18)), **link}]


@pytest.mark.parametrize("method", ["textDocument/codeLens", "textDocument/documentLink"])
def test_a_file_outside_of_all_folders_shows_what_it_would_inside(tmp_path: Path, method: str) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    for directory in (inside, outside):
        directory.mkdir()
    for name, text in FILES.items():
        (outside / name).write_text(text)
    with serving(inside, files=FILES) as client:
        client.open(outside / "main.tf")
        told = client.request(method, of(outside / "main.tf"))
        assert told
        assert told == client.request(method, of(inside / "main.tf"))
