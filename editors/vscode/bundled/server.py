"""The server that the extension carries, on whatever Python this is run by."""

import os.path
import sys


def main() -> None:
    """Run the command with the packages beside this file before all others."""
    if sys.version_info < (3, 10):  # noqa: UP036 - this file is what tells it
        sys.exit(f"Python 3.10 or newer is needed, {sys.version.split()[0]} is too old")
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "libs"))
    from iac_imds_lint.cli import main as command

    command()


if __name__ == "__main__":
    main()
