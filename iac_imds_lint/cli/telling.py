"""What goes to standard error beside the report."""

from __future__ import annotations

from collections.abc import Sequence

import click

from iac_imds_lint.output.excerpt import harmless

# So many names are told of what there is a lot of.
_MOST_NAMED = 3


def tell(line: str) -> None:
    """Print a line with names from the repository in it on standard error."""
    click.echo(harmless(line), err=True)


def first_few(names: Sequence[str]) -> str:
    """The first of some names, and whether there are more."""
    return ", ".join(names[:_MOST_NAMED]) + (", ..." if len(names) > _MOST_NAMED else "")
