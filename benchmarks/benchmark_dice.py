"""What the generated texts are drawn from."""

from __future__ import annotations

import random

NAMES = (
    "api",
    "archive",
    "batch",
    "cache",
    "events",
    "gateway",
    "ingest",
    "jobs",
    "ledger",
    "media",
    "reports",
    "web",
)
WORDS = (
    "name of the team that is paged when this is down",
    "keys that encrypt at rest",
    "prefix which every name begins with",
    "list of addresses that may connect",
    "days after which old versions expire",
    "tags added to all that can be tagged",
    "account that the logs are delivered to",
    "zone in which the records are made",
    "whether deletion is protected against",
)


def many(dice: random.Random, mean: float) -> int:
    """A count as they are in real code: most are small, some are very large."""
    return max(1, min(round(dice.lognormvariate(0, 0.7) * mean / 1.28), 200))
