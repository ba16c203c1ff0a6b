"""What a folder is linted with: its configuration, what the client wishes beside it, and the baseline.

What is wrong in one of them is told, and the last good one counts.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from iac_imds_lint import asked, comparing, config
from iac_imds_lint.comparing import Known
from iac_imds_lint.config import Settings
from iac_imds_lint.engine import Options
from iac_imds_lint.errors import ConfigurationError, UsageError
from iac_imds_lint.inputs import Inputs
from iac_imds_lint.lsp.wishes import Read, Wishes
from iac_imds_lint.output import words
from iac_imds_lint.source import Position, Problem

# Where TOML's reader stands when it gives up, as it says itself.
_AT = re.compile(r"\(at line (\d+), column (\d+)\)")


class Settled(NamedTuple):
    """What a folder is linted with. ``known`` are the findings that a baseline hides.

    ``told`` are sentences for the user, ``mistakes`` what is wrong in configuration files, by absolute paths. ``read``
    are the files, by absolute paths, that had a say, or would have if they were there.
    """

    settings: Settings
    options: Options
    known: Known | None = None
    told: tuple[str, ...] = ()
    mistakes: tuple[Problem, ...] = ()
    read: frozenset[str] = frozenset()


def settled(root: str, wishes: Read, last: Settled | None) -> Settled:
    """What a folder is linted with now; ``last`` is what it was linted with before, if it was."""
    return _Settling(root, wishes, last).settled()


class _Settling:
    """Collects what is told on the way."""

    def __init__(self, root: str, wishes: Read, last: Settled | None) -> None:
        self._root = root
        self._wishes: Wishes = wishes.wishes
        self._last = last
        self._told = list(wishes.told)
        self._mistakes: list[Problem] = []
        self._read: set[str] = set()

    def settled(self) -> Settled:
        """All of it."""
        settings = self._settings()
        inputs = Inputs(
            dict(self._wishes.variables),
            tuple(self._fit("variableFiles", self._wishes.variable_files, asked.verify_values)),
            asked.environment(),
            dict(self._wishes.parameters),
            tuple(self._fit("parameterFiles", self._wishes.parameter_files, asked.verify_parameters)),
        )
        given = {"select": self._wishes.select, "ignore": self._wishes.ignore, "scripts": self._wishes.scripts}
        options = asked.options(settings, inputs, given, None)._replace(root=self._root)
        known = self._known(settings)
        return Settled(settings, options, known, tuple(self._told), tuple(self._mistakes), frozenset(self._read))

    def _settings(self) -> Settings:
        named = self._place(self._wishes.configuration) if self._wishes.configuration else None
        self._read |= {named} if named else set()
        try:
            _verify(named)
            return config.load(words.known(), self._root, named)
        except ConfigurationError as error:
            count = "the defaults count" if self._last is None else "the settings stay as they were"
            self._told.append(f"{error}; until it is mended, {count}.")
            if error.path:
                self._mistakes.append(mistake(error))
        return self._last.settings if self._last is not None else Settings()

    def _known(self, settings: Settings) -> Known | None:
        if not settings.baseline:
            return None
        file = os.path.normpath(os.path.join(settings.root, settings.baseline))
        self._read.add(file)
        try:
            return comparing.known(os.path.join(settings.root, settings.baseline))
        except UsageError as error:
            self._told.append(f"{error}.")
        last = self._last.known if self._last is not None else None
        return last if last is not None and os.path.normpath(last.file) == file else None

    def _fit(self, setting: str, paths: tuple[str, ...], verify: Callable[[str], None]) -> Iterator[str]:
        """The files that are what a setting takes, as the paths of the folder's files begin."""
        for path in paths:
            place = self._place(path)
            self._read.add(place)
            try:
                verify(place)
            except UsageError as error:
                self._told.append(f"Setting {setting}: {error}.")
            else:
                inside = os.path.relpath(place, self._root)
                yield place if inside.split(os.sep, 1)[0] == os.pardir else inside

    def _place(self, path: str) -> str:
        return os.path.normpath(os.path.join(self._root, os.path.expanduser(path)))


def _verify(named: str | None) -> None:
    """A device or a pipe may have no end, and a server has to live. Raises ConfigurationError."""
    if named is not None and os.path.exists(named) and not os.path.isfile(named):
        raise ConfigurationError(f"{named}: is no file")


def mistake(error: ConfigurationError) -> Problem:
    """What is wrong in a configuration file, and where."""
    reason = str(error).removeprefix(f"{error.path}: ")
    try:
        with open(error.path, encoding="utf-8-sig", errors="replace", newline="") as file:
            text = file.read()
    except OSError:
        text = ""
    return Problem(error.path, reason, _position(text, reason, error.word))


def _position(text: str, reason: str, word: str) -> Position:
    if at := _AT.search(reason):
        return Position(int(at[1]), int(at[2]))
    begin = max(text.find("tool.iac-imds-lint"), 0)
    found = re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])").search(text, begin) if word else None
    offset = found.start() if found else 0
    return Position(text.count("\n", 0, offset) + 1, offset - (text.rfind("\n", 0, offset) + 1) + 1)
