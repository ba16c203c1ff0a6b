"""What a configuration file may say, and where it is found."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from iac_imds_lint.errors import ConfigurationError
from iac_imds_lint.nearest import nearest, no_such

_OWN_FILE = ".iac-imds-lint.toml"
_SHARED_FILE = "pyproject.toml"
_NAME = "iac-imds-lint"

_KEYS = ("select", "ignore", "exclude", "fail-on", "output-format", "account-default", "scripts")
_SEVERITIES = ("error", "warning")
_KINDS = {
    str: "a string",
    bool: "a boolean",
    int: "an integer",
    float: "a float",
    list: "a list",
    dict: "a table",
}


@dataclass(frozen=True)
class Settings:
    """What the user wants.

    ``select`` and ``ignore`` are rule codes, and an empty ``select`` is every rule that is on by default. ``exclude``
    are patterns as in a ``.gitignore`` that stands in ``root``. Findings of ``fail_on`` and worse fail the run.
    ``account_default`` is what the account says of tokens where the code does not; empty where nobody says.
    ``scripts`` asks for scripts that no resource runs.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    fail_on: str = "warning"
    output_format: str = "full"
    account_default: str = ""
    scripts: bool = False
    root: str = os.curdir


class Known(NamedTuple):
    """The words that mean something in this version."""

    codes: Collection[str]
    formats: Collection[str]
    account_defaults: Collection[str]


def load(known: Known, directory: str = os.curdir, file: str | None = None) -> Settings:
    """The settings in ``file``, else those in the nearest configuration file from ``directory`` upward.

    Raises ConfigurationError, which names file and key, where there is anything in it that means nothing.
    """
    found = _named(file) if file is not None else _upward(os.path.abspath(directory))
    if found is None:
        return Settings()
    return found.settings(known)


class _Table(NamedTuple):
    """The options of one file, unread."""

    path: str
    options: Mapping[str, object]

    def settings(self, known: Known) -> Settings:
        """The options, each read as what it is."""
        for key in self.options:
            if key not in _KEYS:
                raise self._unknown("key", key, _KEYS)
        return Settings(
            select=self._words("select", known.codes),
            ignore=self._words("ignore", known.codes),
            exclude=self._words("exclude"),
            fail_on=self._word("fail-on", _SEVERITIES) or Settings.fail_on,
            output_format=self._word("output-format", known.formats) or Settings.output_format,
            account_default=self._word("account-default", known.account_defaults),
            scripts=self._switch("scripts"),
            root=os.path.dirname(self.path) or os.curdir,
        )

    def _words(self, key: str, known: Collection[str] | None = None) -> tuple[str, ...]:
        value = self.options.get(key, [])
        if not isinstance(value, list):
            raise self._mistyped(key, "a list of strings", value)
        for word in value:
            if not isinstance(word, str):
                raise self._mistyped(key, "a list of strings", word, "one that holds ")
            if known is not None and word not in known:
                raise self._unknown(f"{key}: value", word, known)
        return tuple(value)

    def _word(self, key: str, known: Collection[str]) -> str:
        if key not in self.options:
            return ""
        value = self.options[key]
        if not isinstance(value, str):
            raise self._mistyped(key, "a string", value)
        if value not in known:
            raise self._unknown(f"{key}: value", value, known)
        return value

    def _switch(self, key: str) -> bool:
        value = self.options.get(key, False)
        if not isinstance(value, bool):
            raise self._mistyped(key, "a boolean", value)
        return value

    def _unknown(self, what: str, word: str, known: Collection[str]) -> ConfigurationError:
        return ConfigurationError(
            f"{self.path}: {what} {word!r} is not known (the nearest is {nearest(word, known)!r})"
        )

    def _mistyped(self, key: str, wanted: str, value: object, held: str = "") -> ConfigurationError:
        return ConfigurationError(f"{self.path}: {key}: must be {wanted}, not {held}{_kind(value)}")


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
        raise ConfigurationError(f"{path}: there is no table [tool.{_NAME}]")
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
        raise ConfigurationError(f"{path}: {error.strerror}") from error


def _parsed(path: str, data: bytes) -> Mapping[str, object]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: not UTF-8: byte {error.start} is 0x{data[error.start]:02x}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path}: {error}") from error
    except RecursionError as error:
        raise ConfigurationError(f"{path}: nested too deeply") from error


def _shared(path: str, content: Mapping[str, object]) -> _Table | None:
    """Our table of a file that is shared with other tools; None where it has none."""
    tools = content.get("tool")
    options = tools.get(_NAME) if isinstance(tools, dict) else None
    if options is None:
        return None
    if not isinstance(options, dict):
        raise ConfigurationError(f"{path}: tool.{_NAME}: must be a table, not {_kind(options)}")
    return _Table(path, options)
