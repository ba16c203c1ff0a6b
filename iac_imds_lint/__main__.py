"""``python -m iac_imds_lint``."""

from iac_imds_lint.cli import main

if __name__ == "__main__":
    main()
