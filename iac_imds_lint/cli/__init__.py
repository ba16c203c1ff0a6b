"""The command ``iac-imds-lint``: a thin shell over the engine."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command with the process's arguments, and exit with its status."""
    from iac_imds_lint.cli.commands import command

    sys.exit(command())
