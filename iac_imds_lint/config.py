"""What a configuration file may say, and where it is found."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import Enum
from operator import attrgetter
from typing import Any, NamedTuple

from iac_imds_lint.errors import ConfigurationError
from iac_imds_lint.nearest import nearest, no_such

_OWN_FILE = ".iac-imds-lint.toml"
_SHARED_FILE = "pyproject.toml"
_NAME = "iac-imds-lint"

# What a configuration file is called: the first of them that a directory holds counts there.
FILES = (_OWN_FILE, _SHARED_FILE)

_SEVERITIES = ("error", "warning")

_KINDS = {
    str: "a string",
    bool: "a boolean",
    int: "an integer",
    float: "a float",
    list: "a list",
    dict: "a table",
}


class Known(NamedTuple):
    """The words that mean something in this version."""

    codes: Collection[str]
    formats: Collection[str]
    account_defaults: Collection[str]
    tools: Collection[str] = ()


class Form(Enum):
    """What the value of a key is, in the words of TOML."""

    WORD = "a string"
    WORDS = "a list of strings"
    SWITCH = "a boolean"
    CODES_BY_PATTERN = "a table of lists of strings"


class Key(NamedTuple):
    """A key of the configuration: its form, the words that it takes (all, where there are none), what it says and how
    it is written.
    """

    name: str
    form: Form
    says: str
    example: str
    words: Callable[[Known], Collection[str]] | None = None

    @property
    def field(self) -> str:
        """The field of Settings that it fills."""
        return self.name.replace("-", "_")


# docs/configuration.md is made of these.
KEYS = (
    Key(
        "select",
        Form.WORDS,
        "report only these rules; every rule, where there are none",
        '["IMDS001", "IMDS002"]',
        attrgetter("codes"),
    ),
    Key("ignore", Form.WORDS, "leave these rules out", '["IMDS003"]', attrgetter("codes")),
    Key("exclude", Form.WORDS, "patterns as in `.gitignore`, from where this file stands", '["examples/"]'),
    Key("fail-on", Form.WORD, "the least severity that fails", '"error"', lambda _: _SEVERITIES),
    Key("output-format", Form.WORD, "how findings are printed", '"concise"', attrgetter("formats")),
    Key("account-default", Form.WORD, "what the account says of tokens", '"required"', attrgetter("account_defaults")),
    Key("scripts", Form.SWITCH, "judge scripts that no resource runs as well", "true"),
    Key(
        "per-path-ignores",
        Form.CODES_BY_PATTERN,
        "leave rules out in the files that a pattern matches, as in `.gitignore`, from where this file stands",
        '{"legacy/" = ["IMDS003"]}',
        attrgetter("codes"),
    ),
    Key("require-reason", Form.SWITCH, "a suppression without a reason is IMDS901", "true"),
    Key(
        "baseline", Form.WORD, "the findings to leave out, as `--baseline`; from where this file stands", '"imds.json"'
    ),
    Key("honour", Form.WORDS, "the tools whose suppressions count here as well", '["checkov"]', attrgetter("tools")),
)


@dataclass(frozen=True)
class Settings:
    """What the user wants.

    ``select`` and ``ignore`` are rule codes, and an empty ``select`` is every rule that is on by default. ``exclude``
    are patterns as in a ``.gitignore`` that stands in ``root``, and so are those of ``per_path_ignores``, each with the
    codes that it leaves out. Findings of ``fail_on`` and worse fail the run. ``account_default`` is what the account
    says of tokens where the code does not; empty where nobody says. ``scripts`` asks for scripts that no resource runs.
    ``require_reason`` asks suppressions for a reason, ``honour`` are the tools whose suppressions count, and
    ``baseline`` is the file of findings to leave out, from ``root``. All of this stands in ``file``, which is empty
    where there is none.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    fail_on: str = "warning"
    output_format: str = "full"
    account_default: str = ""
    scripts: bool = False
    per_path_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    require_reason: bool = False
    baseline: str = ""
    honour: tuple[str, ...] = ()
    root: str = os.curdir
    file: str = field(default="", compare=False)


def load(known: Known, directory: str = os.curdir, file: str | None = None) -> Settings:
    """The settings in ``file``, else those in the nearest configuration file from ``directory`` upward.

    Raises ConfigurationError, which names file and key, where there is anything in it that means nothing.
    """
    found = _named(file) if file is not None else _upward(os.path.abspath(directory))
    if found is None:
        return Settings()
    return found.settings(known)


def says_something(path: str) -> bool:
    """Whether there is a configuration of ours at ``path``, one of FILES; what cannot be read is none."""
    try:
        data = _read(path)
        if data is None or os.path.basename(path) != _SHARED_FILE:
            return data is not None
        return _NAME.encode() in data and _shared(path, _parsed(path, data)) is not None
    except ConfigurationError:
        return False


class _Table(NamedTuple):
    """The options of one file, unread."""

    path: str
    options: Mapping[str, object]

    def settings(self, known: Known) -> Settings:
        """The options, each read as what it is."""
        keys = {key.name: key for key in KEYS}
        for name in self.options:
            if name not in keys:
                raise self._unknown("key", name, keys)
        given = {key.field: self._value(key, known) for key in KEYS if key.name in self.options}
        return Settings(**given, root=os.path.dirname(self.path) or os.curdir, file=self.path)

    def _value(self, key: Key, known: Known) -> Any:
        value = self.options[key.name]
        words = key.words(known) if key.words is not None else None
        match key.form:
            case Form.WORD:
                return self._word(key, value, words)
            case Form.WORDS:
                return self._words(key.name, value, words)
            case Form.SWITCH:
                if not isinstance(value, bool):
                    raise self._mistyped(key.name, key.form, value)
                return value
            case Form.CODES_BY_PATTERN:
                if not isinstance(value, dict):
                    raise self._mistyped(key.name, key.form, value)
                by_pattern = value.items()
                return tuple((name, self._words(f"{key.name}: {name}", one, words)) for name, one in by_pattern)

    def _words(self, where: str, value: object, known: Collection[str] | None) -> tuple[str, ...]:
        if not isinstance(value, list):
            raise self._mistyped(where, Form.WORDS, value)
        for word in value:
            if not isinstance(word, str):
                raise self._mistyped(where, Form.WORDS, word, "one that holds ")
            if known is not None and word not in known:
                raise self._unknown(f"{where}: value", word, known)
        return tuple(value)

    def _word(self, key: Key, value: object, known: Collection[str] | None) -> str:
        if not isinstance(value, str):
            raise self._mistyped(key.name, key.form, value)
        if known is not None and value not in known:
            raise self._unknown(f"{key.name}: value", value, known)
        return value

    def _unknown(self, what: str, word: str, known: Collection[str]) -> ConfigurationError:
        return ConfigurationError(
            f"{self.path}: {what} {word!r} is not known (the nearest is {nearest(word, known)!r})", self.path, word
        )

    def _mistyped(self, key: str, wanted: Form, value: object, held: str = "") -> ConfigurationError:
        reason = f"{key}: must be {wanted.value}, not {held}{_kind(value)}"
        return ConfigurationError(f"{self.path}: {reason}", self.path, key.rpartition(": ")[2])


def _kind(value: object) -> str:
    return _KINDS.get(type(value), "a date or time")


def _named(path: str) -> _Table:
    data = _read(path)
    if data is None:
        raise ConfigurationError(no_such("file", path))
    content = _parsed(path, data)
    if os.path.basename(path) != _SHARED_FILE:
        return _Table(path, content)
    table = _shared(path, content)
    if table is None:
        raise ConfigurationError(f"{path}: there is no table [tool.{_NAME}]", path)
    return table


def _upward(directory: str) -> _Table | None:
    while True:
        found = _in(directory)
        parent = os.path.dirname(directory)
        if found is not None or parent == directory:
            return found
        directory = parent


def _in(directory: str) -> _Table | None:
    path = os.path.join(directory, _OWN_FILE)
    data = _read(path)
    if data is not None:
        return _Table(path, _parsed(path, data))
    path = os.path.join(directory, _SHARED_FILE)
    data = _read(path)
    return _shared(path, _parsed(path, data)) if data is not None and _NAME.encode() in data else None


def _read(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}", path) from error


def _parsed(path: str, data: bytes) -> Mapping[str, object]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        reason = f"not UTF-8: byte {error.start} is 0x{data[error.start]:02x}"
        raise ConfigurationError(f"{path}: {reason}", path) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path}: {error}", path) from error
    except RecursionError as error:
        raise ConfigurationError(f"{path}: nested too deeply", path) from error


def _shared(path: str, content: Mapping[str, object]) -> _Table | None:
    """Our table of a file that is shared with other tools; None where it has none."""
    tools = content.get("tool")
    options = tools.get(_NAME) if isinstance(tools, dict) else None
    if options is None:
        return None
    if not isinstance(options, dict):
        raise ConfigurationError(f"{path}: tool.{_NAME}: must be a table, not {_kind(options)}", path, _NAME)
    return _Table(path, options)
