"""What goes to standard error beside the report."""

from __future__ import annotations

import click

from iac_imds_lint.output.excerpt import harmless


def tell(line: str) -> None:
    """Print a line with names from the repository in it on standard error."""
    click.echo(harmless(line), err=True)
