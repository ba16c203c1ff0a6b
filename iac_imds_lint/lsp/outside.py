"""Files that are open and in no folder of the workspace: what is linted for them, and from where."""

from __future__ import annotations

import os.path


def home(directory: str) -> tuple[str, str]:
    """Where the project of a directory begins, and the directory by its name there: its repository, or itself."""
    above = directory
    while not os.path.lexists(os.path.join(above, ".git")):
        above, below = os.path.dirname(above), above
        if above == below:
            return directory, os.curdir
    return above, os.path.relpath(directory, above)
