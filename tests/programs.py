"""Other programs that tests run."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

# Those of the environment that runs the tests come first: it need not be activated.
_PATH = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)))


def program(name: str) -> str | None:
    """Where a program is; None where there is none of that name."""
    return shutil.which(name, path=_PATH)
