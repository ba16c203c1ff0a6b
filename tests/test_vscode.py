"""The extension of VS Code and the server say the same: settings, versions, which files, which packages."""

from __future__ import annotations

import json
import re
import runpy
from pathlib import Path

import pytest

from iac_imds_lint import discovery, rules
from iac_imds_lint.version import HOME, __version__

TOP = Path(__file__).resolve().parent.parent
EXTENSION = TOP / "editors" / "vscode"
PACKAGE = json.loads((EXTENSION / "package.json").read_text(encoding="utf-8"))
SETTINGS = PACKAGE["contributes"]["configuration"]["properties"]
DOCUMENTS = json.loads((EXTENSION / "src" / "documents.json").read_text(encoding="utf-8"))
PYPROJECT = (TOP / "pyproject.toml").read_text(encoding="utf-8")
PAGE = (TOP / "docs" / "editors" / "vscode.md").read_text(encoding="utf-8")


def source(name: str) -> str:
    return (EXTENSION / name).read_text(encoding="utf-8")


def test_the_version_is_that_of_the_server() -> None:
    lock = json.loads(source("package-lock.json"))
    assert [PACKAGE["version"], lock["version"], lock["packages"][""]["version"]] == [__version__] * 3


def test_it_is_at_home_where_the_server_is() -> None:
    assert PACKAGE["homepage"] == HOME
    assert PACKAGE["repository"]["url"] == f"{HOME}.git"
    assert PACKAGE["bugs"]["url"] == f"{HOME}/issues"


def test_the_licence_is_the_same() -> None:
    assert source("LICENSE") == (TOP / "LICENSE").read_text(encoding="utf-8")


def schemas() -> dict[str, dict[str, object]]:
    """The settings of the server with what they are in package.json, but for descriptions."""
    wishes = pytest.importorskip("iac_imds_lint.lsp.wishes")
    text = {"type": "string"}
    of = {
        wishes.Form.SWITCH: {"type": "boolean"},
        wishes.Form.PATH: {"type": "string"},
        wishes.Form.PATHS: {"type": "array", "items": text},
        wishes.Form.CODES: {"type": "array", "items": text},
        wishes.Form.VALUES: {
            "type": "object",
            "additionalProperties": {"type": ["string", "number", "boolean", "array", "object"]},
        },
    }
    return {setting.name: of[setting.form] for setting in wishes.SETTINGS if setting.form in of}


def test_the_settings_are_those_of_the_server() -> None:
    own = {"path", "trace.server"}
    told = ("default", "scope", "markdownDescription")
    named = {name.removeprefix("iac-imds-lint."): setting for name, setting in SETTINGS.items()}
    plain = {name: {key: value for key, value in setting.items() if key not in told} for name, setting in named.items()}
    assert {name: setting for name, setting in plain.items() if name not in own} == schemas()
    assert own < named.keys()
    assert {setting["scope"] for name, setting in named.items() if name not in own} == {"resource"}


def test_the_server_takes_the_defaults_as_not_set() -> None:
    wishes = pytest.importorskip("iac_imds_lint.lsp.wishes")
    defaults = {name.removeprefix("iac-imds-lint."): setting["default"] for name, setting in SETTINGS.items()}
    sent = {name: value for name, value in defaults.items() if "." not in name} | {"trace": {"server": "off"}}
    assert wishes.read(sent, rules.CODES) == wishes.Read(wishes.Wishes())


def test_the_page_has_each_setting_with_its_default() -> None:
    rows = re.findall(r"^\| `(iac-imds-lint\.[\w.]+)` \| [^|]* \| `([^`]*)` \|", PAGE, re.MULTILINE)
    assert {name: json.loads(default) for name, default in rows} == {
        name: setting["default"] for name, setting in SETTINGS.items()
    }


def test_the_page_has_each_command() -> None:
    titles = [f"{command['category']}: {command['title']}" for command in PACKAGE["contributes"]["commands"]]
    assert sorted(re.findall(r"^\| `(iac-imds-lint: [^`]*)` \|", PAGE, re.MULTILINE)) == sorted(titles)


def test_each_command_is_registered_by_the_extension_or_the_server() -> None:
    registered = set(re.findall(r"registerCommand\(`\$\{SECTION\}\.(\w+)`", source("src/extension.ts")))
    named = {command["command"].removeprefix("iac-imds-lint.") for command in PACKAGE["contributes"]["commands"]}
    assert named - registered == {"fixWorkspace"}, "which the client registers when the server says that it has it"
    assert registered - named == {"showReferences"}, "which only a code lens can call"


def test_all_that_is_linted_is_sent() -> None:
    assert set(discovery._SUFFIXES) <= set(DOCUMENTS["suffixes"])
    assert {".tfvars", ".sh", ".tftpl"} <= set(DOCUMENTS["suffixes"]), "what is read for it, too"


def test_it_begins_with_what_may_be_linted_and_with_no_script() -> None:
    events = PACKAGE["activationEvents"]
    languages = [event.removeprefix("onLanguage:") for event in events if event.startswith("onLanguage:")]
    scripts = ["cloudformation", "shellscript", "powershell"]
    assert sorted([*languages, *scripts]) == sorted(DOCUMENTS["languages"])
    contained = [
        event.removeprefix("workspaceContains:") for event in events if event not in map(on_language, languages)
    ]
    assert contained == ["**/*.tf", "**/*.tofu", ".iac-imds-lint.toml"]


def on_language(language: str) -> str:
    return f"onLanguage:{language}"


def test_no_program_of_an_untrusted_workspace_is_named() -> None:
    untrusted = PACKAGE["capabilities"]["untrustedWorkspaces"]
    assert (untrusted["supported"], untrusted["restrictedConfigurations"]) == ("limited", ["iac-imds-lint.path"])


def test_the_oldest_server_that_it_takes_is_no_newer_than_this_one() -> None:
    oldest = re.search(r'OLDEST = "([\d.]+)"', source("src/verification.ts"))
    assert oldest is not None
    assert numbers(oldest[1]) <= numbers(__version__)


def numbers(version: str) -> list[int]:
    return [int(number) for number in version.split(".")]


def test_it_carries_what_the_server_depends_on_in_versions_that_it_takes() -> None:
    blocks = re.findall(r"^(?:dependencies|lsp) = \[(.*?)\]$", PYPROJECT, re.MULTILINE | re.DOTALL)
    needed = re.findall(r'"([\w-]+)>=([\d.]+)', "".join(blocks))
    assert "pygls" in dict(needed)
    pinned = dict(re.findall(r"^([\w-]+)==([\d.]+)", source("requirements.txt"), re.MULTILINE))
    for name, least in needed:
        assert numbers(pinned[name.lower()]) >= numbers(least), name


def test_it_carries_the_server_for_every_python_that_the_package_is_for() -> None:
    versions = re.findall(r'"Programming Language :: Python :: (3\.\d+)"', PYPROJECT)
    assert runpy.run_path(str(EXTENSION / "scripts" / "bundle.py"))["PYTHONS"] == tuple(versions)


def test_packages_are_locked_to_the_public_registry() -> None:
    packages = json.loads(source("package-lock.json"))["packages"]
    strange = [
        name
        for name, one in packages.items()
        if name and not (one["resolved"].startswith("https://registry.npmjs.org/") and one["integrity"])
    ]
    assert strange == []
    assert "ignore-scripts=true" in source(".npmrc").splitlines()
    assert re.findall(r"https?:|^-", source("requirements.txt"), re.MULTILINE) == []
