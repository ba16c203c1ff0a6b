"""The menu under the cursor: what is in it, what is not and why, and what its entries do to the texts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pygls")

from lsprotocol import types
from pygls.protocol import default_converter

from iac_imds_lint.lsp.protocol import RequestFailed
from tests.editing import ABLE, PLAIN, UTF8, UTF16, UTF32, Editor
from tests.shell import tree

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
DEFAULT = 'Set the default of var.tokens to "required" (IMDS002)'
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
        "message": f'{message}\nto fix it: set http_tokens to "required"',
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
            f"{DEFAULT} (unsafe: others may use the default of var.tokens, though nothing else here does)",
            False,
        ),
        ('Pass tokens = "required" to module.web (IMDS002)', False),
        ('Set http_tokens to "required" on module.web.aws_instance.this itself (IMDS002)', False),
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
        "  max_size = 1\n"
        "  min_size = 1\n"
        "\n"
        "  launch_template {\n"
        "    id      = aws_launch_template.web.id\n"
        "    version = aws_launch_template.web.latest_version\n"
        "  }\n"
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
    insert = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}
    uri = editor.uri("main.tf")
    required = {"range": {"start": {"line": 5, "character": 20}, "end": {"line": 5, "character": 30}}}
    assert [(one["title"], one["edit"]) for one in found] == [
        (REQUIRE, {"changes": {uri: [{**required, "newText": '"required"'}]}}),
        (IGNORE, {"changes": {uri: [{"range": insert, "newText": "# iac-imds-lint: ignore[IMDS002]\n"}]}}),
        (FIX_FILE, {"changes": {uri: [{**required, "newText": '"required"'}]}}),
    ]


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
        "Fix IMDS005: decide it in the code: by a literal, a default or a variable file",
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
    weak = STRONG.replace('"required"', "module.config.tokens")
    files = {
        "live/main.tf": f'module "config" {{\n  source = "../config"\n}}\n\n{weak}',
        "config/main.tf": 'output "tokens" {\n  value = "optional"\n}\n',
    }
    edited(tmp_path, files)
    editor = Editor(tmp_path / "live")
    found = editor.asked("main.tf", editor.whole("main.tf"), ["quickfix"])
    assert titles(found) == [
        'Set the value in the output tokens to "required" (IMDS002): ../config/main.tf is not in the folder live',
        IGNORE,
    ]


def test_a_link_that_leads_out_of_the_folder_is_not_edited(tmp_path: Path) -> None:
    """The project is the repository, which the folder is a part of."""
    (tmp_path / ".git").mkdir()
    edited(tmp_path, {"shared.tf": WEAK, "live/empty.tf": ""})
    (tmp_path / "live" / "main.tf").symlink_to("../shared.tf")
    editor = Editor(tmp_path / "live")
    found = editor.asked("main.tf", editor.whole("main.tf"), ["quickfix"])
    assert f"{REQUIRE}: main.tf is not in the folder live" in titles(found)


def test_a_draft_is_called_one_and_tells_what_it_leaves_to_do_where_that_is_then(tmp_path: Path) -> None:
    name = "main.tf"
    editor = edited(
        tmp_path, {name: CONFIGURATION[name] + 'output "id" {\n  value = aws_launch_configuration.web.id\n}\n'}
    )
    action = editor.asked(name, editor.at(name, "aws_launch"), ["quickfix"])[0]
    assert (action.title, action.is_preferred) == (
        "Draft: migrate it to a launch template, with what launches from it (IMDS003) (1 step left to do by hand)",
        False,
    )
    resolved = editor.resolved(action)
    assert resolved.edit is not None
    editor.apply(resolved.edit)
    text = editor.text(name).text
    assert text.startswith('resource "aws_launch_template" "web" {\n')
    row = text[: text.index("aws_launch_template.web.id")].count("\n") + 1
    assert as_json(resolved.command) == {
        "title": "Tell what is left to do by hand",
        "command": "iac-imds-lint.showSteps",
        "arguments": [
            f"Left to do by hand: main.tf:{row}: this is a launch template's ID afterwards: look at what uses it"
        ],
    }


# What hides findings.

TEMPLATE = """Resources:
  Web:
    Type: AWS::EC2::Instance
    Properties:
      MetadataOptions:
        HttpTokens: optional
"""
TEMPLATE_JSON = """{
  "Resources": {
    "Web": {
      "Type": "AWS::EC2::Instance",
      "Properties": {"MetadataOptions": {"HttpTokens": "optional"}}
    }
  }
}
"""
NATIVE_JSON = """{
  "resource": {
    "aws_instance": {
      "web": {
        "metadata_options": {"http_endpoint": "enabled", "http_tokens": "optional"}
      }
    }
  }
}
"""


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        pytest.param("main.tf", WEAK, f"# iac-imds-lint: ignore[IMDS002]\n{WEAK}", id="a comment"),
        pytest.param(
            "main.tf",
            f"# iac-imds-lint: ignore[IMDS010]\n{WEAK}",
            f"# iac-imds-lint: ignore[IMDS010, IMDS002]\n{WEAK}",
            id="one more code in the comment that is there",
        ),
        pytest.param(
            "web.yaml",
            TEMPLATE,
            TEMPLATE.replace("        HttpT", "        # iac-imds-lint: ignore[IMDS002]\n        HttpT"),
            id="a comment in a template",
        ),
        pytest.param(
            "web.json",
            TEMPLATE_JSON,
            TEMPLATE_JSON.replace(
                '"optional"}}\n',
                '"optional"}},\n      "Metadata": {\n        "iac-imds-lint": {\n'
                '          "ignore": ["IMDS002"]\n        }\n      }\n',
            ),
            id="metadata in a template of JSON",
        ),
        pytest.param(
            "main.tf.json",
            NATIVE_JSON,
            NATIVE_JSON.replace('"web": {\n', '"web": {\n        "//": "iac-imds-lint: ignore[IMDS002]",\n'),
            id="a comment in JSON of Terraform",
        ),
    ],
)
def test_a_finding_is_ignored_where_it_is(tmp_path: Path, name: str, before: str, after: str) -> None:
    editor = edited(tmp_path, {name: before})
    editor.choose(
        entitled(
            editor.asked(name, editor.at(name, '"optional"' if "json" in name or name == "main.tf" else "optional")),
            IGNORE,
        )
    )
    assert editor.text(name).text == after
    assert [one for one in editor.page(name).report.findings if one.rule.code == "IMDS002"] == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param(
            f"# iac-imds-lint: ignore[IMDS002] once\n{STRONG}",
            ["Remove the comment (IMDS901)"],
            id="what ignores nothing is taken out, and not ignored in turn",
        ),
        pytest.param(
            'resource "aws_instance" "web" {\n  ami = [\n}\n',
            ["Fix IMDS900: what was meant is not known"],
            id="what cannot be read is to be mended",
        ),
    ],
)
def test_what_is_to_be_mended_is_not_hidden(tmp_path: Path, text: str, found: list[str]) -> None:
    editor = edited(tmp_path, {"main.tf": text})
    assert titles(editor.asked("main.tf", editor.whole("main.tf"), ["quickfix"])) == found


def test_where_a_reason_is_required_no_comment_is_written_without_one(tmp_path: Path) -> None:
    editor = edited(tmp_path, {"main.tf": WEAK, ".iac-imds-lint.toml": "require-reason = true\n"})
    found = editor.asked("main.tf", ON_IT, ["quickfix"])
    assert titles(found) == [
        REQUIRE,
        f"{IGNORE}: the configuration requires a reason: write the comment by hand",
    ]


# All that is safe.


def test_a_file_is_fixed_and_nothing_but_that_file(tmp_path: Path) -> None:
    other = 'resource "aws_instance" "other" {\n}\n'
    editor = edited(
        tmp_path,
        {**SHARED, "main.tf": SHARED["main.tf"] + WEAK + "\n" + WEAK.replace('"web"', '"b"'), "other.tf": other},
    )
    (action,) = editor.asked("main.tf", editor.at("main.tf", "source"), ["source.fixAll"])
    assert action.edit is not None, "it is asked for by itself, as on save: there is no second request"
    editor.apply(action.edit)
    fixed = SHARED["main.tf"] + STRONG + "\n" + STRONG.replace('"web"', '"b"')
    texts = {name: data.decode() for name, data in tree(tmp_path).items()}
    assert texts == {**SHARED, "main.tf": fixed, "other.tf": other}
    assert editor.asked("main.tf", editor.whole("main.tf"), ["source.fixAll"]) == []


@pytest.mark.parametrize(
    ("files", "name", "why"),
    [
        ({"main.tf": STRONG}, "main.tf", "there is nothing to fix"),
        (SHARED, "web/main.tf", "what there is to fix is not safe, and in another file"),
        (CONFIGURATION, "main.tf", "a migration is not safe"),
        ({"main.tf": UNDECIDED}, "main.tf", "there is no fix"),
        ({"main.tf": WEAK, "broken.tf": "resource {{{"}, "broken.tf", "what does not parse is not edited"),
        (
            {
                "main.tf": STRONG.replace('"required"', "local.tokens"),
                "locals.tf": 'locals {\n  tokens = "optional"\n}\n',
            },
            "main.tf",
            "the fix is safe, and in another file",
        ),
    ],
)
def test_nothing_is_answered_on_save_where_nothing_would_change(
    tmp_path: Path, files: dict[str, str], name: str, why: str
) -> None:
    editor = edited(tmp_path, files)
    assert editor.asked(name, editor.whole(name), ["source.fixAll"]) == [], why


# What has changed meanwhile.


def test_an_action_is_of_the_text_as_it_is_when_it_is_chosen(tmp_path: Path) -> None:
    editor = edited(tmp_path, {"main.tf": WEAK})
    editor.open("main.tf", version=1)
    action = entitled(editor.asked("main.tf", ON_IT), REQUIRE)
    editor.open("main.tf", f"{WEAK}# more\n", version=2)
    editor.choose(action)
    assert editor.text("main.tf").text == f"{STRONG}# more\n"


@pytest.mark.parametrize(
    ("now", "why"),
    [
        (f"# more\n{WEAK}", "the finding stands elsewhere"),
        (STRONG, "the finding is gone"),
        (WEAK.replace('"optional"', "var.tokens") + 'variable "tokens" {\n}\n', "another finding is there"),
        ("", "there is nothing left"),
    ],
)
def test_what_is_no_longer_offered_is_not_done(tmp_path: Path, now: str, why: str) -> None:
    editor = edited(tmp_path, {"main.tf": WEAK})
    editor.open("main.tf", version=1)
    for title in (REQUIRE, IGNORE):
        action = entitled(editor.asked("main.tf", ON_IT), title)
        editor.open("main.tf", now, version=2)
        with pytest.raises(RequestFailed, match="has changed since"):
            editor.resolved(action)
        editor.open("main.tf", WEAK, version=3)


def test_a_file_that_changed_on_disk_unseen_is_not_edited(tmp_path: Path) -> None:
    """No client told of it, and the edits are of another text."""
    editor = edited(tmp_path, CONFIGURATION)
    editor.open("main.tf", version=1)
    action = entitled(editor.asked("main.tf", editor.at("main.tf", "t3.micro")), MIGRATE)
    (tmp_path / "group.tf").write_text("\n" + CONFIGURATION["group.tf"])
    with pytest.raises(RequestFailed, match="has changed since"):
        editor.resolved(action)
    # It is read again for that, and what is asked then is of what is there.
    action = entitled(editor.asked("main.tf", editor.at("main.tf", "t3.micro")), MIGRATE)
    editor.choose(action)
    assert editor.text("group.tf").text.startswith('\nresource "aws_autoscaling_group" "web" {\n  max_size')


def test_an_action_of_somebody_elses_is_given_back_as_it_came(tmp_path: Path) -> None:
    editor = edited(tmp_path, {"main.tf": WEAK})
    for data in ({"uri": 1}, "text", 7, {"uri": "file:///x", "findings": []}):
        action = types.CodeAction("Something", data=data)
        assert editor.resolved(action) is action
        assert action.data == data


# How positions are counted.

FLOW = (
    'Resources: {Web: {Type: "AWS::EC2::Instance", Properties: {Tags: [{Key: "\U0001f680\u00e9", Value: "e\u0301"}], '
    "MetadataOptions: {HttpEndpoint: enabled, HttpTokens: optional}}}}\n"
)


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["no mark", "byte order mark"])
@pytest.mark.parametrize("is_open", [True, False], ids=["open", "on disk"])
@pytest.mark.parametrize("encoding", [UTF8, UTF16, UTF32], ids=str)
def test_characters_before_an_edit_are_counted_as_the_client_counts_them(
    tmp_path: Path, encoding: types.PositionEncodingKind, is_open: bool, mark: str, newline: str
) -> None:
    files = {
        "main.tf": mark + WEAK.replace("  ami", "  # \U0001f680\n  ami").replace("\n", newline),
        "web.yaml": mark + FLOW.replace("\n", newline),
    }
    editor = edited(tmp_path, files, encoding=encoding)
    for name in files if is_open else ():
        editor.open(name)
    for name in files:
        (action,) = editor.asked(name, editor.whole(name), ["source.fixAll"])
        editor.choose(action)
    assert {name: data.decode() for name, data in tree(tmp_path).items()} == {
        name: text.replace("optional", "required") for name, text in files.items()
    }
