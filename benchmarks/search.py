"""Read every file once and search its bytes, on one core: ``python search.py HCL_NEEDLES OTHER_NEEDLES DIRECTORY``.

What any linter of these files has to do at least. Needles are joined by commas. Prints how many files hold one.
"""

from __future__ import annotations

import os
import sys


def main(hcl: list[bytes], other: list[bytes], top: str) -> int:
    """The number of files that hold a needle for what they are."""
    found = 0
    for directory, _, names in os.walk(top):
        for name in names:
            with open(os.path.join(directory, name), "rb") as file:
                data = file.read()
            found += any(needle in data for needle in (hcl if name.endswith(".tf") else other))
    return found


if __name__ == "__main__":
    print(main(sys.argv[1].encode().split(b","), sys.argv[2].encode().split(b","), sys.argv[3]))
