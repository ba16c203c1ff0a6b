"""What a client's settings ask of a folder: options of ``check``, by the names that they have in an editor."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from enum import Enum
from typing import Any, NamedTuple

from iac_imds_lint.nearest import nearest

SECTION = "iac-imds-lint"


class Form(Enum):
    """What the value of a setting is, in the words of JSON."""

    SWITCH = "true or false"
    PATH = "a string"
    PATHS = "a list of strings"
    CODES = "a list of codes of rules"
    VALUES = "an object of names and values"
    CLIENTS = "the client's own"


class Setting(NamedTuple):
    """A setting: its form, the option of ``check`` that it stands for, if there is one, and what it says."""

    name: str
    form: Form
    option: str
    says: str


# The settings of clients, and so those in the extension's package.json, are these.
SETTINGS = (
    Setting("enable", Form.SWITCH, "", "lint the folder"),
    Setting("configuration", Form.PATH, "--config", "the configuration file to use"),
    Setting("select", Form.CODES, "--select", "report only these rules"),
    Setting("ignore", Form.CODES, "--ignore", "leave these rules out"),
    Setting("variables", Form.VALUES, "--var", "values for root modules' variables"),
    Setting("variableFiles", Form.PATHS, "--var-file", "files of values for variables"),
    Setting("parameters", Form.VALUES, "--parameter", "values for templates' parameters"),
    Setting("parameterFiles", Form.PATHS, "--parameter-file", "files of values for parameters"),
    Setting("scripts", Form.SWITCH, "--scripts", "judge scripts that no resource runs as well"),
    Setting("path", Form.CLIENTS, "", "how the client starts the server"),
    Setting("trace", Form.CLIENTS, "", "what the client writes down of what is said"),
)


class Wishes(NamedTuple):
    """What a client asks for. Paths begin in the folder, or with ``~``."""

    enable: bool = True
    configuration: str = ""
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    variables: tuple[tuple[str, str], ...] = ()
    variable_files: tuple[str, ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()
    parameter_files: tuple[str, ...] = ()
    scripts: bool = False


class Read(NamedTuple):
    """What settings ask for, and what of them means nothing: a sentence each."""

    wishes: Wishes
    told: tuple[str, ...] = ()


def read(content: object, codes: Collection[str]) -> Read:
    """What settings ask for, which are JSON as a client sends it: all of them, or an object that has them under
    SECTION. What is null is not set; what means nothing does not count, and the others do.
    """
    if isinstance(content, Mapping) and set(content) == {SECTION}:
        content = content[SECTION]
    if content is None:
        return Read(Wishes())
    if not isinstance(content, Mapping):
        return Read(Wishes(), (f"The settings of {SECTION} must be an object, not {_kind(content)}.",))
    reading = _Reading(codes)
    for name, value in content.items():
        reading.take(name, value)
    return Read(Wishes(**reading.found), tuple(reading.told))


class _Reading:
    """The settings that were read so far, by the fields of Wishes."""

    def __init__(self, codes: Collection[str]) -> None:
        self.found: dict[str, Any] = {}
        self.told: list[str] = []
        self._codes = codes

    def take(self, name: object, value: object) -> None:
        """Read one setting."""
        setting = _BY_NAME.get(str(name))
        if setting is None:
            self._tell(f"{name!r}", f"is not known (the nearest is {nearest(str(name), _BY_NAME)!r})")
        elif value is not None and setting.form is not Form.CLIENTS:
            self._read(setting, value)

    def _read(self, setting: Setting, value: object) -> None:
        found = _READERS[setting.form](value)
        if found is None:
            self._tell(setting.name, f"must be {setting.form.value}, not {_kind(value)}")
            return
        self.found[_field(setting.name)] = self._known(setting, found) if setting.form is Form.CODES else found

    def _known(self, setting: Setting, given: tuple[str, ...]) -> tuple[str, ...]:
        """The codes that there are, in whatever case they are written."""
        codes = {code.casefold(): code for code in self._codes}
        for one in given:
            if one.strip().casefold() not in codes:
                self._tell(setting.name, f"{one!r} is no code; did you mean {nearest(one, self._codes)!r}?", ": ")
        return tuple(codes[one.strip().casefold()] for one in given if one.strip().casefold() in codes)

    def _tell(self, name: str, what: str, between: str = " ") -> None:
        self.told.append(f"Setting {SECTION}.{name}{between}{what}{'' if what.endswith('?') else '.'}")


def _switch(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _path(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _strings(value: object) -> tuple[str, ...] | None:
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        return None
    return tuple(value)


def _values(value: object) -> tuple[tuple[str, str], ...] | None:
    """Values as they would be written in a command: what is no string is an expression, as JSON writes it."""
    if not isinstance(value, Mapping) or any(one is None for one in value.values()):
        return None
    return tuple((str(name), one if isinstance(one, str) else json.dumps(one)) for name, one in value.items())


_READERS: Mapping[Form, Callable[[object], Any]] = {
    Form.SWITCH: _switch,
    Form.PATH: _path,
    Form.PATHS: _strings,
    Form.CODES: _strings,
    Form.VALUES: _values,
}

_BY_NAME = {setting.name: setting for setting in SETTINGS}

_KINDS = {
    type(None): "null",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    str: "a string",
    list: "a list",
    tuple: "a list",
}


def _kind(value: object) -> str:
    if isinstance(value, list | tuple):
        other = next((one for one in value if not isinstance(one, str)), None)
        return "a list" if other is None else f"a list that holds {_kind(other)}"
    if isinstance(value, Mapping):
        empty = next((name for name, one in value.items() if one is None), None)
        return "an object" if empty is None else f"one in which {str(empty)!r} is null"
    return _KINDS.get(type(value), "an object")


def _field(name: str) -> str:
    """The field of Wishes that a setting fills."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
