"""The exceptions that leave this package.

::

    LintError            anything below
    ├── UsageError       wrong use: an unknown code, key, format or path
    │   └── ConfigurationError   the same, in a configuration file
    └── OutputError      the report could not be written

Everything else that can go wrong while linting (a file that does not parse, a fix that cannot be proven) is a value in
the report, never an exception.
"""

from __future__ import annotations


class LintError(Exception):
    """Base of every exception that this package raises on purpose."""


class UsageError(LintError):
    """The caller asked for something that does not exist; the message names the nearest thing that does."""


class ConfigurationError(UsageError):
    """A configuration file holds a key or value that means nothing; the message names file and key.

    ``path`` is the file, ``word`` the key or value as it is written there, each empty where there is none.
    """

    def __init__(self, message: str, path: str = "", word: str = "") -> None:
        super().__init__(message)
        self.path = path
        self.word = word


class OutputError(LintError):
    """The report could not be written where the user asked for it."""
