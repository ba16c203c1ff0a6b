"""The settings of a client: what each asks for, and what is told of one that means nothing."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("pygls")

from iac_imds_lint import rules
from iac_imds_lint.cli.commands import check
from iac_imds_lint.lsp.wishes import SETTINGS, Form, Read, Wishes, read

GOOD: dict[str, tuple[object, Wishes]] = {
    "nothing": (None, Wishes()),
    "an empty object": ({}, Wishes()),
    "under the name of the section": ({"iac-imds-lint": {"scripts": True}}, Wishes(scripts=True)),
    "nothing under the name of the section": ({"iac-imds-lint": None}, Wishes()),
    "null is not set": ({"configuration": None, "enable": None, "variables": None}, Wishes()),
    "all that there is": (
        {
            "enable": False,
            "configuration": "lint.toml",
            "select": ["IMDS001", "imds002"],
            "ignore": [" IMDS003 "],
            "variables": {"tokens": "optional"},
            "variableFiles": ["a.tfvars", "~/b.tfvars"],
            "parameters": {"Tokens": "required"},
            "parameterFiles": ["p.json"],
            "scripts": True,
        },
        Wishes(
            False,
            "lint.toml",
            ("IMDS001", "IMDS002"),
            ("IMDS003",),
            (("tokens", "optional"),),
            ("a.tfvars", "~/b.tfvars"),
            (("Tokens", "required"),),
            ("p.json",),
            True,
        ),
    ),
    "values that are no strings are expressions": (
        {"variables": {"n": 2, "on": True, "list": ["a", 1], "map": {"k": None}, "text": "true"}},
        Wishes(
            variables=(("n", "2"), ("on", "true"), ("list", '["a", 1]'), ("map", '{"k": null}'), ("text", "true")),
        ),
    ),
    "what the client keeps for itself": ({"path": ["uv", "run"], "trace": {"server": "off"}}, Wishes()),
}


@pytest.mark.parametrize("why", GOOD)
def test_what_settings_ask_for(why: str) -> None:
    content, wishes = GOOD[why]
    assert read(content, rules.CODES) == Read(wishes)


BAD: dict[str, tuple[object, Wishes, tuple[str, ...]]] = {
    "no object": ("on", Wishes(), ("The settings of iac-imds-lint must be an object, not a string.",)),
    "a list": ([], Wishes(), ("The settings of iac-imds-lint must be an object, not a list.",)),
    "a list under the name of the section": (
        {"iac-imds-lint": [1]},
        Wishes(),
        ("The settings of iac-imds-lint must be an object, not a list that holds a number.",),
    ),
    "a key that is not known, and the others count": (
        {"selct": ["IMDS001"], "scripts": True},
        Wishes(scripts=True),
        ("Setting iac-imds-lint.'selct' is not known (the nearest is 'select').",),
    ),
    "no switch": (
        {"enable": "no", "scripts": 1},
        Wishes(),
        (
            "Setting iac-imds-lint.enable must be true or false, not a string.",
            "Setting iac-imds-lint.scripts must be true or false, not a number.",
        ),
    ),
    "no path": (
        {"configuration": ["a"]},
        Wishes(),
        ("Setting iac-imds-lint.configuration must be a string, not a list.",),
    ),
    "no list": (
        {"variableFiles": "a.tfvars", "parameterFiles": ["p.json"]},
        Wishes(parameter_files=("p.json",)),
        ("Setting iac-imds-lint.variableFiles must be a list of strings, not a string.",),
    ),
    "a list of something else": (
        {"select": ["IMDS001", {}]},
        Wishes(),
        ("Setting iac-imds-lint.select must be a list of codes of rules, not a list that holds an object.",),
    ),
    "a code that there is not, and the others count": (
        {"ignore": ["IMDS01", "IMDS002"]},
        Wishes(ignore=("IMDS002",)),
        ("Setting iac-imds-lint.ignore: 'IMDS01' is no code; did you mean 'IMDS001'?",),
    ),
    "values that are none": (
        {"variables": ["a=b"], "parameters": {"P": None}},
        Wishes(),
        (
            "Setting iac-imds-lint.variables must be an object of names and values, not a list.",
            "Setting iac-imds-lint.parameters must be an object of names and values, not one in which 'P' is null.",
        ),
    ),
}


@pytest.mark.parametrize("why", BAD)
def test_what_means_nothing_is_told_and_the_rest_counts(why: str) -> None:
    content, wishes, told = BAD[why]
    assert read(content, rules.CODES) == Read(wishes, told)


def test_settings_stand_for_options_of_the_command() -> None:
    options: set[Any] = {name for option in check.params for name in option.opts}
    wanted = {setting.option for setting in SETTINGS if setting.option}
    assert wanted - options == set()
    assert [setting.name for setting in SETTINGS if not setting.option] == ["enable", "path", "trace"]


def test_each_setting_that_is_not_the_clients_own_fills_a_field() -> None:
    examples: dict[Form, object] = {
        Form.SWITCH: True,
        Form.PATH: "a",
        Form.PATHS: ["a"],
        Form.CODES: ["IMDS001"],
        Form.VALUES: {"a": "b"},
    }
    everything = {setting.name: examples[setting.form] for setting in SETTINGS if setting.form is not Form.CLIENTS}
    found = read(everything, rules.CODES)
    assert found.told == ()
    assert all(found.wishes), found.wishes
