"""The command ``iac-imds-lint``: a thin shell over the engine."""

from __future__ import annotations

import gc
import sys

# A short run makes many objects and hardly any cycles: collecting less often saves a tenth of it.
_COLLECTED_AT = 50_000


def main() -> None:
    """Run the command with the process's arguments, and exit with its status."""
    gc.set_threshold(_COLLECTED_AT)
    from iac_imds_lint.cli.commands import command

    sys.exit(command())
