"""Sessions with the server, over the pipes of a real process: what a client is told, and what it is answered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pygls")

from iac_imds_lint.version import __version__
from tests.lsp_client import CAPABILITIES, Client, RefusedError, replaced, serving, span, uri, whole

_RULES = "https://github.com/iac-imds-lint/iac-imds-lint/blob/main/docs/rules"

_OPEN = 'resource "aws_instance" "web" {\n  ami = "ami-0"\n}\n'
_GIVEN = """\
variable "tokens" {}

resource "aws_instance" "web" {
  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = var.tokens
  }
}
"""
_DEFAULT = 'variable "tokens" {\n  default = "%s"\n}\n'
_USER = _GIVEN.split("\n", 2)[2]

_PULLS: dict[str, Any] = {
    **CAPABILITIES,
    "textDocument": {**CAPABILITIES["textDocument"], "diagnostic": {"relatedDocumentSupport": True}},
    "workspace": {**CAPABILITIES["workspace"], "diagnostics": {"refreshSupport": True}},
}
_WATCHES: dict[str, Any] = {
    **CAPABILITIES,
    "workspace": {**CAPABILITIES["workspace"], "didChangeWatchedFiles": {"dynamicRegistration": True}},
}


def _diagnostic(
    code: str, place: dict[str, Any], message: str, related: list[dict[str, Any]] | None = None, **more: object
) -> dict[str, Any]:
    return {
        "range": place,
        "severity": 1,
        "code": code,
        "codeDescription": {"href": f"{_RULES}/{code}.md"},
        "source": "iac-imds-lint",
        "message": message,
        **({"relatedInformation": related} if related else {}),
        **more,
    }


_MISSING = (
    "aws_instance.web answers IMDSv1: metadata_options is not set\n"
    "nothing at any level asks for IMDSv2\n"
    'to fix it: set http_endpoint to "enabled" and http_tokens to "required"'
)


def _missing(row: int = 0) -> dict[str, Any]:
    """What is said of _OPEN, so many rows down."""
    return _diagnostic("IMDS001", span((row, 0), (row, 29)), _MISSING)


def _told(client: Client, method: str) -> list[Any]:
    client.settle()
    return [message["params"] for message in client.seen if message["method"] == method]


# The beginning.


def test_what_is_advertised_is_what_there_is(tmp_path: Path) -> None:
    client = Client()
    try:
        answer = client.initialize(tmp_path, capabilities=_PULLS)
        assert client.shutdown() == 0
    finally:
        client.dispose()
    assert answer["serverInfo"] == {"name": "iac-imds-lint", "version": __version__}
    capabilities = answer["capabilities"]
    assert {name: capabilities[name] for name in ("positionEncoding", "textDocumentSync", "diagnosticProvider")} == {
        "positionEncoding": "utf-16",
        "textDocumentSync": {"openClose": True, "change": 2, "save": True},
        "diagnosticProvider": {
            "interFileDependencies": True,
            "workspaceDiagnostics": True,
            "identifier": "iac-imds-lint",
        },
    }
    assert capabilities["workspace"]["workspaceFolders"] == {"supported": True, "changeNotifications": True}


_WIDE = """\
resource "aws_instance" "web" {
  metadata_options {
    /* 😀 */ http_tokens = "optional"
  }
}
"""

# What is offered, what is chosen, and how many columns the two characters have then.
_ENCODINGS = [
    (["utf-8", "utf-16"], "utf-8", 4, 2, "the client's first"),
    (["utf-32", "utf-8", "utf-16"], "utf-32", 1, 1, "the client's first, again"),
    (["utf-16"], "utf-16", 2, 1, "what every client can"),
    (["utf-7", "utf-32"], "utf-32", 1, 1, "the first that there is"),
    (["utf-7"], "utf-16", 2, 1, "none that there is: what every client can"),
    ([], "utf-16", 2, 1, "none at all"),
    (None, "utf-16", 2, 1, "nothing is said"),
]


@pytest.mark.parametrize(("offered", "chosen", "face", "accent", "why"), _ENCODINGS)
def test_columns_are_counted_as_the_client_counts_them(
    tmp_path: Path, offered: list[str] | None, chosen: str, face: int, accent: int, why: str
) -> None:
    file = tmp_path / "main.tf"
    file.write_text(_WIDE)
    general = {} if offered is None else {"positionEncodings": offered}
    client = Client()
    try:
        answer = client.initialize(tmp_path, capabilities={**CAPABILITIES, "general": general})
        assert answer["capabilities"]["positionEncoding"] == chosen, why
        (found,) = client.diagnostics(file)
        assert found["range"] == span((2, 25 + face), (2, 35 + face)), why
        client.open(file)
        (found,) = client.diagnostics(file, client.change(file, replaced((2, 7 + face), (2, 8 + face), "é")))
        assert found["range"] == span((2, 24 + face + accent), (2, 34 + face + accent)), why
        assert client.shutdown() == 0
    finally:
        client.dispose()


_ROOTS: list[tuple[str, Callable[[Path], dict[str, Any]]]] = [
    ("a folder", lambda root: {"workspaceFolders": [{"uri": uri(root), "name": "x"}], "rootUri": None}),
    ("a root by its URI", lambda root: {"workspaceFolders": None, "rootUri": uri(root)}),
    ("a root by its path", lambda root: {"workspaceFolders": None, "rootUri": None, "rootPath": str(root)}),
    (
        "a folder before a root",
        lambda root: {"workspaceFolders": [{"uri": uri(root), "name": "x"}], "rootUri": "file:///no"},
    ),
]


@pytest.mark.parametrize("given", [row[1] for row in _ROOTS], ids=[row[0] for row in _ROOTS])
def test_the_workspace_however_it_is_said(tmp_path: Path, given: Callable[[Path], dict[str, Any]]) -> None:
    (tmp_path / "main.tf").write_text(_OPEN)
    client = Client()
    try:
        client.initialize(**given(tmp_path))
        assert client.diagnostics(tmp_path / "main.tf") == [_missing()]
        assert client.shutdown() == 0
    finally:
        client.dispose()


# Diagnostics that are sent.


def test_an_edit_moves_the_diagnostics_before_it_is_saved(tmp_path: Path) -> None:
    file = tmp_path / "main.tf"
    with serving(tmp_path, files={"main.tf": _OPEN}) as client:
        assert client.wait("textDocument/publishDiagnostics") == {"uri": uri(file), "diagnostics": [_missing()]}
        client.open(file)
        assert client.diagnostics(file, 1) == [_missing()]
        assert client.diagnostics(file, client.change(file, replaced((0, 0), (0, 0), "\n"))) == [_missing(1)]
        assert client.diagnostics(file, client.change(file, whole(""))) == []
        client.seen.clear()
        client.close(file)
        assert client.wait("textDocument/publishDiagnostics") == {"uri": uri(file), "diagnostics": [_missing()]}


def test_a_variable_in_one_unsaved_file_moves_the_diagnostics_of_another(tmp_path: Path) -> None:
    user, variables = tmp_path / "main.tf", tmp_path / "variables.tf"
    with serving(tmp_path, files={"main.tf": _USER, "variables.tf": _DEFAULT % "required"}) as client:
        client.open(variables)
        assert client.diagnostics(variables, 1) == []
        version = client.change(variables, whole(_DEFAULT % "optional"))
        assert client.diagnostics(variables, version) == []
        assert client.diagnostics(user) == [
            _diagnostic(
                "IMDS002",
                span((3, 20), (3, 30)),
                'aws_instance.web answers IMDSv1: http_tokens is "optional"\n'
                'to fix it: set the default of var.tokens to "required"',
                [
                    {
                        "location": {"uri": uri(variables), "range": span((1, 12), (1, 22))},
                        "message": "the default of var.tokens",
                    }
                ],
            )
        ]
        client.seen.clear()
        client.change(variables, whole(_DEFAULT % "required"))
        assert client.diagnostics(user) == []


def test_a_burst_of_edits_is_linted_for_its_last_text(tmp_path: Path) -> None:
    """Nothing is queued up: of a hundred edits most are told of by what is said of a later one."""
    file = tmp_path / "main.tf"
    with serving(tmp_path, files={"main.tf": _OPEN}, arguments=["--verbose"]) as client:
        client.open(file)
        client.diagnostics(file, 1)
        client.seen.clear()
        last = [client.change(file, replaced((0, 0), (0, 0), "\n")) for _ in range(100)][-1]
        assert client.diagnostics(file, last) == [_missing(100)]
        published = _told(client, "textDocument/publishDiagnostics")
        versions = [one["version"] for one in published]
        assert versions == sorted(versions)
        assert len(versions) < 50
        assert all(one["diagnostics"] == [_missing(one["version"] - 1)] for one in published)


def test_a_client_that_shows_no_places_and_tags_reads_of_them(tmp_path: Path) -> None:
    files = {"main.tf": _USER, "variables.tf": _DEFAULT % "optional"}
    with serving(tmp_path, files=files, capabilities={}) as client:
        (found,) = client.diagnostics(tmp_path / "main.tf")
    assert found == _diagnostic(
        "IMDS002",
        span((3, 20), (3, 30)),
        'aws_instance.web answers IMDSv1: http_tokens is "optional"\n'
        'to fix it: set the default of var.tokens to "required"\n'
        "variables.tf:2: the default of var.tokens",
    )


_TAGGED = """\
resource "aws_launch_configuration" "old" {
  metadata_options {
    http_tokens = "required"
  }
}

# iac-imds-lint: ignore[IMDS001]
resource "aws_ebs_volume" "disk" {}
"""


@pytest.mark.parametrize(
    ("known", "tags"), [([1, 2], {"IMDS003": [2], "IMDS004": [1], "IMDS901": [1]}), ([2], {"IMDS003": [2]}), (None, {})]
)
def test_what_is_old_or_of_no_use_is_shown_so(
    tmp_path: Path, known: list[int] | None, tags: dict[str, list[int]]
) -> None:
    support = {} if known is None else {"tagSupport": {"valueSet": known}}
    with serving(
        tmp_path, files={"main.tf": _TAGGED}, capabilities={"textDocument": {"publishDiagnostics": support}}
    ) as client:
        found = client.diagnostics(tmp_path / "main.tf")
    assert [one["code"] for one in found] == ["IMDS003", "IMDS004", "IMDS901"]
    assert {one["code"]: one["tags"] for one in found if "tags" in one} == tags


# Diagnostics that are asked for.


@pytest.fixture
def pulling(tmp_path: Path) -> Iterator[Client]:
    with serving(tmp_path, files={"main.tf": _OPEN}, capabilities=_PULLS) as client:
        yield client


def _pull(client: Client, path: Path, known: str | None = None) -> dict[str, Any]:
    given = {} if known is None else {"previousResultId": known}
    answer: dict[str, Any] = client.request("textDocument/diagnostic", {"textDocument": {"uri": uri(path)}, **given})
    return answer


def test_what_is_asked_for_is_not_sent_as_well(pulling: Client, tmp_path: Path) -> None:
    file = tmp_path / "main.tf"
    pulling.open(file)
    first = _pull(pulling, file)
    known = first.pop("resultId")
    assert first == {"kind": "full", "items": [_missing()]}
    assert _pull(pulling, file, known) == {"kind": "unchanged", "resultId": known}
    pulling.change(file, whole("\n" + _OPEN))
    second = _pull(pulling, file, known)
    assert second["items"] == [_missing(1)]
    pulling.change(file, whole(_OPEN))
    assert _pull(pulling, file, second["resultId"]) == {"kind": "full", "items": [_missing()], "resultId": known}
    assert _told(pulling, "textDocument/publishDiagnostics") == []


def test_a_file_of_no_folder_and_what_is_no_file_have_none(pulling: Client, tmp_path: Path) -> None:
    (tmp_path.parent / "outside.tf").write_text(_OPEN)
    for place in (uri(tmp_path.parent / "outside.tf"), "untitled:Untitled-1", uri(tmp_path / "no.tf")):
        answer = pulling.request("textDocument/diagnostic", {"textDocument": {"uri": place}})
        assert (answer["kind"], answer["items"]) == ("full", []), place


def test_the_workspace_is_asked_for_as_a_whole(pulling: Client, tmp_path: Path) -> None:
    here = uri(tmp_path / "main.tf")
    known = _pull(pulling, tmp_path / "main.tf")["resultId"]
    item = {"uri": here, "version": None, "kind": "full", "items": [_missing()], "resultId": known}
    assert pulling.request("workspace/diagnostic", {"previousResultIds": []}) == {"items": [item]}
    stale = [{"uri": here, "value": "no such"}, {"uri": "file:///gone.tf", "value": "x"}]
    clean = _pull(pulling, tmp_path / "clean.tf")["resultId"]
    gone = {"uri": "file:///gone.tf", "version": None, "kind": "full", "items": [], "resultId": clean}
    assert pulling.request("workspace/diagnostic", {"previousResultIds": stale}) == {"items": [item, gone]}
    some = [{"uri": here, "value": known}, {"uri": "file:///gone.tf", "value": "x"}]
    same = {"uri": here, "version": None, "kind": "unchanged", "resultId": known}
    assert pulling.request("workspace/diagnostic", {"previousResultIds": some}) == {"items": [same, gone]}


def test_who_knows_all_is_answered_when_there_is_something_new(pulling: Client, tmp_path: Path) -> None:
    file = tmp_path / "main.tf"
    pulling.open(file)
    known = [{"uri": uri(file), "value": _pull(pulling, file)["resultId"]}]
    waiting = pulling.ask("workspace/diagnostic", {"previousResultIds": known})
    _pull(pulling, file)
    pulling.change(file, whole(""))
    (item,) = pulling.answer(waiting)["items"]
    assert (item["uri"], item["version"], item["kind"], item["items"]) == (uri(file), 2, "full", [])


def test_the_client_is_told_to_ask_again_where_it_did_not_edit(tmp_path: Path) -> None:
    user, variables = tmp_path / "main.tf", tmp_path / "variables.tf"
    files = {"main.tf": _USER, "variables.tf": _DEFAULT % "required"}
    with serving(tmp_path, files=files, capabilities=_PULLS) as client:
        for path in (user, variables):
            client.open(path)
        assert _pull(client, user)["items"] == []
        client.change(user, whole("\n" + _USER))
        assert _pull(client, user)["items"] == []
        assert _told(client, "workspace/diagnostic/refresh") == []
        client.change(variables, whole(_DEFAULT % "optional"))
        client.wait("workspace/diagnostic/refresh")
        assert [one["code"] for one in _pull(client, user)["items"]] == ["IMDS002"]


# Folders and files.


def test_folders_come_and_go(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    two.mkdir()
    (two / "main.tf").write_text(_OPEN)
    with serving(one, files={"main.tf": _OPEN}) as client:
        client.diagnostics(one / "main.tf")
        folder = {"uri": uri(two), "name": "two"}
        client.notify("workspace/didChangeWorkspaceFolders", {"event": {"added": [folder], "removed": []}})
        assert client.diagnostics(two / "main.tf") == [_missing()]
        client.seen.clear()
        client.notify("workspace/didChangeWorkspaceFolders", {"event": {"added": [], "removed": [folder]}})
        assert client.diagnostics(two / "main.tf") == []
        assert [one["uri"] for one in _told(client, "textDocument/publishDiagnostics")] == [uri(two / "main.tf")]


def test_a_folder_in_a_folder_is_told_of_once(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "main.tf").write_text(_OPEN)
    with serving(tmp_path, inner, capabilities=_PULLS) as client:
        (item,) = client.request("workspace/diagnostic", {"previousResultIds": []})["items"]
        assert (item["uri"], item["items"]) == (uri(inner / "main.tf"), [_missing()])


def test_a_file_outside_of_the_workspace_is_linted_while_it_is_open(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside" / "main.tf"
    outside.parent.mkdir()
    outside.write_text(_OPEN)
    with serving(root, files={"main.tf": ""}) as client:
        client.open(outside)
        assert client.diagnostics(outside, 1) == [_missing()]
        client.seen.clear()
        client.close(outside)
        assert client.diagnostics(outside) == []


def test_no_workspace_at_all(tmp_path: Path) -> None:
    file = tmp_path / "main.tf"
    with serving() as client:
        client.open(file, _OPEN)
        assert client.diagnostics(file, 1) == [_missing()]


def test_a_client_that_watches_files_is_asked_to(tmp_path: Path) -> None:
    with serving(tmp_path, files={"main.tf": _OPEN}, capabilities=_WATCHES) as client:
        (registration,) = client.wait("client/registerCapability")["registrations"]
        assert registration["method"] == "workspace/didChangeWatchedFiles"
        assert registration["registerOptions"]["watchers"] == [{"globPattern": "**/*"}]


def test_a_client_that_can_tell_of_settings_is_asked_to(tmp_path: Path) -> None:
    told = {"workspace": {"didChangeConfiguration": {"dynamicRegistration": True}}}
    with serving(tmp_path, files={"main.tf": _OPEN}, capabilities=told) as client:
        assert client.wait("client/registerCapability")["registrations"] == [
            {
                "id": "configuration",
                "method": "workspace/didChangeConfiguration",
                "registerOptions": {"section": "iac-imds-lint"},
            }
        ]


def test_a_client_that_cannot_be_told_to_ask_again_is_told(tmp_path: Path) -> None:
    """Neovim 0.11 asks about the document that was changed, and no other: what it says of others would be out of date."""
    asks_only = {**_PULLS, "workspace": CAPABILITIES["workspace"]}
    client = Client()
    try:
        answer = client.initialize(tmp_path, capabilities=asks_only)
        assert "diagnosticProvider" not in answer["capabilities"]
        variables, user = tmp_path / "variables.tf", tmp_path / "main.tf"
        client.open(variables, _DEFAULT % "required")
        client.open(user, _USER)
        assert client.diagnostics(user) == []
        client.seen.clear()
        client.change(variables, whole(_DEFAULT % "optional"))
        assert [one["code"] for one in client.diagnostics(user)] == ["IMDS002"]
        assert client.shutdown() == 0
    finally:
        client.dispose()


def test_a_long_address_does_not_hide_the_reason(tmp_path: Path) -> None:
    """Beside the code an editor shows the beginning of the first line, and what is open there is in no doubt."""
    files = {
        "main.tf": 'module "platform" {\n  source = "./platform"\n}\n',
        "platform/main.tf": (
            'module "workers_for_everything" {\n  source = "../web"\n'
            '  for_each = toset(["eu-central-1-production"])\n}\n'
        ),
        "web/main.tf": _OPEN,
    }
    with serving(tmp_path, files=files) as client:
        (found,) = client.diagnostics(tmp_path / "web" / "main.tf")
    assert found["message"].split("\n")[:3] == [
        "aws_instance.web answers IMDSv1: metadata_options is not set",
        'in module.platform.module.workers_for_everything["eu-central-1-production"]',
        "nothing at any level asks for IMDSv2",
    ]


def test_a_client_that_only_asks_is_answered(tmp_path: Path) -> None:
    file = tmp_path / "main.tf"
    with serving(tmp_path, files={"main.tf": _OPEN}, capabilities={"textDocument": {"diagnostic": {}}}) as client:
        report = client.request("textDocument/diagnostic", {"textDocument": {"uri": uri(file)}})
        assert report["items"] == [_missing()]
        assert not _told(client, "textDocument/publishDiagnostics")


_EVENTS: list[tuple[str, str, Callable[[str, str], Any]]] = [
    (
        "watched",
        "workspace/didChangeWatchedFiles",
        lambda old, new: {"changes": [{"uri": old, "type": 3}, {"uri": new, "type": 1}]},
    ),
    ("renamed", "workspace/didRenameFiles", lambda old, new: {"files": [{"oldUri": old, "newUri": new}]}),
]


@pytest.mark.parametrize(("method", "params"), [row[1:] for row in _EVENTS], ids=[row[0] for row in _EVENTS])
def test_a_renamed_file_takes_its_diagnostics_along(
    tmp_path: Path, method: str, params: Callable[[str, str], Any]
) -> None:
    old, new = tmp_path / "main.tf", tmp_path / "other.tf"
    with serving(tmp_path, files={"main.tf": _OPEN}) as client:
        client.diagnostics(old)
        client.seen.clear()
        old.rename(new)
        client.notify(method, params(uri(old), uri(new)))
        assert client.diagnostics(old) == []
        assert client.diagnostics(new) == [_missing()]


def test_files_that_come_and_go_are_seen(tmp_path: Path) -> None:
    file = tmp_path / "main.tf"
    with serving(tmp_path, files={"other.tf": ""}) as client:
        file.write_text(_OPEN)
        client.notify("workspace/didCreateFiles", {"files": [{"uri": uri(file)}]})
        assert client.diagnostics(file) == [_missing()]
        client.seen.clear()
        file.unlink()
        client.notify("workspace/didDeleteFiles", {"files": [{"uri": uri(file)}]})
        assert client.diagnostics(file) == []


def test_a_saved_file_is_read_again(tmp_path: Path) -> None:
    """By a client that watches nothing: what it saves it tells."""
    file = tmp_path / ".iac-imds-lint.toml"
    with serving(tmp_path, files={"main.tf": _OPEN}) as client:
        client.diagnostics(tmp_path / "main.tf")
        client.seen.clear()
        client.save(file, 'ignore = ["IMDS001"]\n')
        assert client.diagnostics(tmp_path / "main.tf") == []


def test_settings_are_asked_for_and_heard(tmp_path: Path) -> None:
    capabilities = {**CAPABILITIES, "workspace": {"configuration": True, "workspaceFolders": True}}
    settings: dict[str, Any] = {"ignore": ["IMDS001"]}
    answers = {"workspace/configuration": lambda params: [settings for _ in params["items"]]}
    file = tmp_path / "main.tf"
    with serving(tmp_path, files={"main.tf": _OPEN}, capabilities=capabilities, answers=answers) as client:
        asked = client.wait("workspace/configuration")
        section = {"section": "iac-imds-lint"}
        assert asked == {"items": [section, {"scopeUri": uri(tmp_path), **section}]}
        client.open(file)
        assert client.diagnostics(file, 1) == []
        settings["ignore"] = []
        client.notify("workspace/didChangeConfiguration", {"settings": None})
        assert client.wait("textDocument/publishDiagnostics", after=len(client.seen))["diagnostics"] == [_missing()]


def test_settings_of_a_folder_that_is_added_are_asked_for(tmp_path: Path) -> None:
    """They may be its own: what counts for all folders may not count there."""
    one, two = tmp_path / "one", tmp_path / "two"
    capabilities = {**CAPABILITIES, "workspace": {"configuration": True, "workspaceFolders": True}}
    own = {uri(two): {"ignore": ["IMDS001"]}}
    answers = {"workspace/configuration": lambda params: [own.get(one.get("scopeUri")) for one in params["items"]]}
    two.mkdir()
    (two / "main.tf").write_text(_OPEN)
    with serving(one, files={"main.tf": _OPEN}, capabilities=capabilities, answers=answers) as client:
        assert client.diagnostics(one / "main.tf") == [_missing()]
        client.open(two / "main.tf")
        assert client.diagnostics(two / "main.tf", 1) == [_missing()]
        client.seen.clear()
        added = {"added": [{"uri": uri(two), "name": "two"}], "removed": []}
        client.notify("workspace/didChangeWorkspaceFolders", {"event": added})
        section = {"section": "iac-imds-lint"}
        asked = [section, *({"scopeUri": uri(folder), **section} for folder in (one, two))]
        assert client.wait("workspace/configuration") == {"items": asked}
        assert client.diagnostics(two / "main.tf", 1) == []


def test_settings_may_come_at_the_beginning_or_be_sent(tmp_path: Path) -> None:
    file = tmp_path / "main.tf"
    with serving(tmp_path, files={"main.tf": _OPEN}, options={"ignore": ["IMDS001"]}) as client:
        client.open(file)
        assert client.diagnostics(file, 1) == []
        client.seen.clear()
        client.notify("workspace/didChangeConfiguration", {"settings": {"iac-imds-lint": {"ignore": []}}})
        assert client.diagnostics(file) == [_missing()]


def test_what_is_wrong_in_the_configuration_is_shown_once(tmp_path: Path) -> None:
    file, configuration = tmp_path / "main.tf", tmp_path / ".iac-imds-lint.toml"
    with serving(tmp_path, files={"main.tf": _OPEN, ".iac-imds-lint.toml": 'ignroe = ["IMDS001"]\n'}) as client:
        client.open(file)
        assert client.diagnostics(file, 1) == [_missing()]
        client.diagnostics(file, client.change(file, whole("\n" + _OPEN)))
        (shown,) = _told(client, "window/showMessage")
        assert shown["type"] == 2
        assert shown["message"].startswith(f"{configuration}: ")
        (mistake,) = client.diagnostics(configuration)
        assert mistake["range"] == span((0, 0), (0, 20))
        assert (mistake["severity"], mistake["source"]) == (1, "iac-imds-lint")
        client.seen.clear()
        client.save(configuration, "")
        assert client.diagnostics(configuration) == []


# Work that takes long.


def _many(root: Path) -> None:
    for number in range(150):
        (root / f"m{number}").mkdir(parents=True)
        (root / f"m{number}" / "main.tf").write_text(_OPEN * 1)


_PROGRESS: dict[str, Any] = {**_PULLS, "window": {"workDoneProgress": True}}


def test_the_first_scan_shows_how_far_it_is(tmp_path: Path) -> None:
    _many(tmp_path)
    with serving(tmp_path, capabilities=_PROGRESS) as client:
        token = client.wait("window/workDoneProgress/create")["token"]
        _pull(client, tmp_path / "m0" / "main.tf")
        told = [one["value"] for one in _told(client, "$/progress") if one["token"] == token]
    begin, *reports, end = told
    assert {**begin, "percentage": 0} == {
        "kind": "begin",
        "title": f"Looking for IMDSv1 in {tmp_path.name}",
        "cancellable": True,
        "percentage": 0,
    }
    percentages = [begin["percentage"], *(one["percentage"] for one in reports)]
    assert percentages == sorted(set(percentages))
    assert end == {"kind": "end", "message": "150 findings"}


def test_the_first_scan_can_be_ended_by_the_user(tmp_path: Path) -> None:
    """What is not whole is not shown as if it were."""
    _many(tmp_path)
    file = tmp_path / "m0" / "main.tf"
    with serving(tmp_path, capabilities=_PROGRESS) as client:
        asked = client.ask("textDocument/diagnostic", {"textDocument": {"uri": uri(file)}})
        client.notify("window/workDoneProgress/cancel", client.wait("window/workDoneProgress/create"))
        with pytest.raises(RefusedError) as refused:
            client.answer(asked)
        assert refused.value.error == {
            "code": -32802,
            "message": "the run over the folder was ended by the user",
            "data": {"retriggerRequest": False},
        }
        told = f"The run over {tmp_path} was ended: nothing new is told of it before something changes."
        assert told in [one["message"] for one in _told(client, "window/logMessage")]
        client.open(file)
        assert _pull(client, file)["items"] == [_missing()]


def test_of_two_folders_the_one_that_is_not_ended_is_told_of(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    _many(one)
    two.mkdir()
    (two / "main.tf").write_text(_OPEN)
    with serving(one, two, capabilities={**CAPABILITIES, "window": {"workDoneProgress": True}}) as client:
        client.notify("window/workDoneProgress/cancel", client.wait("window/workDoneProgress/create"))
        assert client.diagnostics(two / "main.tf") == [_missing()]
        client.settle()
        told = {m["params"]["uri"] for m in client.seen if m["method"] == "textDocument/publishDiagnostics"}
        assert told == {uri(two / "main.tf")}, "what is not whole is not shown as if it were"


def test_requests_wait_for_the_first_scan_and_hold_up_nothing(tmp_path: Path) -> None:
    _many(tmp_path)
    with serving(tmp_path, capabilities=_PULLS) as client:
        first = client.ask("textDocument/diagnostic", {"textDocument": {"uri": uri(tmp_path / "m0" / "main.tf")}})
        second = client.ask("textDocument/diagnostic", {"textDocument": {"uri": uri(tmp_path / "m1" / "main.tf")}})
        client.cancel(first)
        with pytest.raises(RefusedError) as refused:
            client.answer(first)
        assert refused.value.code == -32800
        assert client.answer(second)["items"] == [_missing()]


def _unread(reason: str) -> dict[str, Any]:
    """What is said of a file that is not read."""
    return {"range": span((0, 0), (0, 0)), "severity": 1, "source": "iac-imds-lint", "message": reason}


def test_a_file_of_five_megabytes_is_lived_with(tmp_path: Path) -> None:
    """It is more than is read; what is said of it is said at its beginning, and all else goes on."""
    file, other = tmp_path / "huge" / "main.tf", tmp_path / "main.tf"
    text = _OPEN + "# é\u2028 and so on, and on\n" * 220_000
    with serving(tmp_path, files={"main.tf": _OPEN}) as client:
        client.open(file, text)
        assert client.diagnostics(file, 1) == [_unread("larger than 5 MB, not read")]
        version = client.change(file, replaced((100_000, 2), (100_000, 2), "x"))
        assert client.diagnostics(file, version) == [_unread("larger than 5 MB, not read")]
        client.open(other)
        assert client.diagnostics(other, client.change(other, whole("\n" + _OPEN))) == [_missing(1)]
        told = f"{file}: larger than 5 MB, not read"
        assert [one["message"] for one in _told(client, "window/logMessage")] == [told], "once"
        version = client.change(file, whole(_OPEN))
        assert client.diagnostics(file, version) == [_missing()], "it is read again"


def test_what_cannot_be_read_on_disk_is_in_the_log(tmp_path: Path) -> None:
    """Nobody has it open: it is no diagnostic of a text that nobody sees."""
    (tmp_path / "latin.tf").write_bytes(_OPEN.encode() + b"# \xe9\n")
    with serving(tmp_path, files={"main.tf": _OPEN}) as client:
        assert client.diagnostics(tmp_path / "main.tf") == [_missing()]
        (told,) = _told(client, "window/logMessage")
        assert told == {"type": 2, "message": f"{tmp_path / 'latin.tf'}: not UTF-8: byte 52 is 0xe9"}
        assert {one["uri"] for one in _told(client, "textDocument/publishDiagnostics")} == {uri(tmp_path / "main.tf")}


def test_a_file_that_is_opened_by_a_link_has_its_diagnostics_there(tmp_path: Path) -> None:
    real, linked = tmp_path / "real/main.tf", tmp_path / "link/main.tf"
    with serving(tmp_path, files={"real/main.tf": _OPEN}) as client:
        assert client.diagnostics(real) == [_missing()]
        (tmp_path / "link").symlink_to("real")
        client.seen.clear()
        client.open(linked)
        assert client.diagnostics(linked, 1) == [_missing()]
        assert client.diagnostics(real) == [], "it is told of once"
        assert client.diagnostics(linked, client.change(linked, whole("\n" + _OPEN))) == [_missing(1)]
        hover = {"textDocument": {"uri": uri(linked)}, "position": {"line": 1, "character": 12}}
        assert client.request("textDocument/hover", hover)["range"] == span((1, 0), (1, 29))
        client.seen.clear()
        client.open(real)
        assert client.diagnostics(real, 1) == [_missing()]
        assert client.diagnostics(linked) == [], "it is told of once here, too"
        client.close(linked)
        assert client.diagnostics(real, client.change(real, whole("\n\n" + _OPEN))) == [_missing(2)]


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there is no such device")
def test_a_device_is_no_configuration(tmp_path):
    with serving(tmp_path, files={"main.tf": _OPEN}, options={"configuration": "/dev/zero"}) as client:
        assert len(client.diagnostics(tmp_path / "main.tf")) == 1
        shown = client.wait("window/showMessage")["message"]
    assert shown == "/dev/zero: is no file; until it is mended, the defaults count."
