"""The menu under the cursor: what is in it, what is not and why, and what its entries do to the texts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pygls")

from lsprotocol import types
from pygls.protocol import default_converter

from tests.editing import ABLE, PLAIN, Editor

AUTOMATIC = types.CodeActionTriggerKind.Automatic
WEAK = """resource "aws_instance" "web" {
  ami = "ami-0123456789abcdef0"

  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = "optional"
  }
}
"""
STRONG = WEAK.replace('"optional"', '"required"')
IGNORE = "Ignore IMDS002 for this resource"
REQUIRE = 'Set http_tokens to "required" (IMDS002)'
FIX_FILE = "Fix all that is safe to fix in this file (iac-imds-lint)"
FIX_FOLDER = "Fix all that is safe to fix in this workspace folder (iac-imds-lint)"
SHARED = {
    "main.tf": """module "web" {
  source = "./web"
}
""",
    "web/main.tf": """resource "aws_instance" "this" {
  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = var.tokens
  }
}
""",
    "web/variables.tf": 'variable "tokens" {\n  default = "optional"\n}\n',
}


def edited(root: Path, files: Mapping[str, str], told: Mapping[str, Any] = ABLE, **given: Any) -> Editor:
    """An editor with files in its folder."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(text.encode())
    return Editor(root, told, **given)


def titles(actions: list[types.CodeAction]) -> list[str]:
    return [
        action.title if action.disabled is None else f"{action.title}: {action.disabled.reason}" for action in actions
    ]


def entitled(actions: list[types.CodeAction], title: str) -> types.CodeAction:
    (action,) = [one for one in actions if one.title == title]
    return action


def as_json(value: object) -> Any:
    return default_converter().unstructure(value)


# What is in the menu.


def test_the_whole_answer_under_a_weak_option(tmp_path: Path) -> None:
    editor = edited(tmp_path, {"main.tf": WEAK})
    answer = as_json(editor.asked("main.tf", editor.at("main.tf", '"optional"')))
    uri = editor.uri("main.tf")
    message = 'aws_instance.web answers IMDSv1: http_tokens is "optional"'
    shown = {
        "range": {"start": {"line": 5, "character": 20}, "end": {"line": 5, "character": 30}},
        "severity": 1,
        "code": "IMDS002",
        "source": "iac-imds-lint",
        "message": message,
    }
    for action in answer[:2]:
        (diagnostic,) = action["diagnostics"]
        assert {key: diagnostic[key] for key in shown} == shown
        del action["diagnostics"]
    place = ["IMDS002", WEAK.index('"optional"'), WEAK.index('"optional"') + 10, "aws_instance.web", message]
    assert answer == [
        {
            "title": REQUIRE,
            "kind": "quickfix",
            "isPreferred": True,
            "data": {"uri": uri, "title": REQUIRE, "findings": [place]},
        },
        {
            "title": IGNORE,
            "kind": "quickfix",
            "isPreferred": False,
            "data": {"uri": uri, "title": IGNORE, "findings": [place]},
        },
        {"title": FIX_FILE, "kind": "source.fixAll.iac-imds-lint", "data": {"uri": uri, "title": "", "findings": []}},
        {
            "title": FIX_FOLDER,
            "kind": "source.iac-imds-lint.fixWorkspace",
            "command": {"title": FIX_FOLDER, "command": "iac-imds-lint.fixWorkspace", "arguments": [uri]},
        },
    ]


def diagnostic(at: types.Range, code: str = "IMDS002", source: str | None = "iac-imds-lint") -> types.Diagnostic:
    return types.Diagnostic(at, "whatever it said", code=code, source=source)


def test_the_clients_own_diagnostic_is_what_an_action_names(tmp_path: Path) -> None:
    """It knows its diagnostics by what it was sent, not by what they would be now."""
    editor = edited(tmp_path, {"main.tf": WEAK})
    shown = diagnostic(editor.at("main.tf", '"optional"', 10))
    action = editor.asked("main.tf", editor.at("main.tf", '"optional"'), diagnostics=[shown])[0]
    assert action.diagnostics == [shown]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        pytest.param('"optional"', [REQUIRE, IGNORE], id="at its first character"),
        pytest.param('ptional"', [REQUIRE, IGNORE], id="in it"),
        pytest.param("\n  }\n", [REQUIRE, IGNORE], id="behind its last character"),
        pytest.param("http_tokens", [], id="before it on the line"),
        pytest.param("aws_instance", [], id="at the resource, which is not what is marked"),
        pytest.param("}\n", [], id="below it"),
    ],
)
def test_a_cursor_is_at_a_finding_or_it_is_not(tmp_path: Path, words: str, found: list[str]) -> None:
    editor = edited(tmp_path, {"main.tf": WEAK})
    assert titles(editor.asked("main.tf", editor.at("main.tf", words), trigger=AUTOMATIC)) == found


ON_IT = types.Range(types.Position(5, 20), types.Position(5, 30))
ELSEWHERE = types.Range(types.Position(1, 2), types.Position(1, 5))


@pytest.mark.parametrize(
    ("shown", "found"),
    [
        pytest.param(diagnostic(ON_IT), [REQUIRE, IGNORE], id="of its line: so a client asks that goes by lines"),
        pytest.param(diagnostic(ON_IT, source=None), [REQUIRE, IGNORE], id="one that does not say whose it is"),
        pytest.param(diagnostic(ELSEWHERE), [], id="of an earlier text, in which it stood elsewhere"),
        pytest.param(diagnostic(ON_IT, code="IMDS001"), [], id="of an earlier text, of another rule"),
        pytest.param(diagnostic(ON_IT, source="tflint"), [], id="another linter's"),
    ],
)
def test_what_a_client_shows_is_looked_for_in_the_report(
    tmp_path: Path, shown: types.Diagnostic, found: list[str]
) -> None:
    editor = edited(tmp_path, {"main.tf": WEAK})
    cursor = types.Range(types.Position(5, 0), types.Position(5, 0))
    assert titles(editor.asked("main.tf", cursor, diagnostics=[shown], trigger=AUTOMATIC)) == found


@pytest.mark.parametrize(
    ("only", "found"),
    [
        pytest.param(None, [REQUIRE, IGNORE, FIX_FILE, FIX_FOLDER], id="all"),
        pytest.param([""], [REQUIRE, IGNORE, FIX_FILE, FIX_FOLDER], id="the kind that all kinds are below"),
        pytest.param(["quickfix"], [REQUIRE, IGNORE], id="quick fixes"),
        pytest.param(["source"], [FIX_FILE, FIX_FOLDER], id="about files"),
        pytest.param(["source.fixAll"], [FIX_FILE], id="on save, of all tools: the file and never the folder"),
        pytest.param(["source.fixAll.iac-imds-lint"], [FIX_FILE], id="on save, of this tool"),
        pytest.param(["source.iac-imds-lint"], [FIX_FOLDER], id="of this tool"),
        pytest.param(["refactor"], [], id="there is nothing to rewrite"),
        pytest.param(["quick"], [], id="a part of a name is another name"),
        pytest.param(["quickfix.ours"], [], id="a kind below ours"),
        pytest.param(["source.fixAll.eslint"], [], id="another tool's"),
        pytest.param([], [], id="nothing"),
    ],
)
def test_kinds_are_hierarchies(tmp_path: Path, only: list[str] | None, found: list[str]) -> None:
    editor = edited(tmp_path, {"main.tf": WEAK})
    assert titles(editor.asked("main.tf", ON_IT, only)) == found


def test_a_file_without_findings_has_no_menu(tmp_path: Path) -> None:
    editor = edited(tmp_path, {"main.tf": STRONG})
    assert editor.asked("main.tf", editor.whole("main.tf")) == []


def test_a_client_that_takes_commands_only_is_sent_no_actions(tmp_path: Path) -> None:
    editor = edited(tmp_path, {"main.tf": WEAK}, {"textDocument": {"codeAction": {}}})
    assert editor.asked("main.tf", ON_IT) == []


def test_what_is_not_safe_says_why_and_is_never_preferred(tmp_path: Path) -> None:
    editor = edited(tmp_path, SHARED)
    found = editor.asked("web/main.tf", editor.at("web/main.tf", "var.tokens"), ["quickfix"])
    assert [(action.title, action.is_preferred) for action in found] == [
        (
            'Set the default of var.tokens to "required" (IMDS002) '
            "(unsafe: others may use the default of var.tokens, though nothing else here does)",
            False,
        ),
        ('Set http_tokens to "required" on module.web.aws_instance.this itself (IMDS002)', False),
        ('Pass tokens = "required" to module.web (IMDS002)', False),
        (IGNORE, False),
    ]


CONFIGURATION = {
    "main.tf": """resource "aws_launch_configuration" "web" {
  image_id      = "ami-0123456789abcdef0"
  instance_type = "t3.micro"

  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = "required"
  }
}
""",
    "group.tf": """resource "aws_autoscaling_group" "web" {
  launch_configuration = aws_launch_configuration.web.name
  max_size             = 1
  min_size             = 1
}
""",
}
MIGRATE = (
    "Migrate it to a launch template, with what launches from it (IMDS003) (unsafe: the launch configuration is "
    "destroyed and a template created; what runs stays until it is replaced)"
)


@pytest.mark.parametrize(
    ("words", "only", "kind"),
    [
        pytest.param('aws_launch_configuration" "web', None, "quickfix", id="at the finding"),
        pytest.param("t3.micro", None, "refactor.rewrite", id="in the resource"),
        pytest.param("t3.micro", ["refactor"], "refactor.rewrite", id="in the resource, what rewrites is asked for"),
        pytest.param("aws_launch", ["refactor"], "refactor.rewrite", id="at the finding, what rewrites is asked for"),
        pytest.param("t3.micro", ["quickfix"], None, id="in the resource, where there is no finding to fix"),
    ],
)
def test_a_launch_configuration_is_migrated_from_anywhere_in_it(
    tmp_path: Path, words: str, only: list[str] | None, kind: str | None
) -> None:
    editor = edited(tmp_path, CONFIGURATION)
    found = editor.asked("main.tf", editor.at("main.tf", words), only, trigger=AUTOMATIC)
    assert [action.kind for action in found if action.title == MIGRATE] == ([kind] if kind else [])


def test_a_migration_changes_all_files_at_their_versions_and_is_to_be_confirmed(tmp_path: Path) -> None:
    editor = edited(tmp_path, CONFIGURATION)
    editor.open("main.tf", version=4)
    action = editor.resolved(entitled(editor.asked("main.tf", editor.at("main.tf", "t3.micro")), MIGRATE))
    assert action.edit is not None
    found = as_json(action.edit)
    assert [one["textDocument"] for one in found["documentChanges"]] == [
        {"uri": editor.uri("group.tf"), "version": None},
        {"uri": editor.uri("main.tf"), "version": 4},
    ]
    assert {edit["annotationId"] for one in found["documentChanges"] for edit in one["edits"]} == {"unsafe"}
    assert found["changeAnnotations"] == {
        "unsafe": {
            "label": MIGRATE,
            "needsConfirmation": True,
            "description": "the launch configuration is destroyed and a template created; "
            "what runs stays until it is replaced",
        }
    }
    editor.apply(action.edit)
    assert editor.text("group.tf").text == (
        'resource "aws_autoscaling_group" "web" {\n'
        "  launch_template {\n"
        "    id      = aws_launch_template.web.id\n"
        "    version = aws_launch_template.web.latest_version\n"
        "  }\n"
        "  max_size = 1\n"
        "  min_size = 1\n"
        "}\n"
    )
    assert editor.text("main.tf").text.startswith('resource "aws_launch_template" "web" {\n')
    assert editor.asked("main.tf", editor.whole("main.tf")) == []


def test_what_is_not_safe_in_the_file_under_the_users_eyes_needs_no_second_look(tmp_path: Path) -> None:
    alone = {"main.tf": "".join(CONFIGURATION.values())}
    editor = edited(tmp_path, alone)
    action = editor.resolved(entitled(editor.asked("main.tf", editor.at("main.tf", "t3.micro")), MIGRATE))
    assert action.edit is not None
    assert action.edit.change_annotations is None


def test_a_client_that_asks_for_no_edits_has_them_at_once_and_in_the_plain_form(tmp_path: Path) -> None:
    editor = edited(tmp_path, {"main.tf": WEAK}, PLAIN)
    found = as_json(editor.asked("main.tf", ON_IT))
    end = {"line": 5, "character": 29}
    insert = {"start": {"line": 5, "character": 0}, "end": {"line": 5, "character": 0}}
    uri = editor.uri("main.tf")
    required = {"range": {"start": {"line": 5, "character": 20}, "end": {"line": 5, "character": 30}}}
    assert [(one["title"], one["edit"]) for one in found] == [
        (REQUIRE, {"changes": {uri: [{**required, "newText": '"required"'}]}}),
        (IGNORE, {"changes": {uri: [{"range": insert, "newText": "    # iac-imds-lint: ignore[IMDS002]\n"}]}}),
        (FIX_FILE, {"changes": {uri: [{**required, "newText": '"required"'}]}}),
    ]
    assert end["character"] < 30


# What cannot be done.

UNDECIDED = """variable "tokens" {
}

resource "aws_instance" "web" {
  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = upper(var.tokens)
  }
}
"""


def test_why_there_is_no_fix_is_shown_by_an_action_that_is_disabled(tmp_path: Path) -> None:
    editor = edited(tmp_path, {"main.tf": UNDECIDED})
    at = editor.at("main.tf", "upper(")
    found = editor.asked("main.tf", at, ["quickfix"])
    assert titles(found) == [
        "Fix IMDS005: the value is computed (upper(var.tokens)): say what it should be",
        "Ignore IMDS005 for this resource",
    ]


@pytest.mark.parametrize(
    ("told", "trigger"),
    [
        pytest.param(PLAIN, types.CodeActionTriggerKind.Invoked, id="a client that shows none"),
        pytest.param(ABLE, AUTOMATIC, id="nobody asked: the cursor moved"),
    ],
)
def test_why_there_is_no_fix_is_not_shown(
    tmp_path: Path, told: Mapping[str, Any], trigger: types.CodeActionTriggerKind
) -> None:
    editor = edited(tmp_path, {"main.tf": UNDECIDED}, told)
    found = editor.asked("main.tf", editor.at("main.tf", "upper("), ["quickfix"], trigger=trigger)
    assert titles(found) == ["Ignore IMDS005 for this resource"]


def test_what_is_not_proven_is_not_done_and_the_user_is_told_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = edited(tmp_path, {"main.tf": WEAK})
    action = entitled(editor.asked("main.tf", ON_IT), REQUIRE)
    monkeypatch.setattr("iac_imds_lint.fixer.unproven", lambda *_: "it says otherwise")
    resolved = editor.resolved(action)
    assert (resolved.edit, resolved.command, resolved.data) == (None, None, None)
    assert editor.messages == [f"{REQUIRE}: not done, the changed main.tf could not be proven: it says otherwise"]
    assert editor.asked("main.tf", ON_IT, ["source.fixAll"]) == []


def test_what_is_not_proven_is_not_in_the_menu_of_a_client_that_has_edits_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("iac_imds_lint.fixer.unproven", lambda *_: "it says otherwise")
    editor = edited(tmp_path, {"main.tf": WEAK}, PLAIN)
    assert titles(editor.asked("main.tf", ON_IT)) == [IGNORE]


def test_a_module_beyond_the_folder_is_not_edited(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    module = tmp_path / "modules" / "web"
    edited(module, {"main.tf": SHARED["web/main.tf"], "variables.tf": SHARED["web/variables.tf"]})
    editor = edited(tmp_path / "live", {"main.tf": 'module "web" {\n  source = "../modules/web"\n}\n'})
    report = editor.page("main.tf").report
    assert [finding.span.path for finding in report.findings] == ["../modules/web/main.tf"]
    editor.open("../modules/web/main.tf")
    found = editor.page("../modules/web/main.tf")
    assert found.report.findings


def test_a_draft_is_called_one_and_tells_what_it_leaves_to_do(tmp_path: Path) -> None:
    draft = CONFIGURATION["main.tf"].replace(
        't3.micro"\n', 't3.micro"\n  associate_public_ip_address = true\n  vpc_classic_link_id = "vpc-1"\n'
    )
    editor = edited(tmp_path, {**CONFIGURATION, "main.tf": draft})
    found = editor.asked("main.tf", editor.at("main.tf", "aws_launch"), ["quickfix"])
    print(titles(found))
    assert not found
